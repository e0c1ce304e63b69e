//! The targets of plain decoders: bytes that are a value or an error, and what is done with the value.

use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::Letter;
use tidings_protocol::id::{ActorId, AdmissionId};
use tidings_protocol::identity::Card;
use tidings_protocol::operation::{
    Content, Fork, Header, Kind, Operation, SignedFork, SignedOperation,
};
use tidings_protocol::pair::{Pair, PairNews};
use tidings_protocol::pairing::JoinReply;
use tidings_protocol::room::{Author, ControlBody, ControlOperation};
use tidings_protocol::sender_chain::{Handover, ReceiverChain};
use tidings_protocol::sync::{SessionMessage, SignedReceipt};
use tidings_protocol::wire;

use super::people::{ANN, BEN, BYTES, CHAIN, START, rng, secret};

pub fn letter(data: &[u8]) {
    if let Ok(letter) = Letter::from_bytes(data) {
        let bytes = letter.to_bytes();
        let again = Letter::from_bytes(&bytes).expect("a letter of ours");
        assert_eq!(again.to_bytes(), bytes);
        assert_eq!(again.purge_hash(), letter.purge_hash());
        hear(&letter.news);
        letter.messages.into_iter().for_each(said);
        letter.card.as_deref().into_iter().for_each(card);
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
    for (own, peer) in [(ann, ben), (ben, ann)] {
        let mut rng = rng(7);
        let mut pair = Pair::new(own, peer);
        pair.agree(secret(), START);
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
        assert_eq!(
            SessionMessage::from_bytes(&message.to_bytes()),
            Ok(message.clone())
        );
        said(message);
    }
}

/// What a message of a session says, taken as far as it goes without a conversation to take it into.
fn said(message: SessionMessage) {
    match message {
        SessionMessage::Operations(operations) => {
            for operation in &operations {
                let _ = controlled(operation);
            }
        }
        SessionMessage::Control(control) => {
            for introduction in &control.cards {
                card(&introduction.card);
            }
            for entry in &control.operations {
                let _ = controlled(&entry.operation);
            }
        }
        SessionMessage::Fork(claim) => {
            let _ = proven(claim.fork);
        }
        SessionMessage::Receipt(receipt) => acknowledged(&receipt),
        SessionMessage::Pair(news) => hear(&news),
        SessionMessage::Card(bytes) => card(&bytes),
        SessionMessage::Vector(vector) | SessionMessage::News(vector) => {
            let _ = (vector.entries(), vector.digest());
            if let Some(control) = vector.control {
                let _ = control.rest_of(control.cards.clone());
            }
        }
        SessionMessage::Addresses(_)
        | SessionMessage::CaughtUp(_)
        | SessionMessage::Digest(..)
        | SessionMessage::Ask(..)
        | SessionMessage::Typing(_)
        | SessionMessage::Custody(_) => {}
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
        let _ = controlled(&operation);
        let _ = operation.verify(&ANN.signing());
    }
}

/// What an operation says, as if Ann had written it as the actor that she is there: what is behind her
/// signature and the commitment to the body is reached with whatever bytes. It is a control operation, or
/// nothing.
pub fn controlled(operation: &SignedOperation) -> Option<ControlOperation> {
    let header = operation.claimed().ok()?;
    let body = operation.body.as_ref()?;
    let _ = Content::from_bytes(header.kind, &body.bytes);
    let admission = AdmissionId::from(header.conversation);
    let header = Header {
        actor: ActorId::of(ANN.device(), header.conversation, admission),
        ..header
    };
    let authored = Operation::author(header, body.bytes.clone(), &ANN, &mut rng(10)).ok()?;
    let verified = authored.signed().clone().verify(&ANN.signing());
    assert_eq!(verified.as_ref(), Ok(&authored));
    let author = Author {
        person: ANN.person(),
        device: ANN.device(),
        admission,
    };
    let control = ControlOperation::read(&authored, author).ok()?;
    assert_eq!(control.body().check(), Ok(()));
    Some(control)
}

pub fn fork(data: &[u8]) {
    if let Ok(fork) = wire::decode::<SignedFork>(data, BYTES) {
        assert_eq!(wire::decode(&wire::encode(&fork), BYTES), Ok(fork.clone()));
        let _ = proven(fork);
    }
}

/// What two operations prove if Ann signed both.
pub fn proven(fork: SignedFork) -> Option<Fork> {
    let ann = ANN.signing();
    let _ = (fork.clone().verify(&ann), fork.clone().stored());
    let fork = SignedFork {
        first: signed(fork.first),
        second: signed(fork.second),
    };
    let stored = fork.clone().stored();
    let proof = fork.verify(&ann).ok()?;
    assert_eq!(stored.as_ref(), Some(&proof));
    Some(proof)
}

fn signed(operation: SignedOperation) -> SignedOperation {
    let signature = ANN.sign(Domain::OperationSignature, &[operation.id().as_bytes()]);
    SignedOperation {
        signature: signature.into(),
        ..operation
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
        acknowledged(&receipt);
    }
}

fn acknowledged(receipt: &SignedReceipt) {
    let _ = receipt.verify(&ANN.signing());
    if let Some(receipt) = receipt.stored() {
        let signed = receipt.sign(&ANN);
        if let Ok(verified) = signed.verify(&ANN.signing()) {
            assert_eq!(verified, receipt);
        }
    }
}

pub fn reply(data: &[u8]) {
    if let Ok(reply) = JoinReply::from_bytes(data) {
        assert_eq!(JoinReply::from_bytes(&reply.to_bytes()), Ok(reply));
    }
}
