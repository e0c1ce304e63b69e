//! The gateway: the router behind which this device is, and this device's address there, as the system has them.
//!
//! Linux tells them in files. Where these are not, there is no gateway, and nobody is asked for anything.
//!
//! Invariants
//! - A gateway is in a network inside, and this device's own address there is what translation or a wall shields: no
//!   global IPv4 address, a global and lasting IPv6 one.
//! - What goes to the internet goes through it. Where that goes through a tunnel, the gateway below it is not ours to
//!   ask: it would tell where the tunnel begins.
//! - Nothing is sent to find it, and at most [`TABLE_BYTES_MAX`] of a file are read.

use std::fs::File;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};

use crate::net::address;
use crate::net::interfaces::source;

/// Where gateways are asked by PCP (RFC 6887, section 19) and NAT-PMP.
const PORT: u16 = 5351;
/// Where they are asked by UPnP (UPnP Device Architecture 2.0, section 1.3).
const SEARCH_PORT: u16 = 1900;
/// Some routers have all networks of the world in such a file; a way out is among the first.
const TABLE_BYTES_MAX: u64 = 1 << 20;
const V4_ROUTES: &str = "/proc/net/route";
const V6_ROUTES: &str = "/proc/net/ipv6_route";
const V6_ADDRESSES: &str = "/proc/net/if_inet6";
/// Addresses that nobody has (RFC 5737, RFC 3849), to see where the way to anybody begins.
const ANYBODY_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const ANYBODY_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
/// Of a route: it is up and leads to a gateway.
const TO_GATEWAY: u32 = 0x3;
/// Of a route: it leads nowhere.
const REJECTED: u32 = 0x200;
/// Of an IPv6 address: it is temporary, or not in use.
const NOT_LASTING: u32 = 0x01 | 0x08 | 0x20 | 0x40;

/// Where a router is asked for ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Gateway {
    /// By PCP and NAT-PMP.
    pub(super) mapper: SocketAddr,
    /// By UPnP: where it says where it describes itself.
    pub(super) search: SocketAddr,
}

impl Gateway {
    /// At `mapper`, and at the port beside it which is for UPnP.
    fn at(mapper: SocketAddr) -> Self {
        let mut search = mapper;
        search.set_port(SEARCH_PORT);
        Self { mapper, search }
    }
}

/// A way out: through whom, and from which address of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Route {
    pub(super) gateway: Gateway,
    pub(super) own: IpAddr,
}

/// The ways out of this device that a gateway could open to others.
pub(super) fn routes() -> Vec<Route> {
    v4_route().into_iter().chain(v6_route()).collect()
}

fn v4_route() -> Option<Route> {
    let gateway = v4_gateway(&read(V4_ROUTES)?)?;
    let own = source(SocketAddr::from((gateway, PORT)))?;
    let is_way_out = source(SocketAddr::from((ANYBODY_V4, PORT)))? == own;
    let is_inside = is_inside(gateway.into()) && !address::is_global(own);
    (is_way_out && is_inside).then_some(Route {
        gateway: Gateway::at(SocketAddr::from((gateway, PORT))),
        own,
    })
}

fn v6_route() -> Option<Route> {
    let routes = read(V6_ROUTES)?;
    let (gateway, interface) = v6_gateway(&routes)?;
    let table = read(V6_ADDRESSES)?;
    let here: Vec<V6Address> = v6_addresses(&table, interface).collect();
    let source = source(SocketAddr::from((ANYBODY_V6, PORT)))?;
    here.iter().find(|one| one.ip == source)?;
    let mut lasting = here.iter().filter(|one| one.is_lasting);
    let own = lasting.find(|one| address::is_global(one.ip.into()))?;
    is_inside(gateway.into()).then_some(Route {
        gateway: Gateway::at(SocketAddrV6::new(gateway, PORT, 0, own.interface).into()),
        own: own.ip.into(),
    })
}

fn is_inside(ip: IpAddr) -> bool {
    !(address::is_global(ip) || ip.is_loopback() || ip.is_unspecified() || ip.is_multicast())
}

fn read(path: &str) -> Option<String> {
    Some(table(File::open(path).ok()?))
}

/// As much of it as is looked at.
fn table(file: impl Read) -> String {
    let mut bytes = Vec::new();
    // What was read until it fails is read.
    let _ = file.take(TABLE_BYTES_MAX).read_to_end(&mut bytes);
    String::from_utf8_lossy(&bytes).into_owned()
}

fn hex(text: &str) -> Option<u32> {
    u32::from_str_radix(text, 16).ok()
}

fn v6(text: &str) -> Option<Ipv6Addr> {
    let bits = u128::from_str_radix(text, 16).ok()?;
    (text.len() == 32).then_some(Ipv6Addr::from(bits))
}

/// The router of the way to everywhere that the system likes best.
fn v4_gateway(routes: &str) -> Option<Ipv4Addr> {
    let gateways = routes.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [_, destination, gateway, flags, _, _, metric, mask, ..] = fields.as_slice() else {
            return None;
        };
        let flags = hex(flags)?;
        let is_way = hex(destination)? == 0
            && hex(mask)? == 0
            && flags & TO_GATEWAY == TO_GATEWAY
            && flags & REJECTED == 0;
        // As this machine keeps it in memory.
        let gateway = Ipv4Addr::from(hex(gateway)?.to_ne_bytes());
        is_way.then_some((metric.parse::<u32>().ok()?, gateway))
    });
    let (_, gateway) = gateways.min_by_key(|(metric, _)| *metric)?;
    Some(gateway)
}

/// The same for IPv6, and the interface that it is at.
fn v6_gateway(routes: &str) -> Option<(Ipv6Addr, &str)> {
    let gateways = routes.lines().filter_map(|line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [
            destination,
            length,
            _,
            _,
            gateway,
            metric,
            _,
            _,
            flags,
            interface,
        ] = fields.as_slice()
        else {
            return None;
        };
        let flags = hex(flags)?;
        let is_way = v6(destination)?.is_unspecified()
            && hex(length)? == 0
            && flags & TO_GATEWAY == TO_GATEWAY
            && flags & REJECTED == 0;
        is_way.then_some((hex(metric)?, v6(gateway)?, *interface))
    });
    let (_, gateway, interface) = gateways.min_by_key(|(metric, ..)| *metric)?;
    Some((gateway, interface))
}

/// An address of this device, and the number of the interface that has it.
#[derive(Debug, PartialEq, Eq)]
struct V6Address {
    ip: Ipv6Addr,
    interface: u32,
    is_lasting: bool,
}

/// The addresses of an interface.
fn v6_addresses<'a>(table: &'a str, interface: &'a str) -> impl Iterator<Item = V6Address> + 'a {
    table.lines().filter_map(move |line| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let [ip, number, _, _, flags, name] = fields.as_slice() else {
            return None;
        };
        let address = V6Address {
            ip: v6(ip)?,
            interface: hex(number)?,
            is_lasting: hex(flags)? & NOT_LASTING == 0,
        };
        (*name == interface).then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    /// An address as a line of a little-endian machine's file has it.
    fn written(ip: [u8; 4]) -> String {
        format!("{:08X}", u32::from_ne_bytes(ip))
    }

    fn v4_line(destination: [u8; 4], gateway: [u8; 4], flags: &str, metric: u32) -> String {
        let mask = if destination == [0; 4] {
            "00000000"
        } else {
            "00FFFFFF"
        };
        let (destination, gateway) = (written(destination), written(gateway));
        format!("wlan0\t{destination}\t{gateway}\t{flags}\t0\t0\t{metric}\t{mask}\t0\t0\t0  ")
    }

    #[test]
    fn the_gateway_is_that_of_the_way_to_everywhere_which_costs_least() {
        let head =
            "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT  ";
        let lines = [
            head.to_owned(),
            v4_line([0; 4], [10, 0, 0, 1], "0003", 600),
            v4_line([0; 4], [192, 168, 1, 1], "0003", 100),
            v4_line([0; 4], [0; 4], "0001", 0),
            v4_line([0; 4], [192, 168, 9, 9], "0203", 0),
            v4_line([192, 168, 1, 0], [0; 4], "0001", 0),
            v4_line([10, 9, 0, 0], [192, 168, 1, 7], "0003", 0),
        ];
        let found = v4_gateway(&lines.join("\n"));
        assert_eq!(found, Some([192, 168, 1, 1].into()));
        assert_eq!(v4_gateway(head), None);
        assert_eq!(v4_gateway("nonsense\n\0 \u{fffd}"), None);
    }

    const ROUTES: &str = "\
20010db8000000000000000000000000 40 00000000000000000000000000000000 00 00000000000000000000000000000000 00000100 00000001 00000000 00000001 wlan0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 wlan0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 fe800000000000000000000000000002 00000258 00000001 00000000 00000003 eth0
00000000000000000000000000000000 00 00000000000000000000000000000000 00 00000000000000000000000000000000 ffffffff 00000001 00000000 00200200 lo
";

    const ADDRESSES: &str = "\
00000000000000000000000000000001 01 80 10 80 lo
fe800000000000000000000000000005 0a 40 20 80 eth0
262000fe000000000000000000000007 0a 40 00 01 eth0
262000fe000000000000000000000005 0a 40 00 00 eth0
262000fe000000000000000000000006 0b 40 00 00 wlan0
";

    #[test]
    fn over_ipv6_the_interface_is_told_too() {
        let gateway = "fe80::2".parse().unwrap();
        assert_eq!(v6_gateway(ROUTES), Some((gateway, "eth0")));
        let nowhere: Vec<&str> = ROUTES.lines().filter(|line| line.ends_with("lo")).collect();
        assert_eq!(v6_gateway(&nowhere.join("\n")), None);
        assert_eq!(v6_gateway("0 0 0 0 0 0 0 0 0 0"), None);
    }

    #[test]
    fn an_address_that_lasts_is_told_from_one_that_does_not() {
        let found: Vec<V6Address> = v6_addresses(ADDRESSES, "eth0").collect();
        let expected = [
            ("fe80::5", true),
            ("2620:fe::7", false),
            ("2620:fe::5", true),
        ];
        let expected = expected.map(|(ip, is_lasting)| V6Address {
            ip: ip.parse().unwrap(),
            interface: 10,
            is_lasting,
        });
        assert_eq!(found, expected);
    }

    #[test]
    fn only_a_router_inside_is_asked() {
        for (ip, expected) in [
            ("192.168.1.1", true),
            ("10.0.0.1", true),
            ("100.64.0.1", true),
            ("fe80::1", true),
            ("45.0.2.1", false),
            ("2620:fe::1", false),
            ("127.0.0.1", false),
            ("0.0.0.0", false),
        ] {
            assert_eq!(is_inside(ip.parse().unwrap()), expected, "{ip}");
        }
    }

    #[test]
    fn of_a_long_file_as_much_is_read_as_may_be_and_not_one_byte_more() {
        for bytes in [TABLE_BYTES_MAX, TABLE_BYTES_MAX + 1] {
            let read = table(io::repeat(b' ').take(bytes));
            assert_eq!(u64::try_from(read.len()).unwrap(), TABLE_BYTES_MAX);
        }
    }

    #[test]
    fn what_this_machine_says_is_read_whatever_it_is() {
        for route in routes() {
            assert!(is_inside(route.gateway.mapper.ip()), "{route:?}");
            assert_eq!(route.gateway.search.ip(), route.gateway.mapper.ip());
        }
    }
}
