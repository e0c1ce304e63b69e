//! The doctor's findings, which appear by themselves where a first code leads to nobody.
//!
//! Invariants
//! - They cover nothing that somebody types into or holds up to be read, and what they cover is there again when they are closed.

use tidings_node::api::ContactState;

use crate::chat::Ask;
use crate::tui::effect::Effect;
use crate::tui::state::{Focus, Popup, State};

/// Has the findings appear if it is time for them.
pub(super) fn look(state: &mut State) -> Option<Effect> {
    let mut contacts = state.contacts.iter();
    if contacts.any(|contact| contact.state != ContactState::Pending) {
        state.vigil.end();
        return None;
    }
    let is_due = state.vigil.is_due(state.clock.passed());
    if !is_due || is_reached(state) || is_busy(state) {
        return None;
    }
    state.vigil.end();
    let behind = state.popup.take().map(Box::new);
    state.popup = Some(Popup::Doctor {
        checks: None,
        top: 0,
        behind,
    });
    let words = state.texts.nobody_found();
    state.say(words);
    Some(Effect::Ask(Ask::Doctor(None)))
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
