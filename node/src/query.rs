//! What people type to search, cut into its pieces.
//!
//! ```text
//!   "see you" tom* from:"Ben Miller" before:2026-08-01
//!   -> phrase, word that goes on, key from, key before
//! ```
//!
//! Invariants
//! - Any text has pieces; nothing in it is an error.
//! - Together the pieces' sources are the text without the blanks between them, so a client can
//!   take some out, such as those whose meaning it alone knows, and hand on the rest.

/// A key that narrows a search.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// Who wrote it: `from:`.
    From,
    /// In which conversation: `in:`.
    In,
    /// Written before: `before:`.
    Before,
    /// Written then or after: `after:`.
    After,
}

impl Key {
    const ALL: [Self; 4] = [Self::From, Self::In, Self::Before, Self::After];

    /// The word before the colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::From => "from",
            Self::In => "in",
            Self::Before => "before",
            Self::After => "after",
        }
    }
}

/// A piece of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece<'a> {
    /// As it was typed.
    pub source: &'a str,
    /// The key, if it has one.
    pub key: Option<Key>,
    /// The text without key, quotes and star.
    pub value: String,
    /// Whether some of it is in quotes.
    pub quoted: bool,
    /// Whether a star says that it may go on.
    pub open: bool,
}

/// The pieces of a query: what lies between blanks that are not in quotes. A quote without its
/// fellow reaches to the end. Quotes and colons may be those of any keyboard.
#[must_use]
pub fn pieces(query: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut start, mut quoted) = (None, false);
    for (at, character) in query.char_indices() {
        quoted ^= is_quote(character);
        if character.is_whitespace() && !quoted {
            let source = start.take().and_then(|start| query.get(start..at));
            pieces.extend(source.map(piece));
        } else {
            start.get_or_insert(at);
        }
    }
    let last = start.and_then(|start| query.get(start..));
    pieces.extend(last.map(piece));
    pieces
}

fn piece(source: &str) -> Piece<'_> {
    let (key, rest) = keyed(source);
    let (rest, open) = match rest.strip_suffix('*') {
        // A star that ends in quotes is text.
        Some(before) if key.is_none() && quotes(before).is_multiple_of(2) => (before, true),
        Some(_) | None => (rest, false),
    };
    Piece {
        source,
        key,
        value: rest.replace(is_quote, ""),
        quoted: quotes(rest) > 0,
        open,
    }
}

/// The key of a piece, and what comes after it.
fn keyed(source: &str) -> (Option<Key>, &str) {
    let Some((word, value)) = source.split_once([':', '\u{ff1a}']) else {
        return (None, source);
    };
    let key = Key::ALL
        .into_iter()
        .find(|key| word.eq_ignore_ascii_case(key.as_str()));
    (key, if key.is_some() { value } else { source })
}

const fn is_quote(character: char) -> bool {
    matches!(
        character,
        '"' | '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{ff02}'
    )
}

fn quotes(text: &str) -> usize {
    text.chars()
        .filter(|character| is_quote(*character))
        .count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Key, value, whether quoted, whether open.
    fn cut(query: &str) -> Vec<(Option<Key>, String, bool, bool)> {
        pieces(query)
            .into_iter()
            .map(|piece| (piece.key, piece.value, piece.quoted, piece.open))
            .collect()
    }

    fn one(query: &str) -> (Option<Key>, String, bool, bool) {
        let [piece] = cut(query).try_into().unwrap();
        piece
    }

    fn word(text: &str) -> (Option<Key>, String, bool, bool) {
        (None, text.to_owned(), false, false)
    }

    #[test]
    fn words_are_cut_at_blanks_of_any_kind() {
        assert_eq!(cut(" 안녕\u{3000}you\t. "), ["안녕", "you", "."].map(word));
        assert_eq!(cut(" \n"), []);
    }

    #[test]
    fn quotes_keep_together_and_one_alone_reaches_to_the_end() {
        let phrase = (None, "see you".to_owned(), true, false);
        for query in ["\"see you\"", "“see you”", "„see you“", "\"see you"] {
            assert_eq!(one(query), phrase, "{query}");
        }
        assert_eq!(one("a\"b c\"d").1, "ab cd");
        assert_eq!(one("\"\""), (None, String::new(), true, false));
    }

    #[test]
    fn a_star_at_the_end_and_outside_of_quotes_opens() {
        assert_eq!(one("tom*"), (None, "tom".to_owned(), false, true));
        assert_eq!(
            one("\"you tom\"*"),
            (None, "you tom".to_owned(), true, true)
        );
        assert_eq!(one("\"tom*\""), (None, "tom*".to_owned(), true, false));
        assert_eq!(one("\"tom*"), (None, "tom*".to_owned(), true, false));
        assert_eq!(one("a*b"), word("a*b"));
    }

    #[test]
    fn keys_are_known_in_any_case_and_others_are_text() {
        let from = |value: &str, quoted| (Some(Key::From), value.to_owned(), quoted, false);
        assert_eq!(one("from:Ben"), from("Ben", false));
        assert_eq!(one("FROM：\"Ben Miller\""), from("Ben Miller", true));
        assert_eq!(one("from:a:b*"), from("a:b*", false));
        assert_eq!(one("from:"), from("", false));
        assert_eq!(one("in:x").0, Some(Key::In));
        assert_eq!(one("before:2026-08-01").0, Some(Key::Before));
        assert_eq!(one("after:1").0, Some(Key::After));
        for text in ["https://example.org", ":from", "fromm:x"] {
            assert_eq!(one(text), word(text));
        }
        assert_eq!(one("\"from:Ben\"").0, None, "in quotes it is text");
    }

    proptest! {
        #[test]
        fn sources_are_the_text_without_the_blanks_between(query in "[ab:*\" “\u{3000}from]{0,20}") {
            let mut rest = query.as_str();
            for piece in pieces(&query) {
                rest = rest.trim_start().strip_prefix(piece.source).unwrap();
            }
            prop_assert_eq!(rest.trim_start(), "");
        }

        #[test]
        fn any_text_has_pieces(query: String) {
            prop_assert!(pieces(&query).iter().all(|piece| !piece.source.is_empty()));
        }
    }
}
