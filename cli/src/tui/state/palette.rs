//! The actions that the palette has.

use super::State;
use crate::chat::{ACTIONS, Entry};

/// Those that a text finds by what they do or by their names, in the order of the table.
pub(in crate::tui) fn commands(state: &State, text: &str) -> Vec<&'static Entry> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &&'static Entry| {
        let about = state.texts.action(entry).as_str().to_lowercase();
        let mut words = words.iter();
        words.all(|word| about.contains(word.as_str()) || entry.name.contains(word.as_str()))
    };
    ACTIONS
        .iter()
        .filter(|entry| entry.is_command())
        .filter(fits)
        .collect()
}
