//! Messages by words.

use tidings_node::api::Message;

use super::{Content, excerpt};
use crate::tui::state::{Choice, Input, State};

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    input: &Input,
    (found, is_more, choice): (&[Message], bool, Choice),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let rows = found
        .iter()
        .map(|message| excerpt::line(state, message, input.text(), width));
    let nothing = if input.text().trim().is_empty() {
        texts.search_hint()
    } else {
        texts.search_none()
    };
    let mut content = Content::found(texts.search_title(), input, rows.collect(), choice, nothing);
    if is_more {
        content.hint = texts.search_more();
    }
    content
}
