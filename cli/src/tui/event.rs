//! What happens to the full-screen interface.

use super::keys::Chord;
use super::notify::Untold;
use super::state::Size;
use crate::chat::{Action, Place, Told};
use crate::failure::Failure;

/// See the module.
#[derive(Debug)]
pub(super) enum Event {
    /// A key was pressed.
    Key(Chord),
    /// A text was pasted.
    Paste(String),
    /// The mouse was pressed at this column and row.
    Clicked(u16, u16),
    /// The wheel was turned by so many rows: towards the end, or back.
    Wheel(isize),
    /// The terminal is the one that is looked at, or no longer.
    LookedAt(bool),
    /// The screen has this size now.
    Resized(Size),
    /// The node said something.
    Told(Told),
    /// What a path may go on with that was typed so far.
    Completed {
        /// The path.
        typed: String,
        /// What it may be.
        offers: Vec<String>,
    },
    /// The desktop cannot be told of anything, and why.
    NoDesktop(Untold),
    /// A part of this program has something to say.
    Noted(String),
    /// The profile is locked now, or is not any more.
    Locked(bool),
    /// A passphrase did not open it.
    NotUnlocked(Failure),
    /// The shell wants the terminal back until the process goes on.
    Stopped,
    /// The system wants the process to end.
    Interrupted,
    /// Somebody chose an action before there was a key for it.
    Chosen(Action),
    /// This was open when somebody left the last time.
    Reopened(Place),
    /// What is known is on the screen now.
    Drawn,
    /// Something may be due.
    Time {
        /// What the system's clock shows, in milliseconds since the Unix epoch.
        now: u64,
        /// How much time has passed since the beginning, in milliseconds.
        passed: u64,
    },
}

impl Event {
    /// Whether somebody did something who wants to see what comes of it.
    pub(super) const fn is_typed(&self) -> bool {
        matches!(
            self,
            Self::Key(_) | Self::Paste(_) | Self::Clicked(..) | Self::Wheel(_)
        )
    }
}
