//! The parameters of the methods about transfers.

use serde::{Deserialize, Serialize};

/// Asks what is being moved now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListTransfers {}

/// Ends a transfer before it is done: the request that began it fails, and says what became of it. It is in the list until then.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CancelTransfer {
    /// Which, as [`super::super::Transfer`] has it.
    pub id: u64,
}
