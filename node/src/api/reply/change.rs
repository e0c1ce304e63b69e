//! What changes beside messages, by kind.

use serde::{Deserialize, Serialize};

/// Of what kinds the things are that changed after a version, messages aside: `read` with `since` tells of
/// those, and `presence` of who is there and who types.
///
/// Whoever follows asks again for what they show of these kinds, however much of it changed and however
/// often; it may be that nothing did. Whoever names a version that this node never gave is told all kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// Pass it as `since` to wait for more.
    pub version: u64,
    /// Contacts, their names and joins that wait among them.
    pub people: bool,
    /// Conversations: titles, members, drafts, what is wanted of them, how long messages stay, our place in rooms.
    pub conversations: bool,
    /// What our person has read: counts of unread messages and mentions.
    pub read: bool,
    /// Messages that are there no longer.
    pub gone: bool,
    /// What is told of what was done to conversations, as `read` gives it with `deeds`: some may be there no longer.
    #[serde(default)]
    pub deeds: bool,
    /// How others are reached, who has a session, what waits for them, and what is carried.
    pub network: bool,
    /// What our person has chosen for the whole profile.
    pub settings: bool,
    /// What is moved into files and out of them now: one has begun or ended, or is a whole percent further.
    #[serde(default)]
    pub transfers: bool,
}
