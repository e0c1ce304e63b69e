//! The owner's side of a chain.

use std::fmt;
use std::time::Duration;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::{AEAD_OVERHEAD_BYTES, ChainKey, Handover, Place, Sealed};
use crate::domain::Domain;
use crate::envelope::{Envelope, EnvelopeError, Header, Priority, check_lifetime, padding};
use crate::id::{ConversationId, OperationId, SenderChainId};
use crate::identity::keys::KEY_BYTES;
use crate::identity::{OwnIdentity, secret};
use crate::pair::TagKey;
use crate::rng::Rng;
use crate::time::WallTime;
use crate::wire::{self, DecodeError};

/// Messages in one chain.
pub const CHAIN_MESSAGES_MAX: u32 = 500;
/// How long a chain is written to.
pub const CHAIN_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
pub(super) const OWNER_BYTES_MAX: usize = 256;

/// What an envelope's header says beside its tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Postage {
    /// How long to carry it, in hours.
    pub lifetime_hours: u16,
    /// What goes first; the lowest before all.
    pub priority: Priority,
    /// Hash ([`Domain::Purge`]) whose preimage lets carriers drop it.
    pub purge: [u8; 32],
}

/// A chain of this device's in one conversation.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct SenderChain {
    #[n(0)]
    conversation: ConversationId,
    #[n(1)]
    id: SenderChainId,
    #[n(2)]
    pub(super) index: u32,
    #[n(3)]
    pub(super) key: ChainKey,
    #[cbor(n(4), with = "secret")]
    tag_key: Zeroizing<[u8; KEY_BYTES]>,
    #[n(5)]
    made_at: WallTime,
}

impl SenderChain {
    /// A fresh chain, which nobody can read until it is handed over.
    #[must_use]
    pub fn begin(conversation: ConversationId, now: WallTime, rng: &mut Rng) -> Self {
        Self {
            conversation,
            id: SenderChainId::new(rng.bytes()),
            index: 0,
            key: ChainKey(rng.secret()),
            tag_key: rng.secret(),
            made_at: now,
        }
    }

    /// Where it is written.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SenderChainId {
        self.id
    }

    /// How many messages it has.
    #[must_use]
    pub fn index(&self) -> u32 {
        self.index
    }

    /// Whether a fresh one must take its place before anything more is written: it is full or old, or the
    /// clock has gone back to before it was made.
    #[must_use]
    pub fn is_over(&self, now: WallTime) -> bool {
        let is_old = now >= self.made_at.after(CHAIN_LIFETIME) || self.made_at > now;
        is_old || self.index >= CHAIN_MESSAGES_MAX
    }

    /// What lets a device read on from here, and nothing before. `control` are the heads by which
    /// that device is a reader.
    #[must_use]
    pub fn hand_over(&self, control: Vec<OperationId>) -> Handover {
        Handover {
            conversation: self.conversation,
            chain: self.id,
            index: self.index,
            key: self.key.0.clone(),
            tag_key: self.tag_key.clone(),
            control,
        }
    }

    /// Seals `content` to all who were handed the chain, and goes on. This chain must be durable before
    /// the envelope leaves.
    ///
    /// # Errors
    /// [`EnvelopeError::TooLarge`] or [`EnvelopeError::Lifetime`], and the chain stays where it is.
    pub fn seal(
        &mut self,
        own: &OwnIdentity,
        postage: Postage,
        content: &[u8],
        rng: &mut Rng,
    ) -> Result<Envelope, EnvelopeError> {
        check_lifetime(postage.lifetime_hours)?;
        let header = Header {
            tag: TagKey::of_chain(&self.tag_key, own.device(), self.id).tag(u64::from(self.index)),
            lifetime_hours: postage.lifetime_hours,
            priority: postage.priority,
            purge: postage.purge,
        };
        let place = Place {
            conversation: self.conversation,
            owner: own.device(),
            chain: self.id,
            index: self.index,
        };
        let salt = rng.bytes();
        let context = place.context(&header, &salt);
        let digest = blake3::hash(content);
        let signature = own.sign(Domain::ChainSignature, &[&context, digest.as_bytes()]);
        let sealed = |message| wire::encode(&Sealed::new(salt, message));
        let plaintext = padding::pad(&header, AEAD_OVERHEAD_BYTES, sealed, &signature, content)?;
        let message = self.key.seed().encrypt(&salt, &context, &plaintext)?;
        let envelope = Envelope::assemble(&header, sealed(message))?;
        self.key.step();
        self.index = self.index.saturating_add(1);
        Ok(envelope)
    }

    /// Encodes everything, for the store alone.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret::encode_all(self, OWNER_BYTES_MAX)
    }

    /// Decodes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`DecodeError`] when it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        wire::decode(bytes, OWNER_BYTES_MAX)
    }
}

impl fmt::Debug for SenderChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SenderChain")
            .field("conversation", &self.conversation)
            .field("id", &self.id)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
