//! Rotation: devices take other transport keys in the middle of everything else that may go wrong; then it stops, and all
//! must have found each other and lost nothing.

use tidings_protocol::engine::Command;
use tidings_tests::world::{Weather, World, for_each_seed};

use crate::chaos::{HOUR_MILLIS, peace, people, strike, two};

/// Things that happen before the people are left in peace.
const TROUBLES: usize = 60;
const SEED: u64 = 4;
/// How long a commit takes where it takes longer than dialling does.
const COMMIT_MILLIS: u64 = 500;
/// Longest time between asking for a key and the end of the program that would have taken it.
const ASKED_MILLIS: u64 = 40;

/// Has a device take another key with its next start, which comes at once.
fn rotate(world: &mut World, device: usize) {
    world.ask_only(device, Command::RotateTransport);
    let millis = world.chance.within(0..=ASKED_MILLIS);
    world.run_for(millis);
    world.crash(device);
    world.start(device);
}

fn trouble(world: &mut World, number: usize) {
    let (one, other) = two(world);
    match world.chance.within(0..=9) {
        0..=1 => rotate(world, one),
        2..=6 => {
            let text = format!("{number} from {one} to {other}");
            let command = world.message(one, other, &text);
            world.ask_only(one, command);
        }
        _ => {
            let kind = world.chance.within(61..=99);
            strike(world, kind, one, other);
        }
    }
}

/// A world in which devices rotate, then in peace; how many devices have another key than at first.
fn survive(seed: u64) -> usize {
    let mut world = people(seed, 3);
    let first: Vec<_> = world.devices.iter().map(|one| one.transport).collect();
    for number in 0..TROUBLES {
        trouble(&mut world, number);
        let longest = [0, 3, 50, 2_000, 40_000, HOUR_MILLIS][world.chance.index(6)];
        let millis = world.chance.within(0..=longest);
        world.run_for(millis);
        if number.is_multiple_of(20) {
            world.check_truth();
            world.check_bounds();
        }
    }
    peace(&mut world);
    world.check_convergence();
    world.check_peace();
    world.check_rest();
    let now = world.devices.iter().zip(&first);
    now.filter(|(one, first)| one.transport != **first).count()
}

#[test]
fn two_who_take_other_keys_at_once_find_each_other() {
    let mut world = people(SEED, 2);
    world.weather = Weather {
        commit: Some(COMMIT_MILLIS..=COMMIT_MILLIS),
        ..Weather::CALM
    };
    for device in 0..2 {
        world.ask(device, Command::RotateTransport).unwrap();
        world.crash(device);
    }
    world.start_all();
    world.rest();
    assert!(world.devices.iter().all(|device| device.live().len() == 1));
}

#[test]
fn devices_that_take_other_transport_keys_find_each_other_whatever_happens_and_lose_nothing() {
    let mut rotated = 0;
    let test = "devices_that_take_other_transport_keys";
    for_each_seed(test, 60, survive, |count| rotated += count);
    if std::env::var_os("TIDINGS_SEED").is_none() {
        assert!(rotated > 0, "nobody rotated");
    }
}
