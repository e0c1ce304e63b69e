//! Addresses that others tell, and those of them to which we go.
//!
//! Invariants
//! - Who tells an address has us knock at few doors, and at none of those that are nobody's business but ours.

use libp2p::Multiaddr;

use super::connect::ADDRESSES_PER_CONNECT_MAX;
use super::scope::Scope;
use super::{Path, Peer, address};

/// Addresses that are gone to at once without knowing who is there.
const VISITED_MAX: usize = 2;

/// Those of `addresses` that can be dialled and do not name another peer, a few of each host. Those
/// of this machine, where few are, come last, and are streams only if `loopback`: a peer has no business with our other
/// programs.
pub(super) fn told_addresses(peer: Peer, addresses: &[String], loopback: bool) -> Vec<Multiaddr> {
    let fits = |target: &address::Target| match target.peer {
        Some(named) => address::transport_id(&named).is_some_and(|named| peer.is(named)),
        None => true,
    };
    let targets = addresses
        .iter()
        .filter_map(|text| address::parse(text))
        .filter(fits);
    let mut addresses: Vec<_> = targets
        .map(|target| target.address)
        .filter(|address| address::may_be_told(address, loopback))
        .collect();
    addresses.sort_by_key(address::is_loopback);
    address::retain_few_per_host(&mut addresses);
    addresses.truncate(ADDRESSES_PER_CONNECT_MAX);
    addresses
}

/// Those of `addresses`, which an invite names, where we may go without knowing whom: nothing in the networks that we are
/// in, which whoever wrote the invite has no business in, though all could use it.
pub(super) fn visited_addresses(addresses: Vec<Multiaddr>, scope: &Scope) -> Vec<Multiaddr> {
    let mut visited = addresses;
    visited.retain(|address| {
        let is_far =
            address::path(address) == Path::Direct && !scope.is_global_in_home_network(address);
        is_far && scope.admits(address)
    });
    visited.truncate(VISITED_MAX);
    visited
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::crowd::Block;
    use crate::net::scope::Networks;

    fn texts(addresses: &[&str]) -> Vec<String> {
        addresses.iter().map(|text| (*text).to_owned()).collect()
    }

    fn visited(addresses: &[&str], scope: &Scope) -> Vec<String> {
        let visited = visited_addresses(address::all(&texts(addresses)), scope);
        visited.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_is_told_of_this_machine_comes_last() {
        let peer = Peer::Hint([7; 8]);
        let (here, there) = ("/ip4/127.0.0.1/udp/1/quic-v1", "/ip4/192.168.1.2/tcp/1");
        let told = told_addresses(
            peer,
            &texts(&[here, "/ip6/fe80::1/udp/1/quic-v1", there]),
            false,
        );
        assert_eq!(
            told.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [there, here]
        );
    }

    #[test]
    fn without_knowing_whom_we_go_to_addresses_that_all_could_use_and_to_a_few() {
        let scope = Scope::default();
        let inside = [
            "/ip4/127.0.0.1/udp/4001/quic-v1",
            "/ip4/192.168.1.1/tcp/80",
            "/ip4/169.254.169.254/tcp/80",
            "/ip6/fd00::1/tcp/80",
            "/memory/7",
            "nonsense",
        ];
        assert_eq!(visited(&inside, &scope), Vec::<String>::new());
        for count in [VISITED_MAX, VISITED_MAX + 1] {
            let far: Vec<String> = (0..count)
                .map(|n| format!("/ip4/45.0.{n}.1/tcp/1"))
                .collect();
            let far: Vec<&str> = far.iter().map(String::as_str).collect();
            assert_eq!(visited(&far, &scope), far[..VISITED_MAX]);
        }
    }

    #[test]
    fn without_knowing_whom_we_go_nowhere_in_a_network_that_we_are_in_or_do_not_use() {
        let mut scope = Scope::default();
        scope.move_to(vec![Block::new("2620:fe:0:1::1".parse().unwrap(), 64)]);
        let (near, far) = ("/ip6/2620:fe:0:1::9/tcp/80", "/ip6/2620:fe:0:2::9/tcp/80");
        assert_eq!(visited(&[near, far], &scope), [far]);
        let lan = Scope::new(Networks::Local);
        assert_eq!(visited(&[near, far], &lan), Vec::<String>::new());
    }
}
