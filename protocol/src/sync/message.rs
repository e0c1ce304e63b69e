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
        let message: Self = wire::decode(bytes, limits::NOISE_PLAINTEXT_BYTES_MAX)?;
        message.check_count()?;
        Ok(message)
    }

    /// Refuses more parts than a message of this kind may have.
    fn check_count(&self) -> Result<(), DecodeError> {
        let (count, limit) = match self {
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
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::operation::Body;
    use crate::wire::limits::{
        ADDRESS_BYTES_MAX, ADDRESSES_MAX, BATCH_OPERATIONS_MAX, NOISE_PLAINTEXT_BYTES_MAX,
        VECTOR_ACTORS_MAX,
    };

    fn position(n: usize) -> Position {
        let mut id = [0xff; 32];
        id[..8].copy_from_slice(&u64::try_from(n).unwrap().to_be_bytes());
        Position {
            actor: ActorId::new(id),
            seq: u64::MAX,
            head: OperationId::new(id),
        }
    }

    fn vector(actors: usize) -> SessionMessage {
        SessionMessage::Vector(Vector {
            conversation: ConversationId::new([1; 32]),
            positions: (0..actors).map(position).collect(),
        })
    }

    fn operations(count: usize) -> SessionMessage {
        let least = SignedOperation {
            header: Vec::new(),
            signature: [0; 64].into(),
            body: None,
        };
        SessionMessage::Operations(vec![least; count])
    }

    fn addresses(count: usize) -> SessionMessage {
        SessionMessage::Addresses(vec!["a".repeat(ADDRESS_BYTES_MAX); count])
    }

    fn reread(message: &SessionMessage) -> Result<SessionMessage, DecodeError> {
        SessionMessage::from_bytes(&message.to_bytes())
    }

    fn any_operation() -> impl Strategy<Value = SignedOperation> {
        let bytes = || prop::collection::vec(any::<u8>(), 0..200);
        let body = prop::option::of((bytes(), any::<[u8; 32]>()));
        (bytes(), any::<[u8; 32]>(), body).prop_map(|(header, half, body)| {
            let mut signature = [0; 64];
            signature[..32].copy_from_slice(&half);
            SignedOperation {
                header,
                signature: signature.into(),
                body: body.map(|(bytes, salt)| Body {
                    salt: salt.into(),
                    bytes,
                }),
            }
        })
    }

    fn any_message() -> impl Strategy<Value = SessionMessage> {
        let position =
            (any::<[u8; 32]>(), any::<u64>(), any::<[u8; 32]>()).prop_map(|(actor, seq, head)| {
                Position {
                    actor: ActorId::new(actor),
                    seq,
                    head: OperationId::new(head),
                }
            });
        let conversation = any::<[u8; 32]>().prop_map(ConversationId::new);
        let positions = prop::collection::vec(position, 0..8);
        prop_oneof![
            (conversation.clone(), positions).prop_map(|(conversation, positions)| {
                SessionMessage::Vector(Vector {
                    conversation,
                    positions,
                })
            }),
            prop::collection::vec(any_operation(), 0..6).prop_map(SessionMessage::Operations),
            prop::collection::vec(any::<String>(), 0..=ADDRESSES_MAX)
                .prop_map(SessionMessage::Addresses),
            conversation.prop_map(SessionMessage::CaughtUp),
        ]
    }

    proptest! {
        #[test]
        fn every_message_round_trips(message in any_message()) {
            prop_assert_eq!(reread(&message), Ok(message));
        }

        #[test]
        fn half_a_message_is_none(message in any_message(), cut: prop::sample::Index) {
            let bytes = message.to_bytes();
            prop_assert!(SessionMessage::from_bytes(&bytes[..cut.index(bytes.len())]).is_err());
        }

        #[test]
        fn a_damaged_message_decodes_or_errs(
            message in any_message(),
            at: prop::sample::Index,
            byte: u8,
        ) {
            let mut bytes = message.to_bytes();
            let at = at.index(bytes.len());
            bytes[at] = byte;
            let _ = SessionMessage::from_bytes(&bytes);
        }

        #[test]
        fn garbage_never_panics(bytes: Vec<u8>, variant in 0_u8..6) {
            let _ = SessionMessage::from_bytes(&bytes);
            let framed = [&[0x82, variant, 0x81], bytes.as_slice()].concat();
            let _ = SessionMessage::from_bytes(&framed);
        }
    }

    #[test]
    fn the_largest_vector_fits_a_message_and_one_more_actor_is_refused() {
        let largest = vector(VECTOR_ACTORS_MAX);
        assert!(largest.to_bytes().len() <= NOISE_PLAINTEXT_BYTES_MAX);
        assert_eq!(reread(&largest), Ok(largest));
        assert_eq!(
            reread(&vector(VECTOR_ACTORS_MAX + 1)),
            Err(DecodeError::TooLong {
                bytes: VECTOR_ACTORS_MAX + 1,
                limit: VECTOR_ACTORS_MAX
            })
        );
    }

    #[test]
    fn the_most_addresses_fit_a_message_and_one_more_is_refused() {
        let most = addresses(ADDRESSES_MAX);
        assert_eq!(reread(&most), Ok(most));
        assert_eq!(
            reread(&addresses(ADDRESSES_MAX + 1)),
            Err(DecodeError::TooLong {
                bytes: ADDRESSES_MAX + 1,
                limit: ADDRESSES_MAX
            })
        );
    }

    #[test]
    fn a_message_of_the_maximum_is_read_and_one_more_byte_is_not() {
        let empty = SessionMessage::Addresses(vec![" ".repeat(65_000)])
            .to_bytes()
            .len()
            - 65_000;
        let of_bytes = |bytes: usize| {
            let message = SessionMessage::Addresses(vec![" ".repeat(bytes - empty)]);
            assert_eq!(message.to_bytes().len(), bytes);
            reread(&message).map(drop)
        };
        assert_eq!(of_bytes(NOISE_PLAINTEXT_BYTES_MAX), Ok(()));
        assert_eq!(
            of_bytes(NOISE_PLAINTEXT_BYTES_MAX + 1),
            Err(DecodeError::TooLong {
                bytes: NOISE_PLAINTEXT_BYTES_MAX + 1,
                limit: NOISE_PLAINTEXT_BYTES_MAX
            })
        );
    }

    #[test]
    fn more_operations_than_a_batch_may_have_are_refused() {
        // The bytes of one message run out long before the count does.
        let each = operations(2).to_bytes().len() - operations(1).to_bytes().len();
        let most = (NOISE_PLAINTEXT_BYTES_MAX - 8) / each;
        assert!(most < BATCH_OPERATIONS_MAX);
        assert!(reread(&operations(most)).is_ok());
        assert_eq!(operations(BATCH_OPERATIONS_MAX).check_count(), Ok(()));
        assert_eq!(
            operations(BATCH_OPERATIONS_MAX + 1).check_count(),
            Err(DecodeError::TooLong {
                bytes: BATCH_OPERATIONS_MAX + 1,
                limit: BATCH_OPERATIONS_MAX
            })
        );
    }
}
