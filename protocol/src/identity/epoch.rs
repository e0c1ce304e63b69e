//! Epochs: what a person's root key says about their management key and devices.
//!
//! Invariants
//! - A statement is signed by the root key together with that key; the highest epoch wins.
//! - The root key is never stored.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::domain::Domain;
use crate::id::{DeviceId, PersonId};
use crate::identity::keys::{KEY_BYTES, SIGNATURE_BYTES, SigningPublic, SigningSecret};
use crate::identity::words::RecoveryWords;
use crate::identity::{IdentityError, check_count};
use crate::wire;
use crate::wire::limits::{CARD_BYTES_MAX, DEVICES_MAX, EPOCH_MAX};

/// A person's root public key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct RootPublic(#[cbor(n(0), with = "minicbor::bytes")] [u8; KEY_BYTES]);

impl RootPublic {
    /// Wraps the encoded key.
    #[must_use]
    pub const fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(bytes)
    }

    /// The encoded key.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// The person whose root this is.
    #[must_use]
    pub fn person(&self) -> PersonId {
        PersonId::new(Domain::Person.hash(&[&self.0]))
    }
}

impl fmt::Debug for RootPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RootPublic({:?})", self.person())
    }
}

/// A person's root key, for as long as their recovery words are at hand.
#[derive(Debug)]
pub struct RootKey(SigningSecret);

impl RootKey {
    /// The root key that `words` stand for.
    #[must_use]
    pub fn from_words(words: &RecoveryWords) -> Self {
        let secret = Domain::RootKey.derive(&[words.entropy().as_ref()]);
        Self(SigningSecret::from_bytes(&secret))
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> RootPublic {
        RootPublic(*self.0.public().as_bytes())
    }

    /// States an epoch.
    #[must_use]
    pub fn state(
        &self,
        epoch: u64,
        management: &SigningPublic,
        kept: &[DeviceId],
        revoked: &[DeviceId],
    ) -> SignedEpoch {
        let payload = wire::encode(&Payload {
            epoch,
            management: *management.as_bytes(),
            kept: kept.to_vec(),
            revoked: revoked.to_vec(),
        });
        let root = self.public();
        let signature = self
            .0
            .sign(Domain::EpochSignature, &[root.as_bytes(), &payload]);
        SignedEpoch {
            root,
            payload,
            signature,
        }
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Payload {
    #[n(0)]
    epoch: u64,
    #[cbor(n(1), with = "minicbor::bytes")]
    management: [u8; KEY_BYTES],
    #[n(2)]
    kept: Vec<DeviceId>,
    #[n(3)]
    revoked: Vec<DeviceId>,
}

/// What a root key has said: verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EpochStatement {
    /// The key that said it.
    pub root: RootPublic,
    /// Number of this epoch; the highest wins.
    pub epoch: u64,
    /// The key that certifies devices within this epoch.
    pub management: [u8; KEY_BYTES],
    /// Devices of earlier epochs that stay.
    pub kept: Vec<DeviceId>,
    /// Devices that are the person's no longer.
    pub revoked: Vec<DeviceId>,
}

impl EpochStatement {
    /// Whether the person still calls a device theirs, which was certified in `certified`.
    #[must_use]
    pub fn keeps(&self, device: &DeviceId, certified: u64) -> bool {
        !self.revoked.contains(device) && (certified >= self.epoch || self.kept.contains(device))
    }

    /// Whether the same root key said something else for the same epoch: its words are in other
    /// hands, or it was used twice by mistake.
    #[must_use]
    pub fn contradicts(&self, other: &Self) -> bool {
        self.root == other.root && self.epoch == other.epoch && self != other
    }
}

/// A statement as it travels, unverified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedEpoch {
    #[n(0)]
    root: RootPublic,
    #[cbor(n(1), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    signature: [u8; SIGNATURE_BYTES],
}

impl SignedEpoch {
    /// Checks the signature, then the statement.
    ///
    /// # Errors
    /// [`IdentityError`] when the root did not sign it, it does not decode, its number is too high, it
    /// names too many devices, or its management key is unusable.
    pub fn verify(&self) -> Result<EpochStatement, IdentityError> {
        SigningPublic::parse(self.root.as_bytes())?.verify(
            Domain::EpochSignature,
            &[self.root.as_bytes(), &self.payload],
            &self.signature,
        )?;
        let payload: Payload = wire::decode(&self.payload, CARD_BYTES_MAX)?;
        if payload.epoch > EPOCH_MAX {
            return Err(IdentityError::EpochNumber);
        }
        check_count(payload.kept.len(), DEVICES_MAX)?;
        check_count(payload.revoked.len(), DEVICES_MAX)?;
        SigningPublic::parse(&payload.management)?;
        Ok(EpochStatement {
            root: self.root,
            epoch: payload.epoch,
            management: payload.management,
            kept: payload.kept,
            revoked: payload.revoked,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    fn root(seed: u8) -> RootKey {
        RootKey::from_words(&RecoveryWords::generate(&mut Rng::from_seed(&[seed; 32])))
    }

    fn device(number: usize) -> DeviceId {
        DeviceId::new([u8::try_from(number).unwrap(); 32])
    }

    #[test]
    fn the_same_words_give_the_same_root() {
        assert_eq!(root(1).public(), root(1).public());
        assert_ne!(root(1).public().person(), root(2).public().person());
    }

    #[test]
    fn an_epoch_has_a_number_up_to_the_highest_and_none_beyond() {
        let management = SigningSecret::from_bytes(&[3; 32]).public();
        let stated = |epoch| root(1).state(epoch, &management, &[], &[]).verify();
        assert_eq!(stated(EPOCH_MAX).unwrap().epoch, EPOCH_MAX);
        assert_eq!(stated(EPOCH_MAX + 1), Err(IdentityError::EpochNumber));
    }

    #[test]
    fn a_statement_verifies_as_it_was_stated() {
        let management = SigningSecret::from_bytes(&[3; 32]).public();
        let signed = root(1).state(4, &management, &[device(1)], &[device(2)]);
        let decoded: SignedEpoch = wire::decode(&wire::encode(&signed), CARD_BYTES_MAX).unwrap();
        let statement = decoded.verify().unwrap();
        assert_eq!(statement.root, root(1).public());
        assert_eq!(
            (statement.epoch, statement.management),
            (4, *management.as_bytes())
        );
        assert_eq!(
            (statement.kept, statement.revoked),
            (vec![device(1)], vec![device(2)])
        );
    }

    #[test]
    fn an_epoch_keeps_its_own_devices_and_those_it_names_but_none_it_revokes() {
        let management = SigningSecret::from_bytes(&[3; 32]).public();
        let (kept, revoked) = ([device(1), device(3)], [device(2), device(3)]);
        let statement = root(1).state(4, &management, &kept, &revoked);
        let statement = statement.verify().unwrap();
        assert!(statement.keeps(&device(1), 3));
        assert!(statement.keeps(&device(4), 4));
        assert!(!statement.keeps(&device(4), 3));
        assert!(!statement.keeps(&device(2), 4));
        assert!(!statement.keeps(&device(3), 4));
    }

    #[test]
    fn only_two_statements_of_one_root_for_one_epoch_contradict_each_other() {
        let management = SigningSecret::from_bytes(&[3; 32]).public();
        let state = |seed, epoch, kept: &[DeviceId]| {
            let signed = root(seed).state(epoch, &management, kept, &[]);
            signed.verify().unwrap()
        };
        let statement = state(1, 4, &[]);
        assert!(statement.contradicts(&state(1, 4, &[device(1)])));
        assert!(!statement.contradicts(&state(1, 4, &[])));
        assert!(!statement.contradicts(&state(1, 5, &[device(1)])));
        assert!(!statement.contradicts(&state(2, 4, &[device(1)])));
    }

    #[test]
    fn another_root_cannot_adopt_a_statement() {
        let management = SigningSecret::from_bytes(&[3; 32]).public();
        let mut signed = root(1).state(4, &management, &[], &[]);
        signed.root = root(2).public();
        assert_eq!(
            signed.verify(),
            Err(IdentityError::Signature(Domain::EpochSignature))
        );
    }

    #[test]
    fn the_maximum_of_devices_verifies_and_one_more_does_not() {
        let management = SigningSecret::from_bytes(&[3; 32]).public();
        let devices: Vec<_> = (0..=DEVICES_MAX).map(device).collect();
        let full = &devices[..DEVICES_MAX];
        assert!(root(1).state(1, &management, full, full).verify().is_ok());
        let too_many = IdentityError::TooMany {
            entries: DEVICES_MAX + 1,
            entries_max: DEVICES_MAX,
        };
        assert_eq!(
            root(1).state(1, &management, &devices, &[]).verify(),
            Err(too_many.clone())
        );
        assert_eq!(
            root(1).state(1, &management, &[], &devices).verify(),
            Err(too_many.clone())
        );
    }

    #[test]
    fn a_management_key_of_small_order_is_refused() {
        let payload = wire::encode(&Payload {
            epoch: 1,
            management: [0; 32],
            kept: Vec::new(),
            revoked: Vec::new(),
        });
        let root = root(1);
        let signature = root.0.sign(
            Domain::EpochSignature,
            &[root.public().as_bytes(), &payload],
        );
        let signed = SignedEpoch {
            root: root.public(),
            payload,
            signature,
        };
        assert_eq!(signed.verify(), Err(IdentityError::Key));
    }
}
