//! What is said below the messages: what is known to be missing, or that more follows.
//!
//! Invariants
//! - Its rows are no rows of a message: whatever counts those leaves these out, and what draws them draws just these.

use super::{Wide, areas};
use crate::texts::Texts;
use crate::tui::line::Line;
use crate::tui::state::{Pane, Scroll, State};
use crate::tui::theme::Face;

/// What is known to be missing that is said at the end of a conversation: so many people.
const GAPS_SHOWN: usize = 3;

/// See the module.
pub(in crate::tui) fn below(state: &State) -> Vec<Line> {
    let texts = &state.texts;
    let wide = Wide::of(areas(state).messages.width);
    match &state.open {
        Some(pane) if pane.scroll == Scroll::Latest => gaps(pane, texts, wide),
        Some(_) => vec![wide.centred(&texts.more_below(), Face::Attention)],
        None => Vec::new(),
    }
}

/// Rows that show messages.
pub(in crate::tui) fn message_rows(state: &State) -> usize {
    let height = usize::from(areas(state).messages.height);
    height.saturating_sub(below(state).len())
}

/// What is known to be missing, at the end.
fn gaps(pane: &Pane, texts: &Texts, wide: Wide) -> Vec<Line> {
    let said = pane.gaps.iter().take(GAPS_SHOWN).map(|gap| {
        let name = texts.author(&gap.from.name);
        // Whoever is there and has more gives it: that is under way.
        let (words, face) = match gap.held_by.first() {
            Some(holder) => {
                let from = texts.author(&holder.name);
                let percent = pane.percent_come(gap);
                let words = texts.fetching(percent, gap.missing, &name, &from);
                (words, Face::Good)
            }
            None => (texts.missing(gap.missing, &name), Face::Attention),
        };
        Line::of(words, face).cut(wide.columns())
    });
    said.collect()
}
