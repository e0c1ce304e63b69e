//! The interfaces of this machine and what addresses they have, as the system lists them at the moment.
//!
//! Invariants
//! - Nothing is sent to find any of it.

use std::collections::BTreeSet;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

use super::crowd::Block;

/// Bits that all addresses of a local network share, at least; what claims to be wider is no such network.
const SUBNET_BITS_MIN_V4: u8 = 16;
/// The same of IPv6: a site is given no more (RFC 6177).
const SUBNET_BITS_MIN_V6: u8 = 48;

/// One address of an interface; an interface may have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Interface {
    /// The system's number of the interface, which changes from start to start.
    pub(super) index: u32,
    pub(super) ip: IpAddr,
    /// How many bits all addresses share that need no router.
    pub(super) bits: u8,
}

impl Interface {
    /// The network that it is in, if that is a local one.
    fn subnet(self) -> Option<Block> {
        let min = match self.ip {
            IpAddr::V4(_) => SUBNET_BITS_MIN_V4,
            IpAddr::V6(_) => SUBNET_BITS_MIN_V6,
        };
        (self.bits >= min).then(|| Block::new(self.ip, u32::from(self.bits)))
    }

    /// Its address, if that is of use in this interface's network alone.
    fn link_local(self) -> Option<(u32, Ipv6Addr)> {
        match self.ip {
            IpAddr::V6(ip) if ip.is_unicast_link_local() => Some((self.index, ip)),
            IpAddr::V4(_) | IpAddr::V6(_) => None,
        }
    }
}

/// All addresses of all interfaces that are up.
///
/// # Errors
/// What the system says.
fn present() -> io::Result<Vec<Interface>> {
    let listed = if_addrs::get_if_addrs()?.into_iter();
    let present = listed.filter_map(|one| {
        let bits = match &one.addr {
            if_addrs::IfAddr::V4(v4) => v4.prefixlen,
            if_addrs::IfAddr::V6(v6) => v6.prefixlen,
        };
        let (index, ip) = (one.index?, one.ip());
        Some(Interface { index, ip, bits })
    });
    Ok(present.collect())
}

/// The addresses of this machine; none if the system does not say.
pub(crate) fn addresses() -> BTreeSet<IpAddr> {
    listed().into_iter().map(|one| one.ip).collect()
}

/// The address from which this machine would send there now; `None` if it cannot.
pub(super) fn source(to: SocketAddr) -> Option<IpAddr> {
    let any: IpAddr = match to {
        SocketAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect(to).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// The local networks that this machine is in; none if the system does not say.
pub(super) fn subnets() -> Vec<Block> {
    listed().into_iter().filter_map(Interface::subnet).collect()
}

/// The interfaces that have an IPv6 address for their own network, each with that; none if the system does not say.
pub(super) fn with_link_local() -> Vec<(u32, Ipv6Addr)> {
    let listed = listed().into_iter();
    let mut links: Vec<_> = listed.filter_map(Interface::link_local).collect();
    links.sort_unstable();
    links.dedup_by_key(|(index, _)| *index);
    links
}

fn listed() -> Vec<Interface> {
    present().unwrap_or_else(|error| {
        tracing::warn!(%error, "the system does not list its interfaces");
        Vec::new()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_as_wide_as_may_be_is_local_and_a_wider_one_is_not() {
        let subnet = |ip: &str, bits| {
            let ip = ip.parse().unwrap();
            let index = 1;
            Interface { index, ip, bits }.subnet()
        };
        let near = subnet("45.0.1.1", SUBNET_BITS_MIN_V4).unwrap();
        assert!(near.contains("45.0.255.1".parse().unwrap()));
        assert!(!near.contains("45.1.0.1".parse().unwrap()));
        assert_eq!(subnet("45.0.1.1", SUBNET_BITS_MIN_V4 - 1), None);
        let near = subnet("2620:fe:1::1", SUBNET_BITS_MIN_V6).unwrap();
        assert!(near.contains("2620:fe:1:ffff::1".parse().unwrap()));
        assert!(!near.contains("2620:fe:2::1".parse().unwrap()));
        assert_eq!(subnet("2620:fe:1::1", SUBNET_BITS_MIN_V6 - 1), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn every_interface_with_an_address_of_its_link_is_found() {
        // One address a line: its digits, then the number of the interface (proc(5)).
        let known = std::fs::read_to_string("/proc/net/if_inet6").unwrap_or_default();
        let of_links = known.lines().filter(|line| line.starts_with("fe80"));
        let known = of_links.filter_map(|line| line.split_whitespace().nth(1));
        let known: BTreeSet<u32> = known
            .map(|digits| u32::from_str_radix(digits, 16).unwrap())
            .collect();
        let found = with_link_local().into_iter().map(|(index, _)| index);
        assert_eq!(found.collect::<BTreeSet<_>>(), known);
    }

    #[test]
    fn what_the_system_lists_can_be_bound() {
        for (index, ip) in with_link_local() {
            let address = std::net::SocketAddrV6::new(ip, 0, 0, index);
            // One that the system is still asking others about cannot be, yet.
            if let Err(error) = UdpSocket::bind(address) {
                assert_eq!(error.kind(), io::ErrorKind::AddrNotAvailable, "{address}");
            }
        }
        let loopback: IpAddr = [127, 0, 0, 1].into();
        let is_there = UdpSocket::bind((loopback, 0)).is_ok();
        assert_eq!(addresses().contains(&loopback), is_there);
        for address in addresses() {
            // One of a single interface needs to be told which.
            if !matches!(address, IpAddr::V6(ip) if ip.is_unicast_link_local()) {
                let bound = UdpSocket::bind((address, 0));
                let failure = bound.err().map(|error| error.kind());
                assert!(
                    failure.is_none_or(|kind| kind == io::ErrorKind::AddrNotAvailable),
                    "{address}"
                );
            }
        }
    }

    #[test]
    fn the_way_within_this_machine_is_from_where_it_goes_to() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        assert_eq!(source((loopback, 9).into()), Some(loopback));
    }

    #[test]
    fn there_is_no_way_to_what_is_no_host() {
        // For everybody, which a program has to ask for the right to.
        assert_eq!(source((Ipv4Addr::BROADCAST, 9).into()), None);
    }
}
