//! Contacts as they are shown in front: all of them, or those who can be taken into a room.

use std::collections::BTreeSet;

use tidings_node::api::{Contact, ContactState, History};
use tidings_node::{ConversationId, JoinId, PersonId};

use super::{Popup, State};
use crate::chat::Place;

/// Into what contacts are to be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum Party {
    /// Into a new room of this title.
    New(String),
    /// Into a room, with so much of what was written before.
    Into(ConversationId, History),
}

/// Somebody in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::tui) enum Somebody {
    /// A person.
    Person(PersonId),
    /// Whoever made a code that was used, and has not answered: by that join.
    Join(JoinId),
    /// Nobody.
    Nobody,
}

impl Somebody {
    /// Whom a contact's row is of.
    pub(in crate::tui) fn of(contact: &Contact) -> Option<Self> {
        if contact.state == ContactState::Pending {
            contact.join.map(Self::Join)
        } else {
            contact.person.map(Self::Person)
        }
    }

    /// Who they are, where that is known.
    pub(in crate::tui) const fn person(self) -> Option<PersonId> {
        match self {
            Self::Person(person) => Some(person),
            Self::Join(_) | Self::Nobody => None,
        }
    }
}

/// All contacts: first those about whom something is to be done, last those who are blocked; by name.
pub(in crate::tui) fn people(state: &State) -> Vec<&Contact> {
    let all = state.book.contacts().iter();
    let mut people: Vec<&Contact> = all.chain(state.book.pending()).collect();
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
pub(in crate::tui) fn choosable(state: &State) -> Vec<Somebody> {
    if let Some(Popup::Members { room, .. }) = &state.popup {
        let of = state.conversation(Place::Room(*room)).into_iter();
        let members = of.flat_map(|conversation| &conversation.members);
        members
            .map(|member| Somebody::Person(member.person))
            .collect()
    } else if let Some(Popup::People { .. }) = &state.popup {
        let all = people(state).into_iter();
        all.filter_map(Somebody::of).collect()
    } else if let Some(Popup::Pick {
        party,
        input,
        picked,
        ..
    }) = &state.popup
    {
        let all = candidates(state, party, input.text(), picked).into_iter();
        let all = all.map(|(person, _)| Somebody::Person(person));
        let nobody = offers_nobody(party, input.text(), picked).then_some(Somebody::Nobody);
        all.chain(nobody).collect()
    } else {
        Vec::new()
    }
}

/// Whether a room may be made with nobody else in it: while nobody is looked for, and nobody is picked.
pub(in crate::tui) fn offers_nobody(
    party: &Party,
    text: &str,
    picked: &BTreeSet<PersonId>,
) -> bool {
    matches!(party, Party::New(_)) && text.trim().is_empty() && picked.is_empty()
}

/// Those who can be taken into a room, whose names a text finds; who is picked is among them whatever the text.
pub(in crate::tui) fn candidates<'a>(
    state: &'a State,
    party: &Party,
    text: &str,
    picked: &BTreeSet<PersonId>,
) -> Vec<(PersonId, &'a Contact)> {
    let text = text.trim().to_lowercase();
    let room = match party {
        Party::New(_) => None,
        Party::Into(room, _) => state.conversation(Place::Room(*room)),
    };
    let members = room.into_iter().flat_map(|room| &room.members);
    let members: BTreeSet<PersonId> = members.map(|member| member.person).collect();
    people(state)
        .into_iter()
        .filter(|contact| contact.state == ContactState::Active)
        .filter_map(|contact| Some((contact.person?, contact)))
        .filter(|(person, _)| !members.contains(person))
        .filter(|(person, contact)| {
            picked.contains(person) || contact.name.to_lowercase().contains(&text)
        })
        .collect()
}
