//! Who and what there is: people, rooms, what was begun there, what is unread, who is there and types.
//!
//! Invariants
//! - Names and titles are safe to print. A draft is as it was typed.
//! - What is told replaces what was known. What changed by that is returned once, for whoever says it.
//! - How much is unread is taken over when something first appears, and counted by whoever shows messages from then on.

mod members;
mod person;
mod presence;
mod room;

use std::collections::{BTreeMap, BTreeSet};

use tidings_node::api::{Contact, Conversation};
use tidings_node::{ConversationId, PersonId};

use super::Place;
pub(crate) use members::Fate;
pub(crate) use person::Person;
pub(crate) use room::Room;

/// What changed about a conversation.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) place: Place,
    pub(crate) change: Change,
}

/// What it was that changed; how it is now, the [`Book`] says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// A room is there that was not.
    Appeared,
    /// What we are in a room; whether we had only been invited.
    Standing { was_invited: bool },
    /// A room's title; the one before.
    Title(String),
    /// What we may do in a room; whether we are an admin now.
    OwnRole { is_admin: bool },
    /// What became of somebody else in a room, by name.
    Member(String, Fate),
    /// After how long disappears what is written.
    Lifetime,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Book {
    own: Option<PersonId>,
    people: Vec<Person>,
    rooms: Vec<Room>,
    /// To whom what is written in a conversation goes.
    places: BTreeMap<ConversationId, Place>,
    drafts: BTreeMap<Place, String>,
    /// After how many seconds disappears what is written there.
    lifetimes: BTreeMap<Place, u32>,
    muted: BTreeSet<Place>,
    archived: BTreeSet<Place>,
    /// Where nobody learns what is read.
    unreceipted: BTreeSet<Place>,
    pending: usize,
    online: BTreeSet<PersonId>,
}

impl Book {
    /// Takes what there is at the start.
    pub(crate) fn start(
        &mut self,
        own: PersonId,
        contacts: Vec<Contact>,
        conversations: &[Conversation],
    ) {
        self.own = Some(own);
        self.take_contacts(contacts);
        self.start_conversations(conversations);
    }

    /// Who we are.
    pub(crate) const fn own(&self) -> Option<PersonId> {
        self.own
    }

    /// Whom we know, in the order in which we met.
    pub(crate) fn people(&self) -> &[Person] {
        &self.people
    }

    /// The rooms, in the order in which they appeared.
    pub(crate) fn rooms(&self) -> &[Room] {
        &self.rooms
    }

    /// Whether there is nobody to write to.
    pub(crate) const fn is_empty(&self) -> bool {
        self.people.is_empty() && self.rooms.is_empty()
    }

    /// How many codes were used whose makers have not answered yet.
    pub(crate) const fn pending(&self) -> usize {
        self.pending
    }

    /// A contact.
    pub(crate) fn person(&self, id: PersonId) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// A room.
    pub(crate) fn room(&self, id: ConversationId) -> Option<&Room> {
        self.rooms.iter().find(|room| room.id == id)
    }

    /// Where a message belongs.
    pub(crate) fn place(&self, conversation: ConversationId) -> Option<Place> {
        self.places.get(&conversation).copied()
    }

    /// Everybody and everything that one can write to, by name: people first.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Place, &str)> {
        let people = self.people.iter();
        let people = people.map(|person| (Place::Person(person.id), person.name.as_str()));
        let rooms = self.rooms.iter();
        people.chain(rooms.map(|room| (Place::Room(room.id), room.title.as_str())))
    }

    /// A contact's name or a room's title.
    pub(crate) fn name(&self, place: Place) -> String {
        let name = match place {
            Place::Person(id) => self.person(id).map(|person| &person.name),
            Place::Room(id) => self.room(id).map(|room| &room.title),
        };
        name.cloned().unwrap_or_else(|| "them".to_owned())
    }

    /// What was begun there and not sent.
    pub(crate) fn draft(&self, place: Place) -> Option<&str> {
        self.drafts.get(&place).map(String::as_str)
    }

    /// After how many seconds disappears what is written there.
    pub(crate) fn lifetime(&self, place: Place) -> Option<u32> {
        self.lifetimes.get(&place).copied()
    }

    /// Whether nothing there is worth an interruption.
    pub(crate) fn is_muted(&self, place: Place) -> bool {
        self.muted.contains(&place)
    }

    /// Whether it is put away until something new is in it.
    pub(crate) fn is_archived(&self, place: Place) -> bool {
        self.archived.contains(&place)
    }

    /// Whether others learn what is read there.
    pub(crate) fn has_receipts(&self, place: Place) -> bool {
        !self.unreceipted.contains(&place)
    }

    /// How many messages there are unread, to be changed; nothing if there is no such contact or room.
    pub(crate) fn unread_mut(&mut self, place: Place) -> Option<&mut u64> {
        match place {
            Place::Person(id) => {
                let person = self.people.iter_mut().find(|person| person.id == id);
                person.map(|person| &mut person.unread)
            }
            Place::Room(id) => {
                let room = self.rooms.iter_mut().find(|room| room.id == id);
                room.map(|room| &mut room.unread)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tidings_node::api::Standing;

    use super::*;
    use crate::output::sample;

    #[test]
    fn what_is_unread_is_taken_over_at_the_start_and_counted_by_others_from_then_on() {
        let mut book = Book::default();
        let room = |unread| Conversation {
            unread,
            ..sample::room('r', "Team")
        };
        book.start(sample::id('z'), Vec::new(), &[room(3)]);
        let team = Place::Room(sample::id('r'));
        assert_eq!(book.unread_mut(team), Some(&mut 3));
        assert_eq!(book.take_conversations(&[room(7)]), []);
        assert_eq!(book.unread_mut(team), Some(&mut 3));
        let other = Conversation {
            unread: 2,
            ..sample::room('s', "Crew")
        };
        let crew = Place::Room(sample::id('s'));
        let changed = book.take_conversations(&[other]);
        let appeared = Changed {
            place: crew,
            change: Change::Appeared,
        };
        assert_eq!(changed, [appeared]);
        assert_eq!(book.unread_mut(crew), Some(&mut 0), "it comes as news");
    }

    #[test]
    fn a_room_that_was_left_before_is_none() {
        let mut book = Book::default();
        let left = Conversation {
            standing: Standing::Left,
            ..sample::room('r', "Team")
        };
        book.start(sample::id('z'), Vec::new(), std::slice::from_ref(&left));
        assert!(book.is_empty());
        assert_eq!(book.take_conversations(&[left]), []);
        assert!(book.is_empty());
    }
}
