//! The messages of a session, each kind.

use serde_json::{Value, json};
use tidings_protocol::id::{ActorId, ConversationId, OperationId};
use tidings_protocol::operation::{Fork, Operation, SignedOperation};
use tidings_protocol::sync::{
    Acknowledgement, CardPosition, Control, ControlEntry, ControlVector, Coverage, Erased,
    ForkClaim, ForkPosition, Introduction, Position, Receipt, SessionMessage, Stretch, Vector,
};
use tidings_protocol::wire;

use crate::formats::ADDRESS;
use crate::operations::{actor, contents, control, conversation, other, position, room};
use crate::{ROOM, ann, ben, hex, pairs};

fn message(name: &str, message: &SessionMessage, says: &Value) -> Value {
    let bytes = message.to_bytes();
    assert_eq!(SessionMessage::from_bytes(&bytes).as_ref(), Ok(message));
    json!({ "name": name, "message": hex(bytes), "says": says })
}

fn place(actor: u8, seq: u64) -> Position {
    Position {
        actor: ActorId::new([actor; 32]),
        seq,
        head: OperationId::new([actor + 1; 32]),
    }
}

fn vector_of_two() -> Vector {
    Vector::of_positions(conversation(), vec![place(10, 1), place(20, 300)])
}

/// More cards than it has room for cannot be made here; so the hash of the rest is any.
fn vector_of_a_room() -> Vector {
    let cards = [ann().device(), ben().device()].map(|device| CardPosition {
        device,
        number: 1 << 32 | 1,
    });
    let mut cards = cards.to_vec();
    cards.sort_unstable_by_key(|card| card.device);
    let control = ControlVector {
        rest: Some([5; 32].into()),
        ..ControlVector::new(control().iter().map(|(_, it)| it.id()).collect(), cards)
    };
    Vector {
        control: Some(control),
        forks: vec![ForkPosition {
            actor: ActorId::new([11; 32]),
            through: 1,
        }],
        waiting: vec![place(12, 40)],
        ..Vector::of_positions(ROOM, vec![place(10, 70_000)])
    }
}

fn says_of_vector(vector: &Vector) -> Value {
    let positions = |list: &[Position]| list.iter().map(position).collect::<Vec<_>>();
    let control = vector.control.as_ref().map(|control| {
        let cards = control.cards.iter();
        let cards = cards.map(|card| json!([hex(card.device.as_bytes()), card.number]));
        json!([
            ids(&control.locator),
            cards.collect::<Vec<_>>(),
            control.rest.map(|rest| hex(*rest))
        ])
    });
    let forks = vector.forks.iter();
    let forks = forks.map(|fork| json!([hex(fork.actor.as_bytes()), fork.through]));
    json!([
        hex(vector.conversation.as_bytes()),
        positions(&vector.positions),
        control,
        forks.collect::<Vec<_>>(),
        positions(&vector.waiting),
    ])
}

fn ids(ids: &[OperationId]) -> Vec<Value> {
    ids.iter().map(|id| hex(id.as_bytes())).collect()
}

/// The first is in short but for what nothing before it says, the second and the erased one in short.
fn batch() -> (SessionMessage, Value) {
    let mut operations: Vec<SignedOperation> =
        contents().iter().map(|it| it.signed().clone()).collect();
    operations.truncate(4);
    operations[2].body = None;
    let says = operations.iter().map(|it| hex(wire::encode(it)));
    let says = json!({ "operations": says.collect::<Vec<_>>(), "signing": signing() });
    (SessionMessage::Operations(operations), says)
}

fn signing() -> Value {
    hex(ann().signing().as_bytes())
}

/// Ben's, of what Ann wrote to him.
pub(super) fn receipt() -> Receipt {
    let (mut held, mut erased, mut read) =
        (Coverage::through(4), Erased::default(), Coverage::default());
    held.extend([(6, 6), (8, 300)]);
    erased.insert(2);
    read.extend([(1, 3)]);
    Receipt {
        conversation: conversation(),
        device: ben().device(),
        number: 3,
        actors: vec![Acknowledgement {
            ends: None,
            actor: actor(),
            held,
            erased,
            read,
        }],
    }
}

fn receipts() -> Value {
    let signed = receipt().sign(&ben());
    assert_eq!(signed.verify(&ben().signing()), Ok(receipt()));
    let (conversation, device) = (receipt().conversation, receipt().device);
    let held = json!([4, [[6, 6], [8, 300]]]);
    let acknowledged = json!([hex(actor().as_bytes()), held, [0, [[2, 2]]], [3, []]]);
    let says = json!({
        "receipt": [hex(conversation.as_bytes()), hex(device.as_bytes()), 3, [acknowledged]],
        "signing": hex(ben().signing().as_bytes()),
    });
    message("a receipt", &SessionMessage::Receipt(signed), &says)
}

fn controls() -> Value {
    let introduce = |card: Vec<u8>, addresses: Vec<String>| Introduction {
        card: card.into(),
        addresses,
    };
    let (anns, bens) = (ann().card(Vec::new()), ben().card(vec![ADDRESS.to_owned()]));
    let cards = vec![
        introduce(anns.to_bytes(), vec![ADDRESS.to_owned()]),
        introduce(bens.to_bytes(), Vec::new()),
    ];
    let mut written = control();
    written.truncate(2);
    let entry = |(author, it): &(tidings_protocol::room::Author, Operation)| ControlEntry {
        device: author.device,
        admission: author.admission,
        operation: it.signed().clone(),
    };
    let operations: Vec<ControlEntry> = written.iter().map(entry).collect();
    let entries = operations.iter().map(|entry| {
        let (device, admission) = (entry.device.as_bytes(), entry.admission.as_bytes());
        json!([
            hex(device),
            hex(admission),
            hex(wire::encode(&entry.operation))
        ])
    });
    let says = json!({
        "cards": [
            { "addresses": [ADDRESS], "card": hex(anns.to_bytes()) },
            { "addresses": [], "card": hex(bens.to_bytes()) },
        ],
        "conversation": hex(room().as_bytes()),
        "operations": entries.collect::<Vec<_>>(),
    });
    let control = Control {
        conversation: room(),
        cards,
        operations,
    };
    message(
        "control of a room",
        &SessionMessage::Control(control),
        &says,
    )
}

/// Two operations of Ann's under one number.
fn claims() -> Value {
    let fork = Fork::between(&contents()[1], &other()).unwrap();
    assert!(fork.signed().clone().verify(&ann().signing()).is_ok());
    let head = contents()[0].id();
    let says = json!({
        "conversation": hex(conversation().as_bytes()),
        "head": hex(head.as_bytes()),
        "proof": [hex(wire::encode(&fork.signed().first)), hex(wire::encode(&fork.signed().second))],
        "signing": signing(),
        "through": fork.through(),
    });
    let claim = ForkClaim {
        conversation: conversation(),
        fork: fork.signed().clone(),
        head: Some(head),
    };
    message(
        "proof of a fork",
        &SessionMessage::Fork(Box::new(claim)),
        &says,
    )
}

pub(super) fn messages() -> Vec<Value> {
    let (two, of_room) = (vector_of_two(), vector_of_a_room());
    let (operations, listed) = batch();
    let says = |conversation: ConversationId| json!([hex(conversation.as_bytes())]);
    let stretch = Stretch {
        actor: ActorId::new([10; 32]),
        after: 3,
        through: 9,
    };
    let asked = json!([hex([10; 32]), 3, 9]);
    let (everything, card) = (pairs::everything(), ann().card(Vec::new()).to_bytes());
    vec![
        message(
            "what is held of two people",
            &SessionMessage::Vector(two.clone()),
            &says_of_vector(&two),
        ),
        message(
            "what is held of a room",
            &SessionMessage::Vector(of_room.clone()),
            &says_of_vector(&of_room),
        ),
        message("operations, one of them erased", &operations, &listed),
        receipts(),
        message(
            "where one listens",
            &SessionMessage::Addresses(vec![ADDRESS.to_owned()]),
            &json!({ "addresses": [ADDRESS] }),
        ),
        message("all is sent", &SessionMessage::CaughtUp(ROOM), &says(ROOM)),
        controls(),
        message(
            "the digest of a vector",
            &SessionMessage::Digest(ROOM, [4; 32].into()),
            &json!([hex(ROOM.as_bytes()), hex([4; 32])]),
        ),
        message(
            "news",
            &SessionMessage::News(two.clone()),
            &says_of_vector(&two),
        ),
        message(
            "what is asked for",
            &SessionMessage::Ask(ROOM, vec![stretch]),
            &json!([hex(ROOM.as_bytes()), [asked]]),
        ),
        claims(),
        message("somebody types", &SessionMessage::Typing(ROOM), &says(ROOM)),
        message(
            "all that two tell each other of their envelopes",
            &SessionMessage::Pair(everything.clone()),
            &pairs::news(&everything),
        ),
        message(
            "a card that is another than before",
            &SessionMessage::Card(card.clone().into()),
            &json!({ "card": hex(card) }),
        ),
    ]
}
