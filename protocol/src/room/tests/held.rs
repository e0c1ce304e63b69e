//! What the log holds, keeps waiting and refuses.

use super::dag::{Act, Dag, ROOM, bit};
use super::oracle::log;
use crate::id::{AdmissionId, ConversationId, OperationId};
use crate::room::check::UNBACKED_BYTES_MAX;
use crate::room::{ControlBody, ControlError, ControlLog, ControlOperation, Role};
use crate::time::LogicalTime;
use crate::wire::limits::{CONTROL_HEADS_MAX, CONTROL_SEQ_MAX};

const ANN: Act = Act::Add {
    person: 1,
    role: Role::Member,
};

pub(super) fn id(number: usize) -> OperationId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::try_from(number + 1).unwrap().to_be_bytes());
    OperationId::new(bytes)
}

/// The creator's operations, each upon the one before it; a title from the second on.
pub(super) fn titles(count: usize) -> Vec<ControlOperation> {
    let mut dag = Dag::created();
    dag.on_top(0, Act::Title);
    let [create, title] = [0, 1].map(|number| dag.control(number));
    let mut all = vec![ControlOperation {
        id: id(0),
        ..create
    }];
    for number in 1..count {
        all.push(ControlOperation {
            id: id(number),
            seq: u64::try_from(number + 1).unwrap(),
            logical: LogicalTime::new(u64::try_from(number + 1).unwrap()),
            prev: Some(id(number - 1)),
            ..title.clone()
        });
    }
    all
}

#[test]
fn an_operation_is_held_after_all_that_it_builds_on() {
    let mut dag = Dag::created();
    dag.on_top(0, ANN);
    dag.on_top(1, Act::Leave);
    let mut log = ControlLog::new(ROOM);
    assert_eq!(log.insert(dag.control(2)), Err(ControlError::Causes));
    assert_eq!(log.insert(dag.control(0)), Ok(true));
    assert_eq!(log.insert(dag.control(2)), Err(ControlError::Causes));
    assert_eq!(log.insert(dag.control(1)), Ok(true));
    assert_eq!(log.insert(dag.control(2)), Ok(true));
    assert_eq!(log.insert(dag.control(0)), Ok(false));
    assert_eq!((log.len(), log.heads()), (3, vec![dag.id(2)]));
}

#[test]
fn an_operation_of_another_room_is_refused() {
    let mut log = ControlLog::new(ConversationId::new([1; 32]));
    assert_eq!(
        log.insert(Dag::created().control(0)),
        Err(ControlError::Room)
    );
}

#[test]
fn who_was_not_admitted_before_writes_nothing_here() {
    let mut dag = Dag::created();
    let added = dag.on_top(0, ANN);
    let title = dag.on_top(0, Act::Title);
    dag.on_top(added, Act::Leave);
    let mut log = log(&dag, 0..3);
    let by_ann = dag.control(3);
    let mut someone_else = by_ann.clone();
    someone_else.author.person = super::dag::person(2);
    let mut unaware = by_ann.clone();
    unaware.parents = vec![dag.id(0)];
    let mut by_title = by_ann.clone();
    by_title.author.admission = dag.id(title).into();
    let mut unheard_of = by_ann.clone();
    unheard_of.author.admission = AdmissionId::new([7; 32]);
    for refused in [someone_else, unaware, by_title, unheard_of] {
        assert_eq!(log.insert(refused), Err(ControlError::Admission));
    }
    assert!(log.insert(by_ann).is_ok());
}

#[test]
fn one_admitted_by_an_unknown_kind_is_held_without_effect() {
    let mut dag = Dag::created();
    let unknown = dag.on_top(0, Act::Unknown);
    let title = dag.on_top(0, Act::Title);
    let mut log = log(&dag, 0..2);
    let mut by_newcomer = dag.control(title);
    by_newcomer.author.admission = dag.id(unknown).into();
    by_newcomer.author.person = super::dag::person(3);
    by_newcomer.actor = crate::id::ActorId::new([3; 32]);
    (by_newcomer.seq, by_newcomer.prev) = (1, None);
    by_newcomer.parents = vec![dag.id(unknown)];
    assert_eq!(log.insert(by_newcomer.clone()), Ok(true));
    let membership = log.resolve();
    assert!(!membership.is_valid(by_newcomer.id));
    assert!(membership.needs_newer_version());
}

#[test]
fn a_chain_goes_on_from_the_same_actors_previous_operation() {
    let mut log = ControlLog::new(ROOM);
    let chain = titles(3);
    log.insert(chain[0].clone()).unwrap();
    let mut skipping = chain[2].clone();
    skipping.prev = Some(id(0));
    assert_eq!(log.insert(skipping), Err(ControlError::Chain));
    let mut foreign = chain[1].clone();
    foreign.actor = crate::id::ActorId::new([3; 32]);
    assert_eq!(log.insert(foreign), Err(ControlError::Chain));
}

#[test]
fn two_operations_with_one_number_are_both_held_and_told_of() {
    let mut dag = Dag::created();
    let known = bit(0);
    let one = dag.write(0, 0, known, ANN);
    let mut other = dag.control(one);
    other.id = OperationId::new([99; 32]);
    let mut log = log(&dag, 0..2);
    assert_eq!(log.equivocations().count(), 0);
    log.insert(other.clone()).unwrap();
    let pair = [dag.id(one), other.id];
    let told: Vec<_> = log.equivocations().collect();
    assert_eq!(told, [(other.actor, 2, &pair[..])]);
    let membership = log.resolve();
    assert!(pair.iter().all(|id| membership.is_valid(*id)));
    let member = membership.members().get(&super::dag::person(1)).unwrap();
    assert_eq!(member.admissions.len(), 2);
}

#[test]
fn a_room_created_twice_under_one_id_has_the_title_of_the_lower_operation() {
    let mut dag = Dag::created();
    dag.on_top(0, ANN);
    let first = dag.control(0);
    let mut second = first.clone();
    second.id = OperationId::new([0; 32]);
    if let ControlBody::Create(body) = &mut second.body {
        body.title = "Quay".into();
    }
    let mut upon_second = dag.control(1);
    upon_second.id = OperationId::new([50; 32]);
    upon_second.prev = Some(second.id);
    let operations = [first, second, dag.control(1), upon_second];
    let mut memberships = super::oracle::permutations(&[0, 1, 2, 3])
        .into_iter()
        .map(|order| {
            let mut log = ControlLog::new(ROOM);
            while log.len() < 4 {
                for number in &order {
                    let _ = log.insert(operations[*number].clone());
                }
            }
            log.resolve()
        });
    let membership = memberships.next().unwrap();
    assert_eq!(membership.title(), Some("Quay"));
    assert!(operations.iter().all(|one| membership.is_valid(one.id)));
    assert!(memberships.all(|other| other == membership));
}

#[test]
fn an_actor_numbers_its_operations_up_to_the_maximum_and_no_further() {
    let most = usize::try_from(CONTROL_SEQ_MAX).unwrap();
    let chain = titles(most + 1);
    let (last, rest) = chain.split_last().unwrap();
    let mut log = ControlLog::new(ROOM);
    for operation in rest {
        log.insert(operation.clone()).unwrap();
    }
    assert_eq!(log.insert(last.clone()), Err(ControlError::ActorFull));
    let mut twin = chain[1].clone();
    twin.id = OperationId::new([0xee; 32]);
    assert_eq!(log.insert(twin), Ok(true), "that is for its budget to say");
}

#[test]
fn an_operation_is_timed_after_all_that_it_builds_on_and_not_far_after() {
    let chain = titles(2);
    for (logical, fits) in [
        (0, false),
        (1, false),
        (2, true),
        (1 + LogicalTime::STEP_MAX, true),
        (2 + LogicalTime::STEP_MAX, false),
    ] {
        let mut log = ControlLog::new(ROOM);
        log.insert(chain[0].clone()).unwrap();
        let mut next = chain[1].clone();
        next.logical = LogicalTime::new(logical);
        let expected = if fits {
            Ok(true)
        } else {
            Err(ControlError::Logical)
        };
        assert_eq!(log.insert(next), expected, "{logical}");
    }
}

#[test]
fn what_its_author_could_never_have_the_right_to_is_refused() {
    let mut dag = Dag::created();
    let ann = dag.on_top(0, ANN);
    let known = dag.all();
    let promoted = dag.on_top(0, Act::Role(ann, Role::Admin));
    let mut log = ControlLog::new(ROOM);
    for number in 0..dag.ops.len() {
        log.insert(dag.control(number)).unwrap();
    }
    let ben = Act::Add {
        person: 2,
        role: Role::Member,
    };
    for act in [Act::Title, Act::Unknown, Act::Remove(ann), ben] {
        let mut unaware = dag.clone();
        let number = unaware.write(ann, 0, known, act);
        let refused = log.insert(unaware.control(number));
        assert_eq!(refused, Err(ControlError::Authority), "{act:?}");
        let mut aware = dag.clone();
        let number = aware.write(ann, 0, known | bit(promoted), act);
        assert_eq!(log.clone().insert(aware.control(number)), Ok(true));
    }
    let number = dag.write(ann, 0, 0, Act::Leave);
    assert_eq!(log.insert(dag.control(number)), Ok(true));
}

#[test]
fn what_a_newer_version_may_have_given_the_right_to_is_held_without_effect() {
    let mut dag = Dag::created();
    let ann = dag.on_top(0, ANN);
    let unknown = dag.on_top(0, Act::Unknown);
    let title = dag.on_top(ann, Act::Title);
    let mut log = ControlLog::new(ROOM);
    for number in 0..dag.ops.len() {
        log.insert(dag.control(number)).unwrap();
    }
    let membership = log.resolve();
    assert!(membership.is_valid(dag.id(unknown)) && !membership.is_valid(dag.id(title)));
}

#[test]
fn what_is_written_without_authority_is_short_and_builds_on_its_authors_admission_alone() {
    let mut dag = Dag::created();
    let ann = dag.on_top(0, ANN);
    let ben = dag.on_top(
        0,
        Act::Add {
            person: 2,
            role: Role::Member,
        },
    );
    let known = dag.all();
    let left = dag.write(ann, 0, 0, Act::Leave);
    let mut log = log(&dag, 0..dag.ops.len());
    log.holds_all = false;
    let mut upon = dag.clone();
    for past in [known | bit(left), known] {
        let number = upon.write(ann, 1, past & !bit(left) | bit(ben), Act::Leave);
        assert_eq!(log.insert(upon.control(number)), Err(ControlError::Parents));
        upon.ops.pop();
        let number = upon.write(ben, 0, past | bit(left), Act::Leave);
        assert_eq!(log.insert(upon.control(number)), Err(ControlError::Parents));
        upon.ops.pop();
    }
    let by_creator = upon.write(0, 0, known | bit(left), Act::Title);
    assert_eq!(log.clone().insert(upon.control(by_creator)), Ok(true));
    let own = dag.write(ann, 1, bit(left), Act::Leave);
    let mut long = dag.control(own);
    long.bytes = UNBACKED_BYTES_MAX + 1;
    let refused = ControlError::Body { bytes: long.bytes };
    assert_eq!(log.insert(long.clone()), Err(refused));
    long.bytes -= 1;
    assert_eq!(log.insert(long), Ok(true));
}

/// Titles by as many devices of the creator as it takes, each upon the Create alone.
pub(super) fn fill(count: usize) -> Vec<ControlOperation> {
    let title = titles(2).remove(1);
    let filling = |number| {
        let mut actor = *id(number).as_bytes();
        actor[31] = 1;
        ControlOperation {
            id: id(number),
            actor: crate::id::ActorId::new(actor),
            seq: 1,
            prev: None,
            parents: vec![id(0)],
            ..title.clone()
        }
    };
    (1..count).map(filling).collect()
}

#[test]
fn the_lowest_heads_say_what_is_held() {
    let mut log = ControlLog::new(ROOM);
    log.insert(titles(1).remove(0)).unwrap();
    for title in fill(CONTROL_HEADS_MAX + 3) {
        log.insert(title).unwrap();
    }
    let all: Vec<_> = (1..=CONTROL_HEADS_MAX).map(id).collect();
    assert_eq!(log.heads(), all);
}

#[test]
fn of_more_heads_than_may_be_named_those_go_first_on_which_the_effect_rests() {
    let mut dag = Dag::created();
    let ann = dag.on_top(0, ANN);
    let known = dag.all();
    let promoted = dag.write(0, 0, known, Act::Role(ann, Role::Admin));
    let mut log = log(&dag, 0..dag.ops.len());
    for mut title in fill(2 * CONTROL_HEADS_MAX) {
        let mut id = *title.id.as_bytes();
        id[31] = 0xff;
        title.id = OperationId::new(id);
        title.parents = vec![dag.id(0)];
        log.insert(title).unwrap();
    }
    let membership = log.resolve();
    let number = dag.write(ann, 0, known, Act::Title);
    let author = dag.author(&dag.ops[number]);
    let body = dag.body(Act::Title);
    let parents = log.parents(&membership, author, &body);
    assert_eq!(parents.len(), CONTROL_HEADS_MAX);
    assert!(parents.contains(&dag.id(promoted)) && parents.is_sorted());
}
