//! What the kernel says that a process takes.

use std::path::Path;

/// Ticks of processor time a second on Linux, as `/proc` counts them.
const TICKS_PER_SECOND: f64 = 100.0;

/// What a process keeps in memory, in megabytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Memory {
    /// All of it that is in memory.
    pub(super) resident: f64,
    /// The same, with what several processes share divided among them.
    pub(super) proportional: f64,
    /// What is in no file: heap, stacks, and changed pages of the program.
    pub(super) anonymous: f64,
}

impl Memory {
    #[track_caller]
    pub(super) fn of(process: u32) -> Self {
        Self::read(&file(process, "smaps_rollup"))
    }

    #[track_caller]
    fn read(told: &str) -> Self {
        let megabytes = |name: &str| {
            let mut lines = told.lines();
            let value = lines.find_map(|line| line.strip_prefix(name)).unwrap();
            let kibibytes = value.trim().strip_suffix(" kB").unwrap();
            kibibytes.parse::<f64>().unwrap() * 1_024.0 / 1_000_000.0
        };
        Self {
            resident: megabytes("Rss:"),
            proportional: megabytes("Pss:"),
            anonymous: megabytes("Anonymous:"),
        }
    }
}

/// Processor time of a process so far, in seconds, to the tick.
#[track_caller]
pub(super) fn processor_seconds(process: u32) -> f64 {
    seconds(&file(process, "stat"))
}

/// How often a thread of a process that runs began to wait for something: a timer, a packet, another thread.
#[track_caller]
pub(super) fn waits(process: u32) -> f64 {
    let threads = Path::new("/proc").join(process.to_string()).join("task");
    let threads = std::fs::read_dir(threads).unwrap();
    let told = threads.filter_map(|thread| {
        // One may end meanwhile.
        std::fs::read_to_string(thread.unwrap().path().join("status")).ok()
    });
    told.map(|told| voluntary_switches(&told)).sum()
}

#[track_caller]
fn voluntary_switches(told: &str) -> f64 {
    let mut lines = told.lines();
    let count = lines.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
    count.unwrap().trim().parse().unwrap()
}

#[track_caller]
fn seconds(told: &str) -> f64 {
    // Fields 14 and 15 of proc(5), counted after the name, which may hold anything.
    let (_, fields) = told.rsplit_once(')').unwrap();
    let fields: Vec<&str> = fields.split_whitespace().collect();
    let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS_PER_SECOND
}

#[track_caller]
fn file(process: u32, name: &str) -> String {
    let path = Path::new("/proc").join(process.to_string()).join(name);
    std::fs::read_to_string(path).unwrap()
}

#[test]
fn memory_is_read_as_the_kernel_tells_it() {
    let told = "55b0-7ffd ---p 00000000 00:00 0   [rollup]\nRss:   10000 kB\nPss:    5000 kB\n\
                Pss_Anon:  1 kB\nAnonymous:   2500 kB\n";
    let memory = Memory {
        resident: 10.24,
        proportional: 5.12,
        anonymous: 2.56,
    };
    assert_eq!(Memory::read(told), memory);
}

#[test]
fn processor_time_is_that_of_the_program_and_of_the_system_for_it() {
    let told = "7 (a ) b) S 1 1 1 0 -1 0 0 0 0 0 250 50 9 9 20 0 1 0 0";
    assert_eq!(seconds(told), 3.0);
}

#[test]
fn how_often_a_thread_waited_is_told_apart_from_how_often_it_was_made_to() {
    let told = "Name:\ta\nvoluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t34\n";
    assert_eq!(voluntary_switches(told), 12.0);
}
