use std::fs;
use std::path::PathBuf;

use rusqlite::types::ValueRef;
use tidings_protocol::carry::{Depositor, Tier};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::envelope;
use tidings_protocol::id::{ActorId, DeviceId, EnvelopeId, RequestId, SenderChainId, Tag};
use tidings_protocol::operation::{Fork, Kind};
use tidings_protocol::record::{
    Acceptance, ActorRecord, CarriedRecord, ChainReaderRecord, Change, ContactRecord,
    ControlRecord, CustodyRecord, DepositRecord, DeviceRecord, Discovery, DraftRecord, Enclosed,
    InviteRecord, MailedControlRecord, MemberRecord, NetworkMode, NetworkRecord, Outcome,
    OwedControlRecord, OwnReceiptRecord, PairRecord, PendingJoinRecord, PreferencesRecord,
    ReceiptRecord, ReceiverChainRecord, RoomRecord, RoomStanding, SecretBytes, SenderChainRecord,
    SettingsRecord, TombstoneRecord,
};
use tidings_protocol::rng::Rng;
use tidings_protocol::room::Role;
use tidings_protocol::sync::{Coverage, SignedReceipt};
use tidings_protocol::time::{CarryTime, WallTime};

use super::*;
use crate::fixture::{Author, Home, conversation, inserts, nearby_key, notice, passed, person};
use crate::{DATABASE_FILE, KeyFile, MessageOrder, MessageQuery, SearchQuery, SearchWord, Store};

/// The schema since which there are rooms.
const ROOMS: u32 = 6;
/// The schema since which there are settings.
const SETTINGS: u32 = 10;
/// The schema since which there are keys of envelopes.
const MAIL: u32 = 12;
/// The schema since which something is carried.
const CARRY: u32 = 14;
/// The schema since which something is heard nearby.
const NOTICES: u32 = 15;
/// The schema since which it is kept who may lack what was done to rooms.
const OWED_CONTROL: u32 = 16;
/// The schema since which it is kept which messages are urgent.
const URGENT: u32 = 17;
/// The schema since which it is kept what nodes do with networks.
const NETWORK: u32 = 18;

fn dump_path(number: u32) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/schemas/{number:04}.sql"))
}

fn dump(number: u32) -> String {
    fs::read_to_string(dump_path(number)).unwrap()
}

/// The schema's own text, object by object. Shadow tables come with the virtual one they serve.
fn objects(connection: &Connection) -> Vec<String> {
    let mut statement = connection
        .prepare(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT IN
                 (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY name",
        )
        .unwrap();
    let objects = statement.query_map([], |row| row.get(0)).unwrap();
    objects.collect::<rusqlite::Result<_>>().unwrap()
}

#[test]
fn every_past_schema_opens_and_keeps_what_it_held() {
    for number in 1..=SCHEMA_VERSION {
        let home = Home::new();
        fs::create_dir_all(home.directory()).unwrap();
        fs::write(home.database(), b"").unwrap();
        let past = crate::connection::open_writer(&home.database(), &home.key).unwrap();
        past.execute_batch(&dump(number)).unwrap();
        assert_eq!(version(&past).unwrap(), number);
        drop(past);
        let mut store = home.open().unwrap();
        assert_eq!(version(&store.lock()).unwrap(), SCHEMA_VERSION);
        assert_holds_the_sample(&mut store);
        assert_forgets_the_contact_secret(&mut store);
        assert_eq!(untimed(&store), 0, "every message has its time");
        if number >= ROOMS {
            assert_holds_the_room(&store);
        }
        let settings = store.profile().unwrap().settings;
        let is_kept = settings.rooms_accept == sample_settings().rooms_accept;
        assert_eq!(is_kept, number >= SETTINGS);
        assert_eq!(settings == sample_settings(), number >= NETWORK);
        if number >= MAIL {
            assert_holds_the_mail(&store);
        }
        if number >= CARRY {
            assert_holds_what_is_carried(&store, number);
        }
        if number >= NOTICES {
            assert_holds_what_was_heard(&store);
        }
        let outbox = store.profile().unwrap().outbox;
        assert_eq!(outbox[0].urgent, number >= URGENT);
    }
}

fn untimed(store: &Store) -> i64 {
    let untimed = "SELECT count(*) FROM messages WHERE shown_at = 0";
    store
        .lock()
        .query_row(untimed, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn no_released_migration_has_changed() {
    for number in 1..=SCHEMA_VERSION {
        let (dumped, migrated) = (
            Connection::open_in_memory().unwrap(),
            Connection::open_in_memory().unwrap(),
        );
        dumped.execute_batch(&dump(number)).unwrap();
        for migration in MIGRATIONS.iter().take(number.try_into().unwrap()) {
            migrated.execute_batch(migration).unwrap();
        }
        assert_eq!(objects(&dumped), objects(&migrated), "schema {number}");
    }
}

#[test]
fn every_table_is_strict_and_takes_no_null_that_is_not_explained() {
    let mut connection = Connection::open_in_memory().unwrap();
    migrate(&mut connection).unwrap();
    let loose: Vec<String> = connection
        .prepare(
            "SELECT t.name || '.' || c.name FROM pragma_table_list AS t, pragma_table_info(t.name) AS c
             WHERE t.schema = 'main' AND t.name NOT LIKE 'sqlite_%' AND t.type = 'table'
                 AND (t.strict = 0 OR c.\"notnull\" = 0)
             ORDER BY 1",
        )
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    let explained = [
        "actors.counts",
        "actors.cut",
        "actors.fork",
        "actors.head",
        "contacts.petname",
        "deposits.actor",
        "deposits.device",
        "deposits.first",
        "deposits.last",
        "deposits.room",
        "lifetimes.seconds",
        "messages.expires_at",
        "messages.reply_to",
        "operations.target",
        "rooms.disappears_after",
        "rooms.invited_by",
    ];
    assert_eq!(loose, explained);
}

#[test]
#[ignore = "writes the dump of a new schema: run it once after a migration is added"]
fn write_the_dump_of_the_current_schema() {
    let mut store = Store::in_memory().unwrap();
    store.apply(&sample()).unwrap();
    put_contact_secret(&store);
    store.acknowledge("sample", 2).unwrap();
    assert_holds_the_sample(&mut store);
    assert_holds_the_room(&store);
    assert_holds_the_mail(&store);
    assert_holds_what_is_carried(&store, SCHEMA_VERSION);
    assert_holds_what_was_heard(&store);
    assert!(
        !dump_path(SCHEMA_VERSION).exists(),
        "a dump is never replaced"
    );
    fs::write(dump_path(SCHEMA_VERSION), text(&store.lock())).unwrap();
}

#[test]
#[ignore = "writes the profile that the terminal program's tests take for one of a later version"]
fn write_a_profile_of_the_last_schema_that_there_can_be() {
    let directory = dump_path(0).with_file_name("newer");
    assert!(!directory.exists(), "there is one, and it stays newer");
    fs::create_dir(&directory).unwrap();
    let key = KeyFile::create(&directory, None, &mut Rng::from_seed(&[1; 32])).unwrap();
    let database = directory.join(DATABASE_FILE);
    fs::write(&database, b"").unwrap();
    let newer = crate::connection::open_writer(&database, &key).unwrap();
    newer
        .execute_batch(&format!("PRAGMA user_version = {}", i32::MAX))
        .unwrap();
}

/// The whole database as SQL.
fn text(connection: &Connection) -> String {
    let mut text = String::from("PRAGMA foreign_keys = OFF;\n");
    for object in objects(connection) {
        if !object.contains("sqlite_sequence") {
            text.push_str(&format!("{object};\n"));
        }
    }
    let tables: Vec<(String, bool)> = connection
        .prepare(
            "SELECT name, type = 'shadow' FROM pragma_table_list
             WHERE schema = 'main' AND type <> 'virtual' AND name <> 'sqlite_schema' ORDER BY name",
        )
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    for (table, is_shadow) in tables {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        if is_shadow || table == "sqlite_sequence" {
            text.push_str(&format!("DELETE FROM {table};\n"));
        }
        while let Some(row) = rows.next().unwrap() {
            let values: Vec<String> = (0..columns)
                .map(|index| literal(row.get_ref(index).unwrap()))
                .collect();
            text.push_str(&format!(
                "INSERT INTO {table} VALUES ({});\n",
                values.join(", ")
            ));
        }
    }
    text.push_str(&format!(
        "PRAGMA user_version = {};\n",
        version(connection).unwrap()
    ));
    text
}

fn literal(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(value) => value.to_string(),
        ValueRef::Real(value) => value.to_string(),
        ValueRef::Text(text) => format!("'{}'", String::from_utf8_lossy(text).replace('\'', "''")),
        ValueRef::Blob(bytes) => {
            let digits: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("x'{digits}'")
        }
    }
}

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn draft() -> DraftRecord {
    DraftRecord {
        conversation: conversation(9),
        text: "begun".to_owned(),
    }
}

fn preferences() -> PreferencesRecord {
    PreferencesRecord {
        muted: true,
        ..PreferencesRecord::new(conversation(9))
    }
}

fn sample_settings() -> SettingsRecord {
    SettingsRecord {
        rooms_accept: Acceptance::Nobody,
        nearby: true,
        network: NetworkRecord {
            mode: NetworkMode::Lan,
            discovery: Discovery::Hidden,
            port_mapping: false,
            listen: vec!["/ip4/192.0.2.1/tcp/1".to_owned()],
            ..NetworkRecord::default()
        },
    }
}

fn control() -> ControlRecord {
    let mut author = Author::new(3, conversation(8), false);
    let operation = author.operation(Kind::Title, vec![0xa0]);
    ControlRecord {
        conversation: author.conversation,
        author: tidings_protocol::room::Author {
            person: author.person,
            device: operation.device,
            admission: author.conversation.into(),
        },
        operation: operation.operation.signed().clone(),
    }
}

fn room() -> RoomRecord {
    RoomRecord {
        conversation: conversation(8),
        standing: RoomStanding::Invited,
        title: "Flood".to_owned(),
        disappears_after: Some(60),
        invited_by: Some(person(3)),
        members: vec![MemberRecord {
            person: person(3),
            role: Role::Admin,
            name: "Cem".to_owned(),
        }],
        needs_newer_version: true,
    }
}

fn sample_pair() -> PairRecord {
    PairRecord {
        device: DeviceId::new([2; 32]),
        state: secret("pair"),
    }
}

fn sample_chain_reader() -> ChainReaderRecord {
    ChainReaderRecord {
        conversation: sample_sender_chain().conversation,
        device: DeviceId::new([12; 32]),
    }
}

fn sample_sender_chain() -> SenderChainRecord {
    SenderChainRecord {
        conversation: conversation(8),
        state: secret("own chain"),
    }
}

fn sample_receiver_chain() -> ReceiverChainRecord {
    ReceiverChainRecord {
        id: SenderChainId::new([10; 16]),
        conversation: conversation(8),
        state: secret("another's chain"),
    }
}

const fn sample_carried() -> CarriedRecord {
    CarriedRecord {
        id: EnvelopeId::new([13; 32]),
        header: envelope::Header {
            tag: Tag::new([14; 16]),
            lifetime_hours: envelope::LIFETIME_HOURS_MAX,
            priority: envelope::Priority::URGENT,
            purge: [15; 32],
        },
        bytes: 4,
        expires_at: CarryTime::from_millis(7),
        hops: 2,
        copies: 16,
        tier: Tier::Friend,
        depositor: Depositor::new([16; 8]),
    }
}

const fn sample_tombstone() -> TombstoneRecord {
    TombstoneRecord {
        preimage: [17; 32],
        until: CarryTime::from_millis(8),
    }
}

fn sample_deposits() -> [DepositRecord; 2] {
    let to_a_device = DepositRecord {
        envelope: EnvelopeId::new([18; 32]),
        purge: SecretBytes::new(vec![19; 32]),
        device: Some(DeviceId::new([2; 32])),
        people: vec![person(2), person(3)],
        enclosed: Some(Enclosed {
            actor: ActorId::new([20; 32]),
            first: 1,
            last: 3,
        }),
        room: None,
    };
    let to_a_room = DepositRecord {
        envelope: EnvelopeId::new([21; 32]),
        device: None,
        people: Vec::new(),
        enclosed: None,
        ..to_a_device.clone()
    };
    [to_a_device, to_a_room]
}

/// One that tells of a room, and who may lack that.
fn sample_owed_control() -> (DepositRecord, OwedControlRecord) {
    let [_, deposit] = sample_deposits();
    let owed = OwedControlRecord {
        conversation: conversation(8),
        device: DeviceId::new([2; 32]),
        is_sealed: true,
    };
    let deposit = DepositRecord {
        envelope: EnvelopeId::new([23; 32]),
        device: Some(owed.device),
        room: Some(owed.conversation),
        ..deposit
    };
    (deposit, owed)
}

fn sample_receipt() -> SignedReceipt {
    let mut signed = vec![0xa2, 0, 0x41, 7, 1, 0x58, 64];
    signed.extend([0; 64]);
    minicbor::decode(&signed).unwrap()
}

fn sample_own_receipt() -> OwnReceiptRecord {
    OwnReceiptRecord {
        conversation: conversation(9),
        person: person(2),
        number: 27,
        signed: sample_receipt(),
    }
}

fn sample_mailed_control() -> MailedControlRecord {
    MailedControlRecord {
        number: 24,
        device: DeviceId::new([2; 32]),
        conversation: conversation(25),
        said: vec![26; 4],
    }
}

const fn sample_custody() -> CustodyRecord {
    CustodyRecord {
        envelope: EnvelopeId::new([18; 32]),
        holder: DeviceId::new([12; 32]),
        until: CarryTime::from_millis(9),
    }
}

/// Something in every table of what is carried.
fn sample_carrying() -> Vec<Change> {
    let [one, another] = sample_deposits().map(|deposit| Change::PutDeposit(Box::new(deposit)));
    let (of_a_room, owed) = sample_owed_control();
    vec![
        Change::PutCarried {
            record: Box::new(sample_carried()),
            envelope: vec![22; 4],
        },
        Change::PutTombstone(sample_tombstone()),
        Change::PutCarryTime(CarryTime::from_millis(6)),
        one,
        another,
        Change::PutDeposit(Box::new(of_a_room)),
        Change::PutOwedControl(owed),
        Change::PutOwnReceipt(sample_own_receipt()),
        Change::PutMailedControl(Box::new(sample_mailed_control())),
        Change::PutCustody(sample_custody()),
    ]
}

/// Something in every table that has nothing to do with operations.
fn sample_records() -> Vec<Change> {
    let at = WallTime::from_millis;
    let device = DeviceId::new([2; 32]);
    vec![
        Change::PutIdentity(secret("identity")),
        Change::PutInvite(InviteRecord {
            tag: Tag::new([3; 16]),
            secret: secret("invite"),
            created_at: at(1),
            expires_at: at(2),
            reusable: false,
            answered: vec![(EnvelopeId::new([4; 32]), vec![1, 2])],
        }),
        Change::PutPendingJoin(PendingJoinRecord {
            tag: Tag::new([5; 16]),
            secret: secret("join"),
            envelope: vec![6; 8],
            code: secret("code"),
            created_at: at(3),
        }),
        Change::PutContact(ContactRecord {
            person: person(2),
            name: "Ben".to_owned(),
            petname: None,
            verified: false,
            alarm: None,
            blocked: false,
            added_at: at(4),
            met_by: Tag::new([3; 16]),
        }),
        Change::PutDevice(DeviceRecord {
            device,
            person: person(2),
            card: vec![7; 8],
            addresses: vec!["/ip4/192.0.2.1/tcp/1".to_owned()],
        }),
        Change::PutPair(sample_pair()),
        Change::PutSenderChain(sample_sender_chain()),
        Change::PutChainReader(sample_chain_reader()),
        Change::PutReceiverChain(sample_receiver_chain()),
        Change::PutReceipt(ReceiptRecord {
            conversation: conversation(9),
            device,
            number: 7,
            signed: sample_receipt(),
        }),
        Change::PutPreferences(preferences()),
        Change::PutDraft(draft()),
        Change::PutSettings(sample_settings()),
        Change::PutControl(Box::new(control())),
        Change::PutRoom(Box::new(room())),
        Change::PutRequest {
            request: RequestId::new([9; 16]),
            outcome: Outcome::Done,
            at: at(6),
        },
    ]
}

/// Something in every table.
fn sample() -> Vec<Change> {
    let (mut own, mut other) = (Author::own(&[2]), Author::other(2));
    let mut changes = sample_records();
    changes.extend(sample_carrying());
    changes.push(Change::PutNotice(Box::new(notice(1))));
    changes.push(Change::PutPassed(passed(2)));
    changes.push(Change::PutNearbyKey(nearby_key(3)));
    let written = own.messages(2);
    changes.extend(inserts(&written));
    changes.push(Change::MarkUrgent(written[1].operation.id()));
    changes.extend(inserts(&[
        other.message("hello"),
        other.operation(Kind::Unknown(9), vec![1]),
    ]));
    changes.push(own.delivery(1, 1, 2, DeliveryState::Delivered));
    changes.push(Change::PutActor(own.place(2)));
    let (one, another) = ["one", "another"]
        .map(|text| Author::other(2).message(text).operation)
        .into();
    let fork = Fork::between(&one, &another).unwrap();
    changes.push(Change::PutFork(Box::new(fork)));
    changes.push(Change::PutActor(ActorRecord {
        base: 1,
        cut: Some(2),
        fork: Some(3),
        ..other.place(1)
    }));
    let read = Coverage::through(1);
    changes.push(Change::MarkRead(other.conversation, other.actor, read));
    changes
}

fn assert_holds_the_room(store: &Store) {
    let profile = store.profile().unwrap();
    assert_eq!(profile.controls, [control()]);
    assert_eq!(profile.rooms, [room()]);
    let cut: Vec<_> = profile
        .actors
        .iter()
        .map(|actor| (actor.base, actor.cut))
        .collect();
    assert!(cut.contains(&(1, Some(2))) && cut.contains(&(0, None)));
}

fn assert_holds_the_mail(store: &Store) {
    let profile = store.profile().unwrap();
    assert_eq!(profile.pairs, [sample_pair()]);
    assert_eq!(profile.sender_chains, [sample_sender_chain()]);
    assert_eq!(profile.chain_readers, [sample_chain_reader()]);
    assert_eq!(profile.receiver_chains, [sample_receiver_chain()]);
}

fn assert_holds_what_is_carried(store: &Store, number: u32) {
    let profile = store.profile().unwrap();
    let (of_a_room, owed) = sample_owed_control();
    let mut deposits = sample_deposits().to_vec();
    if number >= OWED_CONTROL {
        deposits.push(of_a_room);
        assert_eq!(profile.owed_control, [owed]);
        assert_eq!(profile.own_receipts, [sample_own_receipt()]);
        assert_eq!(profile.mailed_control, [sample_mailed_control()]);
    }
    assert_eq!(profile.carried, [sample_carried()]);
    assert_eq!(profile.tombstones, [sample_tombstone()]);
    assert_eq!(profile.carry_time, CarryTime::from_millis(6));
    assert_eq!(profile.deposits, deposits);
    assert_eq!(profile.custodies, [sample_custody()]);
    let kept = store
        .reader()
        .unwrap()
        .carried_after(&(0..=u8::MAX), None, 2)
        .unwrap();
    assert_eq!(kept, [(sample_carried(), vec![22; 4])]);
}

fn assert_holds_what_was_heard(store: &Store) {
    let profile = store.profile().unwrap();
    assert_eq!(profile.notices, [notice(1)]);
    assert_eq!(profile.passed, [passed(2)]);
    assert_eq!(profile.nearby_key, Some(nearby_key(3)));
}

/// As programs wrote it before there were pairs; no change does any more.
fn put_contact_secret(store: &Store) {
    let (device, key) = (DeviceId::new([2; 32]), secret("contact secret"));
    let insert = "INSERT INTO contact_secrets (number, id, device, key, created_at)
        VALUES (1, ?1, ?2, ?3, 5)";
    let values = params![[8_u8; 16], device.as_bytes(), key.expose()];
    store.lock().execute(insert, values).unwrap();
}

fn assert_forgets_the_contact_secret(store: &mut Store) {
    let secrets = store.profile().unwrap().contact_secrets;
    assert_eq!(secrets[0].key, secret("contact secret"));
    let forget = Change::DeleteContactSecrets(secrets[0].device);
    store.apply(&[forget]).unwrap();
    assert_eq!(store.profile().unwrap().contact_secrets, []);
    assert!(store.wal_truncate_due());
}

fn assert_holds_the_sample(store: &mut Store) {
    let profile = store.profile().unwrap();
    assert_eq!(profile.identity, Some(secret("identity")));
    assert_eq!(profile.invites[0].answered.len(), 1);
    assert_eq!(profile.pending_joins[0].code, secret("code"));
    assert_eq!(profile.contacts[0].name, "Ben");
    assert_eq!(profile.devices[0].addresses, ["/ip4/192.0.2.1/tcp/1"]);
    assert_eq!(profile.actors.len(), 2);
    assert_eq!((profile.outbox.len(), profile.pending.len()), (1, 1));
    assert_eq!(profile.receipts[0].number, 7);
    let reader = store.reader().unwrap();
    let order = MessageOrder::Arrival {
        since: 0,
        limit: None,
    };
    let query = MessageQuery {
        conversation: None,
        unread_only: false,
        order,
    };
    let rows = reader.messages(&query).unwrap();
    let texts: Vec<_> = rows.iter().map(|row| row.text.as_str()).collect();
    assert_eq!(texts, ["message 1", "hello", "", "message 0"]);
    assert_eq!(rows.iter().filter(|row| row.read).count(), 3);
    assert_eq!(
        reader.request(RequestId::new([9; 16])).unwrap(),
        Some(Outcome::Done)
    );
    assert_eq!(reader.cursor("sample").unwrap(), 2);
    assert_eq!(reader.last_position().unwrap(), 5);
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
    let search = SearchQuery {
        words: vec![SearchWord::new("message", false).unwrap()],
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit: 9,
    };
    let found = reader.search(&search).unwrap();
    assert_eq!(
        found.messages.len(),
        2,
        "what was there before the index is found"
    );
    store.rebuild_projections().unwrap();
    assert_eq!(reader.messages(&query).unwrap(), rows);
}
