//! What the kernel says that threads and processes use.

use std::fs;
use std::time::Duration;

use crate::Outcome;

/// Ticks of processor time a second on Linux, as `/proc` counts them.
const TICKS_PER_SECOND: f64 = 100.0;

/// Processor time of this thread so far.
pub(crate) fn thread_time() -> Outcome<Duration> {
    // The count is brought up to date when the thread gives way.
    std::thread::yield_now();
    run_time("/proc/thread-self/schedstat")
}

/// Processor time of all threads of this process that are there.
pub(crate) fn process_time() -> Outcome<Duration> {
    std::thread::yield_now();
    let mut time = Duration::ZERO;
    for thread in fs::read_dir("/proc/self/task")? {
        let path = thread?.path().join("schedstat");
        // A thread may have ended meanwhile.
        time += run_time(&path.to_string_lossy()).unwrap_or_default();
    }
    Ok(time)
}

fn run_time(path: &str) -> Outcome<Duration> {
    let text = fs::read_to_string(path)?;
    let nanoseconds = text.split_whitespace().next().ok_or("no time")?;
    Ok(Duration::from_nanos(nanoseconds.parse()?))
}

/// Processor time of a process so far, to the tick.
pub(crate) fn processor_seconds(process: u32) -> Outcome<f64> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    let fields = stat.rsplit(')').next().ok_or("a strange stat file")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // Fields 14 and 15 of proc(5), counted after the name.
    let user: f64 = fields.get(11).ok_or("no user time")?.parse()?;
    let system: f64 = fields.get(12).ok_or("no system time")?.parse()?;
    Ok((user + system) / TICKS_PER_SECOND)
}

/// What a process keeps in memory, pages of its program included.
pub(crate) fn memory_mb(process: u32) -> Outcome<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .ok_or("no VmRSS")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("no number")?.parse()?;
    Ok(kib * 1024.0 / 1_000_000.0)
}
