//! Devices that take another transport key, and contacts who know the one before.

use super::links::{LINK, give, open, sent};
use super::*;
use crate::envelope::Envelope;
use crate::record::NearbyKeyRecord;

/// All that a command stores, and what it comes to.
fn store(engine: &mut Engine, command: Command) -> (Vec<Change>, Result<Outcome, CommandError>) {
    let request = RequestId::new([1; 16]);
    engine.handle(Input::Command { request, command }, at(0));
    let (mut stored, mut replied) = (Vec::new(), None);
    for output in drain(engine) {
        match output {
            Output::Persist(change) => stored.push(change),
            Output::Effect(Effect::Reply { result, .. }) => replied = Some(result),
            Output::Effect(_) => {}
        }
    }
    // Its outcome comes with what it stores.
    (stored, replied.unwrap())
}

/// The identity that was stored last.
fn stored_identity(stored: &[Change]) -> Option<SecretBytes> {
    let identity = |change: &Change| {
        let Change::PutIdentity(identity) = change else {
            return None;
        };
        Some(identity.clone())
    };
    stored.iter().rev().find_map(identity)
}

/// Starts anew with this profile; returns what is stored then.
fn start(profile: &Profile) -> (Engine, Vec<Change>) {
    let mut engine = Engine::open(profile.clone(), &[9; 32], at(0)).unwrap();
    let stored = drain(&mut engine).into_iter();
    let stored = stored.filter_map(|output| match output {
        Output::Persist(change) => Some(change),
        Output::Effect(_) => None,
    });
    let stored = stored.collect();
    (engine, stored)
}

/// The same device with another transport key, which it took.
fn rotated(own: &OwnIdentity) -> OwnIdentity {
    let mut own = OwnIdentity::from_bytes(&own.to_bytes()).unwrap();
    let mut rng = crate::rng::Rng::from_seed(&[4; 32]);
    own.prepare_transport(&mut rng);
    own.take_transport(START, &mut rng);
    own
}

/// Whether a session is to be opened to a peer.
fn is_asked(effects: &[Effect], whom: TransportId) -> bool {
    let mut asked = effects.iter();
    asked.any(|effect| matches!(effect, Effect::OpenSession { peer } if *peer == whom))
}

fn connect(engine: &mut Engine, peer: TransportId, dialed: bool) -> Vec<Effect> {
    let connected = Input::PeerConnected {
        peer,
        address: "/ip4/192.0.2.1/tcp/1".to_owned(),
        dialed,
    };
    effects(engine, connected, at(0))
}

#[test]
fn a_key_is_asked_for_while_it_runs_and_taken_at_the_next_start_however_often_that_crashes() {
    let ann = identity("Ann", 1);
    let mut before = profile(&ann, &[]);
    let (mut engine, _) = start(&before);
    assert!(!engine.is_rotated());
    let (stored, done) = store(&mut engine, Command::RotateTransport);
    assert_eq!(done, Ok(Outcome::Done));
    assert_eq!(engine.own().transport(), ann.transport());
    let prepared = stored_identity(&stored).unwrap();
    let (stored, done) = store(&mut engine, Command::RotateTransport);
    assert_eq!(done, Ok(Outcome::Done));
    assert!(stored_identity(&stored).is_none(), "it was asked for");
    before.identity = Some(prepared);
    // What the first start stores is lost, and the second has the same key.
    let keys = [1, 2].map(|_| {
        let (engine, stored) = start(&before);
        assert!(engine.is_rotated());
        (engine.own().transport(), stored_identity(&stored).unwrap())
    });
    assert_ne!(keys[0].0, ann.transport());
    assert_eq!(keys[0].0, keys[1].0);
    before.identity = Some(keys[1].1.clone());
    let (engine, stored) = start(&before);
    assert!(!engine.is_rotated(), "it was taken before");
    assert_eq!(engine.own().transport(), keys[1].0);
    assert!(stored_identity(&stored).is_none());
}

#[test]
fn a_contact_who_knows_the_key_before_has_a_session_and_knows_the_next_from_then_on() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let next = rotated(&ann);
    let (mut of_ann, mut of_ben) = (
        acquainted(&next, &[(&ben, 1)]),
        acquainted(&ben, &[(&ann, 1)]),
    );
    assert!(session(&mut of_ann, &mut of_ben, 1).is_empty());
    assert_eq!(of_ben.live().count(), 1);
    let found = |peer: TransportId| of_ben.directory.by_transport(&peer).is_some();
    assert!(found(next.transport()) && !found(ann.transport()));
    // The device as it was before, as whoever has an older copy of it would be.
    let mut older = acquainted(&ann, &[(&ben, 1)]);
    session(&mut older, &mut of_ben, 2);
    let found = |peer: TransportId| of_ben.directory.by_transport(&peer).is_some();
    assert!(found(next.transport()) && !found(ann.transport()));
}

#[test]
fn whoever_has_the_key_before_alone_has_no_session_and_is_taken_for_no_contact() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let next = rotated(&ann);
    let mut of_ben = acquainted(&ben, &[(&ann, 1)]);
    assert!(session(&mut acquainted(&next, &[(&ben, 1)]), &mut of_ben, 1).is_empty());
    let thief = identity("Mallory", 9).sharing_transport(&ann);
    assert!(!is_asked(
        &connect(&mut of_ben, thief.transport(), true),
        thief.transport()
    ));
    let mut of_thief = acquainted(&thief, &[(&ben, 2)]);
    assert_eq!(session(&mut of_thief, &mut of_ben, 2), [2]);
    assert_eq!(of_ben.live().count(), 1, "with Ann");
}

#[test]
fn a_contact_who_finds_another_peer_where_the_device_was_asks_whether_it_is_the_device() {
    for is_connected in [false, true] {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let next = rotated(&ann);
        let peer = next.transport();
        let (mut of_ann, mut of_ben) = (
            acquainted(&next, &[(&ben, 1)]),
            acquainted(&ben, &[(&ann, 1)]),
        );
        let presumed = Input::Presumed {
            peer,
            instead_of: ann.transport(),
        };
        let asked = if is_connected {
            assert!(!is_asked(&connect(&mut of_ben, peer, true), peer));
            effects(&mut of_ben, presumed, at(0))
        } else {
            assert!(!is_asked(&effects(&mut of_ben, presumed, at(0)), peer));
            connect(&mut of_ben, peer, true)
        };
        assert!(is_asked(&asked, peer));
        assert!(session(&mut of_ben, &mut of_ann, 1).is_empty());
        assert_eq!(of_ann.live().count() + of_ben.live().count(), 2);
        assert!(of_ben.directory.by_transport(&peer).is_some());
        assert!(of_ben.directory.by_transport(&ann.transport()).is_none());
    }
}

#[test]
fn whoever_answers_where_a_device_was_and_is_not_it_is_asked_once_and_has_no_session() {
    let (ann, ben, mallory) = (
        identity("Ann", 1),
        identity("Ben", 2),
        identity("Mallory", 9),
    );
    let peer = mallory.transport();
    let mut of_ben = acquainted(&ben, &[(&ann, 1)]);
    let mut of_mallory = acquainted(&mallory, &[(&ben, 2)]);
    let instead_of = ann.transport();
    effects(&mut of_ben, Input::Presumed { peer, instead_of }, at(0));
    assert!(is_asked(&connect(&mut of_ben, peer, true), peer));
    let asked = sent(&open(&mut of_ben, LINK, peer, LinkPurpose::Session));
    assert_eq!(asked.len(), 1);
    open(
        &mut of_mallory,
        LINK,
        ben.transport(),
        LinkPurpose::IncomingSession,
    );
    let answered = give(&mut of_mallory, LINK, &asked[0]);
    assert!(
        sent(&answered).is_empty(),
        "it is for the static key of another"
    );
    effects(&mut of_ben, Input::LinkClosed { link: LINK }, at(0));
    let hour = 60 * 60 * 1_000;
    assert!(!is_asked(
        &effects(&mut of_ben, Input::Tick, at(hour)),
        peer
    ));
    assert_eq!(of_ben.live().count(), 0);
    assert!(of_ben.directory.by_transport(&peer).is_none());
    assert!(of_ben.directory.by_transport(&ann.transport()).is_some());
}

#[test]
fn a_peer_that_is_gone_is_presumed_to_be_nobody() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let (peer, instead_of) = (rotated(&ann).transport(), ann.transport());
    let mut of_ben = acquainted(&ben, &[(&ann, 1)]);
    effects(&mut of_ben, Input::Presumed { peer, instead_of }, at(0));
    effects(&mut of_ben, Input::PeerDisconnected { peer }, at(0));
    assert!(!is_asked(&connect(&mut of_ben, peer, true), peer));
}

/// Has a join come over a link; returns the inviter's reply.
fn reply_to_join(of_inviter: &mut Engine, joiner: TransportId, join: &[u8]) -> Vec<u8> {
    open(of_inviter, LINK, joiner, LinkPurpose::IncomingJoin);
    sent(&give(of_inviter, LINK, join)).remove(0)
}

#[test]
fn a_join_that_waits_is_answered_to_the_next_key_whether_or_not_it_was_to_the_one_before() {
    for is_answered_before in [false, true] {
        let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
        let mut of_ben = engine(&ben, &[]);
        let code = invite(&mut of_ben, 10, false).to_string();
        let mut kept = profile(&ann, &[]);
        let (mut before, _) = start(&kept);
        let (stored, joining) = store(&mut before, Command::Join { code });
        let Ok(Outcome::Joining { tag }) = joining else {
            panic!("a join, not {joining:?}");
        };
        let joins = stored.into_iter().filter_map(|change| {
            let Change::PutPendingJoin(join) = change else {
                return None;
            };
            Some(join)
        });
        kept.pending_joins.extend(joins);
        if is_answered_before {
            // The answer is lost.
            let join = &kept.pending_joins[0].envelope;
            reply_to_join(&mut of_ben, ann.transport(), join);
        }
        let (stored, done) = store(&mut before, Command::RotateTransport);
        assert_eq!(done, Ok(Outcome::Done));
        kept.identity = stored_identity(&stored);
        let (mut of_ann, _) = start(&kept);
        assert!(of_ann.is_rotated());
        let next = of_ann.own().transport();
        let purpose = LinkPurpose::Join(tag);
        let join = sent(&open(&mut of_ann, LINK, ben.transport(), purpose)).remove(0);
        let reply = reply_to_join(&mut of_ben, next, &join);
        give(&mut of_ann, LINK, &reply);
        assert!(of_ann.directory.contact(&ben.person()).is_some());
        // The join showed the key before; a session shows the next.
        assert!(of_ben.directory.by_transport(&next).is_none());
        assert!(session(&mut of_ann, &mut of_ben, 2).is_empty());
        assert_eq!(of_ben.live().count(), 1);
        assert!(of_ben.directory.by_transport(&next).is_some());
    }
}

#[test]
fn whoever_rotated_too_often_is_told_so() {
    let mut ann = identity("Ann", 1);
    let mut rng = crate::rng::Rng::from_seed(&[4; 32]);
    while ann.may_rotate_transport() {
        ann.prepare_transport(&mut rng);
        ann.take_transport(START, &mut rng);
    }
    let (mut engine, _) = start(&profile(&ann, &[]));
    let (stored, refused) = store(&mut engine, Command::RotateTransport);
    assert_eq!(refused, Err(CommandError::TooManyRotations));
    assert!(stored.is_empty());
}

#[test]
fn whoever_passes_on_what_two_devices_say_has_them_be_in_no_session() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let mallory = identity("Mallory", 9).transport();
    for ends in [
        [mallory, mallory],
        [mallory, ben.transport()],
        [ann.transport(), mallory],
    ] {
        let (mut of_ann, mut of_ben) = (
            acquainted(&ann, &[(&ben, 1)]),
            acquainted(&ben, &[(&ann, 1)]),
        );
        let presumed = Input::Presumed {
            peer: mallory,
            instead_of: ann.transport(),
        };
        effects(&mut of_ben, presumed, at(0));
        connect(&mut of_ben, mallory, true);
        let gone = session_over(&mut of_ben, &mut of_ann, 1, ends, &[]);
        assert_eq!(gone, [1]);
        assert_eq!(of_ann.live().count() + of_ben.live().count(), 0);
        assert!(of_ben.directory.by_transport(&mallory).is_none());
    }
}

#[test]
fn a_contact_who_was_cut_off_before_they_took_the_card_is_not_held_to_know_the_key() {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let next = rotated(&ann);
    let (mut of_ann, mut of_ben) = (
        acquainted(&next, &[(&ben, 1)]),
        acquainted(&ben, &[(&ann, 1)]),
    );
    let lacks_it = |of_ann: &mut Engine| {
        let parts = of_ann.parts(at(0));
        parts.pairs.lacks_transport(&ben.device(), &parts.context)
    };
    let asked = open(&mut of_ann, LINK, ben.transport(), LinkPurpose::Session);
    let incoming = LinkPurpose::IncomingSession;
    open(&mut of_ben, LINK, next.transport(), incoming);
    let answered = give(&mut of_ben, LINK, &sent(&asked)[0]);
    // What follows is lost.
    give(&mut of_ann, LINK, &sent(&answered)[0]);
    assert_eq!(of_ann.live().count(), 1);
    for engine in [&mut of_ann, &mut of_ben] {
        effects(engine, Input::LinkClosed { link: LINK }, at(0));
    }
    assert!(of_ben.directory.by_transport(&next.transport()).is_none());
    assert!(lacks_it(&mut of_ann));
    assert!(session(&mut of_ann, &mut of_ben, 2).is_empty());
    assert!(!lacks_it(&mut of_ann));
}

#[test]
fn with_the_key_goes_that_of_what_is_said_nearby() {
    let of_nearby = |stored: &[Change]| {
        stored.iter().find_map(|change| {
            let Change::PutNearbyKey(record) = change else {
                return None;
            };
            Some(record.secret.expose().to_vec())
        })
    };
    let said_so_far = vec![5; 32];
    let mut before = profile(&identity("Ann", 1), &[]);
    before.nearby_key = Some(NearbyKeyRecord {
        secret: SecretBytes::new(said_so_far.clone()),
        number: 3,
    });
    let (mut engine, stored) = start(&before);
    assert_eq!(of_nearby(&stored), None);
    let (stored, _) = store(&mut engine, Command::RotateTransport);
    before.identity = stored_identity(&stored);
    let (_, stored) = start(&before);
    assert_ne!(of_nearby(&stored).unwrap(), said_so_far);
}

#[test]
fn a_join_or_an_answer_that_comes_late_brings_the_key_before_back_to_nobody() {
    let [ann, ben] = [identity("Ann", 1), identity("Ben", 2)];
    let [next_ann, next_ben] = [&ann, &ben].map(rotated);
    // Each knows the other's next key already.
    let mut of_ann = engine(&ann, &[&next_ben]);
    let mut of_ben = engine(&ben, &[&next_ann]);
    let code = invite(&mut of_ann, 10, false).to_string();
    let Ok(Outcome::Joining { tag }) = command(&mut of_ben, Command::Join { code }) else {
        panic!("no join");
    };
    let join = of_ben.pairing.request(&tag).unwrap();
    // Whoever brings it.
    let bringer = identity("Cat", 3).transport();
    open(&mut of_ann, LINK, bringer, LinkPurpose::IncomingJoin);
    let replied = sent(&give(&mut of_ann, LINK, &join)).remove(0);
    let Ok(JoinReply::Answer(answer)) = JoinReply::from_bytes(&replied) else {
        panic!("no answer");
    };
    of_ben.take_pairing(&Envelope::from_bytes(&answer).unwrap(), at(0));
    for (engine, before, next) in [(&of_ann, &ben, &next_ben), (&of_ben, &ann, &next_ann)] {
        let directory = &engine.directory;
        assert_eq!(directory.contact(&next.person()).unwrap().met_by, tag);
        let known = directory.device(&next.device()).unwrap();
        assert_eq!(known.card.version(), next.version());
        assert!(directory.by_transport(&next.transport()).is_some());
        assert!(directory.by_transport(&before.transport()).is_none());
    }
}
