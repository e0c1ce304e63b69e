//! What is done when a part of this program panics, which is always a fault of ours: a report for its owner, which stays
//! on this machine, and a line that says so.
//!
//! Invariants
//! - What a panic says of what it met is left out unless it is a text of the program's: it may hold what somebody wrote.
//! - No path of this machine or of whoever built the program is in a report, only files of sources.
//! - The terminal is as it was before the program started once the thread that started it is about to end by a panic.
//! - A report says where the fault is, not in whose profile; nothing sends it.

use std::backtrace::Backtrace;
use std::panic::{self, PanicHookInfo};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use etcetera::BaseStrategy as _;
use tidings_node::{Home, PanicReports};

use crate::output;
use crate::safe_text;
use crate::terminal::Settings;

/// Reports of one process: what panics again and again tells nothing new.
const REPORTS_PER_PROCESS_MAX: usize = 8;
/// Bytes of a backtrace in a report.
const BACKTRACE_BYTES_MAX: usize = 48 * 1024;
/// Directory for reports where there is no profile, below that for what programs keep of their state.
const STATE_DIRECTORY: &str = "tidings";

/// Has every panic from now on reported: in the profile's directory once there is one, else in that for state.
/// To be called by the thread that ends the process; again once it is known which profile it is about.
pub(crate) fn install(home: Option<PathBuf>, terminal: Settings) {
    let main = thread::current().id();
    let reported = AtomicUsize::new(0);
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == main {
            terminal.restore();
        }
        if reported.fetch_add(1, Ordering::Relaxed) < REPORTS_PER_PROCESS_MAX {
            report(panic, home.as_deref());
        }
    }));
}

fn report(panic: &PanicHookInfo<'_>, home: Option<&Path>) {
    let told = Panic::of(panic);
    let time = jiff::Timestamp::now()
        .strftime("%Y%m%dT%H%M%SZ")
        .to_string();
    let text = told.report(&time, &Backtrace::force_capture().to_string());
    let kept = directory(home).and_then(|directory| {
        let kept = PanicReports::new(directory).keep(&time, &text);
        kept.ok()
    });
    output::note(&told.line(kept.as_deref()));
}

/// Where a report goes: into the profile if there is one.
fn directory(home: Option<&Path>) -> Option<PathBuf> {
    if let Some(home) = home.filter(|home| tidings_node::profile_exists(*home)) {
        return Some(home.to_owned());
    }
    let strategy = etcetera::choose_base_strategy().ok()?;
    let state = strategy.state_dir().unwrap_or_else(|| strategy.data_dir());
    let directory = state.join(STATE_DIRECTORY);
    // It is made for its owner alone, as a profile is.
    Home::new(&directory).create().ok()?;
    Some(directory)
}

/// What may be told of a panic.
#[derive(Debug)]
struct Panic {
    thread: String,
    /// File, line and column.
    place: String,
    /// What it says, if the program's text is all that there is in it.
    said: Option<&'static str>,
}

impl Panic {
    fn of(panic: &PanicHookInfo<'_>) -> Self {
        let place = panic.location().map(|place| {
            let file = source_file(place.file());
            format!("{file}:{}:{}", place.line(), place.column())
        });
        Self {
            thread: thread::current()
                .name()
                .unwrap_or("without a name")
                .to_owned(),
            place: place.unwrap_or_else(|| "somewhere".to_owned()),
            said: panic.payload().downcast_ref::<&'static str>().copied(),
        }
    }

    /// The report.
    fn report(&self, time: &str, backtrace: &str) -> String {
        let said = self
            .said
            .unwrap_or("(left out: it may hold what somebody wrote)");
        let mut trace = redacted(backtrace);
        if trace.len() > BACKTRACE_BYTES_MAX {
            trace.truncate(trace.floor_char_boundary(BACKTRACE_BYTES_MAX));
            trace.push_str("\n(and more)");
        }
        format!(
            "Tidings met with a fault of its own. This report stays on this machine: nothing sends it.\n\n\
             version  {}\nsystem   {} {}\ntime     {time}\nthread   {}\nplace    {}\nsaid     {said}\n\n{trace}\n",
            env!("CARGO_PKG_VERSION"),
            std::env::consts::OS,
            std::env::consts::ARCH,
            self.thread,
            self.place,
        )
    }

    /// What is said to whoever is there.
    fn line(&self, report: Option<&Path>) -> String {
        let report = report.map_or_else(
            || "No report could be written.".to_owned(),
            |path| {
                format!(
                    "A report is in {}; nothing was sent anywhere.",
                    path.display()
                )
            },
        );
        let text = format!(
            "tidings: a part of it ended by a fault of its own, at {}. {report} What was stored is safe: start Tidings \
             again, and hand the report to whoever looks after it.",
            self.place
        );
        safe_text::line(&text)
    }
}

/// A backtrace without a path of any machine: of files, only where they are in the sources.
fn redacted(backtrace: &str) -> String {
    let lines = backtrace.lines().map(|line| {
        let bare = line.trim_start();
        let Some(place) = bare.strip_prefix("at ") else {
            return without_directories(line);
        };
        let indent = line.len().saturating_sub(bare.len());
        format!("{:indent$}at {}", "", source_file(place))
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Of where a source is, what is the same on every machine: from the name of its package on, or the file's name alone.
fn source_file(path: &str) -> String {
    let path = path.replace('\\', "/");
    // Of libraries, behind the registry's own directory; of Rust's, behind the commit.
    for marker in ["/registry/src/", "/rustc/", "/git/checkouts/"] {
        if let Some((_, rest)) = path.split_once(marker) {
            return rest
                .split_once('/')
                .map_or(rest, |(_, rest)| rest)
                .to_owned();
        }
    }
    let parts: Vec<&str> = path.split('/').collect();
    let source = parts
        .iter()
        .rposition(|part| *part == "src" || *part == "tests");
    let first = source.map_or(parts.len().saturating_sub(1), |source| {
        source.saturating_sub(1)
    });
    let kept = parts.get(first..).unwrap_or_default();
    kept.join("/")
}

/// A line of names of functions; what looks like a path in it is left out.
fn without_directories(line: &str) -> String {
    let words = line.split(' ').map(|word| {
        if word.contains('/') || word.contains('\\') {
            "(path)"
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
