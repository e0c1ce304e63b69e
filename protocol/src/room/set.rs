//! A set of places in a control log, a bit each: unions and look-ups of whole pasts are cheap.

#[cfg(test)]
use super::effort;

const WORD_BITS: usize = 64;

/// A set of small numbers.
///
/// Its last word is never empty, so that equal sets have equal words.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct PlaceSet {
    words: Vec<u64>,
}

impl PlaceSet {
    pub(super) const fn new() -> Self {
        Self { words: Vec::new() }
    }

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
        #[cfg(test)]
        effort::steps(1);
        self.words
            .get(place / WORD_BITS)
            .is_some_and(|word| word & (1 << (place % WORD_BITS)) != 0)
    }

    /// Whether it holds none.
    pub(super) const fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The highest number.
    pub(super) fn highest(&self) -> Option<usize> {
        let word = self.words.last()?;
        let bit = WORD_BITS.checked_sub(1)? - usize::try_from(word.leading_zeros()).ok()?;
        Some((self.words.len() - 1) * WORD_BITS + bit)
    }

    /// The numbers, from the highest down.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        #[cfg(test)]
        effort::steps(self.words.len());
        let words = self.words.iter().enumerate().rev();
        let words = words.filter(|(_, word)| **word != 0);
        words.flat_map(|(at, word)| {
            #[cfg(test)]
            effort::steps(1);
            let bits = (0..WORD_BITS)
                .rev()
                .filter(move |bit| word & (1 << bit) != 0);
            bits.map(move |bit| at * WORD_BITS + bit)
        })
    }

    /// Whether it and another have a number in common.
    pub(super) fn intersects(&self, other: &Self) -> bool {
        #[cfg(test)]
        effort::steps(self.words.len().min(other.words.len()));
        let mut words = self.words.iter().zip(&other.words);
        words.any(|(word, theirs)| word & theirs != 0)
    }

    /// Adds all of another.
    pub(super) fn extend(&mut self, other: &Self) {
        #[cfg(test)]
        effort::steps(other.words.len());
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word |= theirs;
        }
    }

    /// Removes a number.
    pub(super) fn take(&mut self, place: usize) {
        #[cfg(test)]
        effort::steps(1);
        if let Some(word) = self.words.get_mut(place / WORD_BITS) {
            *word &= !(1 << (place % WORD_BITS));
        }
        self.trim();
    }

    /// Keeps what another holds too.
    pub(super) fn keep(&mut self, other: &Self) {
        self.words.truncate(other.words.len());
        self.change(other, |word, theirs| word & theirs);
    }

    /// Removes all of another.
    pub(super) fn remove(&mut self, other: &Self) {
        self.change(other, |word, theirs| word & !theirs);
    }

    fn change(&mut self, other: &Self, change: impl Fn(u64, u64) -> u64) {
        #[cfg(test)]
        effort::steps(self.words.len());
        for (word, theirs) in self.words.iter_mut().zip(&other.words) {
            *word = change(*word, *theirs);
        }
        self.trim();
    }

    fn trim(&mut self) {
        while self.words.last() == Some(&0) {
            self.words.pop();
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
            prop_assert_eq!(set.highest(), one.union(&other).max().copied());
            prop_assert_eq!(of(&one).intersects(&of(&other)), !one.is_disjoint(&other));
            let mut kept = of(&one);
            kept.keep(&of(&other));
            prop_assert_eq!(&kept, &of(&one.intersection(&other).copied().collect()));
            prop_assert_eq!(kept.is_empty(), one.is_disjoint(&other));
            let mut left = of(&one);
            left.remove(&of(&other));
            prop_assert_eq!(&left, &of(&one.difference(&other).copied().collect()));
            let mut numbers: Vec<usize> = left.iter().collect();
            numbers.reverse();
            prop_assert!(numbers.into_iter().eq(one.difference(&other).copied()));
        }
    }
}
