use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::record::Change;
use tidings_protocol::time::WallTime;

use crate::fixture::{Author, conversation, inserts, person, table};
use crate::{ArrivalKind, MessageOrder, MessageQuery, MessageRow, Store};

const REMOVED: DeliveryState = DeliveryState::Failed(FailureReason::Removed);

fn release(to: u8, released: bool) -> Change {
    Change::Release(conversation(9), person(to), released)
}

/// The messages in the order of the log after a position.
fn since(store: &Store, since: u64) -> Vec<MessageRow> {
    let query = MessageQuery {
        conversation: None,
        unread_only: false,
        order: MessageOrder::Arrival { since, limit: None },
    };
    store.reader().unwrap().messages(&query).unwrap()
}

fn state(store: &Store) -> (DeliveryState, u64) {
    let row = since(store, 0).pop().unwrap();
    (row.state.unwrap(), row.deliveries.people)
}

/// A store with one message of ours to persons 2 and 3.
fn store_with_one() -> (Store, Author) {
    let mut store = Store::in_memory().unwrap();
    let mut own = Author::own(&[2, 3]);
    store.apply(&inserts(&own.messages(1))).unwrap();
    (store, own)
}

#[test]
fn nobody_waits_for_who_was_removed_and_what_they_got_before_counts() {
    let (mut store, own) = store_with_one();
    store
        .apply(&[own.delivery(1, 1, 2, DeliveryState::Delivered)])
        .unwrap();
    assert_eq!(state(&store), (DeliveryState::Queued, 2));
    store.apply(&[release(3, true)]).unwrap();
    assert_eq!(state(&store), (DeliveryState::Delivered, 1));
    let told = since(&store, 1);
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].change, ArrivalKind::State);
    assert_eq!(store.profile().unwrap().outbox, []);
    let waiting = store.reader().unwrap().waiting_messages().unwrap();
    assert_eq!(waiting.all(), 0);
    store.apply(&[release(2, true), release(3, true)]).unwrap();
    assert_eq!(state(&store), (DeliveryState::Delivered, 1));
    assert_eq!(since(&store, 2), [], "nothing has changed by that");
    store.apply(&[release(3, false)]).unwrap();
    assert_eq!(state(&store), (DeliveryState::Queued, 2));
    assert_eq!(store.profile().unwrap().outbox.len(), 1);
}

#[test]
fn nobody_waits_for_who_was_let_in_again_for_what_is_not_for_them() {
    let mut store = Store::in_memory().unwrap();
    let mut own = Author::own(&[2, 3]);
    store.apply(&inserts(&own.messages(2))).unwrap();
    let exclude = Change::Exclude(own.actor, 1, person(3));
    let back = [release(3, true), release(3, false), exclude];
    store.apply(&back).unwrap();
    store
        .apply(&[own.delivery(1, 2, 2, DeliveryState::Delivered)])
        .unwrap();
    let rows = since(&store, 0);
    let states: Vec<_> = rows
        .iter()
        .map(|row| (row.seq, row.state.unwrap()))
        .collect();
    assert!(
        states.contains(&(1, DeliveryState::Delivered)),
        "{states:?}"
    );
    assert!(states.contains(&(2, DeliveryState::Queued)), "{states:?}");
    assert_eq!(store.profile().unwrap().outbox.len(), 1);
    let reader = store.reader().unwrap();
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}

#[test]
fn a_message_for_nobody_who_is_left_has_failed_until_somebody_has_it_after_all() {
    let (mut store, own) = store_with_one();
    store.apply(&[release(2, true), release(3, true)]).unwrap();
    assert_eq!(state(&store), (REMOVED, 0));
    store
        .apply(&[own.delivery(1, 1, 3, DeliveryState::Delivered)])
        .unwrap();
    assert_eq!(state(&store), (DeliveryState::Delivered, 1));
    assert_eq!(since(&store, 0)[0].change, ArrivalKind::State);
}

#[test]
fn what_was_given_up_before_a_removal_stays_given_up() {
    let (mut store, own) = store_with_one();
    let cancelled = DeliveryState::Failed(FailureReason::Cancelled);
    store
        .apply(&[
            own.delivery(1, 1, 2, cancelled),
            own.delivery(1, 1, 3, cancelled),
            release(2, true),
            release(3, true),
        ])
        .unwrap();
    assert_eq!(state(&store), (cancelled, 0));
}

#[test]
fn a_message_that_never_was_for_anybody_is_delivered() {
    let mut store = Store::in_memory().unwrap();
    store
        .apply(&inserts(&Author::own(&[]).messages(1)))
        .unwrap();
    assert_eq!(state(&store), (DeliveryState::Delivered, 0));
}

#[test]
fn a_removal_is_of_one_conversation_and_of_what_was_written_before_it() {
    let (mut store, mut own) = store_with_one();
    let mut elsewhere = Author::new(1, conversation(8), true);
    elsewhere.recipients = vec![person(3)];
    store.apply(&inserts(&elsewhere.messages(1))).unwrap();
    store.apply(&[release(3, true)]).unwrap();
    store.apply(&inserts(&own.messages(1))).unwrap();
    let waiting: Vec<_> = store
        .profile()
        .unwrap()
        .outbox
        .iter()
        .filter(|record| record.person == person(3))
        .map(|record| (record.actor, record.seq))
        .collect();
    assert_eq!(waiting, [(elsewhere.actor, 1), (own.actor, 2)]);
}

#[test]
fn what_is_hidden_on_this_device_is_kept_for_nobody_who_was_removed() {
    let (mut store, _own) = store_with_one();
    let id = since(&store, 0)[0].id;
    let erase = Change::EraseExpired(WallTime::from_millis(0));
    let bodies = |store: &Store| table(store, "SELECT operation FROM bodies").len();
    store
        .apply(&[Change::DropForMe(id), release(2, true), erase.clone()])
        .unwrap();
    assert_eq!(bodies(&store), 1, "another is owed it");
    store.apply(&[release(3, true), erase]).unwrap();
    assert_eq!(bodies(&store), 0);
    let reader = store.reader().unwrap();
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}
