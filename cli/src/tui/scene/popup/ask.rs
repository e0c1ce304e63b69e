//! A line that is asked for, and what is offered for it.

use super::Content;
use crate::chat::Action;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::{Choice, Input, Offer, State, Wanted, offered};
use crate::tui::theme::Face;

/// Columns of a reaction that is offered.
const REACTION_COLUMNS: usize = 6;

/// What it shows.
pub(super) fn content(state: &State, wanted: Wanted, input: &Input, choice: Choice) -> Content {
    let lines = reactions(state, wanted, input.text());
    Content {
        title: title(state, wanted),
        input: Some(input.clone()),
        chosen: (!lines.is_empty()).then(|| choice.of(lines.len())),
        lines,
        hint: state.texts.ask_keys(
            &Safe::line(&state.keys_of(Action::Accept)),
            &Safe::line(&state.keys_of(Action::Close)),
        ),
        ..Content::default()
    }
}

fn title(state: &State, wanted: Wanted) -> Safe {
    let texts = &state.texts;
    match wanted {
        Wanted::Code => texts.ask_code(),
        Wanted::NewRoom => texts.ask_new_room(),
        Wanted::Name(_) => texts.ask_name(),
        Wanted::Lifetime(_) => texts.ask_lifetime(),
        Wanted::Reaction(..) => texts.ask_reaction(),
    }
}

/// What is offered where a reaction is asked for, each behind its digit.
fn reactions(state: &State, wanted: Wanted, text: &str) -> Vec<Line> {
    let Wanted::Reaction(_, message) = wanted else {
        return Vec::new();
    };
    let is_all = text.trim().is_empty();
    let row = |(number, offer): (usize, &Offer)| {
        let digit = if is_all {
            Safe::line(&(number % 10).to_string())
        } else {
            " ".into()
        };
        let emoji = Safe::line(&offer.emoji).truncated(REACTION_COLUMNS);
        Line::of(digit, Face::Faint)
            .with("  ", Face::Text)
            .with(emoji.padded(REACTION_COLUMNS), Face::Text)
            .with(offer.name.clone(), Face::Text)
    };
    let all = offered(state, message, text);
    (1..).zip(&all).map(row).collect()
}
