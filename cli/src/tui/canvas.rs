//! The only writer to the cells of the screen.
//!
//! Invariants
//! - What it writes is [`Safe`] text and stays inside its area.
//! - Where a terminal may draw a cluster wider or narrower than it is counted, the columns that it is given
//!   are blanked first, and the whole row is written anew each time: nothing of it stays behind.

use std::num::NonZeroU16;

#[cfg(test)]
use ratatui::buffer::Cell;
use ratatui::buffer::{Buffer, CellDiffOption};
use ratatui::layout::Rect;
use ratatui::style::Style;
use unicode_width::UnicodeWidthChar as _;

use super::line::Line;
use super::theme::{Face, Theme};
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
        for (text, face) in line.pieces() {
            x = self.text((x, y), area.right(), text, self.theme.style(*face));
        }
    }

    /// Draws rows from the top of an area.
    pub(super) fn rows(&mut self, area: Rect, lines: &[Line]) {
        for (row, line) in lines.iter().enumerate() {
            self.row(area, row, line);
        }
    }

    /// Has a row of an area look as a part does, to its end, and nothing in it look otherwise.
    pub(super) fn paint(&mut self, area: Rect, row: usize, face: Face) {
        let Some(y) = u16::try_from(row)
            .ok()
            .and_then(|row| area.y.checked_add(row))
        else {
            return;
        };
        if row < usize::from(area.height) {
            let style = Style::reset().patch(self.theme.style(face));
            self.cells
                .set_style(Rect::new(area.x, y, area.width, 1), style);
        }
    }

    /// Draws a line down a column.
    pub(super) fn rule(&mut self, area: Rect) {
        let line = Line::of("\u{2502}", Face::Frame);
        for row in 0..usize::from(area.height) {
            self.row(area, row, &line);
        }
    }

    /// Empties an area, whatever is behind it.
    pub(super) fn clear(&mut self, area: Rect) {
        let area = area.intersection(self.area());
        for y in area.top()..area.bottom() {
            self.cut_off(area.left(), y);
            for x in area.left()..area.right() {
                if let Some(cell) = self.cells.cell_mut((x, y)) {
                    cell.reset();
                }
            }
        }
    }

    /// Empties what begins to the left of a column and would go on in it: the terminal would draw it over that.
    fn cut_off(&mut self, column: u16, y: u16) {
        let mut x = self.area().left();
        while x < column {
            let Some(cell) = self.cells.cell_mut((x, y)) else {
                return;
            };
            let takes = match cell.diff_option {
                CellDiffOption::ForcedWidth(takes) => takes.get(),
                CellDiffOption::None | CellDiffOption::Skip | CellDiffOption::AlwaysUpdate => {
                    u16::try_from(crate::safe_text::width(cell.symbol())).unwrap_or(1)
                }
            };
            let next = x.saturating_add(takes.max(1));
            if next > column {
                cell.set_symbol(" ");
                cell.diff_option = CellDiffOption::AlwaysUpdate;
            }
            x = next;
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
                let is_rewritten = cell.diff_option == CellDiffOption::AlwaysUpdate;
                cell.reset();
                cell.set_style(style);
                if is_rewritten {
                    cell.diff_option = CellDiffOption::AlwaysUpdate;
                }
            }
        }
        let Some(cell) = self.cells.cell_mut((x, y)) else {
            return;
        };
        if !is_doubtful {
            cell.set_symbol(text);
            return;
        }
        let columns = usize::from(takes);
        let blanked = format!("{}{}{text}", " ".repeat(columns), BACK.repeat(columns));
        cell.set_symbol(&blanked);
        if let Some(takes) = NonZeroU16::new(takes) {
            cell.diff_option = CellDiffOption::ForcedWidth(takes);
        }
        self.rewrite(y);
    }

    /// Has all other cells of a row be written whether they changed or not, also those that are drawn after this.
    fn rewrite(&mut self, y: u16) {
        let area = self.area();
        for x in area.left()..area.right() {
            if let Some(cell) = self.cells.cell_mut((x, y))
                && cell.diff_option == CellDiffOption::None
            {
                cell.diff_option = CellDiffOption::AlwaysUpdate;
            }
        }
    }
}

/// Moves a terminal's cursor back by a column, and changes nothing.
const BACK: &str = "\u{8}";

/// Whether terminals do not agree on how wide a cluster is: that of several characters, if it is not the
/// sum of theirs, or has a mark that asks for a picture, or is a flag.
fn is_doubtful(text: &str, takes: u16) -> bool {
    let mut characters = text.chars();
    if characters.next().is_none() || characters.next().is_none() {
        return false;
    }
    let sum: usize = text.chars().filter_map(|one| one.width()).sum();
    let is_of_flag = |one: char| ('\u{1f1e6}'..='\u{1f1ff}').contains(&one);
    sum != usize::from(takes) || text.contains('\u{fe0f}') || text.contains(is_of_flag)
}

/// What a cell says, for tests.
#[cfg(test)]
pub(super) fn row_text(cells: &Buffer, y: u16) -> String {
    let area = *cells.area();
    let mut text = String::new();
    let mut x = area.left();
    while x < area.right() {
        let symbol = cells.cell((x, y)).map_or(" ", Cell::symbol);
        let symbol = symbol.rsplit(BACK).next().unwrap_or(symbol);
        text.push_str(symbol);
        let columns = crate::safe_text::width(symbol).max(1);
        x = x.saturating_add(u16::try_from(columns).unwrap_or(1));
    }
    text.trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use ratatui::backend::CrosstermBackend;
    use ratatui::style::Modifier;
    use ratatui::{Terminal, TerminalOptions, Viewport};

    use super::*;

    /// What a terminal that draws no cluster as one shows after these rows, one after the other in one place.
    fn shown(rows: &[&str]) -> String {
        let area = Rect::new(0, 0, 20, 2);
        let viewport = Viewport::Fixed(area);
        let mut bytes = Vec::new();
        let backend = CrosstermBackend::new(&mut bytes);
        let mut terminal = Terminal::with_options(backend, TerminalOptions { viewport }).unwrap();
        for row in rows {
            let drawn = terminal.draw(|frame| {
                let mut canvas = Canvas::new(frame.buffer_mut(), Theme::Mono);
                canvas.clear(area);
                canvas.row(area, 0, &Line::of(Safe::line(row), Face::Text));
            });
            drawn.unwrap();
        }
        drop(terminal);
        let mut parser = vt100::Parser::new(2, 20, 0);
        parser.process(&bytes);
        parser.screen().contents().trim_end().to_owned()
    }

    #[test]
    fn a_row_that_is_painted_looks_the_same_from_end_to_end() {
        let area = Rect::new(0, 0, 6, 1);
        let mut cells = Buffer::empty(area);
        let mut canvas = Canvas::new(&mut cells, Theme::Dark);
        let line = Line::of(Safe::line("a"), Face::Good).with(Safe::line("b"), Face::Faint);
        canvas.row(area, 0, &line);
        canvas.paint(area, 0, Face::Selected);
        let first = cells[(0, 0)].style();
        assert!(first.add_modifier.contains(Modifier::REVERSED));
        assert!((1..6).all(|column| cells[(column, 0)].style() == first));
    }

    #[test]
    fn what_a_terminal_draws_otherwise_leaves_nothing_behind() {
        for cluster in [
            "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
            "\u{2764}\u{fe0f}",
            "\u{1f1f0}\u{1f1f7}",
            "1\u{fe0f}\u{20e3}",
            "\u{1f44d}\u{1f3fd}",
        ] {
            let row = format!("a{cluster}b");
            assert_eq!(shown(&["Yesterday", &row, "hello"]), "hello", "{cluster}");
            assert_eq!(shown(&[&row, "", "hi"]), "hi", "{cluster}");
            let over = shown(&["Yesterday", &row]);
            assert!(over.starts_with('a') && over.ends_with('b'), "{over}");
            assert!(!over.contains(['Y', 'e', 's']), "{over}");
        }
    }

    #[test]
    fn what_reaches_into_an_area_that_is_emptied_is_cut_off() {
        let area = Rect::new(0, 0, 10, 1);
        let mut cells = Buffer::empty(area);
        let mut canvas = Canvas::new(&mut cells, Theme::Mono);
        canvas.row(area, 0, &Line::of("가나다라", Face::Text));
        let inner = Rect::new(3, 0, 4, 1);
        canvas.clear(inner);
        canvas.row(inner, 0, &Line::of("|  |", Face::Frame));
        assert_eq!(row_text(&cells, 0), "가 |  |");
    }

    #[test]
    fn a_row_ends_where_its_area_ends() {
        let area = Rect::new(0, 0, 6, 1);
        let mut cells = Buffer::empty(Rect::new(0, 0, 10, 1));
        let mut canvas = Canvas::new(&mut cells, Theme::Dark);
        canvas.row(area, 0, &Line::of("한국어로", Face::Text));
        canvas.row(area, 1, &Line::of("below", Face::Text));
        assert_eq!(row_text(&cells, 0), "한국어");
    }
}
