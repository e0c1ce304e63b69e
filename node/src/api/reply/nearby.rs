//! What is said nearby.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{NearbyKey, NoticeId};

use super::Message;

/// What somebody said to whoever is near. Who it was nobody can tell: of several notices, that one key signed them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// The key that signed it, by which two who go by one name are told apart.
    pub key: NearbyKey,
    /// The name that its writer goes by: a claim.
    pub name: String,
    /// What it is.
    pub kind: NoticeKind,
    /// The text.
    pub text: String,
    /// What its writer's clock showed: a claim.
    pub sent_at: u64,
    /// When it came here.
    pub received_at: u64,
    /// Whether it was written here.
    pub mine: bool,
    /// Whether it is known who wrote it: never.
    pub verified: bool,
}

/// What a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoticeKind {
    /// Anything.
    Message,
    /// How its writer is.
    #[serde(rename = "checkin")]
    CheckIn,
}

/// What became of a check-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedIn {
    /// What whoever is near hears of it, if anything.
    pub notice: Option<Notice>,
    /// Why whoever is near hears nothing.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// What went to contacts.
    pub messages: Vec<Message>,
}
