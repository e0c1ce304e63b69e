//! Contacts and the members of a room, in front: what is done to whoever is chosen.

use std::collections::BTreeSet;

use tidings_node::PersonId;
use tidings_node::api::{ContactState, History, Role};

use super::{act, open};
use crate::chat::{Action, Ask, Place, RoomChange};
use crate::tui::effect::Effect;
use crate::tui::state::{Input, Party, Popup, Question, State, candidates, choosable};

/// Asks whom to take into a room; a new one is made at once where there is nobody.
pub(super) fn ask_party(state: &mut State, party: Party) -> Vec<Effect> {
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
    choose_first(state);
    Vec::new()
}

/// Chooses the first of those who are shown: who is picked already is shown whatever is looked for, so of those to be
/// picked the first who is not.
pub(super) fn choose_first(state: &mut State) {
    let mut all = choosable(state);
    if let Some(Popup::Pick { picked, .. }) = &state.popup {
        all.sort_by_key(|person| picked.contains(person));
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
    {
        if !picked.remove(chosen) {
            picked.insert(*chosen);
        }
        *input = Input::default();
    }
}

/// Takes those who are picked into the room; into one that is there whoever is chosen, if nobody is.
pub(super) fn taken(state: &mut State) -> Vec<Effect> {
    let all = choosable(state);
    let Some(Popup::Pick {
        party,
        picked,
        chosen,
        ..
    }) = state.popup.take()
    else {
        return Vec::new();
    };
    let chosen = chosen.filter(|chosen| all.contains(chosen));
    match party {
        Party::New(title) => vec![Effect::Ask(Ask::CreateRoom {
            title,
            with: picked.into_iter().collect(),
        })],
        Party::Into(Place::Room(room), history) => {
            let all = if picked.is_empty() {
                chosen.into_iter().collect()
            } else {
                picked
            };
            let invite = |member| {
                let invite = RoomChange::Invite { member, history };
                Effect::Ask(Ask::Room(room, invite))
            };
            all.into_iter().map(invite).collect()
        }
        Party::Into(Place::Person(_), _) => Vec::new(),
    }
}

/// Does something to the contact who is chosen among all; nothing if the action is not about one.
pub(super) fn on_contact(state: &mut State, chosen: PersonId, action: Action) -> Vec<Effect> {
    let place = Place::Person(chosen);
    let contact = state.contact(place);
    if contact.is_none_or(|contact| contact.state == ContactState::Pending) {
        return Vec::new();
    }
    if action == Action::Accept {
        state.popup = None;
        return open::open(state, place);
    }
    let possible = [Action::Verify, Action::RenameContact, Action::Block];
    if !possible.contains(&action) {
        return Vec::new();
    }
    act::on_place(state, place, action).unwrap_or_default()
}

/// Does something to the member who is chosen; nothing if the action is not about one.
pub(super) fn on_member(
    state: &mut State,
    place: Place,
    person: PersonId,
    action: Action,
) -> Vec<Effect> {
    let of = state.conversation(place).into_iter();
    let mut members = of.flat_map(|conversation| &conversation.members);
    let member = members.find(|member| member.person == person);
    let (Some(member), Place::Room(_)) = (member, place) else {
        return Vec::new();
    };
    let is_contact = state.contact(Place::Person(person)).is_some();
    let is_own = person == state.identity.person;
    if action == Action::RemoveMember && is_own {
        // Whoever goes leaves.
        return Vec::new();
    } else if action == Action::RemoveMember {
        state.popup = Some(Popup::Confirm(Question::Remove(place, person)));
    } else if action == Action::Role {
        let is_admin = member.role != Role::Admin;
        state.popup = Some(Popup::Confirm(Question::Admin(place, person, is_admin)));
    } else if action == Action::InviteMember {
        return ask_party(state, Party::Into(place, History::All));
    } else if action == Action::Verify && is_contact {
        return act::on_place(state, Place::Person(person), action).unwrap_or_default();
    } else if action == Action::Accept && is_contact {
        state.popup = None;
        return open::open(state, Place::Person(person));
    }
    Vec::new()
}
