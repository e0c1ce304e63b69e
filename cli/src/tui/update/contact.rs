//! Contacts: how somebody becomes one, and what is done to them.

use tidings_node::PersonId;
use tidings_node::api::{Contact, ContactState};

use super::action::not_here;
use super::popup::{ask, confirm, invite, people, verify};
use super::{conversation, pane};
use crate::chat::{Action, Ask, ContactAction, Place};
use crate::safe_text::Safe;
use crate::tui::effect::Effect;
use crate::tui::state::{Question, State, Wanted};

/// Does what is about contacts.
pub(super) fn act(state: &mut State, action: ContactAction) -> Vec<Effect> {
    let person = match conversation::meant(state) {
        Some(Place::Person(person)) => Some(person),
        Some(Place::Room(_)) | None => None,
    };
    match (action, person) {
        (ContactAction::Invite, _) => invite::show(state),
        (ContactAction::Join, _) => ask::show(state, Wanted::Code, ""),
        (ContactAction::CancelJoin, _) => people::show_pending(state),
        (ContactAction::People, _) => people::show(state),
        (ContactAction::Verify, Some(person)) => verify::show(state, person),
        (ContactAction::RenameContact, Some(person)) => ask::name(state, Place::Person(person)),
        (ContactAction::Block, Some(person)) => block(state, person),
        (ContactAction::Verify | ContactAction::RenameContact | ContactAction::Block, None) => {
            not_a_contact(state, action)
        }
    }
}

/// Asks whether somebody is to be blocked, or no longer.
pub(super) fn block(state: &mut State, person: PersonId) -> Vec<Effect> {
    let contact = state.contact(Place::Person(person));
    let is_blocked = contact.is_some_and(|contact| contact.state == ContactState::Blocked);
    confirm::show(state, Question::Block(person, !is_blocked))
}

/// Says what does it where a room is open.
fn not_a_contact(state: &mut State, action: ContactAction) -> Vec<Effect> {
    if !matches!(state.open_place(), Some(Place::Room(_))) {
        return not_here(state);
    }
    let keys = |action| Safe::line(&state.keys_of(action));
    let words = match action {
        ContactAction::Verify => state.texts.not_here_verify(&keys(Action::Members)),
        ContactAction::RenameContact => state.texts.not_here_rename(&keys(Action::RenameRoom)),
        ContactAction::Invite
        | ContactAction::Join
        | ContactAction::CancelJoin
        | ContactAction::People
        | ContactAction::Block => return not_here(state),
    };
    state.say(words);
    Vec::new()
}

/// Has all of them be asked for, once they are not under way.
pub(super) fn wanted(state: &mut State) -> Vec<Effect> {
    let wanted = state.refresh_contacts.wanted();
    wanted
        .then_some(Effect::Ask(Ask::Contacts))
        .into_iter()
        .collect()
}

/// Takes all of them as they are now.
pub(super) fn take_all(state: &mut State, contacts: Vec<Contact>) -> Vec<Effect> {
    state.book.take_contacts(contacts);
    let again = state.refresh_contacts.answered();
    again
        .then_some(Effect::Ask(Ask::Contacts))
        .into_iter()
        .collect()
}

/// Takes one as they are now.
pub(super) fn take(state: &mut State, now: Contact) {
    state.book.take_contact(now);
}

/// Somebody's code made them our contact: whoever waits for them writes to them now, whoever has gone on is told how to.
pub(super) fn joined(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let is_awaited = std::mem::take(&mut state.awaits_answer);
    let mut effects = met(state, contact);
    let is_met = contact.state != ContactState::Pending;
    let Some(place) = contact.person.map(Place::Person).filter(|_| is_met) else {
        return effects;
    };
    if is_awaited {
        effects.extend(pane::open(state, place));
    } else if state.open_place() != Some(place) {
        let keys = Safe::line(&state.keys_of(Action::People));
        let words = state
            .texts
            .met_elsewhere(&state.texts.author(&contact.name), &keys);
        state.say(words);
    }
    effects
}

/// Somebody used a code of ours.
pub(super) fn used(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let is_pending = contact.state == ContactState::Pending;
    let said = if is_pending {
        state.texts.join_pending()
    } else {
        state.texts.used(&state.texts.author(&contact.name))
    };
    let by = contact.person.filter(|_| !is_pending);
    invite::used(state, said, by);
    met(state, contact)
}

/// Somebody is a contact now, or will be.
fn met(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let name = state.texts.author(&contact.name);
    let mut effects = wanted(state);
    match contact.person {
        Some(person) if contact.state != ContactState::Pending => {
            let words = state.texts.met(&name);
            state.say(words);
            take(state, contact.clone());
            if state.popup.is_none() && state.open.is_none() {
                effects.extend(pane::open(state, Place::Person(person)));
            }
        }
        Some(_) | None => {
            let words = state.texts.join_pending();
            state.say(words);
        }
    }
    effects
}
