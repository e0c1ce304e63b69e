//! All that is being written and taken.

use std::path::Path;

use super::Content;
use crate::chat::Action;
use crate::safe_text::Safe;
use crate::texts::{named, shown};
use crate::tui::line::Line;
use crate::tui::scene::transfer::row;
use crate::tui::state::State;
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(state: &State, chosen: Option<u64>, width: usize) -> Content {
    let texts = &state.texts;
    let all = state.transfers.iter();
    let rows = all.map(|one| row(texts, one, &name(&one.path, width), None, width));
    let mut lines: Vec<Line> = rows.collect();
    if lines.is_empty() {
        lines = Line::wrapped(&texts.no_transfers(), width, Face::Faint);
    }
    let keys = |action| Safe::line(&state.keys_of(action));
    let (accept, close) = (keys(Action::Accept), keys(Action::Close));
    let at = |chosen| state.transfers.iter().position(|one| one.id == chosen);
    Content {
        title: texts.transfers_title(),
        lines,
        chosen: chosen.and_then(at),
        hint: if state.transfers.is_empty() {
            texts.close_hint(&close)
        } else {
            texts.transfers_keys(&accept, &close)
        },
        ..Content::default()
    }
}

/// Which file it is, in so many columns: the whole path, unless that leaves no room for how far it is.
fn name(path: &Path, width: usize) -> Safe {
    let whole = shown(path);
    if whole.width() > width / 2 {
        named(path)
    } else {
        whole
    }
}
