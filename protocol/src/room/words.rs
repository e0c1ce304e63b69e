//! Several operations that say the same of something, and how they lie to others.
//!
//! Invariants
//! - What is asked costs a look at a set of places, not one at each of the operations; but for those
//!   that all come later.

use super::log::ControlLog;
use super::set::PlaceSet;

/// Operations that say the same of something: that a person has left, say.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    places: PlaceSet,
    /// What each of them is or builds on.
    common: PlaceSet,
}

impl Words {
    pub(super) const fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Adds what a log holds in a place.
    pub(super) fn add(&mut self, place: usize, log: &ControlLog) {
        let mut seen = PlaceSet::default();
        if let Some(held) = log.held.get(place) {
            seen.extend(&held.past);
        }
        seen.insert(place);
        if self.is_empty() {
            self.common = seen;
        } else {
            self.common.keep(&seen);
        }
        self.places.insert(place);
    }

    /// Whether one of them lies in a past.
    pub(super) fn any_in(&self, past: &PlaceSet) -> bool {
        self.places.intersects(past)
    }

    /// Whether one of them comes before what is in a place, or beside it.
    pub(super) fn any_before_or_beside(&self, place: usize) -> bool {
        !self.is_empty() && !self.common.contains(place)
    }

    /// Whether one of them comes beside what is in a place.
    pub(super) fn any_beside(&self, place: usize, log: &ControlLog) -> bool {
        if !self.any_before_or_beside(place) {
            return false;
        }
        let mut others = self.places.clone();
        if let Some(held) = log.held.get(place) {
            others.remove(&held.past);
        }
        others
            .iter()
            .any(|other| other != place && !log.is_before(place, other))
    }
}
