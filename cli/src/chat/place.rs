//! Where one writes.

use tidings_node::api::Who;
use tidings_node::{ConversationId, PersonId};

/// To whom what is written goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// To a contact.
    Person(PersonId),
    /// To everybody in a room.
    Room(ConversationId),
}

impl Place {
    /// Named so that no other is meant.
    pub(crate) fn who(self) -> Who {
        match self {
            Self::Person(id) => Who(id.to_string()),
            Self::Room(id) => Who(id.to_string()),
        }
    }
}
