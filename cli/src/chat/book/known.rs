//! What there is of one kind, by its place.
//!
//! Invariants
//! - What is known stays where it stands: what is new comes behind it.

use std::collections::BTreeMap;

use super::Changed;
use crate::chat::Place;

/// See the module.
#[derive(Debug, Clone)]
pub(super) struct Known<T> {
    all: Vec<T>,
    at: BTreeMap<Place, usize>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            all: Vec::new(),
            at: BTreeMap::new(),
        }
    }
}

impl<T: PartialEq> Known<T> {
    pub(super) fn all(&self) -> &[T] {
        &self.all
    }

    pub(super) fn get(&self, place: Place) -> Option<&T> {
        self.all.get(*self.at.get(&place)?)
    }

    pub(super) fn get_mut(&mut self, place: Place) -> Option<&mut T> {
        self.all.get_mut(*self.at.get(&place)?)
    }

    /// Takes what is there now; returns what was, unless that is the same.
    pub(super) fn take(&mut self, place: Place, now: T) -> Option<Changed<T>> {
        let before = match self.get_mut(place) {
            Some(known) if *known == now => return None,
            Some(known) => Some(std::mem::replace(known, now)),
            None => {
                self.at.insert(place, self.all.len());
                self.all.push(now);
                None
            }
        };
        Some(Changed { place, before })
    }
}
