//! Who is in a room.

use tidings_node::ConversationId;
use tidings_node::api::{Member, Role};

use super::Content;
use super::person::{at, named};
use crate::chat::{Action, Place};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::scene::standing;
use crate::tui::state::{Somebody, State};
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    room: ConversationId,
    chosen: Option<Somebody>,
    width: usize,
) -> Content {
    let texts = &state.texts;
    let place = Place::Room(room);
    let members = state
        .conversation(place)
        .map_or(&[][..], |conversation| &conversation.members);
    let lines: Vec<Line> = members
        .iter()
        .map(|member| line(state, member, width))
        .collect();
    let keys = |action| Safe::line(&state.keys_of(action));
    Content {
        title: texts.members_title(&state.title(place)),
        chosen: at(
            chosen,
            members
                .iter()
                .map(|member| Some(Somebody::Person(member.person))),
        ),
        lines,
        hint: if chosen == Some(Somebody::Person(state.identity.person)) {
            texts.members_keys_own(&keys(Action::Role), &keys(Action::InviteMember))
        } else {
            texts.members_keys(
                &keys(Action::Role),
                &keys(Action::RemoveMember),
                &keys(Action::InviteMember),
                &keys(Action::Verify),
            )
        },
        ..Content::default()
    }
}

fn line(state: &State, member: &Member, width: usize) -> Line {
    let texts = &state.texts;
    let is_own = member.person == state.identity.person;
    let name = if is_own {
        texts.you()
    } else {
        texts.author(&member.name)
    };
    let mut line = named(name, state.book.is_online(member.person), width);
    let mut said = Vec::new();
    if member.role == Role::Admin {
        said.push((texts.admin(), Face::Faint));
    }
    match state.contact(Place::Person(member.person)) {
        Some(contact) => said.push(standing(state, contact)),
        None if is_own => {}
        None => said.push((texts.no_contact_of_yours(), Face::Faint)),
    }
    for (words, face) in said {
        line = line.with("  ", Face::Text).with(words, face);
    }
    line.cut(width)
}
