//! What the doctor finds.

use tidings_node::api::Check;

use crate::chat::Ask;
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};
use crate::tui::update::vigil;

/// Has everything be looked at, and shows it in front of what stands there, if that is to be there again.
pub(in crate::tui::update) fn show(state: &mut State, behind: Option<Popup>) -> Vec<Effect> {
    state.popup = Some(Popup::Doctor {
        checks: None,
        is_unfolded: false,
        top: 0,
        behind: behind.map(Box::new),
    });
    vec![Effect::Ask(Ask::Doctor(None))]
}

/// Takes what was found.
pub(in crate::tui::update) fn take(state: &mut State, now: Vec<Check>) -> Vec<Effect> {
    if let Some(Popup::Doctor { checks, .. }) = &mut state.popup {
        state.vigil.examined();
        *checks = Some(now);
    } else {
        vigil::examined(state, now);
    }
    Vec::new()
}

/// Shows what is well one by one, or folds it again; whether anything is.
pub(super) fn fold(state: &mut State) -> bool {
    if let Some(Popup::Doctor {
        checks,
        is_unfolded,
        top,
        ..
    }) = &mut state.popup
        && checks.iter().flatten().any(|check| check.ok)
    {
        *is_unfolded = !*is_unfolded;
        *top = 0;
        return true;
    }
    false
}
