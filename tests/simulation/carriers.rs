//! Carriers: people who are never there together, and others who carry what they write to each other, through
//! crashes, faults and each other's mischief. Whatever could have come by honest carriers must be there.

mod journey;
mod mischief;

use std::fmt;

use tidings_tests::world::{
    Bug, Carried, Scene, Tally, World, every_bug_is_noticed, for_each_seed,
};

use crate::chaos::report;
use journey::{Journey, Plan};

/// The most worlds that a planted bug may live through.
const WORLDS_MAX: u64 = 40;

/// What came of some worlds.
#[derive(Default)]
struct Outcomes {
    tally: Tally,
    carried: Carried,
}

impl Outcomes {
    fn add(&mut self, journey: &Journey) {
        self.tally.add(journey.world.tally());
        self.carried.came += journey.last.came;
        self.carried.by_carriers += journey.last.by_carriers;
        self.carried.promised += journey.carried.promised;
    }
}

impl fmt::Display for Outcomes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {:?}", self.tally, self.carried)
    }
}

/// Runs a plan for some seeds; demands that something came of it that only carriers could bring.
fn carry_on(test: &'static str, plan: Plan, seeds: u64) {
    let mut total = Outcomes::default();
    let journey = |seed| Journey::survive(seed, plan, None);
    for_each_seed(test, seeds, journey, |journey| total.add(&journey));
    report(&total);
    if std::env::var_os("TIDINGS_SEED").is_none() {
        assert!(
            total.carried.by_carriers > 0,
            "nothing was carried: {total}"
        );
    }
}

#[test]
fn two_who_are_never_there_together_have_what_those_carry_who_meet_each_in_turn() {
    carry_on("two_who_are_never_there", Plan::InTurn, 8);
}

#[test]
fn what_one_end_of_a_line_writes_comes_to_the_other() {
    carry_on("what_one_end_of_a_line", Plan::Line, 8);
}

#[test]
fn in_a_loop_of_carriers_everything_comes_once() {
    carry_on("in_a_loop_of_carriers", Plan::Loop, 6);
}

#[test]
fn a_courier_who_moves_between_places_connects_them() {
    carry_on("a_courier_who_moves", Plan::Courier, 6);
}

#[test]
fn in_a_room_of_three_who_was_absent_has_it_all_by_carriers() {
    carry_on("in_a_room_of_three", Plan::Room, 8);
}

#[test]
fn two_become_contacts_by_carriers_alone() {
    carry_on("two_become_contacts", Plan::Pairing, 6);
}

#[test]
fn carriers_with_little_room_keep_no_more_and_nothing_is_lost() {
    carry_on("carriers_with_little_room", Plan::Full, 8);
}

#[test]
fn what_nobody_keeps_any_more_is_sealed_again_and_comes() {
    carry_on("what_nobody_keeps_any_more", Plan::Lifetimes, 6);
}

#[test]
fn wherever_people_wander_whatever_could_have_come_is_there() {
    carry_on("wherever_people_wander", Plan::Wandering, 20);
}

#[test]
fn the_same_seed_gives_the_same_journey() {
    for (seed, plan) in (1..).zip([Plan::Wandering, Plan::Full, Plan::Room]) {
        let trace = |journey: Journey| journey.world.tally().trace();
        let traces = [
            trace(Journey::survive(seed, plan, None)),
            trace(Journey::survive(seed, plan, None)),
        ];
        assert_eq!(traces[0], traces[1], "seed {seed}");
    }
}

#[test]
fn every_planted_bug_is_noticed_among_carriers() {
    every_bug_is_noticed(Scene::Carriers, WORLDS_MAX, |seed, bug| {
        let plans = [
            (Bug::GrantsTooMuch, Plan::Full),
            (Bug::ForgetsLapses, Plan::Lifetimes),
            (Bug::ShowsPurgesOfOthers, Plan::Room),
        ];
        let plan = plans.iter().find(|(planted, _)| *planted == bug);
        let plan = plan.map_or(Plan::Wandering, |(_, plan)| *plan);
        Journey::survive(seed, plan, Some(bug));
    });
}

/// Adds people, some of whom are paired.
fn people(world: &mut World, names: &[&str], pairs: &[(usize, usize)]) {
    for name in names {
        world.add(name, tidings_tests::world::Disk::in_memory());
    }
    for (one, other) in pairs {
        world.pair(*one, *other);
    }
}
