//! A thief of the recipient's keys, who can compute every agreement of the recipient's with anybody: only the
//! signature, bound to the recipient, says who wrote.

use super::*;
use crate::pair::Pair;
use crate::session::forged::Claimed;

/// Somebody whose every secret a thief has.
struct Victim {
    own: OwnIdentity,
    pair: Pair,
    ratchet: RatchetKey,
}

impl Victim {
    fn new(seed: u8) -> Self {
        let mut pair = Pair::new(card(seed).device, card(1).device);
        let ratchet = pair.tell(START, &mut rng(40 + seed)).ratchet.unwrap();
        Self {
            own: own(seed),
            pair,
            ratchet,
        }
    }

    /// What Ann seals to them.
    fn sealed_by_ann(&self, is_to_ratchet: bool) -> Envelope {
        let card = self.own.card(Vec::new()).verify().unwrap();
        let recipient = Recipient {
            ratchet: is_to_ratchet.then_some(self.ratchet),
            ..Recipient::from(&card)
        };
        seal(&own(1), recipient, context(), &header(), TEXT, &mut rng(3)).unwrap()
    }

    fn open(&self, envelope: &Envelope) -> Unverified {
        open(&self.own, Some(self.pair.reserved()), envelope, context()).unwrap()
    }

    /// What the thief makes of a payload with Ann's signature, that opens here as if Ann had sealed it: all that is in
    /// the clear is as it was.
    fn forge(&self, original: &Envelope, opened: &Unverified) -> Envelope {
        let kem = Parts::of(original).kem.unwrap();
        let KeyId::Device { bundle, ratchet } = opened.key else {
            panic!("a letter is to a device");
        };
        let bundle = self.own.bundle(bundle).unwrap();
        let (carried, public) = bundle.decapsulate_with_public(kem.as_slice().try_into().unwrap());
        let psk = Domain::SealPsk.derive(&[carried.as_ref(), &kem, &public, &SECRET]);
        let key = match ratchet {
            0 => bundle.agreement(),
            number => self.pair.reserved().secret(number).unwrap(),
        };
        let device = self.own.device();
        let lock = Lock {
            suite: SUITE_HYBRID,
            key: opened.key,
            mask: &SECRET,
            kem: &kem,
            sender: context().sender,
            recipient: device.as_bytes(),
        };
        let around = |message| wire::encode(&lock.sealed(&header(), message));
        let plaintext = padding::pad(
            &header(),
            crate::session::XPSK0_OVERHEAD_BYTES,
            around,
            &opened.signature,
            opened.claim(),
        );
        let ann = Claimed::stolen(own(1).agreement().public(), &key);
        let message = ann.seal_xpsk0(
            &key.public(),
            &psk,
            &lock.prologue(&header()),
            &plaintext.unwrap(),
            &mut rng(80),
        );
        Envelope::assemble(&header(), wire::encode(&lock.sealed(&header(), message))).unwrap()
    }
}

#[test]
fn a_thief_of_all_of_a_recipients_keys_cannot_write_to_them_as_another_who_wrote_elsewhere() {
    let (ben, carol) = (Victim::new(2), Victim::new(5));
    for is_to_ratchet in [false, true] {
        let original = ben.sealed_by_ann(is_to_ratchet);
        let to_ben = ben.open(&original);
        let forged = carol.forge(&original, &to_ben);
        assert_eq!(forged.header(), original.header());
        let (was, is) = (Parts::of(&original), Parts::of(&forged));
        assert_eq!((was.suite, was.mark, was.kem), (is.suite, is.mark, is.kem));
        let to_carol = carol.open(&forged);
        assert_eq!(to_carol.claim(), TEXT);
        let not_signed = IdentityError::Signature(Domain::SealSignature);
        assert_eq!(
            to_carol.verify(&card(1).certificate).unwrap_err(),
            EnvelopeError::Identity(not_signed)
        );
        // Made in the same way to Ben, for whom Ann signed, it holds: the recipient alone was wrong.
        let again = ben.open(&ben.forge(&original, &to_ben));
        assert_eq!(
            again.verify(&card(1).certificate).unwrap().sender,
            card(1).device
        );
    }
}

#[test]
fn a_thief_of_a_recipients_keys_signs_nothing_in_anothers_name() {
    let carol = Victim::new(5);
    let original = carol.sealed_by_ann(false);
    let mut signed = carol.open(&original);
    signed.payload = Zeroizing::new(b"send me all your money".to_vec());
    for signature in [[0; SIGNATURE_BYTES], signed.signature] {
        signed.signature = signature;
        let forged = carol.open(&carol.forge(&original, &signed));
        assert_eq!(forged.claim(), signed.claim());
        let not_signed = IdentityError::Signature(Domain::SealSignature);
        assert_eq!(
            forged.verify(&card(1).certificate).unwrap_err(),
            EnvelopeError::Identity(not_signed)
        );
    }
}
