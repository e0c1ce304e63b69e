//! What the log holds, keeps waiting and refuses.

use super::dag::{Act, Dag, ROOM, bit};
use super::oracle::log;
use crate::id::{AdmissionId, ConversationId, OperationId};
use crate::room::{ControlBody, ControlError, ControlLog, ControlOperation, Inserted, Role};
use crate::wire::limits::{
    CONTROL_HEADS_MAX, CONTROL_OPERATIONS_MAX, CONTROL_OPERATIONS_PER_ACTOR_MAX,
    CONTROL_OPERATIONS_WAITING_MAX,
};

const ANN: Act = Act::Add {
    person: 1,
    role: Role::Member,
};

fn id(number: usize) -> OperationId {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&u64::try_from(number + 1).unwrap().to_be_bytes());
    OperationId::new(bytes)
}

/// The creator's operations, each upon the one before it; a title from the second on.
fn titles(count: usize) -> Vec<ControlOperation> {
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
            prev: Some(id(number - 1)),
            ..title.clone()
        });
    }
    all
}

#[test]
fn an_operation_waits_for_all_that_it_builds_on() {
    let mut dag = Dag::created();
    dag.on_top(0, ANN);
    dag.on_top(1, Act::Leave);
    let mut log = ControlLog::new(ROOM);
    assert_eq!(log.insert(dag.control(2)), Ok(Inserted::Waits));
    assert_eq!(log.insert(dag.control(2)), Ok(Inserted::Known));
    assert_eq!(log.insert(dag.control(1)), Ok(Inserted::Waits));
    assert_eq!(log.missing().collect::<Vec<_>>(), [dag.id(0), dag.id(1)]);
    assert!(log.is_empty());
    let all = [0, 1, 2].map(|number| dag.id(number));
    assert_eq!(log.insert(dag.control(0)), Ok(Inserted::Held(all.to_vec())));
    assert_eq!(log.insert(dag.control(0)), Ok(Inserted::Known));
    assert_eq!((log.len(), log.missing().count()), (3, 0));
    assert_eq!(log.heads(), [dag.id(2)]);
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
    let held = Inserted::Held(vec![by_newcomer.id]);
    assert_eq!(log.insert(by_newcomer.clone()), Ok(held));
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
            for number in order {
                log.insert(operations[number].clone()).unwrap();
            }
            assert_eq!(log.len(), 4);
            log.resolve()
        });
    let membership = memberships.next().unwrap();
    assert_eq!(membership.title(), Some("Quay"));
    assert!(operations.iter().all(|one| membership.is_valid(one.id)));
    assert!(memberships.all(|other| other == membership));
}

#[test]
fn an_actor_writes_its_maximum_and_no_more() {
    let chain = titles(CONTROL_OPERATIONS_PER_ACTOR_MAX + 1);
    let (last, most) = chain.split_last().unwrap();
    let mut log = ControlLog::new(ROOM);
    for operation in most {
        log.insert(operation.clone()).unwrap();
    }
    assert_eq!(log.insert(last.clone()), Err(ControlError::ActorFull));
    let mut twin = chain[1].clone();
    twin.id = OperationId::new([0xee; 32]);
    assert_eq!(log.insert(twin), Err(ControlError::ActorFull));
}

#[test]
fn the_most_operations_wait_and_one_more_does_not() {
    let chain = titles(CONTROL_OPERATIONS_WAITING_MAX + 2);
    let mut log = ControlLog::new(ROOM);
    let (last, waiting) = chain[1..].split_last().unwrap();
    for operation in waiting {
        assert_eq!(log.insert(operation.clone()), Ok(Inserted::Waits));
    }
    assert_eq!(
        log.insert(last.clone()),
        Err(ControlError::WaitingFull(last.id))
    );
    log.insert(chain[0].clone()).unwrap();
    assert_eq!(log.len(), CONTROL_OPERATIONS_WAITING_MAX + 1);
}

/// Titles by as many devices of the creator as it takes, each upon the Create alone.
fn fill(log: &mut ControlLog, count: usize) {
    let title = titles(2).remove(1);
    for number in log.len()..count {
        let mut actor = *id(number).as_bytes();
        actor[31] = 1;
        let operation = ControlOperation {
            id: id(number),
            actor: crate::id::ActorId::new(actor),
            seq: 1,
            prev: None,
            parents: vec![id(0)],
            ..title.clone()
        };
        log.insert(operation).unwrap();
    }
}

#[test]
fn a_room_holds_its_maximum_and_no_more() {
    let mut log = ControlLog::new(ROOM);
    log.insert(titles(1).remove(0)).unwrap();
    fill(&mut log, CONTROL_OPERATIONS_MAX);
    assert_eq!(log.len(), CONTROL_OPERATIONS_MAX);
    assert_eq!(log.insert(titles(2).remove(1)).unwrap(), Inserted::Known);
    let mut more = titles(2).remove(1);
    more.id = OperationId::new([0xee; 32]);
    assert_eq!(log.insert(more), Err(ControlError::RoomFull));
}

#[test]
fn the_lowest_heads_are_named_and_the_rest_next_time() {
    let mut log = ControlLog::new(ROOM);
    log.insert(titles(1).remove(0)).unwrap();
    fill(&mut log, CONTROL_HEADS_MAX + 1);
    let all: Vec<_> = (1..=CONTROL_HEADS_MAX).map(id).collect();
    assert_eq!(log.heads(), all);
    fill(&mut log, CONTROL_HEADS_MAX + 2);
    assert_eq!(log.heads(), all);
}
