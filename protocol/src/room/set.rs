//! A set of places in a control log, a bit each: unions and look-ups of whole pasts are cheap.

const WORD_BITS: usize = 64;

/// A set of small numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct PlaceSet {
    words: Vec<u64>,
}

impl PlaceSet {
    /// Adds a number.
    pub(super) fn insert(&mut self, place: usize) {
        let at = place / WORD_BITS;
        if self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at) {
            *word |= 1 << (place % WORD_BITS);
        }
    }

    /// Whether it holds a number.
    pub(super) fn contains(&self, place: usize) -> bool {
        self.words
            .get(place / WORD_BITS)
            .is_some_and(|word| word & (1 << (place % WORD_BITS)) != 0)
    }

    /// Adds all of another.
    pub(super) fn extend(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_set_of_numbers(
            one in prop::collection::btree_set(0_usize..300, 0..40),
            other in prop::collection::btree_set(0_usize..300, 0..40),
        ) {
            let of = |numbers: &BTreeSet<usize>| {
                let mut set = PlaceSet::default();
                numbers.iter().for_each(|number| set.insert(*number));
                set
            };
            let mut set = of(&one);
            set.extend(&of(&other));
            for number in 0..320 {
                let expected = one.contains(&number) || other.contains(&number);
                prop_assert_eq!(set.contains(number), expected, "{}", number);
            }
        }
    }
}
