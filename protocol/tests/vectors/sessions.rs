//! Handshakes with fixed keys and what comes after them; replies to a join.

use serde_json::{Value, json};
use tidings_protocol::id::SecretId;
use tidings_protocol::pairing::{ContactSecret, JoinReply, Refusal};
use tidings_protocol::session::Transport;
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, REKEY_MESSAGES, Responder};
use tidings_protocol::sync::SessionMessage;

use crate::formats::secret;
use crate::{ROOM, ann, ben, hex, rng, sealing};

/// Which each side's generator begins with.
const SEEDS: (u8, u8) = (50, 51);

/// The key that snow draws first from a generator of this crate.
fn ephemeral(seed: u8) -> Value {
    hex(rng(seed).fork().secret::<32>())
}

fn hello(hello: Hello) -> Value {
    json!({ "bytes": hex(hello.to_bytes()), "highest": hello.max, "lowest": hello.min })
}

/// The first message of each direction, and the first after that direction was rekeyed.
fn transport(from: &mut Transport, to: &mut Transport, text: &[u8]) -> Value {
    let mut sealed = || {
        let frame = from.seal(text).unwrap();
        assert_eq!(to.open(&frame).unwrap().as_slice(), text);
        frame
    };
    let first = sealed();
    (1..REKEY_MESSAGES).for_each(|_| drop(sealed()));
    json!({ "first": hex(first), "plaintext": hex(text), "rekeyed": hex(sealed()) })
}

fn session(name: &str, asks: Hello, common: Option<&ContactSecret>) -> Value {
    let (ann, ben) = (ann(), ben());
    let (anns, bens) = (
        ann.card(Vec::new()).to_bytes(),
        ben.card(Vec::new()).to_bytes(),
    );
    let held = HeldSecrets {
        secrets: vec![SecretId::new([6; 16]), secret().id],
        is_confirmed: common.is_some(),
    };
    let listed: Vec<Value> = held.secrets.iter().map(|id| hex(id.as_bytes())).collect();
    let peer = ben.agreement().public();
    let started = Initiator::start(
        ann.agreement(),
        &peer,
        asks,
        held,
        anns.clone(),
        &mut rng(SEEDS.0),
    );
    let (initiator, first) = started.unwrap();
    let read = Responder::read(ben.agreement(), Hello::OURS, &first, &mut rng(SEEDS.1));
    let chosen = common.map(|secret| (secret.id, &*secret.key));
    let (second, mut bens_side) = read.unwrap().finish(chosen, bens.clone()).unwrap();
    let finished = initiator.finish(&second, |_| common.map(|secret| secret.key.clone()));
    let mut anns_side = finished.unwrap().transport;
    assert_eq!(anns_side.version(), bens_side.version());
    let (said, heard) = (
        SessionMessage::CaughtUp(ROOM).to_bytes(),
        SessionMessage::Typing(ROOM).to_bytes(),
    );
    json!({
        "name": name,
        "first_frame": hex(first),
        "held": listed,
        "initiator_card": hex(anns),
        "initiator_ephemeral": ephemeral(SEEDS.0),
        "initiator_hello": hello(asks),
        "initiator_says": transport(&mut anns_side, &mut bens_side, &said),
        "initiator_static": hex(ann.agreement().as_bytes()),
        "responder_card": hex(bens),
        "responder_ephemeral": ephemeral(SEEDS.1),
        "responder_hello": hello(Hello::OURS),
        "responder_says": transport(&mut bens_side, &mut anns_side, &heard),
        "responder_static": hex(ben.agreement().as_bytes()),
        "second_frame": hex(second),
        "secret": common.map(|secret| hex(secret.key.as_ref())),
        "secret_id": common.map(|secret| hex(secret.id.as_bytes())),
        "version": anns_side.version(),
    })
}

pub(super) fn sessions() -> Vec<Value> {
    let newer = Hello { min: 1, max: 3 };
    vec![
        session("with a secret that both hold", Hello::OURS, Some(&secret())),
        session("without one, opened by a newer program", newer, None),
    ]
}

pub(super) fn replies() -> Vec<Value> {
    let refusals = [
        ("used", Refusal::Used),
        ("expired", Refusal::Expired),
        ("unknown", Refusal::Unknown),
        ("the inviter's own", Refusal::SelfJoin),
    ];
    let reply = |name: &str, reply: &JoinReply, refused: Option<usize>| {
        let bytes = reply.to_bytes();
        assert_eq!(JoinReply::from_bytes(&bytes).as_ref(), Ok(reply));
        json!({ "name": name, "refused": refused, "reply": hex(bytes) })
    };
    let answer = JoinReply::Answer(sealing::answer_envelope());
    let mut replies = vec![reply("the answer", &answer, None)];
    for (number, (name, refusal)) in refusals.into_iter().enumerate() {
        replies.push(reply(name, &JoinReply::Refused(refusal), Some(number)));
    }
    replies
}
