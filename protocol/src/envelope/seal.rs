//! Seals: an envelope's inside, one Xpsk0 message to one key of one device.
//!
//! Invariants
//! - The psk mixes the KEM secret, its ciphertext, its key and the contact secret; the prologue
//!   binds every clear field and both devices as far as they are known.
//! - The sending device signs prologue, sender static key and payload: an agreement key alone, once
//!   stolen, lets nobody pose as others towards its owner.
//! - A payload is handed out only as [`Unverified`], or verified against the sender's certificate.
//! - The key id is masked by the contact secret, so that carriers cannot group by it.

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::Domain;
use crate::envelope::{
    ENVELOPE_VERSION, Envelope, EnvelopeError, Fields, Header, PAYLOAD_BYTES_MAX,
    SIZE_CLASSES_BYTES, check_lifetime,
};
use crate::id::DeviceId;
use crate::identity::bundle::KEM_CIPHERTEXT_BYTES;
use crate::identity::keys::{KEY_BYTES, SIGNATURE_BYTES};
use crate::identity::{
    AgreementSecret, Bundle, DeviceCertificate, OwnIdentity, SigningPublic, VerifiedCard,
};
use crate::rng::Rng;
use crate::session::{XPSK0_OVERHEAD_BYTES, open_xpsk0, seal_xpsk0};
use crate::wire;
use crate::wire::limits::ENVELOPE_BYTES_MAX;

/// X25519 with ML-KEM-768.
pub(crate) const SUITE_HYBRID: u8 = 1;
/// X25519 alone: a join envelope, whose invite has no room for a KEM key.
pub(crate) const SUITE_CLASSIC: u8 = 2;

const KEY_ID_BYTES: usize = 9;
const LENGTH_BYTES: usize = 4;
const FRAMING_BYTES: usize = XPSK0_OVERHEAD_BYTES + SIGNATURE_BYTES + LENGTH_BYTES;
/// From here on CBOR lengths up to the largest envelope take equally many bytes.
const SAMPLE_BYTES: usize = 256;

/// The device to seal to, and the keys to use.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The device.
    pub device: DeviceId,
    /// Its newest known bundle.
    pub bundle: &'a Bundle,
}

impl<'a> From<&'a VerifiedCard> for Recipient<'a> {
    fn from(card: &'a VerifiedCard) -> Self {
        Self {
            device: card.device,
            bundle: &card.bundle,
        }
    }
}

/// What both ends know before an envelope is opened; an envelope opens only in the context that it
/// was sealed in.
#[derive(Clone, Copy, Default)]
pub struct Context<'a> {
    /// The sending device, where the tag tells the recipient which it is.
    pub sender: Option<DeviceId>,
    /// A secret that the two share, where there is one.
    pub secret: Option<&'a [u8; KEY_BYTES]>,
}

impl Context<'_> {
    fn secret(&self) -> &[u8] {
        self.secret.map_or(&[][..], |secret| secret)
    }
}

impl fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context")
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}

/// Seals `payload` to a device.
///
/// # Errors
/// [`EnvelopeError::TooLarge`], [`EnvelopeError::Lifetime`], or the recipient's keys are unusable.
pub fn seal(
    own: &OwnIdentity,
    recipient: Recipient<'_>,
    context: Context<'_>,
    header: &Header,
    payload: &[u8],
    rng: &mut Rng,
) -> Result<Envelope, EnvelopeError> {
    let sent = recipient.bundle.encapsulate(rng)?;
    let psk = Domain::SealPsk.derive(&[
        sent.secret.as_ref(),
        &sent.ciphertext,
        &recipient.bundle.kem,
        context.secret(),
    ]);
    let lock = Lock {
        suite: SUITE_HYBRID,
        key: KeyId::Bundle(recipient.bundle.number),
        mask: context.secret(),
        kem: &sent.ciphertext,
        sender: context.sender,
        recipient: recipient.device.as_bytes(),
    };
    lock.seal(own, &recipient.bundle.agreement, &psk, header, payload, rng)
}

/// Opens an envelope to one of this device's bundles.
///
/// # Errors
/// [`EnvelopeError::KeyGone`] when the key was erased, [`EnvelopeError::Undecryptable`] when any
/// part is not what was sealed.
pub fn open(
    own: &OwnIdentity,
    envelope: &Envelope,
    context: Context<'_>,
) -> Result<Unverified, EnvelopeError> {
    let sealed = Sealed::parse(envelope, SUITE_HYBRID)?;
    let number = match sealed.key_id(&envelope.header, context.secret())? {
        KeyId::Bundle(number) if number <= own.newest_bundle() => number,
        KeyId::Bundle(_) | KeyId::Invite => return Err(EnvelopeError::Undecryptable),
    };
    let bundle = own
        .bundle(number)
        .ok_or(EnvelopeError::KeyGone { number })?;
    let kem: &[u8; KEM_CIPHERTEXT_BYTES] = sealed
        .kem
        .as_slice()
        .try_into()
        .map_err(|_| EnvelopeError::Undecryptable)?;
    let psk = Domain::SealPsk.derive(&[
        bundle.decapsulate(kem).as_ref(),
        kem,
        &bundle.kem_public(),
        context.secret(),
    ]);
    let device = own.device();
    let lock = Lock {
        suite: SUITE_HYBRID,
        key: KeyId::Bundle(number),
        mask: context.secret(),
        kem,
        sender: context.sender,
        recipient: device.as_bytes(),
    };
    lock.open(&bundle.agreement(), &psk, &envelope.header, &sealed)
}

/// Which key of the recipient an envelope is sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyId {
    /// The bundle with this number.
    Bundle(u64),
    /// The invite that its tag belongs to.
    Invite,
}

impl KeyId {
    fn to_bytes(self) -> [u8; KEY_ID_BYTES] {
        let (kind, number) = match self {
            Self::Bundle(number) => (0, number),
            Self::Invite => (1, 0),
        };
        let [n0, n1, n2, n3, n4, n5, n6, n7] = number.to_be_bytes();
        [kind, n0, n1, n2, n3, n4, n5, n6, n7]
    }

    fn from_bytes(bytes: [u8; KEY_ID_BYTES]) -> Option<Self> {
        let [kind, number @ ..] = bytes;
        match (kind, u64::from_be_bytes(number)) {
            (0, number) => Some(Self::Bundle(number)),
            (1, 0) => Some(Self::Invite),
            _ => None,
        }
    }

    fn masked(self, secret: &[u8], header: &Header) -> [u8; KEY_ID_BYTES] {
        mask(self.to_bytes(), secret, header)
    }
}

fn mask(mut bytes: [u8; KEY_ID_BYTES], secret: &[u8], header: &Header) -> [u8; KEY_ID_BYTES] {
    let stream = Domain::SealKeyId.derive(&[secret, header.tag.as_bytes()]);
    for (byte, mask) in bytes.iter_mut().zip(stream.iter()) {
        *byte ^= mask;
    }
    bytes
}

/// What an envelope's ciphertext holds.
#[derive(Encode, Decode)]
#[cbor(map)]
pub(crate) struct Sealed {
    #[n(0)]
    suite: u8,
    #[cbor(n(1), with = "minicbor::bytes")]
    key_id: [u8; KEY_ID_BYTES],
    #[cbor(n(2), with = "minicbor::bytes")]
    kem: Vec<u8>,
    #[cbor(n(3), with = "minicbor::bytes")]
    message: Vec<u8>,
}

impl Sealed {
    pub(crate) fn parse(envelope: &Envelope, suite: u8) -> Result<Self, EnvelopeError> {
        let sealed: Self = wire::decode(&envelope.ciphertext, ENVELOPE_BYTES_MAX)?;
        match sealed.suite {
            known if known == suite => Ok(sealed),
            SUITE_HYBRID | SUITE_CLASSIC => Err(EnvelopeError::Undecryptable),
            unknown => Err(EnvelopeError::Suite(unknown)),
        }
    }

    /// The key id as carriers see it.
    #[cfg(test)]
    pub(super) fn masked_key_id(&self) -> [u8; KEY_ID_BYTES] {
        self.key_id
    }

    fn key_id(&self, header: &Header, secret: &[u8]) -> Result<KeyId, EnvelopeError> {
        KeyId::from_bytes(mask(self.key_id, secret, header)).ok_or(EnvelopeError::Undecryptable)
    }
}

/// What both ends must agree on, beside keys and header, for an envelope to open.
pub(crate) struct Lock<'a> {
    pub(crate) suite: u8,
    pub(crate) key: KeyId,
    /// What the key id is masked by.
    pub(crate) mask: &'a [u8],
    /// KEM ciphertext; empty in a suite without.
    pub(crate) kem: &'a [u8],
    /// The sending device, where the recipient knows it before opening.
    pub(crate) sender: Option<DeviceId>,
    /// The receiving device's id, or what stands for it.
    pub(crate) recipient: &'a [u8; 32],
}

impl Lock<'_> {
    pub(crate) fn seal(
        &self,
        own: &OwnIdentity,
        recipient: &[u8; KEY_BYTES],
        psk: &[u8; KEY_BYTES],
        header: &Header,
        payload: &[u8],
        rng: &mut Rng,
    ) -> Result<Envelope, EnvelopeError> {
        check_lifetime(header.lifetime_hours)?;
        let prologue = self.prologue(header);
        let sender_static = own.agreement().public();
        let digest = blake3::hash(payload);
        let signature = own.sign(
            Domain::SealSignature,
            &[&prologue, &sender_static, digest.as_bytes()],
        );
        let plaintext = self.pad(header, &signature, payload)?;
        let message = seal_xpsk0(own.agreement(), recipient, psk, &prologue, &plaintext, rng)?;
        Envelope::assemble(header, wire::encode(&self.sealed(header, message)))
    }

    pub(crate) fn open(
        &self,
        key: &AgreementSecret,
        psk: &[u8; KEY_BYTES],
        header: &Header,
        sealed: &Sealed,
    ) -> Result<Unverified, EnvelopeError> {
        let expected = (self.suite, self.key.masked(self.mask, header), self.kem);
        if (sealed.suite, sealed.key_id, sealed.kem.as_slice()) != expected {
            return Err(EnvelopeError::Undecryptable);
        }
        let prologue = self.prologue(header);
        let (sender_static, plaintext) = open_xpsk0(key, psk, &prologue, &sealed.message)?;
        let (signature, payload) = unpad(&plaintext).ok_or(EnvelopeError::Undecryptable)?;
        Ok(Unverified {
            prologue,
            sender_static,
            sender: self.sender,
            signature,
            payload,
        })
    }

    fn sealed(&self, header: &Header, message: Vec<u8>) -> Sealed {
        Sealed {
            suite: self.suite,
            key_id: self.key.masked(self.mask, header),
            kem: self.kem.to_vec(),
            message,
        }
    }

    fn prologue(&self, header: &Header) -> [u8; 32] {
        Domain::SealPrologue.hash(&[
            &[ENVELOPE_VERSION],
            &[self.suite],
            header.tag.as_bytes(),
            &header.lifetime_hours.to_be_bytes(),
            &[header.priority],
            &header.purge,
            &self.key.to_bytes(),
            self.sender
                .as_ref()
                .map_or(&[][..], |sender| sender.as_bytes()),
            self.recipient,
            self.kem,
        ])
    }

    /// The plaintext that makes the whole envelope as large as its class.
    fn pad(
        &self,
        header: &Header,
        signature: &[u8; SIGNATURE_BYTES],
        payload: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
        let too_large = EnvelopeError::TooLarge {
            bytes: payload.len(),
            bytes_max: PAYLOAD_BYTES_MAX,
        };
        if payload.len() > PAYLOAD_BYTES_MAX {
            return Err(too_large);
        }
        let sample = wire::encode(&self.sealed(header, vec![0; SAMPLE_BYTES]));
        let sample = wire::encode(&Fields::new(header, sample)).len();
        let around = sample.saturating_sub(SAMPLE_BYTES);
        let least = around
            .saturating_add(FRAMING_BYTES)
            .saturating_add(payload.len());
        let class = SIZE_CLASSES_BYTES.into_iter().find(|class| *class >= least);
        let class = class.ok_or(too_large.clone())?;
        let length = u32::try_from(payload.len())
            .map_err(|_| too_large)?
            .to_le_bytes();
        let padded = class
            .saturating_sub(around)
            .saturating_sub(XPSK0_OVERHEAD_BYTES);
        let mut plaintext = Zeroizing::new(Vec::with_capacity(padded));
        plaintext.extend_from_slice(signature);
        plaintext.extend_from_slice(&length);
        plaintext.extend_from_slice(payload);
        plaintext.resize(padded, 0);
        Ok(plaintext)
    }
}

fn unpad(plaintext: &[u8]) -> Option<([u8; SIGNATURE_BYTES], Zeroizing<Vec<u8>>)> {
    let (signature, rest) = plaintext.split_first_chunk::<SIGNATURE_BYTES>()?;
    let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (payload, padding) = rest.split_at_checked(length)?;
    padding
        .iter()
        .all(|byte| *byte == 0)
        .then(|| (*signature, Zeroizing::new(payload.to_vec())))
}

/// A payload whose sender has proved possession of an agreement key, and nothing more.
pub struct Unverified {
    prologue: [u8; 32],
    sender_static: [u8; KEY_BYTES],
    sender: Option<DeviceId>,
    signature: [u8; SIGNATURE_BYTES],
    payload: Zeroizing<Vec<u8>>,
}

impl Unverified {
    /// What the payload claims, for finding the sender's certificate in it and for nothing else.
    #[must_use]
    pub fn claim(&self) -> &[u8] {
        &self.payload
    }

    /// Checks that the device with this verified certificate sealed it, for us, as it is.
    ///
    /// # Errors
    /// [`EnvelopeError::Sender`] when it is another device, [`EnvelopeError::Identity`] when the
    /// signature does not hold.
    pub fn verify(self, sender: &DeviceCertificate) -> Result<Opened, EnvelopeError> {
        let device = sender.device();
        let claimed = self.sender.is_none_or(|claimed| claimed == device);
        if !claimed || self.sender_static != sender.agreement {
            return Err(EnvelopeError::Sender);
        }
        SigningPublic::parse(&sender.signing)?.verify(
            Domain::SealSignature,
            &[
                &self.prologue,
                &self.sender_static,
                blake3::hash(&self.payload).as_bytes(),
            ],
            &self.signature,
        )?;
        Ok(Opened {
            sender: device,
            payload: self.payload,
        })
    }
}

#[cfg(test)]
impl Unverified {
    /// Splices in what another envelope's sender signed.
    pub(super) fn replace_signature(&mut self, other: &Self) {
        self.signature = other.signature;
    }
}

impl fmt::Debug for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Unverified(..)")
    }
}

/// A payload that the named device sealed for this one.
pub struct Opened {
    /// Who sealed it.
    pub sender: DeviceId,
    /// What was sealed.
    pub payload: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Opened {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opened")
            .field("sender", &self.sender)
            .finish_non_exhaustive()
    }
}
