//! Pairing: how two people who trust each other outside of this program become contacts.
//!
//! ```text
//!   inviter                                          joiner
//!     InviteSecret -> code      ==(QR, paper)==>       InviteCode
//!     accept  <-- join envelope {card, share} ---      join -> PendingJoin
//!     answer  --- answer envelope {card, share} -->    finish
//!          both: contact secret from both shares and both devices
//! ```
//!
//! Invariants
//! - The same two envelopes do, live or carried by hand.
//! - The joiner knows the inviter's person before anything is sent, the inviter knows that the
//!   joiner holds the code; neither side stores anything of the other before signatures hold.
//! - Each answer is bound to one join envelope. Using an invite up is the engine's business.

mod address;
mod code;
mod exchange;
mod invite;
mod reply;

pub use code::{INVITE_CODE_CHARACTERS, INVITE_VERSION, InviteCode};
pub use exchange::{ContactSecret, Inviter, Joiner, PendingJoin, accept, answer, join};
pub use invite::InviteSecret;
pub use reply::{JoinReply, Refusal};

use crate::envelope::EnvelopeError;
use crate::identity::IdentityError;
use crate::session::SessionError;
use crate::wire::DecodeError;

/// Why two devices do not pair.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PairingError {
    /// A code whose end is missing.
    #[error(
        "the invite code is incomplete: {characters} of {INVITE_CODE_CHARACTERS} characters; \
         copy all of it"
    )]
    Truncated {
        /// How many characters there are.
        characters: usize,
    },
    /// A code with a wrong character.
    #[error("the invite code has a typing mistake: compare it with the original, or copy it")]
    Mistyped,
    /// Text that is no invite code.
    #[error("this is not a Tidings invite code: ask your contact to send the code again")]
    Foreign,
    /// A code that only later programs understand.
    #[error("the invite code was made by a newer version of Tidings: update, then join again")]
    Newer {
        /// Its version.
        version: u8,
    },
    /// An invite of the same person.
    #[error("this is your own invite code: give it to the person whom you want to invite")]
    OwnInvite,
    /// An answer by another person than the invite names.
    #[error("the answer came from another person than the invite: ask for a new invite code")]
    WrongInviter,
    /// An answer to another join than this one.
    #[error("the answer belongs to another join: wait for the right one, or ask for a new code")]
    OtherJoin,
    /// An envelope that does not open.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A card that does not hold.
    #[error("the other device's card does not hold: {0}")]
    Identity(#[from] IdentityError),
    /// Bytes that are not what they must be.
    #[error("a pairing message is {0}")]
    Malformed(#[from] DecodeError),
}

impl From<SessionError> for PairingError {
    fn from(error: SessionError) -> Self {
        Self::Envelope(error.into())
    }
}

#[cfg(test)]
mod tests;
