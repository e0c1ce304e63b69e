//! What is carried: it comes back, applying it twice is applying it once, and a carrier's rows say of nobody.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use proptest::prelude::*;
use rusqlite::types::ValueRef;
use tidings_protocol::carry::{Depositor, Tier};
use tidings_protocol::id::{ActorId, DeviceId, EnvelopeId, PersonId, Tag, TransportId};
use tidings_protocol::record::{
    CarriedRecord, ContactRecord, CustodyRecord, DepositRecord, DeviceRecord, Enclosed,
    SecretBytes, TombstoneRecord,
};
use tidings_protocol::time::CarryTime;

use super::mail::{Mark, marks};
use super::*;
use crate::fixture::{carried, envelope, put_carried, tombstone, unique};

fn deposit(number: u64, people: u64, purge: u64) -> DepositRecord {
    let people = (0..people).map(|person| PersonId::new(unique("person", person)));
    DepositRecord {
        envelope: carried(number, 0).id,
        purge: SecretBytes::new(unique("purge of ours", purge).to_vec()),
        device: Some(DeviceId::new(unique("device", number))),
        people: people.collect(),
        enclosed: Some(Enclosed {
            actor: ActorId::new(unique("actor", number)),
            first: number,
            last: number + 7,
        }),
        room: None,
    }
}

fn put_deposit(deposit: &DepositRecord) -> Change {
    Change::PutDeposit(Box::new(deposit.clone()))
}

fn custody(number: u64, holder: u64, until: u64) -> CustodyRecord {
    CustodyRecord {
        envelope: carried(number, 0).id,
        holder: DeviceId::new(unique("holder", holder)),
        until: CarryTime::from_millis(until),
    }
}

#[test]
fn what_is_carried_comes_back_after_closing() {
    let home = Home::new();
    let mut store = home.create();
    let to_a_room = DepositRecord {
        device: None,
        people: Vec::new(),
        enclosed: None,
        room: Some(crate::fixture::conversation(9)),
        ..deposit(2, 0, 2)
    };
    let extreme = CarriedRecord {
        header: tidings_protocol::envelope::Header {
            lifetime_hours: u16::MAX,
            priority: tidings_protocol::envelope::Priority::new(u8::MAX),
            ..carried(3, 9).header
        },
        expires_at: CarryTime::from_millis(u64::MAX / 2),
        hops: u8::MAX,
        copies: u8::MAX,
        tier: Tier::Stranger,
        ..carried(3, 9)
    };
    let put_extreme = Change::PutCarried {
        record: Box::new(extreme),
        envelope: envelope(3, 9),
    };
    let batch = vec![
        put_carried(1, 61_440),
        put_carried(2, 2_048),
        put_extreme,
        Change::PutTombstone(tombstone(1)),
        Change::PutCarryTime(CarryTime::from_millis(5)),
        Change::PutCarryTime(CarryTime::from_millis(4)),
        put_deposit(&deposit(1, 300, 1)),
        put_deposit(&to_a_room),
        Change::PutCustody(custody(1, 1, 8)),
    ];
    store.apply(&batch).unwrap();
    let written = store.profile().unwrap();
    let mut records = [carried(1, 61_440), carried(2, 2_048), extreme];
    records.sort_by_key(|record| record.id);
    assert_eq!(written.carried, records);
    assert_eq!(written.tombstones, [tombstone(1)]);
    assert_eq!(written.carry_time, CarryTime::from_millis(4));
    let mut deposits = [deposit(1, 300, 1), to_a_room];
    deposits.sort_by_key(|deposit| deposit.envelope);
    assert_eq!(written.deposits, deposits);
    assert_eq!(written.custodies, [custody(1, 1, 8)]);
    drop(store);
    let mut store = home.open().unwrap();
    assert_eq!(store.profile().unwrap(), written);
    store.apply(&batch).unwrap();
    let again = store.profile().unwrap();
    assert_eq!(again, written, "applying a batch again changes nothing");
    let kept = store
        .reader()
        .unwrap()
        .carried_after(&(0..=u8::MAX), None, 9)
        .unwrap();
    assert!(kept.contains(&(carried(1, 61_440), envelope(1, 61_440))));
}

#[test]
fn only_what_was_secret_of_deposits_makes_truncating_the_log_due() {
    let home = Home::new();
    let mut store = home.create();
    let mut is_due_after = |change: Change| {
        store.apply(&[change]).unwrap();
        let due = store.wal_truncate_due();
        assert!(store.truncate_wal().unwrap());
        due
    };
    let fewer_people = deposit(1, 1, 1);
    let not_due = [
        put_carried(1, 2_048),
        Change::SpendCopies {
            envelope: carried(1, 0).id,
            copies: 1,
        },
        Change::AdoptCarried(carried(1, 0).id, Tier::Contact, Depositor::new([1; 8])),
        Change::DropCarried(carried(1, 0).id),
        Change::PutTombstone(tombstone(1)),
        Change::DropTombstone(tombstone(1).purge()),
        Change::PutCarryTime(CarryTime::from_millis(1)),
        Change::PutCustody(custody(1, 1, 1)),
        Change::DropDeposit(carried(1, 0).id),
        put_deposit(&deposit(1, 2, 1)),
        put_deposit(&deposit(1, 2, 1)),
        put_deposit(&fewer_people),
    ];
    for change in not_due {
        assert!(!is_due_after(change.clone()), "{change:?}");
    }
    let due = [
        put_deposit(&deposit(1, 1, 2)),
        Change::DropDeposit(carried(1, 0).id),
    ];
    for change in due {
        assert!(is_due_after(change.clone()), "{change:?}");
    }
}

#[test]
fn nothing_of_what_is_carried_is_a_reason_to_write_the_file_anew() {
    let home = Home::new();
    let mut store = home.create();
    let now = WallTime::from_millis(1_700_000_000_000);
    store.rewrite(now).unwrap();
    let batch = [
        put_carried(1, 2_048),
        put_deposit(&deposit(1, 2, 1)),
        put_deposit(&deposit(1, 2, 2)),
        Change::DropDeposit(carried(1, 0).id),
        Change::DropCarried(carried(1, 0).id),
    ];
    store.apply(&batch).unwrap();
    let next_year = now.after(std::time::Duration::from_hours(365 * 24));
    assert!(!store.rewrite_due(next_year).unwrap());
}

/// By what the secret of a deposit is known again.
fn mark(purge: u64) -> Mark {
    *unique("purge of ours", purge).first_chunk().unwrap()
}

#[test]
fn the_secret_of_a_deposit_that_is_gone_or_replaced_is_in_no_page_and_not_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    // Deposits are moved between pages while they become more, and nothing comes after those that go.
    for batch in 0..30 {
        let sealed =
            (batch * 20..batch * 20 + 20).map(|number| deposit(number, number % 9, number));
        let puts: Vec<_> = sealed.map(|deposit| put_deposit(&deposit)).collect();
        store.apply(&puts).unwrap();
    }
    let gone: HashSet<_> = (0..500).map(mark).collect();
    let live: HashSet<_> = (500..800).map(mark).collect();
    let drops = (200..500).map(|number| Change::DropDeposit(carried(number, 0).id));
    let replaced = (0..200).map(|number| put_deposit(&deposit(number, 3, number + 600)));
    let end: Vec<_> = drops.chain(replaced).collect();
    store.apply(&end).unwrap();
    // Also a test of the scan: it finds what the log still holds.
    assert!(!marks(&path).is_disjoint(&gone));
    assert!(store.wal_truncate_due());
    assert!(store.truncate_wal().unwrap());
    let held = marks(&path);
    assert!(live.is_subset(&held));
    assert_eq!(gone.intersection(&held).count(), 0, "of {}", gone.len());
}

/// Every value of a table, as bytes.
fn values(store: &Store, table: &str) -> Vec<Vec<u8>> {
    let connection = store.lock();
    let sql = format!("SELECT * FROM {table}");
    let mut statement = connection.prepare(&sql).unwrap();
    let columns = statement.column_count();
    let mut rows = statement.query([]).unwrap();
    let mut values = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        for index in 0..columns {
            match row.get_ref(index).unwrap() {
                ValueRef::Blob(bytes) | ValueRef::Text(bytes) => values.push(bytes.to_vec()),
                ValueRef::Integer(number) => values.push(number.to_be_bytes().to_vec()),
                ValueRef::Null | ValueRef::Real(_) => {}
            }
        }
    }
    values
}

/// How long a part of an id is by which somebody is known again.
const PART_BYTES: usize = 8;

/// Whether a table holds a part of somebody's id, as bytes or as it is written.
fn names(store: &Store, table: &str, ids: &[[u8; 32]]) -> bool {
    let written = ids.iter().map(|id| PersonId::new(*id).to_string());
    let written = written.flat_map(|text| {
        text.into_bytes()
            .windows(PART_BYTES)
            .map(<[u8]>::to_vec)
            .collect::<Vec<_>>()
    });
    let raw = ids
        .iter()
        .flat_map(|id| id.windows(PART_BYTES).map(<[u8]>::to_vec));
    let parts: BTreeSet<Vec<u8>> = raw.chain(written).collect();
    let values = values(store, table);
    let mut held = values.iter().flat_map(|value| value.windows(PART_BYTES));
    held.any(|part| parts.contains(part))
}

#[test]
fn a_carriers_rows_hold_nothing_of_any_person_device_or_transport() {
    let (person, device) = (unique("person", 0), unique("device", 1));
    let (holder, transport) = (unique("holder", 1), unique("transport", 1));
    let mut store = Store::in_memory().unwrap();
    let address = format!("/ip4/192.0.2.1/tcp/1/{}", TransportId::new(transport));
    let known = [
        Change::PutContact(ContactRecord {
            person: PersonId::new(person),
            name: "Ben".to_owned(),
            petname: None,
            verified: true,
            alarm: None,
            blocked: false,
            added_at: WallTime::from_millis(1),
            met_by: Tag::new([1; 16]),
        }),
        Change::PutDevice(DeviceRecord {
            device: DeviceId::new(device),
            person: PersonId::new(person),
            card: transport.to_vec(),
            addresses: vec![address],
        }),
        put_deposit(&deposit(1, 1, 1)),
        Change::PutCustody(custody(1, 1, 8)),
    ];
    store.apply(&known).unwrap();
    let carried: Vec<_> = (0..50).map(|number| put_carried(number, 2_048)).collect();
    store.apply(&carried).unwrap();
    let purged: Vec<_> = (0..50).map(tombstone).map(Change::PutTombstone).collect();
    store.apply(&purged).unwrap();
    let ids = [person, device, holder, transport];
    for table in ["carried", "carried_bytes", "tombstones"] {
        assert!(!names(&store, table, &ids), "{table} names somebody");
        assert!(values(&store, table).len() > 100, "{table} was looked at");
    }
    // Also a test of the scan: these name them.
    let naming = [
        ("contacts", person),
        ("devices", device),
        ("devices", transport),
        ("deposits", person),
        ("deposits", device),
        ("custodies", holder),
    ];
    for (table, id) in naming {
        assert!(names(&store, table, &[id]), "{table} names nobody");
    }
}

#[test]
fn a_carriers_rows_have_no_column_that_could_say_of_anybody() {
    let store = Store::in_memory().unwrap();
    let columns = |table: &str| -> Vec<String> {
        let connection = store.lock();
        let sql = format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid");
        let mut statement = connection.prepare(&sql).unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.collect::<rusqlite::Result<_>>().unwrap()
    };
    let carried =
        "id tag lifetime_hours priority purge bytes expires_at hops copies tier depositor";
    assert_eq!(columns("carried").join(" "), carried);
    assert_eq!(columns("carried_bytes").join(" "), "number id bytes");
    assert_eq!(columns("tombstones").join(" "), "purge preimage until");
}

/// What a store holds by the changes alone.
#[derive(Debug, Default)]
struct Model {
    carried: BTreeMap<EnvelopeId, (CarriedRecord, Vec<u8>)>,
    tombstones: BTreeMap<[u8; 32], TombstoneRecord>,
    carry_time: CarryTime,
    deposits: BTreeMap<EnvelopeId, DepositRecord>,
    custodies: BTreeMap<(EnvelopeId, DeviceId), CustodyRecord>,
}

impl Model {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "any other kind is a mistake of the test"
    )]
    fn apply(&mut self, change: &Change) {
        match change {
            Change::PutCarried { record, envelope } => {
                let kept = (**record, envelope.clone());
                self.carried.insert(record.id, kept);
            }
            Change::SpendCopies { envelope, copies } => {
                if let Some((record, _)) = self.carried.get_mut(envelope) {
                    record.copies = *copies;
                }
            }
            Change::AdoptCarried(envelope, tier, depositor) => {
                if let Some((record, _)) = self.carried.get_mut(envelope) {
                    (record.tier, record.depositor) = (*tier, *depositor);
                }
            }
            Change::DropCarried(envelope) => drop(self.carried.remove(envelope)),
            Change::PutTombstone(tombstone) => {
                self.tombstones.insert(tombstone.purge(), *tombstone);
            }
            Change::DropTombstone(purge) => drop(self.tombstones.remove(purge)),
            Change::PutCarryTime(time) => self.carry_time = *time,
            Change::PutDeposit(deposit) => {
                self.deposits.insert(deposit.envelope, (**deposit).clone());
            }
            Change::DropDeposit(envelope) => {
                self.deposits.remove(envelope);
                self.custodies.retain(|(of, _), _| of != envelope);
            }
            Change::PutCustody(custody) => {
                let key = (custody.envelope, custody.holder);
                self.custodies.insert(key, *custody);
            }
            Change::DropCustody { envelope, holder } => {
                self.custodies.remove(&(*envelope, *holder));
            }
            other => panic!("{other:?} is none of carrying"),
        }
    }

    fn profile(&self) -> Profile {
        Profile {
            carried: self.carried.values().map(|(record, _)| *record).collect(),
            tombstones: self.tombstones.values().copied().collect(),
            carry_time: self.carry_time,
            deposits: self.deposits.values().cloned().collect(),
            custodies: self.custodies.values().copied().collect(),
            ..Profile::default()
        }
    }
}

fn any_change() -> impl Strategy<Value = Change> {
    (0_u8..11, 0_u64..5, 0_u64..3, any::<u8>()).prop_map(|(kind, number, other, small)| {
        let id = carried(number, 0).id;
        match kind {
            0 => Change::PutCarried {
                record: Box::new(CarriedRecord {
                    hops: small,
                    depositor: Depositor::new([small; 8]),
                    ..carried(number, 2_048)
                }),
                envelope: envelope(number, 2_048),
            },
            1 => Change::SpendCopies {
                envelope: id,
                copies: small,
            },
            2 => Change::DropCarried(id),
            3 => Change::PutTombstone(TombstoneRecord {
                until: CarryTime::from_millis(other),
                ..tombstone(number)
            }),
            4 => Change::DropTombstone(tombstone(number).purge()),
            5 => Change::PutCarryTime(CarryTime::from_millis(u64::from(small))),
            6 => put_deposit(&deposit(number, other, u64::from(small))),
            7 => Change::DropDeposit(id),
            8 => Change::PutCustody(custody(number, other, u64::from(small))),
            9 => Change::AdoptCarried(id, Tier::Contact, Depositor::new([small; 8])),
            _ => Change::DropCustody {
                envelope: id,
                holder: custody(number, other, 0).holder,
            },
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn what_is_carried_agrees_with_the_model_though_every_change_is_applied_twice(
        batches in prop::collection::vec(prop::collection::vec(any_change(), 1..12), 1..10),
    ) {
        let mut store = Store::in_memory().unwrap();
        let reader = store.reader().unwrap();
        let mut model = Model::default();
        for batch in batches {
            batch.iter().for_each(|change| model.apply(change));
            let twice: Vec<_> = batch.iter().flat_map(|change| [change.clone(), change.clone()]).collect();
            store.apply(&twice).unwrap();
            let expected = model.profile();
            prop_assert_eq!(&store.profile().unwrap(), &expected);
            let kept: Vec<_> = model.carried.values().cloned().collect();
            prop_assert_eq!(reader.carried_after(&(0..=u8::MAX), None, usize::MAX).unwrap(), kept);
            prop_assert_eq!(reader.deposits().unwrap(), expected.deposits);
            prop_assert_eq!(reader.custodies().unwrap(), expected.custodies);
            prop_assert_eq!(reader.check().unwrap(), Vec::<String>::new());
        }
    }
}
