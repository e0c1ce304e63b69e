//! The terminal while this program has all of it.
//!
//! Invariants
//! - Whatever is switched on is switched off again in the opposite order: when the interface ends, and by
//!   [`terminal`] when the process ends otherwise.

use std::io::{self, Stdout};

use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;
use ratatui::layout::Rect;

use super::state::{Size, State};
use super::view;
use crate::failure::Failure;
use crate::terminal;

/// See the module.
#[derive(Debug)]
pub(super) struct Screen {
    terminal: Terminal<CrosstermBackend<Stdout>>,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be used so.
    pub(super) fn enter() -> Result<Self, Failure> {
        let terminal = terminal::enter_screen()
            .and_then(|()| Terminal::new(CrosstermBackend::new(io::stdout())))
            .map_err(cannot_use);
        if terminal.is_err() {
            terminal::leave_screen();
        }
        Ok(Self {
            terminal: terminal?,
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

    /// Draws what is known.
    ///
    /// # Errors
    /// [`Failure`] if the terminal is gone.
    pub(super) fn draw(&mut self, state: &State) -> Result<(), Failure> {
        let drawn = self.terminal.draw(|frame| {
            if let Some(cursor) = view::draw(state, frame.buffer_mut()) {
                frame.set_cursor_position(cursor);
            }
        });
        drawn.map(drop).map_err(cannot_use)
    }

    /// Has everything be drawn anew.
    pub(super) fn forget(&mut self) {
        let Size { columns, rows } = self.size();
        // Asking the terminal where its cursor is, as clearing does, would wait for keys that come meanwhile.
        let _ = self.terminal.resize(Rect::new(0, 0, columns, rows));
    }

    /// Gives the terminal back until the process goes on.
    pub(super) fn suspend(&mut self) {
        terminal::leave_screen();
        terminal::stop();
        let _ = terminal::enter_screen();
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
