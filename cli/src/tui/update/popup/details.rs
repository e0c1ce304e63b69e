//! What is known of one message.

use tidings_node::OperationId;
use tidings_node::api::{Delivery, Message};

use crate::chat::Ask;
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};

/// Shows what is known of a message, and asks with whom an own one is how far.
pub(in crate::tui::update) fn show(state: &mut State, message: &Message) -> Vec<Effect> {
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
pub(in crate::tui::update) fn take(
    state: &mut State,
    of: OperationId,
    now: Vec<Delivery>,
) -> Vec<Effect> {
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
pub(in crate::tui::update) fn changed(state: &State, messages: &[Message]) -> Vec<Effect> {
    let Some(Popup::Details { message: shown, .. }) = &state.popup else {
        return Vec::new();
    };
    let changed = messages.iter().find(|message| message.id == *shown);
    changed.map_or_else(Vec::new, |message| ask(message.mine, message.id))
}
