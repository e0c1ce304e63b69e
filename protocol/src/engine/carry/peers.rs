//! The peers that are connected: which of them we open a link to for carrying, when, and how much each may bring.
//!
//! Invariants
//! - The side that dialled opens the link, or either where both did. One that fails or ends is opened again ever later.
//! - What a peer, and all of one network, may bring is counted past the end of a connection.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Carry;
use super::allowance::{Allowance, Rate};
use crate::engine::Effect;
use crate::engine::context::Context;
use crate::engine::fill::{Fills, Queue};
use crate::id::TransportId;
use crate::time::Monotonic;

/// First wait before a link is opened again.
const REOPEN_FIRST: Duration = Duration::from_secs(5);
/// Longest such wait: the other side may not carry at all.
const REOPEN_MAX: Duration = Duration::from_mins(10);
/// Peers and networks whose allowances are remembered; one more forgets those that are full, then the first.
pub(in crate::engine) const ALLOWANCES_MAX: usize = 4_096;
/// What a stranger may bring, in bytes.
const STRANGER: Rate = Rate {
    most: 8 * 1024 * 1024,
    each_second: 32 * 1024,
};
/// What a stranger may ask for, in bytes.
const STRANGER_ASKS: Rate = Rate {
    most: 32 * 1024 * 1024,
    each_second: 128 * 1024,
};
/// What all of one network may bring who are no contacts, in bytes.
const NETWORK: Rate = Rate {
    most: 32 * 1024 * 1024,
    each_second: 128 * 1024,
};
/// What a contact's device may bring, in bytes.
const CONTACT: Rate = Rate {
    most: 64 * 1024 * 1024,
    each_second: 1024 * 1024,
};

/// A connected peer.
#[derive(Debug)]
struct Peer {
    dialed: bool,
    network: String,
    reopen_at: Option<Monotonic>,
    wait: Duration,
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Peers {
    connected: BTreeMap<TransportId, Peer>,
    of_peer: BTreeMap<TransportId, Allowance>,
    to_peer: BTreeMap<TransportId, Allowance>,
    of_network: BTreeMap<String, Allowance>,
}

impl Peers {
    /// Notes a connection. Of two, which come about when both dial at once, one stays: if either was ours to open a
    /// link over, so is whichever that is.
    pub(super) fn connected(&mut self, peer: TransportId, address: &str, dialed: bool) {
        let known = self.connected.entry(peer).or_insert_with(|| Peer {
            dialed,
            network: String::new(),
            reopen_at: None,
            wait: REOPEN_FIRST,
        });
        known.dialed |= dialed;
        known.network = network(address);
        known.wait = REOPEN_FIRST;
    }

    /// Opens a link over each connection for which it is for us to.
    pub(super) fn open_all(&mut self, context: &mut Context<'_>) {
        for (peer, known) in self.connected.iter_mut().filter(|(_, known)| known.dialed) {
            known.reopen_at = None;
            context.effect(Effect::OpenCarry { peer: *peer });
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        for kept in [
            self.of_peer.len(),
            self.to_peer.len(),
            self.of_network.len(),
        ] {
            fills.note(Queue::Allowances, kept, ALLOWANCES_MAX);
        }
    }

    pub(super) fn disconnected(&mut self, peer: &TransportId) {
        self.connected.remove(peer);
    }

    /// Sees to it that a link that ended, or could not be opened, is opened again if it is for us to open.
    pub(super) fn missed(&mut self, peer: TransportId, context: &mut Context<'_>) {
        if let Some(known) = self.connected.get_mut(&peer).filter(|peer| peer.dialed) {
            let at = context.now.monotonic + known.wait;
            known.wait = (known.wait * 2).min(REOPEN_MAX);
            known.reopen_at = Some(at);
            context.wake(at);
        }
    }

    /// Opens the links whose time has come.
    pub(super) fn tick(&mut self, context: &mut Context<'_>) {
        for (peer, known) in &mut self.connected {
            match known.reopen_at {
                Some(at) if at <= context.now.monotonic => {
                    known.reopen_at = None;
                    context.effect(Effect::OpenCarry { peer: *peer });
                }
                Some(at) => context.wake(at),
                None => {}
            }
        }
    }

    /// Whether a stranger may be sent so many bytes more; a contact may be sent whatever they ask for.
    pub(super) fn may_be_sent(
        &mut self,
        peer: TransportId,
        is_contact: bool,
        bytes: usize,
        now: Monotonic,
    ) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        make_room(&mut self.to_peer, &peer, now);
        let to_peer = self.to_peer.entry(peer);
        let to_peer = to_peer.or_insert_with(|| Allowance::new(STRANGER_ASKS, now));
        is_contact || to_peer.take(bytes, now)
    }

    /// Whether a peer may bring so many bytes more.
    pub(super) fn allows(
        &mut self,
        peer: TransportId,
        is_contact: bool,
        bytes: usize,
        now: Monotonic,
    ) -> bool {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let rate = if is_contact { CONTACT } else { STRANGER };
        make_room(&mut self.of_peer, &peer, now);
        let of_peer = self.of_peer.entry(peer);
        let of_peer = of_peer.or_insert_with(|| Allowance::new(rate, now));
        of_peer.put_rate(rate, now);
        if !of_peer.take(bytes, now) {
            return false;
        }
        let network = self.connected.get(&peer).map(|known| known.network.clone());
        let Some(network) = network.filter(|_| !is_contact) else {
            return true;
        };
        make_room(&mut self.of_network, &network, now);
        let of_network = self.of_network.entry(network);
        let of_network = of_network.or_insert_with(|| Allowance::new(NETWORK, now));
        of_network.take(bytes, now)
    }
}

/// Makes room for one more allowance, unless it is there.
pub(super) fn make_room<K: Ord + Clone>(
    kept: &mut BTreeMap<K, Allowance>,
    next: &K,
    now: Monotonic,
) {
    if kept.len() < ALLOWANCES_MAX || kept.contains_key(next) {
        return;
    }
    kept.retain(|_, allowance| !allowance.is_full(now));
    if kept.len() >= ALLOWANCES_MAX {
        kept.pop_first();
    }
}

/// The network of a multiaddr: a /24 of IPv4, a /56 of IPv6, and anything else by itself.
fn network(address: &str) -> String {
    let mut parts = address.split('/').skip(1);
    match (parts.next(), parts.next()) {
        (Some("ip4"), Some(host)) => {
            let host: Result<core::net::Ipv4Addr, _> = host.parse();
            host.map_or_else(
                |_| address.to_owned(),
                |host| {
                    let [a, b, c, _] = host.octets();
                    format!("{a}.{b}.{c}")
                },
            )
        }
        (Some("ip6"), Some(host)) => {
            let host: Result<core::net::Ipv6Addr, _> = host.parse();
            host.map_or_else(
                |_| address.to_owned(),
                |host| {
                    let [a, b, c, d, e, f, g, ..] = host.octets();
                    format!("{a:x}.{b:x}.{c:x}.{d:x}.{e:x}.{f:x}.{g:x}")
                },
            )
        }
        (_, _) => address.to_owned(),
    }
}

impl Carry {
    /// Notes a connection.
    pub(in crate::engine) fn connected(
        &mut self,
        peer: TransportId,
        address: &str,
        dialed: bool,
        context: &mut Context<'_>,
    ) {
        self.peers.connected(peer, address, dialed);
        if self.is_on() && dialed {
            context.effect(Effect::OpenCarry { peer });
        }
    }

    /// Notes that the last connection to a peer is gone.
    pub(in crate::engine) fn disconnected(&mut self, peer: &TransportId) {
        self.peers.disconnected(peer);
    }

    /// Notes that a link that was asked for could not be opened.
    pub(in crate::engine) fn unopened(&mut self, peer: TransportId, context: &mut Context<'_>) {
        self.peers.missed(peer, context);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::{Side, identity};

    fn peer(n: u16) -> TransportId {
        let [high, low] = n.to_be_bytes();
        let mut id = [0; 32];
        id[..2].copy_from_slice(&[high, low]);
        TransportId::new(id)
    }

    #[test]
    fn a_network_is_what_one_host_easily_has_all_of() {
        assert_eq!(network("/ip4/10.1.2.3/udp/9/quic-v1"), "10.1.2");
        assert_eq!(network("/ip4/10.1.2.4/tcp/1"), "10.1.2");
        assert_ne!(network("/ip4/10.1.3.4/tcp/1"), "10.1.2");
        let of = |host| network(&format!("/ip6/{host}/tcp/1"));
        assert_eq!(of("2001:db8:1:200::1"), of("2001:db8:1:2ff::2"));
        assert_ne!(of("2001:db8:1:200::1"), of("2001:db8:1:302::1"));
        assert_eq!(network("/memory/7"), "/memory/7");
        assert_eq!(network("/ip4/nonsense"), "/ip4/nonsense");
        assert_eq!(network(""), "");
    }

    #[test]
    fn a_stranger_brings_so_much_and_not_one_byte_more() {
        let now = Monotonic::default();
        let most = usize::try_from(STRANGER.most).unwrap();
        let mut peers = Peers::default();
        assert!(peers.allows(peer(1), false, most, now));
        assert!(!peers.allows(peer(1), false, 1, now));
        assert!(peers.allows(peer(2), false, most, now));
        assert!(peers.allows(peer(1), false, 32 * 1024, now + Duration::from_secs(1)));
    }

    #[test]
    fn who_becomes_a_contact_or_is_none_any_more_brings_as_much_as_that_from_then_on() {
        let now = Monotonic::default();
        let [stranger, contact] =
            [STRANGER, CONTACT].map(|rate| usize::try_from(rate.most).unwrap());
        let mut peers = Peers::default();
        assert!(peers.allows(peer(1), false, stranger, now));
        assert!(peers.allows(peer(1), true, contact, now));
        assert!(!peers.allows(peer(1), true, 1, now));
        assert!(!peers.allows(peer(1), false, stranger + 1, now));
    }

    #[test]
    fn no_more_allowances_are_remembered_than_may_be_and_spent_ones_last_longest() {
        let now = Monotonic::default();
        let mut peers = Peers::default();
        let most = u16::try_from(ALLOWANCES_MAX).unwrap();
        for n in 0..most {
            // The last of them has spent nothing.
            let bytes = usize::from(n + 1 < most);
            assert!(peers.allows(peer(n), true, bytes, now));
        }
        assert_eq!(peers.of_peer.len(), ALLOWANCES_MAX);
        assert!(peers.allows(peer(most), true, 1, now));
        assert_eq!(peers.of_peer.len(), ALLOWANCES_MAX);
        assert!(peers.of_peer.contains_key(&peer(0)));
        assert!(!peers.of_peer.contains_key(&peer(most - 1)));
        assert!(peers.allows(peer(most + 1), true, 1, now));
        assert_eq!(peers.of_peer.len(), ALLOWANCES_MAX);
        assert!(!peers.of_peer.contains_key(&peer(0)));
    }

    #[test]
    fn all_of_one_network_bring_so_much_together_and_contacts_besides() {
        let now = Monotonic::default();
        let mut peers = Peers::default();
        let each = usize::try_from(STRANGER.most).unwrap();
        let together = usize::try_from(NETWORK.most).unwrap();
        for n in 0..=u16::try_from(together / each).unwrap() {
            peers.connected(peer(n), &format!("/ip4/10.0.0.{n}/tcp/1"), false);
            let fits = usize::from(n) < together / each;
            assert_eq!(peers.allows(peer(n), false, each, now), fits, "{n}");
        }
        peers.connected(peer(90), "/ip4/10.0.0.90/tcp/1", false);
        assert!(!peers.allows(peer(90), false, 1, now));
        peers.connected(peer(91), "/ip4/10.0.0.91/tcp/1", false);
        let of_contact = usize::try_from(CONTACT.most).unwrap();
        assert!(peers.allows(peer(91), true, of_contact, now));
        assert!(!peers.allows(peer(91), true, 1, now));
        peers.connected(peer(92), "/ip4/10.0.1.92/tcp/1", false);
        assert!(peers.allows(peer(92), false, each, now));
    }

    #[test]
    fn a_link_is_opened_again_ever_later_up_to_the_longest_wait_and_from_the_first_on_reconnecting()
    {
        let mut side = Side::new(identity("Ann", 1), &[]);
        let mut context = side.context();
        let mut peers = Peers::default();
        peers.connected(peer(1), "", true);
        let mut wait = REOPEN_FIRST;
        for _ in 0..12 {
            peers.missed(peer(1), &mut context);
            let at = peers.connected[&peer(1)].reopen_at;
            assert_eq!(at, Some(context.now.monotonic + wait));
            wait = (wait * 2).min(REOPEN_MAX);
        }
        assert_eq!(wait, REOPEN_MAX);
        peers.connected(peer(1), "", true);
        peers.missed(peer(1), &mut context);
        let at = peers.connected[&peer(1)].reopen_at;
        assert_eq!(at, Some(context.now.monotonic + REOPEN_FIRST));
        // Who was dialled by the other opens nothing.
        peers.connected(peer(2), "", false);
        peers.missed(peer(2), &mut context);
        assert_eq!(peers.connected[&peer(2)].reopen_at, None);
    }

    #[test]
    fn of_two_who_dialled_each_other_at_once_one_opens_whichever_connection_stays() {
        let mut side = Side::new(identity("Ann", 1), &[]);
        let mut context = side.context();
        let mut peers = Peers::default();
        peers.connected(peer(1), "", true);
        // The link went with ours; theirs is the one that stays.
        peers.missed(peer(1), &mut context);
        let at = peers.connected[&peer(1)].reopen_at;
        assert!(at.is_some());
        peers.connected(peer(1), "", false);
        assert_eq!(peers.connected[&peer(1)].reopen_at, at);
        peers.missed(peer(1), &mut context);
        assert!(peers.connected[&peer(1)].reopen_at.is_some());
        // Once all are gone it is as if there never was one.
        peers.disconnected(&peer(1));
        peers.connected(peer(1), "", false);
        peers.missed(peer(1), &mut context);
        assert_eq!(peers.connected[&peer(1)].reopen_at, None);
    }
}
