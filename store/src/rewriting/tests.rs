use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;

use tidings_protocol::id::OperationId;
use tidings_protocol::record::Change;
use tidings_protocol::rng::Rng;

use super::*;
use crate::Store;
use crate::fixture::{Author, Home, insert};

const MARK_BYTES: usize = 16;
type Mark = [u8; MARK_BYTES];

const HOUR: Duration = Duration::from_secs(3600);

/// All sixteen-byte runs in the database's pages and its log.
fn marks(path: &Path) -> HashSet<Mark> {
    let mut bytes = fs::read(path).unwrap();
    bytes.extend(fs::read(path.with_extension("db-wal")).unwrap_or_default());
    let windows = bytes.windows(MARK_BYTES);
    windows.map(|window| window.try_into().unwrap()).collect()
}

/// Texts of a marked beginning, of every size, that come and go.
fn churn(store: &mut Store, rounds: usize) -> (BTreeMap<Mark, OperationId>, HashSet<Mark>) {
    let (mut rng, mut ben) = (Rng::from_seed(&[13; 32]), Author::other(2));
    let (mut live, mut gone) = (BTreeMap::new(), HashSet::new());
    for _ in 0..rounds {
        let mut batch = Vec::new();
        for _ in 0..30 {
            let [letters @ .., size] = rng.bytes::<17>();
            let mark: Mark = letters.map(|letter| b'a' + letter % 26);
            let text = String::from_utf8(mark.to_vec()).unwrap();
            let text = text + &" x".repeat(usize::from(size) * 2);
            let message = ben.message(&text);
            live.insert(mark, message.operation.id());
            batch.push(insert(&message));
        }
        for _ in 0..20 {
            let [start] = rng.bytes();
            let Some(mark) = live.keys().nth(usize::from(start) % live.len()).copied() else {
                continue;
            };
            let id = live.remove(&mark).unwrap();
            gone.insert(mark);
            batch.push(Change::DropForMe(id));
        }
        store.apply(&batch).unwrap();
    }
    (live, gone)
}

#[test]
fn of_what_was_erased_no_page_holds_a_copy_once_the_file_is_written_anew() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    let (live, gone) = churn(&mut store, 60);
    let now = WallTime::from_millis(1_700_000_000_000);
    assert!(store.rewrite_due(now).unwrap());
    assert!(store.truncate_wal().unwrap());
    // Also a test of the scan: without this, copies stay where pages were rearranged.
    assert!(!marks(&path).is_disjoint(&gone));
    store.rewrite(now).unwrap();
    assert!(store.truncate_wal().unwrap());
    let held = marks(&path);
    assert!(live.keys().all(|mark| held.contains(mark)));
    let left = gone.intersection(&held).count();
    assert_eq!(left, 0, "of {}", gone.len());
    assert!(store.reader().unwrap().check().unwrap().is_empty());
    let message = *live.values().next().unwrap();
    assert!(store.reader().unwrap().message(message).unwrap().is_some());
}

#[test]
fn that_the_file_is_to_be_written_anew_outlives_the_program() {
    let home = Home::new();
    let mut store = home.create();
    let start = WallTime::from_millis(1_700_000_000_000);
    store.rewrite(start).unwrap();
    let later = start.after(HOUR);
    let message = Author::other(2).message("hello");
    store.apply(&[insert(&message)]).unwrap();
    assert!(!store.rewrite_due(later).unwrap(), "nothing was erased");
    let id = message.operation.id();
    store.apply(&[Change::DropForMe(id)]).unwrap();
    drop(store);
    let mut store = home.open().unwrap();
    let just_before = WallTime::from_millis(later.as_millis() - 1);
    assert!(!store.rewrite_due(just_before).unwrap());
    assert!(store.rewrite_due(later).unwrap());
    assert!(
        store.rewrite_due(WallTime::from_millis(0)).unwrap(),
        "a clock that went back"
    );
    store.rewrite(later).unwrap();
    assert!(store.wal_truncate_due());
    drop(store);
    let store = home.open().unwrap();
    assert!(!store.rewrite_due(later.after(HOUR * 100)).unwrap());
}

#[test]
fn a_small_file_is_written_anew_each_hour_and_a_large_one_each_day() {
    let start = WallTime::from_millis(1_700_000_000_000);
    let asked = Rewriting {
        due: true,
        done_at: start,
    };
    let due_after = |hours: u32, bytes| asked.is_due_at(start.after(HOUR * hours), bytes);
    assert!(!due_after(0, SMALL_BYTES_MAX));
    assert!(due_after(1, SMALL_BYTES_MAX), "max");
    assert!(!due_after(23, SMALL_BYTES_MAX + 1), "max + 1");
    assert!(due_after(24, SMALL_BYTES_MAX + 1));
    let done = Rewriting {
        due: false,
        ..asked
    };
    assert!(!done.is_due_at(start.after(HOUR * 100), 0));
}
