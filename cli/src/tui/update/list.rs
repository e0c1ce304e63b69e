//! Going through the list of conversations.

use super::action::not_here;
use super::pane;
use crate::chat::Place;
use crate::tui::effect::Effect;
use crate::tui::state::{State, list_row, listed};

/// Stands on a row further down, or back; on the first where it stood on none.
pub(super) fn step(state: &mut State, by: isize) -> Vec<Effect> {
    let all: Vec<Place> = listed(state).collect();
    let at = all.iter().position(|place| Some(*place) == state.chosen);
    let last = all.len().saturating_sub(1);
    let to = match at {
        Some(at) => at.saturating_add_signed(by).min(last),
        None if by == isize::MAX => last,
        None => 0,
    };
    state.chosen = all.get(to).copied();
    Vec::new()
}

/// Opens the conversation on which it stands, the first if that is none.
pub(super) fn open(state: &mut State) -> Vec<Effect> {
    let all: Vec<Place> = listed(state).collect();
    let mut rows = all.iter();
    let chosen = rows.find(|place| Some(**place) == state.chosen);
    match chosen.or(all.first()) {
        Some(place) => pane::open(state, *place),
        None => not_here(state),
    }
}

/// Opens the conversation behind the one that is open in the list, or before it.
pub(super) fn open_next(state: &mut State, is_back: bool) -> Vec<Effect> {
    let all: Vec<Place> = listed(state).collect();
    let now = state.open_place().or(state.chosen);
    let at = all.iter().position(|place| Some(*place) == now);
    let next = match at {
        None => 0,
        Some(at) if is_back => at.checked_sub(1).unwrap_or(all.len().saturating_sub(1)),
        Some(at) => (at + 1) % all.len().max(1),
    };
    let next = all.get(next).copied();
    next.map_or_else(Vec::new, |place| pane::open(state, place))
}

/// Opens the next conversation in which something is unread, or mentions us.
pub(super) fn next_unread(state: &mut State, is_mention: bool) -> Vec<Effect> {
    let all: Vec<Place> = listed(state).collect();
    let now = state.open_place();
    let at = all.iter().position(|place| Some(*place) == now);
    let after = at.map_or(0, |at| at + 1);
    let behind = all.iter().skip(after).chain(all.iter().take(after));
    let is_wanted = |place: &Place| {
        let count = list_row(state, *place);
        if is_mention {
            count.mentions > 0
        } else {
            count.unread > 0 && !count.is_muted || count.is_invitation
        }
    };
    let mut others = behind.copied().filter(|place| Some(*place) != now);
    let Some(next) = others.find(is_wanted) else {
        let words = state.texts.nothing_unread();
        state.say(words);
        return Vec::new();
    };
    pane::open(state, next)
}
