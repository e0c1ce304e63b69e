//! What is wrong in the file that says how the interface is wanted.

use super::Content;
use crate::safe_text::Safe;
use crate::tui::config::{Fault, Faults};
use crate::tui::line::Line;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(state: &State, faults: &Faults, top: usize, width: usize) -> Content {
    let texts = &state.texts;
    let path = Safe::line(&faults.path.display().to_string());
    let row = |fault: &Fault| {
        let what = Safe::line(&fault.what);
        let line = fault.line.and_then(|line| u64::try_from(line).ok());
        let words = line.map_or_else(|| what.clone(), |line| texts.fault(line, &what));
        Line::wrapped(&words, width, Face::Trouble)
    };
    Content {
        title: texts.faults_title(&path),
        lines: faults.all.iter().flat_map(row).collect(),
        top,
        ..Content::default()
    }
}
