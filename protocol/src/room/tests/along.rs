//! What is taken along for somebody who builds on it; and that this leaves room for others.

use super::dag::{Act, bit, person};
use super::intake::{add, by_many_devices, leaving, offer_all, other_id, room, standing, twins};
use crate::id::{ActorId, OperationId};
use crate::room::effort;
use crate::room::{ControlError, ControlOperation, Role, Standing};
use crate::time::LogicalTime;
use crate::wire::limits::{
    CONTROL_BYTES_MAX, CONTROL_HEADS_MAX, CONTROL_OPERATIONS_MAX, CONTROL_WALK_STEPS_EACH,
    CONTROL_WALK_STEPS_MAX,
};

#[test]
fn an_admin_has_as_much_taken_for_what_they_build_on_as_may_be_and_no_more() {
    // With the creator above them, their share is three quarters of the room.
    let share = CONTROL_BYTES_MAX / 4 * 3;
    for (extra, held) in [(0, 1), (1, 0)] {
        let (mut dag, mut intake) = room(&[add(1, Role::Admin)]);
        let known = dag.all();
        let title = dag.write(1, 0, known, Act::Title);
        let [named, mut upon, mut filler] = by_many_devices(&dag.control(title), 0..3)
            .try_into()
            .unwrap();
        upon.parents.push(named.id);
        upon.parents.sort_unstable();
        upon.logical = LogicalTime::new(50);
        assert_eq!(offer_all(&mut intake, [upon]), 0);
        let before: usize = intake.log().operations().map(|one| one.bytes).sum();
        filler.bytes = 2 * share - before - named.bytes + extra;
        assert!(intake.restore(filler));
        intake.resolve();
        // What was lacking comes again when there is room for nothing else of theirs.
        assert_eq!(offer_all(&mut intake, [named]), held);
    }
}

/// So many operations like this one, each upon the one before.
fn chain_of(
    of: &ControlOperation,
    numbers: std::ops::Range<usize>,
    after: u64,
) -> Vec<ControlOperation> {
    let mut chain = twins(of, numbers);
    let mut prev = None;
    for (seq, one) in (1..).zip(&mut chain) {
        (one.seq, one.prev) = (seq, prev);
        one.logical = LogicalTime::new(after + seq);
        prev = Some(one.id);
    }
    chain
}

/// The same three times, upon each other, as none may be longer.
fn long_chain(title: &ControlOperation) -> Vec<ControlOperation> {
    let mut chain = Vec::new();
    for number in 0..3_u8 {
        let mut first = title.clone();
        first.actor = ActorId::new([number + 1; 32]);
        let from = usize::from(number) * 1000;
        let mut part = chain_of(&first, from..from + 1000, 10 + u64::from(number) * 1000);
        if let Some(last) = chain.last().map(ControlOperation::id) {
            part[0].parents = vec![last];
        }
        for one in &mut part {
            one.bytes = 300;
        }
        chain.extend(part);
    }
    chain
}

#[test]
fn however_many_build_on_what_waits_it_is_walked_through_a_few_times() {
    for admission in [1, 2] {
        let (mut dag, mut intake) = room(&[add(1, Role::Admin), add(2, Role::Member)]);
        let known = dag.all();
        let title = dag.write(1, 0, known, Act::Title);
        let left = dag.write(2, 0, known, Act::Leave);
        let (title, left) = (dag.control(title), dag.control(left));
        let chain = long_chain(&title);
        let waiting = chain[1..].iter().rev().cloned();
        assert_eq!(offer_all(&mut intake, waiting), 0);
        let upon = if admission == 1 { title } else { left };
        let mut upon = by_many_devices(&upon, 10_000..10_000 + 1000);
        for one in &mut upon {
            // In the small, so that nothing is forgotten for it.
            one.bytes = 0;
            one.parents.push(chain.last().unwrap().id);
            one.logical = LogicalTime::new(9_000);
        }
        let (held, _, steps) = effort::of(|| {
            let offered = upon.into_iter().map(|one| intake.offer(one, ()));
            offered.map(|taken| taken.unwrap().len()).sum::<usize>()
        });
        assert_eq!(held, 0);
        let most = CONTROL_WALK_STEPS_MAX + 1000 * CONTROL_WALK_STEPS_EACH + 3 * chain.len();
        assert!(steps <= most, "{steps}");
        assert!(steps >= chain.len(), "{steps}");
    }
}

#[test]
fn what_a_junior_takes_along_leaves_room_for_every_senior() {
    let (mut dag, mut intake) = room(&[add(1, Role::Admin)]);
    let known = dag.all();
    let [title, removal] = [(1, Act::Title), (0, Act::Remove(1))].map(|(admission, act)| {
        let number = dag.write(admission, 0, known, act);
        dag.control(number)
    });
    let mut chain = long_chain(&title);
    let withheld = chain.remove(0);
    // From the top down, so that nothing is looked through.
    assert_eq!(offer_all(&mut intake, chain.iter().rev().cloned()), 0);
    let share = CONTROL_OPERATIONS_MAX / 4 * 3;
    let mut fill = by_many_devices(&title, 10_000..10_000 + share - 4);
    fill.truncate(share - intake.log().len() - 2);
    for one in &mut fill {
        one.bytes = 300;
    }
    let count = fill.len();
    assert_eq!(offer_all(&mut intake, fill), count);
    assert_eq!(offer_all(&mut intake, [withheld]), 1);
    let mut upon = by_many_devices(&title, 20_000..20_001).remove(0);
    upon.parents.push(chain.last().unwrap().id);
    upon.parents.sort_unstable();
    upon.logical = LogicalTime::new(9_000);
    assert_eq!(offer_all(&mut intake, [upon]), chain.len() + 1);
    assert!(intake.log().len() > CONTROL_OPERATIONS_MAX);
    assert_eq!(offer_all(&mut intake, [removal]), 1);
    assert_eq!(standing(&intake, &dag, 1), Standing::Removed);
}

#[test]
fn whoever_names_anothers_admission_has_nothing_taken_along() {
    let (mut dag, mut intake, left) = leaving();
    offer_all(&mut intake, by_many_devices(&left, 0..17));
    let more = by_many_devices(&left, 200..200 + CONTROL_HEADS_MAX);
    assert_eq!(offer_all(&mut intake, more.clone()), 0);
    let title = dag.write(0, 0, bit(0), Act::Title);
    let mut forged = by_many_devices(&dag.control(title), 300..301).remove(0);
    forged.author.person = person(1);
    forged.parents = more.iter().map(ControlOperation::id).collect();
    forged.logical = LogicalTime::new(50);
    let before = intake.log().len();
    assert_eq!(offer_all(&mut intake, [forged.clone()]), 0);
    assert_eq!(intake.log().len(), before);
    // Nor is what is lacking waited for.
    let lacking = by_many_devices(&left, 400..401).remove(0);
    forged.id = other_id(301);
    forged.parents.push(lacking.id);
    forged.parents.remove(0);
    assert_eq!(offer_all(&mut intake, [forged]), 0);
    assert_eq!(offer_all(&mut intake, [lacking]), 0);
}

#[test]
fn of_what_is_taken_along_all_belongs_to_the_log_or_none_is_held() {
    let (mut dag, mut intake, left) = leaving();
    offer_all(&mut intake, by_many_devices(&left, 0..17));
    let more = by_many_devices(&left, 200..203);
    assert_eq!(offer_all(&mut intake, more.clone()), 0);
    let title = dag.write(0, 0, bit(0), Act::Title);
    let mut upon = by_many_devices(&dag.control(title), 300..301).remove(0);
    upon.parents = more.iter().map(ControlOperation::id).collect();
    upon.logical = LogicalTime::new(50);
    let mut broken = upon.clone();
    (broken.id, broken.seq) = (other_id(301), 2);
    broken.prev = Some(more[0].id);
    let (heads, membership) = (intake.log().heads(), intake.membership().clone());
    let before: Vec<OperationId> = intake
        .log()
        .operations()
        .map(ControlOperation::id)
        .collect();
    assert_eq!(intake.offer(broken, ()).unwrap_err(), ControlError::Chain);
    intake.resolve();
    let after: Vec<OperationId> = intake
        .log()
        .operations()
        .map(ControlOperation::id)
        .collect();
    assert_eq!((after, intake.log().heads()), (before, heads));
    assert_eq!(intake.membership(), &membership);
    // It comes again, and is taken for who may build on it.
    assert_eq!(offer_all(&mut intake, more), 0);
    assert_eq!(offer_all(&mut intake, [upon]), 4);
}
