//! Who is there and who types.

use tidings_node::PersonId;
use tidings_node::api::Presence;

use super::Book;
use crate::chat::Place;
use crate::output;

impl Book {
    /// Takes it as it is now.
    pub(crate) fn take_presence(&mut self, presence: Presence) {
        self.online = presence.online.iter().map(|one| one.person).collect();
        self.typing = presence.typing;
    }

    /// Whether a contact is there.
    pub(crate) fn is_online(&self, id: PersonId) -> bool {
        self.online.contains(&id)
    }

    /// Who types there, by name, safe to print.
    pub(crate) fn typing(&self, place: Place) -> impl Iterator<Item = String> {
        let here = self.typing.iter();
        here.filter(move |typist| self.places.get(&typist.conversation) == Some(&place))
            .map(|typist| output::author(&typist.from.name))
    }
}
