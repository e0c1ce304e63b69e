use super::*;
use crate::trace::{Contacts, HOUR, MINUTE};
use tidings_protocol::carry::{COPIES_MAX, HOPS_MAX};
use tidings_tests::chance::Chance;

const SETUP: Setup = Setup {
    bytes_per_second: None,
    quotas: Quotas::FRIENDLY,
    with_decoys: false,
};

fn trace_of(nodes: usize, times: &[(usize, usize, u64, u64)]) -> Trace {
    let mut contacts = Contacts::default();
    let mut end = 0;
    for (one, other, from, until) in times {
        contacts.add(*one, *other, *from, *until);
        end = end.max(*until);
    }
    Trace {
        name: "by hand".to_owned(),
        about: String::new(),
        nodes,
        changes: contacts.into_changes(end),
        end,
        lifetime_hours: 24,
    }
}

fn traffic_of(mails: &[(usize, usize, u64)]) -> Traffic {
    let (mut traffic, mut chance) = (Traffic::default(), Chance::new(1));
    for (from, to, at) in mails {
        traffic.add(*from, *to, *at, 24, &mut chance).unwrap();
    }
    traffic
}

/// 0 meets 1, then 1 meets 2 and 3, then 2 meets 3, then 3 meets 0, an hour each time.
fn small() -> Trace {
    let times = [
        (0, 1, HOUR, HOUR + MINUTE),
        (1, 2, 2 * HOUR, 2 * HOUR + MINUTE),
        (1, 3, 3 * HOUR, 3 * HOUR + MINUTE),
        (2, 3, 4 * HOUR, 4 * HOUR + MINUTE),
        (0, 3, 5 * HOUR, 5 * HOUR + MINUTE),
    ];
    trace_of(4, &times)
}

#[test]
fn direct_waits_until_the_two_meet() {
    let result = run(
        &small(),
        &traffic_of(&[(0, 3, 0), (0, 2, 0), (3, 0, 6 * HOUR)]),
        Policy::Direct,
        SETUP,
    );
    assert_eq!(result.delays, [Some(5 * HOUR), None, None]);
    assert_eq!((result.transmissions, result.purges), (1, 0));
}

#[test]
fn epidemic_gives_everything_to_everybody_once_and_never_stops() {
    let result = run(&small(), &traffic_of(&[(0, 3, 0)]), Policy::Epidemic, SETUP);
    assert_eq!(result.delays, [Some(3 * HOUR)]);
    // To 1, to 2 and to 3, who has it then.
    assert_eq!(result.transmissions, 3);
    // To 3 after it has arrived there, too: from 0 by 1 to 2, and on.
    let result = run(&small(), &traffic_of(&[(0, 1, 0)]), Policy::Epidemic, SETUP);
    assert_eq!((result.delays[0], result.transmissions), (Some(HOUR), 2));
}

#[test]
fn the_shelf_stops_what_has_arrived() {
    for policy in [Policy::Tidings, Policy::Contacts] {
        let result = run(&small(), &traffic_of(&[(0, 3, 0)]), policy, SETUP);
        assert_eq!(result.delays, [Some(3 * HOUR)]);
        // To 1, to 2 and to 3, of whom 1 hears at once, then 2, and last who sent it.
        assert_eq!((result.transmissions, result.purges), (3, 3));
        // 0 hears from 1 itself, and gives 3 nothing any more.
        let result = run(&small(), &traffic_of(&[(0, 1, 0)]), policy, SETUP);
        assert_eq!((result.delays[0], result.transmissions), (Some(HOUR), 1));
    }
}

#[test]
fn who_has_one_copy_shows_it_and_whom_it_is_for_fetches_it() {
    // One after the other, each meets the next once: copies get fewer, and at last one stays.
    let line: Vec<_> = (0..20)
        .map(|node| {
            (
                node,
                node + 1,
                10 * MINUTE * to_time(node),
                10 * MINUTE * to_time(node) + MINUTE,
            )
        })
        .collect();
    let trace = trace_of(21, &line);
    let mut copies = COPIES_MAX;
    let mut carriers = 0;
    while copies > 1 && carriers < usize::from(HOPS_MAX) {
        copies -= copies.div_ceil(3);
        carriers += 1;
    }
    assert!(carriers >= 9, "{carriers}");
    let reached = traffic_of(&[(0, carriers + 1, 0), (0, carriers + 2, 0)]);
    let result = run(&trace, &reached, Policy::Tidings, SETUP);
    assert_eq!(result.delays, [Some(10 * MINUTE * to_time(carriers)), None]);
    let transmissions = u64::try_from(2 * carriers + 1).unwrap();
    assert_eq!(result.transmissions, transmissions);
}

#[test]
fn a_line_of_ten_lets_mail_through_at_once() {
    let line: Vec<_> = (0..9).map(|node| (node, node + 1, 0, HOUR)).collect();
    let result = run(
        &trace_of(10, &line),
        &traffic_of(&[(0, 9, MINUTE)]),
        Policy::Tidings,
        SETUP,
    );
    assert_eq!(result.delays, [Some(0)]);
    assert_eq!((result.transmissions, result.purges), (9, 9));
}

#[test]
fn a_short_contact_moves_as_many_envelopes_as_fit_both_directions_by_turns() {
    let setup = Setup {
        bytes_per_second: Some(2_048),
        ..SETUP
    };
    let trace = trace_of(3, &[(0, 1, 10 * SECOND, 15 * SECOND)]);
    let there = [(0, 1, 0); 4];
    let back = [(1, 0, 0), (1, 2, 0)];
    let result = run(
        &trace,
        &traffic_of(&[&there[..], &back[..]].concat()),
        Policy::Epidemic,
        setup,
    );
    let at = |seconds| Some(seconds * SECOND);
    assert_eq!(result.delays, [at(11), at(13), at(15), None, at(12), None]);
    // One more begins as the contact ends.
    assert_eq!(result.transmissions, 6);
}

#[test]
fn what_is_cut_off_is_counted_and_comes_again_at_the_next_contact() {
    let setup = Setup {
        bytes_per_second: Some(1_024),
        ..SETUP
    };
    let trace = trace_of(2, &[(0, 1, 0, SECOND), (0, 1, 10 * SECOND, 12 * SECOND)]);
    let result = run(&trace, &traffic_of(&[(0, 1, 0)]), Policy::Direct, setup);
    assert_eq!(result.delays, [Some(12 * SECOND)]);
    assert_eq!(result.transmissions, 2);
}

#[test]
fn mail_that_is_over_goes_nowhere() {
    let trace = trace_of(2, &[(0, 1, 24 * HOUR, 25 * HOUR)]);
    for policy in Policy::ALL {
        let result = run(&trace, &traffic_of(&[(0, 1, 0), (0, 1, 1)]), policy, SETUP);
        assert_eq!(result.delays, [None, Some(24 * HOUR - 1)], "{policy:?}");
    }
}

#[test]
fn where_there_is_no_room_a_plain_store_drops_the_oldest_and_the_shelf_takes_no_more() {
    let mut setup = SETUP;
    setup.quotas.envelopes = 10;
    let trace = trace_of(3, &[(0, 1, HOUR, 2 * HOUR), (1, 2, 3 * HOUR, 4 * HOUR)]);
    let traffic = traffic_of(&[(0, 2, 0), (0, 2, 1)]);
    let arrived = |policy| {
        let delays = run(&trace, &traffic, policy, setup).delays;
        delays.iter().map(Option::is_some).collect::<Vec<_>>()
    };
    assert_eq!(arrived(Policy::Epidemic), [false, true]);
    assert_eq!(arrived(Policy::Tidings), [true, false]);
}

#[test]
fn decoys_are_told_and_count_if_that_is_wanted() {
    let trace = trace_of(3, &[(0, 1, HOUR, 2 * HOUR)]);
    let of = |others: usize, with_decoys| {
        let mails: Vec<_> = [vec![(0, 1, 0)], vec![(0, 2, 0); others]].concat();
        let setup = Setup {
            with_decoys,
            ..SETUP
        };
        run(&trace, &traffic_of(&mails), Policy::Tidings, setup)
    };
    for (others, decoys) in [(0, 0), (DECOYS - 1, 31), (DECOYS, 32), (DECOYS + 1, 32)] {
        let (without, with) = (of(others, false), of(others, true));
        assert_eq!((without.decoys, with.decoys), (decoys, decoys));
        assert_eq!(with.transmissions, without.transmissions + decoys);
    }
}

#[test]
fn epidemic_delivers_where_and_when_contacts_lead_and_nothing_delivers_elsewhere() {
    for seed in 1..=20 {
        let mut chance = Chance::new(seed);
        let trace = by_chance(&mut chance);
        let traffic = Traffic::generate(&trace, 40, &mut chance).unwrap();
        let reached: Vec<_> = traffic
            .iter()
            .map(|mail| reached_after(&trace, mail))
            .collect();
        let epidemic = run(&trace, &traffic, Policy::Epidemic, SETUP);
        assert_eq!(epidemic.delays, reached, "seed {seed}");
        assert!(reached.iter().any(Option::is_some) && reached.iter().any(Option::is_none));
        for policy in [Policy::Direct, Policy::Tidings, Policy::Contacts] {
            let result = run(&trace, &traffic, policy, SETUP);
            for (delay, least) in result.delays.iter().zip(&reached) {
                assert!(delay.is_none_or(|delay| least.is_some_and(|least| least <= delay)));
            }
            assert!(
                result.transmissions <= epidemic.transmissions,
                "{policy:?}, seed {seed}"
            );
        }
    }
}

#[test]
fn one_run_is_like_the_other() {
    let trace = by_chance(&mut Chance::new(3));
    let traffic = Traffic::generate(&trace, 40, &mut Chance::new(4)).unwrap();
    for policy in Policy::ALL {
        let once = run(&trace, &traffic, policy, SETUP);
        assert_eq!(once, run(&trace, &traffic, policy, SETUP));
    }
}

#[test]
fn no_stranger_gets_more_than_the_copies_and_a_wandering_last_one_allow() {
    let most = u64::from(COPIES_MAX) * u64::from(HOPS_MAX);
    let late = 24 * HOUR * 3 / 7;
    // One after the other meets who sends it: in time they get copies, late one more gets the last.
    let times: Vec<_> = (1..400)
        .map(|node| {
            (
                0,
                node,
                to_time(node) * SECOND,
                to_time(node) * SECOND + 500,
            )
        })
        .chain([
            (0, 400, late - MINUTE, late - SECOND),
            (0, 401, late, late + SECOND),
            (0, 402, late + MINUTE, late + HOUR),
        ])
        .collect();
    let result = run(
        &trace_of(500, &times),
        &traffic_of(&[(0, 499, 0)]),
        Policy::Tidings,
        SETUP,
    );
    let mut copies = COPIES_MAX;
    let mut given = 1;
    while copies > 1 {
        copies = copies.div_ceil(3);
        given += 1;
    }
    assert_eq!(result.transmissions, given);
    assert!(result.transmissions < most);
}

fn to_time(node: usize) -> u64 {
    u64::try_from(node).unwrap()
}

/// Few contacts among few, some at once.
fn by_chance(chance: &mut Chance) -> Trace {
    let times: Vec<_> = (0..25)
        .map(|_| {
            let (one, other) = (chance.index(12), chance.index(12));
            let from = chance.within(0..=48 * 60) * MINUTE;
            (one, other, from, from + chance.within(1..=40) * MINUTE)
        })
        .chain([(0, 1, 60 * HOUR, 61 * HOUR)])
        .collect();
    trace_of(12, &times)
}

/// How soon mail can be there: whoever is in reach of one who has it has it, too.
fn reached_after(trace: &Trace, mail: &Mail) -> Option<u64> {
    let mut near = std::collections::BTreeSet::new();
    let mut have = std::collections::BTreeSet::new();
    let mut changes = trace.changes.iter().peekable();
    loop {
        let next = changes.peek().map(|change| change.at);
        if have.is_empty() && next.is_none_or(|at| at > mail.sent_at) {
            have.insert(mail.from);
        } else {
            let change = changes.next()?;
            if change.at >= mail.over_at {
                return None;
            }
            if change.is_up {
                near.insert(change.pair);
            } else {
                near.remove(&change.pair);
            }
            if have.is_empty() {
                continue;
            }
            if spread(&near, &mut have, mail.to) {
                return Some(change.at - mail.sent_at);
            }
            continue;
        }
        if spread(&near, &mut have, mail.to) {
            return Some(0);
        }
    }
}

fn spread(
    near: &std::collections::BTreeSet<Pair>,
    have: &mut std::collections::BTreeSet<usize>,
    to: usize,
) -> bool {
    while let Some((one, other)) = near
        .iter()
        .find(|(one, other)| have.contains(one) != have.contains(other))
    {
        have.extend([*one, *other]);
    }
    have.contains(&to)
}
