//! What is known of one message, and the messages that are pinned, in front.

use tidings_node::OperationId;
use tidings_node::api::{Delivery, Message};

use super::open;
use crate::chat::{Ask, Place};
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Popup, State};

/// Shows what is known of a message, and asks with whom an own one is how far.
pub(super) fn show(state: &mut State, message: &Message) -> Vec<Effect> {
    state.popup = Some(Popup::Details {
        message: message.id,
        deliveries: None,
        top: 0,
    });
    ask(message.mine, message.id)
}

fn ask(is_own: bool, message: OperationId) -> Vec<Effect> {
    let ask = is_own.then_some(Effect::Ask(Ask::Deliveries(message)));
    ask.into_iter().collect()
}

/// Takes with whom a message is how far.
pub(super) fn take(state: &mut State, of: OperationId, now: Vec<Delivery>) -> Vec<Effect> {
    if let Some(Popup::Details {
        message,
        deliveries,
        ..
    }) = &mut state.popup
        && *message == of
    {
        *deliveries = Some(now);
    }
    Vec::new()
}

/// Asks again about a message that is shown, if it is among those that changed.
pub(super) fn changed(state: &State, messages: &[Message]) -> Vec<Effect> {
    let Some(Popup::Details { message: shown, .. }) = &state.popup else {
        return Vec::new();
    };
    let changed = messages.iter().find(|message| message.id == *shown);
    changed.map_or_else(Vec::new, |message| ask(message.mine, message.id))
}

/// Shows what is pinned in a conversation.
pub(super) fn show_pinned(state: &mut State, place: Place) -> Vec<Effect> {
    state.popup = Some(Popup::Pinned {
        place,
        found: None,
        choice: Choice::default(),
    });
    vec![Effect::Ask(Ask::Pinned(place))]
}

/// Takes what is pinned there, the newest first.
pub(super) fn take_pinned(state: &mut State, of: Place, mut now: Vec<Message>) -> Vec<Effect> {
    if let Some(Popup::Pinned { place, found, .. }) = &mut state.popup
        && *place == of
    {
        now.reverse();
        *found = Some(now);
    }
    Vec::new()
}

/// Goes to the pinned message that is chosen.
pub(super) fn jump_to_pinned(
    state: &mut State,
    place: Place,
    found: Option<&[Message]>,
    choice: Choice,
) -> Vec<Effect> {
    let found = found.unwrap_or_default();
    let chosen = found.get(choice.of(found.len()));
    chosen.map_or_else(Vec::new, |message| open::jump(state, place, message.id))
}
