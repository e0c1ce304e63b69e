//! All that is being written and taken, to end one of them.
//!
//! Invariants
//! - What is chosen is chosen by its id: whatever ends or begins meanwhile, no other is ended.

use crate::chat::Ask;
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};

/// Shows it.
pub(in crate::tui::update) fn show(state: &mut State) -> Vec<Effect> {
    let chosen = state.transfers.first().map(|one| one.id);
    state.popup = Some(Popup::Transfers { chosen });
    Vec::new()
}

/// Chooses one further down, or up.
pub(super) fn step(state: &mut State, by: isize) {
    let Some(Popup::Transfers { chosen }) = &mut state.popup else {
        return;
    };
    let all = &state.transfers;
    let at = all.iter().position(|one| Some(one.id) == *chosen);
    let last = all.len().saturating_sub(1);
    let to = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
    *chosen = all.get(to).map(|one| one.id);
}

/// Ends the one that is chosen, if it has not ended by itself.
pub(super) fn accepted(state: &mut State, chosen: Option<u64>) -> Vec<Effect> {
    let mut all = state.transfers.iter();
    let Some(id) = chosen.filter(|id| all.any(|one| one.id == *id)) else {
        if !state.transfers.is_empty() {
            state.popup = Some(Popup::Transfers { chosen: None });
        }
        return Vec::new();
    };
    let words = state.texts.cancelling();
    state.say(words);
    vec![Effect::Ask(Ask::CancelTransfer(id))]
}
