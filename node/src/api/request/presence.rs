//! Parameters of the methods about who is there and who types: what passes, and is stored nowhere.

use serde::{Deserialize, Serialize};

use super::Who;

/// Says to those who are there that our person types in a conversation right now; for those who
/// type on, again and again: more often than once in three seconds nobody is told.
///
/// Stored nowhere, so it needs no name. Where read receipts are off, nothing is said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignalTyping {
    /// In the conversation with whom.
    pub who: Who,
}

/// Asks who is there and who types; waits for that to change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AwaitPresence {
    /// With whom; absent: in all conversations.
    pub who: Option<Who>,
    /// The version of the reply that the caller knows; absent: there is nothing to wait for.
    pub since: Option<u64>,
    /// Milliseconds to wait for another.
    pub wait: u64,
}
