//! Links: what strangers, the blocked and the broken get before and after a handshake.

use tidings_protocol::engine::{Command, Event, LinkPurpose};
use tidings_protocol::session::Hello;
use tidings_protocol::sync::SessionMessage;
use tidings_protocol::wire::limits::{FRAME_BYTES_MAX, LINKS_UNAUTHENTICATED_PER_PEER_MAX};
use tidings_tests::world::{Stranger, WireId, World};

use super::{
    ann_and_ben, check_ended, check_undisturbed, complaints, knock, profile, sessions, shown,
    with_mallory,
};
use crate::crash::{ANN, BEN};

/// How long a handshake may take.
const HANDSHAKE_MILLIS: u64 = 5_000;

fn block(world: &mut World, mallory: &Stranger, blocked: bool) {
    let person = mallory.own.person();
    world
        .ask(ANN, Command::BlockContact { person, blocked })
        .unwrap();
}

fn open(world: &mut World, peer: &Stranger, purpose: LinkPurpose) -> WireId {
    world.open_as(ANN, peer.own.transport(), purpose)
}

#[test]
fn garbage_strangers_and_the_blocked_get_the_same_silence() {
    let (mut world, mut mallory) = with_mallory();
    let mut stranger = Stranger::new(&mut world, "Eve");
    block(&mut world, &mallory, true);
    let before = profile(&mut world);
    let firsts = [
        vec![],
        b"GET / HTTP/1.1".to_vec(),
        Hello::OURS.to_bytes().to_vec(),
        [Hello::OURS.to_bytes().as_slice(), &[7; 300]].concat(),
        vec![0; FRAME_BYTES_MAX],
        vec![0; FRAME_BYTES_MAX + 1],
        stranger.hail(&world, ANN).1,
        mallory.hail(&world, ANN).1,
        mallory.hail(&world, BEN).1,
    ];
    for first in firsts {
        let seen = knock(&mut world, &stranger, first.clone());
        assert_eq!(seen, (vec![], true), "{} bytes", first.len());
    }
    assert_eq!(profile(&mut world), before);
    check_undisturbed(&mut world);
}

#[test]
fn garbage_on_a_join_link_changes_nothing() {
    let mut world = ann_and_ben();
    let stranger = Stranger::new(&mut world, "Eve");
    world.invite(ANN, true);
    let before = profile(&mut world);
    for bytes in [0, 1, 100, 4_000, FRAME_BYTES_MAX] {
        let wire = open(&mut world, &stranger, LinkPurpose::IncomingJoin);
        world.send_as(wire, vec![1; bytes]);
        world.run_for(100);
        assert!(world.is_closed(wire));
    }
    assert_eq!(profile(&mut world), before);
    check_undisturbed(&mut world);
}

#[test]
fn a_version_without_overlap_gets_ours_and_a_closed_link() {
    let (mut world, mallory) = with_mallory();
    let before = profile(&mut world);
    for (min, max) in [(2, 9), (0, 0), (u16::MAX, u16::MAX)] {
        let hello = Hello { min, max }.to_bytes();
        let seen = knock(&mut world, &mallory, [hello.as_slice(), &[7; 300]].concat());
        assert_eq!(seen, (vec![Hello::OURS.to_bytes().to_vec()], true));
    }
    assert_eq!(profile(&mut world), before);
    check_undisturbed(&mut world);
}

#[test]
fn a_handshake_that_never_ends_is_ended() {
    let (mut world, mut mallory) = with_mallory();
    let silent = open(&mut world, &mallory, LinkPurpose::IncomingSession);
    let joining = open(&mut world, &mallory, LinkPurpose::IncomingJoin);
    let half = open(&mut world, &mallory, LinkPurpose::IncomingSession);
    let (_, first) = mallory.hail(&world, ANN);
    world.send_as(half, first);
    let wires = [silent, joining, half];
    world.run_for(HANDSHAKE_MILLIS - 1);
    assert_eq!(wires.map(|wire| world.is_closed(wire)), [false; 3]);
    assert_eq!(world.received(half).len(), 1, "it was answered");
    world.run_for(1);
    assert_eq!(wires.map(|wire| world.is_closed(wire)), [true; 3]);
    assert_eq!(sessions(&world, &mallory), 0);
    check_undisturbed(&mut world);
}

#[test]
fn a_peer_opens_so_many_links_at_most_and_others_are_not_kept_out() {
    let mut world = ann_and_ben();
    let stranger = Stranger::new(&mut world, "Eve");
    let open = |world: &mut World| open(world, &stranger, LinkPurpose::IncomingSession);
    let wires: Vec<WireId> = (0..LINKS_UNAUTHENTICATED_PER_PEER_MAX)
        .map(|_| open(&mut world))
        .collect();
    let one_more = open(&mut world);
    assert!(wires.iter().all(|wire| !world.is_closed(*wire)));
    assert!(world.is_closed(one_more));
    world.disconnect(ANN, BEN);
    world.run_for(1_000);
    check_undisturbed(&mut world);
    assert!(!world.is_closed(wires[0]), "Ben came in beside them");
}

#[test]
fn garbage_after_the_handshake_ends_the_session_and_says_so() {
    for garbage in [vec![], vec![0; 40], vec![1; FRAME_BYTES_MAX + 1]] {
        let (mut world, mut mallory) = with_mallory();
        let held = mallory.session(&mut world, ANN);
        assert_eq!(sessions(&world, &mallory), 1);
        world.send_as(held.wire, garbage);
        world.run_for(100);
        check_ended(&mut world, &held, "");
        assert_eq!(sessions(&world, &mallory), 0);
        let closed = Event::SessionClosed {
            person: mallory.own.person(),
            device: mallory.own.device(),
        };
        assert!(world.devices[ANN].events.contains(&closed));
    }
}

#[test]
fn nonsense_inside_a_session_ends_it() {
    for nonsense in [&b""[..], b"\x82\x18\xff\x00", &[0xff; 65_000]] {
        let (mut world, mut mallory) = with_mallory();
        let mut held = mallory.session(&mut world, ANN);
        held.say_bytes(&mut world, nonsense);
        check_ended(&mut world, &held, "");
    }
}

#[test]
fn after_a_breach_nothing_more_of_the_session_is_taken() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let header = mallory.header(&world, ANN, None);
    let good = mallory.sign(header, vec![0xa0]).signed().clone();
    let mut bad = good.clone();
    bad.signature[0] ^= 1;
    // Both are on their way when Ann sees the first.
    let count = complaints(&world).len();
    held.say_together(
        &mut world,
        &[
            SessionMessage::Operations(vec![bad]),
            SessionMessage::Operations(vec![good]),
        ],
    );
    assert_eq!(shown(&mut world, &mallory), []);
    assert_eq!(complaints(&world).len(), count + 1);
}

#[test]
fn after_a_block_nothing_more_of_the_contact_is_taken() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let (initiator, first) = mallory.hail(&world, ANN);
    let unproven = open(&mut world, &mallory, LinkPurpose::IncomingSession);
    world.send_as(unproven, first);
    world.run_for(100);
    let answer = world.received(unproven).pop().unwrap();
    let mut later = mallory.finish(initiator, unproven, &answer);
    block(&mut world, &mallory, true);
    let header = mallory.header(&world, ANN, None);
    let good = mallory.sign(header, vec![0xa0]).signed().clone();
    held.tell(&mut world, vec![good.clone()]);
    later.tell(&mut world, vec![good]);
    assert_eq!(shown(&mut world, &mallory), []);
    assert_eq!(sessions(&world, &mallory), 0);
    check_undisturbed(&mut world);
}

#[test]
fn a_first_frame_sent_again_by_someone_else_opens_nothing_and_evicts_nobody() {
    let (mut world, mut mallory) = with_mallory();
    let eve = Stranger::new(&mut world, "Eve");
    let mut held = mallory.session(&mut world, ANN);
    world.run_for(100);
    held.hear(&mut world);
    let stored = profile(&mut world);
    let (answers, closed) = knock(&mut world, &eve, held.first.clone());
    assert_eq!((answers.len(), closed), (0, true), "it is of another end");
    assert_eq!(profile(&mut world), stored);
    // Whoever has the transport key as well is answered, and can go no further.
    let before = (stored, world.devices[ANN].events.len());
    for _ in 0..LINKS_UNAUTHENTICATED_PER_PEER_MAX {
        let (answers, closed) = knock(&mut world, &mallory, held.first.clone());
        assert_eq!((answers.len(), closed), (1, false));
    }
    world.run_for(HANDSHAKE_MILLIS);
    assert_eq!(
        before,
        (profile(&mut world), world.devices[ANN].events.len())
    );
    assert_eq!(sessions(&world, &mallory), 1);
    let header = mallory.header(&world, ANN, None);
    let good = mallory.sign(header, vec![0xa0]).signed().clone();
    held.tell(&mut world, vec![good]);
    assert!(!world.is_closed(held.wire), "the real session lives");
    check_undisturbed(&mut world);
}

#[test]
fn a_join_in_the_name_of_anothers_transport_is_not_answered() {
    let mut world = ann_and_ben();
    let mallory = Stranger::new(&mut world, "Mallory");
    let invite = world.invite(ANN, false);
    let before = profile(&mut world);
    let mut card = mallory.own.card(Vec::new());
    card.transport = world.devices[BEN].transport;
    let code = invite.parse().unwrap();
    let mut rng = world.chance.rng();
    let (_, envelope) =
        tidings_protocol::pairing::join(&mallory.own, &card, &code, &mut rng).unwrap();
    let wire = open(&mut world, &mallory, LinkPurpose::IncomingJoin);
    world.send_as(wire, envelope.to_bytes());
    world.run_for(100);
    assert!(world.is_closed(wire) && world.received(wire).is_empty());
    assert_eq!(profile(&mut world), before, "the invite is not used up");
    check_undisturbed(&mut world);
}
