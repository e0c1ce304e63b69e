//! Ratchet keys that are gone, while the bundle is there.

use super::*;
use crate::pair::{OFFLINE_WINDOW, Pair, RATCHET_LIFETIME};

/// What Ben makes at `now` of what Ann sealed to his newest bundle and this ratchet key.
fn opened(ben: &OwnIdentity, pair: &Pair, ratchet: RatchetKey) -> Result<KeyId, EnvelopeError> {
    let to_ben = ben.card(Vec::new()).verify().unwrap();
    let recipient = Recipient {
        ratchet: Some(ratchet),
        ..Recipient::from(&to_ben)
    };
    let sealed = seal(&own(1), recipient, context(), &header(), TEXT, &mut rng(3)).unwrap();
    let opened = open(ben, Some(pair.reserved()), &sealed, context())?;
    opened.verify(&card(1).certificate).map(|opened| opened.key)
}

#[test]
fn an_envelope_to_a_ratchet_key_that_is_erased_is_to_be_sealed_again_while_the_bundle_is_there() {
    let (mut ben, mut pair) = (own(2), Pair::new(card(2).device, card(1).device));
    let tell = |pair: &mut Pair, now| pair.tell(now, &mut rng(4)).ratchet.unwrap();
    let first = tell(&mut pair, START);
    let replaced = START.after(RATCHET_LIFETIME);
    let second = tell(&mut pair, replaced);
    assert_eq!((first.number, second.number), (1, 2));
    let end = replaced.after(OFFLINE_WINDOW);
    // Ann has every bundle of his, and did not get the second key.
    let mut now = START;
    while now < end {
        now = now.after(RATCHET_LIFETIME);
        ben.rotate_bundle_if_due(now, &mut rng(5));
    }
    let bundle = ben.newest_bundle();
    assert!(bundle > 1);
    let before = WallTime::from_millis(end.as_millis() - 1);
    assert!(!pair.erase_past(before));
    let to_first = KeyId::Device { bundle, ratchet: 1 };
    assert_eq!(opened(&ben, &pair, first), Ok(to_first));
    assert!(pair.erase_past(end));
    assert_eq!(opened(&ben, &pair, first), Err(EnvelopeError::KeyGone));
    assert!(ben.bundle(bundle).is_some());
    let to_second = KeyId::Device { bundle, ratchet: 2 };
    assert_eq!(opened(&ben, &pair, second), Ok(to_second));
}

#[test]
fn an_envelope_to_a_ratchet_key_that_never_was_is_not_to_be_sealed_again() {
    let (ben, mut pair) = (own(2), Pair::new(card(2).device, card(1).device));
    let PairNews { ratchet, .. } = pair.tell(START, &mut rng(4));
    let never = RatchetKey {
        number: 2,
        ..ratchet.unwrap()
    };
    assert_eq!(
        opened(&ben, &pair, never),
        Err(EnvelopeError::Undecryptable)
    );
    let to_ben = Pair::new(card(2).device, card(1).device);
    let of_nobody = opened(&ben, &to_ben, ratchet.unwrap());
    assert_eq!(of_nobody, Err(EnvelopeError::Undecryptable));
}
