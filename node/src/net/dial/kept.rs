//! Somebody whom the policy keeps: where they may be, which of that is dialled next, and how it stands.
//!
//! Invariants
//! - Where another answered is left out until all else has failed, too.

use std::time::Duration;

use libp2p::Multiaddr;
use tidings_protocol::id::TransportId;

use super::{ADDRESSES_PER_PEER_MAX, BESIDE_DELAY, DIRECT_INTERVAL, DISCOVERY_HASTE, Dial, Way};
use crate::net::address;

/// How it stands with one peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    Connected {
        since: Duration,
        /// When to try to get on without a relay, if there is nothing else.
        direct_at: Option<Duration>,
        /// When to connect once more, as what there is may be dead.
        again_at: Option<Duration>,
    },
    Dialling {
        in_flight: u32,
        /// When to try it through a relay, or within this machine, as well, if that is still to be done.
        detour_at: Option<Duration>,
        /// When to try it where it is by what was learnt meanwhile, if anything was.
        beside_at: Option<Duration>,
    },
    Waiting {
        until: Duration,
    },
}

/// Somebody to whom a connection is wanted.
#[derive(Debug)]
pub(super) struct Kept {
    /// Whether it is a stranger who happens to be near.
    pub(super) is_neighbour: bool,
    /// Whether it announces itself.
    pub(super) is_seen: bool,
    pub(super) addresses: Vec<Multiaddr>,
    /// Where strangers say that it is, the latest first.
    pub(super) found: Vec<Multiaddr>,
    pub(super) phase: Phase,
    pub(super) failures: u32,
    pub(super) dialled_at: Option<Duration>,
    /// When the last dial begins, or began, that an announcement caused.
    pub(super) hastened_at: Option<Duration>,
    /// Whether it announced itself since the last dial began.
    pub(super) announced: bool,
    /// Where it is by what was told since the last dial began, the latest first.
    pub(super) news: Vec<Multiaddr>,
    /// Whether what was learnt during the dial that is in flight was dialled beside it: once for each, as whoever says one
    /// thing after the other would keep that from ever being over, and begun anew.
    pub(super) is_beside: bool,
    /// At which of its addresses another answered, until all else has failed, too.
    misleading: Vec<Multiaddr>,
    /// Whether another answered where it announces itself, until all else has failed, too.
    pub(super) misleads_nearby: bool,
    /// Whether another answered since the last dial began, and something else is left.
    pub(super) is_misled: bool,
}

impl Kept {
    /// What is known of where it is, then what strangers say, each once, and nothing that led to another.
    pub(super) fn dialled(&self) -> Vec<Multiaddr> {
        let mut all = self.addresses.clone();
        let found = self.found.iter();
        all.extend(found.filter(|one| !self.addresses.contains(one)).cloned());
        all.retain(|address| !self.misleading.contains(address));
        all
    }

    /// When somebody else's word has it dialled, at `at` or later: not so often as they like.
    pub(super) fn earliest(&self, at: Duration) -> Duration {
        let dialled_at = self.dialled_at;
        dialled_at.map_or(at, |dialled_at| at.max(dialled_at + DISCOVERY_HASTE))
    }

    /// Has what is learnt during a dial be dialled beside it, at `at` or later: that dial is to come about by itself if it
    /// can.
    pub(super) fn dial_beside(&mut self, at: Duration) {
        let begun = self.dialled_at.map(|dialled_at| dialled_at + BESIDE_DELAY);
        let at = begun.map_or(at, |begun| at.max(begun));
        if let Phase::Dialling { beside_at, .. } = &mut self.phase
            && !self.is_beside
        {
            *beside_at = Some(beside_at.map_or(at, |other| at.min(other)));
        }
    }

    /// Notes where it is by what is told during a dial.
    pub(super) fn told_meanwhile(&mut self, news: Vec<Multiaddr>, now: Duration) {
        if !news.is_empty() {
            merge(&mut self.news, news);
            self.dial_beside(now);
        }
    }

    /// When announcements may cause a dial again.
    pub(super) fn calm_at(&self) -> Duration {
        let hastened_at = self.hastened_at;
        hastened_at.map_or(Duration::ZERO, |at| at + DISCOVERY_HASTE)
    }

    /// Notes that another answered at an address.
    pub(super) fn misled(&mut self, address: &Multiaddr) {
        if self.dialled().contains(address) {
            self.misleading.push(address.clone());
        } else if !self.misleads_nearby {
            // What is announced is not kept here.
            self.misleads_nearby = true;
            if let Phase::Dialling { beside_at, .. } = &mut self.phase
                && self.news.is_empty()
            {
                *beside_at = None;
            }
        } else {
            return;
        }
        self.is_misled = !self.dialled().is_empty();
    }

    /// Has all of its addresses be dialled again.
    pub(super) fn trust_anew(&mut self) {
        self.misleading.clear();
        self.misleads_nearby = false;
        self.is_misled = false;
    }

    /// The addresses that are dialled first, and those that are detours.
    pub(super) fn ways(&self) -> (Vec<Multiaddr>, Vec<Multiaddr>) {
        let mut direct = self.dialled();
        let detours = address::split_off_detours(&mut direct);
        (direct, detours)
    }

    /// The dial of another way that is due beside what there is.
    pub(super) fn other_way(&mut self, peer: TransportId, now: Duration) -> Option<Dial> {
        // What was learnt may be due before what was announced, which anybody can forge, may cause a dial again.
        let is_announced = self.announced && !self.misleads_nearby && self.calm_at() <= now;
        let way = match &mut self.phase {
            Phase::Dialling {
                in_flight,
                detour_at,
                beside_at,
            } => {
                let way = if beside_at.take_if(|at| *at <= now).is_some() {
                    self.dialled_at = Some(now);
                    if is_announced {
                        self.hastened_at = Some(now);
                        self.announced = false;
                    }
                    self.is_beside = true;
                    Way::Beside
                } else {
                    detour_at.take_if(|at| *at <= now)?;
                    Way::Detour
                };
                *in_flight = in_flight.saturating_add(1);
                way
            }
            Phase::Connected {
                direct_at,
                again_at,
                ..
            } => {
                let is_again = again_at.take_if(|at| *at <= now).is_some();
                match direct_at.as_mut().filter(|at| **at <= now) {
                    Some(at) => *at = now + DIRECT_INTERVAL,
                    None if is_again => {}
                    None => return None,
                }
                self.dialled_at = Some(now);
                Way::Better
            }
            Phase::Waiting { .. } => return None,
        };
        let (direct, detours) = self.ways();
        let addresses = match way {
            Way::Detour => detours,
            Way::Beside => {
                let mut news = std::mem::take(&mut self.news);
                news.retain(|address| !self.misleading.contains(address));
                news
            }
            Way::Direct | Way::Better => direct,
        };
        Some(Dial {
            peer,
            addresses,
            way,
            with_announced: match way {
                Way::Detour => false,
                Way::Beside => is_announced,
                Way::Direct | Way::Better => true,
            },
        })
    }

    /// Somebody whom nobody has dialled yet.
    pub(super) const fn new(phase: Phase) -> Self {
        Self {
            is_neighbour: false,
            is_seen: false,
            addresses: Vec::new(),
            found: Vec::new(),
            phase,
            failures: 0,
            dialled_at: None,
            hastened_at: None,
            announced: false,
            news: Vec::new(),
            is_beside: false,
            misleading: Vec::new(),
            misleads_nearby: false,
            is_misled: false,
        }
    }
}

/// Puts `news` before what is `known`, each address once, the oldest dropped beyond the limits.
pub(super) fn merge(known: &mut Vec<Multiaddr>, news: Vec<Multiaddr>) {
    put_before(known, news, ADDRESSES_PER_PEER_MAX);
}

/// The same, with another limit.
pub(super) fn put_before(known: &mut Vec<Multiaddr>, news: Vec<Multiaddr>, most: usize) {
    for address in news.into_iter().take(most).rev() {
        known.retain(|other| *other != address);
        known.insert(0, address);
    }
    address::retain_few_per_host(known);
    known.truncate(most);
}
