//! Draws the first run.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::sheet::{self, Sheet};
use super::state::{Page, Welcome};
use crate::tui::canvas::Canvas;
use crate::tui::line::Line;
use crate::tui::scene;
use crate::tui::theme::Face;
use crate::tui::view::{too_small, typed};

/// Draws everything; where the terminal's cursor belongs.
pub(super) fn draw(welcome: &Welcome, cells: &mut Buffer) -> Option<Position> {
    let mut canvas = Canvas::new(cells, welcome.theme);
    let all = canvas.area();
    canvas.clear(all);
    if scene::is_too_small(welcome.size) {
        too_small(&welcome.texts, &mut canvas);
        return None;
    }
    let sheet = sheet::sheet(welcome);
    canvas.row(all, 0, &Line::of(sheet.title.clone(), Face::Heading));
    let last = usize::from(all.height).saturating_sub(1);
    canvas.row(all, last, &footer(welcome, &sheet));
    let gap = u16::from(sheet.rows.len() < sheet::height(welcome.size));
    let body = Rect::new(
        all.x,
        all.y.saturating_add(1 + gap),
        all.width,
        all.height.saturating_sub(2 + gap),
    );
    let mut cursor = None;
    let shown = sheet.rows.iter().enumerate().skip(sheet.top);
    for (row, (number, line)) in shown.take(usize::from(body.height)).enumerate() {
        canvas.row(body, row, line);
        if sheet.chosen == Some(number) {
            canvas.paint(body, row, Face::Selected);
            // For whoever reads with their ears.
            cursor = u16::try_from(row).ok().map(|row| Position {
                x: body.x,
                y: body.y.saturating_add(row),
            });
        }
        if sheet.typed == Some(number) {
            cursor = asked(welcome, body, row, &mut canvas);
        }
    }
    cursor
}

/// The row in which something is typed; a passphrase is not shown there.
fn asked(welcome: &Welcome, body: Rect, row: usize, canvas: &mut Canvas<'_>) -> Option<Position> {
    let y = body.y.checked_add(u16::try_from(row).ok()?)?;
    let area = Rect::new(body.x, y, body.width, 1);
    match &welcome.page {
        Page::Name => return typed(&welcome.name, area, canvas),
        Page::Proof { typed: word, .. } => return typed(word, area, canvas),
        Page::Passphrase(_)
        | Page::Again { .. }
        | Page::Making { .. }
        | Page::Words { .. }
        | Page::Begin { .. } => {}
    }
    let prompt = Line::of("> ", Face::Own);
    let x = area.x.checked_add(u16::try_from(prompt.width()).ok()?)?;
    canvas.row(area, 0, &prompt);
    Some(Position { x, y })
}

/// The last row: what has to be said before somebody leaves, else the keys that lead on.
fn footer(welcome: &Welcome, sheet: &Sheet) -> Line {
    match &welcome.trouble {
        Some(trouble) if sheet.typed.is_none() => Line::of(trouble.clone(), Face::Trouble),
        Some(_) | None => Line::of(sheet.hint.clone(), Face::Faint),
    }
}
