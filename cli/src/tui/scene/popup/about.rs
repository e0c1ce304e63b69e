//! What is known of the node and of who we are.

use super::Content;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// What it shows in so many columns, from a row on.
pub(super) fn content(state: &State, top: usize, width: usize) -> Content {
    Content {
        title: state.texts.about_title(),
        lines: lines(state, width),
        top,
        ..Content::default()
    }
}

fn lines(state: &State, width: usize) -> Vec<Line> {
    let texts = &state.texts;
    let identity = &state.identity;
    let words = Safe::line(&identity.safety_words.join(" "));
    let mut said = vec![
        texts.about_name(&texts.name(&identity.name)),
        texts.about_person(&Safe::line(&identity.person.to_string())),
        texts.about_words(&words),
    ];
    if let Some(status) = &state.status {
        said.extend(texts.standing(status));
        said.push(texts.status_more());
    }
    said.iter()
        .flat_map(|words| Line::wrapped(words, width, Face::Text))
        .collect()
}
