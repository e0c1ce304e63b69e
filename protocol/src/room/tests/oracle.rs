//! What must hold of every room, whatever its operations.

use std::collections::BTreeMap;

use super::dag::{Act, Dag, Op, ROOM, person};
use super::naive::Naive;
use crate::id::{AdmissionId, PersonId};
use crate::room::budget::Share;
use crate::room::log::HeldControl;
use crate::room::{Author, ControlError, ControlLog, Membership, Refusal, Role, Standing};

/// An empty log that holds all that belongs to it, also what could never have an effect.
pub(super) fn empty(dag: &Dag) -> ControlLog {
    let mut log = strict(dag);
    log.holds_all = true;
    log
}

/// An empty log.
pub(super) fn strict(dag: &Dag) -> ControlLog {
    let mut log = ControlLog::new(ROOM);
    if let Some(most) = dag.unbacked_max {
        log.limits.unbacked = most;
    }
    if let Some(most) = dag.members_max {
        log.limits.members = most;
    }
    log
}

/// The log of these operations, taken in this order, as far as that is possible.
pub(super) fn log(dag: &Dag, order: impl IntoIterator<Item = usize>) -> ControlLog {
    let mut log = empty(dag);
    let mut waiting: Vec<usize> = order.into_iter().collect();
    while !waiting.is_empty() {
        let before = waiting.len();
        waiting.retain(|number| match log.insert(dag.control(*number)) {
            Ok(true) => false,
            Err(ControlError::Causes) => true,
            other => panic!("{number} of {dag:#?}: {other:?}"),
        });
        assert!(waiting.len() < before, "something is missing");
    }
    log
}

pub(super) fn resolved(dag: &Dag) -> Membership {
    log(dag, 0..dag.ops.len()).resolve()
}

/// Checks everything but orders of arrival.
pub(super) fn check(dag: &Dag, membership: &Membership) {
    let naive = Naive::of(dag, dag.all());
    agrees_with_the_rules(dag, membership, &naive);
    let valid: Vec<usize> = (0..dag.ops.len())
        .filter(|number| membership.is_valid(dag.id(*number)))
        .collect();
    for x in valid.iter().copied() {
        authority_comes_down(dag, &naive, x);
        if let Act::Remove(target) = dag.ops[x].act {
            a_removed_admission_writes_no_more(dag, &valid, x, target);
            the_removed_come_back_only_by_an_add_that_knows_of_it(
                dag, membership, &naive, x, target,
            );
        }
    }
    let state = membership.admission(dag.admission_id(0)).unwrap();
    assert!(
        matches!(state.standing, Standing::Stands | Standing::Left),
        "{dag:#?}"
    );
    assert_eq!(state.role, Role::Admin);
    let admins = membership
        .members()
        .values()
        .any(|member| member.role == Role::Admin);
    let acting = admins != membership.heir().is_some();
    let flooded = dag.admissions().any(|admission| naive.flooded(admission));
    assert!(
        membership.members().is_empty() || acting || flooded,
        "somebody may act: {dag:#?}"
    );
    for number in valid {
        let act = dag.ops[number].act;
        let needs_none = matches!(act, Act::Create | Act::Leave | Act::Revoke { .. });
        assert!(needs_none || naive.backed(number), "{number} of {dag:#?}");
    }
}

/// Checks that what a log refuses could be left out: the rest comes to the same without it.
pub(super) fn check_refusals(dag: &Dag, membership: &Membership) {
    let mut log = strict(dag);
    let mut refused = 0;
    for number in 0..dag.ops.len() {
        match log.insert(dag.control(number)) {
            Ok(_) => {}
            Err(ControlError::Authority) => refused += 1,
            // What no honest program writes, or what that is built upon.
            Err(ControlError::Parents | ControlError::Causes | ControlError::Admission) => {
                if membership.is_valid(dag.id(number)) {
                    return;
                }
                refused += 1;
            }
            Err(error) => panic!("{number} of {dag:#?}: {error:?}"),
        }
    }
    if refused > 0 && dag.unbacked_max.is_none() {
        comes_to_the_same(dag, &log.resolve(), membership);
    }
}

/// Checks that two outcomes are the same in all that counts.
pub(super) fn comes_to_the_same(dag: &Dag, one: &Membership, other: &Membership) {
    for number in 0..dag.ops.len() {
        let id = dag.id(number);
        assert_eq!(one.is_valid(id), other.is_valid(id), "{number} of {dag:#?}");
    }
    assert_eq!(one.members(), other.members(), "{dag:#?}");
    assert_eq!(one.heir(), other.heir(), "{dag:#?}");
    assert_eq!(one.title(), other.title(), "{dag:#?}");
}

/// Checks what is said of the last operation before it is held: if it has no effect by where its
/// author stands, then it changes nothing.
pub(super) fn check_stale(dag: &Dag, log: &ControlLog, before: &Membership, after: &Membership) {
    let last = dag.ops.len() - 1;
    let checked: HeldControl = log.clone().check(dag.control(last)).unwrap();
    let naive = Naive::of(dag, dag.all());
    assert_eq!(
        checked.is_backed(),
        !naive.plain(last),
        "{last} of {dag:#?}"
    );
    if Share::of(&checked, log, before) == Share::Stale {
        comes_to_the_same(dag, before, after);
    }
}

fn agrees_with_the_rules(dag: &Dag, membership: &Membership, naive: &Naive<'_>) {
    for number in 0..dag.ops.len() {
        let valid = membership.is_valid(dag.id(number));
        assert_eq!(valid, naive.valid(number), "operation {number} of {dag:#?}");
    }
    let shown = naive.members();
    assert!(
        shown.len() <= dag.members_max.unwrap_or(usize::MAX),
        "{dag:#?}"
    );
    let mut members: BTreeMap<PersonId, Vec<(bool, AdmissionId)>> = BTreeMap::new();
    for admission in dag.admissions() {
        let state = membership.admission(dag.admission_id(admission)).unwrap();
        let standing = naive.standing(admission);
        assert_eq!(
            state.standing == Standing::Stands,
            standing,
            "{admission} of {dag:#?}"
        );
        assert_eq!(
            state.role,
            naive.role(admission, dag.all()),
            "{admission} of {dag:#?}"
        );
        let who = dag.admitted(admission).unwrap();
        if standing && shown.contains(&who) {
            let list = members.entry(state.person).or_default();
            list.push((state.role == Role::Admin, dag.admission_id(admission)));
        }
    }
    let heir = naive.heir(dag.all()).map(|heir| dag.admission_id(heir));
    assert_eq!(membership.heir(), heir, "{dag:#?}");
    assert!(membership.members().keys().eq(members.keys()), "{dag:#?}");
    for (who, member) in membership.members() {
        let expected = &members[who];
        let admin = expected.iter().any(|(admin, _)| *admin);
        assert_eq!(member.role == Role::Admin, admin);
        assert_eq!(member.admissions.len(), expected.len());
    }
}

fn authority_comes_down(dag: &Dag, naive: &Naive<'_>, x: usize) {
    let own = dag.ops[x].admission;
    match dag.ops[x].act {
        Act::Remove(target) | Act::Role(target, Role::Member) => {
            assert!(target != 0 && naive.senior(own, target), "{x} of {dag:#?}");
        }
        Act::Role(target, Role::Admin) => {
            assert!(
                target == own || naive.senior(own, target),
                "{x} of {dag:#?}"
            );
        }
        _ => {}
    }
}

fn a_removed_admission_writes_no_more(dag: &Dag, valid: &[usize], removal: usize, target: usize) {
    for x in valid.iter().copied() {
        if dag.ops[x].admission == target && x != target {
            assert!(dag.before(x, removal), "{x} beside {removal} of {dag:#?}");
        }
    }
}

/// Of admissions that somebody senior to them could have removed.
fn the_removed_come_back_only_by_an_add_that_knows_of_it(
    dag: &Dag,
    membership: &Membership,
    naive: &Naive<'_>,
    removal: usize,
    target: usize,
) {
    let author = dag.ops[removal].admission;
    for other in dag.admissions() {
        let same = dag.admitted(other) == dag.admitted(target);
        let state = membership.admission(dag.admission_id(other)).unwrap();
        if same && state.standing == Standing::Stands && naive.senior(author, other) {
            let knows = dag.before(removal, other);
            let known = dag.before(other, removal) && other != target;
            assert!(knows || known, "{other} despite {removal} of {dag:#?}");
        }
    }
}

/// Checks that what is written upon all of a room changes nothing of what was, and is valid exactly
/// if its author was told so.
pub(super) fn check_next(dag: &Dag, membership: &Membership, log: &ControlLog, next: Op) {
    let mut longer = dag.clone();
    let number = longer.write(next.admission, next.device, dag.all(), next.act);
    let author: Author = longer.author(&longer.ops[number]);
    let body = longer.body(next.act);
    let may = membership.may(author, &body);
    if matches!(
        may,
        Err(Refusal::Limit(ControlError::AdmissionFull) | Refusal::NeedsNewerVersion)
    ) {
        return;
    }
    let allowed = may.is_ok();
    let naive = Naive::of(&longer, longer.all());
    if naive.flooded(next.admission) {
        return;
    }
    if let Act::Remove(target) = next.act
        && Naive::of(dag, dag.all()).flooded(target)
    {
        // Of what is beside the removal nothing counts: it may not have been too much then.
        return;
    }
    check_upon(&longer, membership, log, allowed);
    let of_person = dag
        .admissions()
        .filter(|one| dag.admitted(*one) == Some(longer.ops[number].person));
    if next.act == Act::Leave && !membership.is_backed(author.admission) && of_person.count() > 1 {
        // It ends what is beside it too, which their program leaves as well.
        return;
    }
    if !allowed {
        return;
    }
    // And so it is upon what an honest program names, instead of all there is.
    let mut longer = dag.clone();
    let named = log.parents(membership, author, &body);
    let prev = log.last_of(longer.control_actor(author)).map(|(_, id)| id);
    let of = |id| (0..dag.ops.len()).find(|number| dag.id(*number) == id);
    let past = named.into_iter().chain(prev).filter_map(of);
    let past = past.fold(0, |past, number| past | super::dag::bit(number));
    longer.write(next.admission, next.device, past, next.act);
    if !Naive::of(&longer, longer.all()).flooded(next.admission) {
        check_upon(&longer, membership, log, allowed);
    }
}

/// Checks that the last operation is valid if it is allowed, and changes nothing of what was.
fn check_upon(longer: &Dag, membership: &Membership, log: &ControlLog, allowed: bool) {
    let number = longer.ops.len() - 1;
    let next = longer.ops[number];
    let dag = longer;
    let mut log = log.clone();
    log.insert(longer.control(number)).unwrap();
    let after = log.resolve();
    assert_eq!(
        after.is_valid(longer.id(number)),
        allowed,
        "the last of {longer:#?}"
    );
    for old in 0..number {
        let id = dag.id(old);
        assert_eq!(
            after.is_valid(id),
            membership.is_valid(id),
            "{old} of {longer:#?}"
        );
    }
    if let (Act::Remove(target), true) = (next.act, allowed) {
        let of = |membership: &Membership, id| membership.admission(id).unwrap().standing;
        for other in dag.admissions().filter(|other| *other != target) {
            let id = dag.admission_id(other);
            assert_eq!(of(&after, id), of(membership, id), "{other} of {longer:#?}");
        }
    }
}

/// Checks that the last operation, wherever it stands, changed nothing of what seniors of its author
/// wrote: whether those are valid hangs on nobody below them.
pub(super) fn check_seniors(dag: &Dag, before: &Membership, after: &Membership) {
    let last = dag.ops.len() - 1;
    let rank = |op: &Op| {
        after
            .admission(dag.admission_id(op.admission))
            .unwrap()
            .rank
    };
    for (number, op) in dag.ops.iter().enumerate().take(last) {
        if rank(op) < rank(&dag.ops[last]) {
            let id = dag.id(number);
            assert_eq!(
                after.is_valid(id),
                before.is_valid(id),
                "{number} of {dag:#?}"
            );
        }
    }
}

/// Checks that another order of arrival comes to the same.
pub(super) fn check_order(dag: &Dag, membership: &Membership, order: &[usize]) {
    let log = log(dag, order.iter().copied());
    assert_eq!(&log.resolve(), membership, "in order {order:?}: {dag:#?}");
}

/// Every order of `numbers`.
pub(super) fn permutations(numbers: &[usize]) -> Vec<Vec<usize>> {
    let Some((first, rest)) = numbers.split_first() else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for shorter in permutations(rest) {
        for at in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(at, *first);
            all.push(order);
        }
    }
    all
}

/// Whether a person is a member.
pub(super) fn is_member(membership: &Membership, number: usize) -> bool {
    membership.members().contains_key(&person(number))
}
