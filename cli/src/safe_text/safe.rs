//! Text that was made safe, as a type: what takes it alone cannot be given anything else.

use std::fmt;

use super::columns::{self, Grapheme};
use super::making::{self, Making};
use super::rows;

/// Columns a name may take.
pub(super) const NAME_COLUMNS_MAX: usize = 32;

/// Columns of the start of an id in brackets, by which the node tells people of one name apart.
const ID_COLUMNS: usize = " (abcdefgh)".len();

const TAB: &str = "    ";

/// One line of text that can do no harm on a terminal.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Safe(String);

impl Safe {
    /// Makes a text safe and puts it on one line.
    pub(crate) fn line(text: &str) -> Self {
        let mut making = Making::default();
        let mut characters = text.trim_end().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' => making.take('\u{23ce}', None),
                '\t' => making.take(' ', None),
                other => making.take(other, characters.peek().copied()),
            }
        }
        Self(making.finish())
    }

    /// Makes a text safe and keeps its lines; there is at least one.
    pub(crate) fn lines(text: &str) -> Vec<Self> {
        let mut lines = Vec::new();
        let mut making = Making::default();
        let mut characters = text.trim_end().chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '\r' if characters.peek() == Some(&'\n') => {}
                '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => {
                    lines.push(Self(std::mem::take(&mut making).finish()));
                }
                '\t' => TAB.chars().for_each(|blank| making.take(blank, None)),
                other => making.take(other, characters.peek().copied()),
            }
        }
        lines.push(Self(making.finish()));
        lines
    }

    /// Makes a text safe for wherever it is pasted: its lines and tabs are kept, and other control characters are left out.
    pub(super) fn copied(text: &str) -> String {
        let mut copied = String::with_capacity(text.len());
        let mut making = Making::default();
        let kept = |one: &char| matches!(one, '\n' | '\t' | '\u{85}') || !one.is_control();
        let mut characters = text.chars().filter(kept).peekable();
        while let Some(character) = characters.next() {
            if let '\n' | '\t' | '\u{85}' | '\u{2028}' | '\u{2029}' = character {
                copied.push_str(&std::mem::take(&mut making).finish());
                copied.push(if character == '\t' { '\t' } else { '\n' });
            } else {
                making.take(character, characters.peek().copied());
            }
        }
        copied.push_str(&making.finish());
        copied
    }

    /// Makes a name safe: one line of at most [`NAME_COLUMNS_MAX`] columns, in which no blank stands beside another: two of
    /// them part it from what is said of it. What tells it from another's is kept. Nothing if it shows nothing.
    pub(crate) fn name(text: &str) -> Option<Self> {
        let line = Self::line(text);
        let words: Vec<&str> = line.as_str().split_whitespace().collect();
        let whole = words.join(" ");
        let before_id = whole.len().saturating_sub(ID_COLUMNS);
        let name = match whole.split_at_checked(before_id) {
            Some((itself, id)) if is_id(id) => {
                columns::truncated(itself, NAME_COLUMNS_MAX - ID_COLUMNS) + id
            }
            Some(_) | None => columns::truncated(&whole, NAME_COLUMNS_MAX),
        };
        (!name.is_empty()).then_some(Self(name))
    }

    /// Its characters.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Columns it takes: as many as its graphemes.
    pub(crate) fn width(&self) -> usize {
        columns::width(&self.0)
    }

    /// Its graphemes, each with the columns it takes.
    pub(crate) fn graphemes(&self) -> impl Iterator<Item = Grapheme<'_>> {
        columns::graphemes(&self.0)
    }

    /// In rows of at most `room` columns, and `first` for the first one.
    pub(crate) fn rows(&self, first: usize, room: usize) -> Vec<Self> {
        let rows = rows::rows(&self.0, first, room);
        rows.into_iter().map(|row| Self(row.to_owned())).collect()
    }

    /// What stands up to the last blank in it, and behind that; nothing if there is no blank.
    pub(crate) fn split_behind_blank(&self) -> Option<(Self, Self)> {
        let (before, _) = self.0.rsplit_once(' ')?;
        let (before, behind) = self.0.split_at_checked(before.len() + 1)?;
        Some((Self(before.to_owned()), Self(behind.to_owned())))
    }

    /// Cut to at most `columns`, with an ellipsis where something was cut.
    pub(crate) fn truncated(&self, columns: usize) -> Self {
        Self(columns::truncated(&self.0, columns))
    }

    /// The graphemes at its end that take at most `columns`.
    pub(crate) fn end(&self, columns: usize) -> Self {
        Self(columns::end(&self.0, columns).to_owned())
    }

    /// With spaces up to `columns`.
    pub(crate) fn padded(&self, columns: usize) -> Self {
        Self(columns::padded(&self.0, columns))
    }

    /// Puts another text behind this one. A blank keeps them apart where the last grapheme would go
    /// on in the other text.
    pub(crate) fn push(&mut self, other: &Self) {
        if making::go_together(&self.0, &other.0) {
            self.0.push(' ');
        }
        self.0.push_str(&other.0);
    }
}

/// Whether a name ends in what tells it from another's.
fn is_id(text: &str) -> bool {
    text.is_ascii() && text.starts_with(" (") && text.ends_with(')')
}

/// Our own words, with the blanks at their ends.
impl From<&'static str> for Safe {
    fn from(words: &'static str) -> Self {
        let mut making = Making::default();
        let mut characters = words.chars().peekable();
        while let Some(character) = characters.next() {
            making.take(character, characters.peek().copied());
        }
        Self(making.finish())
    }
}

impl From<Safe> for String {
    fn from(safe: Safe) -> Self {
        safe.0
    }
}

impl fmt::Display for Safe {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
