//! What is pinned in a conversation.

use tidings_node::api::Message;

use super::{Content, excerpt};
use crate::chat::Place;
use crate::tui::line::Line;
use crate::tui::state::{Choice, State};
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    place: Place,
    (found, choice): (Option<&[Message]>, Choice),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let said = match found {
        None => Some(texts.loading()),
        Some([]) => Some(texts.pinned_none()),
        Some(_) => None,
    };
    let found = found.unwrap_or_default();
    let rows = found.iter().map(|one| excerpt::short(state, one, width));
    let lines: Vec<Line> = match said {
        Some(words) => vec![Line::of(words, Face::Faint)],
        None => rows.collect(),
    };
    Content {
        title: texts.pinned_title(&state.title(place)),
        lines,
        chosen: (!found.is_empty()).then(|| choice.of(found.len())),
        ..Content::default()
    }
}
