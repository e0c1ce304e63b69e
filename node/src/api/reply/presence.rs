//! Who is there, and who types: what is so at the moment.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::ConversationId;

use super::Author;

/// Somebody who types in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Typist {
    /// Where.
    pub conversation: ConversationId,
    /// Who.
    pub from: Author,
}

/// Who is there and who types, as it is now.
///
/// Whoever follows compares it with the one before. It changes by itself: who types ends to when
/// they have written something, or have said nothing more of it for six seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// Contacts with a live session, by name.
    pub online: Vec<Author>,
    /// Those who type, by conversation and name.
    pub typing: Vec<Typist>,
    /// Pass it as `since` to wait for another.
    pub version: u64,
}
