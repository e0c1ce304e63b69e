//! What stands in front.

mod content;
mod details;
mod excerpt;
mod locked;
mod people;

use ratatui::layout::{Position, Rect};

use crate::chat::Action;
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{self, HINTS_APART, Line, blanks};
use crate::tui::scene::Wide;
use crate::tui::state::{Input, State};
use crate::tui::theme::Role;

pub(super) use people::standing as contact_standing;

/// Columns of a popup where there is room.
const WIDEST: u16 = 100;

/// Columns beside a popup in which something can be read: those of the list.
const BESIDE_COLUMNS_MIN: u16 = 26;

/// Rows of what leads on.
const HINT_ROWS: usize = 3;

/// What a popup shows.
#[derive(Debug, Default)]
struct Content {
    title: Safe,
    /// A line that is typed.
    input: Option<Input>,
    lines: Vec<Line>,
    /// The one of them that is chosen.
    chosen: Option<usize>,
    /// The first of them that is shown, where none is chosen.
    top: usize,
    /// What leads on, under it.
    hint: Safe,
    /// Whether it takes the whole screen, without a frame.
    is_whole: bool,
}

/// Draws it; where the cursor is.
pub(super) fn draw(state: &State, all: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    let columns = usize::from(inner_columns(all));
    let content = match (&state.locked, &state.popup) {
        (Some(locked), _) => locked::of(state, locked, columns),
        (None, popup) => content::of(state, popup.as_ref()?, columns),
    };
    if content.is_whole {
        return whole(&content, all, canvas);
    }
    let parts = Parts::of(state, &content, all);
    canvas.clear(parts.cleared(all));
    frame(&parts, canvas);
    canvas.rows(parts.heads, &parts.head_lines);
    canvas.rows(parts.hints, &parts.hint_lines);
    rows(&content, parts.body, canvas);
    content
        .input
        .as_ref()
        .and_then(|input| typed(input, parts.input, canvas))
}

/// Columns inside the frame.
fn inner_columns(all: Rect) -> u16 {
    let width = all.width.saturating_sub(2).min(WIDEST);
    width.saturating_sub(2)
}

/// The last row that a popup can begin with, so that its end is on the screen.
pub(in crate::tui) fn last_top(state: &State) -> usize {
    let Some(popup) = &state.popup else {
        return 0;
    };
    let all = Rect::new(0, 0, state.size.columns, state.size.rows);
    let content = content::of(state, popup, usize::from(inner_columns(all)));
    let body = Parts::of(state, &content, all).body;
    content.lines.len().saturating_sub(usize::from(body.height))
}

/// Where the parts of a popup are.
#[derive(Debug)]
struct Parts {
    /// All of it.
    area: Rect,
    /// Its heading, where that has room in the frame.
    title: Safe,
    /// Its heading, where it has not.
    heads: Rect,
    head_lines: Vec<Line>,
    /// The line that is typed.
    input: Rect,
    /// The rows.
    body: Rect,
    /// What leads on.
    hints: Rect,
    hint_lines: Vec<Line>,
}

impl Parts {
    /// What it empties: its rows wholly where nothing that is beside it could be read.
    fn cleared(&self, all: Rect) -> Rect {
        if self.area.x - all.x < BESIDE_COLUMNS_MIN {
            Rect::new(all.x, self.area.y, all.width, self.area.height)
        } else {
            self.area
        }
    }

    fn of(state: &State, content: &Content, all: Rect) -> Self {
        let columns = inner_columns(all);
        let room = usize::from(columns).max(1);
        let has_room = content.title.width() + 2 <= room;
        let head_lines: Vec<Line> = if has_room {
            Vec::new()
        } else {
            content::wrapped(&content.title, room, Role::Heading)
        };
        let hint_lines = hint(state, content, columns);
        let count = |lines: usize| u16::try_from(lines).unwrap_or(u16::MAX);
        let inputs = u16::from(content.input.is_some());
        let around = count(head_lines.len() + hint_lines.len()).saturating_add(inputs + 2);
        let height = count(content.lines.len())
            .max(u16::from(head_lines.is_empty() && inputs == 0))
            .saturating_add(around)
            .clamp(4, all.height.saturating_sub(1).max(4))
            .min(all.height);
        let width = (columns + 2).min(all.width);
        let area = Rect::new(
            all.x + (all.width - width) / 2,
            all.y + (all.height - height) / 3,
            width,
            height,
        );
        // What leads on stays where there is no room for everything.
        let inside = height.saturating_sub(2);
        let hints = count(hint_lines.len()).min(inside);
        let heads = count(head_lines.len()).min(inside - hints);
        let inputs = inputs.min(inside - hints - heads);
        let body = inside - hints - heads - inputs;
        let at = |y: u16, height: u16| Rect::new(area.x + 1, area.y + 1 + y, columns, height);
        Self {
            area,
            title: if has_room {
                content.title.clone()
            } else {
                Safe::default()
            },
            heads: at(0, heads),
            head_lines,
            input: at(heads, inputs),
            body: at(heads + inputs, body),
            hints: at(heads + inputs + body, hints),
            hint_lines,
        }
    }
}

/// What leads on, in rows.
fn hint(state: &State, content: &Content, columns: u16) -> Vec<Line> {
    let hint = if content.hint.is_empty() {
        let close = Safe::line(&state.keys_of(Action::Close));
        state.texts.close_hint(&close)
    } else {
        content.hint.clone()
    };
    let room = usize::from(columns).max(1);
    let wide = Wide::of(columns);
    let rows = packed(&hint, room).into_iter().take(HINT_ROWS);
    rows.map(|row| wide.centred(&row, Role::Faint)).collect()
}

/// In rows of so many columns, of which none breaks within a key and what it does.
fn packed(hint: &Safe, room: usize) -> Vec<Safe> {
    if hint.width() <= room {
        return vec![hint.clone()];
    }
    let mut rows: Vec<Safe> = Vec::new();
    for part in line::hints(hint) {
        match rows.last_mut() {
            Some(row) if row.width() + HINTS_APART.len() + part.width() <= room => {
                row.push(&HINTS_APART.into());
                row.push(&part);
            }
            Some(_) | None => rows.push(part),
        }
    }
    rows
}

fn whole(content: &Content, all: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    canvas.clear(all);
    canvas.rows(all, &content.lines);
    let last = usize::from(all.height).saturating_sub(1);
    canvas.row(
        all,
        last,
        &Line::of(content.hint.truncated(usize::from(all.width)), Role::Faint),
    );
    None
}

/// The lines around it, with its heading.
fn frame(parts: &Parts, canvas: &mut Canvas<'_>) {
    let area = parts.area;
    let width = usize::from(area.width);
    let mut top = Line::of("\u{250c}", Role::Frame);
    if !parts.title.is_empty() {
        top = top
            .with(" ", Role::Frame)
            .with(parts.title.clone(), Role::Heading)
            .with(" ", Role::Frame);
    }
    while top.width() + 1 < width {
        top = top.with("\u{2500}", Role::Frame);
    }
    canvas.row(area, 0, &top.with("\u{2510}", Role::Frame));
    let last = usize::from(area.height).saturating_sub(1);
    for row in 1..last {
        canvas.row(area, row, &Line::of("\u{2502}", Role::Frame));
        let right = Rect::new(area.right().saturating_sub(1), area.y, 1, area.height);
        canvas.row(right, row, &Line::of("\u{2502}", Role::Frame));
    }
    let mut bottom = Line::of("\u{2514}", Role::Frame);
    for _ in 2..width {
        bottom = bottom.with("\u{2500}", Role::Frame);
    }
    canvas.row(area, last, &bottom.with("\u{2518}", Role::Frame));
}

/// The rows, with the chosen one among those that are shown.
fn rows(content: &Content, area: Rect, canvas: &mut Canvas<'_>) {
    let height = usize::from(area.height);
    let most = content.lines.len().saturating_sub(height);
    let first = match content.chosen {
        Some(chosen) => (chosen + 1).saturating_sub(height),
        None => content.top.min(most),
    };
    for (row, line) in content.lines.iter().skip(first).take(height).enumerate() {
        canvas.row(area, row, &line.clone().cut(usize::from(area.width)));
        if content.chosen == Some(first + row) {
            canvas.paint(area, row, Role::Selected);
        }
    }
}

/// The line that is typed; where its cursor is.
pub(in crate::tui) fn typed(
    input: &Input,
    area: Rect,
    canvas: &mut Canvas<'_>,
) -> Option<Position> {
    let room = usize::from(area.width).saturating_sub(3);
    let before = input
        .text()
        .get(..input.buffer().cursor())
        .unwrap_or_default();
    let behind = input
        .text()
        .get(input.buffer().cursor()..)
        .unwrap_or_default();
    // What has no room is left out at the start: the cursor is always there.
    let gap = trailing(before).min(room);
    let shown = Safe::line(before).end(room - gap);
    let rest = Safe::line(behind);
    let column = shown.width() + gap;
    let line = Line::of("> ", Role::Own)
        .with(shown, Role::Text)
        .with(blanks(gap), Role::Text)
        .with(rest, Role::Text);
    canvas.row(area, 0, &line.cut(usize::from(area.width)));
    let x = area.x.checked_add(u16::try_from(column + 2).ok()?)?;
    Some(Position { x, y: area.y })
}

/// Blanks at the end of a text, which safe text leaves out.
fn trailing(text: &str) -> usize {
    text.len() - text.trim_end_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use ratatui::buffer::Buffer as Cells;

    use super::*;
    use crate::tui::canvas::row_text;
    use crate::tui::theme::Theme;

    /// What is drawn of a line that is typed in so many columns, and in which of them the cursor is.
    fn drawn(text: &str, columns: u16) -> (String, u16) {
        let area = Rect::new(0, 0, columns, 1);
        let mut cells = Cells::empty(area);
        let cursor = typed(
            &Input::of(text),
            area,
            &mut Canvas::new(&mut cells, Theme::default()),
        );
        (row_text(&cells, 0), cursor.unwrap().x)
    }

    #[test]
    fn of_a_line_that_has_no_room_the_end_is_shown_with_the_cursor_behind_it() {
        for (text, shown, cursor) in [
            ("", ">", 2),
            ("ab", "> ab", 4),
            ("ab  ", "> ab", 6),
            ("abcdefghij", "> defghij", 9),
            ("abcdefgh  ", "> defgh", 9),
            (
                "a\u{d55c}\u{ae00}\u{b9d0}\u{c500}",
                "> \u{ae00}\u{b9d0}\u{c500}",
                8,
            ),
            ("          ", ">", 9),
        ] {
            let (row, column) = drawn(text, 10);
            assert_eq!((row.trim_end(), column), (shown, cursor), "{text:?}");
        }
    }
}
