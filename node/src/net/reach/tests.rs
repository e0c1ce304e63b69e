use super::*;

const ZERO: Duration = Duration::ZERO;
const HOME: &str = "/ip4/192.168.1.2/udp/4001/quic-v1";

fn quic(host: &str, port: u16) -> Multiaddr {
    format!("/ip4/{host}/udp/{port}/quic-v1").parse().unwrap()
}

fn tcp(host: &str, port: u16) -> Multiaddr {
    format!("/ip4/{host}/tcp/{port}").parse().unwrap()
}

/// A device behind a router, which listens for both transports.
fn at_home() -> Reach {
    let mut reach = Reach::default();
    reach.listen(vec![HOME.parse().unwrap(), tcp("192.168.1.2", 4001)]);
    reach
}

/// The `number`th of hosts that have no subnet in common.
fn far(number: usize) -> String {
    format!("45.{}.{}.1", number / 256, number % 256)
}

#[test]
fn what_one_says_is_worth_a_try_and_what_two_say_tells_the_kind_of_router() {
    let mut reach = at_home();
    assert_eq!(
        (reach.nat(ZERO), reach.candidates(ZERO)),
        (Nat::Unknown, vec![])
    );
    let seen = quic("46.0.0.1", 4001);
    reach.observed(&quic("45.0.0.1", 1), seen.clone(), ZERO);
    assert_eq!(reach.candidates(ZERO), std::slice::from_ref(&seen));
    assert_eq!(reach.nat(ZERO), Nat::Unknown);
    reach.observed(&quic("45.0.0.9", 1), seen.clone(), ZERO);
    assert_eq!(reach.nat(ZERO), Nat::Unknown, "one network is one observer");
    reach.observed(&quic("45.0.1.1", 1), seen.clone(), ZERO);
    assert_eq!(reach.candidates(ZERO), [seen]);
    assert_eq!(reach.nat(ZERO), Nat::Cone);
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
}

#[test]
fn behind_a_router_that_gives_each_another_port_nothing_is_worth_a_try() {
    let mut reach = at_home();
    reach.observed(&quic("45.0.0.1", 1), quic("46.0.0.1", 10_001), ZERO);
    reach.observed(&quic("45.0.1.1", 1), quic("46.0.0.1", 10_002), ZERO);
    assert_eq!(
        (reach.nat(ZERO), reach.candidates(ZERO)),
        (Nat::Symmetric, vec![])
    );
}

#[test]
fn whoever_has_an_address_of_their_own_is_behind_nothing() {
    let mut reach = Reach::default();
    reach.listen(vec![quic("46.0.0.1", 4001)]);
    reach.observed(&quic("45.0.0.1", 1), quic("46.0.0.1", 4001), ZERO);
    assert_eq!(reach.nat(ZERO), Nat::None);
    assert_eq!(
        reach.public(ZERO),
        Vec::<Multiaddr>::new(),
        "nobody came yet"
    );
}

#[test]
fn over_tcp_two_have_to_see_the_same() {
    let mut reach = at_home();
    let seen = tcp("46.0.0.1", 4001);
    reach.observed(&tcp("45.0.0.1", 1), seen.clone(), ZERO);
    assert_eq!(reach.candidates(ZERO), Vec::<Multiaddr>::new());
    reach.observed(&tcp("45.0.1.1", 1), seen.clone(), ZERO);
    assert_eq!(reach.candidates(ZERO), [seen]);
}

#[test]
fn what_is_no_address_of_the_same_way_in_or_of_a_network_inside_is_not_believed() {
    let mut reach = at_home();
    for (observer, observed) in [
        (quic("45.0.0.1", 1), tcp("46.0.0.1", 4001)),
        (quic("45.0.0.1", 1), quic("10.0.0.1", 4001)),
        (quic("45.0.0.1", 1), quic("127.0.0.1", 4001)),
        (quic("45.0.0.1", 1), quic("46.0.0.1", 0)),
        (quic("192.168.1.3", 1), quic("46.0.0.1", 4001)),
        (quic("45.0.0.1", 1), "/memory/7".parse().unwrap()),
    ] {
        reach.observed(&observer, observed.clone(), ZERO);
        assert_eq!(
            reach.candidates(ZERO),
            Vec::<Multiaddr>::new(),
            "{observed}"
        );
    }
}

#[test]
fn an_own_address_is_public_once_somebody_came_and_one_behind_a_router_once_two_did() {
    let own = quic("46.0.0.1", 4001);
    let mut reach = Reach::default();
    reach.listen(vec![own.clone()]);
    reach.came(&quic("45.0.0.1", 9), &own, ZERO);
    assert_eq!(reach.public(ZERO), std::slice::from_ref(&own));

    let mut reach = at_home();
    reach.observed(&quic("44.0.0.1", 1), own.clone(), ZERO);
    let inside = HOME.parse().unwrap();
    reach.came(&quic("45.0.0.1", 9), &inside, ZERO);
    reach.came(&quic("45.0.0.2", 9), &inside, ZERO);
    assert_eq!(
        reach.public(ZERO),
        Vec::<Multiaddr>::new(),
        "of one network"
    );
    reach.came(&quic("45.0.1.1", 9), &inside, ZERO);
    assert_eq!(reach.public(ZERO), [own]);
}

#[test]
fn whoever_was_dialled_proves_nothing_until_the_router_has_forgotten() {
    let own = quic("46.0.0.1", 4001);
    let mut reach = Reach::default();
    reach.listen(vec![own.clone()]);
    let (host, from) = (IpAddr::from([45, 0, 0, 1]), quic("45.0.0.1", 9));
    reach.dialled(host, ZERO);
    let just_before = DIALLED_TIME.saturating_sub(Duration::from_millis(1));
    reach.came(&from, &own, just_before);
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
    reach.came(&from, &own, DIALLED_TIME);
    assert_eq!(reach.public(DIALLED_TIME), [own]);
}

#[test]
fn who_comes_from_the_same_network_proves_nothing() {
    let own = quic("46.0.0.1", 4001);
    let mut reach = Reach::default();
    reach.listen(vec![own.clone()]);
    for inside in ["192.168.1.9", "10.0.0.1", "127.0.0.1", "100.64.0.1"] {
        reach.came(&quic(inside, 9), &own, ZERO);
        assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new(), "{inside}");
    }
}

#[test]
fn as_many_dials_as_may_be_are_remembered_and_one_more_makes_all_doubtful() {
    let own = quic("46.0.0.1", 4001);
    for (dials, is_public) in [(DIALLED_MAX, true), (DIALLED_MAX + 1, false)] {
        let mut reach = Reach::default();
        reach.listen(vec![own.clone()]);
        for number in 0..dials {
            reach.dialled(far(number).parse().unwrap(), ZERO);
        }
        reach.came(&quic("47.0.0.1", 9), &own, ZERO);
        assert_eq!(!reach.public(ZERO).is_empty(), is_public, "{dials}");
        reach.came(&quic("47.0.0.1", 9), &own, DIALLED_TIME);
        assert_eq!(reach.public(ZERO), std::slice::from_ref(&own));
    }
}

#[test]
fn who_is_in_a_network_of_ours_proves_nothing() {
    let own: Multiaddr = "/ip6/2620:fe:1:2::1/udp/4001/quic-v1".parse().unwrap();
    let mut reach = Reach::default();
    reach.listen(vec![own.clone()]);
    let neighbour = "/ip6/2620:fe:1:2::7/udp/9/quic-v1".parse().unwrap();
    reach.came(&neighbour, &own, ZERO);
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
    let far = "/ip6/2620:fe:2:2::7/udp/9/quic-v1".parse().unwrap();
    reach.came(&far, &own, ZERO);
    assert_eq!(reach.public(ZERO), [own]);
}

#[test]
fn one_who_says_something_else_changes_nothing_of_what_two_agree_on() {
    let mut reach = at_home();
    let seen = quic("46.0.0.1", 4001);
    for observer in ["45.0.0.1", "45.0.1.1"] {
        reach.observed(&quic(observer, 1), seen.clone(), ZERO);
    }
    reach.observed(&quic("45.0.2.1", 1), quic("46.0.0.9", 9), ZERO);
    assert_eq!(
        (reach.nat(ZERO), reach.candidates(ZERO)),
        (Nat::Cone, vec![seen])
    );
}

#[test]
fn what_was_seen_long_ago_counts_no_longer() {
    let mut reach = at_home();
    reach.observed(&quic("45.0.0.1", 1), quic("46.0.0.1", 4001), ZERO);
    let just_before = OBSERVED_TIME.saturating_sub(Duration::from_millis(1));
    assert_eq!(reach.candidates(just_before).len(), 1);
    assert_eq!(reach.candidates(OBSERVED_TIME), Vec::<Multiaddr>::new());
    // Whoever has another address now is believed, whatever was seen before.
    let now = OBSERVED_TIME;
    reach.observed(&quic("45.0.1.1", 1), quic("46.0.0.2", 4001), now);
    assert_eq!(reach.candidates(now), [quic("46.0.0.2", 4001)]);
}

#[test]
fn in_another_network_nothing_of_the_last_is_believed_and_one_more_changes_nothing() {
    let mut reach = at_home();
    let seen = quic("46.0.0.1", 4001);
    for (observer, comer) in [("45.0.0.1", "47.0.0.1"), ("45.0.1.1", "47.0.1.1")] {
        reach.observed(&quic(observer, 1), seen.clone(), ZERO);
        reach.came(&quic(comer, 1), &HOME.parse().unwrap(), ZERO);
    }
    assert_eq!(reach.public(ZERO), [seen]);
    // A container, a port more: the home is the same.
    reach.listen(vec![
        HOME.parse().unwrap(),
        tcp("192.168.1.2", 4002),
        quic("172.17.0.1", 4001),
        "/ip6/fe80::1/tcp/1".parse().unwrap(),
    ]);
    assert_eq!((reach.nat(ZERO), reach.public(ZERO).len()), (Nat::Cone, 1));
    reach.listen(vec![HOME.parse().unwrap(), quic("172.17.0.1", 4001)]);
    assert_eq!(
        reach.nat(ZERO),
        Nat::Cone,
        "the link has no address any more"
    );
    reach.listen(vec![quic("192.168.7.2", 4001)]);
    assert_eq!(
        (reach.nat(ZERO), reach.candidates(ZERO)),
        (Nat::Unknown, vec![])
    );
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
}

#[test]
fn what_a_gateway_says_is_worth_a_try_and_public_only_once_two_came() {
    let mut reach = at_home();
    let mapped = quic("46.0.0.1", 5001);
    reach.map(vec![mapped.clone()]);
    let inside = HOME.parse().unwrap();
    for comer in ["45.0.0.1", "45.0.0.2", "45.0.1.1"] {
        assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
        assert_eq!(reach.hints(ZERO), std::slice::from_ref(&mapped));
        assert_eq!(reach.candidates(ZERO), std::slice::from_ref(&mapped));
        reach.came(&quic(comer, 9), &inside, ZERO);
    }
    // Others see another port of ours, which lets in nobody by itself.
    for observer in ["44.0.0.1", "44.0.1.1"] {
        reach.observed(&quic(observer, 1), quic("46.0.0.1", 4001), ZERO);
    }
    assert_eq!(reach.public(ZERO), [mapped]);
    assert_eq!(reach.nat(ZERO), Nat::Cone);
}

#[test]
fn a_gateway_is_not_believed_once_two_networks_see_us_elsewhere() {
    let mut reach = at_home();
    let (mapped, seen) = (quic("46.0.0.9", 5001), quic("46.0.0.1", 4001));
    reach.map(vec![mapped.clone()]);
    reach.observed(&quic("44.0.0.1", 1), seen.clone(), ZERO);
    assert_eq!(
        reach.hints(ZERO),
        std::slice::from_ref(&mapped),
        "one may lie"
    );
    reach.observed(&quic("44.0.1.1", 1), quic("46.0.0.1", 4002), ZERO);
    assert_eq!(reach.hints(ZERO), Vec::<Multiaddr>::new());
    reach.observed(&quic("44.0.1.1", 1), seen.clone(), ZERO);
    for comer in ["45.0.0.1", "45.0.1.1"] {
        reach.came(&quic(comer, 9), &HOME.parse().unwrap(), ZERO);
    }
    assert_eq!(reach.public(ZERO), [seen]);
    assert_eq!(reach.hints(OBSERVED_TIME), [mapped], "that was long ago");
}

#[test]
fn whoever_came_before_a_port_was_mapped_or_until_it_was_another_proves_nothing_of_it() {
    let mut reach = at_home();
    let came = |reach: &mut Reach| {
        for comer in ["45.0.0.1", "45.0.1.1"] {
            reach.came(&quic(comer, 9), &HOME.parse().unwrap(), ZERO);
            reach.came(&tcp(comer, 9), &tcp("192.168.1.2", 4001), ZERO);
        }
    };
    let mut mapped = vec![quic("46.0.0.1", 5001), tcp("46.0.0.1", 5001)];
    came(&mut reach);
    reach.map(mapped.clone());
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
    came(&mut reach);
    reach.map(mapped.clone());
    assert_eq!(reach.public(ZERO).len(), 2, "it was mapped for longer");
    mapped[0] = quic("46.0.0.1", 5002);
    reach.map(mapped.clone());
    assert_eq!(reach.public(ZERO), mapped[1..]);
    // Others came to the port that was mapped, not to where we are seen.
    reach.observed(&quic("44.0.0.1", 1), quic("46.0.0.1", 4001), ZERO);
    came(&mut reach);
    reach.map(Vec::new());
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
}

#[test]
fn who_comes_from_where_a_port_of_ours_is_mapped_proves_nothing() {
    let mut reach = at_home();
    reach.map(vec![quic("46.0.0.1", 5001)]);
    for comer in ["45.0.0.1", "46.0.0.1"] {
        reach.came(&quic(comer, 9), &HOME.parse().unwrap(), ZERO);
    }
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
}

#[test]
fn an_address_of_our_own_that_a_gateway_opens_is_tried_whatever_others_see() {
    let mut reach = Reach::default();
    let own: Multiaddr = "/ip6/2620:fe:1::1/udp/4001/quic-v1".parse().unwrap();
    reach.listen(vec![own.clone()]);
    reach.map(vec![own.clone()]);
    for observer in ["2620:fe:2::1", "2620:fe:3::1"] {
        let observer = format!("/ip6/{observer}/udp/1/quic-v1").parse().unwrap();
        // Who dials has another address each day.
        let seen = "/ip6/2620:fe:1::77/udp/4001/quic-v1".parse().unwrap();
        reach.observed(&observer, seen, ZERO);
    }
    assert_eq!(reach.hints(ZERO), [own]);
}

#[test]
fn what_is_remembered_has_an_end() {
    let mut reach = at_home();
    let inside = HOME.parse().unwrap();
    for number in 0..=OBSERVATIONS_MAX {
        reach.observed(&quic(&far(number), 1), quic("46.0.0.1", 4001), ZERO);
        assert_eq!(reach.observations.len(), (number + 1).min(OBSERVATIONS_MAX));
    }
    for number in 0..=CAME_FROM_MAX {
        reach.came(&quic(&far(number), 1), &inside, ZERO);
        let came = reach.came.values().map(BTreeSet::len).max();
        assert_eq!(came, Some((number + 1).min(CAME_FROM_MAX)));
    }
}

#[test]
fn as_many_addresses_as_may_be_are_told_and_not_one_more() {
    for count in [ADDRESSES_MAX, ADDRESSES_MAX + 1] {
        let mut reach = Reach::default();
        reach.map((0..count).map(|number| quic(&far(number), 1)).collect());
        assert_eq!(reach.hints(ZERO).len(), ADDRESSES_MAX);
    }
}

#[test]
fn where_others_got_in_before_a_restart_they_are_expected_again_for_a_while_and_nowhere_else() {
    let [mine, seen] = [quic("46.0.0.1", 4001), quic("46.0.0.9", 4001)];
    let is_recalled = |recalled: &[Multiaddr], own: &Multiaddr, now| {
        let mut reach = Reach::new(recalled.to_vec());
        reach.listen(vec![own.clone()]);
        reach.observed(&quic("45.0.0.1", 1), seen.clone(), now);
        reach.observed(&quic("45.0.1.1", 1), seen.clone(), now);
        reach.public(now)
    };
    let last = RECALLED_TIME - Duration::from_secs(1);
    let none: [Multiaddr; 0] = [];
    let both = [mine.clone(), seen.clone()];
    assert_eq!(is_recalled(&both, &mine, last), both);
    assert_eq!(is_recalled(&both, &mine, RECALLED_TIME), none);
    assert_eq!(is_recalled(&both[..1], &mine, ZERO), both[..1]);
    // At home in another network, or on another port, it is somewhere else.
    assert_eq!(is_recalled(&both[..1], &quic("46.0.1.1", 4001), ZERO), none);
    assert_eq!(is_recalled(&both[..1], &quic("46.0.0.1", 4002), ZERO), none);
    assert_eq!(is_recalled(&[], &mine, ZERO), none);
}

#[test]
fn where_others_got_in_before_is_not_expected_again_by_the_word_of_a_gateway() {
    let mapped = quic("46.0.0.1", 5001);
    let mut reach = Reach::new(vec![mapped.clone()]);
    reach.listen(vec![HOME.parse().unwrap()]);
    reach.map(vec![mapped.clone()]);
    assert_eq!(reach.hints(ZERO), [mapped]);
    assert_eq!(reach.public(ZERO), Vec::<Multiaddr>::new());
}

#[test]
fn no_more_is_recalled_than_may_be() {
    for count in [ADDRESSES_MAX, ADDRESSES_MAX + 1] {
        let all: Vec<Multiaddr> = (0..count).map(|number| quic(&far(number), 1)).collect();
        assert_eq!(Reach::new(all).recalled.len(), ADDRESSES_MAX);
    }
}

/// That we listen on these.
fn listening(ips: &[&str]) -> Vec<Multiaddr> {
    let ips = ips.iter().map(|ip| ip.parse::<IpAddr>().unwrap());
    ips.map(Multiaddr::from).collect()
}

#[test]
fn another_address_in_an_ipv6_network_is_no_other_home_and_one_in_another_network_is() {
    let before = homes(&listening(&["10.0.0.1", "2620:fe:0:1::1"]));
    let temporary = ["10.0.0.1", "2620:fe:0:1::1", "2620:fe:0:1:abcd::9"];
    assert_eq!(homes(&listening(&temporary)), before);
    let of_no_network = ["10.0.0.1", "2620:fe:0:1::1", "fe80::1", "127.0.0.1", "::1"];
    assert_eq!(homes(&listening(&of_no_network)), before);
    for others in [
        &["10.0.0.2", "2620:fe:0:1::1"][..],
        &["10.0.0.1", "2620:fe:0:2::1"],
        &["10.0.0.1"],
    ] {
        assert_ne!(homes(&listening(others)), before, "{others:?}");
    }
}

#[test]
fn a_temporary_address_that_goes_takes_nothing_with_it_that_is_known_of_its_network() {
    let lasting = "/ip6/2620:fe:0:1::1/udp/4001/quic-v1";
    let temporary = "/ip6/2620:fe:0:1:abcd::9/udp/4001/quic-v1";
    let [lasting, temporary] = [lasting, temporary].map(|text| text.parse::<Multiaddr>().unwrap());
    let mut reach = Reach::default();
    reach.listen(vec![lasting.clone(), temporary.clone()]);
    let far = "/ip6/2620:fe:2:2::7/udp/9/quic-v1".parse().unwrap();
    reach.came(&far, &lasting, ZERO);
    assert_eq!(reach.public(ZERO), [lasting.clone(), temporary]);
    reach.listen(vec![lasting.clone()]);
    assert_eq!(reach.public(ZERO), [lasting]);
}
