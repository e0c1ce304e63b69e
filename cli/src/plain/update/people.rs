//! What is said of contacts when they change.

use tidings_node::PersonId;
use tidings_node::api::{Contact, ContactState, SafetyWords};

use super::{Effect, Question, State, hint, text, trouble};
use crate::chat::Place;
use crate::safe_text;

impl State {
    /// Warns of those who are held off, but for those who are known to be.
    pub(super) fn alarms(&self, known: &[PersonId]) -> Vec<Effect> {
        self.book
            .suspended()
            .filter(|person| !known.contains(&person.id))
            .map(|person| {
                let name = &person.name;
                trouble(&format!(
                    "{name} is not as you knew them: another device, or words in other hands. \
                     Nothing goes to them or comes from them until you compare the safety words \
                     again: /verify {name}"
                ))
            })
            .collect()
    }
}

/// Says who became a contact, and who is held off since.
pub(super) fn contacts_now(state: &mut State, contacts: Vec<Contact>) -> Vec<Effect> {
    let known: Vec<PersonId> = state.book.suspended().map(|person| person.id).collect();
    let new = state.book.take_contacts(contacts);
    let mut effects = met(state, &new);
    effects.extend(state.alarms(&known));
    effects
}

/// Says who became a contact, and opens the conversation if none is.
fn met(state: &mut State, new: &[PersonId]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for id in new {
        let name = state.book.name(Place::Person(*id));
        effects.push(hint(format!("{name} is now your contact.")));
        if state.open.is_none() {
            effects.extend(state.open(Place::Person(*id)));
        } else {
            effects.push(hint(format!("/chat {name} to write.")));
        }
    }
    effects
}

/// Says whom a code made a contact.
pub(super) fn paired(state: &mut State, contact: Contact) -> Vec<Effect> {
    if contact.state == ContactState::Pending {
        return vec![hint(
            "Whoever made the code could not be reached yet. It goes on by itself while Tidings \
             runs on both sides.",
        )];
    }
    let id = contact.person;
    let name = safe_text::name(&contact.name);
    let new = state.book.take_contacts(vec![contact]);
    if new.is_empty() && id.is_none_or(|id| state.open != Some(Place::Person(id))) {
        return vec![hint(format!("{name} is your contact."))];
    }
    met(state, &new)
}

/// Says that somebody is verified.
pub(super) fn verified(state: &mut State, contact: Contact) -> Vec<Effect> {
    let name = safe_text::name(&contact.name);
    state.book.take_contacts(vec![contact]);
    vec![hint(format!("{name} is verified."))]
}

/// Asks whether these are somebody's words.
pub(super) fn ask_words(state: &mut State, words: &SafetyWords) -> Vec<Effect> {
    let name = safe_text::name(&words.name);
    let shown = crate::commands::id::words(&words.safety_words, None);
    state.question = Some(Question::SafetyWords(
        words.person,
        words.safety_words.join(" "),
    ));
    vec![text(format!(
        "{name}'s safety words, as this device knows them:\n\n{shown}\n\nLet {name} read out the \
         words that /id shows there, over a call or face to face."
    ))]
}
