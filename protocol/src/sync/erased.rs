//! Which operations of one actor are held without a body.
//!
//! Invariants
//! - Ranges are sorted, disjoint, not adjacent, and lie above `unlisted`.
//! - At most [`RANGES_KEPT_MAX`] ranges, and [`ERASED_RANGES_MAX`] in a receipt; when there is one
//!   more, the lowest goes and `unlisted` says up to where nothing is known: it never passes for held
//!   whole.

use minicbor::{Decode, Encode};

use super::without;
use crate::wire::limits::{ERASED_RANGES_MAX, RANGES_KEPT_MAX};

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
        if !self.may_contain(seq) {
            self.extend([(seq, seq)]);
        }
    }

    /// Lists all of each `first..=last`.
    pub fn extend(&mut self, more: impl IntoIterator<Item = (u64, u64)>) {
        let unlisted = self.unlisted;
        let above = more
            .into_iter()
            .map(|(first, last)| (first.max(unlisted.saturating_add(1)), last))
            .filter(|(first, last)| first <= last && *last > unlisted);
        self.ranges.extend(above);
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, range| {
            let adjacent = next.0 <= range.1.saturating_add(1);
            if adjacent {
                range.1 = range.1.max(next.1);
            }
            adjacent
        });
        self.keep(RANGES_KEPT_MAX);
    }

    /// Lists `seq` no longer: its body came.
    pub fn remove(&mut self, seq: u64) {
        let Some(place) = self.place(seq) else {
            return;
        };
        let range = self.ranges.get(place).copied();
        self.ranges.splice(
            place..=place,
            range.into_iter().flat_map(|range| without(range, seq)),
        );
        self.keep(RANGES_KEPT_MAX);
    }

    /// Lists nothing beyond `through`.
    pub fn truncate(&mut self, through: u64) {
        self.unlisted = self.unlisted.min(through);
        self.ranges.retain_mut(|(first, last)| {
            *last = through.min(*last);
            first <= last
        });
    }

    /// What a receipt says of it.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.keep(ERASED_RANGES_MAX);
        self
    }

    /// Whether `seq` is listed.
    #[must_use]
    pub fn contains(&self, seq: u64) -> bool {
        self.place(seq).is_some()
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

    /// Whether this could have been made by [`Self::told`]: what peers send is checked by it.
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

    /// Which range `seq` is in.
    fn place(&self, seq: u64) -> Option<usize> {
        let after = self.ranges.partition_point(|(first, _)| *first <= seq);
        let place = after.checked_sub(1)?;
        let (_, last) = self.ranges.get(place)?;
        (seq <= *last).then_some(place)
    }

    /// Leaves out the lowest ranges beyond so many.
    fn keep(&mut self, most: usize) {
        let surplus = self.ranges.len().saturating_sub(most);
        if let Some((_, last)) = self.ranges.drain(..surplus).next_back() {
            self.unlisted = last;
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
        fn listing_ranges_at_once_is_listing_each_of_their_numbers(
            seqs in prop::collection::vec(1_u64..60, 0..30),
            ranges in prop::collection::vec((0_u64..60, 0_u64..6), 0..9),
        ) {
            let mut erased = Erased { unlisted: 5, ranges: Vec::new() };
            seqs.iter().for_each(|seq| erased.insert(*seq));
            let mut one_by_one = erased.clone();
            let ranges: Vec<_> = ranges.iter().map(|(first, more)| (*first, first + more)).collect();
            erased.extend(ranges.iter().copied());
            for (first, last) in ranges {
                (first..=last).for_each(|seq| one_by_one.insert(seq));
            }
            prop_assert!(erased.is_normal());
            prop_assert_eq!(erased, one_by_one);
        }

        #[test]
        fn agrees_with_a_set_of_numbers(
            steps in prop::collection::vec((1_u64..60, prop::bool::weighted(0.8)), 0..90),
        ) {
            let mut erased = Erased::default();
            let mut set = BTreeSet::new();
            for (seq, is_added) in steps {
                if is_added {
                    erased.insert(seq);
                    set.insert(seq);
                } else {
                    erased.remove(seq);
                    set.remove(&seq);
                }
                prop_assert!(erased.is_normal());
            }
            for seq in 1..70 {
                prop_assert_eq!(erased.may_contain(seq), set.contains(&seq), "{}", seq);
            }
            erased.truncate(30);
            prop_assert!(erased.is_normal());
            for seq in 1..70 {
                let is_listed = seq <= 30 && set.contains(&seq);
                prop_assert_eq!(erased.may_contain(seq), is_listed, "{}", seq);
            }
        }
    }

    fn of_ranges(count: usize) -> Erased {
        let mut erased = Erased::default();
        (1..=u64::try_from(count).unwrap()).for_each(|n| erased.insert(n * 10));
        erased
    }

    #[test]
    fn the_most_ranges_are_kept_and_one_more_leaves_the_lowest_unknown() {
        let erased = of_ranges(RANGES_KEPT_MAX);
        assert!(!erased.may_contain(5));
        let erased = of_ranges(RANGES_KEPT_MAX + 1);
        assert!(
            erased.may_contain(5) && erased.may_contain(10),
            "never held whole"
        );
        assert!(!erased.contains(10), "nobody is asked for it");
        assert!(!erased.may_contain(15) && erased.may_contain(20));
    }

    #[test]
    fn a_receipt_lists_the_most_ranges_and_of_one_more_the_lowest_are_unknown() {
        let erased = of_ranges(ERASED_RANGES_MAX).told();
        assert!(erased.is_normal() && !erased.may_contain(5));
        let erased = of_ranges(ERASED_RANGES_MAX + 1);
        assert!(!erased.is_normal() && !erased.may_contain(5));
        let told = erased.told();
        assert!(told.is_normal());
        assert!(told.may_contain(5) && told.may_contain(10));
        assert!(!told.may_contain(15) && told.may_contain(20));
    }

    #[test]
    fn what_came_after_all_makes_room_for_what_a_receipt_left_out() {
        let mut erased = of_ranges(ERASED_RANGES_MAX + 1);
        erased.remove(20);
        assert!(erased.clone().told().contains(10));
        erased.remove(10);
        assert_eq!(erased.spans().next(), Some((30, 30)));
    }

    #[test]
    fn a_range_that_is_parted_once_too_often_leaves_the_lowest_unknown() {
        let mut erased = of_ranges(RANGES_KEPT_MAX);
        let high = 1_000_000;
        (high..high + 3).for_each(|seq| erased.insert(seq));
        assert!(!erased.contains(10) && erased.contains(20));
        erased.remove(high + 1);
        assert!(!erased.contains(20) && erased.may_contain(20));
        assert!(erased.contains(high) && erased.contains(high + 2));
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
