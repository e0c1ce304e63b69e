//! The rows of what was done to a conversation: quiet ones, in the middle, between the messages.

use tidings_node::api::Deed;

use super::message::{Context, separators};
use crate::chat::Item;
use crate::tui::line::Line;
use crate::tui::theme::Face;

/// Columns that are left free on both sides together.
const MARGIN_COLUMNS: usize = 4;

/// The rows of what was done, below something else.
pub(super) fn rows(deed: &Deed, above: Option<&Item>, context: Context<'_>) -> Vec<Line> {
    let mut rows = separators(deed.at, above, context);
    let wide = context.wide;
    let room = wide.columns().saturating_sub(MARGIN_COLUMNS).max(1);
    let words = context.texts.deed(deed).rows(room, room);
    let words = words.iter().map(|row| wide.centred(row, Face::Faint));
    rows.extend(words);
    rows
}
