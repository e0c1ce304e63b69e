//! Whom to take into a room.

use std::collections::BTreeSet;

use super::person;
use crate::chat::{Ask, RoomChange};
use crate::tui::effect::Effect;
use crate::tui::state::{Input, Party, Popup, Somebody, State, candidates, choosable};

/// Asks whom to take into a room; a new one is made at once where there is nobody.
pub(in crate::tui::update) fn show(state: &mut State, party: Party) -> Vec<Effect> {
    let nobody = BTreeSet::new();
    if let Party::New(title) = &party
        && candidates(state, &party, "", &nobody).is_empty()
    {
        return vec![Effect::Ask(Ask::CreateRoom {
            title: title.clone(),
            with: Vec::new(),
        })];
    }
    state.popup = Some(Popup::Pick {
        party,
        input: Input::default(),
        picked: nobody,
        chosen: None,
    });
    person::choose_first(state);
    Vec::new()
}

/// Picks whoever is chosen, or no longer.
pub(super) fn pick(state: &mut State) {
    let all = choosable(state);
    if let Some(Popup::Pick {
        picked,
        input,
        chosen: Some(chosen),
        ..
    }) = &mut state.popup
        && all.contains(chosen)
        && let Some(person) = chosen.person()
    {
        if !picked.remove(&person) {
            picked.insert(person);
        }
        *input = Input::default();
    }
}

/// Takes those who are picked into the room; whoever is chosen, if nobody is. Where nobody is chosen either, it is asked on.
pub(super) fn taken(state: &mut State) -> Vec<Effect> {
    let all = choosable(state);
    let Some(Popup::Pick {
        party,
        picked,
        chosen,
        ..
    }) = &mut state.popup
    else {
        return Vec::new();
    };
    let chosen = chosen.filter(|chosen| all.contains(chosen));
    if picked.is_empty() && chosen.is_none() {
        return Vec::new();
    }
    let mut all = std::mem::take(picked);
    if all.is_empty() {
        all.extend(chosen.and_then(Somebody::person));
    }
    let party = party.clone();
    state.popup = None;
    match party {
        Party::New(title) => vec![Effect::Ask(Ask::CreateRoom {
            title,
            with: all.into_iter().collect(),
        })],
        Party::Into(room, history) => {
            let invite = |member| {
                let invite = RoomChange::Invite { member, history };
                Effect::Ask(Ask::Room(room, invite))
            };
            all.into_iter().map(invite).collect()
        }
    }
}
