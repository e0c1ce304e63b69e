//! The header of an operation: everything about it that is kept for ever.
//!
//! Invariants
//! - Encoded once, by its author; every other replica keeps those bytes.
//! - Fields it does not know do not stop a reader: they stay in the kept bytes.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::Body;
use crate::id::{ActorId, ConversationId, OperationId};
use crate::time::{LogicalTime, WallTime};
use crate::wire::limits::{CONTROL_HEADS_MAX, SEQ_MAX};

/// Version of the operation rules that this program writes and reads.
pub const OPERATION_VERSION: u16 = 1;

/// The lowest number of a control kind.
const CONTROL_FIRST: u16 = 256;

/// What an operation does. Numbers below 256 are content, from 256 control.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A message with text.
    Message,
    /// Another text for a message of its author's.
    Edit,
    /// The end of a message of its author's, for everybody.
    Delete,
    /// An emoji on a message, or taken off it.
    Reaction,
    /// Pins a message for everybody, or no longer.
    Pin,
    /// How long the messages that follow stay.
    Lifetime,
    /// Makes a room.
    Create,
    /// Admits a person.
    Add,
    /// Ends an admission of somebody else.
    Remove,
    /// Ends the author's own admission.
    Leave,
    /// Says what an admission may do.
    Role,
    /// Names the room.
    Title,
    /// Sets what holds for everybody in the room.
    Settings,
    /// Ends what one device may write.
    DeviceRevoked,
    /// A kind that needs a newer version; stored, chained and synced all the same.
    Unknown(u16),
}

impl Kind {
    /// The number that stands for this kind on the wire.
    #[must_use]
    pub const fn number(self) -> u16 {
        match self {
            Self::Message => 1,
            Self::Edit => 2,
            Self::Delete => 3,
            Self::Reaction => 4,
            Self::Pin => 5,
            Self::Lifetime => 6,
            Self::Create => 256,
            Self::Add => 257,
            Self::Remove => 258,
            Self::Leave => 259,
            Self::Role => 260,
            Self::Title => 261,
            Self::Settings => 262,
            Self::DeviceRevoked => 263,
            Self::Unknown(number) => number,
        }
    }

    /// Whether it is about the room itself: who is in it, and what it is.
    #[must_use]
    pub const fn is_control(self) -> bool {
        self.number() >= CONTROL_FIRST
    }

    /// Whether it says something of the message that is its target, and goes when that goes.
    #[must_use]
    pub const fn acts_on_message(self) -> bool {
        match self {
            Self::Edit | Self::Delete | Self::Reaction | Self::Pin => true,
            Self::Message
            | Self::Lifetime
            | Self::Create
            | Self::Add
            | Self::Remove
            | Self::Leave
            | Self::Role
            | Self::Title
            | Self::Settings
            | Self::DeviceRevoked
            | Self::Unknown(_) => false,
        }
    }

    /// The content kinds that this version knows, by their numbers.
    pub fn known_content() -> impl Iterator<Item = Self> {
        let all = (0..CONTROL_FIRST).map(Self::from);
        all.filter(|kind| !matches!(kind, Self::Unknown(_)))
    }
}

impl From<u16> for Kind {
    fn from(number: u16) -> Self {
        match number {
            1 => Self::Message,
            2 => Self::Edit,
            3 => Self::Delete,
            4 => Self::Reaction,
            5 => Self::Pin,
            6 => Self::Lifetime,
            256 => Self::Create,
            257 => Self::Add,
            258 => Self::Remove,
            259 => Self::Leave,
            260 => Self::Role,
            261 => Self::Title,
            262 => Self::Settings,
            263 => Self::DeviceRevoked,
            number => Self::Unknown(number),
        }
    }
}

impl<C> Encode<C> for Kind {
    fn encode<W: minicbor::encode::Write>(
        &self,
        encoder: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        encoder.u16(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Kind {
    fn decode(
        decoder: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        decoder.u16().map(Self::from)
    }
}

/// The signed part of an operation.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Header {
    /// Rules it was made under; [`OPERATION_VERSION`].
    #[n(0)]
    pub version: u16,
    /// What it does.
    #[n(1)]
    pub kind: Kind,
    /// Where it belongs.
    #[n(2)]
    pub conversation: ConversationId,
    /// Who wrote it.
    #[n(3)]
    pub actor: ActorId,
    /// Position in its author's chain, from 1 to [`SEQ_MAX`]. Content and control are two chains.
    #[n(4)]
    pub seq: u64,
    /// The author's previous operation; absent exactly when `seq` is 1.
    #[n(5)]
    pub prev: Option<OperationId>,
    /// The conversation's logical clock.
    #[n(6)]
    pub logical: LogicalTime,
    /// What the author's clock showed; for display, never trusted.
    #[n(7)]
    pub wall: WallTime,
    /// Seconds after which the body disappears, where the conversation has such a timer.
    #[n(8)]
    pub disappears_after: Option<u32>,
    /// The operation this one replies to or acts on, where the kind has one.
    #[n(9)]
    pub target: Option<OperationId>,
    /// Commitment to the body: BLAKE3 keyed with its salt.
    #[n(10)]
    pub body: ByteArray<32>,
    /// Length of the body in bytes.
    #[n(11)]
    pub body_bytes: u32,
    /// Of a control operation, the others that its author knew of and that no operation named
    /// before: ascending, at most [`CONTROL_HEADS_MAX`]. Content has none.
    #[n(12)]
    pub parents: Option<Vec<OperationId>>,
}

impl Header {
    /// Whether the chain fields can belong to any chain at all.
    pub(super) fn is_placed(&self) -> bool {
        match self.seq {
            0 => false,
            1 => self.prev.is_none(),
            seq => seq <= SEQ_MAX && self.prev.is_some(),
        }
    }

    /// Whether its parents are as its kind has them.
    pub(super) fn has_fitting_parents(&self) -> bool {
        match &self.parents {
            None => !self.kind.is_control(),
            Some(parents) => {
                self.kind.is_control()
                    && parents.len() <= CONTROL_HEADS_MAX
                    && parents.is_sorted_by(|one, next| one < next)
            }
        }
    }

    /// Whether `body` is the one this header commits to.
    pub(super) fn commits_to(&self, body: &Body) -> bool {
        u32::try_from(body.bytes.len()) == Ok(self.body_bytes) && body.commitment() == *self.body
    }

    /// This header, committed to `body`.
    pub(super) fn committed_to(self, body: &Body) -> Self {
        Self {
            body: body.commitment().into(),
            body_bytes: u32::try_from(body.bytes.len()).unwrap_or(u32::MAX),
            ..self
        }
    }
}
