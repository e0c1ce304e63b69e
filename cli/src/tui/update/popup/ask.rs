//! A line that is asked for, and what its answer leads to.

use tidings_node::OperationId;

use super::pick;
use crate::chat::{Ask, Place, RoomChange, lifetime as seconds_of, lifetime_words};
use crate::safe_text::{Safe, bare_code};
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Input, OFFERED, Party, Popup, State, Wanted, offered};

/// Asks for a line, which begins so.
pub(in crate::tui::update) fn show(state: &mut State, wanted: Wanted, text: &str) -> Vec<Effect> {
    state.popup = Some(Popup::Ask {
        wanted,
        input: Input::of(text),
        choice: Choice::default(),
    });
    Vec::new()
}

/// Asks for another name of a contact, or title of a room.
pub(in crate::tui::update) fn name(state: &mut State, place: Place) -> Vec<Effect> {
    let now = state.book.name(place).and_then(Safe::name);
    let now = now.unwrap_or_default();
    show(state, Wanted::Name(place), now.as_str())
}

/// Asks after how long messages disappear.
pub(in crate::tui::update) fn lifetime(state: &mut State, place: Place) -> Vec<Effect> {
    let known = state.conversation(place);
    let now = known.and_then(|known| known.disappears_after);
    let now = now.map_or_else(String::new, lifetime_words);
    show(state, Wanted::Lifetime(place), &now)
}

/// The message for which a reaction is asked for, and what is typed so far.
fn reaction(state: &State) -> Option<(Place, OperationId, &str)> {
    if let Some(Popup::Ask {
        wanted: Wanted::Reaction(place, message),
        input,
        ..
    }) = &state.popup
    {
        Some((*place, *message, input.text()))
    } else {
        None
    }
}

/// How many reactions are offered, where one is asked for.
pub(super) fn count(state: &State) -> usize {
    reaction(state).map_or(0, |(_, message, text)| offered(state, message, text).len())
}

/// Takes the one of a digit, where nothing else is typed; nothing if it is none.
pub(super) fn by_digit(state: &mut State, digit: &str) -> Option<Vec<Effect>> {
    let (place, message, _) = reaction(state).filter(|(_, _, typed)| typed.is_empty())?;
    let number: usize = digit.parse().ok().filter(|_| digit.len() == 1)?;
    let at = number.checked_sub(1).unwrap_or(OFFERED - 1);
    let emoji = offered(state, message, "").get(at)?.emoji.clone();
    state.popup = None;
    let wanted = Wanted::Reaction(place, message);
    Some(answered(state, wanted, &emoji))
}

/// Takes what is typed, or what is chosen of what is offered.
pub(super) fn accepted(
    state: &mut State,
    wanted: Wanted,
    input: &Input,
    choice: Choice,
) -> Vec<Effect> {
    if let Wanted::Reaction(_, message) = wanted {
        let offers = offered(state, message, input.text());
        if let Some(chosen) = offers.get(choice.of(offers.len())) {
            return answered(state, wanted, &chosen.emoji);
        }
    }
    answered(state, wanted, input.text().trim())
}

/// Does what a line was asked for.
fn answered(state: &mut State, wanted: Wanted, text: &str) -> Vec<Effect> {
    if text.is_empty() {
        return Vec::new();
    }
    let text = text.to_owned();
    let ask = match wanted {
        Wanted::Code => {
            let words = state.texts.joining();
            state.say(words);
            state.vigil.joining(state.clock.passed());
            Ask::Join(bare_code(&text))
        }
        Wanted::NewRoom => return pick::show(state, Party::New(text)),
        Wanted::Name(Place::Person(person)) => Ask::Rename { person, name: text },
        Wanted::Name(Place::Room(room)) => Ask::Room(room, RoomChange::Rename(text)),
        Wanted::Lifetime(place) => {
            let Some(seconds) = seconds_of(&text) else {
                let words = state.texts.no_lifetime();
                state.warn(words);
                return show(state, wanted, &text);
            };
            let known = state.conversation(place);
            if known.is_some_and(|known| known.disappears_after == seconds) {
                return Vec::new();
            }
            Ask::SetLifetime { place, seconds }
        }
        Wanted::Reaction(place, message) => {
            let known = state
                .open
                .as_ref()
                .and_then(|open| open.window.message(message));
            let remove = known.is_some_and(|message| message.reacted.contains(&text));
            Ask::React {
                place,
                message,
                emoji: text,
                remove,
            }
        }
    };
    vec![Effect::Ask(ask)]
}
