//! Which sequence numbers of one actor are covered: all up to one, and some ranges above.
//!
//! Invariants
//! - Ranges are sorted, disjoint, not adjacent, and lie above `through + 1`.
//! - At most [`RANGES_KEPT_MAX`] ranges, and [`RECEIPT_RANGES_MAX`] in a receipt; what would need one
//!   more stays uncovered, which is safe: uncovered means "not known to have arrived".

use minicbor::{Decode, Encode};

use super::without;
use crate::wire::limits::{RANGES_KEPT_MAX, RECEIPT_RANGES_MAX};

/// A set of sequence numbers, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Coverage {
    #[n(0)]
    through: u64,
    #[n(1)]
    ranges: Vec<(u64, u64)>,
}

impl Coverage {
    /// All of `1..=through`.
    #[must_use]
    pub const fn through(through: u64) -> Self {
        Self {
            through,
            ranges: Vec::new(),
        }
    }

    /// The highest number up to which all are covered.
    #[must_use]
    pub const fn contiguous(&self) -> u64 {
        self.through
    }

    /// Whether `seq` is covered.
    #[must_use]
    pub fn contains(&self, seq: u64) -> bool {
        self.covers_all_of((seq, seq))
    }

    /// Whether all that another covers is covered.
    #[must_use]
    pub fn covers(&self, other: &Self) -> bool {
        other.spans().all(|range| self.covers_all_of(range))
    }

    /// Whether nothing is covered.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.through == 0 && self.ranges.is_empty()
    }

    /// Covers `seq`; returns whether it is covered now.
    pub fn insert(&mut self, seq: u64) -> bool {
        self.extend([(seq, seq)]);
        self.contains(seq)
    }

    /// Covers all of `1..=seq`.
    pub fn insert_through(&mut self, seq: u64) {
        self.extend([(1, seq)]);
    }

    /// Covers all of each `first..=last`, as far as the range limit lets it: what it leaves out is
    /// the highest.
    pub fn extend(&mut self, more: impl IntoIterator<Item = (u64, u64)>) {
        let mut ranges = std::mem::take(&mut self.ranges);
        ranges.extend(more);
        ranges.retain(|(first, last)| *first >= 1 && first <= last);
        ranges.sort_unstable();
        for range in ranges {
            self.append(range);
        }
        self.ranges.truncate(RANGES_KEPT_MAX);
    }

    /// Covers `seq` no longer.
    pub fn remove(&mut self, seq: u64) {
        let spans: Vec<(u64, u64)> = self.spans().flat_map(|range| without(range, seq)).collect();
        *self = Self::default();
        self.extend(spans);
    }

    /// What a receipt says of it.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.ranges.truncate(RECEIPT_RANGES_MAX);
        self
    }

    /// Whether this could have been made by [`Self::told`]: what peers send is checked by it.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        let mut above = self.through;
        self.ranges.len() <= RECEIPT_RANGES_MAX
            && self.ranges.iter().all(|(first, last)| {
                let apart = above.checked_add(1).is_some_and(|next| *first > next);
                above = *last;
                apart && first <= last
            })
    }

    /// The covered numbers as inclusive ranges, lowest first.
    pub fn spans(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let contiguous = (self.through > 0).then_some((1, self.through));
        contiguous.into_iter().chain(self.ranges.iter().copied())
    }

    /// Whether all of a range is covered: as ranges are apart, by one of them.
    fn covers_all_of(&self, (first, last): (u64, u64)) -> bool {
        let after = self.ranges.partition_point(|range| range.0 <= first);
        let range = after
            .checked_sub(1)
            .and_then(|place| self.ranges.get(place));
        (first >= 1 && last <= self.through) || range.is_some_and(|range| last <= range.1)
    }

    /// Adds a range that starts no lower than any before it.
    fn append(&mut self, (first, last): (u64, u64)) {
        let end = self.ranges.last().map_or(self.through, |range| range.1);
        if first > end.saturating_add(1) {
            self.ranges.push((first, last));
        } else if let Some(range) = self.ranges.last_mut() {
            range.1 = range.1.max(last);
        } else {
            self.through = self.through.max(last);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn agrees_with_a_set_of_numbers(
            steps in prop::collection::vec((1_u64..60, prop::bool::weighted(0.8)), 0..90),
        ) {
            let mut coverage = Coverage::default();
            let mut set = BTreeSet::new();
            for (seq, is_added) in steps {
                if is_added {
                    prop_assert!(coverage.insert(seq));
                    set.insert(seq);
                } else {
                    coverage.remove(seq);
                    set.remove(&seq);
                }
                prop_assert!(coverage.is_normal());
            }
            for seq in 0..70 {
                prop_assert_eq!(coverage.contains(seq), set.contains(&seq), "{}", seq);
            }
        }

        #[test]
        fn covering_through_a_number_keeps_what_was_covered(
            seqs in prop::collection::vec(1_u64..60, 0..30),
            through in 0_u64..60,
        ) {
            let mut coverage = Coverage::default();
            for seq in &seqs {
                coverage.insert(*seq);
            }
            coverage.insert_through(through);
            prop_assert!(coverage.is_normal());
            for seq in 1..70 {
                prop_assert_eq!(coverage.contains(seq), seqs.contains(&seq) || seq <= through);
            }
        }

        #[test]
        fn covering_a_range_is_covering_each_of_it(
            seqs in prop::collection::vec(1_u64..60, 0..30),
            first in 0_u64..60,
            last in 0_u64..60,
        ) {
            let mut coverage = Coverage::default();
            for seq in &seqs {
                coverage.insert(*seq);
            }
            coverage.extend([(first, last)]);
            prop_assert!(coverage.is_normal());
            for seq in 1..70 {
                let in_range = first > 0 && (first..=last).contains(&seq);
                prop_assert_eq!(coverage.contains(seq), seqs.contains(&seq) || in_range);
            }
        }

        #[test]
        fn one_covers_another_if_it_covers_each_of_it(
            one in prop::collection::btree_set(1_u64..20, 0..20),
            other in prop::collection::btree_set(1_u64..20, 0..4),
        ) {
            let of = |seqs: &BTreeSet<u64>| {
                let mut coverage = Coverage::default();
                coverage.extend(seqs.iter().map(|seq| (*seq, *seq)));
                coverage
            };
            prop_assert_eq!(of(&one).covers(&of(&other)), other.is_subset(&one));
        }

        #[test]
        fn foreign_ranges_never_panic(through: u64, ranges: Vec<(u64, u64)>, seq: u64) {
            let mut coverage = Coverage { through, ranges };
            if coverage.is_normal() {
                coverage.insert(seq);
                prop_assert!(coverage.clone().told().is_normal());
                coverage.remove(seq);
                prop_assert!(!coverage.contains(seq));
                prop_assert!(coverage.told().is_normal());
            }
        }
    }

    #[test]
    fn the_most_ranges_of_a_peer_are_normal_and_one_more_is_not() {
        let of_ranges = |count: usize| Coverage {
            through: 0,
            ranges: (1..=u64::try_from(count).unwrap())
                .map(|n| (n * 10, n * 10))
                .collect(),
        };
        assert!(of_ranges(RECEIPT_RANGES_MAX).is_normal());
        assert!(!of_ranges(RECEIPT_RANGES_MAX + 1).is_normal());
    }

    #[test]
    fn the_most_ranges_are_kept_and_one_more_stays_uncovered() {
        let mut coverage = Coverage::default();
        for n in 1..=u64::try_from(RANGES_KEPT_MAX).unwrap() {
            assert!(coverage.insert(n * 10));
        }
        assert!(!coverage.insert(1_000_000));
        assert!(
            coverage.insert(5),
            "a lower number takes the place of the highest range"
        );
    }

    #[test]
    fn a_receipt_tells_of_the_most_ranges_and_of_one_more_the_highest_is_left_out() {
        let of_ranges = |count: usize| {
            let mut coverage = Coverage::default();
            coverage.extend((1..=u64::try_from(count).unwrap()).map(|n| (n * 10, n * 10)));
            coverage
        };
        let most = of_ranges(RECEIPT_RANGES_MAX);
        assert!(most.is_normal());
        let more = of_ranges(RECEIPT_RANGES_MAX + 1);
        assert!(!more.is_normal());
        assert_eq!(more.told(), most);
    }
}
