//! Seeds: of each format one that is whole, and what is at its edges.

mod bundles;
mod carriers;
mod envelopes;
mod notices;
mod sessions;
mod stored;

use data_encoding::BASE32_NOPAD;
use tidings_protocol::domain::Domain;
use tidings_protocol::envelope::Letter;
use tidings_protocol::id::{ActorId, AdmissionId, ConversationId, EnvelopeId, OperationId};
use tidings_protocol::identity::RecoveryWords;
use tidings_protocol::operation::{Content, Fork, Header, Kind, OPERATION_VERSION, Operation};
use tidings_protocol::pair::{Pair, PairNews};
use tidings_protocol::pairing::{JoinReply, Refusal};
use tidings_protocol::room::{
    AddBody, AdmissionCut, ControlBody, CreateBody, DeviceCut, DeviceRevokedBody, LeaveBody,
    RemoveBody, Role, RoleBody, SettingsBody, TitleBody,
};
use tidings_protocol::sync::{
    Acknowledgement, Control, ControlEntry, Coverage, Erased, ForkClaim, Introduction, Position,
    Receipt, SessionMessage, SignedReceipt, Stretch, Vector,
};
use tidings_protocol::time::LogicalTime;
use tidings_protocol::wire;

use crate::fuzz::{ANN, BEN, CODE_BYTES, ROOM, START, begun, invite, rng, secret};

type Seed = (String, Vec<u8>);

fn seed(name: &str, bytes: impl Into<Vec<u8>>) -> Seed {
    (format!("seed-{name}"), bytes.into())
}

/// The seeds of a target.
pub(super) fn of(target: &str) -> Vec<Seed> {
    match target {
        "bundle" => bundles::segments(),
        "card" => vec![seed("ann", card())],
        "chain" => vec![
            seed("operation", wire::encode(message().signed())),
            seed("nothing", []),
        ],
        "code" => codes(),
        "content" => contents(),
        "control" => controls(),
        "certified" => stored::certified(),
        "engine" => sessions::engines(),
        "envelope" => envelopes::whole(),
        "fork" => vec![seed("message", wire::encode(fork().signed()))],
        "handover" => vec![seed(
            "begun",
            wire::encode(&begun().hand_over(vec![create().id()])),
        )],
        "handshake" => sessions::handshakes(),
        "letter" | "open" => vec![
            seed("least", least().to_bytes().to_vec()),
            seed("full", full().to_bytes().to_vec()),
            seed("foreign", foreign()),
        ],
        "message" => messages(),
        "news" => news(),
        "frame" => carriers::frames(),
        "notice" => notices::notices(),
        "operation" => vec![
            seed("message", wire::encode(message().signed())),
            seed("create", wire::encode(create().signed())),
            seed("room", wire::encode(room().signed())),
        ],
        "plaintext" => envelopes::plaintexts(),
        "receipt" => vec![seed("some", wire::encode(&receipt()))],
        "reconcile" => carriers::reconciliations(),
        "reply" => vec![
            seed("answer", JoinReply::Answer(vec![1; 64]).to_bytes()),
            seed("used", JoinReply::Refused(Refusal::Used).to_bytes()),
        ],
        "sealed" => envelopes::ciphertexts(),
        "session" => sessions::frames(),
        "stored" => stored::all(),
        "transport" => sessions::transports(),
        other => panic!("no seeds of {other}"),
    }
}

fn card() -> Vec<u8> {
    let address = "/ip4/192.0.2.1/udp/4001/quic-v1".to_owned();
    ANN.card(vec![address]).to_bytes()
}

fn header(kind: Kind) -> Header {
    Header {
        version: OPERATION_VERSION,
        kind,
        conversation: ROOM,
        actor: ActorId::new([2; 32]),
        seq: 1,
        prev: None,
        logical: LogicalTime::new(1),
        wall: START,
        disappears_after: Some(60),
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: kind.is_control().then(Vec::new),
    }
}

fn text() -> Content {
    Content::Message {
        text: "The bridge at Ford Street is open.".to_owned(),
    }
}

fn message() -> Operation {
    Operation::author(header(Kind::Message), text().to_bytes(), &ANN, &mut rng(20)).unwrap()
}

/// A deletion in the place of that message.
fn fork() -> Fork {
    let body = Content::Delete.to_bytes();
    let other = Operation::author(header(Kind::Delete), body, &ANN, &mut rng(29)).unwrap();
    Fork::between(&message(), &other).unwrap()
}

fn create_body() -> ControlBody {
    ControlBody::Create(CreateBody {
        creator: ANN.person(),
        nonce: [3; 32].into(),
        title: "Ford Street".to_owned(),
    })
}

fn create() -> Operation {
    let body = create_body().to_bytes();
    Operation::author(header(Kind::Create), body, &ANN, &mut rng(21)).unwrap()
}

/// The same in the room that it makes, by the actor that Ann is there.
fn room() -> Operation {
    let conversation = ConversationId::room(ANN.person(), ANN.device(), &[3; 32]);
    let header = Header {
        conversation,
        actor: ActorId::direct(ANN.device(), conversation),
        ..header(Kind::Create)
    };
    Operation::author(header, create_body().to_bytes(), &ANN, &mut rng(30)).unwrap()
}

fn receipt() -> SignedReceipt {
    let mut held = Coverage::default();
    held.extend([(1, 4), (7, 9)]);
    let mut erased = Erased::default();
    erased.insert(2);
    let acknowledgement = Acknowledgement {
        ends: None,
        actor: ActorId::new([2; 32]),
        held: held.clone(),
        erased,
        read: held,
    };
    let receipt = Receipt {
        conversation: ROOM,
        device: ANN.device(),
        number: 3,
        actors: vec![acknowledgement],
    };
    receipt.sign(&ANN)
}

fn codes() -> Vec<Seed> {
    let code = |addresses: &[String]| invite().code(&BEN, addresses).to_string();
    let addresses = [
        "/ip4/192.0.2.1/udp/4001/quic-v1".to_owned(),
        "/ip4/192.0.2.1/tcp/4002".to_owned(),
    ];
    let bytes = BASE32_NOPAD.decode(code(&addresses).as_bytes()).unwrap();
    let recovery: Vec<_> = RecoveryWords::from_entropy(&[7; 32]).words().collect();
    vec![
        seed("addresses", code(&addresses)),
        seed("prefix", format!("tidings:{}", code(&[]).to_lowercase())),
        seed("words", BEN.safety_words().join(" ")),
        seed("recovery", recovery.join(" ")),
        seed("bytes", &bytes[1..=CODE_BYTES]),
        seed("multiaddrs", addresses.join("\n")),
        seed("multiaddr-6", "/ip6/2001:db8::7/tcp/4001/p2p/x"),
        seed("person", BEN.person().to_string()),
        seed("tag", invite().tag().to_string()),
    ]
}

fn contents() -> Vec<Seed> {
    let reaction = Content::Reaction {
        emoji: "\u{1f44d}".to_owned(),
        set: true,
    };
    let lifetime = Content::Lifetime { seconds: Some(60) };
    let edit = Content::Edit {
        text: "The bridge is closed.".to_owned(),
    };
    vec![
        seed("message", text().to_bytes()),
        seed("edit", edit.to_bytes()),
        seed("delete", Content::Delete.to_bytes()),
        seed("reaction", reaction.to_bytes()),
        seed("pin", Content::Pin { set: true }.to_bytes()),
        seed("lifetime", lifetime.to_bytes()),
    ]
}

fn controls() -> Vec<Seed> {
    let (admission, person, device) = (AdmissionId::new([1; 32]), BEN.person(), BEN.device());
    let (seq, head) = (3, message().id());
    let add = AddBody {
        person,
        role: Role::Admin,
        since: Some(vec![position()]),
    };
    let remove = RemoveBody {
        admission,
        person,
        cuts: vec![DeviceCut { device, seq, head }],
    };
    let role = RoleBody {
        admission,
        role: Role::Member,
    };
    let revoked = DeviceRevokedBody {
        device,
        cuts: vec![AdmissionCut {
            admission,
            seq,
            head,
        }],
    };
    let title = "Ford Street".to_owned();
    let settings = SettingsBody {
        disappears_after: Some(60),
    };
    [
        ("create", create_body()),
        ("add", ControlBody::Add(add)),
        ("remove", ControlBody::Remove(remove)),
        ("leave", ControlBody::Leave(LeaveBody { cuts: Vec::new() })),
        ("role", ControlBody::Role(role)),
        ("title", ControlBody::Title(TitleBody { title })),
        ("settings", ControlBody::Settings(settings)),
        ("device-revoked", ControlBody::DeviceRevoked(revoked)),
    ]
    .map(|(name, body)| {
        assert_eq!(
            ControlBody::read(body.kind(), &body.to_bytes()),
            Ok(body.clone())
        );
        seed(name, body.to_bytes())
    })
    .into()
}

fn news() -> Vec<Seed> {
    let (told, _) = stored::talk();
    told.into_iter()
        .map(|(name, news)| seed(name, wire::encode(&news)))
        .collect()
}

/// What Ann tells Ben in her first letter.
fn first_news() -> PairNews {
    let mut pair = Pair::new(ANN.device(), BEN.device());
    pair.agree(secret(), START);
    pair.send(None, START, &mut rng(26)).unwrap().news
}

fn least() -> Letter {
    Letter::new([7; 32].into(), first_news())
}

fn control() -> SessionMessage {
    let entry = ControlEntry {
        device: ANN.device(),
        admission: AdmissionId::new([1; 32]),
        operation: create().signed().clone(),
    };
    let introduction = Introduction {
        card: card().into(),
        addresses: Vec::new(),
    };
    SessionMessage::Control(Control {
        conversation: ROOM,
        cards: vec![introduction],
        operations: vec![entry],
    })
}

/// A letter with all that letters bring.
fn full() -> Letter {
    let mut letter = least();
    letter.messages = vec![
        SessionMessage::Operations(vec![message().signed().clone()]),
        SessionMessage::Receipt(receipt()),
    ];
    letter.handovers = vec![begun().hand_over(vec![create().id()])];
    letter.unreadable = vec![EnvelopeId::new([2; 32])];
    letter.card = Some(card());
    letter.holds = vec![begun().id()];
    letter
}

/// A letter with what only sessions bring, which is passed over.
fn foreign() -> Vec<u8> {
    let mut letter = full();
    letter.messages.push(control());
    letter.to_bytes().to_vec()
}

fn position() -> Position {
    Position {
        actor: ActorId::new([2; 32]),
        seq: 1,
        head: message().id(),
    }
}

fn messages() -> Vec<Seed> {
    let vector = || Vector::of_positions(ROOM, vec![position()]);
    let claim = ForkClaim {
        conversation: ROOM,
        fork: fork().signed().clone(),
        head: Some(message().id()),
    };
    let stretch = Stretch {
        actor: ActorId::new([2; 32]),
        after: 1,
        through: 3,
    };
    let digest = Domain::VectorDigest.hash(&[&[]]).into();
    let operations = vec![message().signed().clone(); 2];
    [
        ("vector", SessionMessage::Vector(vector())),
        ("operations", SessionMessage::Operations(operations)),
        ("receipt", SessionMessage::Receipt(receipt())),
        (
            "addresses",
            SessionMessage::Addresses(vec!["/ip4/192.0.2.1".into()]),
        ),
        ("caught-up", SessionMessage::CaughtUp(ROOM)),
        ("control", control()),
        ("digest", SessionMessage::Digest(ROOM, digest)),
        ("news", SessionMessage::News(vector())),
        ("ask", SessionMessage::Ask(ROOM, vec![stretch])),
        ("fork", SessionMessage::Fork(Box::new(claim))),
        ("typing", SessionMessage::Typing(ROOM)),
        ("pair", SessionMessage::Pair(first_news())),
        ("card", SessionMessage::Card(card().into())),
    ]
    .map(|(name, message)| seed(name, message.to_bytes().to_vec()))
    .into()
}

#[test]
fn a_message_that_is_chained_says_what_it_says() {
    let id: OperationId = message().id();
    assert_eq!(
        message()
            .signed()
            .clone()
            .verify(&ANN.signing())
            .unwrap()
            .id(),
        id
    );
}
