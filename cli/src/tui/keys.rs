//! Which keys do what.
//!
//! Invariants
//! - A sequence of keys stands for one action in a layer, and none begins another of that layer, so
//!   what was pressed is never waited for with a clock.
//! - Every action that a preset or a file names is one of the table.

mod chord;
mod preset;
mod read;

use std::collections::BTreeMap;

pub(super) use chord::{Chord, ChordError, Key};
pub(super) use preset::Preset;
pub(super) use read::{KeysError, LAYERS, read};

use crate::chat::{Action, Layer};

/// Keys that one after the other stand for one action.
pub(super) const SEQUENCE_KEYS_MAX: usize = 3;

/// What some keys stand for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// This.
    Action(Action),
    /// They begin something.
    Begins,
    /// Nothing.
    Nothing,
}

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keymap(BTreeMap<Layer, BTreeMap<Vec<Chord>, Action>>);

impl Keymap {
    /// What keys stand for in a layer; what holds everywhere comes after what holds there.
    pub(super) fn meaning(&self, layer: Layer, keys: &[Chord]) -> Meaning {
        let own = self.within(layer, keys);
        if own == Meaning::Nothing {
            self.within(Layer::Everywhere, keys)
        } else {
            own
        }
    }

    fn within(&self, layer: Layer, keys: &[Chord]) -> Meaning {
        let Some(bound) = self.0.get(&layer) else {
            return Meaning::Nothing;
        };
        if let Some(action) = bound.get(keys) {
            return Meaning::Action(*action);
        }
        let mut begun = bound.keys();
        if begun.any(|sequence| sequence.starts_with(keys)) {
            Meaning::Begins
        } else {
            Meaning::Nothing
        }
    }

    /// The keys of an action, as they are written; the first of a layer that has some.
    pub(super) fn keys_of(&self, action: Action) -> Option<String> {
        let mut all = self.0.values().flatten();
        let (keys, _) = all.find(|(_, bound)| **bound == action)?;
        Some(written(keys))
    }

    /// The same, where nothing stands in front.
    pub(super) fn keys_behind(&self, action: Action) -> Option<String> {
        let layers = self.0.iter().filter(|(layer, _)| **layer != Layer::Popup);
        let mut all = layers.flat_map(|(_, bound)| bound);
        let (keys, _) = all.find(|(_, bound)| **bound == action)?;
        Some(written(keys))
    }

    /// All keys of a layer, as they are written, each with its action.
    pub(super) fn of(&self, layer: Layer) -> impl Iterator<Item = (String, Action)> + '_ {
        let bound = self.0.get(&layer).into_iter().flatten();
        bound.map(|(keys, action)| (written(keys), *action))
    }

    /// Gives an action these keys in a layer, in place of what they stood for.
    ///
    /// # Errors
    /// [`Ambiguous`] if they begin another sequence there, or another begins with them.
    fn bind(&mut self, layer: Layer, keys: Vec<Chord>, action: Action) -> Result<(), Ambiguous> {
        let bound = self.0.entry(layer).or_default();
        let other = bound
            .keys()
            .find(|other| **other != keys && (other.starts_with(&keys) || keys.starts_with(other)));
        if let Some(other) = other {
            return Err(Ambiguous(written(&keys), written(other)));
        }
        bound.insert(keys, action);
        Ok(())
    }

    /// Takes an action's keys away in a layer.
    fn unbind(&mut self, layer: Layer, action: Action) {
        if let Some(bound) = self.0.get_mut(&layer) {
            bound.retain(|_, other| *other != action);
        }
    }
}

fn written(keys: &[Chord]) -> String {
    let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
    keys.join(" ")
}

/// Two sequences of which one could never be pressed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Ambiguous(pub(super) String, pub(super) String);

/// Why a text is no sequence of keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum SequenceError {
    /// One of them is none.
    Chord(ChordError),
    /// There are none, or too many.
    Length(String),
}

/// Keys as they are written, with blanks between them.
fn sequence(text: &str) -> Result<Vec<Chord>, SequenceError> {
    let keys: Result<Vec<Chord>, _> = text.split_whitespace().map(str::parse).collect();
    let keys = keys.map_err(SequenceError::Chord)?;
    if keys.is_empty() || keys.len() > SEQUENCE_KEYS_MAX {
        return Err(SequenceError::Length(text.to_owned()));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
