//! Which operations of one actor are held without a body.
//!
//! Invariants
//! - Ranges are sorted, disjoint, not adjacent, and lie above `unlisted`.
//! - At most [`ERASED_RANGES_MAX`] ranges; when there is one more, the lowest goes and `unlisted`
//!   says up to where nothing is known: it never passes for held whole.

use minicbor::{Decode, Encode};

use crate::wire::limits::ERASED_RANGES_MAX;

/// Sequence numbers of bodiless operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Erased {
    /// Up to here some may be bodiless without being listed.
    #[n(0)]
    unlisted: u64,
    #[n(1)]
    ranges: Vec<(u64, u64)>,
}

impl Erased {
    /// Lists `seq`.
    pub fn insert(&mut self, seq: u64) {
        if seq <= self.unlisted || self.contains(seq) {
            return;
        }
        let place = self.ranges.partition_point(|(first, _)| *first < seq);
        self.ranges.insert(place, (seq, seq));
        self.ranges.dedup_by(|next, range| {
            let adjacent = next.0 <= range.1.saturating_add(1);
            if adjacent {
                range.1 = range.1.max(next.1);
            }
            adjacent
        });
        if self.ranges.len() > ERASED_RANGES_MAX {
            let (_, last) = self.ranges.remove(0);
            self.unlisted = last;
        }
    }

    /// Whether `seq` is listed, or lies where nothing is known.
    #[must_use]
    pub fn may_contain(&self, seq: u64) -> bool {
        seq <= self.unlisted || self.contains(seq)
    }

    /// Everything that may be bodiless, as inclusive ranges, lowest first.
    pub fn spans(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let unlisted = (self.unlisted > 0).then_some((1, self.unlisted));
        unlisted.into_iter().chain(self.ranges.iter().copied())
    }

    /// Everything that is listed, as inclusive ranges, lowest first.
    pub fn listed(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.ranges.iter().copied()
    }

    /// Whether this could have been made by [`Self::insert`]: what peers send is checked by it.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        let mut above = self.unlisted;
        self.ranges.len() <= ERASED_RANGES_MAX
            && self
                .ranges
                .iter()
                .enumerate()
                .all(|(place, (first, last))| {
                    // The first range may follow what is unlisted directly.
                    let gap = u64::from(place > 0);
                    let apart = *first > above.saturating_add(gap);
                    above = *last;
                    apart && first <= last
                })
    }

    fn contains(&self, seq: u64) -> bool {
        self.ranges
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&seq))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_set_of_numbers(seqs in prop::collection::vec(1_u64..60, 0..60)) {
            let mut erased = Erased::default();
            let mut set = BTreeSet::new();
            for seq in seqs {
                erased.insert(seq);
                set.insert(seq);
                prop_assert!(erased.is_normal());
            }
            for seq in 1..70 {
                prop_assert_eq!(erased.may_contain(seq), set.contains(&seq), "{}", seq);
            }
        }
    }

    #[test]
    fn the_limit_holds_and_one_more_leaves_the_lowest_unknown() {
        let mut erased = Erased::default();
        let limit = u64::try_from(ERASED_RANGES_MAX).unwrap();
        (1..=limit).for_each(|n| erased.insert(n * 10));
        assert!(erased.is_normal() && !erased.may_contain(5));
        erased.insert((limit + 1) * 10);
        assert!(erased.is_normal());
        assert!(
            erased.may_contain(5) && erased.may_contain(10),
            "never held whole"
        );
        assert!(!erased.may_contain(15) && erased.may_contain(20));
    }

    #[test]
    fn what_a_peer_may_not_send_is_not_normal() {
        let made = |ranges: Vec<(u64, u64)>| Erased {
            unlisted: 0,
            ranges,
        };
        assert!(!made(vec![(5, 5), (3, 3)]).is_normal());
        assert!(!made(vec![(3, 3), (4, 4)]).is_normal());
        assert!(!made(vec![(4, 3)]).is_normal());
        let limit = u64::try_from(ERASED_RANGES_MAX).unwrap();
        assert!(!made((0..=limit).map(|n| (n * 3 + 1, n * 3 + 1)).collect()).is_normal());
    }
}
