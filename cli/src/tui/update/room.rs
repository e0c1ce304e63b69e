//! Rooms: how one comes to be in them, and what is done to one.

use tidings_node::ConversationId;
use tidings_node::api::{Conversation, History, Standing};

use super::action::not_here;
use super::popup::{ask, confirm, members, pick};
use super::{conversation, pane};
use crate::chat::{Action, Ask, Place, RoomAction, RoomChange};
use crate::safe_text::Safe;
use crate::tui::effect::Effect;
use crate::tui::state::{Party, Question, State, Wanted};

/// Does what is about rooms.
pub(super) fn act(state: &mut State, action: RoomAction) -> Vec<Effect> {
    let room = match conversation::meant(state) {
        Some(Place::Room(room)) => Some(room),
        Some(Place::Person(_)) | None => None,
    };
    match (action, room) {
        (RoomAction::CreateRoom, _) => ask::show(state, Wanted::NewRoom, ""),
        (RoomAction::AcceptRoom, Some(room)) => accept(state, room),
        (RoomAction::Members, Some(room)) => members::show(state, room),
        (RoomAction::InviteMember, Some(room)) => {
            pick::show(state, Party::Into(room, History::All))
        }
        (RoomAction::InviteMemberNew, Some(room)) => {
            pick::show(state, Party::Into(room, History::New))
        }
        (RoomAction::RenameRoom, Some(room)) => ask::name(state, Place::Room(room)),
        (RoomAction::RenameRoom, None) if state.open.is_some() => {
            let keys = Safe::line(&state.keys_of(Action::RenameContact));
            let words = state.texts.not_here_rename(&keys);
            state.say(words);
            Vec::new()
        }
        (RoomAction::Leave, Some(room)) => confirm::show(state, Question::Leave(room)),
        // A member is chosen among the members.
        (RoomAction::RemoveMember | RoomAction::Role, _) => not_here(state),
        (
            RoomAction::AcceptRoom
            | RoomAction::Members
            | RoomAction::InviteMember
            | RoomAction::InviteMemberNew
            | RoomAction::RenameRoom
            | RoomAction::Leave,
            None,
        ) => not_here(state),
    }
}

fn accept(state: &mut State, room: ConversationId) -> Vec<Effect> {
    let known = state.conversation(Place::Room(room));
    if known.is_none_or(|known| known.standing != Standing::Invited) {
        return not_here(state);
    }
    vec![Effect::Ask(Ask::Room(room, RoomChange::Accept))]
}

/// Opens a room for whoever waits for it; whoever has gone on meanwhile is told that it is there.
pub(super) fn is_there(state: &mut State, room: Conversation) -> Vec<Effect> {
    let place = Place::Room(room.id);
    conversation::take(state, room);
    let mut effects = Vec::new();
    if std::mem::take(&mut state.awaits_room) {
        effects = pane::open(state, place);
    } else {
        let words = state.texts.room_there(&state.title(place));
        state.say(words);
    }
    effects.extend(conversation::wanted(state));
    effects
}
