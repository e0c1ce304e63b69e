//! Envelopes: sealed payloads as carriers see them, padded so that few sizes exist.
//!
//! ```text
//! envelope  { version, tag, lifetime, priority, purge, ciphertext }
//! ciphertext{ suite, masked key id, KEM ciphertext, Xpsk0 message }   to one device: `seal`
//!           { suite, salt, encrypted message }                        to a room: `crate::sender_chain`
//! ```
//!
//! Invariants
//! - The whole envelope has exactly one of four sizes.
//! - An envelope is its bytes, and there is one way to write each: what any carrier adds or writes
//!   otherwise is none. Its id is their hash.
//! - Nothing in it says who it is from, or to whom it is.

pub mod letter;
pub(crate) mod padding;
mod priority;
pub mod seal;

pub use letter::{LETTER_CHAINS_MAX, LETTER_PARTS_MAX, Letter};
pub use priority::Priority;
pub use seal::{Context, KeyId, Opened, Recipient, Unverified, open, seal};

use std::time::Duration;

use minicbor::{Decode, Encode};

use crate::domain::Domain;
use crate::id::{EnvelopeId, Tag};
use crate::identity::IdentityError;
use crate::session::SessionError;
use crate::wire::limits::ENVELOPE_BYTES_MAX;
use crate::wire::{self, DecodeError};

/// The only version of the envelope format.
pub const ENVELOPE_VERSION: u8 = 1;
/// The sizes that envelopes have.
pub const SIZE_CLASSES_BYTES: [usize; 4] = [2 * 1024, 4 * 1024, 16 * 1024, ENVELOPE_BYTES_MAX];
/// How long an envelope asks to be carried, unless it is said otherwise.
pub(crate) const LIFETIME_HOURS: u16 = 7 * 24;
/// Longest time that an envelope asks to be carried.
pub const LIFETIME_HOURS_MAX: u16 = 720;
/// Largest payload that fits an envelope whatever its header.
pub const PAYLOAD_BYTES_MAX: usize = 58 * 1024;

/// Why bytes are no envelope, or an envelope does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EnvelopeError {
    /// Bytes that are no envelope.
    #[error("an envelope is {0}")]
    Malformed(#[from] DecodeError),
    /// An envelope of a format that is not known here.
    #[error("an envelope of version {0}: update this program to read it")]
    Version(u8),
    /// An envelope sealed in a way that is not known here.
    #[error("an envelope of suite {0}: update this program to read it")]
    Suite(u8),
    /// A size that no envelope has.
    #[error("an envelope of {0} bytes, which is no size of envelopes")]
    Size(usize),
    /// A lifetime past the maximum.
    #[error("a lifetime of {0} hours where at most {LIFETIME_HOURS_MAX} are allowed")]
    Lifetime(u16),
    /// A payload that fits no envelope.
    #[error("a payload of {bytes} bytes where at most {bytes_max} fit")]
    TooLarge {
        /// How many there are.
        bytes: usize,
        /// How many there may be.
        bytes_max: usize,
    },
    /// An envelope that was not sealed for us, in this context, or was changed on its way.
    #[error("an envelope that cannot be opened")]
    Undecryptable,
    /// An envelope to a key of ours that is erased: the sender must seal it again.
    #[error("an envelope to a key that is gone: ask for it again")]
    KeyGone,
    /// An envelope by another device than it claims.
    #[error("an envelope from another device than it claims")]
    Sender,
    /// Keys or signatures that do not hold.
    #[error(transparent)]
    Identity(#[from] IdentityError),
}

impl From<SessionError> for EnvelopeError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::WeakKey => Self::Identity(IdentityError::Key),
            SessionError::TooLarge { bytes, bytes_max } => Self::TooLarge { bytes, bytes_max },
            SessionError::Malformed(error) => Self::Malformed(error),
            SessionError::Undecryptable
            | SessionError::Version { .. }
            | SessionError::Secret
            | SessionError::Tampered
            | SessionError::TooManySecrets { .. } => Self::Undecryptable,
        }
    }
}

/// What carriers go by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Used once; only the two ends can link it.
    pub tag: Tag,
    /// How long to carry it, in hours.
    pub lifetime_hours: u16,
    /// What goes first; the lowest before all.
    pub priority: Priority,
    /// Hash ([`Domain::Purge`]) whose preimage lets carriers drop it.
    pub purge: [u8; 32],
}

impl Header {
    /// How long to carry it.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_hours(self.lifetime_hours.into())
    }
}

/// One sealed envelope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    header: Header,
    ciphertext: Vec<u8>,
    bytes: Vec<u8>,
    id: EnvelopeId,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fields {
    #[n(0)]
    version: u8,
    #[n(1)]
    tag: Tag,
    #[n(2)]
    lifetime_hours: u16,
    #[n(3)]
    priority: Priority,
    #[cbor(n(4), with = "minicbor::bytes")]
    purge: [u8; 32],
    #[cbor(n(5), with = "minicbor::bytes")]
    ciphertext: Vec<u8>,
}

/// What every way of sealing begins with.
#[derive(Decode)]
#[cbor(map)]
struct Suite {
    #[n(0)]
    suite: u8,
}

impl Fields {
    fn new(header: &Header, ciphertext: Vec<u8>) -> Self {
        Self {
            version: ENVELOPE_VERSION,
            tag: header.tag,
            lifetime_hours: header.lifetime_hours,
            priority: header.priority,
            purge: header.purge,
            ciphertext,
        }
    }
}

impl Envelope {
    /// Decodes an envelope.
    ///
    /// # Errors
    /// [`EnvelopeError`] when it is none, of another version, or of a size that envelopes do not
    /// have.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        let fields: Fields = wire::decode_canonical(bytes, ENVELOPE_BYTES_MAX)?;
        if fields.version != ENVELOPE_VERSION {
            return Err(EnvelopeError::Version(fields.version));
        }
        if !SIZE_CLASSES_BYTES.contains(&bytes.len()) {
            return Err(EnvelopeError::Size(bytes.len()));
        }
        check_lifetime(fields.lifetime_hours)?;
        let header = Header {
            tag: fields.tag,
            lifetime_hours: fields.lifetime_hours,
            priority: fields.priority,
            purge: fields.purge,
        };
        let id = EnvelopeId::new(Domain::Envelope.hash(&[bytes]));
        Ok(Self {
            header,
            ciphertext: fields.ciphertext,
            bytes: bytes.to_vec(),
            id,
        })
    }

    pub(crate) fn assemble(header: &Header, ciphertext: Vec<u8>) -> Result<Self, EnvelopeError> {
        Self::from_bytes(&wire::encode(&Fields::new(header, ciphertext)))
    }

    /// The envelope as it travels.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The envelope as it travels.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.bytes.clone()
    }

    /// Its id: the hash of all its bytes.
    #[must_use]
    pub fn id(&self) -> EnvelopeId {
        self.id
    }

    /// What carriers go by.
    #[must_use]
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// In which way it is sealed.
    pub(crate) fn suite(&self) -> Result<u8, EnvelopeError> {
        let sealed: Suite = wire::decode(&self.ciphertext, ENVELOPE_BYTES_MAX)?;
        Ok(sealed.suite)
    }

    /// What is encrypted, and by what.
    pub(crate) fn ciphertext(&self) -> &[u8] {
        &self.ciphertext
    }

    /// Its tag.
    #[must_use]
    pub fn tag(&self) -> Tag {
        self.header.tag
    }
}

pub(crate) fn check_lifetime(hours: u16) -> Result<(), EnvelopeError> {
    if hours <= LIFETIME_HOURS_MAX {
        Ok(())
    } else {
        Err(EnvelopeError::Lifetime(hours))
    }
}

#[cfg(test)]
mod tests;
