//! What a first frame tells whoever sends it of whom we know: nothing, in bytes and in how much is done for it.

use super::links::{LINK, give, open, sent};
use super::*;
use crate::identity::keys::effort;
use crate::record::Alarm;
use crate::session::{HeldSecrets, Initiator};

/// A first frame of whoever has the static key of `own`, to the owner of the key `to`.
fn frame(own: &OwnIdentity, to: [u8; 32], secrets: &[u8], card: &OwnIdentity) -> Vec<u8> {
    let mut rng = crate::rng::Rng::from_seed(&[5; 32]);
    let held = HeldSecrets {
        secrets: secrets.iter().map(|n| SecretId::new([*n; 16])).collect(),
        is_confirmed: false,
    };
    let card = card.card(Vec::new()).to_bytes();
    let started = Initiator::start(own.agreement(), &to, Hello::OURS, held, card, &mut rng);
    started.unwrap().1
}

/// Whom Ann knows, and how: Carol alone shares a secret with her, that of number 7, and is admitted.
struct Known {
    ann: OwnIdentity,
    blocked: OwnIdentity,
    alarmed: OwnIdentity,
    put_off: OwnIdentity,
    carol: OwnIdentity,
    profile: Profile,
}

impl Known {
    fn new() -> Self {
        let ann = identity("Ann", 1);
        let [blocked, alarmed, carol] = [2, 3, 4].map(|seed| identity("Ben", seed));
        let (put_off, newer) = directory::tests::replaced_device();
        let people = [&blocked, &alarmed, &carol, &put_off, &newer];
        let mut profile = profile(&ann, &people);
        for contact in &mut profile.contacts {
            contact.blocked = contact.person == blocked.person();
            let is_alarmed = contact.person == alarmed.person();
            contact.alarm = is_alarmed.then_some(Alarm::NewDevice);
        }
        profile.contact_secrets.push(ContactSecretRecord {
            device: carol.device(),
            id: SecretId::new([7; 16]),
            key: SecretBytes::new(vec![7; 32]),
            created_at: START,
        });
        Self {
            ann,
            blocked,
            alarmed,
            put_off,
            carol,
            profile,
        }
    }

    /// What a first frame gets that Eve sends, and how many agreements and checks of signatures it took.
    fn probe(&self, first: &[u8]) -> (Vec<Effect>, [usize; 2]) {
        self.probe_from(&identity("Eve", 9), first)
    }

    /// The same, of whoever is at the end of a link.
    fn probe_from(&self, sender: &OwnIdentity, first: &[u8]) -> (Vec<Effect>, [usize; 2]) {
        let mut engine = Engine::open(self.profile.clone(), &[9; 32], at(0)).unwrap();
        drain(&mut engine);
        let purpose = LinkPurpose::IncomingSession;
        open(&mut engine, LINK, sender.transport(), purpose);
        let (mut effects, done) = effort::of(|| give(&mut engine, LINK, first));
        // What our own people are told of it leaves the device nowhere.
        effects.retain(|effect| !matches!(effect, Effect::Event(_)));
        (effects, done)
    }
}

#[test]
fn a_first_frame_of_whoever_is_not_let_in_gets_what_one_for_another_device_gets_and_takes_as_much()
{
    let known = Known::new();
    let (anns, eve) = (known.ann.agreement().public(), identity("Eve", 9));
    let of_another = known.probe(&frame(&eve, eve.agreement().public(), &[], &eve));
    assert_eq!(of_another, (vec![Effect::Close { link: LINK }], [2, 0]));
    let (carol, blocked) = (&known.carol, &known.blocked);
    for (who, first) in [
        ("a stranger", frame(&eve, anns, &[], &eve)),
        ("a stranger with a card", frame(&eve, anns, &[7], carol)),
        ("blocked", frame(blocked, anns, &[], blocked)),
        ("alarmed", frame(&known.alarmed, anns, &[], &known.alarmed)),
        ("put off", frame(&known.put_off, anns, &[], &known.put_off)),
        ("without the secret", frame(carol, anns, &[], carol)),
        ("with another secret", frame(carol, anns, &[8], carol)),
        ("under another card", frame(carol, anns, &[], &eve)),
    ] {
        assert_eq!(known.probe(&first), of_another, "{who}");
    }
    // Who is let in is answered, by the same means, and nobody who passes on what they say.
    let right = frame(carol, anns, &[7], carol);
    let (answered, done) = known.probe_from(carol, &right);
    assert_eq!((sent(&answered).len(), closed(&answered).len()), (1, 0));
    assert!(done[1] > 0, "the card is checked");
    assert_eq!(known.probe(&right).0, of_another.0);
}

#[test]
fn garbage_gets_what_a_first_frame_for_another_device_gets() {
    let known = Known::new();
    let eve = identity("Eve", 9);
    let mut right = frame(&eve, known.ann.agreement().public(), &[], &eve);
    let (silence, _) = known.probe(&right);
    let hello = Hello::BYTES;
    // Of a right frame no bit is another: of its hello, key, encrypted key or payload.
    for at in [0, hello, hello + 40, hello + 100, right.len() - 1] {
        right[at] ^= 1;
        assert_eq!(known.probe(&right).0, silence, "byte {at}");
        right[at] ^= 1;
    }
    for garbage in [vec![], vec![7; 400], right[..hello + 31].to_vec()] {
        assert_eq!(known.probe(&garbage).0, silence, "{} bytes", garbage.len());
    }
}

/// What is not equal: a device that may open a session without a secret, as none was agreed on yet, is known by its
/// card, which is checked.
#[test]
fn whoever_has_the_static_key_of_a_device_without_a_secret_gets_the_same_silence() {
    let mut known = Known::new();
    known.profile.contact_secrets.clear();
    let (anns, eve) = (known.ann.agreement().public(), identity("Eve", 9));
    let (silence, done) = known.probe(&frame(&known.carol, anns, &[], &eve));
    assert_eq!(silence, [Effect::Close { link: LINK }]);
    // Two of the handshake, and two by which the card's keys are checked.
    assert_eq!(done, [4, 6]);
}
