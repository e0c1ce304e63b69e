//! Who is in a room, and what is done to whoever is chosen of them.

use tidings_node::api::{History, Role};
use tidings_node::{ConversationId, PersonId};

use super::{confirm, person, pick, verify};
use crate::chat::{Action, Place};
use crate::tui::effect::Effect;
use crate::tui::state::{Party, Popup, Question, State};
use crate::tui::update::pane;

/// Shows them.
pub(in crate::tui::update) fn show(state: &mut State, room: ConversationId) -> Vec<Effect> {
    let chosen = None;
    state.popup = Some(Popup::Members { room, chosen });
    person::choose_first(state);
    Vec::new()
}

/// Does something to the member who is chosen; nothing if the action is not about one.
pub(super) fn act(
    state: &mut State,
    room: ConversationId,
    person: PersonId,
    action: Action,
) -> Vec<Effect> {
    let place = Place::Room(room);
    let of = state.conversation(place).into_iter();
    let mut members = of.flat_map(|conversation| &conversation.members);
    let Some(member) = members.find(|member| member.person == person) else {
        return Vec::new();
    };
    let is_admin = member.role == Role::Admin;
    let is_contact = state.contact(Place::Person(person)).is_some();
    // Whoever goes leaves.
    let is_own = person == state.identity.person;
    if action == Action::RemoveMember && !is_own {
        confirm::show(state, Question::Remove(room, person))
    } else if action == Action::Role {
        confirm::show(state, Question::Admin(room, person, !is_admin))
    } else if action == Action::InviteMember {
        pick::show(state, Party::Into(room, History::All))
    } else if action == Action::Verify && is_contact {
        verify::show(state, person)
    } else if action == Action::Accept && is_contact {
        state.popup = None;
        pane::open(state, Place::Person(person))
    } else {
        Vec::new()
    }
}
