//! Where files are to be written, or lie: the path as far as it is typed, and what it may go on with.

use super::Content;
use crate::chat::{Action, Way};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::{Input, State};
use crate::tui::theme::Face;

/// What it shows.
pub(super) fn content(
    state: &State,
    way: Way,
    input: &Input,
    (offers, top): (Option<&[String]>, usize),
) -> Content {
    let texts = &state.texts;
    let lines = match offers {
        None => Vec::new(),
        Some([]) => vec![Line::of(texts.path_none(), Face::Faint)],
        Some(offers) => {
            let names = offers.iter().map(|offer| name(offer));
            names.map(|name| Line::of(name, Face::Text)).collect()
        }
    };
    let keys = |action| Safe::line(&state.keys_of(action));
    Content {
        title: match way {
            Way::Export => texts.ask_export(),
            Way::Import => texts.ask_import(),
        },
        input: Some(input.clone()),
        lines,
        top,
        hint: texts.path_keys(
            &keys(Action::Focus),
            &keys(Action::Accept),
            &keys(Action::Close),
        ),
        ..Content::default()
    }
}

/// The last part of a path, with the slash that says that it is a directory.
fn name(path: &str) -> Safe {
    let before = path.trim_end_matches('/').rfind('/');
    let name = before.and_then(|slash| path.get(slash.saturating_add(1)..));
    Safe::line(name.unwrap_or(path))
}
