//! Actions by name.

use crate::chat::{Action, Entry};
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Input, Popup, State, commands};
use crate::tui::update::{action, composer};

/// Asks for one.
pub(in crate::tui::update) fn show(state: &mut State) {
    show_begun(state, "");
}

/// Asks for one whose name somebody has begun to type.
pub(in crate::tui::update) fn show_begun(state: &mut State, begun: &str) {
    state.popup = Some(Popup::Palette {
        input: Input::of(begun),
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

/// Does the one that is chosen; what was written of it is gone then.
pub(super) fn accepted(
    state: &mut State,
    input: &Input,
    choice: Choice,
    was_written: bool,
) -> Vec<Effect> {
    let all = commands(state, input.text());
    let Some(entry) = all.get(choice.of(all.len())) else {
        return Vec::new();
    };
    if was_written {
        composer::take_command(state);
    }
    action::act(state, entry.action)
}
