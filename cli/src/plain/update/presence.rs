//! That the typist types.

use super::{Effect, State};
use crate::chat::Ask;

impl State {
    /// Tells whoever is open that the typist types, unless what is typed is for this program.
    pub(super) fn typed(&self) -> Vec<Effect> {
        let open = self.open.filter(|_| self.question.is_none());
        open.map(|place| Effect::Ask(Ask::Type(place)))
            .into_iter()
            .collect()
    }
}
