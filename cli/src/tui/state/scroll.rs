//! What of a conversation is on the screen.
//!
//! Invariants
//! - It is a row of a message by its id, never a number of rows or a place in a list: what arrives or
//!   is loaded elsewhere does not move what is read.

use tidings_node::OperationId;

/// See the module.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::tui) enum Scroll {
    /// The end of the conversation, whatever comes.
    #[default]
    Latest,
    /// The lowest row is this one of this message.
    At {
        /// The message.
        message: OperationId,
        /// Its row; the last if it has fewer.
        row: usize,
    },
}
