//! Whom to take into a room.

use std::collections::BTreeSet;

use tidings_node::PersonId;
use tidings_node::api::History;

use super::Content;
use super::person::{at, named};
use crate::chat::{Action, Place};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::scene::standing;
use crate::tui::state::{Choice, Input, Party, Somebody, State, candidates, offers_nobody};
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    party: &Party,
    input: &Input,
    (picked, chosen): (&BTreeSet<PersonId>, Option<Somebody>),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let all = candidates(state, party, input.text(), picked);
    let lines = all.iter().map(|(person, contact)| {
        let is_picked = picked.contains(person);
        let (mark, face) = if is_picked {
            ("[x] ", Face::Good)
        } else {
            ("[ ] ", Face::Faint)
        };
        let line = named(
            texts.author(&contact.name),
            state.book.is_online(*person),
            width.saturating_sub(mark.len()),
        );
        let (words, said) = standing(state, contact);
        Line::of(mark, face)
            .then(line)
            .with("  ", Face::Text)
            .with(words, said)
            .cut(width)
    });
    let nobody = offers_nobody(party, input.text(), picked).then(|| {
        Line::of(texts.pick_nobody(), Face::Faint)
            .indented(4)
            .cut(width)
    });
    let title = match party {
        Party::New(title) => texts.ask_with(&texts.name(title)),
        Party::Into(room, History::New) => texts.ask_member_new(&state.title(Place::Room(*room))),
        Party::Into(room, History::All | _) => texts.ask_member(&state.title(Place::Room(*room))),
    };
    let keys = |action| Safe::line(&state.keys_of(action));
    let mut content = Content::found(
        title,
        input,
        lines.chain(nobody).collect(),
        Choice::default(),
        texts.no_contact(),
    );
    content.chosen = at(
        chosen,
        all.iter()
            .map(|(person, _)| Some(Somebody::Person(*person)))
            .chain([Some(Somebody::Nobody)]),
    );
    content.hint = texts.pick_keys(&keys(Action::Focus), &keys(Action::Accept));
    content
}
