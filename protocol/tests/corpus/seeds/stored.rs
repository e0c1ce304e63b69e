//! What a device stores for itself, and what it signs once and keeps.

use tidings_protocol::conversation::{Accepted, SegmentDocument};
use tidings_protocol::id::{OperationId, Tag};
use tidings_protocol::pair::{Pair, PairNews};
use tidings_protocol::record::Outcome;
use tidings_protocol::sender_chain::ReceiverChain;
use tidings_protocol::wire;

use super::{Seed, card, envelopes, message, seed};
use crate::fuzz::{ANN, CHAIN, ROOM, START, begun, devices, field, invite, rng, secret};

/// What each tells the other, from the first word to a new secret, and what they then are.
pub(super) fn talk() -> (Vec<(&'static str, PairNews)>, [Pair; 2]) {
    let (low, high) = devices();
    let mut pairs = [Pair::new(low, high), Pair::new(high, low)];
    for pair in &mut pairs {
        assert!(pair.introduce(vec![secret()], START));
    }
    let (mut rng, mut told) = (rng(25), Vec::new());
    for (turn, name) in ["proposal", "answer", "seen"].into_iter().enumerate() {
        let (from, to) = (turn % 2, 1 - turn % 2);
        let sent = pairs[from].send(None, START, &mut rng).unwrap();
        let found = pairs[to].awaited().find(|(tag, _)| *tag == sent.tag);
        let (_, at) = found.unwrap();
        pairs[to].opened(at, 0, START);
        pairs[to].hear(&sent.news, START, &mut rng).unwrap();
        told.push((name, sent.news));
    }
    (told, pairs)
}

/// Ann's chain as Ben holds it who missed two messages and was told nonsense about one of them.
fn receiver() -> ReceiverChain {
    let mut chain = ReceiverChain::from_bytes(&CHAIN.to_bytes()).unwrap();
    chain.opened(2);
    chain.failed(1);
    chain
}

fn outcomes() -> Vec<Outcome> {
    let (tag, message) = (Tag::new([1; 16]), OperationId::new([2; 32]));
    vec![
        Outcome::Invited {
            code: invite().code(&ANN, &[]).to_string(),
            expires_at: START,
            tag,
        },
        Outcome::Joining { tag },
        Outcome::Sent { message },
        Outcome::Done,
        Outcome::RoomMade { conversation: ROOM },
    ]
}

/// Each after the byte that says what it is.
pub(super) fn all() -> Vec<Seed> {
    let mut document = SegmentDocument::new(ROOM, 0).unwrap();
    document.accept(&Accepted::from(&message())).unwrap();
    let (pending, ..) = envelopes::pairing();
    let (_, [low, high]) = talk();
    let mut own = Vec::from([
        ("identity", 0, ANN.to_bytes().to_vec()),
        ("invite", 1, invite().to_bytes().to_vec()),
        ("pending-join", 2, pending.to_bytes().to_vec()),
        ("sender", 3, begun().to_bytes().to_vec()),
        ("receiver", 4, receiver().to_bytes().to_vec()),
        ("pair-low", 5, low.to_bytes().to_vec()),
        ("pair-high", 5, high.to_bytes().to_vec()),
        ("snapshot", 7, document.save()),
    ]);
    let names = ["invited", "joining", "sent", "done", "room-made"];
    for (name, outcome) in names.into_iter().zip(outcomes()) {
        own.push((name, 6, wire::encode(&outcome)));
    }
    own.into_iter()
        .map(|(name, what, bytes)| seed(name, [&[what], bytes.as_slice()].concat()))
        .collect()
}

/// The payloads of Ann's card, each after the byte that says which it is, and the card.
pub(super) fn certified() -> Vec<Seed> {
    let anns = ANN.card(Vec::new());
    [
        ("epoch", field(&wire::encode(&anns.epoch), 1)),
        ("certificate", field(&wire::encode(&anns.certificate), 0)),
        ("bundle", field(&wire::encode(&anns.bundle), 0)),
        ("card", card()),
    ]
    .into_iter()
    .zip(0_u8..)
    .map(|((name, bytes), what)| seed(name, [&[what], bytes.as_slice()].concat()))
    .collect()
}
