//! What is said on stderr while an interface has the whole screen: on the same terminal it would be written into the
//! picture, so it is kept until the terminal is given back. And a line of it that is written over: how far something is.
//!
//! Invariants
//! - Notes are told to the interface at once, wherever stderr leads; so no fault is passed over in silence.
//! - A stderr that leads elsewhere, as into a file, is written to as ever.
//! - Where something else is said while a line says how far something is, it stands in that line's place.
//! - No more than [`NOTES_MAX`] notes and [`LOG_LINES_MAX`] lines of the log are kept; how many were not is said.

use std::collections::VecDeque;
use std::io::{self, IsTerminal as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::output;
use crate::safe_text;
use crate::texts::Texts;
use crate::tui;

/// Notes that wait for the terminal: the first ones.
const NOTES_MAX: usize = 32;

/// Lines of the log that wait for it: the last ones.
const LOG_LINES_MAX: usize = 256;

/// Columns of what a terminal writes by itself where somebody presses Ctrl-C: `^C`.
const ECHO_COLUMNS: usize = 2;

/// There is one stderr, and whoever writes on it does so from anywhere.
static ASIDE: Mutex<Aside> = Mutex::new(Aside::new());

/// Wakes the interface.
static NOTED: Notify = Notify::const_new();

/// What waits.
#[derive(Debug)]
struct Aside {
    /// Whether an interface has the screen, and so is told of notes.
    has_screen: bool,
    /// Whether stderr is that screen.
    is_same: bool,
    notes: Vec<String>,
    log: VecDeque<Vec<u8>>,
    dropped: usize,
    /// Notes that the interface was not told of yet.
    untold: VecDeque<String>,
    /// How wide the line is that says how far something is.
    progress: usize,
}

impl Aside {
    const fn new() -> Self {
        Self {
            has_screen: false,
            is_same: false,
            notes: Vec::new(),
            log: VecDeque::new(),
            dropped: 0,
            untold: VecDeque::new(),
            progress: 0,
        }
    }

    /// What writes this over the line that says how far something is.
    fn over(&mut self, text: &str) -> String {
        let before = std::mem::replace(&mut self.progress, safe_text::width(text));
        let line = match before {
            0 => text.to_owned(),
            before => safe_text::padded(text, before.saturating_add(ECHO_COLUMNS)),
        };
        match (before, text.is_empty()) {
            (0, true) => line,
            (_, true) => format!("\r{line}\r"),
            (_, false) => format!("\r{line}"),
        }
    }

    /// Takes a note; whether it is to be written at once.
    fn note(&mut self, text: &str) -> bool {
        if self.has_screen && self.untold.len() < NOTES_MAX {
            self.untold.push_back(text.to_owned());
        }
        if self.is_same && self.notes.len() < NOTES_MAX {
            self.notes.push(text.to_owned());
        } else if self.is_same {
            self.dropped += 1;
        }
        !self.is_same
    }

    /// Takes a line of the log; whether it is to be written at once.
    fn line(&mut self, line: &[u8]) -> bool {
        if self.is_same {
            if self.log.len() >= LOG_LINES_MAX {
                self.log.pop_front();
                self.dropped += 1;
            }
            self.log.push_back(line.to_owned());
        }
        !self.is_same
    }

    /// Takes a line of the log; what is to be written at once, in place of the line that says how far something is.
    fn logged(&mut self, line: &[u8]) -> Option<Vec<u8>> {
        let is_due = self.line(line);
        is_due.then(|| [self.over("").as_bytes(), line].concat())
    }

    /// Writes all that waited, with words from a catalogue.
    fn release(&mut self, mut to: impl Write, texts: impl FnOnce() -> Texts) -> io::Result<()> {
        let before = std::mem::replace(self, Self::new());
        for note in &before.notes {
            writeln!(to, "{}", output::wrapped_for_stderr(note))?;
        }
        for line in &before.log {
            to.write_all(line)?;
        }
        if let Ok(dropped @ 1..) = u64::try_from(before.dropped) {
            writeln!(to, "tidings: {}", texts().left_out(dropped))?;
        }
        to.flush()
    }
}

fn aside() -> MutexGuard<'static, Aside> {
    ASIDE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From now on the screen is somebody's.
pub(super) fn hold() {
    let mut aside = aside();
    aside.has_screen = true;
    aside.is_same = io::stderr().is_terminal();
}

/// The terminal was given back: what waited is said.
pub(super) fn release() {
    // A stderr that is gone is nobody's loss.
    let _ = aside().release(io::stderr().lock(), tui::texts);
}

/// Says a note on stderr, once that is possible without harm to a picture.
pub(crate) fn note(text: &str) {
    let mut aside = aside();
    if aside.note(text) {
        let (gone, text) = (aside.over(""), output::wrapped_for_stderr(text));
        let _ = writeln!(io::stderr().lock(), "{gone}{text}");
    }
    if aside.has_screen {
        NOTED.notify_one();
    }
}

/// Says how far something is, over what was said of that before; an empty text takes it away. Only a terminal on which a line can
/// be written over shows it.
pub(crate) fn progress(text: &str) {
    let mut aside = aside();
    let Some(columns) = output::columns_to_write_over() else {
        return;
    };
    // A line that is full would be two.
    let text = safe_text::truncated(text, columns.saturating_sub(ECHO_COLUMNS + 1));
    let mut stderr = io::stderr().lock();
    let _ = write!(stderr, "{}", aside.over(&text)).and_then(|()| stderr.flush());
}

/// The next note that was said while an interface has the screen. Nothing is lost if it is dropped.
pub(crate) async fn noted() -> String {
    loop {
        let untold = aside().untold.pop_front();
        if let Some(note) = untold {
            return note;
        }
        NOTED.notified().await;
    }
}

/// Stderr for lines of the log, each written at once and whole.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogLines;

impl Write for LogLines {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let plain = plain(line);
        // Whoever waits for the terminal holds up nobody else.
        let written = aside().logged(&plain);
        if let Some(written) = written {
            io::stderr().write_all(&written)?;
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// A line of the log as a terminal may have it: libraries log what others said as it came.
fn plain(line: &[u8]) -> Vec<u8> {
    let mut plain = safe_text::line(&String::from_utf8_lossy(line)).into_bytes();
    plain.push(b'\n');
    plain
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::terminal::Settings;

    /// With the screen, which stderr is or is not.
    fn with_screen(is_same: bool) -> Aside {
        Aside {
            has_screen: true,
            is_same,
            ..Aside::new()
        }
    }

    fn released(aside: &mut Aside) -> Vec<String> {
        let mut written = Vec::new();
        aside.release(&mut written, Texts::default).unwrap();
        let text = String::from_utf8(written).unwrap();
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_is_said_into_the_picture_waits_and_comes_once_it_is_gone() {
        let mut aside = with_screen(true);
        assert!(!aside.line(b"a line\n"));
        assert!(!aside.note("a note"));
        assert_eq!(aside.untold, ["a note"], "the interface is told");
        assert_eq!(released(&mut aside), ["a note", "a line"]);
        assert!(aside.note("at once") && aside.line(b"at once\n"));
        assert_eq!(aside.untold.len(), 0, "there is none any more");
    }

    #[test]
    fn a_stderr_that_leads_elsewhere_is_written_to_and_the_interface_told_all_the_same() {
        let mut aside = with_screen(false);
        assert!(aside.note("a note") && aside.line(b"a line\n"));
        assert_eq!(aside.untold, ["a note"]);
        assert_eq!(released(&mut aside), [""; 0]);
    }

    #[test]
    fn as_many_notes_as_may_be_wait_and_the_one_more_is_counted() {
        let mut aside = with_screen(true);
        for number in 0..NOTES_MAX {
            aside.note(&number.to_string());
        }
        assert_eq!(aside.dropped, 0);
        aside.note("one more");
        assert_eq!((aside.untold.len(), aside.dropped), (NOTES_MAX, 1));
        let said = released(&mut aside);
        assert_eq!(said.len(), NOTES_MAX + 1);
        assert!(said[NOTES_MAX].contains("one line"), "{said:?}");
    }

    #[test]
    fn as_many_lines_of_the_log_as_may_be_wait_and_one_more_drops_the_oldest() {
        let mut aside = with_screen(true);
        for number in 0..=LOG_LINES_MAX {
            aside.line(format!("{number}\n").as_bytes());
        }
        let said = released(&mut aside);
        assert_eq!(said[0], "1");
        assert_eq!(said.len(), LOG_LINES_MAX + 1);
        assert!(said[LOG_LINES_MAX].contains("one line"), "{said:?}");
    }

    #[test]
    fn how_far_something_is_is_written_over_and_leaves_nothing() {
        let mut aside = Aside::new();
        assert_eq!(aside.over(""), "", "there is none");
        assert_eq!(aside.over("99 % 漢"), "\r99 % 漢");
        assert_eq!(aside.over("100 %"), "\r100 %    ", "and what Ctrl-C left");
        assert_eq!(aside.over(""), "\r       \r");
        assert_eq!(aside.over(""), "");
    }

    /// How long a test waits for what is to come at once.
    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn whoever_logs_to_a_terminal_that_takes_nothing_holds_up_nobody_else() {
        aside().progress = 1;
        let (stuck, deadline) = (io::stderr().lock(), Instant::now() + SOON);
        let logging = std::thread::spawn(|| LogLines.write(b"a line"));
        let is_taken = || ASIDE.try_lock().is_ok_and(|aside| aside.progress == 0);
        while !is_taken() {
            assert!(Instant::now() < deadline, "it holds what others need");
            std::thread::yield_now();
        }
        drop(stuck);
        assert_eq!(logging.join().unwrap().unwrap(), 6);
    }

    #[test]
    fn whoever_ends_waits_no_longer_for_that_line_to_go_than_for_the_terminal() {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        let runtime = runtime.enable_time().build().unwrap();
        let held = aside();
        let restored = runtime.block_on(async {
            let restored = Settings::now().restore_in_time();
            tokio::time::timeout(SOON, restored).await
        });
        drop(held);
        assert!(restored.is_ok());
    }

    #[test]
    fn whatever_is_logged_is_a_line_of_plain_text() {
        crate::safe_text::corpus::walk(|text| {
            let line = String::from_utf8(plain(text.as_bytes())).unwrap();
            assert_eq!(line.matches('\n').count(), 1, "{line:?}");
            line
        });
    }
}
