//! What somebody holds already, as far as the next one to write a bundle for them needs to know.
//!
//! Invariants
//! - It is a hint: what is left out because of it is left out of one bundle, and stays where it is.
//! - There is one way to write it: ascending, each once, at least one.

use std::collections::BTreeSet;

use crate::id::EnvelopeId;

/// Ids in one record.
pub const HAVE_IDS_MAX: usize = 4096;
/// Ids that are remembered of all records of all bundles.
pub const HELD_IDS_MAX: usize = 262_144;

/// As much of an id as tells envelopes apart.
type Prefix = [u8; Have::PREFIX_BYTES];

/// Which envelopes are held, one record's worth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Have {
    prefixes: Vec<Prefix>,
}

impl Have {
    /// How much of an id is told: enough that two envelopes are not taken for one by chance.
    pub const PREFIX_BYTES: usize = 8;

    /// As many records as it takes to name these envelopes.
    #[must_use]
    pub fn all(ids: impl IntoIterator<Item = EnvelopeId>) -> Vec<Self> {
        let prefixes: BTreeSet<Prefix> = ids.into_iter().map(|id| prefix(&id)).collect();
        let prefixes: Vec<Prefix> = prefixes.into_iter().collect();
        prefixes
            .chunks(HAVE_IDS_MAX)
            .map(|prefixes| Self {
                prefixes: prefixes.to_vec(),
            })
            .collect()
    }

    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (prefixes, rest) = bytes.as_chunks::<{ Self::PREFIX_BYTES }>();
        let ascend = prefixes.is_sorted_by(|one, next| one < next);
        let fits = (1..=HAVE_IDS_MAX).contains(&prefixes.len());
        (fits && ascend && rest.is_empty()).then(|| Self {
            prefixes: prefixes.to_vec(),
        })
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        self.prefixes.as_flattened()
    }

    /// How many envelopes it names.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether it names none; none is so.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }

    /// Whether it names this one.
    #[must_use]
    pub fn contains(&self, id: &EnvelopeId) -> bool {
        self.prefixes.binary_search(&prefix(id)).is_ok()
    }
}

/// What all the bundles on a stick say is held already, as far as there is room to remember it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HeldIds {
    prefixes: BTreeSet<Prefix>,
}

impl HeldIds {
    /// Remembers what one more record says. What goes beyond [`HELD_IDS_MAX`] is forgotten, and then at worst
    /// travels though it is held.
    pub fn add(&mut self, have: &Have) {
        let room = HELD_IDS_MAX.saturating_sub(self.prefixes.len());
        let new = have
            .prefixes
            .iter()
            .filter(|prefix| !self.prefixes.contains(*prefix))
            .take(room)
            .copied()
            .collect::<Vec<_>>();
        self.prefixes.extend(new);
    }

    /// Whether an envelope is held already.
    #[must_use]
    pub fn contains(&self, id: &EnvelopeId) -> bool {
        self.prefixes.contains(&prefix(id))
    }

    /// How many are remembered.
    #[must_use]
    pub fn len(&self) -> usize {
        self.prefixes.len()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.prefixes.is_empty()
    }
}

fn prefix(id: &EnvelopeId) -> Prefix {
    crate::domain::prefix(*id.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: usize) -> EnvelopeId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        EnvelopeId::new(bytes)
    }

    #[test]
    fn as_many_ids_as_there_may_be_are_one_record_and_one_more_is_two() {
        let records = Have::all((0..HAVE_IDS_MAX).map(id));
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].len(), HAVE_IDS_MAX);
        let records = Have::all((0..=HAVE_IDS_MAX).map(id));
        assert_eq!(records.len(), 2);
        assert_eq!(records[1].len(), 1);
        assert!(Have::all([]).is_empty());
    }

    #[test]
    fn a_record_of_the_maximum_is_read_and_one_of_one_more_is_not() {
        let bytes: Vec<u8> = (0..=HAVE_IDS_MAX).flat_map(usize::to_be_bytes).collect();
        let whole = Have::from_bytes(&bytes[8..]).unwrap();
        assert_eq!((whole.len(), whole.is_empty()), (HAVE_IDS_MAX, false));
        assert_eq!(whole.as_bytes(), &bytes[8..]);
        assert_eq!(Have::from_bytes(&bytes), None);
    }

    #[test]
    fn what_is_not_written_as_it_is_is_not_read() {
        let two = |one: usize, other: usize| [one.to_be_bytes(), other.to_be_bytes()].concat();
        assert!(Have::from_bytes(&two(1, 2)).is_some());
        for wrong in [two(2, 1), two(1, 1), two(1, 2)[..15].to_vec(), Vec::new()] {
            assert_eq!(Have::from_bytes(&wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_record_names_what_it_was_made_of_and_nothing_else() {
        let [have] = &Have::all([id(7), id(3), id(7)])[..] else {
            panic!("one record")
        };
        assert_eq!(have.len(), 2);
        assert!(have.contains(&id(3)) && have.contains(&id(7)) && !have.contains(&id(4)));
    }

    #[test]
    fn as_many_as_there_is_room_for_are_remembered_and_one_more_is_not() {
        let mut held = HeldIds::default();
        assert!(held.is_empty());
        for have in Have::all((0..HELD_IDS_MAX).map(id)) {
            held.add(&have);
        }
        assert_eq!(held.len(), HELD_IDS_MAX);
        assert!(held.contains(&id(HELD_IDS_MAX - 1)));
        for have in Have::all([id(5), id(HELD_IDS_MAX)]) {
            held.add(&have);
        }
        assert_eq!(held.len(), HELD_IDS_MAX);
        assert!(held.contains(&id(5)) && !held.contains(&id(HELD_IDS_MAX)));
    }
}
