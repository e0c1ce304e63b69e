//! A row of somebody in front: their name, whether they are there, and behind that what is said of them.

use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::Somebody;
use crate::tui::theme::Face;

/// Columns of a name beside what is said of it, where there is room.
const NAME_COLUMNS: usize = 24;

/// Somebody who is there.
const ONLINE: &str = "\u{25cf} ";

/// A name with room behind it, and whether they are there before it.
pub(super) fn named(name: Safe, is_online: bool, width: usize) -> Line {
    let mark = if is_online { ONLINE } else { "  " };
    let room = NAME_COLUMNS.min(width / 2);
    Line::of(mark, Face::Good).with(name.truncated(room).padded(room), Face::Text)
}

/// The row of whoever is chosen.
pub(super) fn at(
    chosen: Option<Somebody>,
    mut all: impl Iterator<Item = Option<Somebody>>,
) -> Option<usize> {
    all.position(|one| one.is_some() && one == chosen)
}
