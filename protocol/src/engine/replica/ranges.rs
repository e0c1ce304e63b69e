//! Ranges of our sequence numbers.
//!
//! Invariants
//! - Sorted and disjoint; as many as there are. A coverage has a limit, and what it leaves out would
//!   count as news with every receipt.

/// Any set of our sequence numbers.
#[derive(Debug, Default)]
pub(in crate::engine) struct Ranges(Vec<(u64, u64)>);

impl Ranges {
    /// Adds ranges, whatever of them is there.
    pub(in crate::engine) fn add(&mut self, news: &[(u64, u64)]) {
        self.0.extend(news);
        self.0.sort_unstable();
        self.0.dedup_by(|next, range| {
            let meet = next.0 <= range.1.saturating_add(1);
            if meet {
                range.1 = range.1.max(next.1);
            }
            meet
        });
    }

    pub(in crate::engine) fn contains(&self, seq: u64) -> bool {
        let after = self.0.partition_point(|(first, _)| *first <= seq);
        let range = after.checked_sub(1).and_then(|place| self.0.get(place));
        range.is_some_and(|(_, last)| seq <= *last)
    }

    /// The lowest number.
    pub(in crate::engine) fn lowest(&self) -> Option<u64> {
        self.0.first().map(|(first, _)| *first)
    }

    /// The ranges, lowest first.
    pub(in crate::engine) fn spans(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        self.0.iter().copied()
    }

    /// Whether there is none.
    pub(in crate::engine) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves out sorted ranges.
    pub(in crate::engine) fn subtract(&mut self, gone: impl Iterator<Item = (u64, u64)>) {
        self.0 = subtract(std::mem::take(&mut self.0), gone);
    }
}

/// What is left of sorted `ranges` without sorted `gone`.
pub(super) fn subtract(
    ranges: Vec<(u64, u64)>,
    gone: impl Iterator<Item = (u64, u64)>,
) -> Vec<(u64, u64)> {
    let mut gone = gone.peekable();
    let mut left = Vec::new();
    for (first, last) in ranges {
        let mut start = Some(first);
        while let Some((gap_first, gap_last)) = gone.peek().copied()
            && gap_first <= last
        {
            if let Some(begun) = start.filter(|begun| *begun <= gap_last) {
                if gap_first > begun {
                    left.push((begun, gap_first.saturating_sub(1)));
                }
                start = gap_last.checked_add(1);
            }
            // It may reach into the next range too.
            if gap_last > last {
                break;
            }
            gone.next();
        }
        left.extend(
            start
                .filter(|start| *start <= last)
                .map(|start| (start, last)),
        );
    }
    left
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(seqs: &BTreeSet<u64>) -> Ranges {
        let mut ranges = Ranges::default();
        for seq in seqs {
            ranges.add(&[(*seq, *seq)]);
        }
        // What is there already is added once.
        for seq in seqs {
            ranges.add(&[(*seq, *seq)]);
        }
        ranges
    }

    fn seqs() -> impl Strategy<Value = BTreeSet<u64>> {
        prop::collection::btree_set(1_u64..40, 0..40)
    }

    proptest! {
        #[test]
        fn agree_with_sets_of_numbers(one in seqs(), other in seqs()) {
            let mut left = of(&one);
            left.subtract(of(&other).spans());
            let expected: BTreeSet<u64> = one.difference(&other).copied().collect();
            prop_assert_eq!(left.lowest(), expected.first().copied());
            for seq in 0..50 {
                prop_assert_eq!(left.contains(seq), expected.contains(&seq), "{}", seq);
            }
            prop_assert!(left.spans().is_sorted());
            left.add(&of(&other).spans().collect::<Vec<_>>());
            left.add(&of(&one).spans().collect::<Vec<_>>());
            for seq in 0..50 {
                let is_in = one.contains(&seq) || other.contains(&seq);
                prop_assert_eq!(left.contains(seq), is_in, "{}", seq);
            }
        }
    }

    #[test]
    fn nothing_is_left_of_what_is_gone_to_the_end_of_all_numbers() {
        let gone = std::iter::once((3, u64::MAX));
        assert_eq!(subtract(vec![(1, 4), (7, u64::MAX)], gone), [(1, 2)]);
    }
}
