//! A text that is being written, and where in it the cursor stands.
//!
//! Invariants
//! - The cursor stands between two grapheme clusters: no key ever takes or passes a part of what is
//!   seen as one character.
//! - No control character but the end of a line is in the text, however it came there, and it is
//!   never longer than [`TEXT_BYTES_MAX`].

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation as _};

use super::undo::Undo;

/// Bytes of a text: what a message and a draft may have.
const TEXT_BYTES_MAX: usize = 30 * 1024;

/// Columns that a tabulator becomes.
const TAB: &str = "    ";

/// Where a movement or a deletion ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) enum Reach {
    /// One grapheme cluster back.
    Left,
    /// One on.
    Right,
    /// The start of this word, or of the one before.
    WordLeft,
    /// The end of this word, or of the one behind.
    WordRight,
    /// The start of the line.
    Home,
    /// The end of the line.
    End,
    /// The start of the text.
    Top,
    /// The end of the text.
    Bottom,
}

/// A text did not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::tui) struct TooLong;

/// A text and its cursor.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::tui) struct Buffer {
    text: String,
    /// A byte between two grapheme clusters.
    cursor: usize,
    /// What was taken out last by a deletion of more than one cluster.
    cut: String,
    undo: Undo,
}

impl Buffer {
    /// A text with the cursor behind it; what is too long is cut off.
    pub(in crate::tui) fn of(text: &str) -> Self {
        let mut text = clean(text);
        text.truncate(text.floor_char_boundary(TEXT_BYTES_MAX));
        Self {
            cursor: text.len(),
            text,
            ..Self::default()
        }
    }

    /// The text.
    pub(in crate::tui) fn text(&self) -> &str {
        &self.text
    }

    /// Where the cursor is, in bytes.
    pub(in crate::tui) fn cursor(&self) -> usize {
        self.cursor
    }

    /// Whether nothing but blanks is in it.
    pub(in crate::tui) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Takes the whole text out.
    pub(in crate::tui) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        *self = Self {
            cut: std::mem::take(&mut self.cut),
            ..Self::default()
        };
        text
    }

    /// Puts another text in place of this one, which can be undone.
    pub(in crate::tui) fn replace(&mut self, text: &str) {
        let next = Self::of(text);
        self.undo.note(&self.text, self.cursor);
        self.text = next.text;
        self.cursor = next.cursor;
    }

    /// Writes at the cursor.
    ///
    /// # Errors
    /// [`TooLong`] if the text would be; then it is as it was.
    pub(in crate::tui) fn insert(&mut self, text: &str) -> Result<(), TooLong> {
        let text = clean(text);
        if self.text.len().saturating_add(text.len()) > TEXT_BYTES_MAX {
            return Err(TooLong);
        }
        if text.is_empty() {
            return Ok(());
        }
        // What is typed letter by letter is taken back word by word.
        if text.chars().any(char::is_whitespace) || text.chars().nth(1).is_some() {
            self.undo.note(&self.text, self.cursor);
        } else {
            self.undo.note_typing(&self.text, self.cursor);
        }
        self.text.insert_str(self.cursor, &text);
        // What was written may have become one cluster with what stands behind it.
        self.cursor = boundary_at_or_after(&self.text, self.cursor.saturating_add(text.len()));
        Ok(())
    }

    /// Moves the cursor; whether it moved.
    pub(in crate::tui) fn go(&mut self, reach: Reach) -> bool {
        let to = self.place(reach);
        self.undo.end_typing();
        std::mem::replace(&mut self.cursor, to) != to
    }

    /// Puts the cursor at a byte, or before the cluster that this is inside of.
    pub(in crate::tui) fn go_to(&mut self, byte: usize) {
        self.undo.end_typing();
        self.cursor = boundary_at_or_before(&self.text, byte);
    }

    /// Takes out what is between the cursor and there; whether there was anything.
    pub(in crate::tui) fn delete(&mut self, reach: Reach) -> bool {
        let to = self.place(reach);
        let (from, to) = (self.cursor.min(to), self.cursor.max(to));
        let Some(out) = self.text.get(from..to).filter(|out| !out.is_empty()) else {
            return false;
        };
        if !matches!(reach, Reach::Left | Reach::Right) {
            out.clone_into(&mut self.cut);
        }
        self.undo.note(&self.text, self.cursor);
        self.text.replace_range(from..to, "");
        // What stood on both sides may have become one cluster.
        self.cursor = boundary_at_or_before(&self.text, from);
        true
    }

    /// Writes what was deleted last in one piece.
    ///
    /// # Errors
    /// [`TooLong`] if there is no room for it.
    pub(in crate::tui) fn yank(&mut self) -> Result<(), TooLong> {
        let cut = self.cut.clone();
        self.insert(&cut)
    }

    /// Takes the last change back; whether there was one.
    pub(in crate::tui) fn undo(&mut self) -> bool {
        let back = self.undo.back(&self.text, self.cursor);
        self.restore(back)
    }

    /// Takes the last undoing back; whether there was one.
    pub(in crate::tui) fn redo(&mut self) -> bool {
        let forth = self.undo.forth(&self.text, self.cursor);
        self.restore(forth)
    }

    /// The word before the cursor, with the byte at which it begins.
    pub(in crate::tui) fn word_before(&self) -> (usize, &str) {
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let start = before
            .rfind(char::is_whitespace)
            .map_or(0, |blank| ceil_char_boundary(before, blank + 1));
        (start, before.get(start..).unwrap_or_default())
    }

    /// Puts another text in place of what is between a byte and the cursor.
    ///
    /// # Errors
    /// [`TooLong`] if there is no room for it.
    pub(in crate::tui) fn complete(&mut self, from: usize, text: &str) -> Result<(), TooLong> {
        let from = boundary_at_or_before(&self.text, from.min(self.cursor));
        let taken = self.cursor.saturating_sub(from);
        let text = clean(text);
        if self
            .text
            .len()
            .saturating_sub(taken)
            .saturating_add(text.len())
            > TEXT_BYTES_MAX
        {
            return Err(TooLong);
        }
        self.undo.note(&self.text, self.cursor);
        self.text.replace_range(from..self.cursor, &text);
        self.cursor = boundary_at_or_after(&self.text, from.saturating_add(text.len()));
        Ok(())
    }

    fn restore(&mut self, kept: Option<(String, usize)>) -> bool {
        let Some((text, cursor)) = kept else {
            return false;
        };
        self.text = text;
        self.cursor = boundary_at_or_before(&self.text, cursor);
        true
    }

    fn place(&self, reach: Reach) -> usize {
        let (before, behind) = self.text.split_at_checked(self.cursor).unwrap_or_default();
        let length = self.text.len();
        match reach {
            Reach::Left => before
                .grapheme_indices(true)
                .next_back()
                .map_or(0, |(start, _)| boundary_at_or_before(&self.text, start)),
            Reach::Right => behind
                .graphemes(true)
                .next()
                .map_or(length, |next| self.cursor.saturating_add(next.len())),
            Reach::WordLeft => before
                .split_word_bound_indices()
                .rfind(|(_, word)| !word.trim().is_empty())
                .map_or(0, |(start, _)| boundary_at_or_before(&self.text, start)),
            Reach::WordRight => behind
                .split_word_bound_indices()
                .find(|(_, word)| !word.trim().is_empty())
                .map_or(length, |(start, word)| {
                    let end = self.cursor.saturating_add(start).saturating_add(word.len());
                    boundary_at_or_after(&self.text, end)
                }),
            Reach::Home => before.rfind('\n').map_or(0, |end| end.saturating_add(1)),
            Reach::End => behind
                .find('\n')
                .map_or(length, |end| self.cursor.saturating_add(end)),
            Reach::Top => 0,
            Reach::Bottom => length,
        }
    }
}

/// A text as it may be in a buffer.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\r' if characters.peek() == Some(&'\n') => {}
            '\r' | '\n' | '\u{85}' | '\u{2028}' | '\u{2029}' => clean.push('\n'),
            '\t' => clean.push_str(TAB),
            other if other.is_control() => {}
            other => clean.push(other),
        }
    }
    clean
}

/// The last place between two clusters that is not behind a byte.
fn boundary_at_or_before(text: &str, byte: usize) -> usize {
    let byte = text.floor_char_boundary(byte);
    if is_boundary(text, byte) {
        return byte;
    }
    GraphemeCursor::new(byte, text.len(), true)
        .prev_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(0)
}

/// The first place between two clusters that is not before a byte.
fn boundary_at_or_after(text: &str, byte: usize) -> usize {
    let byte = ceil_char_boundary(text, byte);
    if is_boundary(text, byte) {
        return byte;
    }
    GraphemeCursor::new(byte, text.len(), true)
        .next_boundary(text, 0)
        .ok()
        .flatten()
        .unwrap_or(text.len())
}

fn is_boundary(text: &str, byte: usize) -> bool {
    GraphemeCursor::new(byte, text.len(), true)
        .is_boundary(text, 0)
        .unwrap_or(true)
}

fn ceil_char_boundary(text: &str, byte: usize) -> usize {
    let byte = byte.min(text.len());
    (byte..text.len())
        .find(|byte| text.is_char_boundary(*byte))
        .unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const FAMILY: &str = "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}";

    #[test]
    fn what_is_seen_as_one_character_is_deleted_by_one_key() {
        for one in [
            "a",
            "한",
            "\u{1112}\u{1161}\u{11ab}",
            "漢",
            "e\u{301}",
            FAMILY,
            "\u{1f44d}\u{1f3fd}",
            "\u{1f1f0}\u{1f1f7}",
            "\u{2764}\u{fe0f}",
            "1\u{fe0f}\u{20e3}",
        ] {
            let mut buffer = Buffer::of(&format!("x{one}"));
            assert!(buffer.delete(Reach::Left));
            assert_eq!(buffer.text(), "x", "after {one}");
            let mut buffer = Buffer::of(&format!("{one}x"));
            buffer.go(Reach::Top);
            buffer.go(Reach::Right);
            assert_eq!(buffer.cursor(), one.len(), "over {one}");
        }
    }

    #[test]
    fn words_and_lines_are_gone_through_and_taken_out() {
        let mut buffer = Buffer::of("one two\nthree 네 다섯");
        buffer.go(Reach::WordLeft);
        assert!(buffer.text()[buffer.cursor()..].starts_with("다섯"));
        buffer.go(Reach::Home);
        assert!(buffer.text()[buffer.cursor()..].starts_with("three"));
        buffer.delete(Reach::WordRight);
        assert_eq!(buffer.text(), "one two\n 네 다섯");
        buffer.delete(Reach::End);
        assert_eq!(buffer.text(), "one two\n");
        buffer.yank().unwrap();
        assert_eq!(buffer.text(), "one two\n 네 다섯");
    }

    #[test]
    fn what_is_pasted_keeps_its_lines_and_no_control_character() {
        let mut buffer = Buffer::default();
        buffer.insert("a\r\nb\rc\td\u{1b}[31m\u{7}").unwrap();
        assert_eq!(buffer.text(), "a\nb\nc    d[31m");
    }

    #[test]
    fn the_longest_text_is_taken_and_one_byte_more_is_refused() {
        let mut buffer = Buffer::default();
        buffer.insert(&"a".repeat(TEXT_BYTES_MAX)).unwrap();
        assert_eq!(buffer.insert("b"), Err(TooLong));
        assert_eq!(buffer.text().len(), TEXT_BYTES_MAX);
        assert_eq!(Buffer::of(&"한".repeat(TEXT_BYTES_MAX)).text().len() % 3, 0);
    }

    #[test]
    fn a_change_is_taken_back_and_made_again() {
        let mut buffer = Buffer::default();
        for letter in ["h", "i", " ", "y", "o", "u"] {
            buffer.insert(letter).unwrap();
        }
        assert!(buffer.undo());
        assert_eq!(buffer.text(), "hi ");
        assert!(buffer.undo() && buffer.undo());
        assert_eq!(buffer.text(), "");
        assert!(!buffer.undo());
        assert!(buffer.redo() && buffer.redo() && buffer.redo());
        assert_eq!(buffer.text(), "hi you");
        assert!(!buffer.redo());
    }

    #[test]
    fn a_name_is_completed_in_place_of_its_start() {
        let mut buffer = Buffer::of("hi @be");
        let (start, word) = buffer.word_before();
        assert_eq!((start, word), (3, "@be"));
        buffer.complete(start, "@Ben ").unwrap();
        assert_eq!(buffer.text(), "hi @Ben ");
    }

    fn reach() -> impl Strategy<Value = Reach> {
        prop_oneof![
            Just(Reach::Left),
            Just(Reach::Right),
            Just(Reach::WordLeft),
            Just(Reach::WordRight),
            Just(Reach::Home),
            Just(Reach::End),
            Just(Reach::Top),
            Just(Reach::Bottom),
        ]
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(String),
        Go(Reach),
        Delete(Reach),
        Yank,
        Undo,
        Redo,
        GoTo(usize),
    }

    fn step() -> impl Strategy<Value = Step> {
        let piece = prop_oneof![
            Just("a".to_owned()),
            Just("\u{301}".to_owned()),
            Just("\u{200d}".to_owned()),
            Just(FAMILY.to_owned()),
            Just("\u{1f1f0}".to_owned()),
            Just("\u{1161}".to_owned()),
            Just("\n".to_owned()),
            "\\PC{0,4}",
        ];
        prop_oneof![
            4 => piece.prop_map(Step::Insert),
            2 => reach().prop_map(Step::Go),
            2 => reach().prop_map(Step::Delete),
            1 => Just(Step::Yank),
            1 => Just(Step::Undo),
            1 => Just(Step::Redo),
            1 => (0_usize..64).prop_map(Step::GoTo),
        ]
    }

    fn drop_moved(_: bool) {}

    proptest! {
        #[test]
        fn the_cursor_is_never_inside_a_cluster_and_undoing_all_leads_back(
            steps in proptest::collection::vec(step(), 0..40),
        ) {
            let mut buffer = Buffer::default();
            for step in steps {
                match step {
                    Step::Insert(text) => buffer.insert(&text).unwrap(),
                    Step::Go(reach) => drop_moved(buffer.go(reach)),
                    Step::Delete(reach) => drop_moved(buffer.delete(reach)),
                    Step::Yank => buffer.yank().unwrap_or_default(),
                    Step::Undo => drop_moved(buffer.undo()),
                    Step::Redo => drop_moved(buffer.redo()),
                    Step::GoTo(byte) => buffer.go_to(byte),
                }
                prop_assert!(is_boundary(buffer.text(), buffer.cursor()));
            }
            while buffer.undo() {}
            prop_assert_eq!(buffer.text(), "");
        }
    }
}
