//! Every room of a few people and operations, up to renaming: all authors, actions and pasts.
//!
//! An operation may be written upon any past that holds its author's previous operation and
//! admission, so backdated ones and stale ones are among them. Operations that do not know of each
//! other are written down in one order of all that there are, and people are numbered as they are
//! first named: what is left out is equal to something that is not.

use super::dag::{Act, Dag, Op, bit};
use super::oracle::{
    check, check_next, check_order, check_refusals, check_seniors, check_stale, permutations,
};
use crate::room::{ControlLog, Membership, Role};

/// Which rooms to look at.
#[derive(Debug, Clone, Copy)]
struct Scope {
    people: usize,
    operations: usize,
    /// Devices of the creator, and of everybody else.
    devices: [usize; 2],
    /// Whether to leave out operations that are void by their own fields, or whose author nothing
    /// could have made an admin.
    reduced: bool,
    revocations: bool,
    /// Whether later operations have lower ids: it matters where two share a rank and a number.
    descending: bool,
    /// How many Adds there may be beside the Create.
    adds: usize,
    /// How many operations without authority count under one admission, if not as many as usually.
    unbacked_max: Option<usize>,
    /// How many people are members at most, if not as many as usually.
    members_max: Option<usize>,
}

#[derive(Default)]
struct Count {
    rooms: u64,
    orders: u64,
    nexts: u64,
}

/// What orders operations that do not know of each other; the same however they are numbered.
fn key(dag: &Dag, op: &Op) -> (usize, usize, u64, u8, usize, usize) {
    let named = |admission: usize| dag.admitted(admission).unwrap();
    let (kind, one, other) = match op.act {
        Act::Create => (0, 0, 0),
        Act::Add { person, role } => (1, person, usize::from(role == Role::Admin)),
        Act::Remove(target) => (2, named(target), 0),
        Act::Role(target, role) => (3, named(target), usize::from(role == Role::Admin)),
        Act::Leave => (4, 0, 0),
        Act::Revoke { person, device } => (5, person, device),
        Act::Title => (6, 0, 0),
        Act::Unknown => (7, 0, 0),
    };
    (op.person, op.device, op.seq, kind, one, other)
}

impl Scope {
    #[expect(clippy::print_stdout, reason = "how much was looked at is the result")]
    fn run(self) -> Count {
        let mut count = Count::default();
        let mut dag = Dag::created();
        dag.descending = self.descending;
        (dag.unbacked_max, dag.members_max) = (self.unbacked_max, self.members_max);
        let mut log = super::oracle::empty(&dag);
        log.insert(dag.control(0)).unwrap();
        self.visit(&dag, &log, None, &mut count);
        println!(
            "{self:?}: {} rooms, {} orders of arrival, {} operations on top",
            count.rooms, count.orders, count.nexts
        );
        count
    }

    fn visit(
        self,
        dag: &Dag,
        log: &ControlLog,
        before: Option<(&ControlLog, &Membership)>,
        count: &mut Count,
    ) {
        let log = log.clone();
        let membership = log.resolve();
        check(dag, &membership);
        if let Some((shorter, before)) = before {
            check_seniors(dag, before, &membership);
            if dag.ops.len() <= 4 || count.rooms.is_multiple_of(8) {
                check_stale(dag, shorter, before, &membership);
                check_refusals(dag, &membership);
            }
        }
        count.rooms += 1;
        let length = dag.ops.len();
        if length <= 3 || (length == 4 && count.rooms.is_multiple_of(8)) {
            for order in permutations(&(0..length).collect::<Vec<_>>()) {
                check_order(dag, &membership, &order);
                count.orders += 1;
            }
        } else if count.rooms.is_multiple_of(4) {
            let backwards: Vec<usize> = (0..length).rev().collect();
            check_order(dag, &membership, &backwards);
            let mut dealt: Vec<usize> = (0..length).filter(|n| n % 2 == 0).collect();
            dealt.extend((0..length).filter(|n| n % 2 == 1));
            check_order(dag, &membership, &dealt);
            count.orders += 2;
        }
        let more = length < self.operations;
        for (admission, device) in self.authors(dag) {
            for act in self.acts(dag, admission) {
                if length <= 3 || count.rooms.is_multiple_of(16) {
                    let next = Op {
                        admission,
                        device,
                        act,
                        ..dag.ops[0]
                    };
                    check_next(dag, &membership, &log, next);
                    count.nexts += 1;
                }
                if more {
                    let shorter = (dag, &log, &membership);
                    self.write(shorter, (admission, device), act, count);
                }
            }
        }
    }

    /// Writes an act upon every past that it can have.
    fn write(
        self,
        (dag, log, membership): (&Dag, &ControlLog, &Membership),
        (admission, device): (usize, usize),
        act: Act,
        count: &mut Count,
    ) {
        let least = bit(admission) | dag.last(admission, device).map_or(0, bit);
        let least = dag.closure(least);
        for past in 0..=dag.all() {
            if past & least != least || !dag.is_closed(past) {
                continue;
            }
            let mut longer = dag.clone();
            let number = longer.write(admission, device, past, act);
            if !self.is_worth_it(&longer, number) {
                continue;
            }
            let shorter = log;
            let mut log = log.clone();
            log.insert(longer.control(number)).unwrap();
            self.visit(&longer, &log, Some((shorter, membership)), count);
        }
    }

    fn authors(self, dag: &Dag) -> Vec<(usize, usize)> {
        let devices =
            |admission: usize| self.devices[usize::from(dag.admitted(admission) != Some(0))];
        dag.admissions()
            .flat_map(|admission| (0..devices(admission)).map(move |device| (admission, device)))
            .collect()
    }

    fn acts(self, dag: &Dag, admission: usize) -> Vec<Act> {
        let mut acts = vec![Act::Leave];
        let named = dag
            .admissions()
            .filter_map(|one| dag.admitted(one))
            .max()
            .unwrap_or(0);
        if dag.admissions().count() <= self.adds {
            for person in 0..self.people.min(named + 2) {
                acts.extend([Role::Member, Role::Admin].map(|role| Act::Add { person, role }));
            }
        }
        for target in dag.admissions() {
            acts.extend([
                Act::Remove(target),
                Act::Role(target, Role::Member),
                Act::Role(target, Role::Admin),
            ]);
        }
        if self.revocations {
            for person in 0..self.people.min(named + 1) {
                let devices = self.devices[usize::from(person != 0)];
                acts.extend((0..devices).map(|device| Act::Revoke { person, device }));
            }
        }
        if self.reduced {
            acts.retain(|act| match act {
                Act::Remove(target) | Act::Role(target, Role::Member) => {
                    *target != admission && *target != 0
                }
                Act::Role(target, Role::Admin) => *target != 0,
                _ => true,
            });
        }
        acts
    }

    fn is_worth_it(self, dag: &Dag, number: usize) -> bool {
        let op = &dag.ops[number];
        let aside = !dag.before(number - 1, number);
        if number > 1 && aside && key(dag, &dag.ops[number - 1]) > key(dag, op) {
            return false;
        }
        match op.act {
            Act::Remove(target) | Act::Role(target, _) if !dag.before(target, number) => {
                return !self.reduced;
            }
            _ => {}
        }
        if !self.reduced || matches!(op.act, Act::Leave | Act::Revoke { .. }) {
            return true;
        }
        // An author whom something in the past made an admin, or may have left as an heir.
        let own = op.admission;
        own == 0
            || matches!(
                dag.ops[own].act,
                Act::Add {
                    role: Role::Admin,
                    ..
                }
            )
            || (0..number)
                .filter(|other| dag.before(*other, number))
                .any(|other| {
                    let act = dag.ops[other].act;
                    act == Act::Role(own, Role::Admin)
                        || (act == Act::Leave && dag.ops[other].admission == 0)
                })
    }
}

/// Whether to look at larger rooms too, which takes minutes in an optimised build.
fn is_long() -> bool {
    std::env::var_os("TIDINGS_EXHAUSTIVE").is_some()
}

const THREE: Scope = Scope {
    people: 3,
    operations: 4,
    devices: [1, 1],
    reduced: false,
    revocations: false,
    descending: false,
    adds: 5,
    unbacked_max: None,
    members_max: None,
};

#[test]
fn every_small_room_of_three_people_keeps_the_rules() {
    let operations = if is_long() { 5 } else { 4 };
    let count = Scope {
        operations,
        ..THREE
    }
    .run();
    assert!(count.rooms > 1_000);
}

#[test]
fn every_room_of_three_people_and_five_operations_keeps_the_rules() {
    let operations = if is_long() { 6 } else { 5 };
    let count = Scope {
        operations,
        reduced: true,
        ..THREE
    }
    .run();
    assert!(count.rooms > 10_000);
}

#[test]
fn every_room_of_four_people_with_few_adds_keeps_the_rules() {
    let operations = if is_long() { 6 } else { 5 };
    let count = Scope {
        people: 4,
        operations,
        reduced: true,
        adds: 3,
        ..THREE
    }
    .run();
    assert!(count.rooms > 10_000);
}

#[test]
fn every_room_whose_creator_has_two_devices_keeps_the_rules() {
    let count = Scope {
        people: 2,
        operations: 5,
        devices: [2, 1],
        reduced: true,
        adds: 1,
        ..THREE
    }
    .run();
    assert!(count.rooms > 1_000);
}

#[test]
fn every_room_whose_people_have_two_devices_keeps_the_rules() {
    let operations = if is_long() { 5 } else { 4 };
    for descending in [false, true] {
        let count = Scope {
            people: 2,
            operations,
            devices: [2, 2],
            revocations: true,
            reduced: true,
            descending,
            ..THREE
        }
        .run();
        assert!(count.rooms > 1_000);
    }
}

#[test]
fn every_small_room_in_which_one_word_without_authority_is_too_much_keeps_the_rules() {
    for (unbacked_max, operations) in [(0, 4), (1, 5)] {
        let count = Scope {
            people: 2,
            operations: if is_long() { 6 } else { operations },
            devices: [1, 1],
            reduced: true,
            revocations: true,
            adds: 2,
            unbacked_max: Some(unbacked_max),
            ..THREE
        }
        .run();
        assert!(count.rooms > 500);
    }
}

#[test]
fn every_small_room_with_more_people_than_may_be_members_keeps_the_rules() {
    for members_max in [1, 2] {
        let count = Scope {
            people: 4,
            operations: if is_long() { 5 } else { 4 },
            reduced: true,
            adds: 3,
            members_max: Some(members_max),
            ..THREE
        }
        .run();
        assert!(count.rooms > 500);
    }
}
