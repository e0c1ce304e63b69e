//! What the other side says may be anything.

use super::*;

fn question(asked: Vec<Asked>) -> Vec<u8> {
    let salt = Some([1; SALT_BYTES].into());
    wire::encode(&Query { salt, asked })
}

fn answer(verdicts: Vec<Verdict>) -> Vec<u8> {
    wire::encode(&Verdicts { all: verdicts })
}

fn asked(held: &Set, message: &[u8]) -> Result<Vec<u8>, ReconcileError> {
    Answering::begin(held.iter().copied(), message).map(|(_, answer)| answer)
}

fn span(number: u64) -> Span {
    Span::new(number).unwrap()
}

/// Places that ascend, so many of them.
fn places(count: usize) -> Numbers {
    Numbers((0..u64::try_from(count).unwrap()).collect())
}

/// Feeds answers until the reconciliation is over; how many were taken. Whatever was said, what is found is ours
/// where we have it, is not where we lack it, and is found once.
fn listen(held: &Set, mut asking: Asking, mut answers: impl FnMut(&[Asked]) -> Vec<u8>) -> usize {
    let (mut have, mut need) = (Set::new(), Set::new());
    for round in 0..=ROUNDS_MAX {
        let message = answers(&asking.asked);
        let Ok(progress) = asking.take(&message) else {
            assert_eq!(asking.take(&message), Err(ReconcileError::Over));
            return round;
        };
        assert!(
            progress
                .have
                .iter()
                .all(|id| held.contains(id) && have.insert(*id))
        );
        assert!(
            progress
                .need
                .iter()
                .all(|id| !held.contains(id) && need.insert(*id))
        );
        assert!(have.len() + need.len() <= DIFFERENCES_MAX);
        let Some(next) = progress.next else {
            return round + 1;
        };
        assert!(!progress.is_complete && next.len() <= RECONCILE_BYTES_MAX);
    }
    panic!("more than {ROUNDS_MAX} rounds");
}

/// What follows bytes that were damaged at a place of which `at` says how far along it is.
fn damaged(message: &[u8], at: usize, flip: u8) -> Vec<u8> {
    let mut message = message.to_vec();
    let at = at % message.len();
    if flip == 0 {
        message.truncate(at);
    } else {
        message[at] ^= flip;
    }
    message
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_damaged_message_is_taken_or_refused(which in 0_usize..4, at: usize, flip: u8, seed: u8) {
        let (ours, theirs) = (ids(0..600), ids(20..640));
        let found = reconcile(&ours, &theirs, seed);
        let which = which % found.questions.len();
        let mut answering = None;
        for (round, question) in found.questions.iter().enumerate() {
            let message = if round == which { damaged(question, at, flip) } else { question.clone() };
            answering = match answering {
                None => Answering::begin(theirs.iter().copied(), &message).ok().map(|(one, _)| one),
                Some(mut one) => Answering::answer(&mut one, &message).ok().map(|_| one),
            };
        }
        let (asking, _) = begin(&ours, seed);
        let mut round = 0;
        listen(&ours, asking, |_| {
            let message = found.answers.get(round).cloned().unwrap_or_default();
            let is_it = round == which;
            round += 1;
            if is_it { damaged(&message, at, flip) } else { message }
        });
    }

    #[test]
    fn bytes_that_are_no_message_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let held = ids(0..50);
        prop_assert!(asked(&held, &bytes).is_err());
        let (asking, first) = begin(&held, 1);
        let (mut answering, _) = Answering::begin(held.iter().copied(), &first).unwrap();
        prop_assert!(answering.answer(&bytes).is_err());
        prop_assert_eq!(listen(&held, asking, |_| bytes.clone()), 0);
    }

    #[test]
    fn any_verdicts_are_taken_or_refused_and_come_to_an_end(
        kinds in prop::collection::vec(0_u8..6, 1..40),
        differing: u64,
        held in 0_u64..3_000,
    ) {
        let held = ids(0..held);
        let (asking, _) = begin(&held, 1);
        let mut at = 0;
        listen(&held, asking, |asked| {
            let verdicts = asked.iter().take(1 + at % 7).map(|asked| {
                at += 1;
                match (kinds[at % kinds.len()], asked) {
                    (0, _) => Verdict::Differ(differing),
                    (1..=3, Asked::Sums(_, Numbers(sums))) => {
                        Verdict::Differ(differing.rotate_left(u32::from(kinds[0])) & (u64::MAX >> (64 - sums.len())))
                    }
                    (1, Asked::Places(_, lacking)) => Verdict::Listed(Ids::default(), lacking.clone()),
                    (2, Asked::Places(..)) => Verdict::Listed(Ids(vec![id(differing)]), Numbers::default()),
                    (_, Asked::Places(..)) => Verdict::Many,
                    (_, Asked::Sums(..)) => Verdict::Listed(Ids::default(), Numbers::default()),
                }
            });
            answer(verdicts.collect())
        });
    }
}

#[test]
fn messages_of_a_reconciliation_between_others_are_taken_or_refused() {
    let (ours, theirs) = (ids(0..600), ids(20..640));
    let others = reconcile(&ids(5_000..7_000), &ids(5_500..7_500), 7);
    for message in others.questions.iter().chain(&others.answers) {
        let (asking, first) = begin(&ours, 1);
        listen(&ours, asking, |_| message.clone());
        let (mut answering, _) = Answering::begin(theirs.iter().copied(), &first).unwrap();
        let _ = answering.answer(message);
    }
}

#[test]
fn an_endless_answer_ends_after_the_last_round_and_so_do_endless_questions() {
    for held in [0, 1, 30, 5_000] {
        let held = ids(0..held);
        // All that was asked first is said to differ, and nothing else is answered.
        let (asking, _) = begin(&held, 1);
        let rounds = listen(&held, asking, |asked| match &asked[0] {
            Asked::Sums(_, Numbers(sums)) => {
                answer(vec![Verdict::Differ(u64::MAX >> (64 - sums.len()))])
            }
            Asked::Places(..) => answer(vec![Verdict::Many]),
        });
        assert_eq!(rounds, ROUNDS_MAX);
    }
    let held = ids(0..100);
    let (_, first) = begin(&held, 1);
    let (mut answering, _) = Answering::begin(held.iter().copied(), &first).unwrap();
    let asked = vec![Asked::Places(Span::ALL, Numbers::default())];
    let later = wire::encode(&Query { salt: None, asked });
    for _ in 1..ROUNDS_MAX {
        assert!(answering.answer(&later).is_ok());
    }
    assert_eq!(answering.answer(&later), Err(ReconcileError::Over));
}

#[test]
fn a_salt_is_in_the_first_message_and_in_no_other() {
    let held = ids(0..3);
    let (_, first) = begin(&held, 1);
    let (mut answering, _) = Answering::begin(held.iter().copied(), &first).unwrap();
    assert_eq!(answering.answer(&first), Err(ReconcileError::Salt));
    let Query { asked, .. } = Query::read(&first).unwrap();
    let bare = wire::encode(&Query { salt: None, asked });
    assert!(answering.answer(&bare).is_ok());
    assert_eq!(
        super::hostile::asked(&held, &bare),
        Err(ReconcileError::Salt)
    );
}

#[test]
fn a_question_that_cannot_be_is_refused() {
    let held = ids(0..100);
    let refused = |one: Asked| {
        assert_eq!(
            asked(&held, &question(vec![one])),
            Err(ReconcileError::Query)
        );
    };
    for count in [0, 1, 3, 63] {
        refused(Asked::Sums(Span::ALL, places(count)));
    }
    refused(Asked::Sums(span(1 << DEPTH_MAX), places(2)));
    refused(Asked::Places(Span::ALL, Numbers(vec![4, 3])));
    refused(Asked::Places(Span::ALL, Numbers(vec![4, 4])));
    refused(Asked::Places(span(3), Numbers(vec![4])));
    assert_eq!(
        asked(&held, &question(Vec::new())),
        Err(ReconcileError::Query)
    );
    assert!(
        asked(
            &held,
            &question(vec![Asked::Sums(span(1 << (DEPTH_MAX - 1)), places(2))])
        )
        .is_ok()
    );
}

#[test]
fn a_question_at_each_limit_is_answered_and_one_more_is_refused() {
    let held = ids(0..100);
    let is_answered = |asked: Vec<Asked>| super::hostile::asked(&held, &question(asked)).is_ok();
    assert!(is_answered(vec![Asked::Sums(
        Span::ALL,
        places(1 << PARTS_BITS_MAX)
    )]));
    assert!(!is_answered(vec![Asked::Sums(
        Span::ALL,
        places(1 << (PARTS_BITS_MAX + 1))
    )]));
    assert!(is_answered(vec![Asked::Places(
        span(1 << 58),
        places(PLACES_MAX)
    )]));
    assert!(!is_answered(vec![Asked::Places(
        span(1 << 58),
        places(PLACES_MAX + 1)
    )]));
    let many = |count| vec![Asked::Places(span(1 << 58), Numbers::default()); count];
    assert!(is_answered(many(ASKED_MAX)));
    assert!(!is_answered(many(ASKED_MAX + 1)));
}

#[test]
fn as_many_ids_as_one_verdict_has_are_listed_and_one_more_is_too_many() {
    let max = u64::try_from(IDS_MAX).unwrap();
    let all = question(vec![Asked::Places(Span::ALL, Numbers::default())]);
    let verdict = |count| {
        let answer = asked(&ids(0..count), &all).unwrap();
        Verdicts::read(&answer).unwrap().all
    };
    let at_most = verdict(max);
    assert!(matches!(&at_most[..], [Verdict::Listed(Ids(ids), _)] if ids.len() == IDS_MAX));
    assert_eq!(verdict(max + 1), [Verdict::Many]);
    let mut asking = begin(&Set::new(), 1).0;
    let held = HeldPlaces::new(&Rng::from_seed(&[1; 32]).bytes(), ids(0..max + 1));
    let listed = |count| {
        held.within(Span::ALL)
            .iter()
            .map(|(_, id)| *id)
            .take(count)
            .collect()
    };
    let answered = |count| {
        answer(vec![Verdict::Listed(
            Ids(listed(count)),
            Numbers::default(),
        )])
    };
    assert_eq!(asking.take(&answered(IDS_MAX)).unwrap().need.len(), IDS_MAX);
    let mut asking = begin(&Set::new(), 1).0;
    assert_eq!(
        asking.take(&answered(IDS_MAX + 1)),
        Err(ReconcileError::Verdict)
    );
}

#[test]
fn so_many_spans_wait_and_one_more_ends_the_reconciliation() {
    let many = answer(vec![Verdict::Many]);
    let with_pending = |count| {
        let (mut asking, _) = begin(&Set::new(), 1);
        asking.pending = vec![span(1 << 40); count];
        asking.take(&many).map(|progress| progress.next.is_some())
    };
    // Sixteen parts of what was asked come to them.
    assert_eq!(with_pending(PENDING_MAX - 16), Ok(true));
    assert_eq!(with_pending(PENDING_MAX - 15), Err(ReconcileError::Pending));
}

#[test]
fn an_answer_to_something_else_than_was_asked_is_refused() {
    let ours = ids(0..3);
    let strange = id(9);
    let told = {
        let (asking, _) = begin(&ours, 1);
        let Asked::Places(_, Numbers(told)) = &asking.asked[0] else {
            panic!("sums of three");
        };
        told.clone()
    };
    let listed = |ids: &[EnvelopeId], lacking: &[u64]| {
        Verdict::Listed(Ids(ids.to_vec()), Numbers(lacking.to_vec()))
    };
    let take = |verdicts: Vec<Verdict>| begin(&ours, 1).0.take(&answer(verdicts));
    for verdicts in [
        vec![],
        vec![Verdict::Differ(1)],
        vec![listed(&[], &[]), listed(&[], &[])],
        // Held by us; twice; lacking what was not told; out of order.
        vec![listed(&[id(1)], &[])],
        vec![listed(&[strange, strange], &[])],
        vec![listed(&[], &[told[0] + 1])],
        vec![listed(&[], &[told[1], told[0]])],
        vec![listed(&[], &[told[0], told[0]])],
        vec![Verdict::Many; ASKED_MAX],
    ] {
        assert_eq!(take(verdicts), Err(ReconcileError::Verdict));
    }
    assert!(matches!(
        take(vec![Verdict::Many; ASKED_MAX + 1]),
        Err(ReconcileError::Decode(_))
    ));
    assert_eq!(take(vec![listed(&[strange], &told)]).unwrap().have.len(), 3);
    let many = ids(0..100);
    let take = |verdict| begin(&many, 1).0.take(&answer(vec![verdict]));
    assert_eq!(take(Verdict::Many), Err(ReconcileError::Verdict));
    // More parts than its sums were of.
    assert_eq!(take(Verdict::Differ(1 << 16)), Err(ReconcileError::Verdict));
    assert!(take(Verdict::Differ(1 << 15)).is_ok());
}

#[test]
fn an_id_outside_of_the_span_that_it_is_said_of_is_refused() {
    let ours = Set::new();
    let (mut asking, _) = begin(&ours, 1);
    asking.take(&answer(vec![Verdict::Many])).unwrap();
    let Asked::Places(first, _) = asking.asked[0] else {
        panic!("sums of nothing");
    };
    let held = HeldPlaces::new(&Rng::from_seed(&[1; 32]).bytes(), ids(0..200));
    let outside = held
        .within(Span::ALL)
        .iter()
        .find(|(place, _)| !first.contains(*place));
    let listed = Verdict::Listed(Ids(vec![outside.unwrap().1]), Numbers::default());
    assert_eq!(
        asking.take(&answer(vec![listed])),
        Err(ReconcileError::Verdict)
    );
}
