//! All keys, and what has none.

use super::Content;
use crate::chat::{ACTIONS, Action, Entry, Layer};
use crate::safe_text::Safe;
use crate::tui::line::{Line, blanks};
use crate::tui::state::State;
use crate::tui::theme::Face;

/// Columns of keys in the help.
const KEY_COLUMNS: usize = 14;

/// What it shows in so many columns, from a row on.
pub(super) fn content(state: &State, top: usize, width: usize) -> Content {
    Content {
        title: state.texts.help_title(),
        lines: lines(state, width),
        top,
        ..Content::default()
    }
}

fn lines(state: &State, width: usize) -> Vec<Line> {
    let texts = &state.texts;
    let mut layers = [
        (Layer::Everywhere, texts.keys_everywhere()),
        (Layer::Composer, texts.keys_composer()),
        (Layer::Messages, texts.keys_messages()),
        (Layer::List, texts.keys_list()),
        (Layer::Popup, texts.keys_popup()),
    ];
    let part = state.part();
    layers.sort_by_key(|(layer, _)| *layer != part);
    let mut lines = Vec::new();
    for (layer, title) in layers {
        lines.push(Line::of(title, Face::Heading));
        for (keys, action) in state.keymap.of(layer) {
            let Some(entry) = action.entry() else {
                continue;
            };
            let keys =
                Line::of("  ", Face::Text).with(Safe::line(&keys).padded(KEY_COLUMNS), Face::Own);
            lines.extend(described(keys, &texts.action(entry), width));
        }
        lines.push(Line::default());
    }
    let palette = Safe::line(&state.keys_of(Action::Palette));
    lines.push(Line::of(texts.keys_none(&palette), Face::Heading));
    let has_none = |entry: &&Entry| state.keymap.keys_of(entry.action).is_none();
    for entry in ACTIONS
        .iter()
        .filter(|entry| entry.is_command())
        .filter(has_none)
    {
        let none = Line::of(blanks(KEY_COLUMNS + 2), Face::Text);
        lines.extend(described(none, &texts.action(entry), width));
    }
    lines
}

/// What an action does beside its keys, in as many rows as it takes.
fn described(keys: Line, about: &Safe, width: usize) -> Vec<Line> {
    let before = keys.width();
    let room = width.saturating_sub(before).max(1);
    let mut keys = Some(keys);
    let rows = about.rows(room, room).into_iter();
    rows.map(|row| {
        let before = keys
            .take()
            .unwrap_or_else(|| Line::of(blanks(before), Face::Text));
        before.with(row, Face::Text)
    })
    .collect()
}
