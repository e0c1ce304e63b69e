use proptest::prelude::*;

use super::*;
use crate::net::address;

const ZERO: Duration = Duration::ZERO;
/// What a dial to an address that does not answer takes.
const HANDSHAKE: Duration = Duration::from_secs(5);

fn peer(number: u8) -> TransportId {
    TransportId::new([number; 32])
}

fn address(port: u16) -> Multiaddr {
    let [high, low] = port.to_be_bytes();
    format!("/ip4/10.0.{high}.{low}/tcp/{port}")
        .parse()
        .unwrap()
}

/// Through a relay.
fn circuit(port: u16) -> Multiaddr {
    let relay = libp2p::identity::Keypair::ed25519_from_bytes([7; 32]).unwrap();
    let relay = relay.public().to_peer_id();
    format!("{}/p2p/{relay}/p2p-circuit", address(port))
        .parse()
        .unwrap()
}

/// A connection to the first peer is there.
fn connected(is_relayed: bool) -> Change {
    Change::Connected {
        peer: peer(1),
        dialled: None,
        is_relayed,
    }
}

fn policy() -> DialPolicy {
    DialPolicy::new(peer(100), false, 1)
}

fn keep(peer: TransportId, addresses: Vec<Multiaddr>) -> Change {
    Change::Keep {
        peer,
        addresses,
        connected: false,
    }
}

#[test]
fn a_kept_peer_is_dialled_at_once_and_once() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    assert_eq!(policy.next_at(), Some(ZERO));
    assert_eq!(
        policy.due(ZERO),
        vec![Dial {
            peer: peer(1),
            addresses: vec![address(1)],
            way: Way::Direct,
            with_announced: true,
        }]
    );
    assert_eq!(policy.due(BACKOFF_MAX * 2), vec![]);
    assert_eq!(policy.next_at(), None);
}

#[test]
fn a_peer_that_is_connected_when_it_is_kept_is_not_dialled() {
    let mut policy = policy();
    policy.handle(
        Change::Keep {
            peer: peer(1),
            addresses: vec![],
            connected: true,
        },
        ZERO,
    );
    assert_eq!(policy.due(BACKOFF_MAX), vec![]);
    policy.handle(Change::Disconnected { peer: peer(1) }, BACKOFF_MAX);
    assert!(policy.next_at().is_some());
}

#[test]
fn we_never_keep_ourselves() {
    let mut policy = policy();
    policy.handle(keep(peer(100), vec![address(1)]), ZERO);
    assert!(!policy.keeps(peer(100)));
}

#[test]
fn failures_back_off_to_five_minutes() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    let mut now = ZERO;
    let mut waits = Vec::new();
    for _ in 0..14 {
        assert_eq!(policy.due(now).len(), 1);
        policy.handle(Change::DialFailed { peer: peer(1) }, now);
        let next = policy.next_at().unwrap();
        waits.push(next - now);
        now = next;
    }
    assert!(waits[0] < BACKOFF_MIN * 2);
    assert!(
        waits
            .iter()
            .all(|wait| (BACKOFF_MIN..=BACKOFF_MAX).contains(wait)),
        "{waits:?}"
    );
    assert!(waits[13] >= BACKOFF_MAX / 2);
}

#[test]
fn a_stable_connection_makes_up_for_failures_and_a_short_one_does_not() {
    for (lasted, quick) in [(STABLE_AFTER, true), (Duration::from_secs(1), false)] {
        let mut policy = policy();
        policy.handle(keep(peer(1), vec![address(1)]), ZERO);
        let mut now = ZERO;
        for _ in 0..8 {
            policy.due(now);
            policy.handle(Change::DialFailed { peer: peer(1) }, now);
            now = policy.next_at().unwrap();
        }
        policy.due(now);
        policy.handle(
            Change::Connected {
                peer: peer(1),
                dialled: Some(address(1)),
                is_relayed: false,
            },
            now,
        );
        now += lasted;
        policy.handle(Change::Disconnected { peer: peer(1) }, now);
        assert_eq!(policy.next_at().unwrap() - now < BACKOFF_MIN * 2, quick);
    }
}

#[test]
fn impatience_and_new_addresses_end_a_wait() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    policy.due(ZERO);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    policy.handle(
        Change::RetryNow {
            peer: Some(peer(2)),
        },
        ZERO,
    );
    assert_eq!(policy.due(ZERO), vec![]);
    policy.handle(Change::RetryNow { peer: None }, ZERO);
    assert_eq!(policy.due(ZERO).len(), 1);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    assert_eq!(policy.due(ZERO), vec![]);
    policy.handle(keep(peer(1), vec![address(2)]), ZERO);
    assert_eq!(policy.due(ZERO)[0].addresses, vec![address(2), address(1)]);
}

#[test]
fn a_relay_is_tried_a_little_later_and_the_dial_is_over_when_both_ways_have_failed() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![circuit(1), address(2)]), ZERO);
    let dial = |addresses, way| {
        let peer = peer(1);
        vec![Dial {
            peer,
            addresses,
            way,
            with_announced: way != Way::Detour,
        }]
    };
    assert_eq!(policy.due(ZERO), dial(vec![address(2)], Way::Direct));
    assert_eq!(
        (policy.due(ZERO), policy.next_at()),
        (vec![], Some(DETOUR_DELAY))
    );
    let relayed = dial(vec![circuit(1)], Way::Detour);
    assert_eq!(policy.due(DETOUR_DELAY), relayed);
    assert_eq!(policy.next_at(), None);
    policy.handle(Change::DialFailed { peer: peer(1) }, HANDSHAKE);
    assert!(policy.is_dialling(peer(1)), "the other is under way");
    policy.handle(Change::DialFailed { peer: peer(1) }, HANDSHAKE);
    assert!(!policy.is_dialling(peer(1)));
    let again = policy.next_at().unwrap();
    assert!(again >= HANDSHAKE + BACKOFF_MIN);
    // What fails at once has the relay tried at once.
    assert_eq!(policy.due(again), dial(vec![address(2)], Way::Direct));
    policy.handle(Change::DialFailed { peer: peer(1) }, again);
    assert!(policy.is_dialling(peer(1)));
    assert_eq!(policy.due(again), relayed);
}

#[test]
fn this_machine_is_tried_as_late_as_a_relay_if_the_peer_may_be_elsewhere() {
    let here: Multiaddr = "/ip4/127.0.0.1/udp/1/quic-v1".parse().unwrap();
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![here.clone(), address(2)]), ZERO);
    policy.handle(keep(peer(2), vec![here.clone()]), ZERO);
    let dialled = |dials: Vec<Dial>| -> Vec<_> {
        let dials = dials.into_iter();
        dials
            .map(|dial| (dial.peer, dial.way, dial.addresses))
            .collect()
    };
    assert_eq!(
        dialled(policy.due(ZERO)),
        [
            (peer(1), Way::Direct, vec![address(2)]),
            (peer(2), Way::Direct, vec![here.clone()]),
        ]
    );
    assert_eq!(
        dialled(policy.due(DETOUR_DELAY)),
        [(peer(1), Way::Detour, vec![here])]
    );
}

#[test]
fn once_connected_no_relay_is_tried_any_more() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![circuit(1), address(2)]), ZERO);
    policy.due(ZERO);
    policy.handle(connected(false), ZERO);
    assert_eq!(policy.due(DETOUR_DELAY), vec![]);
    assert_eq!(policy.next_at(), None);
}

#[test]
fn who_is_connected_through_relays_alone_is_dialled_without_one_and_sooner_when_seen_near() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![circuit(1), address(2)]), ZERO);
    policy.due(ZERO);
    policy.handle(connected(true), ZERO);
    assert_eq!(policy.due(ZERO), vec![]);
    let mut now = DIRECT_INTERVAL;
    assert_eq!(policy.next_at(), Some(now));
    let better = vec![Dial {
        peer: peer(1),
        addresses: vec![address(2)],
        way: Way::Better,
        with_announced: true,
    }];
    assert_eq!(policy.due(now), better);
    policy.handle(Change::DialFailed { peer: peer(1) }, now);
    assert_eq!(policy.next_at(), Some(now + DIRECT_INTERVAL));
    policy.handle(Change::Discovered { peer: peer(1) }, now);
    now += DISCOVERY_HASTE;
    assert_eq!(policy.due(now), better);
    policy.handle(connected(false), now);
    assert_eq!(policy.next_at(), None, "there is nothing better");
    policy.handle(Change::Discovered { peer: peer(1) }, now);
    assert_eq!(policy.due(now + DIRECT_INTERVAL), vec![]);
}

#[test]
fn the_lower_id_dials_first_on_discovery() {
    for (other, wait) in [(peer(200), ZERO), (peer(1), DISCOVERY_HEAD_START)] {
        let mut policy = policy();
        policy.handle(
            Change::Keep {
                peer: other,
                addresses: vec![],
                connected: true,
            },
            ZERO,
        );
        policy.handle(Change::Disconnected { peer: other }, STABLE_AFTER);
        policy.handle(Change::Discovered { peer: other }, STABLE_AFTER);
        assert_eq!(policy.next_at(), Some(STABLE_AFTER + wait));
    }
}

#[test]
fn forged_announcements_cause_one_dial_in_a_while() {
    let mut policy = policy();
    policy.handle(keep(peer(200), vec![address(1)]), ZERO);
    let mut now = ZERO;
    for _ in 0..8 {
        policy.due(now);
        policy.handle(Change::DialFailed { peer: peer(200) }, now);
        now = policy.next_at().unwrap();
    }
    policy.due(now);
    policy.handle(Change::DialFailed { peer: peer(200) }, now);
    policy.handle(Change::Discovered { peer: peer(200) }, now);
    assert_eq!(policy.next_at(), Some(now + DISCOVERY_HASTE));
}

/// A dial beside the one in flight, where a peer announces itself.
fn nearby(peer: TransportId) -> Vec<Dial> {
    vec![Dial {
        peer,
        addresses: vec![],
        way: Way::Beside,
        with_announced: true,
    }]
}

#[test]
fn what_is_announced_during_a_dial_is_dialled_beside_it_once_that_had_its_time_or_failed() {
    let moment = Duration::from_millis(1);
    for (failed_at, begins) in [(None, BESIDE_DELAY), (Some(moment * 2), moment * 2)] {
        let mut policy = policy();
        let ben = peer(200);
        policy.handle(keep(ben, vec![address(1)]), ZERO);
        assert_eq!(policy.due(ZERO).len(), 1);
        policy.handle(Change::Discovered { peer: ben }, moment);
        assert_eq!(policy.next_at(), Some(BESIDE_DELAY));
        if let Some(at) = failed_at {
            policy.handle(Change::DialFailed { peer: ben }, at);
        }
        assert_eq!(policy.next_at(), Some(begins));
        assert_eq!(policy.due(begins), nearby(ben));
        assert!(policy.is_dialling(ben));
        assert_eq!(policy.next_at(), None);
        if failed_at.is_none() {
            policy.handle(Change::DialFailed { peer: ben }, HANDSHAKE);
            assert!(policy.is_dialling(ben), "the other is under way");
        }
        policy.handle(Change::DialFailed { peer: ben }, HANDSHAKE * 2);
        assert!(!policy.is_dialling(ben));
    }
}

#[test]
fn what_is_told_during_a_dial_is_dialled_beside_it_and_what_is_told_then_as_soon_as_all_failed() {
    let second = Duration::from_secs(1);
    let strangers = |port| found(1, [port]);
    let itself = |port| keep(peer(1), vec![address(port), circuit(port)]);
    let tells: [&dyn Fn(u16) -> Change; 2] = [&itself, &strangers];
    for (tell, told) in tells.into_iter().zip([2, 1]) {
        let mut policy = policy();
        policy.handle(keep(peer(1), vec![address(1)]), ZERO);
        assert_eq!(policy.due(ZERO).len(), 1);
        policy.handle(keep(peer(1), vec![address(1)]), ZERO);
        assert_eq!(policy.next_at(), None, "that is no news");
        policy.handle(tell(2), ZERO);
        assert_eq!(policy.next_at(), Some(BESIDE_DELAY));
        let dials = policy.due(second);
        let news = [address(2), circuit(2)];
        assert_eq!((dials.len(), dials[0].way), (1, Way::Beside));
        assert_eq!(dials[0].addresses, news[..told]);
        policy.handle(tell(3), second);
        assert_eq!(policy.next_at(), None, "once for each");
        policy.handle(Change::DialFailed { peer: peer(1) }, second);
        assert!(policy.is_dialling(peer(1)));
        policy.handle(Change::DialFailed { peer: peer(1) }, HANDSHAKE);
        let dials = policy.due(HANDSHAKE);
        assert_eq!((dials.len(), dials[0].way), (1, Way::Direct));
        assert!(dials[0].addresses.contains(&address(3)));
    }
}

#[test]
fn what_is_told_during_a_dial_brings_no_announcement_with_it_before_those_may_cause_a_dial_again() {
    let mut policy = policy();
    let ben = peer(200);
    policy.handle(keep(ben, vec![address(1)]), ZERO);
    policy.due(ZERO);
    policy.handle(Change::Discovered { peer: ben }, ZERO);
    assert_eq!(policy.due(BESIDE_DELAY), nearby(ben));
    policy.handle(Change::DialFailed { peer: ben }, BESIDE_DELAY);
    policy.handle(Change::DialFailed { peer: ben }, BESIDE_DELAY);
    let now = policy.next_at().unwrap();
    assert_eq!(policy.due(now).len(), 1);
    policy.handle(Change::Discovered { peer: ben }, now);
    policy.handle(keep(ben, vec![address(2)]), now);
    let dials = policy.due(now + BESIDE_DELAY);
    assert_eq!((dials.len(), dials[0].way), (1, Way::Beside));
    assert_eq!(dials[0].addresses, [address(2)]);
    assert!(!dials[0].with_announced);
    assert!(policy.kept[&ben].announced, "it is still to be tried");
}

#[test]
fn who_is_connected_meanwhile_is_not_dialled_beside_it_and_the_lower_id_is_first_there_too() {
    for (other, begins) in [(peer(200), BESIDE_DELAY), (peer(1), DISCOVERY_HEAD_START)] {
        let mut policy = policy();
        policy.handle(keep(other, vec![address(1)]), ZERO);
        policy.due(ZERO);
        policy.handle(Change::Discovered { peer: other }, ZERO);
        assert_eq!(policy.next_at(), Some(begins));
        let change = Change::Connected {
            peer: other,
            dialled: None,
            is_relayed: false,
        };
        policy.handle(change, begins);
        assert_eq!((policy.due(begins), policy.next_at()), (vec![], None));
    }
}

#[test]
fn where_another_answers_nothing_is_dialled_beside_a_dial_until_all_has_failed() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    policy.due(ZERO);
    policy.handle(Change::Discovered { peer: peer(1) }, ZERO);
    policy.handle(misled(address(9)), ZERO);
    assert_eq!(policy.next_at(), None);
    policy.handle(Change::Discovered { peer: peer(1) }, ZERO);
    assert_eq!(policy.next_at(), None);
}

#[test]
fn an_announcement_after_that_causes_the_next_dial_in_haste() {
    let mut policy = policy();
    let ben = peer(200);
    policy.handle(keep(ben, vec![address(1)]), ZERO);
    let mut now = ZERO;
    for _ in 0..8 {
        policy.due(now);
        policy.handle(Change::DialFailed { peer: ben }, now);
        now = policy.next_at().unwrap();
    }
    for lasted in [Duration::from_millis(1), HANDSHAKE] {
        assert_eq!(policy.due(now).len(), 1);
        policy.handle(Change::Discovered { peer: ben }, now);
        let beside = policy.next_at().unwrap();
        assert_eq!(policy.due(beside), nearby(ben));
        policy.handle(Change::Discovered { peer: ben }, beside);
        assert_eq!(policy.next_at(), None, "once for each");
        policy.handle(Change::DialFailed { peer: ben }, beside);
        let failed = beside + lasted;
        policy.handle(Change::DialFailed { peer: ben }, failed);
        let next = policy.next_at().unwrap();
        assert_eq!(next, failed.max(beside + DISCOVERY_HASTE));
        now = next;
    }
    policy.due(now);
    policy.handle(Change::DialFailed { peer: ben }, now);
    assert!(policy.next_at().unwrap() > now + DISCOVERY_HASTE);
}

#[test]
fn who_forges_announcements_without_end_causes_few_dials_and_keeps_none_of_what_is_known_from_it() {
    let step = Duration::from_millis(10);
    let end = HANDSHAKE * 20;
    let mut policy = policy();
    policy.handle(keep(peer(200), vec![address(1)]), ZERO);
    let (mut now, mut ends) = (ZERO, Vec::new());
    let (mut known, mut dials) = (0_u32, 0_u32);
    while now < end {
        policy.handle(Change::Discovered { peer: peer(200) }, now);
        for dial in policy.due(now) {
            ends.push(now + HANDSHAKE);
            known += u32::from(dial.addresses == [address(1)]);
            dials += 1;
        }
        for _ in ends.extract_if(.., |at| *at <= now) {
            policy.handle(Change::DialFailed { peer: peer(200) }, now);
        }
        now += step;
    }
    assert!(dials - 1 <= u32::try_from(end.as_secs() / DISCOVERY_HASTE.as_secs()).unwrap());
    assert!(known >= u32::try_from(end.as_secs() / (HANDSHAKE.as_secs() * 2)).unwrap());
}

#[test]
fn dials_in_flight_are_limited() {
    let mut policy = policy();
    for number in 0..=u8::try_from(DIALS_MAX).unwrap() {
        policy.handle(keep(peer(number), vec![address(1)]), ZERO);
    }
    assert_eq!(policy.due(ZERO).len(), DIALS_MAX);
    assert_eq!(policy.next_at(), None);
    assert_eq!(policy.due(ZERO), vec![]);
    policy.handle(
        Change::Connected {
            peer: peer(0),
            dialled: None,
            is_relayed: false,
        },
        ZERO,
    );
    assert_eq!(policy.due(ZERO).len(), 1);
}

#[test]
fn addresses_are_limited_and_the_one_that_worked_comes_first() {
    let mut policy = policy();
    let max = u16::try_from(ADDRESSES_PER_PEER_MAX).unwrap();
    policy.handle(keep(peer(1), (1..=max).map(address).collect()), ZERO);
    policy.handle(keep(peer(1), vec![address(max + 1)]), ZERO);
    let dial = &policy.due(ZERO)[0];
    assert_eq!(dial.addresses.len(), ADDRESSES_PER_PEER_MAX);
    assert_eq!(dial.addresses[0], address(max + 1));
    assert!(!dial.addresses.contains(&address(max)));
    policy.handle(
        Change::Connected {
            peer: peer(1),
            dialled: Some(address(3)),
            is_relayed: false,
        },
        ZERO,
    );
    policy.handle(Change::Disconnected { peer: peer(1) }, ZERO);
    policy.handle(Change::RetryNow { peer: None }, ZERO);
    assert_eq!(policy.due(ZERO)[0].addresses[0], address(3));
}

fn found(number: u8, ports: impl IntoIterator<Item = u16>) -> Change {
    Change::Found {
        peer: peer(number),
        addresses: ports.into_iter().map(address).collect(),
    }
}

#[test]
fn what_strangers_say_is_tried_last_and_of_it_the_latest_and_it_takes_no_place_of_what_is_known() {
    let mut policy = policy();
    let max = u16::try_from(ADDRESSES_PER_PEER_MAX).unwrap();
    let known: Vec<Multiaddr> = (1..=max).map(address).collect();
    let most = u16::try_from(FOUND_PER_PEER_MAX).unwrap();
    policy.handle(keep(peer(1), known.clone()), ZERO);
    policy.handle(found(1, 100..100 + most + 1), ZERO);
    policy.handle(found(1, [200, 1]), ZERO);
    let dial = &policy.due(ZERO)[0];
    let said = [200].into_iter().chain(100..98 + most).map(address);
    assert_eq!(dial.addresses, [known.clone(), said.collect()].concat());
    assert_eq!(policy.addresses(peer(1)), known);
    assert_eq!(
        dial.addresses.len(),
        ADDRESSES_PER_PEER_MAX + FOUND_PER_PEER_MAX - 1
    );
}

#[test]
fn where_strangers_said_is_known_once_it_led_there() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    policy.handle(found(1, [2]), ZERO);
    assert_eq!(policy.addresses(peer(1)), [address(1)]);
    let dialled = Some(address(2));
    let change = Change::Connected {
        peer: peer(1),
        dialled,
        is_relayed: false,
    };
    policy.handle(change, ZERO);
    assert_eq!(policy.addresses(peer(1)), [address(2), address(1)]);
}

#[test]
fn news_of_strangers_end_a_wait_and_what_they_said_before_does_not() {
    let mut policy = policy();
    policy.handle(found(1, [2]), ZERO);
    assert_eq!(policy.next_at(), None, "nobody wants to do with them");
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    policy.due(ZERO);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    policy.handle(found(1, [1]), ZERO);
    assert!(policy.next_at().unwrap() > ZERO);
    policy.handle(found(1, [2]), ZERO);
    assert_eq!(policy.due(ZERO)[0].addresses, [address(1), address(2)]);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    policy.handle(found(1, [2]), ZERO);
    assert!(policy.next_at().unwrap() > ZERO);
}

#[derive(Debug, Clone)]
enum Step {
    Keep(u8, u16),
    Found(u8, u16),
    Forget(u8),
    Discovered(u8),
    Connected(u8, bool),
    Disconnected(u8),
    DialFailed(u8),
    RetryNow(u8),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let peers = 0u8..24;
    prop_oneof![
        (peers.clone(), 1u16..30).prop_map(|(peer, port)| Step::Keep(peer, port)),
        (peers.clone(), 1u16..30).prop_map(|(peer, port)| Step::Found(peer, port)),
        peers.clone().prop_map(Step::Forget),
        peers.clone().prop_map(Step::Discovered),
        (peers.clone(), any::<bool>()).prop_map(|(peer, relayed)| Step::Connected(peer, relayed)),
        peers.clone().prop_map(Step::Disconnected),
        peers.clone().prop_map(Step::DialFailed),
        peers.prop_map(Step::RetryNow),
        (0u64..400_000).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn every_kept_peer_is_connected_dialled_or_waiting_within_bounds(
        steps in prop::collection::vec(step(), 0..200),
        seed: u64,
    ) {
        let mut policy = DialPolicy::new(peer(100), false, seed);
        let mut now = ZERO;
        for step in steps {
            let change = match step {
                Step::Keep(number, port) => {
                    let addresses = [address(port), circuit(port)];
                    keep(peer(number), addresses[..usize::from(port % 3).min(2)].to_vec())
                }
                Step::Found(number, port) => found(number, port..port + 9),
                Step::Forget(number) => Change::Forget { peer: peer(number) },
                Step::Discovered(number) => Change::Discovered { peer: peer(number) },
                Step::Connected(number, is_relayed) => {
                    Change::Connected { peer: peer(number), dialled: None, is_relayed }
                }
                Step::Disconnected(number) => Change::Disconnected { peer: peer(number) },
                Step::DialFailed(number) => Change::DialFailed { peer: peer(number) },
                Step::RetryNow(number) => Change::RetryNow { peer: Some(peer(number)) },
                Step::Wait(milliseconds) => {
                    now += Duration::from_millis(milliseconds);
                    Change::RetryNow { peer: Some(peer(255)) }
                }
            };
            policy.handle(change, now);
            for dial in policy.due(now) {
                prop_assert!(policy.keeps(dial.peer));
                let most = ADDRESSES_PER_PEER_MAX + FOUND_PER_PEER_MAX;
                prop_assert!(dial.addresses.len() <= most);
                let relayed = dial.addresses.iter().all(address::is_circuit);
                let is_mixed = dial.addresses.is_empty() || dial.way == Way::Beside;
                prop_assert!(is_mixed || relayed == (dial.way == Way::Detour));
            }
            prop_assert!(policy.next_at().is_none_or(|at| at > now), "all that is due was started");
            prop_assert!(policy.in_flight() <= DIALS_MAX);
            for kept in policy.kept.values() {
                match kept.phase {
                    Phase::Waiting { until } => prop_assert!(until <= now + BACKOFF_MAX),
                    Phase::Dialling { in_flight, detour_at, beside_at } => {
                        let is_more_due = detour_at.or(beside_at).is_some();
                        prop_assert!(in_flight > 0 || is_more_due, "it ends");
                        prop_assert!(in_flight <= 3, "one of each way");
                    }
                    Phase::Connected { direct_at, .. } => {
                        prop_assert!(direct_at.is_none_or(|at| at <= now + DIRECT_INTERVAL));
                    }
                }
            }
            let none_waits = policy.kept.values().all(|k| !matches!(k.phase, Phase::Waiting { .. }));
            prop_assert!(none_waits || policy.in_flight() == DIALS_MAX || policy.next_at().is_some());
        }
    }
}

#[test]
fn so_many_strangers_who_announce_themselves_are_dialled_and_one_more_is_not() {
    let mut policy = DialPolicy::new(peer(0), true, 1);
    let most = u8::try_from(NEIGHBOURS_MAX).unwrap();
    for number in 1..=most + 1 {
        let peer = peer(number);
        policy.handle(Change::Discovered { peer }, ZERO);
        assert!(
            !policy.keeps(peer),
            "a stranger has no place of a contact's"
        );
    }
    let due = policy.due(ZERO);
    assert_eq!(due.len(), NEIGHBOURS_MAX);
    assert!(due.iter().all(|dial| dial.peer != peer(most + 1)));
}

#[test]
fn a_stranger_is_dialled_for_as_long_as_they_announce_themselves_and_a_contact_always() {
    let mut policy = DialPolicy::new(peer(0), true, 1);
    let (stranger, contact, near) = (peer(1), peer(2), peer(3));
    policy.handle(keep(contact, vec![]), ZERO);
    for peer in [stranger, contact, near] {
        policy.handle(Change::Discovered { peer }, ZERO);
    }
    let dialled = None;
    policy.handle(
        Change::Connected {
            peer: near,
            dialled,
            is_relayed: false,
        },
        ZERO,
    );
    for peer in [stranger, contact, near] {
        policy.handle(Change::Unseen { peer }, ZERO);
    }
    let due = policy.due(ZERO);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].peer, contact);
    // Who is connected stays so, and is forgotten when that ends.
    policy.handle(Change::Disconnected { peer: near }, ZERO);
    assert!(policy.due(BACKOFF_MAX).iter().all(|dial| dial.peer != near));
}

#[test]
fn a_stranger_who_does_not_answer_makes_room_for_another_after_so_many_dials() {
    let mut policy = DialPolicy::new(peer(0), true, 1);
    policy.handle(Change::Discovered { peer: peer(1) }, ZERO);
    let mut now = ZERO;
    let mut dials = 0;
    for _ in 0..2 * NEIGHBOUR_FAILURES_MAX {
        dials += policy.due(now).len();
        policy.handle(Change::DialFailed { peer: peer(1) }, now);
        now += BACKOFF_MAX;
    }
    assert_eq!(u32::try_from(dials), Ok(NEIGHBOUR_FAILURES_MAX + 1));
}

#[test]
fn without_a_mesh_no_stranger_is_dialled() {
    let mut policy = policy();
    policy.handle(Change::Discovered { peer: peer(1) }, ZERO);
    assert_eq!(policy.due(BACKOFF_MAX), vec![]);
}

#[test]
fn after_a_wake_nobody_waits_and_who_is_connected_is_dialled_once_more() {
    let mut policy = policy();
    for number in 1..=3 {
        policy.handle(keep(peer(number), vec![address(number.into())]), ZERO);
    }
    policy.due(ZERO);
    let mut now = ZERO;
    for _ in 0..6 {
        policy.handle(Change::DialFailed { peer: peer(3) }, now);
        now += BACKOFF_MAX;
        policy.due(now);
    }
    policy.handle(Change::DialFailed { peer: peer(3) }, now);
    for number in 1..=2 {
        let change = Change::Connected {
            peer: peer(number),
            dialled: None,
            is_relayed: false,
        };
        policy.handle(change, now);
    }
    assert_eq!(policy.due(now), vec![]);
    policy.handle(Change::Woke, now);
    let mut dials = policy.due(now);
    now += AGAIN_INTERVAL;
    dials.extend(policy.due(now));
    let mut dials: Vec<_> = dials.iter().map(|dial| (dial.peer, dial.way)).collect();
    dials.sort_by_key(|(peer, _)| *peer);
    assert_eq!(
        dials,
        [
            (peer(1), Way::Better),
            (peer(2), Way::Better),
            (peer(3), Way::Direct)
        ]
    );
    // Nothing comes of it, and what was there is left as it was.
    for number in 1..=3 {
        policy.handle(Change::DialFailed { peer: peer(number) }, now);
    }
    let next = policy.next_at().unwrap();
    assert!(
        next < now + BACKOFF_MIN * 2,
        "failures from before do not count"
    );
    let due: Vec<_> = policy
        .due(now + BACKOFF_MAX)
        .iter()
        .map(|dial| dial.peer)
        .collect();
    assert_eq!(due, [peer(3)]);
}

#[test]
fn a_wake_in_the_middle_of_a_dial_changes_nothing() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    assert_eq!(policy.due(ZERO).len(), 1);
    policy.handle(Change::Woke, ZERO);
    assert_eq!(policy.due(BACKOFF_MAX), vec![]);
}

fn misled(at: Multiaddr) -> Change {
    Change::Misled {
        peer: peer(1),
        address: at,
    }
}

#[test]
fn where_another_answers_is_left_out_until_all_else_has_failed_too_and_that_is_dialled_at_once() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1), address(2)]), ZERO);
    let found = Change::Found {
        peer: peer(1),
        addresses: vec![address(3)],
    };
    policy.handle(found, ZERO);
    let mut dialled = vec![address(1), address(2), address(3)];
    for liar in [address(3), address(1)] {
        assert_eq!(policy.due(ZERO)[0].addresses, dialled);
        policy.handle(misled(liar.clone()), ZERO);
        policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
        assert_eq!(policy.next_at(), Some(ZERO));
        dialled.retain(|other| *other != liar);
    }
    assert_eq!(policy.due(ZERO)[0].addresses, [address(2)]);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    let again = policy.next_at().unwrap();
    assert!(again >= BACKOFF_MIN, "it was no liar who failed");
    let all = [address(1), address(2), address(3)];
    assert_eq!(policy.due(again)[0].addresses, all);
}

#[test]
fn whoever_announces_the_id_of_another_keeps_nobody_from_where_that_is_known_to_be() {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![address(1)]), ZERO);
    assert!(policy.due(ZERO)[0].with_announced);
    policy.handle(misled(address(9)), ZERO);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    let dial = policy.due(ZERO).remove(0);
    assert!(!dial.with_announced);
    assert_eq!(dial.addresses, [address(1)]);
    // However it is that another answers once more, nothing is left to be dialled at once.
    policy.handle(misled(address(8)), ZERO);
    policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    let again = policy.next_at().unwrap();
    assert!(again >= BACKOFF_MIN);
    assert!(policy.due(again)[0].with_announced);
}

#[test]
fn liars_alone_have_a_peer_be_dialled_once_for_each_of_them_and_then_no_more_for_a_while() {
    let mut policy = policy();
    let liars: Vec<Multiaddr> = (1..=4).map(address).collect();
    policy.handle(keep(peer(1), liars.clone()), ZERO);
    for liar in liars {
        assert_eq!(policy.due(ZERO).len(), 1);
        policy.handle(misled(liar), ZERO);
        policy.handle(Change::DialFailed { peer: peer(1) }, ZERO);
    }
    assert!(policy.next_at().unwrap() >= BACKOFF_MIN);
}

#[test]
fn who_is_connected_through_relays_alone_is_dialled_where_they_say_that_they_are_now_and_not_too_often()
 {
    let mut policy = policy();
    policy.handle(keep(peer(1), vec![circuit(1)]), ZERO);
    policy.due(ZERO);
    policy.handle(connected(true), ZERO);
    let mut now = Duration::from_secs(10);
    let mut dials = 0;
    for port in 2..=100 {
        policy.handle(keep(peer(1), vec![address(port)]), now);
        dials += policy.due(now).len();
        policy.handle(Change::DialFailed { peer: peer(1) }, now);
        now += Duration::from_millis(100);
    }
    assert_eq!(dials, 5, "in ten seconds");
    policy.handle(connected(false), now);
    policy.handle(keep(peer(1), vec![address(200)]), now);
    assert_eq!(policy.next_at(), None);
}
