//! What is wrong in the file that says how the interface is wanted.

use super::Content;
use crate::tui::fault::Faults;
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(state: &State, faults: &Faults, top: usize, width: usize) -> Content {
    let words = faults.words(&state.texts);
    let rows = words.map(|words| Line::wrapped(&words, width, Face::Trouble));
    Content {
        title: faults.title(&state.texts),
        lines: rows.flatten().collect(),
        top,
        ..Content::default()
    }
}
