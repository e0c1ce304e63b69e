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

mod coverage;
mod erased;
mod message;
mod receipt;

pub use coverage::Coverage;
pub use erased::Erased;
pub use message::{
    CardPosition, Control, ControlEntry, ControlVector, ForkClaim, ForkPosition, Introduction,
    Position, SessionMessage, Stretch, Vector,
};
pub use receipt::{Acknowledgement, Receipt, ReceiptError, SignedReceipt};
