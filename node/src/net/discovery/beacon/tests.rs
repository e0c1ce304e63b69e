use super::*;

fn from(ip: &str, interface: u32) -> SocketAddr {
    SocketAddrV6::new(ip.parse().unwrap(), BEACON_PORT, 0, interface).into()
}

/// Of somebody with a true key.
fn message(tcp: u16) -> Message {
    let key = libp2p::identity::Keypair::ed25519_from_bytes([7; 32]).unwrap();
    Message {
        peer: address::transport_id(&key.public().to_peer_id()).unwrap(),
        asks: false,
        tcp,
        quic: 4_002,
    }
}

#[test]
fn a_beacon_leads_to_where_it_came_from_on_the_interface_that_it_came_by() {
    let sender = from("fe80::9", 3);
    let sent = message(4_001);
    assert_eq!(heard(&sent.to_bytes(), sender), Some((3, sent)));
    let (peer, address) = seen_at(sender, sent).unwrap();
    assert_eq!(address::transport_id(&peer), Some(sent.peer));
    assert_eq!(address.to_string(), "/ip6zone/3/ip6/fe80::9/tcp/4001");
    let target = address::target(address.clone()).unwrap();
    assert_eq!((target.address, target.peer), (address, None));
}

#[test]
fn what_comes_from_anywhere_but_the_link_is_no_beacon() {
    let packet = message(4_001).to_bytes();
    let v4 = SocketAddr::from(([192, 168, 1, 9], BEACON_PORT));
    for sender in [
        from("fe80::9", 0),
        from("fd00::9", 3),
        from("2620:fe::fe", 3),
        from("::1", 0),
        v4,
    ] {
        assert_eq!(heard(&packet, sender), None, "{sender}");
    }
    assert_eq!(heard(&packet[1..], from("fe80::9", 3)), None);
}

#[test]
fn who_listens_nowhere_that_can_be_dialled_or_has_no_key_is_not_seen() {
    let sender = from("fe80::9", 3);
    assert_eq!(seen_at(sender, message(0)), None);
    let nobody = Message {
        peer: TransportId::new([2; 32]),
        ..message(4_001)
    };
    assert_eq!(address::peer_id(nobody.peer), None);
    assert_eq!(seen_at(sender, nobody), None);
}

#[test]
fn the_group_is_transient_and_of_one_link_and_its_number_is_one_that_hosts_may_take() {
    let [first, .., high, _] = BEACON_GROUP.segments();
    assert_eq!(first, 0xff12);
    assert!(high & 0x8000 != 0, "RFC 3307, section 4.3");
    assert!(
        !(32_768..=60_999).contains(&BEACON_PORT),
        "Linux gives these to any"
    );
}
