//! Addresses inside an invite code: as many as fit, in seven to twenty-one bytes each.
//!
//! ```text
//! kind | IPv4 or IPv6 | port [| TCP port]
//! ```
//!
//! Invariants
//! - QUIC and TCP of one host share an entry.
//! - What does not fit, or is neither a plain QUIC or TCP address nor a circuit through a relay at one, is left out; the
//!   order is the caller's, but that one relay comes first and the others last.
//! - Of a relay its address alone is said: whoever answers there may carry.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::fmt;

const END: u8 = 0;
const IPV6: u8 = 0b1000;
const RELAY: u8 = 0b1_0000;
const QUIC: u8 = 1;
const TCP: u8 = 2;
const BOTH: u8 = 3;
const BOTH_ON_TWO_PORTS: u8 = 4;

/// What a code says of where to go, as multiaddr text.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Places {
    /// Where the inviter is.
    pub(super) own: Vec<String>,
    /// Where others are who hold a place for the inviter.
    pub(super) relays: Vec<String>,
}

/// One host, and the ports it listens on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Host {
    is_relay: bool,
    ip: IpAddr,
    quic: Option<u16>,
    tcp: Option<u16>,
}

/// Packs what fits of `addresses` into `bytes`, the first ones first.
pub(super) fn pack(addresses: &[String], bytes: usize) -> Vec<u8> {
    let mut packed = Vec::new();
    for host in hosts(addresses) {
        let quic_alone = Host { tcp: None, ..host };
        let tcp_alone = Host { quic: None, ..host };
        let fitting = [host, quic_alone, tcp_alone]
            .into_iter()
            .filter_map(Host::to_bytes)
            .find(|entry| packed.len().saturating_add(entry.len()) <= bytes);
        packed.extend(fitting.unwrap_or_default());
    }
    packed.resize(bytes, END);
    packed
}

/// Unpacks addresses; stops at the end, and at the first entry of an unknown kind.
pub(super) fn unpack(mut packed: &[u8]) -> Places {
    let mut places = Places::default();
    while let Some((host, rest)) = Host::split(packed) {
        let (is_relay, ip) = (host.is_relay, host.ip);
        let ports = [(host.quic, true), (host.tcp, false)].into_iter();
        let addresses = ports.filter_map(|(port, quic)| {
            let port = port?;
            let address = Address {
                is_relay,
                ip,
                port,
                quic,
            };
            Some(address.to_string())
        });
        if is_relay {
            places.relays.extend(addresses);
        } else {
            places.own.extend(addresses);
        }
        packed = rest;
    }
    places
}

fn hosts(addresses: &[String]) -> Vec<Host> {
    let mut hosts: Vec<Host> = Vec::new();
    for address in addresses.iter().filter_map(|text| Address::parse(text)) {
        let Address {
            is_relay,
            ip,
            port,
            quic,
        } = address;
        let free = |host: &&mut Host| {
            (host.is_relay, host.ip) == (is_relay, ip)
                && if quic {
                    host.quic.is_none()
                } else {
                    host.tcp.is_none()
                }
        };
        let (new_quic, new_tcp) = if quic {
            (Some(port), None)
        } else {
            (None, Some(port))
        };
        match hosts.iter_mut().find(free) {
            Some(host) if quic => host.quic = new_quic,
            Some(host) => host.tcp = new_tcp,
            None => hosts.push(Host {
                is_relay,
                ip,
                quic: new_quic,
                tcp: new_tcp,
            }),
        }
    }
    let first = hosts.iter().position(|host| host.is_relay);
    let first = first.map(|first| hosts.remove(first));
    hosts.sort_by_key(|host| host.is_relay);
    hosts.splice(0..0, first);
    hosts
}

impl Host {
    fn to_bytes(self) -> Option<Vec<u8>> {
        let (kind, port, second) = match (self.quic, self.tcp) {
            (Some(quic), Some(tcp)) if quic == tcp => (BOTH, quic, None),
            (Some(quic), Some(tcp)) => (BOTH_ON_TWO_PORTS, quic, Some(tcp)),
            (Some(quic), None) => (QUIC, quic, None),
            (None, Some(tcp)) => (TCP, tcp, None),
            (None, None) => return None,
        };
        let kind = if self.is_relay { kind | RELAY } else { kind };
        let mut bytes = Vec::new();
        match self.ip {
            IpAddr::V4(ip) => {
                bytes.push(kind);
                bytes.extend(ip.octets());
            }
            IpAddr::V6(ip) => {
                bytes.push(kind | IPV6);
                bytes.extend(ip.octets());
            }
        }
        bytes.extend(port.to_be_bytes());
        bytes.extend(second.into_iter().flat_map(u16::to_be_bytes));
        Some(bytes)
    }

    fn split(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (kind, rest) = bytes.split_first()?;
        let (ip, rest) = if kind & IPV6 == 0 {
            let (octets, rest) = rest.split_first_chunk::<4>()?;
            (IpAddr::V4(Ipv4Addr::from(*octets)), rest)
        } else {
            let (octets, rest) = rest.split_first_chunk::<16>()?;
            (IpAddr::V6(Ipv6Addr::from(*octets)), rest)
        };
        let (port, rest) = rest.split_first_chunk::<2>()?;
        let port = u16::from_be_bytes(*port);
        let (quic, tcp, rest) = match kind & !(IPV6 | RELAY) {
            QUIC => (Some(port), None, rest),
            TCP => (None, Some(port), rest),
            BOTH => (Some(port), Some(port), rest),
            BOTH_ON_TWO_PORTS => {
                let (second, rest) = rest.split_first_chunk::<2>()?;
                (Some(port), Some(u16::from_be_bytes(*second)), rest)
            }
            _ => return None,
        };
        let is_relay = kind & RELAY != 0;
        Some((
            Self {
                is_relay,
                ip,
                quic,
                tcp,
            },
            rest,
        ))
    }
}

/// A multiaddr of one of the two transports, or of a relay's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Address {
    is_relay: bool,
    ip: IpAddr,
    port: u16,
    quic: bool,
}

impl Address {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('/')?.split('/');
        let ip = match parts.next()? {
            "ip4" => IpAddr::V4(parts.next()?.parse().ok()?),
            "ip6" => IpAddr::V6(parts.next()?.parse().ok()?),
            _ => return None,
        };
        let (transport, port) = (parts.next()?, parts.next()?.parse().ok()?);
        let quic = match transport {
            "udp" if parts.next()? == "quic-v1" => true,
            "tcp" => false,
            _ => return None,
        };
        // Anything further (a peer id, websockets) would be lost: such an address does not fit, except for the
        // peer id, which the transport hint stands for, and that of a relay, whose address is of use without.
        let is_relay = match [parts.next(), parts.next(), parts.next(), parts.next()] {
            [None, ..] | [Some("p2p"), Some(_), None, _] => false,
            [Some("p2p"), Some(_), Some("p2p-circuit"), None] => true,
            _ => return None,
        };
        Some(Self {
            is_relay,
            ip,
            port,
            quic,
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "/ip4/{ip}")?,
            IpAddr::V6(ip) => write!(f, "/ip6/{ip}")?,
        }
        if self.quic {
            write!(f, "/udp/{}/quic-v1", self.port)
        } else {
            write!(f, "/tcp/{}", self.port)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn places(addresses: &[&str], bytes: usize) -> Places {
        let addresses: Vec<_> = addresses.iter().map(|text| (*text).to_owned()).collect();
        let packed = pack(&addresses, bytes);
        assert_eq!(packed.len(), bytes);
        unpack(&packed)
    }

    fn round_trip(addresses: &[&str], bytes: usize) -> Vec<String> {
        let places = places(addresses, bytes);
        assert_eq!(places.relays, Vec::<String>::new());
        places.own
    }

    #[test]
    fn one_relay_comes_before_and_others_after_where_the_inviter_is() {
        let all = [
            "/ip4/45.0.1.1/udp/4001/quic-v1/p2p/x/p2p-circuit",
            "/ip4/45.0.2.1/tcp/4002/p2p/y/p2p-circuit",
            "/ip4/192.168.1.7/udp/4001/quic-v1",
            "/ip4/192.168.1.7/tcp/4002",
        ];
        let relays = ["/ip4/45.0.1.1/udp/4001/quic-v1", "/ip4/45.0.2.1/tcp/4002"];
        let of = |own: &[&str], relays: &[&str]| Places {
            own: own.iter().map(|text| (*text).to_owned()).collect(),
            relays: relays.iter().map(|text| (*text).to_owned()).collect(),
        };
        assert_eq!(places(&all, 23), of(&all[2..], &relays));
        assert_eq!(places(&all, 19), of(&all[2..], &relays[..1]));
        assert_eq!(places(&all, 7), of(&[], &relays[..1]));
        // One host may be both.
        let both = [
            "/ip4/45.0.1.1/tcp/1/p2p/x/p2p-circuit",
            "/ip4/45.0.1.1/tcp/1",
        ];
        assert_eq!(places(&both, 14), of(&both[1..], &both[1..]));
    }

    #[test]
    fn two_hosts_with_two_ports_each_fit_nineteen_bytes() {
        let all = [
            "/ip4/192.168.1.7/udp/4001/quic-v1",
            "/ip4/192.168.1.7/tcp/4002",
            "/ip4/203.0.113.9/udp/4001/quic-v1",
            "/ip4/203.0.113.9/tcp/4002",
        ];
        assert_eq!(round_trip(&all, 19), all);
    }

    #[test]
    fn one_ipv6_host_fits_nineteen_bytes_and_two_do_not() {
        let both = [
            "/ip6/2001:db8::7/udp/4001/quic-v1",
            "/ip6/2001:db8::7/tcp/4001",
            "/ip6/2001:db8::8/tcp/4001",
        ];
        assert_eq!(round_trip(&both, 19), both[..2]);
        let two_ports = [
            "/ip6/2001:db8::7/udp/4001/quic-v1",
            "/ip6/2001:db8::7/tcp/4002",
        ];
        assert_eq!(round_trip(&two_ports, 19), two_ports[..1]);
    }

    #[test]
    fn what_does_not_fit_makes_room_for_what_does() {
        let addresses = [
            "/ip4/192.168.1.7/tcp/4002",
            "/ip6/2001:db8::7/udp/4001/quic-v1",
            "/ip4/203.0.113.9/tcp/4002",
        ];
        assert_eq!(round_trip(&addresses, 19), [addresses[0], addresses[2]]);
        assert_eq!(round_trip(&addresses, 7), addresses[..1]);
        assert!(round_trip(&addresses, 6).is_empty());
    }

    #[test]
    fn other_kinds_of_addresses_are_left_out() {
        let foreign = [
            "/dns4/example.org/tcp/1",
            "/ip4/192.0.2.1/udp/1",
            "/ip4/192.0.2.1/tcp/70000",
            "/ip4/192.0.2.1/tcp/1/ws",
            "/ip4/192.0.2.1/tcp/1/p2p/x/p2p-circuit/p2p/y",
            "/ip4/192.0.2.1/tcp/1/p2p-circuit",
            "/ip4/300.0.2.1/tcp/1",
            "",
        ];
        assert!(round_trip(&foreign, 100).is_empty());
        let named = ["/ip4/192.0.2.1/tcp/1/p2p/x"];
        assert_eq!(round_trip(&named, 7), ["/ip4/192.0.2.1/tcp/1"]);
    }

    proptest! {
        #[test]
        fn any_bytes_unpack_to_addresses_that_pack_again(packed in prop::collection::vec(any::<u8>(), 0..64)) {
            let Places { own, relays } = unpack(&packed);
            let circuits = relays.iter().map(|relay| format!("{relay}/p2p/x/p2p-circuit"));
            let all: Vec<String> = own.iter().cloned().chain(circuits).collect();
            let again = unpack(&pack(&all, 1024));
            prop_assert_eq!((again.own.len(), again.relays.len()), (own.len(), relays.len()));
        }

        #[test]
        fn any_text_packs_within_its_room(text: String, bytes in 0..40_usize) {
            prop_assert_eq!(pack(&[text], bytes).len(), bytes);
        }
    }
}
