//! How often the cards that a device signs of itself go from one member to the next.
//!
//! Each pair of members of a room passes on each card, so it is not left to the device how many there
//! are. An honest one renews its bundle once a week.
//!
//! Invariants
//! - In [`RENEWAL_INTERVAL`] one newer card of an epoch is passed on, and one of a later epoch: who
//!   revokes a device need not wait because its bundle was just renewed.

use std::time::Duration;

use crate::time::Monotonic;

/// How long a newer card of a device is not followed by another.
pub(super) const RENEWAL_INTERVAL: Duration = Duration::from_secs(6 * 60 * 60);

/// When newer cards of one device were last passed on, or taken to be, since we started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Renewals {
    in_epoch: Option<Monotonic>,
    of_later_epoch: Option<Monotonic>,
}

impl Renewals {
    /// Whether a newer card may be passed on.
    pub(super) fn may_take(&self, is_of_later_epoch: bool, now: Monotonic) -> bool {
        let last = if is_of_later_epoch {
            self.of_later_epoch
        } else {
            self.in_epoch
        };
        last.is_none_or(|last| now >= last + RENEWAL_INTERVAL)
    }

    /// Notes that a newer card is passed on; returns false, and notes nothing, if it may not be.
    pub(super) fn take(&mut self, is_of_later_epoch: bool, now: Monotonic) -> bool {
        if !self.may_take(is_of_later_epoch, now) {
            return false;
        }
        if is_of_later_epoch {
            self.of_later_epoch = Some(now);
        } else {
            self.in_epoch = Some(now);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_an_interval_one_newer_card_is_passed_on_and_one_of_a_later_epoch() {
        let mut renewals = Renewals::default();
        let begin = Monotonic::from_millis(7);
        let end = begin + RENEWAL_INTERVAL;
        let just_before = Monotonic::from_millis(end.as_millis() - 1);
        for is_of_later_epoch in [false, true] {
            assert!(renewals.take(is_of_later_epoch, begin));
            assert!(!renewals.take(is_of_later_epoch, begin));
            assert!(!renewals.take(is_of_later_epoch, just_before));
        }
        assert!(renewals.take(false, end) && renewals.take(true, end));
        assert!(!renewals.may_take(false, end) && !renewals.may_take(true, end));
    }
}
