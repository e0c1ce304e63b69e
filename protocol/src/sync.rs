//! What two devices say to each other inside a session, and how they say what they hold.
//!
//! ```text
//!   session opens:   vectors  ->          <- vectors
//!                    operations missing there -> / <- operations missing here
//!                    receipts ->          <- receipts
//!   afterwards:      each new operation and receipt, at once
//! ```
//!
//! Invariants
//! - A vector names only what is contiguous from an actor's first operation on.
//! - Every message of a session fits one Noise message.

mod batch;
mod coverage;
mod custody;
mod erased;
mod message;
mod receipt;

pub use coverage::Coverage;
pub use custody::{CUSTODIES_TOLD_MAX, Custody};
pub use erased::Erased;
pub use message::{
    CardPosition, Control, ControlEntry, ControlVector, ForkClaim, ForkPosition, Introduction,
    Position, SessionMessage, Stretch, Vector,
};
pub use receipt::{Acknowledgement, Receipt, ReceiptError, SignedReceipt};

/// What is left of a range of sequence numbers without one of them, lowest first.
fn without((first, last): (u64, u64), seq: u64) -> impl Iterator<Item = (u64, u64)> {
    let below = (first, last.min(seq.saturating_sub(1)));
    let above = (first.max(seq.saturating_add(1)), last);
    let is_left = move |(start, end): &(u64, u64)| start <= end && !(*start..=*end).contains(&seq);
    [below, above].into_iter().filter(is_left)
}
