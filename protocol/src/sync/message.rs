//! The messages of a live session.

use minicbor::{Decode, Encode};

use super::SignedReceipt;
use crate::id::{ActorId, ConversationId, OperationId};
use crate::operation::SignedOperation;
use crate::wire::{self, DecodeError, limits};

/// How far one actor's chain is held without a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Position {
    /// Whose chain.
    #[n(0)]
    pub actor: ActorId,
    /// The last sequence number held without a gap.
    #[n(1)]
    pub seq: u64,
    /// The operation there.
    #[n(2)]
    pub head: OperationId,
}

/// All that a device holds of a conversation without gaps.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Vector {
    /// Where.
    #[n(0)]
    pub conversation: ConversationId,
    /// Ascending by actor; an actor of whom nothing is held is absent.
    #[n(1)]
    pub positions: Vec<Position>,
}

/// One message inside a session. A variant that a peer's version does not know ends its session,
/// so new ones come with a new session version.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum SessionMessage {
    /// What the sender holds; asks for what it lacks.
    #[n(0)]
    Vector(#[n(0)] Vector),
    /// Operations, each actor's in ascending order.
    #[n(1)]
    Operations(#[n(0)] Vec<SignedOperation>),
    /// What the sender's device holds, for those whose messages it holds.
    #[n(2)]
    Receipt(#[n(0)] SignedReceipt),
    /// Where the sender can be reached now: multiaddrs.
    #[n(3)]
    Addresses(#[n(0)] Vec<String>),
    /// Everything the sender's vectors ask for has been sent.
    #[n(4)]
    CaughtUp(#[n(0)] ConversationId),
}

impl SessionMessage {
    /// The plaintext of one Noise message.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Reads what an authenticated peer sent.
    ///
    /// # Errors
    /// [`DecodeError`] if malformed or over a limit.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let message = wire::decode(bytes, limits::NOISE_PLAINTEXT_BYTES_MAX)?;
        let (count, limit) = match &message {
            Self::Vector(vector) => (vector.positions.len(), limits::VECTOR_ACTORS_MAX),
            Self::Operations(operations) => (operations.len(), limits::BATCH_OPERATIONS_MAX),
            Self::Addresses(addresses) => (addresses.len(), limits::ADDRESSES_MAX),
            Self::Receipt(_) | Self::CaughtUp(_) => (0, 0),
        };
        if count > limit {
            return Err(DecodeError::TooLong {
                bytes: count,
                limit,
            });
        }
        Ok(message)
    }
}
