//! Who is there and who types, as a chat shows it; and that the typist types.

use tidings_node::api::{Message, Presence, Typist};

use super::{Effect, State};
use crate::output;

/// Names of those who type that are shown.
const NAMES_SHOWN_MAX: usize = 2;

impl State {
    /// Takes who is there and who types as it is now; [`Self::pass`] shows it.
    pub(super) fn take_presence(&mut self, presence: Presence) {
        self.online = presence.online.iter().map(|one| one.person).collect();
        self.typing = presence.typing;
    }

    /// Has whoever wrote a message type it no longer.
    pub(super) fn has_written(&mut self, message: &Message) {
        self.typing.retain(|typist| {
            (typist.conversation, typist.from.person) != (message.conversation, message.from.person)
        });
    }

    /// Tells whoever is open that the typist types, unless what is typed is for this program.
    pub(super) fn typed(&self) -> Vec<Effect> {
        let open = self.open.filter(|_| self.question.is_none());
        open.map(Effect::Type).into_iter().collect()
    }

    /// Has the passing line changed if it should be another.
    pub(super) fn pass(&mut self) -> Option<Effect> {
        let passing = self.open.and_then(|open| {
            let here = |typist: &&Typist| self.places.get(&typist.conversation) == Some(&open);
            line(&self.typing.iter().filter(here).collect::<Vec<_>>())
        });
        if passing == self.passing {
            return None;
        }
        self.passing.clone_from(&passing);
        Some(Effect::Pass(passing))
    }
}

/// That these people type.
fn line(typists: &[&Typist]) -> Option<String> {
    let names = typists.iter().take(NAMES_SHOWN_MAX);
    let names: Vec<String> = names
        .map(|typist| output::author(&typist.from.name))
        .collect();
    match (names.as_slice(), typists.len()) {
        ([], _) => None,
        ([one], _) => Some(format!("{one} is typing\u{2026}")),
        (names, count) if count <= NAMES_SHOWN_MAX => {
            Some(format!("{} are typing\u{2026}", names.join(" and ")))
        }
        (_, count) => Some(format!("{count} people are typing\u{2026}")),
    }
}
