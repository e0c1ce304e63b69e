//! The people of the fuzz targets: Ann writes, Ben reads, and every secret of theirs is known here, so that
//! any bytes can be put behind a signature, a seal or a checksum that nobody else could make.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use minicbor::Decoder;
use minicbor::bytes::ByteVec;
use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::{self, Context, Envelope, Header, Priority, Recipient};
use tidings_protocol::id::{ConversationId, DeviceId, SecretId, Tag};
use tidings_protocol::identity::{OwnIdentity, SigningSecret, VerifiedCard};
use tidings_protocol::pairing::{ContactSecret, InviteSecret};
use tidings_protocol::rng::Rng;
use tidings_protocol::sender_chain::{Postage, ReceiverChain, SenderChain};
use tidings_protocol::time::WallTime;
use tidings_protocol::wire;

/// When everything here happens.
pub const START: WallTime = WallTime::from_millis(1_700_000_000_000);
/// Where.
pub const ROOM: ConversationId = ConversationId::new([6; 32]);
/// What the two share.
pub const SECRET: [u8; 32] = [9; 32];
/// Longest input of its kind that a target looks at.
pub const BYTES: usize = 64 * 1024;

/// Who writes.
pub static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ann", 1));
/// Who reads.
pub static BEN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ben", 2));
/// What Ben reads of Ann's chain, at its beginning.
pub static CHAIN: LazyLock<ReceiverChain> = LazyLock::new(|| {
    let handover = begun().hand_over(Vec::new());
    ReceiverChain::take(ANN.device(), &handover, START)
});
pub static ANNS_CARD: LazyLock<VerifiedCard> = LazyLock::new(|| verified(&ANN));
pub static BENS_CARD: LazyLock<VerifiedCard> = LazyLock::new(|| verified(&BEN));
/// The keys that Ann signs with.
pub static ANNS_KEYS: LazyLock<Keys> = LazyLock::new(|| {
    let stored = ANN.to_bytes();
    let key = |number| signing_key(&field(&stored, number));
    // The words are the first that her identity draws.
    let entropy = rng(1).secret::<32>();
    Keys {
        root: signing_key(&*Domain::RootKey.derive(&[&*entropy])),
        management: key(3),
        device: key(4),
        transport: key(6),
    }
});

/// What signs a card and its parts.
pub struct Keys {
    pub root: SigningSecret,
    pub management: SigningSecret,
    pub device: SigningSecret,
    pub transport: SigningSecret,
}

fn signing_key(secret: &[u8]) -> SigningSecret {
    SigningSecret::from_bytes(secret.try_into().expect("a secret key"))
}

fn identity(name: &str, seed: u8) -> OwnIdentity {
    let mut rng = rng(seed);
    OwnIdentity::create(name, "laptop", START, &mut rng)
        .expect("a name that is fit for use")
        .0
}

fn verified(own: &OwnIdentity) -> VerifiedCard {
    let card = own.card(Vec::new());
    card.verify().expect("a card of our own")
}

/// A generator that gives the same each time.
pub fn rng(seed: u8) -> Rng {
    Rng::from_seed(&[seed; 32])
}

/// Ann's chain.
pub fn begun() -> SenderChain {
    SenderChain::begin(ROOM, START, &mut rng(3))
}

/// Ben's invite.
pub fn invite() -> InviteSecret {
    InviteSecret::generate(&mut rng(4))
}

/// What the two devices share, with its name.
pub fn secret() -> ContactSecret {
    ContactSecret {
        id: SecretId::new([7; 16]),
        key: SECRET.into(),
    }
}

/// Both devices, the lower first.
pub fn devices() -> (DeviceId, DeviceId) {
    let (ann, ben) = (ANN.device(), BEN.device());
    (ann.min(ben), ann.max(ben))
}

/// What Ann says beside an envelope's tag.
pub fn postage() -> Postage {
    Postage {
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: [8; 32],
    }
}

/// What carriers see of every envelope here.
pub fn header() -> Header {
    Header {
        tag: Tag::new([7; 16]),
        lifetime_hours: 168,
        priority: Priority::USUAL,
        purge: [8; 32],
    }
}

/// What Ann and Ben know before an envelope is opened.
pub fn context() -> Context<'static> {
    Context {
        sender: Some(ANN.device()),
        secret: Some(&SECRET),
    }
}

/// An envelope from Ann to Ben.
pub fn sealed_to_ben(payload: &[u8]) -> Option<Envelope> {
    let recipient = Recipient::from(&*BENS_CARD);
    envelope::seal(&ANN, recipient, context(), &header(), payload, &mut rng(5)).ok()
}

/// How many bytes of an envelope are before its ciphertext.
pub const HEAD_BYTES: usize = 65;

/// An envelope around `ciphertext`, which is followed by zeros if it is no ciphertext of a size class.
pub fn around(ciphertext: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0xa6, 0, 1, 1, 0x50];
    bytes.extend([7; 16]);
    bytes.extend([2, 24, 168, 3, 2, 4, 0x58, 32]);
    bytes.extend([8; 32]);
    bytes.extend([5, 0x59]);
    let least = HEAD_BYTES.checked_add(ciphertext.len())?;
    let mut classes = envelope::SIZE_CLASSES_BYTES.into_iter();
    let class = classes.find(|class| *class >= least)?;
    let length = u16::try_from(class.checked_sub(HEAD_BYTES)?).ok()?;
    bytes.extend(length.to_be_bytes());
    bytes.extend(ciphertext);
    bytes.resize(class, 0);
    Some(bytes)
}

/// A CBOR map of byte strings, numbered from 0.
pub fn strings(fields: &[&[u8]]) -> Vec<u8> {
    let fields = fields.iter().map(|field| ByteVec::from(field.to_vec()));
    wire::encode(&(0_u8..).zip(fields).collect::<BTreeMap<_, _>>())
}

/// The byte string with this number in a CBOR map whose fields are in order.
pub fn field(map: &[u8], number: u8) -> Vec<u8> {
    let mut decoder = Decoder::new(map);
    let fields = decoder.map().expect("a map").expect("of known length");
    for _ in 0..fields {
        if decoder.u8().expect("a number") == number {
            return decoder.bytes().expect("a byte string").to_vec();
        }
        decoder.skip().expect("a value");
    }
    panic!("no field {number}");
}
