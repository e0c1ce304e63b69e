use proptest::prelude::*;

use super::*;
use crate::envelope::{Envelope, EnvelopeError, LIFETIME_HOURS_MAX};
use crate::identity::{Card, OwnIdentity};
use crate::rng::Rng;
use crate::time::WallTime;
use crate::wire::{DecodeError, padded};

fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

fn own(seed: u8) -> OwnIdentity {
    OwnIdentity::create("Ann", "laptop", WallTime::default(), &mut rng(seed))
        .unwrap()
        .0
}

fn card(own: &OwnIdentity) -> Card {
    own.card(vec!["/ip4/192.0.2.1/tcp/4001".into()])
}

/// Ann invites, Ben joins; everything that either side keeps goes through its stored form.
struct Scene {
    ann: OwnIdentity,
    ben: OwnIdentity,
    invite: InviteSecret,
    code: InviteCode,
    pending: PendingJoin,
    join: Envelope,
}

fn scene() -> Scene {
    let (ann, ben) = (own(1), own(2));
    let invite = InviteSecret::generate(&mut rng(3));
    let code: InviteCode = invite.code(&ann, &[]).to_string().parse().unwrap();
    let (pending, join) = super::join(&ben, &card(&ben), &code, &mut rng(4)).unwrap();
    let pending = PendingJoin::from_bytes(&pending.to_bytes()).unwrap();
    let invite = InviteSecret::from_bytes(&invite.to_bytes()).unwrap();
    Scene {
        ann,
        ben,
        invite,
        code,
        pending,
        join,
    }
}

impl Scene {
    fn answer(&self) -> (Envelope, ContactSecret) {
        let joiner = accept(&self.ann, &self.invite, &self.join).unwrap();
        answer(
            &self.ann,
            &card(&self.ann),
            &joiner,
            self.join.id(),
            &mut rng(5),
        )
        .unwrap()
    }
}

fn carried(envelope: &Envelope) -> Envelope {
    Envelope::from_bytes(&envelope.to_bytes()).unwrap()
}

const UNDECRYPTABLE: PairingError = PairingError::Envelope(EnvelopeError::Undecryptable);

#[test]
fn two_envelopes_carried_by_hand_make_two_people_contacts() {
    let scene = scene();
    assert_eq!(scene.join.tag(), scene.invite.tag());
    let joiner = accept(&scene.ann, &scene.invite, &carried(&scene.join)).unwrap();
    assert_eq!(joiner.verified.device, scene.ben.device());
    assert_eq!(joiner.card, card(&scene.ben));
    let (reply, anns) = answer(
        &scene.ann,
        &card(&scene.ann),
        &joiner,
        scene.join.id(),
        &mut rng(5),
    )
    .unwrap();
    assert_eq!(reply.tag(), scene.pending.answer_tag());
    let (inviter, bens) = scene.pending.finish(&scene.ben, &carried(&reply)).unwrap();
    assert_eq!(inviter.verified.person, scene.ann.person());
    assert_eq!(inviter.card, card(&scene.ann));
    assert_eq!(anns, bens);
    assert!(reply.header().lifetime_hours <= LIFETIME_HOURS_MAX);
}

#[test]
fn two_pairings_of_the_same_two_share_no_secret() {
    let scene = scene();
    let joiner = || accept(&scene.ann, &scene.invite, &scene.join).unwrap();
    let secret = |seed| {
        let id = scene.join.id();
        answer(&scene.ann, &card(&scene.ann), &joiner(), id, &mut rng(seed))
            .unwrap()
            .1
    };
    assert_ne!(secret(5).key, secret(6).key);
    assert_ne!(secret(5).id, secret(6).id);
}

#[test]
fn ones_own_invite_is_refused() {
    let scene = scene();
    let refused = super::join(&scene.ann, &card(&scene.ann), &scene.code, &mut rng(4));
    assert_eq!(refused.unwrap_err(), PairingError::OwnInvite);
}

/// A code that names another person than the invite's maker: who relabels somebody's invite as
/// their own leads nobody to its maker.
#[test]
fn a_join_that_names_another_person_than_the_inviter_does_not_open() {
    let scene = scene();
    let refused = accept(&own(8), &scene.invite, &scene.join);
    assert!(matches!(refused.unwrap_err(), PairingError::Envelope(_)));
}

#[test]
fn a_join_opens_with_its_own_invite_alone() {
    let scene = scene();
    let other = InviteSecret::generate(&mut rng(9));
    assert_eq!(
        accept(&scene.ann, &other, &scene.join).unwrap_err(),
        UNDECRYPTABLE
    );
    let (answer, _) = scene.answer();
    assert_eq!(
        accept(&scene.ann, &scene.invite, &answer).unwrap_err(),
        UNDECRYPTABLE
    );
}

#[test]
fn an_answer_opens_for_its_own_joiner_and_join_alone() {
    let scene = scene();
    let (reply, _) = scene.answer();
    let carol = own(6);
    assert_eq!(
        scene.pending.finish(&carol, &reply).unwrap_err(),
        UNDECRYPTABLE
    );
    let (another, _) =
        super::join(&scene.ben, &card(&scene.ben), &scene.code, &mut rng(7)).unwrap();
    assert_eq!(
        another.finish(&scene.ben, &reply).unwrap_err(),
        UNDECRYPTABLE
    );
    assert_eq!(
        scene.pending.finish(&scene.ben, &scene.join).unwrap_err(),
        UNDECRYPTABLE
    );
}

#[test]
fn an_answer_that_names_another_join_is_refused() {
    let scene = scene();
    let joiner = accept(&scene.ann, &scene.invite, &scene.join).unwrap();
    let other = crate::id::EnvelopeId::new([1; 32]);
    let (reply, _) = answer(&scene.ann, &card(&scene.ann), &joiner, other, &mut rng(5)).unwrap();
    assert_eq!(
        scene.pending.finish(&scene.ben, &reply).unwrap_err(),
        PairingError::OtherJoin
    );
}

/// Somebody who got hold of the invite's secrets answers in the inviter's place.
#[test]
fn an_answer_by_another_person_than_the_invite_names_is_refused() {
    let (scene, mallory) = (scene(), own(8));
    let joiner = accept(&scene.ann, &scene.invite, &scene.join).unwrap();
    let (reply, _) = answer(
        &mallory,
        &card(&mallory),
        &joiner,
        scene.join.id(),
        &mut rng(5),
    )
    .unwrap();
    assert_eq!(
        scene.pending.finish(&scene.ben, &reply).unwrap_err(),
        PairingError::WrongInviter
    );
    let (forged, _) = answer(
        &mallory,
        &card(&scene.ann),
        &joiner,
        scene.join.id(),
        &mut rng(5),
    )
    .unwrap();
    assert_eq!(
        scene.pending.finish(&scene.ben, &forged).unwrap_err(),
        PairingError::Envelope(EnvelopeError::Sender)
    );
}

#[test]
fn a_join_with_another_devices_card_is_refused() {
    let scene = scene();
    let (_, stolen) = super::join(&scene.ben, &card(&own(6)), &scene.code, &mut rng(4)).unwrap();
    assert_eq!(
        accept(&scene.ann, &scene.invite, &stolen).unwrap_err(),
        PairingError::Envelope(EnvelopeError::Sender)
    );
}

#[test]
fn what_two_devices_agree_on_is_not_printed() {
    let (scene, secret) = (scene(), scene().answer().1);
    assert_eq!(
        format!("{secret:?}"),
        format!("ContactSecret {{ id: {:?}, .. }}", secret.id)
    );
    assert!(format!("{:?}", scene.pending).starts_with("PendingJoin { join: EnvelopeId("));
}

#[test]
fn a_stored_invite_of_the_most_bytes_is_read_and_one_more_is_not() {
    let (invite, max) = (scene().invite, invite::STORED_BYTES_MAX);
    let read = |length| InviteSecret::from_bytes(&padded(&invite.to_bytes(), length));
    assert_eq!(read(max).unwrap().to_bytes(), invite.to_bytes());
    assert_eq!(read(max + 1).unwrap_err(), too_long(max));
}

#[test]
fn a_stored_join_of_the_most_bytes_is_read_and_one_more_is_not() {
    let (pending, max) = (scene().pending, exchange::STORED_BYTES_MAX);
    let read = |length| PendingJoin::from_bytes(&padded(&pending.to_bytes(), length));
    assert_eq!(read(max).unwrap().to_bytes(), pending.to_bytes());
    assert_eq!(read(max + 1).unwrap_err(), too_long(max));
}

fn too_long(limit: usize) -> PairingError {
    let bytes = limit + 1;
    PairingError::Malformed(DecodeError::TooLong { bytes, limit })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_damaged_envelope_pairs_nobody(at: prop::sample::Index, bit in 0..8_u8) {
        let scene = scene();
        let (reply, _) = scene.answer();
        let damaged = |envelope: &Envelope| {
            let mut bytes = envelope.to_bytes();
            let index = at.index(bytes.len());
            bytes[index] ^= 1 << bit;
            Envelope::from_bytes(&bytes)
        };
        if let Ok(join) = damaged(&scene.join) {
            prop_assert!(accept(&scene.ann, &scene.invite, &join).is_err());
        }
        if let Ok(reply) = damaged(&reply) {
            prop_assert!(scene.pending.finish(&scene.ben, &reply).is_err());
        }
    }

    #[test]
    fn any_stored_bytes_decode_or_err(bytes: Vec<u8>) {
        let _ = (PendingJoin::from_bytes(&bytes), InviteSecret::from_bytes(&bytes));
    }
}
