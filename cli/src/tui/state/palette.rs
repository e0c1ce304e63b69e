//! The actions that the palette has.

use super::State;
use crate::chat::{ACTIONS, Entry};

/// Those that a text finds by what they do, by their names or by how they are typed, in the order of the table.
pub(in crate::tui) fn commands(state: &State, text: &str) -> Vec<&'static Entry> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let fits = |entry: &&'static Entry| {
        let about = state.texts.action(entry).as_str().to_lowercase();
        let verb = entry.slash.map_or("", |slash| slash.verb);
        let mut words = words.iter();
        let mut is_in = |word: &String| {
            let texts = [about.as_str(), entry.name, verb];
            texts.iter().any(|text| text.contains(word.as_str()))
        };
        words.all(&mut is_in)
    };
    ACTIONS
        .iter()
        .filter(|entry| entry.is_command())
        .filter(fits)
        .collect()
}
