//! The conversations.

use ratatui::layout::Rect;

use tidings_node::api::ContactState;

use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::scene;
use crate::tui::state::{Entry, Focus, State, entries};
use crate::tui::theme::Role;

/// Columns before what is said of nobody in it.
const INDENT: usize = 2;

/// Draws them.
pub(super) fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    if area.is_empty() {
        return;
    }
    let all = entries(state);
    let height = usize::from(area.height);
    let first = scene::first_entry(state, &all, height);
    let open = state.open_place();
    for (row, entry) in all.iter().skip(first).take(height).enumerate() {
        canvas.row(area, row, &line(state, entry, usize::from(area.width)));
        let has_keys = state.focus == Focus::List && state.popup.is_none();
        // Of what is turned round there is one row, where the keys go.
        if has_keys && state.chosen == Some(entry.place) {
            canvas.paint(area, row, Role::Selected);
        } else if open == Some(entry.place) {
            canvas.paint(area, row, Role::Heading);
        }
    }
    let shown = all.len().saturating_sub(first);
    for (row, line) in waits(state, usize::from(area.width)).iter().enumerate() {
        canvas.row(area, shown + row, line);
    }
}

/// That a code which was used waits for its maker, in at most so many columns; nothing where none does.
fn waits(state: &State, width: usize) -> Vec<Line> {
    let mut contacts = state.contacts.iter();
    if !contacts.any(|contact| contact.state == ContactState::Pending) {
        return Vec::new();
    }
    let room = width.saturating_sub(INDENT + 1).max(1);
    let rows = state.texts.code_waits().rows(room, room).into_iter();
    rows.map(|row| Line::of(row, Role::Faint).indented(INDENT))
        .collect()
}

/// A row: who it is, and what is new there.
fn line(state: &State, entry: &Entry, width: usize) -> Line {
    let texts = &state.texts;
    let news = news(state, entry);
    let mark = if entry.is_online { "\u{25cf} " } else { "  " };
    let room = width.saturating_sub(news.width() + 3);
    let role = if entry.is_held_off || entry.is_muted || entry.is_away {
        Role::Faint
    } else if entry.unread > 0 {
        Role::Heading
    } else {
        Role::Text
    };
    let title = state.title(entry.place).truncated(room);
    let mut line = Line::of(mark, Role::Good).with(title, role);
    if entry.is_muted && line.width() + news.width() + 2 < width {
        line = line
            .with(" ", role)
            .with(texts.muted(), Role::Faint)
            .cut(width.saturating_sub(news.width() + 1));
    }
    let gap = width.saturating_sub(line.width() + news.width());
    line.with(blanks(gap), Role::Text).then(news).cut(width)
}

/// What is new: at most a word and a number.
fn news(state: &State, entry: &Entry) -> Line {
    let texts = &state.texts;
    if entry.is_invitation {
        return Line::of(texts.invitation(), Role::Attention);
    }
    if entry.is_away && entry.unread == 0 {
        return Line::of(texts.put_away(), Role::Faint);
    }
    if entry.is_blocked {
        return Line::of(texts.blocked(), Role::Faint);
    }
    if entry.is_held_off {
        return Line::of("!", Role::Trouble);
    }
    let count = (entry.unread > 0).then(|| Safe::line(&entry.unread.to_string()));
    let role = if entry.is_muted && entry.mentions == 0 {
        Role::Faint
    } else {
        Role::Attention
    };
    let sign = if entry.mentions > 0 { "@" } else { "" };
    if let Some(count) = count {
        return Line::of(sign, Role::Attention).with(count, role);
    }
    if entry.is_typing {
        return Line::of("\u{2026}", Role::Good);
    }
    if entry.has_draft {
        return Line::of(texts.draft(), Role::Faint);
    }
    Line::default()
}
