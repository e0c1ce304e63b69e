//! What stands in front: its keys, and what its answers lead to, a file for each.

pub(super) mod about;
pub(super) mod ask;
pub(super) mod confirm;
pub(super) mod details;
pub(super) mod doctor;
pub(super) mod help;
pub(super) mod invite;
pub(super) mod members;
pub(super) mod palette;
pub(super) mod path;
pub(super) mod people;
mod person;
pub(super) mod pick;
pub(super) mod pinned;
pub(super) mod search;
pub(super) mod transfers;
pub(super) mod verify;

use super::cursor::Motion;
pub(super) use crate::chat::DEAF_MILLIS;
use crate::chat::{Action, AppAction, CursorAction, NodeAction, PopupAction, Subject, ViewAction};
use crate::tui::composer::Reach;
use crate::tui::effect::Effect;
use crate::tui::scene;
use crate::tui::state::{Choice, Input, Popup, Somebody, State, commands};

/// Rows by which a screen goes on.
const PAGE_ROWS: isize = 10;

/// Deals with an action while something stands in front; nothing if that closes nothing and is no
/// matter of it.
pub(super) fn act(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    match action.subject() {
        Subject::Popup(PopupAction::Accept) => Some(accepted(state)),
        // However it is closed, the next line is for whoever is there now.
        Subject::View(ViewAction::Close) if matches!(state.popup, Some(Popup::Used { .. })) => {
            Some(accepted(state))
        }
        Subject::Popup(PopupAction::CopyShown) => Some(invite::copied(state)),
        Subject::Cursor(action) => Some(moved(state, action)),
        Subject::App(AppAction::Suspend | AppAction::Quit)
        | Subject::View(ViewAction::Redraw | ViewAction::Mouse | ViewAction::Close) => None,
        Subject::Composer(_)
        | Subject::Bundle(_)
        | Subject::Contact(_)
        | Subject::Conversation(_)
        | Subject::Message(_)
        | Subject::Node(NodeAction::Status | NodeAction::Doctor)
        | Subject::Profile(_)
        | Subject::Room(_)
        | Subject::View(
            ViewAction::Help | ViewAction::Palette | ViewAction::Focus | ViewAction::FocusBack,
        ) => on_shown(state, action),
    }
}

/// Does what an action means for what is shown; nothing if something else takes its place.
fn on_shown(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if state.popup.as_ref().and_then(opener) == Some(action) {
        // The key that opened it closes it.
        state.popup = state.popup.take().and_then(Popup::behind);
        return Some(Vec::new());
    }
    if let Some(effects) = on_chosen(state, action) {
        return Some(effects);
    }
    if action == Action::Doctor && matches!(state.popup, Some(Popup::Invite { .. })) {
        // The code is there again when it is closed.
        let behind = state.popup.take();
        return Some(doctor::show(state, behind));
    }
    if action == Action::Focus {
        if let Some(Popup::Pick { .. }) = state.popup {
            pick::pick(state);
        }
        if let Some(Popup::Path { .. }) = state.popup {
            return Some(path::complete(state));
        }
        return Some(Vec::new());
    }
    let takes_place = [
        Action::Help,
        Action::Palette,
        Action::Search,
        Action::Doctor,
        Action::People,
    ];
    if takes_place.contains(&action) {
        state.popup = None;
        return None;
    }
    Some(Vec::new())
}

/// What opens a popup and closes it again.
fn opener(popup: &Popup) -> Option<Action> {
    match popup {
        Popup::Help { .. } => Some(Action::Help),
        Popup::Palette { .. } => Some(Action::Palette),
        Popup::Search { .. } => Some(Action::Search),
        Popup::Verify { .. } => Some(Action::Verify),
        Popup::Members { .. } => Some(Action::Members),
        Popup::People { .. } => Some(Action::People),
        Popup::Doctor { .. } => Some(Action::Doctor),
        Popup::Invite { .. }
        | Popup::Used { .. }
        | Popup::Ask { .. }
        | Popup::Path { .. }
        | Popup::Transfers { .. }
        | Popup::Confirm { .. }
        | Popup::Pick { .. }
        | Popup::Details { .. }
        | Popup::Pinned { .. }
        | Popup::About { .. }
        | Popup::Faults { .. } => None,
    }
}

/// Does something to whoever is chosen of members or contacts; nothing where there are none.
fn on_chosen(state: &mut State, action: Action) -> Option<Vec<Effect>> {
    if let Some(Popup::Members { room, chosen }) = state.popup {
        let on = |person| members::act(state, room, person, action);
        let person = chosen.and_then(Somebody::person);
        Some(person.map_or_else(Vec::new, on))
    } else if let Some(Popup::People { chosen }) = state.popup {
        let on = |chosen| people::act(state, chosen, action);
        Some(chosen.map_or_else(Vec::new, on))
    } else {
        None
    }
}

/// Goes through what stands in front, or through the line that is typed there.
fn moved(state: &mut State, action: CursorAction) -> Vec<Effect> {
    match Motion::of(action) {
        Motion::Rows(by) => step(state, by),
        Motion::Pages(by) => step(state, by.saturating_mul(PAGE_ROWS)),
        Motion::Go(reach) => go(state, reach),
        motion @ (Motion::Delete(_) | Motion::Yank) => {
            let line = input(&mut state.popup).map(Input::buffer_mut);
            if line.is_some_and(|line| motion.edit(line)) {
                return changed(state);
            }
        }
    }
    Vec::new()
}

/// Goes through the line that is typed there; from its ends, and where none is, to the first row or the last.
fn go(state: &mut State, reach: Reach) {
    let line = input(&mut state.popup).map(Input::buffer_mut);
    if line.is_some_and(|line| line.go(reach)) {
        return;
    }
    match reach {
        Reach::Home | Reach::Top => step(state, isize::MIN),
        Reach::End | Reach::Bottom => step(state, isize::MAX),
        Reach::Left | Reach::Right | Reach::WordLeft | Reach::WordRight => {}
    }
}

/// Goes on by some rows in what stands in front, or back.
pub(super) fn step(state: &mut State, by: isize) {
    let palette = if let Some(Popup::Palette { input, .. }) = &state.popup {
        commands(state, input.text()).len()
    } else {
        0
    };
    let reactions = ask::count(state);
    let last_top = scene::last_top(state);
    match &mut state.popup {
        Some(Popup::Palette { choice, .. }) => choice.step(by, palette),
        Some(Popup::Ask { choice, .. }) => choice.step(by, reactions),
        Some(Popup::Search { choice, found, .. }) => choice.step(by, found.len()),
        Some(Popup::Pinned { choice, found, .. }) => {
            choice.step(by, found.as_ref().map_or(0, Vec::len));
        }
        Some(Popup::Transfers { .. }) => transfers::step(state, by),
        Some(Popup::Members { .. } | Popup::People { .. } | Popup::Pick { .. }) => {
            person::step(state, by);
        }
        Some(
            Popup::Help { top }
            | Popup::Invite { top, .. }
            | Popup::Used { top, .. }
            | Popup::Confirm { top, .. }
            | Popup::Verify { top, .. }
            | Popup::Doctor { top, .. }
            | Popup::Details { top, .. }
            | Popup::Path { top, .. }
            | Popup::About { top }
            | Popup::Faults { top, .. },
        ) => {
            *top = (*top).min(last_top).saturating_add_signed(by).min(last_top);
        }
        None => {}
    }
}

/// Writes into the line that a popup has.
pub(super) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    if let Some(Popup::Confirm { question, .. }) = state.popup {
        return confirm::typed(state, question, text);
    }
    if let Some(Popup::Verify { .. }) = state.popup {
        return verify::typed(state, text);
    }
    if let Some(effects) = ask::by_digit(state, text) {
        return effects;
    }
    match input(&mut state.popup) {
        Some(input) => input.insert(text),
        None => return Vec::new(),
    }
    changed(state)
}

/// Whether a question appeared so short ago that what is typed was meant for something else.
fn is_early(state: &State) -> bool {
    state.clock.passed() < state.asked_at.saturating_add(DEAF_MILLIS)
}

fn input(popup: &mut Option<Popup>) -> Option<&mut Input> {
    match popup.as_mut()? {
        Popup::Palette { input, .. }
        | Popup::Search { input, .. }
        | Popup::Ask { input, .. }
        | Popup::Path { input, .. }
        | Popup::Pick { input, .. } => Some(input),
        Popup::Help { .. }
        | Popup::Invite { .. }
        | Popup::Used { .. }
        | Popup::Transfers { .. }
        | Popup::Confirm { .. }
        | Popup::Verify { .. }
        | Popup::Members { .. }
        | Popup::People { .. }
        | Popup::Doctor { .. }
        | Popup::Details { .. }
        | Popup::Pinned { .. }
        | Popup::About { .. }
        | Popup::Faults { .. } => None,
    }
}

/// Shows what the line finds now.
fn changed(state: &mut State) -> Vec<Effect> {
    if let Some(
        Popup::Palette { choice, .. } | Popup::Search { choice, .. } | Popup::Ask { choice, .. },
    ) = &mut state.popup
    {
        *choice = Choice::default();
    }
    if let Some(Popup::Pick { .. }) = &state.popup {
        person::choose_first(state);
    }
    if let Some(Popup::Path { offers, top, .. }) = &mut state.popup {
        (*offers, *top) = (None, 0);
    }
    search::changed(state)
}

/// Enter.
fn accepted(state: &mut State) -> Vec<Effect> {
    let Some(popup) = state.popup.take() else {
        return Vec::new();
    };
    match popup {
        Popup::Palette {
            input,
            choice,
            written,
        } => palette::accepted(state, &input, choice, written.is_some()),
        Popup::Search {
            input,
            found,
            choice,
            ..
        } => search::jump(state, &input, &found, choice),
        Popup::Ask {
            wanted,
            input,
            choice,
        } => ask::accepted(state, wanted, &input, choice),
        Popup::Path { way, input, .. } => path::accepted(state, way, &input),
        Popup::Transfers { chosen } => transfers::accepted(state, chosen),
        popup @ (Popup::Confirm { .. } | Popup::Verify { differ: false, .. }) => {
            // Only a letter answers: a key that was meant for what was there before decides nothing.
            state.popup = Some(popup);
            Vec::new()
        }
        popup @ (Popup::Members { .. } | Popup::People { .. }) => {
            state.popup = Some(popup);
            on_chosen(state, Action::Accept).unwrap_or_default()
        }
        popup @ Popup::Pick { .. } => {
            state.popup = Some(popup);
            pick::taken(state)
        }
        Popup::Pinned {
            place,
            found,
            choice,
        } => pinned::jump(state, place, found.as_deref(), choice),
        Popup::Invite {
            invite, is_picture, ..
        } => {
            invite::turn(state, invite, is_picture);
            Vec::new()
        }
        Popup::Used { by, .. } => invite::write(state, by),
        popup @ Popup::Doctor { .. } => {
            state.popup = Some(popup);
            if !doctor::fold(state) {
                state.popup = state.popup.take().and_then(Popup::behind);
            }
            Vec::new()
        }
        popup @ (Popup::Help { .. }
        | Popup::Details { .. }
        | Popup::Verify { .. }
        | Popup::About { .. }
        | Popup::Faults { .. }) => {
            state.popup = popup.behind();
            Vec::new()
        }
    }
}
