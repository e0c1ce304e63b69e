//! The dial policy: whom we want to stay connected to, and when to try each of them again.
//!
//! Sans-IO: [`handle`](DialPolicy::handle) takes what happened, [`due`](DialPolicy::due) says whom
//! to dial now, [`next_at`](DialPolicy::next_at) when to ask again.
//!
//! Invariants
//! - A kept peer is connected, being dialled, or waiting for a time that comes; never forgotten.
//! - At most [`DIALS_MAX`] dials are in flight, one a peer; a peer waits [`BACKOFF_MIN`] to
//!   [`BACKOFF_MAX`] after a failure, unless a person or a discovery asks for haste.
//! - Announcements of a peer, which anybody on the LAN can forge, cause at most one dial in
//!   [`DISCOVERY_HASTE`].
//! - What is learnt of where a peer is during a dial, which may wait for an answer from where it was before, is dialled
//!   beside that, once, when it has had [`BESIDE_DELAY`] or has failed. What is learnt then causes the next dial, if all fail.
//! - A relay is tried [`DETOUR_DELAY`] after a dial without one began, or when that has failed; a dial is over when both
//!   are. So are addresses of this machine, if others are known, as those would wait for what comes of them.
//! - What strangers say of where a peer is has places of its own and takes nobody else's; it is known once it led there.
//! - Where another answers is left out until all else has failed, too, and all else is dialled at once: so whoever answers
//!   first for a peer, or announces its id as their own, keeps nobody from where it is.
//! - Who is connected through relays alone is dialled without one every [`DIRECT_INTERVAL`], and when they announce
//!   themselves, or say that they are elsewhere.
//! - After a wake nobody waits, and who is connected is dialled once more, whoever it was that dialled before.
//! - Of two peers that discover each other at once, the lower id dials first, so that usually one
//!   connection comes of it.
//! - Of strangers, at most [`NEIGHBOURS_MAX`] are dialled, for as long as they announce themselves; they take
//!   no kept peer's place.

mod kept;

use std::collections::BTreeMap;
use std::time::Duration;

use libp2p::Multiaddr;
use tidings_protocol::id::TransportId;

use super::jitter::Jitter;
use kept::{Kept, Phase, merge, put_before};

/// Strangers on the LAN to whom connections are made.
pub(super) const NEIGHBOURS_MAX: usize = 16;
/// Dials of a stranger that fail one after the other before its place is given to another.
pub(super) const NEIGHBOUR_FAILURES_MAX: u32 = 4;
/// Cached addresses of one peer; the most recently learnt stay.
pub(super) const ADDRESSES_PER_PEER_MAX: usize = 16;
/// Addresses at which strangers say that one peer is: two answers of the table. The latest stay.
pub(super) const FOUND_PER_PEER_MAX: usize = 8;
/// Dials of kept peers that are in flight at once.
pub(super) const DIALS_MAX: usize = 16;
/// Shortest wait after a failure.
pub(super) const BACKOFF_MIN: Duration = Duration::from_secs(1);
/// Longest wait after a failure.
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(300);
const BACKOFF: (Duration, Duration) = (BACKOFF_MIN, BACKOFF_MAX);
/// How long a dial has before it is tried through a relay, or within this machine, too.
pub(super) const DETOUR_DELAY: Duration = Duration::from_millis(250);
/// How long a dial has before what was learnt meanwhile of where the peer is is tried, too.
pub(super) const BESIDE_DELAY: Duration = Duration::from_millis(250);
/// How often whoever is connected through relays alone is dialled without one.
const DIRECT_INTERVAL: Duration = Duration::from_secs(120);
/// After so many failures, of which one may be that a connection ended, a peer is not where it is known to be.
const LOST_AFTER: u32 = 2;
/// After a wake, those who are connected are dialled once more, one after the other.
const AGAIN_INTERVAL: Duration = Duration::from_millis(50);
/// A connection that lasted so long makes up for earlier failures.
const STABLE_AFTER: Duration = Duration::from_secs(30);
/// Shortest time between a dial and the next one that a discovery causes.
const DISCOVERY_HASTE: Duration = Duration::from_secs(2);
/// Head start of the lower id when two peers discover each other.
const DISCOVERY_HEAD_START: Duration = Duration::from_millis(400);

/// What happened.
#[derive(Debug)]
pub(super) enum Change {
    /// Somebody wants a lasting connection to `peer`, who was last seen at `addresses`.
    Keep {
        peer: TransportId,
        addresses: Vec<Multiaddr>,
        connected: bool,
    },
    /// Strangers say that `peer`, who is lost, is at `addresses`.
    Found {
        peer: TransportId,
        addresses: Vec<Multiaddr>,
    },
    /// Nobody wants it any more.
    Forget { peer: TransportId },
    /// `peer` announced itself on the LAN.
    Discovered { peer: TransportId },
    /// `peer` announces itself on the LAN no longer.
    Unseen { peer: TransportId },
    /// A connection to `peer` is there; `dialled` is the address that led to it, if we dialled. Told anew whenever it
    /// changes whether all connections are relayed.
    Connected {
        peer: TransportId,
        dialled: Option<Multiaddr>,
        is_relayed: bool,
    },
    /// The last connection to `peer` is gone.
    Disconnected { peer: TransportId },
    /// At this address another answered than `peer`, who was dialled there; the dial fails for it.
    Misled {
        peer: TransportId,
        address: Multiaddr,
    },
    /// A dial that was due did not lead to a connection.
    DialFailed { peer: TransportId },
    /// Somebody is impatient: about one peer or all.
    RetryNow { peer: Option<TransportId> },
    /// This machine slept, or is in other networks: no wait makes sense any more, and connections may be dead.
    Woke,
}

/// A dial to start.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Dial {
    pub(super) peer: TransportId,
    /// What the cache knows, then what strangers say; may be empty.
    pub(super) addresses: Vec<Multiaddr>,
    pub(super) way: Way,
    /// Whether it is dialled, too, where it announces itself to be.
    pub(super) with_announced: bool,
}

/// What a dial is to lead to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// A connection, where there is none.
    Direct,
    /// One through a relay, or within this machine, where there is none.
    Detour,
    /// One where it is by what was learnt during another dial, where there is none.
    Beside,
    /// One in place of that through a relay, or of one that may be dead.
    Better,
}

/// See the module.
#[derive(Debug)]
pub(super) struct DialPolicy {
    own: TransportId,
    /// Whether strangers on the LAN are dialled.
    mesh: bool,
    kept: BTreeMap<TransportId, Kept>,
    jitter: Jitter,
}

impl DialPolicy {
    /// A policy without peers; `seed` spreads the retries of different devices.
    pub(super) fn new(own: TransportId, mesh: bool, seed: u64) -> Self {
        Self {
            own,
            mesh,
            kept: BTreeMap::new(),
            jitter: Jitter::new(seed),
        }
    }

    /// Takes note of what happened at `now`.
    pub(super) fn handle(&mut self, change: Change, now: Duration) {
        match change {
            Change::Keep {
                peer,
                addresses,
                connected,
            } => {
                self.keep(peer, addresses, connected, now);
            }
            Change::Found { peer, addresses } => self.found(peer, addresses, now),
            Change::Forget { peer } => {
                self.kept.remove(&peer);
            }
            Change::Unseen { peer } => self.unseen(peer),
            Change::Discovered { peer } => self.discovered(peer, now),
            Change::Connected {
                peer,
                dialled,
                is_relayed,
            } => self.connected(peer, dialled, is_relayed, now),
            Change::Disconnected { peer } => self.disconnected(peer, now),
            Change::Misled { peer, address } => self.misled(peer, &address),
            Change::DialFailed { peer } => self.failed(peer, now),
            Change::RetryNow { peer } => self.retry_now(peer, now),
            Change::Woke => self.woke(now),
        }
    }

    /// The dials to start at `now`, longest overdue first; each must be answered with
    /// [`Change::Connected`] or [`Change::DialFailed`].
    pub(super) fn due(&mut self, now: Duration) -> Vec<Dial> {
        let mut due: Vec<_> = self
            .kept
            .iter()
            .filter_map(|(peer, kept)| match kept.phase {
                Phase::Waiting { until } if until <= now => Some((until, *peer)),
                Phase::Waiting { .. } | Phase::Dialling { .. } | Phase::Connected { .. } => None,
            })
            .collect();
        due.sort_unstable();
        due.truncate(DIALS_MAX.saturating_sub(self.in_flight()));
        let mut dials: Vec<Dial> = self
            .kept
            .iter_mut()
            .flat_map(|(peer, kept)| std::iter::from_fn(move || kept.other_way(*peer, now)))
            .collect();
        dials.extend(
            due.into_iter()
                .filter_map(|(_, peer)| self.start(peer, now)),
        );
        dials
    }

    /// When [`due`](Self::due) has something new to say, if nothing else happens before.
    pub(super) fn next_at(&self) -> Option<Duration> {
        let is_full = self.in_flight() >= DIALS_MAX;
        self.kept
            .values()
            .filter_map(|kept| match kept.phase {
                Phase::Waiting { until } => Some(until).filter(|_| !is_full),
                Phase::Dialling {
                    detour_at,
                    beside_at,
                    ..
                } => detour_at.into_iter().chain(beside_at).min(),
                Phase::Connected {
                    direct_at,
                    again_at,
                    ..
                } => direct_at.into_iter().chain(again_at).min(),
            })
            .min()
    }

    /// Whether a dial of `peer` is not over.
    pub(super) fn is_dialling(&self, peer: TransportId) -> bool {
        let kept = self.kept.get(&peer);
        kept.is_some_and(|kept| matches!(kept.phase, Phase::Dialling { .. }))
    }

    /// Whether somebody wants a lasting connection to `peer`.
    pub(super) fn keeps(&self, peer: TransportId) -> bool {
        let kept = self.kept.get(&peer);
        kept.is_some_and(|kept| !kept.is_neighbour)
    }

    /// Whether `peer` is kept and not connected, and what is known of where it is led nowhere.
    pub(super) fn has_lost(&self, peer: TransportId) -> bool {
        let kept = self.kept.get(&peer).filter(|kept| !kept.is_neighbour);
        kept.is_some_and(|kept| {
            kept.failures >= LOST_AFTER && !matches!(kept.phase, Phase::Connected { .. })
        })
    }

    /// What the cache knows of `peer`, if it is kept.
    pub(super) fn addresses(&self, peer: TransportId) -> &[Multiaddr] {
        self.kept.get(&peer).map_or(&[], |kept| &kept.addresses)
    }

    fn in_flight(&self) -> usize {
        self.kept
            .values()
            .filter(|kept| matches!(kept.phase, Phase::Dialling { .. }))
            .count()
    }

    fn start(&mut self, peer: TransportId, now: Duration) -> Option<Dial> {
        let kept = self.kept.get_mut(&peer)?;
        let (direct, detours) = kept.ways();
        kept.phase = Phase::Dialling {
            in_flight: 1,
            detour_at: (!detours.is_empty()).then_some(now + DETOUR_DELAY),
            beside_at: None,
        };
        kept.dialled_at = Some(now);
        kept.announced = false;
        kept.news.clear();
        kept.is_beside = false;
        kept.is_misled = false;
        Some(Dial {
            peer,
            addresses: direct,
            way: Way::Direct,
            with_announced: !kept.misleads_nearby,
        })
    }

    fn keep(&mut self, peer: TransportId, news: Vec<Multiaddr>, connected: bool, now: Duration) {
        if peer == self.own {
            return;
        }
        let phase = if connected {
            Phase::Connected {
                since: now,
                direct_at: None,
                again_at: None,
            }
        } else {
            Phase::Waiting { until: now }
        };
        let kept = self.kept.entry(peer).or_insert(Kept::new(phase));
        kept.is_neighbour = false;
        let knew = kept.addresses.clone();
        merge(&mut kept.addresses, news);
        let learnt = not_in(&kept.addresses, &knew);
        let earliest = kept.earliest(now);
        match &mut kept.phase {
            Phase::Dialling { .. } => kept.told_meanwhile(learnt, now),
            Phase::Waiting { until } if !learnt.is_empty() => *until = now.min(*until),
            Phase::Connected {
                direct_at: Some(at),
                ..
            } if !learnt.is_empty() => *at = earliest.min(*at),
            Phase::Waiting { .. } | Phase::Connected { .. } => {}
        }
    }

    fn found(&mut self, peer: TransportId, news: Vec<Multiaddr>, now: Duration) {
        let Some(kept) = self.kept.get_mut(&peer) else {
            return;
        };
        let knew = [kept.addresses.as_slice(), &kept.found].concat();
        put_before(&mut kept.found, news, FOUND_PER_PEER_MAX);
        let learnt = not_in(&kept.found, &knew);
        match &mut kept.phase {
            Phase::Dialling { .. } => kept.told_meanwhile(learnt, now),
            Phase::Waiting { until } if !learnt.is_empty() => *until = now.min(*until),
            Phase::Waiting { .. } | Phase::Connected { .. } => {}
        }
    }

    fn discovered(&mut self, peer: TransportId, now: Duration) {
        let head_start = if self.own < peer {
            Duration::ZERO
        } else {
            DISCOVERY_HEAD_START
        };
        if self.mesh && peer != self.own && !self.kept.contains_key(&peer) {
            self.befriend(peer, now + head_start);
        }
        let Some(kept) = self.kept.get_mut(&peer) else {
            return;
        };
        kept.is_seen = true;
        let earliest = kept.earliest(now + head_start);
        let calm_at = kept.calm_at();
        match &mut kept.phase {
            Phase::Waiting { until } if earliest < *until => {
                *until = earliest;
                kept.hastened_at = Some(earliest);
            }
            Phase::Waiting { .. } => {}
            Phase::Dialling { .. } => {
                kept.announced = true;
                if !kept.misleads_nearby {
                    kept.dial_beside(calm_at.max(now + head_start));
                }
            }
            Phase::Connected { direct_at, .. } => {
                if let Some(at) = direct_at {
                    *at = earliest.min(*at);
                }
            }
        }
    }

    /// Has a stranger be dialled, if there are not too many.
    fn befriend(&mut self, peer: TransportId, until: Duration) {
        let neighbours = self.kept.values().filter(|kept| kept.is_neighbour);
        if neighbours.count() < NEIGHBOURS_MAX {
            let mut neighbour = Kept::new(Phase::Waiting { until });
            neighbour.is_neighbour = true;
            neighbour.is_seen = true;
            self.kept.insert(peer, neighbour);
        }
    }

    fn unseen(&mut self, peer: TransportId) {
        if let Some(kept) = self.kept.get_mut(&peer) {
            kept.is_seen = false;
        }
        let is_gone = self.kept.get(&peer).is_some_and(|kept| {
            kept.is_neighbour && !matches!(kept.phase, Phase::Connected { .. })
        });
        if is_gone {
            self.kept.remove(&peer);
        }
    }

    fn connected(
        &mut self,
        peer: TransportId,
        dialled: Option<Multiaddr>,
        is_relayed: bool,
        now: Duration,
    ) {
        let Some(kept) = self.kept.get_mut(&peer) else {
            return;
        };
        let since = match kept.phase {
            Phase::Connected { since, .. } => since,
            Phase::Dialling { .. } | Phase::Waiting { .. } => now,
        };
        let direct_at = is_relayed.then_some(now + DIRECT_INTERVAL);
        kept.phase = Phase::Connected {
            since,
            direct_at,
            again_at: None,
        };
        kept.trust_anew();
        merge(&mut kept.addresses, dialled.into_iter().collect());
    }

    fn misled(&mut self, peer: TransportId, address: &Multiaddr) {
        if let Some(kept) = self.kept.get_mut(&peer) {
            kept.misled(address);
        }
    }

    fn disconnected(&mut self, peer: TransportId, now: Duration) {
        let Some(kept) = self.kept.get_mut(&peer) else {
            return;
        };
        if kept.is_neighbour && !kept.is_seen {
            self.kept.remove(&peer);
            return;
        }
        if let Phase::Connected { since, .. } = kept.phase {
            if now.saturating_sub(since) >= STABLE_AFTER {
                kept.failures = 0;
            }
            kept.phase = Phase::Waiting {
                until: now + self.jitter.backoff(BACKOFF, kept.failures),
            };
            kept.failures = kept.failures.saturating_add(1);
        }
    }

    fn failed(&mut self, peer: TransportId, now: Duration) {
        let Some(kept) = self.kept.get_mut(&peer) else {
            return;
        };
        let calm_at = if kept.news.is_empty() {
            kept.calm_at()
        } else {
            now
        };
        if let Phase::Dialling {
            in_flight,
            detour_at,
            beside_at,
        } = &mut kept.phase
        {
            *in_flight = in_flight.saturating_sub(1);
            *detour_at = detour_at.map(|at| at.min(now));
            *beside_at = beside_at.map(|at| at.min(now.max(calm_at)));
            let is_more_due = detour_at.is_some() || beside_at.is_some_and(|at| at <= now);
            if *in_flight > 0 || is_more_due {
                return;
            }
        }
        if kept.is_neighbour && kept.failures >= NEIGHBOUR_FAILURES_MAX {
            // Another may have its place, and it may come back when it announces itself anew.
            self.kept.remove(&peer);
            return;
        }
        if let Phase::Dialling { .. } = kept.phase {
            if kept.is_misled {
                kept.phase = Phase::Waiting { until: now };
                return;
            }
            kept.trust_anew();
            let wait = self.jitter.backoff(BACKOFF, kept.failures);
            let has_news = !kept.news.is_empty();
            kept.phase = Phase::Waiting {
                until: if has_news { now } else { now + wait },
            };
            kept.failures = kept.failures.saturating_add(1);
            if kept.announced {
                self.discovered(peer, now);
            }
        }
    }

    fn woke(&mut self, now: Duration) {
        self.retry_now(None, now);
        let mut at = now;
        for kept in self.kept.values_mut() {
            if let Phase::Connected { again_at, .. } = &mut kept.phase {
                *again_at = Some(at);
                at += AGAIN_INTERVAL;
            }
        }
    }

    fn retry_now(&mut self, peer: Option<TransportId>, now: Duration) {
        let impatient_about = |id: &TransportId| peer.is_none_or(|peer| peer == *id);
        for (_, kept) in self.kept.iter_mut().filter(|(id, _)| impatient_about(id)) {
            if let Phase::Waiting { until } = &mut kept.phase {
                *until = now.min(*until);
                kept.failures = 0;
            }
        }
    }
}

/// Those of `addresses` that are not among those that were `known`.
fn not_in(addresses: &[Multiaddr], known: &[Multiaddr]) -> Vec<Multiaddr> {
    let news = addresses.iter().filter(|address| !known.contains(address));
    news.cloned().collect()
}

#[cfg(test)]
mod tests;
