//! A text while it is made safe, a character at a time.
//!
//! Invariants
//! - Between two characters that are taken, all that was taken before is safe, but for the grapheme
//!   at its end if that shows nothing yet.
//! - A grapheme takes 1 to [`GRAPHEME_COLUMNS_MAX`] columns, has at most
//!   [`GRAPHEME_CHARACTERS_MAX`] characters, and begins with no mark. So a text leans on nothing that
//!   is put before it.
//! - What a character costs does not depend on the text but for the grapheme at its end.

use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::character::{JOINER, NON_JOINER, is_cursive, is_emoji, is_hostile};

/// Marks without a width that may stand on one character; more are dropped.
pub(super) const MARK_RUN_MAX: usize = 6;

/// Columns that a grapheme may take. Letters of a script that stacks or joins them take a few; what
/// would make it wider is escaped, which begins another.
pub(super) const GRAPHEME_COLUMNS_MAX: usize = 8;

/// Characters that a grapheme may have: ten make up two people with skin tones who kiss.
pub(super) const GRAPHEME_CHARACTERS_MAX: usize = 16;

/// What stands on where a mark has nothing to stand on.
const DOTTED_CIRCLE: char = '\u{25cc}';

/// A safe text in the making.
#[derive(Debug, Default)]
pub(super) struct Making {
    text: String,
    /// Where in it the grapheme begins that may go on; nothing goes on behind an escape.
    grapheme: usize,
    /// The last character that marks can stand on.
    base: Option<char>,
    /// Marks without a width on it so far.
    marks: usize,
}

impl Making {
    /// Takes the next character of a text, made safe. `next` is the one behind it.
    pub(super) fn take(&mut self, character: char, next: Option<char>) {
        if matches!(character, JOINER | NON_JOINER) {
            self.take_joiner(character, next);
        } else if is_hostile(character) {
            self.escape(character);
        } else if self.goes_on_with(character) {
            self.go_on(character);
        } else {
            self.begin(character);
        }
    }

    /// The safe text.
    pub(super) fn finish(mut self) -> String {
        self.close();
        self.text
    }

    /// A joiner holds an emoji together. Cursive scripts use joiners to choose letter forms: they
    /// are left out there, for an escape in mid-word would be worse to read than a wrong form.
    fn take_joiner(&mut self, joiner: char, next: Option<char>) {
        let (Some(base), Some(next)) = (self.base, next) else {
            return self.escape(joiner);
        };
        let may_join = joiner == JOINER && is_emoji(base) && is_emoji(next);
        if may_join && self.is_joined_with(next) {
            self.text.push(JOINER);
        } else if !(is_cursive(base) && is_cursive(next)) {
            self.escape(joiner);
        }
    }

    /// Whether a joiner makes one emoji of the grapheme and the character behind the joiner.
    fn is_joined_with(&mut self, next: char) -> bool {
        let before = self.text.len();
        self.text.push(JOINER);
        let is_one = self.goes_on_with(next);
        self.text.push(next);
        let is_joined = is_one && self.is_bounded();
        self.text.truncate(before);
        is_joined
    }

    /// Whether a character belongs to the grapheme at the end.
    fn goes_on_with(&mut self, character: char) -> bool {
        let at = self.text.len() - self.grapheme;
        self.text.push(character);
        let grapheme = self.open();
        let is_boundary = GraphemeCursor::new(at, grapheme.len(), true).is_boundary(grapheme, 0);
        self.text.pop();
        is_boundary == Ok(false)
    }

    /// Takes a character that belongs to the grapheme at the end.
    fn go_on(&mut self, character: char) {
        if is_prefix(character) {
            // A run of them would go on with whatever is behind it, an escape as well.
            self.escape(character);
        } else if self.base.is_some_and(char::is_whitespace) {
            self.start(DOTTED_CIRCLE);
            self.add(character);
        } else {
            self.add(character);
        }
    }

    /// Takes a character that begins a grapheme, or should have had one to stand on.
    fn begin(&mut self, character: char) {
        if self.open().is_empty() && is_mark(character) {
            self.start(DOTTED_CIRCLE);
            self.add(character);
        } else if character.width() == Some(0) && !is_prefix(character) {
            self.escape(character);
        } else {
            self.start(character);
        }
    }

    fn start(&mut self, character: char) {
        self.close();
        self.text.push(character);
        self.base = Some(character);
        self.marks = 0;
    }

    /// Adds a character to the grapheme, as far as that is bounded.
    fn add(&mut self, character: char) {
        let has_width = character.width() != Some(0);
        let marks = if has_width { 0 } else { self.marks + 1 };
        self.text.push(character);
        if marks <= MARK_RUN_MAX && self.is_bounded() {
            self.marks = marks;
            if has_width {
                self.base = Some(character);
            }
            return;
        }
        self.text.pop();
        if has_width || !is_mark(character) {
            self.escape(character);
        }
    }

    fn escape(&mut self, character: char) {
        self.close();
        self.text.extend(character.escape_unicode());
        self.grapheme = self.text.len();
        self.base = None;
        self.marks = 0;
    }

    /// Ends the grapheme; it is escaped if it shows nothing.
    fn close(&mut self) {
        if self.open().width() == 0 {
            let hidden = self.text.split_off(self.grapheme);
            self.text
                .extend(hidden.chars().flat_map(char::escape_unicode));
        }
        self.grapheme = self.text.len();
    }

    fn is_bounded(&self) -> bool {
        let grapheme = self.open();
        grapheme.width() <= GRAPHEME_COLUMNS_MAX
            && grapheme.chars().count() <= GRAPHEME_CHARACTERS_MAX
    }

    /// The grapheme at the end as far as it is known.
    fn open(&self) -> &str {
        self.text.get(self.grapheme..).unwrap_or_default()
    }
}

/// Whether the last grapheme of one text goes on in another.
pub(super) fn go_together(before: &str, behind: &str) -> bool {
    let last = before.graphemes(true).next_back();
    let first = behind.graphemes(true).next();
    let (Some(last), Some(first)) = (last, first) else {
        return false;
    };
    is_one_grapheme(&[last, first].concat())
}

/// Whether a character stands on whatever is before it.
fn is_mark(character: char) -> bool {
    is_one_grapheme(&String::from_iter([DOTTED_CIRCLE, character]))
}

/// Whether a character takes whatever is behind it into its grapheme.
fn is_prefix(character: char) -> bool {
    is_one_grapheme(&String::from_iter([character, DOTTED_CIRCLE]))
}

fn is_one_grapheme(text: &str) -> bool {
    text.graphemes(true).nth(1).is_none()
}
