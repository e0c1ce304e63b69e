//! The targets of envelopes: what carriers see, what a ciphertext is made of, and what opens.

use tidings_protocol::envelope::{self, Context, Envelope, Letter};
use tidings_protocol::operation::SignedOperation;
use tidings_protocol::pairing::accept;
use tidings_protocol::wire;

use super::decoders::letter;
use super::people::{
    ANN, ANNS_CARD, BEN, BYTES, CHAIN, around, begun, context, invite, postage, rng, sealed_to_ben,
};

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
