//! Conversations, and who is in them.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{ConversationId, PersonId};

use super::Author;

/// What kind of conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConversationKind {
    /// Two people.
    Direct,
    /// A room.
    Room,
}

/// What a member may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Role {
    /// Change who is in.
    Admin,
    /// Write.
    Member,
}

/// A person in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub person: PersonId,
    /// By what name.
    pub name: String,
    /// With which role.
    pub role: Role,
    /// What is typed behind `@` so that a text mentions them: the name by which others see them here, which
    /// `name` need not be. None if no text can.
    #[serde(default)]
    pub mentioned_as: Option<String>,
}

/// Where our own person stands in a conversation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// Taking part, as always in a direct one.
    #[default]
    Joined,
    /// Invited to a room, and asked whether to take part.
    Invited,
    /// Taking part no longer, by our own doing.
    Left,
    /// Taking part no longer, by somebody else's doing.
    Removed,
}

/// Messages of a conversation, the newest that are unread, among which mentions are counted.
pub const MENTIONS_MESSAGES_MAX: u32 = 4_096;
/// Bytes of their texts.
pub const MENTIONS_BYTES_MAX: usize = 4 << 20;

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which.
    pub id: ConversationId,
    /// Of which kind.
    pub kind: ConversationKind,
    /// Its title; of a direct one, the contact's name. What somebody whom our person blocked called a room is none for them:
    /// it is what others called it, else names of some of them.
    pub title: String,
    /// Who is in it.
    pub members: Vec<Member>,
    /// How many messages are not marked as read.
    pub unread: u64,
    /// How many of those mention our own person, of the newest [`MENTIONS_MESSAGES_MAX`] and
    /// [`MENTIONS_BYTES_MAX`].
    #[serde(default)]
    pub mentions: u64,
    /// Seconds after which what is written now disappears, or none.
    pub disappears_after: Option<u32>,
    /// When its last message was written, or came here if that is earlier.
    #[serde(default)]
    pub latest_at: Option<u64>,
    /// Whether nothing in it is worth an interruption.
    pub muted: bool,
    /// Whether it is put away until something new is in it.
    pub archived: bool,
    /// Whether others learn what was read in it.
    pub read_receipts: bool,
    /// Where our own person stands in it.
    #[serde(default)]
    pub standing: Standing,
    /// Who let us in; absent in a room of our own, and in a direct conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<Author>,
    /// How many messages are here and not shown, because they came after their author's removal, or are
    /// of somebody in the room whom our person blocked.
    #[serde(default)]
    pub hidden: u64,
    /// Whether something of it is understood by a newer version of this program alone.
    #[serde(default)]
    pub needs_newer_version: bool,
    /// What our person has begun to write in it; nobody else is told.
    #[serde(default)]
    pub draft: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_conversation_of_a_node_without_rooms_is_one_that_we_are_in() {
        let id = ConversationId::new([1; 32]);
        let old = format!(
            r#"{{"id":"{id}","kind":"direct","title":"Ben","members":
            [{{"person":"{id}","name":"Ben","role":"member"}}],"unread":0,
            "disappears_after":null,"muted":false,"archived":false,"read_receipts":true}}"#
        );
        let read: Conversation = serde_json::from_str(&old).unwrap();
        assert_eq!((read.standing, read.hidden), (Standing::Joined, 0));
        assert_eq!((read.mentions, &read.members[0].mentioned_as), (0, &None));
        assert!(read.invited_by.is_none() && !read.needs_newer_version);
    }
}
