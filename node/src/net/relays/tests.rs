use libp2p::identity::Keypair;
use proptest::prelude::*;

use super::*;

const ZERO: Duration = Duration::ZERO;

fn relay(number: u8) -> TransportId {
    let key = Keypair::ed25519_from_bytes([number; 32]).unwrap();
    address::transport_id(&key.public().to_peer_id()).unwrap()
}

fn at(number: u8) -> Multiaddr {
    format!("/ip4/45.0.{number}.1/udp/4001/quic-v1")
        .parse()
        .unwrap()
}

/// Somebody whom nobody reaches, with so many who would help.
fn with_offers(count: u8) -> Relays {
    let mut relays = Relays::default();
    relays.want(true);
    (1..=count).for_each(|number| relays.offer(relay(number), at(number), ZERO));
    relays
}

fn asked(relays: &mut Relays, now: Duration) -> Vec<TransportId> {
    let due = relays.due(now).into_iter();
    due.map(|reserve| reserve.relay).collect()
}

#[test]
fn as_many_relays_as_are_needed_are_asked_and_not_one_more() {
    let mut relays = with_offers(4);
    let first = asked(&mut relays, ZERO);
    assert_eq!(first.len(), RESERVATIONS_MAX);
    assert_eq!(relays.circuits(), Vec::<Multiaddr>::new(), "only asked");
    assert!(relays.reserved(first[0], ZERO));
    assert_eq!(asked(&mut relays, ZERO), []);
    assert_eq!(relays.next_at(), Some(ANSWER_TIME), "of the other");
    assert_eq!(relays.holding().collect::<Vec<_>>(), [first[0]]);
    let circuit = relays.circuits().remove(0).to_string();
    assert!(circuit.ends_with("/p2p-circuit") && circuit.starts_with("/ip4/45.0."));
}

#[test]
fn who_is_reached_directly_asks_nobody() {
    let mut relays = with_offers(2);
    relays.want(false);
    assert_eq!((asked(&mut relays, ZERO), relays.next_at()), (vec![], None));
    relays.want(true);
    assert_eq!(asked(&mut relays, ZERO).len(), 2);
}

#[test]
fn when_a_relay_is_gone_another_is_asked_at_once_and_it_is_later() {
    let mut relays = with_offers(3);
    let first = asked(&mut relays, ZERO);
    first
        .iter()
        .for_each(|one| assert!(relays.reserved(*one, ZERO)));
    relays.withdraw(first[0]);
    relays.closed(first[0], ZERO);
    let next = asked(&mut relays, ZERO);
    assert_eq!(next.len(), 1);
    assert!(!first.contains(&next[0]));
    relays.closed(next[0], ZERO);
    assert_eq!(asked(&mut relays, ZERO), [], "it has just refused");
    assert_eq!(relays.next_at(), Some(WAIT_MIN));
    assert_eq!(asked(&mut relays, WAIT_MIN), next);
}

#[test]
fn one_that_refuses_is_asked_ever_more_rarely_and_never_given_up() {
    let mut relays = with_offers(1);
    let mut now = ZERO;
    let mut waits = Vec::new();
    for _ in 0..40 {
        assert_eq!(asked(&mut relays, now), [relay(1)]);
        relays.closed(relay(1), now);
        let next = relays.next_at().unwrap();
        waits.push(next.saturating_sub(now));
        now = next;
    }
    assert_eq!(waits[0], WAIT_MIN);
    assert!(waits.is_sorted());
    assert_eq!(waits.last(), Some(&WAIT_MAX));
    for (held, wait) in [(LASTING_TIME / 2, WAIT_MAX), (LASTING_TIME, WAIT_MIN)] {
        asked(&mut relays, now);
        assert!(relays.reserved(relay(1), now));
        now += held;
        relays.closed(relay(1), now);
        assert_eq!(relays.next_at(), Some(now + wait), "held for {held:?}");
        now += wait;
    }
}

#[test]
fn one_that_never_answers_keeps_no_other_from_being_asked() {
    let mut relays = with_offers(3);
    let first = asked(&mut relays, ZERO);
    let just_before = ANSWER_TIME.saturating_sub(Duration::from_millis(1));
    assert_eq!(asked(&mut relays, just_before), []);
    assert_eq!(relays.next_at(), Some(ANSWER_TIME));
    let next = asked(&mut relays, ANSWER_TIME);
    assert_eq!(next.len(), 1);
    assert!(!first.contains(&next[0]));
    // What it says after all changes nothing.
    assert!(relays.reserved(first[0], ANSWER_TIME));
    assert_eq!(relays.holding().count(), 0);
}

#[test]
fn who_is_forgotten_holds_no_place_for_us() {
    let mut relays = with_offers(1);
    assert!(!relays.forget(relay(1)), "it was not asked");
    let mut relays = with_offers(1);
    asked(&mut relays, ZERO);
    assert!(relays.reserved(relay(1), ZERO));
    assert!(relays.forget(relay(1)));
    assert_eq!(relays.circuits(), Vec::<Multiaddr>::new());
    assert!(!relays.reserved(relay(1), ZERO));
}

#[test]
fn a_relay_that_has_us_renew_as_often_as_may_be_is_kept_and_once_more_is_left_for_long() {
    let mut relays = with_offers(1);
    asked(&mut relays, ZERO);
    for _ in 0..=HASTY_RENEWALS_MAX {
        assert!(relays.reserved(relay(1), ZERO));
    }
    assert!(!relays.reserved(relay(1), ZERO));
    relays.closed(relay(1), ZERO);
    assert_eq!(relays.next_at(), Some(SHUNNED_TIME));

    let mut relays = with_offers(1);
    asked(&mut relays, ZERO);
    for renewal in 0..100 {
        assert!(relays.reserved(relay(1), RENEWAL_MIN * renewal));
    }
}

#[test]
fn as_many_offers_as_may_be_are_known_and_one_more_takes_the_place_of_those_who_are_gone() {
    let most = u8::try_from(OFFERS_MAX).unwrap();
    let mut relays = with_offers(most);
    relays.offer(relay(most + 1), at(1), ZERO);
    assert!(!relays.offers.contains_key(&relay(most + 1)));
    relays.withdraw(relay(1));
    relays.offer(relay(most + 1), at(1), ZERO);
    assert_eq!(relays.offers.len(), OFFERS_MAX);
    assert!(relays.offers.contains_key(&relay(most + 1)));
}

proptest! {
    #[test]
    fn never_more_places_than_are_wanted_whatever_happens(
        steps in prop::collection::vec((0_u8..6, 1_u8..5, 0_u64..100), 1..200)
    ) {
        let mut relays = Relays::default();
        let mut now = ZERO;
        for (what, number, later) in steps {
            now += Duration::from_secs(later);
            match what {
                0 => relays.want(number % 2 == 0),
                1 => relays.offer(relay(number), at(number), now),
                2 => relays.withdraw(relay(number)),
                3 => drop(relays.reserved(relay(number), now)),
                4 => relays.closed(relay(number), now),
                _ => {
                    let before = relays.next_at();
                    let due = relays.due(now);
                    prop_assert!(due.is_empty() || before.is_some_and(|at| at <= now));
                }
            }
            let taken = relays.offers.values();
            let taken = taken.filter(|offer| !matches!(offer.phase, Phase::Waiting { .. }));
            prop_assert!(taken.count() <= RESERVATIONS_MAX);
            if what == 5 {
                let waiting = relays.next_at();
                prop_assert!(waiting.is_none_or(|at| at > now), "all that is due was asked");
            }
        }
    }
}
