//! Cards: what two devices show each other of themselves, inside pairing and sessions only.
//!
//! Invariants
//! - Name, transport id and addresses are the device's word: it signed all of the card.
//! - A card that holds may be passed on by others, so nobody can take from them what they need to check
//!   what a device signed.
//! - A [`VerifiedCard`] comes from [`Card::verify`] alone.

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use crate::domain::Domain;
use crate::id::{DeviceId, PersonId, TransportId};
use crate::identity::bundle::{Bundle, SignedBundle};
use crate::identity::certificate::{DeviceCertificate, SignedCertificate};
use crate::identity::epoch::{EpochStatement, RootPublic, SignedEpoch};
use crate::identity::keys::{SigningPublic, SigningSecret};
use crate::identity::{IdentityError, check_count, check_name};
use crate::wire;
use crate::wire::limits::{ADDRESS_BYTES_MAX, ADDRESSES_MAX, CARD_BYTES_MAX};

/// A device's claims about itself, unverified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Card {
    /// The person's name, as they chose it: untrusted text.
    #[n(0)]
    pub name: String,
    /// The person's newest epoch statement.
    #[n(1)]
    pub epoch: SignedEpoch,
    /// The device's certificate.
    #[n(2)]
    pub certificate: SignedCertificate,
    /// The device's newest bundle.
    #[n(3)]
    pub bundle: SignedBundle,
    /// The device's transport key.
    #[n(4)]
    pub transport: TransportId,
    /// Where the device may be reached, as multiaddr text.
    #[n(5)]
    pub addresses: Vec<String>,
    /// The device's signature of all the rest, so that others may pass the card on.
    #[n(6)]
    pub signature: Option<ByteArray<64>>,
    /// The transport key's signature of the same: without it a device could name another's.
    #[n(7)]
    pub transport_signature: Option<ByteArray<64>>,
}

impl Card {
    /// Encodes this card.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        wire::encode(self)
    }

    /// Decodes a card of at most [`CARD_BYTES_MAX`].
    ///
    /// # Errors
    /// [`IdentityError::Decode`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        Ok(wire::decode(bytes, CARD_BYTES_MAX)?)
    }

    /// The card with the signatures of its device and its transport key, by which others may pass
    /// it on.
    pub(super) fn signed(self, signing: &SigningSecret, transport: &SigningSecret) -> Self {
        let signed = self.signed_bytes();
        let by_transport = transport.sign(Domain::CardTransportSignature, &[&signed]);
        Self {
            signature: Some(signing.sign(Domain::CardSignature, &[&signed]).into()),
            transport_signature: Some(by_transport.into()),
            ..self
        }
    }

    /// What both keys sign: all fields but the two signatures.
    fn signed_bytes(&self) -> Vec<u8> {
        wire::encode(&Self {
            signature: None,
            transport_signature: None,
            ..self.clone()
        })
    }

    /// Checks every claim.
    ///
    /// # Errors
    /// [`IdentityError`] naming the first that does not hold.
    pub fn verify(&self) -> Result<VerifiedCard, IdentityError> {
        check_name(&self.name)?;
        check_count(self.addresses.len(), ADDRESSES_MAX)?;
        if let Some(long) = self
            .addresses
            .iter()
            .find(|text| text.len() > ADDRESS_BYTES_MAX)
        {
            return Err(IdentityError::Address { bytes: long.len() });
        }
        let transport = SigningPublic::parse(self.transport.as_bytes())?;
        let epoch = self.epoch.verify()?;
        let certificate = self.certificate.verify(&epoch)?;
        let signing = SigningPublic::parse(&certificate.signing)?;
        let device = certificate.device();
        let bundle = self.bundle.verify(device, &signing)?;
        let signed = self.signed_bytes();
        let by_both = [
            (signing, Domain::CardSignature, &self.signature),
            (
                transport,
                Domain::CardTransportSignature,
                &self.transport_signature,
            ),
        ];
        for (key, domain, signature) in by_both {
            let signature = signature.as_ref();
            let signature = signature.ok_or(IdentityError::Signature(domain))?;
            key.verify(domain, &[&signed], signature)?;
        }
        Ok(VerifiedCard {
            person: certificate.person,
            root: epoch.root,
            device,
            signing,
            certificate,
            bundle,
            epoch,
            name: self.name.clone(),
            transport: self.transport,
            addresses: self.addresses.clone(),
            _sealed: Sealed,
        })
    }
}

/// A device whose claims hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedCard {
    /// Whose device it is.
    pub person: PersonId,
    /// The person's root key.
    pub root: RootPublic,
    /// The device.
    pub device: DeviceId,
    /// The device's signing key, ready for use.
    pub signing: SigningPublic,
    /// The device's certificate.
    pub certificate: DeviceCertificate,
    /// The keys to seal to.
    pub bundle: Bundle,
    /// The person's epoch.
    pub epoch: EpochStatement,
    /// The person's name: untrusted text.
    pub name: String,
    /// The device's transport key.
    pub transport: TransportId,
    /// Where it may be reached: untrusted text.
    pub addresses: Vec<String>,
    _sealed: Sealed,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Sealed;

impl VerifiedCard {
    /// Which of the device's cards it is: later ones have higher versions.
    #[must_use]
    pub fn version(&self) -> u64 {
        version(self.epoch.epoch, self.bundle.number)
    }

    /// The words that this person's contacts compare, seen from this device alone.
    #[must_use]
    pub fn safety_words(&self) -> Vec<&'static str> {
        super::safety_words(&self.root, &[self.certificate.signing])
    }

    /// Checks a signature by this device.
    ///
    /// # Errors
    /// [`IdentityError::Signature`].
    pub fn check(
        &self,
        domain: Domain,
        fields: &[&[u8]],
        signature: &[u8; 64],
    ) -> Result<(), IdentityError> {
        self.signing.verify(domain, fields, signature)
    }
}

/// The version of a card of this epoch with a bundle of this number.
pub(super) fn version(epoch: u64, bundle: u64) -> u64 {
    (epoch << u32::BITS) | bundle.min(u32::MAX.into())
}

#[cfg(test)]
mod tests;
