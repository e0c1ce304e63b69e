use std::time::Duration;

use libp2p::multiaddr::Protocol as Part;
use proptest::prelude::*;
use tidings_protocol::id::TransportId;

use super::*;
use crate::net::dial::{Change, DialPolicy};

const ALL: [Networks; 3] = [Networks::All, Networks::Local, Networks::Internet];

fn at(ip: &str) -> Multiaddr {
    let ip: IpAddr = ip.parse().unwrap();
    Multiaddr::from(ip).with(Part::Tcp(4001))
}

/// Through a relay that is there.
fn through(ip: &str) -> Multiaddr {
    let relay = libp2p::identity::Keypair::ed25519_from_bytes([7; 32]).unwrap();
    let relay = relay.public().to_peer_id();
    at(ip).with(Part::P2p(relay)).with(Part::P2pCircuit)
}

/// One that is in a network with an address of the internet.
fn scope(networks: Networks) -> Scope {
    let mut scope = Scope::new(networks);
    scope.move_to(vec![Block::new("2620:fe:0:1::5".parse().unwrap(), 64)]);
    scope
}

#[track_caller]
fn admits(address: &Multiaddr, expected: [bool; 3]) {
    let admitted = ALL.map(|networks| scope(networks).admits(address));
    assert_eq!(admitted, expected, "{address}");
}

#[test]
fn of_the_local_network_is_what_nobody_has_elsewhere_and_what_is_beside_us() {
    for ip in [
        "10.0.0.1",
        "192.168.1.2",
        "169.254.7.7",
        "100.64.0.1",
        "127.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:192.168.1.2",
    ] {
        admits(&at(ip), [true, true, false]);
    }
    for ip in ["9.9.9.9", "2620:fe::fe", "2620:fe:0:2::1", "::ffff:9.9.9.9"] {
        admits(&at(ip), [true, false, true]);
    }
    admits(&at("2620:fe:0:1::9"), [true, true, true]);
}

#[test]
fn what_leads_to_the_internet_by_another_name_is_no_local_address() {
    for ip in [
        "64:ff9b::909:909",
        "2002:909:909::1",
        "192.88.99.1",
        "203.0.113.1",
    ] {
        assert!(!scope(Networks::Local).admits(&at(ip)), "{ip}");
    }
}

#[test]
fn a_relay_is_of_use_over_the_internet_alone() {
    admits(&through("9.9.9.9"), [true, false, true]);
    admits(&through("192.168.1.2"), [true, false, false]);
}

#[test]
fn what_stays_within_this_process_is_of_no_network() {
    admits(&"/memory/7".parse().unwrap(), [true, true, true]);
}

#[test]
fn who_comes_from_outside_is_refused_and_who_comes_through_a_relay_counts_as_it_does() {
    let id = ConnectionId::new_unchecked(1);
    let here = at("192.168.1.1");
    let is_let_in = |networks, local: &Multiaddr, remote: &Multiaddr| {
        let mut scope = scope(networks);
        scope
            .handle_pending_inbound_connection(id, local, remote)
            .is_ok()
    };
    let far = at("9.9.9.9");
    assert!(!is_let_in(Networks::Local, &here, &far));
    assert!(is_let_in(Networks::Local, &here, &at("192.168.1.2")));
    assert!(is_let_in(Networks::Internet, &here, &far));
    assert!(!is_let_in(Networks::Internet, &here, &at("192.168.1.2")));
    let nobody = Multiaddr::empty();
    assert!(is_let_in(Networks::Internet, &through("9.9.9.9"), &nobody));
    assert!(!is_let_in(Networks::Local, &through("9.9.9.9"), &nobody));
}

#[test]
fn a_dial_that_leads_outside_is_refused_whoever_asked_for_it() {
    let id = ConnectionId::new_unchecked(1);
    let refuses = |networks, addresses: &[Multiaddr]| {
        let mut scope = scope(networks);
        scope
            .handle_pending_outbound_connection(id, None, addresses, Endpoint::Dialer)
            .is_err()
    };
    let both = [at("9.9.9.9"), at("10.0.0.1")];
    assert!(!refuses(Networks::All, &both));
    assert!(refuses(Networks::Local, &both));
    assert!(refuses(Networks::Internet, &both));
    assert!(!refuses(Networks::Local, &both[1..]));
    assert!(!refuses(Networks::Internet, &both[..1]));
}

#[test]
fn whoever_has_no_address_inside_is_not_dialled_and_it_is_said_why() {
    let far = vec![at("9.9.9.9")];
    let near = vec![at("10.0.0.1")];
    let both = [far.clone(), near.clone()].concat();
    let (local, internet) = (scope(Networks::Local), scope(Networks::Internet));
    assert_eq!(local.admitted(far.clone()), Err(Outside::NotLocal));
    assert_eq!(internet.admitted(near.clone()), Err(Outside::NotInternet));
    assert_eq!(local.admitted(both.clone()), Ok(near));
    assert_eq!(internet.admitted(both.clone()), Ok(far));
    assert_eq!(scope(Networks::All).admitted(both.clone()), Ok(both));
    assert_eq!(local.admitted(Vec::new()), Ok(Vec::new()));
}

fn any_address() -> impl Strategy<Value = Multiaddr> {
    let anywhere = any::<IpAddr>().prop_map(|ip| Multiaddr::from(ip).with(Part::Tcp(1)));
    let known = prop::sample::select(vec![
        at("10.0.0.1"),
        at("192.168.1.2"),
        at("9.9.9.9"),
        at("45.0.0.1"),
        at("fd00::1"),
        at("2620:fe:0:1::9"),
        at("2620:fe::fe"),
        through("9.9.9.9"),
        through("10.0.0.1"),
    ]);
    prop_oneof![anywhere, known]
}

#[derive(Debug, Clone)]
enum Happens {
    Kept(u8, Vec<Multiaddr>),
    Seen(u8),
    Gone(u8),
    Impatience,
    Time(u16),
}

fn any_happening() -> impl Strategy<Value = Happens> {
    let peer = 1..5u8;
    prop_oneof![
        3 => (peer.clone(), prop::collection::vec(any_address(), 0..5))
            .prop_map(|(peer, addresses)| Happens::Kept(peer, addresses)),
        1 => peer.clone().prop_map(Happens::Seen),
        1 => peer.prop_map(Happens::Gone),
        1 => Just(Happens::Impatience),
        4 => (1..2_000u16).prop_map(Happens::Time),
    ]
}

proptest! {
    #[test]
    fn no_address_but_those_beside_us_is_both_local_and_of_the_internet(address in any_address()) {
        let (local, internet) = (scope(Networks::Local), scope(Networks::Internet));
        let is_both = local.admits(&address) && internet.admits(&address);
        let is_beside = address::ip(&address).is_some_and(|ip| local.is_in_ours(ip));
        prop_assert!(!is_both || is_beside, "{}", address);
        prop_assert!(scope(Networks::All).admits(&address));
    }

    #[test]
    fn in_whatever_mode_nothing_outside_is_dialled_and_nobody_is_forgotten_or_tried_without_a_pause(
        networks in prop::sample::select(ALL.to_vec()),
        happenings in prop::collection::vec(any_happening(), 1..60),
    ) {
        let scope = scope(networks);
        let mut policy = DialPolicy::new(TransportId::new([100; 32]), false, 1);
        let peer = |number: u8| TransportId::new([number; 32]);
        let mut kept: Vec<TransportId> = Vec::new();
        let mut now = Duration::ZERO;
        for happening in happenings {
            match happening {
                Happens::Kept(number, addresses) => {
                    let peer = peer(number);
                    kept.push(peer);
                    policy.handle(Change::Keep { peer, addresses, connected: false }, now);
                }
                Happens::Seen(number) => {
                    policy.handle(Change::Discovered { peer: peer(number) }, now);
                }
                Happens::Gone(number) => {
                    policy.handle(Change::Disconnected { peer: peer(number) }, now);
                }
                Happens::Impatience => policy.handle(Change::RetryNow { peer: None }, now),
                Happens::Time(milliseconds) => now += Duration::from_millis(milliseconds.into()),
            }
            // Nobody answers, which is known at once; a dial has two ways.
            for _ in 0..2 {
                for dial in policy.due(now) {
                    let asked = dial.addresses.clone();
                    let dialled = scope.admitted(dial.addresses).unwrap_or_default();
                    for address in asked {
                        let is_dialled = dialled.contains(&address);
                        prop_assert_eq!(is_dialled, scope.admits(&address), "{}", address);
                    }
                    policy.handle(Change::DialFailed { peer: dial.peer }, now);
                }
            }
            prop_assert!(policy.next_at().is_none_or(|next| next > now));
            prop_assert!(kept.iter().all(|peer| policy.keeps(*peer)));
        }
    }
}
