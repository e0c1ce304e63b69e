//! Jitter: what spreads the retries of different devices. It guards nothing.

use std::time::Duration;

/// SplitMix64 (Steele, Lea and Flood, 2014).
#[derive(Debug)]
pub(super) struct Jitter(u64);

impl Jitter {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Some time less than `span`, in milliseconds.
    pub(super) fn within(&mut self, span: Duration) -> Duration {
        let milliseconds = u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1);
        Duration::from_millis(self.next() % milliseconds)
    }

    /// The wait after `failures` earlier failures: between half and all of a span that doubles, up to the longest.
    pub(super) fn backoff(
        &mut self,
        (shortest, longest): (Duration, Duration),
        failures: u32,
    ) -> Duration {
        let doubled = 2u32
            .checked_pow(failures.saturating_add(1))
            .unwrap_or(u32::MAX);
        let half = shortest.saturating_mul(doubled).min(longest) / 2;
        half + self.within(half)
    }
}
