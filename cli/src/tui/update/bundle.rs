//! Bundles: what is carried goes out into files, and comes in from them.

use tidings_node::api::Bundle;

use super::composer;
use super::popup::{path, transfers};
use crate::chat::{BundleAction, Way};
use crate::tui::effect::Effect;
use crate::tui::state::State;

/// Does what is about bundles.
pub(super) fn act(state: &mut State, action: BundleAction) -> Vec<Effect> {
    let way = match action {
        BundleAction::Export => Way::Export,
        BundleAction::Import => Way::Import,
        BundleAction::CancelTransfer => return transfers::show(state),
    };
    let typed = composer::argument(state, way.action()).unwrap_or_default();
    path::show(state, way, &typed)
}

/// Says what came of one.
pub(super) fn done(state: &mut State, way: Way, bundle: &Bundle) -> Vec<Effect> {
    let came = state.texts.came_of(way, bundle);
    if came.is_trouble {
        state.warn(came.said);
    } else {
        state.say(came.said);
    }
    state.keep_said();
    Vec::new()
}
