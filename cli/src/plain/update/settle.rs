//! What is settled about the open conversation: whether it notifies, what it is called, how long messages stay.

use tidings_node::PersonId;
use tidings_node::api::{Contact, Conversation};

use super::{Effect, Question, State, hint};
use crate::chat::{Ask, Place, RoomChange, lifetime};
use crate::safe_text;

/// What is done to the open conversation; nothing if the verb is none of that kind.
pub(super) fn run(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    let settle: fn(&mut State, Place, &str) -> Vec<Effect> = match verb {
        "mute" => |state, place, _| {
            let muted = Some(!state.book.is_muted(place));
            prefer(place, [muted, None, None])
        },
        "archive" => |state, place, _| {
            let archived = Some(!state.book.is_archived(place));
            prefer(place, [None, archived, None])
        },
        "receipts" => |state, place, _| {
            let read_receipts = Some(!state.book.has_receipts(place));
            prefer(place, [None, None, read_receipts])
        },
        "pinned" => |_, place, _| vec![Effect::Ask(Ask::Pinned(place))],
        "rename" => |_, place, name| rename(place, name),
        "lifetime" => |_, place, text| set_lifetime(place, text),
        "block" => |state, place, _| block(state, place),
        _ => return None,
    };
    Some(match state.open {
        Some(place) => settle(state, place, rest),
        None => vec![hint("Open a conversation first: /chat NAME")],
    })
}

fn prefer(place: Place, [muted, archived, read_receipts]: [Option<bool>; 3]) -> Vec<Effect> {
    vec![Effect::Ask(Ask::Prefer {
        place,
        muted,
        archived,
        read_receipts,
    })]
}

fn rename(place: Place, name: &str) -> Vec<Effect> {
    if name.is_empty() {
        return vec![hint("What is it to be called? /rename TITLE")];
    }
    let name = name.to_owned();
    vec![Effect::Ask(match place {
        Place::Person(person) => Ask::Rename { person, name },
        Place::Room(room) => Ask::Room(room, RoomChange::Rename(name)),
    })]
}

fn set_lifetime(place: Place, text: &str) -> Vec<Effect> {
    match lifetime(text) {
        Some(seconds) => vec![Effect::Ask(Ask::SetLifetime { place, seconds })],
        None => vec![hint(
            "After what time? A number with a unit, such as /lifetime 1d, or /lifetime off",
        )],
    }
}

/// Asks whether nothing more is to be taken from a contact, or again.
fn block(state: &mut State, place: Place) -> Vec<Effect> {
    let Place::Person(person) = place else {
        return vec![hint("That is a room; contacts can be blocked.")];
    };
    let name = state.book.name(place);
    let blocked = !is_blocked(state, person);
    let (said, asked) = if blocked {
        (
            format!("Nothing more is taken from {name} then."),
            format!("block {name}? [y/n] "),
        )
    } else {
        (
            format!("{name} is blocked, and could write to you again then."),
            format!("unblock {name}? [y/n] "),
        )
    };
    state.question = Some(Question::Sure {
        ask: Ask::Block { person, blocked },
        asked,
    });
    vec![hint(said)]
}

fn is_blocked(state: &State, person: PersonId) -> bool {
    state.book.person(person).is_some_and(|one| one.blocked)
}

/// Takes a conversation as it is now, and says what of it was settled here.
pub(super) fn conversation(state: &mut State, now: &Conversation) -> Vec<Effect> {
    let place = |state: &State| state.book.place(now.id);
    let settled = |state: &State| {
        place(state).map(|place| {
            let book = &state.book;
            (
                book.is_muted(place),
                book.is_archived(place),
                book.has_receipts(place),
            )
        })
    };
    let before = settled(state);
    let mut effects = state.take_conversations(std::slice::from_ref(now));
    let (Some(before), Some(after), Some(place)) = (before, settled(state), place(state)) else {
        return effects;
    };
    let name = state.book.name(place);
    if before.0 != after.0 {
        effects.push(hint(if after.0 {
            format!("{name} is muted: what notifies can leave it out.")
        } else {
            format!("{name} is not muted any more.")
        }));
    }
    if before.1 != after.1 {
        effects.push(hint(if after.1 {
            format!("{name} is put away until something new is in it.")
        } else {
            format!("{name} is not put away any more.")
        }));
    }
    if before.2 != after.2 {
        effects.push(hint(if after.2 {
            format!("What you read in {name} is told, and that you type.")
        } else {
            format!("Nobody learns any more what you read in {name}, nor that you type.")
        }));
    }
    effects
}

/// Takes a contact as they are now, and says what of that was settled here.
pub(super) fn contact(state: &mut State, now: Contact) -> Vec<Effect> {
    let known = now.person.and_then(|id| state.book.person(id)).cloned();
    let name = safe_text::name(&now.name);
    state.book.take_contacts(vec![now]);
    let Some(before) = known else {
        return Vec::new();
    };
    let mut effects = Vec::new();
    if before.name != name {
        effects.push(hint(format!("{} is called {name} now.", before.name)));
    }
    match (before.blocked, is_blocked(state, before.id)) {
        (false, true) => effects.push(hint(format!("{name} is blocked."))),
        (true, false) => effects.push(hint(format!("{name} is not blocked any more."))),
        (false, false) | (true, true) => {}
    }
    effects
}
