//! A conversation's Automerge documents: what every replica builds, identically, from the
//! operations it has accepted.
//!
//! ```text
//! root --- o -+- 00 .. 3f -+- <operation id> = [kind, logical, wall, target, body commitment]
//!                (buckets: the id's first six bits)
//! ```
//!
//! Invariants
//! - A document is a pure function of the accepted operations of its segment: any interleaving of
//!   the actors, each in its own order, ends in equal heads.
//! - No Automerge bytes of a peer reach the library; every change is built here, and what the
//!   library would panic on is refused before it is called.
//! - Every key has a single writer, and each change depends on its own actor's previous one in
//!   that document, else on the genesis. Readers pick winners by (logical time, wall time, id).
//! - Bodies are never inside, only the commitment to them.
//! - The mapping operation -> change is frozen by [`LAYOUT`] and its golden vectors. A kind without
//!   a place in the layout contributes no change, on every replica; giving it one is a new layout.

mod documents;
mod layout;
mod segment;
mod snapshot;

#[cfg(test)]
mod tests;

pub use documents::{Documents, heads_digest};
pub use layout::LAYOUT;
pub use segment::SegmentDocument;

use crate::id::{ActorId, ConversationId, OperationId};
use crate::operation::{Kind, Operation};
use crate::time::{LogicalTime, WallTime};

/// Automerge's name of a change, one of a document's heads.
pub type Head = [u8; 32];

/// What of an accepted operation enters a document: its header's fields, never its body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The operation.
    pub id: OperationId,
    /// Whose chain it is in.
    pub actor: ActorId,
    /// Its place in that chain.
    pub seq: u64,
    /// What it is.
    pub kind: Kind,
    /// Its logical time, which names its segment.
    pub logical: LogicalTime,
    /// What its author's clock showed.
    pub wall: WallTime,
    /// The operation it replies to or acts on, where its kind has one.
    pub target: Option<OperationId>,
    /// Commitment to its body.
    pub body: [u8; 32],
}

impl From<&Operation> for Accepted {
    fn from(operation: &Operation) -> Self {
        let header = operation.header();
        Self {
            id: operation.id(),
            actor: header.actor,
            seq: header.seq,
            kind: header.kind,
            logical: header.logical,
            wall: header.wall,
            target: header.target,
            body: header.body.into(),
        }
    }
}

/// An operation as a document holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorded {
    /// The operation.
    pub id: OperationId,
    /// What it is.
    pub kind: Kind,
    /// Its logical time.
    pub logical: LogicalTime,
    /// What its author's clock showed.
    pub wall: WallTime,
    /// The operation it replies to or acts on.
    pub target: Option<OperationId>,
    /// Commitment to its body.
    pub body: [u8; 32],
}

/// Why a document stays as it is. Shows no id whole: it goes into logs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DocumentError {
    /// The operation's logical time lies in another segment.
    #[error("an operation of segment {found} was given to the document of segment {segment}")]
    ForeignSegment {
        /// The document's segment.
        segment: u64,
        /// The operation's segment.
        found: u64,
    },
    /// The document has this operation of the actor, or a later one, already.
    #[error("operation {seq} of {actor:?} is not after {last}, which the document has already")]
    Repeated {
        /// The author.
        actor: ActorId,
        /// The refused place in its chain.
        seq: u64,
        /// The last place that the document has.
        last: u64,
    },
    /// The actor's logical time does not advance.
    #[error("operation {seq} of {actor:?} is not later than the one before it")]
    NotLater {
        /// The author.
        actor: ActorId,
        /// The refused place in its chain.
        seq: u64,
    },
    /// The segment's document is closed: rebuild it from the stored operations (this one is among
    /// them) and add it.
    #[error("the document of segment {segment} is not open; rebuild it from the stored operations")]
    NotOpen {
        /// The segment.
        segment: u64,
    },
    /// As many documents are open as may be: close one first.
    #[error("{max} documents of this conversation are open already; close one first")]
    TooManyOpen {
        /// How many may be.
        max: usize,
    },
    /// The document or snapshot is of another conversation or segment.
    #[error("the document is not of conversation {conversation:?}, segment {segment}")]
    Foreign {
        /// The conversation that was expected.
        conversation: ConversationId,
        /// The segment that was expected.
        segment: u64,
    },
    /// The snapshot was made with another layout: rebuild from the stored operations.
    #[error("the snapshot has layout {found}, not {LAYOUT}; rebuild it from the stored operations")]
    SnapshotLayout {
        /// The snapshot's layout.
        found: u16,
    },
    /// The snapshot is not what was saved: rebuild from the stored operations.
    #[error("the snapshot is damaged; rebuild it from the stored operations")]
    SnapshotDamaged,
    /// The library refused a change of our own making: discard the document and rebuild it.
    #[error("the document could not be changed ({reason}); rebuild it from the stored operations")]
    Library {
        /// The library's words.
        reason: String,
    },
}
