//! What is said of contacts when they change.

use tidings_node::api::{Contact, ContactState, Invite, SafetyWords};
use tidings_node::{JoinId, PersonId};

use super::{Effect, Question, State, hint, text, trouble};
use crate::chat::{Action, Ask, Changed, Place};
use crate::commands::contacts::Comparison;
use crate::output;
use crate::plain::telling::when;
use crate::safe_text::Safe;

impl State {
    /// Warns of those who are held off now and were not.
    pub(super) fn alarms(&self, changed: &[Changed<Contact>]) -> Vec<Effect> {
        let is_held_off = |contact: &Contact| contact.state == ContactState::Suspended;
        changed
            .iter()
            .filter(|one| !one.before.as_ref().is_some_and(is_held_off))
            .filter(|one| self.book.contact(one.place).is_some_and(is_held_off))
            .map(|one| {
                let verify = self.naming(Action::Verify, one.place);
                trouble(self.texts.held_off_now(&self.title(one.place), &verify))
            })
            .collect()
    }
}

/// Says who became a contact, and who is held off since.
pub(super) fn contacts_now(state: &mut State, contacts: Vec<Contact>) -> Vec<Effect> {
    let changed = state.book.take_contacts(contacts);
    let mut effects = met(state, &changed);
    effects.extend(state.alarms(&changed));
    effects
}

/// Says who became a contact, and opens the conversation if none is.
fn met(state: &mut State, changed: &[Changed<Contact>]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for new in changed.iter().filter(|one| one.before.is_none()) {
        let name = state.title(new.place);
        effects.push(hint(state.texts.now_contact(&name)));
        if state.open.is_none() {
            effects.extend(state.open(new.place));
        } else {
            let open = state.naming(Action::Open, new.place);
            effects.push(hint(state.texts.to_write(&open)));
        }
    }
    effects
}

/// Says whom a code made a contact.
pub(super) fn paired(state: &mut State, contact: Contact) -> Vec<Effect> {
    if contact.state == ContactState::Pending {
        return vec![hint(state.texts.maker_unreached())];
    }
    let place = contact.person.map(Place::Person);
    let name = state.texts.author(&contact.name);
    let changed = state.book.take_contact(contact);
    let is_new = changed.as_ref().is_some_and(|one| one.before.is_none());
    if !is_new && (place.is_none() || state.open != place) {
        return vec![hint(state.texts.already_contact(&name))];
    }
    met(state, changed.as_slice())
}

/// Asks whether whoever made a code is to be waited for no longer: the only one, or the one of a number.
pub(super) fn cancel_join(state: &mut State, number: &str) -> Vec<Effect> {
    let texts = &state.texts;
    let pending = state.book.pending().iter();
    let waiting: Vec<(JoinId, Option<u64>)> = pending
        .filter_map(|contact| Some((contact.join?, contact.asked_at)))
        .collect();
    let index = number
        .parse()
        .ok()
        .and_then(|number: usize| number.checked_sub(1));
    let meant = match (waiting.as_slice(), index) {
        ([], _) => return vec![hint(texts.no_join_waits())],
        ([only], None) if number.is_empty() => Some(only),
        (all, Some(index)) => all.get(index),
        (_, None) => None,
    };
    let Some((join, _)) = meant else {
        let rows: Vec<[String; 2]> = (1usize..)
            .zip(&waiting)
            .map(|(number, (_, since))| {
                let since = since.map(|since| texts.waits_since(&when(since, texts)));
                [number.to_string(), since.unwrap_or_default().into()]
            })
            .collect();
        let which = texts.which_join(&texts.whole(Action::CancelJoin));
        return vec![hint(which), text(Safe::lines(&output::table(&rows)))];
    };
    let asked = texts.confirm_cancel_join();
    let ask = Ask::CancelJoin(*join);
    state.question = Some(Question::Sure { ask, asked });
    Vec::new()
}

/// Says that whoever made a code is waited for no longer.
pub(super) fn join_cancelled(state: &State) -> Vec<Effect> {
    vec![
        hint(state.texts.join_cancelled()),
        Effect::Ask(Ask::Contacts),
    ]
}

/// Says that somebody is verified.
pub(super) fn verified(state: &mut State, contact: Contact) -> Vec<Effect> {
    let name = state.texts.author(&contact.name);
    state.book.take_contact(contact);
    vec![hint(state.texts.verified(&name))]
}

/// Asks whether these are somebody's words.
pub(super) fn ask_words(state: &mut State, words: &SafetyWords) -> Vec<Effect> {
    let texts = &state.texts;
    let name = texts.author(&words.name);
    let words_of = (words.person, words.safety_words.join(" "));
    let said = vec![
        texts.words_of(&name),
        Safe::line(&words_of.1),
        texts.words_how(&name),
    ];
    state.question = Some(Question::SafetyWords(words_of.0, words_of.1));
    vec![text(said)]
}

/// Takes what was said of somebody's words.
pub(super) fn compared(
    state: &mut State,
    person: PersonId,
    words: String,
    typed: &str,
) -> Vec<Effect> {
    let texts = &state.texts;
    let said = match texts.answer(typed) {
        Some(true) => Comparison::Same,
        Some(false) => Comparison::Different,
        None => Comparison::read(typed),
    };
    match said {
        Comparison::Same => vec![Effect::Ask(Ask::Verify { person, words })],
        Comparison::Words(words) => vec![Effect::Ask(Ask::Verify { person, words })],
        Comparison::Different => {
            let name = state.title(Place::Person(person));
            vec![trouble(texts.verify_differ(&name))]
        }
        Comparison::Unclear(_) => {
            let again = texts.same_again(&texts.yes_letter(), &texts.no_letter());
            state.question = Some(Question::SafetyWords(person, words));
            vec![hint(again)]
        }
    }
}

/// Says what to do with a code, and waits for its use.
pub(super) fn invited(state: &State, invite: &Invite) -> Vec<Effect> {
    let texts = &state.texts;
    vec![
        hint(texts.give_code()),
        text(vec![Safe::line(&invite.code)]),
        hint(texts.code_until(&when(invite.expires_at, texts))),
        Effect::Ask(Ask::AwaitUse(invite.code.clone())),
    ]
}
