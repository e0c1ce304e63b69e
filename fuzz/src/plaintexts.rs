//! The target of plaintexts: what is behind each of the four seals, which bytes that are changed on their
//! way never get past. Everything is sealed here by hand, after docs/WIRE.md, so that any bytes can be the
//! whole plaintext: signature, length, payload and padding.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit as _};
use minicbor::bytes::ByteVec;
use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::{self, Envelope, Letter, SIZE_CLASSES_BYTES};
use tidings_protocol::id::EnvelopeId;
use tidings_protocol::identity::bundle::Encapsulated;
use tidings_protocol::identity::{AgreementSecret, Bundle, OwnIdentity, VerifiedCard};
use tidings_protocol::operation::SignedOperation;
use tidings_protocol::pairing::{PendingJoin, accept};
use tidings_protocol::session::{XPSK0_OVERHEAD_BYTES, seal_xpsk0};
use tidings_protocol::wire;

use super::decoders::controlled;
use super::people::{
    ANN, ANNS_CARD, BEN, BENS_CARD, BYTES, CHAIN, HEAD_BYTES, SECRET, around, begun, context,
    field, header, invite, rng, strings,
};

/// The join that Ben's answer is to.
pub const JOIN: EnvelopeId = EnvelopeId::new([5; 32]);
/// First byte of an input whose signature is made right: the rest is the payload alone.
pub const SIGNED: u8 = 4;
const SALT: [u8; 16] = [4; 16];
/// What encryption of a chain's message adds.
const TAG_BYTES: usize = 16;

static FOR_BEN: LazyLock<Encapsulated> = LazyLock::new(|| encapsulated(&BENS_CARD.bundle));
static FOR_ANN: LazyLock<Encapsulated> = LazyLock::new(|| encapsulated(&ANNS_CARD.bundle));

fn encapsulated(bundle: &Bundle) -> Encapsulated {
    bundle
        .encapsulate(&mut rng(11))
        .expect("a bundle of our own")
}

/// Sealed as a letter, a join, its answer or a chain's message, by the first byte, which also says whether
/// the rest is all of the plaintext or the payload.
pub fn plaintext(data: &[u8]) {
    let _ = is_read(data);
}

/// Whether the payload came to be decoded, and was what it must be.
pub fn is_read(data: &[u8]) -> Option<bool> {
    let (how, rest) = data.split_first()?;
    let is_signed = how & SIGNED != 0;
    match how % SIGNED {
        0 => letter(rest, is_signed),
        1 => join(rest, is_signed),
        2 => answer(rest, is_signed),
        _ => chained(rest, is_signed),
    }
}

/// The whole plaintext: `data`, or that behind a signature over what is bound with it; then zeros as far as
/// the smallest envelope reaches that it fits in with all that is around it.
fn whole(
    data: &[u8],
    around_it: usize,
    sign: Option<impl FnOnce(&[u8; 32]) -> [u8; 64]>,
) -> Option<Vec<u8>> {
    let mut plaintext = Vec::new();
    if let Some(sign) = sign {
        plaintext.extend(sign(blake3::hash(data).as_bytes()));
        plaintext.extend(u32::try_from(data.len()).ok()?.to_le_bytes());
    }
    plaintext.extend(data);
    let rooms = SIZE_CLASSES_BYTES.map(|class| class.saturating_sub(HEAD_BYTES + around_it));
    let room = rooms.into_iter().find(|room| *room >= plaintext.len())?;
    plaintext.resize(room, 0);
    Some(plaintext)
}

/// A ciphertext: the suite, then byte strings by their numbers.
fn ciphertext<const N: usize>(suite: u8, fields: [(u8, &[u8]); N]) -> Vec<u8> {
    let fields = fields.map(|(number, field)| (number, ByteVec::from(field.to_vec())));
    let mut bytes = wire::encode(&BTreeMap::from([(0, suite)]));
    let rest = wire::encode(&BTreeMap::from(fields));
    // The heads of two small maps, which become that of one.
    bytes[0] += rest[0] & 0x0f;
    bytes.extend(&rest[1..]);
    bytes
}

/// What one device seals to one key of another, by Noise.
struct Seal<'a> {
    suite: u8,
    key_id: [u8; 17],
    mask: &'a [u8],
    kem: &'a [u8],
    from: &'a OwnIdentity,
    /// Whether the recipient knows by the tag who sends.
    is_from_known: bool,
    recipient: [u8; 32],
    key: [u8; 32],
    psk: [u8; 32],
}

impl Seal<'_> {
    fn prologue(&self) -> [u8; 32] {
        let header = header();
        let sender = self.from.device();
        Domain::SealPrologue.hash(&[
            &[1],
            &[self.suite],
            header.tag.as_bytes(),
            &header.lifetime_hours.to_be_bytes(),
            &[header.priority.byte()],
            &header.purge,
            &self.key_id,
            if self.is_from_known {
                sender.as_bytes()
            } else {
                &[]
            },
            &self.recipient,
            self.kem,
        ])
    }

    fn key_check(&self, key_id: &[u8]) -> [u8; 32] {
        let header = header();
        *Domain::SealKeyCheck.derive(&[
            self.mask,
            header.tag.as_bytes(),
            &header.lifetime_hours.to_be_bytes(),
            &[header.priority.byte()],
            &header.purge,
            key_id,
            self.kem,
        ])
    }

    fn envelope(&self, data: &[u8], is_signed: bool) -> Option<Envelope> {
        let stream = Domain::SealKeyId.derive(&[self.mask, header().tag.as_bytes()]);
        let bytes = self.key_id.iter().zip(stream.iter());
        let key_id: Vec<u8> = bytes.map(|(byte, mask)| byte ^ mask).collect();
        let check = self.key_check(&key_id);
        let inside = |message: &[u8]| {
            let fields = [
                (1, &*key_id),
                (2, self.kem),
                (3, message),
                (4, &check[..16]),
            ];
            ciphertext(self.suite, fields)
        };
        let prologue = self.prologue();
        let sign = is_signed.then_some(|digest: &[u8; 32]| {
            let fields = [&prologue[..], &self.from.agreement().public(), digest];
            self.from.sign(Domain::SealSignature, &fields)
        });
        // A message is never shorter, so that its length takes as many bytes.
        let around_it = inside(&[0; 256]).len() - 256 + XPSK0_OVERHEAD_BYTES;
        let plaintext = whole(data, around_it, sign)?;
        let from = self.from.agreement();
        let (psk, mut rng) = (&self.psk, rng(12));
        let message = seal_xpsk0(from, &self.key, psk, &prologue, &plaintext, &mut rng).ok()?;
        Some(envelope_around(&inside(&message)))
    }
}

fn envelope_around(ciphertext: &[u8]) -> Envelope {
    let bytes = around(ciphertext).expect("one that fits");
    Envelope::from_bytes(&bytes).expect("an envelope of our own")
}

/// To a device's bundle, with a secret that the two share.
fn to_device<'a>(from: &'a OwnIdentity, to: &VerifiedCard, sent: &'a Encapsulated) -> Seal<'a> {
    let mut key_id = [0; 17];
    key_id[1..9].copy_from_slice(&to.bundle.number.to_be_bytes());
    let fields = [&sent.secret[..], &sent.ciphertext, &to.bundle.kem, &SECRET];
    Seal {
        suite: 1,
        key_id,
        mask: &SECRET,
        kem: &sent.ciphertext,
        from,
        is_from_known: false,
        recipient: *to.device.as_bytes(),
        key: to.bundle.agreement,
        psk: *Domain::SealPsk.derive(&fields),
    }
}

fn letter(data: &[u8], is_signed: bool) -> Option<bool> {
    let seal = Seal {
        is_from_known: true,
        ..to_device(&ANN, &BENS_CARD, &FOR_BEN)
    };
    let envelope = seal.envelope(data, is_signed)?;
    let opened = envelope::open(&BEN, None, &envelope, context());
    assert!(opened.is_ok() || !is_signed);
    let letter = Letter::from_bytes(opened.as_ref().ok()?.claim());
    let verified = opened.ok()?.verify(&ANNS_CARD.certificate);
    assert!(verified.is_ok() || !is_signed);
    Some(letter.is_ok() && verified.is_ok())
}

fn join(data: &[u8], is_signed: bool) -> Option<bool> {
    let stored = invite().to_bytes();
    let (key, secret) = (field(&stored, 0), field(&stored, 1));
    let key = AgreementSecret::from_bytes(&key.try_into().expect("a key")).public();
    let psk = Domain::InvitePsk.derive(&[&secret]);
    let mut key_id = [0; 17];
    key_id[0] = 1;
    let seal = Seal {
        suite: 2,
        key_id,
        mask: &*psk,
        kem: &[],
        from: &ANN,
        is_from_known: false,
        recipient: Domain::InviteRecipient.hash(&[&key, &BEN.person().as_bytes()[..16]]),
        key,
        psk: *psk,
    };
    let joiner = accept(&BEN, &invite(), &seal.envelope(data, is_signed)?);
    Some(joiner.is_ok_and(|joiner| joiner.verified.device == ANN.device()))
}

fn answer(data: &[u8], is_signed: bool) -> Option<bool> {
    let seal = to_device(&BEN, &ANNS_CARD, &FOR_ANN);
    let person = BEN.person();
    let pending = strings(&[&person.as_bytes()[..16], &SECRET, JOIN.as_bytes()]);
    let pending = PendingJoin::from_bytes(&pending).expect("a join of our own");
    let finished = pending.finish(&ANN, &seal.envelope(data, is_signed)?);
    Some(finished.is_ok_and(|(inviter, _)| inviter.verified.device == BEN.device()))
}

fn chained(data: &[u8], is_signed: bool) -> Option<bool> {
    let handover = wire::encode(&begun().hand_over(Vec::new()));
    let seed = Domain::ChainMessageSeed.derive(&[&field(&handover, 3)]);
    let key = Domain::ChainMessageKey.derive(&[&*seed, &SALT]);
    let (header, owner) = (header(), ANN.device());
    let bound = Domain::ChainContext.hash(&[
        &[1],
        &[3],
        header.tag.as_bytes(),
        &header.lifetime_hours.to_be_bytes(),
        &[header.priority.byte()],
        &header.purge,
        CHAIN.conversation().as_bytes(),
        owner.as_bytes(),
        CHAIN.id().as_bytes(),
        &[0; 4],
        &SALT,
    ]);
    let sign = is_signed
        .then_some(|digest: &[u8; 32]| ANN.sign(Domain::ChainSignature, &[&bound, digest]));
    let inside = |message: &[u8]| ciphertext(3, [(1, &SALT), (3, message)]);
    let plaintext = whole(data, inside(&[0; 256]).len() - 256 + TAG_BYTES, sign)?;
    let cipher = ChaCha20Poly1305::new((&*key).into());
    let payload = Payload {
        msg: &plaintext,
        aad: &bound,
    };
    let message = cipher.encrypt(&[0; 12].into(), payload).ok()?;
    let envelope = envelope_around(&inside(&message));
    let content = CHAIN.open(&ANN.signing(), &envelope, 0);
    assert!(content.is_ok() || !is_signed);
    let operation = wire::decode::<SignedOperation>(&content.ok()?, BYTES).ok();
    operation.as_ref().map(controlled);
    Some(operation.is_some_and(|operation| operation.verify(&ANN.signing()).is_ok()))
}
