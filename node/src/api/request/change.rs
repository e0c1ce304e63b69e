//! Parameters of the method about what changes beside messages.

use serde::{Deserialize, Serialize};

/// Asks of what kinds the things are that changed, messages aside; waits for some to change.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwaitChange {
    /// The version of the reply that the caller knows; absent: everything is new to them.
    pub since: Option<u64>,
    /// Milliseconds to wait for something.
    pub wait: u64,
}
