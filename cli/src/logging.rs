//! Logs: to stderr where `TIDINGS_LOG` asks for them, for developers, but not into a picture on the same terminal; and to a file of the profile while a node stays,
//! for whoever looks after it.
//!
//! Invariants
//! - No log line holds a text, a name, a code, a key or a passphrase; callers log counts and kinds.
//! - No line above debug holds a whole id, a peer id or an address. Libraries know nothing of that: what they say,
//!   warnings too, is shown only to who asks for lines of debugging, and is in no file.

mod file;

use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tracing_subscriber::filter::{EnvFilter, FilterExt as _, FilterFn, LevelFilter, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt as _;

use self::file::{DIRECTORY, LogFile};
use crate::terminal::LogLines;

/// Names the filter, such as `tidings_node=debug`.
const VARIABLE: &str = "TIDINGS_LOG";
/// What the names of our own packages begin with.
const OURS: &str = "tidings";
/// Lines that wait for the file; a profile that is opened says less.
const WAITING_LINES_MAX: usize = 64;

/// The logs of this process.
#[derive(Debug)]
pub(crate) struct Log {
    sink: Arc<Sink>,
}

/// Where lines for the file go; until it is known where that is, the first of them wait.
#[derive(Debug)]
enum Lines {
    Waiting(Vec<Vec<u8>>),
    Kept(LogFile),
}

impl Default for Lines {
    fn default() -> Self {
        Self::Waiting(Vec::new())
    }
}

#[derive(Debug, Default)]
struct Sink(Mutex<Lines>);

impl io::Write for &Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        match &mut *self.lines() {
            Lines::Waiting(lines) if lines.len() < WAITING_LINES_MAX => lines.push(line.to_owned()),
            Lines::Waiting(_) => {}
            Lines::Kept(file) => file.append(line),
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    /// Keeps what is logged in the profile's directory, which this process has to have for itself.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn keep_in(&self, home: &Path) -> io::Result<()> {
        let mut file = LogFile::open(&home.join(DIRECTORY))?;
        let mut lines = self.sink.lines();
        if let Lines::Waiting(early) = &*lines {
            early.iter().for_each(|line| file.append(line));
        }
        *lines = Lines::Kept(file);
        Ok(())
    }
}

/// Starts to log: to stderr, if asked to, and, if this process `stays`, to a file once [`Log::keep_in`] says where.
pub(crate) fn start(stays: bool) -> Log {
    let sink = Arc::new(Sink::default());
    let stderr = stderr();
    if stays || stderr.is_some() {
        let file = stays.then(|| kept(Arc::clone(&sink)));
        let started = tracing_subscriber::registry()
            .with(stderr)
            .with(file)
            .try_init();
        if let Err(error) = started {
            crate::output::note(&format!("tidings: cannot log: {error}."));
        }
    }
    Log { sink }
}

/// Lines for developers.
fn stderr<S>() -> Option<impl Layer<S>>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let is_wanted = std::env::var_os(VARIABLE).is_some_and(|filter| !filter.is_empty());
    is_wanted.then(|| {
        let filter = EnvFilter::from_env(VARIABLE);
        let most = filter.max_level_hint();
        let is_debugging = most.is_none_or(|most| most >= LevelFilter::DEBUG);
        let ours = filter_fn(move |line| is_debugging || line.target().starts_with(OURS));
        tracing_subscriber::fmt::layer()
            .with_writer(|| LogLines)
            .with_ansi(false)
            .with_filter(filter.and(ours))
    })
}

/// Lines for whoever looks after a node.
fn kept<S>(sink: Arc<Sink>) -> impl Layer<S>
where
    S: tracing::Subscriber + for<'a> LookupSpan<'a>,
{
    let ours = FilterFn::new(|line| {
        line.target().starts_with(OURS) && *line.level() <= tracing::Level::INFO
    });
    tracing_subscriber::fmt::layer()
        .with_writer(sink)
        .with_ansi(false)
        .with_filter(ours.with_max_level_hint(LevelFilter::INFO))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logged(home: &Path, log: &Log, say: impl FnOnce()) -> String {
        let subscriber = tracing_subscriber::registry().with(kept(Arc::clone(&log.sink)));
        tracing::subscriber::with_default(subscriber, say);
        std::fs::read_to_string(home.join(DIRECTORY).join(file::NAME)).unwrap()
    }

    #[test]
    fn a_file_has_our_lines_from_info_on_and_nobody_elses() {
        let home = tempfile::tempdir().unwrap();
        let log = Log {
            sink: Arc::default(),
        };
        log.keep_in(home.path()).unwrap();
        let text = logged(home.path(), &log, || {
            tracing::info!(target: "tidings_node::net", count = 3, "kept");
            tracing::error!(target: "tidings_node", "kept too");
            tracing::debug!(target: "tidings_node", "not for a file");
            tracing::error!(target: "libp2p_swarm", "somebody else's");
        });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].ends_with("INFO tidings_node::net: kept count=3"),
            "{text}"
        );
        assert!(lines[1].contains("ERROR"), "{text}");
    }

    #[test]
    fn as_many_lines_as_may_wait_for_the_file_are_in_it_and_not_one_more() {
        let home = tempfile::tempdir().unwrap();
        let log = Log {
            sink: Arc::default(),
        };
        let subscriber = tracing_subscriber::registry().with(kept(Arc::clone(&log.sink)));
        tracing::subscriber::with_default(subscriber, || {
            for number in 0..=WAITING_LINES_MAX {
                tracing::info!(target: "tidings", number, "early");
            }
        });
        log.keep_in(home.path()).unwrap();
        let text = logged(
            home.path(),
            &log,
            || tracing::info!(target: "tidings", "late"),
        );
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), WAITING_LINES_MAX + 1);
        assert!(lines[0].ends_with("early number=0"), "{text}");
        assert!(lines[WAITING_LINES_MAX].ends_with("late"), "{text}");
    }
}
