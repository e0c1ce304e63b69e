//! Where everything is on the screen: a pure function of what is known, which drawing, scrolling and the
//! mouse go by.
//!
//! Invariants
//! - Nothing that drawing finds out goes back into what is known.

mod areas;
mod below;
mod contact;
mod deed;
mod message;
mod pane;
mod popup;
mod transfer;
mod writing;

pub(super) use areas::{Areas, areas, is_too_small, last_rows, listed, said_rows};
pub(super) use below::{below, message_rows};
pub(super) use contact::standing;
pub(super) use message::{reached, state as delivery};
pub(super) use pane::{PaneRow, from_top, pane_rows, scrolled, seen, shown_from, walk};
pub(super) use popup::{Content as PopupContent, Parts as PopupParts, content as popup, last_top};
pub(super) use writing::{go_row, written};

use super::line::{Line, blanks};
use super::theme::Face;
use crate::safe_text::Safe;

/// How wide something is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wide(u16);

impl Wide {
    /// So many columns.
    pub(super) const fn of(columns: u16) -> Self {
        Self(columns)
    }

    /// In columns.
    pub(super) fn columns(self) -> usize {
        usize::from(self.0)
    }

    /// A text in the middle of a row.
    pub(super) fn centred(self, text: &Safe, face: Face) -> Line {
        let text = text.truncated(self.columns());
        let before = self.columns().saturating_sub(text.width()) / 2;
        Line::of(blanks(before), face).with(text, face)
    }
}
