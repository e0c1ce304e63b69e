//! A reader's side of a chain.

use std::collections::BTreeMap;
use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::{CHAIN_LIFETIME, CHAIN_MESSAGES_MAX, ChainKey, Handover, Place, Sealed, Seed};
use crate::domain::Domain;
use crate::envelope::{Envelope, EnvelopeError, padding};
use crate::id::{ConversationId, DeviceId, SenderChainId, Tag};
use crate::identity::keys::KEY_BYTES;
use crate::identity::{SigningPublic, secret};
use crate::pair::{OFFLINE_WINDOW, TAG_WINDOW, TagKey};
use crate::time::WallTime;
use crate::wire::{self, DecodeError};

/// Envelopes under one index's tag that are tried of those that somebody made who reads the chain; the owner's
/// is one of them, unless others who read it put so many there first.
pub const TRIES_MAX: u8 = 8;
pub(super) const READER_BYTES_MAX: usize = 32 * 1024;

/// Another device's chain, as far as it was handed to this one.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct ReceiverChain {
    #[n(0)]
    conversation: ConversationId,
    #[n(1)]
    owner: DeviceId,
    #[n(2)]
    id: SenderChainId,
    /// The index after the highest opened.
    #[n(3)]
    index: u32,
    #[n(4)]
    pub(super) key: ChainKey,
    #[cbor(n(5), with = "secret")]
    tag_key: Zeroizing<[u8; KEY_BYTES]>,
    /// Below that, what has not come.
    #[n(6)]
    pub(super) skipped: BTreeMap<u32, Seed>,
    /// How often a reader of the chain made what came under an index's tag.
    #[n(7)]
    pub(super) tries: BTreeMap<u32, u8>,
    #[n(8)]
    held_at: WallTime,
}

impl ReceiverChain {
    /// Takes a chain that its owner handed over.
    #[must_use]
    pub fn take(owner: DeviceId, handover: &Handover, now: WallTime) -> Self {
        Self {
            conversation: handover.conversation,
            owner,
            id: handover.chain,
            index: handover.index,
            key: ChainKey(handover.key.clone()),
            tag_key: handover.tag_key.clone(),
            skipped: BTreeMap::new(),
            tries: BTreeMap::new(),
            held_at: now,
        }
    }

    /// Takes the same chain once more, handed over further on: what lies between may still come. Returns
    /// whether anything changed. A place that does not follow from what is held is the owner's word, and
    /// holds from there on.
    pub fn go_on(&mut self, handover: &Handover) -> bool {
        if handover.chain != self.id || handover.index <= self.index {
            return false;
        }
        self.advance(handover.index);
        self.key = ChainKey(handover.key.clone());
        self.tag_key = handover.tag_key.clone();
        true
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> SenderChainId {
        self.id
    }

    /// When it was handed to us.
    #[must_use]
    pub fn held_at(&self) -> WallTime {
        self.held_at
    }

    /// Who writes it.
    #[must_use]
    pub fn owner(&self) -> DeviceId {
        self.owner
    }

    /// Where.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Every tag under which an envelope may come, with its index.
    pub fn awaited(&self) -> impl Iterator<Item = (Tag, u32)> {
        let mut tags = TagKey::of_chain(&self.tag_key, self.owner, self.id).tags();
        let window = u32::try_from(TAG_WINDOW).unwrap_or(u32::MAX);
        let end = self.index.saturating_add(window).min(CHAIN_MESSAGES_MAX);
        let indexes = self.skipped.keys().copied().chain(self.index..end);
        let tried = |index: &u32| self.tries.get(index).is_none_or(|tries| *tries < TRIES_MAX);
        indexes
            .filter(tried)
            .map(move |index| (tags.tag(u64::from(index)), index))
    }

    /// Opens what came under the tag of an index: the owner's content, verified. This uses nothing up;
    /// [`Self::opened`] does, once the content is good.
    ///
    /// # Errors
    /// [`EnvelopeError::Undecryptable`] when it is no message of the chain there,
    /// [`EnvelopeError::Identity`] when somebody else made it who reads the chain.
    pub fn open(
        &self,
        owner: &SigningPublic,
        envelope: &Envelope,
        index: u32,
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let sealed = Sealed::parse(envelope)?;
        let seed = self.seed(index).ok_or(EnvelopeError::Undecryptable)?;
        let place = Place {
            conversation: self.conversation,
            owner: self.owner,
            chain: self.id,
            index,
        };
        let context = place.context(envelope.header(), &sealed.salt);
        let plaintext = seed.decrypt(&sealed.salt, &context, &sealed.message)?;
        let (signature, content) =
            padding::unpad(&plaintext).ok_or(EnvelopeError::Undecryptable)?;
        let digest = blake3::hash(&content);
        owner.verify(
            Domain::ChainSignature,
            &[&context, digest.as_bytes()],
            &signature,
        )?;
        Ok(content)
    }

    fn seed(&self, index: u32) -> Option<Seed> {
        let Some(steps) = index.checked_sub(self.index) else {
            return self.skipped.get(&index).cloned();
        };
        if u64::from(steps) >= TAG_WINDOW || index >= CHAIN_MESSAGES_MAX {
            return None;
        }
        let mut key = self.key.clone();
        (0..steps).for_each(|_| key.step());
        Some(key.seed())
    }

    /// Erases the key of an index that was opened.
    pub fn opened(&mut self, index: u32) {
        self.tries.remove(&index);
        if index < self.index {
            self.skipped.remove(&index);
            return;
        }
        self.advance(index);
        self.key.step();
        self.index = index.saturating_add(1);
    }

    /// Notes that what came under an index's tag was made by a reader of the chain and is no message of its
    /// owner's.
    pub fn failed(&mut self, index: u32) {
        let tries = self.tries.entry(index).or_default();
        *tries = tries.saturating_add(1);
    }

    /// Goes on to `index`, keeping the seeds of what lies between.
    fn advance(&mut self, index: u32) {
        for skipped in self.index..index.min(CHAIN_MESSAGES_MAX) {
            self.skipped.insert(skipped, self.key.seed());
            self.key.step();
        }
        self.index = index;
    }

    /// Whether all that may come under it is past the offline window, so that it is to be erased.
    #[must_use]
    pub fn is_past(&mut self, now: WallTime) -> bool {
        self.held_at.begin_anew_if_wrong(now);
        now >= self.held_at.after(CHAIN_LIFETIME).after(OFFLINE_WINDOW)
    }

    /// Encodes everything, for the store alone.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret::encode_all(self, READER_BYTES_MAX)
    }

    /// Decodes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`DecodeError`] when it is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        wire::decode(bytes, READER_BYTES_MAX)
    }
}

impl fmt::Debug for ReceiverChain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverChain")
            .field("conversation", &self.conversation)
            .field("owner", &self.owner)
            .field("id", &self.id)
            .field("index", &self.index)
            .finish_non_exhaustive()
    }
}
