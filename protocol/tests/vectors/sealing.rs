//! What is sealed, and the tags by which it is found.

use minicbor::Decode;
use serde_json::{Value, json};
use tidings_protocol::envelope::{self, Context, Envelope, Header, Priority, Recipient};
use tidings_protocol::id::ConversationId;
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::pair::{Pair, TagKey};
use tidings_protocol::pairing::{ContactSecret, InviteSecret, PendingJoin, accept, answer, join};
use tidings_protocol::sender_chain::{Postage, ReceiverChain, SenderChain};
use tidings_protocol::wire;

use crate::formats::{least, secret};
use crate::{ROOM, START, ann, ben, hex, rng};

/// The private half of a bundle, as its owner stores it.
#[derive(Decode)]
#[cbor(map)]
struct StoredBundle {
    #[cbor(n(1), with = "minicbor::bytes")]
    agreement: Vec<u8>,
    #[cbor(n(2), with = "minicbor::bytes")]
    seed: Vec<u8>,
}

#[derive(Decode)]
#[cbor(map)]
struct StoredInvite {
    #[cbor(n(0), with = "minicbor::bytes")]
    key: Vec<u8>,
    #[cbor(n(1), with = "minicbor::bytes")]
    secret: Vec<u8>,
}

fn bundle(own: &OwnIdentity) -> StoredBundle {
    let stored = wire::encode(own.bundle(1).unwrap());
    wire::decode(&stored, 256).unwrap()
}

/// An envelope, who sealed it to whom, and all that its recipient opens it with.
struct Sealed<'a> {
    name: &'a str,
    envelope: &'a Envelope,
    from: OwnIdentity,
    /// Whether the recipient knows the sender by the tag.
    knows_sender: bool,
    recipient: [u8; 32],
    /// Of a device: number of bundle and of ratchet key, seed of the KEM key.
    device: Option<(u64, u64, Vec<u8>)>,
    key: Vec<u8>,
    secret: Vec<u8>,
    payload: &'a [u8],
}

impl Sealed<'_> {
    fn vector(&self) -> Value {
        let header = self.envelope.header();
        let device = self.device.as_ref();
        json!({
            "name": self.name,
            "bundle": device.map(|device| device.0),
            "envelope": hex(self.envelope.as_bytes()),
            "id": hex(self.envelope.id().as_bytes()),
            "kem_seed": device.map(|device| hex(&device.2)),
            "lifetime_hours": header.lifetime_hours,
            "payload": hex(self.payload),
            "priority": header.priority.byte(),
            "purge": hex(header.purge),
            "ratchet": device.map(|device| device.1),
            "recipient": hex(self.recipient),
            "recipient_key": hex(&self.key),
            "secret": hex(&self.secret),
            "sender": self.knows_sender.then(|| hex(self.from.device().as_bytes())),
            "sender_agreement": hex(self.from.agreement().public()),
            "sender_signing": hex(self.from.signing().as_bytes()),
            "suite": if device.is_some() { 1 } else { 2 },
            "tag": hex(header.tag.as_bytes()),
        })
    }
}

/// A letter to Ben's bundle, and one to a key that he reserved for Ann.
fn letters() -> Vec<Value> {
    let (ann, ben) = (ann(), ben());
    let card = ben.card(Vec::new()).verify().unwrap();
    let mut bens = Pair::new(ben.device(), ann.device());
    bens.agree(secret(), START);
    let mut anns = Pair::new(ann.device(), ben.device());
    anns.agree(secret(), START);
    let mut rng = rng(40);
    let told = bens.tell(START, &mut rng);
    let letter = least();
    let payload = letter.to_bytes();
    ["a letter to a bundle", "a letter to a reserved key"]
        .into_iter()
        .enumerate()
        .map(|(number, name)| {
            let sent = anns.send(None, START, &mut rng).unwrap();
            anns.hear(&told, START, &mut rng).unwrap();
            let header = Header {
                tag: sent.tag,
                lifetime_hours: 720,
                priority: Priority::USUAL,
                purge: letter.purge_hash(),
            };
            let context = Context {
                sender: Some(ann.device()),
                secret: Some(&sent.secret),
            };
            let recipient = Recipient {
                ratchet: sent.ratchet,
                ..Recipient::from(&card)
            };
            let envelope =
                envelope::seal(&ann, recipient, context, &header, &payload, &mut rng).unwrap();
            let opened = envelope::open(&ben, Some(bens.reserved()), &envelope, context).unwrap();
            assert!(opened.verify(ann.certificate()).is_ok());
            let ratchet = sent.ratchet.map_or(0, |key| key.number);
            assert_eq!(ratchet, u64::try_from(number).unwrap());
            let reserved = bens.reserved().secret(ratchet);
            let bundle = bundle(&ben);
            let sealed = Sealed {
                name,
                envelope: &envelope,
                from: crate::ann(),
                knows_sender: true,
                recipient: *ben.device().as_bytes(),
                device: Some((1, ratchet, bundle.seed)),
                key: reserved.map_or(bundle.agreement, |key| key.as_bytes().to_vec()),
                secret: sent.secret.to_vec(),
                payload: &payload,
            };
            sealed.vector()
        })
        .collect()
}

/// Ann joins by Ben's invite, and he answers: the invite, her join, the answer and what he keeps of it.
fn paired() -> (InviteSecret, PendingJoin, Envelope, Envelope, ContactSecret) {
    let (ann, ben) = (ann(), ben());
    let invite = InviteSecret::generate(&mut rng(41));
    let (anns, bens) = (ann.card(Vec::new()), ben.card(Vec::new()));
    let code = invite.code(&ben, &[]);
    let (pending, asked) = join(&ann, &anns, &code, &mut rng(42)).unwrap();
    let joiner = accept(&ben, &invite, &asked).unwrap();
    let (answered, agreed) = answer(&ben, &bens, &joiner, asked.id(), &mut rng(43)).unwrap();
    (invite, pending, asked, answered, agreed)
}

/// The answer to that join, as it travels.
pub(super) fn answer_envelope() -> Vec<u8> {
    paired().3.to_bytes()
}

fn pairing() -> Vec<Value> {
    let (ann, ben) = (ann(), ben());
    let anns = ann.card(Vec::new());
    let (invite, pending, asked, answered, agreed) = paired();
    let (_, contact) = pending.finish(&ann, &answered).unwrap();
    assert_eq!(contact, agreed);
    let stored: StoredInvite = wire::decode(&invite.to_bytes(), 256).unwrap();
    // The share is what the answer is opened by; the readers take it from the join's payload.
    let share = field_1(&pending.to_bytes());
    let context = Context {
        sender: None,
        secret: Some(share[..].try_into().unwrap()),
    };
    let unverified = envelope::open(&ann, None, &answered, context).unwrap();
    let key =
        tidings_protocol::identity::AgreementSecret::from_bytes(stored.key[..].try_into().unwrap());
    let domain = tidings_protocol::domain::Domain::InviteRecipient;
    let join = Sealed {
        name: "a join",
        envelope: &asked,
        from: crate::ann(),
        knows_sender: false,
        recipient: domain.hash(&[&key.public(), &ben.person().as_bytes()[..16]]),
        device: None,
        key: stored.key,
        secret: stored.secret,
        payload: &join_payload(&anns.to_bytes(), &mut rng(42)),
    };
    let bundle = bundle(&ann);
    let answer = Sealed {
        name: "the answer to it",
        envelope: &answered,
        from: crate::ben(),
        knows_sender: false,
        recipient: *ann.device().as_bytes(),
        device: Some((1, 0, bundle.seed)),
        key: bundle.agreement,
        secret: share.clone(),
        payload: unverified.claim(),
    };
    let (join, mut answer) = (join.vector(), answer.vector());
    answer["contact_id"] = hex(contact.id.as_bytes());
    answer["contact_key"] = hex(contact.key.as_ref());
    vec![join, answer]
}

/// What a join holds: the card, then the joiner's share and a purge preimage, the first that are drawn.
fn join_payload(card: &[u8], rng: &mut tidings_protocol::rng::Rng) -> Vec<u8> {
    let mut encoder = minicbor::Encoder::new(Vec::new());
    let encoded = encoder.map(3).and_then(|encoder| {
        encoder.u8(0)?.bytes(card)?;
        encoder.u8(1)?.bytes(&rng.bytes::<32>())?;
        encoder.u8(2)?.bytes(&rng.bytes::<32>())
    });
    assert!(encoded.is_ok());
    encoder.into_writer()
}

/// Field 1 of a map, bytes.
fn field_1(map: &[u8]) -> Vec<u8> {
    let mut decoder = minicbor::Decoder::new(map);
    assert!(decoder.map().unwrap().unwrap() > 1);
    assert_eq!(decoder.u8().unwrap(), 0);
    decoder.skip().unwrap();
    assert_eq!(decoder.u8().unwrap(), 1);
    decoder.bytes().unwrap().to_vec()
}

pub(super) fn envelopes() -> Vec<Value> {
    [letters(), pairing()].concat()
}

/// A chain's first messages, and one that its reader has been handed further on.
pub(super) fn chains() -> Vec<Value> {
    let own = ann();
    let mut chain = SenderChain::begin(ROOM, START, &mut rng(44));
    let contents = [
        &b"The bridge at Ford Street is open."[..],
        b"",
        &[0xa5; 3000],
    ];
    let mut vectors = Vec::new();
    for (content, seed) in contents.into_iter().zip(45..) {
        let handover = chain.hand_over(Vec::new());
        let postage = Postage {
            lifetime_hours: 168,
            priority: Priority::new(seed),
            purge: [seed; 32],
        };
        let envelope = chain.seal(&own, postage, content, &mut rng(seed)).unwrap();
        let index = chain.index() - 1;
        let reader = ReceiverChain::take(own.device(), &handover, START);
        let opened = reader.open(&own.signing(), &envelope, index);
        assert_eq!(*opened.unwrap(), content);
        let header = envelope.header();
        vectors.push(json!({
            "name": format!("the message at {index}"),
            "content": hex(content),
            "envelope": hex(envelope.as_bytes()),
            "handover": hex(wire::encode(&handover)),
            "id": hex(envelope.id().as_bytes()),
            "index": index,
            "next_handover": hex(wire::encode(&chain.hand_over(Vec::new()))),
            "owner": hex(own.device().as_bytes()),
            "owner_signing": hex(own.signing().as_bytes()),
            "purge": hex(header.purge),
            "tag": hex(header.tag.as_bytes()),
        }));
    }
    vectors
}

/// Tags of one direction, from what two were introduced by.
pub(super) fn tags() -> Vec<Value> {
    let (room, nonce) = (ConversationId::new([4; 32]), [5; 32]);
    let (ann, ben) = (ann().device(), ben().device());
    let secret = ContactSecret::introduction(room, &nonce, ann, ben);
    let directions = [("from Ann to Ben", ann, ben), ("from Ben to Ann", ben, ann)];
    directions
        .into_iter()
        .map(|(name, from, to)| {
            let key = TagKey::new(&secret.key, from, to);
            let tags = [1, 2, 64, u64::from(u32::MAX) + 1].map(
                |counter| json!({ "counter": counter, "tag": hex(key.tag(counter).as_bytes()) }),
            );
            json!({
                "name": name,
                "from": hex(from.as_bytes()),
                "nonce": hex(nonce),
                "room": hex(room.as_bytes()),
                "secret": hex(secret.key.as_ref()),
                "secret_id": hex(secret.id.as_bytes()),
                "tags": tags,
                "to": hex(to.as_bytes()),
            })
        })
        .collect()
}
