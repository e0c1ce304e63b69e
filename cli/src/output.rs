//! The only place that prints.
//!
//! Invariants
//! - Stdout carries what was asked for: with `--json` one object a line, else plain text for a
//!   person. Hints, progress and errors go to stderr.
//! - Colour is for terminals, and not where `NO_COLOR` is set.
//! - Whoever reads stdout may leave: the program then ends quietly.

mod json;
mod paint;
mod prose;
mod render;
#[cfg(test)]
pub(crate) mod sample;
mod table;

use std::io::{IsTerminal, Write};

use serde::Serialize;
use tidings_node::words::of_system;

pub(crate) use json::json_line;
pub(crate) use paint::Paint;
pub(crate) use prose::wrapped;
pub(crate) use render::{
    Titles, Transcript, author, is_for_nobody, outcome, remarks, short_id, state_mark, unread, when,
};
pub(crate) use table::{fields, table};

use crate::failure::{Exit, Failure, answer_unread};
use crate::safe_text;
use crate::terminal;

/// The widest that running text is set.
const PROSE_COLUMNS: usize = 80;

/// Where a command's results go.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    json: bool,
}

impl Output {
    /// For scripts if `json`, else for people.
    pub(crate) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Whether scripts read this.
    pub(crate) const fn is_json(self) -> bool {
        self.json
    }

    /// How to colour stdout.
    pub(crate) fn paint(self) -> Paint {
        Paint::new(!self.json && std::io::stdout().is_terminal())
    }

    /// How wide stdout is, if it is a terminal.
    pub(crate) fn columns(self) -> Option<usize> {
        columns_of(&std::io::stdout())
    }

    /// A text of ours, wrapped to the terminal between its words; to [`PROSE_COLUMNS`] elsewhere.
    pub(crate) fn prose(self, text: &str) -> String {
        let columns = self.columns().unwrap_or(PROSE_COLUMNS);
        wrapped(text, Some(columns.min(PROSE_COLUMNS)))
    }

    /// Prints a picture to stderr, as wide as it is.
    #[expect(clippy::unused_self, reason = "whoever prints was handed an output")]
    pub(crate) fn picture(self, picture: &str) {
        let _ = writeln!(std::io::stderr().lock(), "\n{picture}");
    }

    /// Prints a result: as an object of type `kind` for scripts, as what `plain` says for people.
    pub(crate) fn result<T: Serialize>(
        self,
        kind: &str,
        value: &T,
        plain: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        if self.json {
            self.line(&json_line(kind, value)?)
        } else {
            self.line(&plain())
        }
    }

    /// Prints each of several results, or `empty` as a hint to a person if there is none.
    pub(crate) fn results<T: Serialize>(
        self,
        kind: &str,
        values: &[T],
        empty: &str,
        plain: impl FnOnce(&[T]) -> String,
    ) -> Result<(), Failure> {
        if self.json {
            values
                .iter()
                .try_for_each(|value| self.line(&json_line(kind, value)?))
        } else if values.is_empty() {
            self.note(empty);
            Ok(())
        } else {
            self.line(&plain(values))
        }
    }

    /// Prints one line, or several, to stdout. What is remote in it was made safe before.
    #[expect(clippy::unused_self, reason = "whoever prints was handed an output")]
    pub(crate) fn line(self, text: &str) -> Result<(), Failure> {
        let mut stdout = std::io::stdout().lock();
        let written = if text.is_empty() || text.ends_with('\n') {
            stdout.write_all(text.as_bytes())
        } else {
            writeln!(stdout, "{text}")
        };
        written
            .and_then(|()| stdout.flush())
            .map_err(Failure::output)
    }

    /// Prints a hint or a progress line to stderr. What is remote in it was made safe before.
    #[expect(clippy::unused_self, reason = "whoever prints was handed an output")]
    pub(crate) fn note(self, text: &str) {
        note(text);
    }

    /// Prints a question to stderr and reads the answer's line from stdin; `None` if it is closed.
    #[expect(clippy::unused_self, reason = "whoever prints was handed an output")]
    pub(crate) fn ask(self, question: &str) -> Result<Option<String>, Failure> {
        let question = wrapped(question, columns_of(&std::io::stderr()));
        let mut stderr = std::io::stderr().lock();
        let _ = write!(stderr, "{question}").and_then(|()| stderr.flush());
        let mut answer = String::new();
        let bytes = std::io::stdin()
            .read_line(&mut answer)
            .map_err(|error| Failure::saying(Exit::Failed, answer_unread(&of_system(&error))))?;
        Ok((bytes > 0).then(|| answer.trim().to_owned()))
    }
}

/// Prints a line to stderr, broken to the terminal's width, once nobody has the whole screen; a stderr that is gone is
/// nobody's loss.
pub(crate) fn note(text: &str) {
    terminal::note(text);
}

/// A text of ours, broken to the width of stderr if that is a terminal.
pub(crate) fn wrapped_for_stderr(text: &str) -> String {
    wrapped(text, columns_of(&std::io::stderr()))
}

/// How wide stderr is, if it is a terminal on which a line can be written over.
pub(crate) fn columns_to_write_over() -> Option<usize> {
    columns_of(&std::io::stderr()).filter(|_| !paint::is_dumb())
}

/// How wide a stream is, if it is a terminal.
#[cfg(unix)]
fn columns_of(stream: &impl std::os::fd::AsFd) -> Option<usize> {
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

/// How wide a stream is, if it is a terminal.
#[cfg(not(unix))]
fn columns_of(stream: &impl IsTerminal) -> Option<usize> {
    let size = stream.is_terminal().then(terminal_size::terminal_size);
    size.flatten().map(|(width, _)| usize::from(width.0))
}

/// Prints why a command was not done, and returns how to exit.
pub(crate) fn failure(failure: &Failure) -> Exit {
    why(failure).iter().for_each(|line| note(line));
    failure.exit
}

/// Why a command was not done, a line each for that and for whoever may have been meant.
fn why(failure: &Failure) -> Vec<String> {
    if failure.message.is_empty() {
        return Vec::new();
    }
    let message = format!("tidings: {}", safe_text::line(&failure.message));
    let candidates = failure.candidates.iter();
    let candidates = candidates.map(|candidate| format!("  {}", safe_text::line(candidate)));
    std::iter::once(message).chain(candidates).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::safe_text::corpus;

    #[test]
    fn whatever_others_wrote_is_plain_text_in_a_failure_too() {
        corpus::walk(|text| {
            let mut failure = Failure::not_found(text);
            failure.candidates = vec![text.to_owned()];
            why(&failure).join("\n")
        });
    }
}
