//! Whom we know.

use tidings_node::PersonId;
use tidings_node::api::{Contact, ContactState};

use super::Book;
use crate::output;

/// Somebody to write to.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) id: PersonId,
    /// Safe to print.
    pub(crate) name: String,
    pub(crate) verified: bool,
    pub(crate) blocked: bool,
    /// Held off until the safety words are compared again.
    pub(crate) suspended: bool,
    pub(crate) unread: u64,
}

impl Book {
    /// Takes the contacts as they are now; returns those that are new.
    pub(crate) fn take_contacts(&mut self, contacts: Vec<Contact>) -> Vec<PersonId> {
        let mut new = Vec::new();
        self.pending = 0;
        for contact in contacts {
            match contact.person {
                Some(id) if contact.state != ContactState::Pending => {
                    if self.take_contact(id, &contact) {
                        new.push(id);
                    }
                }
                Some(_) | None => self.pending += 1,
            }
        }
        new
    }

    /// Takes one contact as they are now; whether they are new.
    fn take_contact(&mut self, id: PersonId, contact: &Contact) -> bool {
        let known = self.people.iter_mut().find(|person| person.id == id);
        let now = Person {
            id,
            name: output::author(&contact.name),
            verified: contact.verified,
            blocked: contact.state == ContactState::Blocked,
            suspended: contact.state == ContactState::Suspended,
            unread: known.as_ref().map_or(0, |known| known.unread),
        };
        match known {
            Some(known) => {
                *known = now;
                false
            }
            None => {
                self.people.push(now);
                true
            }
        }
    }

    /// Those who are held off.
    pub(crate) fn suspended(&self) -> impl Iterator<Item = &Person> {
        self.people.iter().filter(|person| person.suspended)
    }
}
