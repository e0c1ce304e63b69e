//! Who types, as a chat shows it; and that the typist types.

use super::{Effect, State};
use crate::chat::Ask;

/// Names of those who type that are shown.
const NAMES_SHOWN_MAX: usize = 2;

impl State {
    /// Tells whoever is open that the typist types, unless what is typed is for this program.
    pub(super) fn typed(&self) -> Vec<Effect> {
        let open = self.open.filter(|_| self.question.is_none());
        open.map(|place| Effect::Ask(Ask::Type(place)))
            .into_iter()
            .collect()
    }

    /// Has the passing line changed if it should be another.
    pub(super) fn pass(&mut self) -> Option<Effect> {
        let passing = self
            .open
            .and_then(|open| line(&self.book.typing(open).collect::<Vec<_>>()));
        if passing == self.passing {
            return None;
        }
        self.passing.clone_from(&passing);
        Some(Effect::Pass(passing))
    }
}

/// That these people type.
fn line(names: &[String]) -> Option<String> {
    match names {
        [] => None,
        [one] => Some(format!("{one} is typing\u{2026}")),
        names if names.len() <= NAMES_SHOWN_MAX => {
            Some(format!("{} are typing\u{2026}", names.join(" and ")))
        }
        names => Some(format!("{} people are typing\u{2026}", names.len())),
    }
}
