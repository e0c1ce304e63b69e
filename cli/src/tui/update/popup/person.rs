//! Choosing somebody, wherever people stand in front.

use crate::tui::state::{Popup, State, choosable};

/// Chooses the first of those who are shown: who is picked already is shown whatever is looked for, so of those to be
/// picked the first who is not.
pub(super) fn choose_first(state: &mut State) {
    let mut all = choosable(state);
    if let Some(Popup::Pick { picked, .. }) = &state.popup {
        all.sort_by_key(|one| one.person().is_some_and(|person| picked.contains(&person)));
    }
    if let Some(chosen) = state.popup.as_mut().and_then(Popup::chosen_mut) {
        *chosen = all.first().copied();
    }
}

/// Chooses somebody further down, or up.
pub(super) fn step(state: &mut State, by: isize) {
    let all = choosable(state);
    let Some(chosen) = state.popup.as_mut().and_then(Popup::chosen_mut) else {
        return;
    };
    let at = all.iter().position(|person| Some(*person) == *chosen);
    let last = all.len().saturating_sub(1);
    let to = at.map_or(0, |at| at.saturating_add_signed(by).min(last));
    *chosen = all.get(to).copied();
}
