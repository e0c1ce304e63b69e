//! A code for somebody, and that it was used.

use tidings_node::PersonId;
use tidings_node::api::Invite;

use crate::chat::{Ask, Place};
use crate::safe_text::Safe;
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};
use crate::tui::update::pane;

/// Has a code be made, and shows it.
pub(in crate::tui::update) fn show(state: &mut State) -> Vec<Effect> {
    state.popup = Some(Popup::Invite {
        invite: None,
        is_picture: false,
        top: 0,
    });
    vec![Effect::Ask(Ask::Invite)]
}

/// Takes the code, and waits for whoever uses it.
pub(in crate::tui::update) fn take(state: &mut State, invite: Invite) -> Vec<Effect> {
    let code = invite.code.clone();
    if let Some(Popup::Invite { invite: shown, .. }) = &mut state.popup {
        *shown = Some(invite);
    }
    state.vigil.invited(state.clock.passed());
    vec![Effect::Ask(Ask::AwaitUse(code))]
}

/// Copies the code that is shown.
pub(super) fn copied(state: &mut State) -> Vec<Effect> {
    let code = match &state.popup {
        Some(Popup::Invite {
            invite: Some(invite),
            ..
        }) => invite.code.clone(),
        Some(_) | None => return Vec::new(),
    };
    let words = state.texts.copied();
    state.say(words);
    vec![Effect::Copy(code)]
}

/// Shows the code as a picture, or in words again.
pub(super) fn turn(state: &mut State, invite: Option<Invite>, is_picture: bool) {
    let is_picture = !is_picture;
    state.popup = Some(Popup::Invite {
        invite,
        is_picture,
        top: 0,
    });
}

/// Says in its place that a code was used, and by whom if they are a contact now.
///
/// It stays in front: the key that was meant for the code goes nowhere else.
pub(in crate::tui::update) fn used(state: &mut State, said: Safe, by: Option<PersonId>) {
    if let Some(Popup::Invite { .. }) = state.popup {
        state.popup = Some(Popup::Used { said, by, top: 0 });
    } else if let Some(Popup::Doctor { behind, .. }) = &mut state.popup {
        // The code that they stood in front of is used.
        *behind = None;
    }
}

/// Writes to whoever used it.
pub(super) fn write(state: &mut State, by: Option<PersonId>) -> Vec<Effect> {
    by.filter(|_| state.open.is_none())
        .map_or_else(Vec::new, |by| pane::open(state, Place::Person(by)))
}
