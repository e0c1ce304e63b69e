//! The parameters of the methods that make rooms, or change them.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::RequestId;

use super::Who;
use crate::api::Role;

/// Makes a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateRoom {
    /// The client's name for this request.
    pub request: RequestId,
    /// Its title: 1 to 64 characters on one line.
    pub title: String,
    /// The contacts who are members at once.
    #[serde(default)]
    pub with: Vec<Who>,
}

/// Takes part in a room, upon an invitation that waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AcceptRoom {
    /// The client's name for this request.
    pub request: RequestId,
    /// Which room.
    pub who: Who,
}

/// What a new member gets of what was written before.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum History {
    /// All of it.
    #[default]
    All,
    /// Nothing: what is written from now on.
    New,
}

/// Makes a contact a member of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InviteMember {
    /// The client's name for this request.
    pub request: RequestId,
    /// Of which room.
    pub who: Who,
    /// Which contact.
    pub member: Who,
    /// What they get of what was written before.
    #[serde(default)]
    pub history: History,
}

/// Takes somebody out of a room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RemoveMember {
    /// The client's name for this request.
    pub request: RequestId,
    /// Out of which room.
    pub who: Who,
    /// The member's name, or the start of their id.
    pub member: Who,
}

/// Says what a member of a room may do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetRole {
    /// The client's name for this request.
    pub request: RequestId,
    /// In which room.
    pub who: Who,
    /// The member's name, or the start of their id.
    pub member: Who,
    /// What.
    pub role: Role,
}

/// Gives a room another title, for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RenameRoom {
    /// The client's name for this request.
    pub request: RequestId,
    /// Which room.
    pub who: Who,
    /// Its title: 1 to 64 characters on one line.
    pub title: String,
}

/// Takes part in a room no longer, or turns an invitation down.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeaveRoom {
    /// The client's name for this request.
    pub request: RequestId,
    /// Which room.
    pub who: Who,
}
