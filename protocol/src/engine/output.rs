//! What comes out of the engine: changes to make durable, effects that wait for them, and what it
//! says of its state.

use crate::id::{
    ActorId, ConversationId, DeviceId, EnvelopeId, OperationId, PersonId, RequestId, Tag,
    TransportId,
};
use crate::operation::Operation;
use crate::record::{Alarm, Change, Outcome};
use crate::session::Hello;
use crate::time::Monotonic;

use super::{CommandError, JoinEnd};

macro_rules! number {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a number.
            #[must_use]
            pub const fn new(number: u64) -> Self {
                Self(number)
            }

            /// The number.
            #[must_use]
            pub const fn as_u64(self) -> u64 {
                self.0
            }

            /// The next one.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.wrapping_add(1))
            }
        }
    };
}

number!(
    /// One call of [`Engine::handle`](crate::engine::Engine::handle).
    Step
);
number!(
    /// A stream to a peer; the driver numbers them upwards and never again.
    LinkId
);
number!(
    /// A read that the engine asked for.
    LoadId
);

/// A contact's device with a live session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Live {
    /// Which device.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// Over which peer.
    pub peer: TransportId,
    /// Whether both sides have sent all that the other lacked.
    pub caught_up: bool,
}

/// Somebody who types in a conversation at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Typist {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub person: PersonId,
    /// On which device.
    pub device: DeviceId,
}

/// One output of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Make this durable, together with everything else of its step.
    Persist(Change),
    /// Do this once the step is durable.
    Effect(Effect),
}

/// What may be opened towards a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write a frame to a link.
    Send {
        /// Which.
        link: LinkId,
        /// The frame.
        frame: Vec<u8>,
    },
    /// Close a link once everything sent on it is written.
    Close {
        /// Which.
        link: LinkId,
    },
    /// Open a link for a session to a connected peer.
    OpenSession {
        /// To whom.
        peer: TransportId,
    },
    /// Connect to an invite's maker and open a link for its join.
    ReachInviter {
        /// The pending join.
        tag: Tag,
        /// What the maker's transport id begins with when hashed.
        hint: [u8; 8],
        /// Where the maker was: multiaddrs.
        addresses: Vec<String>,
        /// Where others were to whom the maker is connected: multiaddrs. Whoever answers there may carry the join.
        relays: Vec<String>,
    },
    /// Keep a connection to a contact's device.
    Keep {
        /// Its transport id.
        peer: TransportId,
        /// Where it was: multiaddrs.
        addresses: Vec<String>,
    },
    /// Stop keeping a connection.
    Forget {
        /// To whom.
        peer: TransportId,
    },
    /// Read operations from the store and hand them back as `Loaded`.
    Load {
        /// Name to hand them back under.
        load: LoadId,
        /// Where.
        conversation: ConversationId,
        /// Whose.
        actor: ActorId,
        /// The first sequence number wanted.
        from: u64,
        /// The last.
        through: u64,
        /// How many bytes are enough.
        bytes: usize,
    },
    /// Open a link for carrying to a connected peer.
    OpenCarry {
        /// To whom.
        peer: TransportId,
    },
    /// Read envelopes from the store and hand them back as `EnvelopesLoaded`.
    LoadEnvelopes {
        /// Name to hand them back under.
        load: LoadId,
        /// Which, in this order.
        envelopes: Vec<EnvelopeId>,
        /// How many bytes are enough.
        bytes: usize,
    },
    /// Handle `Tick` at this time.
    Timer(Monotonic),
    /// Work that takes long and whose result the engine does not need.
    Compute(Job),
    /// Tell whoever listens.
    Event(Event),
    /// Answer a command.
    Reply {
        /// Which.
        request: RequestId,
        /// With what.
        result: Result<Outcome, CommandError>,
    },
}

/// Work off the send path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Job {
    /// These operations were accepted: they belong into their conversation's documents.
    Record(Vec<Operation>),
    /// Operations that had waited beyond a gap were accepted: what is open of this conversation's
    /// documents is to be built again.
    Rebuild(ConversationId),
}

/// Something that happened and is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A contact came about.
    ContactAdded {
        /// Who.
        person: PersonId,
        /// By which invite or join.
        tag: Tag,
    },
    /// A contact is held off until their safety words are compared again.
    Alarmed {
        /// Who.
        person: PersonId,
        /// Why.
        alarm: Alarm,
    },
    /// A join of ours ended without an answer.
    JoinEnded {
        /// Which join.
        tag: Tag,
        /// How.
        end: JoinEnd,
    },
    /// A message was stored.
    Stored {
        /// Where.
        conversation: ConversationId,
        /// Which.
        message: OperationId,
    },
    /// Messages of a conversation changed their state.
    DeliveryChanged {
        /// Where.
        conversation: ConversationId,
    },
    /// A live session with a contact's device came up.
    SessionOpened {
        /// Whose.
        person: PersonId,
        /// Which.
        device: DeviceId,
        /// Over which peer.
        peer: TransportId,
    },
    /// The last live session with a contact's device is gone.
    SessionClosed {
        /// Whose.
        person: PersonId,
        /// Which.
        device: DeviceId,
    },
    /// A contact's device has sent everything we lacked, and has been sent what it lacked.
    CaughtUp {
        /// Whose.
        person: PersonId,
    },
    /// Our person was admitted to a room, and is asked whether to take part.
    Invited {
        /// Which room.
        conversation: ConversationId,
    },
    /// A room has other members, roles or another title, or our place in it changed.
    RoomChanged {
        /// Which room.
        conversation: ConversationId,
    },
    /// A chain is proven not to be one; it ends where that begins, for everybody.
    Forked {
        /// Where.
        conversation: ConversationId,
        /// Whose chain.
        actor: ActorId,
    },
    /// This device's own chain was continued elsewhere, which is proven: this profile is older
    /// than what the other side holds.
    OwnFork {
        /// Where.
        conversation: ConversationId,
    },
    /// Somebody types in a conversation, or no longer does: they wrote it, or said nothing more of
    /// it, or are not to be shown. Nothing of this is durable.
    Typing {
        /// Where.
        conversation: ConversationId,
        /// Who.
        person: PersonId,
        /// On which device.
        device: DeviceId,
        /// Which of the two.
        typing: bool,
    },
    /// A contact's device speaks no version of the session protocol that is spoken here.
    OtherVersion {
        /// Whose.
        person: PersonId,
        /// What it speaks.
        theirs: Hello,
    },
    /// A peer broke the protocol; its link was closed.
    Misbehaved {
        /// Which.
        peer: TransportId,
        /// How, for the log.
        how: String,
    },
}
