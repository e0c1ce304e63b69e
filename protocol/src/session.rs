//! Sessions: Noise between two devices, live over a stream or one way inside an envelope.
//!
//! ```text
//! initiator                                              responder
//!     hello, IKpsk2 message 1 {held secret ids, card}  ->
//!  <- hello, chosen secret id, IKpsk2 message 2 {hello, chosen id, card}
//!     transport messages, rekeyed by count            <->
//! ```
//!
//! Invariants
//! - snow is used here alone, with this crate's generator and X25519.
//! - A key agreement that the other side's key adds nothing to ends the handshake.
//! - What travels in the clear is bound: the initiator's hello by the prologue, the responder's
//!   hello and choice by their repetition inside message 2.

mod handshake;
mod hello;
mod noise;
mod transport;

pub use handshake::{Finished, HELD_SECRETS_MAX, HeldSecrets, Initiator, Responder};
pub use hello::{Hello, VERSION_MAX, VERSION_MIN};
pub use noise::{XPSK0_OVERHEAD_BYTES, open_xpsk0, seal_xpsk0};
pub use transport::{REKEY_MESSAGES, Transport};

use crate::wire::DecodeError;

#[cfg(test)]
pub(crate) use noise::forged;

/// Why a handshake or a session came to its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// Bytes that were not made for us, by whom they must be, in this place.
    #[error("received something that cannot be decrypted")]
    Undecryptable,
    /// A public key that adds nothing to a key agreement.
    #[error("a public key is unusable")]
    WeakKey,
    /// A peer with no version in common.
    #[error(
        "the other device speaks versions {theirs_min} to {theirs_max}: update the older of the two"
    )]
    Version {
        /// Its lowest version.
        theirs_min: u16,
        /// Its highest version.
        theirs_max: u16,
    },
    /// More bytes than fit.
    #[error("{bytes} bytes where at most {bytes_max} fit")]
    TooLarge {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        bytes_max: usize,
    },
    /// An authenticated handshake whose payload is not what it must be.
    #[error("the other device's handshake is {0}")]
    Malformed(#[from] DecodeError),
    /// A choice of contact secret that was not offered, or is no longer held.
    #[error("the other device chose a contact secret that is not held")]
    Secret,
    /// A clear part of the handshake that differs from its authenticated copy.
    #[error("the handshake was tampered with on its way")]
    Tampered,
    /// More secret ids than a handshake may list.
    #[error("the other device lists {held} contact secrets")]
    TooManySecrets {
        /// How many it lists.
        held: usize,
    },
}

#[cfg(test)]
mod tests;
