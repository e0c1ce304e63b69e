//! What is said to people: in English, and as data from which any language can say it.
//!
//! Invariants
//! - The code of a sentence and its English come from one row of a table, which [`sentences!`](crate::sentences) makes:
//!   neither is there without the other.
//! - A code keeps its meaning and its arguments. What means something else, or takes something else, is another code.
//! - Arguments are values, not words: a number, a time, a name. Those that others wrote are raw.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::ApiError;
use crate::words::{lasting, sized};

/// One sentence as data, or the beginning or end of one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sentence {
    /// Which one: a word that stays the same.
    pub code: String,
    /// What is put into it, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub with: BTreeMap<String, Argument>,
}

/// What is put into a sentence. There are no others: whoever reads them knows them all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Argument {
    /// A name, an address, a command, or what an operating system says; raw.
    Text(String),
    /// So many.
    Count(u64),
    /// So many bytes.
    Bytes(u64),
    /// So many milliseconds.
    Millis(u64),
    /// Several texts, of which some may be left out.
    List(Listed),
}

/// A few of several texts; raw.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// The first of them.
    pub items: Vec<String>,
    /// How many there are beside.
    pub more: u64,
}

/// So many bytes, in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Size(pub(crate) u64);

/// How long something takes, in words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span(pub(crate) Duration);

/// What is said, of one sentence or several.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    english: String,
    sentences: Vec<Sentence>,
}

/// A row of a table of sentences: the code, and the names of what is put in.
pub type Outline = (&'static str, &'static [&'static str]);

impl Said {
    /// One sentence, with its arguments by name, and what it comes to in English. Tables of [`sentences!`](crate::sentences)
    /// call it, and nobody else.
    #[must_use]
    pub fn sentence(code: &str, with: Vec<(&str, Argument)>, english: String) -> Self {
        let with = with.into_iter();
        let sentence = Sentence {
            code: code.to_owned(),
            with: with.map(|(name, value)| (name.to_owned(), value)).collect(),
        };
        Self {
            english,
            sentences: vec![sentence],
        }
    }

    /// What somebody else says, as it is: an operating system, or a library.
    #[must_use]
    pub fn words(words: &str) -> Self {
        crate::reason::words(words)
    }

    /// What an error said.
    #[must_use]
    pub fn of(error: &ApiError) -> Self {
        Self {
            english: error.message.clone(),
            sentences: error.reasons.clone(),
        }
    }

    /// The same, and then this.
    #[must_use]
    pub fn and(mut self, next: Self) -> Self {
        if !self.english.is_empty() && !next.english.is_empty() {
            self.english.push(' ');
        }
        self.english.push_str(&next.english);
        self.sentences.extend(next.sentences);
        self
    }

    /// In English.
    #[must_use]
    pub fn english(&self) -> &str {
        &self.english
    }

    /// In English, and as data.
    #[must_use]
    pub fn into_parts(self) -> (String, Vec<Sentence>) {
        (self.english, self.sentences)
    }
}

/// One after the other.
impl FromIterator<Self> for Said {
    fn from_iter<T: IntoIterator<Item = Self>>(all: T) -> Self {
        all.into_iter().fold(Self::default(), Self::and)
    }
}

/// What may be missing says nothing.
impl From<Option<Self>> for Said {
    fn from(said: Option<Self>) -> Self {
        said.unwrap_or_default()
    }
}

impl Listed {
    /// The first `most` of these.
    pub fn of(all: impl IntoIterator<Item: ToString>, most: usize) -> Self {
        let mut all = all.into_iter();
        let items = all.by_ref().take(most).map(|one| one.to_string()).collect();
        let more = u64::try_from(all.count()).unwrap_or(u64::MAX);
        Self { items, more }
    }
}

impl fmt::Display for Listed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.items.join(", "))?;
        match self.more {
            0 => Ok(()),
            more => write!(formatter, " and {more} more"),
        }
    }
}

impl fmt::Display for Size {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&sized(self.0))
    }
}

impl fmt::Display for Span {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&lasting(self.0))
    }
}

impl From<&str> for Argument {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Argument {
    fn from(count: u64) -> Self {
        Self::Count(count)
    }
}

impl From<usize> for Argument {
    fn from(count: usize) -> Self {
        Self::Count(u64::try_from(count).unwrap_or(u64::MAX))
    }
}

impl From<Size> for Argument {
    fn from(size: Size) -> Self {
        Self::Bytes(size.0)
    }
}

impl From<Span> for Argument {
    fn from(span: Span) -> Self {
        Self::Millis(u64::try_from(span.0.as_millis()).unwrap_or(u64::MAX))
    }
}

impl From<&Listed> for Argument {
    fn from(listed: &Listed) -> Self {
        Self::List(listed.clone())
    }
}

/// Makes a function of each sentence of a table, by which alone it is said, and the list of all, `SENTENCES`. The function's
/// name is the sentence's code, its parameters are the arguments; what stands after a `;` among these is for the English
/// alone, such as an error that says itself in English.
#[macro_export]
macro_rules! sentences {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),* $(; $word:ident: $of:ty)?)
        $english:literal $(, $part:expr)*;)*) => {
        $(
            $(#[$doc])*
            pub(crate) fn $name($($argument: $kind,)* $($word: $of)?) -> $crate::api::Said {
                let english = format!($english $(, $part)*);
                $crate::api::Said::sentence(
                    stringify!($name),
                    vec![$((stringify!($argument), $argument.into())),*],
                    english,
                )
            }
        )*

        /// All of these sentences.
        pub(crate) const SENTENCES: &[$crate::api::Outline] =
            &[$((stringify!($name), &[$(stringify!($argument)),*])),*];
        // Nobody but tests may ask for the list.
        const _: &[$crate::api::Outline] = SENTENCES;
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    sentences! {
        nothing() "There is nothing.";
        room_for(name: &str, room: Size, time: Span) "{name} takes {room} in {time}.";
        several(count: u64, names: &Listed; error: &dyn fmt::Display) "{}: {names} ({error}).", count + 1;
    }

    fn names(count: usize) -> Listed {
        Listed::of(["a", "b", "c"].into_iter().take(count), 2)
    }

    #[test]
    fn a_sentence_is_said_in_english_and_as_data_that_survives_json() {
        let room = room_for("Ben", Size(1 << 20), Span(Duration::from_secs(7_200)));
        let failed: &dyn fmt::Display = &"full";
        let said = nothing().and(room).and(several(3, &names(3), failed));
        let (english, sentences) = said.into_parts();
        let expected = "There is nothing. Ben takes 1 MiB in 2 hours. 4: a, b and 1 more (full).";
        assert_eq!(english, expected);
        let json = serde_json::to_value(&sentences).unwrap();
        let expected = serde_json::json!([
            {"code": "nothing"},
            {"code": "room_for", "with": {
                "name": {"text": "Ben"}, "room": {"bytes": 1 << 20}, "time": {"millis": 7_200_000}}},
            {"code": "several", "with": {
                "count": {"count": 3}, "names": {"list": {"items": ["a", "b"], "more": 1}}}},
        ]);
        assert_eq!(json, expected);
        assert_eq!(
            serde_json::from_value::<Vec<Sentence>>(json).unwrap(),
            sentences
        );
    }

    #[test]
    fn the_list_names_each_sentence_with_what_is_put_in_and_not_what_is_for_english_alone() {
        let expected: &[Outline] = &[
            ("nothing", &[]),
            ("room_for", &["name", "room", "time"]),
            ("several", &["count", "names"]),
        ];
        assert_eq!(SENTENCES, expected);
    }

    #[test]
    fn what_says_nothing_leaves_no_blank() {
        let said = Said::from(None).and(nothing()).and(Said::default());
        assert_eq!(said.english(), "There is nothing.");
        assert_eq!(names(2).to_string(), "a, b");
        assert_eq!(names(0).to_string(), "");
    }
}
