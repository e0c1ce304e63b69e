//! How a name finds whom or what it means.
//!
//! Invariants
//! - A whole id means its owner and nothing else, whatever others call themselves; a petname, which
//!   we gave, wins over what anybody says of themselves.
//! - Names match case-insensitively after NFC; an id matches by its start, from
//!   [`ID_CHARACTERS_MIN`] characters on. Neither of the two wins over the other.
//! - A contact with a petname is not found by the name it gives itself.
//! - A title, which others can change, wins over nobody's name. That of a room into which others let our
//!   person loses against every contact, so that nobody can take a contact's name from us; that of a
//!   room which our person is not in is taken where nothing else fits.
//! - A name that fits several is never guessed: the candidates are told.

use std::fmt::Display;

use tidings_protocol::id::{ConversationId, PersonId};
use tidings_protocol::record::{ContactRecord, MemberRecord, RoomRecord, RoomStanding};
use unicode_normalization::UnicodeNormalization as _;

use super::{People, Person};
use crate::api::{ApiError, ErrorKind, Identity, Said, Who};
use crate::reason;

/// The shortest start of an id that is taken for one.
const ID_CHARACTERS_MIN: usize = 6;

/// Where something is written and read.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    /// With a contact.
    Direct(&'a Person),
    /// In a room.
    Room(&'a RoomRecord),
}

impl Place<'_> {
    /// The conversation's id.
    pub(crate) const fn conversation(&self) -> ConversationId {
        match self {
            Self::Direct(person) => person.conversation,
            Self::Room(room) => room.conversation,
        }
    }
}

impl People {
    /// All places: those with contacts first.
    pub(crate) fn places(&self) -> impl Iterator<Item = Place<'_>> {
        let direct = self.people.iter().map(Place::Direct);
        direct.chain(self.rooms.iter().map(Place::Room))
    }

    /// The one contact that `who` means.
    pub(crate) fn contact(&self, who: &Who) -> Result<&Person, ApiError> {
        let name = folded(&who.0);
        let fits = self.people.iter().map(|one| (fit_of(one, &name), one));
        match *best(fits) {
            [person] => Ok(person),
            [] if self.rooms.iter().any(|room| folded(&room.title) == name) => {
                Err(ApiError::not_found(reason::room_and_no_contact(&who.0)))
            }
            [] => Err(ApiError::not_found(if self.begins_id(&name) {
                reason::no_contact_of_short_id(&who.0, ID_CHARACTERS_MIN)
            } else {
                reason::no_contact_of_name(&who.0)
            })),
            ref several => Err(ambiguous(
                reason::several_contacts(&who.0),
                several.iter().map(|person| person.candidate()),
            )),
        }
    }

    /// The one conversation that `who` means.
    pub(crate) fn place(&self, who: &Who) -> Result<Place<'_>, ApiError> {
        let name = folded(&who.0);
        let people = self.people.iter();
        let people = people.map(|one| (fit_of(one, &name), Place::Direct(one)));
        let rooms = self.rooms.iter();
        let rooms = rooms.map(|room| (fit_of_room(room, &name), Place::Room(room)));
        let mut fitting = best(people.chain(rooms));
        if fitting
            .iter()
            .any(|place| matches!(place, Place::Direct(_)))
        {
            fitting.retain(|place| !is_called_by_others(place, &name));
        }
        match *fitting {
            [place] => Ok(place),
            [] => Err(ApiError::not_found(if self.begins_id(&name) {
                reason::no_place_of_short_id(&who.0, ID_CHARACTERS_MIN)
            } else {
                reason::no_place(&who.0)
            })),
            ref several => Err(ambiguous(
                reason::several_places(&who.0),
                several.iter().map(|place| match place {
                    Place::Direct(person) => person.candidate(),
                    Place::Room(room) => candidate(room),
                }),
            )),
        }
    }

    /// Whether a name that is nobody's begins an id, and is too short for one.
    fn begins_id(&self, name: &str) -> bool {
        let people = self.people.iter();
        let people =
            people.flat_map(|one| [one.record.person.to_string(), one.conversation.to_string()]);
        let rooms = self.rooms.iter().map(|room| room.conversation.to_string());
        let begins = |id: String| !name.is_empty() && id.starts_with(name);
        people.chain(rooms).any(begins)
    }

    /// The one room that `who` means; where it means a contact, whom nothing of a room is asked of, the one
    /// that goes by that title.
    pub(crate) fn room(&self, who: &Who) -> Result<&RoomRecord, ApiError> {
        let person = match self.place(who)? {
            Place::Room(room) => return Ok(room),
            Place::Direct(person) => person,
        };
        let name = folded(&who.0);
        let rooms = self.rooms.iter();
        match *best(rooms.map(|room| (fit_of_room(room, &name), room))) {
            [room] => Ok(room),
            [] => Err(ApiError::invalid(reason::contact_and_no_room(
                person.name(),
            ))),
            ref several => {
                let candidates = several.iter().map(|room| candidate(room));
                Err(ambiguous(reason::several_rooms(&who.0), candidates))
            }
        }
    }

    /// The one member of a room that `who` means, ourselves among them.
    pub(crate) fn member(
        &self,
        room: &RoomRecord,
        who: &Who,
        own: &Identity,
    ) -> Result<PersonId, ApiError> {
        let name = folded(&who.0);
        let members = room.members.iter();
        let fits = members.map(|member| (self.fit_of_member(member, &name, own), member.person));
        match *best(fits) {
            [person] => Ok(person),
            [] => Err(ApiError::not_found(reason::no_member_of_name(
                &who.0,
                &room.title,
            ))),
            ref several => Err(ambiguous(
                reason::several_members(&who.0),
                several.iter().map(|person| self.shown(person, own)),
            )),
        }
    }

    /// The one person that `who` means as an author: a contact, else somebody in a room with us.
    pub(crate) fn author(&self, who: &Who) -> Result<PersonId, ApiError> {
        let missing = match self.contact(who) {
            Ok(person) => return Ok(person.record.person),
            Err(error) if error.kind == ErrorKind::NotFound => error,
            Err(error) => return Err(error),
        };
        let name = folded(&who.0);
        let others = self.others.iter();
        let fits = others.map(|(person, own)| (self.fit_of_other(person, &name, own), *person));
        match *best(fits) {
            [person] => Ok(person),
            [] => Err(missing),
            ref several => Err(ambiguous(
                reason::several_people(&who.0),
                several.iter().map(|person| {
                    format!("{} ({person})", self.called(person).unwrap_or_default())
                }),
            )),
        }
    }

    fn fit_of_member(&self, member: &MemberRecord, name: &str, own: &Identity) -> Option<Fit> {
        if member.person == own.person {
            return fit(name, &[&member.person], None, &own.name, None);
        }
        let Some(contact) = self.by_id(&member.person) else {
            return self.fit_of_other(&member.person, name, &member.name);
        };
        let ContactRecord {
            petname, name: own, ..
        } = &contact.record;
        let apart = contact.apart.as_deref();
        fit(name, &[&member.person], petname.as_deref(), own, apart)
    }

    /// How a folded name fits somebody who is no contact and calls themselves `itself`.
    fn fit_of_other(&self, person: &PersonId, name: &str, itself: &str) -> Option<Fit> {
        let apart = self.apart.get(person).map(String::as_str);
        fit(name, &[person], None, itself, apart)
    }

    fn shown(&self, person: &PersonId, own: &Identity) -> String {
        let name = if *person == own.person {
            &own.name
        } else {
            self.called(person).unwrap_or_default()
        };
        format!("{name} ({person})")
    }
}

impl Person {
    fn candidate(&self) -> String {
        format!("{} ({})", self.called(), self.record.person)
    }
}

/// How a name fits something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fit {
    /// It is the whole id.
    Id,
    /// It is the name that we gave.
    Given,
    /// It is the title of a room that our person is in.
    Title,
    /// It is what somebody calls themselves, or the start of an id.
    Called,
    /// It is the title of a room that our person is not in, or not yet.
    Past,
}

/// All that fits best.
fn best<T>(fits: impl Iterator<Item = (Option<Fit>, T)>) -> Vec<T> {
    let fitting: Vec<(Fit, T)> = fits.filter_map(|(fit, one)| Some((fit?, one))).collect();
    let is_there = |wanted: Fit| fitting.iter().any(|(fit, _)| *fit == wanted);
    let taken: &[Fit] = if is_there(Fit::Id) {
        &[Fit::Id]
    } else if is_there(Fit::Given) {
        &[Fit::Given, Fit::Title]
    } else if is_there(Fit::Called) || is_there(Fit::Title) {
        &[Fit::Called, Fit::Title]
    } else {
        &[Fit::Past]
    };
    let best = fitting.into_iter().filter(|(fit, _)| taken.contains(fit));
    best.map(|(_, one)| one).collect()
}

/// How a folded name fits somebody; without a petname they are called as they call themselves, and
/// besides as they are told `apart` from others.
fn fit(
    name: &str,
    ids: &[&dyn Display],
    petname: Option<&str>,
    itself: &str,
    apart: Option<&str>,
) -> Option<Fit> {
    let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
    if name.is_empty() {
        // It is how they call themselves of whom nothing is known.
        None
    } else if ids.iter().any(|id| id == name) {
        Some(Fit::Id)
    } else if petname.is_some_and(|given| folded(given) == name) {
        Some(Fit::Given)
    } else if (petname.is_none() && folded(itself) == name)
        || apart.is_some_and(|shown| folded(shown) == name)
        || begins_one(&ids, name)
    {
        Some(Fit::Called)
    } else {
        None
    }
}

fn fit_of(person: &Person, name: &str) -> Option<Fit> {
    let record = &person.record;
    let ids: [&dyn Display; 2] = [&record.person, &person.conversation];
    let apart = person.apart.as_deref();
    fit(name, &ids, record.petname.as_deref(), &record.name, apart)
}

fn fit_of_room(room: &RoomRecord, name: &str) -> Option<Fit> {
    let id = room.conversation.to_string();
    if id == name {
        return Some(Fit::Id);
    }
    if folded(&room.title) == name {
        return Some(match room.standing {
            RoomStanding::Joined => Fit::Title,
            RoomStanding::Invited | RoomStanding::Left | RoomStanding::Removed => Fit::Past,
        });
    }
    begins_one(&[id], name).then_some(Fit::Called)
}

/// Whether a room fits by a title alone that others gave it, who let our person in.
fn is_called_by_others(place: &Place<'_>, name: &str) -> bool {
    match place {
        Place::Direct(_) => false,
        Place::Room(room) => {
            room.invited_by.is_some() && !begins_one(&[room.conversation.to_string()], name)
        }
    }
}

fn candidate(room: &RoomRecord) -> String {
    format!("{} (room {})", room.title, room.conversation)
}

fn begins_one(ids: &[String], start: &str) -> bool {
    start.len() >= ID_CHARACTERS_MIN && ids.iter().any(|id| id.starts_with(start))
}

fn ambiguous(said: Said, candidates: impl Iterator<Item = String>) -> ApiError {
    ApiError {
        candidates: candidates.collect(),
        ..ApiError::new(ErrorKind::Ambiguous, said)
    }
}

/// In the form in which names are compared.
pub(crate) fn folded(name: &str) -> String {
    name.trim()
        .nfc()
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}
