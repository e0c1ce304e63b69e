//! An attack that goes on, and what the attacked node takes meanwhile.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use super::attack::{Attack, BEGUN, KIND, OVER, TARGETS};
use crate::host::Host;

/// The test of this program that is the attacker.
const ATTACKER: &str = "hostile::attack::it_attacks_whom_it_is_told_to";
/// Pause between two looks at what a node takes.
const LOOK_AGAIN: Duration = Duration::from_millis(50);

/// An attack; ends when it is dropped.
#[derive(Debug)]
pub(super) struct Siege {
    child: Child,
    said: BufReader<ChildStdout>,
}

impl Siege {
    /// Starts an attack from a host; returns once it is under way.
    #[track_caller]
    pub(super) fn begin(from: &Host, attack: Attack, targets: &[String]) -> Self {
        let launcher = from.namespace().launcher();
        let mut command = Command::new(&launcher[0]);
        command.args(&launcher[1..]);
        command.arg(std::env::current_exe().unwrap());
        command.args([ATTACKER, "--exact", "--ignored", "--nocapture"]);
        command.env(KIND, attack.name());
        command.env(TARGETS, targets.join(" "));
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap());
        let mut siege = Self { child, said };
        siege.until(BEGUN);
        siege
    }

    /// Ends it; how often something was tried, and how often that came about.
    #[track_caller]
    pub(super) fn end(mut self) -> (u64, u64) {
        drop(self.child.stdin.take());
        let over = self.until(OVER);
        let numbers = over.split(' ').filter_map(|word| word.parse().ok());
        let numbers: Vec<u64> = numbers.collect();
        (numbers[0], numbers[1])
    }

    /// What it says next of that.
    #[track_caller]
    fn until(&mut self, what: &str) -> String {
        loop {
            let mut line = String::new();
            let length = self.said.read_line(&mut line).unwrap();
            assert!(length > 0, "the attacker has ended before {what:?}");
            if line.contains(what) {
                return line.trim_end().to_owned();
            }
        }
    }
}

impl Drop for Siege {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What a process takes of its machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) memory_mib: u64,
    pub(super) files: usize,
}

impl Taken {
    /// What it takes now; `None` if it is no more.
    pub(super) fn by(process: u32) -> Option<Self> {
        let place = Path::new("/proc").join(process.to_string());
        let status = std::fs::read_to_string(place.join("status")).ok()?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(Self {
            memory_mib: kib / 1024,
            files: std::fs::read_dir(place.join("fd")).ok()?.count(),
        })
    }

    fn or_more(self, other: Self) -> Self {
        Self {
            memory_mib: self.memory_mib.max(other.memory_mib),
            files: self.files.max(other.files),
        }
    }
}

/// Looks again and again at what a process takes, until it is asked.
#[derive(Debug)]
pub(super) struct Watch {
    over: Arc<AtomicBool>,
    watching: JoinHandle<Taken>,
}

impl Watch {
    pub(super) fn start(process: u32) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let is_over = Arc::clone(&over);
        let watching = std::thread::spawn(move || {
            let mut most = Taken::default();
            while !is_over.load(Ordering::Relaxed)
                && let Some(taken) = Taken::by(process)
            {
                most = most.or_more(taken);
                std::thread::sleep(LOOK_AGAIN);
            }
            most
        });
        Self { over, watching }
    }

    /// The most that it took.
    pub(super) fn most(self) -> Taken {
        self.over.store(true, Ordering::Relaxed);
        self.watching.join().unwrap()
    }
}
