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
    write_of(Kind::Message, own, seq, prev, text)
}

fn write_of(
    kind: Kind,
    own: &OwnIdentity,
    seq: u64,
    prev: Option<OperationId>,
    text: &str,
) -> Operation {
    let header = Header {
        version: OPERATION_VERSION,
        kind,
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
        parents: kind.is_control().then(Vec::new),
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
fn a_content_and_a_control_operation_with_one_number_prove_no_fork() {
    let ann = identity(1);
    let first = write(&ann, 1, None, "a");
    for kind in [Kind::Create, Kind::Leave, Kind::Unknown(999)] {
        let control = write_of(kind, &ann, 1, None, "c");
        let next = write_of(kind, &ann, 2, Some(control.id()), "d");
        for other in [&control, &next] {
            assert_eq!(Fork::between(&first, other), None);
        }
        let mut both = [&first, &control];
        both.sort_by_key(|operation| operation.id());
        let [first, second] = both.map(|operation| operation.signed().clone());
        let claim = SignedFork { first, second };
        assert_eq!(claim.verify(&ann.signing()), Err(OperationError::NoFork));
    }
    // Of two control operations both count.
    let twins = ["c", "d"].map(|text| write_of(Kind::Title, &ann, 1, None, text));
    assert_eq!(Fork::between(&twins[0], &twins[1]), None);
}

#[test]
fn a_proof_is_shown_in_the_form_that_is_told_on_or_refused() {
    let ann = identity(1);
    let twins = ["a", "b"].map(|text| write(&ann, 1, None, text));
    let fork = Fork::between(&twins[0], &twins[1]).unwrap();
    let proof = fork.signed().clone();
    let bodies = twins.map(|twin| (twin.id(), twin.body().cloned()));
    let body_of = |signed: &SignedOperation| {
        let mut all = bodies.iter();
        let found = all.find(|(id, _)| *id == signed.id());
        found.unwrap().1.clone()
    };
    let mut first = proof.clone();
    first.first.body = body_of(&first.first);
    let mut second = proof.clone();
    second.second.body = body_of(&second.second);
    let turned = SignedFork {
        first: proof.second.clone(),
        second: proof.first.clone(),
    };
    for claim in [first, second, turned] {
        assert_eq!(claim.verify(&ann.signing()), Err(OperationError::NoFork));
    }
    assert_eq!(proof.verify(&ann.signing()), Ok(fork));
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
