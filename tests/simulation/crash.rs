//! Crashes between every pair of engine steps: whoever crashes wherever, what was replied is kept,
//! arrives once, and nobody is told what is not so.

use tidings_tests::world::{CrashPoint, Disk, World};

pub(crate) const ANN: usize = 0;
pub(crate) const BEN: usize = 1;

const SEED: u64 = 4;

/// Both pair, write five messages each way, one is given up, all are read.
pub(crate) fn pair_and_chat(world: &mut World) {
    world.pair(ANN, BEN);
    for n in 0..5 {
        world.say(ANN, BEN, &format!("ann {n}"));
        world.say(BEN, ANN, &format!("ben {n}"));
        world.run_for(n);
    }
    world.rest();
    world.part(ANN, BEN);
    let given_up = world.say(ANN, BEN, "never mind");
    world.say(ANN, BEN, "ann 5");
    let cancel = world.cancel(ANN, given_up);
    world.ask(ANN, cancel).unwrap();
    world.heal();
    world.rest();
    world.check_truth();
    for (reader, author) in [(BEN, ANN), (ANN, BEN)] {
        let all = world.read_all(reader, author);
        world.ask(reader, all).unwrap();
    }
    world.rest();
}

pub(crate) fn check_chat(world: &mut World) {
    world.check_convergence();
    world.check_peace();
    let ann: Vec<String> = (0..6).map(|n| format!("ann {n}")).collect();
    assert_eq!(world.texts(BEN, ANN), ann);
    let ben: Vec<String> = (0..5).map(|n| format!("ben {n}")).collect();
    assert_eq!(world.texts(ANN, BEN), ben);
}

/// A world of two; the files of whoever crashes are opened again.
pub(crate) fn world(seed: u64, crashing: usize) -> World {
    let mut world = World::new(seed);
    for (index, name) in ["Ann", "Ben"].into_iter().enumerate() {
        let disk = if index == crashing {
            Disk::in_files(&mut world.chance)
        } else {
            Disk::in_memory()
        };
        world.add(name, disk);
    }
    world
}

/// Runs the chat once for every turn of one side, with a crash in it.
fn crash_everywhere(crashing: usize, point: CrashPoint) {
    let mut calm = world(SEED, crashing);
    pair_and_chat(&mut calm);
    check_chat(&mut calm);
    let turns = calm.devices[crashing].turns;
    assert!(turns > 40, "{turns} turns are too few to be this chat");
    for turn in 2..=turns {
        let mut world = world(SEED, crashing);
        world.devices[crashing].crash_at(turn, point);
        let told = Told { turn, point };
        pair_and_chat(&mut world);
        assert_eq!(world.devices[crashing].incarnation, 2, "it crashed once");
        check_chat(&mut world);
        drop(told);
    }
}

/// Names the crash that a failing test was about.
struct Told {
    turn: u64,
    point: CrashPoint,
}

impl Drop for Told {
    #[expect(clippy::print_stderr, reason = "a failing test says where it was")]
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("the crash was in turn {}, {:?}", self.turn, self.point);
        }
    }
}

#[test]
fn the_inviter_may_crash_before_any_commit() {
    crash_everywhere(ANN, CrashPoint::BeforeCommit);
}

#[test]
fn the_inviter_may_crash_after_any_commit() {
    crash_everywhere(ANN, CrashPoint::AfterCommit);
}

#[test]
fn the_inviter_may_crash_halfway_through_any_effects() {
    crash_everywhere(ANN, CrashPoint::HalfReleased);
}

#[test]
fn the_inviter_may_crash_between_any_two_turns() {
    crash_everywhere(ANN, CrashPoint::AfterRelease);
}

#[test]
fn the_joiner_may_crash_before_any_commit() {
    crash_everywhere(BEN, CrashPoint::BeforeCommit);
}

#[test]
fn the_joiner_may_crash_after_any_commit() {
    crash_everywhere(BEN, CrashPoint::AfterCommit);
}

#[test]
fn the_joiner_may_crash_halfway_through_any_effects() {
    crash_everywhere(BEN, CrashPoint::HalfReleased);
}

#[test]
fn the_joiner_may_crash_between_any_two_turns() {
    crash_everywhere(BEN, CrashPoint::AfterRelease);
}
