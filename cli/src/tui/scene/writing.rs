//! A text that is being written, in rows, and where its cursor is.
//!
//! Invariants
//! - The cursor stands where the next letter would: both come from the same rows.
//! - What is drawn of the text is safe, even where what was pasted is not: that takes as many columns as
//!   its escape, and the cursor passes all of it at once.

use unicode_segmentation::UnicodeSegmentation as _;

use crate::safe_text::Safe;
use crate::tui::composer::Buffer;

/// Columns that a row has at least.
const COLUMNS_MIN: usize = 4;

/// A row of the text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct WrittenRow {
    /// What it shows.
    pub(in crate::tui) text: Safe,
    /// Where in the text each of its clusters begins, with the column in which it does.
    starts: Vec<(usize, usize)>,
    /// Where in the text it ends.
    end: usize,
    /// Whether the row below begins where this one ends.
    goes_on: bool,
}

/// The rows of a text, at least one; and the row and column of its cursor.
pub(in crate::tui) fn written(buffer: &Buffer, columns: u16) -> (Vec<WrittenRow>, (usize, usize)) {
    let rows = rows(buffer.text(), usize::from(columns).max(COLUMNS_MIN));
    let caret = caret(&rows, buffer.cursor());
    (rows, caret)
}

/// Moves the cursor a row up or down, in its column; whether there is such a row.
pub(in crate::tui) fn go_row(buffer: &mut Buffer, columns: u16, is_up: bool) -> bool {
    let (rows, (row, column)) = written(buffer, columns);
    let next = if is_up {
        row.checked_sub(1)
    } else {
        row.checked_add(1)
    };
    let Some(next) = next.and_then(|next| rows.get(next)) else {
        return false;
    };
    let before = next.starts.iter().take_while(|(_, at)| *at <= column);
    let is_behind = next.text.width() <= column && !next.goes_on;
    let byte = if is_behind {
        next.end
    } else {
        before.last().map_or(next.end, |(byte, _)| *byte)
    };
    buffer.go_to(byte);
    true
}

fn rows(text: &str, columns: usize) -> Vec<WrittenRow> {
    let mut rows = vec![WrittenRow::default()];
    let mut width = 0;
    for (byte, cluster) in text.grapheme_indices(true) {
        if cluster == "\n" {
            if let Some(row) = rows.last_mut() {
                row.end = byte;
            }
            rows.push(WrittenRow {
                end: byte + cluster.len(),
                ..WrittenRow::default()
            });
            width = 0;
            continue;
        }
        let safe = cluster_as_drawn(cluster);
        let takes = safe.width();
        // One column stays free at the end, for the cursor.
        if width + takes >= columns && width > 0 {
            let moved = rows.last_mut().map(|row| {
                row.goes_on = true;
                row.end = byte;
                last_word(row)
            });
            rows.push(moved.unwrap_or_default());
            width = rows.last().map_or(0, |row| row.text.width());
            // Beside the word that was moved there may be no room either.
            if width + takes >= columns && width > 0 {
                if let Some(row) = rows.last_mut() {
                    row.goes_on = true;
                    row.end = byte;
                }
                rows.push(WrittenRow::default());
                width = 0;
            }
        }
        if let Some(row) = rows.last_mut() {
            row.starts.push((byte, width));
            row.text.push(&safe);
            row.end = byte + cluster.len();
        }
        width += takes;
    }
    rows
}

/// Takes a word that has no room any more off the end of a row, into the next one.
fn last_word(row: &mut WrittenRow) -> WrittenRow {
    let nothing = WrittenRow {
        end: row.end,
        ..WrittenRow::default()
    };
    let Some((before, word)) = row.text.split_behind_blank() else {
        return nothing;
    };
    let column = before.width();
    let first = row.starts.partition_point(|(_, at)| *at < column);
    // A cluster may be drawn with a blank in it, and is not parted there.
    if row.starts.get(first).is_none_or(|(_, at)| *at != column) {
        return nothing;
    }
    let starts = row.starts.split_off(first);
    let moved = WrittenRow {
        text: word,
        starts: starts
            .iter()
            .map(|(byte, at)| (*byte, at - column))
            .collect(),
        end: row.end,
        goes_on: false,
    };
    row.end = starts.first().map_or(row.end, |(byte, _)| *byte);
    row.text = before;
    moved
}

/// A cluster as it is drawn: a blank stays one.
fn cluster_as_drawn(cluster: &str) -> Safe {
    if cluster.trim().is_empty() && !cluster.is_empty() && cluster.chars().all(|one| one == ' ') {
        return Safe::from(" ");
    }
    Safe::line(cluster)
}

fn caret(rows: &[WrittenRow], cursor: usize) -> (usize, usize) {
    let of = |row: &WrittenRow| {
        let mut starts = row.starts.iter();
        let at = starts
            .find(|(byte, _)| *byte == cursor)
            .map(|(_, column)| *column);
        at.or_else(|| (row.end == cursor && !row.goes_on).then(|| row.text.width()))
    };
    let mut rows = rows.iter().enumerate();
    rows.find_map(|(number, row)| of(row).map(|column| (number, column)))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tui::composer::Reach;

    fn shown(text: &str, columns: u16) -> Vec<String> {
        let (rows, _) = written(&Buffer::of(text), columns);
        rows.iter()
            .map(|row| row.text.as_str().to_owned())
            .collect()
    }

    #[test]
    fn a_text_is_broken_between_words_and_the_cursor_has_room_behind_it() {
        assert_eq!(shown("one two three", 10), ["one two ", "three"]);
        assert_eq!(shown("abcdefghij", 5), ["abcd", "efgh", "ij"]);
        assert_eq!(shown("a\n\nb\n", 10), ["a", "", "b", ""]);
        assert_eq!(shown("", 10), [""]);
        assert_eq!(shown("한국어로 쓰기", 8), ["한국어", "로 쓰기"]);
        assert_eq!(shown(" !\u{d7b0}", 6), [" ", "!", "\\u{d7b0}"]);
        assert_eq!(shown(" \u{e0100} ", 6), [" \\u{e0100}", " "]);
    }

    #[test]
    fn the_cursor_goes_up_and_down_in_its_column() {
        let mut buffer = Buffer::of("first\nab\nlonger");
        assert_eq!(written(&buffer, 20).1, (2, 6));
        assert!(go_row(&mut buffer, 20, true));
        assert_eq!(written(&buffer, 20).1, (1, 2));
        assert!(go_row(&mut buffer, 20, true));
        assert_eq!(written(&buffer, 20).1, (0, 2));
        assert!(!go_row(&mut buffer, 20, true));
        assert!(go_row(&mut buffer, 20, false));
        assert_eq!(written(&buffer, 20).1, (1, 2));
    }

    #[test]
    fn what_was_pasted_is_drawn_as_an_escape_and_passed_at_once() {
        let mut buffer = Buffer::of("a\u{202e}b");
        let (rows, caret) = written(&buffer, 40);
        assert_eq!(rows[0].text.as_str(), "a\\u{202e}b");
        assert_eq!(caret, (0, 10));
        buffer.go(Reach::Left);
        buffer.go(Reach::Left);
        assert_eq!(written(&buffer, 40).1, (0, 1));
    }

    proptest! {
        #[test]
        fn every_row_fits_nothing_is_lost_and_the_cursor_is_on_the_screen(
            text in "(\\PC|\n| ){0,60}", columns in 6_u16..30, cursor in 0_usize..200,
        ) {
            let mut buffer = Buffer::of(&text);
            buffer.go_to(cursor);
            let (rows, (row, column)) = written(&buffer, columns);
            prop_assert!(row < rows.len());
            prop_assert!(column <= rows[row].text.width());
            let starts: usize = rows.iter().map(|row| row.starts.len()).sum();
            let clusters = buffer.text().graphemes(true).filter(|one| *one != "\n").count();
            prop_assert_eq!(starts, clusters);
            for row in &rows {
                prop_assert!(row.text.width() < usize::from(columns) || row.starts.len() == 1);
            }
        }
    }
}
