//! Certificates: which device is whose, by the person's management key and the device itself.
//!
//! Invariants
//! - Both signatures are over the same bytes, kept as received.
//! - A certificate counts only beside the epoch statement whose management key signed it.
//! - Of the device id it follows whose the device is: another person's certificate over the same key is
//!   of another device.

use minicbor::{Decode, Encode};

use crate::domain::Domain;
use crate::id::{DeviceId, PersonId};
use crate::identity::epoch::EpochStatement;
use crate::identity::keys::{
    KEY_BYTES, SIGNATURE_BYTES, SigningPublic, SigningSecret, check_agreement,
};
use crate::identity::{IdentityError, check_name};
use crate::wire;
use crate::wire::limits::CARD_BYTES_MAX;

/// What makes a device a person's.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceCertificate {
    /// Whose device it is.
    #[n(0)]
    pub person: PersonId,
    /// Epoch in which it was certified.
    #[n(1)]
    pub epoch: u64,
    /// The device's Ed25519 key.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub signing: [u8; KEY_BYTES],
    /// The device's X25519 static key.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub agreement: [u8; KEY_BYTES],
    /// The device's name, as its person chose it: untrusted text.
    #[n(4)]
    pub name: String,
    /// Which of the person's devices it is, counted from 1.
    #[n(5)]
    pub number: u64,
}

impl DeviceCertificate {
    /// The device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        DeviceId::of(self.person, &self.signing)
    }

    /// Signs this certificate with both keys that must.
    #[must_use]
    pub fn sign(&self, management: &SigningSecret, device: &SigningSecret) -> SignedCertificate {
        let payload = wire::encode(self);
        SignedCertificate {
            signature: management.sign(Domain::CertificateSignature, &[&payload]),
            counter_signature: device.sign(Domain::CertificateCounterSignature, &[&payload]),
            payload,
        }
    }
}

/// A certificate as it travels, unverified.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedCertificate {
    #[cbor(n(0), with = "minicbor::bytes")]
    payload: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    signature: [u8; SIGNATURE_BYTES],
    #[cbor(n(2), with = "minicbor::bytes")]
    counter_signature: [u8; SIGNATURE_BYTES],
}

impl SignedCertificate {
    /// Checks both signatures and that the device belongs to `statement`'s person and epoch.
    ///
    /// # Errors
    /// [`IdentityError`] when it does not.
    pub fn verify(&self, statement: &EpochStatement) -> Result<DeviceCertificate, IdentityError> {
        SigningPublic::parse(&statement.management)?.verify(
            Domain::CertificateSignature,
            &[&self.payload],
            &self.signature,
        )?;
        let certificate: DeviceCertificate = wire::decode(&self.payload, CARD_BYTES_MAX)?;
        SigningPublic::parse(&certificate.signing)?.verify(
            Domain::CertificateCounterSignature,
            &[&self.payload],
            &self.counter_signature,
        )?;
        check_agreement(&certificate.agreement)?;
        check_name(&certificate.name)?;
        if certificate.person != statement.root.person() {
            return Err(IdentityError::Person);
        }
        if certificate.epoch != statement.epoch {
            return Err(IdentityError::Epoch {
                certificate: certificate.epoch,
                statement: statement.epoch,
            });
        }
        if statement.revoked.contains(&certificate.device()) {
            return Err(IdentityError::Revoked);
        }
        Ok(certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::epoch::RootKey;
    use crate::identity::keys::{AgreementSecret, weak};
    use crate::identity::words::RecoveryWords;

    struct Person {
        root: RootKey,
        management: SigningSecret,
        device: SigningSecret,
        certificate: DeviceCertificate,
    }

    fn person() -> Person {
        let root = RootKey::from_words(&RecoveryWords::from_entropy(&[1; 32]));
        let device = SigningSecret::from_bytes(&[3; 32]);
        let certificate = DeviceCertificate {
            person: root.public().person(),
            epoch: 1,
            signing: *device.public().as_bytes(),
            agreement: AgreementSecret::from_bytes(&[4; 32]).public(),
            name: "laptop".into(),
            number: 1,
        };
        Person {
            root,
            management: SigningSecret::from_bytes(&[2; 32]),
            device,
            certificate,
        }
    }

    impl Person {
        fn statement(&self, epoch: u64, revoked: &[DeviceId]) -> EpochStatement {
            self.root
                .state(epoch, &self.management.public(), &[], revoked)
                .verify()
                .unwrap()
        }

        fn outcome(&self) -> Result<DeviceCertificate, IdentityError> {
            self.certificate
                .sign(&self.management, &self.device)
                .verify(&self.statement(1, &[]))
        }
    }

    #[test]
    fn a_certificate_verifies_beside_its_statement() {
        let person = person();
        assert_eq!(person.outcome(), Ok(person.certificate.clone()));
    }

    #[test]
    fn a_certificate_of_another_epoch_is_refused() {
        let person = person();
        let signed = person.certificate.sign(&person.management, &person.device);
        assert_eq!(
            signed.verify(&person.statement(2, &[])),
            Err(IdentityError::Epoch {
                certificate: 1,
                statement: 2
            })
        );
    }

    #[test]
    fn a_revoked_device_is_refused() {
        let person = person();
        let signed = person.certificate.sign(&person.management, &person.device);
        let statement = person.statement(1, &[person.certificate.device()]);
        assert_eq!(signed.verify(&statement), Err(IdentityError::Revoked));
    }

    #[test]
    fn a_certificate_for_another_person_is_refused() {
        let mut person = person();
        person.certificate.person = PersonId::new([9; 32]);
        assert_eq!(person.outcome(), Err(IdentityError::Person));
    }

    #[test]
    fn both_signatures_must_be_by_the_right_key() {
        let person = person();
        let statement = person.statement(1, &[]);
        let by_device_alone = person.certificate.sign(&person.device, &person.device);
        assert_eq!(
            by_device_alone.verify(&statement),
            Err(IdentityError::Signature(Domain::CertificateSignature))
        );
        let by_management_alone = person
            .certificate
            .sign(&person.management, &person.management);
        assert_eq!(
            by_management_alone.verify(&statement),
            Err(IdentityError::Signature(
                Domain::CertificateCounterSignature
            ))
        );
    }

    #[test]
    fn a_key_that_two_people_certify_is_a_device_of_each() {
        let person = person();
        let mut other = person.certificate.clone();
        other.person = PersonId::new([9; 32]);
        assert_ne!(other.device(), person.certificate.device());
        assert_eq!(
            person.certificate.device(),
            DeviceId::of(person.certificate.person, &person.certificate.signing)
        );
    }

    #[test]
    fn keys_of_small_order_are_refused() {
        for key in weak::signing() {
            let mut person = person();
            person.certificate.signing = key;
            assert_eq!(person.outcome(), Err(IdentityError::Key));
        }
        for key in weak::agreement() {
            let mut person = person();
            person.certificate.agreement = key;
            assert_eq!(person.outcome(), Err(IdentityError::Key));
        }
    }
}
