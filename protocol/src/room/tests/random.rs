//! Larger rooms than can be looked at all, drawn at random.

use proptest::prelude::*;

use super::dag::{Act, Dag, Op, bit};
use super::oracle::{
    check, check_next, check_order, check_refusals, check_seniors, check_stale, log,
};
use crate::room::{ControlLog, Role};

/// One step: who writes, what, and how much of the room they have seen.
#[derive(Debug, Clone)]
struct Step {
    author: prop::sample::Index,
    device: usize,
    kind: u8,
    target: prop::sample::Index,
    person: usize,
    admin: bool,
    seen: Vec<prop::sample::Index>,
    all: bool,
    again: bool,
    /// Whether the author's program is as it should be.
    honest: bool,
}

prop_compose! {
    fn any_step()(
        author: prop::sample::Index,
        device in prop_oneof![3 => Just(0_usize), 1 => Just(1)],
        kind in 0..20_u8,
        target: prop::sample::Index,
        person in 0..7_usize,
        admin in prop::bool::weighted(0.7),
        seen in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        all in prop::bool::weighted(0.4),
        again in prop::bool::weighted(0.05),
        honest in prop::bool::weighted(0.6),
    ) -> Step {
        Step { author, device, kind, target, person, admin, seen, all, again, honest }
    }
}

fn role(admin: bool) -> Role {
    if admin { Role::Admin } else { Role::Member }
}

impl Step {
    fn act(&self, dag: &Dag) -> Act {
        let admissions: Vec<usize> = dag.admissions().collect();
        let target = *self.target.get(&admissions);
        match self.kind {
            0..=7 => Act::Add {
                person: self.person,
                role: role(self.admin),
            },
            8..=11 => Act::Remove(target),
            12..=14 => Act::Role(target, role(self.admin)),
            15 | 16 => Act::Leave,
            17 => Act::Revoke {
                person: self.person,
                device: self.device,
            },
            18 => Act::Title,
            _ => Act::Unknown,
        }
    }

    /// Writes what an honest program would by what it has seen, or whatever there is to write.
    fn take_honestly(&self, dag: &mut Dag) {
        let admissions: Vec<usize> = dag.admissions().collect();
        let admission = *self.author.get(&admissions);
        let act = self.act(dag);
        if act == Act::Unknown {
            // After it, this version cannot tell who may do what.
            return;
        }
        let last = dag.last(admission, self.device).map_or(0, bit);
        let seen = self.seen.iter().fold(bit(admission) | last, |seen, index| {
            seen | bit(index.index(dag.ops.len()))
        });
        let seen = if self.all {
            dag.all()
        } else {
            dag.closure(seen)
        };
        let log = log(dag, super::dag::numbers(seen));
        let membership = log.resolve();
        let author = dag.author(&Op {
            admission,
            person: dag.admitted(admission).unwrap(),
            device: self.device,
            ..dag.ops[0]
        });
        let body = dag.body(act);
        if !self.honest || membership.may(author, &body).is_err() {
            self.take(dag);
            return;
        }
        let named = log.parents(&membership, author, &body);
        let of = |id| (0..dag.ops.len()).find(|number| dag.id(*number) == id);
        let past = named.into_iter().filter_map(of);
        let past = past.fold(0, |past, number| past | bit(number));
        dag.write(admission, self.device, past, act);
    }

    fn take(&self, dag: &mut Dag) {
        let admissions: Vec<usize> = dag.admissions().collect();
        let admission = *self.author.get(&admissions);
        let act = self.act(dag);
        let everything = dag.all();
        let last = dag.ops.len() - 1;
        let past = if self.all {
            everything
        } else {
            self.seen
                .iter()
                .fold(0, |past, index| past | bit(index.index(last + 1)))
        };
        dag.write(admission, self.device, past, act);
        if self.again && act != Act::Create {
            // The same place in the chain, signed a second time for something else.
            let Op { prev, seq, .. } = dag.ops[last + 1];
            dag.write(admission, self.device, past & everything, self.act(dag));
            let own = prev.map_or(0, bit) | bit(admission);
            let past = dag.closure(past & everything | own);
            let twin = dag.ops.last_mut().unwrap();
            (twin.prev, twin.seq, twin.past) = (prev, seq, past);
        }
    }
}

prop_compose! {
    pub(super) fn any_room()(
        steps in prop::collection::vec(any_step(), 0..30),
        descending: bool,
        unbacked_max in prop_oneof![2 => Just(None), 1 => (0..3_usize).prop_map(Some)],
        members_max in prop_oneof![2 => Just(None), 1 => (1..5_usize).prop_map(Some)],
    ) -> Dag {
        let mut dag = Dag::created();
        (dag.descending, dag.unbacked_max) = (descending, unbacked_max);
        dag.members_max = members_max;
        for step in steps {
            step.take(&mut dag);
        }
        dag
    }
}

prop_compose! {
    /// A room in which some programs are honest and others sign what they like; little counts
    /// without authority.
    pub(super) fn any_mixed_room()(
        steps in prop::collection::vec(any_step(), 0..30),
        descending: bool,
        unbacked_max in 0..3_usize,
    ) -> Dag {
        let mut dag = Dag::created();
        (dag.descending, dag.unbacked_max) = (descending, Some(unbacked_max));
        for step in steps {
            step.take_honestly(&mut dag);
        }
        dag
    }
}

pub(super) fn any_order() -> impl Strategy<Value = (Dag, Vec<usize>)> {
    any_room().prop_flat_map(|dag| {
        let order: Vec<usize> = (0..dag.ops.len()).collect();
        (Just(dag), Just(order).prop_shuffle())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn every_room_keeps_the_rules_in_every_order((dag, order) in any_order()) {
        let log = log(&dag, 0..dag.ops.len());
        let membership = log.resolve();
        check(&dag, &membership);
        check_order(&dag, &membership, &order);
        check_refusals(&dag, &membership);
        if let Some((_, shorter)) = dag.ops.split_last() {
            let shorter = Dag { ops: shorter.to_vec(), ..dag };
            if !shorter.ops.is_empty() {
                let log = self::log(&shorter, 0..shorter.ops.len());
                let before = log.resolve();
                check_seniors(&dag, &before, &membership);
                check_stale(&dag, &log, &before, &membership);
            }
        }
    }

    #[test]
    fn what_is_written_on_top_changes_nothing_that_was(dag in any_room(), steps in prop::collection::vec(any_step(), 1..6)) {
        let log: ControlLog = log(&dag, 0..dag.ops.len());
        let membership = log.resolve();
        for step in steps {
            let admissions: Vec<usize> = dag.admissions().collect();
            let admission = *step.author.get(&admissions);
            let act = step.act(&dag);
            let next = Op { admission, device: step.device, act, ..dag.ops[0] };
            if act != Act::Unknown {
                check_next(&dag, &membership, &log, next);
            }
        }
    }
}
