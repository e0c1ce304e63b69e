//! The rows in which a safe text stands in the room there is for it.
//!
//! Invariants
//! - A row breaks at blanks where it can, else between graphemes, and is no wider than its room
//!   unless a single grapheme is.
//! - Rows hold all of the text but the blanks at which they break.

use super::columns::{graphemes, width};
use super::making::GRAPHEME_COLUMNS_MAX;
use super::safe::Safe;

/// Columns that are left to a text at least beside what it is indented by.
const WRAP_COLUMNS_MIN: usize = 16;

/// What a text is indented by where less would be left to it.
const NARROW_INDENT: usize = 2;

/// Columns of the shortest row that a text begins with, unless all of it fits. Any grapheme does.
pub(super) const FIRST_ROW_COLUMNS_MIN: usize = GRAPHEME_COLUMNS_MAX;

const BLANK: &str = " ";

/// Makes a text safe that begins behind `indent` columns, keeps its lines, and wraps it to
/// `columns`; every line but the first is indented by [`hang`].
pub(crate) fn wrapped(text: &str, indent: usize, columns: Option<usize>) -> String {
    let hang = hang(indent, columns);
    let beside = |indent: usize| columns.map_or(usize::MAX, |all| all.saturating_sub(indent));
    let room = beside(hang).max(FIRST_ROW_COLUMNS_MIN);
    let mut first = beside(indent);
    let mut out = String::new();
    for (number, line) in Safe::lines(text).iter().enumerate() {
        for (below, row) in rows(line.as_str(), first, room).into_iter().enumerate() {
            if number > 0 || below > 0 {
                out.push('\n');
                out.extend(std::iter::repeat_n(' ', hang));
            }
            out.push_str(row);
        }
        first = room;
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

/// One safe line in rows of at most `room` columns, and `first` for the first one. That is empty
/// where next to nothing would stand in it and more can in the next.
pub(super) fn rows(line: &str, first: usize, room: usize) -> Vec<&str> {
    let mut rows = Vec::new();
    let mut limit = first;
    if first < FIRST_ROW_COLUMNS_MIN.min(room) && width(line) > first {
        rows.push("");
        limit = room;
    }
    let mut rest = line;
    loop {
        let (row, below) = first_row(rest, limit);
        rows.push(row);
        if below.is_empty() {
            return rows;
        }
        rest = below;
        limit = room;
    }
}

/// The row that a text begins with, and what stands below it. What is read behind the row is read
/// again at most once, as the start of a row without a blank.
fn first_row(text: &str, room: usize) -> (&str, &str) {
    let (mut used, mut end, mut word_end) = (0, 0, 0);
    let mut gap = None;
    for grapheme in graphemes(text) {
        let is_blank = grapheme.text == BLANK;
        if !is_blank && 0 < word_end && word_end < end {
            gap = Some((word_end, end));
        }
        // Blanks behind a word may stand over the edge: they do not show.
        let hangs = is_blank && word_end > 0;
        if used + grapheme.columns > room && end > 0 && !hangs {
            return split(text, gap.unwrap_or((end, end)));
        }
        used += grapheme.columns;
        end += grapheme.text.len();
        if !is_blank {
            word_end = end;
        }
    }
    split(
        text,
        if used > room {
            (word_end, end)
        } else {
            (end, end)
        },
    )
}

/// A text up to a gap, and from behind it.
fn split(text: &str, (before, behind): (usize, usize)) -> (&str, &str) {
    let row = text.get(..before).unwrap_or_default();
    (row, text.get(behind..).unwrap_or_default())
}
