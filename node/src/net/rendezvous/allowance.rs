//! Allowances: how much of something is done for each host, for each network and for all, within a while.
//!
//! Who it is for is counted by where they are, as a name costs nothing. A network is what one holder is given: whoever has a
//! whole one gets its part, and the rest is for others.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Duration;

use tokio::time::Instant;

use crate::net::crowd::Block;

/// Requests of one host that are answered within [`REQUESTS_TIME`]: a lookup asks each node once.
pub(super) const REQUESTS_PER_HOST_MAX: usize = 240;
/// Those of one network.
pub(super) const REQUESTS_PER_NETWORK_MAX: usize = 960;
/// Those of all.
pub(super) const REQUESTS_MAX: usize = 6_000;
/// See there.
const REQUESTS_TIME: Duration = Duration::from_secs(60);
/// Nodes of one host that come into a small table within [`ENTERED_TIME`]: libp2p looks through it anew after each, so
/// that whoever comes and goes has it ask for ever.
pub(super) const ENTERED_PER_HOST_MAX: usize = 4;
/// Those of one network.
pub(super) const ENTERED_PER_NETWORK_MAX: usize = 8;
/// Those of all.
pub(super) const ENTERED_MAX: usize = 64;
/// See there.
const ENTERED_TIME: Duration = Duration::from_mins(10);

/// What is answered.
pub(super) const REQUESTS: Most = Most {
    host: REQUESTS_PER_HOST_MAX,
    network: REQUESTS_PER_NETWORK_MAX,
    all: REQUESTS_MAX,
    time: REQUESTS_TIME,
};
/// Who comes into a small table.
pub(super) const ENTERED: Most = Most {
    host: ENTERED_PER_HOST_MAX,
    network: ENTERED_PER_NETWORK_MAX,
    all: ENTERED_MAX,
    time: ENTERED_TIME,
};

/// How much, and within what time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Most {
    host: usize,
    network: usize,
    all: usize,
    time: Duration,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Allowance {
    most: Most,
    since: Instant,
    /// As many as there were in all at most; so of networks.
    of_host: BTreeMap<Block, usize>,
    of_network: BTreeMap<Block, usize>,
    all: usize,
}

impl Allowance {
    pub(super) const fn new(most: Most, now: Instant) -> Self {
        Self {
            most,
            since: now,
            of_host: BTreeMap::new(),
            of_network: BTreeMap::new(),
            all: 0,
        }
    }

    /// Whether it is done once more for whoever is there; if so, it counts. Nowhere: within this process.
    pub(super) fn admits(&mut self, ip: Option<IpAddr>, now: Instant) -> bool {
        if now >= self.since + self.most.time {
            *self = Self::new(self.most, now);
        }
        if self.all >= self.most.all {
            return false;
        }
        if let Some(ip) = ip.map(|ip| ip.to_canonical()) {
            let (host, network) = (Block::host(ip), Block::site(ip));
            if count(&self.of_host, host) >= self.most.host
                || count(&self.of_network, network) >= self.most.network
            {
                return false;
            }
            *self.of_host.entry(host).or_default() += 1;
            *self.of_network.entry(network).or_default() += 1;
        }
        self.all += 1;
        true
    }
}

fn count(of: &BTreeMap<Block, usize>, block: Block) -> usize {
    of.get(&block).copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, Ipv6Addr};

    use super::*;

    const ALL: [Most; 2] = [REQUESTS, ENTERED];

    /// The `host`th host of the `network`th /24.
    fn at(network: usize, host: usize) -> Option<IpAddr> {
        let bits = u32::try_from((network << 8) | host).unwrap();
        Some(Ipv4Addr::from_bits(bits).into())
    }

    /// The `number`th /64 of one /48.
    fn v6(number: usize) -> Option<IpAddr> {
        let bits = (0x2620_00fe_0001_u128 << 80) | (u128::try_from(number).unwrap() << 64);
        Some(Ipv6Addr::from_bits(bits | 1).into())
    }

    #[test]
    fn a_host_is_answered_as_often_as_may_be_and_not_once_more_for_a_while() {
        for most in ALL {
            let now = Instant::now();
            let mut allowance = Allowance::new(most, now);
            for _ in 0..most.host {
                assert!(allowance.admits(at(1, 1), now));
            }
            assert!(!allowance.admits(at(1, 1), now));
            assert!(allowance.admits(at(1, 2), now), "others have theirs");
            assert!(allowance.admits(at(1, 1), now + most.time));
        }
    }

    #[test]
    fn a_network_is_answered_as_often_as_may_be_however_many_hosts_it_has_and_not_once_more() {
        for most in ALL {
            let of_one: [fn(usize) -> Option<IpAddr>; 2] = [|number| at(1, number % 256), v6];
            for of_one in of_one {
                let now = Instant::now();
                let mut allowance = Allowance::new(most, now);
                for number in 0..most.network {
                    assert!(allowance.admits(of_one(number), now), "{number}");
                }
                assert!(!allowance.admits(of_one(most.network), now));
                assert!(allowance.admits(at(2, 1), now), "others have theirs");
                assert!(allowance.admits(of_one(most.network), now + most.time));
            }
        }
    }

    #[test]
    fn all_together_are_answered_as_often_as_may_be_and_not_once_more_for_a_while() {
        for most in ALL {
            let now = Instant::now();
            let mut allowance = Allowance::new(most, now);
            for number in 0..most.all {
                assert!(allowance.admits(at(number, 1), now));
            }
            assert!(!allowance.admits(at(most.all, 1), now));
            assert!(!allowance.admits(None, now));
            assert!(allowance.admits(at(most.all, 1), now + most.time));
        }
    }

    #[test]
    fn no_network_has_more_than_a_sixth_and_no_host_more_than_half_of_that() {
        for (host, network, all) in [
            (
                REQUESTS_PER_HOST_MAX,
                REQUESTS_PER_NETWORK_MAX,
                REQUESTS_MAX,
            ),
            (ENTERED_PER_HOST_MAX, ENTERED_PER_NETWORK_MAX, ENTERED_MAX),
        ] {
            assert!(host * 2 <= network && network * 6 <= all);
        }
    }
}
