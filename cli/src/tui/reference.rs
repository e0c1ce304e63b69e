//! What can be done in the full-screen interface, to be read: each action with what it does and its keys.
//!
//! Invariants
//! - It is the table of actions, all of it, in its order; manuals list nothing else.
//! - Keys are those that are there when nobody has chosen any.

use super::config::SETTINGS;
use super::keys::{Keymap, LAYERS, Preset};
use crate::chat::{ACTIONS, Action, Entry, Layer};
use crate::safe_text::Safe;
use crate::texts::Texts;

/// An action as a manual tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    /// By which people bind it to a key.
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: Safe,
    /// Whether it is something to be done, and no movement or answer.
    pub(crate) is_command: bool,
    /// Its keys where letters are always written; empty if it has none.
    pub(crate) plain: String,
    /// Its keys where letters are keys as in vi; empty if it has none.
    pub(crate) vim: String,
}

/// All actions in the words of a language.
pub(crate) fn reference(texts: &Texts) -> Vec<Described> {
    let (plain, vim) = (Preset::Plain.keymap(), Preset::Vim.keymap());
    let described = |entry: &Entry| Described {
        name: entry.name,
        about: texts.action(entry),
        is_command: entry.is_command(),
        plain: keys(&plain, entry),
        vim: keys(&vim, entry),
    };
    ACTIONS.iter().map(described).collect()
}

/// The first key by which the commands are found by name, whatever else has none.
pub(crate) fn palette_key() -> String {
    let keymap = Preset::Plain.keymap();
    keymap.keys_of(Action::Palette).unwrap_or_default()
}

/// The settings of interface.toml, each with what it can be.
pub(crate) fn settings() -> Vec<(&'static str, Vec<&'static str>)> {
    let settings = SETTINGS.iter();
    settings
        .map(|setting| (setting.name, setting.values()))
        .collect()
}

/// An action's keys; each says where it counts if that is not everywhere where the action is possible.
fn keys(keymap: &Keymap, entry: &Entry) -> String {
    let mut found: Vec<(String, Vec<Layer>)> = Vec::new();
    for (_, layer) in LAYERS {
        for (keys, _) in keymap.of(layer).filter(|(_, of)| *of == entry.action) {
            match found.iter_mut().find(|(other, _)| *other == keys) {
                Some((_, layers)) => layers.push(layer),
                None => found.push((keys, vec![layer])),
            }
        }
    }
    let said: Vec<String> = found
        .iter()
        .map(|(keys, layers)| {
            let is_everywhere = entry.layers.iter().all(|layer| layers.contains(layer));
            if is_everywhere {
                return keys.clone();
            }
            let named = LAYERS.iter().filter(|(_, layer)| layers.contains(layer));
            let names: Vec<&str> = named.map(|(name, _)| *name).collect();
            format!("{keys} ({})", names.join(", "))
        })
        .collect();
    said.join(", ")
}

#[cfg(test)]
mod tests;
