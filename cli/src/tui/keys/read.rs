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

use toml::{Table, Value};

use super::chord::ChordError;
use super::{Keymap, SEQUENCE_KEYS_MAX, sequence};
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
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(in crate::tui) enum KeysError {
    /// One of them is none.
    #[error(transparent)]
    Chord(#[from] ChordError),
    /// There are none, or too many.
    #[error("`{0}` is no sequence of one to {SEQUENCE_KEYS_MAX} keys")]
    Length(String),
    /// What was pressed would not be clear.
    #[error("`{0}` and `{1}` begin alike, so one of them could never be pressed")]
    Ambiguous(String, String),
    /// There is no such table.
    #[error("there are no keys for `{0}`: write everywhere, list, messages, composer or popup")]
    Layer(String),
    /// There is no such action.
    #[error("there is no action `{0}`: `man tidings` has their names")]
    Action(String),
    /// The action is not possible there.
    #[error("`{0}` is not possible in `{1}`")]
    NotThere(String, String),
    /// Something else stands there.
    #[error("`{0}` needs a key in quotes, or a list of such")]
    Shape(String),
    /// Not every terminal has an Alt key that it tells of.
    #[error("`{0}` has only keys with Alt, which not every terminal tells of: add another")]
    OnlyAlt(String),
    /// They are taken, from an action that has none any more.
    #[error(
        "`{keys}` is `{by}` now, and `{from}` has no key in `{layer}` any more: give it one, or []"
    )]
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

/// Puts the keys of a file's table `keys` in place of those of a preset.
pub(in crate::tui) fn read(keymap: &mut Keymap, keys: &Table) -> Vec<KeysError> {
    let mut errors = Vec::new();
    for (name, actions) in keys {
        let layer = LAYERS.iter().find(|(layer, _)| layer == name);
        let (Some((_, layer)), Value::Table(actions)) = (layer, actions) else {
            errors.push(KeysError::Layer(name.clone()));
            continue;
        };
        let before = keymap.clone();
        for (action, keys) in actions {
            if let Err(error) = bind(keymap, (name, *layer), action, keys) {
                errors.push(error);
            }
        }
        errors.extend(last_taken(&before, keymap, (name, *layer), actions));
    }
    errors
}

/// The keys of a layer that were the last of an action whose keys the file does not say.
fn last_taken(
    before: &Keymap,
    after: &Keymap,
    (name, layer): (&str, Layer),
    said: &Table,
) -> Vec<KeysError> {
    let taken = before.of(layer).filter_map(|(keys, action)| {
        let from = action.entry()?.name;
        let has_none = after.of(layer).all(|(_, other)| other != action);
        let (_, by) = after.of(layer).find(|(other, _)| *other == keys)?;
        (has_none && !said.contains_key(from)).then_some(KeysError::LastTaken {
            keys,
            by: by.entry()?.name,
            from,
            layer: name.to_owned(),
        })
    });
    taken.collect()
}

fn bind(
    keymap: &mut Keymap,
    (name, layer): (&str, Layer),
    action: &str,
    keys: &Value,
) -> Result<(), KeysError> {
    let entry = entry(action).ok_or_else(|| KeysError::Action(action.to_owned()))?;
    let is_there = entry.layers.contains(&layer) || entry.layers.contains(&Layer::Everywhere);
    if !is_there {
        return Err(KeysError::NotThere(action.to_owned(), name.to_owned()));
    }
    let keys: Option<Vec<&str>> = match keys {
        Value::String(one) => Some(vec![one.as_str()]),
        Value::Array(several) => several.iter().map(Value::as_str).collect(),
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Table(_) => None,
    };
    let keys = keys.ok_or_else(|| KeysError::Shape(action.to_owned()))?;
    let sequences: Result<Vec<_>, KeysError> = keys.into_iter().map(sequence).collect();
    let sequences = sequences?;
    let needs_alt = |keys: &Vec<super::Chord>| keys.iter().any(|chord| chord.alt);
    if !sequences.is_empty() && sequences.iter().all(needs_alt) {
        return Err(KeysError::OnlyAlt(action.to_owned()));
    }
    let mut changed = keymap.clone();
    changed.unbind(layer, entry.action);
    for keys in sequences {
        changed.bind(layer, keys, entry.action)?;
    }
    *keymap = changed;
    Ok(())
}

fn entry(name: &str) -> Option<&'static Entry> {
    ACTIONS.iter().find(|entry| entry.name == name)
}
