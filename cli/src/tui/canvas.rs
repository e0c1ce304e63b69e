//! The only writer to the cells of the screen.
//!
//! Invariants
//! - What it writes is [`Safe`] text and stays inside its area.
//! - Where a terminal may draw a cluster wider or narrower than it is counted, the whole row is written
//!   anew each time: nothing of it stays behind.

use std::num::NonZeroU16;

#[cfg(test)]
use ratatui::buffer::Cell;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar as _;

use super::line::Line;
use super::theme::{Role, Theme};
use crate::safe_text::Safe;

/// See the module.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    cells: &'a mut Buffer,
    theme: Theme,
}

impl<'a> Canvas<'a> {
    /// One over these cells.
    pub(super) fn new(cells: &'a mut Buffer, theme: Theme) -> Self {
        Self { cells, theme }
    }

    /// The whole of it.
    pub(super) fn area(&self) -> Rect {
        *self.cells.area()
    }

    /// Draws a row of an area.
    pub(super) fn row(&mut self, area: Rect, row: usize, line: &Line) {
        let Some(y) = u16::try_from(row)
            .ok()
            .and_then(|row| area.y.checked_add(row))
        else {
            return;
        };
        if row >= usize::from(area.height) {
            return;
        }
        let mut x = area.x;
        for (text, role) in line.pieces() {
            x = self.text((x, y), area.right(), text, self.theme.style(*role));
        }
    }

    /// Draws rows from the top of an area.
    pub(super) fn rows(&mut self, area: Rect, lines: &[Line]) {
        for (row, line) in lines.iter().enumerate() {
            self.row(area, row, line);
        }
    }

    /// Has a row of an area look as a part does, to its end.
    pub(super) fn paint(&mut self, area: Rect, row: usize, role: Role) {
        let Some(y) = u16::try_from(row)
            .ok()
            .and_then(|row| area.y.checked_add(row))
        else {
            return;
        };
        if row < usize::from(area.height) {
            let style = self.theme.style(role);
            self.cells
                .set_style(Rect::new(area.x, y, area.width, 1), style);
        }
    }

    /// Draws a line down a column.
    pub(super) fn rule(&mut self, area: Rect) {
        let line = Line::of("\u{2502}", Role::Frame);
        for row in 0..usize::from(area.height) {
            self.row(area, row, &line);
        }
    }

    /// Empties an area, whatever is behind it.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.area());
        for y in area.top()..area.bottom() {
            for x in area.left()..area.right() {
                if let Some(cell) = self.cells.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Draws a text as far as there is room; where it ends.
    fn text(&mut self, (x, y): (u16, u16), end: u16, text: &Safe, style: Style) -> u16 {
        let mut at = x;
        for cluster in text.graphemes() {
            let Ok(takes) = u16::try_from(cluster.columns) else {
                return at;
            };
            if takes == 0 || at.saturating_add(takes) > end {
                return at;
            }
            self.cluster((at, y), takes, cluster.text, style);
            at = at.saturating_add(takes);
        }
        at
    }

    fn cluster(&mut self, (x, y): (u16, u16), takes: u16, text: &str, style: Style) {
        let is_doubtful = is_doubtful(text, takes);
        for column in (x..x.saturating_add(takes)).rev() {
            if let Some(cell) = self.cells.cell_mut((column, y)) {
                cell.reset();
                cell.set_style(style);
            }
        }
        let Some(cell) = self.cells.cell_mut((x, y)) else {
            return;
        };
        cell.set_symbol(text);
        if is_doubtful {
            if let Some(takes) = NonZeroU16::new(takes) {
                cell.diff_option = CellDiffOption::ForcedWidth(takes);
            }
            self.rewrite(y, x);
        }
    }

    /// Has all other cells of a row be written whether they changed or not.
    fn rewrite(&mut self, y: u16, but: u16) {
        let area = self.area();
        for x in area.left()..area.right() {
            if let Some(cell) = self.cells.cell_mut((x, y)).filter(|_| x != but)
                && cell.diff_option == CellDiffOption::None
            {
                cell.diff_option = CellDiffOption::AlwaysUpdate;
            }
        }
    }
}

/// Whether terminals do not agree on how wide a cluster is: that of several characters, if it is not the
/// sum of theirs, or has a mark that asks for a picture.
fn is_doubtful(text: &str, takes: u16) -> bool {
    let mut characters = text.chars();
    if characters.next().is_none() || characters.next().is_none() {
        return false;
    }
    let sum: usize = text.chars().filter_map(|one| one.width()).sum();
    sum != usize::from(takes) || text.contains('\u{fe0f}')
}

/// What a cell says, for tests.
#[cfg(test)]
pub(super) fn row_text(cells: &Buffer, y: u16) -> String {
    let area = *cells.area();
    let mut text = String::new();
    let mut x = area.left();
    while x < area.right() {
        let symbol = cells.cell((x, y)).map_or(" ", Cell::symbol);
        text.push_str(symbol);
        let columns = crate::safe_text::width(symbol).max(1);
        x = x.saturating_add(u16::try_from(columns).unwrap_or(1));
    }
    text.trim_end().to_owned()
}
