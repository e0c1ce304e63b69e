//! What somebody answers when asked whether a contact's safety words are the same.
//!
//! Invariants
//! - Only a clear yes, or words to compare, can verify anybody; only a clear no, or other words, is
//!   a cause for alarm. Everything else is asked again.

/// Asked after the words were shown.
pub(in crate::commands) const QUESTION: &str = "Are they the same? [y/n, or type what you hear] ";

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Comparison {
    /// The person compared them: they are the same.
    Same,
    /// The person compared them: they differ.
    Different,
    /// The words that the contact read out, for us to compare.
    Words(String),
    /// None of these; what to say about it.
    Unclear(String),
}

impl Comparison {
    /// Reads an answer.
    pub(crate) fn read(typed: &str) -> Self {
        let typed = typed.trim();
        let is = |word: &str| typed.eq_ignore_ascii_case(word);
        if is("y") || is("yes") {
            return Self::Same;
        }
        if is("n") || is("no") {
            return Self::Different;
        }
        match tidings_node::typed_safety_words(typed) {
            Ok(words) => Self::Words(words.join(" ")),
            Err(_) if typed.split_whitespace().count() <= 1 => {
                Self::Unclear("Answer y or n, or type all 12 words that you hear.".to_owned())
            }
            Err(error) => Self::Unclear(format!("{error}. Or answer y or n.")),
        }
    }
}

/// Said when a contact's words are not those that we know; who was verified before stays so.
pub(crate) fn alarm(name: &str, verified: bool) -> String {
    let stands = if verified {
        "stays marked as verified, from when the words were the same"
    } else {
        "is not verified"
    };
    format!(
        "{name} {stands}. If the words differ, somebody may be in between: meet, and pair again \
         with a fresh code."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_nobody_who_stays_verified_it_is_said_that_they_are_not() {
        assert!(alarm("Ben", false).starts_with("Ben is not verified. "));
        assert!(alarm("Ben", true).starts_with("Ben stays marked as verified, "));
    }

    #[test]
    fn yes_no_and_twelve_words_are_answers_and_nothing_else_is() {
        for yes in ["y", "Y", " yes "] {
            assert_eq!(Comparison::read(yes), Comparison::Same);
        }
        for no in ["n", "NO"] {
            assert_eq!(Comparison::read(no), Comparison::Different);
        }
        let words = ["abandon"; 12].join(" ");
        let numbered: Vec<String> = (1..=12).map(|n| format!("{n}. Abandon,")).collect();
        for typed in [words.clone(), numbered.join(" ")] {
            assert_eq!(Comparison::read(&typed), Comparison::Words(words.clone()));
        }
        let misspelt = words.replacen("abandon", "abandom", 1);
        for typed in ["", "yess", "abandon", "abandon abandon", &misspelt] {
            assert!(matches!(Comparison::read(typed), Comparison::Unclear(_)));
        }
    }
}
