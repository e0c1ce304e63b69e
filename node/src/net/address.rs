//! Addresses and peers as libp2p names them, turned into our own types and back.
//!
//! Invariants
//! - A [`TransportId`] and the Ed25519 `PeerId` made of it are one to one; other keys have none.
//! - An address that leaves [`parse`] can be dialled: QUIC or TCP over a specified IP address with
//!   a port, the memory transport, or a circuit through a relay at such an address. It carries no `/p2p` part at its end.
//! - An address of one link that says of which (`/ip6zone/<number of the interface>/ip6/fe80::..`) is dialled over TCP,
//!   as libp2p's own transports have no place for that; nobody else can tell us one.

mod ip;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddrV6};

use libp2p::identity::{PublicKey, ed25519};
use libp2p::multiaddr::Protocol as Part;
use libp2p::{Multiaddr, PeerId};
use tidings_protocol::domain::Domain;
use tidings_protocol::id::TransportId;

pub(crate) use self::ip::is_global;
pub(super) use self::ip::is_local;
use super::Path;

/// Multihash code of "identity": the digest is the key itself.
const IDENTITY_MULTIHASH: u64 = 0;
/// Addresses of one host that are dialled: an invite or a contact cannot make us knock at all its
/// ports.
pub(super) const ADDRESSES_PER_HOST_MAX: usize = 4;

/// The libp2p name of `peer`; `None` if its bytes are no Ed25519 public key.
pub(super) fn peer_id(peer: TransportId) -> Option<PeerId> {
    let key = ed25519::PublicKey::try_from_bytes(peer.as_bytes()).ok()?;
    Some(PublicKey::from(key).to_peer_id())
}

/// Our name of `peer`; `None` if it is not an Ed25519 key.
pub(super) fn transport_id(peer: &PeerId) -> Option<TransportId> {
    let multihash = peer.as_ref();
    if multihash.code() != IDENTITY_MULTIHASH {
        return None;
    }
    let key = PublicKey::try_decode_protobuf(multihash.digest()).ok()?;
    Some(TransportId::new(key.try_into_ed25519().ok()?.to_bytes()))
}

/// What an invite says of a transport id when it has no room for all of it.
pub(super) fn hint(peer: TransportId) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h, ..] = Domain::TransportHint.hash(&[peer.as_bytes()]);
    [a, b, c, d, e, f, g, h]
}

/// Whether an address is one of QUIC or TCP on an interface, and nothing more: any port, also one that is to be chosen.
pub(super) fn is_of_a_way_in(address: &Multiaddr) -> bool {
    let parts: Vec<Part<'_>> = address.iter().collect();
    matches!(
        parts.as_slice(),
        [Part::Ip4(_) | Part::Ip6(_), Part::Tcp(_)]
            | [Part::Ip4(_) | Part::Ip6(_), Part::Udp(_), Part::QuicV1]
    )
}

/// An address that can be dialled, and the peer that it names, if it names one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) address: Multiaddr,
    pub(super) peer: Option<PeerId>,
}

/// Reads an address that came from a peer, an invite or a file.
pub(super) fn parse(text: &str) -> Option<Target> {
    target(text.parse().ok()?)
}

/// Those of `texts`, which a file of ours holds, that can be dialled.
pub(super) fn all(texts: &[String]) -> Vec<Multiaddr> {
    let parsed = texts.iter().filter_map(|text| parse(text));
    parsed.map(|target| target.address).collect()
}

/// Separates the peer from `address`; `None` if we could not dial it.
pub(super) fn target(mut address: Multiaddr) -> Option<Target> {
    let peer = match address.iter().last() {
        Some(Part::P2p(peer)) => {
            address.pop();
            Some(peer)
        }
        Some(_) => None,
        None => return None,
    };
    can_be_dialled(&address).then_some(Target { address, peer })
}

/// How a connection over `address` reaches the other side.
pub(super) fn path(address: &Multiaddr) -> Path {
    if is_circuit(address) {
        return Path::Relayed;
    }
    if ip(address).is_some_and(is_global) {
        Path::Direct
    } else {
        Path::Lan
    }
}

/// The address as people and other modules see it, without the peer's id.
pub(super) fn display(address: &Multiaddr) -> String {
    let mut address = address.clone();
    if let Some(Part::P2p(_)) = address.iter().last() {
        address.pop();
    }
    address.to_string()
}

/// Whether it goes through a relay.
pub(super) fn is_circuit(address: &Multiaddr) -> bool {
    address.iter().any(|part| part == Part::P2pCircuit)
}

/// Who is the relay through which it goes, if it goes through one.
pub(super) fn relay(address: &Multiaddr) -> Option<TransportId> {
    let mut relay = None;
    for part in address.iter() {
        if let Part::P2p(peer) = part {
            relay = Some(peer);
        } else if part == Part::P2pCircuit {
            return transport_id(&relay?);
        }
    }
    None
}

/// Takes out of `addresses` what is tried second: circuits, and those of this machine if there are others. Most who tell
/// them are elsewhere, and libp2p tries its addresses one after the other; whoever is here has others here as well.
pub(super) fn split_off_detours(addresses: &mut Vec<Multiaddr>) -> Vec<Multiaddr> {
    let (mut detours, direct): (Vec<_>, Vec<_>) =
        std::mem::take(addresses).into_iter().partition(is_circuit);
    let (here, elsewhere): (Vec<_>, Vec<_>) = direct.into_iter().partition(is_loopback);
    if elsewhere.is_empty() {
        *addresses = here;
    } else {
        *addresses = elsewhere;
        detours.extend(here);
    }
    detours
}

/// Whether we could dial it: the shapes that the module names.
pub(super) fn can_be_dialled(address: &Multiaddr) -> bool {
    if zone(address).is_some() {
        return zoned(address).is_some_and(|(_, is_whole)| is_whole);
    }
    let mut parts = address.iter();
    let specified = match parts.next() {
        Some(Part::Ip4(ip)) => !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast(),
        Some(Part::Ip6(ip)) => !ip.is_unspecified() && !ip.is_multicast(),
        Some(Part::Memory(port)) => return port != 0 && parts.next().is_none(),
        Some(_) | None => false,
    };
    let transport = match parts.next() {
        Some(Part::Udp(port)) => port != 0 && parts.next() == Some(Part::QuicV1),
        Some(Part::Tcp(port)) => port != 0,
        Some(_) | None => false,
    };
    let ends = match parts.next() {
        Some(Part::P2p(_)) => parts.next() == Some(Part::P2pCircuit) && parts.next().is_none(),
        Some(_) => false,
        None => true,
    };
    specified && transport && ends
}

/// The interface that `address` names, as the system numbers it.
fn zone(address: &Multiaddr) -> Option<u32> {
    match address.iter().next() {
        Some(Part::Ip6zone(zone)) => Some(zone.parse().unwrap_or(0)),
        Some(_) | None => None,
    }
}

/// Where an address of one link is dialled over TCP, which says of which; and whether that is all of it.
pub(super) fn zoned(address: &Multiaddr) -> Option<(SocketAddrV6, bool)> {
    let zone = zone(address).filter(|zone| *zone != 0)?;
    let mut parts = address.iter().skip(1);
    let (Some(Part::Ip6(ip)), Some(Part::Tcp(port))) = (parts.next(), parts.next()) else {
        return None;
    };
    let is_there = ip.is_unicast_link_local() && port != 0;
    is_there.then(|| (SocketAddrV6::new(ip, port, 0, zone), parts.next().is_none()))
}

/// Whether it is an address of this machine alone.
pub(super) fn is_loopback(address: &Multiaddr) -> bool {
    ip(address).is_some_and(|ip| ip.to_canonical().is_loopback())
}

/// Whether somebody wants nothing but this machine to be listened to; that no network is up is none of it.
pub(super) fn all_of_this_machine(listen: &[String]) -> bool {
    let is_here = |text: &String| text.parse().is_ok_and(|own| is_loopback(&own));
    !listen.is_empty() && listen.iter().all(is_here)
}

/// Whether we dial `address` because a peer or an invite says so. On this machine that is QUIC,
/// which a program that does not speak it ignores; a stream to it only if `loopback`. Addresses of one link are where
/// clouds keep what no stranger may ask for, and do not say of which; neighbours there are found by mDNS and beacons.
pub(super) fn may_be_told(address: &Multiaddr, loopback: bool) -> bool {
    if zone(address).is_some() {
        return false;
    }
    match ip(address).map(|ip| ip.to_canonical()) {
        Some(ip) if ip.is_loopback() => loopback || address.iter().any(|part| part == Part::QuicV1),
        Some(IpAddr::V4(ip)) => {
            let [network, ..] = ip.octets();
            network != 0 && !(ip.is_multicast() || ip.is_broadcast() || ip.is_link_local())
        }
        Some(IpAddr::V6(ip)) => {
            !(ip.is_unspecified() || ip.is_multicast() || ip.is_unicast_link_local())
        }
        // Within this process.
        None => true,
    }
}

/// The first `most` of these, each once; as addresses, or as they are shown.
pub(super) fn few<T: PartialEq>(addresses: impl IntoIterator<Item = T>, most: usize) -> Vec<T> {
    let mut few = Vec::new();
    for address in addresses {
        if few.len() < most && !few.contains(&address) {
            few.push(address);
        }
    }
    few
}

/// Leaves the first [`ADDRESSES_PER_HOST_MAX`] addresses of each host.
pub(super) fn retain_few_per_host(addresses: &mut Vec<Multiaddr>) {
    addresses.retain(few_per_host());
}

/// Asked about one address after the other: whether it is among the first
/// [`ADDRESSES_PER_HOST_MAX`] of its host.
pub(super) fn few_per_host() -> impl FnMut(&Multiaddr) -> bool {
    let mut seen: BTreeMap<IpAddr, usize> = BTreeMap::new();
    move |address| {
        let Some(ip) = ip(address) else { return true };
        let count = seen.entry(ip.to_canonical()).or_default();
        *count += 1;
        *count <= ADDRESSES_PER_HOST_MAX
    }
}

pub(super) fn ip(address: &Multiaddr) -> Option<IpAddr> {
    let mut parts = address.iter();
    let first = parts.find(|part| !matches!(part, Part::Ip6zone(_)));
    match first {
        Some(Part::Ip4(ip)) => Some(IpAddr::V4(ip)),
        Some(Part::Ip6(ip)) => Some(IpAddr::V6(ip)),
        Some(_) | None => None,
    }
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn of_several_the_first_few_are_left_and_each_once() {
        assert_eq!(few([1, 2, 1, 3, 2, 4], 3), [1, 2, 3]);
        assert_eq!(few([1, 1], 3), [1]);
    }

    proptest! {
        #[test]
        fn transport_id_and_peer_id_round_trip(mut secret: [u8; 32]) {
            let public = Keypair::ed25519_from_bytes(&mut secret).unwrap().public();
            let peer = public.to_peer_id();
            let transport = transport_id(&peer).unwrap();
            prop_assert_eq!(peer_id(transport), Some(peer));
        }

        #[test]
        fn any_text_parses_or_is_refused(text: String) {
            let _ = parse(&text);
        }

        #[test]
        fn any_bytes_are_a_peer_or_none(bytes: [u8; 32]) {
            if let Some(peer) = peer_id(TransportId::new(bytes)) {
                prop_assert_eq!(transport_id(&peer), Some(TransportId::new(bytes)));
            }
        }
    }

    #[test]
    fn a_peer_id_of_another_kind_has_no_transport_id() {
        assert_eq!(transport_id(&PeerId::random()), None);
    }

    #[test]
    fn the_peer_is_taken_off_an_address() {
        let peer = Keypair::generate_ed25519().public().to_peer_id();
        let target = parse(&format!("/ip4/192.168.1.2/udp/4001/quic-v1/p2p/{peer}")).unwrap();
        assert_eq!(target.peer, Some(peer));
        assert_eq!(
            target.address.to_string(),
            "/ip4/192.168.1.2/udp/4001/quic-v1"
        );
    }

    #[test]
    fn addresses_that_cannot_be_dialled_are_refused() {
        for text in [
            "",
            "/ip4/0.0.0.0/tcp/4001",
            "/ip4/1.2.3.4/tcp/0",
            "/ip4/1.2.3.4/udp/4001",
            "/ip4/224.0.0.251/udp/5353/quic-v1",
            "/ip6/::/udp/4001/quic-v1",
            "/dns4/example.org/tcp/4001",
            "/ip4/1.2.3.4/tcp/4001/ws",
            "/memory/0",
            "1.2.3.4:4001",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_circuit_is_dialled_through_a_relay_at_an_address_and_through_one_alone() {
        let [relay, other] = [1, 2].map(|key| {
            let key = Keypair::ed25519_from_bytes([key; 32].as_mut()).unwrap();
            key.public().to_peer_id()
        });
        let circuit = format!("/ip4/9.9.9.9/udp/4001/quic-v1/p2p/{relay}/p2p-circuit");
        let target = parse(&circuit).unwrap();
        assert_eq!(
            (target.address.to_string(), target.peer),
            (circuit.clone(), None)
        );
        let named = parse(&format!("{circuit}/p2p/{other}")).unwrap();
        assert_eq!(
            (named.address.to_string(), named.peer),
            (circuit.clone(), Some(other))
        );
        for text in [
            format!("/p2p/{relay}/p2p-circuit"),
            "/ip4/9.9.9.9/tcp/1/p2p-circuit".to_owned(),
            format!("{circuit}/p2p/{other}/p2p-circuit"),
            format!("/ip4/0.0.0.0/tcp/1/p2p/{relay}/p2p-circuit"),
            format!("/ip4/9.9.9.9/tcp/1/p2p/{relay}/p2p/{other}"),
        ] {
            assert_eq!(parse(&text), None, "{text}");
        }
        for through in [circuit.clone(), format!("{circuit}/p2p/{other}")] {
            assert_eq!(
                super::relay(&through.parse().unwrap()),
                transport_id(&relay)
            );
        }
        let direct: Multiaddr = "/ip4/9.9.9.9/tcp/1".parse().unwrap();
        for without in [direct.clone(), direct.clone().with(Part::P2p(other))] {
            assert_eq!(super::relay(&without), None);
        }
        let mut addresses = vec![target.address.clone(), direct.clone()];
        assert_eq!(split_off_detours(&mut addresses), [target.address]);
        assert_eq!(addresses, [direct]);
    }

    #[test]
    fn an_address_of_one_link_is_dialled_over_tcp_where_it_says_of_which_and_is_told_by_nobody() {
        let peer = Keypair::ed25519_from_bytes([1; 32].as_mut()).unwrap();
        let peer = peer.public().to_peer_id();
        let text = "/ip6zone/3/ip6/fe80::1/tcp/4001";
        let target = parse(&format!("{text}/p2p/{peer}")).unwrap();
        assert_eq!(
            (target.address.to_string(), target.peer),
            (text.to_owned(), Some(peer))
        );
        assert_eq!(ip(&target.address), Some("fe80::1".parse().unwrap()));
        assert_eq!(path(&target.address), Path::Lan);
        assert!(!may_be_told(&target.address, true));
        let expected = SocketAddrV6::new("fe80::1".parse().unwrap(), 4_001, 0, 3);
        assert_eq!(zoned(&target.address), Some((expected, true)));
        for text in [
            "/ip6zone/0/ip6/fe80::1/tcp/1",
            "/ip6zone/eth0/ip6/fe80::1/tcp/1",
            "/ip6zone/3/ip6/fd00::1/tcp/1",
            "/ip6zone/3/ip6/fe80::1/tcp/0",
            "/ip6zone/3/ip6/fe80::1/udp/1/quic-v1",
            "/ip6zone/3/ip4/10.0.0.1/tcp/1",
            "/ip6zone/3/ip6/fe80::1/tcp/1/ws",
            "/ip6zone/3",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn what_no_stranger_may_make_us_dial_is_refused() {
        let may = |ip: &str, loopback| {
            let ip: IpAddr = ip.parse().unwrap();
            may_be_told(&Multiaddr::from(ip).with(Part::Tcp(80)), loopback)
        };
        for ip in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "224.0.0.251",
            "255.255.255.255",
            "::",
            "ff02::fb",
            "fe80::1",
        ] {
            assert!(!may(ip, true), "{ip}");
        }
        for ip in ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"] {
            assert!(!may(ip, false), "{ip}");
            assert!(may(ip, true), "{ip}");
        }
        let quic = "/ip4/127.0.0.1/udp/80/quic-v1".parse().unwrap();
        assert!(may_be_told(&quic, false), "two people on one machine");
        for ip in [
            "192.168.1.2",
            "9.9.9.9",
            "203.0.113.1",
            "2001:db8::1",
            "fd00::1",
        ] {
            assert!(may(ip, false), "{ip}");
        }
        assert!(may_be_told(&"/memory/1".parse().unwrap(), false));
    }

    #[test]
    fn what_is_of_this_machine_is_tried_second_if_anything_else_is_known() {
        let address = |text: &str| -> Multiaddr { text.parse().unwrap() };
        let here = ["/ip4/127.0.0.1/udp/1/quic-v1", "/ip6/::1/udp/2/quic-v1"].map(address);
        let there = address("/ip4/192.168.1.2/udp/1/quic-v1");
        let mut addresses = vec![here[0].clone(), there.clone(), here[1].clone()];
        assert_eq!(split_off_detours(&mut addresses), here);
        assert_eq!(addresses, [there]);
        let mut addresses = here.to_vec();
        assert_eq!(split_off_detours(&mut addresses), []);
        assert_eq!(addresses, here);
    }

    #[test]
    fn of_a_host_the_first_addresses_are_kept_and_not_one_more() {
        let address = |host: usize, port: usize| -> Multiaddr {
            format!("/ip4/10.0.0.{host}/tcp/{port}").parse().unwrap()
        };
        let most: Vec<_> = (1..=ADDRESSES_PER_HOST_MAX)
            .map(|port| address(1, port))
            .collect();
        let mut few = most.clone();
        retain_few_per_host(&mut few);
        assert_eq!(few, most);
        few.push(address(1, 99));
        few.push("/ip6/::ffff:10.0.0.1/tcp/9".parse().unwrap());
        few.push(address(2, 99));
        retain_few_per_host(&mut few);
        assert_eq!(few, [most, vec![address(2, 99)]].concat());
    }

    #[test]
    fn the_path_follows_the_address() {
        let of = |text: &str| path(&text.parse().unwrap());
        assert_eq!(of("/ip4/127.0.0.1/tcp/1"), Path::Lan);
        assert_eq!(of("/ip4/10.1.2.3/udp/1/quic-v1"), Path::Lan);
        assert_eq!(of("/ip6/fe80::1/tcp/1"), Path::Lan);
        assert_eq!(of("/ip6/fd00::1/tcp/1"), Path::Lan);
        assert_eq!(of("/ip4/9.9.9.9/tcp/1"), Path::Direct);
        assert_eq!(of("/ip6/2620:fe::fe/tcp/1"), Path::Direct);
        assert_eq!(
            of("/ip4/192.0.2.2/tcp/1"),
            Path::Lan,
            "nobody has it elsewhere"
        );
        assert_eq!(of("/ip4/9.9.9.9/tcp/1/p2p-circuit"), Path::Relayed);
    }
}
