//! Receipts: what one device holds of what a person wrote in a conversation, signed and numbered for
//! that person; the latest wins.
//!
//! Invariants
//! - A receipt acknowledges only what is durable on the device that signs it.
//! - Numbers of one device in one conversation only grow; a lower one is ignored.
//! - An operation held without its body is never acknowledged as delivered.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::{Coverage, Erased};
use crate::domain::Domain;
use crate::id::{ActorId, ConversationId, DeviceId, OperationId};
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
    /// The operation at the end of each stretch of what is held, in a receipt that goes by mail: whoever wrote them
    /// sees by it that it is their chain that is held.
    #[n(4)]
    pub ends: Option<Vec<OperationId>>,
}

impl Acknowledgement {
    /// Whether `seq` arrived whole.
    #[must_use]
    pub fn delivered(&self, seq: u64) -> bool {
        self.held.contains(seq) && !self.erased.may_contain(seq)
    }
}

/// What one device holds of the operations of the person it is sent to, in one conversation; and, in a
/// room, which of others' operations it holds without their bodies.
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
    /// Its size, about.
    pub(crate) fn bytes(&self) -> usize {
        self.payload.len().saturating_add(self.signature.len())
    }

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
        let ordered = receipt
            .actors
            .is_sorted_by(|one, next| one.actor < next.actor);
        let normal = receipt.actors.iter().all(|actor| {
            actor.held.is_normal() && actor.erased.is_normal() && actor.read.is_normal()
        });
        let has_ends = receipt.actors.iter().all(|actor| {
            let ends = actor.ends.as_ref();
            ends.is_none_or(|ends| ends.len() == actor.held.spans().count())
        });
        if !ordered || !normal || !has_ends || receipt.actors.len() > limits::VECTOR_ACTORS_MAX {
            return Err(ReceiptError::Ranges);
        }
        Ok(receipt)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::rng::Rng;
    use crate::time::WallTime;
    use crate::wire::limits::{NOISE_PLAINTEXT_BYTES_MAX, VECTOR_ACTORS_MAX};

    static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| {
        let now = WallTime::from_millis(1_700_000_000_000);
        let mut rng = Rng::from_seed(&[1; 32]);
        OwnIdentity::create("Ann", "laptop", now, &mut rng)
            .unwrap()
            .0
    });

    fn key() -> SigningPublic {
        SigningPublic::parse(&ANN.certificate().signing).unwrap()
    }

    fn actor(n: usize) -> ActorId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&u64::try_from(n).unwrap().to_be_bytes());
        ActorId::new(id)
    }

    fn acknowledgement(actor: ActorId) -> Acknowledgement {
        Acknowledgement {
            ends: None,
            actor,
            held: Coverage::through(3),
            erased: Erased::default(),
            read: Coverage::default(),
        }
    }

    fn receipt(actors: Vec<Acknowledgement>) -> Receipt {
        Receipt {
            conversation: ConversationId::new([1; 32]),
            device: ANN.device(),
            number: 4,
            actors,
        }
    }

    fn of_actors(count: usize) -> Receipt {
        receipt((0..count).map(|n| acknowledgement(actor(n))).collect())
    }

    /// A receipt over bytes that no honest device signs.
    fn signed(payload: Vec<u8>) -> SignedReceipt {
        let signature = ANN.sign(Domain::ReceiptSignature, &[&payload]).into();
        SignedReceipt { payload, signature }
    }

    fn any_coverage() -> impl Strategy<Value = Coverage> {
        prop::collection::vec(1_u64..90, 0..50).prop_map(|seqs| {
            let mut coverage = Coverage::default();
            for seq in seqs {
                coverage.insert(seq);
            }
            coverage
        })
    }

    fn any_receipt() -> impl Strategy<Value = Receipt> {
        let erased = prop::collection::vec(any::<u64>(), 0..9).prop_map(|seqs| {
            let mut erased = Erased::default();
            seqs.into_iter().for_each(|seq| erased.insert(seq));
            erased
        });
        let part = (any_coverage(), erased, any_coverage());
        let actors = prop::collection::btree_map(any::<[u8; 32]>(), part, 0..5);
        (actors, any::<u64>()).prop_map(|(actors, number)| {
            let actors = actors.into_iter().map(|(actor, (held, erased, read))| {
                let actor = ActorId::new(actor);
                Acknowledgement {
                    ends: None,
                    actor,
                    held,
                    erased,
                    read,
                }
            });
            let receipt = receipt(actors.collect());
            Receipt { number, ..receipt }
        })
    }

    proptest! {
        #[test]
        fn a_receipt_round_trips_and_verifies(receipt in any_receipt()) {
            let sent = wire::encode(&receipt.sign(&ANN));
            let received: SignedReceipt = wire::decode(&sent, NOISE_PLAINTEXT_BYTES_MAX).unwrap();
            prop_assert_eq!(received.verify(&key()), Ok(receipt.clone()));
            prop_assert_eq!(received.stored(), Some(receipt));
        }

        #[test]
        fn any_changed_bit_is_refused(receipt in any_receipt(), at: prop::sample::Index, bit in 0_u8..8) {
            let mut changed = receipt.sign(&ANN);
            let length = changed.payload.len();
            match at.index(length + 64) {
                n if n < length => changed.payload[n] ^= 1 << bit,
                n => changed.signature[n - length] ^= 1 << bit,
            }
            prop_assert_eq!(changed.verify(&key()), Err(ReceiptError::Signature));
        }

        #[test]
        fn signed_garbage_never_panics(bytes: Vec<u8>) {
            let _ = wire::decode::<SignedReceipt>(&bytes, NOISE_PLAINTEXT_BYTES_MAX);
            let garbage = signed(bytes);
            prop_assert!(garbage.verify(&key()).is_err());
            let _ = garbage.stored();
        }

        #[test]
        fn what_arrived_whole_is_held_and_not_erased(held in any_coverage(), gone in 1_u64..90, seq in 1_u64..99) {
            let mut part = acknowledgement(actor(1));
            part.held = held;
            part.erased.insert(gone);
            prop_assert_eq!(part.delivered(seq), part.held.contains(seq) && seq != gone);
        }
    }

    #[test]
    fn a_receipt_over_the_most_actors_fits_a_message_and_over_one_more_is_refused() {
        let largest = of_actors(VECTOR_ACTORS_MAX);
        assert!(wire::encode(&largest.sign(&ANN)).len() <= NOISE_PLAINTEXT_BYTES_MAX);
        assert_eq!(largest.sign(&ANN).verify(&key()), Ok(largest));
        assert_eq!(
            of_actors(VECTOR_ACTORS_MAX + 1).sign(&ANN).verify(&key()),
            Err(ReceiptError::Ranges)
        );
    }

    #[test]
    fn actors_out_of_order_or_twice_are_refused() {
        let mut reversed = of_actors(2);
        reversed.actors.reverse();
        let twice = receipt(vec![acknowledgement(actor(1)), acknowledgement(actor(1))]);
        for receipt in [reversed, twice] {
            let refused = receipt.sign(&ANN).verify(&key());
            assert_eq!(refused, Err(ReceiptError::Ranges));
        }
    }

    #[test]
    fn ranges_that_no_honest_device_makes_are_refused() {
        // {0: through, 1: ranges} with the range 9..=5.
        let backwards: Coverage = minicbor::decode(&[0xa2, 0, 1, 1, 0x81, 0x82, 9, 5]).unwrap();
        // {0: unlisted, 1: ranges} with ranges that do not ascend.
        let bytes = [0xa2, 0, 0, 1, 0x82, 0x82, 5, 5, 0x82, 2, 2];
        let erased: Erased = minicbor::decode(&bytes).unwrap();
        let normal = acknowledgement(actor(1));
        let foreign = [
            Acknowledgement {
                ends: None,
                held: backwards.clone(),
                ..normal.clone()
            },
            Acknowledgement {
                read: backwards,
                ..normal.clone()
            },
            Acknowledgement { erased, ..normal },
        ];
        for part in foreign {
            let refused = receipt(vec![part]).sign(&ANN).verify(&key());
            assert_eq!(refused, Err(ReceiptError::Ranges));
        }
    }

    #[test]
    fn a_receipt_of_another_device_is_refused() {
        let mut rng = Rng::from_seed(&[2; 32]);
        let (ben, _) =
            OwnIdentity::create("Ben", "phone", WallTime::from_millis(1), &mut rng).unwrap();
        let refused = of_actors(1).sign(&ben).verify(&key());
        assert_eq!(refused, Err(ReceiptError::Signature));
    }
}
