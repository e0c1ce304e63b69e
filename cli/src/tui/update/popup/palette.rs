//! Actions by name.

use crate::chat::{Action, Entry};
use crate::tui::state::{Choice, Input, Popup, State, commands};

/// Asks for one.
pub(in crate::tui::update) fn show(state: &mut State) {
    state.popup = Some(Popup::Palette {
        input: Input::default(),
        choice: Choice::default(),
        written: None,
    });
}

/// Shows the one that was written as a line, as somebody types it who knows it so.
pub(in crate::tui::update) fn show_written(state: &mut State, entry: &'static Entry) {
    // What is done to a member is done where they are shown.
    let shown = if entry.is_command() {
        Some(entry)
    } else {
        Action::Members.entry()
    };
    let verb = |entry: Option<&'static Entry>| Some(entry?.slash?.verb);
    let input = Input::of(verb(shown).unwrap_or_default());
    let all = commands(state, input.text());
    let at = all.iter().position(|one| Some(*one) == shown);
    let mut choice = Choice::default();
    choice.step(at.and_then(|at| at.try_into().ok()).unwrap_or(0), all.len());
    state.popup = Some(Popup::Palette {
        input,
        choice,
        written: verb(Some(entry)),
    });
}

/// The one that is chosen.
pub(super) fn chosen(state: &State, input: &Input, choice: Choice) -> Option<Action> {
    let all = commands(state, input.text());
    all.get(choice.of(all.len())).map(|entry| entry.action)
}
