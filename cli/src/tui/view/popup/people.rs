//! Contacts and members in front: who they are, and how it stands with them.

use std::collections::BTreeSet;

use tidings_node::PersonId;
use tidings_node::api::{Contact, ContactAlarm, ContactState, History, Member, Role as MemberRole};

use super::Content;
use super::content::chosen_of;
use crate::chat::{Action, Place};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::{Choice, Input, Party, State, candidates, people};
use crate::tui::theme::Role;

/// Columns of a name beside what is said of it, where there is room.
const NAME_COLUMNS: usize = 24;

/// Somebody who is there.
const ONLINE: &str = "\u{25cf} ";

/// Who is in a room.
pub(super) fn members(
    state: &State,
    place: Place,
    chosen: Option<PersonId>,
    width: usize,
) -> Content {
    let texts = &state.texts;
    let members = state
        .conversation(place)
        .map_or(&[][..], |conversation| &conversation.members);
    let lines: Vec<Line> = members
        .iter()
        .map(|member| member_line(state, member, width))
        .collect();
    let keys = |action| Safe::line(&state.keys_of(action));
    Content {
        title: texts.members_title(&state.title(place)),
        chosen: at(chosen, members.iter().map(|member| Some(member.person))),
        lines,
        hint: if chosen == Some(state.identity.person) {
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

fn member_line(state: &State, member: &Member, width: usize) -> Line {
    let texts = &state.texts;
    let is_own = member.person == state.identity.person;
    let name = if is_own {
        texts.you()
    } else {
        texts.author(&member.name)
    };
    let mut line = named(name, is_online(state, member.person), width);
    let mut said = Vec::new();
    if member.role == MemberRole::Admin {
        said.push((texts.admin(), Role::Faint));
    }
    match state.contact(Place::Person(member.person)) {
        Some(contact) => said.push(standing(state, contact)),
        None if is_own => {}
        None => said.push((texts.no_contact_of_yours(), Role::Faint)),
    }
    for (words, role) in said {
        line = line.with("  ", Role::Text).with(words, role);
    }
    line.cut(width)
}

/// All contacts.
pub(super) fn contacts(state: &State, chosen: Option<PersonId>, width: usize) -> Content {
    let texts = &state.texts;
    let all = people(state);
    let lines: Vec<Line> = all
        .iter()
        .map(|contact| contact_line(state, contact, width))
        .collect();
    let keys = |action| Safe::line(&state.keys_of(action));
    let has_any = !lines.is_empty();
    Content {
        title: texts.people_title(),
        chosen: at(chosen, all.iter().map(|contact| contact.person)),
        lines: if has_any {
            lines
        } else {
            vec![Line::of(texts.people_none(), Role::Faint)]
        },
        hint: texts.people_keys(
            &keys(Action::Accept),
            &keys(Action::Verify),
            &keys(Action::RenameContact),
            &keys(Action::Block),
        ),
        ..Content::default()
    }
}

fn contact_line(state: &State, contact: &Contact, width: usize) -> Line {
    let texts = &state.texts;
    let is_known = contact.state != ContactState::Pending;
    let name = if is_known {
        texts.author(&contact.name)
    } else {
        texts.somebody()
    };
    let is_online = contact
        .person
        .is_some_and(|person| is_known && is_online(state, person));
    let (words, role) = standing(state, contact);
    named(name, is_online, width)
        .with("  ", Role::Text)
        .with(words, role)
        .cut(width)
}

/// Whom to take into a room.
pub(super) fn pick(
    state: &State,
    party: &Party,
    input: &Input,
    (picked, chosen): (&BTreeSet<PersonId>, Option<PersonId>),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let all = candidates(state, party, input.text(), picked);
    let lines = all.iter().map(|(person, contact)| {
        let is_picked = picked.contains(person);
        let (mark, role) = if is_picked {
            ("[x] ", Role::Good)
        } else {
            ("[ ] ", Role::Faint)
        };
        let line = named(
            texts.author(&contact.name),
            is_online(state, *person),
            width.saturating_sub(mark.len()),
        );
        let (words, said) = standing(state, contact);
        Line::of(mark, role)
            .then(line)
            .with("  ", Role::Text)
            .with(words, said)
            .cut(width)
    });
    let title = match party {
        Party::New(title) => texts.ask_with(&Safe::name(title)),
        Party::Into(place, History::New) => texts.ask_member_new(&state.title(*place)),
        Party::Into(place, History::All | _) => texts.ask_member(&state.title(*place)),
    };
    let keys = |action| Safe::line(&state.keys_of(action));
    let mut content = chosen_of(
        title,
        input,
        lines.collect(),
        Choice::default(),
        texts.no_contact(),
    );
    content.chosen = at(chosen, all.iter().map(|(person, _)| Some(*person)));
    content.hint = texts.pick_keys(&keys(Action::Focus), &keys(Action::Accept));
    content
}

/// The row of whoever is chosen.
fn at(chosen: Option<PersonId>, mut all: impl Iterator<Item = Option<PersonId>>) -> Option<usize> {
    all.position(|person| person.is_some() && person == chosen)
}

/// A name with room behind it, and whether they are there before it.
fn named(name: Safe, is_online: bool, width: usize) -> Line {
    let mark = if is_online { ONLINE } else { "  " };
    let room = NAME_COLUMNS.min(width / 2);
    Line::of(mark, Role::Good).with(name.truncated(room).padded(room), Role::Text)
}

fn is_online(state: &State, person: PersonId) -> bool {
    let mut online = state.presence.online.iter();
    online.any(|author| author.person == person)
}

/// How it stands with a contact.
pub(in crate::tui::view) fn standing(state: &State, contact: &Contact) -> (Safe, Role) {
    let texts = &state.texts;
    match (contact.state, contact.alarm) {
        (ContactState::Pending, _) => {
            let since = contact.asked_at.map(|asked| state.clock.moment(asked));
            (
                texts.waits_since(&since.unwrap_or_default()),
                Role::Attention,
            )
        }
        (ContactState::Blocked, _) => (texts.blocked(), Role::Trouble),
        (ContactState::Suspended, Some(ContactAlarm::NewDevice)) => {
            (texts.alarm_new_device(), Role::Trouble)
        }
        (ContactState::Suspended, Some(ContactAlarm::Contradiction)) => {
            (texts.alarm_contradiction(), Role::Trouble)
        }
        (ContactState::Suspended, _) => (texts.held_off(), Role::Trouble),
        (ContactState::Active | _, _) if contact.verified => (texts.verified_mark(), Role::Good),
        (ContactState::Active | _, _) => (texts.not_verified(), Role::Faint),
    }
}
