//! That the typist types.

use super::{Effect, State, hint, settle};
use crate::chat::{Action, Ask};

impl State {
    /// Tells whoever is open that the typist types, unless what is typed is for this program. Of somebody blocked, who hears
    /// nothing, the typist is told instead, once.
    pub(super) fn typed(&mut self) -> Vec<Effect> {
        let Some(place) = self.open.filter(|_| self.question.is_none()) else {
            return Vec::new();
        };
        if !self.book.contact(place).is_some_and(settle::is_blocked) {
            self.told_blocked = false;
            return vec![Effect::Ask(Ask::Type(place))];
        }
        if std::mem::replace(&mut self.told_blocked, true) {
            return Vec::new();
        }
        let how = self.texts.whole(Action::Block);
        let said = self.texts.writing_to_blocked(&self.title(place), &how);
        vec![hint(said)]
    }
}
