//! Keys: Ed25519 for signing, X25519 for agreement, each checked once when it is parsed.
//!
//! Invariants
//! - A [`SigningPublic`] is a canonical encoding of a point that is not of small order.
//! - Secrets are erased on drop and never printed.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use ed25519_dalek::{Signature, SignatureError, Signer as _, SigningKey, VerifyingKey};
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::id::TransportId;
use crate::identity::IdentityError;
use crate::rng::Rng;

/// Number of bytes of a public or a secret key of either kind.
pub const KEY_BYTES: usize = 32;
/// Number of bytes of a signature.
pub const SIGNATURE_BYTES: usize = 64;

/// Checks `signature` by the key `public` over `fields` under `domain`. Parse a [`SigningPublic`]
/// instead where one key checks many signatures.
///
/// # Errors
/// [`IdentityError::Key`] or [`IdentityError::Signature`].
pub fn verify(
    domain: Domain,
    fields: &[&[u8]],
    public: &[u8; KEY_BYTES],
    signature: &[u8; SIGNATURE_BYTES],
) -> Result<(), IdentityError> {
    SigningPublic::parse(public)?.verify(domain, fields, signature)
}

/// An Ed25519 public key that is fit for use.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SigningPublic(VerifyingKey);

impl SigningPublic {
    /// Decodes and checks a public key.
    ///
    /// # Errors
    /// [`IdentityError::Key`] when it is no point, not canonically encoded, or of small order.
    pub fn parse(bytes: &[u8; KEY_BYTES]) -> Result<Self, IdentityError> {
        let key = VerifyingKey::from_bytes(bytes).map_err(|_| IdentityError::Key)?;
        let canonical = key.to_edwards().compress().as_bytes() == bytes;
        if canonical && !key.is_weak() {
            Ok(Self(key))
        } else {
            Err(IdentityError::Key)
        }
    }

    /// The encoded key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        self.0.as_bytes()
    }

    /// Checks a signature over `fields` under `domain`, strictly (RFC 8032 without malleability).
    ///
    /// # Errors
    /// [`IdentityError::Signature`].
    pub fn verify(
        &self,
        domain: Domain,
        fields: &[&[u8]],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Result<(), IdentityError> {
        self.check(&domain.signing_input(fields), signature)
            .map_err(|_| IdentityError::Signature(domain))
    }

    /// Checks a signature over a message as it is. Everywhere but in published vectors it is a hash under
    /// a domain.
    fn check(
        &self,
        message: &[u8],
        signature: &[u8; SIGNATURE_BYTES],
    ) -> Result<(), SignatureError> {
        #[cfg(test)]
        effort::signature();
        self.0
            .verify_strict(message, &Signature::from_bytes(signature))
    }
}

impl fmt::Debug for SigningPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = BASE32_NOPAD.encode(self.as_bytes()).to_ascii_lowercase();
        write!(f, "SigningPublic({}..)", text.get(..8).unwrap_or(&text))
    }
}

/// An Ed25519 secret key.
pub struct SigningSecret(SigningKey);

impl SigningSecret {
    /// A new key.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self::from_bytes(&rng.secret())
    }

    /// The key with these secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; KEY_BYTES]) -> Self {
        Self(SigningKey::from_bytes(secret))
    }

    /// The secret bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        self.0.as_bytes()
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> SigningPublic {
        SigningPublic(self.0.verifying_key())
    }

    /// The transport id, where this is a transport key.
    #[must_use]
    pub fn transport(&self) -> TransportId {
        TransportId::new(*self.public().as_bytes())
    }

    /// Signs `fields` under `domain`.
    #[must_use]
    pub fn sign(&self, domain: Domain, fields: &[&[u8]]) -> [u8; SIGNATURE_BYTES] {
        self.0.sign(&domain.signing_input(fields)).to_bytes()
    }
}

impl fmt::Debug for SigningSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningSecret(..)")
    }
}

/// An X25519 secret key, with its public half.
#[derive(Clone)]
pub struct AgreementSecret {
    secret: StaticSecret,
    public: [u8; KEY_BYTES],
}

impl AgreementSecret {
    /// A new key.
    #[must_use]
    pub fn generate(rng: &mut Rng) -> Self {
        Self::from_bytes(&rng.secret())
    }

    /// The key with these secret bytes.
    #[must_use]
    pub fn from_bytes(secret: &[u8; KEY_BYTES]) -> Self {
        let secret = StaticSecret::from(*secret);
        let public = PublicKey::from(&secret).to_bytes();
        Self { secret, public }
    }

    /// The secret bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        self.secret.as_bytes()
    }

    /// Its public half.
    #[must_use]
    pub const fn public(&self) -> [u8; KEY_BYTES] {
        self.public
    }

    /// Its public half.
    pub(crate) const fn as_public(&self) -> &[u8; KEY_BYTES] {
        &self.public
    }

    /// The secret shared with the owner of `public`, or `None` where that key adds nothing to it
    /// (RFC 7748, section 6.1).
    #[must_use]
    pub fn agree(&self, public: &[u8; KEY_BYTES]) -> Option<Zeroizing<[u8; KEY_BYTES]>> {
        #[cfg(test)]
        effort::agreement();
        let shared = self.secret.diffie_hellman(&PublicKey::from(*public));
        shared
            .was_contributory()
            .then(|| Zeroizing::new(shared.to_bytes()))
    }
}

impl fmt::Debug for AgreementSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AgreementSecret(..)")
    }
}

/// Checks that an X25519 public key is not of small order.
///
/// # Errors
/// [`IdentityError::Key`].
pub fn check_agreement(public: &[u8; KEY_BYTES]) -> Result<(), IdentityError> {
    // Any clamped scalar sends exactly the points of small order to zero.
    match AgreementSecret::from_bytes(&[1; KEY_BYTES]).agree(public) {
        Some(_) => Ok(()),
        None => Err(IdentityError::Key),
    }
}

/// Encodings of small order, for tests throughout the crate.
#[cfg(test)]
pub(crate) mod weak {
    /// X25519: zero, one, the two of order eight, and their aliases around the prime.
    pub(crate) fn agreement() -> Vec<[u8; 32]> {
        let mut one = [0; 32];
        one[0] = 1;
        let around_prime = |low: u8| {
            let mut bytes = [0xff; 32];
            (bytes[0], bytes[31]) = (low, 0x7f);
            bytes
        };
        let order_eight = [
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
        ];
        let mut keys = vec![[0; 32], one];
        keys.extend([0xec, 0xed, 0xee].map(around_prime));
        for text in order_eight {
            let bytes = data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap();
            keys.push(bytes.try_into().unwrap());
        }
        keys
    }

    /// Ed25519: all zeros (order four), the identity, and the point of order two.
    pub(crate) fn signing() -> Vec<[u8; 32]> {
        let mut identity = [0; 32];
        identity[0] = 1;
        let mut order_two = [0xff; 32];
        (order_two[0], order_two[31]) = (0xec, 0x7f);
        vec![[0; 32], identity, order_two]
    }
}

#[cfg(test)]
pub(crate) mod effort;
#[cfg(test)]
mod published;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_signature_holds_for_its_key_domain_and_fields_alone(seed: [u8; 32], flip in 0..64_usize) {
            let secret = SigningSecret::from_bytes(&seed);
            let public = secret.public();
            let signature = secret.sign(Domain::SealSignature, &[b"a", b"b"]);
            prop_assert_eq!(public.verify(Domain::SealSignature, &[b"a", b"b"], &signature), Ok(()));
            prop_assert!(public.verify(Domain::SealSignature, &[b"ab"], &signature).is_err());
            prop_assert!(public.verify(Domain::BundleSignature, &[b"a", b"b"], &signature).is_err());
            let other = SigningSecret::generate(&mut Rng::from_seed(&seed)).public();
            prop_assert!(other.verify(Domain::SealSignature, &[b"a", b"b"], &signature).is_err());
            let mut damaged = signature;
            damaged[flip] ^= 1;
            prop_assert!(public.verify(Domain::SealSignature, &[b"a", b"b"], &damaged).is_err());
        }

        #[test]
        fn any_bytes_parse_or_err(bytes: [u8; 32], signature: [u8; 32]) {
            let mut whole = [0; 64];
            whole[..32].copy_from_slice(&signature);
            let _ = verify(Domain::SealSignature, &[], &bytes, &whole);
            let _ = check_agreement(&bytes);
        }
    }

    #[test]
    fn signing_keys_of_small_order_or_foreign_encoding_are_refused() {
        for key in weak::signing() {
            assert_eq!(
                SigningPublic::parse(&key),
                Err(IdentityError::Key),
                "{key:?}"
            );
        }
        let mut y_is_prime_plus_three = [0xff; 32];
        (y_is_prime_plus_three[0], y_is_prime_plus_three[31]) = (0xf0, 0x7f);
        assert!(VerifyingKey::from_bytes(&y_is_prime_plus_three).is_ok());
        assert_eq!(
            SigningPublic::parse(&y_is_prime_plus_three),
            Err(IdentityError::Key)
        );
    }

    #[test]
    fn agreement_keys_of_small_order_are_refused() {
        let own = AgreementSecret::from_bytes(&[9; 32]);
        for mut key in weak::agreement() {
            assert_eq!(check_agreement(&key), Err(IdentityError::Key), "{key:?}");
            assert!(own.agree(&key).is_none());
            key[31] |= 0x80;
            assert_eq!(check_agreement(&key), Err(IdentityError::Key), "{key:?}");
        }
        assert_eq!(check_agreement(&own.public()), Ok(()));
    }

    #[test]
    fn secrets_are_not_printed() {
        assert_eq!(
            format!("{:?}", SigningSecret::from_bytes(&[7; 32])),
            "SigningSecret(..)"
        );
        assert_eq!(
            format!("{:?}", AgreementSecret::from_bytes(&[7; 32])),
            "AgreementSecret(..)"
        );
    }
}
