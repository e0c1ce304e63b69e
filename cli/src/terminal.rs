//! The terminal as it was when nobody had changed it, to be put back when the program ends in an unforeseen way.
//!
//! The line editor and prompts change how a terminal behaves, and change it back as they end. Where they cannot, as when
//! the process ends while another thread waits for a key, nobody would see what they type afterwards.

#[cfg(unix)]
use std::io::{IsTerminal as _, Write as _, stdin, stdout};

#[cfg(unix)]
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Has pastes come unmarked again: the line editor has them marked.
#[cfg(unix)]
const PASTES_UNMARKED: &str = "\u{1b}[?2004l\r\n";

/// How a terminal behaves; nothing where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    #[cfg(unix)]
    present: Option<Termios>,
}

impl Settings {
    /// Those of the terminal on stdin now.
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(unix)]
            present: tcgetattr(stdin()).ok(),
        }
    }

    /// Puts them back, if they are others now.
    pub(crate) fn restore(&self) {
        #[cfg(unix)]
        if let Some(before) = &self.present
            && let Ok(present) = tcgetattr(stdin())
            && present.local_modes != before.local_modes
        {
            // A terminal that is gone needs nothing.
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
            if stdout().is_terminal() {
                let mut stdout = stdout().lock();
                let _ = stdout
                    .write_all(PASTES_UNMARKED.as_bytes())
                    .and_then(|()| stdout.flush());
            }
        }
    }
}
