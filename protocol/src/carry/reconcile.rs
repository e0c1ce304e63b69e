//! Reconciliation: how two who carry envelopes find out which of them each has that the other lacks.
//!
//! ```text
//!   the side that asks                                          the side that answers
//!     places its ids by a fresh salt
//!     | salt; sums of the parts of all places --------------------> places its ids by the same salt
//!     | <------------------------------------------ which parts have other sums
//!     | of each of these: sums of its parts, or what places are taken in it if they are few -->
//!     | <---------- which parts differ; or the ids that the other side lacks, and the places that
//!     |                                                     are not taken here; or: too many
//!     | and so on, as long as something differs; what an answer has no room for is asked again
//! ```
//!
//! Invariants
//! - A message takes at most [`RECONCILE_BYTES_MAX`], a reconciliation at most [`ROUNDS_MAX`] of each side, and what
//!   it finds is at most [`DIFFERENCES_MAX`].
//! - What is asked and what is answered cost time in their size, times the logarithm of what is held; the first of
//!   each side costs the sorting of all that is held, once.
//! - No id is found twice, nor one that is held found lacking. Beyond that, what the other side says is its word: it
//!   can hide what it holds, and claim what it does not.
//! - Whoever deposits envelopes cannot have those of others overlooked: where an id will be, nobody knows before the
//!   salt.

mod answering;
mod asking;
mod held;
mod message;

use crate::id::EnvelopeId;
use crate::wire::DecodeError;

pub use answering::Answering;
pub use asking::Asking;

/// One message, of either side.
pub const RECONCILE_BYTES_MAX: usize = 56 * 1024;
/// Messages of each side in one reconciled.
pub const ROUNDS_MAX: usize = 32;
/// Ids that one reconciliation finds, those that we lack and those that the other side lacks together. The next reconciliation
/// has another order and finds others.
pub const DIFFERENCES_MAX: usize = 8_192;

/// Random bytes of an reconciled.
const SALT_BYTES: usize = 16;
/// Spans that one message asks for.
const ASKED_MAX: usize = 4_096;
/// Spans that wait to be asked for.
const PENDING_MAX: usize = 65_536;
/// Bits that the places of a span have in common.
const DEPTH_MAX: u32 = 60;
/// Parts that a span is divided into, as a power of two.
const PARTS_BITS_MAX: u32 = 6;
/// Places that are told of one span; where there are more, sums of its parts are.
const PLACES_MAX: usize = 24;
/// Ids in one verdict; where there are more, the parts are to be asked for.
const IDS_MAX: usize = 256;

/// Why a reconciliation ends before its time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReconcileError {
    /// No message of an reconciled.
    #[error("reconciliation: {0}")]
    Decode(#[from] DecodeError),
    /// A salt that is missing in the first message, or is in a later one.
    #[error("reconciliation with a salt out of place")]
    Salt,
    /// A query that cannot be.
    #[error("reconciliation with an impossible query")]
    Query,
    /// A verdict on something else than was asked.
    #[error("reconciliation with a verdict on nothing that was asked")]
    Verdict,
    /// So much is said to differ that not even its spans are kept.
    #[error("reconciliation in which more than {PENDING_MAX} spans differ")]
    Pending,
    /// A message beyond the last.
    #[error("reconciliation that is over")]
    Over,
}

/// What an answer brings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    /// What we hold and they lack.
    pub have: Vec<EnvelopeId>,
    /// What they hold and we lack.
    pub need: Vec<EnvelopeId>,
    /// The next message to send; if there is none, the reconciliation is over.
    pub next: Option<Vec<u8>>,
    /// Whether it is over because nothing else differs, and not because of its limits.
    pub is_complete: bool,
}

#[cfg(test)]
mod tests;
