//! The messages of a live session.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::{CUSTODIES_TOLD_MAX, Custody, SignedReceipt};
use crate::domain::Domain;
use crate::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId};
use crate::identity::secret;
use crate::operation::{SignedFork, SignedOperation};
use crate::pair::PairNews;
use crate::wire::{self, DecodeError, check_count as check, limits};

/// Longest [`SessionMessage::Pair`]: so many bytes are kept for one, lest growth leave copies of shares behind.
const PAIR_MESSAGE_BYTES_MAX: usize = 211;

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
    /// What is held of a room's control; absent in a direct conversation.
    #[n(2)]
    pub control: Option<ControlVector>,
    /// Forks that are known: ascending by actor.
    #[n(3)]
    pub forks: Vec<ForkPosition>,
    /// What is held beyond gaps in a room: the last of each stretch.
    #[n(4)]
    pub waiting: Vec<Position>,
}

impl Vector {
    /// One that speaks of positions alone.
    #[must_use]
    pub const fn of_positions(conversation: ConversationId, positions: Vec<Position>) -> Self {
        Self {
            conversation,
            positions,
            control: None,
            forks: Vec::new(),
            waiting: Vec::new(),
        }
    }

    /// How much it says, of content and of control.
    #[must_use]
    pub fn entries(&self) -> usize {
        let control = self.control.as_ref();
        let control = control.map_or(0, |control| control.locator.len() + control.cards.len());
        self.positions.len() + self.forks.len() + self.waiting.len() + control
    }

    /// What says whether two vectors are the same.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Domain::VectorDigest.hash(&[&wire::encode(self)])
    }
}

/// What a device holds of a room's control. Whoever holds an operation holds all it builds on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ControlVector {
    /// The heads, and some operations further and further back, by which the other side finds where
    /// the two logs part.
    #[n(0)]
    pub locator: Vec<OperationId>,
    /// Whose cards are held: ascending by device.
    #[n(1)]
    pub cards: Vec<CardPosition>,
    /// What those hash to for which there was no room: the cards of devices after the last of these.
    #[n(2)]
    pub rest: Option<ByteArray<32>>,
}

impl ControlVector {
    /// Says which cards are held of these, all that there are, ascending by device.
    #[must_use]
    pub fn new(locator: Vec<OperationId>, mut cards: Vec<CardPosition>) -> Self {
        let rest = cards.split_off(cards.len().min(limits::CARDS_MAX));
        Self {
            locator,
            cards,
            rest: (!rest.is_empty()).then(|| CardPosition::digest(&rest).into()),
        }
    }

    /// Which of these cards, all that are held here, are those that it had no room for.
    #[must_use]
    pub fn rest_of(&self, mut held: Vec<CardPosition>) -> Vec<CardPosition> {
        let last = self.cards.last().map(|card| card.device);
        held.retain(|card| last.is_some_and(|last| card.device > last));
        let is_same = self
            .rest
            .is_some_and(|rest| *rest == CardPosition::digest(&held));
        if is_same { held } else { Vec::new() }
    }
}

/// Which card of a device is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct CardPosition {
    /// Whose.
    #[n(0)]
    pub device: DeviceId,
    /// The version of it.
    #[n(1)]
    pub number: u64,
}

impl CardPosition {
    fn digest(cards: &[Self]) -> [u8; 32] {
        let cards: Vec<Vec<u8>> = cards.iter().map(wire::encode).collect();
        let cards: Vec<&[u8]> = cards.iter().map(Vec::as_slice).collect();
        Domain::VectorDigest.hash(&cards)
    }
}

/// From where on an actor's chain is known not to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ForkPosition {
    /// Whose chain.
    #[n(0)]
    pub actor: ActorId,
    /// The last sequence number before the fork.
    #[n(1)]
    pub through: u64,
}

/// Proof of a fork, and what the sender holds before it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ForkClaim {
    /// Where.
    #[n(0)]
    pub conversation: ConversationId,
    /// The proof.
    #[n(1)]
    pub fork: SignedFork,
    /// The last operation before the fork; absent unless it is held. Whoever holds another there
    /// knows that the chain forked further down.
    #[n(2)]
    pub head: Option<OperationId>,
}

/// A part of one actor's chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Stretch {
    /// Whose chain.
    #[n(0)]
    pub actor: ActorId,
    /// The sequence number before its first.
    #[n(1)]
    pub after: u64,
    /// Its last sequence number.
    #[n(2)]
    pub through: u64,
}

/// Operations of a room's control, each after all it builds on, with what is needed to check them.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Control {
    /// Where.
    #[n(0)]
    pub conversation: ConversationId,
    /// Devices that the other side does not know, or not as they are now.
    #[n(1)]
    pub cards: Vec<Introduction>,
    /// The operations.
    #[n(2)]
    pub operations: Vec<ControlEntry>,
}

/// A device, as one who knows it presents it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Introduction {
    /// Its card, signed by the device itself.
    #[n(0)]
    pub card: ByteVec,
    /// Where it was reached, by the word of who presents it: multiaddrs.
    #[n(1)]
    pub addresses: Vec<String>,
}

/// A control operation with the key to its actor.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ControlEntry {
    /// The device that signed it.
    #[n(0)]
    pub device: DeviceId,
    /// The admission under which it did.
    #[n(1)]
    pub admission: AdmissionId,
    /// The operation.
    #[n(2)]
    pub operation: SignedOperation,
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
    Operations(#[cbor(n(0), with = "super::batch")] Vec<SignedOperation>),
    /// What the sender's device holds, for those whose messages it holds.
    #[n(2)]
    Receipt(#[n(0)] SignedReceipt),
    /// Where the sender can be reached now: multiaddrs.
    #[n(3)]
    Addresses(#[n(0)] Vec<String>),
    /// Everything the sender's vectors ask for has been sent.
    #[n(4)]
    CaughtUp(#[n(0)] ConversationId),
    /// Control operations of a room, and cards.
    #[n(5)]
    Control(#[n(0)] Control),
    /// What the sender's vector of a conversation hashes to. It sends the vector itself to who holds
    /// something else.
    #[n(6)]
    Digest(#[n(0)] ConversationId, #[n(1)] ByteArray<32>),
    /// Chains of which the sender holds more than it has been told of or has sent.
    #[n(7)]
    News(#[n(0)] Vector),
    /// Asks for these parts of chains that others wrote in a room, in the order in which they are
    /// wanted.
    #[n(8)]
    Ask(#[n(0)] ConversationId, #[n(1)] Vec<Stretch>),
    /// Proof that somebody's chain is not one.
    #[n(9)]
    Fork(#[n(0)] Box<ForkClaim>),
    /// The sender's person is writing something in this conversation right now. Kept nowhere,
    /// acknowledged never.
    #[n(10)]
    Typing(#[n(0)] ConversationId),
    /// What the two devices tell each other for the envelopes between them.
    #[n(11)]
    Pair(#[n(0)] PairNews),
    /// The sender's card, which is another than it showed as the session began.
    #[n(12)]
    Card(#[n(0)] ByteVec),
    /// Envelopes that the sender promises to keep.
    #[n(13)]
    Custody(#[n(0)] Vec<Custody>),
}

impl SessionMessage {
    /// The plaintext of one Noise message; erased when dropped, as it may hold shares in secrets.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        if let Self::Pair(_) = self {
            return secret::encode_all(self, PAIR_MESSAGE_BYTES_MAX);
        }
        Zeroizing::new(wire::encode(self))
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

    /// Of which room it says that all of its control was sent, if that was to be.
    pub(crate) fn room_shown(&self) -> Option<ConversationId> {
        match self {
            Self::CaughtUp(conversation) => Some(*conversation),
            Self::Fork(claim) => Some(claim.conversation),
            Self::Operations(operations) => {
                let claimed = operations.first()?.claimed().ok()?;
                Some(claimed.conversation)
            }
            Self::Vector(_)
            | Self::Receipt(_)
            | Self::Addresses(_)
            | Self::Control(_)
            | Self::Digest(..)
            | Self::News(_)
            | Self::Ask(..)
            | Self::Typing(_)
            | Self::Pair(_)
            | Self::Card(_)
            | Self::Custody(_) => None,
        }
    }

    /// The conversation of which it says what the sender holds.
    pub(crate) fn compared(&self) -> Option<ConversationId> {
        match self {
            Self::Vector(vector) => Some(vector.conversation),
            Self::Digest(conversation, _) => Some(*conversation),
            Self::CaughtUp(_)
            | Self::Fork(_)
            | Self::Operations(_)
            | Self::Receipt(_)
            | Self::Addresses(_)
            | Self::Control(_)
            | Self::News(_)
            | Self::Ask(..)
            | Self::Typing(_)
            | Self::Pair(_)
            | Self::Card(_)
            | Self::Custody(_) => None,
        }
    }

    /// Refuses more parts than a message of this kind may have.
    fn check_count(&self) -> Result<(), DecodeError> {
        match self {
            Self::Vector(vector) | Self::News(vector) => {
                check(vector.positions.len(), limits::VECTOR_ACTORS_MAX)?;
                let control = vector.control.as_ref();
                let locator = control.map_or(0, |control| control.locator.len());
                check(locator, limits::CONTROL_LOCATOR_MAX)?;
                check(vector.forks.len(), limits::FORKS_TOLD_MAX)?;
                check(vector.waiting.len(), limits::WAITING_TOLD_MAX)?;
                let cards = control.map_or(0, |control| control.cards.len());
                check(cards, limits::CARDS_MAX)
            }
            Self::Operations(operations) => check(operations.len(), limits::BATCH_OPERATIONS_MAX),
            Self::Ask(_, stretches) => check(stretches.len(), limits::STRETCHES_MAX),
            Self::Addresses(addresses) => check(addresses.len(), limits::ADDRESSES_MAX),
            Self::Control(control) => {
                check(control.operations.len(), limits::BATCH_OPERATIONS_MAX)?;
                check(control.cards.len(), limits::CARDS_MAX)?;
                let addresses = control.cards.iter().map(|card| card.addresses.len());
                check(addresses.max().unwrap_or(0), limits::ADDRESSES_MAX)
            }
            Self::Receipt(_)
            | Self::CaughtUp(_)
            | Self::Digest(..)
            | Self::Fork(_)
            | Self::Typing(_)
            | Self::Pair(_) => Ok(()),
            Self::Card(card) => check(card.len(), limits::CARD_BYTES_MAX),
            Self::Custody(custodies) => check(custodies.len(), CUSTODIES_TOLD_MAX),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::operation::Body;
    use crate::wire::limits::{
        ADDRESS_BYTES_MAX, ADDRESSES_MAX, BATCH_OPERATIONS_MAX, CARDS_MAX, CONTROL_LOCATOR_MAX,
        FORKS_TOLD_MAX, NOISE_PLAINTEXT_BYTES_MAX, STRETCHES_MAX, VECTOR_ACTORS_MAX,
        WAITING_TOLD_MAX,
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
        let positions = (0..actors).map(position).collect();
        SessionMessage::Vector(Vector::of_positions(
            ConversationId::new([1; 32]),
            positions,
        ))
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

    fn any_control() -> impl Strategy<Value = (Vec<Introduction>, Vec<ControlEntry>)> {
        let card = prop::collection::vec(any::<u8>(), 0..100);
        let addresses = prop::collection::vec(any::<String>(), 0..3);
        let introduction = (card, addresses).prop_map(|(card, addresses)| Introduction {
            card: card.into(),
            addresses,
        });
        let entry = (any::<[u8; 32]>(), any::<[u8; 32]>(), any_operation());
        let entry = entry.prop_map(|(device, admission, operation)| ControlEntry {
            device: DeviceId::new(device),
            admission: AdmissionId::new(admission),
            operation,
        });
        (
            prop::collection::vec(introduction, 0..3),
            prop::collection::vec(entry, 0..3),
        )
    }

    fn any_vector() -> impl Strategy<Value = Vector> {
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
        let locator = prop::collection::vec(any::<[u8; 32]>().prop_map(OperationId::new), 0..4);
        let card = (any::<[u8; 32]>(), any::<u64>()).prop_map(|(device, number)| CardPosition {
            device: DeviceId::new(device),
            number,
        });
        let control = (locator, prop::collection::vec(card, 0..4));
        let control = control.prop_map(|(locator, cards)| ControlVector::new(locator, cards));
        let fork = (any::<[u8; 32]>(), any::<u64>()).prop_map(|(actor, through)| ForkPosition {
            actor: ActorId::new(actor),
            through,
        });
        let forks = prop::collection::vec(fork, 0..3);
        let parts = (conversation, positions, prop::option::of(control), forks);
        parts.prop_map(|(conversation, positions, control, forks)| Vector {
            waiting: positions.iter().copied().take(2).collect(),
            conversation,
            positions,
            control,
            forks,
        })
    }

    fn any_message() -> impl Strategy<Value = SessionMessage> {
        let conversation = any::<[u8; 32]>().prop_map(ConversationId::new);
        prop_oneof![
            (any_vector(), any::<bool>()).prop_map(|(vector, is_news)| if is_news {
                SessionMessage::News(vector)
            } else {
                SessionMessage::Vector(vector)
            }),
            (
                conversation.clone(),
                prop::collection::vec(any::<([u8; 32], u64, u64)>(), 0..8)
            )
                .prop_map(|(conversation, stretches)| {
                    let stretches = stretches
                        .into_iter()
                        .map(|(actor, after, through)| Stretch {
                            actor: ActorId::new(actor),
                            after,
                            through,
                        });
                    SessionMessage::Ask(conversation, stretches.collect())
                }),
            (conversation.clone(), any_control()).prop_map(
                |(conversation, (cards, operations))| {
                    SessionMessage::Control(Control {
                        conversation,
                        cards,
                        operations,
                    })
                }
            ),
            (conversation.clone(), any_operation(), any_operation()).prop_map(
                |(conversation, first, second)| {
                    SessionMessage::Fork(Box::new(ForkClaim {
                        conversation,
                        head: (first.header.len() > 100).then(|| first.id()),
                        fork: SignedFork { first, second },
                    }))
                }
            ),
            (conversation.clone(), any::<[u8; 32]>()).prop_map(|(conversation, digest)| {
                SessionMessage::Digest(conversation, digest.into())
            }),
            prop::collection::vec(any_operation(), 0..6).prop_map(SessionMessage::Operations),
            prop::collection::vec(any::<String>(), 0..=ADDRESSES_MAX)
                .prop_map(SessionMessage::Addresses),
            conversation.clone().prop_map(SessionMessage::CaughtUp),
            conversation.prop_map(SessionMessage::Typing),
        ]
    }

    #[test]
    fn the_longest_news_of_a_pair_fit_what_is_kept_for_them_and_are_never_moved() {
        let key = ByteArray::from([7; 32]);
        let seen = (ByteArray::from([8; 16]), u64::MAX);
        let mut news = minicbor::Encoder::new(vec![0x82, 11, 0x81]);
        news.map(6).unwrap();
        for number in 0..3 {
            news.u8(number).unwrap().map(2).unwrap();
            news.u8(0).unwrap().u64(u64::MAX).unwrap();
            news.u8(1).unwrap().encode(key).unwrap();
        }
        news.u8(3).unwrap().encode(seen).unwrap();
        news.u8(4).unwrap().encode(seen).unwrap();
        news.u8(5).unwrap().u64(u64::MAX).unwrap();
        let longest = news.into_writer();
        let bytes = SessionMessage::from_bytes(&longest).unwrap().to_bytes();
        assert_eq!(*bytes, longest);
        assert_eq!(bytes.len(), PAIR_MESSAGE_BYTES_MAX);
        assert_eq!(bytes.capacity(), PAIR_MESSAGE_BYTES_MAX);
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
        fn garbage_never_panics(bytes: Vec<u8>, variant in 0_u8..12) {
            let _ = SessionMessage::from_bytes(&bytes);
            let framed = [&[0x82, variant, 0x81], bytes.as_slice()].concat();
            let _ = SessionMessage::from_bytes(&framed);
        }
    }

    /// A vector of a room, as large as may be, with that many more of one part.
    fn room_vector(
        operations: usize,
        cards: usize,
        forks: usize,
        waiting: usize,
    ) -> SessionMessage {
        let card = |n| CardPosition {
            device: DeviceId::new(*position(n).actor.as_bytes()),
            number: u64::MAX,
        };
        SessionMessage::Vector(Vector {
            conversation: ConversationId::new([1; 32]),
            positions: (0..VECTOR_ACTORS_MAX).map(position).collect(),
            control: Some(ControlVector {
                locator: (0..operations).map(|n| position(n).head).collect(),
                cards: (0..cards).map(card).collect(),
                rest: Some([7; 32].into()),
            }),
            forks: (0..forks)
                .map(|n| ForkPosition {
                    actor: position(n).actor,
                    through: u64::MAX,
                })
                .collect(),
            waiting: (0..waiting).map(position).collect(),
        })
    }

    #[test]
    fn the_largest_vector_of_a_room_fits_a_message_and_one_more_of_anything_is_refused() {
        let largest = room_vector(
            CONTROL_LOCATOR_MAX,
            CARDS_MAX,
            FORKS_TOLD_MAX,
            WAITING_TOLD_MAX,
        );
        assert!(largest.to_bytes().len() <= NOISE_PLAINTEXT_BYTES_MAX);
        assert_eq!(reread(&largest), Ok(largest));
        for over in [
            room_vector(CONTROL_LOCATOR_MAX + 1, 0, 0, 0),
            room_vector(0, CARDS_MAX + 1, 0, 0),
            room_vector(0, 0, FORKS_TOLD_MAX + 1, 0),
            room_vector(0, 0, 0, WAITING_TOLD_MAX + 1),
        ] {
            assert!(matches!(reread(&over), Err(DecodeError::TooLong { .. })));
        }
    }

    #[test]
    fn a_control_message_with_as_many_cards_as_may_be_is_read_and_with_one_more_is_not() {
        let of = |cards: usize, addresses: usize| {
            let introduction = Introduction {
                card: Vec::new().into(),
                addresses: vec![String::new(); addresses],
            };
            reread(&SessionMessage::Control(Control {
                conversation: ConversationId::new([1; 32]),
                cards: vec![introduction; cards],
                operations: Vec::new(),
            }))
        };
        assert!(of(CARDS_MAX, ADDRESSES_MAX).is_ok());
        assert!(of(CARDS_MAX + 1, 0).is_err());
        assert!(of(1, ADDRESSES_MAX + 1).is_err());
    }

    #[test]
    fn a_typing_signal_is_its_number_and_a_conversation_and_one_of_the_next_number_is_none() {
        let signal = SessionMessage::Typing(ConversationId::new([7; 32]));
        let bytes = [&[0x82, 10, 0x81, 0x58, 32], [7; 32].as_slice()].concat();
        assert_eq!(*signal.to_bytes(), bytes);
        assert_eq!(SessionMessage::from_bytes(&bytes), Ok(signal));
        let next = [&[0x82, 11, 0x81, 0x58, 32], [7; 32].as_slice()].concat();
        assert!(SessionMessage::from_bytes(&next).is_err());
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
    fn the_longest_ask_fits_a_message_and_one_stretch_more_is_refused() {
        let ask = |stretches: usize| {
            let stretches = (0..stretches).map(|n| Stretch {
                actor: position(n).actor,
                after: u64::MAX,
                through: u64::MAX,
            });
            SessionMessage::Ask(ConversationId::new([1; 32]), stretches.collect())
        };
        let longest = ask(STRETCHES_MAX);
        assert!(longest.to_bytes().len() <= NOISE_PLAINTEXT_BYTES_MAX);
        assert_eq!(reread(&longest), Ok(longest));
        assert_eq!(
            reread(&ask(STRETCHES_MAX + 1)),
            Err(DecodeError::TooLong {
                bytes: STRETCHES_MAX + 1,
                limit: STRETCHES_MAX
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
