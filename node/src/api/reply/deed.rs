//! What was done to a conversation as such, as it stands between its messages.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{ConversationId, OperationId, PersonId};

use super::{Author, Role};

/// Something that was done to a conversation as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Which; no message has this id.
    pub id: OperationId,
    /// To which conversation.
    pub conversation: ConversationId,
    /// Who did it.
    pub by: Author,
    /// Whether our own person did.
    pub mine: bool,
    /// What their clock showed.
    pub at: u64,
    /// The next message behind it, if that is on the same page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<OperationId>,
    /// What was done.
    #[serde(flatten)]
    pub what: DeedKind,
}

/// What is done to a conversation as such.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
#[non_exhaustive]
pub enum DeedKind {
    /// The room was made.
    Created {
        /// Its first title, raw; empty if our person blocked who gave it.
        title: String,
    },
    /// Somebody was let in.
    Added {
        /// Who.
        whom: Whom,
        /// As what.
        role: Role,
    },
    /// Somebody else was taken out.
    Removed {
        /// Who.
        whom: Whom,
    },
    /// Whoever did it left.
    Left,
    /// It was said what a member may do.
    Role {
        /// Who.
        whom: Whom,
        /// What they may do.
        role: Role,
    },
    /// The room was given another title.
    Renamed {
        /// Which, raw; empty if our person blocked who gave it.
        title: String,
    },
    /// It was said how long messages stay.
    Disappearing {
        /// Seconds after which what is written from then on disappears, or none.
        seconds: Option<u32>,
    },
    /// What only a newer version knows.
    #[serde(other)]
    Unknown,
}

/// A person to whom something was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Whom {
    /// Who.
    pub person: PersonId,
    /// By what name.
    pub name: String,
    /// Whether that is our own person.
    pub mine: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_comes_back_from_its_fields_and_one_that_only_a_newer_version_knows_is_one_all_the_same()
     {
        let id = OperationId::new([1; 32]);
        let deed = Deed {
            id,
            conversation: ConversationId::new([2; 32]),
            by: Author {
                person: PersonId::new([3; 32]),
                name: "Ann".to_owned(),
            },
            mine: false,
            at: 7,
            before: None,
            what: DeedKind::Disappearing { seconds: None },
        };
        let mut json = serde_json::to_value(&deed).unwrap();
        assert_eq!(json["what"], "disappearing");
        assert!(json["seconds"].is_null() && json.get("before").is_none());
        assert_eq!(serde_json::from_value::<Deed>(json.clone()).unwrap(), deed);
        json["what"] = "painted".into();
        let unknown: Deed = serde_json::from_value(json).unwrap();
        assert_eq!((unknown.id, unknown.what), (id, DeedKind::Unknown));
    }
}
