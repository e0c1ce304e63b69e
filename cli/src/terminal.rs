//! The terminal as it was when the program started, to be put back when the program ends in an unforeseen way.
//!
//! The line editor and prompts change how a terminal behaves, and change it back as they end. Where they cannot, as when
//! the process ends while another thread waits for a key, nobody would see what they type afterwards.

/// How a terminal behaves; nothing where there is none.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    #[cfg(unix)]
    present: Option<rustix::termios::Termios>,
}

impl Settings {
    /// Those of the terminal on stdin now.
    pub(crate) fn now() -> Self {
        Self {
            #[cfg(unix)]
            present: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    /// Puts them back.
    pub(crate) fn restore(&self) {
        #[cfg(unix)]
        if let Some(present) = &self.present {
            use rustix::termios::{OptionalActions, tcsetattr};

            // A terminal that is gone needs nothing.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, present);
        }
    }
}
