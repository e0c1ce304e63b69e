//! Requests about contacts.

use tidings_protocol::engine::Command;
use tidings_protocol::id::{PersonId, Tag};
use tidings_protocol::identity::{SafetyWordsError, typed_safety_words};

use super::Service;
use crate::api::{
    ApiError, BlockContact, Contact, ContactState, ErrorKind, GetSafetyWords, RenameContact,
    SafetyWords, Said, VerifyContact,
};
use crate::reason;

impl Service {
    pub(super) async fn list_contacts(&self) -> Result<Vec<Contact>, ApiError> {
        let people = self.people().await?;
        let pending = self
            .shared
            .storage
            .read(tidings_store::Reader::pending_joins)
            .await?;
        let online = self.online().await?;
        let contacts = people.iter().map(|person| person.contact(&online));
        let mut contacts: Vec<Contact> = contacts.collect();
        contacts.sort_by_key(|contact| contact.name.to_lowercase());
        contacts.extend(pending.iter().map(|(tag, begun)| Contact {
            asked_at: Some(begun.as_millis()),
            ..pending_contact(*tag)
        }));
        Ok(contacts)
    }

    pub(super) async fn safety_words(
        &self,
        request: GetSafetyWords,
    ) -> Result<SafetyWords, ApiError> {
        let people = self.people().await?;
        let person = people.contact(&request.who)?;
        Ok(SafetyWords {
            person: person.record.person,
            name: person.name().to_owned(),
            safety_words: person.safety_words(),
            verified: person.record.verified,
        })
    }

    pub(super) async fn verify(&self, request: VerifyContact) -> Result<Contact, ApiError> {
        let people = self.people().await?;
        let person = people.contact(&request.who)?;
        // What is nobody's words says nothing about who is in between.
        let given = typed_safety_words(&request.words)
            .map_err(|error| ApiError::invalid(of_words(&error)))?;
        if person.safety_words() != given {
            return Err(mismatch(person.name(), person.record.verified));
        }
        let (person, devices) = (person.record.person, person.devices());
        self.command(request.request, Command::VerifyContact { person, devices })
            .await?;
        self.contact(&person).await
    }

    pub(super) async fn rename(&self, request: RenameContact) -> Result<Contact, ApiError> {
        let person = self.people().await?.contact(&request.who)?.record.person;
        let name = request.name;
        self.command(request.request, Command::RenameContact { person, name })
            .await?;
        self.contact(&person).await
    }

    pub(super) async fn block(&self, request: BlockContact) -> Result<Contact, ApiError> {
        let person = self.people().await?.contact(&request.who)?.record.person;
        let blocked = request.blocked;
        self.command(request.request, Command::BlockContact { person, blocked })
            .await?;
        self.contact(&person).await
    }

    /// A contact as it is now.
    pub(super) async fn contact(&self, person: &PersonId) -> Result<Contact, ApiError> {
        let (people, online) = (self.people().await?, self.online().await?);
        people
            .by_id(person)
            .map(|person| person.contact(&online))
            .ok_or_else(|| ApiError::not_found(reason::contact_gone()))
    }
}

/// Said of a contact whose words were others. Who was verified stays so: whoever is not may come with another device
/// unasked, which a slip of the tongue must bring nobody.
fn mismatch(name: &str, verified: bool) -> ApiError {
    let said = if verified {
        reason::other_words_verified(name)
    } else {
        reason::other_words(name)
    };
    ApiError::new(ErrorKind::Mismatch, said)
}

/// Said of words that are nobody's.
fn of_words(error: &SafetyWordsError) -> Said {
    match error {
        SafetyWordsError::Count { words } => reason::word_count(*words, error),
        SafetyWordsError::Unknown { position } => reason::no_safety_word(*position, error),
        _ => Said::words(&error.to_string()),
    }
}

/// A contact of whom nothing is known but that a join was begun.
pub(super) const fn pending_contact(tag: Tag) -> Contact {
    Contact {
        person: None,
        join: Some(tag),
        name: String::new(),
        verified: false,
        state: ContactState::Pending,
        alarm: None,
        online: false,
        asked_at: None,
    }
}
