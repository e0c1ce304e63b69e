//! Receipts: what one device holds of a conversation, signed and numbered; the latest wins.
//!
//! Invariants
//! - A receipt acknowledges only what is durable on the device that signs it.
//! - Numbers of one device in one conversation only grow; a lower one is ignored.
//! - An operation held without its body is never acknowledged as delivered.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::{Coverage, Erased};
use crate::domain::Domain;
use crate::id::{ActorId, ConversationId, DeviceId};
use crate::identity::{OwnIdentity, SigningPublic};
use crate::wire::{self, DecodeError, limits};

/// Why a receipt is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// Not a receipt.
    #[error("receipt: {0}")]
    Decode(#[from] DecodeError),
    /// The device's signature does not fit.
    #[error("receipt with a signature that is not its device's")]
    Signature,
    /// More actors than allowed, or ranges that are not in order.
    #[error("receipt with impossible ranges")]
    Ranges,
}

/// What a device holds of one actor's operations.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Acknowledgement {
    /// Whose operations.
    #[n(0)]
    pub actor: ActorId,
    /// Those held.
    #[n(1)]
    pub held: Coverage,
    /// Those of them held without a body: no proof that the text arrived.
    #[n(2)]
    pub erased: Erased,
    /// Those the person marked as read.
    #[n(3)]
    pub read: Coverage,
}

impl Acknowledgement {
    /// Whether `seq` arrived whole.
    #[must_use]
    pub fn delivered(&self, seq: u64) -> bool {
        self.held.contains(seq) && !self.erased.contains(seq)
    }
}

/// All that one device holds of one conversation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Receipt {
    /// Where.
    #[n(0)]
    pub conversation: ConversationId,
    /// Whose receipt.
    #[n(1)]
    pub device: DeviceId,
    /// Grows with every receipt of this device in this conversation.
    #[n(2)]
    pub number: u64,
    /// By actor, in ascending order.
    #[n(3)]
    pub actors: Vec<Acknowledgement>,
}

/// A receipt as it travels: not verified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedReceipt {
    #[cbor(n(0), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[n(1)]
    signature: ByteArray<64>,
}

impl Receipt {
    /// Signs a receipt of our own.
    #[must_use]
    pub fn sign(&self, own: &OwnIdentity) -> SignedReceipt {
        let payload = wire::encode(self);
        let signature = own.sign(Domain::ReceiptSignature, &[&payload]).into();
        SignedReceipt { payload, signature }
    }
}

impl SignedReceipt {
    /// Reads a receipt that was verified before it was stored.
    #[must_use]
    pub fn stored(&self) -> Option<Receipt> {
        wire::decode(&self.payload, limits::NOISE_PLAINTEXT_BYTES_MAX).ok()
    }

    /// Checks the signature, then reads the receipt.
    ///
    /// # Errors
    /// [`ReceiptError`] by the first check that fails.
    pub fn verify(&self, device: &SigningPublic) -> Result<Receipt, ReceiptError> {
        device
            .verify(Domain::ReceiptSignature, &[&self.payload], &self.signature)
            .map_err(|_| ReceiptError::Signature)?;
        let receipt: Receipt = wire::decode(&self.payload, limits::NOISE_PLAINTEXT_BYTES_MAX)?;
        let ordered = receipt.actors.is_sorted_by(|one, next| one.actor < next.actor);
        let normal = receipt.actors.iter().all(|actor| {
            actor.held.is_normal() && actor.erased.is_normal() && actor.read.is_normal()
        });
        if !ordered || !normal || receipt.actors.len() > limits::VECTOR_ACTORS_MAX {
            return Err(ReceiptError::Ranges);
        }
        Ok(receipt)
    }
}
