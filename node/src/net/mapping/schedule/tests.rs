use std::num::NonZeroU16;

use super::*;
use crate::net::mapping::fake::place;
use crate::net::mapping::upnp::fake::service;

const ZERO: Duration = Duration::ZERO;
const HERE: [u8; 4] = [192, 168, 1, 1];

fn want(gateway: [u8; 4], number: usize) -> Want {
    Want {
        gateway: place((gateway, 5351).into()),
        port: Port {
            is_udp: true,
            own: [192, 168, 1, 2].into(),
            number: NonZeroU16::new(u16::try_from(number).unwrap()).unwrap(),
        },
    }
}

fn grant(lifetime: Duration) -> Grant {
    Grant {
        external: ([45, 0, 2, 1], 4001).into(),
        lifetime,
        spoken: Spoken::NatPmp,
    }
}

/// A schedule with one port that is wanted, and that port.
fn wanting() -> (Schedule, Want) {
    let mut schedule = Schedule::new(7);
    let want = want(HERE, 1);
    assert!(schedule.want([want].into(), ZERO).is_empty());
    (schedule, want)
}

/// That a port is to be asked for, which was granted so far.
fn due(want: Want, granted: Option<Grant>) -> Option<Due> {
    Some(Due {
        want,
        granted,
        service: None,
    })
}

fn is_granted(schedule: &Schedule) -> bool {
    schedule.granted().next().is_some()
}

#[test]
fn a_port_is_asked_for_at_once_and_again_before_half_of_its_time_is_over() {
    let (mut schedule, want) = wanting();
    assert_eq!(schedule.due(ZERO), due(want, None));
    schedule.answered(want, Ok(grant(LIFETIME)), ZERO);
    assert_eq!(schedule.due(ZERO), None);
    let renewal = schedule.next_at().unwrap();
    assert!(renewal < LIFETIME / 2 && renewal >= LIFETIME * 4 / 10);
    let just_before = renewal.saturating_sub(Duration::from_millis(1));
    assert_eq!(schedule.due(just_before), None);
    assert_eq!(schedule.due(renewal), due(want, Some(grant(LIFETIME))));
}

#[test]
fn devices_that_start_together_do_not_ask_together_for_ever() {
    let renewals = [1, 2].map(|seed| {
        let mut schedule = Schedule::new(seed);
        schedule.want([want(HERE, 1)].into(), ZERO);
        schedule.answered(want(HERE, 1), Ok(grant(LIFETIME)), ZERO);
        schedule.next_at()
    });
    assert_ne!(renewals[0], renewals[1]);
}

#[test]
fn a_port_counts_no_longer_than_it_was_asked_for_whatever_is_granted() {
    let (mut schedule, want) = wanting();
    schedule.answered(want, Ok(grant(Duration::from_secs(u32::MAX.into()))), ZERO);
    assert!(schedule.next_at().unwrap() < LIFETIME / 2);
    let just_before = LIFETIME.saturating_sub(Duration::from_millis(1));
    schedule.expire(just_before);
    assert!(is_granted(&schedule));
    schedule.expire(LIFETIME);
    assert!(!is_granted(&schedule));
}

#[test]
fn after_a_failure_the_wait_is_doubled_until_it_is_an_hour() {
    let (mut schedule, want) = wanting();
    let mut now = ZERO;
    let mut span = WAIT_MIN;
    for _ in 0..20 {
        let refused = Failure::Refused { code: 2 };
        schedule.answered(want, Err(refused), now);
        let wait = schedule.next_at().unwrap().saturating_sub(now);
        assert!(wait >= span / 2 && wait <= span, "{wait:?} of {span:?}");
        now += wait;
        assert!(schedule.due(now).is_some());
        span = (span * 2).min(WAIT_MAX);
    }
    assert_eq!(span, WAIT_MAX);
    schedule.answered(want, Ok(grant(LIFETIME)), now);
    schedule.answered(want, Err(Failure::Silent), now);
    let wait = schedule.next_at().unwrap().saturating_sub(now);
    assert!(wait <= WAIT_MIN, "all is forgiven");
}

#[test]
fn what_is_not_renewed_lasts_until_its_end_and_is_asked_for_meanwhile() {
    let (mut schedule, want) = wanting();
    schedule.answered(want, Ok(grant(LIFETIME_MIN)), ZERO);
    let renewal = schedule.next_at().unwrap();
    schedule.answered(want, Err(Failure::Silent), renewal);
    schedule.expire(renewal);
    assert!(is_granted(&schedule));
    assert_eq!(schedule.router(), Router::Maps);
    assert!(schedule.next_at().unwrap() < LIFETIME_MIN);
    schedule.expire(LIFETIME_MIN);
    assert!(!is_granted(&schedule));
    assert_eq!(schedule.router(), Router::MapsNothing);
}

#[test]
fn whoever_is_silent_is_not_asked_for_the_other_port_but_somebody_else_is() {
    let mut schedule = Schedule::new(7);
    let [one, two] = [1, 2].map(|number| want(HERE, number));
    let other = want([192, 168, 9, 1], 1);
    schedule.want([one, two, other].into(), ZERO);
    assert_eq!(schedule.due(ZERO), due(one, None));
    schedule.answered(one, Err(Failure::Silent), ZERO);
    assert_eq!(schedule.due(ZERO), due(other, None));
    schedule.answered(other, Err(Failure::Refused { code: 2 }), ZERO);
    assert_eq!(schedule.due(ZERO), None);
    let later = schedule.next_at().unwrap();
    assert!(later >= WAIT_MIN / 2);
}

#[test]
fn what_maps_one_port_is_asked_for_the_others_of_its_gateway_and_no_other() {
    let mut schedule = Schedule::new(7);
    let [one, two] = [1, 2].map(|number| want(HERE, number));
    let other = want([192, 168, 9, 1], 1);
    schedule.want([one, two, other].into(), ZERO);
    let granted = Grant {
        spoken: Spoken::Upnp(service(HERE)),
        ..grant(LIFETIME)
    };
    schedule.answered(one, Ok(granted), ZERO);
    let known = schedule.due(ZERO).unwrap();
    assert_eq!((known.want, known.granted), (two, None));
    assert_eq!(known.service, Some(service(HERE)));
    schedule.answered(two, Ok(grant(LIFETIME)), ZERO);
    assert_eq!(schedule.due(ZERO), due(other, None));
}

#[test]
fn what_counts_no_more_is_given_back() {
    let (mut schedule, want) = wanting();
    let at = |ip: [u8; 4], port: u16| Grant {
        external: (ip, port).into(),
        spoken: Spoken::Upnp(service(HERE)),
        ..grant(LIFETIME)
    };
    let granted = at([45, 0, 2, 1], 4001);
    assert_eq!(schedule.answered(want, Ok(granted.clone()), ZERO), None);
    // The router has another address outside, and the same mapping.
    let moved = at([45, 0, 9, 9], 4001);
    assert_eq!(schedule.answered(want, Ok(moved.clone()), ZERO), None);
    let elsewhere = at([45, 0, 9, 9], 4009);
    let before = schedule.answered(want, Ok(elsewhere.clone()), ZERO);
    assert_eq!(before, Some(moved));
    assert_eq!(
        schedule.answered(want, Err(Failure::Unconnected), ZERO),
        None
    );
    let inside = Failure::Inside([100, 64, 0, 9].into());
    let before = schedule.answered(want, Err(inside), ZERO);
    assert_eq!(before, Some(elsewhere));
    assert_eq!(schedule.answered(want, Err(inside), ZERO), None);
    schedule.answered(want, Ok(granted.clone()), ZERO);
    assert_eq!(schedule.expire(LIFETIME), [(want, granted)]);
    assert_eq!(schedule.expire(LIFETIME), []);
}

#[test]
fn what_a_datagram_renewed_elsewhere_is_the_same_mapping_and_gone_with_what_was_given_back() {
    for failure in [Failure::Unconnected, Failure::Short(ZERO)] {
        let (mut schedule, want) = wanting();
        let elsewhere = Grant {
            external: ([45, 0, 9, 9], 4009).into(),
            ..grant(LIFETIME)
        };
        schedule.answered(want, Ok(grant(LIFETIME)), ZERO);
        assert_eq!(schedule.answered(want, Ok(elsewhere), ZERO), None);
        assert!(is_granted(&schedule));
        assert_eq!(schedule.answered(want, Err(failure), ZERO), None);
        assert!(!is_granted(&schedule));
    }
}

#[test]
fn what_is_wanted_no_longer_is_given_back_and_what_is_new_asked_for_at_once() {
    let (mut schedule, old) = wanting();
    schedule.answered(old, Ok(grant(LIFETIME)), ZERO);
    let new = want([10, 0, 0, 1], 1);
    let now = Duration::from_secs(5);
    assert_eq!(schedule.want([new].into(), now), [(old, grant(LIFETIME))]);
    assert_eq!(schedule.due(now), due(new, None));
    assert!(!is_granted(&schedule));
    // Of what is not wanted any more, an answer is of no use.
    schedule.answered(old, Ok(grant(LIFETIME)), now);
    assert!(!is_granted(&schedule));
    assert!(schedule.want([new].into(), now).is_empty());
    assert!(schedule.want(BTreeSet::new(), now).is_empty());
    assert_eq!(schedule.next_at(), None);
}

#[test]
fn as_many_ports_are_asked_for_as_may_be_and_not_one_more() {
    for count in [WANTS_MAX, WANTS_MAX + 1] {
        let mut schedule = Schedule::new(7);
        let wants = (1..=count).map(|number| want(HERE, number)).collect();
        schedule.want(wants, ZERO);
        assert_eq!(schedule.entries.len(), WANTS_MAX);
    }
}

#[test]
fn a_router_inside_another_network_is_told_as_such_and_lets_nobody_in() {
    let (mut schedule, want) = wanting();
    assert_eq!(schedule.router(), Router::Unasked);
    schedule.answered(want, Ok(grant(LIFETIME)), ZERO);
    assert_eq!(schedule.router(), Router::Maps);
    let ip = [100, 64, 0, 9].into();
    schedule.answered(want, Err(Failure::Inside(ip)), ZERO);
    assert!(!is_granted(&schedule));
    assert_eq!(schedule.router(), Router::Inside(ip));
    schedule.answered(want, Err(Failure::Short(ZERO)), ZERO);
    assert_eq!(schedule.router(), Router::MapsNothing);
}
