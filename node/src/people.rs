//! The people and rooms that a command can mean, and by what names they are shown.
//!
//! Invariants
//! - Everybody has one name wherever they are shown: the one that we gave, else the one they give
//!   themselves, be they contacts or only in a room with us.
//! - No two have the same one: see [`apart`].
//! - Every room has a title: one that nobody gave one whose words are shown is called by who is in it.

mod apart;
mod find;

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::id::{ConversationId, DeviceId, PersonId, Tag};
use tidings_protocol::identity::{Card, VerifiedCard};
use tidings_protocol::record::{Alarm, ContactRecord, DeviceRecord, RoomRecord};

use apart::start_of_id;
pub(crate) use find::{Place, folded};

use crate::api::{Contact, ContactAlarm, ContactState};

/// People by whom a room is called.
const NAMESAKES_MAX: usize = 3;

/// A contact with what its devices show.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) record: ContactRecord,
    pub(crate) cards: Vec<VerifiedCard>,
    pub(crate) conversation: ConversationId,
    /// Under what name they are shown, if another has theirs too.
    apart: Option<String>,
}

/// All contacts and rooms, as they were read from the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    people: Vec<Person>,
    rooms: Vec<RoomRecord>,
    /// How those call themselves who are no contacts.
    others: BTreeMap<PersonId, String>,
    /// Under what names those are shown whose own is another's too.
    apart: BTreeMap<PersonId, String>,
}

impl People {
    /// Puts contacts, their devices and rooms together.
    pub(crate) fn new(
        own: PersonId,
        contacts: Vec<ContactRecord>,
        devices: &[DeviceRecord],
        rooms: Vec<RoomRecord>,
    ) -> Self {
        let people = contacts.into_iter().map(|record| {
            let of_person = devices
                .iter()
                .filter(|device| device.person == record.person);
            let mut cards: Vec<VerifiedCard> = of_person
                .filter_map(|device| Card::from_bytes(&device.card).ok()?.verify().ok())
                .collect();
            // The words cover the devices that are still the person's.
            let epoch = cards.iter().max_by_key(|card| card.epoch.epoch);
            if let Some(epoch) = epoch.map(|card| card.epoch.clone()) {
                cards.retain(|card| epoch.keeps(&card.device, card.epoch.epoch));
            }
            let conversation = ConversationId::direct(own, record.person);
            Person {
                record,
                cards,
                conversation,
                apart: None,
            }
        });
        let mut people: Vec<Person> = people.collect();
        let others = others(&people, devices, &rooms);
        let apart = apart::told_apart(own, &people, &others);
        for person in &mut people {
            person.apart = apart.get(&person.record.person).cloned();
        }
        let mut known = Self {
            people,
            rooms: Vec::new(),
            others,
            apart,
        };
        let rooms = rooms.into_iter().map(|room| known.titled(own, room));
        known.rooms = rooms.collect();
        known
    }

    /// A room, called by the others in it if it has no title; by whoever is blocked last.
    fn titled(&self, own: PersonId, room: RoomRecord) -> RoomRecord {
        if !room.title.is_empty() {
            return room;
        }
        let others = room.members.iter().map(|member| member.person);
        let mut others: Vec<PersonId> = others.filter(|person| *person != own).collect();
        others.sort_by_key(|person| self.by_id(person).is_some_and(|one| one.record.blocked));
        let names = others.iter().filter_map(|person| self.name(person));
        let mut names: Vec<&str> = names.collect();
        let is_more = names.len() > NAMESAKES_MAX;
        names.truncate(NAMESAKES_MAX);
        names.extend(is_more.then_some("\u{2026}"));
        let title = if names.is_empty() {
            start_of_id(&room.conversation)
        } else {
            names.join(", ")
        };
        RoomRecord { title, ..room }
    }

    /// The contacts.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    /// The rooms, those that our person is not in any more among them.
    pub(crate) fn rooms(&self) -> &[RoomRecord] {
        &self.rooms
    }

    /// The contact with this id.
    pub(crate) fn by_id(&self, person: &PersonId) -> Option<&Person> {
        self.people
            .iter()
            .find(|candidate| candidate.record.person == *person)
    }

    /// The name by which somebody else is shown; `None` of whom none is known.
    pub(crate) fn name(&self, person: &PersonId) -> Option<&str> {
        let apart = self.apart.get(person).map(String::as_str);
        apart.or_else(|| self.called(person))
    }

    /// The name that we gave somebody else, else the one they give themselves.
    fn called(&self, person: &PersonId) -> Option<&str> {
        let contact = self.by_id(person).map(Person::called);
        contact.or_else(|| self.others.get(person).map(String::as_str))
    }

    /// The contact last met by this invite or join.
    pub(crate) fn met_by(&self, tag: Tag) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.record.met_by == tag)
    }
}

/// How those call themselves who are no contacts: by the room that shows them, and once they left
/// it, by what their devices showed.
fn others(
    people: &[Person],
    devices: &[DeviceRecord],
    rooms: &[RoomRecord],
) -> BTreeMap<PersonId, String> {
    let mut others = BTreeMap::new();
    let members = rooms.iter().flat_map(|room| &room.members);
    for member in members.filter(|member| !member.name.is_empty()) {
        others.insert(member.person, member.name.clone());
    }
    for person in people {
        others.remove(&person.record.person);
    }
    for device in devices {
        let is_contact = || people.iter().any(|one| one.record.person == device.person);
        if !others.contains_key(&device.person)
            && !is_contact()
            && let Ok(card) = Card::from_bytes(&device.card)
        {
            others.insert(device.person, card.name);
        }
    }
    others
}

impl Person {
    /// The name by which they are shown.
    pub(crate) fn name(&self) -> &str {
        self.apart.as_deref().unwrap_or_else(|| self.called())
    }

    /// The name we gave, else the one they give themselves.
    fn called(&self) -> &str {
        self.record.petname.as_deref().unwrap_or(&self.record.name)
    }

    /// Words that cover the root key and all devices.
    pub(crate) fn safety_words(&self) -> Vec<String> {
        let Some(first) = self.cards.first() else {
            return Vec::new();
        };
        let devices: Vec<[u8; 32]> = self
            .cards
            .iter()
            .map(|card| *card.signing.as_bytes())
            .collect();
        tidings_protocol::identity::safety_words(&first.root, &devices)
            .into_iter()
            .map(str::to_owned)
            .collect()
    }

    /// The devices that the words cover, ascending.
    pub(crate) fn devices(&self) -> Vec<DeviceId> {
        let mut devices: Vec<DeviceId> = self.cards.iter().map(|card| card.device).collect();
        devices.sort();
        devices
    }

    /// As the API shows it, these people being there.
    pub(crate) fn contact(&self, online: &BTreeSet<PersonId>) -> Contact {
        let state = match (self.record.blocked, self.record.alarm) {
            (true, _) => ContactState::Blocked,
            (false, Some(_)) => ContactState::Suspended,
            (false, None) => ContactState::Active,
        };
        Contact {
            person: Some(self.record.person),
            name: self.name().to_owned(),
            verified: self.record.verified,
            state,
            alarm: self.record.alarm.map(|alarm| match alarm {
                Alarm::NewDevice => ContactAlarm::NewDevice,
                Alarm::Contradiction => ContactAlarm::Contradiction,
            }),
            online: online.contains(&self.record.person),
            asked_at: None,
            join: None,
        }
    }
}

#[cfg(test)]
mod tests;
