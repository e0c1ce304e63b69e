//! Shares: what an inbound connection takes a part of while it is being made, and how many there
//! may be of each.

use std::collections::BTreeMap;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;

/// Inbound connections that are being made, over UDP or over TCP: of strangers, where kept peers
/// are, and of this machine, so many each.
pub(super) const PENDING_MAX: usize = 512;
/// Of them, those of one host.
pub(super) const PENDING_PER_HOST_MAX: usize = 4;
/// Of strangers', those of one IPv4 subnet.
pub(super) const PENDING_PER_V4_SUBNET_MAX: usize = 64;
/// Of strangers', those of one IPv6 subnet.
pub(super) const PENDING_PER_V6_SUBNET_MAX: usize = 32;

/// What carries a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Carrier {
    /// Anybody can write any source on a packet, until the handshake is through.
    Udp,
    /// The source has answered. What runs within this process counts here.
    Tcp,
}

impl Carrier {
    pub(super) fn of(address: &Multiaddr) -> Self {
        if address.iter().any(|part| matches!(part, Part::Udp(_))) {
            Self::Udp
        } else {
            Self::Tcp
        }
    }
}

/// Who shares a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Machine,
    Kept,
    Others,
}

/// Addresses whose first bits are the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::net) struct Block {
    pub(in crate::net) first: IpAddr,
    pub(in crate::net) last: IpAddr,
    bits: u32,
}

impl Block {
    /// The addresses whose first `bits` are those of `ip`.
    pub(in crate::net) fn new(ip: IpAddr, bits: u32) -> Self {
        let (first, last) = match ip {
            IpAddr::V4(ip) => {
                let rest = u32::MAX.checked_shr(bits).unwrap_or(0);
                let first = Ipv4Addr::from_bits(ip.to_bits() & !rest);
                let last = Ipv4Addr::from_bits(ip.to_bits() | rest);
                (first.into(), last.into())
            }
            IpAddr::V6(ip) => {
                let rest = u128::MAX.checked_shr(bits).unwrap_or(0);
                let first = Ipv6Addr::from_bits(ip.to_bits() & !rest);
                let last = Ipv6Addr::from_bits(ip.to_bits() | rest);
                (first.into(), last.into())
            }
        };
        Self { first, last, bits }
    }

    /// Nothing but `ip`.
    pub(in crate::net) fn whole(ip: IpAddr) -> Self {
        Self::new(ip, if ip.is_ipv4() { 32 } else { 128 })
    }

    pub(in crate::net) fn host(ip: IpAddr) -> Self {
        match ip {
            IpAddr::V6(v6) if !v6.is_unicast_link_local() => Self::new(ip, 64),
            IpAddr::V4(_) | IpAddr::V6(_) => Self::whole(ip),
        }
    }

    pub(in crate::net) fn subnet(ip: IpAddr) -> Self {
        Self::new(ip, if ip.is_ipv4() { 24 } else { 56 })
    }

    /// What one holder is given of the internet at most, without much ado: an IPv4 /24, an IPv6 /48 (RFC 6177).
    pub(in crate::net) fn site(ip: IpAddr) -> Self {
        Self::new(ip, if ip.is_ipv4() { 24 } else { 48 })
    }

    pub(in crate::net) fn contains(&self, ip: IpAddr) -> bool {
        self.first <= ip && ip <= self.last
    }
}

impl fmt::Display for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            write!(f, "{}", self.first)
        } else {
            write!(f, "{}/{}", self.first, self.bits)
        }
    }
}

/// What a connection that is being made takes a part of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Share {
    Budget(Carrier, Group),
    Host(Carrier, Block),
    Subnet(Carrier, Block),
}

impl Share {
    pub(super) fn limit(self) -> usize {
        match self {
            Self::Budget(..) => PENDING_MAX,
            Self::Host(..) => PENDING_PER_HOST_MAX,
            Self::Subnet(_, block) if block.first.is_ipv4() => PENDING_PER_V4_SUBNET_MAX,
            Self::Subnet(..) => PENDING_PER_V6_SUBNET_MAX,
        }
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Budget(carrier, Group::Machine) => write!(f, "this machine over {carrier:?}"),
            Self::Budget(carrier, Group::Kept) => write!(f, "kept peers over {carrier:?}"),
            Self::Budget(carrier, Group::Others) => write!(f, "strangers over {carrier:?}"),
            Self::Host(carrier, block) | Self::Subnet(carrier, block) => {
                write!(f, "{block} over {carrier:?}")
            }
        }
    }
}

/// How many there are of each; what there is none of is not listed.
#[derive(Debug)]
pub(super) struct Tally<K>(pub(super) BTreeMap<K, usize>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(BTreeMap::new())
    }
}

impl<K: Ord> Tally<K> {
    pub(super) fn add(&mut self, key: K) {
        let count = self.0.entry(key).or_default();
        *count = count.saturating_add(1);
    }

    pub(super) fn remove(&mut self, key: &K) {
        if let Some(count) = self.0.get_mut(key) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.0.remove(key);
            }
        }
    }

    pub(super) fn count(&self, key: &K) -> usize {
        self.0.get(key).copied().unwrap_or(0)
    }

    /// Whether there is any of `first` to `last`.
    pub(super) fn any(&self, first: K, last: K) -> bool {
        self.0.range(first..=last).next().is_some()
    }
}
