mod garbage;
mod weak_keys;

use proptest::prelude::*;
use zeroize::Zeroizing;

use super::*;
use crate::domain::Domain;
use crate::id::SecretId;
use crate::identity::AgreementSecret;
use crate::identity::keys::weak;
use crate::rng::Rng;
use crate::wire::limits::{CARD_BYTES_MAX, FRAME_BYTES_MAX, NOISE_PLAINTEXT_BYTES_MAX};
use crate::wire::{DecodeError, padded};

const SECRET: (SecretId, [u8; 32]) = (SecretId::new([5; 16]), [6; 32]);

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

fn ann() -> AgreementSecret {
    AgreementSecret::from_bytes(&[1; 32])
}

fn ben() -> AgreementSecret {
    AgreementSecret::from_bytes(&[2; 32])
}

fn start(secrets: Vec<SecretId>) -> (Initiator, Vec<u8>) {
    let is_confirmed = !secrets.is_empty();
    start_with(HeldSecrets {
        secrets,
        is_confirmed,
    })
}

fn start_with(held: HeldSecrets) -> (Initiator, Vec<u8>) {
    let card = b"ann's card".to_vec();
    Initiator::start(
        &ann(),
        &ben().public(),
        Hello::OURS,
        held,
        card,
        &mut rng(1),
    )
    .unwrap()
}

fn respond(frame: &[u8]) -> Result<Responder, SessionError> {
    Responder::read(&ben(), Hello::OURS, frame, &mut rng(2))
}

fn no_lookup(_: SecretId) -> Option<Zeroizing<[u8; 32]>> {
    None
}

fn connected() -> (Transport, Transport) {
    let (initiator, first) = start(Vec::new());
    let (second, theirs) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
    let ours = initiator.finish(&second, no_lookup).unwrap();
    assert_eq!(ours.secret, None);
    (ours.transport, theirs)
}

#[test]
fn two_devices_agree_with_the_contact_secret_that_both_hold() {
    let (initiator, first) = start(vec![SecretId::new([9; 16]), SECRET.0]);
    let responder = respond(&first).unwrap();
    assert_eq!(responder.remote_static(), &ann().public());
    assert_eq!(responder.held(), [SecretId::new([9; 16]), SECRET.0]);
    assert_eq!(
        (responder.card(), responder.version()),
        (b"ann's card".as_slice(), 1)
    );
    let chosen = Some((SECRET.0, &SECRET.1));
    let (second, mut theirs) = responder.finish(chosen, b"ben's card".to_vec()).unwrap();
    let lookup = |id| (id == SECRET.0).then(|| Zeroizing::new(SECRET.1));
    let finished = initiator.finish(&second, lookup).unwrap();
    let (mut ours, card) = (finished.transport, finished.card);
    assert_eq!(finished.secret, Some(SECRET.0));
    assert_eq!(
        (card.as_slice(), ours.version()),
        (b"ben's card".as_slice(), 1)
    );
    let frame = ours.seal(b"hello").unwrap();
    assert_eq!(*theirs.open(&frame).unwrap(), b"hello");
    let frame = theirs.seal(b"hello yourself").unwrap();
    assert_eq!(*ours.open(&frame).unwrap(), b"hello yourself");
}

#[test]
fn a_responder_without_the_contact_secret_cannot_pretend_to_hold_it() {
    let (initiator, first) = start(vec![SECRET.0]);
    let (second, _) = respond(&first)
        .unwrap()
        .finish(Some((SECRET.0, &[7; 32])), Vec::new())
        .unwrap();
    let finished = initiator.finish(&second, |_| Some(Zeroizing::new(SECRET.1)));
    assert_eq!(finished.unwrap_err(), SessionError::Undecryptable);
}

#[test]
fn a_secret_that_was_not_offered_or_is_gone_is_refused() {
    let (initiator, first) = start(Vec::new());
    let chosen = Some((SECRET.0, &SECRET.1));
    let refused = respond(&first).unwrap().finish(chosen, Vec::new());
    assert_eq!(refused.unwrap_err(), SessionError::Secret);
    let (mut second, _) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
    second[Hello::BYTES] ^= 1;
    assert_eq!(
        initiator.finish(&second, no_lookup).unwrap_err(),
        SessionError::Secret
    );
    let (initiator, first) = start(vec![SECRET.0]);
    let (second, _) = respond(&first).unwrap().finish(chosen, Vec::new()).unwrap();
    assert_eq!(
        initiator.finish(&second, no_lookup).unwrap_err(),
        SessionError::Secret
    );
}

#[test]
fn whoever_lists_a_secret_that_the_other_may_not_have_does_without_it_unless_one_is_confirmed() {
    for is_confirmed in [false, true] {
        let (initiator, first) = start_with(HeldSecrets {
            secrets: vec![SECRET.0],
            is_confirmed,
        });
        let (second, _) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
        let finished = initiator.finish(&second, no_lookup);
        let refused = is_confirmed.then_some(SessionError::Secret);
        assert_eq!(finished.err(), refused, "{is_confirmed}");
    }
}

#[test]
fn no_more_secrets_are_listed_than_the_maximum() {
    let held: Vec<_> = (0..=u8::try_from(HELD_SECRETS_MAX).unwrap())
        .map(|number| SecretId::new([number + 1; 16]))
        .collect();
    let (_, first) = start(held.clone());
    assert_eq!(respond(&first).unwrap().held(), &held[..HELD_SECRETS_MAX]);
}

fn prologue() -> Vec<u8> {
    let context = Domain::SessionPrologue.context().as_bytes();
    [context, Hello::OURS.to_bytes().as_slice()].concat()
}

/// The payload of a first frame with so many secrets and so long a card.
fn opening(held: usize, card: usize) -> Vec<u8> {
    let held: Vec<_> = (0..u8::try_from(held).unwrap())
        .map(|number| SecretId::new([number + 1; 16]))
        .collect();
    let mut payload = minicbor::Encoder::new(Vec::new());
    payload.map(2).unwrap().u8(0).unwrap();
    payload.encode(held).unwrap().u8(1).unwrap();
    payload.bytes(&vec![7; card]).unwrap();
    payload.into_writer()
}

/// What a responder makes of a first frame with this payload.
fn read_opening(payload: &[u8]) -> Result<Responder, SessionError> {
    let setup = noise::Setup {
        pattern: noise::IKPSK2,
        own: &ann(),
        remote: Some(&ben().public()),
        psk: None,
        prologue: &prologue(),
    };
    let message = noise::write(&mut setup.initiator(rng(1)), payload).unwrap();
    respond(&[Hello::OURS.to_bytes().as_slice(), &message].concat())
}

/// What an initiator makes of a reply with this payload.
fn read_reply(payload: &[u8]) -> Result<Finished, SessionError> {
    let (initiator, first) = start(Vec::new());
    let setup = noise::Setup {
        pattern: noise::IKPSK2,
        own: &ben(),
        remote: None,
        psk: Some((2, &[0; 32])),
        prologue: &prologue(),
    };
    let mut state = setup.responder(rng(2));
    noise::read(&mut state, &first[Hello::BYTES..]).unwrap();
    let message = noise::write(&mut state, payload).unwrap();
    let hello = Hello::OURS.to_bytes();
    initiator.finish(
        &[hello.as_slice(), &[0; SecretId::BYTES], &message].concat(),
        no_lookup,
    )
}

#[test]
fn the_most_secrets_are_taken_from_a_peer_and_one_more_is_refused() {
    let most = read_opening(&opening(HELD_SECRETS_MAX, 10)).unwrap();
    assert_eq!(most.held().len(), HELD_SECRETS_MAX);
    let held = HELD_SECRETS_MAX + 1;
    assert_eq!(
        read_opening(&opening(held, 10)).unwrap_err(),
        SessionError::TooManySecrets { held }
    );
}

#[test]
fn a_payload_of_the_most_bytes_is_taken_from_a_peer_and_one_more_is_refused() {
    let limit = handshake::PAYLOAD_BYTES_MAX;
    let bytes = limit + 1;
    let too_long = SessionError::Malformed(DecodeError::TooLong { bytes, limit });
    let opening = opening(0, 10);
    assert!(read_opening(&padded(&opening, limit)).is_ok());
    assert_eq!(
        read_opening(&padded(&opening, bytes)).unwrap_err(),
        too_long
    );
    let reply = reply(10);
    assert!(read_reply(&padded(&reply, limit)).is_ok());
    assert_eq!(read_reply(&padded(&reply, bytes)).unwrap_err(), too_long);
}

/// The payload of a reply with so long a card.
fn reply(card: usize) -> Vec<u8> {
    let mut payload = minicbor::Encoder::new(Vec::new());
    payload.map(3).unwrap().u8(0).unwrap();
    payload.encode(Hello::OURS).unwrap().u8(1).unwrap();
    payload.encode(SecretId::new([0; 16])).unwrap();
    payload.u8(2).unwrap().bytes(&vec![7; card]).unwrap();
    payload.into_writer()
}

#[test]
fn a_card_of_the_most_bytes_is_taken_from_a_peer_and_one_more_is_refused() {
    let too_large = SessionError::TooLarge {
        bytes: CARD_BYTES_MAX + 1,
        bytes_max: CARD_BYTES_MAX,
    };
    let (most, more) = (CARD_BYTES_MAX, CARD_BYTES_MAX + 1);
    assert_eq!(read_opening(&opening(0, most)).unwrap().card().len(), most);
    assert_eq!(read_opening(&opening(0, more)).unwrap_err(), too_large);
    assert_eq!(read_reply(&reply(most)).unwrap().card.len(), most);
    assert_eq!(read_reply(&reply(more)).unwrap_err(), too_large);
}

#[test]
fn a_first_frame_of_the_most_bytes_is_looked_at_and_one_more_is_not() {
    let hello = Hello::OURS.to_bytes();
    let of_bytes = |bytes: usize| {
        let mut frame = hello.to_vec();
        frame.resize(bytes, 7);
        respond(&frame).unwrap_err()
    };
    assert_eq!(of_bytes(FRAME_BYTES_MAX), SessionError::Undecryptable);
    let too_large = SessionError::TooLarge {
        bytes: FRAME_BYTES_MAX + 1,
        bytes_max: FRAME_BYTES_MAX,
    };
    assert_eq!(of_bytes(FRAME_BYTES_MAX + 1), too_large);
}

#[test]
fn a_peer_of_another_version_is_told_apart_from_garbage_on_both_sides() {
    let future = Hello { min: 2, max: 3 };
    let (_, first) = Initiator::start(
        &ann(),
        &ben().public(),
        future,
        HeldSecrets::default(),
        Vec::new(),
        &mut rng(1),
    )
    .unwrap();
    let version = SessionError::Version {
        theirs_min: 2,
        theirs_max: 3,
    };
    assert_eq!(respond(&first).unwrap_err(), version);
    let (initiator, _) = start(Vec::new());
    let bare_hello = future.to_bytes();
    assert_eq!(
        initiator.finish(&bare_hello, no_lookup).unwrap_err(),
        version
    );
}

#[test]
fn a_hello_changed_on_its_way_is_noticed_on_both_sides() {
    let (initiator, mut first) = start(Vec::new());
    let (mut second, _) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
    let wider = Hello { min: 1, max: 2 }.to_bytes();
    first[..Hello::BYTES].copy_from_slice(&wider);
    assert_eq!(respond(&first).unwrap_err(), SessionError::Undecryptable);
    second[..Hello::BYTES].copy_from_slice(&wider);
    assert_eq!(
        initiator.finish(&second, no_lookup).unwrap_err(),
        SessionError::Tampered
    );
}

#[test]
fn a_handshake_for_another_device_is_undecryptable() {
    let (_, first) = start(Vec::new());
    let other = AgreementSecret::from_bytes(&[3; 32]);
    let read = Responder::read(&other, Hello::OURS, &first, &mut rng(2));
    assert_eq!(read.unwrap_err(), SessionError::Undecryptable);
}

#[test]
fn keys_of_small_order_end_the_handshake_at_once() {
    for key in weak::agreement() {
        let started = Initiator::start(
            &ann(),
            &key,
            Hello::OURS,
            HeldSecrets::default(),
            Vec::new(),
            &mut rng(1),
        );
        assert_eq!(started.unwrap_err(), SessionError::WeakKey, "{key:?}");
        let (initiator, mut first) = start(Vec::new());
        let (mut second, _) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
        first[Hello::BYTES..Hello::BYTES + 32].copy_from_slice(&key);
        assert_eq!(
            respond(&first).unwrap_err(),
            SessionError::WeakKey,
            "{key:?}"
        );
        let ephemeral = Hello::BYTES + SecretId::BYTES;
        second[ephemeral..ephemeral + 32].copy_from_slice(&key);
        let finished = initiator.finish(&second, no_lookup);
        assert_eq!(finished.unwrap_err(), SessionError::WeakKey, "{key:?}");
    }
}

#[test]
fn a_card_of_the_maximum_size_is_carried_and_one_byte_more_is_not() {
    let start = |bytes: usize| {
        let card = vec![7; bytes];
        Initiator::start(
            &ann(),
            &ben().public(),
            Hello::OURS,
            HeldSecrets::default(),
            card,
            &mut rng(1),
        )
    };
    let too_large = SessionError::TooLarge {
        bytes: CARD_BYTES_MAX + 1,
        bytes_max: CARD_BYTES_MAX,
    };
    assert_eq!(start(CARD_BYTES_MAX + 1).unwrap_err(), too_large);
    let (initiator, first) = start(CARD_BYTES_MAX).unwrap();
    let responder = || respond(&first).unwrap();
    assert_eq!(responder().card().len(), CARD_BYTES_MAX);
    let refused = responder().finish(None, vec![7; CARD_BYTES_MAX + 1]);
    assert_eq!(refused.unwrap_err(), too_large);
    let (second, _) = responder().finish(None, vec![7; CARD_BYTES_MAX]).unwrap();
    assert_eq!(
        initiator.finish(&second, no_lookup).unwrap().card.len(),
        CARD_BYTES_MAX
    );
}

#[test]
fn a_plaintext_of_the_maximum_size_is_sealed_and_one_byte_more_is_not() {
    let (mut ours, mut theirs) = connected();
    let frame = ours.seal(&vec![7; NOISE_PLAINTEXT_BYTES_MAX]).unwrap();
    assert_eq!(frame.len(), FRAME_BYTES_MAX);
    assert_eq!(
        theirs.open(&frame).unwrap().len(),
        NOISE_PLAINTEXT_BYTES_MAX
    );
    assert!(matches!(
        ours.seal(&vec![7; NOISE_PLAINTEXT_BYTES_MAX + 1]),
        Err(SessionError::TooLarge { .. })
    ));
    assert!(matches!(
        theirs.open(&vec![7; FRAME_BYTES_MAX + 1]),
        Err(SessionError::TooLarge { .. })
    ));
}

#[test]
fn messages_flow_across_the_rekey_boundary_in_both_directions() {
    let (mut ours, mut theirs) = connected();
    for number in 0..2 * REKEY_MESSAGES + 2 {
        let text = number.to_be_bytes();
        let frame = ours.seal(&text).unwrap();
        assert_eq!(
            *theirs.open(&frame).unwrap(),
            text,
            "message {number} to the responder"
        );
        let frame = theirs.seal(&text).unwrap();
        assert_eq!(
            *ours.open(&frame).unwrap(),
            text,
            "message {number} to the initiator"
        );
    }
}

#[test]
fn each_direction_rekeys_by_its_own_count() {
    let (mut ours, mut theirs) = connected();
    for _ in 0..REKEY_MESSAGES + 1 {
        let frame = ours.seal(b"one way").unwrap();
        theirs.open(&frame).unwrap();
    }
    let frame = theirs.seal(b"the first one back").unwrap();
    assert_eq!(*ours.open(&frame).unwrap(), b"the first one back");
}

#[test]
fn replayed_reordered_and_reflected_messages_do_not_open() {
    let (mut ours, mut theirs) = connected();
    let frames = [ours.seal(b"one").unwrap(), ours.seal(b"two").unwrap()];
    assert_eq!(theirs.open(&frames[1]), Err(SessionError::Undecryptable));
    assert_eq!(*theirs.open(&frames[0]).unwrap(), b"one");
    assert_eq!(theirs.open(&frames[0]), Err(SessionError::Undecryptable));
    assert_eq!(ours.open(&frames[1]), Err(SessionError::Undecryptable));
}

#[test]
fn two_handshakes_of_the_same_devices_share_no_key() {
    let (mut ours, _) = connected();
    let (initiator, first) = start(Vec::new());
    let responder = Responder::read(&ben(), Hello::OURS, &first, &mut rng(3)).unwrap();
    let (second, mut other) = responder.finish(None, Vec::new()).unwrap();
    initiator.finish(&second, no_lookup).unwrap();
    assert_eq!(
        other.open(&ours.seal(b"x").unwrap()),
        Err(SessionError::Undecryptable)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn garbage_never_panics_and_never_connects(bytes: Vec<u8>) {
        let with_hello = [Hello::OURS.to_bytes().as_slice(), &bytes].concat();
        for frame in [&bytes, &with_hello] {
            prop_assert!(respond(frame).is_err());
            prop_assert!(start(Vec::new()).0.finish(frame, no_lookup).is_err());
        }
        prop_assert!(connected().0.open(&bytes).is_err());
    }

    #[test]
    fn a_flipped_bit_never_connects(at: prop::sample::Index, bit in 0..8_u8) {
        let (initiator, first) = start(Vec::new());
        let (mut second, _) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
        let mut damaged = first.clone();
        damaged[at.index(first.len())] ^= 1 << bit;
        prop_assert!(respond(&damaged).is_err());
        let index = at.index(second.len());
        second[index] ^= 1 << bit;
        prop_assert!(initiator.finish(&second, no_lookup).is_err());
    }

    #[test]
    fn a_truncated_frame_never_connects(cut in 1..200_usize) {
        let (initiator, first) = start(Vec::new());
        let (second, _) = respond(&first).unwrap().finish(None, Vec::new()).unwrap();
        prop_assert!(respond(&first[..first.len().saturating_sub(cut)]).is_err());
        let cut = &second[..second.len().saturating_sub(cut)];
        prop_assert!(initiator.finish(cut, no_lookup).is_err());
    }
}
