//! Contacts as they are shown in front: all of them, or those who can be taken into a room.

use std::collections::BTreeSet;

use tidings_node::PersonId;
use tidings_node::api::{Contact, ContactState, History};

use super::{Popup, State};
use crate::chat::Place;

/// Into what contacts are to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Party {
    /// Into a new room of this title.
    New(String),
    /// Into a room, with so much of what was written before.
    Into(Place, History),
}

/// All contacts: first those about whom something is to be done, last those who are blocked; by name.
pub(in crate::tui) fn people(state: &State) -> Vec<&Contact> {
    let mut people: Vec<&Contact> = state.contacts.iter().collect();
    people
        .sort_by_cached_key(|contact| (rank(contact), contact.name.to_lowercase(), contact.person));
    people
}

fn rank(contact: &Contact) -> u8 {
    match contact.state {
        ContactState::Suspended => 0,
        ContactState::Pending => 1,
        ContactState::Active => 2,
        ContactState::Blocked | _ => 3,
    }
}

/// Of those who are shown in front, whoever can be chosen; nobody where no people are.
pub(in crate::tui) fn choosable(state: &State) -> Vec<PersonId> {
    if let Some(Popup::Members { place, .. }) = &state.popup {
        let of = state.conversation(*place).into_iter();
        let members = of.flat_map(|conversation| &conversation.members);
        members.map(|member| member.person).collect()
    } else if let Some(Popup::People { .. }) = &state.popup {
        let all = people(state).into_iter();
        all.filter_map(|contact| contact.person).collect()
    } else if let Some(Popup::Pick {
        party,
        input,
        picked,
        ..
    }) = &state.popup
    {
        let all = candidates(state, party, input.text(), picked).into_iter();
        all.map(|(person, _)| person).collect()
    } else {
        Vec::new()
    }
}

/// Those who can be taken into a room, whose names a text finds; who is picked is among them whatever the text.
pub(in crate::tui) fn candidates<'a>(
    state: &'a State,
    party: &Party,
    text: &str,
    picked: &BTreeSet<PersonId>,
) -> Vec<(PersonId, &'a Contact)> {
    let text = text.trim().to_lowercase();
    let members = match party {
        Party::New(_) => &[][..],
        Party::Into(place, _) => state
            .conversation(*place)
            .map_or(&[][..], |conversation| &conversation.members),
    };
    people(state)
        .into_iter()
        .filter(|contact| contact.state == ContactState::Active)
        .filter_map(|contact| Some((contact.person?, contact)))
        .filter(|(person, _)| members.iter().all(|member| member.person != *person))
        .filter(|(person, contact)| {
            picked.contains(person) || contact.name.to_lowercase().contains(&text)
        })
        .collect()
}
