//! The rows of what was done to a conversation: quiet ones, in the middle, between the messages.
//!
//! Invariants
//! - Every row but the first begins with [`HANG`], so that nothing in a title can look like a row of ours.

use tidings_node::api::Deed;

use super::message::{Context, separators};
use crate::chat::Item;
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::theme::Face;

/// Columns that are left free on both sides together.
const MARGIN_COLUMNS: usize = 4;

/// What a row begins with that goes on with the one above it.
const HANG: &str = "\u{2026} ";

/// The rows of what was done, below something else.
pub(super) fn rows(deed: &Deed, above: Option<&Item>, context: Context<'_>) -> Vec<Line> {
    let mut rows = separators(deed.at, above, context);
    let wide = context.wide;
    let room = wide.columns().saturating_sub(MARGIN_COLUMNS).max(1);
    let hang = Safe::from(HANG);
    let beside = room.saturating_sub(hang.width()).max(1);
    let words = context.texts.deed(deed).rows(room, beside);
    let first = words.first().map_or(0, Safe::width);
    let before = wide.columns().saturating_sub(first) / 2;
    for (number, row) in words.into_iter().enumerate() {
        let line = if number == 0 {
            Line::default()
        } else {
            Line::of(hang.clone(), Face::Faint)
        };
        rows.push(line.with(row, Face::Faint).indented(before));
    }
    rows
}
