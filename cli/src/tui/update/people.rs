//! Contacts and the members of a room, in front: what is done to whoever is chosen.

use std::collections::BTreeSet;

use tidings_node::PersonId;
use tidings_node::api::{ContactState, History, Role};

use super::{act, open};
use crate::chat::{Action, Ask, Place, RoomChange};
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Input, Party, Popup, Question, State, candidates, people};

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
        choice: Choice::default(),
    });
    Vec::new()
}

/// Picks whoever is chosen, or no longer.
pub(super) fn pick(state: &mut State) {
    let Some(chosen) = chosen_candidate(state) else {
        return;
    };
    if let Some(Popup::Pick { picked, input, .. }) = &mut state.popup {
        if !picked.remove(&chosen) {
            picked.insert(chosen);
        }
        *input = Input::default();
    }
    // The choice stays with whom it was at, wherever that is among all.
    let Some(Popup::Pick { party, picked, .. }) = &state.popup else {
        return;
    };
    let all = candidates(state, party, "", picked);
    let at = all.iter().position(|(person, _)| *person == chosen);
    if let (Some(Popup::Pick { choice, .. }), Some(at)) = (&mut state.popup, at) {
        *choice = Choice::at(at);
    }
}

fn chosen_candidate(state: &State) -> Option<PersonId> {
    let Some(Popup::Pick {
        party,
        input,
        picked,
        choice,
    }) = &state.popup
    else {
        return None;
    };
    let all = candidates(state, party, input.text(), picked);
    all.get(choice.of(all.len())).map(|(person, _)| *person)
}

/// Takes those who are picked into the room; into one that is there whoever is chosen, if nobody is.
pub(super) fn taken(state: &mut State) -> Vec<Effect> {
    let chosen = chosen_candidate(state);
    let Some(Popup::Pick { party, picked, .. }) = state.popup.take() else {
        return Vec::new();
    };
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
pub(super) fn on_contact(state: &mut State, choice: Choice, action: Action) -> Vec<Effect> {
    let all = people(state);
    let contact = all.get(choice.of(all.len()));
    let Some(contact) = contact.filter(|contact| contact.state != ContactState::Pending) else {
        return Vec::new();
    };
    let Some(place) = contact.person.map(Place::Person) else {
        return Vec::new();
    };
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
    choice: Choice,
    action: Action,
) -> Vec<Effect> {
    let Some(conversation) = state.conversation(place) else {
        return Vec::new();
    };
    let at = choice.of(conversation.members.len());
    let (Some(member), Place::Room(room)) = (conversation.members.get(at), place) else {
        return Vec::new();
    };
    let person = member.person;
    let is_contact = state.contact(Place::Person(person)).is_some();
    if action == Action::RemoveMember {
        state.popup = Some(Popup::Confirm(Question::Remove(place, person)));
    } else if action == Action::Role {
        let role = match member.role {
            Role::Admin => Role::Member,
            Role::Member | _ => Role::Admin,
        };
        let member = person;
        return vec![Effect::Ask(Ask::Room(
            room,
            RoomChange::SetRole { member, role },
        ))];
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
