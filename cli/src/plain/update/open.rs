//! The conversation that is open in a chat.

use super::shown::Shown;
use super::{Effect, HISTORY_MESSAGES, Show, State};
use crate::chat::{Ask, Edge, Place, Ticket};

impl State {
    /// Opens the conversation with a person, or in a room.
    pub(super) fn open(&mut self, place: Place) -> Vec<Effect> {
        let Some(unread) = self.book.unread_mut(place).map(std::mem::take) else {
            return Vec::new();
        };
        let unread = u32::try_from(unread).unwrap_or(u32::MAX);
        self.open = Some(place);
        self.shown = Shown::default();
        self.explained = false;
        let page = newest(place, HISTORY_MESSAGES.max(unread));
        self.heading(place).into_iter().chain([page]).collect()
    }

    /// Has nothing open.
    pub(super) fn close(&mut self) {
        self.open = None;
        self.shown = Shown::default();
    }

    /// Says what is open now.
    pub(super) fn heading(&self, place: Place) -> Option<Effect> {
        let heading = match place {
            Place::Person(id) => {
                let person = self.book.person(id)?;
                // It is said of everybody: a name that ends in such brackets has others behind it.
                let verified = if person.verified {
                    "verified"
                } else {
                    "not verified"
                };
                let online = if self.book.is_online(id) {
                    ", online"
                } else {
                    ""
                };
                format!("{} ({verified}{online})", person.name)
            }
            Place::Room(id) => {
                let room = self.book.room(id)?;
                format!("{} ({})", room.title, super::room::about(room))
            }
        };
        Some(Effect::Show(Show::Heading(heading)))
    }
}

/// Asks for the newest messages there. Whose they are shows whether they are still wanted.
pub(super) fn newest(place: Place, limit: u32) -> Effect {
    Effect::Ask(Ask::Page {
        ticket: Ticket::default(),
        place,
        edge: Edge::Newest,
        limit,
    })
}
