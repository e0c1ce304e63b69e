//! The messages of the open conversation.

use ratatui::layout::Rect;
use tidings_node::api::Standing;

use crate::chat::Place;
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::Line;
use crate::tui::scene::{self, Wide};
use crate::tui::state::{Scroll, State};
use crate::tui::theme::Role;

/// Draws them, the last at the bottom.
pub(super) fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    let height = usize::from(area.height);
    let Some(walk) = state.walk() else {
        return prose(canvas, area, &nothing_open(state));
    };
    let texts = &state.texts;
    if walk.pane.window.len() == 0 {
        let invited = invitation(state, walk.pane.place);
        let words = if let Some(words) = invited {
            words
        } else if walk.pane.is_loaded {
            texts.nothing_written()
        } else {
            texts.loading()
        };
        return prose(canvas, area, &words);
    }
    let rows = scene::pane_rows(walk, scene::message_rows(state));
    let below = if walk.scroll == Scroll::Latest {
        gaps(state, usize::from(area.width))
    } else {
        let wide = Wide::of(area.width);
        vec![wide.centred(&texts.more_below(), Role::Attention)]
    };
    let top = height.saturating_sub(rows.len() + below.len());
    for (row, shown) in rows.iter().enumerate() {
        canvas.row(area, top + row, &shown.line);
    }
    for (row, line) in below.iter().enumerate() {
        canvas.row(area, top + rows.len() + row, line);
    }
}

/// What is known to be missing, at the end.
fn gaps(state: &State, width: usize) -> Vec<Line> {
    let Some(pane) = &state.open else {
        return Vec::new();
    };
    let texts = &state.texts;
    let said = pane.gaps.iter().take(scene::GAPS_SHOWN).map(|gap| {
        let name = texts.author(&gap.from.name);
        // Whoever is there and has more gives it: that is under way.
        let (words, role) = match gap.held_by.first() {
            Some(holder) => {
                let from = texts.author(&holder.name);
                let percent = pane.percent_come(gap);
                let words = texts.fetching(percent, gap.missing, &name, &from);
                (words, Role::Good)
            }
            None => (texts.missing(gap.missing, &name), Role::Attention),
        };
        Line::of(words, role).cut(width)
    });
    said.collect()
}

/// Who invites us, where we are invited and do not take part yet.
fn invitation(state: &State, place: Place) -> Option<Safe> {
    let conversation = state.conversation(place)?;
    if conversation.standing != Standing::Invited {
        return None;
    }
    let texts = &state.texts;
    let room = state.title(place);
    Some(match &conversation.invited_by {
        Some(by) => texts.invited_by(&texts.author(&by.name), &room),
        None => texts.invited_to(&room),
    })
}

fn nothing_open(state: &State) -> Safe {
    if state.contacts.is_empty() && state.conversations.is_empty() {
        let keys = |action| Safe::line(&state.keys_of(action));
        let (invite, join) = (
            keys(crate::chat::Action::Invite),
            keys(crate::chat::Action::Join),
        );
        return state.texts.nobody_yet(&invite, &join);
    }
    state.texts.nothing_open()
}

/// A text of ours in the middle of an area.
fn prose(canvas: &mut Canvas<'_>, area: Rect, words: &Safe) {
    let wide = Wide::of(area.width);
    let room = wide.columns().saturating_sub(4).max(1);
    let rows = words.rows(room, room);
    let top = usize::from(area.height).saturating_sub(rows.len()) / 2;
    for (row, text) in rows.iter().enumerate() {
        canvas.row(area, top + row, &wide.centred(text, Role::Faint));
    }
}
