//! What is settled about the open conversation: whether it notifies, what it is called, how long messages stay.

use tidings_node::api::{Contact, ContactState, Conversation};

use super::{Effect, Question, State, hint};
use crate::chat::{Action, Ask, Changed, Place, RoomChange, lifetime};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// What is said of a conversation that something is settled about.
type Settled = fn(&Texts, &Safe) -> Safe;

/// What is done to the open conversation; nothing if the verb is none of that kind.
pub(super) fn run(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    let settle: fn(&mut State, Place, &str) -> Vec<Effect> = match verb {
        "mute" => |state, place, _| {
            let muted = !preferred(state.book.conversation(place)).0;
            prefer(place, [Some(muted), None, None])
        },
        "archive" => |state, place, _| {
            let archived = !preferred(state.book.conversation(place)).1;
            prefer(place, [None, Some(archived), None])
        },
        "receipts" => |state, place, _| {
            let read_receipts = !preferred(state.book.conversation(place)).2;
            prefer(place, [None, None, Some(read_receipts)])
        },
        "pinned" => |_, place, _| vec![Effect::Ask(Ask::Pinned(place))],
        "rename" => |state, place, name| rename(place, name, &state.texts),
        "lifetime" => |state, place, text| set_lifetime(place, text, &state.texts),
        "block" => |state, place, _| block(state, place),
        _ => return None,
    };
    Some(match state.open {
        Some(place) => settle(state, place, rest),
        None => {
            let texts = &state.texts;
            vec![hint(texts.open_first(&texts.whole(Action::Open)))]
        }
    })
}

/// Whether it is muted and put away, and whether others learn what is read there.
fn preferred(conversation: Option<&Conversation>) -> (bool, bool, bool) {
    conversation.map_or((false, false, true), |one| {
        (one.muted, one.archived, one.read_receipts)
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

fn rename(place: Place, name: &str, texts: &Texts) -> Vec<Effect> {
    if name.is_empty() {
        return vec![hint(texts.what_title(&texts.whole(Action::RenameRoom)))];
    }
    let name = name.to_owned();
    vec![Effect::Ask(match place {
        Place::Person(person) => Ask::Rename { person, name },
        Place::Room(room) => Ask::Room(room, RoomChange::Rename(name)),
    })]
}

fn set_lifetime(place: Place, text: &str, texts: &Texts) -> Vec<Effect> {
    match lifetime(text) {
        Some(seconds) => vec![Effect::Ask(Ask::SetLifetime { place, seconds })],
        None => vec![hint(texts.no_lifetime())],
    }
}

/// Asks whether nothing more is to be taken from a contact, or again.
fn block(state: &mut State, place: Place) -> Vec<Effect> {
    let texts = &state.texts;
    let Place::Person(person) = place else {
        return vec![hint(texts.no_block_of_room())];
    };
    let name = state.title(place);
    let blocked = !state.book.contact(place).is_some_and(is_blocked);
    let asked = if blocked {
        texts.confirm_block(&name)
    } else {
        texts.confirm_unblock(&name)
    };
    state.question = Some(Question::Sure {
        ask: Ask::Block { person, blocked },
        asked,
    });
    Vec::new()
}

pub(super) fn is_blocked(contact: &Contact) -> bool {
    contact.state == ContactState::Blocked
}

/// Takes a conversation as it is now, and says what of it was settled here.
pub(super) fn conversation(state: &mut State, now: Conversation) -> Vec<Effect> {
    let Some(changed) = state.book.take_conversation(now) else {
        return Vec::new();
    };
    let place = changed.place;
    let (before, after) = (
        preferred(changed.before.as_ref()),
        preferred(state.book.conversation(place)),
    );
    let mut effects = state.say(&[changed]);
    let name = state.title(place);
    let settled: [(bool, bool, Settled, Settled); 3] = [
        (before.0, after.0, Texts::now_muted, Texts::now_unmuted),
        (
            before.1,
            after.1,
            Texts::now_put_away,
            Texts::now_taken_back,
        ),
        (before.2, after.2, Texts::now_told, Texts::now_untold),
    ];
    for (before, after, on, off) in settled {
        if before != after {
            let words = if after { on } else { off };
            effects.push(hint(words(&state.texts, &name)));
        }
    }
    effects
}

/// Takes a contact as they are now, and says what of that was settled here.
pub(super) fn contact(state: &mut State, now: Contact) -> Vec<Effect> {
    let Some(Changed { place, before }) = state.book.take_contact(now) else {
        return Vec::new();
    };
    let Some((before, now)) = before.zip(state.book.contact(place)) else {
        return Vec::new();
    };
    let texts = &state.texts;
    let (was, name) = (texts.author(&before.name), texts.author(&now.name));
    let renamed = (was != name).then(|| texts.renamed(&was, &name));
    let blocked = match (is_blocked(&before), is_blocked(now)) {
        (false, true) => Some(texts.now_blocked(&name)),
        (true, false) => Some(texts.now_unblocked(&name)),
        (false, false) | (true, true) => None,
    };
    renamed.into_iter().chain(blocked).map(hint).collect()
}
