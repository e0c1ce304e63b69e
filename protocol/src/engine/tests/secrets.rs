//! On which secret sessions rest.

use super::links::{LINK, give, open, sent};
use super::*;
use crate::pair::{Pair, PairNews, SECRETS_KEPT_MAX};
use crate::pairing::ContactSecret;
use crate::record::PairRecord;
use crate::session::{HeldSecrets, Initiator};

fn secret(number: u8) -> ContactSecret {
    ContactSecret {
        id: SecretId::new([number; 16]),
        key: [number; 32].into(),
    }
}

/// What one agreed on with the other, the latest last, and what it came to besides, by answers of its own that the
/// other is not known to have: the latest last.
fn pair(own: &OwnIdentity, other: &OwnIdentity, agreed: &[u8], met: &[u8]) -> Pair {
    let mut pair = Pair::new(own.device(), other.device());
    agreed.iter().for_each(|n| pair.agree(secret(*n), START));
    met.iter().for_each(|n| pair.meet(secret(*n), START));
    pair
}

fn sharing(own: &OwnIdentity, other: &OwnIdentity, pair: &Pair) -> Engine {
    let mut profile = profile(own, &[other]);
    profile.pairs.push(PairRecord {
        device: other.device(),
        state: SecretBytes::from(pair.to_bytes()),
    });
    let mut engine = Engine::open(profile, &[9; 32], at(0)).unwrap();
    drain(&mut engine);
    engine
}

/// Ann with these secrets, agreed on and met, and Ben with those.
fn two(anns: [&[u8]; 2], bens: [&[u8]; 2]) -> (Engine, Engine) {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let of_ann = pair(&ann, &ben, anns[0], anns[1]);
    let of_ben = pair(&ben, &ann, bens[0], bens[1]);
    (sharing(&ann, &ben, &of_ann), sharing(&ben, &ann, &of_ben))
}

/// On which secret the session on a link rests, if there is one.
fn rests_on(engine: &mut Engine, link: u64) -> Option<Option<SecretId>> {
    let session = engine.links.session(LinkId::new(link))?;
    Some(session.secret)
}

/// That both have a session, that rests on this secret for both.
fn check(one: &mut Engine, other: &mut Engine, link: u64, expected: Option<u8>) {
    let expected = Some(expected.map(|number| SecretId::new([number; 16])));
    assert_eq!(rests_on(one, link), expected);
    assert_eq!(rests_on(other, link), expected);
}

#[test]
fn where_a_secret_is_confirmed_no_session_without_one_is_answered_or_taken() {
    // Ben has none, or another.
    for bens in [[&[][..], &[]], [&[9], &[]], [&[], &[9]]] {
        let (mut ann, mut ben) = two([&[1], &[2]], bens);
        let peers = [ann.own.transport(), ben.own.transport()];
        open(&mut ann, LINK, peers[1], LinkPurpose::IncomingSession);
        let first = sent(&open(&mut ben, LINK, peers[0], LinkPurpose::Session));
        let refused = give(&mut ann, LINK, &first[0]);
        assert_eq!((sent(&refused).len(), closed(&refused)), (0, vec![1]));
        // Ann asks him: whatever he answers is not without a secret.
        assert!(session(&mut ann, &mut ben, 2).contains(&2));
        assert_eq!(ann.live().count(), 0);
    }
}

#[test]
fn while_no_secret_is_confirmed_a_session_without_one_is_taken() {
    let (mut ann, mut ben) = two([&[], &[2]], [&[], &[]]);
    assert!(session(&mut ben, &mut ann, 1).is_empty());
    check(&mut ann, &mut ben, 1, None);
    let (mut ann, mut ben) = two([&[], &[2]], [&[], &[]]);
    assert!(session(&mut ann, &mut ben, 1).is_empty());
    check(&mut ann, &mut ben, 1, None);
}

#[test]
fn of_lists_that_overlap_the_one_who_is_asked_chooses_its_newest_that_both_hold() {
    // Agreed on and met by Ann, the same by Ben, and what a session rests on that Ben asks Ann for, and Ann Ben.
    type Held = [&'static [u8]; 2];
    let cases: [(Held, Held, u8, u8); 6] = [
        ([&[1], &[]], [&[1], &[]], 1, 1),
        ([&[1], &[2, 3]], [&[1], &[2, 4]], 2, 2),
        ([&[1], &[2, 3]], [&[1], &[4]], 1, 1),
        ([&[1], &[2, 3]], [&[3], &[4]], 3, 3),
        // In another order: each goes by what it holds to be newer.
        ([&[1], &[2]], [&[2], &[1]], 2, 1),
        ([&[1], &[2, 3]], [&[3], &[1, 2]], 3, 2),
    ];
    for (anns, bens, of_ann, of_ben) in cases {
        let (mut ann, mut ben) = two(anns, bens);
        assert!(session(&mut ben, &mut ann, 1).is_empty());
        check(&mut ann, &mut ben, 1, Some(of_ann));
        let (mut ann, mut ben) = two(anns, bens);
        assert!(session(&mut ann, &mut ben, 1).is_empty());
        check(&mut ann, &mut ben, 1, Some(of_ben));
    }
}

#[test]
fn the_secret_that_a_session_rests_on_is_in_use_on_both_sides_from_then_on() {
    let (mut ann, mut ben) = two([&[1], &[2, 3]], [&[1], &[2]]);
    assert!(session(&mut ben, &mut ann, 1).is_empty());
    check(&mut ann, &mut ben, 1, Some(2));
    for (engine, other) in [(&ann, &ben), (&ben, &ann)] {
        let agreed = engine.pairs.agreed(&other.own.device());
        assert!(engine.pairs.is_agreed(&other.own.device()));
        let [one, two] = [1, 2].map(|number| {
            let mut held = agreed.iter();
            held.position(|held| held.id == secret(number).id).unwrap()
        });
        assert!(two < one, "what was in use comes after it");
    }
}

#[test]
fn a_thief_of_a_static_key_and_no_secret_of_the_last_ones_opens_no_session_and_answers_none() {
    let lately = [1, 2, 3, 4, 5, 6];
    assert_eq!(lately.len(), SECRETS_KEPT_MAX + 2);
    let (mut ann, mut ben) = two([&lately, &[]], [&lately, &[]]);
    // The thief would do without any.
    let (_, mut thief) = two([&[], &[]], [&[], &[1]]);
    assert!(session(&mut thief, &mut ann, 1).contains(&1));
    assert!(session(&mut ann, &mut thief, 2).contains(&2));
    assert_eq!(ann.live().count() + thief.live().count(), 0);
    // Ben himself does.
    assert!(session(&mut ben, &mut ann, 3).is_empty());
    check(&mut ann, &mut ben, 3, Some(6));
}

#[test]
fn two_whose_sessions_cross_and_rest_on_different_secrets_have_sessions_again() {
    // Each used an invite of the other's.
    let (mut ann, mut ben) = two([&[2], &[1]], [&[1], &[2]]);
    let peers = [ann.own.transport(), ben.own.transport()];
    // Both ask before either is answered.
    let [by_anns, by_bens] = [1, 2].map(LinkId::new);
    open(&mut ben, by_anns, peers[0], LinkPurpose::IncomingSession);
    open(&mut ann, by_bens, peers[1], LinkPurpose::IncomingSession);
    let by_ann = sent(&open(&mut ann, by_anns, peers[1], LinkPurpose::Session));
    let by_ben = sent(&open(&mut ben, by_bens, peers[0], LinkPurpose::Session));
    let to_ann = sent(&give(&mut ben, by_anns, &by_ann[0]));
    let to_ben = sent(&give(&mut ann, by_bens, &by_ben[0]));
    let firsts = [
        sent(&give(&mut ann, by_anns, &to_ann[0])),
        sent(&give(&mut ben, by_bens, &to_ben[0])),
    ];
    // All else that is said is lost.
    give(&mut ben, by_anns, &firsts[0][0]);
    give(&mut ann, by_bens, &firsts[1][0]);
    for engine in [&mut ann, &mut ben] {
        assert_eq!(engine.live().count(), 2);
        for link in [by_anns, by_bens] {
            engine.handle(Input::LinkClosed { link }, at(0));
        }
        drain(engine);
    }
    assert!(session(&mut ben, &mut ann, 3).is_empty());
    assert_eq!(ann.live().count(), 1);
    let agreed = [
        ann.pairs.agreed(&ben.own.device()),
        ben.pairs.agreed(&ann.own.device()),
    ];
    assert_eq!(
        agreed[0][0], agreed[1][0],
        "and what they seal under is one"
    );
}

#[test]
fn a_thief_who_lists_a_secret_by_its_name_alone_gets_an_answer_that_they_cannot_open() {
    let (mut ann, ben) = two([&[1, 2], &[]], [&[1, 2], &[]]);
    let mut rng = crate::rng::Rng::from_seed(&[5; 32]);
    let (initiator, first) = Initiator::start(
        ben.own.agreement(),
        &ann.own.agreement().public(),
        Hello::OURS,
        HeldSecrets {
            secrets: vec![secret(2).id],
            is_confirmed: false,
        },
        ben.own.card(Vec::new()).to_bytes(),
        &mut rng,
    )
    .unwrap();
    let peer = ben.own.transport();
    open(&mut ann, LINK, peer, LinkPurpose::IncomingSession);
    let answer = sent(&give(&mut ann, LINK, &first));
    // All that they have is the secret before it.
    let opened = initiator.finish(&answer[0], |_| Some(secret(1).key));
    assert!(opened.is_err());
    assert_eq!(ann.live().count(), 0);
}

/// How much one writes down of a message that the other says in a session.
fn written(from: &mut Engine, to: &mut Engine, message: &SessionMessage) -> usize {
    let link = LinkId::new(1);
    let mut parts = from.parts(at(0));
    parts.links.send(link, message, &mut parts.context);
    let frames = drain(from).into_iter().filter_map(|output| {
        let Output::Effect(Effect::Send { frame, .. }) = output else {
            return None;
        };
        Some(frame)
    });
    let frames: Vec<Vec<u8>> = frames.collect();
    let mut written = 0;
    for bytes in frames {
        to.handle(Input::Frame { link, bytes }, at(0));
        let outputs = drain(to).into_iter();
        written += outputs
            .filter(|output| matches!(output, Output::Persist(_)))
            .count();
    }
    written
}

#[test]
fn what_a_device_says_of_itself_again_and_again_is_written_once() {
    let (mut ann, mut ben) = two([&[1], &[]], [&[1], &[]]);
    assert!(session(&mut ben, &mut ann, 1).is_empty());
    let news = SessionMessage::Pair(PairNews {
        knows: Some(u64::MAX),
        ..PairNews::default()
    });
    // Other bytes, of the same version.
    let address = "/ip4/192.0.2.1/tcp/1".to_owned();
    let card = ben.own.card(vec![address]).to_bytes();
    let card = SessionMessage::Card(card.into());
    let mut times = |message: &SessionMessage| -> Vec<usize> {
        let times = (0..3).map(|_| written(&mut ben, &mut ann, message));
        times.collect()
    };
    assert_eq!(times(&news), [1, 0, 0]);
    assert_eq!(times(&card), [0, 0, 0]);
    assert_eq!(ann.live().count(), 1);
}
