//! The exchange: a join envelope there, an answer envelope back, and the secret that both then
//! share.
//!
//! Invariants
//! - A join opens with the invite alone; its payload is signed by the joining device.
//! - An answer opens with the joiner's bundle and the share that only the join carried; it names
//!   the join it answers, and its sender must be the person whom the invite named.

use std::fmt;

use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use crate::domain::{Domain, prefix};
use crate::envelope::seal::{Lock, SUITE_CLASSIC, Sealed};
use crate::envelope::{
    self, Context, Envelope, Header, KeyId, LIFETIME_HOURS, Priority, Recipient,
};
use crate::id::{ConversationId, DeviceId, EnvelopeId, SecretId, Tag};
use crate::identity::keys::KEY_BYTES;
use crate::identity::{Card, OwnIdentity, VerifiedCard, secret};
use crate::pairing::PairingError;
use crate::pairing::code::{InviteCode, PERSON_BYTES};
use crate::pairing::invite::InviteSecret;
use crate::rng::Rng;
use crate::wire;
use crate::wire::limits::CARD_BYTES_MAX;

const PAYLOAD_BYTES_MAX: usize = CARD_BYTES_MAX + 256;
pub(super) const STORED_BYTES_MAX: usize = 256;

/// A secret that two devices share from their first meeting on.
#[derive(Clone, PartialEq, Eq)]
pub struct ContactSecret {
    /// Its name, which is no secret.
    pub id: SecretId,
    /// The secret.
    pub key: Zeroizing<[u8; KEY_BYTES]>,
}

impl ContactSecret {
    /// What two devices come to by their shares: whoever asks for it first, the inviter where there is
    /// one.
    pub(crate) fn agree(
        first: (DeviceId, &[u8; KEY_BYTES]),
        second: (DeviceId, &[u8; KEY_BYTES]),
    ) -> Self {
        let devices = (first.0.as_bytes(), second.0.as_bytes());
        Self::named(|what| {
            Domain::ContactSecret.derive(&[what, first.1, second.1, devices.0, devices.1])
        })
    }

    /// What two members of a room who have not met share, by what members alone know of it.
    #[must_use]
    pub fn introduction(
        room: ConversationId,
        nonce: &[u8; 32],
        one: DeviceId,
        two: DeviceId,
    ) -> Self {
        let (low, high) = (one.min(two), one.max(two));
        Self::named(|what| {
            Domain::IntroductionSecret.derive(&[
                what,
                room.as_bytes(),
                nonce,
                low.as_bytes(),
                high.as_bytes(),
            ])
        })
    }

    fn named(derive: impl Fn(&[u8]) -> Zeroizing<[u8; KEY_BYTES]>) -> Self {
        Self {
            id: SecretId::new(prefix(*derive(b"id"))),
            key: derive(b"key"),
        }
    }
}

impl fmt::Debug for ContactSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContactSecret")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct JoinPayload {
    #[cbor(n(0), with = "minicbor::bytes")]
    card: Vec<u8>,
    #[cbor(n(1), with = "secret")]
    share: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(2), with = "secret")]
    purge: Zeroizing<[u8; KEY_BYTES]>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct AnswerPayload {
    #[cbor(n(0), with = "minicbor::bytes")]
    card: Vec<u8>,
    #[cbor(n(1), with = "secret")]
    share: Zeroizing<[u8; KEY_BYTES]>,
    #[cbor(n(2), with = "secret")]
    purge: Zeroizing<[u8; KEY_BYTES]>,
    #[n(3)]
    join: EnvelopeId,
}

/// A joiner's side, waiting for the answer.
#[derive(Encode, Decode)]
#[cbor(map)]
pub struct PendingJoin {
    #[cbor(n(0), with = "minicbor::bytes")]
    person: [u8; 16],
    #[cbor(n(1), with = "secret")]
    share: Zeroizing<[u8; KEY_BYTES]>,
    #[n(2)]
    join: EnvelopeId,
    /// What has carriers drop the join envelope; absent where it was not kept.
    #[n(3)]
    purge: Option<ByteArray<KEY_BYTES>>,
}

/// Who asks to join: verified.
pub struct Joiner {
    /// Their card, as they made it.
    pub card: Card,
    /// Their card, verified.
    pub verified: VerifiedCard,
    share: Zeroizing<[u8; KEY_BYTES]>,
    purge: Zeroizing<[u8; KEY_BYTES]>,
}

impl Joiner {
    /// What has carriers drop the join envelope.
    #[must_use]
    pub fn purge(&self) -> [u8; KEY_BYTES] {
        *self.purge
    }
}

impl fmt::Debug for Joiner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joiner")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

/// Who answered: verified.
pub struct Inviter {
    /// Their card, as they made it.
    pub card: Card,
    /// Their card, verified.
    pub verified: VerifiedCard,
    purge: Zeroizing<[u8; KEY_BYTES]>,
}

impl fmt::Debug for Inviter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inviter")
            .field("verified", &self.verified)
            .finish_non_exhaustive()
    }
}

impl Inviter {
    /// What has carriers drop the answer envelope.
    #[must_use]
    pub fn purge(&self) -> [u8; KEY_BYTES] {
        *self.purge
    }
}

/// Uses a code: what to keep, and the envelope to send.
///
/// # Errors
/// [`PairingError::OwnInvite`] for a code of the same person.
pub fn join(
    own: &OwnIdentity,
    card: &Card,
    code: &InviteCode,
    rng: &mut Rng,
) -> Result<(PendingJoin, Envelope), PairingError> {
    if code.is_from(own.person()) {
        return Err(PairingError::OwnInvite);
    }
    let payload = JoinPayload {
        card: card.to_bytes(),
        share: rng.secret(),
        purge: rng.secret(),
    };
    let bytes = secret::encode_all(&payload, PAYLOAD_BYTES_MAX);
    let header = header(code.tag(), &payload.purge);
    let psk = Domain::InvitePsk.derive(&[code.secret()]);
    let recipient = invited_by(code.key(), &code.person());
    let lock = join_lock(&recipient, &psk);
    let envelope = lock.seal(own, code.key(), &psk, &header, &bytes, rng)?;
    let pending = PendingJoin {
        person: code.person(),
        purge: Some((*payload.purge).into()),
        share: payload.share,
        join: envelope.id(),
    };
    Ok((pending, envelope))
}

/// Opens a join envelope: who asks.
///
/// # Errors
/// [`PairingError::Envelope`] when it was not made with this invite's code, or changed;
/// [`PairingError::Identity`] when its sender's card does not hold; [`PairingError::OwnInvite`].
pub fn accept(
    own: &OwnIdentity,
    invite: &InviteSecret,
    envelope: &Envelope,
) -> Result<Joiner, PairingError> {
    let sealed = Sealed::parse(envelope, SUITE_CLASSIC)?;
    let (public, psk) = (
        invite.public(),
        Domain::InvitePsk.derive(&[invite.secret().as_ref()]),
    );
    let recipient = invited_by(&public, &prefix(*own.person().as_bytes()));
    let lock = join_lock(&recipient, &psk);
    let unverified = lock.open(&invite.agreement(), &psk, envelope.header(), &sealed)?;
    let payload: JoinPayload = wire::decode(unverified.claim(), PAYLOAD_BYTES_MAX)?;
    let card = Card::from_bytes(&payload.card)?;
    let verified = card.verify()?;
    unverified.verify(&verified.certificate)?;
    if verified.person == own.person() {
        return Err(PairingError::OwnInvite);
    }
    Ok(Joiner {
        card,
        verified,
        share: payload.share,
        purge: payload.purge,
    })
}

/// Answers the join that came in the envelope with id `join`: the envelope to send, and the secret
/// that both will share.
///
/// # Errors
/// [`PairingError::Envelope`] when the joiner's keys are unusable.
pub fn answer(
    own: &OwnIdentity,
    card: &Card,
    joiner: &Joiner,
    join: EnvelopeId,
    rng: &mut Rng,
) -> Result<(Envelope, ContactSecret), PairingError> {
    let (share, purge) = (rng.secret(), rng.secret());
    let payload = AnswerPayload {
        card: card.to_bytes(),
        share,
        purge,
        join,
    };
    let bytes = secret::encode_all(&payload, PAYLOAD_BYTES_MAX);
    let header = header(answer_tag(&joiner.share), &payload.purge);
    let context = Context {
        sender: None,
        secret: Some(&joiner.share),
    };
    let recipient = Recipient::from(&joiner.verified);
    let envelope = envelope::seal(own, recipient, context, &header, &bytes, rng)?;
    let joiner_end = (joiner.verified.device, &*joiner.share);
    let contact = ContactSecret::agree((own.device(), &payload.share), joiner_end);
    Ok((envelope, contact))
}

impl PendingJoin {
    /// What has carriers drop the join envelope, once it is answered.
    #[must_use]
    pub fn purge(&self) -> Option<[u8; KEY_BYTES]> {
        self.purge.map(Into::into)
    }

    /// Tag of the answer that is waited for.
    #[must_use]
    pub fn answer_tag(&self) -> Tag {
        answer_tag(&self.share)
    }

    /// Opens the answer: who invited, and the secret that both now share. A wrong answer changes
    /// nothing: the right one may still come.
    ///
    /// # Errors
    /// [`PairingError`] when it is not the answer to this join by the person who invited.
    pub fn finish(
        &self,
        own: &OwnIdentity,
        envelope: &Envelope,
    ) -> Result<(Inviter, ContactSecret), PairingError> {
        let context = Context {
            sender: None,
            secret: Some(&self.share),
        };
        let unverified = envelope::open(own, None, envelope, context)?;
        let payload: AnswerPayload = wire::decode(unverified.claim(), PAYLOAD_BYTES_MAX)?;
        let card = Card::from_bytes(&payload.card)?;
        let verified = card.verify()?;
        unverified.verify(&verified.certificate)?;
        if prefix(*verified.person.as_bytes()) != self.person {
            return Err(PairingError::WrongInviter);
        }
        if payload.join != self.join {
            return Err(PairingError::OtherJoin);
        }
        let own_end = (own.device(), &*self.share);
        let contact = ContactSecret::agree((verified.device, &payload.share), own_end);
        let purge = payload.purge;
        let inviter = Inviter {
            card,
            verified,
            purge,
        };
        Ok((inviter, contact))
    }

    /// Encodes this side, for the store alone.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        secret::encode_all(self, STORED_BYTES_MAX)
    }

    /// Decodes what [`Self::to_bytes`] made.
    ///
    /// # Errors
    /// [`PairingError::Malformed`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, PairingError> {
        Ok(wire::decode(bytes, STORED_BYTES_MAX)?)
    }
}

impl fmt::Debug for PendingJoin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingJoin")
            .field("join", &self.join)
            .finish_non_exhaustive()
    }
}

/// What stands for a device that the joiner does not know yet: the invite's public key and the
/// person whom the code names, so that nobody can pass another's invite off as their own.
fn invited_by(invite: &[u8; KEY_BYTES], person: &[u8; PERSON_BYTES]) -> [u8; KEY_BYTES] {
    Domain::InviteRecipient.hash(&[invite, person])
}

fn join_lock<'a>(recipient: &'a [u8; KEY_BYTES], psk: &'a [u8; KEY_BYTES]) -> Lock<'a> {
    Lock {
        suite: SUITE_CLASSIC,
        key: KeyId::Invite,
        mask: psk,
        kem: &[],
        sender: None,
        recipient,
    }
}

fn header(tag: Tag, purge: &[u8; KEY_BYTES]) -> Header {
    Header {
        tag,
        lifetime_hours: LIFETIME_HOURS,
        priority: Priority::URGENT,
        purge: Domain::Purge.hash(&[purge]),
    }
}

fn answer_tag(joiner_share: &[u8; KEY_BYTES]) -> Tag {
    Tag::new(prefix(Domain::AnswerTag.hash(&[joiner_share])))
}
