//! The KEM ciphertext, changed on its way.

use super::*;

/// Opens `scene`'s letter with other KEM ciphertexts, and then as it is.
fn check(replace: impl Fn(&mut Vec<u8>)) {
    let scene = Scene::new();
    for place in [LETTER, ANSWER] {
        let good = &scene.good[place];
        let tampered = changed(good, |_, parts| replace(parts.kem.as_mut().unwrap()));
        assert_ne!(&tampered, good);
        let refused = scene.open(place, &tampered);
        assert_eq!(refused, Err(EnvelopeError::Undecryptable), "place {place}");
        assert_eq!(scene.open(place, good), Ok(()), "place {place}");
    }
}

#[test]
fn a_flipped_bit_of_the_kem_ciphertext_opens_nothing_and_what_was_sealed_opens_then() {
    for at in [0, KEM_CIPHERTEXT_BYTES / 2, KEM_CIPHERTEXT_BYTES - 1] {
        for bit in [0, 7] {
            check(|kem| kem[at] ^= 1 << bit);
        }
    }
}

#[test]
fn the_kem_ciphertext_of_another_envelope_to_the_same_bundle_opens_nothing() {
    let other = card(2).bundle.encapsulate(&mut rng(90)).unwrap().ciphertext;
    check(|kem| kem.copy_from_slice(&other));
}

#[test]
fn a_kem_ciphertext_of_another_length_opens_nothing() {
    for bytes in [0, 1, KEM_CIPHERTEXT_BYTES - 1, KEM_CIPHERTEXT_BYTES + 1] {
        check(|kem| kem.resize(bytes, 0));
    }
}

/// Who has the recipient's bundle and the secret seals to a ciphertext of no KEM at all: what anybody can
/// compute who breaks X25519 later.
#[test]
fn what_was_sealed_around_an_empty_kem_ciphertext_opens_nothing() {
    let ben = card(2);
    let psk = Domain::SealPsk.derive(&[b"", b"", &ben.bundle.kem, &SECRET]);
    for suite in [SUITE_HYBRID, SUITE_CLASSIC] {
        let lock = Lock {
            suite,
            key: KeyId::Device {
                bundle: ben.bundle.number,
                ratchet: 0,
            },
            mask: &SECRET,
            kem: b"",
            sender: context().sender,
            recipient: ben.device.as_bytes(),
        };
        let key = &ben.bundle.agreement;
        let sealed = lock.seal(&own(1), key, &psk, &header(), TEXT, &mut rng(3));
        let refused = Scene::new().open(LETTER, &sealed.unwrap());
        assert_eq!(refused, Err(EnvelopeError::Undecryptable), "suite {suite}");
    }
}
