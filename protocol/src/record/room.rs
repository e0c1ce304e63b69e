//! What is kept of a room: its control operations, and what they came to.

use crate::id::{ConversationId, OperationId, PersonId};
use crate::operation::SignedOperation;
use crate::room::{Author, Deed, Role};

/// A control operation that is held, void or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ControlRecord {
    /// Where.
    pub conversation: ConversationId,
    /// Who wrote it, with a device whose card was verified.
    pub author: Author,
    /// The operation; verified before it was stored, and again when read back.
    pub operation: SignedOperation,
}

/// Where our person stands in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomStanding {
    /// Admitted, by somebody whose invitation is not accepted by itself; nothing is exchanged yet.
    Invited,
    /// A member.
    Joined,
    /// A member until they left.
    Left,
    /// A member until somebody removed them, or until it turned out that nobody could admit them.
    Removed,
}

/// A member of a room, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberRecord {
    /// Who.
    pub person: PersonId,
    /// What they may do; an heir counts as an admin.
    pub role: Role,
    /// The name they give themselves: untrusted text, empty while none of their devices is known.
    pub name: String,
}

/// What a room's control operations came to: what is shown of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomRecord {
    /// Which.
    pub conversation: ConversationId,
    /// Where our person stands in it.
    pub standing: RoomStanding,
    /// Its title: untrusted text.
    pub title: String,
    /// Seconds after which what is written now disappears; absent: it stays.
    pub disappears_after: Option<u32>,
    /// Who admitted our person; absent in a room of our own.
    pub invited_by: Option<PersonId>,
    /// The members, ascending by person; ourselves among them while we are one.
    pub members: Vec<MemberRecord>,
    /// Whether an admin wrote something that only a newer version understands.
    pub needs_newer_version: bool,
}

/// What is told of a room otherwise than before: what was done to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedsRecord {
    /// Which.
    pub conversation: ConversationId,
    /// What is told now, each in place of what was told of the same operation.
    pub told: Vec<Deed>,
    /// The operations of which nothing is told any more.
    pub untold: Vec<OperationId>,
}

impl DeedsRecord {
    /// How many it is about.
    #[must_use]
    pub const fn deeds(&self) -> usize {
        self.told.len().saturating_add(self.untold.len())
    }
}
