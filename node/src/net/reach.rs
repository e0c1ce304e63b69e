//! Reach: where this device can be reached from other networks, by what others saw of it.
//!
//! ```text
//!   we dialled them, and they tell where they saw us --> observed --> candidates: worth a try
//!   somebody whom we had not dialled came by themselves --> came --> public: others get in
//! ```
//!
//! Sans-IO: what happened goes in with its time, what follows from it is asked for. Whoever we are connected to can
//! lie about what they saw; what follows from a lie is a dial of others that leads nowhere.
//!
//! Invariants
//! - An address is public only if somebody came to where it leads whom nothing of ours had let in: at an address of our
//!   own from one network, behind a translation of addresses from [`CAME_FROM_MIN`].
//! - Of a network that we have left nothing is believed.
//! - What is remembered is bounded, whatever is observed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::IpAddr;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;

use super::address;
use super::crowd::Block;

/// Observations that are remembered; the latest stay.
const OBSERVATIONS_MAX: usize = 16;
/// Networks of which it is remembered that somebody came from there, for each way in.
const CAME_FROM_MAX: usize = 8;
/// From so many networks somebody has to come before what others see of us is believed to let anybody in.
const CAME_FROM_MIN: usize = 2;
/// So long after we dialled an address a router may let in what comes from there.
const DIALLED_TIME: Duration = Duration::from_secs(300);
/// Addresses that were dialled within that time; beyond, whoever comes may have been dialled.
const DIALLED_MAX: usize = 256;
/// Addresses of ours that others are told, of each kind.
const ADDRESSES_MAX: usize = 4;

/// How a router between us and others treats ports, by what others saw (RFC 4787, section 4.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Nat {
    /// Too few have said what they saw.
    #[default]
    Unknown,
    /// None: others see an address that this device has.
    None,
    /// The same address and port is seen from everywhere, which lets two such devices meet.
    Cone,
    /// Everybody sees another port, so that a relay is needed.
    Symmetric,
}

/// A way in: what carries it, and which family of addresses. We listen on one port of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Door {
    is_quic: bool,
    is_v6: bool,
}

impl Door {
    fn of(address: &Multiaddr) -> Option<Self> {
        if address::is_circuit(address) {
            return None;
        }
        let is_v6 = address::ip(address)?.is_ipv6();
        let is_quic = address.iter().any(|part| part == Part::QuicV1);
        Some(Self { is_quic, is_v6 })
    }
}

#[derive(Debug)]
struct Observation {
    door: Door,
    observed: Multiaddr,
    observer: Block,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Reach {
    listening: Vec<Multiaddr>,
    /// The latest first.
    observations: VecDeque<Observation>,
    came: BTreeMap<Door, BTreeSet<Block>>,
    dialled: BTreeMap<IpAddr, Duration>,
    /// Until then more was dialled than is remembered.
    forgot_until: Option<Duration>,
}

impl Reach {
    /// We listen on these addresses and no others.
    pub(super) fn listen(&mut self, addresses: Vec<Multiaddr>) {
        let ips = |addresses: &[Multiaddr]| -> BTreeSet<IpAddr> {
            addresses.iter().filter_map(address::ip).collect()
        };
        if ips(&self.listening) != ips(&addresses) {
            self.observations.clear();
            self.came.clear();
        }
        self.listening = addresses;
    }

    /// Whom we dialled at `observer`, from where we listen, sees us at `observed`.
    pub(super) fn observed(&mut self, observer: &Multiaddr, observed: Multiaddr) {
        let Some(door) = Door::of(observer) else {
            return;
        };
        let is_usable = Door::of(&observed) == Some(door)
            && address::can_be_dialled(&observed)
            && address::ip(&observed).is_some_and(address::is_global);
        let Some(ip) = address::ip(observer).filter(|ip| is_usable && address::is_global(*ip))
        else {
            return;
        };
        let observer = Block::subnet(ip);
        self.observations
            .retain(|other| (other.door, other.observer) != (door, observer));
        self.observations.push_front(Observation {
            door,
            observed,
            observer,
        });
        self.observations.truncate(OBSERVATIONS_MAX);
    }

    /// We dial `ip`.
    pub(super) fn dialled(&mut self, ip: IpAddr, now: Duration) {
        self.dialled.retain(|_, at| now < *at + DIALLED_TIME);
        if self.dialled.len() < DIALLED_MAX || self.dialled.contains_key(&ip) {
            self.dialled.insert(ip, now);
        } else {
            self.forgot_until = Some(now + DIALLED_TIME);
        }
    }

    /// Somebody with whom we had no connection came from `remote` to `local`.
    pub(super) fn came(&mut self, remote: &Multiaddr, local: &Multiaddr, now: Duration) {
        let ip = address::ip(remote).filter(|ip| address::is_global(*ip));
        let Some((ip, door)) = ip.zip(Door::of(local)) else {
            return;
        };
        let dialled = self.dialled.get(&ip);
        let may_be_let_in = dialled.is_some_and(|at| now < *at + DIALLED_TIME)
            || self.forgot_until.is_some_and(|until| now < until);
        let came = self.came.entry(door).or_default();
        if !may_be_let_in && came.len() < CAME_FROM_MAX {
            came.insert(Block::subnet(ip));
        }
    }

    /// Where others get in.
    pub(super) fn public(&self) -> Vec<Multiaddr> {
        let mut public = Vec::new();
        for (door, came) in self.came.iter().filter(|(_, came)| !came.is_empty()) {
            let own = self.listening.iter();
            let own = own.filter(|address| Door::of(address) == Some(*door));
            let own = own.filter(|address| address::ip(address).is_some_and(address::is_global));
            public.extend(own.cloned());
            if came.len() >= CAME_FROM_MIN {
                public.extend(self.seen(*door));
            }
        }
        few(public)
    }

    /// Where others see us, and may get in if we knock at theirs at the same time.
    pub(super) fn candidates(&self) -> Vec<Multiaddr> {
        let doors: BTreeSet<Door> = self.observations.iter().map(|one| one.door).collect();
        few(doors.into_iter().flat_map(|door| self.seen(door)).collect())
    }

    /// What stands between us and others, as far as is known: over QUIC and IPv4, which most routers translate.
    pub(super) fn nat(&self) -> Nat {
        let door = Door {
            is_quic: true,
            is_v6: false,
        };
        let seen: Vec<&Observation> = self.of(door).collect();
        let Some(latest) = seen.first() else {
            return Nat::Unknown;
        };
        let ips: BTreeSet<IpAddr> = self.listening.iter().filter_map(address::ip).collect();
        if address::ip(&latest.observed).is_some_and(|ip| ips.contains(&ip)) {
            return Nat::None;
        }
        match self.seen(door).len() {
            1 if seen.len() >= CAME_FROM_MIN => Nat::Cone,
            0 => Nat::Symmetric,
            _ => Nat::Unknown,
        }
    }

    fn of(&self, door: Door) -> impl Iterator<Item = &Observation> {
        self.observations.iter().filter(move |one| one.door == door)
    }

    /// The one address at which all see us who come in by `door`; none if everybody sees another, or, over TCP, where a
    /// dial may have another port than we listen on, if only one has seen it.
    fn seen(&self, door: Door) -> Vec<Multiaddr> {
        let seen: BTreeSet<&Multiaddr> = self.of(door).map(|one| &one.observed).collect();
        let is_believed = door.is_quic || self.of(door).count() >= CAME_FROM_MIN;
        let only = seen.first().filter(|_| seen.len() == 1 && is_believed);
        only.map(|address| (*address).clone()).into_iter().collect()
    }
}

/// Each address once, and not too many.
fn few(mut addresses: Vec<Multiaddr>) -> Vec<Multiaddr> {
    let mut kept = BTreeSet::new();
    addresses.retain(|address| kept.insert(address.clone()));
    addresses.truncate(ADDRESSES_MAX);
    addresses
}

#[cfg(test)]
mod tests;
