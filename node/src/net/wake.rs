//! Wake: when all connections are to be seen to at once, because this machine slept or its networks are others.
//!
//! It slept if the clock of the day went on by more than the one that timers go by, which stands still meanwhile (on
//! Linux and macOS; elsewhere sleep is not noticed, and connections end when their time is over).
//!
//! Sans-IO: what both clocks show goes in, [`due`](Wake::due) says whether it is time, [`next_at`](Wake::next_at)
//! when to look again.
//!
//! Invariants
//! - A clock that is set forward looks like sleep, so what follows may do no harm but some dials; it follows at most
//!   once in [`WAKE_INTERVAL`], whatever the clock does and however networks come and go.
//! - What happened within that time is not forgotten.

use std::time::Duration;

/// How often the clocks are looked at, if nothing else happens.
const LOOK_INTERVAL: Duration = Duration::from_secs(5);
/// So short a sleep no connection notices; so much a clock is set in passing.
const SLEEP_MIN: Duration = Duration::from_secs(10);
/// Shortest time between two times that connections are seen to.
const WAKE_INTERVAL: Duration = Duration::from_secs(10);

/// Why connections are to be seen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Cause {
    /// The networks are others.
    Moved,
    /// The machine slept, wherever it woke.
    Slept,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Wake {
    /// What both clocks showed when they were looked at last: timers', and that of the day.
    seen: Option<(Duration, Duration)>,
    /// The weightiest of what happened since connections were seen to.
    wanted: Option<Cause>,
    woke_at: Option<Duration>,
}

impl Wake {
    /// Timers go by `now`, and it is `day` since 1970.
    pub(super) fn look(&mut self, now: Duration, day: Duration) {
        let before = self.seen.replace((now, day));
        let Some((then, day_then)) = before else {
            return;
        };
        let passed = now.saturating_sub(then);
        let slept = day.saturating_sub(day_then).saturating_sub(passed);
        if slept >= SLEEP_MIN {
            self.wanted = Some(Cause::Slept);
        }
    }

    /// This machine is in other networks than before.
    pub(super) fn moved(&mut self) {
        self.wanted = self.wanted.max(Some(Cause::Moved));
    }

    /// What happened so far is nothing to see to connections for.
    pub(super) const fn settle(&mut self) {
        self.wanted = None;
    }

    /// Why connections are to be seen to at `now`, if they are; told once.
    pub(super) fn due(&mut self, now: Duration) -> Option<Cause> {
        if self.earliest() > now {
            return None;
        }
        let cause = self.wanted.take()?;
        self.woke_at = Some(now);
        Some(cause)
    }

    /// When to look again.
    pub(super) fn next_at(&self) -> Duration {
        let look_at = self
            .seen
            .map_or(Duration::ZERO, |(at, _)| at + LOOK_INTERVAL);
        if self.wanted.is_some() {
            look_at.min(self.earliest())
        } else {
            look_at
        }
    }

    fn earliest(&self) -> Duration {
        let earliest = self.woke_at.map(|at| at + WAKE_INTERVAL);
        earliest.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    /// A day long after 1970.
    const DAY: Duration = Duration::from_secs(1_800_000_000);
    const MOMENT: Duration = Duration::from_millis(1);

    /// One that looked at its clocks when timers began.
    fn awake() -> Wake {
        let mut wake = Wake::default();
        wake.look(Duration::ZERO, DAY);
        assert_eq!(wake.due(Duration::ZERO), None);
        wake
    }

    #[test]
    fn time_that_passes_for_both_clocks_is_no_sleep_however_long() {
        let mut wake = awake();
        for hour in 1..100 {
            let passed = seconds(hour * 3_600);
            wake.look(passed, DAY + passed);
            assert_eq!(wake.due(passed), None);
        }
    }

    #[test]
    fn sleep_is_noticed_from_where_connections_may_notice_and_told_once() {
        let mut wake = awake();
        wake.look(seconds(1), DAY + seconds(1) + SLEEP_MIN - MOMENT);
        assert_eq!(wake.due(seconds(1)), None);
        let mut wake = awake();
        wake.look(seconds(1), DAY + seconds(1) + SLEEP_MIN);
        assert_eq!(wake.due(seconds(1)), Some(Cause::Slept));
        assert_eq!(wake.due(seconds(1)), None);
    }

    #[test]
    fn many_short_naps_are_no_sleep() {
        let mut wake = awake();
        for nap in 1..50 {
            let now = seconds(nap);
            wake.look(
                now,
                DAY + now + SLEEP_MIN.mul_f64(0.5) * u32::try_from(nap).unwrap(),
            );
            assert_eq!(wake.due(now), None);
        }
    }

    #[test]
    fn a_clock_that_goes_back_is_no_sleep_and_hides_none_that_comes_later() {
        let mut wake = awake();
        wake.look(seconds(1), seconds(5));
        assert_eq!(wake.due(seconds(1)), None);
        wake.look(seconds(2), seconds(6) + seconds(3_600));
        assert_eq!(wake.due(seconds(2)), Some(Cause::Slept));
    }

    #[test]
    fn what_happens_soon_after_waits_and_is_not_forgotten() {
        let mut wake = awake();
        wake.moved();
        assert_eq!(wake.next_at(), Duration::ZERO);
        assert_eq!(wake.due(seconds(1)), Some(Cause::Moved));
        wake.look(seconds(2), DAY + seconds(4_000));
        wake.moved();
        let later = seconds(1) + WAKE_INTERVAL;
        assert_eq!(wake.due(later - MOMENT), None);
        wake.look(
            later - MOMENT,
            DAY + seconds(4_000) + later - MOMENT - seconds(2),
        );
        assert_eq!(wake.next_at(), later);
        assert_eq!(wake.due(later), Some(Cause::Slept), "the weightier");
        assert_eq!(wake.due(later + WAKE_INTERVAL), None);
    }

    #[test]
    fn what_is_found_at_the_start_does_not_put_off_the_first_change() {
        let mut wake = awake();
        wake.moved();
        wake.settle();
        assert_eq!(wake.due(seconds(1)), None);
        wake.moved();
        assert_eq!(wake.due(seconds(1)), Some(Cause::Moved));
    }

    #[test]
    fn clocks_are_looked_at_from_the_start_and_every_few_seconds() {
        assert_eq!(Wake::default().next_at(), Duration::ZERO);
        assert_eq!(awake().next_at(), LOOK_INTERVAL);
    }

    proptest! {
        #[test]
        fn whatever_the_clocks_do_it_is_told_seldom_and_a_look_is_never_overdue(
            happenings in prop::collection::vec((0..20_000u64, any::<u32>(), any::<bool>()), 1..60),
        ) {
            let mut wake = Wake::default();
            let (mut now, mut told) = (Duration::ZERO, None);
            for (passed, day, moved) in happenings {
                now += Duration::from_millis(passed);
                wake.look(now, seconds(day.into()));
                if moved {
                    wake.moved();
                }
                if wake.due(now).is_some() {
                    prop_assert!(told.is_none_or(|told| now >= told + WAKE_INTERVAL));
                    told = Some(now);
                }
                prop_assert!(wake.next_at() > now);
                prop_assert!(wake.next_at() <= now + LOOK_INTERVAL.max(WAKE_INTERVAL));
            }
        }
    }
}
