//! What tests begin with: a home for a profile, and operations of made-up people.

use std::path::{Path, PathBuf};

use minicbor::bytes::ByteArray;
use tempfile::TempDir;
use tidings_protocol::carry::{Depositor, Notice, NoticeKind, NoticeText, Tier};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::domain::Domain;
use tidings_protocol::envelope;
use tidings_protocol::id::{
    ActorId, ConversationId, DeviceId, EnvelopeId, NearbyKey, OperationId, PersonId, Tag,
};
use tidings_protocol::identity::SigningSecret;
use tidings_protocol::operation::{Body, Content, Header, Kind, OPERATION_VERSION};
use tidings_protocol::operation::{Operation, SignedOperation};
use tidings_protocol::record::{
    ActorRecord, CarriedRecord, Change, ContactRecord, DeliveryChange, NearbyKeyRecord,
    NoticeRecord, OperationRecord, PassedRecord, RoomRecord, RoomStanding, SecretBytes,
    TombstoneRecord,
};
use tidings_protocol::rng::Rng;
use tidings_protocol::time::{CarryTime, LogicalTime, WallTime};
use tidings_protocol::wire;

use crate::{DATABASE_FILE, DatabaseKey, Store, StoreError};

/// A temporary profile directory with its key.
pub(crate) struct Home {
    parent: TempDir,
    pub(crate) key: DatabaseKey,
}

impl Home {
    pub(crate) fn new() -> Self {
        let key = DatabaseKey::generate(&mut Rng::from_seed(&[1; 32]));
        Self {
            parent: tempfile::tempdir().unwrap(),
            key,
        }
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.parent.path().join("profile")
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.directory().join(DATABASE_FILE)
    }

    pub(crate) fn create(&self) -> Store {
        Store::create(&self.directory(), &self.key).unwrap()
    }

    pub(crate) fn open(&self) -> Result<Store, StoreError> {
        Store::open(&self.directory(), &self.key)
    }

    /// The directory as a power cut now would leave it, in another home.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self {
            parent: tempfile::tempdir().unwrap(),
            key: self.key.clone(),
        };
        copy_files(&self.directory(), &copy.directory());
        copy
    }
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        // The shared-memory index does not survive a power cut.
        if !entry.file_name().to_string_lossy().ends_with("-shm") {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

pub(crate) fn conversation(number: u8) -> ConversationId {
    ConversationId::new([number; 32])
}

pub(crate) fn person(number: u8) -> PersonId {
    PersonId::new([number; 32])
}

/// Someone who writes into one conversation.
pub(crate) struct Author {
    rng: Rng,
    signing: SigningSecret,
    pub(crate) conversation: ConversationId,
    pub(crate) actor: ActorId,
    pub(crate) person: PersonId,
    device: DeviceId,
    mine: bool,
    seq: u64,
    logical: u64,
    head: Option<OperationId>,
    pub(crate) recipients: Vec<PersonId>,
    pub(crate) disappears_after: Option<u32>,
    pub(crate) reply_to: Option<OperationId>,
    /// What their clock shows at logical time 0.
    pub(crate) clock: u64,
}

impl Author {
    pub(crate) fn new(number: u8, conversation: ConversationId, mine: bool) -> Self {
        let mut rng = Rng::from_seed(&[number; 32]);
        let device = DeviceId::new([number; 32]);
        Self {
            signing: SigningSecret::generate(&mut rng),
            rng,
            conversation,
            actor: ActorId::direct(device, conversation),
            person: person(number),
            device,
            mine,
            seq: 0,
            logical: 0,
            head: None,
            recipients: Vec::new(),
            disappears_after: None,
            reply_to: None,
            clock: 1_000,
        }
    }

    /// Our own person, writing to `recipients`.
    pub(crate) fn own(recipients: &[u8]) -> Self {
        let recipients = recipients.iter().map(|number| person(*number)).collect();
        Self {
            recipients,
            ..Self::new(1, conversation(9), true)
        }
    }

    /// Another person, writing into the same conversation.
    pub(crate) fn other(number: u8) -> Self {
        Self::new(number, conversation(9), false)
    }

    /// Another device of the same person.
    pub(crate) fn with_device(self, number: u8) -> Self {
        let device = DeviceId::new([number; 32]);
        Self {
            actor: ActorId::direct(device, self.conversation),
            device,
            rng: Rng::from_seed(&[number; 32]),
            ..self
        }
    }

    pub(crate) fn message(&mut self, text: &str) -> OperationRecord {
        self.write(&Content::Message {
            text: text.to_owned(),
        })
    }

    pub(crate) fn write(&mut self, content: &Content) -> OperationRecord {
        self.operation(content.kind(), content.to_bytes())
    }

    pub(crate) fn messages(&mut self, count: u64) -> Vec<OperationRecord> {
        (0..count)
            .map(|n| self.message(&format!("message {n}")))
            .collect()
    }

    pub(crate) fn operation(&mut self, kind: Kind, bytes: Vec<u8>) -> OperationRecord {
        let body = Body {
            salt: self.rng.bytes::<32>().into(),
            bytes,
        };
        self.seq += 1;
        self.logical += 1;
        let key = Domain::Body.derive(&[body.salt.as_ref()]);
        let header = wire::encode(&Header {
            version: OPERATION_VERSION,
            kind,
            conversation: self.conversation,
            actor: self.actor,
            seq: self.seq,
            prev: self.head,
            logical: LogicalTime::new(self.logical),
            wall: WallTime::from_millis(self.logical.saturating_add(self.clock)),
            disappears_after: self.disappears_after,
            target: self.reply_to,
            body: ByteArray::from(*blake3::keyed_hash(&key, &body.bytes).as_bytes()),
            body_bytes: u32::try_from(body.bytes.len()).unwrap(),
            parents: kind.is_control().then(Vec::new),
        });
        let mut signed = SignedOperation {
            header,
            signature: [0; 64].into(),
            body: Some(body),
        };
        let id = signed.id();
        signed.signature = self
            .signing
            .sign(Domain::OperationSignature, &[id.as_bytes()])
            .into();
        self.head = Some(id);
        self.record(signed.verify(&self.signing.public()).unwrap())
    }

    /// The same operation as one receives it whose author has erased its body.
    pub(crate) fn erased(&self, record: &OperationRecord) -> OperationRecord {
        let signed = SignedOperation {
            body: None,
            ..record.operation.signed().clone()
        };
        OperationRecord {
            received_at: record.received_at,
            ..self.record(signed.verify(&self.signing.public()).unwrap())
        }
    }

    /// Goes on as if so many operations had been written that nobody here has.
    pub(crate) fn skip(&mut self, count: u64) {
        self.seq += count;
        self.logical += count;
        self.head = Some(OperationId::new([0xee; 32]));
    }

    pub(crate) fn set_logical(&mut self, logical: u64) {
        self.logical = logical - 1;
    }

    /// The author's place with all up to `seq` held.
    pub(crate) fn place(&self, seq: u64) -> ActorRecord {
        let logical = LogicalTime::new(seq);
        ActorRecord {
            seq,
            head: (seq > 0).then(|| OperationId::new([7; 32])),
            ..ActorRecord::new(
                self.conversation,
                self.actor,
                self.person,
                self.device,
                logical,
            )
        }
    }

    pub(crate) fn delivery(&self, first: u64, last: u64, to: u8, state: DeliveryState) -> Change {
        let person = person(to);
        Change::ChangeDelivery(DeliveryChange {
            actor: self.actor,
            first,
            last,
            person,
            state,
        })
    }

    fn record(&self, operation: Operation) -> OperationRecord {
        OperationRecord {
            operation,
            person: self.person,
            device: self.device,
            mine: self.mine,
            received_at: WallTime::from_millis(self.logical.saturating_add(2_000)),
            recipients: self.recipients.clone(),
        }
    }
}

/// The change that makes a conversation a room.
pub(crate) fn is_room(number: u8) -> Change {
    Change::PutRoom(Box::new(RoomRecord {
        conversation: conversation(number),
        standing: RoomStanding::Joined,
        title: "Garden".to_owned(),
        disappears_after: None,
        invited_by: None,
        members: Vec::new(),
        needs_newer_version: false,
    }))
}

/// The change that makes a person a contact, blocked or not.
pub(crate) fn contact(number: u8, blocked: bool) -> Change {
    Change::PutContact(ContactRecord {
        person: person(number),
        name: format!("Person {number}"),
        petname: None,
        verified: false,
        alarm: None,
        blocked,
        added_at: WallTime::from_millis(1),
        met_by: Tag::new([number; 16]),
    })
}

/// The change that has an author with `seq` operations count as far as `cut`.
pub(crate) fn count(author: &Author, seq: u64, cut: Option<u64>) -> Change {
    Change::PutActor(ActorRecord {
        cut,
        ..author.place(seq)
    })
}

/// The change that stores an operation.
pub(crate) fn insert(record: &OperationRecord) -> Change {
    Change::InsertOperation(Box::new(record.clone()))
}

/// The change that adds the body of an operation that came without it.
pub(crate) fn body(record: &OperationRecord) -> Change {
    body_at(record, record.received_at)
}

/// The change that adds a body that came at this time.
pub(crate) fn body_at(record: &OperationRecord, at: WallTime) -> Change {
    Change::PutBody {
        operation: Box::new(record.operation.clone()),
        at,
    }
}

/// The changes that store operations.
pub(crate) fn inserts(records: &[OperationRecord]) -> Vec<Change> {
    records.iter().map(insert).collect()
}

/// Every row that a statement gives, as text.
pub(crate) fn table(store: &Store, sql: &str) -> Vec<String> {
    let connection = store.lock();
    let mut statement = connection.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns)
            .map(|index| Ok(format!("{:?}", row.get_ref(index)?)))
            .collect::<rusqlite::Result<Vec<_>>>()
    });
    rows.unwrap().map(|row| row.unwrap().join("|")).collect()
}

/// Every term of the index with the messages and places it is at.
pub(crate) fn indexed_terms(store: &Store) -> Vec<(String, i64, i64)> {
    let connection = store.lock();
    connection
        .execute_batch("CREATE VIRTUAL TABLE temp.terms USING fts5vocab(main, search, instance)")
        .unwrap();
    let rows = connection
        .prepare("SELECT term, doc, \"offset\" FROM temp.terms ORDER BY 1, 2, 3")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    connection.execute_batch("DROP TABLE temp.terms").unwrap();
    rows
}

/// Everything that is told apart by a number: bytes that stand for it alone.
pub(crate) fn unique(what: &str, number: u64) -> [u8; 32] {
    *blake3::hash(format!("{what} {number}").as_bytes()).as_bytes()
}

/// An envelope that is kept, as it travels: made-up bytes.
pub(crate) fn envelope(number: u64, bytes: usize) -> Vec<u8> {
    let mut envelope = vec![0; bytes];
    Rng::from_seed(&unique("envelope", number)).fill(&mut envelope);
    envelope
}

/// What is known of that envelope.
pub(crate) fn carried(number: u64, bytes: usize) -> CarriedRecord {
    let [first, ..] = unique("small", number);
    CarriedRecord {
        id: EnvelopeId::new(unique("id", number)),
        header: envelope::Header {
            tag: Tag::new(*unique("tag", number).first_chunk().unwrap()),
            lifetime_hours: envelope::LIFETIME_HOURS_MAX - u16::from(first),
            priority: envelope::Priority::new(first),
            purge: unique("purge", number),
        },
        bytes,
        expires_at: CarryTime::from_millis(1_000 + number),
        hops: first / 2,
        copies: first / 3,
        tier: Tier::ALL[usize::from(first) % 4],
        depositor: Depositor::new(*unique("depositor", number).first_chunk().unwrap()),
    }
}

/// The change that keeps it.
pub(crate) fn put_carried(number: u64, bytes: usize) -> Change {
    Change::PutCarried {
        record: Box::new(carried(number, bytes)),
        envelope: envelope(number, bytes),
    }
}

/// What was purged, told apart by a number.
pub(crate) fn tombstone(number: u64) -> TombstoneRecord {
    TombstoneRecord {
        preimage: unique("preimage", number),
        until: CarryTime::from_millis(2_000 + number),
    }
}

/// A notice of one key, of that number.
pub(crate) fn notice(number: u64) -> NoticeRecord {
    let said = NoticeText {
        kind: NoticeKind::CheckIn,
        name: "Ann \u{202e}".to_owned(),
        number,
        written_at: WallTime::from_millis(number),
        lifetime_hours: 72,
        text: format!("safe \0 {number}"),
    };
    let key = SigningSecret::from_bytes(&unique("nearby key", 1));
    NoticeRecord {
        notice: Notice::sign(said, &key).unwrap(),
        kept_at: CarryTime::from_millis(number),
        expires_at: CarryTime::from_millis(number + 9),
        hops: u8::MAX,
        depositor: Depositor::new([number.to_be_bytes()[7]; 8]),
        received_at: WallTime::from_millis(number + 7),
    }
}

/// That what one key said is over up to that number.
pub(crate) fn passed(number: u64) -> PassedRecord {
    PassedRecord {
        key: NearbyKey::new(unique("another nearby key", 1)),
        kind: NoticeKind::Message,
        number,
        at: CarryTime::from_millis(number),
    }
}

/// A key to say something nearby by, of as many notices.
pub(crate) fn nearby_key(number: u64) -> NearbyKeyRecord {
    NearbyKeyRecord {
        secret: SecretBytes::new(unique("secret of nearby", 1).to_vec()),
        number,
    }
}
