//! Mail: what is kept so that sealed envelopes are found, opened and written.

use super::SecretBytes;
use crate::id::{ConversationId, DeviceId, SenderChainId};

/// What is kept of one other device: the pair of it and ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PairRecord {
    /// With which device.
    pub device: DeviceId,
    /// The pair, as [`Pair::to_bytes`](crate::pair::Pair::to_bytes) encodes it.
    pub state: SecretBytes,
}

/// The chain by which this device writes to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SenderChainRecord {
    /// Where; each room has one at a time.
    pub conversation: ConversationId,
    /// The chain, as [`SenderChain::to_bytes`](crate::sender_chain::SenderChain::to_bytes) encodes it.
    pub state: SecretBytes,
}

/// A device that a chain of ours was handed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainReaderRecord {
    /// Where the chain is written.
    pub conversation: ConversationId,
    /// The device.
    pub device: DeviceId,
}

/// A device that may lack something that was done to a room on this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwedControlRecord {
    /// The room.
    pub conversation: ConversationId,
    /// The device.
    pub device: DeviceId,
    /// Whether all of it is in envelopes under way.
    pub is_sealed: bool,
}

/// What a letter brought of a room that is not ours yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailedControlRecord {
    /// Later ones have higher numbers.
    pub number: u64,
    /// Whose letter it was.
    pub device: DeviceId,
    /// The room.
    pub conversation: ConversationId,
    /// The session message that says it, as it travels.
    pub said: Vec<u8>,
}

/// A chain by which another device writes to a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReceiverChainRecord {
    /// Which chain.
    pub id: SenderChainId,
    /// Where.
    pub conversation: ConversationId,
    /// The chain, as [`ReceiverChain::to_bytes`](crate::sender_chain::ReceiverChain::to_bytes) encodes it.
    pub state: SecretBytes,
}
