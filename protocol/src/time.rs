//! Time, as an argument: nothing in this crate reads a clock.
//!
//! Invariants
//! - [`WallTime`] is shown and compared for display order only; no validity depends on it.
//! - [`Now::monotonic`] never goes back within one run of the engine; timers use it alone.

use std::ops::Add;
use std::time::Duration;

use minicbor::{Decode, Encode};

/// Milliseconds since the Unix epoch, as some device's clock showed them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct WallTime(#[n(0)] u64);

/// No clock that was set shows less: the year 2020.
pub(crate) const CLOCKS_SET_SINCE: WallTime = WallTime::from_millis(1_577_836_800_000);

/// How many whole hours a time has, as they travel; what is longer is told as the longest.
pub(crate) fn whole_hours(time: Duration) -> u16 {
    const SECONDS: u64 = 60 * 60;
    u16::try_from(time.as_secs() / SECONDS).unwrap_or(u16::MAX)
}

impl WallTime {
    /// Wraps milliseconds since the Unix epoch.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// This time and a duration later, saturating.
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        )
    }

    /// Begins a time anew that a wrong clock began, for keys that are erased so long after it: where the clock
    /// was ahead, they would stay for as long; where it stood at its beginning, as without a battery, they
    /// would go at once when it is set.
    pub fn begin_anew_if_wrong(&mut self, now: Self) {
        // Nothing is begun anew by a clock that was set before and is not now.
        if *self >= CLOCKS_SET_SINCE && now < CLOCKS_SET_SINCE {
            return;
        }
        if *self > now || (*self < CLOCKS_SET_SINCE && now >= CLOCKS_SET_SINCE) {
            *self = now;
        }
    }
}

/// Milliseconds since the engine was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Monotonic(u64);

impl Monotonic {
    /// Wraps milliseconds since the engine was opened.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the engine was opened.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }
}

impl Add<Duration> for Monotonic {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// Milliseconds during which this device has run, all runs together: by it carried envelopes age, so that no
/// clock has to be right. While a device is off, what it carries does not age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CarryTime(u64);

impl CarryTime {
    /// Wraps milliseconds.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// How long it is from then until this, nothing if that is later.
    #[must_use]
    pub const fn since(self, then: Self) -> Duration {
        Duration::from_millis(self.0.saturating_sub(then.0))
    }
}

impl Add<Duration> for CarryTime {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)),
        )
    }
}

/// The moment at which an input is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// What this device's clock shows.
    pub wall: WallTime,
    /// Time since the engine was opened.
    pub monotonic: Monotonic,
}

/// A conversation's logical clock (section "Order" of the wire document).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct LogicalTime(#[n(0)] u64);

impl LogicalTime {
    /// How far an operation may run ahead of its author's previous one.
    pub const STEP_MAX: u64 = 1 << 20;
    /// Logical times that share a document segment share all bits above these.
    pub const SEGMENT_BITS: u32 = 12;

    /// Before every operation.
    pub const ZERO: Self = Self(0);

    /// Wraps a count.
    #[must_use]
    pub const fn new(count: u64) -> Self {
        Self(count)
    }

    /// The count.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.0
    }

    /// The time of an author's next operation: one past the highest accepted, yet no further than
    /// [`Self::STEP_MAX`] past the author's previous. `None` when the clock is exhausted.
    #[must_use]
    pub fn next(highest_accepted: Self, previous: Self) -> Option<Self> {
        // Others' clocks exhaust nobody's.
        let next = highest_accepted.0.saturating_add(1);
        let bound = previous.0.saturating_add(Self::STEP_MAX);
        let next = next.min(bound);
        (next > previous.0)
            .then_some(Self(next))
            .or_else(|| previous.0.checked_add(1).map(Self))
    }

    /// Whether an operation at this time may follow one at `previous`.
    #[must_use]
    pub const fn may_follow(self, previous: Self) -> bool {
        self.may_follow_within(previous, 1)
    }

    /// Whether an operation at this time may come after one at `previous` with so many steps at most.
    #[must_use]
    pub const fn may_follow_within(self, previous: Self, steps: u64) -> bool {
        let ahead = self.0.saturating_sub(previous.0);
        ahead > 0 && ahead <= steps.saturating_mul(Self::STEP_MAX)
    }

    /// The document segment this time falls into.
    #[must_use]
    pub const fn segment(self) -> u64 {
        self.0 >> Self::SEGMENT_BITS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_next_time_may_always_follow(highest: u32, previous: u32) {
            let previous = LogicalTime::new(u64::from(previous));
            let next = LogicalTime::next(LogicalTime::new(u64::from(highest)), previous).unwrap();
            prop_assert!(next.may_follow(previous));
        }
    }

    #[test]
    fn hours_are_told_whole_and_up_to_as_many_as_there_is_room_for() {
        let most = Duration::from_hours(u16::MAX.into());
        let moment = Duration::from_millis(1);
        assert_eq!(whole_hours(Duration::from_hours(1) - moment), 0);
        assert_eq!(whole_hours(Duration::from_hours(1)), 1);
        assert_eq!(whole_hours(most - moment), u16::MAX - 1);
        assert_eq!(whole_hours(most), u16::MAX);
        assert_eq!(whole_hours(most + Duration::from_hours(1)), u16::MAX);
    }

    #[test]
    fn a_step_of_the_maximum_may_follow_and_one_more_may_not() {
        let previous = LogicalTime::new(5);
        assert!(LogicalTime::new(5 + LogicalTime::STEP_MAX).may_follow(previous));
        assert!(!LogicalTime::new(6 + LogicalTime::STEP_MAX).may_follow(previous));
        assert!(!previous.may_follow(previous));
    }

    #[test]
    fn an_exhausted_clock_has_no_next_time() {
        assert_eq!(
            LogicalTime::next(LogicalTime::new(u64::MAX), LogicalTime::new(u64::MAX)),
            None
        );
        // One behind it has, whatever others claim.
        assert_eq!(
            LogicalTime::next(LogicalTime::new(u64::MAX), LogicalTime::new(5)),
            Some(LogicalTime::new(5 + LogicalTime::STEP_MAX))
        );
    }

    #[test]
    fn so_many_steps_of_the_maximum_may_follow_and_one_more_may_not() {
        let previous = LogicalTime::new(5);
        let may = |time| LogicalTime::new(time).may_follow_within(previous, 4);
        assert!(may(6) && may(5 + 4 * LogicalTime::STEP_MAX));
        assert!(!may(6 + 4 * LogicalTime::STEP_MAX) && !may(5) && !may(0));
    }
}
