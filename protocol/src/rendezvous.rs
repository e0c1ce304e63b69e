//! Rendezvous: the keys under which two devices that share a secret find each other in a table that strangers keep.
//!
//! ```text
//!   Ann's device                       strangers' table                        Ben's device
//!     "I am at ..." under K(now)  -->   K(now): her transport id,  <--  asks for K(now), K(before), K(after)
//!                                       where she is
//! ```
//!
//! Invariants
//! - Nobody but the two can tell whose a key is, nor that two keys are of one pair: each has a period and a direction.
//! - A key proves nothing: whoever stores under it has seen it, so what is found is compared with what is known.
//! - No clock has to be right: the two find each other while their clocks are no more than [`PERIOD`] apart.

use std::time::Duration;

use crate::domain::Domain;
use crate::id::{DeviceId, RendezvousKey};
use crate::identity::keys::KEY_BYTES;
use crate::time::WallTime;

/// How long one stores under a key before the next takes its place.
pub const PERIOD: Duration = Duration::from_hours(6);

/// A stretch of time that a key is for: so many [`PERIOD`]s since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period(u64);

impl Period {
    /// With this number.
    #[must_use]
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The one in which a time is.
    #[must_use]
    pub fn at(now: WallTime) -> Self {
        let length = u64::try_from(PERIOD.as_millis()).unwrap_or(u64::MAX);
        Self(now.as_millis().checked_div(length).unwrap_or(0))
    }

    /// Its number.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Those in which somebody may store whose clock shows another time: this one first.
    #[must_use]
    pub fn around(self) -> [Self; 3] {
        [
            self,
            Self(self.0.saturating_sub(1)),
            Self(self.0.saturating_add(1)),
        ]
    }

    /// The key under which `provider` stores where it is, for `seeker`, with whom it shares `secret`.
    #[must_use]
    pub fn key(
        self,
        secret: &[u8; KEY_BYTES],
        provider: DeviceId,
        seeker: DeviceId,
    ) -> RendezvousKey {
        let number = self.0.to_le_bytes();
        let (provider, seeker) = (provider.as_bytes(), seeker.as_bytes());
        RendezvousKey::new(Domain::RendezvousKey.hash(&[secret, &number, provider, seeker]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANN: DeviceId = DeviceId::new([1; 32]);
    const BEN: DeviceId = DeviceId::new([2; 32]);

    #[test]
    fn a_key_is_for_one_secret_one_period_and_one_direction() {
        let period = Period::new(7);
        let key = period.key(&[3; 32], ANN, BEN);
        assert_eq!(key, period.key(&[3; 32], ANN, BEN));
        assert_ne!(key, period.key(&[4; 32], ANN, BEN));
        assert_ne!(key, period.key(&[3; 32], BEN, ANN));
        assert_ne!(key, Period::new(8).key(&[3; 32], ANN, BEN));
    }

    #[test]
    fn clocks_that_are_a_period_apart_meet_and_those_further_apart_need_not() {
        let length = u64::try_from(PERIOD.as_millis()).unwrap();
        for start in [0, 1, length - 1, length, 1_700_000_000_000] {
            let at = |millis: u64| Period::at(WallTime::from_millis(millis));
            let stored = at(start + length);
            assert!(at(start).around().contains(&stored), "{start}");
            assert!(at(start + 2 * length).around().contains(&stored), "{start}");
            assert!(!at(start).around().contains(&at(start + 2 * length)));
        }
    }

    #[test]
    fn at_either_end_of_time_there_is_a_period() {
        assert_eq!(Period::at(WallTime::from_millis(0)).number(), 0);
        let last = Period::new(u64::MAX);
        assert_eq!(
            last.around().map(Period::number),
            [u64::MAX, u64::MAX - 1, u64::MAX]
        );
        assert_eq!(Period::new(0).around().map(Period::number), [0, 0, 1]);
    }
}
