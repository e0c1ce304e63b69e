//! The people a command can mean, and how a name finds them.
//!
//! Invariants
//! - A whole id means its owner and nobody else, whatever others call themselves; a petname, which
//!   we gave, wins over what anybody says of themselves.
//! - Names match case-insensitively after NFC; an id matches by its start, from
//!   [`ID_CHARACTERS_MIN`] characters on. Neither of the two wins over the other.
//! - A contact with a petname is not found by the name it gives itself.
//! - A name that fits several is never guessed: the candidates are told.

use tidings_protocol::id::{ConversationId, DeviceId, PersonId, Tag};
use tidings_protocol::identity::{Card, VerifiedCard};
use tidings_protocol::record::{Alarm, ContactRecord, DeviceRecord};
use unicode_normalization::UnicodeNormalization as _;

use crate::api::{ApiError, Contact, ContactAlarm, ContactState, ErrorKind, Who};

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
        let ranks: [&dyn Fn(&Person) -> bool; 3] = [
            &|person| person.has_id(&name),
            &|person| person.petname().is_some_and(|given| given == name),
            &|person| person.calls_itself(&name) || person.id_begins(&name),
        ];
        let mut found = Vec::new();
        for fits in ranks {
            found = self.people.iter().filter(|person| fits(person)).collect();
            if !found.is_empty() {
                break;
            }
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

    /// The devices that the words cover, ascending.
    pub(crate) fn devices(&self) -> Vec<DeviceId> {
        let mut devices: Vec<DeviceId> = self.cards.iter().map(|card| card.device).collect();
        devices.sort();
        devices
    }

    /// As the API shows it.
    pub(crate) fn contact(&self) -> Contact {
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
            asked_at: None,
        }
    }

    fn has_id(&self, id: &str) -> bool {
        self.record.person.to_string() == id || self.conversation.to_string() == id
    }

    fn id_begins(&self, start: &str) -> bool {
        start.len() >= ID_CHARACTERS_MIN
            && (self.record.person.to_string().starts_with(start)
                || self.conversation.to_string().starts_with(start))
    }

    fn petname(&self) -> Option<String> {
        self.record.petname.as_deref().map(folded)
    }

    /// Whether this is its name for want of one that we gave.
    fn calls_itself(&self, name: &str) -> bool {
        self.record.petname.is_none() && folded(&self.record.name) == name
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

#[cfg(test)]
mod tests {
    use tidings_protocol::time::WallTime;

    use super::*;

    fn contact(number: u8, name: &str, petname: Option<&str>) -> ContactRecord {
        ContactRecord {
            person: PersonId::new([number; 32]),
            name: name.to_owned(),
            petname: petname.map(str::to_owned),
            verified: false,
            alarm: None,
            blocked: false,
            added_at: WallTime::from_millis(0),
            met_by: Tag::new([number; 16]),
        }
    }

    fn people(contacts: Vec<ContactRecord>) -> People {
        People::new(PersonId::new([0; 32]), contacts, &[])
    }

    /// The number of the contact that `who` means, or why there is none.
    fn find(people: &People, who: &str) -> Result<u8, ErrorKind> {
        let found = people.find(&Who(who.to_owned()));
        found
            .map(|person| person.record.person.as_bytes()[0])
            .map_err(|error| error.kind)
    }

    fn id(number: u8) -> String {
        PersonId::new([number; 32]).to_string()
    }

    fn conversation(number: u8) -> String {
        let own = PersonId::new([0; 32]);
        ConversationId::direct(own, PersonId::new([number; 32])).to_string()
    }

    #[test]
    fn a_contact_that_calls_itself_by_anothers_id_gets_none_of_its_messages() {
        for whole in [id(1), conversation(1)] {
            let people = people(vec![contact(2, &whole, None), contact(1, "Ben", None)]);
            assert_eq!(find(&people, &whole), Ok(1));
            assert_eq!(find(&people, &whole.to_uppercase()), Ok(1));
        }
        let start = &id(1)[..ID_CHARACTERS_MIN];
        let people = people(vec![contact(2, start, None), contact(1, "Ben", None)]);
        assert_eq!(find(&people, start), Err(ErrorKind::Ambiguous));
    }

    #[test]
    fn a_petname_wins_over_what_another_calls_itself() {
        let people = people(vec![
            contact(1, "Benjamin", Some("Ben")),
            contact(2, "ben", None),
        ]);
        assert_eq!(find(&people, "BEN"), Ok(1));
        assert_eq!(find(&people, &id(2)), Ok(2));
    }

    #[test]
    fn a_petname_wins_over_the_start_of_an_id_but_not_over_a_whole_one() {
        let start = id(1)[..ID_CHARACTERS_MIN].to_owned();
        let people = people(vec![
            contact(1, "Ben", None),
            contact(2, "Carla", Some(&start)),
            contact(3, "Dora", Some(&id(1))),
        ]);
        assert_eq!(find(&people, &start), Ok(2));
        assert_eq!(find(&people, &id(1)), Ok(1));
    }

    #[test]
    fn a_contact_with_a_petname_is_not_found_by_the_name_it_gives_itself() {
        let people = people(vec![
            contact(1, "Ann", Some("Ben")),
            contact(2, "Ann", None),
        ]);
        assert_eq!(find(&people, "Ann"), Ok(2));
        let people = super::tests::people(vec![contact(1, "Ann", Some("Ben"))]);
        assert_eq!(find(&people, "Ann"), Err(ErrorKind::NotFound));
    }

    #[test]
    fn a_name_or_petname_of_two_is_ambiguous_and_both_are_told() {
        let both = people(vec![contact(1, "Ben", None), contact(2, "Ben", None)]);
        let error = both.find(&Who("ben".to_owned())).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Ambiguous);
        assert_eq!(error.candidates.len(), 2);
        let petnames = people(vec![
            contact(1, "x", Some("Ben")),
            contact(2, "y", Some("Ben")),
        ]);
        assert_eq!(find(&petnames, "Ben"), Err(ErrorKind::Ambiguous));
    }

    #[test]
    fn an_id_is_found_by_its_start_from_six_characters_on() {
        let people = people(vec![contact(1, "Ben", None)]);
        assert_eq!(find(&people, &id(1)[..ID_CHARACTERS_MIN]), Ok(1));
        assert_eq!(
            find(&people, &id(1)[..ID_CHARACTERS_MIN - 1]),
            Err(ErrorKind::NotFound)
        );
        assert_eq!(find(&people, &conversation(1)[..ID_CHARACTERS_MIN]), Ok(1));
    }
}
