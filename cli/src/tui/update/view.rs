//! What is on the screen: where the keys go, and what is in front.

use super::popup::{help, palette, path};
use crate::chat::ViewAction;
use crate::tui::composer::Target;
use crate::tui::effect::Effect;
use crate::tui::state::{Focus, Scroll, State, listed};

/// Does what is about the screen.
pub(super) fn act(state: &mut State, action: ViewAction) -> Vec<Effect> {
    match action {
        ViewAction::Help => help::show(state),
        ViewAction::Palette => palette::show(state),
        ViewAction::Focus => {
            if let Some(effects) = path::complete_written(state) {
                return effects;
            }
            focus(state, false);
        }
        ViewAction::FocusBack => focus(state, true),
        ViewAction::Redraw => return vec![Effect::Redraw],
        ViewAction::Mouse => return mouse(state),
        ViewAction::Close => close(state),
    }
    Vec::new()
}

/// Has the terminal tell of the mouse, or no longer.
fn mouse(state: &mut State) -> Vec<Effect> {
    state.has_mouse = !state.has_mouse;
    let words = state.texts.mouse(state.has_mouse);
    state.say(words);
    vec![Effect::Mouse(state.has_mouse)]
}

/// Lets the next part have the keys.
fn focus(state: &mut State, is_back: bool) {
    let order = [Focus::Composer, Focus::Messages, Focus::List];
    let at = order
        .iter()
        .position(|one| *one == state.focus)
        .unwrap_or(0);
    let next = if is_back { at + 2 } else { at + 1 } % order.len();
    let has_open = state.open.is_some();
    state.focus = order
        .get(next)
        .copied()
        .filter(|_| has_open)
        .unwrap_or(Focus::List);
    if state.focus == Focus::Messages
        && let Some(pane) = state.open.as_mut()
        && pane.selected().is_none()
    {
        pane.select(true);
    }
    if state.chosen.is_none() {
        let first = listed(state).next();
        state.chosen = first;
    }
}

/// Gives up what is in front: a popup, an answer or edit, a selection, what was scrolled to.
fn close(state: &mut State) {
    state.toast = None;
    if let Some(popup) = state.popup.take() {
        state.popup = popup.behind();
        return;
    }
    let is_writing = state.focus == Focus::Composer;
    let composer = state.composer_mut().filter(|_| is_writing);
    if composer.is_some_and(|composer| composer.target() != Target::New && composer.cancel()) {
        return;
    }
    if state.focus == Focus::Messages {
        if let Some(pane) = state.open.as_mut() {
            pane.selected = None;
            pane.scroll = Scroll::Latest;
        }
        state.focus = Focus::Composer;
    } else if state.focus == Focus::Composer && state.letters_are_keys {
        state.focus = Focus::Messages;
    } else if state.focus == Focus::Composer {
        state.focus = Focus::List;
    } else if state.open.is_some() {
        state.focus = Focus::Composer;
    }
}
