//! Keys, pastes and the mouse.

use ratatui::layout::Rect;

use super::{action, composer, locked, pane, popup};
use crate::chat::Layer;
use crate::tui::effect::Effect;
use crate::tui::keys::{Chord, Key, Meaning};
use crate::tui::scene;
use crate::tui::state::{Focus, Popup, State, listed};

/// Deals with a key.
pub(super) fn pressed(state: &mut State, chord: Chord) -> Vec<Effect> {
    let interrupts = chord.ctrl && chord.key == Key::Character('c');
    if interrupts {
        return interrupted(state);
    }
    state.is_interrupted = false;
    if state.ended.is_some() {
        return vec![Effect::Quit];
    }
    if state.locked.is_some() {
        return locked::pressed(state, chord);
    }
    if is_late(state) {
        return Vec::new();
    }
    state.pending.push(chord);
    match state.keymap.meaning(state.layer(), &state.pending) {
        Meaning::Action(action) => {
            state.pending.clear();
            action::act(state, action)
        }
        Meaning::Begins => Vec::new(),
        Meaning::Nothing => {
            let is_alone = state.pending.len() == 1;
            state.pending.clear();
            match chord.character().filter(|_| is_alone) {
                Some(character) => typed(state, &character.to_string()),
                None => Vec::new(),
            }
        }
    }
}

/// Whether it was meant for what stood in front until a moment ago and went away by itself.
fn is_late(state: &State) -> bool {
    let gone = state.vanished_at.filter(|_| state.popup.is_none());
    gone.is_some_and(|at| state.clock.passed() < at.saturating_add(popup::DEAF_MILLIS))
}

/// Ctrl-C: gives up what is in front; a second time leaves.
fn interrupted(state: &mut State) -> Vec<Effect> {
    if state.ended.is_some() {
        return vec![Effect::Quit];
    }
    if std::mem::replace(&mut state.is_interrupted, true) {
        return composer::leaving(state, Effect::Quit);
    }
    let words = state.texts.interrupt_again();
    state.say(words);
    Vec::new()
}

/// Deals with a paste: it is written, whatever is in it, and never sent.
pub(super) fn pasted(state: &mut State, text: &str) -> Vec<Effect> {
    if state.ended.is_some() {
        return Vec::new();
    }
    if state.locked.is_some() {
        return locked::typed(state, text);
    }
    let is_asked = matches!(
        state.popup,
        Some(Popup::Confirm { .. } | Popup::Verify { .. })
    );
    if is_late(state) || is_asked {
        // Nobody answers by a paste.
        return Vec::new();
    }
    typed(state, text)
}

/// Writes where the keys go; from the list and the messages that is the composer.
fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    match state.layer() {
        Layer::Popup => popup::typed(state, text),
        Layer::List | Layer::Messages | Layer::Composer | Layer::Everywhere => {
            if state.open.is_none() && text == "/" {
                // Where nobody can be written to, it begins a command.
                popup::palette::show_begun(state, text);
                return Vec::new();
            }
            if state.open.is_none() {
                let words = state.nothing_open();
                state.say(words);
                return Vec::new();
            }
            if !state.writes_from(state.focus) {
                return Vec::new();
            }
            state.focus = Focus::Composer;
            composer::typed(state, text)
        }
    }
}

/// Notes which conversations are in the rows of the list that somebody sees.
pub(super) fn drawn(state: &mut State) {
    let height = usize::from(scene::areas(state).list.height);
    state.drawn = scene::listed(state, height);
}

/// Deals with the mouse.
pub(super) fn clicked(state: &mut State, at: (u16, u16)) -> Vec<Effect> {
    if state.popup.is_some() || state.locked.is_some() || state.ended.is_some() {
        return Vec::new();
    }
    let areas = scene::areas(state);
    if let Some(row) = row(areas.list, at) {
        // Whoever was clicked on is who stood there, wherever they are now.
        let place = state.drawn.get(row).copied();
        let place = place.filter(|place| listed(state).any(|row| row == *place));
        return place.map_or_else(Vec::new, |place| pane::open(state, place));
    }
    if let Some(row) = row(areas.messages, at) {
        state.focus = Focus::Messages;
        select_at(state, usize::from(areas.messages.height), row);
    } else if row(areas.composer, at).is_some() && state.open.is_some() {
        state.focus = Focus::Composer;
    }
    Vec::new()
}

/// Deals with the mouse's wheel: what stands in front has it.
pub(super) fn wheel(state: &mut State, by: isize) {
    if state.locked.is_some() || state.ended.is_some() {
        return;
    }
    if state.popup.is_some() {
        popup::step(state, by);
    } else {
        pane::scroll(state, by);
    }
}

fn select_at(state: &mut State, height: usize, row: usize) {
    let Some(walk) = scene::walk(state) else {
        return;
    };
    let shown = scene::message_rows(state);
    let rows = scene::pane_rows(walk, shown);
    // What is said below the messages is no part of one.
    let blank = shown.saturating_sub(rows.len()).min(height);
    let message = row
        .checked_sub(blank)
        .and_then(|row| rows.get(row))
        .map(|row| row.message);
    if let (Some(pane), Some(message)) = (state.open.as_mut(), message) {
        pane.selected = Some(message);
    }
}

/// Which row of an area a place is in.
fn row(area: Rect, (column, row): (u16, u16)) -> Option<usize> {
    area.contains((column, row).into())
        .then(|| usize::from(row.saturating_sub(area.y)))
}
