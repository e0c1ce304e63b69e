//! Who is there.

use tidings_node::PersonId;
use tidings_node::api::Presence;

use super::Book;

impl Book {
    /// Takes it as it is now.
    pub(crate) fn take_presence(&mut self, presence: Presence) {
        self.online = presence.online.iter().map(|one| one.person).collect();
    }

    /// Whether a contact is there.
    pub(crate) fn is_online(&self, id: PersonId) -> bool {
        self.online.contains(&id)
    }
}
