//! How far a message has come with each person it is for.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::PersonId;

use super::MessageState;

/// An own message on its way to one person, as far as this node knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// To whom.
    pub person: PersonId,
    /// By what name they are shown.
    pub name: String,
    /// How far it has come with them. The least of these is the message's own; whoever was removed
    /// before they got it does not count for that, and is `failed` here.
    pub state: MessageState,
    /// Why it failed, if it did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Who promised to keep it for them, while they do not have it; whoever keeps it longest first.
    pub carried_by: Vec<Carrier>,
}

/// Somebody who promised to keep a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    /// Who; absent: somebody who is not known any more.
    pub person: Option<PersonId>,
    /// By what name they are shown.
    pub name: Option<String>,
    /// Until when, by our clock.
    pub until: u64,
}
