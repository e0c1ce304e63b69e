//! Envelopes, what is in their ciphertexts, and what is in their plaintexts.

use tidings_protocol::envelope::Envelope;
use tidings_protocol::pairing::{InviteCode, PendingJoin, accept, answer, join};
use tidings_protocol::wire;

use super::{Seed, card, full, least, message, seed};
use crate::fuzz::{
    ANN, BEN, JOIN, SIGNED, around, begun, field, invite, postage, rng, sealed_to_ben, strings,
};

/// Ann's join with Ben's invite, and his answer.
pub(super) fn pairing() -> (PendingJoin, Envelope, Envelope) {
    let code: InviteCode = invite().code(&BEN, &[]);
    let (anns, bens) = (ANN.card(Vec::new()), BEN.card(Vec::new()));
    let (pending, asked) = join(&ANN, &anns, &code, &mut rng(22)).unwrap();
    let joiner = accept(&BEN, &invite(), &asked).unwrap();
    let (answered, _) = answer(&BEN, &bens, &joiner, asked.id(), &mut rng(23)).unwrap();
    (pending, asked, answered)
}

fn chained() -> Envelope {
    let content = wire::encode(message().signed());
    begun()
        .seal(&ANN, postage(), &content, &mut rng(24))
        .unwrap()
}

pub(super) fn whole() -> Vec<Seed> {
    let (pending, asked, answered) = pairing();
    assert!(pending.finish(&ANN, &answered).is_ok());
    let letter = sealed_to_ben(&least().to_bytes()).unwrap();
    vec![
        seed("letter", letter.to_bytes()),
        seed("join", asked.to_bytes()),
        seed("answer", answered.to_bytes()),
        seed("chain", chained().to_bytes()),
        seed("nothing", around(&[]).unwrap()),
    ]
}

/// What the ciphertexts of envelopes hold: field 5 of each, the last one.
pub(super) fn ciphertexts() -> Vec<Seed> {
    let inside = |envelope: &Envelope| field(envelope.as_bytes(), 5);
    let (_, asked, _) = pairing();
    vec![
        seed("hybrid", inside(&sealed_to_ben(b"hello").unwrap())),
        seed("classic", inside(&asked)),
        seed("chain", inside(&chained())),
    ]
}

/// Payloads behind each of the seals, and a whole plaintext whose signature holds for nothing.
pub(super) fn plaintexts() -> Vec<Seed> {
    let (share, purge) = ([1; 32], [2; 32]);
    let bens = BEN.card(Vec::new()).to_bytes();
    let least = least().to_bytes();
    let length = u32::try_from(least.len()).unwrap().to_le_bytes();
    let signed =
        |name: &str, kind: u8, payload: &[u8]| seed(name, [&[SIGNED | kind], payload].concat());
    vec![
        signed("letter", 0, &least),
        signed("letter-full", 0, &full().to_bytes()),
        signed("join", 1, &strings(0, &[&card(), &share, &purge])),
        signed(
            "answer",
            2,
            &strings(0, &[&bens, &share, &purge, JOIN.as_bytes()]),
        ),
        signed("chain", 3, &wire::encode(message().signed())),
        seed(
            "unsigned",
            [&[0][..], &[7; 64], &length, &least, &[0; 16]].concat(),
        ),
    ]
}
