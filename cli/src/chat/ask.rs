//! What an interface asks of the node.
//!
//! Invariants
//! - Whatever one cannot do twice without noticing is in one's own words here, to be given back if it was not done.

use std::path::{Path, PathBuf};

use tidings_node::api::{History, Role};
use tidings_node::{ConversationId, JoinId, OperationId, PersonId};

use super::{Action, Place};

/// Which of several like questions is meant: whoever asks counts them, and passes over an answer to any but the last.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket(u64);

impl Ticket {
    /// The one after it.
    #[must_use]
    pub(crate) const fn next(self) -> Self {
        Self(self.0.wrapping_add(1))
    }
}

/// From where in a conversation a page goes. What was done to it is on the page, and has places like messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Anchor {
    /// Back from its end.
    Newest,
    /// Back from its end, so many messages, with whatever was done between and after them.
    NewestMessages,
    /// Back from this message, which is not in it.
    Before(OperationId),
    /// On from this message, which is not in it.
    After(OperationId),
    /// What stands around this message, which is in it.
    Around(OperationId),
}

/// Something to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Ask {
    /// What stands in a conversation.
    Page {
        ticket: Ticket,
        place: Place,
        anchor: Anchor,
        /// How many at most.
        limit: u32,
    },
    /// Messages that fit a query, which may say in which conversation.
    Search {
        ticket: Ticket,
        query: String,
        /// How many at most, those stored last.
        limit: u32,
    },
    /// Store a message and have it delivered.
    Send {
        place: Place,
        text: String,
        reply_to: Option<OperationId>,
    },
    /// Give an own message another text.
    Edit {
        place: Place,
        message: OperationId,
        text: String,
    },
    /// Delete a message, for everybody or on this device alone.
    Delete {
        place: Place,
        message: OperationId,
        for_me: bool,
    },
    /// Put an emoji on a message, or take it off.
    React {
        place: Place,
        message: OperationId,
        emoji: String,
        remove: bool,
    },
    /// Hold a message up for everybody, or no longer.
    Pin {
        place: Place,
        message: OperationId,
        pinned: bool,
    },
    /// Give up delivering an own message.
    Cancel { place: Place, message: OperationId },
    /// Mark messages as read, however many they are.
    MarkRead(Vec<OperationId>),
    /// Mark as read all that is unread there, whether it is here or not.
    ReadAll(Place),
    /// Which of these are there no longer.
    Gone(Vec<OperationId>),
    /// Which of these messages of others were marked as read: so many, from one on.
    Read {
        place: Place,
        from: OperationId,
        count: u32,
    },
    /// What is kept of what was begun there, which was last known as this.
    Draft { place: Place, known: String },
    /// How far an own message has come with each person.
    Deliveries(OperationId),
    /// The messages that are pinned there.
    Pinned(Place),
    /// Keep what was begun there; empty: nothing is.
    SetDraft { place: Place, text: String },
    /// After how many seconds disappears what is written there from now on.
    SetLifetime { place: Place, seconds: Option<u32> },
    /// What is wanted of a conversation on this device; what is absent stays as it is.
    Prefer {
        place: Place,
        muted: Option<bool>,
        archived: Option<bool>,
        read_receipts: Option<bool>,
    },
    /// Say that one types there.
    Type(Place),
    /// All conversations.
    Conversations,
    /// Make a room.
    CreateRoom { title: String, with: Vec<PersonId> },
    /// Change a room, or one's part in it.
    Room(ConversationId, RoomChange),
    /// All contacts.
    Contacts,
    /// Somebody's safety words.
    SafetyWords(PersonId),
    /// Mark somebody as verified, whose words these are.
    Verify { person: PersonId, words: String },
    /// Give a contact a name of one's own.
    Rename { person: PersonId, name: String },
    /// Block a contact, or no longer.
    Block { person: PersonId, blocked: bool },
    /// Make a code that one person can use.
    Invite,
    /// Who uses a code, once somebody does.
    AwaitUse(String),
    /// Use a code, and wait a while for whoever made it.
    Join(String),
    /// Give up a join that nobody has answered.
    CancelJoin(JoinId),
    /// Who we are.
    Identity,
    /// How the node does.
    Status,
    /// Whether all is well, everywhere or with one conversation.
    Doctor(Option<Place>),
    /// Write what is carried to files, or take what is in some.
    Bundle {
        way: Way,
        /// As somebody typed it.
        typed: String,
        /// The same from the root on.
        path: PathBuf,
    },
    /// What is being written and taken now.
    Transfers,
    /// Write or take no more of something.
    CancelTransfer(u64),
}

/// Whether what is carried goes out into files, or comes in from them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Way {
    /// Out.
    Export,
    /// In.
    Import,
}

impl Way {
    /// Where an action leads, if it is one of these.
    pub(crate) fn of(action: Action) -> Option<Self> {
        let mut all = [Self::Export, Self::Import].into_iter();
        all.find(|way| way.action() == action)
    }

    /// What leads to it.
    pub(crate) const fn action(self) -> Action {
        match self {
            Self::Export => Action::Export,
            Self::Import => Action::Import,
        }
    }
}

/// What to do about a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RoomChange {
    /// Take part upon an invitation.
    Accept,
    /// Take part no longer, or turn the invitation down.
    Leave,
    /// Give it another title.
    Rename(String),
    /// Make a contact a member.
    Invite { member: PersonId, history: History },
    /// Take a member out.
    Remove(PersonId),
    /// Say what a member may do.
    SetRole { member: PersonId, role: Role },
}

/// When an ask is carried out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Turn {
    /// After those before it that change, or ask for, what can be changed of the same conversation.
    After(Place),
    /// At once, in place of the one before it.
    InPlaceOf(Slot),
    /// At once.
    Any,
}

/// What can be asked for anew before it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Slot {
    /// The end of a conversation: another one is opened.
    Newest,
    /// What is further back.
    Before,
    /// What is further on.
    After,
    /// What fits a query.
    Search,
    /// Who uses a code: whoever used an older one is in the list of contacts, which is asked for anyway.
    Use,
}

impl Ask {
    /// When it is carried out.
    pub(super) const fn turn(&self) -> Turn {
        match self {
            Self::Send { place, .. }
            | Self::Edit { place, .. }
            | Self::Delete { place, .. }
            | Self::React { place, .. }
            | Self::Pin { place, .. }
            | Self::Cancel { place, .. }
            | Self::Draft { place, .. }
            | Self::SetDraft { place, .. }
            | Self::SetLifetime { place, .. }
            | Self::Prefer { place, .. } => Turn::After(*place),
            Self::Room(room, _) => Turn::After(Place::Room(*room)),
            Self::Page { anchor, .. } => Turn::InPlaceOf(match anchor {
                Anchor::Newest | Anchor::NewestMessages | Anchor::Around(_) => Slot::Newest,
                Anchor::Before(_) => Slot::Before,
                Anchor::After(_) => Slot::After,
            }),
            Self::Search { .. } => Turn::InPlaceOf(Slot::Search),
            Self::AwaitUse(_) => Turn::InPlaceOf(Slot::Use),
            Self::MarkRead(_)
            | Self::ReadAll(_)
            | Self::Gone(_)
            | Self::Deliveries(_)
            | Self::Pinned(_)
            | Self::Read { .. }
            | Self::Type(_)
            | Self::Conversations
            | Self::CreateRoom { .. }
            | Self::Contacts
            | Self::SafetyWords(_)
            | Self::Verify { .. }
            | Self::Rename { .. }
            | Self::Block { .. }
            | Self::Invite
            | Self::Join(_)
            | Self::CancelJoin(_)
            | Self::Identity
            | Self::Status
            | Self::Doctor(_)
            | Self::Bundle { .. }
            | Self::Transfers
            | Self::CancelTransfer(_) => Turn::Any,
        }
    }

    /// Whether it may wait for somebody else for long, so that nobody should wait for it.
    pub(crate) const fn is_long(&self) -> bool {
        matches!(
            self,
            Self::AwaitUse(_) | Self::Join(_) | Self::Doctor(_) | Self::Bundle { .. }
        )
    }

    /// Which files it writes or takes, for as long as that lasts.
    pub(crate) fn transfer(&self) -> Option<(Way, &Path)> {
        if let Self::Bundle { way, path, .. } = self {
            Some((*way, path))
        } else {
            None
        }
    }

    /// The conversation whose changes it waits for, if it waits for them.
    pub(crate) const fn place(&self) -> Option<Place> {
        match self.turn() {
            Turn::After(place) => Some(place),
            Turn::InPlaceOf(_) | Turn::Any => None,
        }
    }

    /// What was written, which is nowhere else while this is not done.
    pub(crate) fn written(&self) -> Option<&str> {
        if let Self::Send { text, .. } | Self::Edit { text, .. } = self {
            Some(text)
        } else {
            None
        }
    }
}
