//! Rooms: who is in one, by the control operations that its members wrote.
//!
//! ```text
//!  verified operations, in any order
//!        |  ControlOperation::read
//!        v
//!  Intake       is there room for it?
//!        v
//!  ControlLog   a causal DAG: parents and previous   --resolve-->   Membership   --> Deeds
//! ```
//!
//! Invariants
//! - Membership is a function of the set of operations alone: neither of the order in which they
//!   came, nor of any clock.
//! - Nothing leaves the log. An operation without effect is void, and may gain its effect, or
//!   another lose it, when more arrives.
//! - What the log refuses it refuses for itself and its own past; what the intake passes over for want of
//!   room had no effect, or is taken as soon as somebody with authority builds on it.
//! - Authority comes down: nobody ends or lowers an admission that is senior to their own.

mod body;
mod bound;
mod budget;
mod check;
mod deeds;
#[cfg(test)]
pub(crate) mod effort;
mod intake;
mod log;
mod membership;
mod operation;
mod parents;
mod resolution;
mod seniority;
mod set;
mod title;
mod words;

pub use body::{
    AddBody, AdmissionCut, ControlBody, CreateBody, DeviceCut, DeviceRevokedBody, LeaveBody,
    RemoveBody, Role, RoleBody, SettingsBody, TitleBody,
};
pub use bound::Bound;
pub use deeds::{Deed, DeedKind};
pub use intake::Intake;
pub use log::ControlLog;
pub use membership::{AdmissionState, Cut, Member, Membership, Refusal, Standing};
pub use operation::{Author, ControlOperation};

use crate::wire::limits::{
    CONTROL_BODY_BYTES_MAX, CONTROL_SEQ_MAX, CONTROL_UNBACKED_PER_ADMISSION_MAX,
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
    /// A list out of order, with repetitions, or with a sequence number that no operation has.
    #[error("control operation with a list out of order, or with impossible numbers")]
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
    /// A body that is longer than any of its kind need be.
    #[error(
        "control operation with a body of {bytes} bytes, where {CONTROL_BODY_BYTES_MAX} are allowed"
    )]
    Body {
        /// How long it is.
        bytes: usize,
    },
    /// What it builds on is not held.
    #[error("control operation that builds on something that is not here")]
    Causes,
    /// Its logical time does not follow what it builds on, or is far beyond that.
    #[error("control operation with an impossible logical time")]
    Logical,
    /// It needs authority, and nothing that it builds on can have given its author any.
    #[error("control operation by someone to whom nothing before it gives the right")]
    Authority,
    /// Without authority, it builds on more than its author's admission and what is written under it.
    #[error("control operation without authority that builds on what others wrote")]
    Parents,
    /// The room has no more room for what its author may write.
    #[error("this room is full of changes and takes no more of yours: make another")]
    RoomFull,
    /// The actor has written all it may.
    #[error("a device has made {CONTROL_SEQ_MAX} changes in this room and may make no more")]
    ActorFull,
    /// The admission has all that may be written under it without authority.
    #[error(
        "you have made {CONTROL_UNBACKED_PER_ADMISSION_MAX} changes in this room that need no admin, and may make no more"
    )]
    AdmissionFull,
}

#[cfg(test)]
mod tests;
