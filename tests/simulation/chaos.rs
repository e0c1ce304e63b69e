//! Chaos: everything that may go wrong does, in an order that a seed decides; then it stops, and
//! all must be well.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;

use tidings_protocol::operation::Content;
use tidings_tests::world::{CommitFault, CrashPoint, Disk, Weather, World, for_each_seed};

/// Things that happen to a world before it is left in peace.
const TROUBLES: usize = 60;
const YEAR_MILLIS: i64 = 365 * 24 * 3_600_000;

/// People who have been paired, in weather of the seed's choice.
fn people(seed: u64, count: usize) -> World {
    let mut world = World::new(seed);
    for name in ["Ann", "Ben", "Carol"].into_iter().take(count) {
        let disk = if seed.is_multiple_of(8) {
            Disk::in_files(&mut world.chance)
        } else {
            Disk::in_memory()
        };
        world.add(name, disk);
    }
    for one in 0..count {
        for other in one + 1..count {
            world.pair(one, other);
        }
    }
    world.weather = weather(&mut world);
    world
}

fn weather(world: &mut World) -> Weather {
    let chance = &mut world.chance;
    let slowest = [5, 100, 3_000][chance.index(3)];
    let commit: Option<RangeInclusive<u64>> =
        [None, Some(0..=20), Some(0..=2_000)][chance.index(3)].clone();
    Weather {
        latency: 1..=slowest,
        commit,
        flip_one_in: None,
        cut_one_in: [None, Some(10), Some(60)][chance.index(3)],
        refuse_one_in: [None, Some(3)][chance.index(2)],
        notice: 1..=[10, 30_000][chance.index(2)],
    }
}

/// Two different numbers below the count of devices.
fn two(world: &mut World) -> (usize, usize) {
    let count = world.devices.len();
    let one = world.chance.index(count);
    let other = (one + 1 + world.chance.index(count - 1)) % count;
    (one, other)
}

fn trouble(world: &mut World, number: usize) {
    let (one, other) = two(world);
    match world.chance.within(0..=99) {
        0..=34 => {
            let text = format!("{number} from {one} to {other}");
            let command = world.message(one, other, &text);
            world.ask_only(one, command);
        }
        35..=44 => change(world, number, one, other),
        45..=52 => {
            let command = world.read_all(one, other);
            world.ask_only(one, command);
        }
        53..=60 => give_up(world, one, other),
        61..=66 => {
            let turn = world.devices[one].turns + world.chance.within(1..=6);
            let point = CrashPoint::ALL[world.chance.index(CrashPoint::ALL.len())];
            world.devices[one].crash_at(turn, point);
        }
        67 => world.devices[one].disk.fail_next(CommitFault::Lost),
        68 => world.devices[one].disk.fail_next(CommitFault::Kept),
        69..=71 => world.crash(one),
        72..=76 => world.start_all(),
        77..=80 => world.disconnect(one, other),
        81..=83 => world.part(one, other),
        84..=87 => world.heal(),
        88..=92 => world.cut_some_wire(),
        93..=96 => world.dial_again(one, other),
        _ => {
            let years = i64::try_from(world.chance.within(0..=8)).unwrap() - 4;
            world.devices[one].clock_error = years * YEAR_MILLIS;
        }
    }
}

/// Says something about some message between two people.
fn change(world: &mut World, number: usize, one: usize, other: usize) {
    let own = world.written(one, other);
    let theirs: Vec<_> = world
        .shown(one, other)
        .iter()
        .map(|shown| shown.id)
        .collect();
    let content = match world.chance.within(0..=5) {
        0 | 1 => Content::Edit {
            text: format!("changed {number}"),
        },
        2 => Content::Delete,
        3 => Content::Pin {
            set: world.chance.one_in(2),
        },
        _ => Content::Reaction {
            emoji: "👍".to_owned(),
            set: !world.chance.one_in(3),
        },
    };
    let anyones = matches!(content, Content::Pin { .. } | Content::Reaction { .. });
    let targets = if anyones { [own, theirs].concat() } else { own };
    if !targets.is_empty() {
        let target = targets[world.chance.index(targets.len())];
        let command = world.content(one, other, Some(target), content);
        world.ask_only(one, command);
    }
}

/// Gives up some message of one's own.
fn give_up(world: &mut World, one: usize, other: usize) {
    let own = world.written(one, other);
    if !own.is_empty() {
        let message = own[world.chance.index(own.len())];
        let command = world.cancel(one, message);
        world.ask_only(one, command);
    }
}

fn peace(world: &mut World) {
    world.weather = Weather::CALM;
    world.heal();
    world.start_all();
    world.rest();
    for device in 0..world.devices.len() {
        let live = world.devices[device].live();
        let people: BTreeSet<_> = live.into_iter().map(|live| live.person).collect();
        let others = world.devices.len() - 1;
        assert_eq!(people.len(), others, "{device} has a session with everyone");
    }
}

#[test]
fn after_any_trouble_everything_acknowledged_is_there_once_and_said_truly() {
    let test = "after_any_trouble";
    for_each_seed(test, 150, |seed| {
        let mut world = people(seed, if seed.is_multiple_of(3) { 3 } else { 2 });
        for number in 0..TROUBLES {
            trouble(&mut world, number);
            let longest = [0, 3, 50, 2_000, 40_000][world.chance.index(5)];
            let millis = world.chance.within(0..=longest);
            world.run_for(millis);
            if number.is_multiple_of(10) {
                world.check_truth();
            }
        }
        peace(&mut world);
        world.check_convergence();
        world.check_peace();
    });
}

#[test]
fn flipped_bits_end_sessions_and_nothing_else() {
    for_each_seed("flipped_bits", 30, |seed| {
        let mut world = people(seed, 2);
        world.weather.flip_one_in = Some(1 + world.chance.within(4..=40));
        for number in 0..TROUBLES {
            trouble(&mut world, number);
            world.run_for(500);
        }
        world.check_truth();
        peace(&mut world);
        world.check_convergence();
    });
}
