//! What is heard nearby: it comes back, applying it twice is applying it once, and turned off nothing of it stays.

use tidings_protocol::carry::NoticeKind;
use tidings_protocol::record::{NearbyKeyRecord, Profile, SecretBytes};

use super::*;
use crate::fixture::{nearby_key, notice, passed, unique};

fn heard() -> Vec<Change> {
    vec![
        Change::PutNotice(Box::new(notice(2))),
        Change::PutNotice(Box::new(notice(1))),
        Change::PutPassed(passed(1)),
        Change::PutPassed(passed(7)),
        Change::PutNearbyKey(nearby_key(1)),
        Change::PutNearbyKey(nearby_key(2)),
    ]
}

#[test]
fn what_was_heard_comes_back_after_closing_and_a_second_time_changes_nothing() {
    let home = Home::new();
    let mut store = home.create();
    store.apply(&heard()).unwrap();
    store.apply(&heard()).unwrap();
    drop(store);
    let mut store = home.open().unwrap();
    let profile = store.profile().unwrap();
    let mut both = [notice(1), notice(2)];
    both.sort_by_key(|record| record.notice.id());
    assert_eq!(profile.notices, both);
    assert_eq!(store.reader().unwrap().notices().unwrap(), both);
    assert_eq!(profile.passed, [passed(7)]);
    assert_eq!(profile.nearby_key, Some(nearby_key(2)));
    let other_kind = NoticeKind::CheckIn;
    let changes = [
        Change::DropNotice(notice(1).notice.id()),
        Change::DropPassed {
            key: passed(7).key,
            kind: other_kind,
        },
    ];
    store.apply(&changes).unwrap();
    let profile = store.profile().unwrap();
    assert_eq!(profile.notices, [notice(2)]);
    assert_eq!(profile.passed, [passed(7)], "the other kind's stays");
}

#[test]
fn turned_off_all_of_it_goes_and_the_key_does_not_outlive_it() {
    let home = Home::new();
    let mut store = home.create();
    store.apply(&heard()).unwrap();
    assert!(!store.wal_truncate_due());
    store.apply(&[Change::ForgetNearby]).unwrap();
    assert_eq!(store.profile().unwrap(), Profile::default());
    assert!(store.wal_truncate_due());
}

#[test]
fn another_key_takes_the_place_of_the_first_without_a_trace_of_it() {
    let mut store = Store::in_memory().unwrap();
    store.apply(&heard()).unwrap();
    assert!(!store.wal_truncate_due());
    let other = NearbyKeyRecord {
        secret: SecretBytes::new(unique("another", 1).to_vec()),
        number: 1,
    };
    store.apply(&[Change::PutNearbyKey(other.clone())]).unwrap();
    assert_eq!(store.profile().unwrap().nearby_key, Some(other));
    assert!(store.wal_truncate_due());
}
