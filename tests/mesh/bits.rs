//! Sets of small numbers, as bits.
//!
//! Invariants
//! - Numbers come out ascending.

/// A set of numbers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Bits {
    words: Vec<u64>,
    count: usize,
}

impl Bits {
    /// None.
    pub(crate) const fn new() -> Self {
        Self {
            words: Vec::new(),
            count: 0,
        }
    }

    /// Adds a number; says whether it is new.
    pub(crate) fn insert(&mut self, number: usize) -> bool {
        let (word, bit) = place(number);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let is_new = !self.contains(number);
        if let Some(word) = self.words.get_mut(word).filter(|_| is_new) {
            *word |= bit;
            self.count += 1;
        }
        is_new
    }

    /// Removes a number; says whether it was there.
    pub(crate) fn remove(&mut self, number: usize) -> bool {
        let (word, bit) = place(number);
        let is_there = self.contains(number);
        if let Some(word) = self.words.get_mut(word).filter(|_| is_there) {
            *word &= !bit;
            self.count -= 1;
        }
        is_there
    }

    pub(crate) fn contains(&self, number: usize) -> bool {
        let (word, bit) = place(number);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    pub(crate) const fn count(&self) -> usize {
        self.count
    }

    pub(crate) fn first(&self) -> Option<usize> {
        self.both(self).next()
    }

    /// The numbers that are in this and in the other.
    pub(crate) fn both<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = usize> + 'a {
        let words = self.words.iter().zip(&other.words);
        numbers(words.map(|(one, other)| one & other))
    }

    /// The numbers that are in this, and in none of the two others.
    pub(crate) fn without<'a>(
        &'a self,
        one: &'a Self,
        other: &'a Self,
    ) -> impl Iterator<Item = usize> + 'a {
        let padded = |bits: &'a Self| bits.words.iter().copied().chain(std::iter::repeat(0));
        let words = self.words.iter().zip(padded(one)).zip(padded(other));
        numbers(words.map(|((word, one), other)| word & !one & !other))
    }
}

fn place(number: usize) -> (usize, u64) {
    (number / 64, 1 << (number % 64))
}

fn numbers(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.zip(0..).flat_map(|(word, index): (u64, usize)| {
        let rest = std::iter::successors(Some(word), |word| Some(word & word.wrapping_sub(1)));
        let ones = rest.take_while(|word| *word != 0).map(u64::trailing_zeros);
        ones.map(move |bit| index * 64 + usize::try_from(bit).unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use tidings_tests::chance::Chance;

    #[test]
    fn sets_of_bits_are_like_other_sets() {
        let mut chance = Chance::new(9);
        let (mut all, mut plain) = (vec![Bits::default(); 3], vec![BTreeSet::new(); 3]);
        for _ in 0..2_000 {
            let (set, shift) = (chance.index(3), chance.index(3));
            let number = chance.index(300 >> shift);
            if chance.one_in(3) {
                assert_eq!(all[set].remove(number), plain[set].remove(&number));
            } else {
                assert_eq!(all[set].insert(number), plain[set].insert(number));
            }
            assert_eq!(all[set].count(), plain[set].len());
            assert_eq!(all[set].first(), plain[set].first().copied());
            assert_eq!(all[set].contains(number), plain[set].contains(&number));
        }
        let both: Vec<_> = plain[0].intersection(&plain[1]).copied().collect();
        assert_eq!(all[0].both(&all[1]).collect::<Vec<_>>(), both);
        let rest = &(&plain[0] - &plain[1]) - &plain[2];
        assert!(all[0].without(&all[1], &all[2]).eq(rest));
    }
}
