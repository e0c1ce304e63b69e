//! What asks for a passphrase: nothing of it is shown, not even how long it is.

use super::Content;
use crate::tui::line::Line;
use crate::tui::state::{Input, Locked, State};
use crate::tui::theme::Role;

/// What it shows in so many columns.
pub(super) fn content(state: &State, locked: &Locked, width: usize) -> Content {
    let texts = &state.texts;
    if locked.is_over {
        return Content {
            title: texts.unlocked(),
            hint: texts.close_hint(&"enter".into()),
            ..Content::default()
        };
    }
    let (words, role) = match &locked.why {
        _ if locked.is_tried => (texts.unlocking(), Role::Faint),
        Some(why) => (why.clone(), Role::Trouble),
        None => (texts.locked_why(), Role::Text),
    };
    Content {
        title: texts.locked_title(),
        // Where the cursor is, for whoever reads with their ears.
        input: Some(Input::default()),
        lines: Line::wrapped(&words, width, role),
        hint: texts.locked_keys(),
        ..Content::default()
    }
}
