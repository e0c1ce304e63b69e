//! The people a command can mean, and how a name finds them.
//!
//! Invariants
//! - Names match case-insensitively after NFC; an id matches by its start, from
//!   [`ID_CHARACTERS_MIN`] characters on. A name wins over an id.
//! - A name that fits several is never guessed: the candidates are told.

use tidings_protocol::id::{ConversationId, PersonId, Tag};
use tidings_protocol::identity::{Card, VerifiedCard};
use tidings_protocol::record::{ContactRecord, DeviceRecord};
use unicode_normalization::UnicodeNormalization as _;

use crate::api::{ApiError, Contact, ContactState, ErrorKind, Who};

/// The shortest start of an id that is taken for one.
const ID_CHARACTERS_MIN: usize = 6;

/// A contact with what its devices show.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) record: ContactRecord,
    pub(crate) cards: Vec<VerifiedCard>,
    pub(crate) conversation: ConversationId,
}

/// All contacts, as they were read from the store.
#[derive(Debug, Clone, Default)]
pub(crate) struct People {
    people: Vec<Person>,
}

impl People {
    /// Puts contacts and their devices together.
    pub(crate) fn new(
        own: PersonId,
        contacts: Vec<ContactRecord>,
        devices: &[DeviceRecord],
    ) -> Self {
        let people = contacts.into_iter().map(|record| {
            let of_person = devices
                .iter()
                .filter(|device| device.person == record.person);
            let cards = of_person
                .filter_map(|device| Card::from_bytes(&device.card).ok()?.verify().ok())
                .collect();
            let conversation = ConversationId::direct(own, record.person);
            Person {
                record,
                cards,
                conversation,
            }
        });
        Self {
            people: people.collect(),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Person> {
        self.people.iter()
    }

    /// The contact with this id.
    pub(crate) fn by_id(&self, person: &PersonId) -> Option<&Person> {
        self.people
            .iter()
            .find(|candidate| candidate.record.person == *person)
    }

    /// The contact last met by this invite or join.
    pub(crate) fn met_by(&self, tag: Tag) -> Option<&Person> {
        self.people
            .iter()
            .find(|person| person.record.met_by == tag)
    }

    /// The one contact that `who` means.
    pub(crate) fn find(&self, who: &Who) -> Result<&Person, ApiError> {
        let name = folded(&who.0);
        let mut found: Vec<&Person> = self
            .people
            .iter()
            .filter(|person| folded(person.name()) == name || folded(&person.record.name) == name)
            .collect();
        if found.is_empty() && name.len() >= ID_CHARACTERS_MIN {
            found.extend(self.people.iter().filter(|person| {
                person.record.person.to_string().starts_with(&name)
                    || person.conversation.to_string().starts_with(&name)
            }));
        }
        match found.as_slice() {
            [person] => Ok(person),
            [] => Err(ApiError::not_found(format!(
                "there is no contact '{}'; `tidings contacts` lists them",
                who.0
            ))),
            several => Err(ApiError {
                kind: ErrorKind::Ambiguous,
                message: format!("'{}' fits several contacts; use the start of an id", who.0),
                candidates: several.iter().map(|person| person.candidate()).collect(),
            }),
        }
    }
}

impl Person {
    /// The name we gave, else the one they give themselves.
    pub(crate) fn name(&self) -> &str {
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

    /// As the API shows it.
    pub(crate) fn contact(&self) -> Contact {
        let blocked = self.record.blocked;
        Contact {
            person: Some(self.record.person),
            name: self.name().to_owned(),
            verified: self.record.verified,
            state: if blocked {
                ContactState::Blocked
            } else {
                ContactState::Active
            },
        }
    }

    fn candidate(&self) -> String {
        format!("{} ({})", self.name(), self.record.person)
    }
}

fn folded(name: &str) -> String {
    name.trim()
        .nfc()
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}
