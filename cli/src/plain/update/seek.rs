//! What is looked for: messages that say something, and what is the matter.

use tidings_node::api::{Check, Found, Message};

use super::{Effect, Show, State, hint, text};
use crate::chat::{Ask, Place, Ticket};
use crate::output;
use crate::safe_text;

/// Messages that a search shows.
pub(super) const FOUND_MESSAGES: u32 = 20;

/// What is looked for; nothing if the verb is none of that kind.
pub(super) fn run(verb: &str, rest: &str) -> Option<Vec<Effect>> {
    Some(match verb {
        "search" if rest.is_empty() => vec![hint("For what? /search WORDS")],
        // A newer one takes the place of the one before: no other's answer comes.
        "search" => vec![Effect::Ask(Ask::Search {
            ticket: Ticket::default(),
            query: rest.to_owned(),
            limit: FOUND_MESSAGES,
        })],
        "doctor" => vec![
            hint("Looking whether all is well."),
            Effect::Ask(Ask::Doctor(None)),
        ],
        _ => return None,
    })
}

/// Shows what was found, numbered, each with its conversation.
pub(super) fn found(state: &State, found: Found) -> Vec<Effect> {
    let count = found.messages.len();
    let said = match (count, found.more) {
        (0, _) => return vec![hint("Nothing found.")],
        (1, false) => "1 message found.".to_owned(),
        (count, false) => format!("{count} messages found."),
        (count, true) => {
            format!("These {count} came last, and there are more: search for more words.")
        }
    };
    let hits = (1usize..).zip(found.messages).map(|(number, message)| {
        let place = state.book.place(message.conversation);
        let place = place.map_or_else(
            || "another conversation".to_owned(),
            |place| state.book.name(place),
        );
        let about = format!("Found {number}, in {place}, ");
        Effect::Show(Show::Found(about, Box::new(message)))
    });
    hits.chain([hint(said)]).collect()
}

/// Shows what is pinned in a conversation.
pub(super) fn pinned(state: &State, place: Place, messages: Vec<Message>) -> Vec<Effect> {
    if messages.is_empty() {
        let name = state.book.name(place);
        return vec![hint(format!("Nothing is pinned in {name}."))];
    }
    let shows = (1usize..).zip(messages).map(|(number, message)| {
        let about = format!("Pinned {number}, ");
        Effect::Show(Show::Found(about, Box::new(message)))
    });
    shows.collect()
}

/// Says what was looked at: what is the matter, with what would help, and how much is well.
pub(super) fn checked(checks: &[Check]) -> Vec<Effect> {
    let mut said = String::new();
    for check in checks {
        let (name, detail) = (safe_text::line(&check.name), safe_text::line(&check.detail));
        let word = if check.ok { "Well" } else { "Not well" };
        let since = match (check.ok, check.since) {
            (false, Some(since)) => format!(" (since {})", output::when(since)),
            (_, _) => String::new(),
        };
        let name = name.replace('_', " ");
        said.push_str(&format!("{word}, {name}: {detail}{since}\n"));
        if !check.ok && !check.hint.is_empty() {
            said.push_str(&format!("  What helps: {}\n", safe_text::line(&check.hint)));
        }
    }
    let ill = checks.iter().filter(|check| !check.ok).count();
    said.push_str(&match ill {
        0 => "All is well.".to_owned(),
        ill => format!("{ill} of {} things are not well.", checks.len()),
    });
    vec![text(said)]
}
