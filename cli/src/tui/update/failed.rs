//! What is not done: what becomes of whatever waits for it.
//!
//! Invariants
//! - Whoever asked is told, unless it is asked for again by itself; nothing waits on for an answer that does not come.

use super::popup::{ask, path};
use super::{composer, page, refresh};
use crate::chat::{Anchor, Ask};
use crate::failure::{Exit, Failure};
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, Side, State, Wanted};

/// Notes that something was not done: what was written for it is there again, and somebody is told.
pub(super) fn failed(state: &mut State, ask: &Ask, failure: &Failure) -> Vec<Effect> {
    waits_no_longer(state, ask);
    composer::give_back(state, ask);
    no_page(state, ask);
    if refresh::failed(state, ask) || matches!(ask, Ask::Type(_)) {
        // It is asked for again by itself.
        return Vec::new();
    }
    let mut effects = Vec::new();
    if let Ask::SetDraft { place, .. } = ask
        && let Some(composer) = state.composers.get_mut(place)
    {
        composer.not_kept();
    }
    let open = state.open_place();
    if let Ask::Page {
        place,
        anchor: Anchor::Around(_),
        ..
    } = ask
        && open == Some(*place)
    {
        // What was to be shown is not there: its conversation is, at its end.
        effects.push(page::latest(state, *place));
    }
    if matches!(ask, Ask::Doctor(_)) {
        state.vigil.examined();
    }
    if let Ask::Join(code) = ask {
        state.vigil.not_joining();
        ask_again(state, Wanted::Code, code);
    }
    if let Ask::React {
        place,
        message,
        emoji,
        ..
    } = ask
    {
        ask_again(state, Wanted::Reaction(*place, *message), emoji);
    }
    if let Ask::Bundle { way, typed, .. } = ask {
        if takes_again(state) {
            path::show(state, *way, typed);
        }
        let said = state.texts.failure(failure);
        if failure.is_stopped() {
            state.say(said);
        } else {
            state.warn(said);
        }
        state.keep_said();
        return effects;
    }
    if failure.is_over() {
        had_ended(state);
        return effects;
    }
    if let (Ask::Search { .. }, Exit::Usage) = (ask, failure.exit) {
        return not_searched(state, effects);
    }
    let said = state.texts.failure(failure);
    state.warn(said);
    effects
}

/// Says that what was to be stopped had ended before, unless it is said by now what came of it.
fn had_ended(state: &mut State) {
    let stopping = state.texts.cancelling();
    let mut toast = state.toast.iter();
    if toast.all(|toast| toast.text == stopping) {
        let words = state.texts.ended_before();
        state.say(words);
    }
}

/// Has what was answered be there again to be changed, unless whoever answered has gone on.
fn ask_again(state: &mut State, wanted: Wanted, text: &str) {
    if takes_again(state) {
        ask::show(state, wanted, text);
    }
}

/// Whether whoever answered a line waits for what comes of it, and has not gone on.
fn takes_again(state: &mut State) -> bool {
    std::mem::take(&mut state.awaits_answer) && state.popup.is_none()
}

/// Shows nothing for a query of which nothing can be found: it may be typed half.
fn not_searched(state: &mut State, effects: Vec<Effect>) -> Vec<Effect> {
    if let Some(Popup::Search { found, is_more, .. }) = &mut state.popup {
        found.clear();
        *is_more = false;
    }
    effects
}

/// Notes that another page was asked for in place of one: that one comes, or fails.
pub(super) fn superseded(state: &mut State, ask: &Ask) -> Vec<Effect> {
    if let (Ask::Page { ticket, .. }, Some(pane)) = (ask, state.open.as_mut()) {
        pane.refreshing = pane.refreshing.filter(|under_way| under_way != ticket);
    }
    Vec::new()
}

/// Notes that a page does not come: it can be asked for again.
fn no_page(state: &mut State, ask: &Ask) {
    superseded(state, ask);
    let Ask::Page { place, anchor, .. } = ask else {
        return;
    };
    let side = match anchor {
        Anchor::Before(_) => Side::Older,
        Anchor::After(_) => Side::Newer,
        Anchor::Newest | Anchor::NewestMessages | Anchor::Around(_) => return,
    };
    if let Some(pane) = state.open.as_mut().filter(|pane| pane.place == *place) {
        pane.window.failed(side);
    }
}

/// Puts away what stands in front and waits for an answer that does not come.
fn waits_no_longer(state: &mut State, ask: &Ask) {
    if state.popup.as_ref().is_some_and(|popup| waits(popup, ask)) {
        state.popup = state.popup.take().and_then(Popup::behind);
    }
}

/// Whether it shows nothing until it is answered what was asked.
fn waits(popup: &Popup, ask: &Ask) -> bool {
    match popup {
        Popup::Invite { invite, .. } => invite.is_none() && *ask == Ask::Invite,
        Popup::Verify { person, words, .. } => words.is_none() && *ask == Ask::SafetyWords(*person),
        Popup::Doctor { checks, .. } => checks.is_none() && matches!(ask, Ask::Doctor(_)),
        Popup::Pinned { place, found, .. } => found.is_none() && *ask == Ask::Pinned(*place),
        Popup::Details {
            message,
            deliveries,
            ..
        } => deliveries.is_none() && *ask == Ask::Deliveries(*message),
        Popup::Help { .. }
        | Popup::Palette { .. }
        | Popup::Search { .. }
        | Popup::Used { .. }
        | Popup::Ask { .. }
        | Popup::Path { .. }
        | Popup::Transfers { .. }
        | Popup::Confirm { .. }
        | Popup::Members { .. }
        | Popup::People { .. }
        | Popup::Pick { .. }
        | Popup::About { .. }
        | Popup::Faults { .. } => false,
    }
}
