//! Rooms: who is in one, by the control operations that its members wrote.
//!
//! ```text
//!  verified operations, in any order
//!        |  ControlOperation::read
//!        v
//!  ControlLog   a causal DAG: parents and previous   --resolve-->   Membership
//! ```
//!
//! Invariants
//! - Membership is a function of the set of operations alone: neither of the order in which they
//!   came, nor of any clock.
//! - Nothing leaves the log. An operation without effect is void, and may gain its effect, or
//!   another lose it, when more arrives.
//! - Authority comes down: nobody ends or lowers an admission that is senior to their own.

mod body;
mod log;
mod membership;
mod operation;
mod resolution;
mod seniority;
mod set;

pub use body::{
    AddBody, AdmissionCut, ControlBody, CreateBody, DeviceCut, DeviceRevokedBody, LeaveBody,
    RemoveBody, Role, RoleBody, SettingsBody, TitleBody,
};
pub use log::{ControlLog, Inserted};
pub use membership::{AdmissionState, Cut, Member, Membership, Refusal, Standing};
pub use operation::{Author, ControlOperation};

use crate::id::OperationId;
use crate::wire::limits::{
    CONTROL_OPERATIONS_MAX, CONTROL_OPERATIONS_PER_ACTOR_MAX, CONTROL_OPERATIONS_WAITING_MAX,
    NAME_CHARACTERS_MAX,
};

/// Why a control operation is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Content, where control is expected.
    #[error("content where a control operation is expected")]
    Content,
    /// A title that is empty or too long.
    #[error("a title must have 1 to {NAME_CHARACTERS_MAX} characters: choose another")]
    Title,
    /// A list with more entries than allowed.
    #[error("{entries} entries where at most {entries_max} are allowed")]
    TooMany {
        /// How many there are.
        entries: usize,
        /// How many there may be.
        entries_max: usize,
    },
    /// A list out of order, with repetitions, or with a sequence number 0.
    #[error("control operation with a list out of order")]
    List,
    /// Its actor is not the one that its author has in this room.
    #[error("control operation by another than its author")]
    Author,
    /// A Create that does not fit the room's id.
    #[error("control operation that creates another room than its own")]
    Create,
    /// Of another room.
    #[error("control operation of another room")]
    Room,
    /// The operation it names as previous is not its actor's previous one.
    #[error("control operation with an impossible place in its chain")]
    Chain,
    /// What admitted its author is not among what it builds on, or admitted somebody else.
    #[error("control operation by someone who was not admitted before it")]
    Admission,
    /// The room is full.
    #[error("the room has {CONTROL_OPERATIONS_MAX} control operations and takes no more")]
    RoomFull,
    /// The actor has written all it may.
    #[error(
        "a device has written {CONTROL_OPERATIONS_PER_ACTOR_MAX} control operations and may write no more"
    )]
    ActorFull,
    /// Too many wait for what has not arrived.
    #[error("{CONTROL_OPERATIONS_WAITING_MAX} control operations wait for others; {0} is not kept")]
    WaitingFull(OperationId),
}

#[cfg(test)]
mod tests;
