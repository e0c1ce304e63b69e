//! Allowances: how much a peer may bring in a while.
//!
//! Invariants
//! - Nobody saves up more than one while's worth.

use std::time::Duration;

use crate::time::Monotonic;

/// A bucket that fills by the time and is emptied by what comes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Allowance {
    left: u64,
    at: Monotonic,
    rate: Rate,
}

/// How much may come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Rate {
    /// At once.
    pub(super) most: u64,
    /// In each second after that.
    pub(super) each_second: u64,
}

impl Allowance {
    /// A full one.
    pub(super) const fn new(rate: Rate, now: Monotonic) -> Self {
        Self {
            left: rate.most,
            at: now,
            rate,
        }
    }

    /// Goes on with another rate, as a new one; with the same, as it is.
    pub(super) fn put_rate(&mut self, rate: Rate, now: Monotonic) {
        if self.rate != rate {
            *self = Self::new(rate, now);
        }
    }

    /// Takes so much, if it is there.
    pub(super) fn take(&mut self, amount: u64, now: Monotonic) -> bool {
        self.refill(now);
        let left = self.left.checked_sub(amount);
        self.left = left.unwrap_or(self.left);
        left.is_some()
    }

    /// Whether it is full, so that a new one would be the same.
    pub(super) fn is_full(&mut self, now: Monotonic) -> bool {
        self.refill(now);
        self.left == self.rate.most
    }

    fn refill(&mut self, now: Monotonic) {
        let passed = now.as_millis().saturating_sub(self.at.as_millis());
        let more = passed.saturating_mul(self.rate.each_second) / 1000;
        if more == 0 {
            return;
        }
        self.left = self.left.saturating_add(more).min(self.rate.most);
        // What was too little to count is not lost.
        let counted = more.saturating_mul(1000) / self.rate.each_second.max(1);
        self.at = if self.left == self.rate.most {
            now
        } else {
            self.at + Duration::from_millis(counted)
        };
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const RATE: Rate = Rate {
        most: 1000,
        each_second: 7,
    };

    fn at(millis: u64) -> Monotonic {
        Monotonic::from_millis(millis)
    }

    #[test]
    fn as_much_as_there_is_may_be_taken_and_one_more_may_not() {
        let mut allowance = Allowance::new(RATE, at(0));
        assert!(!allowance.take(1001, at(0)));
        assert!(allowance.is_full(at(0)));
        assert!(allowance.take(1000, at(0)));
        assert!(!allowance.take(1, at(100)));
        assert!(allowance.take(7, at(1000)));
        assert!(!allowance.take(1, at(1000)));
    }

    proptest! {
        #[test]
        fn never_more_comes_than_the_rate_allows(
            steps in prop::collection::vec((0_u64..5_000, 0_u64..2_000), 0..100),
        ) {
            let mut allowance = Allowance::new(RATE, at(0));
            let (mut now, mut taken) = (0, 0);
            for (wait, amount) in steps {
                now += wait;
                if allowance.take(amount, at(now)) {
                    taken += amount;
                }
                prop_assert!(taken <= RATE.most + now * RATE.each_second / 1000);
            }
        }

        #[test]
        fn who_waits_long_enough_gets_all_of_it_however_often_they_ask(
            asks in prop::collection::vec(1_u64..500, 0..2_000),
        ) {
            let mut allowance = Allowance::new(RATE, at(0));
            prop_assert!(allowance.take(RATE.most, at(0)));
            let mut now = 0;
            for wait in asks {
                now += wait;
                let _ = allowance.is_full(at(now));
            }
            let due = now * RATE.each_second / 1000;
            prop_assert!(allowance.take(due.saturating_sub(1).min(RATE.most - 1), at(now)));
        }
    }
}
