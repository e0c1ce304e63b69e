//! What a room is called by an operation, and by some of those who called it something.

use super::body::{ControlBody, CreateBody, TitleBody};
use super::deeds::Latest;
use super::log::ControlLog;
use super::membership::Membership;
use super::operation::ControlOperation;
use crate::id::PersonId;

impl ControlLog {
    /// What the room would be called had those who are left out not called it anything: untrusted text; `None` if nobody
    /// else did.
    #[must_use]
    pub fn title_without(
        &self,
        membership: &Membership,
        is_left_out: impl Fn(&PersonId) -> bool,
    ) -> Option<&str> {
        let mut titles = Latest::default();
        // What an operation builds on stands before it.
        for (place, held) in self.held.iter().enumerate() {
            let operation = &held.operation;
            let is_title = title(operation).is_some() && membership.is_valid(operation.id);
            if is_title && !is_left_out(&operation.author.person) {
                titles.put(place, held, self, membership);
            }
        }
        titles.counting(self).and_then(title)
    }
}

/// What an operation calls the room.
pub(super) const fn title(operation: &ControlOperation) -> Option<&str> {
    match &operation.body {
        ControlBody::Create(CreateBody { title, .. }) | ControlBody::Title(TitleBody { title }) => {
            Some(title.as_str())
        }
        ControlBody::Add(_)
        | ControlBody::Remove(_)
        | ControlBody::Leave(_)
        | ControlBody::Role(_)
        | ControlBody::Settings(_)
        | ControlBody::DeviceRevoked(_)
        | ControlBody::Unknown(_) => None,
    }
}
