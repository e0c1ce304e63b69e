use proptest::prelude::*;

use super::*;
use crate::id::OperationId;
use crate::identity::OwnIdentity;
use crate::operation::{Header, Kind, OPERATION_VERSION};
use crate::rng::Rng;
use crate::time::{LogicalTime, WallTime};
use crate::wire;

fn identity(seed: u8) -> OwnIdentity {
    let mut rng = Rng::from_seed(&[seed; 32]);
    let now = WallTime::from_millis(1_700_000_000_000);
    OwnIdentity::create("Ann", "laptop", now, &mut rng)
        .unwrap()
        .0
}

fn write(own: &OwnIdentity, seq: u64, prev: Option<OperationId>, text: &str) -> Operation {
    let header = Header {
        version: OPERATION_VERSION,
        kind: Kind::Message,
        conversation: ConversationId::new([1; 32]),
        actor: ActorId::new([2; 32]),
        seq,
        prev,
        logical: LogicalTime::new(seq),
        wall: WallTime::from_millis(5),
        disappears_after: None,
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: None,
    };
    let mut rng = Rng::from_seed(&[9; 32]);
    Operation::author(header, text.as_bytes().to_vec(), own, &mut rng).unwrap()
}

fn chain(own: &OwnIdentity, texts: &[&str]) -> Vec<Operation> {
    let mut chain: Vec<Operation> = Vec::new();
    for (text, seq) in texts.iter().zip(1..) {
        let prev = chain.last().map(Operation::id);
        chain.push(write(own, seq, prev, text));
    }
    chain
}

#[test]
fn two_operations_of_one_number_leave_standing_what_comes_before() {
    let ann = identity(1);
    let (one, other) = (
        chain(&ann, &["a", "b", "c"]),
        chain(&ann, &["a", "b", "otherwise"]),
    );
    let fork = Fork::between(&one[2], &other[2]).unwrap();
    assert_eq!(fork.through(), 2);
    assert_eq!(Fork::between(&other[2], &one[2]), Some(fork.clone()));
    assert!(fork.signed().first.body.is_none() && fork.signed().second.body.is_none());
    assert_eq!(fork.signed().clone().verify(&ann.signing()), Ok(fork));
}

#[test]
fn what_cannot_follow_leaves_standing_what_it_would_follow() {
    let ann = identity(1);
    let (one, other) = (chain(&ann, &["a", "b"]), chain(&ann, &["x", "y"]));
    let fork = Fork::between(&other[1], &one[0]).unwrap();
    assert_eq!(fork.through(), 1);
    let mut late = one[1].header().clone();
    late.logical = one[0].header().logical;
    let mut rng = Rng::from_seed(&[9; 32]);
    let late = Operation::author(late, b"late".to_vec(), &ann, &mut rng).unwrap();
    let fork = Fork::between(&one[0], &late).unwrap();
    assert_eq!(fork.through(), 1, "no later than what it follows");
}

#[test]
fn what_may_be_in_one_chain_is_no_fork() {
    let ann = identity(1);
    let chain = chain(&ann, &["a", "b", "c"]);
    for one in &chain {
        for other in &chain {
            assert_eq!(Fork::between(one, other), None);
        }
    }
    let claim = SignedFork {
        first: chain[0].signed().clone(),
        second: chain[1].signed().clone(),
    };
    assert_eq!(claim.verify(&ann.signing()), Err(OperationError::NoFork));
}

#[test]
fn nobody_proves_a_fork_of_somebody_else() {
    let (ann, ben) = (identity(1), identity(2));
    let (genuine, forged) = (write(&ann, 1, None, "a"), write(&ben, 1, None, "b"));
    let claim = Fork::between(&genuine, &forged).unwrap().signed().clone();
    assert_eq!(claim.verify(&ann.signing()), Err(OperationError::Signature));
}

#[test]
fn operations_of_different_actors_or_conversations_are_no_fork() {
    let ann = identity(1);
    let one = write(&ann, 1, None, "a");
    let mut rng = Rng::from_seed(&[9; 32]);
    let mut header = one.header().clone();
    header.actor = ActorId::new([3; 32]);
    let elsewhere = Operation::author(header.clone(), b"b".to_vec(), &ann, &mut rng).unwrap();
    assert_eq!(Fork::between(&one, &elsewhere), None);
    header.actor = one.header().actor;
    header.conversation = ConversationId::new([4; 32]);
    let elsewhere = Operation::author(header, b"b".to_vec(), &ann, &mut rng).unwrap();
    assert_eq!(Fork::between(&one, &elsewhere), None);
}

proptest! {
    #[test]
    fn garbage_is_no_fork(first: Vec<u8>, second: Vec<u8>) {
        let operation = |header| SignedOperation { header, signature: [0; 64].into(), body: None };
        let claim = SignedFork { first: operation(first), second: operation(second) };
        let read: SignedFork = wire::decode(&wire::encode(&claim), 10_000).unwrap();
        prop_assert!(read.verify(&identity(1).signing()).is_err());
    }
}
