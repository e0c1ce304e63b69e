//! What the table answers: so many requests of each host, and of all, within a while.
//!
//! A host is counted by where it is connected from, as its name costs nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use crate::net::crowd::Block;

/// Requests of one host within [`REQUESTS_TIME`]: a lookup asks each node once.
pub(super) const REQUESTS_PER_HOST_MAX: usize = 240;
/// Requests of all within that time.
pub(super) const REQUESTS_MAX: usize = 6_000;
/// See there.
pub(super) const REQUESTS_TIME: Duration = Duration::from_secs(60);

/// See the module.
#[derive(Debug)]
pub(super) struct Allowance {
    since: Instant,
    /// As many as there are requests at most.
    of_host: BTreeMap<Option<Block>, usize>,
    all: usize,
}

impl Allowance {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            since: now,
            of_host: BTreeMap::new(),
            all: 0,
        }
    }

    /// Whether one more request of a host is answered; if so, it counts. No host: one of this process.
    pub(super) fn admits(&mut self, host: Option<Block>, now: Instant) -> bool {
        if now >= self.since + REQUESTS_TIME {
            *self = Self::new(now);
        }
        if self.all >= REQUESTS_MAX {
            return false;
        }
        let of_host = self.of_host.entry(host).or_default();
        if *of_host >= REQUESTS_PER_HOST_MAX {
            return false;
        }
        *of_host += 1;
        self.all += 1;
        true
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, Ipv4Addr};

    use super::*;

    fn host(number: usize) -> Option<Block> {
        let bits = u32::try_from(number).unwrap();
        Some(Block::host(IpAddr::V4(Ipv4Addr::from_bits(bits))))
    }

    #[test]
    fn a_host_is_answered_as_often_as_may_be_and_not_once_more_for_a_while() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        for _ in 0..REQUESTS_PER_HOST_MAX {
            assert!(allowance.admits(host(1), now));
        }
        assert!(!allowance.admits(host(1), now));
        assert!(allowance.admits(host(2), now), "others have theirs");
        assert!(allowance.admits(host(1), now + REQUESTS_TIME));
    }

    #[test]
    fn all_together_are_answered_as_often_as_may_be_and_not_once_more_for_a_while() {
        let now = Instant::now();
        let mut allowance = Allowance::new(now);
        for request in 0..REQUESTS_MAX {
            assert!(allowance.admits(host(request), now));
        }
        assert!(!allowance.admits(host(REQUESTS_MAX), now));
        assert!(allowance.admits(host(REQUESTS_MAX), now + REQUESTS_TIME));
    }
}
