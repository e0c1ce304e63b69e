//! The layout: which Automerge change an operation becomes. Frozen under its number.
//!
//! Invariants
//! - Everything here is a pure function of its arguments: no clock, no random actor, no map order.
//! - An operation is one scalar, the CBOR of its [`Record`]: written once, never field by field. As a
//!   map of fields it costs twice the time to add and to load.
//! - A change's own timestamp is always 0, because the library stores it as a delta, which an
//!   extreme wall time would overflow.
//! - A member's change names only the genesis' objects and has no predecessors.

use std::num::NonZeroU64;

use automerge::legacy::{Key, ObjectId, Op, OpId, OpType, SortedVec};
use automerge::{ActorId as Author, Change, ChangeHash, ExpandedChange, ObjType, ScalarValue};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::{Accepted, Recorded};
use crate::domain::Domain;
use crate::id::{ActorId, ConversationId, OperationId};
use crate::operation::Kind;
use crate::time::{LogicalTime, WallTime};

/// The number of this layout; heads are compared between equal layouts only.
pub const LAYOUT: u16 = 2;

pub(super) const OPERATIONS: &str = "o";

/// Buckets of operations: a change costs what its bucket holds, not what the document does.
pub(super) const BUCKETS: u64 = 64;
const BUCKET_SHIFT: u32 = 2;

/// Objects of the genesis before the buckets: the map of them. Its operations count from 1.
const OBJECTS: u64 = 1;
/// The counter of the genesis' last operation.
pub(super) const GENESIS_MAX: u64 = OBJECTS + BUCKETS;

/// What the document holds of an operation.
#[derive(Encode, Decode)]
#[cbor(array)]
struct Record {
    #[n(0)]
    kind: Kind,
    #[n(1)]
    logical: LogicalTime,
    #[n(2)]
    wall: WallTime,
    #[n(3)]
    target: Option<OperationId>,
    #[n(4)]
    body: ByteArray<32>,
}

/// Where an actor's next change in a document goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    /// The Automerge actor of the genesis.
    pub(super) genesis: &'a Author,
    /// The Automerge actor of the author.
    pub(super) author: &'a Author,
    /// Changes of the author before this one.
    pub(super) rank: u64,
    /// The highest counter before this change: the author's own, else the genesis'.
    pub(super) counter: u64,
    /// The change it depends on: the author's own previous, else the genesis.
    pub(super) previous: ChangeHash,
}

/// The Automerge actor of a document's genesis.
pub(super) fn genesis_author(conversation: ConversationId, segment: u64) -> Author {
    let fields: [&[u8]; 3] = [
        &LAYOUT.to_le_bytes(),
        conversation.as_bytes(),
        &segment.to_le_bytes(),
    ];
    Author::from(Domain::DocumentGenesis.hash(&fields))
}

/// The Automerge actor of a member's actor in a document.
pub(super) fn author(conversation: ConversationId, segment: u64, actor: ActorId) -> Author {
    let fields: [&[u8]; 4] = [
        &LAYOUT.to_le_bytes(),
        conversation.as_bytes(),
        &segment.to_le_bytes(),
        actor.as_bytes(),
    ];
    Author::from(Domain::DocumentActor.hash(&fields))
}

/// The change every document begins with: the maps that members write into.
pub(super) fn genesis(author: &Author) -> Change {
    let all = ObjectId::Id(OpId::new(1, author));
    let map = |parent, key: &str| operation(parent, key, OpType::Make(ObjType::Map));
    let mut operations = vec![map(ObjectId::Root, OPERATIONS)];
    operations.extend((0..BUCKETS).map(|bucket| map(all.clone(), &bucket_key(bucket))));
    change(author.clone(), 1, NonZeroU64::MIN, Vec::new(), operations)
}

/// The change that records an operation, or `None` if the layout has no place for its kind.
pub(super) fn record(place: Place<'_>, accepted: &Accepted) -> Option<Change> {
    match accepted.kind {
        Kind::Message | Kind::Edit | Kind::Delete | Kind::Reaction | Kind::Pin | Kind::Lifetime => {
            Some(entry(place, accepted))
        }
        Kind::Create
        | Kind::Add
        | Kind::Remove
        | Kind::Leave
        | Kind::Role
        | Kind::Title
        | Kind::Settings
        | Kind::DeviceRevoked
        | Kind::Unknown(_) => None,
    }
}

/// Reads back what [`record`] wrote under a key; `None` if it is not of this layout.
pub(super) fn read(key: &str, value: &[u8]) -> Option<Recorded> {
    let record: Record = minicbor::decode(value).ok()?;
    Some(Recorded {
        id: key.parse().ok()?,
        kind: record.kind,
        logical: record.logical,
        wall: record.wall,
        target: record.target,
        body: record.body.into(),
    })
}

/// The key of a bucket in the map of operations.
pub(super) fn bucket_key(bucket: u64) -> String {
    format!("{bucket:02x}")
}

fn bucket(id: OperationId) -> u64 {
    let [first, ..] = id.as_bytes();
    u64::from(first >> BUCKET_SHIFT)
}

fn entry(place: Place<'_>, accepted: &Accepted) -> Change {
    let bucket = OBJECTS + 1 + bucket(accepted.id);
    let bucket = ObjectId::Id(OpId::new(bucket, place.genesis));
    let value = OpType::Put(ScalarValue::Bytes(encode(accepted)));
    let operations = vec![operation(bucket, &accepted.id.to_string(), value)];
    let seq = place.rank + 1;
    let start = NonZeroU64::MIN.saturating_add(place.counter);
    change(
        place.author.clone(),
        seq,
        start,
        vec![place.previous],
        operations,
    )
}

fn encode(accepted: &Accepted) -> Vec<u8> {
    let record = Record {
        kind: accepted.kind,
        logical: accepted.logical,
        wall: accepted.wall,
        target: accepted.target,
        body: accepted.body.into(),
    };
    #[expect(
        clippy::expect_used,
        reason = "a vector takes all that is written to it"
    )]
    minicbor::to_vec(record).expect("encoding into memory does not fail")
}

fn operation(obj: ObjectId, key: &str, action: OpType) -> Op {
    Op {
        action,
        obj,
        key: Key::Map(key.into()),
        pred: SortedVec::new(),
        insert: false,
    }
}

fn change(
    actor_id: Author,
    seq: u64,
    start_op: NonZeroU64,
    deps: Vec<ChangeHash>,
    operations: Vec<Op>,
) -> Change {
    Change::from(ExpandedChange {
        operations,
        actor_id,
        hash: None,
        seq,
        start_op,
        time: 0,
        message: None,
        deps,
        extra_bytes: Vec::new(),
        author: None,
    })
}
