//! The schedule in virtual time.

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn peer(number: usize) -> TransportId {
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.to_be_bytes());
    TransportId::new(id)
}

fn key(peer: usize, number: u8) -> RendezvousKey {
    let mut key = [number; 32];
    key[..8].copy_from_slice(&peer.to_be_bytes());
    RendezvousKey::new(key)
}

/// How one is met in a period.
fn meeting(number: usize, period: u8) -> Meeting {
    let seek = [period, period - 1, period + 1].map(|period| key(number, 100 + period));
    Meeting {
        peer: peer(number),
        provide: key(number, period),
        seek: seek.to_vec(),
    }
}

/// We are somewhere, in a table with somebody, and may meet so many.
fn schedule(count: usize) -> Schedule {
    let mut schedule = Schedule::new(1);
    schedule.nodes(true, Duration::ZERO);
    schedule.refresh_at = Duration::MAX;
    schedule.moved(true, Duration::ZERO);
    let meetings = (0..count).map(|number| meeting(number, 7)).collect();
    schedule.meet(meetings, Duration::ZERO);
    schedule
}

/// All that is asked until `end`, each answered at once.
fn run(schedule: &mut Schedule, end: Duration, is_well: bool) -> Vec<(Duration, Ask)> {
    let mut asked = Vec::new();
    while let Some(at) = schedule.next_at().filter(|at| *at < end) {
        let due = schedule.due(at);
        assert!(!due.is_empty(), "next_at is honest");
        for ask in due {
            asked.push((at, ask));
            schedule.over(ask, is_well, at);
        }
    }
    asked
}

fn provided(asked: &[(Duration, Ask)], wanted: RendezvousKey) -> Vec<Duration> {
    let times = asked.iter().filter_map(|(at, ask)| match ask {
        Ask::Provide { key, .. } => (*key == wanted).then_some(*at),
        Ask::Seek { .. } | Ask::Refresh => None,
    });
    times.collect()
}

fn sought(asked: &[(Duration, Ask)]) -> Vec<(Duration, RendezvousKey)> {
    let keys = asked.iter().filter_map(|(at, ask)| match ask {
        Ask::Seek { key, .. } => Some((*at, *key)),
        Ask::Provide { .. } | Ask::Refresh => None,
    });
    keys.collect()
}

#[test]
fn each_key_is_said_at_once_and_again_every_few_hours() {
    let mut schedule = schedule(3);
    let asked = run(&mut schedule, PROVIDE_INTERVAL * 10, true);
    for number in 0..3 {
        let times = provided(&asked, key(number, 7));
        assert!(times[0] < 3 * SECOND, "{times:?}");
        assert!((10..=14).contains(&times.len()), "{times:?}");
        let mut waits = times.windows(2).map(|pair| pair[1] - pair[0]);
        assert!(waits.all(|wait| wait > PROVIDE_INTERVAL / 2 && wait <= PROVIDE_INTERVAL));
    }
}

#[test]
fn what_reached_nobody_is_said_again_after_a_growing_wait() {
    let mut schedule = schedule(1);
    let asked = run(&mut schedule, Duration::from_hours(2), false);
    let times = provided(&asked, key(0, 7));
    assert!(times[1] - times[0] <= 2 * PROVIDE_RETRY.0);
    let last: Vec<_> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let last = last.last().unwrap();
    assert!(*last >= PROVIDE_RETRY.1 / 2 && *last <= PROVIDE_RETRY.1);
}

#[test]
fn what_reached_nobody_is_said_again_at_once_when_somebody_is_there() {
    let mut schedule = schedule(2);
    let start = SECOND * 5;
    schedule.lost(peer(0), true, start);
    run(&mut schedule, start + SECOND, false);
    assert!(schedule.next_at().unwrap() > start + SECOND * 5);
    let now = start + SECOND * 2;
    schedule.company(true, now);
    let asked = run(&mut schedule, now + SECOND * 2, true);
    assert_eq!(provided(&asked, key(0, 7)).len(), 1);
    assert_eq!(provided(&asked, key(1, 7)).len(), 1);
    assert_eq!(sought(&asked).len(), 1);
    schedule.company(true, now + SECOND * 2);
    let asked = run(&mut schedule, now + SECOND * 4, true);
    assert_eq!(asked, [], "it was there before");
}

#[test]
fn company_that_comes_and_goes_has_nobody_looked_for_more_often_who_was_asked_about_in_company() {
    let mut schedule = schedule(1);
    let mut now = SECOND * 5;
    schedule.company(true, now);
    schedule.lost(peer(0), true, now);
    let mut looks = 0;
    let end = Duration::from_hours(6);
    while now < end {
        now += Duration::from_mins(2);
        looks += sought(&run(&mut schedule, now, false)).len();
        schedule.company(false, now);
        schedule.company(true, now);
    }
    let keys = meeting(0, 7).seek.len();
    // The waits grow to half an hour at most, and are a quarter of that at least.
    let most = keys * (8 + usize::try_from(end.as_secs() / (SEEK_RETRY.1.as_secs() / 2)).unwrap());
    assert!(looks <= most, "{looks} > {most}");
}

#[test]
fn company_that_comes_and_goes_has_nothing_said_more_often_that_nobody_took_in_company() {
    let mut schedule = schedule(1);
    let mut now = SECOND;
    schedule.company(true, now);
    let mut said = 0;
    let end = Duration::from_hours(6);
    while now < end {
        now += Duration::from_mins(2);
        said += provided(&run(&mut schedule, now, false), key(0, 7)).len();
        schedule.company(false, now);
        schedule.company(true, now);
    }
    // The waits grow to half an hour at most, and are a half of that at least.
    let most = 8 + usize::try_from(end.as_secs() / (PROVIDE_RETRY.1.as_secs() / 2)).unwrap();
    assert!(said <= most, "{said} > {most}");
}

#[test]
fn who_is_elsewhere_again_and_again_says_so_ever_less_often_and_soon_after_a_calm() {
    let mut schedule = schedule(1);
    let mut said = Vec::new();
    for second in 10..3_600 {
        schedule.moved(true, SECOND * second);
        let asked = run(&mut schedule, SECOND * (second + 1), true);
        said.extend(provided(&asked, key(0, 7)));
    }
    let waits: Vec<_> = said.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!((8..=16).contains(&said.len()), "{waits:?}");
    let longest = waits.iter().max().unwrap();
    assert!(*longest <= UNSETTLED + SECOND * 2, "{waits:?}");
    let calm = HOUR + UNSETTLED * 2;
    run(&mut schedule, calm, true);
    schedule.moved(true, calm);
    let asked = run(&mut schedule, calm + SETTLED_AFTER + SECOND, true);
    assert_eq!(provided(&asked, key(0, 7)).len(), 1);
}

#[test]
fn in_a_new_period_other_keys_are_said_spread_over_a_while() {
    let mut schedule = schedule(100);
    run(&mut schedule, Duration::from_mins(5), true);
    let start = Duration::from_mins(5);
    schedule.meet((0..100).map(|number| meeting(number, 8)).collect(), start);
    let asked = run(&mut schedule, start + PERIOD_SPREAD, true);
    let first_half = (0..100).filter(|number| {
        let times = provided(&asked, key(*number, 8));
        assert_eq!(times.len(), 1);
        times[0] < start + PERIOD_SPREAD / 2
    });
    let first_half = first_half.count();
    assert!((25..=75).contains(&first_half), "{first_half}");
    assert!(asked.iter().all(|(at, _)| *at >= start));
}

#[test]
fn all_is_said_again_once_we_are_elsewhere_or_the_table_was_empty() {
    let mut schedule = schedule(3);
    let start = SECOND * 60;
    run(&mut schedule, start, true);
    schedule.moved(true, start);
    let later = start + SECOND * 60;
    assert_eq!(run(&mut schedule, later, true).len(), 3);
    schedule.nodes(false, later);
    assert_eq!(schedule.next_at(), None);
    schedule.nodes(true, later);
    schedule.refresh_at = Duration::MAX;
    assert_eq!(run(&mut schedule, later + SECOND * 60, true).len(), 3);
    schedule.nodes(true, later + SECOND * 60);
    let end = later + SECOND * 120;
    assert_eq!(run(&mut schedule, end, true), [], "it was not empty");
}

#[test]
fn while_we_are_nowhere_nothing_is_said_and_others_are_looked_for() {
    let mut schedule = schedule(1);
    schedule.moved(false, Duration::ZERO);
    assert_eq!(run(&mut schedule, SECOND * 60, true), []);
    schedule.lost(peer(0), true, SECOND * 60);
    let asked = run(&mut schedule, SECOND * 62, true);
    assert_eq!(sought(&asked).len(), 1);
}

#[test]
fn of_an_empty_table_nothing_is_asked() {
    let mut schedule = schedule(2);
    schedule.nodes(false, Duration::ZERO);
    schedule.lost(peer(0), true, Duration::ZERO);
    schedule.refresh_at = Duration::ZERO;
    assert_eq!(schedule.next_at(), None);
    assert_eq!(schedule.due(SECOND * 1_000_000), []);
}

#[test]
fn who_is_lost_is_looked_for_under_each_key_and_again_after_a_growing_wait() {
    let mut schedule = schedule(2);
    let start = SECOND * 60;
    run(&mut schedule, start, true);
    schedule.lost(peer(0), true, start);
    schedule.lost(peer(0), true, start);
    schedule.lost(peer(1), false, start);
    let asked = sought(&run(&mut schedule, start + Duration::from_hours(2), false));
    let keys = meeting(0, 7).seek;
    assert_eq!(
        asked[..3].iter().map(|(_, key)| *key).collect::<Vec<_>>(),
        keys
    );
    assert!(asked[2].0 < start + SECOND);
    let rounds: Vec<_> = asked.chunks(3).map(|round| round[0].0).collect();
    let waits: Vec<_> = rounds.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(waits[0] <= 2 * SEEK_RETRY.0, "{waits:?}");
    let longest = waits.last().unwrap();
    assert!(*longest >= SEEK_RETRY.1 / 2 && *longest <= SEEK_RETRY.1);
    // Whoever is back is looked for no longer.
    schedule.lost(peer(0), false, start);
    let later = run(&mut schedule, Duration::from_hours(3) * 2, false);
    assert_eq!(sought(&later), []);
}

#[test]
fn once_somebody_is_found_the_other_keys_are_left_alone_until_they_are_still_lost() {
    let mut schedule = schedule(1);
    let start = SECOND * 60;
    run(&mut schedule, start, true);
    schedule.lost(peer(0), true, start);
    let asked = sought(&run(&mut schedule, start + SEEK_RETRY.0 / 2, true));
    assert_eq!(asked.len(), 1);
    let asked = sought(&run(&mut schedule, start + 3 * SEEK_RETRY.0, true));
    assert_eq!(asked[0].1, meeting(0, 7).seek[0], "from the first on");
}

#[test]
fn whoever_is_impatient_has_others_looked_for_at_once() {
    let mut schedule = schedule(1);
    schedule.lost(peer(0), true, Duration::ZERO);
    let now = Duration::from_mins(170);
    run(&mut schedule, now, false);
    let waits = schedule.next_at().unwrap();
    assert!(waits > now);
    schedule.hasten(Some(peer(9)), now);
    assert_eq!(schedule.next_at(), Some(waits));
    schedule.hasten(Some(peer(0)), now);
    assert_eq!(schedule.next_at(), Some(now));
    assert_eq!(sought(&run(&mut schedule, now + SECOND, false)).len(), 3);
}

#[test]
fn as_many_queries_as_may_be_are_under_way_and_not_one_more() {
    for count in [QUERIES_MAX, QUERIES_MAX + 1] {
        let mut schedule = schedule(count);
        let now = SECOND * 60;
        let due = schedule.due(now);
        assert_eq!(due.len(), QUERIES_MAX);
        assert_eq!((schedule.due(now).len(), schedule.next_at()), (0, None));
        schedule.over(due[0], true, now);
        assert_eq!(schedule.due(now).len(), count - QUERIES_MAX);
    }
}

#[test]
fn in_an_hour_as_many_queries_are_begun_as_may_be_and_not_one_more() {
    let mut schedule = schedule(QUERIES_PER_HOUR_MAX + 1);
    let asked = run(&mut schedule, HOUR, true);
    assert_eq!(asked.len(), QUERIES_PER_HOUR_MAX);
    let next = schedule.next_at().unwrap();
    assert!(next >= asked[0].0 + HOUR);
    let later = run(&mut schedule, HOUR + SECOND * 10, true);
    assert!(!later.is_empty());
    let all: std::collections::BTreeSet<_> = [asked, later]
        .concat()
        .into_iter()
        .filter_map(|(_, ask)| match ask {
            Ask::Provide { peer, .. } => Some(peer),
            Ask::Seek { .. } | Ask::Refresh => None,
        })
        .collect();
    assert_eq!(all.len(), QUERIES_PER_HOUR_MAX + 1, "each has its turn");
}

#[test]
fn the_table_is_looked_through_soon_and_then_seldom_and_soon_in_another_network() {
    let mut schedule = Schedule::new(1);
    schedule.nodes(true, Duration::ZERO);
    let asked = run(&mut schedule, Duration::from_hours(3), true);
    assert!(asked[0].0 <= 2 * REFRESH.0);
    let waits: Vec<_> = asked.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
    assert!(waits.iter().all(|wait| *wait <= REFRESH.1));
    assert!(*waits.last().unwrap() >= REFRESH.1 / 2);
    let now = Duration::from_hours(3);
    schedule.network_changed(now);
    assert_eq!(schedule.next_at(), Some(now + SETTLED_AFTER));
}

#[test]
fn what_is_over_of_somebody_who_is_met_no_longer_harms_nobody() {
    let mut schedule = schedule(1);
    schedule.lost(peer(0), true, Duration::ZERO);
    let due = schedule.due(SECOND * 60);
    assert_eq!(due.len(), 2);
    schedule.meet(Vec::new(), SECOND * 60);
    for ask in due {
        schedule.over(ask, false, SECOND * 60);
    }
    assert_eq!(
        (schedule.under_way, schedule.next_at()),
        (0, Some(Duration::MAX))
    );
    assert_eq!(schedule.peers().count(), 0);
}
