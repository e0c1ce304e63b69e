//! Bundles: what is carried goes out into files, and comes in from them.

use tidings_node::api::Bundle;

use super::{Effect, State, hint, transfers, trouble};
use crate::chat::{Ask, Way};

/// What is done with files; nothing if the verb is none of that kind.
pub(super) fn run(state: &mut State, verb: &str, rest: &str) -> Option<Vec<Effect>> {
    match verb {
        "export" => Some(carry(state, Way::Export, rest)),
        "import" => Some(carry(state, Way::Import, rest)),
        "cancel-transfer" => Some(transfers::cancel(state, rest)),
        _ => None,
    }
}

/// Says that it begins, and has it be done: blanks are part of the path.
fn carry(state: &State, way: Way, typed: &str) -> Vec<Effect> {
    let texts = &state.texts;
    if typed.is_empty() {
        let usage = texts.whole(way.action());
        return vec![hint(match way {
            Way::Export => texts.write_where(&usage),
            Way::Import => texts.take_from_where(&usage),
        })];
    }
    let path = state.origin.path(typed);
    let typed = typed.to_owned();
    vec![
        hint(texts.bundle_begun(way, &path)),
        Effect::Ask(Ask::Bundle { way, typed, path }),
    ]
}

/// Says what came of one.
pub(super) fn done(state: &State, way: Way, bundle: &Bundle) -> Vec<Effect> {
    let came = state.texts.came_of(way, bundle);
    vec![if came.is_trouble {
        trouble(came.said)
    } else {
        hint(came.said)
    }]
}
