//! Two people who chat while nothing goes wrong: the ground that the other tests stand on.

use tidings_protocol::delivery::DeliveryState;
use tidings_tests::world::{Disk, World};

use crate::crash::{ANN, BEN};

#[test]
fn two_people_pair_and_chat_and_both_sides_say_the_same() {
    let mut world = World::new(1);
    let files = Disk::in_files(&mut world.chance);
    world.add("Ann", files);
    world.add("Ben", Disk::in_memory());
    world.pair(ANN, BEN);
    for n in 0..20 {
        world.say(ANN, BEN, &format!("ann {n}"));
        world.say(BEN, ANN, &format!("ben {n}"));
    }
    world.rest();
    assert_eq!(world.states(ANN, BEN), [DeliveryState::Delivered; 20]);
    assert_eq!(world.states(BEN, ANN), [DeliveryState::Delivered; 20]);
    let all = world.read_all(BEN, ANN);
    world.ask(BEN, all).unwrap();
    world.rest();
    assert_eq!(world.states(ANN, BEN), [DeliveryState::Read; 20]);
    assert_eq!(world.states(BEN, ANN), [DeliveryState::Delivered; 20]);
    assert_eq!(world.texts(BEN, ANN).first().unwrap(), "ann 0");
    world.check_convergence();
    world.check_peace();
}

#[test]
fn what_was_written_apart_arrives_when_the_two_meet_again() {
    let mut world = World::new(2);
    world.add("Ann", Disk::in_memory());
    world.add("Ben", Disk::in_memory());
    world.pair(ANN, BEN);
    world.part(ANN, BEN);
    for n in 0..120 {
        world.say(ANN, BEN, &format!("{n} {}", "x".repeat(20_000)));
    }
    let given_up = world.say(ANN, BEN, "never mind");
    let cancel = world.cancel(ANN, given_up);
    world.ask(ANN, cancel).unwrap();
    world.say(BEN, ANN, "hello?");
    world.rest();
    assert!(world.texts(BEN, ANN).is_empty());
    world.heal();
    world.rest();
    assert_eq!(world.texts(BEN, ANN).len(), 120);
    world.check_convergence();
    world.check_peace();
}

#[test]
fn the_same_seed_makes_the_same_world() {
    let run = || {
        let mut world = World::new(3);
        world.add("Ann", Disk::in_memory());
        world.add("Ben", Disk::in_memory());
        world.pair(ANN, BEN);
        let message = world.say(ANN, BEN, "once");
        world.rest();
        (message, world.now(), world.devices[BEN].turns)
    };
    assert_eq!(run(), run());
}
