//! Actions, whatever key, name or button they come from: each goes to what it is about.

use super::popup::{about, doctor};
use super::{bundle, composer, contact, conversation, cursor, message, popup, room, view};
use crate::chat::{Action, AppAction, NodeAction, ProfileAction, Subject};
use crate::tui::effect::Effect;
use crate::tui::state::State;

/// Does what is wanted.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    if state.popup.is_some()
        && let Some(effects) = popup::act(state, action)
    {
        return effects;
    }
    match action.subject() {
        Subject::App(AppAction::Quit) => composer::leaving(state, Effect::Quit),
        Subject::App(AppAction::Suspend) => composer::leaving(state, Effect::Suspend),
        Subject::Bundle(action) => bundle::act(state, action),
        Subject::Composer(action) => composer::act(state, action),
        Subject::Contact(action) => contact::act(state, action),
        Subject::Conversation(action) => conversation::act(state, action),
        Subject::Cursor(action) => cursor::act(state, action),
        Subject::Message(action) => message::act(state, action),
        Subject::Node(NodeAction::Status) | Subject::Profile(ProfileAction::Identity) => {
            about::show(state)
        }
        Subject::Node(NodeAction::Doctor) => doctor::show(state, None),
        // Nothing stands in front.
        Subject::Popup(_) => not_here(state),
        Subject::Room(action) => room::act(state, action),
        Subject::View(action) => view::act(state, action),
    }
}

/// Says that an action is not possible here.
pub(super) fn not_here(state: &mut State) -> Vec<Effect> {
    let words = state.texts.not_here_now();
    state.say(words);
    Vec::new()
}
