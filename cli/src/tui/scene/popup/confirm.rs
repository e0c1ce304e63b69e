//! A question that is answered with yes or no.

use tidings_node::{ConversationId, PersonId};

use super::{Content, excerpt};
use crate::chat::Place;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::{Question, State};

/// What it shows in so many columns.
pub(super) fn content(state: &State, question: Question, top: usize, width: usize) -> Content {
    let texts = &state.texts;
    Content {
        title: words(state, question),
        lines: about(state, question, width),
        top,
        hint: texts.yes_or_no(&texts.yes_letter(), &texts.no_letter()),
        ..Content::default()
    }
}

fn words(state: &State, question: Question) -> Safe {
    let texts = &state.texts;
    match question {
        Question::Delete(..) => texts.confirm_delete(),
        Question::DeleteForMe(..) => texts.confirm_delete_for_me(),
        Question::Leave(room) => texts.confirm_leave(&state.title(Place::Room(room))),
        Question::Block(person, true) => texts.confirm_block(&state.title(Place::Person(person))),
        Question::Remove(room, person) => {
            let (name, room) = named(state, room, person);
            texts.confirm_remove(&name, &room)
        }
        Question::Admin(room, person, is_admin) => {
            let (name, room) = named(state, room, person);
            if is_admin {
                texts.confirm_admin(&name, &room)
            } else {
                texts.confirm_no_admin(&name, &room)
            }
        }
        Question::CancelJoin(_) => texts.confirm_cancel_join(),
        Question::Block(person, false) => {
            texts.confirm_unblock(&state.title(Place::Person(person)))
        }
    }
}

/// What a member is called, and their room.
fn named(state: &State, room: ConversationId, person: PersonId) -> (Safe, Safe) {
    let room = Place::Room(room);
    let of = state.conversation(room);
    let mut members = of.into_iter().flat_map(|room| &room.members);
    let member = members.find(|member| member.person == person);
    let name = member.map_or_else(
        || state.texts.somebody(),
        |one| state.texts.author(&one.name),
    );
    (name, state.title(room))
}

/// The message that a question is about, if it is about one that is here.
fn about(state: &State, question: Question, width: usize) -> Vec<Line> {
    let id = match question {
        Question::Delete(_, id) | Question::DeleteForMe(_, id) => id,
        Question::Leave(_)
        | Question::Block(..)
        | Question::Remove(..)
        | Question::Admin(..)
        | Question::CancelJoin(_) => {
            return Vec::new();
        }
    };
    let open = state.open.as_ref();
    let message = open.and_then(|pane| pane.window.message(id));
    let line = message.map(|message| excerpt::short(state, message, width));
    line.into_iter().collect()
}
