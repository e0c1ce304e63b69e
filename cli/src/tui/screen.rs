//! The terminal while this program has all of it.
//!
//! Invariants
//! - Whatever is switched on is switched off again in the opposite order: when the interface ends, and by
//!   [`terminal`] when the process ends otherwise.

use std::io::{self, Write};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

use super::state::{Size, State};
use super::view;
use crate::failure::Failure;
use crate::terminal;

/// What is drawn and is not on the terminal yet.
#[derive(Debug, Default)]
struct Picture(Vec<u8>);

impl Write for Picture {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        terminal::draw(&std::mem::take(&mut self.0))
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Picture>>,
    /// The terminal's title, if we gave it one.
    title: Option<String>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be used so.
    pub(super) fn enter() -> Result<Self, Failure> {
        let terminal = terminal::enter_screen()
            .and_then(|()| Terminal::new(CrosstermBackend::new(Picture::default())))
            .map_err(cannot_use);
        if terminal.is_err() {
            terminal::leave_screen();
        }
        Ok(Self {
            terminal: terminal?,
            title: None,
        })
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
        let drawn = self.terminal.draw(|frame| {
            if let Some(cursor) = draw(frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        });
        drawn.map(|_| true).map_err(cannot_use)
    }

    /// Has everything be drawn anew.
    pub(super) fn forget(&mut self) {
        let Size { columns, rows } = self.size();
        // Asking the terminal where its cursor is, as clearing does, would wait for keys that come meanwhile.
        let _ = self.terminal.resize(Rect::new(0, 0, columns, rows));
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
    Failure::failed(format!(
        "cannot use this terminal: {error}. `tidings --plain` needs less of it."
    ))
}
