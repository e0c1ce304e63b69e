//! Draws what is known: a function from that to the cells of the screen.

mod header;
mod list;
mod messages;
mod popup;
mod writing;

pub(super) use popup::typed;

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::canvas::Canvas;
use super::line::{self, HINTS_APART, Line};
use super::scene;
use super::state::{Focus, State, listed};
use super::theme::Face;
use crate::safe_text::Safe;
use crate::texts::Texts;

/// Draws everything; where the terminal's cursor belongs: at what is written, for whoever reads with their
/// ears or writes with an input method.
pub(super) fn draw(state: &State, cells: &mut Buffer) -> Option<Position> {
    let mut canvas = Canvas::new(cells, state.theme);
    let all = canvas.area();
    canvas.clear(all);
    if scene::is_too_small(state.size) {
        too_small(&state.texts, &mut canvas);
        return None;
    }
    let areas = scene::areas(state);
    header::draw(state, &areas, &mut canvas);
    list::draw(state, areas.list, &mut canvas);
    canvas.rule(areas.rule);
    // Where one of them alone has room, and there is nobody, it is said in place of the list how that changes.
    let is_alone = areas.messages.is_empty() && listed(state).next().is_none();
    let middle = if is_alone { areas.list } else { areas.messages };
    messages::draw(state, middle, &mut canvas);
    let written = writing::draw(state, &areas, &mut canvas);
    footer(state, areas.footer, &mut canvas);
    if state.popup.is_some() || state.locked.is_some() {
        return popup::draw(state, all, &mut canvas);
    }
    written.filter(|_| state.focus == Focus::Composer)
}

/// Says why nothing is shown.
pub(super) fn too_small(texts: &Texts, canvas: &mut Canvas<'_>) {
    let all = canvas.area();
    let columns = usize::from(all.width).max(1);
    let rows = texts.too_small().rows(columns, columns).into_iter();
    let lines: Vec<Line> = rows.map(|row| Line::of(row, Face::Text)).collect();
    canvas.rows(all, &lines);
}

/// The last rows: what is said for a while and what is being written and taken; beside that, where nothing is said, the keys
/// that lead on.
fn footer(state: &State, area: Rect, canvas: &mut Canvas<'_>) {
    let rows = scene::last_rows(state);
    if !scene::said_rows(state).is_empty() {
        return canvas.rows(area, &rows);
    }
    let width = usize::from(area.width);
    let line = if state.pending.is_empty() {
        let begun = rows.into_iter().next().unwrap_or_default();
        hints(begun, &state.key_hints(), width)
    } else {
        let keys: Vec<String> = state.pending.iter().map(ToString::to_string).collect();
        Line::of(Safe::line(&keys.join(" ")), Face::Faint)
    };
    canvas.row(area, 0, &line.cut(width));
}

/// A row with as many of the keys that lead on as there is room for, each whole.
fn hints(mut line: Line, all: &Safe, width: usize) -> Line {
    for hint in line::hints(all) {
        let before = if line.width() > 0 { HINTS_APART } else { "" };
        if line.width() + before.len() + hint.width() > width {
            break;
        }
        line = line.with(before, Face::Faint).with(hint, Face::Faint);
    }
    line
}
