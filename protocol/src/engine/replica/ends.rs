//! Ends: how much counts of a chain whose admission ended.
//!
//! ```text
//!   what ended it --bounds--> each reaches up to its place, or to the last operation in time
//!                                 |                                          |
//!                 seen as it comes, or looked up in the store <-- seeking.rs +
//! ```
//!
//! Invariants
//! - Of several bounds the one counts that reaches furthest.
//! - Nothing that is known to lie beyond all bounds counts, not even while the rest is looked up.

use std::collections::BTreeMap;

use crate::id::OperationId;
use crate::room::Bound;
use crate::time::LogicalTime;

/// How far a chain lies within one bound, as far as it is known.
#[derive(Debug, Clone, Copy)]
struct End {
    bound: Bound,
    /// Whether the place that it names is there.
    is_there: bool,
    /// The lowest number that is known to be too late.
    passed: Option<u64>,
    /// Whether the one before that is known not to be.
    is_exact: bool,
}

impl End {
    const fn new(bound: Bound) -> Self {
        Self {
            bound,
            is_there: false,
            passed: None,
            is_exact: false,
        }
    }

    fn reach(&self) -> u64 {
        let passed = self.passed.filter(|_| !self.is_there);
        let before = passed.map_or(u64::MAX, |passed| passed.saturating_sub(1));
        before.min(self.bound.seq)
    }

    const fn is_settled(&self) -> bool {
        self.is_there || self.is_exact || self.passed.is_none()
    }

    fn see(
        &mut self,
        seq: u64,
        id: OperationId,
        logical: LogicalTime,
        before: Option<LogicalTime>,
    ) {
        let until = self.bound.until;
        self.is_there |= self.bound.names(seq, id);
        if logical <= until {
            self.is_exact |= seq
                .checked_add(1)
                .is_some_and(|next| self.passed == Some(next));
        } else if self.passed.is_none_or(|passed| seq < passed) {
            self.passed = Some(seq);
            self.is_exact = before.is_some_and(|before| before <= until);
        }
    }
}

/// The bounds of a chain; none, if its admission stands.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends(Option<Vec<End>>);

impl Ends {
    /// Takes over what the room's control says; keeps what is known of bounds that stay. Returns whether
    /// there are others than before.
    pub(super) fn put(&mut self, bounds: Option<Vec<Bound>>) -> bool {
        let before = self.0.take().unwrap_or_default().into_iter();
        let before: BTreeMap<Bound, End> = before.map(|end| (end.bound, end)).collect();
        let known = |bound: &Bound| before.get(bound).copied();
        let mut is_new = false;
        self.0 = bounds.map(|bounds| {
            let ends = bounds.into_iter().map(|bound| {
                known(&bound).unwrap_or_else(|| {
                    is_new = true;
                    End::new(bound)
                })
            });
            ends.collect()
        });
        is_new
    }

    /// Notes that so much counted when the profile was closed.
    pub(super) fn counted(&mut self, cut: Option<u64>) {
        let next = cut.and_then(|cut| cut.checked_add(1));
        for end in self.0.iter_mut().flatten() {
            end.passed = next.filter(|next| *next <= end.bound.seq);
        }
    }

    /// Looks at an operation of the chain, and the time of the one before, if that is known.
    pub(super) fn see(
        &mut self,
        seq: u64,
        id: OperationId,
        logical: LogicalTime,
        before: Option<LogicalTime>,
    ) {
        for end in self.0.iter_mut().flatten() {
            end.see(seq, id, logical, before);
        }
    }

    /// Up to which number it counts; `None`: without end.
    pub(super) fn cut(&self) -> Option<u64> {
        let ends = self.0.as_ref()?.iter();
        Some(ends.map(End::reach).max().unwrap_or(0))
    }

    /// The highest number that may come to count.
    pub(super) fn most(&self) -> Option<u64> {
        let ends = self.0.as_ref()?.iter();
        Some(ends.map(|end| end.bound.seq).max().unwrap_or(0))
    }

    /// The bound whose reach has to be looked up, in a chain that ends at this time: the one that seems to
    /// reach furthest; with the lowest number that is beyond it.
    pub(super) fn sought(&self, end: LogicalTime) -> Option<(Bound, u64)> {
        let furthest = self.0.iter().flatten().max_by_key(|end| end.reach())?;
        let is_sought = !furthest.is_settled() && end > furthest.bound.until;
        is_sought.then_some((furthest.bound, furthest.passed?))
    }

    /// Notes how far a bound reaches, as it was looked up; if it could not be, it stays as it seems.
    pub(super) fn found(&mut self, bound: &Bound, through: Option<u64>) {
        let ends = self.0.iter_mut().flatten();
        // Two who remove somebody may name the same place.
        for end in ends.filter(|end| end.bound == *bound) {
            end.is_exact = true;
            if let Some(through) = through {
                end.is_there |= through == bound.seq;
                end.passed = through.checked_add(1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(seq: u64) -> OperationId {
        OperationId::new([u8::try_from(seq).unwrap(); 32])
    }

    /// How many of these times, of a chain, lie within a bound.
    fn within(bound: &Bound, times: &[LogicalTime]) -> u64 {
        let in_time = times.iter().filter(|time| **time <= bound.until).count();
        let [end, in_time] = [times.len(), in_time].map(|count| u64::try_from(count).unwrap());
        let is_there = bound.seq <= end && bound.head == id(bound.seq);
        bound.seq.min(if is_there { end } else { in_time.min(end) })
    }

    #[test]
    fn a_place_that_two_name_is_looked_up_once() {
        let bound = Bound {
            seq: 5,
            head: id(99),
            until: LogicalTime::new(3),
        };
        let mut ends = Ends::default();
        ends.put(Some(vec![bound, bound]));
        // The last operation alone is known, and comes too late.
        ends.see(4, id(4), LogicalTime::new(9), None);
        let (sought, _) = ends.sought(LogicalTime::new(9)).unwrap();
        ends.found(&sought, Some(2));
        assert_eq!(ends.sought(LogicalTime::new(9)), None);
        assert_eq!(ends.cut(), Some(2));
    }

    proptest! {
        /// Whether what ended it came before or after the operations, and whatever it names.
        #[test]
        fn as_much_of_a_chain_counts_as_lies_within_any_bound(
            steps in prop::collection::vec(1_u64..4, 0..12),
            named in prop::collection::vec((1_u64..14, any::<bool>(), 0_u64..30), 0..4),
            known in 0_usize..12,
        ) {
            let times = steps.iter().scan(0, |time, step| {
                *time += step;
                Some(LogicalTime::new(*time))
            });
            let times: Vec<LogicalTime> = times.collect();
            let bounds: Vec<Bound> = named
                .into_iter()
                .map(|(seq, is_true, until)| Bound {
                    seq,
                    head: id(if is_true { seq } else { 99 }),
                    until: LogicalTime::new(until),
                })
                .collect();
            let known = known.min(times.len());
            let mut ends = Ends::default();
            prop_assert_eq!(ends.cut(), None);
            ends.put(Some(bounds.clone()));
            let mut before = (known == 0).then_some(LogicalTime::ZERO);
            for (seq, time) in (1..).zip(&times).skip(known.saturating_sub(1)) {
                ends.see(seq, id(seq), *time, before);
                before = Some(*time);
                let held = &times[..usize::try_from(seq).unwrap()];
                while let Some((bound, _)) = ends.sought(*time) {
                    ends.found(&bound, Some(within(&bound, held)));
                }
                let cut = bounds.iter().map(|bound| within(bound, held)).max();
                prop_assert_eq!(ends.cut().map(|most| most.min(seq)), Some(cut.unwrap_or(0)));
            }
        }
    }
}
