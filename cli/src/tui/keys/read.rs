//! Keys that somebody chose, in TOML:
//!
//! ```toml
//! [keys.messages]
//! "message.reply" = ["r", "ctrl-r"]
//! ```
//!
//! Invariants
//! - What cannot be read is reported, each by itself, and the preset's keys stay in its place.
//! - An action that loses its last key in a layer to another is reported, unless the file says its keys, too.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Ambiguous, Keymap, SequenceError, sequence};
use crate::chat::{ACTIONS, Entry, Layer};

/// Layers by the name they have in a file.
pub(in crate::tui) const LAYERS: [(&str, Layer); 5] = [
    ("everywhere", Layer::Everywhere),
    ("list", Layer::List),
    ("messages", Layer::Messages),
    ("composer", Layer::Composer),
    ("popup", Layer::Popup),
];

/// Why some keys were not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::tui) enum KeysError {
    /// What was written for an action is no sequence of keys.
    Sequence(String, SequenceError),
    /// What was pressed would not be clear.
    Ambiguous(String, Ambiguous),
    /// There is no such table.
    Layer(String),
    /// There is no such action.
    Action(String),
    /// The action is not possible there.
    NotThere(String, String),
    /// Something else stands there.
    Shape(String),
    /// Not every terminal has an Alt key that it tells of.
    OnlyAlt(String),
    /// They are taken, from an action that has none any more.
    LastTaken {
        /// The keys.
        keys: String,
        /// Whose they are.
        by: &'static str,
        /// Whose they were.
        from: &'static str,
        /// Where.
        layer: String,
    },
}

/// Puts the keys of a file's table `keys` in place of those of a preset; what is wrong, with where in the file that is.
pub(in crate::tui) fn read(keymap: &mut Keymap, keys: &DeTable<'_>) -> Vec<Spanned<KeysError>> {
    let mut errors = Vec::new();
    for (name, actions) in keys {
        let layer = LAYERS.iter().find(|(layer, _)| layer == name.get_ref());
        let (Some((_, layer)), DeValue::Table(actions)) = (layer, actions.get_ref()) else {
            let error = KeysError::Layer(name.get_ref().to_string());
            errors.push(Spanned::new(name.span(), error));
            continue;
        };
        let before = keymap.clone();
        for (action, keys) in actions {
            if let Err(error) = bind(keymap, (name.get_ref(), *layer), action.get_ref(), keys) {
                errors.push(Spanned::new(action.span(), error));
            }
        }
        errors.extend(last_taken(
            &before,
            keymap,
            (name.get_ref(), *layer),
            actions,
        ));
    }
    errors
}

/// The keys of a layer that were the last of an action whose keys the file does not say.
fn last_taken(
    before: &Keymap,
    after: &Keymap,
    (name, layer): (&str, Layer),
    said: &DeTable<'_>,
) -> Vec<Spanned<KeysError>> {
    let taken = before.of(layer).filter_map(|(keys, action)| {
        let from = action.entry()?.name;
        let has_none = after.of(layer).all(|(_, other)| other != action);
        let (_, by) = after.of(layer).find(|(other, _)| *other == keys)?;
        let by = by.entry()?.name;
        let error = KeysError::LastTaken {
            keys,
            by,
            from,
            layer: name.to_owned(),
        };
        (has_none && !said.contains_key(from)).then(|| Spanned::new(span(said, by), error))
    });
    taken.collect()
}

/// Where a table says something of an action.
fn span(said: &DeTable<'_>, action: &str) -> Range<usize> {
    said.get_key_value(action)
        .map_or_else(Range::default, |(key, _)| key.span())
}

fn bind(
    keymap: &mut Keymap,
    (name, layer): (&str, Layer),
    action: &str,
    keys: &Spanned<DeValue<'_>>,
) -> Result<(), KeysError> {
    let entry = entry(action).ok_or_else(|| KeysError::Action(action.to_owned()))?;
    let is_there = entry.layers.contains(&layer) || entry.layers.contains(&Layer::Everywhere);
    if !is_there {
        return Err(KeysError::NotThere(action.to_owned(), name.to_owned()));
    }
    let keys = keys.get_ref();
    let keys: Option<Vec<&str>> = match keys.as_array() {
        Some(several) => several.iter().map(|one| one.get_ref().as_str()).collect(),
        None => keys.as_str().map(|one| vec![one]),
    };
    let keys = keys.ok_or_else(|| KeysError::Shape(action.to_owned()))?;
    let sequences: Result<Vec<_>, SequenceError> = keys.into_iter().map(sequence).collect();
    let sequences = sequences.map_err(|error| KeysError::Sequence(action.to_owned(), error))?;
    let needs_alt = |keys: &Vec<super::Chord>| keys.iter().any(|chord| chord.alt);
    if !sequences.is_empty() && sequences.iter().all(needs_alt) {
        return Err(KeysError::OnlyAlt(action.to_owned()));
    }
    let mut changed = keymap.clone();
    changed.unbind(layer, entry.action);
    for keys in sequences {
        changed
            .bind(layer, keys, entry.action)
            .map_err(|error| KeysError::Ambiguous(action.to_owned(), error))?;
    }
    *keymap = changed;
    Ok(())
}

fn entry(name: &str) -> Option<&'static Entry> {
    ACTIONS.iter().find(|entry| entry.name == name)
}
