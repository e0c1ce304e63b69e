//! The actions that the palette has.

use super::State;
use crate::chat::{ACTIONS, Entry, Layer};

/// How well an action fits what is typed; the best is the least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Fit {
    /// It begins so.
    Beginning,
    /// Each word begins a word of it.
    Words,
    /// Each word is in it somewhere.
    Somewhere,
}

impl Fit {
    /// How a text fits that has been found by these words, all in small letters.
    fn of(texts: &[&str], typed: &[String]) -> Self {
        let whole = typed.join(" ");
        let begins_word = |word: &String| texts.iter().any(|text| begins_word(text, word));
        if texts.iter().any(|text| text.starts_with(&whole)) {
            Self::Beginning
        } else if typed.iter().all(begins_word) {
            Self::Words
        } else {
            Self::Somewhere
        }
    }
}

/// Whether a word of a text begins so.
fn begins_word(text: &str, word: &str) -> bool {
    let mut words = text.split(|one: char| !one.is_alphanumeric());
    words.any(|one| one.starts_with(word))
}

/// Those that a text finds by what they do, by their names or by how they are typed: those that fit best first, of these
/// those that are possible where one is, and otherwise in the order of the table; so are all where nothing is typed.
pub(in crate::tui) fn commands(state: &State, text: &str) -> Vec<&'static Entry> {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    let all = ACTIONS.iter().filter(|entry| entry.is_command());
    if words.is_empty() {
        return all.collect();
    }
    let mut found: Vec<(Fit, bool, &'static Entry)> = all
        .filter_map(|entry| {
            let about = state.texts.action(entry).as_str().to_lowercase();
            let verb = entry.slash.map_or("", |slash| slash.verb);
            let texts = [about.as_str(), entry.name, verb];
            let is_in = |word: &String| texts.iter().any(|text| text.contains(word.as_str()));
            let fits = words.iter().all(is_in);
            fits.then(|| (Fit::of(&texts, &words), !is_possible(state, entry), entry))
        })
        .collect();
    found.sort_by_key(|(fit, is_elsewhere, _)| (*fit, *is_elsewhere));
    found.into_iter().map(|(_, _, entry)| entry).collect()
}

/// Whether an action is possible where the keys go once nothing stands in front.
fn is_possible(state: &State, entry: &Entry) -> bool {
    let mut layers = entry.layers.iter();
    layers.any(|layer| *layer == Layer::Everywhere || *layer == state.part())
}
