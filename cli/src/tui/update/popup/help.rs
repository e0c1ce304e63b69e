//! All keys.

use crate::tui::state::{Popup, State};

/// Shows them.
pub(in crate::tui::update) fn show(state: &mut State) {
    state.popup = Some(Popup::Help { top: 0 });
}
