//! Words: the recovery words that a person's root key comes from, and the safety words that two
//! people compare.
//!
//! Invariants
//! - Recovery words are 24 English BIP39 words over 32 bytes, checksum included.
//! - Safety words do not depend on the order in which devices are listed.
//! - Safety words as typed are words of the list, as many as there are, or nothing.

use std::fmt;
use std::str::FromStr;

use bip39::{Language, Mnemonic};
use zeroize::{Zeroize as _, Zeroizing};

use crate::domain::Domain;
use crate::identity::epoch::RootPublic;
use crate::identity::keys::KEY_BYTES;
use crate::rng::Rng;

/// How many recovery words there are.
pub const RECOVERY_WORDS: usize = 24;
/// How many safety words there are.
pub const SAFETY_WORDS: usize = 12;
const SAFETY_ENTROPY_BYTES: usize = 16;

/// Why text is not the recovery words of anyone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum WordsError {
    /// Too few or too many words.
    #[error("{words} words given: enter all {RECOVERY_WORDS}, in their order, with spaces between")]
    Count {
        /// How many were given.
        words: usize,
    },
    /// A word that is not in the list.
    #[error("word {position} is not a recovery word: check its spelling")]
    Unknown {
        /// Which word, counted from 1.
        position: usize,
    },
    /// Words of the list that do not belong together.
    #[error("the words do not fit together: check that none is swapped or replaced")]
    Checksum,
}

/// Why text cannot be anybody's safety words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SafetyWordsError {
    /// Too few or too many words.
    #[error("{words} words given: type all {SAFETY_WORDS}, in their order")]
    Count {
        /// How many were given.
        words: usize,
    },
    /// A word that is not in the list.
    #[error(
        "word {position} is not a safety word: check its spelling, then type all {SAFETY_WORDS}"
    )]
    Unknown {
        /// Which word, counted from 1.
        position: usize,
    },
}

/// The 24 words from which everything that is a person can be restored.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryWords(Mnemonic);

impl RecoveryWords {
    /// New words.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self::from_entropy(&rng.secret())
    }

    /// The words over these 32 bytes.
    #[must_use]
    #[expect(
        clippy::expect_used,
        reason = "32 bytes are an entropy length of BIP39"
    )]
    pub fn from_entropy(entropy: &[u8; KEY_BYTES]) -> Self {
        Self(Mnemonic::from_entropy_in(Language::English, entropy).expect("32 bytes of entropy"))
    }

    /// The words, in order.
    pub fn words(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.0.words()
    }

    /// The 32 bytes that the words stand for.
    pub(crate) fn entropy(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        let (mut whole, _) = self.0.to_entropy_array();
        let mut entropy = Zeroizing::new([0; KEY_BYTES]);
        for (to, from) in entropy.iter_mut().zip(whole.iter()) {
            *to = *from;
        }
        whole.zeroize();
        entropy
    }
}

impl fmt::Debug for RecoveryWords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryWords(..)")
    }
}

impl FromStr for RecoveryWords {
    type Err = WordsError;

    fn from_str(text: &str) -> Result<Self, WordsError> {
        let words = text.split_whitespace().count();
        if words != RECOVERY_WORDS {
            return Err(WordsError::Count { words });
        }
        let text = Zeroizing::new(text.to_ascii_lowercase());
        match Mnemonic::parse_in_normalized(Language::English, &text) {
            Ok(mnemonic) => Ok(Self(mnemonic)),
            Err(bip39::Error::UnknownWord(index)) => Err(WordsError::Unknown {
                position: index.saturating_add(1),
            }),
            Err(_) => Err(WordsError::Checksum),
        }
    }
}

/// The words that two people compare to know that they see the same root and the same devices.
///
/// `devices` are the signing keys of the person's devices, in any order.
#[must_use]
#[expect(
    clippy::expect_used,
    reason = "16 bytes are an entropy length of BIP39"
)]
pub fn safety_words(root: &RootPublic, devices: &[[u8; KEY_BYTES]]) -> Vec<&'static str> {
    let mut devices = devices.to_vec();
    devices.sort_unstable();
    devices.dedup();
    let mut fields: Vec<&[u8]> = vec![root.as_bytes()];
    fields.extend(devices.iter().map(<[u8; KEY_BYTES]>::as_slice));
    let hash = Domain::SafetyWords.hash(&fields);
    let (entropy, _) = hash.split_at(SAFETY_ENTROPY_BYTES);
    Mnemonic::from_entropy_in(Language::English, entropy)
        .expect("16 bytes of entropy")
        .words()
        .collect()
}

/// Reads safety words as somebody typed them: case does not count, nor does whatever stands between
/// the words, such as numbers, commas and line ends.
///
/// # Errors
/// [`SafetyWordsError`] if they are nobody's, so that there is nothing to compare.
pub fn typed_safety_words(text: &str) -> Result<Vec<&'static str>, SafetyWordsError> {
    let typed: Vec<String> = text
        .split(|character: char| !character.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect();
    if typed.len() != SAFETY_WORDS {
        return Err(SafetyWordsError::Count { words: typed.len() });
    }
    let list = Language::English.word_list();
    let known = |(position, word): (usize, &String)| {
        list.iter()
            .find(|known| *known == word)
            .copied()
            .ok_or(SafetyWordsError::Unknown { position })
    };
    (1..).zip(&typed).map(known).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn words_round_trip_whatever_their_case_and_spacing(entropy: [u8; 32]) {
            let words = RecoveryWords::from_entropy(&entropy);
            prop_assert_eq!(*words.entropy(), entropy);
            prop_assert_eq!(words.words().count(), RECOVERY_WORDS);
            let typed = words.words().collect::<Vec<_>>().join("\n ").to_uppercase();
            prop_assert_eq!(typed.parse::<RecoveryWords>(), Ok(words));
        }

        #[test]
        fn any_text_parses_or_errs(text: String) {
            let _ = text.parse::<RecoveryWords>();
        }
    }

    #[test]
    fn the_words_of_a_known_entropy_are_those_of_the_standard() {
        let words = RecoveryWords::from_entropy(&[0x80; 32]);
        let text = words.words().collect::<Vec<_>>().join(" ");
        assert!(text.starts_with("letter advice cage absurd amount doctor acoustic avoid"));
        assert!(text.ends_with("acoustic bless"));
    }

    #[test]
    fn a_wrong_word_is_told_from_a_swapped_and_from_a_missing_one() {
        let entropy: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).unwrap());
        let mut words: Vec<_> = RecoveryWords::from_entropy(&entropy).words().collect();
        let parse = |words: &[&str]| words.join(" ").parse::<RecoveryWords>();
        assert_eq!(parse(&words[1..]), Err(WordsError::Count { words: 23 }));
        words.swap(0, 5);
        assert_eq!(parse(&words), Err(WordsError::Checksum));
        words[2] = "tidings";
        assert_eq!(parse(&words), Err(WordsError::Unknown { position: 3 }));
    }

    #[test]
    fn safety_words_depend_on_root_and_devices_but_not_on_their_order() {
        let (root, one, two) = (RootPublic::new([1; 32]), [2; 32], [3; 32]);
        let words = safety_words(&root, &[one, two]);
        assert_eq!(words.len(), SAFETY_WORDS);
        assert_eq!(words, safety_words(&root, &[two, one, two]));
        assert_ne!(words, safety_words(&root, &[one]));
        assert_ne!(words, safety_words(&RootPublic::new([4; 32]), &[one, two]));
    }

    #[test]
    fn recovery_words_are_not_printed() {
        let words = RecoveryWords::from_entropy(&[0x80; 32]);
        assert_eq!(format!("{words:?}"), "RecoveryWords(..)");
    }

    #[test]
    fn safety_words_are_read_whatever_stands_between_them() {
        let words = safety_words(&RootPublic::new([3; 32]), &[[1; 32]]);
        let numbered = (1..).zip(&words).map(|(n, word)| format!("{n}. {word},\n"));
        for typed in [
            words.join(" "),
            numbered.collect::<String>().to_uppercase(),
            format!("\u{201c}{}.\u{201d}", words.join("-")),
        ] {
            assert_eq!(typed_safety_words(&typed), Ok(words.clone()), "{typed}");
        }
    }

    #[test]
    fn safety_words_that_are_nobodys_are_told_from_those_of_somebody_else() {
        let words = ["abandon"; SAFETY_WORDS];
        assert!(typed_safety_words(&words.join(" ")).is_ok());
        for count in [0, 1, SAFETY_WORDS - 1, SAFETY_WORDS + 1] {
            let error = SafetyWordsError::Count { words: count };
            assert_eq!(typed_safety_words(&"abandon ".repeat(count)), Err(error));
        }
        let mut misspelt = words;
        misspelt[4] = "abandom";
        let error = SafetyWordsError::Unknown { position: 5 };
        assert_eq!(typed_safety_words(&misspelt.join(" ")), Err(error));
    }
}
