//! What was looked at, and what would help.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::PersonId;

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What was looked at: a word that stays the same.
    pub name: String,
    /// Whether all is well.
    pub ok: bool,
    /// What was found, in a sentence or two. Names in it are raw.
    pub detail: String,
    /// What would help, in words and commands; empty where nothing is needed. It holds nothing that others wrote.
    pub hint: String,
    /// Whom it is about, if it is about somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Since when it is so, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}
