use super::share::{
    PENDING_MAX, PENDING_PER_HOST_MAX, PENDING_PER_V4_SUBNET_MAX, PENDING_PER_V6_SUBNET_MAX,
};
use super::*;

/// Number of connections that end before a test's own begin.
const FIRST: usize = 100_000;

fn tcp(ip: &str) -> Multiaddr {
    let ip: IpAddr = ip.parse().unwrap();
    Multiaddr::from(ip).with(libp2p::multiaddr::Protocol::Tcp(4001))
}

fn quic(ip: &str) -> Multiaddr {
    let ip: IpAddr = ip.parse().unwrap();
    Multiaddr::from(ip)
        .with(libp2p::multiaddr::Protocol::Udp(4001))
        .with(libp2p::multiaddr::Protocol::QuicV1)
}

fn id(number: usize) -> ConnectionId {
    ConnectionId::new_unchecked(number)
}

/// The `number`th of hosts that have no subnet in common.
fn far_apart(number: usize) -> String {
    format!("9.{}.{}.1", number / 256, number % 256)
}

/// One connection that is begun, and what refused it.
fn begin(crowd: &mut Crowd, number: usize, from: &Multiaddr) -> Option<Share> {
    match crowd.begin(id(number), from) {
        Ok(()) => None,
        Err(Crowded::Pending { share }) => Some(share),
        Err(other @ Crowded::Established { .. }) => panic!("{other}"),
    }
}

/// Begins connections from `from(0)`, `from(1)` ... until one is refused; how many there were and
/// what refused the next.
fn fill(crowd: &mut Crowd, from: impl Fn(usize) -> Multiaddr) -> (usize, Share) {
    for number in 0..FIRST {
        if let Some(share) = begin(crowd, FIRST + number, &from(number)) {
            return (number, share);
        }
    }
    panic!("no limit");
}

/// One connection, from the first packet to its being there.
fn connect(crowd: &mut Crowd, number: usize, peer: PeerId, from: &str) -> Result<(), Crowded> {
    crowd.begin(id(number), &tcp(from))?;
    crowd.identified(id(number), peer, &tcp(from))?;
    crowd.established(id(number), peer, &tcp(from), true);
    Ok(())
}

/// Where a connection through a relay at `ip` arrives, and where it comes from.
fn through(ip: &str) -> [Multiaddr; 2] {
    let relay = PeerId::random();
    let local = format!("{}/p2p/{relay}/p2p-circuit", quic(ip));
    let remote = format!("/p2p/{}", PeerId::random());
    [local, remote].map(|address| address.parse().unwrap())
}

#[test]
fn who_comes_through_a_relay_counts_as_coming_from_there() {
    let mut crowd = Crowd::default();
    for number in 0..=STRANGERS_PER_HOST_MAX {
        let [local, remote] = through("9.9.9.9");
        let origin = origin(&local, &remote);
        crowd.begin(id(number), origin).unwrap();
        let let_in = crowd.identified(id(number), PeerId::random(), origin);
        assert_eq!(let_in.is_ok(), number < STRANGERS_PER_HOST_MAX, "{number}");
        crowd.established(id(number), PeerId::random(), origin, true);
    }
    // A contact who came so is not where the relay is.
    let ben = PeerId::random();
    let mut crowd = Crowd::default();
    crowd.keep(ben, true);
    let [local, remote] = through("9.9.9.9");
    crowd.established(id(1), ben, origin(&local, &remote), true);
    let relay: IpAddr = "9.9.9.9".parse().unwrap();
    assert_eq!(crowd.known.count(&relay), 0);
}

fn kept_at(ip: &str) -> Crowd {
    let mut crowd = Crowd::default();
    let ben = PeerId::random();
    crowd.keep(ben, true);
    crowd.told(ben, &[tcp(ip)]);
    crowd
}

#[test]
fn a_host_makes_its_most_connections_at_once_and_not_one_more() {
    for (own, other) in [
        ("9.9.9.9", "9.9.9.10"),
        ("2001:db8::1", "2001:db8:0:1::1"),
        ("fd00::1", "fd00:0:0:1::1"),
        ("fe80::1", "fe80::2"),
    ] {
        let mut crowd = Crowd::default();
        let (most, share) = fill(&mut crowd, |_| tcp(own));
        assert_eq!(most, PENDING_PER_HOST_MAX);
        assert!(matches!(share, Share::Host(Carrier::Tcp, _)), "{share}");
        assert_eq!(begin(&mut crowd, 1, &tcp(other)), None);
        crowd.ended(id(FIRST));
        assert_eq!(begin(&mut crowd, 2, &tcp(own)), None);
        assert!(begin(&mut crowd, 3, &tcp(own)).is_some());
    }
}

#[test]
fn a_machine_with_an_ipv6_network_of_its_own_is_one_host() {
    let mut crowd = Crowd::default();
    let (most, share) = fill(&mut crowd, |number| tcp(&format!("2001:db8::{number:x}")));
    assert_eq!(most, PENDING_PER_HOST_MAX);
    assert_eq!(share.to_string(), "2001:db8::/64 over Tcp");
}

#[test]
fn a_subnet_makes_its_most_connections_at_once_and_not_one_more() {
    let v4 = |number| tcp(&format!("9.9.9.{number}"));
    let v6 = |number| tcp(&format!("2001:db8:0:{number:x}::1"));
    let cases: [(&dyn Fn(usize) -> Multiaddr, _, _); 2] = [
        (&v4, PENDING_PER_V4_SUBNET_MAX, "9.9.8.1"),
        (&v6, PENDING_PER_V6_SUBNET_MAX, "2001:db8:0:100::1"),
    ];
    for (from, limit, other) in cases {
        let mut crowd = Crowd::default();
        let (most, share) = fill(&mut crowd, from);
        assert_eq!(most, limit);
        assert!(matches!(share, Share::Subnet(Carrier::Tcp, _)), "{share}");
        assert_eq!(begin(&mut crowd, 1, &tcp(other)), None);
        crowd.ended(id(FIRST));
        assert_eq!(begin(&mut crowd, 2, &from(200)), None);
    }
}

#[test]
fn forged_udp_stops_no_tcp_and_nobody_who_is_kept() {
    let mut crowd = kept_at("8.8.8.8");
    let (most, share) = fill(&mut crowd, |number| quic(&far_apart(number)));
    assert_eq!(most, PENDING_MAX);
    assert_eq!(share, Share::Budget(Carrier::Udp, Group::Others));
    let stranger = far_apart(0);
    assert!(begin(&mut crowd, 1, &quic("7.7.7.7")).is_some());
    assert_eq!(begin(&mut crowd, 2, &tcp("7.7.7.7")), None);
    assert_eq!(begin(&mut crowd, 3, &tcp(&stranger)), None);
    assert_eq!(begin(&mut crowd, 4, &quic("8.8.8.8")), None);
    assert_eq!(begin(&mut crowd, 5, &quic("127.0.0.1")), None);
    crowd.ended(id(FIRST));
    assert_eq!(begin(&mut crowd, 6, &quic("7.7.7.7")), None);
}

#[test]
fn strangers_over_tcp_are_limited_and_nobody_who_is_kept() {
    let mut crowd = kept_at("8.8.8.8");
    let (most, share) = fill(&mut crowd, |number| tcp(&far_apart(number)));
    assert_eq!(most, PENDING_MAX);
    assert_eq!(share, Share::Budget(Carrier::Tcp, Group::Others));
    assert_eq!(begin(&mut crowd, 1, &tcp("8.8.8.8")), None);
    assert_eq!(begin(&mut crowd, 2, &quic("7.7.7.7")), None);
}

#[test]
fn hosts_of_kept_peers_have_a_budget_and_not_one_more() {
    let mut crowd = Crowd::default();
    for number in 0..=PENDING_MAX {
        let ben = PeerId::random();
        crowd.keep(ben, true);
        crowd.told(ben, &[tcp(&far_apart(number))]);
    }
    let (most, share) = fill(&mut crowd, |number| tcp(&far_apart(number)));
    assert_eq!(most, PENDING_MAX);
    assert_eq!(share, Share::Budget(Carrier::Tcp, Group::Kept));
    assert_eq!(begin(&mut crowd, 1, &tcp("7.7.7.7")), None);
}

#[test]
fn a_neighbour_with_silent_connections_does_not_shut_out_a_contact() {
    for (neighbour, contact) in [
        ("192.168.1.66", "192.168.1.2"),
        ("fe80::66", "fe80::2"),
        ("fd00::66", "fd00::2"),
        ("2001:db8::66", "2001:db8::2"),
    ] {
        let mut crowd = kept_at(contact);
        fill(&mut crowd, |_| tcp(neighbour));
        fill(&mut crowd, |_| quic(neighbour));
        assert_eq!(begin(&mut crowd, 1, &tcp(contact)), None, "{contact}");
        assert_eq!(begin(&mut crowd, 2, &quic(contact)), None, "{contact}");
    }
}

#[test]
fn a_full_subnet_does_not_shut_out_a_contact() {
    let mut crowd = kept_at("9.9.9.200");
    let (_, share) = fill(&mut crowd, |number| tcp(&format!("9.9.9.{number}")));
    assert!(matches!(share, Share::Subnet(..)));
    assert!(begin(&mut crowd, 1, &tcp("9.9.9.201")).is_some());
    assert_eq!(begin(&mut crowd, 2, &tcp("9.9.9.200")), None);
}

#[test]
fn whoever_sends_from_a_contacts_host_has_its_most_and_not_one_more() {
    let mut crowd = kept_at("9.9.9.9");
    let (most, share) = fill(&mut crowd, |_| quic("9.9.9.9"));
    assert_eq!(most, PENDING_PER_HOST_MAX);
    assert_eq!(share.to_string(), "9.9.9.9 over Udp");
    assert_eq!(begin(&mut crowd, 1, &tcp("9.9.9.9")), None);
}

#[test]
fn a_contact_that_moved_within_its_ipv6_network_is_known() {
    let crowd = kept_at("2001:db8::2");
    let budget = |ip| crowd.shares(&tcp(ip)).pop().unwrap();
    let kept = Share::Budget(Carrier::Tcp, Group::Kept);
    let others = Share::Budget(Carrier::Tcp, Group::Others);
    assert_eq!(budget("2001:db8::99"), kept);
    assert_eq!(budget("2001:db8:0:1::99"), others);
    let crowd = kept_at("9.9.9.9");
    let budget = |ip| crowd.shares(&tcp(ip)).pop().unwrap();
    assert_eq!(budget("9.9.9.9"), kept);
    assert_eq!(budget("::ffff:9.9.9.9"), kept);
    assert_eq!(budget("9.9.9.8"), others);
}

#[test]
fn where_a_kept_peer_is_follows_what_was_told_and_seen_last() {
    let mut crowd = Crowd::default();
    let ben = PeerId::random();
    let known =
        |crowd: &Crowd| -> Vec<String> { crowd.known.0.keys().map(IpAddr::to_string).collect() };
    crowd.told(ben, &[tcp("1.1.1.1")]);
    assert!(known(&crowd).is_empty(), "nobody keeps it");
    connect(&mut crowd, 1, ben, "2.2.2.2").unwrap();
    crowd.keep(ben, true);
    crowd.told(ben, &[tcp("1.1.1.1"), quic("1.1.1.1"), tcp("127.0.0.1")]);
    assert_eq!(known(&crowd), ["1.1.1.1", "2.2.2.2"]);
    crowd.told(ben, &[tcp("3.3.3.3"), tcp("2.2.2.2")]);
    assert_eq!(known(&crowd), ["2.2.2.2", "3.3.3.3"]);
    crowd.told(ben, &[]);
    for number in 1..SEEN_PER_PEER_MAX {
        crowd.established(id(2), ben, &tcp(&format!("4.4.4.{number}")), false);
    }
    crowd.established(id(2), ben, &tcp("2.2.2.2"), true);
    assert_eq!(crowd.known.0.len(), SEEN_PER_PEER_MAX);
    crowd.established(id(2), ben, &tcp("5.5.5.5"), true);
    assert_eq!(crowd.known.0.len(), SEEN_PER_PEER_MAX);
    assert!(!known(&crowd).contains(&"4.4.4.1".to_owned()));
    let ann = PeerId::random();
    crowd.keep(ann, true);
    crowd.told(ann, &[tcp("5.5.5.5")]);
    crowd.keep(ben, false);
    assert_eq!(known(&crowd), ["5.5.5.5"]);
}

#[test]
fn a_host_has_its_most_strangers_and_not_one_more() {
    let mut crowd = Crowd::default();
    for number in 0..STRANGERS_PER_HOST_MAX {
        connect(&mut crowd, number, PeerId::random(), "9.9.9.9").unwrap();
    }
    let refused = connect(&mut crowd, 98, PeerId::random(), "9.9.9.9").unwrap_err();
    assert_eq!(
        refused.to_string(),
        "there are 4 connections from 9.9.9.9 already"
    );
    connect(&mut crowd, 99, PeerId::random(), "9.9.9.10").unwrap();
    crowd.ended(id(0));
    connect(&mut crowd, 100, PeerId::random(), "9.9.9.9").unwrap();
}

#[test]
fn a_subnet_has_its_most_strangers_and_not_one_more() {
    let v4 = |number| format!("9.9.9.{number}");
    let v6 = |number| format!("2001:db8:0:{number:x}::1");
    let cases: [(&dyn Fn(usize) -> String, _); 2] = [(&v4, "9.9.8.1"), (&v6, "2001:db8:1::1")];
    for (from, other) in cases {
        let mut crowd = Crowd::default();
        for number in 0..STRANGERS_PER_SUBNET_MAX {
            connect(&mut crowd, number, PeerId::random(), &from(number)).unwrap();
        }
        let refused = connect(&mut crowd, 98, PeerId::random(), &from(200));
        assert!(matches!(refused, Err(Crowded::Established { .. })));
        connect(&mut crowd, 99, PeerId::random(), other).unwrap();
        crowd.ended(id(0));
        connect(&mut crowd, 100, PeerId::random(), &from(200)).unwrap();
    }
}

#[test]
fn a_kept_peer_is_let_in_and_takes_nobodys_place() {
    let mut crowd = Crowd::default();
    let (ben, from) = (PeerId::random(), "9.9.9.9");
    connect(&mut crowd, 50, ben, from).unwrap();
    for number in 1..STRANGERS_PER_HOST_MAX {
        connect(&mut crowd, number, PeerId::random(), from).unwrap();
    }
    assert!(connect(&mut crowd, 51, PeerId::random(), from).is_err());
    crowd.keep(ben, true);
    connect(&mut crowd, 52, PeerId::random(), from).unwrap();
    assert!(connect(&mut crowd, 53, PeerId::random(), from).is_err());
    connect(&mut crowd, 54, ben, from).unwrap();
    crowd.keep(ben, false);
    assert!(connect(&mut crowd, 55, ben, from).is_err());
}

#[test]
fn programs_of_this_machine_share_a_budget_and_nothing_else() {
    for from in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
        let mut crowd = Crowd::default();
        for number in 0..100 {
            connect(&mut crowd, number, PeerId::random(), from).unwrap();
        }
        let (most, share) = fill(&mut crowd, |_| tcp(from));
        assert_eq!(most, PENDING_MAX);
        assert_eq!(share, Share::Budget(Carrier::Tcp, Group::Machine));
        assert_eq!(begin(&mut crowd, 1, &tcp("9.9.9.9")), None);
    }
    let memory: Multiaddr = "/memory/1".parse().unwrap();
    assert_eq!(counted(&memory), None);
}

#[test]
fn a_mapped_address_counts_with_its_ipv4_host() {
    let mut crowd = Crowd::default();
    fill(&mut crowd, |_| tcp("::ffff:9.9.9.9"));
    let share = begin(&mut crowd, 1, &tcp("9.9.9.9")).unwrap();
    assert_eq!(share.to_string(), "9.9.9.9 over Tcp");
}

#[test]
fn blocks_are_told_as_people_write_them() {
    let ip = |text: &str| text.parse().unwrap();
    assert_eq!(Block::subnet(ip("9.9.9.9")).to_string(), "9.9.9.0/24");
    let subnet = Block::subnet(ip("2001:db8:1:2ff::9"));
    assert_eq!(subnet.to_string(), "2001:db8:1:200::/56");
    assert_eq!(Block::host(ip("fe80::9")).to_string(), "fe80::9");
}

#[test]
fn whatever_becomes_of_a_connection_gives_back_its_share() {
    let mut crowd = kept_at("8.8.8.8");
    for from in ["9.9.9.9", "8.8.8.8", "2001:db8::1", "127.0.0.1"] {
        connect(&mut crowd, 1, PeerId::random(), from).unwrap();
        crowd.ended(id(1));
        crowd.begin(id(2), &quic(from)).unwrap();
        crowd.ended(id(2));
        let refused = fill(&mut crowd, |_| tcp(from)).0;
        for number in 0..=refused {
            crowd.ended(id(FIRST + number));
        }
    }
    assert!(crowd.taken.0.is_empty() && crowd.pending.is_empty());
    assert!(crowd.established.is_empty());
}
