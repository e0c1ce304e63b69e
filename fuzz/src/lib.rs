//! What the fuzz targets do: bytes of peers against everything that reads them. Whatever bytes come, each
//! gives a value or an error, and what it gives is encoded to something that it reads as the same again.
//!
//! The ordinary tests run the same over `fuzz/corpus/` (`protocol/tests/corpus.rs`).

use std::sync::LazyLock;
use std::time::Duration;

use tidings_protocol::engine::{Engine, Input, LinkId, LinkPurpose, Output};
use tidings_protocol::envelope::{self, Context, Envelope, Letter, Recipient};
use tidings_protocol::id::{ConversationId, SecretId, Tag, TransportId};
use tidings_protocol::identity::{
    AgreementSecret, Card, OwnIdentity, VerifiedCard, typed_safety_words,
};
use tidings_protocol::operation::{Content, Kind, SignedOperation};
use tidings_protocol::pair::{Pair, PairNews};
use tidings_protocol::pairing::{ContactSecret, InviteCode, InviteSecret, JoinReply, accept};
use tidings_protocol::record::{Profile, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_protocol::room::ControlBody;
use tidings_protocol::sender_chain::{Handover, Postage, ReceiverChain, SenderChain};
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, Responder};
use tidings_protocol::sync::{SessionMessage, SignedReceipt};
use tidings_protocol::time::{Monotonic, Now, WallTime};
use tidings_protocol::wire;

/// The name of a target, which is also that of its file and of its corpus, and what it does.
pub type Target = (&'static str, fn(&[u8]));

/// Every target.
pub const TARGETS: [Target; 17] = [
    ("card", card),
    ("chain", chain),
    ("code", code),
    ("content", content),
    ("control", control),
    ("engine", engine),
    ("envelope", envelope),
    ("handover", handover),
    ("letter", letter),
    ("message", message),
    ("news", news),
    ("open", open),
    ("operation", operation),
    ("receipt", receipt),
    ("reply", reply),
    ("sealed", sealed),
    ("session", session),
];

/// When everything here happens.
pub const START: WallTime = WallTime::from_millis(1_700_000_000_000);
/// Where.
pub const ROOM: ConversationId = ConversationId::new([6; 32]);
/// What the two share.
pub const SECRET: [u8; 32] = [9; 32];
/// Longest input of its kind that a target looks at.
const BYTES: usize = 64 * 1024;

/// Who writes.
pub static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ann", 1));
/// Who reads.
pub static BEN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ben", 2));
/// What Ben reads of Ann's chain, at its beginning.
pub static CHAIN: LazyLock<ReceiverChain> = LazyLock::new(|| {
    let handover = begun().hand_over(Vec::new());
    ReceiverChain::take(ANN.device(), &handover, START)
});
static BENS_CARD: LazyLock<VerifiedCard> = LazyLock::new(|| verified(&BEN));
static ANNS_CARD: LazyLock<VerifiedCard> = LazyLock::new(|| verified(&ANN));

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

/// What Ann says beside an envelope's tag.
pub fn postage() -> Postage {
    Postage {
        lifetime_hours: 168,
        priority: 2,
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
    let header = envelope::Header {
        tag: Tag::new([7; 16]),
        lifetime_hours: 168,
        priority: 2,
        purge: [8; 32],
    };
    let recipient = Recipient::from(&*BENS_CARD);
    envelope::seal(&ANN, recipient, context(), &header, payload, &mut rng(5)).ok()
}

/// Carriers' view of an envelope.
pub fn envelope(data: &[u8]) {
    if let Ok(envelope) = Envelope::from_bytes(data) {
        let again = Envelope::from_bytes(&envelope.to_bytes());
        assert_eq!(again.as_ref(), Ok(&envelope));
        assert_eq!(envelope.as_bytes(), data);
        open_by_all(&envelope);
    }
}

/// What a ciphertext holds, of any suite, in an envelope of the right size around it.
pub fn sealed(data: &[u8]) {
    if let Some(bytes) = around(data)
        && let Ok(envelope) = Envelope::from_bytes(&bytes)
    {
        open_by_all(&envelope);
    }
}

fn open_by_all(envelope: &Envelope) {
    for context in [context(), Context::default()] {
        if let Ok(unverified) = envelope::open(&BEN, None, envelope, context) {
            let _ = Letter::from_bytes(unverified.claim());
            let _ = unverified.verify(&ANNS_CARD.certificate);
        }
    }
    let _ = accept(&BEN, &invite(), envelope);
    let _ = CHAIN.open(&ANN.signing(), envelope, 0);
}

/// An envelope around `ciphertext`, which is followed by zeros if it is no ciphertext of a size class.
pub fn around(ciphertext: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = vec![0xa6, 0, 1, 1, 0x50];
    bytes.extend([7; 16]);
    bytes.extend([2, 24, 168, 3, 2, 4, 0x58, 32]);
    bytes.extend([8; 32]);
    bytes.extend([5, 0x59]);
    let least = bytes.len().checked_add(2)?.checked_add(ciphertext.len())?;
    let mut classes = envelope::SIZE_CLASSES_BYTES.into_iter();
    let class = classes.find(|class| *class >= least)?;
    let length = class.checked_sub(least)?.checked_add(ciphertext.len())?;
    bytes.extend(u16::try_from(length).ok()?.to_be_bytes());
    bytes.extend(ciphertext);
    bytes.resize(class, 0);
    Some(bytes)
}

/// Whatever is sealed opens as itself, and what is inside is read like a letter.
pub fn open(data: &[u8]) {
    let Some(envelope) = sealed_to_ben(data) else {
        assert!(data.len() > envelope::PAYLOAD_BYTES_MAX);
        return;
    };
    let unverified = envelope::open(&BEN, None, &envelope, context()).expect("sealed for Ben");
    let opened = unverified.verify(&ANNS_CARD.certificate);
    assert_eq!(*opened.expect("sealed by Ann").payload, data);
    letter(data);
}

/// Whatever a chain's owner writes opens as itself; and what anybody puts in its place does not.
pub fn chain(data: &[u8]) {
    let mut chain = begun();
    let Ok(envelope) = chain.seal(&ANN, postage(), data, &mut rng(6)) else {
        assert!(data.len() > envelope::PAYLOAD_BYTES_MAX);
        return;
    };
    let opened = CHAIN.open(&ANN.signing(), &envelope, 0);
    assert_eq!(*opened.expect("a message of the chain"), data);
    assert!(CHAIN.open(&ANN.signing(), &envelope, 1).is_err());
    if let Ok(operation) = wire::decode::<SignedOperation>(data, BYTES) {
        let _ = operation.verify(&ANN.signing());
    }
}

pub fn letter(data: &[u8]) {
    if let Ok(letter) = Letter::from_bytes(data) {
        let bytes = letter.to_bytes();
        let again = Letter::from_bytes(&bytes).expect("a letter of ours");
        assert_eq!(again.to_bytes(), bytes);
        assert_eq!(again.purge_hash(), letter.purge_hash());
        hear(&letter.news);
    }
}

/// What two devices tell each other, taken in by one of them.
pub fn news(data: &[u8]) {
    if let Ok(news) = wire::decode::<PairNews>(data, BYTES) {
        assert_eq!(wire::decode(&wire::encode(&news), BYTES), Ok(news.clone()));
        hear(&news);
    }
}

fn hear(news: &PairNews) {
    let (ann, ben) = (ANN.device(), BEN.device());
    let secret = ContactSecret {
        id: SecretId::new([7; 16]),
        key: SECRET.into(),
    };
    for (own, peer) in [(ann, ben), (ben, ann)] {
        let mut rng = rng(7);
        let mut pair = Pair::new(own, peer);
        pair.agree(secret.clone(), START);
        let before = pair.to_bytes();
        if pair.hear(news, START, &mut rng).is_err() {
            assert_eq!(pair.to_bytes(), before);
        }
        let _ = pair.send(None, START, &mut rng);
        let bytes = pair.to_bytes();
        let again = Pair::from_bytes(&bytes).expect("a pair of ours");
        assert_eq!(again.to_bytes(), bytes);
    }
}

/// A chain that is handed over, taken by who holds nothing of it and by who does.
pub fn handover(data: &[u8]) {
    if let Ok(handover) = wire::decode::<Handover>(data, BYTES) {
        assert_eq!(
            wire::decode(&wire::encode(&handover), BYTES),
            Ok(handover.clone())
        );
        // Only what comes in a letter is sound.
        let mut bytes = vec![0xa5, 0, 0x58, 32];
        bytes.extend([0; 32]);
        bytes.extend([1, 0xa0, 2, 0x80, 3, 0x81]);
        bytes.extend(wire::encode(&handover));
        bytes.extend([4, 0x80]);
        if let Ok(letter) = Letter::from_bytes(&bytes) {
            for handover in &letter.handovers {
                let taken = ReceiverChain::take(ANN.device(), handover, START);
                let _ = (taken.awaited().count(), taken.to_bytes());
                let mut held = ReceiverChain::from_bytes(&CHAIN.to_bytes()).expect("ours");
                let _ = held.go_on(handover);
                let _ = (held.awaited().count(), held.to_bytes());
            }
        }
    }
}

pub fn message(data: &[u8]) {
    if let Ok(message) = SessionMessage::from_bytes(data) {
        if let SessionMessage::Operations(operations) = &message {
            for operation in operations {
                let _ = (operation.claimed(), operation.id());
            }
        }
        assert_eq!(SessionMessage::from_bytes(&message.to_bytes()), Ok(message));
    }
}

pub fn card(data: &[u8]) {
    if let Ok(card) = Card::from_bytes(data) {
        let _ = card.verify();
        assert_eq!(Card::from_bytes(&card.to_bytes()), Ok(card));
    }
}

pub fn operation(data: &[u8]) {
    if let Ok(operation) = wire::decode::<SignedOperation>(data, BYTES) {
        assert_eq!(
            wire::decode(&wire::encode(&operation), BYTES),
            Ok(operation.clone())
        );
        if let Ok(header) = operation.claimed()
            && let Some(body) = &operation.body
        {
            let _ = Content::from_bytes(header.kind, &body.bytes);
            let _ = ControlBody::read(header.kind, &body.bytes);
        }
        let _ = operation.verify(&ANN.signing());
    }
}

pub fn content(data: &[u8]) {
    for kind in Kind::known_content() {
        if let Ok(Some(content)) = Content::from_bytes(kind, data) {
            let again = Content::from_bytes(kind, &content.to_bytes());
            assert_eq!(again, Ok(Some(content)));
        }
    }
}

pub fn control(data: &[u8]) {
    for number in 256..=264 {
        let kind = Kind::from(number);
        if let Ok(body) = ControlBody::read(kind, data) {
            assert_eq!(body.check(), Ok(()));
            assert_eq!(ControlBody::read(body.kind(), &body.to_bytes()), Ok(body));
        }
    }
}

pub fn receipt(data: &[u8]) {
    if let Ok(receipt) = wire::decode::<SignedReceipt>(data, BYTES) {
        assert_eq!(
            wire::decode(&wire::encode(&receipt), BYTES),
            Ok(receipt.clone())
        );
        let _ = receipt.stored();
        let _ = receipt.verify(&ANN.signing());
    }
}

pub fn reply(data: &[u8]) {
    if let Ok(reply) = JoinReply::from_bytes(data) {
        assert_eq!(JoinReply::from_bytes(&reply.to_bytes()), Ok(reply));
    }
}

/// Whatever a person pastes is an invite code or an error, and a code reads back as itself.
pub fn code(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(code) = text.parse::<InviteCode>() {
        let again: InviteCode = code.to_string().parse().expect("a code of ours");
        assert_eq!(again, code);
        let _ = code.addresses();
    }
    let _ = typed_safety_words(text);
}

/// The first frames of a session, either way.
pub fn session(data: &[u8]) {
    let own = BEN.agreement();
    if let Ok(responder) = Responder::read(own, Hello::OURS, data, &mut rng(8)) {
        let _ = Card::from_bytes(responder.card());
        let _ = responder.finish(None, Vec::new());
    }
    let (ann, ben) = (ANN.agreement(), AgreementSecret::public(own));
    let started = Initiator::start(
        ann,
        &ben,
        Hello::OURS,
        HeldSecrets::default(),
        Vec::new(),
        &mut rng(9),
    );
    let (initiator, _) = started.expect("keys that are fit for use");
    let _ = initiator.finish(data, |_| None);
}

fn at(millis: u64) -> Now {
    Now {
        wall: START.after(Duration::from_millis(millis)),
        monotonic: Monotonic::from_millis(millis),
    }
}

/// What a stranger does next: what, on which link, with how many bytes, and those.
fn event(data: &[u8]) -> Option<(u8, u8, &[u8], &[u8])> {
    let ([what, which, high, low], rest) = data.split_first_chunk()?;
    let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
    let (bytes, rest) = rest.split_at(length);
    Some((*what, *which, bytes, rest))
}

/// Whatever links strangers open and whatever frames they send on them, in any order, an engine
/// goes on, makes nothing durable of it, and lets a bounded number of links stand.
pub fn engine(mut data: &[u8]) {
    let profile = Profile {
        identity: Some(SecretBytes::from(ANN.to_bytes())),
        ..Profile::default()
    };
    let mut engine = Engine::open(profile, &[2; 32], at(0)).expect("a profile of ours");
    let (mut opened, mut millis) = (0, 0);
    while let Some((what, which, bytes, rest)) = event(data) {
        let peer = TransportId::new([which; 32]);
        let link = LinkId::new(1 + u64::from(which) % 16);
        let input = match what % 6 {
            0 | 1 => {
                opened += 1;
                Input::LinkOpened {
                    link: LinkId::new(opened),
                    peer,
                    purpose: if what % 6 == 0 {
                        LinkPurpose::IncomingSession
                    } else {
                        LinkPurpose::IncomingJoin
                    },
                }
            }
            2 | 3 => Input::Frame {
                link,
                bytes: bytes.to_vec(),
            },
            4 => Input::LinkClosed { link },
            _ => Input::Tick,
        };
        engine.handle(input, at(millis));
        while let Some((_, output)) = engine.poll() {
            assert!(
                matches!(output, Output::Effect(_)),
                "a stranger changed something"
            );
        }
        (data, millis) = (rest, millis + 100);
    }
    assert_eq!(engine.live().count(), 0);
}
