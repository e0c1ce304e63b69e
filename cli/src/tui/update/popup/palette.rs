//! Actions by name.

use crate::chat::Action;
use crate::tui::state::{Choice, Input, Popup, State, commands};

/// Asks for one.
pub(in crate::tui::update) fn show(state: &mut State) {
    state.popup = Some(Popup::Palette {
        input: Input::default(),
        choice: Choice::default(),
    });
}

/// The one that is chosen.
pub(super) fn chosen(state: &State, input: &Input, choice: Choice) -> Option<Action> {
    let all = commands(state, input.text());
    all.get(choice.of(all.len())).map(|entry| entry.action)
}
