//! Actions by name.

use super::Content;
use crate::chat::{Action, Entry};
use crate::safe_text::Safe;
use crate::tui::line::Line;
use crate::tui::state::{Choice, Input, State, commands};
use crate::tui::theme::Face;

/// What it shows in so many columns.
pub(super) fn content(
    state: &State,
    input: &Input,
    (choice, written): (Choice, Option<&str>),
    width: usize,
) -> Content {
    let texts = &state.texts;
    let row = |entry: &&Entry| {
        let keys = state.keymap.keys_behind(entry.action).unwrap_or_default();
        let keys = Safe::line(&keys);
        let room = width.saturating_sub(keys.width() + 2);
        Line::of(texts.action(entry).truncated(room), Face::Text)
            .with("  ", Face::Text)
            .with(keys, Face::Faint)
            .cut(width)
    };
    let found = commands(state, input.text());
    let lines = found.iter().map(row).collect();
    let mut content = Content::found(
        texts.palette_title(),
        input,
        lines,
        choice,
        texts.palette_none(),
    );
    if let Some(verb) = written {
        let keys = |action| Safe::line(&state.keys_of(action));
        let sends = Safe::line(&format!("/{verb}"));
        content.hint = texts.written_keys(&keys(Action::Accept), &keys(Action::Close), &sends);
    }
    content
}
