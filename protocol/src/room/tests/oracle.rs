//! What must hold of every room, whatever its operations.

use std::collections::BTreeMap;

use super::dag::{Act, Dag, Op, ROOM, person};
use super::naive::Naive;
use crate::id::{AdmissionId, PersonId};
use crate::room::{Author, ControlLog, Inserted, Membership, Role, Standing};

/// The log of these operations, taken in this order.
pub(super) fn log(dag: &Dag, order: impl IntoIterator<Item = usize>) -> ControlLog {
    let mut log = ControlLog::new(ROOM);
    for number in order {
        log.insert(dag.control(number)).unwrap();
    }
    assert_eq!(log.missing().next(), None);
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
    assert!(
        membership.members().is_empty() || acting,
        "somebody may act: {dag:#?}"
    );
}

fn agrees_with_the_rules(dag: &Dag, membership: &Membership, naive: &Naive<'_>) {
    for number in 0..dag.ops.len() {
        let valid = membership.is_valid(dag.id(number));
        assert_eq!(valid, naive.valid(number), "operation {number} of {dag:#?}");
    }
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
        if standing {
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
    let allowed = membership.may(author, &longer.body(next.act)).is_ok();
    let mut log = log.clone();
    log.insert(longer.control(number)).unwrap();
    let after = log.resolve();
    assert_eq!(
        after.is_valid(longer.id(number)),
        allowed,
        "the last of {longer:#?}"
    );
    for old in 0..dag.ops.len() {
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
    let mut log = ControlLog::new(ROOM);
    let mut held = 0;
    for number in order {
        match log.insert(dag.control(*number)).unwrap() {
            Inserted::Held(ids) => held += ids.len(),
            Inserted::Waits => {}
            Inserted::Known => panic!("none comes twice"),
        }
    }
    assert_eq!(held, order.len());
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
