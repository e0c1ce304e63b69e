//! Whether what is shown has signs, or is put in words alone: for screen readers, and terminals that draw little.

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Wording {
    /// A sign says it where there is one.
    #[default]
    Signs,
    /// Words say all of it, one line for each thing, and nothing that was shown is changed.
    Words,
}

impl Wording {
    /// Words if they are asked for, or if the terminal can do nothing else.
    pub(crate) fn new(is_plain: bool) -> Self {
        if is_plain || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            Self::Words
        } else {
            Self::Signs
        }
    }

    /// Whether it is words alone.
    pub(super) const fn is_words(self) -> bool {
        matches!(self, Self::Words)
    }

    /// The sign, or the words in its place.
    pub(super) const fn pick(self, sign: &'static str, words: &'static str) -> &'static str {
        match self {
            Self::Signs => sign,
            Self::Words => words,
        }
    }

    /// How a text begins that may have been cut at its end, with a sign.
    pub(super) fn cut(self, text: String) -> String {
        match (self, text.strip_suffix('\u{2026}')) {
            (Self::Words, Some(start)) => format!("{start}, and so on"),
            (Self::Signs, _) | (Self::Words, None) => text,
        }
    }
}
