//! Remote text on its way to a terminal: what comes out cannot steer it, hide in it or imitate us.
//!
//! Invariants
//! - No control character, bidi control, invisible character or tag character leaves this module,
//!   but for the joiner inside an emoji; each is shown as an escape such as `\u{1b}`.
//! - [`line()`] and [`name`] give one line. In what [`wrapped`] gives, every line but the first is
//!   indented, however long the text or wide the terminal, so that a text cannot look like the
//!   next message.
//! - Raw texts go to `--json` only.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Marks that may stand on one character; more are dropped.
const MARK_RUN_MAX: usize = 6;

/// Columns a name may take.
pub(crate) const NAME_COLUMNS_MAX: usize = 32;

/// Columns of the start of an id in brackets, by which the node tells people of one name apart.
const ID_COLUMNS: usize = " (abcdefgh)".len();

/// Columns that are left to a text at least beside what it is indented by.
const WRAP_COLUMNS_MIN: usize = 16;

/// What a text is indented by where less would be left to it.
const NARROW_INDENT: usize = 2;

/// Columns of the shortest row that a text begins with, unless all of it fits.
const FIRST_ROW_COLUMNS_MIN: usize = 8;

/// What stands on where a mark has nothing to stand on.
const DOTTED_CIRCLE: char = '\u{25cc}';

const JOINER: char = '\u{200d}';
const NON_JOINER: char = '\u{200c}';

/// Makes a text safe and puts it on one line.
pub(crate) fn line(text: &str) -> String {
    let mut safe = Safe::default();
    let mut characters = text.trim_end().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' => safe.push('\u{23ce}'),
            '\t' => safe.push(' '),
            other => safe.take(other, characters.peek().copied()),
        }
    }
    safe.text
}

/// Makes a name safe: one line of at most [`NAME_COLUMNS_MAX`] columns, never empty. What tells it
/// from another's is kept.
pub(crate) fn name(text: &str) -> String {
    let (line, mut name) = (line(text), String::new());
    let whole = line.trim();
    let before_id = whole.len().saturating_sub(ID_COLUMNS);
    if let Some((itself, id)) = whole.split_at_checked(before_id)
        && id.is_ascii()
        && id.starts_with(" (")
        && id.ends_with(')')
    {
        name.push_str(&truncated(itself, NAME_COLUMNS_MAX - ID_COLUMNS));
        name.push_str(id);
    } else {
        name = truncated(whole, NAME_COLUMNS_MAX);
    }
    if name.is_empty() {
        "(no name)".to_owned()
    } else {
        name
    }
}

/// Makes a text safe that begins behind `indent` columns, keeps its lines, and wraps it to
/// `columns`; every line but the first is indented by [`hang`].
pub(crate) fn wrapped(text: &str, indent: usize, columns: Option<usize>) -> String {
    let hang = hang(indent, columns);
    let beside = |indent: usize| columns.map_or(usize::MAX, |all| all.saturating_sub(indent));
    let room = beside(hang).max(FIRST_ROW_COLUMNS_MIN);
    let mut first = beside(indent);
    let mut out = String::new();
    for (number, text) in lines(text)
        .iter()
        .flat_map(|text| rows(text, std::mem::replace(&mut first, room), room))
        .enumerate()
    {
        if number > 0 {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', hang));
        }
        out.push_str(&text);
    }
    out
}

/// By how much the further lines of a text are indented that begins behind `indent` columns: as
/// much, or hardly where the terminal is too narrow for that.
pub(crate) fn hang(indent: usize, columns: Option<usize>) -> usize {
    match columns {
        Some(columns) if columns.saturating_sub(indent) < WRAP_COLUMNS_MIN => {
            indent.min(NARROW_INDENT)
        }
        Some(_) | None => indent,
    }
}

/// Cuts a safe text to at most `columns`, with an ellipsis where something was cut.
pub(crate) fn truncated(text: &str, columns: usize) -> String {
    if text.width() <= columns {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        // A mark can widen what it stands on, so the whole is measured.
        out.push(character);
        if out.width() >= columns {
            out.pop();
            break;
        }
    }
    // What it joined has been cut off.
    out.truncate(out.trim_end_matches(JOINER).len());
    out.push('\u{2026}');
    out
}

/// Columns a safe text takes.
pub(crate) fn width(text: &str) -> usize {
    text.width()
}

/// A safe text with spaces up to `columns`.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let mut out = text.to_owned();
    out.extend(std::iter::repeat_n(
        ' ',
        columns.saturating_sub(text.width()),
    ));
    out
}

/// The text's lines, each safe.
fn lines(text: &str) -> Vec<String> {
    let mut lines = Vec::new();
    let mut safe = Safe::default();
    let mut characters = text.trim_end().chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\u{2028}' | '\u{2029}' | '\u{85}' => {
                lines.push(std::mem::take(&mut safe).text);
            }
            '\t' => (0..4).for_each(|_| safe.push(' ')),
            other => safe.take(other, characters.peek().copied()),
        }
    }
    lines.push(safe.text);
    lines
}

/// Cuts one safe line into rows of at most `room` columns, and `first` for the first one, at spaces
/// where there are some. The first is empty where next to nothing would stand in it.
fn rows(text: &str, first: usize, room: usize) -> Vec<String> {
    if text.width() <= first {
        return vec![text.to_owned()];
    }
    let mut rows = Vec::new();
    let mut limit = first;
    if first < FIRST_ROW_COLUMNS_MIN {
        rows.push(String::new());
        limit = room;
    }
    let mut row = String::new();
    for character in text.chars() {
        row.push(character);
        if row.width() > limit {
            limit = room;
            row.pop();
            let rest = match row.rfind(' ') {
                Some(space) if space > 0 => row.split_off(space + 1),
                Some(_) | None => String::new(),
            };
            rows.push(row.trim_end().to_owned());
            row = rest;
            row.push(character);
        }
    }
    rows.push(row);
    rows
}

/// A safe text in the making.
#[derive(Debug, Default)]
struct Safe {
    text: String,
    /// The last character that marks can stand on.
    base: Option<char>,
    /// Marks on it so far.
    marks: usize,
}

impl Safe {
    fn take(&mut self, character: char, next: Option<char>) {
        if matches!(character, JOINER | NON_JOINER) {
            self.take_joiner(character, next);
        } else if is_hostile(character) {
            self.escape(character);
        } else if character.width() == Some(0) {
            self.take_mark(character);
        } else {
            self.push(character);
        }
    }

    fn push(&mut self, character: char) {
        self.text.push(character);
        self.base = Some(character);
        self.marks = 0;
    }

    fn escape(&mut self, character: char) {
        self.text.extend(character.escape_unicode());
        self.base = None;
        self.marks = 0;
    }

    fn take_mark(&mut self, mark: char) {
        if self.base.is_none_or(char::is_whitespace) {
            self.push(DOTTED_CIRCLE);
        }
        self.marks += 1;
        if self.marks <= MARK_RUN_MAX {
            self.text.push(mark);
        }
    }

    /// A joiner holds an emoji together. Cursive scripts use joiners to choose letter forms: they
    /// are left out there, for an escape in mid-word would be worse to read than a wrong form.
    fn take_joiner(&mut self, joiner: char, next: Option<char>) {
        let (Some(base), Some(next)) = (self.base, next) else {
            return self.escape(joiner);
        };
        let after_joiner = self.text.ends_with(JOINER);
        if joiner == JOINER && is_emoji(base) && is_emoji(next) && !after_joiner {
            self.text.push(JOINER);
        } else if !(is_cursive(base) && is_cursive(next)) {
            self.escape(joiner);
        }
    }
}

/// Whether a character steers, hides or reorders rather than shows.
fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{180b}'..='\u{180f}'
            // Fillers: letters that show nothing.
            | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}' | '\u{ffa0}'
            | '\u{2800}'
            // Zero width, bidi marks, separators, bidi embeddings and isolates, invisible operators.
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff0}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
            // Tags and supplementary variation selectors can carry hidden text.
            | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character may be part of a joined emoji.
fn is_emoji(character: char) -> bool {
    matches!(character, '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{23ff}'
        | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1faff}')
}

/// Whether a letter belongs to a script in which joiners choose letter forms.
fn is_cursive(character: char) -> bool {
    matches!(character, '\u{0600}'..='\u{07bf}' | '\u{0840}'..='\u{08ff}'
        | '\u{0900}'..='\u{0dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18af}'
        | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefe}')
        && !is_hostile(character)
}

#[cfg(test)]
mod tests;
