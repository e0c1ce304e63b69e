//! Identity: who a person is, which devices are theirs, and how two devices prove it to each other.
//!
//! ```text
//! recovery words -> root key --signs--> epoch statement --names--> management key
//!                                                                       | signs
//!                   device signing key --counter-signs--> device certificate
//!                            | signs
//!                         bundle (X25519 + ML-KEM-768, weekly)
//! ```
//!
//! Invariants
//! - The root key is stored on no device: it exists while the recovery words are in memory.
//! - Signing and agreement keys are never converted into one another.
//! - What is signed is kept as the bytes that were signed, and decoded only once verified; a type
//!   that says what a peer claims ([`Card`]) is never a type that says what is so
//!   ([`VerifiedCard`]).
//! - Every public key is checked when it is parsed: none is all zeros or of small order.

pub mod bundle;
pub mod card;
pub mod certificate;
pub mod epoch;
pub mod keys;
pub mod own;
pub(crate) mod secret;
pub mod words;

pub use bundle::{Bundle, BundleSecret, SignedBundle};
pub use card::{Card, VerifiedCard};
pub use certificate::{DeviceCertificate, SignedCertificate};
pub use epoch::{EpochStatement, RootKey, RootPublic, SignedEpoch};
pub use keys::{AgreementSecret, SigningPublic, SigningSecret, verify};
pub use own::OwnIdentity;
pub use words::{RecoveryWords, SafetyWordsError, WordsError, safety_words, typed_safety_words};

use crate::domain::Domain;
use crate::wire::DecodeError;
use crate::wire::limits::{EPOCH_MAX, NAME_CHARACTERS_MAX};

/// Why a claim about an identity does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdentityError {
    /// Bytes that are no such claim.
    #[error("part of an identity is {0}")]
    Decode(#[from] DecodeError),
    /// A public key that is all zeros, of small order, or not a key at all.
    #[error("a public key is unusable")]
    Key,
    /// A signature that is not by the key it must be by, over what it must be over.
    #[error("not signed by the right key ({})", .0.context())]
    Signature(Domain),
    /// A certificate for another person than the root key's.
    #[error("the device certificate is for another person")]
    Person,
    /// A certificate from another epoch than the statement's.
    #[error(
        "the device certificate is of epoch {certificate}, the person's statement of {statement}"
    )]
    Epoch {
        /// Epoch that the certificate names.
        certificate: u64,
        /// Epoch of the root-signed statement.
        statement: u64,
    },
    /// An epoch with a number beyond the highest.
    #[error("an epoch has a number beyond {EPOCH_MAX}")]
    EpochNumber,
    /// A device that its person revoked.
    #[error("the device has been revoked by its person")]
    Revoked,
    /// A name that is empty, too long, or, if chosen here, not one line.
    #[error(
        "a name must have 1 to {NAME_CHARACTERS_MAX} characters on one line, without control \
         characters: choose another"
    )]
    Name,
    /// More entries than allowed.
    #[error("{entries} entries where at most {entries_max} are allowed")]
    TooMany {
        /// How many there are.
        entries: usize,
        /// How many there may be.
        entries_max: usize,
    },
    /// An address that is too long.
    #[error("an address of {bytes} bytes is too long")]
    Address {
        /// How long it is.
        bytes: usize,
    },
    /// A stored identity whose parts do not belong together.
    #[error("the stored identity is damaged: restore this profile from your recovery words")]
    Damaged,
}

/// Whether `name` may name a person or a device. Control characters are the sink's business.
pub(crate) fn check_name(name: &str) -> Result<(), IdentityError> {
    let fits = name.chars().take(NAME_CHARACTERS_MAX + 1).count() <= NAME_CHARACTERS_MAX;
    if fits && !name.trim().is_empty() {
        Ok(())
    } else {
        Err(IdentityError::Name)
    }
}

/// Whether we may call ourselves or others `name`: what a peer calls itself is shown harmless, but
/// what is typed here and cannot be shown was not meant.
///
/// # Errors
/// [`IdentityError::Name`] if it is empty, too long, or not one line of characters that show.
pub fn check_chosen_name(name: &str) -> Result<(), IdentityError> {
    let breaks =
        |character: char| character.is_control() || matches!(character, '\u{2028}' | '\u{2029}');
    if name.contains(breaks) {
        return Err(IdentityError::Name);
    }
    check_name(name.trim())
}

fn check_count(entries: usize, entries_max: usize) -> Result<(), IdentityError> {
    if entries <= entries_max {
        Ok(())
    } else {
        Err(IdentityError::TooMany {
            entries,
            entries_max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_the_maximum_length_is_accepted_and_one_character_more_is_not() {
        assert_eq!(check_name(&"ü".repeat(NAME_CHARACTERS_MAX)), Ok(()));
        assert_eq!(
            check_name(&"ü".repeat(NAME_CHARACTERS_MAX + 1)),
            Err(IdentityError::Name)
        );
        assert_eq!(check_name(" \t"), Err(IdentityError::Name));
    }

    #[test]
    fn a_name_that_is_chosen_here_is_one_line_without_control_characters() {
        for name in ["Ben", " Ben ", "Zoë Łuk", "\u{645}\u{631}\u{6cc}\u{645}"] {
            assert_eq!(check_chosen_name(name), Ok(()), "{name:?}");
        }
        for name in [
            "",
            "a\nb",
            "Ben\n",
            "a\tb",
            "\u{1b}[31m",
            "a\u{2028}b",
            "a\0",
        ] {
            assert_eq!(
                check_chosen_name(name),
                Err(IdentityError::Name),
                "{name:?}"
            );
        }
        assert_eq!(check_name("a\nb"), Ok(()), "a peer may call itself that");
    }
}
