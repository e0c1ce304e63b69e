//! Cards, invite codes and letters.

use serde_json::{Value, json};
use tidings_protocol::envelope::Letter;
use tidings_protocol::id::{EnvelopeId, SecretId, SenderChainId};
use tidings_protocol::pair::Pair;
use tidings_protocol::pairing::{ContactSecret, InviteCode, InviteSecret};
use tidings_protocol::sender_chain::SenderChain;
use tidings_protocol::sync::SessionMessage;
use tidings_protocol::wire;

use crate::{ROOM, START, ann, ben, hex, messages, operations, pairs, rng};

pub(super) const ADDRESS: &str = "/ip4/192.0.2.1/udp/4001/quic-v1";

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
    let invite = |seed: u8, addresses: &[&str], relays: &[&str]| {
        let (own, secret) = (ben(), InviteSecret::generate(&mut rng(seed)));
        let circuits = relays
            .iter()
            .map(|relay| format!("{relay}/p2p/a/p2p-circuit"));
        let all: Vec<String> = addresses
            .iter()
            .map(ToString::to_string)
            .chain(circuits)
            .collect();
        let code = secret.code(&own, &all);
        let read: InviteCode = code.to_string().parse().unwrap();
        assert_eq!(
            (read.addresses(), read.tag()),
            (all[..addresses.len()].to_vec(), secret.tag())
        );
        assert_eq!(read.relays(), relays);
        json!({
            "name": format!("an invite with {} addresses and {} relays", addresses.len(), relays.len()),
            "addresses": addresses,
            "relays": relays,
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
        invite(30, &[], &[]),
        invite(31, &[ADDRESS, tcp], &[]),
        invite(32, &[six], &[]),
        invite(33, &[ADDRESS], &["/ip4/198.51.100.1/tcp/4002"]),
    ]
}

pub(super) fn secret() -> ContactSecret {
    ContactSecret {
        id: SecretId::new([7; 16]),
        key: [9; 32].into(),
    }
}

/// What the one with the lower id tells the other: a key, and a share for a new secret.
pub(super) fn least() -> Letter {
    let (ann, ben) = (ann().device(), ben().device());
    let mut pair = Pair::new(ann.min(ben), ann.max(ben));
    assert!(pair.introduce(vec![secret()], START));
    let news = pair.send(None, START, &mut rng(36)).unwrap().news;
    Letter::new([7; 32].into(), news)
}

pub(super) fn letters() -> Vec<Value> {
    let mut full = least();
    full.news = pairs::everything();
    full.messages = vec![
        SessionMessage::Operations(vec![operations::contents()[0].signed().clone()]),
        SessionMessage::Receipt(messages::receipt().sign(&ben())),
    ];
    let chain = SenderChain::begin(ROOM, START, &mut rng(37));
    full.handovers = vec![chain.hand_over(vec![operations::control()[0].1.id()])];
    full.unreadable = vec![EnvelopeId::new([2; 32])];
    full.card = Some(ann().card(Vec::new()).to_bytes());
    full.holds = vec![chain.id(), SenderChainId::new([6; 16])];
    let letter = |name: &str, letter: &Letter| {
        assert!(Letter::from_bytes(&letter.to_bytes()).is_ok());
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
            "holds": letter.holds.iter().map(|id| hex(id.as_bytes())).collect::<Vec<_>>(),
            "letter": hex(&*letter.to_bytes()),
            "messages": messages.collect::<Vec<_>>(),
            "news": pairs::news(&letter.news),
            "purge": hex(letter.purge.as_ref()),
            "purge_hash": hex(letter.purge_hash()),
            "unreadable": letter.unreadable.iter().map(|id| hex(id.as_bytes())).collect::<Vec<_>>(),
        })
    };
    vec![
        letter("the least", &least()),
        letter("of everything one, of messages two", &full),
    ]
}
