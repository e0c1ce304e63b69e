//! The terminal while this program has all of it.
//!
//! Invariants
//! - Whatever is switched on is switched off again in the opposite order: when the interface ends, and by
//!   [`terminal`] when the process ends otherwise.
//! - Nothing is written where nothing has changed that is seen.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::state::{Size, State};
use super::view;
use crate::failure::{self, Exit, Failure};
use crate::terminal;

/// What is drawn and is not on the terminal yet. Clones share it.
#[derive(Debug, Default, Clone)]
struct Picture(Arc<Mutex<Vec<u8>>>);

impl Picture {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Picture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut drawn = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drawn.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// It goes to the terminal as a whole: see [`Screen::paint`].
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Picture>>,
    picture: Picture,
    /// What went to the terminal last, and for which part of it. The same once more changes nothing there.
    last: (Vec<u8>, Rect),
    /// The terminal's title, if we gave it one.
    title: Option<String>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be used so.
    pub(super) fn enter() -> Result<Self, Failure> {
        let picture = Picture::default();
        let terminal = terminal::enter_screen()
            .and_then(|()| Terminal::new(CrosstermBackend::new(picture.clone())))
            .map_err(cannot_use);
        if terminal.is_err() {
            terminal::leave_screen();
        }
        Ok(Self::of(terminal?, picture))
    }

    fn of(terminal: Terminal<CrosstermBackend<Picture>>, picture: Picture) -> Self {
        Self {
            terminal,
            picture,
            last: (Vec::new(), Rect::ZERO),
            title: None,
        }
    }

    /// How large it is.
    pub(super) fn size(&self) -> Size {
        let size = self.terminal.size().unwrap_or_default();
        Size {
            columns: size.width,
            rows: size.height,
        }
    }

    /// Draws what is known; whether there was a screen to draw on.
    ///
    /// # Errors
    /// [`Failure`] if the terminal is gone.
    pub(super) fn draw(&mut self, state: &State) -> Result<bool, Failure> {
        self.paint(|cells| view::draw(state, cells))
    }

    /// Has something draw on the cells, and say where the cursor belongs; whether there are any.
    ///
    /// # Errors
    /// [`Failure`] if the terminal is gone.
    pub(super) fn paint(
        &mut self,
        draw: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> Result<bool, Failure> {
        if !terminal::has_screen() {
            return Ok(false);
        }
        let drawn = match self.drawn(draw).map_err(cannot_use)? {
            Some(bytes) => terminal::draw(bytes),
            None => Ok(()),
        };
        drawn.map(|()| true).map_err(cannot_use)
    }

    /// What has to go to the terminal for a picture, if anything has.
    fn drawn(
        &mut self,
        draw: impl FnOnce(&mut Buffer) -> Option<Position>,
    ) -> io::Result<Option<&[u8]>> {
        let drawn = self.terminal.draw(|frame| {
            if let Some(cursor) = draw(frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        });
        // Cells that are on the terminal are not in it: what is there twice in a row is where the cursor is.
        let area = drawn?.area;
        let next = (self.picture.take(), area);
        if next == self.last {
            return Ok(None);
        }
        self.last = next;
        Ok(Some(&self.last.0))
    }

    /// Has everything be drawn anew.
    pub(super) fn forget(&mut self) {
        let Size { columns, rows } = self.size();
        // Asking the terminal where its cursor is, as clearing does, would wait for keys that come meanwhile.
        let _ = self.terminal.resize(Rect::new(0, 0, columns, rows));
        self.last.0.clear();
    }

    /// Gives it a title.
    pub(super) fn title(&mut self, title: String) {
        terminal::title(&title);
        self.title = Some(title);
    }

    /// Gives the terminal back until the process goes on: whoever hears of that calls [`Self::resume`].
    pub(super) fn suspend(&mut self) {
        terminal::leave_screen();
        if !terminal::stop() {
            self.resume();
        }
    }

    /// Takes the terminal again, whatever became of it meanwhile.
    pub(super) fn resume(&mut self) {
        terminal::leave_screen();
        // In the background it cannot be taken; it is once this is in front.
        let _ = terminal::enter_screen();
        if let Some(title) = &self.title {
            terminal::title(title);
        }
        self.forget();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        terminal::leave_screen();
    }
}

fn cannot_use(error: io::Error) -> Failure {
    Failure::saying(Exit::Failed, failure::no_screen(&error.to_string()))
}

#[cfg(test)]
mod tests {
    use ratatui::style::Style;
    use ratatui::{TerminalOptions, Viewport};

    use super::*;

    /// What goes to the terminal for a text and a cursor in that column.
    fn bytes(screen: &mut Screen, text: &str, column: u16) -> Option<String> {
        let drawn = screen.drawn(|cells| {
            cells.set_string(0, 0, text, Style::new());
            Some(Position::new(column, 0))
        });
        let bytes = drawn.unwrap();
        bytes.map(|bytes| String::from_utf8(bytes.to_owned()).unwrap())
    }

    #[test]
    fn a_screen_on_which_nothing_changes_has_nothing_written() {
        let picture = Picture::default();
        let viewport = Viewport::Fixed(Rect::new(0, 0, 20, 2));
        let terminal = Terminal::with_options(
            CrosstermBackend::new(picture.clone()),
            TerminalOptions { viewport },
        );
        let mut screen = Screen::of(terminal.unwrap(), picture);
        assert!(bytes(&mut screen, "begun", 5).unwrap().contains("begun"));
        // Where the cursor is goes there once more, without what was drawn before it.
        assert!(!bytes(&mut screen, "begun", 5).unwrap().contains("begun"));
        for _ in 0..3 {
            assert_eq!(bytes(&mut screen, "begun", 5), None);
        }
        assert!(bytes(&mut screen, "begun", 4).is_some(), "a cursor moves");
        assert!(bytes(&mut screen, "begun", 5).is_some());
        assert!(bytes(&mut screen, "begin", 5).is_some());
        screen.terminal.resize(Rect::new(0, 0, 20, 3)).unwrap();
        assert!(bytes(&mut screen, "begin", 5).unwrap().contains("begin"));
    }
}
