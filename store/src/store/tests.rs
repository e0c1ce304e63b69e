use super::*;
use crate::fixture::{Author, Home, inserts};

mod canaries;
mod carry;
mod faults;
mod mail;
mod model;
mod nearby;
mod records;

#[test]
fn a_created_store_is_private_and_opens_again() {
    let home = Home::new();
    drop(home.create());
    home.open().unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&home.directory()), 0o700);
        let _store = home.open().unwrap();
        for entry in fs::read_dir(home.directory()).unwrap() {
            assert_eq!(mode(&entry.unwrap().path()), 0o600);
        }
    }
}

#[test]
fn creating_where_a_profile_is_changes_nothing() {
    let home = Home::new();
    let mut store = home.create();
    store
        .apply(&inserts(&Author::own(&[2]).messages(1)))
        .unwrap();
    let again = Store::create(&home.directory(), &home.key);
    assert!(matches!(again, Err(StoreError::ProfileExists(_))));
    assert_eq!(store.profile().unwrap().outbox.len(), 1);
}

#[test]
fn creating_starts_over_what_a_crash_left_half_made() {
    let home = Home::new();
    fs::create_dir_all(home.directory()).unwrap();
    fs::write(home.directory().join("profile.new"), b"half").unwrap();
    fs::write(home.directory().join("profile.new-wal"), b"half").unwrap();
    assert!(matches!(home.open(), Err(StoreError::NoProfile(_))));
    drop(home.create());
    home.open().unwrap();
}

#[test]
fn an_in_memory_store_shows_its_readers_what_is_applied() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    store
        .apply(&inserts(&Author::other(2).messages(3)))
        .unwrap();
    assert_eq!(reader.last_position().unwrap(), 3);
    assert!(!store.wal_truncate_due());
    assert!(store.truncate_wal().unwrap());
}

#[test]
fn a_cursor_moves_forward_only_and_not_past_what_there_is() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    store
        .apply(&inserts(&Author::other(2).messages(5)))
        .unwrap();
    assert_eq!(reader.cursor("bot").unwrap(), 0);
    store.acknowledge("bot", 3).unwrap();
    store.acknowledge("bot", 2).unwrap();
    assert_eq!(reader.cursor("bot").unwrap(), 3);
    store.acknowledge("bot", 100).unwrap();
    assert_eq!(reader.cursor("bot").unwrap(), 5);
    assert_eq!(reader.cursor("another").unwrap(), 0);
}
