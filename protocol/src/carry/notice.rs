//! A notice: a short text for whoever is near, signed by a key that says nothing of who uses it.
//!
//! ```text
//!   notice    { 0 => signed: the fields, as bytes; 1 => Ed25519 signature over the id }
//!   id        = hash of the fields' bytes
//! ```
//!
//! Invariants
//! - A name in it is a claim, and so is the time: all that is proved is that what one key signed is of one writer.
//! - What a neighbour brings is a [`SignedNotice`]; only what was verified is a [`Notice`].

use std::fmt;
use std::time::Duration;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::domain::{Domain, prefix};
use crate::id::{NearbyKey, NoticeId};
use crate::identity::{SigningSecret, check_name, verify};
use crate::time::WallTime;
use crate::wire::limits::SEQ_MAX;
use crate::wire::{self, DecodeError};

/// A notice as it travels.
pub const NOTICE_BYTES_MAX: usize = 1536;
/// Its text.
pub const NOTICE_TEXT_BYTES_MAX: usize = 1024;
/// How long one is kept at most, in hours.
const NOTICE_HOURS_MAX: u16 = 72;
/// The version of what is written here.
const VERSION: u8 = 1;

/// What a notice is told by where it has been heard: the beginning of its id.
pub type NoticeHint = [u8; 16];

/// What a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoticeKind {
    /// Somebody says how they are; goes first.
    CheckIn,
    /// Anything else.
    Message,
}

impl NoticeKind {
    /// Both, in the order in which they go.
    pub const ALL: [Self; 2] = [Self::CheckIn, Self::Message];

    /// Its number on the wire and in the store.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Message => 0,
            Self::CheckIn => 1,
        }
    }

    /// The kind with that number.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }

    /// How long what is written here is kept, in hours.
    #[must_use]
    pub const fn lifetime_hours(self) -> u16 {
        match self {
            Self::Message => 24,
            Self::CheckIn => NOTICE_HOURS_MAX,
        }
    }
}

/// Why a notice is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoticeError {
    /// Not a notice.
    #[error("notice: {0}")]
    Decode(#[from] DecodeError),
    /// Of a version or kind that is not known.
    #[error("notice of a newer kind")]
    Newer,
    /// A name, text, number or lifetime that none can have.
    #[error("notice with {0} that none can have")]
    Impossible(&'static str),
    /// The signature is not of the key that it names.
    #[error("notice with a signature that is not of its key")]
    Signature,
}

/// What somebody says.
#[derive(Clone, PartialEq, Eq)]
pub struct NoticeText {
    /// Of which kind.
    pub kind: NoticeKind,
    /// What its writer goes by: a claim.
    pub name: String,
    /// Grows with every notice of a key.
    pub number: u64,
    /// What its writer's clock showed.
    pub written_at: WallTime,
    /// How long it is kept, in hours.
    pub lifetime_hours: u16,
    /// The text.
    pub text: String,
}

impl fmt::Debug for NoticeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}", self.kind, self.number)
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fields {
    #[n(0)]
    version: u8,
    #[n(1)]
    kind: u8,
    #[n(2)]
    key: NearbyKey,
    #[n(3)]
    name: String,
    #[n(4)]
    number: u64,
    #[n(5)]
    written_at: WallTime,
    #[n(6)]
    lifetime_hours: u16,
    #[n(7)]
    text: String,
}

/// What every version begins with.
#[derive(Decode)]
#[cbor(map)]
struct Version {
    #[n(0)]
    version: u8,
    #[n(1)]
    kind: u8,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Signed {
    #[cbor(n(0), with = "minicbor::bytes")]
    fields: Vec<u8>,
    #[n(1)]
    signature: ByteArray<64>,
}

/// A notice whose signature fits its key.
///
/// Prints without name and text.
#[derive(Clone, PartialEq, Eq)]
pub struct Notice {
    id: NoticeId,
    key: NearbyKey,
    said: NoticeText,
    bytes: Vec<u8>,
}

impl fmt::Debug for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Notice({:?}, {:?}, {:?})", self.id, self.key, self.said)
    }
}

impl Notice {
    /// Signs a notice of our own.
    ///
    /// # Errors
    /// [`NoticeError::Impossible`] if it is empty or over a limit.
    pub fn sign(said: NoticeText, key: &SigningSecret) -> Result<Self, NoticeError> {
        said.check()?;
        let public = NearbyKey::new(*key.public().as_bytes());
        let fields = wire::encode(&Fields {
            version: VERSION,
            kind: said.kind.number(),
            key: public,
            name: said.name.clone(),
            number: said.number,
            written_at: said.written_at,
            lifetime_hours: said.lifetime_hours,
            text: said.text.clone(),
        });
        let id = id_of(&fields);
        let signature = key.sign(Domain::NoticeSignature, &[id.as_bytes()]).into();
        Ok(Self {
            id,
            key: public,
            said,
            bytes: wire::encode(&Signed { fields, signature }),
        })
    }

    /// Reads a notice that was verified before it was stored.
    ///
    /// # Errors
    /// [`NoticeError`] if it is none.
    pub fn stored(bytes: &[u8]) -> Result<Self, NoticeError> {
        SignedNotice::from_bytes(bytes).map(|signed| signed.claimed)
    }

    /// Which.
    #[must_use]
    pub const fn id(&self) -> NoticeId {
        self.id
    }

    /// Whose: a key that says nothing of who uses it.
    #[must_use]
    pub const fn key(&self) -> NearbyKey {
        self.key
    }

    /// What it says.
    #[must_use]
    pub const fn said(&self) -> &NoticeText {
        &self.said
    }

    /// What it is told by.
    #[must_use]
    pub fn hint(&self) -> NoticeHint {
        prefix(*self.id.as_bytes())
    }

    /// As it travels.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }
}

/// A notice as it travels: not verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNotice {
    claimed: Notice,
    signature: [u8; 64],
}

impl SignedNotice {
    /// Reads what a neighbour sent.
    ///
    /// # Errors
    /// [`NoticeError`] if it is none, over a limit, or of a version that is not known.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, NoticeError> {
        let signed: Signed = wire::decode_canonical(bytes, NOTICE_BYTES_MAX)?;
        let Version { version, kind } = wire::decode(&signed.fields, NOTICE_BYTES_MAX)?;
        let kind = NoticeKind::of(kind).filter(|_| version == VERSION);
        let kind = kind.ok_or(NoticeError::Newer)?;
        let fields: Fields = wire::decode_canonical(&signed.fields, NOTICE_BYTES_MAX)?;
        let said = NoticeText {
            kind,
            name: fields.name,
            number: fields.number,
            written_at: fields.written_at,
            lifetime_hours: fields.lifetime_hours,
            text: fields.text,
        };
        said.check()?;
        Ok(Self {
            claimed: Notice {
                id: id_of(&signed.fields),
                key: fields.key,
                said,
                bytes: bytes.to_vec(),
            },
            signature: signed.signature.into(),
        })
    }

    /// What it claims to be.
    #[must_use]
    pub const fn claimed(&self) -> &Notice {
        &self.claimed
    }

    /// Checks the signature.
    ///
    /// # Errors
    /// [`NoticeError::Signature`].
    pub fn verify(self) -> Result<Notice, NoticeError> {
        let Notice { id, key, .. } = &self.claimed;
        let fields: [&[u8]; 1] = [id.as_bytes()];
        let domain = Domain::NoticeSignature;
        verify(domain, &fields, key.as_bytes(), &self.signature)
            .map_err(|_| NoticeError::Signature)?;
        Ok(self.claimed)
    }
}

impl NoticeText {
    /// How long it is kept.
    #[must_use]
    pub fn lifetime(&self) -> Duration {
        Duration::from_hours(self.lifetime_hours.into())
    }

    fn check(&self) -> Result<(), NoticeError> {
        check_name(&self.name).map_err(|_| NoticeError::Impossible("a name"))?;
        if self.text.trim().is_empty() || self.text.len() > NOTICE_TEXT_BYTES_MAX {
            return Err(NoticeError::Impossible("a text"));
        }
        if self.number == 0 || self.number > SEQ_MAX {
            return Err(NoticeError::Impossible("a number"));
        }
        if self.lifetime_hours == 0 || self.lifetime_hours > NOTICE_HOURS_MAX {
            return Err(NoticeError::Impossible("a lifetime"));
        }
        Ok(())
    }
}

fn id_of(fields: &[u8]) -> NoticeId {
    NoticeId::new(Domain::Notice.hash(&[fields]))
}

#[cfg(test)]
mod tests;
