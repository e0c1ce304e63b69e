//! Crashes, full disks, damage and wrong keys.

use std::io::{Read, Seek, SeekFrom, Write};

use tidings_protocol::record::SecretBytes;
use tidings_protocol::rng::Rng;

use super::*;
use crate::fixture::insert;
use crate::{MessageOrder, MessageQuery, SCHEMA_VERSION};

const EVERYTHING: MessageQuery = MessageQuery {
    conversation: None,
    unread_only: false,
    order: MessageOrder::Newest { limit: None },
};

fn flip(path: &Path, offset: u64) {
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(path)
        .unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    let mut byte = [0];
    file.read_exact(&mut byte).unwrap();
    file.seek(SeekFrom::Start(offset)).unwrap();
    file.write_all(&[!byte[0]]).unwrap();
}

#[test]
fn what_was_applied_survives_a_power_cut_and_nothing_else_is_there() {
    let home = Home::new();
    let mut store = home.create();
    let messages = Author::own(&[2]).messages(20);
    for (count, message) in (1..).zip(&messages) {
        store.apply(&[insert(message)]).unwrap();
        let copy = home.copy();
        let after = copy.open().unwrap();
        assert_eq!(after.profile().unwrap().outbox.len(), count);
        assert_eq!(
            after.reader().unwrap().check().unwrap(),
            Vec::<String>::new()
        );
    }
}

#[test]
fn a_log_cut_short_anywhere_leaves_a_prefix_of_the_batches() {
    let home = Home::new();
    let mut store = home.create();
    let messages = Author::own(&[2]).messages(6);
    for pair in messages.chunks(2) {
        store.apply(&inserts(pair)).unwrap();
    }
    let log = fs::metadata(home.directory().join("profile.db-wal"))
        .unwrap()
        .len();
    let mut seen = std::collections::BTreeSet::new();
    for cut in (0..=log).step_by(4096 / 3) {
        let copy = home.copy();
        let path = copy.directory().join("profile.db-wal");
        fs::OpenOptions::new()
            .write(true)
            .open(path)
            .unwrap()
            .set_len(cut)
            .unwrap();
        let after = copy.open().unwrap();
        let outbox = after.profile().unwrap().outbox.len();
        assert_eq!(outbox % 2, 0, "half a batch after a cut at {cut}");
        assert_eq!(
            after.reader().unwrap().check().unwrap(),
            Vec::<String>::new()
        );
        seen.insert(outbox);
    }
    assert!(seen.len() > 2, "the cuts tell prefixes apart: {seen:?}");
}

#[test]
fn a_transaction_that_is_dropped_leaves_nothing() {
    let home = Home::new();
    let mut store = home.create();
    let messages = Author::own(&[2]).messages(3);
    store.apply(&inserts(&messages[..1])).unwrap();
    let failed: Result<(), _> = store.write(|transaction| {
        let mut applier = Applier::new(transaction);
        inserts(&messages)
            .iter()
            .try_for_each(|change| applier.apply(change))?;
        Err(StoreError::Busy)
    });
    assert!(matches!(failed, Err(StoreError::Busy)));
    assert!(matches!(store.profile(), Err(StoreError::Poisoned)));
    drop(store);
    assert_eq!(home.open().unwrap().profile().unwrap().outbox.len(), 1);
}

#[test]
fn a_full_disk_keeps_the_old_state_and_poisons_the_store() {
    let home = Home::new();
    let mut store = home.create();
    let mut author = Author::own(&[2]);
    store.apply(&inserts(&author.messages(3))).unwrap();
    let reader = store.reader().unwrap();
    let before = (
        store.profile().unwrap(),
        reader.messages(&EVERYTHING).unwrap(),
    );
    let pages: i64 = store
        .lock()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    store
        .lock()
        .execute_batch(&format!("PRAGMA max_page_count = {}", pages + 1))
        .unwrap();
    let batch = inserts(&author.messages(500));
    assert!(matches!(store.apply(&batch), Err(StoreError::DiskFull)));
    assert!(matches!(store.apply(&[]), Err(StoreError::Poisoned)));
    assert!(matches!(
        store.acknowledge("cursor", 1),
        Err(StoreError::Poisoned)
    ));
    assert!(matches!(store.profile(), Err(StoreError::Poisoned)));
    assert!(matches!(store.truncate_wal(), Err(StoreError::Poisoned)));
    assert_eq!(
        reader.messages(&EVERYTHING).unwrap(),
        before.1,
        "readers go on"
    );
    drop(store);
    let mut store = home.open().unwrap();
    assert_eq!(store.profile().unwrap(), before.0);
    store.apply(&batch).unwrap();
    assert_eq!(store.profile().unwrap().outbox.len(), 503);
}

#[test]
fn a_cursor_that_cannot_be_written_stops_nothing_else() {
    let home = Home::new();
    let mut store = home.create();
    let mut author = Author::own(&[2]);
    store.apply(&inserts(&author.messages(3))).unwrap();
    let reader = store.reader().unwrap();
    let long = |number: u8| format!("{number}").repeat(3000);
    let pages: i64 = store
        .lock()
        .query_row("PRAGMA page_count", [], |row| row.get(0))
        .unwrap();
    store
        .lock()
        .execute_batch(&format!("PRAGMA max_page_count = {pages}"))
        .unwrap();
    let failed = (0..9).find(|number| store.acknowledge(&long(*number), 1).is_err());
    let failed = long(failed.expect("the disk fills up"));
    assert_eq!(reader.cursor(&failed).unwrap(), 0);
    store
        .lock()
        .execute_batch(&format!("PRAGMA max_page_count = {}", pages + 100))
        .unwrap();
    store.apply(&inserts(&author.messages(3))).unwrap();
    store.acknowledge(&failed, 1).unwrap();
    assert_eq!(reader.cursor(&failed).unwrap(), 1);
}

#[test]
fn a_wrong_key_is_refused() {
    let home = Home::new();
    drop(home.create());
    let other = DatabaseKey::generate(&mut Rng::from_seed(&[2; 32]));
    assert!(matches!(
        Store::open(&home.directory(), &other),
        Err(StoreError::WrongKey)
    ));
    home.open().unwrap();
}

#[test]
fn a_database_that_is_missing_empty_or_text_is_refused() {
    let home = Home::new();
    assert!(matches!(home.open(), Err(StoreError::NoProfile(_))));
    drop(home.create());
    fs::write(home.database(), b"").unwrap();
    assert!(matches!(home.open(), Err(StoreError::Damaged(_))));
    fs::write(home.database(), "hello ".repeat(2000)).unwrap();
    assert!(matches!(home.open(), Err(StoreError::WrongKey)));
}

#[test]
fn a_newer_schema_is_refused_and_left_alone() {
    let home = Home::new();
    let store = home.create();
    let newer = SCHEMA_VERSION + 1;
    store
        .lock()
        .execute_batch(&format!("PRAGMA user_version = {newer}"))
        .unwrap();
    drop(store);
    let before = fs::read(home.database()).unwrap();
    match home.open() {
        Err(StoreError::NewerSchema { found, known }) => {
            assert_eq!((found, known), (newer, SCHEMA_VERSION));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!(fs::read(home.database()).unwrap(), before);
}

#[test]
fn a_flipped_byte_anywhere_is_a_typed_error_or_found_by_the_check() {
    let home = Home::new();
    let mut store = home.create();
    store
        .apply(&inserts(&Author::own(&[2, 3]).messages(60)))
        .unwrap();
    drop(store);
    let length = fs::metadata(home.database()).unwrap().len();
    for page in 0..length / 4096 {
        let copy = home.copy();
        flip(&copy.database(), page * 4096 + 100 + page % 1000);
        match look_at_everything(&copy) {
            Ok(complaints) => assert!(!complaints.is_empty(), "page {page} goes unnoticed"),
            Err(StoreError::Damaged(_)) => {}
            Err(StoreError::WrongKey) => assert_eq!(page, 0),
            Err(other) => panic!("page {page}: {other:?}"),
        }
    }
}

fn look_at_everything(home: &Home) -> Result<Vec<String>, StoreError> {
    let store = home.open()?;
    store.profile()?;
    let reader = store.reader()?;
    reader.messages(&EVERYTHING)?;
    reader.check()
}

#[test]
fn a_truncated_database_is_a_typed_error() {
    let home = Home::new();
    let mut store = home.create();
    store
        .apply(&inserts(&Author::own(&[2]).messages(60)))
        .unwrap();
    drop(store);
    let length = fs::metadata(home.database()).unwrap().len();
    for cut in [
        1,
        15,
        16,
        100,
        4095,
        4096,
        4097,
        20_000,
        length - 4096,
        length - 1,
    ] {
        let copy = home.copy();
        let file = fs::OpenOptions::new()
            .write(true)
            .open(copy.database())
            .unwrap();
        file.set_len(cut).unwrap();
        match look_at_everything(&copy) {
            Ok(complaints) => assert!(!complaints.is_empty(), "a cut at {cut} goes unnoticed"),
            Err(StoreError::Damaged(_) | StoreError::WrongKey | StoreError::Io(_)) => {}
            Err(other) => panic!("cut at {cut}: {other:?}"),
        }
    }
}

#[test]
fn two_readers_see_the_committed_state_while_the_store_writes() {
    let home = Home::new();
    let mut store = home.create();
    let (one, two) = (store.reader().unwrap(), store.reader().unwrap());
    let messages = Author::other(2).messages(4);
    store.apply(&inserts(&messages[..2])).unwrap();
    let seen: Result<Vec<usize>, StoreError> = store.write(|transaction| {
        let mut applier = Applier::new(transaction);
        inserts(&messages[2..])
            .iter()
            .try_for_each(|change| applier.apply(change))?;
        [&one, &two]
            .into_iter()
            .map(|reader| Ok(reader.messages(&EVERYTHING)?.len()))
            .collect()
    });
    assert_eq!(seen.unwrap(), [2, 2]);
    assert_eq!(one.messages(&EVERYTHING).unwrap().len(), 4);
    assert_eq!(two.messages(&EVERYTHING).unwrap().len(), 4);
}

#[test]
fn a_reader_in_the_way_keeps_truncating_due() {
    let home = Home::new();
    let mut store = home.create();
    let reader = crate::connection::open_reader(&home.database(), &home.key).unwrap();
    store
        .lock()
        .busy_timeout(std::time::Duration::ZERO)
        .unwrap();
    let snapshot = reader.unchecked_transaction().unwrap();
    snapshot
        .query_row("SELECT count(*) FROM contacts", [], |_| Ok(()))
        .unwrap();
    store
        .apply(&[Change::PutIdentity(SecretBytes::new(vec![1]))])
        .unwrap();
    store
        .apply(&[Change::PutIdentity(SecretBytes::new(vec![2]))])
        .unwrap();
    assert!(!store.truncate_wal().unwrap());
    assert!(store.wal_truncate_due());
    drop(snapshot);
    assert!(store.truncate_wal().unwrap());
    assert!(!store.wal_truncate_due());
}
