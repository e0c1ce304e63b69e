//! What goes into the engine: facts and commands.

use std::fmt;
use std::time::Duration;

use super::{LinkId, LoadId};
use crate::carry::{CarriedEnvelope, NoticeKind, Quotas};
use crate::id::ActorId;
use crate::id::{
    ConversationId, DeviceId, EnvelopeId, OperationId, PersonId, RequestId, Tag, TransportId,
};
use crate::operation::{Content, SignedOperation};
use crate::record::{Acceptance, NetworkChoice};
use crate::room::Role;

/// Why a link was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LinkPurpose {
    /// A peer opened it for a live session.
    IncomingSession,
    /// A peer opened it to use an invite.
    IncomingJoin,
    /// We opened it for a live session.
    Session,
    /// We opened it to use the invite of this pending join.
    Join(Tag),
    /// A peer opened it to compare what is carried.
    IncomingCarry,
    /// We opened it to compare what is carried.
    Carry,
}

/// What our person may want of a conversation; see [`PreferencesRecord`].
///
/// [`PreferencesRecord`]: crate::record::PreferencesRecord
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preference {
    /// Whether it is muted.
    Muted(bool),
    /// Whether it is put away.
    Archived(bool),
    /// Whether others learn what was read in it.
    ReadReceipts(bool),
}

/// What our person may choose for the whole profile; see [`SettingsRecord`].
///
/// [`SettingsRecord`]: crate::record::SettingsRecord
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// Whose invitations to rooms are accepted by themselves.
    RoomsAccept(Acceptance),
    /// Whether what is said nearby is shown, kept and passed on.
    Nearby(bool),
    /// What nodes do with networks from their next start on.
    Network(NetworkChoice),
}

/// What may be done to a room, or to our place in it.
///
/// Prints what kind it is and nothing else.
#[derive(Clone, PartialEq, Eq)]
pub enum RoomChange {
    /// Take part, upon an invitation that waits.
    Accept,
    /// Admit a contact as a member.
    Add {
        /// Whom.
        person: PersonId,
        /// Whether they get what was written before.
        whole_history: bool,
    },
    /// End every admission of somebody else.
    Remove {
        /// Whose.
        person: PersonId,
    },
    /// Say what a member may do.
    Role {
        /// Who.
        person: PersonId,
        /// What.
        role: Role,
    },
    /// Name the room.
    Title {
        /// The title.
        title: String,
    },
    /// Say how long what is written from now on stays.
    Lifetime {
        /// Seconds; absent: for ever.
        seconds: Option<u32>,
    },
    /// Take part no longer, or turn an invitation down.
    Leave,
}

impl fmt::Debug for RoomChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "Accept",
            Self::Add { .. } => "Add",
            Self::Remove { .. } => "Remove",
            Self::Role { .. } => "Role",
            Self::Title { .. } => "Title",
            Self::Lifetime { .. } => "Lifetime",
            Self::Leave => "Leave",
        })
    }
}

/// Something that a person asks for. Whom it concerns is already resolved.
///
/// Prints what kind it is and nothing else: it holds texts, names and codes.
#[derive(Clone, PartialEq, Eq)]
pub enum Command {
    /// Make an invite.
    MakeInvite {
        /// How long it is answered.
        expires_in: Duration,
        /// Whether more than one person may use it.
        reusable: bool,
    },
    /// Use an invite code.
    Join {
        /// The code as typed.
        code: String,
    },
    /// Give up a join of ours that waits for its answer.
    CancelJoin {
        /// Which join.
        tag: Tag,
    },
    /// Write a message, or what changes one. Whether it may be changed is checked already.
    Write {
        /// Where.
        conversation: ConversationId,
        /// The operation it replies to or acts on.
        target: Option<OperationId>,
        /// What.
        content: Content,
        /// Whether carriers are to take it before other messages.
        urgent: bool,
    },
    /// Show a message no longer on this device.
    DropForMe {
        /// Which.
        message: OperationId,
    },
    /// Give up delivering an own message.
    Cancel {
        /// Where.
        conversation: ConversationId,
        /// As which of our actors it was written.
        actor: ActorId,
        /// Its sequence number.
        seq: u64,
        /// Which.
        message: OperationId,
    },
    /// Mark others' messages as read.
    MarkRead {
        /// Where.
        conversation: ConversationId,
        /// Which of whose, as ranges of sequence numbers.
        read: Vec<(ActorId, Vec<(u64, u64)>)>,
    },
    /// Take over what our person wants of a conversation.
    Prefer {
        /// Of which.
        conversation: ConversationId,
        /// What.
        preferences: Vec<Preference>,
    },
    /// Choose something for the whole profile.
    Set(Setting),
    /// Have another transport key from the next start on.
    RotateTransport,
    /// Keep what our person has begun to write in a conversation.
    Draft {
        /// Which.
        conversation: ConversationId,
        /// The text so far; empty: there is none any more.
        text: String,
    },
    /// Take what somebody brought in a bundle. To the last part of it the reply comes once all is read that it turned out
    /// to hold for us, and who wrote that is told so: after it, what is carried may be taken along. With nothing in
    /// it, it does so for what came otherwise.
    Bring {
        /// Envelopes.
        envelopes: Vec<CarriedEnvelope>,
        /// Preimages of purge hashes.
        purges: Vec<[u8; 32]>,
        /// Whether that is all.
        is_last: bool,
    },
    /// Say something to whoever is near.
    Post {
        /// Of which kind.
        kind: NoticeKind,
        /// By which name; absent: our person's.
        name: Option<String>,
        /// What.
        text: String,
    },
    /// Say to those who are there that our person types in a conversation right now.
    Typing {
        /// Which.
        conversation: ConversationId,
    },
    /// Make a room.
    MakeRoom {
        /// Its title.
        title: String,
        /// The contacts who are admitted at once.
        members: Vec<PersonId>,
    },
    /// Change a room, or our place in it.
    ChangeRoom {
        /// Which.
        conversation: ConversationId,
        /// How.
        change: RoomChange,
    },
    /// Note that a contact's safety words were compared and fit.
    VerifyContact {
        /// Whose.
        person: PersonId,
        /// The devices that the words covered, ascending.
        devices: Vec<DeviceId>,
    },
    /// Give a contact a name of ours.
    RenameContact {
        /// Whom.
        person: PersonId,
        /// The name.
        name: String,
    },
    /// Block or unblock a contact.
    BlockContact {
        /// Whom.
        person: PersonId,
        /// Which of the two.
        blocked: bool,
    },
}

impl Command {
    /// Whether its outcome is kept, so that a retry has its effect once. That of a signal, which is
    /// over in a moment, is not, nor that of what has its effect once by itself.
    #[must_use]
    pub const fn is_kept(&self) -> bool {
        !matches!(self, Self::Typing { .. } | Self::Bring { .. })
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::MakeInvite { .. } => "MakeInvite",
            Self::Join { .. } => "Join",
            Self::CancelJoin { .. } => "CancelJoin",
            Self::Write { .. } => "Write",
            Self::DropForMe { .. } => "DropForMe",
            Self::Cancel { .. } => "Cancel",
            Self::MarkRead { .. } => "MarkRead",
            Self::Prefer { .. } => "Prefer",
            Self::Set(_) => "Set",
            Self::RotateTransport => "RotateTransport",
            Self::Draft { .. } => "Draft",
            Self::Bring { .. } => "Bring",
            Self::Post { .. } => "Post",
            Self::Typing { .. } => "Typing",
            Self::MakeRoom { .. } => "MakeRoom",
            Self::ChangeRoom { .. } => "ChangeRoom",
            Self::VerifyContact { .. } => "VerifyContact",
            Self::RenameContact { .. } => "RenameContact",
            Self::BlockContact { .. } => "BlockContact",
        })
    }
}

/// One input of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A person's command, under the client's name for it.
    Command {
        /// The name.
        request: RequestId,
        /// The command.
        command: Command,
    },
    /// A connection to a peer came up; the first, if there are several.
    PeerConnected {
        /// Which peer.
        peer: TransportId,
        /// Its address as seen from here.
        address: String,
        /// Whether this side dialled.
        dialed: bool,
    },
    /// The last connection to a peer is gone.
    PeerDisconnected {
        /// Which peer.
        peer: TransportId,
    },
    /// Where a device was that a connection is kept to, another peer answers: the device may have another transport
    /// key by now.
    Presumed {
        /// Who answers.
        peer: TransportId,
        /// Who is kept.
        instead_of: TransportId,
    },
    /// A link was opened.
    LinkOpened {
        /// Its name from now on.
        link: LinkId,
        /// To whom.
        peer: TransportId,
        /// Why.
        purpose: LinkPurpose,
    },
    /// A frame came in.
    Frame {
        /// On which link.
        link: LinkId,
        /// Whatever the peer sent.
        bytes: Vec<u8>,
    },
    /// A link is gone, by whosever doing.
    LinkClosed {
        /// Which.
        link: LinkId,
    },
    /// Frames handed over with `Send` were written out.
    Drained {
        /// On which link.
        link: LinkId,
        /// How many bytes of them.
        bytes: usize,
    },
    /// The maker of an invite could not be reached.
    Unreachable {
        /// Whose join is pending.
        tag: Tag,
    },
    /// A link for a session that was asked for could not be opened.
    Unopened {
        /// To whom.
        peer: TransportId,
    },
    /// What `Load` asked for; nothing if it could not be read.
    Loaded {
        /// Which load.
        load: LoadId,
        /// The operations, in order, without gaps.
        operations: Vec<SignedOperation>,
    },
    /// What `LoadEnvelopes` asked for, as far as it is there.
    EnvelopesLoaded {
        /// Which load.
        load: LoadId,
        /// The envelopes, as they travel.
        envelopes: Vec<(EnvelopeId, Vec<u8>)>,
    },
    /// A link for carrying that was asked for could not be opened.
    CarryUnopened {
        /// To whom.
        peer: TransportId,
    },
    /// How much room there is for what others bring. With none, nothing is carried and nothing sealed; so it is
    /// until this is said.
    Carry(Option<Quotas>),
    /// The addresses this device listens on changed.
    Listening {
        /// All of them: multiaddrs.
        addresses: Vec<String>,
        /// Those of them that are of use in other networks, the surest first: contacts who are elsewhere hear of them.
        far: Vec<String>,
    },
    /// A timer set by `Timer` may be due.
    Tick,
    /// The store is about to take a commit: add what was put off until then.
    Settle,
}
