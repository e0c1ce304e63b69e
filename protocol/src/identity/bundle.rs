//! Bundles: the keys that others seal envelopes to, signed by the device and replaced weekly.
//!
//! Invariants
//! - A bundle's KEM key is valid by FIPS 203 and its X25519 key is not of small order.
//! - Only the seed of the KEM key is kept; the decapsulation key is made from it when needed
//!   (libcrux takes explicit randomness, and erases nothing of what it works on).
//! - Expiry tells the owner when to delete; it never keeps a sender from sealing.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use libcrux_ml_kem::mlkem768;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::id::DeviceId;
use crate::identity::IdentityError;
use crate::identity::keys::{
    AgreementSecret, KEY_BYTES, SIGNATURE_BYTES, SigningPublic, SigningSecret, check_agreement,
};
use crate::identity::secret;
use crate::rng::Rng;
use crate::time::{CLOCKS_SET_SINCE, WallTime};
use crate::wire;
use crate::wire::limits::CARD_BYTES_MAX;

/// Number of bytes of an ML-KEM-768 encapsulation key.
pub const KEM_PUBLIC_BYTES: usize = 1184;
/// Number of bytes of an ML-KEM-768 ciphertext.
pub const KEM_CIPHERTEXT_BYTES: usize = 1088;
/// Number of bytes of an ML-KEM-768 decapsulation key.
const KEM_PRIVATE_BYTES: usize = 2400;
/// Number of bytes of the seed of an ML-KEM key pair.
pub const KEM_SEED_BYTES: usize = 64;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a bundle is the newest.
pub const BUNDLE_LIFETIME: Duration = DAY.saturating_mul(7);
/// How long its private half outlives its expiry: the offline window.
pub const BUNDLE_GRACE: Duration = DAY.saturating_mul(37);

/// The keys that envelopes to one device are sealed to.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Bundle {
    /// Which of the device's bundles this is; the highest is the newest.
    #[n(0)]
    pub number: u64,
    /// X25519 key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub agreement: [u8; KEY_BYTES],
    /// ML-KEM-768 encapsulation key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub kem: Vec<u8>,
    /// When its owner replaces it.
    #[n(3)]
    pub expires: WallTime,
}

impl Bundle {
    /// A fresh secret for the owner of this bundle, and the ciphertext that carries it.
    ///
    /// # Errors
    /// [`IdentityError::Key`] when the KEM key is not valid.
    pub fn encapsulate(&self, rng: &mut Rng) -> Result<Encapsulated, IdentityError> {
        self.encapsulate_by(&rng.secret())
    }

    fn encapsulate_by(
        &self,
        randomness: &Zeroizing<[u8; KEY_BYTES]>,
    ) -> Result<Encapsulated, IdentityError> {
        let key = parse_kem(&self.kem)?;
        let (ciphertext, secret) = mlkem768::encapsulate(&key, **randomness);
        Ok(Encapsulated {
            ciphertext: *ciphertext.as_slice(),
            secret: Zeroizing::new(secret),
        })
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle")
            .field("number", &self.number)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

/// A KEM secret and the ciphertext that carries it.
pub struct Encapsulated {
    /// For the owner of the key.
    pub ciphertext: [u8; KEM_CIPHERTEXT_BYTES],
    /// What both ends then share.
    pub secret: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for Encapsulated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Encapsulated(..)")
    }
}

/// A bundle as it travels, unverified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedBundle {
    #[cbor(n(0), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    signature: [u8; SIGNATURE_BYTES],
}

impl SignedBundle {
    /// Checks that `device` signed it with its key, and that the bundle's keys are fit for use.
    ///
    /// # Errors
    /// [`IdentityError`] when not.
    pub fn verify(&self, device: DeviceId, key: &SigningPublic) -> Result<Bundle, IdentityError> {
        key.verify(
            Domain::BundleSignature,
            &[device.as_bytes(), &self.payload],
            &self.signature,
        )?;
        let bundle: Bundle = wire::decode(&self.payload, CARD_BYTES_MAX)?;
        check_agreement(&bundle.agreement)?;
        parse_kem(&bundle.kem)?;
        Ok(bundle)
    }
}

/// The private half of a bundle.
#[derive(Clone, Encode, Decode)]
#[cbor(map)]
pub struct BundleSecret {
    #[n(0)]
    number: u64,
    #[cbor(n(1), with = "secret")]
    agreement: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(2), with = "secret")]
    seed: Zeroizing<[u8; KEM_SEED_BYTES]>,
    #[n(3)]
    expires: WallTime,
    /// What the seed comes to, once it was needed.
    #[cbor(skip)]
    kem: OnceLock<Box<KemPair>>,
}

/// The halves of an ML-KEM-768 key: the private one is erased when dropped.
#[derive(Clone)]
struct KemPair {
    private: Zeroizing<[u8; KEM_PRIVATE_BYTES]>,
    public: [u8; KEM_PUBLIC_BYTES],
}

impl KemPair {
    fn new(seed: [u8; KEM_SEED_BYTES]) -> Self {
        let pair = mlkem768::generate_key_pair(seed);
        Self {
            private: Zeroizing::new(*pair.sk()),
            public: *pair.pk(),
        }
    }
}

impl BundleSecret {
    /// A new bundle that is the newest until [`BUNDLE_LIFETIME`] from `now`.
    #[must_use]
    pub fn generate(number: u64, now: WallTime, rng: &mut Rng) -> Self {
        Self {
            number,
            agreement: rng.secret(),
            seed: rng.secret(),
            expires: now.after(BUNDLE_LIFETIME),
            kem: OnceLock::new(),
        }
    }

    /// Number of the bundle.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// The X25519 half.
    #[must_use]
    pub fn agreement(&self) -> AgreementSecret {
        AgreementSecret::from_bytes(&self.agreement)
    }

    /// The ML-KEM-768 encapsulation key.
    #[must_use]
    pub fn kem_public(&self) -> [u8; KEM_PUBLIC_BYTES] {
        self.kem().public
    }

    fn kem(&self) -> &KemPair {
        self.kem.get_or_init(|| Box::new(KemPair::new(*self.seed)))
    }

    /// The secret that `ciphertext` carries; for a wrong ciphertext one that nobody else has.
    #[must_use]
    pub fn decapsulate(
        &self,
        ciphertext: &[u8; KEM_CIPHERTEXT_BYTES],
    ) -> Zeroizing<[u8; KEY_BYTES]> {
        let (secret, _) = self.decapsulate_with_public(ciphertext);
        secret
    }

    /// The secret that `ciphertext` carries, with the ML-KEM-768 encapsulation key: both come of one seed.
    #[must_use]
    pub fn decapsulate_with_public(
        &self,
        ciphertext: &[u8; KEM_CIPHERTEXT_BYTES],
    ) -> (Zeroizing<[u8; KEY_BYTES]>, [u8; KEM_PUBLIC_BYTES]) {
        let pair = self.kem();
        let private = mlkem768::MlKem768PrivateKey::from(&*pair.private);
        let secret = mlkem768::decapsulate(&private, &ciphertext.into());
        (Zeroizing::new(secret), pair.public)
    }

    /// Whether it is time for the next bundle: at expiry, or when the clock has gone back so far
    /// that this one would be the newest for too long.
    #[must_use]
    pub fn is_due(&self, now: WallTime) -> bool {
        let is_due = now >= self.expires || self.expires > now.after(BUNDLE_LIFETIME);
        is_due && !self.was_set(now)
    }

    /// Whether the clock was set when it was made and is not now: that makes no bundle due.
    fn was_set(&self, now: WallTime) -> bool {
        self.expires >= CLOCKS_SET_SINCE && now < CLOCKS_SET_SINCE
    }

    /// Looks whether one that was replaced was made by a wrong clock, and has it go when others would. Returns
    /// whether anything changed.
    pub(super) fn correct(&mut self, now: WallTime) -> bool {
        let before = self.expires;
        if self.was_set(now) {
            return false;
        }
        let soon = now.after(BUNDLE_LIFETIME);
        if self.expires > soon {
            self.expires = soon;
        } else if self.expires < now {
            self.expires.begin_anew_if_wrong(now);
        }
        self.expires != before
    }

    /// Whether its offline window has ended.
    #[must_use]
    pub fn is_past_grace(&self, now: WallTime) -> bool {
        now >= self.expires.after(BUNDLE_GRACE)
    }

    /// Signs the public half as that of `device`, whose key this is.
    #[must_use]
    pub fn sign(&self, device: DeviceId, key: &SigningSecret) -> SignedBundle {
        let bundle = Bundle {
            number: self.number,
            agreement: self.agreement().public(),
            kem: self.kem_public().to_vec(),
            expires: self.expires,
        };
        let payload = wire::encode(&bundle);
        let signature = key.sign(Domain::BundleSignature, &[device.as_bytes(), &payload]);
        SignedBundle { payload, signature }
    }
}

impl fmt::Debug for BundleSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BundleSecret")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

fn parse_kem(bytes: &[u8]) -> Result<mlkem768::MlKem768PublicKey, IdentityError> {
    let key = mlkem768::MlKem768PublicKey::try_from(bytes).map_err(|_| IdentityError::Key)?;
    if mlkem768::validate_public_key(&key) {
        Ok(key)
    } else {
        Err(IdentityError::Key)
    }
}

#[cfg(test)]
mod published;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::keys::weak;

    fn secret() -> BundleSecret {
        BundleSecret::generate(1, WallTime::from_millis(0), &mut Rng::from_seed(&[5; 32]))
    }

    const DEVICE: DeviceId = DeviceId::new([4; 32]);

    fn key() -> SigningSecret {
        SigningSecret::from_bytes(&[6; 32])
    }

    fn verify(signed: &SignedBundle) -> Result<Bundle, IdentityError> {
        signed.verify(DEVICE, &key().public())
    }

    fn sign(bundle: &Bundle) -> SignedBundle {
        let payload = wire::encode(bundle);
        let signature = key().sign(Domain::BundleSignature, &[DEVICE.as_bytes(), &payload]);
        SignedBundle { payload, signature }
    }

    #[test]
    fn a_secret_encapsulated_to_a_verified_bundle_is_decapsulated_by_its_owner() {
        let bundle = verify(&secret().sign(DEVICE, &key())).unwrap();
        let sent = bundle.encapsulate(&mut Rng::from_seed(&[8; 32])).unwrap();
        assert_eq!(secret().decapsulate(&sent.ciphertext), sent.secret);
        let mut damaged = sent.ciphertext;
        damaged[0] ^= 1;
        assert_ne!(secret().decapsulate(&damaged), sent.secret);
    }

    #[test]
    fn the_private_half_survives_its_encoding() {
        let bytes = secret::encode_all(&secret(), 256);
        let decoded: BundleSecret = wire::decode(&bytes, 256).unwrap();
        assert_eq!(decoded.sign(DEVICE, &key()), secret().sign(DEVICE, &key()));
    }

    #[test]
    fn a_bundle_of_another_device_is_refused() {
        let signed = secret().sign(DEVICE, &key());
        let refused = Err(IdentityError::Signature(Domain::BundleSignature));
        let other = SigningSecret::from_bytes(&[7; 32]).public();
        assert_eq!(signed.verify(DEVICE, &other), refused);
        // With the same key, but another person's device.
        let other = DeviceId::new([5; 32]);
        assert_eq!(signed.verify(other, &key().public()), refused);
    }

    #[test]
    fn unusable_keys_are_refused() {
        let good = verify(&secret().sign(DEVICE, &key())).unwrap();
        for agreement in weak::agreement() {
            let signed = sign(&Bundle {
                agreement,
                ..good.clone()
            });
            assert_eq!(verify(&signed), Err(IdentityError::Key));
        }
        let coefficient_too_large = [0xff; KEM_PUBLIC_BYTES].to_vec();
        let too_short = good.kem[1..].to_vec();
        for kem in [coefficient_too_large, too_short, Vec::new()] {
            let signed = sign(&Bundle {
                kem,
                ..good.clone()
            });
            assert_eq!(verify(&signed), Err(IdentityError::Key));
        }
    }

    #[test]
    fn a_bundle_is_due_at_expiry_and_when_the_clock_went_back() {
        let start = WallTime::from_millis(1_000_000_000_000);
        let bundle = BundleSecret::generate(1, start, &mut Rng::from_seed(&[5; 32]));
        let just_before = start.after(BUNDLE_LIFETIME - Duration::from_millis(1));
        assert!(!bundle.is_due(start));
        assert!(!bundle.is_due(just_before));
        assert!(bundle.is_due(start.after(BUNDLE_LIFETIME)));
        assert!(bundle.is_due(WallTime::from_millis(0)));
    }
}
