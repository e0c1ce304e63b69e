//! Frames of sessions, what is inside of those, and links.

use minicbor::Encode;
use minicbor::bytes::ByteVec;
use tidings_protocol::id::SecretId;
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, Responder};
use tidings_protocol::sync::SessionMessage;
use tidings_protocol::wire;

use super::{Seed, card, seed};
use crate::fuzz::{ANN, BEN, ROOM, asking, rng};

/// What a session is asked for with.
#[derive(Encode)]
#[cbor(map)]
struct Opening {
    #[n(0)]
    held: Vec<SecretId>,
    #[n(1)]
    card: ByteVec,
}

/// What is replied.
#[derive(Encode)]
#[cbor(map)]
struct Reply {
    #[n(0)]
    hello: Hello,
    #[n(1)]
    chosen: SecretId,
    #[n(2)]
    card: ByteVec,
}

fn first_frame() -> Vec<u8> {
    let held = HeldSecrets {
        secrets: vec![SecretId::new([7; 16])],
        is_confirmed: true,
    };
    let (ann, ben) = (ANN.agreement(), BEN.agreement().public());
    let started = Initiator::start(ann, &ben, Hello::OURS, held, card(), &mut rng(27));
    started.unwrap().1
}

pub(super) fn frames() -> Vec<Seed> {
    let (_, asked) = asking();
    let read = Responder::read(BEN.agreement(), Hello::OURS, &asked, &mut rng(28));
    let (reply, _) = read.unwrap().finish(None, card()).unwrap();
    vec![
        seed("first", first_frame()),
        seed("reply", reply),
        seed("hello", Hello::OURS.to_bytes()),
    ]
}

/// Each after the byte that says which frame it is in.
pub(super) fn handshakes() -> Vec<Seed> {
    let opening = |held| {
        wire::encode(&Opening {
            held,
            card: card().into(),
        })
    };
    let reply = wire::encode(&Reply {
        hello: Hello::OURS,
        chosen: SecretId::new([0; 16]),
        card: card().into(),
    });
    [
        ("opening", 0, opening(Vec::new())),
        ("opening-held", 0, opening(vec![SecretId::new([7; 16]); 4])),
        ("reply", 1, reply),
    ]
    .map(|(name, which, payload)| seed(name, [&[which], payload.as_slice()].concat()))
    .into()
}

/// What is done in a session or with links: what, which, and bytes.
fn event(what: u8, which: u8, bytes: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(bytes.len()).unwrap().to_be_bytes();
    [&[what, which, high, low], bytes].concat()
}

/// A message each way, one that nobody sealed, and one that is damaged.
pub(super) fn transports() -> Vec<Seed> {
    let typing = SessionMessage::Typing(ROOM).to_bytes();
    let events = [
        event(1, 0, &typing),
        event(1, 1, &typing),
        event(0, 0, &[7; 40]),
        event(1, 0, &[]),
        event(2, 5, &typing),
    ];
    vec![seed("some", events.concat())]
}

/// A link for a session with a frame of it, one for a join, a tick, and the end of the first.
pub(super) fn engines() -> Vec<Seed> {
    let events = [
        event(0, 0, &[]),
        event(2, 0, &first_frame()),
        event(1, 1, &[]),
        event(3, 1, &[7, 7]),
        event(5, 0, &[]),
        event(4, 0, &[]),
    ];
    vec![seed("links", events.concat())]
}
