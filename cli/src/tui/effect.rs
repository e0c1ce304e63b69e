//! What the full-screen interface has done.

use super::notify::Notification;
use super::state::Passphrase;
use crate::chat::Ask;

/// See the module.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Effect {
    /// Ask the node.
    Ask(Ask),
    /// Look what a path may go on with that is typed so far.
    Complete(String),
    /// Have the terminal make itself noticed.
    Bell,
    /// Have the desktop tell of what arrived.
    Notify(Notification),
    /// Have this be the terminal's title.
    Title(String),
    /// Have this in the terminal's clipboard.
    Copy(String),
    /// Have the terminal tell of the mouse, or leave it to select text.
    Mouse(bool),
    /// Draw everything anew.
    Redraw,
    /// Give the terminal back until the process goes on.
    Suspend,
    /// Open the profile with this.
    Unlock(Passphrase),
    /// Close the profile, whose node has ended, for whoever waits for that.
    Close,
    /// Leave.
    Quit,
}
