//! What travels without being sealed, or inside what is.

use serde_json::{Value, json};
use tidings_protocol::envelope::Letter;
use tidings_protocol::id::{ActorId, ConversationId, EnvelopeId, OperationId, SecretId};
use tidings_protocol::operation::{
    Content, Header, Kind, OPERATION_VERSION, Operation, SignedOperation,
};
use tidings_protocol::pair::Pair;
use tidings_protocol::pairing::{ContactSecret, InviteCode, InviteSecret};
use tidings_protocol::room::{ControlBody, CreateBody};
use tidings_protocol::sender_chain::SenderChain;
use tidings_protocol::sync::SessionMessage;
use tidings_protocol::time::LogicalTime;
use tidings_protocol::wire;

use crate::{ROOM, START, ann, ben, hex, rng};

const ADDRESS: &str = "/ip4/192.0.2.1/udp/4001/quic-v1";

pub(super) fn cards() -> Vec<Value> {
    let card = |addresses: &[String]| {
        let (own, card) = (ann(), ann().card(addresses.to_vec()));
        assert!(card.verify().is_ok());
        json!({
            "name": format!("a card with {} addresses", addresses.len()),
            "addresses": addresses,
            "agreement": hex(own.agreement().public()),
            "card": hex(card.to_bytes()),
            "device": hex(own.device().as_bytes()),
            "person": hex(own.person().as_bytes()),
            "person_name": own.name(),
            "signing": hex(own.signing().as_bytes()),
            "transport": hex(own.transport().as_bytes()),
        })
    };
    vec![card(&[]), card(&[ADDRESS.to_owned()])]
}

pub(super) fn invites() -> Vec<Value> {
    let invite = |seed: u8, addresses: &[&str]| {
        let (own, secret) = (ben(), InviteSecret::generate(&mut rng(seed)));
        let addresses: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let code = secret.code(&own, &addresses);
        let read: InviteCode = code.to_string().parse().unwrap();
        assert_eq!(
            (read.addresses(), read.tag()),
            (addresses.clone(), secret.tag())
        );
        json!({
            "name": format!("an invite with {} addresses", addresses.len()),
            "addresses": addresses,
            "code": code.to_string(),
            "person": hex(own.person().as_bytes()),
            "stored": hex(secret.to_bytes()),
            "tag": hex(code.tag().as_bytes()),
            "transport": hex(own.transport().as_bytes()),
        })
    };
    let (tcp, six) = (
        "/ip4/192.0.2.1/tcp/4001",
        "/ip6/2001:db8::1/udp/4001/quic-v1",
    );
    vec![
        invite(30, &[]),
        invite(31, &[ADDRESS, tcp]),
        invite(32, &[six]),
    ]
}

fn conversation() -> ConversationId {
    ConversationId::direct(ann().person(), ben().person())
}

fn actor() -> ActorId {
    ActorId::direct(ann().device(), conversation())
}

fn header(content: &Content, seq: u64, prev: Option<OperationId>) -> Header {
    Header {
        version: OPERATION_VERSION,
        kind: content.kind(),
        conversation: conversation(),
        actor: actor(),
        seq,
        prev,
        logical: LogicalTime::new(40 + seq),
        wall: START,
        disappears_after: None,
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: None,
    }
}

/// Ann's first words in a direct conversation, and what she thinks of them.
fn contents() -> [Operation; 2] {
    let text = "The bridge at Ford Street is open.".to_owned();
    let message = Content::Message { text };
    let first = header(&message, 1, None);
    let first = Operation::author(first, message.to_bytes(), &ann(), &mut rng(33)).unwrap();
    let reaction = Content::Reaction {
        emoji: "\u{1f44d}".to_owned(),
        set: true,
    };
    let second = Header {
        target: Some(first.id()),
        disappears_after: Some(3600),
        ..header(&reaction, 2, Some(first.id()))
    };
    let second = Operation::author(second, reaction.to_bytes(), &ann(), &mut rng(34)).unwrap();
    [first, second]
}

fn create() -> Operation {
    let (own, nonce) = (ann(), [3; 32]);
    let room = ConversationId::room(own.person(), own.device(), &nonce);
    let body = ControlBody::Create(CreateBody {
        creator: own.person(),
        nonce: nonce.into(),
        title: "Ford Street".to_owned(),
    });
    let header = Header {
        kind: Kind::Create,
        conversation: room,
        actor: ActorId::direct(own.device(), room),
        parents: Some(Vec::new()),
        ..header(&Content::Delete, 1, None)
    };
    Operation::author(header, body.to_bytes(), &own, &mut rng(35)).unwrap()
}

fn operation(name: &str, operation: &SignedOperation) -> Value {
    let verified = operation.clone().verify(&ann().signing()).unwrap();
    let header = verified.header();
    json!({
        "name": name,
        "actor": hex(header.actor.as_bytes()),
        "author_device": hex(ann().device().as_bytes()),
        "author_person": hex(ann().person().as_bytes()),
        "author_signing": hex(ann().signing().as_bytes()),
        "conversation": hex(header.conversation.as_bytes()),
        "id": hex(verified.id().as_bytes()),
        "kind": header.kind.number(),
        "operation": hex(wire::encode(operation)),
        "other_person": (!header.kind.is_control()).then(|| hex(ben().person().as_bytes())),
        "prev": header.prev.map(|prev| hex(prev.as_bytes())),
        "seq": header.seq,
        "target": header.target.map(|target| hex(target.as_bytes())),
    })
}

pub(super) fn operations() -> Vec<Value> {
    let [first, second] = contents();
    let erased = SignedOperation {
        body: None,
        ..first.signed().clone()
    };
    vec![
        operation("a message", first.signed()),
        operation("a reaction to it", second.signed()),
        operation("the message, erased", &erased),
        operation("the making of a room", create().signed()),
    ]
}

pub(super) fn secret() -> ContactSecret {
    ContactSecret {
        id: SecretId::new([7; 16]),
        key: [9; 32].into(),
    }
}

/// What the one with the lower id tells the other: a key, and a share for a new secret.
fn pair() -> Pair {
    let (ann, ben) = (ann().device(), ben().device());
    let mut pair = Pair::new(ann.min(ben), ann.max(ben));
    assert!(pair.introduce(vec![secret()], START));
    pair
}

pub(super) fn least() -> Letter {
    let news = pair().send(None, START, &mut rng(36)).unwrap().news;
    Letter::new([7; 32].into(), news)
}

pub(super) fn letters() -> Vec<Value> {
    let mut full = least();
    let operations = contents().map(|operation| operation.signed().clone());
    full.messages = vec![SessionMessage::Operations(vec![operations[0].clone()])];
    let chain = SenderChain::begin(ROOM, START, &mut rng(37));
    full.handovers = vec![chain.hand_over(vec![create().id()])];
    full.unreadable = vec![EnvelopeId::new([2; 32])];
    full.card = Some(ann().card(Vec::new()).to_bytes());
    let letter = |name: &str, letter: &Letter| {
        assert!(Letter::from_bytes(&letter.to_bytes()).is_ok());
        let ratchet = letter.news.ratchet.unwrap();
        let handovers = letter.handovers.iter().map(|handover| {
            json!({
                "conversation": hex(handover.conversation.as_bytes()),
                "chain": hex(handover.chain.as_bytes()),
                "handover": hex(wire::encode(handover)),
                "control": handover.control.iter().map(|id| hex(id.as_bytes())).collect::<Vec<_>>(),
            })
        });
        let messages = letter
            .messages
            .iter()
            .map(|message| hex(message.to_bytes()));
        json!({
            "name": name,
            "card": letter.card.as_ref().map(hex),
            "handovers": handovers.collect::<Vec<_>>(),
            "letter": hex(&*letter.to_bytes()),
            "messages": messages.collect::<Vec<_>>(),
            "proposal": letter.news.proposal.as_ref().map(|told| hex(wire::encode(told))),
            "purge": hex(letter.purge.as_ref()),
            "purge_hash": hex(letter.purge_hash()),
            "ratchet_number": ratchet.number,
            "ratchet_public": hex(ratchet.public),
            "unreadable": letter.unreadable.iter().map(|id| hex(id.as_bytes())).collect::<Vec<_>>(),
        })
    };
    vec![
        letter("the least", &least()),
        letter("of everything one", &full),
    ]
}
