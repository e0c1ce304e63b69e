//! What asks for a passphrase: nothing of it is shown, not even how long it is.

use super::Content;
use crate::tui::line::Line;
use crate::tui::state::{Input, Locked, State};
use crate::tui::theme::Face;

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
    let (words, face) = match &locked.why {
        _ if locked.is_tried => (texts.unlocking(), Face::Faint),
        Some(why) => (why.clone(), Face::Trouble),
        None => (texts.locked_why(), Face::Text),
    };
    Content {
        title: texts.locked_title(),
        // Where the cursor is, for whoever reads with their ears.
        input: Some(Input::default()),
        lines: Line::wrapped(&words, width, face),
        hint: texts.locked_keys(),
        ..Content::default()
    }
}
