//! Siblings: further devices of a person, certified by the management key that the first one holds.
//!
//! Linking is not built: what one of them writes reaches the others over other people alone.
//!
//! Invariants
//! - A sibling has keys of its own; nothing but person, name and epoch is the first device's.

use minicbor::{Decode, Encode};
use tidings_protocol::identity::{
    AgreementSecret, BundleSecret, DeviceCertificate, OwnIdentity, SignedCertificate, SignedEpoch,
    SigningSecret,
};
use tidings_protocol::rng::Rng;
use tidings_protocol::time::WallTime;

/// An own identity as it is stored.
#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    name: String,
    #[n(1)]
    epoch: SignedEpoch,
    #[n(2)]
    certificate: SignedCertificate,
    #[cbor(n(3), with = "minicbor::bytes")]
    management: [u8; 32],
    #[cbor(n(4), with = "minicbor::bytes")]
    signing: [u8; 32],
    #[cbor(n(5), with = "minicbor::bytes")]
    agreement: [u8; 32],
    #[cbor(n(6), with = "minicbor::bytes")]
    transport: [u8; 32],
    #[n(7)]
    bundle: BundleSecret,
    #[n(8)]
    past: Vec<BundleSecret>,
}

/// Another device of the same person, the one with this number.
pub(super) fn of(first: &OwnIdentity, number: u64, now: WallTime, rng: &mut Rng) -> OwnIdentity {
    let stored: Stored = minicbor::decode(&first.to_bytes()).expect("an identity is read");
    let signing = SigningSecret::generate(rng);
    let agreement = AgreementSecret::generate(rng);
    let certificate = DeviceCertificate {
        person: first.person(),
        epoch: first.certificate().epoch,
        signing: *signing.public().as_bytes(),
        agreement: agreement.public(),
        name: format!("device {number}"),
        number,
    };
    let management = SigningSecret::from_bytes(&stored.management);
    let sibling = Stored {
        certificate: certificate.sign(&management, &signing),
        signing: *signing.as_bytes(),
        agreement: *agreement.as_bytes(),
        transport: *SigningSecret::generate(rng).as_bytes(),
        bundle: BundleSecret::generate(1, now, rng),
        past: Vec::new(),
        ..stored
    };
    let bytes = minicbor::to_vec(&sibling).expect("an identity is written");
    OwnIdentity::from_bytes(&bytes).expect("its parts belong together")
}
