//! The body of an operation: what can be erased. And what bodies of the known kinds hold.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::Kind;
use crate::domain::Domain;
use crate::wire::{self, DecodeError, limits};

/// Body bytes with the salt of their commitment; both go when it is erased.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Body {
    /// Random; without it the commitment says nothing of the bytes.
    #[n(0)]
    pub salt: ByteArray<32>,
    /// CBOR whose layout the operation's kind decides.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub bytes: Vec<u8>,
}

impl Body {
    /// What a header commits to: BLAKE3 keyed with the salt.
    pub(crate) fn commitment(&self) -> [u8; 32] {
        let key = Domain::Body.derive(&[self.salt.as_ref()]);
        *blake3::keyed_hash(&key, &self.bytes).as_bytes()
    }
}

impl std::fmt::Debug for Body {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Body({} bytes)", self.bytes.len())
    }
}

/// What an operation of a known content kind says. On what it acts is its header's target.
///
/// Prints without what people wrote.
#[derive(Clone, PartialEq, Eq)]
pub enum Content {
    /// A message, possibly a reply to the target.
    Message {
        /// What was written, as it was written.
        text: String,
    },
    /// The target says this instead.
    Edit {
        /// The text that takes the place of the one before.
        text: String,
    },
    /// The target is deleted for everybody.
    Delete,
    /// A reaction to the target.
    Reaction {
        /// The emoji, as its author's keyboard made it: at most [`limits::EMOJI_BYTES_MAX`].
        emoji: String,
        /// Whether it is put on or taken off.
        set: bool,
    },
    /// The target is pinned for everybody, or no longer.
    Pin {
        /// Which of the two.
        set: bool,
    },
    /// How long the messages that follow stay, in seconds; absent: for ever.
    Lifetime {
        /// Seconds from a message's arrival on a device.
        seconds: Option<u32>,
    },
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Text {
    #[n(0)]
    text: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Nothing {}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Reaction {
    #[n(0)]
    emoji: String,
    #[n(1)]
    set: bool,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Pin {
    #[n(0)]
    set: bool,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Lifetime {
    #[n(0)]
    seconds: Option<u32>,
}

impl Content {
    /// The kind of an operation that says this.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Message { .. } => Kind::Message,
            Self::Edit { .. } => Kind::Edit,
            Self::Delete => Kind::Delete,
            Self::Reaction { .. } => Kind::Reaction,
            Self::Pin { .. } => Kind::Pin,
            Self::Lifetime { .. } => Kind::Lifetime,
        }
    }

    /// The bytes to sign and store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        match self {
            Self::Message { text } | Self::Edit { text } => {
                wire::encode(&Text { text: text.clone() })
            }
            Self::Delete => wire::encode(&Nothing {}),
            Self::Reaction { emoji, set } => wire::encode(&Reaction {
                emoji: emoji.clone(),
                set: *set,
            }),
            Self::Pin { set } => wire::encode(&Pin { set: *set }),
            Self::Lifetime { seconds } => wire::encode(&Lifetime { seconds: *seconds }),
        }
    }

    /// Reads body bytes of a verified operation of this kind; `None` for a kind that is none of
    /// these.
    ///
    /// # Errors
    /// [`DecodeError`] if they are no such body, or one over a limit.
    pub fn from_bytes(kind: Kind, bytes: &[u8]) -> Result<Option<Self>, DecodeError> {
        let limit = limits::OPERATION_BYTES_MAX;
        Ok(Some(match kind {
            Kind::Message => {
                let Text { text } = wire::decode(bytes, limit)?;
                Self::Message { text }
            }
            Kind::Edit => {
                let Text { text } = wire::decode(bytes, limit)?;
                Self::Edit { text }
            }
            Kind::Delete => {
                let Nothing {} = wire::decode(bytes, limit)?;
                Self::Delete
            }
            Kind::Reaction => {
                let Reaction { emoji, set } = wire::decode(bytes, limit)?;
                if emoji.len() > limits::EMOJI_BYTES_MAX {
                    return Err(DecodeError::TooLong {
                        bytes: emoji.len(),
                        limit: limits::EMOJI_BYTES_MAX,
                    });
                }
                Self::Reaction { emoji, set }
            }
            Kind::Pin => {
                let Pin { set } = wire::decode(bytes, limit)?;
                Self::Pin { set }
            }
            Kind::Lifetime => {
                let Lifetime { seconds } = wire::decode(bytes, limit)?;
                Self::Lifetime { seconds }
            }
            Kind::Create
            | Kind::Add
            | Kind::Remove
            | Kind::Leave
            | Kind::Role
            | Kind::Title
            | Kind::Settings
            | Kind::DeviceRevoked
            | Kind::Unknown(_) => return Ok(None),
        }))
    }
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Content({:?})", self.kind())
    }
}
