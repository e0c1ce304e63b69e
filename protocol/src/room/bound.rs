//! Bounds: a place of a chain that a control operation names, in case nobody ever wrote so far.
//!
//! Invariants
//! - Whether an operation lies within a bound is a question about the chain and the bound alone.

use crate::id::OperationId;
use crate::time::LogicalTime;

/// A place of a chain, as a control operation names it: who wrote that may have made it up. If it is
/// there, the bound reaches up to it; else as far towards it as the control operation's own logical time,
/// so that nothing lies within it that was written long afterwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// The sequence number there.
    pub seq: u64,
    /// The operation there.
    pub head: OperationId,
    /// The logical time of who names it.
    pub until: LogicalTime,
}

impl Bound {
    /// Whether an operation lies within it that comes before the place it names, or with one that is not
    /// there.
    #[must_use]
    pub fn covers(&self, seq: u64, logical: LogicalTime) -> bool {
        seq <= self.seq && logical <= self.until
    }

    /// Whether this is the operation that it names.
    #[must_use]
    pub fn names(&self, seq: u64, id: OperationId) -> bool {
        (seq, id) == (self.seq, self.head)
    }
}
