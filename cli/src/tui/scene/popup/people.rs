//! All contacts.

use tidings_node::api::{Contact, ContactState};

use super::Content;
use super::person::{at, named};
use crate::chat::Action;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::scene::standing;
use crate::tui::state::{Somebody, State, people};
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(state: &State, chosen: Option<Somebody>, width: usize) -> Content {
    let texts = &state.texts;
    let all = people(state);
    let lines: Vec<Line> = all
        .iter()
        .map(|contact| line(state, contact, width))
        .collect();
    let keys = |action| Safe::line(&state.keys_of(action));
    let has_any = !lines.is_empty();
    let at = at(chosen, all.iter().map(|contact| Somebody::of(contact)));
    let is_pending = at
        .and_then(|at| all.get(at))
        .is_some_and(|contact| contact.state == ContactState::Pending);
    Content {
        title: texts.people_title(),
        chosen: at,
        lines: if has_any {
            lines
        } else {
            vec![Line::of(texts.people_none(), Face::Faint)]
        },
        hint: if is_pending {
            texts.people_keys_pending(&keys(Action::Accept), &keys(Action::Close))
        } else {
            texts.people_keys(
                &keys(Action::Accept),
                &keys(Action::Verify),
                &keys(Action::RenameContact),
                &keys(Action::Block),
            )
        },
        ..Content::default()
    }
}

fn line(state: &State, contact: &Contact, width: usize) -> Line {
    let texts = &state.texts;
    let is_known = contact.state != ContactState::Pending;
    let name = if is_known {
        texts.author(&contact.name)
    } else {
        texts.somebody()
    };
    let is_online = contact
        .person
        .is_some_and(|person| is_known && state.book.is_online(person));
    let (words, face) = standing(state, contact);
    named(name, is_online, width)
        .with("  ", Face::Text)
        .with(words, face)
        .cut(width)
}
