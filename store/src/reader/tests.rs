use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::id::{ConversationId, OperationId};
use tidings_protocol::operation::{Content, Kind};
use tidings_protocol::record::{Change, DraftRecord, PreferencesRecord};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::limits::SEQ_MAX;

use super::*;
use crate::Store;
use crate::fixture::{Author, conversation, insert, inserts, person, table};

fn newest(conversation: Option<ConversationId>, limit: Option<u32>) -> MessageQuery {
    MessageQuery {
        conversation,
        unread_only: false,
        order: MessageOrder::Newest { limit },
    }
}

fn since(since: u64) -> MessageQuery {
    let order = MessageOrder::Arrival { since, limit: None };
    MessageQuery {
        conversation: None,
        unread_only: false,
        order,
    }
}

fn texts(rows: &[MessageRow]) -> Vec<&str> {
    rows.iter().map(|row| row.text.as_str()).collect()
}

fn store() -> (Store, Reader) {
    let store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    (store, reader)
}

#[test]
fn a_message_comes_back_whole() {
    let (mut store, reader) = store();
    let mut own = Author::own(&[2, 3]);
    let first = own.message("first");
    own.reply_to = Some(first.operation.id());
    own.disappears_after = Some(60);
    let second = own.message("second");
    store.apply(&inserts(&[first, second.clone()])).unwrap();
    store
        .apply(&[
            own.delivery(2, 2, 3, DeliveryState::Carried),
            Change::MarkUrgent(second.operation.id()),
        ])
        .unwrap();
    let row = reader.message(second.operation.id()).unwrap().unwrap();
    let expected = MessageRow {
        id: second.operation.id(),
        conversation: conversation(9),
        actor: own.actor,
        seq: 2,
        author: person(1),
        device: second.device,
        mine: true,
        unsupported: false,
        deleted: false,
        hidden: false,
        disputed: false,
        edited: false,
        pinned: false,
        urgent: true,
        reactions: Vec::new(),
        sent_at: WallTime::from_millis(1_002),
        received_at: WallTime::from_millis(2_002),
        expires_at: Some(WallTime::from_millis(62_002)),
        text: "second".to_owned(),
        reply_to: own.reply_to,
        read: true,
        state: Some(DeliveryState::Queued),
        deliveries: DeliveryCounts {
            people: 2,
            carried: 1,
            delivered: 0,
            read: 0,
        },
        position: 2,
        change: ArrivalKind::New,
    };
    assert_eq!(row, expected);
    assert_eq!(reader.message(OperationId::new([0; 32])).unwrap(), None);
}

#[test]
fn the_newest_come_in_display_order_whatever_the_order_of_arrival() {
    let (mut store, reader) = store();
    let (mut one, mut two) = (Author::other(2), Author::other(3));
    let early = one.message("early");
    two.set_logical(5);
    let late = two.message("late");
    one.set_logical(3);
    let middle = one.message("middle");
    store.apply(&inserts(&[late, early, middle])).unwrap();
    let here = Some(conversation(9));
    for whole in [newest(here, None), newest(None, None)] {
        assert_eq!(
            texts(&reader.messages(&whole).unwrap()),
            ["early", "middle", "late"]
        );
    }
    let two = reader.messages(&newest(here, Some(2))).unwrap();
    assert_eq!(texts(&two), ["middle", "late"]);
    assert_eq!(reader.messages(&newest(here, Some(0))).unwrap(), []);
    assert_eq!(
        reader
            .messages(&newest(Some(conversation(8)), None))
            .unwrap(),
        []
    );
    let arrived = reader.messages(&since(0)).unwrap();
    assert_eq!(texts(&arrived), ["late", "early", "middle"]);
    assert_eq!(
        texts(&reader.messages(&since(1)).unwrap()),
        ["early", "middle"]
    );
}

#[test]
fn equal_times_are_ordered_by_id() {
    let (mut store, reader) = store();
    let messages: Vec<_> = (2..12)
        .map(|n| Author::other(n).message("same time"))
        .collect();
    store.apply(&inserts(&messages)).unwrap();
    let rows = reader
        .messages(&newest(Some(conversation(9)), None))
        .unwrap();
    assert!(rows.is_sorted_by(|one, next| one.id < next.id));
    let last = reader
        .messages(&newest(Some(conversation(9)), Some(4)))
        .unwrap();
    assert_eq!(last, rows[6..]);
}

#[test]
fn over_all_conversations_the_newest_are_those_written_last_however_long_a_conversation_is() {
    let (mut store, reader) = store();
    let mut busy = Author::new(2, conversation(8), false);
    busy.set_logical(500);
    store.apply(&inserts(&busy.messages(5))).unwrap();
    let mut fresh = Author::other(3);
    fresh.clock = 1_900;
    store.apply(&[insert(&fresh.message("fresh"))]).unwrap();
    // A history that comes late is none the newer for it.
    let mut late = Author::new(4, conversation(7), false);
    store.apply(&inserts(&late.messages(2))).unwrap();
    let rows = reader.messages(&newest(None, Some(1))).unwrap();
    assert_eq!(texts(&rows), ["fresh"]);
}

#[test]
fn the_latest_message_of_a_conversation_is_known_without_reading_any_other() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    assert_eq!(reader.conversation(conversation(9)).unwrap().latest, None);
    store.apply(&inserts(&other.messages(5))).unwrap();
    let latest = reader.conversation(conversation(9)).unwrap().latest;
    assert_eq!(latest, Some(WallTime::from_millis(1_005)));
    assert_eq!(reader.conversation(conversation(8)).unwrap().latest, None);
    other.clock = 1_000_000;
    store
        .apply(&[insert(&other.message("from the future"))])
        .unwrap();
    let latest = reader.conversation(conversation(9)).unwrap().latest;
    assert_eq!(latest, Some(WallTime::from_millis(2_006)), "when it came");
}

#[test]
fn storing_an_operation_again_changes_nothing() {
    let (mut store, reader) = store();
    let mut own = Author::own(&[2]);
    let message = own.message("once");
    store
        .apply(&inserts(&[message.clone(), message.clone()]))
        .unwrap();
    store
        .apply(&[own.delivery(1, 1, 2, DeliveryState::Delivered)])
        .unwrap();
    let before = reader.messages(&since(0)).unwrap();
    store.apply(&[insert(&message)]).unwrap();
    assert_eq!(reader.messages(&since(0)).unwrap(), before);
    assert_eq!(reader.last_position().unwrap(), 2);
}

#[test]
fn what_needs_a_newer_version_is_shown_as_such() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    let unknown = other.operation(Kind::Unknown(77), b"whatever".to_vec());
    let malformed = other.operation(Kind::Message, vec![0xff; 9]);
    store.apply(&inserts(&[unknown, malformed])).unwrap();
    let rows = reader.messages(&since(0)).unwrap();
    assert_eq!(rows.len(), 2);
    assert!(
        rows.iter()
            .all(|row| row.unsupported && row.text.is_empty())
    );
}

#[test]
fn what_is_stored_of_one_conversation_is_told_whatever_others_hold() {
    let (mut store, reader) = store();
    let empty = reader.conversation(conversation(9)).unwrap();
    assert_eq!(
        (empty.unread, empty.hidden, empty.latest, &empty.draft),
        (0, 0, None, &None)
    );
    assert_eq!(empty.preferences, PreferencesRecord::new(conversation(9)));
    let mut other = Author::other(2);
    let mut elsewhere = Author::new(3, conversation(8), false);
    let draft = |number, text: &str| {
        Change::PutDraft(DraftRecord {
            conversation: conversation(number),
            text: text.to_owned(),
        })
    };
    let muted = PreferencesRecord {
        muted: true,
        ..PreferencesRecord::new(conversation(9))
    };
    let lifetime = |seconds| Content::Lifetime {
        seconds: Some(seconds),
    };
    store.apply(&inserts(&other.messages(2))).unwrap();
    store.apply(&inserts(&elsewhere.messages(5))).unwrap();
    store
        .apply(&[
            insert(&other.write(&lifetime(60))),
            insert(&elsewhere.write(&lifetime(7))),
            Change::PutPreferences(muted),
            draft(9, "Dear Ben"),
            draft(8, "Dear Cem"),
        ])
        .unwrap();
    let row = reader.conversation(conversation(9)).unwrap();
    assert_eq!((row.unread, row.lifetime), (2, Some(60)));
    assert_eq!(row.preferences, muted);
    assert_eq!(row.draft.as_deref(), Some("Dear Ben"));
    let row = reader.conversation(conversation(8)).unwrap();
    assert_eq!((row.unread, row.lifetime), (5, Some(7)));
    assert!(!row.preferences.muted);
}

#[test]
fn of_what_is_unread_the_newest_count_up_to_a_limit_and_not_one_more() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    let texts = ["one", "two", "three"].map(|text| other.message(text));
    store.apply(&inserts(&texts)).unwrap();
    store
        .apply(&[insert(&Author::own(&[2]).message("mine"))])
        .unwrap();
    let seen = |messages: u32, bytes: usize| {
        let mut seen = Vec::new();
        let limit = PageLimit { messages, bytes };
        let counts = |text: &str| {
            seen.push(text.to_owned());
            text.starts_with('t')
        };
        let count = reader.count_unread(conversation(9), limit, counts).unwrap();
        (seen.join(" "), count)
    };
    let all = "three two one".len() - 2;
    assert_eq!(seen(3, all), ("three two one".to_owned(), 2));
    assert_eq!(seen(3, all - 1), ("three two".to_owned(), 2));
    assert_eq!(seen(2, all), ("three two".to_owned(), 2));
    assert_eq!(seen(1, all), ("three".to_owned(), 1));
    assert_eq!(seen(0, all), (String::new(), 0));
    store.apply(&[mark(&other, Coverage::through(2))]).unwrap();
    assert_eq!(seen(3, all), ("three".to_owned(), 1));
    let elsewhere = PageLimit {
        messages: 3,
        bytes: all,
    };
    let elsewhere = reader.count_unread(conversation(8), elsewhere, |_| true);
    assert_eq!(elsewhere.unwrap(), 0);
}

#[test]
fn an_erased_message_is_nowhere_to_be_seen() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    let first = other.message("first");
    let second = other.message("second");
    store
        .apply(&inserts(&[other.erased(&first), second]))
        .unwrap();
    assert_eq!(texts(&reader.messages(&since(0)).unwrap()), ["second"]);
    assert_eq!(reader.message(first.operation.id()).unwrap(), None);
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 1);
    let served = reader
        .operations(conversation(9), other.actor, 1, u64::MAX, usize::MAX)
        .unwrap();
    assert_eq!(served[0].body, None);
    store.apply(&[insert(&first)]).unwrap();
    assert_eq!(
        reader.last_position().unwrap(),
        1,
        "what was erased first stays erased"
    );
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}

fn mark(author: &Author, read: Coverage) -> Change {
    Change::MarkRead(author.conversation, author.actor, read)
}

#[test]
fn reading_is_by_actor_and_number_and_covers_what_comes_later() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    let all = other.messages(5);
    store.apply(&inserts(&all[..4])).unwrap();
    store
        .apply(&[insert(&Author::other(3).message("someone else"))])
        .unwrap();
    store
        .apply(&[insert(&Author::own(&[2]).message("mine"))])
        .unwrap();
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 5);
    let mut read = Coverage::through(2);
    read.insert(4);
    read.insert(5);
    let position = reader.last_position().unwrap();
    store.apply(&[mark(&other, read.clone())]).unwrap();
    assert_eq!(
        reader.last_position().unwrap(),
        position,
        "reading changes no state of others"
    );
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 2);
    let query = MessageQuery {
        unread_only: true,
        ..newest(None, None)
    };
    let unread = reader.messages(&query).unwrap();
    assert!(unread.iter().all(|row| !row.read && !row.mine));
    let mut texts = texts(&unread);
    texts.sort_unstable();
    assert_eq!(texts, ["message 2", "someone else"]);
    store.apply(&inserts(&all[4..])).unwrap();
    assert_eq!(
        reader.conversation(conversation(9)).unwrap().unread,
        2,
        "it was read before it came"
    );
    let actors = store.profile().unwrap().actors;
    assert!(
        actors
            .iter()
            .any(|actor| actor.actor == other.actor && actor.read == read)
    );
}

#[test]
fn an_actor_record_carries_what_is_read_to_the_messages() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    store.apply(&inserts(&other.messages(3))).unwrap();
    let mut place = other.place(3);
    store.apply(&[Change::PutActor(place.clone())]).unwrap();
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 3);
    place.read.insert_through(3);
    store.apply(&[Change::PutActor(place)]).unwrap();
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 0);
}

#[test]
fn the_least_person_decides_the_state_and_a_failure_is_not_queued() {
    let (mut store, reader) = store();
    let mut own = Author::own(&[2, 3]);
    let message = own.message("to two");
    store.apply(&[insert(&message)]).unwrap();
    let state = |store: &mut Store, to, next| {
        store.apply(&[own.delivery(1, 1, to, next)]).unwrap();
        let row = reader.message(message.operation.id()).unwrap().unwrap();
        let waiting = reader.waiting_messages().unwrap();
        (row.state.unwrap(), row.position, waiting.all())
    };
    let cancelled = DeliveryState::Failed(FailureReason::Cancelled);
    assert_eq!(
        state(&mut store, 2, DeliveryState::Read),
        (DeliveryState::Queued, 1, 1)
    );
    assert_eq!(
        state(&mut store, 3, DeliveryState::Carried),
        (DeliveryState::Carried, 2, 1)
    );
    assert_eq!(state(&mut store, 3, cancelled), (cancelled, 3, 0));
    assert_eq!(
        state(&mut store, 3, DeliveryState::Queued),
        (cancelled, 3, 0)
    );
    assert_eq!(
        store.profile().unwrap().outbox.len(),
        1,
        "an acknowledgement may still come"
    );
    assert_eq!(
        state(&mut store, 3, DeliveryState::Delivered),
        (DeliveryState::Delivered, 4, 0)
    );
    assert_eq!(
        state(&mut store, 3, DeliveryState::Read),
        (DeliveryState::Read, 5, 0)
    );
    assert_eq!(store.profile().unwrap().outbox, []);
}

#[test]
fn operations_are_served_in_order_without_gaps_and_bounded() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    let mut all = other.messages(5);
    other.skip(1);
    all.push(other.message("beyond the gap"));
    all.reverse();
    store.apply(&inserts(&all)).unwrap();
    all.reverse();
    let serve_through = |from, through, bytes| {
        reader
            .operations(conversation(9), other.actor, from, through, bytes)
            .unwrap()
    };
    let serve = |from, bytes| serve_through(from, u64::MAX, bytes);
    let signed: Vec<_> = all
        .iter()
        .map(|record| record.operation.signed().clone())
        .collect();
    assert_eq!(serve(1, usize::MAX), signed[..5]);
    assert_eq!(serve(4, usize::MAX), signed[3..5]);
    assert_eq!(serve_through(2, 3, usize::MAX), signed[1..3]);
    assert_eq!(serve_through(3, 2, usize::MAX), []);
    assert_eq!(serve(1, 0), signed[..1], "at least one");
    let two = signed[0].bytes() + signed[1].bytes();
    assert_eq!(serve(1, two), signed[..2]);
    assert_eq!(serve(1, two - 1), signed[..1]);
    assert_eq!(serve(6, usize::MAX), []);
    assert_eq!(serve(7, usize::MAX), signed[5..]);
    assert_eq!(serve(u64::MAX, usize::MAX), []);
    assert_eq!(
        reader
            .operations(conversation(8), other.actor, 1, u64::MAX, 9)
            .unwrap(),
        []
    );
}

#[test]
fn a_withheld_message_is_served_bodiless_and_stays_on_our_screen() {
    let (mut store, reader) = store();
    let mut own = Author::own(&[2]);
    let all = own.messages(2);
    store.apply(&inserts(&all)).unwrap();
    store
        .apply(&[Change::Withhold(all[0].operation.id())])
        .unwrap();
    let served = reader
        .operations(conversation(9), own.actor, 1, u64::MAX, usize::MAX)
        .unwrap();
    assert_eq!(&served[0], own.erased(&all[0]).operation.signed());
    assert_eq!(&served[1], all[1].operation.signed());
    assert_eq!(
        texts(&reader.messages(&since(0)).unwrap()),
        ["message 0", "message 1"]
    );
}

#[test]
fn accepted_operations_come_by_segment_and_only_up_to_the_gap() {
    let (mut store, reader) = store();
    let (mut one, mut two) = (Author::other(2), Author::other(3));
    let mut all = one.messages(3);
    one.set_logical(5_000);
    all.push(one.message("in the next segment"));
    all.extend(two.messages(2));
    store.apply(&inserts(&all)).unwrap();
    assert_eq!(reader.segments(conversation(9)).unwrap(), Vec::<u64>::new());
    let places = vec![
        Change::PutActor(one.place(4)),
        Change::PutActor(two.place(1)),
    ];
    store.apply(&places).unwrap();
    assert_eq!(reader.segments(conversation(9)).unwrap(), [0, 1]);
    let rows = reader.accepted(conversation(9), 0).unwrap();
    let mut expected: Vec<_> = all[..3].iter().chain(&all[4..5]).collect();
    expected.sort_by_key(|record| {
        (
            record.operation.header().actor,
            record.operation.header().seq,
        )
    });
    assert_eq!(rows.len(), expected.len());
    for (row, record) in rows.iter().zip(expected) {
        let header = record.operation.header();
        assert_eq!(row.id, record.operation.id());
        assert_eq!(
            (row.actor, row.seq, row.kind),
            (header.actor, header.seq, header.kind)
        );
        assert_eq!((row.logical, row.wall), (header.logical, header.wall));
        assert_eq!((row.target, row.body), (header.target, *header.body));
    }
    assert_eq!(reader.accepted(conversation(9), 1).unwrap()[0].seq, 4);
    assert_eq!(reader.accepted(conversation(9), u64::MAX).unwrap(), []);
}

#[test]
fn an_operation_is_found_by_the_start_of_its_id_and_matches_are_bounded() {
    let (mut store, reader) = store();
    let all = Author::other(2).messages(u64::try_from(PREFIX_MATCHES_MAX).unwrap() + 1);
    store.apply(&inserts(&all[..PREFIX_MATCHES_MAX])).unwrap();
    assert_eq!(
        reader.operations_by_prefix("").unwrap().len(),
        PREFIX_MATCHES_MAX
    );
    store.apply(&inserts(&all)).unwrap();
    assert_eq!(
        reader.operations_by_prefix("").unwrap().len(),
        PREFIX_MATCHES_MAX
    );
    let id = all[3].operation.id();
    let text = id.to_string();
    for prefix in [&text[..12], &text, &text[..12].to_uppercase()] {
        assert_eq!(reader.operations_by_prefix(prefix).unwrap(), [id]);
    }
    assert!(reader.operations_by_prefix("not an id").unwrap().is_empty());
}

#[test]
fn rebuilt_projections_equal_the_written_ones() {
    let (mut store, reader) = store();
    let (mut own, mut other) = (Author::own(&[2]), Author::other(2));
    other.disappears_after = Some(u32::MAX);
    let mut all = other.messages(6);
    all.push(other.operation(Kind::Unknown(200), vec![1]));
    let last = other.message("erased");
    all.push(other.erased(&last));
    own.reply_to = Some(last.operation.id());
    all.extend(own.messages(3));
    store.apply(&inserts(&all)).unwrap();
    let changes = [
        Change::PutActor(other.place(8)),
        mark(&other, Coverage::through(4)),
        own.delivery(1, 2, 2, DeliveryState::Delivered),
        Change::Withhold(all[8].operation.id()),
    ];
    store.apply(&changes).unwrap();
    let tables = [
        "SELECT * FROM messages ORDER BY 1",
        "SELECT * FROM arrivals ORDER BY 1",
    ];
    let before = tables.map(|sql| table(&store, sql));
    assert_eq!(before[0].len(), 10);
    store.rebuild_projections().unwrap();
    assert_eq!(tables.map(|sql| table(&store, sql)), before);
    let damage = "DELETE FROM messages WHERE operation < 3; DELETE FROM arrivals WHERE message = 5";
    reader.0.lock().unwrap().execute_batch(damage).unwrap();
    assert_eq!(reader.check().unwrap().len(), 4);
    store.rebuild_projections().unwrap();
    assert_eq!(table(&store, tables[0]), before[0]);
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}

#[test]
fn counts_no_integer_column_holds_are_stored_all_the_same() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    other.skip(SEQ_MAX - 2);
    other.set_logical(u64::MAX - 2);
    let message = other.message("from the end of time");
    store.apply(&[insert(&message)]).unwrap();
    assert_eq!(
        texts(&reader.messages(&since(0)).unwrap()),
        ["from the end of time"]
    );
    let pending = store.profile().unwrap().pending;
    assert_eq!(&pending[0].operation, message.operation.signed());
    store.rebuild_projections().unwrap();
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}
