//! The doctor's findings, which appear by themselves where a first code leads to nobody.
//!
//! Invariants
//! - They appear only if something is not well, and cover nothing: where they would, it is said which key shows them.

use tidings_node::api::Check;

use crate::chat::{Action, Ask};
use crate::safe_text::Safe;
use crate::tui::effect::Effect;
use crate::tui::state::{Focus, Popup, State};

/// Has it be looked what may be in the way if it is time for that.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    if !state.book.contacts().is_empty() {
        state.vigil.end();
        return None;
    }
    let is_due = state.vigil.is_due(state.clock.passed());
    if !is_due || is_reached(state) || is_busy(state) {
        return None;
    }
    state.vigil.end();
    if state.popup.is_some() {
        say_key(state);
        return None;
    }
    state.vigil.examine();
    Some(Effect::Ask(Ask::Doctor(None)))
}

/// Has the findings appear that were looked for without anybody having asked for them.
pub(super) fn examined(state: &mut State, checks: Vec<Check>) {
    if !state.vigil.examined() {
        return;
    }
    let is_well = checks.iter().all(|check| check.ok);
    if is_well || state.popup.is_some() || is_busy(state) {
        return say_key(state);
    }
    state.popup = Some(Popup::Doctor {
        checks: Some(checks),
        is_unfolded: false,
        top: 0,
        behind: None,
    });
    let words = state.texts.nobody_found();
    state.say(words);
}

/// Says which key shows the findings.
fn say_key(state: &mut State) {
    let keys = Safe::line(&state.keys_of(Action::Doctor));
    let words = state.texts.nobody_reached(&keys);
    state.say(words);
}

/// Whether there is a way to anybody.
fn is_reached(state: &State) -> bool {
    state.status.as_ref().is_some_and(|status| {
        let peers = status.peers;
        peers.lan > 0 || peers.direct > 0 || peers.relayed > 0
    })
}

/// Whether something has the keys or the eyes of whoever sits here.
fn is_busy(state: &State) -> bool {
    if state.ended.is_some() || state.locked.is_some() {
        return true;
    }
    if let Some(popup) = &state.popup {
        let is_code = matches!(
            popup,
            Popup::Invite {
                is_picture: false,
                ..
            }
        );
        return !is_code;
    }
    let mut written = state.composer().into_iter();
    state.focus == Focus::Composer && written.any(|composer| !composer.is_blank())
}
