//! The own identity: everything secret that makes this device this person's.
//!
//! Invariants
//! - Its parts belong together: decoding checks what a peer would check.
//! - There is always a newest bundle; private halves of older ones stay for their offline window.
//! - There is one transport key at a time; another takes its place at a start alone.
//! - It is erased on drop and never printed.

mod rotating;

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::id::{DeviceId, PersonId, TransportId};
use crate::identity::bundle::{BundleSecret, SignedBundle};
use crate::identity::card::Card;
use crate::identity::certificate::{DeviceCertificate, SignedCertificate};
use crate::identity::epoch::{RootKey, RootPublic, SignedEpoch};
use crate::identity::keys::{
    AgreementSecret, KEY_BYTES, SIGNATURE_BYTES, SigningPublic, SigningSecret,
};
use crate::identity::words::{RecoveryWords, safety_words};
use crate::identity::{IdentityError, check_chosen_name, check_name, secret};
use crate::rng::Rng;
use crate::time::WallTime;
use crate::wire;
use rotating::{NextTransport, Rotation};

/// Largest encoding of an own identity.
pub const OWN_IDENTITY_BYTES_MAX: usize = 16 * 1024;
/// Most bundles whose private halves are kept; one a week for the whole offline window is seven.
pub const BUNDLES_MAX: usize = 16;
const FIRST: u64 = 1;

/// This device's keys, and what its person says of it.
pub struct OwnIdentity {
    name: String,
    epoch: SignedEpoch,
    certificate: DeviceCertificate,
    signed_certificate: SignedCertificate,
    root: RootPublic,
    management: SigningSecret,
    signing: SigningSecret,
    agreement: AgreementSecret,
    transport: SigningSecret,
    bundle: BundleSecret,
    signed_bundle: SignedBundle,
    past: Vec<BundleSecret>,
    next_transport: Option<NextTransport>,
    rotation: Option<Rotation>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Stored {
    #[n(0)]
    name: String,
    #[n(1)]
    epoch: SignedEpoch,
    #[n(2)]
    certificate: SignedCertificate,
    #[cbor(n(3), with = "secret")]
    management: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(4), with = "secret")]
    signing: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(5), with = "secret")]
    agreement: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(6), with = "secret")]
    transport: Zeroizing<[u8; KEY_BYTES]>,
    #[n(7)]
    bundle: BundleSecret,
    #[n(8)]
    past: Vec<BundleSecret>,
    #[n(9)]
    next_transport: Option<NextTransport>,
    #[n(10)]
    rotation: Option<Rotation>,
}

impl OwnIdentity {
    /// Makes a new person with this device as their first. The words are the person's to keep:
    /// nothing here holds them.
    ///
    /// # Errors
    /// [`IdentityError::Name`] when a name is empty, too long or not one line.
    pub fn create(
        name: &str,
        device_name: &str,
        now: WallTime,
        rng: &mut Rng,
    ) -> Result<(Self, RecoveryWords), IdentityError> {
        check_chosen_name(name)?;
        check_chosen_name(device_name)?;
        let words = RecoveryWords::generate(rng);
        let root_key = RootKey::from_words(&words);
        let management = SigningSecret::generate(rng);
        let epoch = root_key.state(FIRST, &management.public(), &[], &[]);
        let own = Self::assemble(name, device_name, epoch, FIRST, management, now, rng)?;
        Ok((own, words))
    }

    /// Makes this device's keys and has the management key of the epoch certify them.
    pub(crate) fn assemble(
        name: &str,
        device_name: &str,
        epoch: SignedEpoch,
        number: u64,
        management: SigningSecret,
        now: WallTime,
        rng: &mut Rng,
    ) -> Result<Self, IdentityError> {
        let statement = epoch.verify()?;
        let signing = SigningSecret::generate(rng);
        let agreement = AgreementSecret::generate(rng);
        let certificate = DeviceCertificate {
            person: statement.root.person(),
            epoch: statement.epoch,
            signing: *signing.public().as_bytes(),
            agreement: agreement.public(),
            name: device_name.trim().to_owned(),
            number,
        };
        let bundle = BundleSecret::generate(FIRST, now, rng);
        Ok(Self {
            name: name.trim().to_owned(),
            epoch,
            signed_certificate: certificate.sign(&management, &signing),
            root: statement.root,
            signed_bundle: bundle.sign(certificate.device(), &signing),
            certificate,
            bundle,
            past: Vec::new(),
            transport: SigningSecret::generate(rng),
            next_transport: None,
            rotation: None,
            management,
            signing,
            agreement,
        })
    }

    /// Encodes everything, for the store alone.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let stored = Stored {
            name: self.name.clone(),
            epoch: self.epoch.clone(),
            certificate: self.signed_certificate.clone(),
            management: Zeroizing::new(*self.management.as_bytes()),
            signing: Zeroizing::new(*self.signing.as_bytes()),
            agreement: Zeroizing::new(*self.agreement.as_bytes()),
            transport: Zeroizing::new(*self.transport.as_bytes()),
            bundle: self.bundle.clone(),
            past: self.past.clone(),
            next_transport: self.next_transport.clone(),
            rotation: self.rotation,
        };
        secret::encode_all(&stored, OWN_IDENTITY_BYTES_MAX)
    }

    /// Decodes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`IdentityError::Damaged`] when the parts do not belong together, or the reason why one of
    /// them does not hold.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, IdentityError> {
        let stored: Stored = wire::decode(bytes, OWN_IDENTITY_BYTES_MAX)?;
        check_name(&stored.name)?;
        let epoch = stored.epoch.verify()?;
        let certificate = stored.certificate.verify(&epoch)?;
        let signing = SigningSecret::from_bytes(&stored.signing);
        let management = SigningSecret::from_bytes(&stored.management);
        let agreement = AgreementSecret::from_bytes(&stored.agreement);
        let consistent = certificate.signing == *signing.public().as_bytes()
            && certificate.agreement == agreement.public()
            && epoch.management == *management.public().as_bytes()
            && stored.past.len() < BUNDLES_MAX;
        if !consistent {
            return Err(IdentityError::Damaged);
        }
        Ok(Self {
            name: stored.name,
            epoch: stored.epoch,
            signed_certificate: stored.certificate,
            root: epoch.root,
            signed_bundle: stored.bundle.sign(certificate.device(), &signing),
            certificate,
            bundle: stored.bundle,
            past: stored.past,
            next_transport: stored.next_transport,
            rotation: stored.rotation,
            transport: SigningSecret::from_bytes(&stored.transport),
            management,
            signing,
            agreement,
        })
    }

    /// What this device shows another, with where it may now be reached.
    #[must_use]
    pub fn card(&self, addresses: Vec<String>) -> Card {
        let card = Card {
            name: self.name.clone(),
            epoch: self.epoch.clone(),
            certificate: self.signed_certificate.clone(),
            bundle: self.signed_bundle.clone(),
            transport: self.transport(),
            addresses,
            signature: None,
            transport_signature: None,
        };
        card.signed(&self.signing, &self.transport)
    }

    /// This person.
    #[must_use]
    pub fn person(&self) -> PersonId {
        self.certificate.person
    }

    /// This person's root key.
    #[must_use]
    pub fn root(&self) -> RootPublic {
        self.root
    }

    /// This device.
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.certificate.device()
    }

    /// This device's certificate.
    #[must_use]
    pub fn certificate(&self) -> &DeviceCertificate {
        &self.certificate
    }

    /// The person's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// This device's transport id.
    #[must_use]
    pub fn transport(&self) -> TransportId {
        self.transport.transport()
    }

    /// The Ed25519 secret of the transport key, for the network alone.
    #[must_use]
    pub fn transport_secret(&self) -> Zeroizing<[u8; KEY_BYTES]> {
        Zeroizing::new(*self.transport.as_bytes())
    }

    /// This device's X25519 static key.
    #[must_use]
    pub fn agreement(&self) -> &AgreementSecret {
        &self.agreement
    }

    /// The public half of the device key.
    #[must_use]
    pub fn signing(&self) -> SigningPublic {
        self.signing.public()
    }

    /// The words by which others know this person with this device alone.
    #[must_use]
    pub fn safety_words(&self) -> Vec<&'static str> {
        safety_words(&self.root, &[self.certificate.signing])
    }

    /// Signs `fields` under `domain` with the device key.
    #[must_use]
    pub fn sign(&self, domain: Domain, fields: &[&[u8]]) -> [u8; SIGNATURE_BYTES] {
        self.signing.sign(domain, fields)
    }

    /// Number of the newest bundle.
    #[must_use]
    pub fn newest_bundle(&self) -> u64 {
        self.bundle.number()
    }

    /// The version of the card that this device shows.
    #[must_use]
    pub fn version(&self) -> u64 {
        super::card::version(self.certificate.epoch, self.bundle.number())
    }

    /// The private half of the bundle with this number, while it is kept.
    #[must_use]
    pub fn bundle(&self, number: u64) -> Option<&BundleSecret> {
        std::iter::once(&self.bundle)
            .chain(&self.past)
            .find(|bundle| bundle.number() == number)
    }

    /// Makes the next bundle when its week is over, and erases those whose offline window has
    /// ended, the last one too after a long pause. Returns whether anything changed, so that the caller
    /// stores it.
    pub fn rotate_bundle_if_due(&mut self, now: WallTime, rng: &mut Rng) -> bool {
        let is_due = self.bundle.is_due(now);
        if is_due {
            self.renew_bundle(now, rng);
        }
        self.erase_past(now) || is_due
    }

    /// Erases the private halves whose time is over. Returns whether anything changed.
    fn erase_past(&mut self, now: WallTime) -> bool {
        let before = self.past.len();
        let mut is_corrected = false;
        for past in &mut self.past {
            is_corrected |= past.correct(now);
        }
        self.past.retain(|bundle| !bundle.is_past_grace(now));
        // Only a clock that jumps makes so many; the oldest go first.
        let excess = self.past.len().saturating_sub(BUNDLES_MAX - 1);
        self.past.drain(..excess);
        is_corrected || self.past.len() != before
    }

    /// Makes the next bundle.
    fn renew_bundle(&mut self, now: WallTime, rng: &mut Rng) {
        let next = BundleSecret::generate(self.bundle.number().saturating_add(1), now, rng);
        self.signed_bundle = next.sign(self.device(), &self.signing);
        self.past.push(std::mem::replace(&mut self.bundle, next));
    }
}

#[cfg(test)]
impl OwnIdentity {
    /// The same device, as that management key of that epoch certifies it.
    pub(crate) fn certified_by(&self, epoch: SignedEpoch, management: &SigningSecret) -> Self {
        let statement = epoch.verify().unwrap();
        let mut own = Self::from_bytes(&self.to_bytes()).unwrap();
        own.certificate.person = statement.root.person();
        own.certificate.epoch = statement.epoch;
        own.certificate.number += 1;
        own.signed_certificate = own.certificate.sign(management, &own.signing);
        own.signed_bundle = own.bundle.sign(own.certificate.device(), &own.signing);
        own.root = statement.root;
        own.epoch = epoch;
        own
    }

    /// Another device of the same person, in the same epoch.
    pub(crate) fn another_device(&self, seed: u8) -> Self {
        let management = SigningSecret::from_bytes(self.management.as_bytes());
        let (epoch, number) = (self.epoch.clone(), self.certificate.number + 1);
        let (now, mut rng) = (WallTime::from_millis(0), Rng::from_seed(&[seed; 32]));
        Self::assemble(
            &self.name, "tablet", epoch, number, management, now, &mut rng,
        )
        .unwrap()
    }

    /// One that signs as this device and says that it is another.
    pub(crate) fn posing_as(&self, other: &Self) -> Self {
        let mut own = Self::from_bytes(&self.to_bytes()).unwrap();
        own.certificate = other.certificate.clone();
        own
    }

    /// The same device with another's transport key.
    pub(crate) fn sharing_transport(&self, other: &Self) -> Self {
        let mut own = Self::from_bytes(&self.to_bytes()).unwrap();
        own.transport = SigningSecret::from_bytes(other.transport.as_bytes());
        own
    }

    /// The device's card with a transport id that is another's, signed by the keys that it has.
    pub(crate) fn card_at(&self, transport: TransportId) -> Card {
        let card = Card {
            transport,
            ..self.card(Vec::new())
        };
        card.signed(&self.signing, &self.transport)
    }

    /// A further device of this person, with the keys of another's.
    pub(crate) fn adopting(&self, other: &Self) -> Self {
        let mut own = Self::from_bytes(&self.to_bytes()).unwrap();
        own.signing = SigningSecret::from_bytes(other.signing.as_bytes());
        own.agreement = AgreementSecret::from_bytes(other.agreement.as_bytes());
        own.transport = SigningSecret::from_bytes(other.transport.as_bytes());
        own.certificate.signing = *own.signing.public().as_bytes();
        own.certificate.agreement = own.agreement.public();
        own.certificate.number += 1;
        own.signed_certificate = own.certificate.sign(&own.management, &own.signing);
        own.signed_bundle = own.bundle.sign(own.certificate.device(), &own.signing);
        own
    }

    /// The same device with a certificate over a static key that is another's.
    pub(crate) fn claiming(&self, agreement: [u8; KEY_BYTES]) -> Self {
        let mut own = Self::from_bytes(&self.to_bytes()).unwrap();
        own.certificate.agreement = agreement;
        own.signed_certificate = own.certificate.sign(&own.management, &own.signing);
        own
    }
}

impl fmt::Debug for OwnIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnIdentity")
            .field("person", &self.person())
            .field("device", &self.device())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::identity::bundle::{BUNDLE_GRACE, BUNDLE_LIFETIME};
    use crate::wire::limits::NAME_CHARACTERS_MAX;

    const START: WallTime = WallTime::from_millis(1_700_000_000_000);

    fn own() -> (OwnIdentity, RecoveryWords) {
        OwnIdentity::create(" Ann ", "laptop", START, &mut Rng::from_seed(&[1; 32])).unwrap()
    }

    #[test]
    fn a_new_person_is_the_one_their_words_stand_for() {
        let (own, words) = own();
        assert_eq!(RootKey::from_words(&words).public().person(), own.person());
        assert_eq!(own.name(), "Ann");
        assert!(own.card(Vec::new()).verify().is_ok());
    }

    #[test]
    fn the_identity_survives_its_encoding() {
        let (mut own, _) = own();
        own.rotate_bundle_if_due(START.after(BUNDLE_LIFETIME), &mut Rng::from_seed(&[2; 32]));
        let read = OwnIdentity::from_bytes(&own.to_bytes()).unwrap();
        assert_eq!(read.card(Vec::new()), own.card(Vec::new()));
        assert_eq!(read.to_bytes(), own.to_bytes());
        assert_eq!(
            read.sign(Domain::Purge, &[b"x"]),
            own.sign(Domain::Purge, &[b"x"])
        );
        assert_eq!(read.transport_secret(), own.transport_secret());
    }

    #[test]
    fn parts_of_two_identities_are_refused() {
        let (ann, _) = own();
        let mut rng = Rng::from_seed(&[9; 32]);
        let (ben, _) = OwnIdentity::create("Ben", "phone", START, &mut rng).unwrap();
        let mixed = OwnIdentity {
            signing: ben.signing,
            ..ann
        };
        let read = OwnIdentity::from_bytes(&mixed.to_bytes());
        assert!(matches!(read, Err(IdentityError::Damaged)));
    }

    #[test]
    fn a_stored_identity_whose_name_no_peer_would_take_is_refused() {
        for (name, is_read) in [("Ann", true), (" ", false), ("", false)] {
            let own = OwnIdentity {
                name: name.to_owned(),
                ..own().0
            };
            assert_eq!(own.card(Vec::new()).verify().is_ok(), is_read, "{name:?}");
            let read = OwnIdentity::from_bytes(&own.to_bytes());
            assert_eq!(read.is_ok(), is_read, "{name:?}");
        }
    }

    #[test]
    fn damaged_bytes_are_refused_without_panic() {
        let bytes = own().0.to_bytes();
        assert!(OwnIdentity::from_bytes(&bytes[..bytes.len() - 1]).is_err());
        assert!(OwnIdentity::from_bytes(&[]).is_err());
    }

    #[test]
    fn an_identity_of_the_most_bytes_is_read_and_one_more_is_not() {
        let bytes = own().0.to_bytes();
        let read = |length| OwnIdentity::from_bytes(&wire::padded(&bytes, length));
        let full = read(OWN_IDENTITY_BYTES_MAX).unwrap();
        assert_eq!(full.to_bytes(), bytes);
        let too_long = wire::DecodeError::TooLong {
            bytes: OWN_IDENTITY_BYTES_MAX + 1,
            limit: OWN_IDENTITY_BYTES_MAX,
        };
        assert_eq!(
            read(OWN_IDENTITY_BYTES_MAX + 1).unwrap_err(),
            IdentityError::from(too_long)
        );
    }

    #[test]
    fn an_identity_with_the_most_bundles_is_read_and_with_one_more_is_damaged() {
        let (mut own, _) = own();
        own.past = vec![own.bundle.clone(); BUNDLES_MAX - 1];
        let read = OwnIdentity::from_bytes(&own.to_bytes()).unwrap();
        assert_eq!(read.past.len(), BUNDLES_MAX - 1);
        own.past.push(own.bundle.clone());
        let refused = OwnIdentity::from_bytes(&own.to_bytes());
        assert_eq!(refused.unwrap_err(), IdentityError::Damaged);
    }

    #[test]
    fn a_bundle_is_replaced_weekly_and_its_private_half_erased_after_the_offline_window() {
        let ((mut own, _), mut rng) = (own(), Rng::from_seed(&[2; 32]));
        assert!(!own.rotate_bundle_if_due(START, &mut rng));
        let first_expires = START.after(BUNDLE_LIFETIME);
        assert!(own.rotate_bundle_if_due(first_expires, &mut rng));
        assert_eq!(own.card(Vec::new()).verify().unwrap().bundle.number, 2);
        assert!(own.bundle(1).is_some());
        let just_before = WallTime::from_millis(first_expires.after(BUNDLE_GRACE).as_millis() - 1);
        own.rotate_bundle_if_due(just_before, &mut rng);
        assert!(own.bundle(1).is_some());
        assert!(own.rotate_bundle_if_due(first_expires.after(BUNDLE_GRACE), &mut rng));
        assert!(own.bundle(1).is_none());
        assert!(own.bundle(2).is_some());
    }

    #[test]
    fn a_clock_that_jumps_about_never_outgrows_the_store() {
        let ((mut own, _), mut rng) = (own(), Rng::from_seed(&[2; 32]));
        for jump in 0..40 {
            let now = if jump % 2 == 0 {
                START.after(BUNDLE_LIFETIME + Duration::from_secs(24 * 60 * 60))
            } else {
                START
            };
            assert!(own.rotate_bundle_if_due(now, &mut rng));
        }
        assert_eq!(own.past.len(), BUNDLES_MAX - 1);
        assert!(OwnIdentity::from_bytes(&own.to_bytes()).is_ok());
    }

    #[test]
    fn a_clock_that_is_not_set_at_each_start_makes_no_bundle_and_lets_none_go() {
        let ((mut own, _), mut rng) = (own(), Rng::from_seed(&[2; 32]));
        for _ in 0..2 * BUNDLES_MAX {
            assert!(!own.rotate_bundle_if_due(WallTime::from_millis(0), &mut rng));
            assert!(!own.rotate_bundle_if_due(START, &mut rng));
        }
        assert_eq!(own.newest_bundle(), 1);
    }

    #[test]
    fn a_name_of_the_maximum_length_is_accepted_and_one_character_more_is_not() {
        let mut rng = Rng::from_seed(&[1; 32]);
        let full = "n".repeat(NAME_CHARACTERS_MAX);
        let long = "n".repeat(NAME_CHARACTERS_MAX + 1);
        assert!(OwnIdentity::create(&full, &full, START, &mut rng).is_ok());
        for (name, device) in [(&long, &full), (&full, &long), (&String::new(), &full)] {
            let refused = OwnIdentity::create(name, device, START, &mut rng);
            assert!(matches!(refused, Err(IdentityError::Name)));
        }
    }

    #[test]
    fn secrets_are_not_printed() {
        let (own, _) = own();
        let text = format!("{own:?}");
        assert!(
            text.starts_with("OwnIdentity { person: PersonId("),
            "{text}"
        );
        assert!(!text.contains("signing"), "{text}");
    }
}
