//! Reach: where this device can be reached from other networks, by what others saw of it.
//!
//! ```text
//!   we dialled them, and they tell where they saw us --> observed --> candidates: worth a try
//!   the gateway says that it maps a port --> mapped --> hints: contacts elsewhere may try it
//!   somebody whom we had not dialled came by themselves --> came --> public: others get in
//! ```
//!
//! Sans-IO: what happened goes in with its time, what follows from it is asked for. Whoever we are connected to can
//! lie about what they saw: what two networks agree on counts, and what only one has said for want of more.
//!
//! Invariants
//! - An address is public only if somebody came to where it leads whom nothing of ours had let in: at an address of our
//!   own from one network, behind a translation of addresses from [`CAME_FROM_MIN`]. One that was before a restart is so
//!   for [`RECALLED_TIME`] more: whoever would come again waits to be told of it.
//! - Who is in a network of ours, or where we are connected or dialled, proves nothing.
//! - Of a network that we have left nothing is believed, nor what was seen [`OBSERVED_TIME`] ago.
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
/// Global addresses that were dialled within that time; beyond, whoever comes may have been dialled.
const DIALLED_MAX: usize = 4_096;
/// How long it counts what somebody saw; who is connected says it every five minutes.
const OBSERVED_TIME: Duration = Duration::from_secs(900);
/// How long after a start it counts where others got in before.
const RECALLED_TIME: Duration = Duration::from_hours(1);
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
    at: Duration,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Reach {
    listening: Vec<Multiaddr>,
    /// The latest first.
    observations: VecDeque<Observation>,
    /// Where the gateway says that it lets others in.
    mapped: Vec<Multiaddr>,
    came: BTreeMap<Door, BTreeSet<Block>>,
    dialled: BTreeMap<IpAddr, Duration>,
    /// Until then more was dialled than is remembered.
    forgot_until: Option<Duration>,
    /// Where others got in before this start.
    recalled: Vec<Multiaddr>,
}

impl Reach {
    /// Nothing is known yet, but that others got in at `recalled` until the last end.
    pub(super) fn new(recalled: Vec<Multiaddr>) -> Self {
        Self {
            recalled: address::few(recalled, ADDRESSES_MAX),
            ..Self::default()
        }
    }

    /// We listen on these addresses and no others.
    pub(super) fn listen(&mut self, addresses: Vec<Multiaddr>) {
        let before = homes(&self.listening);
        let now = homes(&addresses);
        for gone in before.difference(&now) {
            let is_v6 = gone.first.is_ipv6();
            self.observations.retain(|one| one.door.is_v6 != is_v6);
            self.came.retain(|door, _| door.is_v6 != is_v6);
        }
        self.listening = addresses;
    }

    /// Whom we dialled at `observer`, from where we listen, sees us at `observed`.
    pub(super) fn observed(&mut self, observer: &Multiaddr, observed: Multiaddr, now: Duration) {
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
            at: now,
        });
        self.observations.truncate(OBSERVATIONS_MAX);
    }

    /// The gateway lets others in at these addresses and no others, as it says. Who came another way proves nothing of
    /// them, nor who came by them of what others see.
    pub(super) fn map(&mut self, mapped: Vec<Multiaddr>) {
        let lists = [(&self.mapped, &mapped), (&mapped, &self.mapped)];
        let changed = lists.map(|(some, others)| {
            let changed = some.iter().filter(|one| !others.contains(one));
            changed.filter_map(Door::of).collect::<Vec<_>>()
        });
        for door in changed.into_iter().flatten() {
            self.came.remove(&door);
        }
        self.mapped = mapped;
    }

    /// We dial `ip`, or were connected with somebody there until now.
    pub(super) fn dialled(&mut self, ip: IpAddr, now: Duration) {
        if !address::is_global(ip) {
            return;
        }
        self.dialled.retain(|_, at| now < *at + DIALLED_TIME);
        if self.dialled.len() < DIALLED_MAX || self.dialled.contains_key(&ip) {
            self.dialled.insert(ip, now);
        } else {
            self.forgot_until = Some(now + DIALLED_TIME);
        }
    }

    /// Somebody came, where we had no connection, from `remote` to `local`.
    pub(super) fn came(&mut self, remote: &Multiaddr, local: &Multiaddr, now: Duration) {
        let ip = address::ip(remote).filter(|ip| address::is_global(*ip));
        let Some((ip, door)) = ip.zip(Door::of(local)) else {
            return;
        };
        let subnet = Block::subnet(ip);
        let own = self.listening.iter();
        let own = own.chain(self.observations.iter().map(|one| &one.observed));
        let own = own.chain(&self.mapped);
        if own.filter_map(address::ip).any(|own| subnet.contains(own)) {
            return;
        }
        let dialled = self.dialled.get(&ip);
        let may_be_let_in = dialled.is_some_and(|at| now < *at + DIALLED_TIME)
            || self.forgot_until.is_some_and(|until| now < until);
        let came = self.came.entry(door).or_default();
        if !may_be_let_in && came.len() < CAME_FROM_MAX {
            came.insert(subnet);
        }
    }

    /// Where others get in.
    pub(super) fn public(&self, now: Duration) -> Vec<Multiaddr> {
        let mut public = Vec::new();
        for (door, came) in self.came.iter().filter(|(_, came)| !came.is_empty()) {
            let own = self.listening.iter();
            let own = own.filter(|address| Door::of(address) == Some(*door));
            let own = own.filter(|address| address::ip(address).is_some_and(address::is_global));
            public.extend(own.cloned());
            if came.len() >= CAME_FROM_MIN {
                let mut mapped = self.hints(now);
                mapped.retain(|address| Door::of(address) == Some(*door));
                if mapped.is_empty() {
                    public.extend(self.seen(*door, now));
                } else {
                    public.extend(mapped);
                }
            }
        }
        if now < RECALLED_TIME {
            // Not by the word of a gateway.
            let seen: Vec<Multiaddr> = self.all_seen(now).collect();
            let ours = self.listening.iter().chain(&seen);
            public.extend(ours.filter(|own| self.recalled.contains(own)).cloned());
        }
        address::few(public, ADDRESSES_MAX)
    }

    /// Where others may get in, by the word of the gateway, which nothing speaks against.
    pub(super) fn hints(&self, now: Duration) -> Vec<Multiaddr> {
        let mapped = self.mapped.iter().filter(|mapped| {
            let (Some(door), ip) = (Door::of(mapped), address::ip(mapped)) else {
                return false;
            };
            let is_own = self.listening.iter().any(|own| address::ip(own) == ip);
            let seen = self.of(door, now).map(|one| address::ip(&one.observed));
            let (here, elsewhere): (Vec<_>, Vec<_>) = seen.partition(|seen| *seen == ip);
            is_own || !here.is_empty() || elsewhere.len() < CAME_FROM_MIN
        });
        address::few(mapped.cloned(), ADDRESSES_MAX)
    }

    /// Where others may get in if we knock at theirs at the same time: at our own addresses that all could use, though
    /// nobody has come yet, and where others see us.
    pub(super) fn candidates(&self, now: Duration) -> Vec<Multiaddr> {
        let own = self.listening.iter();
        let own = own.filter(|own| address::ip(own).is_some_and(address::is_global));
        let seen = self.all_seen(now).chain(self.hints(now));
        address::few(own.cloned().chain(seen), ADDRESSES_MAX)
    }

    fn all_seen(&self, now: Duration) -> impl Iterator<Item = Multiaddr> {
        let doors: BTreeSet<Door> = self.observations.iter().map(|one| one.door).collect();
        doors
            .into_iter()
            .filter_map(move |door| self.seen(door, now))
    }

    /// What stands between us and others, as far as is known: over QUIC and IPv4, which most routers translate.
    pub(super) fn nat(&self, now: Duration) -> Nat {
        let door = Door {
            is_quic: true,
            is_v6: false,
        };
        let count = self.of(door, now).count();
        let Some((seen, agreed)) = self.agreed(door, now) else {
            return Nat::Unknown;
        };
        if address::ip(seen).is_some_and(|ip| own(&self.listening).any(|own| own == ip)) {
            Nat::None
        } else if agreed >= CAME_FROM_MIN {
            Nat::Cone
        } else if count >= CAME_FROM_MIN {
            Nat::Symmetric
        } else {
            Nat::Unknown
        }
    }

    fn of(&self, door: Door, now: Duration) -> impl Iterator<Item = &Observation> {
        let all = self.observations.iter();
        all.filter(move |one| one.door == door && now < one.at + OBSERVED_TIME)
    }

    /// At which address the most networks see us who come in by `door`, and how many.
    fn agreed(&self, door: Door, now: Duration) -> Option<(&Multiaddr, usize)> {
        let mut counts: BTreeMap<&Multiaddr, usize> = BTreeMap::new();
        for one in self.of(door, now) {
            *counts.entry(&one.observed).or_default() += 1;
        }
        counts.into_iter().max_by_key(|(_, count)| *count)
    }

    /// The address at which others see us who come in by `door`: which two networks agree on, or, over QUIC, which the
    /// only one says; a dial over TCP may have another port than we listen on.
    fn seen(&self, door: Door, now: Duration) -> Option<Multiaddr> {
        let (seen, agreed) = self.agreed(door, now)?;
        let is_only = door.is_quic && self.of(door, now).count() == 1;
        (is_only || agreed >= CAME_FROM_MIN).then(|| seen.clone())
    }
}

/// The networks in which we are, by where we listen. Of IPv4 the address stands for its network, as private ones have
/// the same numbers everywhere; of IPv6 a machine changes its address within one again and again.
pub(super) fn homes(listening: &[Multiaddr]) -> BTreeSet<Block> {
    own(listening).map(Block::host).collect()
}

/// Our addresses that are of a network.
fn own(listening: &[Multiaddr]) -> impl Iterator<Item = IpAddr> {
    let ips = listening.iter().filter_map(address::ip);
    ips.map(|ip| ip.to_canonical()).filter(|ip| match ip {
        IpAddr::V4(ip) => !(ip.is_loopback() || ip.is_link_local()),
        IpAddr::V6(ip) => !(ip.is_loopback() || ip.is_unicast_link_local()),
    })
}

#[cfg(test)]
mod tests;
