//! What stands in front.

use ratatui::layout::{Position, Rect};

use crate::safe_text::Safe;
use crate::tui::canvas::Canvas;
use crate::tui::line::{Line, blanks};
use crate::tui::scene::{self, PopupContent, PopupParts};
use crate::tui::state::{Input, State};
use crate::tui::theme::Face;

/// Draws it; where the cursor is.
pub(super) fn draw(state: &State, all: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    let content = scene::popup(state, all)?;
    if content.is_whole {
        return whole(&content, all, canvas);
    }
    let parts = PopupParts::of(state, &content, all);
    canvas.clear(parts.cleared(all));
    frame(&parts, canvas);
    canvas.rows(parts.heads, &parts.head_lines);
    canvas.rows(parts.hints, &parts.hint_lines);
    rows(&content, &parts, canvas);
    content
        .input
        .as_ref()
        .and_then(|input| typed(input, parts.input, canvas))
}

fn whole(content: &PopupContent, all: Rect, canvas: &mut Canvas<'_>) -> Option<Position> {
    canvas.clear(all);
    canvas.rows(all, &content.lines);
    let last = usize::from(all.height).saturating_sub(1);
    canvas.row(
        all,
        last,
        &Line::of(content.hint.truncated(usize::from(all.width)), Face::Faint),
    );
    None
}

/// The lines around it, with its heading, and how much of it is not shown.
fn frame(parts: &PopupParts, canvas: &mut Canvas<'_>) {
    let area = parts.area;
    let width = usize::from(area.width);
    let [left, right, left_end, right_end] = if parts.is_bare {
        ["\u{2500}"; 4]
    } else {
        ["\u{250c}", "\u{2510}", "\u{2514}", "\u{2518}"]
    };
    let mut top = Line::of(left, Face::Frame);
    if !parts.title.is_empty() {
        top = top
            .with(" ", Face::Frame)
            .with(parts.title.clone(), Face::Heading)
            .with(" ", Face::Frame);
    }
    while top.width() + 1 < width {
        top = top.with("\u{2500}", Face::Frame);
    }
    canvas.row(area, 0, &top.with(right, Face::Frame));
    let last = usize::from(area.height).saturating_sub(1);
    let sides = if parts.is_bare { 0..0 } else { 1..last };
    for row in sides {
        canvas.row(area, row, &Line::of("\u{2502}", Face::Frame));
        let side = Rect::new(area.right().saturating_sub(1), area.y, 1, area.height);
        canvas.row(side, row, &Line::of("\u{2502}", Face::Frame));
    }
    let mut end = Line::default();
    if !parts.beyond.is_empty() {
        end = Line::of(" ", Face::Frame)
            .with(
                parts.beyond.truncated(width.saturating_sub(4)),
                Face::Attention,
            )
            .with(" ", Face::Frame);
    }
    let end = end.with(right_end, Face::Frame);
    let mut bottom = Line::of(left_end, Face::Frame);
    while bottom.width() + end.width() < width {
        bottom = bottom.with("\u{2500}", Face::Frame);
    }
    canvas.row(area, last, &bottom.then(end));
}

/// The rows, with the chosen one among those that are shown.
fn rows(content: &PopupContent, parts: &PopupParts, canvas: &mut Canvas<'_>) {
    let (area, first) = (parts.body, parts.first);
    let height = usize::from(area.height);
    for (row, line) in content.lines.iter().skip(first).take(height).enumerate() {
        canvas.row(area, row, &line.clone().cut(usize::from(area.width)));
        if content.chosen == Some(first + row) {
            canvas.paint(area, row, Face::Selected);
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
    let line = Line::of("> ", Face::Own)
        .with(shown, Face::Text)
        .with(blanks(gap), Face::Text)
        .with(rest, Face::Text);
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
