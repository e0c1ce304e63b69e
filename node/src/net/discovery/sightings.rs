//! Sightings: who was seen where on the LAN.
//!
//! Anybody on the LAN can announce anything of anybody, so nothing that was heard keeps out what is
//! heard later: who really is there announces it again and again.
//!
//! Invariants
//! - There are at most [`PEERS_DISCOVERED_MAX`] peers, [`ADDRESSES_PER_PEER_MAX`] addresses
//!   of each, and of them a few of one host. Too much drops what was announced longest ago.
//! - A peer that nobody keeps takes no kept peer's place.
//! - What was not announced for [`TIME_TO_LIVE`] by our own clock is forgotten, whatever the
//!   announcement said.

use std::collections::BTreeMap;
use std::time::Duration;

use libp2p::{Multiaddr, PeerId};
use tidings_protocol::id::TransportId;
use tokio::time::Instant;

use super::TIME_TO_LIVE;
use crate::net::address;
use crate::net::dial::ADDRESSES_PER_PEER_MAX;

/// Peers that are remembered.
const PEERS_DISCOVERED_MAX: usize = 1_024;

#[derive(Debug)]
struct Sight {
    address: Multiaddr,
    at: Duration,
}

/// What was heard of others on the LAN.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Heard {
    /// How many devices announce themselves at the moment.
    pub(crate) peers: usize,
    /// When one did last.
    pub(crate) at: Option<Instant>,
}

/// See the module.
#[derive(Debug, Default)]
pub(in crate::net) struct Sightings {
    /// Of each peer at least one sight, the latest first.
    peers: BTreeMap<TransportId, Vec<Sight>>,
    /// No sight ends before.
    next_at: Option<Duration>,
    /// When somebody last announced an address that can be dialled.
    heard_at: Option<Duration>,
}

impl Sightings {
    /// Learns that `peer` announced `address`; whom it is, if that is news we can use.
    pub(in crate::net) fn learn(
        &mut self,
        peer: &PeerId,
        address: Multiaddr,
        now: Duration,
        keeps: impl Fn(TransportId) -> bool,
    ) -> Option<TransportId> {
        let id = address::transport_id(peer)?;
        let address = address::target(address)?.address;
        self.heard_at = Some(now);
        if !self.peers.contains_key(&id) && self.peers.len() >= PEERS_DISCOVERED_MAX {
            self.make_room(keeps(id), keeps)?;
        }
        let sights = self.peers.entry(id).or_default();
        let known = sights.len();
        sights.retain(|sight| sight.address != address);
        let news = sights.len() == known;
        sights.insert(0, Sight { address, at: now });
        let mut few = address::few_per_host();
        sights.retain(|sight| few(&sight.address));
        sights.truncate(ADDRESSES_PER_PEER_MAX);
        self.next_at.get_or_insert(now + TIME_TO_LIVE);
        news.then_some(id)
    }

    /// Drops the peer that was seen longest ago, a kept one only for a kept one; `None` if there is
    /// none to drop.
    fn make_room(&mut self, for_kept: bool, keeps: impl Fn(TransportId) -> bool) -> Option<()> {
        let last_seen = |sights: &[Sight]| sights.first().map(|sight| sight.at);
        let (kept, _, peer) = self
            .peers
            .iter()
            .map(|(peer, sights)| (keeps(*peer), last_seen(sights), *peer))
            .min()?;
        if kept && !for_kept {
            return None;
        }
        self.peers.remove(&peer).map(drop)
    }

    /// Forgets what was not announced again in time; the peers of which it forgot something.
    pub(in crate::net) fn forget_unseen(&mut self, now: Duration) -> Vec<TransportId> {
        if self.next_at.is_none_or(|at| now < at) {
            return Vec::new();
        }
        let mut changed = Vec::new();
        self.peers.retain(|peer, sights| {
            let known = sights.len();
            sights.retain(|sight| now < sight.at + TIME_TO_LIVE);
            if sights.len() < known {
                changed.push(*peer);
            }
            !sights.is_empty()
        });
        let oldest = self.peers.values().flatten().map(|sight| sight.at).min();
        self.next_at = oldest.map(|at| at + TIME_TO_LIVE);
        changed
    }

    /// When [`forget_unseen`](Self::forget_unseen) may have something to forget.
    pub(in crate::net) const fn next_at(&self) -> Option<Duration> {
        self.next_at
    }

    /// Where `peer` was seen, the latest first.
    pub(in crate::net) fn addresses(&self, peer: TransportId) -> impl Iterator<Item = &Multiaddr> {
        let sights = self.peers.get(&peer).map_or(&[][..], Vec::as_slice);
        sights.iter().map(|sight| &sight.address)
    }

    /// What was heard, in the time that began at `started`.
    pub(in crate::net) fn heard(&self, started: Instant) -> Heard {
        Heard {
            peers: self.peers.len(),
            at: self.heard_at.map(|at| started + at),
        }
    }

    /// Everybody.
    pub(in crate::net) fn peers(&self) -> impl Iterator<Item = TransportId> {
        self.peers.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    const ZERO: Duration = Duration::ZERO;

    fn peer(number: usize) -> PeerId {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&number.to_le_bytes());
        Keypair::ed25519_from_bytes(secret)
            .unwrap()
            .public()
            .to_peer_id()
    }

    fn id(peer: PeerId) -> TransportId {
        address::transport_id(&peer).unwrap()
    }

    fn address(host: usize, port: usize) -> Multiaddr {
        format!("/ip4/10.0.0.{host}/tcp/{port}").parse().unwrap()
    }

    fn nobody(_: TransportId) -> bool {
        false
    }

    fn seconds(seconds: usize) -> Duration {
        Duration::from_secs(u64::try_from(seconds).unwrap())
    }

    fn addresses(sightings: &Sightings, peer: PeerId) -> Vec<Multiaddr> {
        sightings.addresses(id(peer)).cloned().collect()
    }

    /// Full of strangers, one a second.
    fn full() -> Sightings {
        let mut sightings = Sightings::default();
        for number in 0..PEERS_DISCOVERED_MAX {
            let news = sightings.learn(&peer(number), address(1, 1), seconds(number), nobody);
            assert!(news.is_some());
        }
        assert_eq!(sightings.peers().count(), PEERS_DISCOVERED_MAX);
        sightings
    }

    #[test]
    fn one_peer_too_many_takes_the_place_of_the_one_seen_longest_ago() {
        let mut sightings = full();
        let now = seconds(PEERS_DISCOVERED_MAX);
        assert_eq!(sightings.learn(&peer(0), address(1, 1), now, nobody), None);
        let newest = peer(PEERS_DISCOVERED_MAX);
        assert!(
            sightings
                .learn(&newest, address(1, 1), now, nobody)
                .is_some()
        );
        assert_eq!(sightings.peers().count(), PEERS_DISCOVERED_MAX);
        assert_eq!(addresses(&sightings, newest), [address(1, 1)]);
        assert_eq!(
            addresses(&sightings, peer(0)),
            [address(1, 1)],
            "seen again"
        );
        assert_eq!(addresses(&sightings, peer(1)), []);
    }

    #[test]
    fn a_kept_peer_is_learnt_and_stays_however_many_strangers_there_are() {
        let mut sightings = full();
        let ben = peer(100_000);
        let keeps = |peer| peer == id(ben);
        let now = seconds(PEERS_DISCOVERED_MAX);
        assert_eq!(
            sightings.learn(&ben, address(1, 1), now, keeps),
            Some(id(ben)),
            "though it is full"
        );
        for number in 0..PEERS_DISCOVERED_MAX * 2 {
            let later = now + seconds(1);
            sightings.learn(&peer(200_000 + number), address(1, 1), later, keeps);
        }
        assert_eq!(sightings.peers().count(), PEERS_DISCOVERED_MAX);
        assert_eq!(addresses(&sightings, ben), [address(1, 1)]);
    }

    #[test]
    fn a_stranger_takes_no_kept_peers_place_and_a_kept_peer_does() {
        let mut sightings = full();
        let stranger = peer(100_000);
        let now = seconds(PEERS_DISCOVERED_MAX);
        let keeps = |peer| peer != id(stranger);
        assert_eq!(sightings.learn(&stranger, address(1, 1), now, keeps), None);
        assert_eq!(sightings.peers().count(), PEERS_DISCOVERED_MAX);
        let kept = sightings.learn(&stranger, address(1, 1), now, |_| true);
        assert_eq!(kept, Some(id(stranger)));
        assert_eq!(sightings.peers().count(), PEERS_DISCOVERED_MAX);
    }

    #[test]
    fn a_true_address_is_known_however_many_forged_ones_came_first() {
        for forged in [ADDRESSES_PER_PEER_MAX - 1, ADDRESSES_PER_PEER_MAX, 100] {
            let mut sightings = Sightings::default();
            for host in 1..=forged {
                sightings.learn(&peer(1), address(host, 1), ZERO, nobody);
            }
            let news = sightings.learn(&peer(1), address(200, 1), ZERO, nobody);
            assert!(news.is_some());
            let known = addresses(&sightings, peer(1));
            assert_eq!(known.first(), Some(&address(200, 1)));
            assert_eq!(known.len(), ADDRESSES_PER_PEER_MAX);
            let first_stays = forged < ADDRESSES_PER_PEER_MAX;
            assert_eq!(known.contains(&address(1, 1)), first_stays);
        }
    }

    #[test]
    fn of_a_host_the_latest_addresses_stay_and_not_one_more() {
        let mut sightings = Sightings::default();
        for port in 1..=address::ADDRESSES_PER_HOST_MAX {
            sightings.learn(&peer(1), address(1, port), ZERO, nobody);
        }
        let most = address::ADDRESSES_PER_HOST_MAX;
        assert_eq!(addresses(&sightings, peer(1)).len(), most);
        assert!(
            sightings
                .learn(&peer(1), address(1, 999), ZERO, nobody)
                .is_some()
        );
        let known = addresses(&sightings, peer(1));
        assert_eq!(known.len(), most);
        assert_eq!(known.first(), Some(&address(1, 999)));
        assert!(!known.contains(&address(1, 1)));
    }

    #[test]
    fn what_is_announced_again_outlives_what_is_not() {
        let mut sightings = Sightings::default();
        assert_eq!(sightings.next_at(), None);
        sightings.learn(&peer(1), address(1, 1), ZERO, nobody);
        sightings.learn(&peer(1), address(2, 1), ZERO, nobody);
        sightings.learn(&peer(2), address(3, 1), ZERO, nobody);
        let later = TIME_TO_LIVE / 2;
        assert_eq!(
            sightings.learn(&peer(1), address(1, 1), later, nobody),
            None
        );
        assert_eq!(sightings.next_at(), Some(TIME_TO_LIVE));
        let just_before = TIME_TO_LIVE - Duration::from_nanos(1);
        assert_eq!(sightings.forget_unseen(just_before), []);
        let mut changed = [id(peer(1)), id(peer(2))];
        changed.sort_unstable();
        assert_eq!(sightings.forget_unseen(TIME_TO_LIVE), changed);
        assert_eq!(addresses(&sightings, peer(1)), [address(1, 1)]);
        assert_eq!(addresses(&sightings, peer(2)), []);
        assert_eq!(sightings.next_at(), Some(later + TIME_TO_LIVE));
        assert_eq!(sightings.forget_unseen(later + TIME_TO_LIVE), [id(peer(1))]);
        assert_eq!((sightings.peers().count(), sightings.next_at()), (0, None));
    }

    #[test]
    fn only_what_can_be_dialled_is_learnt_and_once() {
        let mut sightings = Sightings::default();
        let unspecified = "/ip4/0.0.0.0/tcp/1".parse().unwrap();
        assert_eq!(sightings.learn(&peer(1), unspecified, ZERO, nobody), None);
        let foreign = PeerId::random();
        assert_eq!(sightings.learn(&foreign, address(1, 1), ZERO, nobody), None);
        let announced = address(1, 1).with_p2p(peer(1)).unwrap();
        assert!(sightings.learn(&peer(1), announced, ZERO, nobody).is_some());
        assert_eq!(sightings.learn(&peer(1), address(1, 1), ZERO, nobody), None);
    }

    #[test]
    fn what_was_heard_is_told_with_when_also_once_nobody_is_there_any_more() {
        let started = Instant::now();
        let mut sightings = Sightings::default();
        assert_eq!(sightings.heard(started), Heard::default());
        let unspecified = "/ip4/0.0.0.0/tcp/1".parse().unwrap();
        sightings.learn(&peer(1), unspecified, ZERO, nobody);
        assert_eq!(sightings.heard(started), Heard::default(), "nobody to dial");
        sightings.learn(&peer(1), address(1, 1), seconds(1), nobody);
        sightings.learn(&peer(2), address(2, 1), seconds(2), nobody);
        sightings.learn(&peer(1), address(1, 1), seconds(3), nobody);
        let at = Some(started + seconds(3));
        assert_eq!(sightings.heard(started), Heard { peers: 2, at });
        sightings.forget_unseen(seconds(3) + TIME_TO_LIVE);
        assert_eq!(sightings.heard(started), Heard { peers: 0, at });
    }
}
