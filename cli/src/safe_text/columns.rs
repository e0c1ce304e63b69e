//! The measure of text: graphemes, and the columns they take.
//!
//! A grapheme takes what `unicode-width` says of it alone, which is how a screen of cells draws it:
//! Lam and Alef are two cells, though a font may draw them as one; a flag, a keycap or a family is
//! one grapheme in two.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthStr;

const ELLIPSIS: &str = "\u{2026}";

/// What a reader takes for one character, and what is never cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Grapheme<'a> {
    /// Its characters.
    pub(crate) text: &'a str,
    /// Columns it takes.
    pub(crate) columns: usize,
}

/// A text's graphemes.
pub(super) fn graphemes(text: &str) -> impl Iterator<Item = Grapheme<'_>> {
    text.graphemes(true).map(|text| Grapheme {
        text,
        columns: text.width(),
    })
}

/// Columns a safe text takes.
pub(crate) fn width(text: &str) -> usize {
    graphemes(text).map(|grapheme| grapheme.columns).sum()
}

/// Cuts a safe text to at most `columns`, with an ellipsis where something was cut.
pub(crate) fn truncated(text: &str, columns: usize) -> String {
    let (mut used, mut end, mut kept) = (0, 0, 0);
    for grapheme in graphemes(text) {
        used += grapheme.columns;
        end += grapheme.text.len();
        if used < columns {
            kept = end;
        } else if used > columns {
            let kept = text.get(..kept).unwrap_or_default();
            let ellipsis = if columns > 0 { ELLIPSIS } else { "" };
            return [kept, ellipsis].concat();
        }
    }
    text.to_owned()
}

/// The graphemes at the end of a safe text that take at most `columns`.
pub(super) fn end(text: &str, columns: usize) -> &str {
    let mut used = 0;
    let graphemes = text.grapheme_indices(true).rev();
    let taken = graphemes.take_while(|(_, grapheme)| {
        used += grapheme.width();
        used <= columns
    });
    let start = taken.last().map_or(text.len(), |(start, _)| start);
    text.get(start..).unwrap_or_default()
}

/// A safe text with spaces up to `columns`.
pub(crate) fn padded(text: &str, columns: usize) -> String {
    let lacking = columns.saturating_sub(width(text));
    [text, &" ".repeat(lacking)].concat()
}
