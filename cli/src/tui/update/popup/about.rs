//! What is known of the node and of who we are.

use crate::tui::effect::Effect;
use crate::tui::state::{Popup, State};

/// Shows it.
pub(in crate::tui::update) fn show(state: &mut State) -> Vec<Effect> {
    state.popup = Some(Popup::About { top: 0 });
    Vec::new()
}
