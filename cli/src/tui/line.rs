//! A row of the screen: pieces of safe text, each with what it is.
//!
//! Invariants
//! - Nothing but [`Safe`] text is in it, so nothing else can be drawn.

use super::theme::Face;
use crate::safe_text::Safe;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Line {
    pieces: Vec<(Safe, Face)>,
}

impl Line {
    /// A row of one piece.
    pub(in crate::tui) fn of(text: impl Into<Safe>, face: Face) -> Self {
        Self::default().with(text, face)
    }

    /// The row with one more piece.
    #[must_use]
    pub(in crate::tui) fn with(mut self, text: impl Into<Safe>, face: Face) -> Self {
        let text = text.into();
        if !text.is_empty() {
            self.pieces.push((text, face));
        }
        self
    }

    /// The row moved to the right.
    #[must_use]
    pub(in crate::tui) fn indented(mut self, columns: usize) -> Self {
        if columns > 0 {
            self.pieces.insert(0, (blanks(columns), Face::Text));
        }
        self
    }

    /// The row with a mark in place of what it begins with, as its indent.
    #[must_use]
    pub(in crate::tui) fn marked(mut self, mark: impl Into<Safe>, face: Face) -> Self {
        if let Some(first) = self.pieces.first_mut() {
            *first = (mark.into(), face);
        }
        self
    }

    /// A text in as many rows as it takes of so many columns.
    pub(in crate::tui) fn wrapped(text: &Safe, columns: usize, face: Face) -> Vec<Self> {
        let columns = columns.max(1);
        let rows = text.rows(columns, columns).into_iter();
        rows.map(|row| Self::of(row, face)).collect()
    }

    /// Its pieces.
    pub(in crate::tui) fn pieces(&self) -> &[(Safe, Face)] {
        &self.pieces
    }

    /// Columns it takes.
    pub(in crate::tui) fn width(&self) -> usize {
        self.pieces.iter().map(|(text, _)| text.width()).sum()
    }

    /// The row with another behind it.
    #[must_use]
    pub(in crate::tui) fn then(mut self, other: Self) -> Self {
        self.pieces.extend(other.pieces);
        self
    }

    /// The row cut to so many columns.
    #[must_use]
    pub(in crate::tui) fn cut(self, columns: usize) -> Self {
        let mut left = columns;
        let mut cut = Self::default();
        for (text, face) in self.pieces {
            if left == 0 {
                break;
            }
            let text = text.truncated(left);
            left = left.saturating_sub(text.width());
            cut = cut.with(text, face);
        }
        cut
    }

    /// What it says, without what the pieces are.
    #[cfg(test)]
    pub(in crate::tui) fn text(&self) -> String {
        let pieces = self.pieces.iter().map(|(text, _)| text.as_str());
        pieces.collect()
    }
}

/// What stands between the keys that lead on, in the catalogue at least.
pub(in crate::tui) const HINTS_APART: &str = "  ";

/// The keys that lead on, one by one, each with what it does.
pub(in crate::tui) fn hints(all: &Safe) -> impl Iterator<Item = Safe> {
    let parts = all.as_str().split(HINTS_APART).map(str::trim);
    parts.filter(|part| !part.is_empty()).map(Safe::line)
}

/// So many blanks.
pub(in crate::tui) fn blanks(columns: usize) -> Safe {
    Safe::default().padded(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::texts::{Language, Texts};

    #[test]
    fn a_row_is_as_wide_as_its_pieces_and_is_cut_in_whichever_it_is_too_wide() {
        let row = Line::of("one ", Face::Text)
            .with("두 개", Face::Own)
            .indented(2);
        assert_eq!((row.width(), row.text().as_str()), (11, "  one 두 개"));
        let cut = row.cut(8);
        assert_eq!(cut.text(), "  one \u{2026}");
        assert!(cut.width() <= 8);
    }

    #[test]
    fn the_keys_that_lead_on_are_apart_in_every_language() {
        for language in Language::ALL {
            let texts = Texts::of(language);
            let key = |number: usize| Safe::line(&format!("f{number}"));
            let [one, two, three, four] = [1, 2, 3, 4].map(key);
            let all = [
                (texts.keys(&one, &two, &three, &four), 4),
                (texts.members_keys(&one, &two, &three, &four), 4),
                (texts.people_keys(&one, &two, &three, &four), 4),
                (texts.invite_keys(&one, &two, &three), 3),
                (texts.pick_keys(&one, &two), 2),
                (texts.picture_keys(&one, &two), 2),
                (texts.ask_keys(&one, &two), 2),
                (texts.verify_keys(&one, &two, &three), 3),
                (texts.written_keys(&one, &two, &three), 3),
                (texts.members_keys_own(&one, &two), 2),
                (texts.yes_or_no(&one, &two), 2),
                (texts.invited_keys(&one, &two), 2),
                (texts.welcome_keys(&one, &two), 2),
            ];
            for (words, count) in all {
                let each: Vec<Safe> = hints(&words).collect();
                assert_eq!(each.len(), count, "{language:?}: {words}");
                for (number, hint) in (1..).zip(&each) {
                    let is_there = hint.as_str().contains(key(number).as_str());
                    assert!(is_there, "{language:?}: {words}");
                }
            }
        }
    }

    #[test]
    fn a_piece_without_text_is_none() {
        assert_eq!(Line::of("", Face::Own).pieces(), []);
    }
}
