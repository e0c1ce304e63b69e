//! Letters: what one device seals to another, who is not in a session with it.
//!
//! Invariants
//! - A letter says nothing that a session would not: what it brings goes the same way.
//! - It is decoded whole or not at all, after the device that sealed it is known.

use std::fmt;

use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::envelope::PAYLOAD_BYTES_MAX;
use crate::id::{EnvelopeId, SenderChainId};
use crate::identity::secret;
use crate::pair::PairNews;
use crate::sender_chain::Handover;
use crate::sync::SessionMessage;
use crate::wire::limits::CARD_BYTES_MAX;
use crate::wire::{self, DecodeError};

/// Messages, handovers, or unreadable envelopes in one letter.
pub const LETTER_PARTS_MAX: usize = 64;

/// Chains that a letter says its sender holds.
pub const LETTER_CHAINS_MAX: usize = 16;

/// What one device seals to another.
///
/// Prints what it is made of and nothing of what is in it.
pub struct Letter {
    /// Whose hash is in the envelope's header: whoever opened it may have carriers drop it.
    pub purge: Zeroizing<[u8; 32]>,
    /// What the two devices tell each other for the next envelope.
    pub news: PairNews,
    /// Operations, receipts and control of rooms, as a session would bring them.
    pub messages: Vec<SessionMessage>,
    /// Chains that the sender hands over.
    pub handovers: Vec<Handover>,
    /// Envelopes of the recipient's that came when their key was gone: they are to be sealed again.
    pub unreadable: Vec<EnvelopeId>,
    /// The sender's card as it is now, until it is known to have come.
    pub card: Option<Vec<u8>>,
    /// Chains of the recipient's that the sender holds.
    pub holds: Vec<SenderChainId>,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("messages", &self.messages.len())
            .field("handovers", &self.handovers)
            .field("unreadable", &self.unreadable)
            .field("card", &self.card.is_some())
            .finish_non_exhaustive()
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Fields {
    #[cbor(n(0), with = "secret")]
    purge: Zeroizing<[u8; 32]>,
    #[n(1)]
    news: PairNews,
    #[n(2)]
    messages: Vec<ByteVec>,
    #[n(3)]
    handovers: Vec<Handover>,
    #[n(4)]
    unreadable: Vec<EnvelopeId>,
    #[n(5)]
    card: Option<ByteVec>,
    #[n(6)]
    #[cbor(default)]
    holds: Vec<SenderChainId>,
}

impl Letter {
    /// One that says what the two devices tell each other, and nothing else yet.
    #[must_use]
    pub fn new(purge: Zeroizing<[u8; 32]>, news: PairNews) -> Self {
        Self {
            purge,
            news,
            messages: Vec::new(),
            handovers: Vec::new(),
            unreadable: Vec::new(),
            card: None,
            holds: Vec::new(),
        }
    }

    /// What goes into the envelope's header.
    #[must_use]
    pub fn purge_hash(&self) -> [u8; 32] {
        Domain::Purge.hash(&[self.purge.as_ref()])
    }

    /// What is sealed. Nothing beyond what fits an envelope may be in it.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let messages = self.messages.iter();
        let messages = messages.map(|message| message.to_bytes().to_vec());
        let fields = Fields {
            purge: self.purge.clone(),
            news: self.news.clone(),
            messages: messages.map(ByteVec::from).collect(),
            handovers: self.handovers.clone(),
            unreadable: self.unreadable.clone(),
            card: self.card.clone().map(ByteVec::from),
            holds: self.holds.clone(),
        };
        secret::encode_all(&fields, PAYLOAD_BYTES_MAX)
    }

    /// Reads what a device sealed.
    ///
    /// # Errors
    /// [`DecodeError`] if malformed, over a limit, or with what letters do not bring.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let fields: Fields = wire::decode(bytes, PAYLOAD_BYTES_MAX)?;
        for parts in [
            fields.messages.len(),
            fields.handovers.len(),
            fields.unreadable.len(),
        ] {
            wire::check_count(parts, LETTER_PARTS_MAX)?;
        }
        wire::check_count(fields.holds.len(), LETTER_CHAINS_MAX)?;
        let card = fields.card.map(Vec::from);
        wire::check_count(card.as_ref().map_or(0, Vec::len), CARD_BYTES_MAX)?;
        if !fields.handovers.iter().all(Handover::is_sound) {
            return Err(DecodeError::Malformed("handover of no chain".to_owned()));
        }
        let messages = fields.messages.iter().filter_map(|bytes| message(bytes));
        Ok(Self {
            purge: fields.purge,
            news: fields.news,
            messages: messages.collect(),
            handovers: fields.handovers,
            unreadable: fields.unreadable,
            card,
            holds: fields.holds,
        })
    }
}

/// One that a letter may bring. Others, as newer versions may have, are passed over: what else the letter says
/// keeps the mail of the two going.
fn message(bytes: &[u8]) -> Option<SessionMessage> {
    let message = SessionMessage::from_bytes(bytes).ok()?;
    match message {
        SessionMessage::Operations(_)
        | SessionMessage::Receipt(_)
        | SessionMessage::Control(_)
        | SessionMessage::Addresses(_) => Some(message),
        SessionMessage::Vector(_)
        | SessionMessage::CaughtUp(_)
        | SessionMessage::Digest(..)
        | SessionMessage::News(_)
        | SessionMessage::Ask(..)
        | SessionMessage::Fork(_)
        | SessionMessage::Typing(_)
        | SessionMessage::Pair(_)
        | SessionMessage::Card(_)
        | SessionMessage::Custody(_) => None,
    }
}

#[cfg(test)]
mod tests;
