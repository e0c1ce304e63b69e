//! Who and what there is: contacts, rooms, what was begun there, what is unread, who is there and types.
//!
//! Invariants
//! - What the node said is kept as it said it; what stands in a row is named by [`Book::title`], which is safe.
//! - What is told replaces what was known, and what was before is returned once, for whoever says it. A node forgets no
//!   contact and no conversation: a list that lacks one is older than it.
//! - A contact, a conversation and who is there are each found at once, however many there are: that is asked for each
//!   row that is drawn.

mod change;
mod known;
mod order;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use tidings_node::api::{
    Author, Contact, ContactState, Conversation, ConversationKind, Presence, Typist,
};
use tidings_node::{ConversationId, PersonId};

use super::Place;
use crate::safe_text::Safe;
use crate::texts::Texts;
pub(crate) use change::{Change, Changed, Fate};
use known::Known;

/// See the module.
#[derive(Debug, Clone, Default)]
pub(crate) struct Book {
    own: Option<PersonId>,
    contacts: Known<Contact>,
    /// Codes that were used and whose makers have not answered.
    pending: Vec<Contact>,
    conversations: Known<Conversation>,
    /// To whom what is written in a conversation goes.
    places: BTreeMap<ConversationId, Place>,
    online: BTreeSet<PersonId>,
    typing: Vec<Typist>,
    /// Made once after it changed, when it is asked for.
    by_latest: OnceCell<Vec<Place>>,
}

impl Book {
    /// That of somebody who knows nobody yet.
    pub(crate) fn of(own: PersonId) -> Self {
        Self {
            own: Some(own),
            ..Self::default()
        }
    }

    /// Who we are.
    pub(crate) const fn own(&self) -> Option<PersonId> {
        self.own
    }

    /// Whom we know, in the order in which we met.
    pub(crate) fn contacts(&self) -> &[Contact] {
        self.contacts.all()
    }

    /// The codes that were used and whose makers have not answered.
    pub(crate) fn pending(&self) -> &[Contact] {
        &self.pending
    }

    /// All there is to read, in the order in which it appeared.
    pub(crate) fn conversations(&self) -> &[Conversation] {
        self.conversations.all()
    }

    /// The contact there, if it is one's.
    pub(crate) fn contact(&self, place: Place) -> Option<&Contact> {
        self.contacts.get(place)
    }

    /// The conversation there, if there is one yet.
    pub(crate) fn conversation(&self, place: Place) -> Option<&Conversation> {
        self.conversations.get(place)
    }

    /// Where a message belongs.
    pub(crate) fn place(&self, conversation: ConversationId) -> Option<Place> {
        self.places.get(&conversation).copied()
    }

    /// By what name the node knows whom or what is there; it may be anything.
    pub(crate) fn name(&self, place: Place) -> Option<&str> {
        let contact = self.contact(place).map(|contact| &contact.name);
        let name = contact.or_else(|| Some(&self.conversation(place)?.title));
        name.map(String::as_str)
    }

    /// What it is called there; nobody who is a person passes for our own.
    pub(crate) fn title(&self, place: Place, texts: &Texts) -> Option<Safe> {
        let name = self.name(place)?;
        Some(match place {
            Place::Person(_) => texts.author(name),
            Place::Room(_) => texts.name(name),
        })
    }

    /// Whether somebody can be reached now.
    pub(crate) fn is_online(&self, person: PersonId) -> bool {
        self.online.contains(&person)
    }

    /// Who types in a conversation.
    pub(crate) fn typing(&self, conversation: ConversationId) -> impl Iterator<Item = &Author> {
        let there = move |one: &&Typist| one.conversation == conversation;
        self.typing.iter().filter(there).map(|one| &one.from)
    }

    /// Takes all contacts as they are now; returns those who are not as they were.
    pub(crate) fn take_contacts(&mut self, now: Vec<Contact>) -> Vec<Changed<Contact>> {
        self.pending.clear();
        let mut changed = Vec::new();
        for contact in now {
            if contact.state == ContactState::Pending {
                self.pending.push(contact);
            } else {
                changed.extend(self.take_contact(contact));
            }
        }
        changed
    }

    /// Takes a contact as they are now; returns how they were, unless nothing changed. One who is pending is told of with
    /// all.
    pub(crate) fn take_contact(&mut self, now: Contact) -> Option<Changed<Contact>> {
        let is_known = now.state != ContactState::Pending;
        let place = Place::Person(now.person.filter(|_| is_known)?);
        let changed = self.contacts.take(place, now)?;
        self.by_latest.take();
        Some(changed)
    }

    /// Takes all conversations as they are now; returns those that are not as they were.
    pub(crate) fn take_conversations(
        &mut self,
        now: Vec<Conversation>,
    ) -> Vec<Changed<Conversation>> {
        let now = now.into_iter();
        now.filter_map(|one| self.take_conversation(one)).collect()
    }

    /// Takes a conversation as it is now; returns how it was, unless nothing changed.
    pub(crate) fn take_conversation(&mut self, now: Conversation) -> Option<Changed<Conversation>> {
        let place = match now.kind {
            ConversationKind::Room => Place::Room(now.id),
            ConversationKind::Direct | _ => {
                let mut others = now.members.iter();
                Place::Person(others.find(|one| Some(one.person) != self.own)?.person)
            }
        };
        self.places.insert(now.id, place);
        let changed = self.conversations.take(place, now)?;
        self.by_latest.take();
        Some(changed)
    }

    /// Notes that so many messages more were read somewhere.
    pub(crate) fn has_read(&mut self, place: Place, count: u64) {
        if let Some(conversation) = self.conversations.get_mut(place) {
            conversation.unread = conversation.unread.saturating_sub(count);
        }
    }

    /// Takes who is there and who types.
    pub(crate) fn take_presence(&mut self, now: Presence) {
        self.online = now.online.iter().map(|one| one.person).collect();
        self.typing = now.typing;
    }

    /// Notes that whoever wrote something types it no longer.
    pub(crate) fn has_written(&mut self, conversation: ConversationId, person: PersonId) {
        let typing = &mut self.typing;
        typing.retain(|one| (one.conversation, one.from.person) != (conversation, person));
    }
}

#[cfg(test)]
mod tests;
