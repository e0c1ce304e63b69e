//! Seeds: of each format one that is whole, and what is at its edges.

use tidings_protocol::domain::Domain;
use tidings_protocol::id::{ActorId, AdmissionId, EnvelopeId, OperationId, SecretId};
use tidings_protocol::operation::{Content, Header, Kind, OPERATION_VERSION, Operation};
use tidings_protocol::pair::Pair;
use tidings_protocol::pairing::{
    ContactSecret, InviteCode, JoinReply, PendingJoin, Refusal, accept, answer, join,
};
use tidings_protocol::room::{ControlBody, CreateBody, LeaveBody, SettingsBody, TitleBody};
use tidings_protocol::session::{HeldSecrets, Hello, Initiator, Responder};
use tidings_protocol::sync::{
    Acknowledgement, Control, ControlEntry, Coverage, Erased, Introduction, Position, Receipt,
    SessionMessage, SignedReceipt, Stretch, Vector,
};
use tidings_protocol::time::LogicalTime;
use tidings_protocol::wire;

use tidings_protocol::envelope::{Envelope, Letter};

use crate::fuzz::{
    ANN, BEN, ROOM, SECRET, START, around, begun, invite, postage, rng, sealed_to_ben,
};

type Seed = (String, Vec<u8>);

fn seed(name: &str, bytes: impl Into<Vec<u8>>) -> Seed {
    (format!("seed-{name}"), bytes.into())
}

/// The seeds of a target.
pub(super) fn of(target: &str) -> Vec<Seed> {
    match target {
        "card" => vec![seed("ann", card())],
        "chain" => vec![
            seed("operation", wire::encode(message().signed())),
            seed("nothing", []),
        ],
        "code" => codes(),
        "content" => contents(),
        "control" => controls(),
        "engine" => engines(),
        "envelope" => envelopes(),
        "handover" => vec![seed(
            "begun",
            wire::encode(&begun().hand_over(vec![create().id()])),
        )],
        "letter" | "open" => vec![
            seed("least", least().to_bytes().to_vec()),
            seed("full", full()),
        ],
        "message" => messages(),
        "news" => news(),
        "operation" => vec![
            seed("message", wire::encode(message().signed())),
            seed("create", wire::encode(create().signed())),
        ],
        "receipt" => vec![seed("some", wire::encode(&receipt()))],
        "reply" => vec![
            seed("answer", JoinReply::Answer(vec![1; 64]).to_bytes()),
            seed("used", JoinReply::Refused(Refusal::Used).to_bytes()),
        ],
        "sealed" => sealed(),
        "session" => sessions(),
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

fn receipt() -> SignedReceipt {
    let mut held = Coverage::default();
    held.extend([(1, 4), (7, 9)]);
    let mut erased = Erased::default();
    erased.insert(2);
    let acknowledgement = Acknowledgement {
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
    vec![
        seed("addresses", code(&addresses)),
        seed("prefix", format!("tidings:{}", code(&[]).to_lowercase())),
        seed("words", BEN.safety_words().join(" ")),
    ]
}

fn contents() -> Vec<Seed> {
    let reaction = Content::Reaction {
        emoji: "\u{1f44d}".to_owned(),
        set: true,
    };
    let lifetime = Content::Lifetime { seconds: Some(60) };
    vec![
        seed("message", text().to_bytes()),
        seed("delete", Content::Delete.to_bytes()),
        seed("reaction", reaction.to_bytes()),
        seed("pin", Content::Pin { set: true }.to_bytes()),
        seed("lifetime", lifetime.to_bytes()),
    ]
}

fn controls() -> Vec<Seed> {
    let title = "Ford Street".to_owned();
    let settings = SettingsBody {
        disappears_after: Some(60),
    };
    vec![
        seed("create", create_body().to_bytes()),
        seed("title", ControlBody::Title(TitleBody { title }).to_bytes()),
        seed("settings", ControlBody::Settings(settings).to_bytes()),
        seed(
            "leave",
            ControlBody::Leave(LeaveBody { cuts: Vec::new() }).to_bytes(),
        ),
    ]
}

/// A link for a session with a frame of it, one for a join, a tick, and the end of the first.
fn engines() -> Vec<Seed> {
    let frame = first_frame();
    let [high, low] = u16::try_from(frame.len()).unwrap().to_be_bytes();
    let mut bytes = vec![0, 0, 0, 0, 2, 0, high, low];
    bytes.extend(&frame);
    bytes.extend([1, 1, 0, 0, 3, 1, 0, 2, 7, 7]);
    bytes.extend([5, 0, 0, 0, 4, 0, 0, 0]);
    vec![seed("links", bytes)]
}

/// Ann's join with Ben's invite, and his answer.
fn pairing() -> (PendingJoin, Envelope, Envelope) {
    let code: InviteCode = invite().code(&BEN, &[]);
    let (anns, bens) = (ANN.card(Vec::new()), BEN.card(Vec::new()));
    let (pending, asked) = join(&ANN, &anns, &code, &mut rng(22)).unwrap();
    let joiner = accept(&BEN, &invite(), &asked).unwrap();
    let (answered, _) = answer(&BEN, &bens, &joiner, asked.id(), &mut rng(23)).unwrap();
    (pending, asked, answered)
}

fn chain_envelope() -> Envelope {
    let content = wire::encode(message().signed());
    begun()
        .seal(&ANN, postage(), &content, &mut rng(24))
        .unwrap()
}

fn envelopes() -> Vec<Seed> {
    let (pending, asked, answered) = pairing();
    assert!(pending.finish(&ANN, &answered).is_ok());
    vec![
        seed(
            "letter",
            sealed_to_ben(&least().to_bytes()).unwrap().to_bytes(),
        ),
        seed("join", asked.to_bytes()),
        seed("answer", answered.to_bytes()),
        seed("chain", chain_envelope().to_bytes()),
        seed("nothing", around(&[]).unwrap()),
    ]
}

/// What the ciphertexts of envelopes hold: field 5 of each, the last one.
fn sealed() -> Vec<Seed> {
    let inside = |envelope: &Envelope| {
        let bytes = envelope.as_bytes();
        let mut decoder = minicbor::Decoder::new(bytes);
        let fields = decoder.map().unwrap().unwrap();
        for _ in 1..fields {
            decoder.skip().unwrap();
            decoder.skip().unwrap();
        }
        assert_eq!(decoder.u8().unwrap(), 5);
        decoder.bytes().unwrap().to_vec()
    };
    let (_, asked, _) = pairing();
    vec![
        seed("hybrid", inside(&sealed_to_ben(b"hello").unwrap())),
        seed("classic", inside(&asked)),
        seed("chain", inside(&chain_envelope())),
    ]
}

fn secret() -> ContactSecret {
    ContactSecret {
        id: SecretId::new([7; 16]),
        key: SECRET.into(),
    }
}

/// What each tells the other, from the first word to a new secret.
fn news() -> Vec<Seed> {
    let (ann, ben) = (ANN.device(), BEN.device());
    let (low, high) = (ann.min(ben), ann.max(ben));
    let mut pairs = [Pair::new(low, high), Pair::new(high, low)];
    for pair in &mut pairs {
        assert!(pair.introduce(vec![secret()], START));
    }
    let (mut rng, mut seeds) = (rng(25), Vec::new());
    for (turn, name) in ["proposal", "answer", "seen"].into_iter().enumerate() {
        let (from, to) = (turn % 2, 1 - turn % 2);
        let sent = pairs[from].send(None, START, &mut rng).unwrap();
        let found = pairs[to].awaited().find(|(tag, _)| *tag == sent.tag);
        let (_, at) = found.unwrap();
        pairs[to].opened(at, 0, START);
        pairs[to].hear(&sent.news, START, &mut rng).unwrap();
        seeds.push(seed(name, wire::encode(&sent.news)));
    }
    seeds
}

fn least() -> Letter {
    let mut pair = Pair::new(ANN.device(), BEN.device());
    pair.agree(secret(), START);
    let news = pair.send(None, START, &mut rng(26)).unwrap().news;
    Letter::new([7; 32].into(), news)
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

fn full() -> Vec<u8> {
    let mut letter = least();
    letter.messages = vec![
        SessionMessage::Operations(vec![message().signed().clone()]),
        SessionMessage::Receipt(receipt()),
        control(),
    ];
    letter.handovers = vec![begun().hand_over(vec![create().id()])];
    letter.unreadable = vec![EnvelopeId::new([2; 32])];
    letter.card = Some(card());
    letter.to_bytes().to_vec()
}

fn messages() -> Vec<Seed> {
    let actor = ActorId::new([2; 32]);
    let position = Position {
        actor,
        seq: 1,
        head: message().id(),
    };
    let vector = || Vector::of_positions(ROOM, vec![position]);
    let stretch = Stretch {
        actor,
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
        ("typing", SessionMessage::Typing(ROOM)),
    ]
    .map(|(name, message)| seed(name, message.to_bytes().to_vec()))
    .into()
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

fn sessions() -> Vec<Seed> {
    let read = Responder::read(BEN.agreement(), Hello::OURS, &first_frame(), &mut rng(28));
    let (reply, _) = read.unwrap().finish(None, card()).unwrap();
    vec![
        seed("first", first_frame()),
        seed("reply", reply),
        seed("hello", Hello::OURS.to_bytes()),
    ]
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
