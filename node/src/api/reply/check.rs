//! What was looked at, and what would help.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::PersonId;

use crate::api::Sentence;

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
    /// What was found, for another language than English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub found: Vec<Sentence>,
    /// What would help, for another language than English.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub helps: Vec<Sentence>,
    /// Whom it is about, if it is about somebody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// Since when it is so, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<u64>,
}
