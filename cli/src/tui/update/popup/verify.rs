//! Words to be compared.

use tidings_node::PersonId;
use tidings_node::api::{Contact, SafetyWords};

use super::is_early;
use crate::chat::Ask;
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};
use crate::tui::update::contact;

/// Asks for somebody's words, to compare them.
pub(in crate::tui::update) fn show(state: &mut State, person: PersonId) -> Vec<Effect> {
    state.popup = Some(Popup::Verify {
        person,
        words: None,
        differ: false,
        top: 0,
    });
    vec![Effect::Ask(Ask::SafetyWords(person))]
}

/// Takes the words.
pub(in crate::tui::update) fn take(state: &mut State, now: SafetyWords) -> Vec<Effect> {
    if let Some(Popup::Verify { words, person, .. }) = &mut state.popup
        && *person == now.person
    {
        *words = Some(now);
    }
    Vec::new()
}

/// Takes whether the words are the same, once they have been there for a while; nothing but a letter says so.
pub(super) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    let is_early = is_early(state);
    let (yes, no) = (state.texts.yes_letter(), state.texts.no_letter());
    let Some(Popup::Verify {
        person,
        words: Some(words),
        differ,
        top,
    }) = &mut state.popup
    else {
        return Vec::new();
    };
    if is_early || *differ {
        return Vec::new();
    }
    if text.eq_ignore_ascii_case(no.as_str()) {
        *differ = true;
        *top = 0;
    }
    let person = *person;
    if !text.eq_ignore_ascii_case(yes.as_str()) {
        return Vec::new();
    }
    let words = words.safety_words.join(" ");
    state.popup = None;
    vec![Effect::Ask(Ask::Verify { person, words })]
}

/// Somebody is verified now: nothing of theirs is to be compared any more.
pub(in crate::tui::update) fn verified(state: &mut State, contact: &Contact) -> Vec<Effect> {
    let words = state.texts.verified(&state.texts.author(&contact.name));
    if let Some(Popup::Verify { person, .. }) = state.popup
        && Some(person) == contact.person
    {
        state.popup = None;
    }
    state.say(words);
    contact::wanted(state)
}
