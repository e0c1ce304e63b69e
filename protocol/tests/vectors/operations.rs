//! Operations of each kind: Ann's in a direct conversation, then hers and Ben's in a room.

use serde_json::{Value, json};
use tidings_protocol::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId};
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::operation::{
    Content, Header, Kind, OPERATION_VERSION, Operation, SignedOperation,
};
use tidings_protocol::room::{
    AddBody, AdmissionCut, Author, ControlBody, ControlLog, ControlOperation, CreateBody,
    DeviceCut, DeviceRevokedBody, LeaveBody, RemoveBody, Role, RoleBody, SettingsBody, TitleBody,
};
use tidings_protocol::sync::Position;
use tidings_protocol::time::LogicalTime;
use tidings_protocol::wire;

use crate::{START, ann, ben, hex, rng};

/// Of the room.
const NONCE: [u8; 32] = [3; 32];

pub(super) fn conversation() -> ConversationId {
    ConversationId::direct(ann().person(), ben().person())
}

pub(super) fn room() -> ConversationId {
    ConversationId::room(ann().person(), ann().device(), &NONCE)
}

/// Ann's in the direct conversation.
pub(super) fn actor() -> ActorId {
    ActorId::direct(ann().device(), conversation())
}

fn header(kind: Kind, seq: u64, prev: Option<OperationId>) -> Header {
    Header {
        version: OPERATION_VERSION,
        kind,
        conversation: conversation(),
        actor: actor(),
        seq,
        prev,
        logical: LogicalTime::new(40 + seq),
        wall: START,
        disappears_after: None,
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: None,
    }
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// Ann's first words in a direct conversation, and what she does to them: each content kind.
pub(super) fn contents() -> Vec<Operation> {
    let contents = [
        Content::Message {
            text: text("The bridge at Ford Street is open."),
        },
        Content::Reaction {
            emoji: text("\u{1f44d}"),
            set: true,
        },
        Content::Edit {
            text: text("The bridge at Ford Street is open again."),
        },
        Content::Pin { set: true },
        Content::Lifetime {
            seconds: Some(3600),
        },
        Content::Delete,
        Content::Lifetime { seconds: None },
    ];
    let mut written: Vec<Operation> = Vec::new();
    for (content, seq) in contents.iter().zip(1..) {
        let kind = content.kind();
        let header = Header {
            target: written
                .first()
                .map(Operation::id)
                .filter(|_| kind.acts_on_message()),
            disappears_after: (kind == Kind::Reaction).then_some(3600),
            ..header(kind, seq, written.last().map(Operation::id))
        };
        let seed = u8::try_from(seq).unwrap() + 69;
        let operation = Operation::author(header, content.to_bytes(), &ann(), &mut rng(seed));
        written.push(operation.unwrap());
    }
    written
}

/// Another second operation of Ann's than the one in [`contents`].
pub(super) fn other() -> Operation {
    let first = contents().remove(0);
    let body = Content::Message { text: text("No.") }.to_bytes();
    let header = header(Kind::Message, 2, Some(first.id()));
    Operation::author(header, body, &ann(), &mut rng(79)).unwrap()
}

/// The control of a room as it is written, checked by a log.
struct Writing {
    log: ControlLog,
    written: Vec<(Author, Operation)>,
}

impl Writing {
    fn write(
        &mut self,
        own: &OwnIdentity,
        admission: AdmissionId,
        body: &ControlBody,
    ) -> AdmissionId {
        let actor = ActorId::of(own.device(), room(), admission);
        let of_own = self
            .written
            .iter()
            .filter(|(author, _)| author.device == own.device());
        let last = of_own.map(|(_, operation)| operation).next_back();
        let seq = last.map_or(1, |last| last.header().seq + 1);
        let prev = last.map(Operation::id);
        let heads = self.log.heads().into_iter();
        let header = Header {
            kind: body.kind(),
            conversation: room(),
            actor,
            seq,
            prev,
            logical: LogicalTime::new(u64::try_from(self.written.len()).unwrap() + 1),
            parents: Some(heads.filter(|head| Some(*head) != prev).collect()),
            ..header(body.kind(), 1, None)
        };
        let seed = 80 + u8::try_from(self.written.len()).unwrap();
        let operation = Operation::author(header, body.to_bytes(), own, &mut rng(seed)).unwrap();
        let author = Author {
            person: own.person(),
            device: own.device(),
            admission,
        };
        let read = ControlOperation::read(&operation, author).unwrap();
        assert_eq!(self.log.insert(read), Ok(true));
        let id = operation.id();
        self.written.push((author, operation));
        AdmissionId::new(*id.as_bytes())
    }
}

/// Ann makes a room and lets Ben in; each control kind.
pub(super) fn control() -> Vec<(Author, Operation)> {
    let (ann, ben) = (ann(), ben());
    let mut writing = Writing {
        log: ControlLog::new(room()),
        written: Vec::new(),
    };
    let (anns, head) = (
        AdmissionId::new(*room().as_bytes()),
        OperationId::new([8; 32]),
    );
    let create = CreateBody {
        creator: ann.person(),
        nonce: NONCE.into(),
        title: text("Ford Street"),
    };
    writing.write(&ann, anns, &ControlBody::Create(create));
    let since = Position {
        actor: ActorId::direct(ann.device(), room()),
        seq: 5,
        head,
    };
    let add = AddBody {
        person: ben.person(),
        role: Role::Admin,
        since: Some(vec![since]),
    };
    let bens = writing.write(&ann, anns, &ControlBody::Add(add));
    let role = RoleBody {
        admission: bens,
        role: Role::Member,
    };
    writing.write(&ann, anns, &ControlBody::Role(role));
    let title = text("Ford Street, north");
    writing.write(&ann, anns, &ControlBody::Title(TitleBody { title }));
    let disappears_after = Some(86_400);
    writing.write(
        &ann,
        anns,
        &ControlBody::Settings(SettingsBody { disappears_after }),
    );
    let revoked = DeviceRevokedBody {
        device: DeviceId::new([9; 32]),
        cuts: vec![AdmissionCut {
            admission: bens,
            seq: 3,
            head,
        }],
    };
    writing.write(&ann, anns, &ControlBody::DeviceRevoked(revoked));
    let cuts = vec![DeviceCut {
        device: ben.device(),
        seq: 2,
        head,
    }];
    let leave = LeaveBody { cuts: cuts.clone() };
    writing.write(&ben, bens, &ControlBody::Leave(leave));
    let remove = RemoveBody {
        admission: bens,
        person: ben.person(),
        cuts,
    };
    writing.write(&ann, anns, &ControlBody::Remove(remove));
    writing.written
}

/// A text, told from bytes in hexadecimal.
fn written(text: &str) -> Value {
    json!({ "text": text })
}

/// What a body says.
fn says(kind: Kind, bytes: &[u8]) -> Value {
    if kind.is_control() {
        return says_of_control(&ControlBody::read(kind, bytes).unwrap());
    }
    match Content::from_bytes(kind, bytes).unwrap().unwrap() {
        Content::Message { text } | Content::Edit { text } => json!([written(&text)]),
        Content::Delete => json!([]),
        Content::Reaction { emoji, set } => json!([written(&emoji), set]),
        Content::Pin { set } => json!([set]),
        Content::Lifetime { seconds } => json!([seconds]),
    }
}

fn says_of_control(body: &ControlBody) -> Value {
    let device_cut = |cut: &DeviceCut| {
        json!([
            hex(cut.device.as_bytes()),
            cut.seq,
            hex(cut.head.as_bytes())
        ])
    };
    match body {
        ControlBody::Create(body) => {
            json!([
                hex(body.creator.as_bytes()),
                hex(*body.nonce),
                written(&body.title)
            ])
        }
        ControlBody::Add(body) => {
            let since = body.since.iter().flatten().map(position);
            let since: Vec<Value> = since.collect();
            json!([hex(body.person.as_bytes()), role(body.role), since])
        }
        ControlBody::Remove(body) => {
            let cuts: Vec<Value> = body.cuts.iter().map(device_cut).collect();
            json!([
                hex(body.admission.as_bytes()),
                hex(body.person.as_bytes()),
                cuts
            ])
        }
        ControlBody::Leave(body) => {
            json!([body.cuts.iter().map(device_cut).collect::<Vec<_>>()])
        }
        ControlBody::Role(body) => json!([hex(body.admission.as_bytes()), role(body.role)]),
        ControlBody::Title(body) => json!([written(&body.title)]),
        ControlBody::Settings(body) => json!([body.disappears_after]),
        ControlBody::DeviceRevoked(body) => {
            let cuts = body.cuts.iter().map(|cut| {
                json!([
                    hex(cut.admission.as_bytes()),
                    cut.seq,
                    hex(cut.head.as_bytes())
                ])
            });
            json!([hex(body.device.as_bytes()), cuts.collect::<Vec<_>>()])
        }
        ControlBody::Unknown(_) => json!(null),
    }
}

/// Whose chain, how far, and the operation there.
pub(super) fn position(position: &Position) -> Value {
    json!([
        hex(position.actor.as_bytes()),
        position.seq,
        hex(position.head.as_bytes())
    ])
}

fn role(role: Role) -> u8 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
    }
}

fn operation(name: &str, own: &OwnIdentity, admission: AdmissionId, it: &SignedOperation) -> Value {
    let verified = it.clone().verify(&own.signing()).unwrap();
    let header = verified.header();
    let body = it.body.as_ref();
    let is_direct = header.conversation == conversation();
    json!({
        "name": name,
        "actor": hex(header.actor.as_bytes()),
        "admission": hex(admission.as_bytes()),
        "author_device": hex(own.device().as_bytes()),
        "author_person": hex(own.person().as_bytes()),
        "author_signing": hex(own.signing().as_bytes()),
        "conversation": hex(header.conversation.as_bytes()),
        "disappears_after": header.disappears_after,
        "id": hex(verified.id().as_bytes()),
        "kind": header.kind.number(),
        "logical": header.logical.as_u64(),
        "operation": hex(wire::encode(it)),
        "other_person": is_direct.then(|| hex(ben().person().as_bytes())),
        "parents": header.parents.as_ref().map(|parents| {
            parents.iter().map(|id| hex(id.as_bytes())).collect::<Vec<_>>()
        }),
        "prev": header.prev.map(|prev| hex(prev.as_bytes())),
        "says": body.map(|body| says(header.kind, &body.bytes)),
        "seq": header.seq,
        "target": header.target.map(|target| hex(target.as_bytes())),
        "wall": header.wall.as_millis(),
    })
}

pub(super) fn operations() -> Vec<Value> {
    let contents = contents();
    let direct = AdmissionId::new(*conversation().as_bytes());
    let names = [
        "a message",
        "a reaction to it",
        "another text for it",
        "it is pinned",
        "how long messages stay",
        "it is deleted",
        "messages stay for ever",
    ];
    let signed = contents.iter().map(Operation::signed);
    let mut operations: Vec<Value> = names
        .into_iter()
        .zip(signed)
        .map(|(name, it)| operation(name, &ann(), direct, it))
        .collect();
    let erased = SignedOperation {
        body: None,
        ..contents[0].signed().clone()
    };
    operations.push(operation("the message, erased", &ann(), direct, &erased));
    let names = [
        "the making of a room",
        "Ben is let in as an admin, from a place on",
        "he is a member",
        "another title",
        "messages disappear after a day",
        "a device is revoked",
        "Ben leaves",
        "Ben is removed",
    ];
    for (name, (author, it)) in names.into_iter().zip(control()) {
        let own = if author.device == ann().device() {
            ann()
        } else {
            ben()
        };
        operations.push(operation(name, &own, author.admission, it.signed()));
    }
    operations
}
