//! What stands in front.

mod content;

use ratatui::layout::{Position, Rect};

use crate::chat::Action;
use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::scene::Wide;
use crate::tui::state::{Input, State};
use crate::tui::theme::Role;

/// Columns of a popup where there is room.
const WIDEST: u16 = 100;

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
    let popup = state.popup.as_ref()?;
    let width = all.width.saturating_sub(2).min(WIDEST);
    let content = content::of(state, popup, usize::from(width.saturating_sub(2)));
    if content.is_whole {
        return whole(&content, all, canvas);
    }
    let inputs = u16::from(content.input.is_some());
    let wanted = u16::try_from(content.lines.len()).unwrap_or(u16::MAX);
    let height = wanted
        .saturating_add(inputs + 3)
        .clamp(5, all.height.saturating_sub(1).max(5))
        .min(all.height);
    let area = Rect::new(
        all.x + (all.width - width) / 2,
        all.y + (all.height - height) / 3,
        width,
        height,
    );
    canvas.clear(area);
    frame(state, &content, area, canvas);
    let inside = Rect::new(
        area.x + 1,
        area.y + 1,
        width.saturating_sub(2),
        height.saturating_sub(3),
    );
    let body = Rect::new(
        inside.x,
        inside.y + inputs,
        inside.width,
        inside.height.saturating_sub(inputs),
    );
    rows(&content, body, canvas);
    content
        .input
        .as_ref()
        .and_then(|input| typed(input, inside, canvas))
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

/// The lines around it, with its heading, and what leads on.
fn frame(state: &State, content: &Content, area: Rect, canvas: &mut Canvas<'_>) {
    let width = usize::from(area.width);
    let title = content.title.truncated(width.saturating_sub(4));
    let mut left = width.saturating_sub(title.width() + 4);
    let mut top = Line::of("\u{250c} ", Role::Frame)
        .with(title, Role::Heading)
        .with(" ", Role::Frame);
    while left > 0 {
        top = top.with("\u{2500}", Role::Frame);
        left -= 1;
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
    let hint = if content.hint.is_empty() {
        state
            .texts
            .close_hint(&Safe::line(&state.keys_of(Action::Close)))
    } else {
        content.hint.clone()
    };
    let inside = Rect::new(
        area.x + 1,
        area.y,
        area.width.saturating_sub(2),
        area.height,
    );
    let wide = Wide::of(inside.width);
    canvas.row(
        inside,
        last.saturating_sub(1),
        &wide.centred(&hint, Role::Faint),
    );
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
fn typed(input: &Input, area: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
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
    let mut start = before;
    while Safe::line(start).width() + trailing(start) > room {
        let mut rest = start.chars();
        rest.next()?;
        start = rest.as_str();
    }
    let (shown, rest) = (Safe::line(start), Safe::line(behind));
    let column = shown.width() + trailing(start);
    let line = Line::of("> ", Role::Own)
        .with(shown, Role::Text)
        .with(blanks(trailing(start)), Role::Text)
        .with(rest, Role::Text);
    canvas.row(area, 0, &line.cut(usize::from(area.width)));
    let x = area.x.checked_add(u16::try_from(column + 2).ok()?)?;
    Some(Position { x, y: area.y })
}

/// Blanks at the end of a text, which safe text leaves out.
fn trailing(text: &str) -> usize {
    text.len() - text.trim_end_matches(' ').len()
}
