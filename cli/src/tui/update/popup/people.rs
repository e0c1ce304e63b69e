//! All contacts, and what is done to whoever is chosen of them.

use tidings_node::JoinId;

use super::{ask, confirm, person, verify};
use crate::chat::{Action, Place};
use crate::tui::effect::Effect;
use crate::tui::state::{Popup, Question, Somebody, State, people};
use crate::tui::update::{contact, pane};

/// Shows them.
pub(in crate::tui::update) fn show(state: &mut State) -> Vec<Effect> {
    state.popup = Some(Popup::People { chosen: None });
    person::choose_first(state);
    Vec::new()
}

/// Shows them, the first chosen of those who made a code that was used and have not answered.
pub(in crate::tui::update) fn show_pending(state: &mut State) -> Vec<Effect> {
    let mut joins = people(state).into_iter().filter_map(|contact| contact.join);
    let Some(join) = joins.next() else {
        let words = state.texts.no_join_waits();
        state.say(words);
        return Vec::new();
    };
    let chosen = Some(Somebody::Join(join));
    state.popup = Some(Popup::People { chosen });
    Vec::new()
}

/// Does something to the contact who is chosen; nothing if the action is not about one.
pub(super) fn act(state: &mut State, chosen: Somebody, action: Action) -> Vec<Effect> {
    match chosen {
        Somebody::Person(person) if action == Action::Accept => {
            state.popup = None;
            pane::open(state, Place::Person(person))
        }
        Somebody::Person(person) if action == Action::Verify => verify::show(state, person),
        Somebody::Person(person) if action == Action::RenameContact => {
            ask::name(state, Place::Person(person))
        }
        Somebody::Person(person) if action == Action::Block => contact::block(state, person),
        Somebody::Join(join) if action == Action::Accept && waits(state, join) => {
            confirm::show(state, Question::CancelJoin(join))
        }
        Somebody::Person(_) | Somebody::Join(_) | Somebody::Nobody => Vec::new(),
    }
}

/// Whether nobody has answered a join yet.
fn waits(state: &State, join: JoinId) -> bool {
    let mut pending = state.book.pending().iter();
    pending.any(|contact| contact.join == Some(join))
}
