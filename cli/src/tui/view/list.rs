//! The conversations.

use ratatui::layout::Rect;

use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::scene;
use crate::tui::state::{Focus, ListRow, State, list_row};
use crate::tui::theme::Face;

/// Columns before what is said of nobody in it.
const INDENT: usize = 2;

/// Draws them.
pub(super) fn draw(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    if area.is_empty() {
        return;
    }
    let shown = scene::listed(state, usize::from(area.height));
    let open = state.open_place();
    for (at, place) in shown.iter().enumerate() {
        let row = list_row(state, *place);
        canvas.row(area, at, &line(state, &row, usize::from(area.width)));
        let has_keys = state.focus == Focus::List && state.popup.is_none();
        // Of what is turned round there is one row, where the keys go.
        if has_keys && state.chosen == Some(row.place) {
            canvas.paint(area, at, Face::Selected);
        } else if open == Some(row.place) {
            canvas.paint(area, at, Face::Heading);
        }
    }
    for (row, line) in waits(state, usize::from(area.width)).iter().enumerate() {
        canvas.row(area, shown.len() + row, line);
    }
}

/// That a code which was used waits for its maker, in at most so many columns; nothing where none does.
fn waits(state: &State, width: usize) -> Vec<Line> {
    if state.book.pending().is_empty() {
        return Vec::new();
    }
    let room = width.saturating_sub(INDENT + 1).max(1);
    let rows = state.texts.code_waits().rows(room, room).into_iter();
    rows.map(|row| Line::of(row, Face::Faint).indented(INDENT))
        .collect()
}

/// A row: who it is, and what is new there.
fn line(state: &State, row: &ListRow, width: usize) -> Line {
    let texts = &state.texts;
    let news = news(state, row);
    let mark = if row.is_online { "\u{25cf} " } else { "  " };
    let room = width.saturating_sub(news.width() + 3);
    let face = if row.is_held_off || row.is_muted || row.is_away {
        Face::Faint
    } else if row.unread > 0 {
        Face::Heading
    } else {
        Face::Text
    };
    let title = state.title(row.place).truncated(room);
    let mut line = Line::of(mark, Face::Good).with(title, face);
    if row.is_muted && line.width() + news.width() + 2 < width {
        line = line
            .with(" ", face)
            .with(texts.muted(), Face::Faint)
            .cut(width.saturating_sub(news.width() + 1));
    }
    let gap = width.saturating_sub(line.width() + news.width());
    line.with(blanks(gap), Face::Text).then(news).cut(width)
}

/// What is new: at most a word and a number.
fn news(state: &State, row: &ListRow) -> Line {
    let texts = &state.texts;
    if row.is_invitation {
        return Line::of(texts.invitation(), Face::Attention);
    }
    if row.is_away && row.unread == 0 {
        return Line::of(texts.put_away(), Face::Faint);
    }
    if row.is_blocked {
        return Line::of(texts.blocked(), Face::Faint);
    }
    if row.is_held_off {
        return Line::of("!", Face::Trouble);
    }
    let count = (row.unread > 0).then(|| Safe::line(&row.unread.to_string()));
    let face = if row.is_muted && row.mentions == 0 {
        Face::Faint
    } else {
        Face::Attention
    };
    let sign = if row.mentions > 0 { "@" } else { "" };
    if let Some(count) = count {
        return Line::of(sign, Face::Attention).with(count, face);
    }
    if row.is_typing {
        return Line::of("\u{2026}", Face::Good);
    }
    if row.has_draft {
        return Line::of(texts.draft(), Face::Faint);
    }
    Line::default()
}
