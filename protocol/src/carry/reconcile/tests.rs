use std::collections::BTreeSet;

use proptest::prelude::*;

use super::held::{HeldPlaces, Span};
use super::message::{Asked, Ids, Numbers, Query, Verdict, Verdicts};
use super::*;
use crate::rng::Rng;
use crate::wire::{self, DecodeError};

mod hostile;

type Set = BTreeSet<EnvelopeId>;

fn id(number: u64) -> EnvelopeId {
    EnvelopeId::new(*blake3::hash(&number.to_le_bytes()).as_bytes())
}

fn ids(numbers: impl IntoIterator<Item = u64>) -> Set {
    numbers.into_iter().map(id).collect()
}

fn begin(held: &Set, seed: u8) -> (Asking, Vec<u8>) {
    Asking::begin(held.iter().copied(), &mut Rng::from_seed(&[seed; 32]))
}

/// What a reconciliation between two came to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Reconciled {
    questions: Vec<Vec<u8>>,
    answers: Vec<Vec<u8>>,
    have: Vec<EnvelopeId>,
    need: Vec<EnvelopeId>,
    is_complete: bool,
}

impl Reconciled {
    fn bytes(&self) -> usize {
        self.questions
            .iter()
            .chain(&self.answers)
            .map(Vec::len)
            .sum()
    }

    fn found(&self) -> usize {
        self.have.len() + self.need.len()
    }
}

/// A reconciliation in which `ours` asks `theirs`.
fn reconcile(ours: &Set, theirs: &Set, seed: u8) -> Reconciled {
    let mut reconciled = Reconciled::default();
    let (mut asking, first) = begin(ours, seed);
    let (mut answering, mut answer) = Answering::begin(theirs.iter().copied(), &first).unwrap();
    reconciled.questions.push(first);
    loop {
        let progress = asking.take(&answer).unwrap();
        reconciled.answers.push(answer);
        reconciled.have.extend(progress.have);
        reconciled.need.extend(progress.need);
        let Some(next) = progress.next else {
            reconciled.is_complete = progress.is_complete;
            break;
        };
        answer = answering.answer(&next).unwrap();
        reconciled.questions.push(next);
    }
    let messages = reconciled.questions.iter().chain(&reconciled.answers);
    assert!(
        messages
            .clone()
            .all(|message| message.len() <= RECONCILE_BYTES_MAX)
    );
    assert!(reconciled.answers.len() <= ROUNDS_MAX);
    assert_eq!(asking.take(&[]), Err(ReconcileError::Over));
    reconciled
}

/// Checks that a reconciliation finds all that differs, and each once.
fn check(ours: &Set, theirs: &Set, seed: u8) -> Reconciled {
    let found = reconcile(ours, theirs, seed);
    assert!(found.is_complete);
    let (have, need): (Set, Set) = (
        found.have.iter().copied().collect(),
        found.need.iter().copied().collect(),
    );
    assert_eq!(have.len() + need.len(), found.found());
    assert_eq!(have, ours.difference(theirs).copied().collect());
    assert_eq!(need, theirs.difference(ours).copied().collect());
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_two_small_sets_learn_what_differs(
        ours in prop::collection::btree_set(0_u64..96, 0..64),
        theirs in prop::collection::btree_set(0_u64..96, 0..64),
        seed: u8,
    ) {
        check(&ids(ours), &ids(theirs), seed);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn any_two_large_sets_learn_what_differs(
        ours in 0_u64..5_000,
        from in 0_u64..5_000,
        theirs in 0_u64..3_000,
        seed: u8,
    ) {
        check(&ids(0..ours), &ids(from..from + theirs), seed);
    }
}

#[test]
fn sets_that_are_equal_disjoint_or_part_of_each_other_learn_what_differs() {
    let max = u64::try_from(PLACES_MAX).unwrap();
    for count in [0, 1, 2, max, max + 1, 256, 257, 1_000, 4_000] {
        let ours = ids(0..count);
        assert_eq!(check(&ours, &ours, 1).answers.len(), 1);
        check(&ours, &Set::new(), 2);
        check(&Set::new(), &ours, 3);
        check(&ours, &ids(count..2 * count), 4);
        check(&ours, &ids(0..count / 2), 5);
        check(&ids(0..count / 2), &ours, 6);
        check(&ours, &ids(1..=count), 7);
    }
}

#[test]
fn ids_that_begin_alike_are_told_apart() {
    let alike = |last: u8| {
        let mut bytes = [7; 32];
        bytes[31] = last;
        EnvelopeId::new(bytes)
    };
    let ours: Set = (0..200).map(alike).collect();
    let theirs: Set = (3..=u8::MAX).map(alike).collect();
    check(&ours, &theirs, 1);
}

/// The figures are those of docs/decisions/0038-reconciliation.md.
#[test]
fn a_few_differences_cost_little_however_much_is_held() {
    for (held, differ, bytes_max, rounds_max) in [
        (10, 2, 200, 1),
        (100, 4, 1_000, 2),
        (1_000, 10, 3_000, 3),
        (10_000, 0, 1_000, 1),
        (10_000, 100, 32 * 1024, 4),
    ] {
        let (ours, theirs) = (ids(0..held), ids(differ / 2..held + differ / 2));
        let found = check(&ours, &theirs, 9);
        assert!(
            found.bytes() <= bytes_max,
            "{held}, {differ}: {} bytes",
            found.bytes()
        );
        let rounds = found.answers.len();
        assert!(rounds <= rounds_max, "{held}, {differ}: {rounds} rounds");
    }
}

#[test]
fn one_seed_and_what_is_held_give_one_reconciliation_in_whatever_order_it_comes() {
    let (ours, theirs) = (ids(0..500), ids(40..540));
    let found = reconcile(&ours, &theirs, 1);
    assert_eq!(reconcile(&ours, &theirs, 1), found);
    let backwards = ours.iter().rev().copied();
    let (_, first) = Asking::begin(backwards, &mut Rng::from_seed(&[1; 32]));
    assert_eq!(first, found.questions[0]);
    let (_, answer) = Answering::begin(theirs.iter().rev().copied(), &first).unwrap();
    assert_eq!(answer, found.answers[0]);
    assert_ne!(reconcile(&ours, &theirs, 2).questions, found.questions);
}

#[test]
fn as_many_differences_as_one_reconciliation_finds_are_all_and_one_more_is_left_to_the_next() {
    let max = u64::try_from(DIFFERENCES_MAX).unwrap();
    for (ours, theirs) in [(0, max), (max, 0), (max / 2, max / 2)] {
        let (ours, theirs) = (ids(0..ours), ids(max..max + theirs));
        assert_eq!(check(&ours, &theirs, 1).found(), DIFFERENCES_MAX);
    }
    for (ours, theirs) in [(0, max + 1), (max + 1, 0), (max / 2, max / 2 + 1)] {
        let (mut ours, mut theirs) = (ids(0..ours), ids(2 * max..2 * max + theirs));
        let found = reconcile(&ours, &theirs, 1);
        assert!(!found.is_complete);
        assert_eq!(found.found(), DIFFERENCES_MAX);
        ours.extend(found.need);
        theirs.extend(found.have);
        assert_eq!(check(&ours, &theirs, 2).found(), 1);
    }
}

#[test]
fn what_is_left_out_of_one_reconciliation_is_not_left_out_of_all() {
    let (ours, theirs) = (Set::new(), ids(0..30_000));
    let mut found = Set::new();
    for seed in 0..20 {
        found.extend(reconcile(&ours, &theirs, seed).need);
    }
    // Nothing was taken in between. Were it always the same that is found, it would be 8,192.
    assert!(found.len() > 29_000, "{} found", found.len());
}

#[test]
fn a_message_of_the_greatest_size_is_taken_and_a_longer_one_is_not() {
    let held = ids(0..100);
    let (_, first) = begin(&held, 1);
    let (_, answer) = Answering::begin(held.iter().copied(), &first).unwrap();
    let too_long = Err(ReconcileError::Decode(DecodeError::TooLong {
        bytes: RECONCILE_BYTES_MAX + 1,
        limit: RECONCILE_BYTES_MAX,
    }));
    let question = |bytes| {
        let message = wire::padded(&first, bytes);
        Answering::begin(held.iter().copied(), &message).map(|(_, answer)| answer)
    };
    assert_eq!(question(RECONCILE_BYTES_MAX), Ok(answer.clone()));
    assert_eq!(question(RECONCILE_BYTES_MAX + 1), too_long);
    let take = |bytes| {
        let mut asking = begin(&held, 1).0;
        asking
            .take(&wire::padded(&answer, bytes))
            .map(|progress| progress.is_complete)
    };
    assert_eq!(take(RECONCILE_BYTES_MAX), Ok(true));
    assert_eq!(take(RECONCILE_BYTES_MAX + 1).map(|_| Vec::new()), too_long);
}

#[test]
fn the_messages_of_a_reconciliation_are_frozen() {
    let few = reconcile(&ids(0..2), &ids(1..3), 1);
    let hex = |bytes: &[u8]| data_encoding::HEXLOWER.encode(bytes);
    let [question] = &few.questions[..] else {
        panic!("{} questions", few.questions.len());
    };
    assert_eq!(
        hex(question),
        "a20050023f37203a2476c42566a61cc55c3ca8018182018201501e7c391dc0a2e76fb4655c3a39923532"
    );
    assert_eq!(
        hex(&few.answers[0]),
        "a100818201825820ea21c7b3c885cf2fb547bb51016c8bbbaca21db264cc9f332769ad8dd895f0a3481e7c391dc0a2e76f"
    );
    // With sums, verdicts on them, and what is asked in parts.
    let many = reconcile(&ids(0..1_000), &ids(500..2_500), 1);
    let said: Vec<u8> = many
        .questions
        .iter()
        .chain(&many.answers)
        .flatten()
        .copied()
        .collect();
    assert_eq!(
        hex(blake3::hash(&said).as_bytes()),
        "069f1c4befa372cf9e350c21ca0f23edf2ce81eb49f1269cd65b8c7857db4bdc"
    );
}
