//! A screen as it was drawn.

use std::fmt;

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::Modifier;

use crate::safe_text::width;
use crate::tui::canvas::row_text;
use crate::tui::state::Size;

/// See the module.
#[derive(Debug)]
pub(in crate::tui) struct Drawn {
    cells: Buffer,
    cursor: Option<Position>,
}

impl Drawn {
    /// What is drawn on a screen.
    pub(in crate::tui) fn new(
        size: Size,
        draw: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> Self {
        let mut cells = Buffer::empty(Rect::new(0, 0, size.columns, size.rows));
        let cursor = draw(&mut cells);
        Self { cells, cursor }
    }

    pub(super) fn columns(&self) -> usize {
        usize::from(self.cells.area().width)
    }

    /// The columns and rows of all cells.
    pub(super) fn all(&self) -> impl Iterator<Item = (u16, u16)> {
        let area = *self.cells.area();
        area.positions().map(|Position { x, y }| (x, y))
    }

    /// What is in each row.
    pub(super) fn rows(&self) -> impl Iterator<Item = String> {
        let rows = 0..self.cells.area().height;
        rows.map(|row| row_text(&self.cells, row))
    }

    pub(super) fn has_cursor_inside(&self) -> bool {
        self.cursor
            .is_none_or(|cursor| self.cells.area().contains(cursor))
    }

    /// What a terminal shows at a column: nothing of its own where something wider begins before it.
    pub(super) fn symbol(&self, x: u16, y: u16) -> &str {
        let mut at = 0;
        loop {
            let symbol = self.cells.cell((at, y)).map_or("", Cell::symbol);
            // Before a cluster of doubtful width its columns are blanked.
            let symbol = symbol.rsplit('\u{8}').next().unwrap_or(symbol);
            let takes = u16::try_from(width(symbol)).unwrap_or(1).max(1);
            if at == x {
                return symbol;
            }
            at += takes;
            if at > x {
                return "";
            }
        }
    }

    /// The columns of a row that are reversed, from the first up to the end of each run.
    fn reversed(&self, row: u16) -> Vec<(u16, u16)> {
        let area = *self.cells.area();
        let mut runs: Vec<(u16, u16)> = Vec::new();
        for column in area.left()..area.right() {
            let cell = self.cells.cell((column, row));
            if !cell.is_some_and(|cell| cell.modifier.contains(Modifier::REVERSED)) {
                continue;
            }
            match runs.last_mut() {
                Some((_, end)) if *end == column => *end += 1,
                _ => runs.push((column, column + 1)),
            }
        }
        runs
    }
}

/// As a file has it.
impl fmt::Display for Drawn {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let area = *self.cells.area();
        writeln!(formatter, "---- {} x {}", area.width, area.height)?;
        for row in self.rows() {
            writeln!(formatter, "{row}")?;
        }
        formatter.write_str("----")?;
        match self.cursor {
            Some(Position { x, y }) => write!(formatter, " cursor at {x}, {y}")?,
            None => formatter.write_str(" no cursor")?,
        }
        for row in 0..area.height {
            for (first, end) in self.reversed(row) {
                write!(formatter, "; reversed {first}..{end} of row {row}")?;
            }
        }
        writeln!(formatter)
    }
}
