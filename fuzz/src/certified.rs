//! The target of what is certified: the payloads of an epoch statement, a certificate and a bundle, and a
//! card's own fields, each with the signatures that it must have.

use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::{self, Context, Recipient};
use tidings_protocol::identity::{Card, VerifiedCard};
use tidings_protocol::wire;

use super::people::{ANN, ANNS_KEYS, BEN, BYTES, header, rng, strings};

/// Ann's card with another epoch statement, certificate, bundle or other fields, by the first byte.
pub fn certified(data: &[u8]) {
    if let Some(card) = verified(data) {
        let _ = (card.version(), card.safety_words());
        // What was found fit for use is.
        let (recipient, context) = (Recipient::from(&card), Context::default());
        let sealed = envelope::seal(&BEN, recipient, context, &header(), b"", &mut rng(13));
        assert!(sealed.is_ok());
    }
}

/// The card, if all of it holds.
pub fn verified(data: &[u8]) -> Option<VerifiedCard> {
    let (what, payload) = data.split_first()?;
    let (card, keys) = (ANN.card(Vec::new()), &*ANNS_KEYS);
    let card = match what % 4 {
        0 => {
            let root = keys.root.public();
            let fields = [&root.as_bytes()[..], payload];
            let signature = keys.root.sign(Domain::EpochSignature, &fields);
            Card {
                epoch: part(&[root.as_bytes(), payload, &signature]),
                ..card
            }
        }
        1 => {
            let by_management = keys
                .management
                .sign(Domain::CertificateSignature, &[payload]);
            let domain = Domain::CertificateCounterSignature;
            let by_device = keys.device.sign(domain, &[payload]);
            Card {
                certificate: part(&[payload, &by_management, &by_device]),
                ..card
            }
        }
        2 => {
            let (device, domain) = (ANN.device(), Domain::BundleSignature);
            let signature = keys.device.sign(domain, &[device.as_bytes(), payload]);
            Card {
                bundle: part(&[payload, &signature]),
                ..card
            }
        }
        _ => Card::from_bytes(payload).ok()?,
    };
    signed(card).verify().ok()
}

/// A signed part of a card: byte strings alone.
fn part<T: for<'b> minicbor::Decode<'b, ()>>(fields: &[&[u8]]) -> T {
    let bytes = strings(0, fields);
    wire::decode(&bytes, 2 * BYTES).expect("byte strings of the right lengths")
}

fn signed(card: Card) -> Card {
    let unsigned = Card {
        signature: None,
        transport_signature: None,
        ..card
    };
    let bytes = wire::encode(&unsigned);
    let by_device = ANNS_KEYS.device.sign(Domain::CardSignature, &[&bytes]);
    let domain = Domain::CardTransportSignature;
    let by_transport = ANNS_KEYS.transport.sign(domain, &[&bytes]);
    Card {
        signature: Some(by_device.into()),
        transport_signature: Some(by_transport.into()),
        ..unsigned
    }
}
