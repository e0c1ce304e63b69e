//! A question that is answered with yes or no.

use tidings_node::api::Role;

use super::{is_early, people};
use crate::chat::{Ask, RoomChange};
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, Question, State};

/// Asks it.
pub(in crate::tui::update) fn show(state: &mut State, question: Question) -> Vec<Effect> {
    state.popup = Some(Popup::Confirm { question, top: 0 });
    Vec::new()
}

/// Takes the answer, once the question has been there for a while; nothing but a letter is one.
pub(super) fn typed(state: &mut State, question: Question, text: &str) -> Vec<Effect> {
    if is_early(state) {
        // It was meant for what was there before.
        return Vec::new();
    }
    let (yes, no) = (state.texts.yes_letter(), state.texts.no_letter());
    if text.eq_ignore_ascii_case(yes.as_str()) {
        state.popup = None;
        if let Question::CancelJoin(_) = question {
            // Where it is seen to go.
            people::show(state);
        }
        return vec![Effect::Ask(confirmed(question))];
    }
    if text.eq_ignore_ascii_case(no.as_str()) {
        state.popup = None;
    }
    Vec::new()
}

/// What is to be done then.
fn confirmed(question: Question) -> Ask {
    match question {
        Question::Delete(place, message) => Ask::Delete {
            place,
            message,
            for_me: false,
        },
        Question::DeleteForMe(place, message) => Ask::Delete {
            place,
            message,
            for_me: true,
        },
        Question::Leave(room) => Ask::Room(room, RoomChange::Leave),
        Question::Block(person, blocked) => Ask::Block { person, blocked },
        Question::Remove(room, person) => Ask::Room(room, RoomChange::Remove(person)),
        Question::Admin(room, member, is_admin) => {
            let role = if is_admin { Role::Admin } else { Role::Member };
            Ask::Room(room, RoomChange::SetRole { member, role })
        }
        Question::CancelJoin(join) => Ask::CancelJoin(join),
    }
}
