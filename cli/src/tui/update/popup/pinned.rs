//! What is pinned in a conversation.

use tidings_node::api::Message;

use crate::chat::{Ask, Place};
use crate::tui::effect::Effect;
use crate::tui::state::{Choice, Popup, State};
use crate::tui::update::pane;

/// Shows it.
pub(in crate::tui::update) fn show(state: &mut State, place: Place) -> Vec<Effect> {
    state.popup = Some(Popup::Pinned {
        place,
        found: None,
        choice: Choice::default(),
    });
    vec![Effect::Ask(Ask::Pinned(place))]
}

/// Takes what is pinned there, the newest first.
pub(in crate::tui::update) fn take(
    state: &mut State,
    of: Place,
    mut now: Vec<Message>,
) -> Vec<Effect> {
    if let Some(Popup::Pinned { place, found, .. }) = &mut state.popup
        && *place == of
    {
        now.reverse();
        *found = Some(now);
    }
    Vec::new()
}

/// Goes to the message that is chosen.
pub(super) fn jump(
    state: &mut State,
    place: Place,
    found: Option<&[Message]>,
    choice: Choice,
) -> Vec<Effect> {
    let found = found.unwrap_or_default();
    let chosen = found.get(choice.of(found.len()));
    chosen.map_or_else(Vec::new, |message| {
        pane::jump(state, place, message.id, None)
    })
}
