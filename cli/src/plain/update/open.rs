//! The conversation that is open in a chat.

use super::shown::Shown;
use super::{Effect, HISTORY_MESSAGES, Show, State};
use crate::chat::{Anchor, Ask, Place, Ticket};
use crate::safe_text::Safe;

impl State {
    /// Opens the conversation with a person, or in a room.
    pub(super) fn open(&mut self, place: Place) -> Vec<Effect> {
        let Some(heading) = self.heading(place) else {
            return Vec::new();
        };
        let unread = self.unread.remove(&place).unwrap_or(0);
        let unread = u32::try_from(unread).unwrap_or(u32::MAX);
        self.open = Some(place);
        self.shown = Shown::default();
        self.explained = false;
        self.told_blocked = false;
        let page = newest(place, HISTORY_MESSAGES.max(unread));
        vec![heading, page]
    }

    /// Has nothing open.
    pub(super) fn close(&mut self) {
        self.open = None;
        self.shown = Shown::default();
    }

    /// Says what is open now.
    pub(super) fn heading(&self, place: Place) -> Option<Effect> {
        let texts = &self.texts;
        let (about, online) = match place {
            Place::Person(id) => {
                // It is said of everybody: a name that ends in such brackets has others behind it.
                let about = if self.book.contact(place)?.verified {
                    texts.verified_mark()
                } else {
                    texts.not_verified()
                };
                (about, self.book.is_online(id).then(|| texts.online()))
            }
            Place::Room(id) => (super::room::about(self.room(id)?, texts), None),
        };
        let online = online.map_or_else(String::new, |online| format!(", {online}"));
        let heading = format!("{} ({about}{online})", self.title(place));
        Some(Effect::Show(Show::Heading(Safe::line(&heading))))
    }
}

/// Asks for the newest messages there. Whose they are shows whether they are still wanted.
pub(super) fn newest(place: Place, limit: u32) -> Effect {
    Effect::Ask(Ask::Page {
        ticket: Ticket::default(),
        place,
        anchor: Anchor::NewestMessages,
        limit,
    })
}
