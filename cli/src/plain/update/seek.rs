//! What is looked for: messages that say something, and what is the matter.

use tidings_node::api::{Found, Message};

use super::{Effect, Show, State, hint};
use crate::chat::{Action, Ask, Place, Ticket};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// Messages that a search shows.
pub(super) const FOUND_MESSAGES: u32 = 20;

/// What is looked for; nothing if the verb is none of that kind.
pub(super) fn run(verb: &str, rest: &str, texts: &Texts) -> Option<Vec<Effect>> {
    Some(match verb {
        "search" if rest.is_empty() => {
            vec![hint(texts.search_for_what(&texts.whole(Action::Search)))]
        }
        // A newer one takes the place of the one before: no other's answer comes.
        "search" => vec![Effect::Ask(Ask::Search {
            ticket: Ticket::default(),
            query: rest.to_owned(),
            limit: FOUND_MESSAGES,
        })],
        "doctor" => vec![hint(texts.checking()), Effect::Ask(Ask::Doctor(None))],
        _ => return None,
    })
}

/// Shows what was found, numbered, each with its conversation.
pub(super) fn found(state: &State, found: Found) -> Vec<Effect> {
    let texts = &state.texts;
    let count = u64::try_from(found.messages.len()).unwrap_or(u64::MAX);
    let said = match (count, found.more) {
        (0, _) => texts.search_none(),
        (count, false) => texts.found_count(count),
        (count, true) => texts.found_more(count),
    };
    let hits = (1u64..).zip(found.messages).map(|(number, message)| {
        let place = state.book.place(message.conversation);
        let place = place.map_or_else(|| texts.another_conversation(), |place| state.title(place));
        looked_for(texts.found_in(number, &place), message)
    });
    hits.chain([hint(said)]).collect()
}

/// Shows what is pinned in a conversation.
pub(super) fn pinned(state: &State, place: Place, messages: Vec<Message>) -> Vec<Effect> {
    if messages.is_empty() {
        return vec![hint(state.texts.nothing_pinned(&state.title(place)))];
    }
    let all = (1u64..).zip(messages);
    all.map(|(number, message)| looked_for(state.texts.pinned_number(number), message))
        .collect()
}

fn looked_for(about: Safe, message: Message) -> Effect {
    Effect::Show(Show::Found(about, Box::new(message)))
}
