mod bodies;

use proptest::prelude::*;
use rusqlite::StatementStatus;
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::id::OperationId;
use tidings_protocol::operation::{Content, Kind};
use tidings_protocol::record::{Change, DeliveryChange, OperationRecord};
use tidings_protocol::time::WallTime;

use super::Extent;
use super::annotation::REACTIONS_READ_MAX;
use crate::apply::UNREAD;
use crate::fixture::{Author, count, indexed_terms, insert, inserts, person, table};
use crate::{ArrivalKind, MessageOrder, MessageQuery, MessageRow, Store};

fn edit(text: &str) -> Content {
    Content::Edit {
        text: text.to_owned(),
    }
}

fn reaction(emoji: &str, set: bool) -> Content {
    Content::Reaction {
        emoji: emoji.to_owned(),
        set,
    }
}

/// What an author says of a message.
fn on(author: &mut Author, target: &OperationRecord, content: &Content) -> OperationRecord {
    author.reply_to = Some(target.operation.id());
    let record = author.write(content);
    author.reply_to = None;
    record
}

fn store_with(records: &[OperationRecord]) -> Store {
    let mut store = Store::in_memory().unwrap();
    for record in records {
        store.apply(&[insert(record)]).unwrap();
    }
    store
}

fn rows(store: &Store) -> Vec<MessageRow> {
    let query = MessageQuery {
        conversation: None,
        unread_only: false,
        order: MessageOrder::Newest { limit: None },
    };
    store.reader().unwrap().messages(&query).unwrap()
}

fn row(store: &Store, id: OperationId) -> MessageRow {
    store.reader().unwrap().message(id).unwrap().unwrap()
}

/// Rows without what depends on the order of arrival.
fn shown(store: &Store) -> Vec<MessageRow> {
    let mut rows = rows(store);
    for row in &mut rows {
        row.position = 0;
        row.change = crate::ArrivalKind::New;
    }
    rows
}

fn check(store: &mut Store) {
    let before = (rows(store), indexed_terms(store));
    let found = store.reader().unwrap().check().unwrap();
    assert_eq!(found, Vec::<String>::new());
    store.rebuild_projections().unwrap();
    let after = (rows(store), indexed_terms(store));
    assert_eq!(after, before, "rebuilt rows or words differ");
}

/// Two people who write messages and everything that there is about them, with repeats.
fn conversation() -> impl Strategy<Value = Vec<OperationRecord>> {
    let step = (
        any::<bool>(),
        0..8_u8,
        any::<prop::sample::Index>(),
        0..3_u8,
    );
    prop::collection::vec(step, 1..30).prop_map(|steps| {
        let mut authors = [Author::own(&[2]), Author::other(2)];
        let mut messages = Vec::new();
        let mut all = Vec::new();
        for (n, (who, what, at, detail)) in steps.into_iter().enumerate() {
            let author = &mut authors[usize::from(who)];
            author.set_logical(u64::try_from(n).unwrap() + 1 + u64::from(detail));
            let target: Option<&OperationRecord> = messages.get(at.index(messages.len().max(1)));
            let emoji = ["👍", "👎", "🎉"][usize::from(detail)];
            let record = match (what, target) {
                (0..=2, _) | (_, None) => {
                    let record = author.message(&format!("message {n}"));
                    messages.push(record.clone());
                    record
                }
                (3, Some(target)) => on(author, target, &edit(&format!("edit {n}"))),
                (4, Some(target)) => on(author, target, &Content::Delete),
                (5, Some(target)) => on(author, target, &Content::Pin { set: detail > 0 }),
                (6, Some(target)) => on(author, target, &reaction(emoji, detail > 0)),
                (_, Some(_)) => author.write(&Content::Lifetime {
                    seconds: (detail > 0).then_some(u32::from(detail)),
                }),
            };
            all.push(record);
        }
        all
    })
}

proptest! {
    #[test]
    fn whatever_the_order_of_arrival_the_rows_are_the_same(
        all in conversation(),
        seed in any::<u64>(),
    ) {
        let mut shuffled = all.clone();
        // A fixed shuffle by a seed that a failure prints.
        let key = |record: &OperationRecord| {
            let [first, second, ..] = *record.operation.id().as_bytes();
            (u64::from(first) << 8 | u64::from(second)).wrapping_mul(seed | 1) >> 3
        };
        shuffled.sort_by_key(key);
        let (mut one, mut other) = (store_with(&all), store_with(&shuffled));
        prop_assert_eq!(shown(&one), shown(&other));
        let lifetimes = |store: &Store| store.profile().unwrap().lifetimes;
        prop_assert_eq!(lifetimes(&one), lifetimes(&other));
        check(&mut one);
        check(&mut other);
    }
}

#[test]
fn the_latest_edit_of_the_author_counts_and_nobody_elses() {
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let message = ann.message("first");
    let (second, third) = (
        on(&mut ann, &message, &edit("second")),
        on(&mut ann, &message, &edit("third")),
    );
    ben.set_logical(9);
    let foreign = on(&mut ben, &message, &edit("not hers"));
    let mut store = store_with(&[third, message.clone(), second, foreign]);
    let row = row(&store, message.operation.id());
    assert_eq!((row.text.as_str(), row.edited), ("third", true));
    check(&mut store);
}

#[test]
fn a_deletion_of_the_author_ends_a_message_and_its_edits_before_and_after() {
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let message = ann.message("first");
    let edits = [
        on(&mut ann, &message, &edit("second")),
        on(&mut ann, &message, &Content::Delete),
        on(&mut ann, &message, &edit("third")),
    ];
    let foreign = on(&mut ben, &edits[0], &Content::Delete);
    let mut store = store_with(&[&[message.clone(), foreign], edits.as_slice()].concat());
    let row = row(&store, message.operation.id());
    assert!(row.deleted && !row.edited && row.text.is_empty());
    let cancelled = DeliveryState::Failed(FailureReason::Cancelled);
    assert_eq!(row.state, Some(cancelled), "nobody is owed it any more");
    check(&mut store);
}

/// Steps of the database's machine that it has taken so far to look whether a message was deleted.
fn steps_of_deletion_lookups(store: &Store) -> i32 {
    let connection = store.lock();
    let statement = connection.prepare_cached(super::annotation::IS_DELETION_HERE);
    statement.unwrap().get_status(StatementStatus::VmStep)
}

#[test]
fn what_is_said_of_a_message_without_a_text_costs_the_same_however_much_was_said_before() {
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let message = ben.message("hello");
    let mut store = store_with(&[ben.erased(&message)]);
    let mut costs = Vec::new();
    for round in 0..300 {
        let said = [
            on(&mut ben, &message, &reaction("👍", round % 2 == 0)),
            on(&mut ann, &message, &Content::Delete),
        ];
        let withdrawn = on(&mut ben, &message, &Content::Delete);
        store.apply(&inserts(&said)).unwrap();
        store.apply(&[insert(&ben.erased(&withdrawn))]).unwrap();
        let before = steps_of_deletion_lookups(&store);
        let one_more = on(&mut ben, &message, &reaction("👎", round % 2 == 0));
        store.apply(&[insert(&one_more)]).unwrap();
        costs.push(steps_of_deletion_lookups(&store) - before);
    }
    assert!(costs[0] > 0 && costs.iter().all(|cost| *cost == costs[0]));
    assert_eq!(
        store
            .reader()
            .unwrap()
            .message(message.operation.id())
            .unwrap(),
        None
    );
    check(&mut store);
    let end = on(&mut ben, &message, &Content::Delete);
    store.apply(&[insert(&end)]).unwrap();
    assert!(row(&store, message.operation.id()).deleted);
    check(&mut store);
}

#[test]
fn a_deletion_of_what_has_disappeared_does_not_bring_it_back() {
    let mut ben = Author::other(2);
    ben.disappears_after = Some(60);
    let message = ben.message("passing");
    let id = message.operation.id();
    ben.disappears_after = None;
    let end = on(&mut ben, &message, &Content::Delete);
    let late = on(&mut ben, &message, &reaction("👍", true));
    let over = Change::EraseExpired(WallTime::from_millis(u64::MAX));
    let mut store = store_with(&[message, end]);
    store.apply(&[over, insert(&late)]).unwrap();
    assert_eq!(store.reader().unwrap().message(id).unwrap(), None);
    check(&mut store);
}

#[test]
fn what_we_wrote_and_disappears_before_all_have_it_has_failed_and_says_nothing_more() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    let mut ann = Author::own(&[2, 3]);
    ann.disappears_after = Some(60);
    let messages = [ann.message("canary for some"), ann.message("for all")];
    let [some, all] = messages.each_ref().map(|message| message.operation.id());
    store.apply(&inserts(&messages)).unwrap();
    let delivered = |seq, number| {
        Change::ChangeDelivery(DeliveryChange {
            actor: ann.actor,
            first: seq,
            last: seq,
            person: person(number),
            state: DeliveryState::Delivered,
        })
    };
    let arrived = [delivered(1, 2), delivered(2, 2), delivered(2, 3)];
    store.apply(&arrived).unwrap();
    let over = Change::EraseExpired(WallTime::from_millis(u64::MAX));
    store.apply(std::slice::from_ref(&over)).unwrap();
    store.truncate_wal().unwrap();
    assert!(!holds(&path, "canary for some"));
    let lapsed = row(&store, some);
    let failed = DeliveryState::Failed(FailureReason::Expired);
    assert_eq!((lapsed.state, lapsed.text.as_str()), (Some(failed), ""));
    assert!(lapsed.deleted);
    assert_eq!(
        (lapsed.deliveries.people, lapsed.deliveries.delivered),
        (2, 1)
    );
    assert_eq!(lapsed.change, ArrivalKind::State);
    assert_eq!(store.reader().unwrap().message(all).unwrap(), None);
    check(&mut store);
    // It stays, and is told once.
    store.apply(&[over]).unwrap();
    assert_eq!(row(&store, some).position, lapsed.position);
    check(&mut store);
    // It had arrived in time, which was heard too late: then it disappeared as it should.
    store.apply(&[delivered(1, 3)]).unwrap();
    assert_eq!(store.reader().unwrap().message(some).unwrap(), None);
    check(&mut store);
}

/// Something of each content kind; `None` for the others.
fn content(kind: Kind) -> Option<Content> {
    Some(match kind {
        Kind::Message => Content::Message {
            text: "said".to_owned(),
        },
        Kind::Edit => edit("changed"),
        Kind::Delete => Content::Delete,
        Kind::Reaction => reaction("👍", true),
        Kind::Pin => Content::Pin { set: true },
        Kind::Lifetime => Content::Lifetime { seconds: Some(60) },
        Kind::Create
        | Kind::Add
        | Kind::Remove
        | Kind::Leave
        | Kind::Role
        | Kind::Title
        | Kind::Settings
        | Kind::DeviceRevoked
        | Kind::Unknown(_) => return None,
    })
}

#[test]
fn whatever_acts_on_a_message_is_counted_anew_and_goes_with_it_and_nothing_else_does() {
    for kind in Kind::known_content() {
        let mut ben = Author::other(2);
        ben.disappears_after = Some(60);
        let message = ben.message("passing");
        ben.disappears_after = None;
        let act = on(&mut ben, &message, &content(kind).unwrap());
        let mut store = store_with(&[message, act]);
        let annotations = |store: &Store| table(store, "SELECT kind FROM annotations");
        let bodies = |store: &Store| {
            table(
                store,
                "SELECT o.kind FROM bodies AS b JOIN operations AS o ON o.number = b.operation
                 WHERE o.seq = 2",
            )
        };
        let before = annotations(&store);
        assert_eq!(
            before.len(),
            usize::from(kind.acts_on_message()),
            "{kind:?}"
        );
        for counts in [Some(1), None] {
            store.apply(&[count(&ben, 2, counts)]).unwrap();
        }
        assert_eq!(annotations(&store), before, "{kind:?} after a recount");
        check(&mut store);
        assert_eq!(bodies(&store).len(), 1);
        let over = Change::EraseExpired(WallTime::from_millis(u64::MAX));
        store.apply(&[over]).unwrap();
        assert_eq!(annotations(&store).len(), 0, "{kind:?}");
        assert_eq!(
            bodies(&store).is_empty(),
            kind.acts_on_message(),
            "{kind:?} is in a body of its own"
        );
        check(&mut store);
    }
}

#[test]
fn of_the_reactions_to_a_message_as_many_are_read_as_may_be_and_not_one_more() {
    let most = usize::try_from(REACTIONS_READ_MAX).unwrap();
    let mut ben = Author::other(2);
    let message = ben.message("hello");
    let signs = ('\u{4e00}'..).map(String::from);
    let said = signs.map(|sign| on(&mut ben, &message, &reaction(&sign, true)));
    let said: Vec<_> = said.take(most + 1).collect();
    let (more, most_of_them) = said.split_last().unwrap();
    let mut store = store_with(std::slice::from_ref(&message));
    for records in [most_of_them, std::slice::from_ref(more)] {
        store.apply(&inserts(records)).unwrap();
        let read = row(&store, message.operation.id()).reactions;
        assert_eq!(read.len(), most);
    }
}

#[test]
fn reactions_are_counted_by_person_and_taken_back_by_the_latest_word() {
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let message = ben.message("hello");
    ann.set_logical(2);
    let put = on(&mut ann, &message, &reaction("👍", true));
    let own = on(&mut ben, &message, &reaction("👍", true));
    let other = on(&mut ann, &message, &reaction("🎉", true));
    let off = on(&mut ann, &message, &reaction("👍", false));
    let mut store = store_with(&[off, message.clone(), put, own, other]);
    let row = row(&store, message.operation.id());
    let expected = [("🎉".to_owned(), person(1)), ("👍".to_owned(), person(2))];
    assert_eq!(row.reactions, expected);
    check(&mut store);
}

#[test]
fn what_changes_a_message_moves_it_to_the_end_of_the_log() {
    let mut ann = Author::own(&[2]);
    let (message, other) = (ann.message("first"), ann.message("other"));
    let edited = on(&mut ann, &message, &edit("second"));
    let mut store = store_with(&[message.clone(), other, edited]);
    let changed = row(&store, message.operation.id());
    assert_eq!(
        (changed.position, changed.change),
        (3, crate::ArrivalKind::Edited)
    );
    let deleted = on(&mut ann, &message, &Content::Delete);
    store.apply(&[insert(&deleted)]).unwrap();
    let changed = row(&store, message.operation.id());
    assert_eq!(changed.change, crate::ArrivalKind::Deleted);
    assert_eq!(changed.position, 4);
}

#[test]
fn a_hidden_message_is_owed_until_it_was_delivered_and_gone_then() {
    let mut ann = Author::own(&[2]);
    let message = ann.message("hush");
    let id = message.operation.id();
    let mut store = store_with(&[message]);
    store.apply(&[Change::DropForMe(id)]).unwrap();
    assert_eq!(store.reader().unwrap().message(id).unwrap(), None);
    let served = |store: &Store| {
        let reader = store.reader().unwrap();
        let operations = reader.operations(ann.conversation, ann.actor, 1, u64::MAX, 1_000);
        operations.unwrap()[0].body.is_some()
    };
    assert!(served(&store));
    store
        .apply(&[
            ann.delivery(1, 1, 2, DeliveryState::Delivered),
            Change::EraseExpired(WallTime::from_millis(0)),
        ])
        .unwrap();
    assert!(!served(&store));
    check(&mut store);
}

/// Everything a power cut or a thief would find: the pages of the database and of its log.
fn pages(path: &std::path::Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).unwrap();
    bytes.extend(std::fs::read(path.with_extension("db-wal")).unwrap_or_default());
    bytes
}

fn holds(path: &std::path::Path, text: &str) -> bool {
    pages(path)
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[test]
fn what_was_deleted_or_has_disappeared_is_in_no_page_and_not_in_the_log() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("plain.db");
    let mut store = Store::plain(&path).unwrap();
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let kept = ann.message("canary that stays");
    let deleted = ann.message("canary that is deleted");
    let first = on(&mut ann, &deleted, &edit("canary that was edited"));
    ben.disappears_after = Some(60);
    let passing = ben.message("canary that disappears");
    let around = on(&mut ben, &passing, &edit("canary that disappears as well"));
    let hidden = ben.message("canary that is hidden");
    let hide = hidden.operation.id();
    let passed = passing.operation.id();
    store
        .apply(&inserts(&[
            kept,
            deleted.clone(),
            first,
            passing,
            around,
            hidden,
        ]))
        .unwrap();
    store.truncate_wal().unwrap();
    let gone = [
        "canary that is deleted",
        "canary that was edited",
        "canary that disappears",
        "canary that disappears as well",
        "canary that is hidden",
    ];
    for text in gone {
        // Also a test of the scan: it finds what is there.
        assert!(holds(&path, text) || text.contains("deleted"), "{text}");
    }
    let end = on(&mut ann, &deleted, &Content::Delete);
    store
        .apply(&[
            insert(&end),
            Change::DropForMe(hide),
            Change::EraseExpired(WallTime::from_millis(u64::MAX)),
        ])
        .unwrap();
    assert!(store.wal_truncate_due());
    assert!(store.truncate_wal().unwrap());
    for text in gone {
        assert!(!holds(&path, text), "{text}");
    }
    assert!(holds(&path, "canary that stays"));
    assert_eq!(store.reader().unwrap().message(passed).unwrap(), None);
    let chain = store.reader().unwrap();
    let chain = chain.operations(ben.conversation, ben.actor, 1, u64::MAX, 10_000);
    assert_eq!(chain.unwrap().len(), 3, "the chain stays whole");
    check(&mut store);
}

proptest! {
    #[test]
    fn what_is_not_between_two_extents_is_shown_alike_by_both(
        cuts in [prop::option::of(0_i64..9), prop::option::of(0_i64..9)],
        forks in [prop::option::of(0_i64..9), prop::option::of(0_i64..9)],
        same_cut: bool,
    ) {
        let one = Extent { blocked: false, cut: cuts[0], fork: forks[0] };
        let cut = if same_cut { cuts[0] } else { cuts[1] };
        let other = Extent { cut, fork: forks[1], ..one };
        let (after, through) = one.difference(other);
        let outside = (0..12_u64).filter(|seq| {
            let seq = i64::try_from(*seq).unwrap();
            seq <= after || seq > through
        });
        for seq in outside {
            let shown = |extent: Extent| {
                (extent.includes(seq), extent.erases(seq), extent.disputes(seq))
            };
            prop_assert_eq!(shown(one), shown(other), "{}", seq);
        }
    }
}

#[test]
fn a_fork_one_place_lower_touches_what_is_between_the_two_alone() {
    let at = |fork| Extent {
        blocked: false,
        cut: None,
        fork: Some(fork),
    };
    assert_eq!(at(1_999).difference(at(1_998)), (1_998, 1_999));
    assert_eq!(at(1_998).difference(at(1_999)), (1_998, 1_999));
}

#[test]
fn what_is_read_no_longer_costs_no_look_at_what_is_unread() {
    let mut ben = Author::other(2);
    let messages = ben.messages(400);
    let read_by = |seqs: &mut dyn Iterator<Item = u64>| {
        let mut place = ben.place(400);
        place.read.extend(seqs.map(|seq| (seq, seq)));
        Change::PutActor(place)
    };
    let mut store = store_with(&messages);
    let steps = |store: &Store| {
        let connection = store.lock();
        let statement = connection.prepare_cached(UNREAD);
        statement.unwrap().get_status(StatementStatus::VmStep)
    };
    let unread = |store: &Store| {
        let query = MessageQuery {
            conversation: None,
            unread_only: true,
            order: MessageOrder::Newest { limit: None },
        };
        store.reader().unwrap().messages(&query).unwrap().len()
    };
    let before = steps(&store);
    store.apply(&[read_by(&mut (1..=400).step_by(2))]).unwrap();
    assert_eq!(unread(&store), 200);
    let once = steps(&store) - before;
    assert!(0 < once && once < 400 * 20, "{once}");
    let before = steps(&store);
    for first in 2..=10 {
        let mut left = (1..=400).step_by(2).skip(first);
        store.apply(&[read_by(&mut left)]).unwrap();
    }
    assert_eq!(steps(&store), before);
}
