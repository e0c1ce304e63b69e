//! Seals: an envelope's inside, one Xpsk0 message to one key of one device.
//!
//! Invariants
//! - It is sealed to the newest ratchet key that the recipient reserved for this sender, else to the
//!   key of its bundle; the KEM is the bundle's in either case.
//! - The psk mixes the KEM secret, its ciphertext, its key and the contact secret; the prologue
//!   binds every clear field and both devices as far as they are known.
//! - The sending device signs prologue, sender static key and payload: an agreement key alone, once
//!   stolen, lets nobody pose as others towards its owner.
//! - A payload is handed out only as [`Unverified`], or verified against the sender's certificate.
//! - The key id is masked by the contact secret, so that carriers cannot group by it, and checked by it before
//!   anything is made of it: no carrier changes it and learns by an answer whom the envelope is for.

use std::fmt;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::{Domain, prefix};
use crate::envelope::{ENVELOPE_VERSION, Envelope, EnvelopeError, Header, check_lifetime, padding};
use crate::id::DeviceId;
use crate::identity::bundle::KEM_CIPHERTEXT_BYTES;
use crate::identity::keys::{KEY_BYTES, SIGNATURE_BYTES};
use crate::identity::{
    AgreementSecret, Bundle, DeviceCertificate, OwnIdentity, SigningPublic, VerifiedCard,
};
use crate::pair::{RatchetKey, ReservedKeys};
use crate::rng::Rng;
use crate::session::{XPSK0_OVERHEAD_BYTES, open_xpsk0, seal_xpsk0};
use crate::wire;
use crate::wire::limits::ENVELOPE_BYTES_MAX;

/// X25519 with ML-KEM-768.
pub(crate) const SUITE_HYBRID: u8 = 1;
/// X25519 alone: a join envelope, whose invite has no room for a KEM key.
pub(crate) const SUITE_CLASSIC: u8 = 2;
/// Of [`crate::sender_chain`]: to everybody who was handed the chain.
pub(crate) const SUITE_CHAIN: u8 = 3;

const KEY_ID_BYTES: usize = 17;
const KEY_CHECK_BYTES: usize = 16;

/// The device to seal to, and the keys to use.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// The device.
    pub device: DeviceId,
    /// Its newest known bundle.
    pub bundle: &'a Bundle,
    /// The newest ratchet key that it reserved for this sender, if there is one.
    pub ratchet: Option<RatchetKey>,
}

impl<'a> From<&'a VerifiedCard> for Recipient<'a> {
    fn from(card: &'a VerifiedCard) -> Self {
        Self {
            device: card.device,
            bundle: &card.bundle,
            ratchet: None,
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
        key: KeyId::Device {
            bundle: recipient.bundle.number,
            ratchet: recipient.ratchet.map_or(0, |key| key.number),
        },
        mask: context.secret(),
        kem: &sent.ciphertext,
        sender: context.sender,
        recipient: recipient.device.as_bytes(),
    };
    let key = recipient.ratchet.map(|key| key.public);
    let key = key.unwrap_or(recipient.bundle.agreement);
    lock.seal(own, &key, &psk, header, payload, rng)
}

/// Opens an envelope to one of this device's bundles, and to one of the ratchet keys that it `reserved`
/// for the sender if it was sealed to one.
///
/// # Errors
/// [`EnvelopeError::KeyGone`] when a key was erased, [`EnvelopeError::Undecryptable`] when any
/// part is not what was sealed.
pub fn open(
    own: &OwnIdentity,
    reserved: Option<&ReservedKeys>,
    envelope: &Envelope,
    context: Context<'_>,
) -> Result<Unverified, EnvelopeError> {
    let sealed = Sealed::parse(envelope, SUITE_HYBRID)?;
    let id = sealed.key_id(&envelope.header, context.secret())?;
    let KeyId::Device {
        bundle: number,
        ratchet,
    } = id
    else {
        return Err(EnvelopeError::Undecryptable);
    };
    let newest_ratchet = reserved.map_or(0, ReservedKeys::newest);
    if number > own.newest_bundle() || ratchet > newest_ratchet {
        return Err(EnvelopeError::Undecryptable);
    }
    let bundle = own.bundle(number).ok_or(EnvelopeError::KeyGone)?;
    let key = match ratchet {
        0 => bundle.agreement(),
        ratchet => reserved
            .and_then(|keys| keys.secret(ratchet))
            .ok_or(EnvelopeError::KeyGone)?,
    };
    let kem: &[u8; KEM_CIPHERTEXT_BYTES] = sealed
        .kem
        .as_slice()
        .try_into()
        .map_err(|_| EnvelopeError::Undecryptable)?;
    let (carried, kem_public) = bundle.decapsulate_with_public(kem);
    let psk = Domain::SealPsk.derive(&[carried.as_ref(), kem, &kem_public, context.secret()]);
    let device = own.device();
    let lock = Lock {
        suite: SUITE_HYBRID,
        key: id,
        mask: context.secret(),
        kem,
        sender: context.sender,
        recipient: device.as_bytes(),
    };
    lock.open(&key, &psk, &envelope.header, &sealed)
}

/// Which keys of the recipient an envelope is sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyId {
    /// Those of a device.
    Device {
        /// Number of the bundle; the first is 1.
        bundle: u64,
        /// Number of the ratchet key; 0: none, but the bundle's own.
        ratchet: u64,
    },
    /// The invite that its tag belongs to.
    Invite,
}

impl KeyId {
    const DEVICE: u8 = 0;
    const INVITE: u8 = 1;

    fn to_bytes(self) -> [u8; KEY_ID_BYTES] {
        let (kind, bundle, ratchet) = match self {
            Self::Device { bundle, ratchet } => (Self::DEVICE, bundle, ratchet),
            Self::Invite => (Self::INVITE, 0, 0),
        };
        let mut bytes = [0; KEY_ID_BYTES];
        let numbers = bundle
            .to_be_bytes()
            .into_iter()
            .chain(ratchet.to_be_bytes());
        for (to, from) in bytes.iter_mut().zip(std::iter::once(kind).chain(numbers)) {
            *to = from;
        }
        bytes
    }

    fn from_bytes(bytes: [u8; KEY_ID_BYTES]) -> Option<Self> {
        let [kind, numbers @ ..] = bytes;
        let (bundle, ratchet) = numbers.split_first_chunk::<8>()?;
        let bundle = u64::from_be_bytes(*bundle);
        let ratchet = u64::from_be_bytes(ratchet.try_into().ok()?);
        match (kind, bundle, ratchet) {
            (Self::DEVICE, bundle @ 1.., ratchet) => Some(Self::Device { bundle, ratchet }),
            (Self::INVITE, 0, 0) => Some(Self::Invite),
            _ => None,
        }
    }

    fn masked(self, secret: &[u8], header: &Header) -> [u8; KEY_ID_BYTES] {
        mask(self.to_bytes(), secret, header)
    }
}

/// What only the two ends can make for a masked key id, with all that it goes with.
fn check(
    key_id: &[u8; KEY_ID_BYTES],
    secret: &[u8],
    header: &Header,
    kem: &[u8],
) -> [u8; KEY_CHECK_BYTES] {
    prefix(*Domain::SealKeyCheck.derive(&[
        secret,
        header.tag.as_bytes(),
        &header.lifetime_hours.to_be_bytes(),
        &[header.priority.byte()],
        &header.purge,
        key_id,
        kem,
    ]))
}

/// Compares two checks in constant time.
fn is_same(one: &[u8; KEY_CHECK_BYTES], other: &[u8; KEY_CHECK_BYTES]) -> bool {
    blake3::hash(one) == blake3::hash(other)
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
    #[cbor(n(4), with = "minicbor::bytes")]
    key_check: [u8; KEY_CHECK_BYTES],
}

impl Sealed {
    pub(crate) fn parse(envelope: &Envelope, suite: u8) -> Result<Self, EnvelopeError> {
        match envelope.suite()? {
            known if known == suite => Ok(wire::decode_canonical(
                envelope.ciphertext(),
                ENVELOPE_BYTES_MAX,
            )?),
            SUITE_HYBRID | SUITE_CLASSIC | SUITE_CHAIN => Err(EnvelopeError::Undecryptable),
            unknown => Err(EnvelopeError::Suite(unknown)),
        }
    }

    /// The key id as carriers see it.
    #[cfg(test)]
    pub(super) fn masked_key_id(&self) -> [u8; KEY_ID_BYTES] {
        self.key_id
    }

    fn key_id(&self, header: &Header, secret: &[u8]) -> Result<KeyId, EnvelopeError> {
        let expected = check(&self.key_id, secret, header, &self.kem);
        let key_id = is_same(&self.key_check, &expected)
            .then(|| KeyId::from_bytes(mask(self.key_id, secret, header)));
        key_id.flatten().ok_or(EnvelopeError::Undecryptable)
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
        let around = |message| wire::encode(&self.sealed(header, message));
        let plaintext = padding::pad(header, XPSK0_OVERHEAD_BYTES, around, &signature, payload)?;
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
        let is_expected = sealed.suite == self.suite
            && sealed.kem == self.kem
            && sealed.key_id(header, self.mask)? == self.key;
        if !is_expected {
            return Err(EnvelopeError::Undecryptable);
        }
        let prologue = self.prologue(header);
        let (sender_static, plaintext) = open_xpsk0(key, psk, &prologue, &sealed.message)?;
        let (signature, payload) =
            padding::unpad(&plaintext).ok_or(EnvelopeError::Undecryptable)?;
        Ok(Unverified {
            prologue,
            sender_static,
            sender: self.sender,
            key: self.key,
            signature,
            payload,
        })
    }

    fn sealed(&self, header: &Header, message: Vec<u8>) -> Sealed {
        let key_id = self.key.masked(self.mask, header);
        Sealed {
            suite: self.suite,
            key_id,
            kem: self.kem.to_vec(),
            message,
            key_check: check(&key_id, self.mask, header, self.kem),
        }
    }

    fn prologue(&self, header: &Header) -> [u8; 32] {
        Domain::SealPrologue.hash(&[
            &[ENVELOPE_VERSION],
            &[self.suite],
            header.tag.as_bytes(),
            &header.lifetime_hours.to_be_bytes(),
            &[header.priority.byte()],
            &header.purge,
            &self.key.to_bytes(),
            self.sender
                .as_ref()
                .map_or(&[][..], |sender| sender.as_bytes()),
            self.recipient,
            self.kem,
        ])
    }
}

/// A payload whose sender has proved possession of an agreement key, and nothing more.
pub struct Unverified {
    prologue: [u8; 32],
    sender_static: [u8; KEY_BYTES],
    sender: Option<DeviceId>,
    key: KeyId,
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
            key: self.key,
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
    /// To which keys.
    pub key: KeyId,
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

#[cfg(test)]
mod tests;
