use proptest::prelude::*;
use tidings_protocol::operation::Kind;
use tidings_protocol::record::{Change, DeedsRecord};
use tidings_protocol::room::{Deed, DeedKind};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::{LogicalTime, WallTime};
use tidings_protocol::wire::limits::SEQ_MAX;

use super::*;
use crate::Store;
use crate::fixture::{Author, conversation, insert, inserts, person};

const ALL: Selection = Selection {
    conversation: None,
    unread_only: false,
    pinned_only: false,
    newest: None,
    from: None,
    before: None,
    deeds: false,
};

const ROOMY: PageLimit = PageLimit {
    messages: 1_000,
    bytes: usize::MAX,
};

fn limit(messages: u32, bytes: usize) -> PageLimit {
    PageLimit { messages, bytes }
}

fn store() -> (Store, Reader) {
    let store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    (store, reader)
}

fn texts(rows: &[MessageRow]) -> Vec<String> {
    rows.iter().map(|row| row.text.clone()).collect()
}

/// The texts of each page, one after the other.
fn pages(reader: &Reader, selection: &Selection, limit: PageLimit) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = reader.page(selection, after, limit).unwrap().unwrap();
        pages.push(texts(&page.rows));
        after = match page.next {
            // As a client gives it back.
            Some(next) => Some(next.to_string().parse().unwrap()),
            None => return pages,
        };
    }
}

/// Two who wrote into one conversation by turns and one who wrote elsewhere, stored out of order;
/// the texts in display order.
fn filled(store: &mut Store) -> Vec<String> {
    let (mut one, mut two) = (Author::other(2), Author::other(3));
    let mut elsewhere = Author::new(4, conversation(8), false);
    let mut records = Vec::new();
    for round in 0..20_u64 {
        one.set_logical(3 * round + 1);
        two.set_logical(3 * round + 1);
        elsewhere.set_logical(3 * round + 2);
        records.push(one.message(&format!("one {round}")));
        records.push(two.message(&format!("two {round}")));
        records.push(elsewhere.message(&format!("elsewhere {round}")));
    }
    records.rotate_left(25);
    records.swap(3, 40);
    store.apply(&inserts(&records)).unwrap();
    records.sort_by_key(|record| {
        let header = record.operation.header();
        (header.logical, header.wall, record.operation.id())
    });
    let reader = store.reader().unwrap();
    records
        .iter()
        .map(|record| reader.message(record.operation.id()).unwrap().unwrap().text)
        .collect()
}

#[test]
fn pages_together_are_the_whole_in_display_order_whatever_their_size() {
    let (mut store, reader) = store();
    let expected = filled(&mut store);
    let here: Vec<String> = expected
        .iter()
        .filter(|text| !text.starts_with("elsewhere"))
        .cloned()
        .collect();
    let conversation = Some(conversation(9));
    for messages in [1, 2, 7, 59, 60, 61] {
        let all = pages(&reader, &ALL, limit(messages, usize::MAX));
        assert_eq!(all.concat(), expected, "{messages}");
        let most = usize::try_from(messages).unwrap();
        assert!(all.iter().all(|page| page.len() <= most));
        assert_eq!(all.len(), expected.len().div_ceil(most));
        let selection = Selection {
            conversation,
            ..ALL
        };
        let all = pages(&reader, &selection, limit(messages, usize::MAX));
        assert_eq!(all.concat(), here, "{messages}");
        let tenth = reader.page(&selection, None, ROOMY).unwrap().unwrap().rows[9].id;
        let selection = Selection {
            from: Some(tenth),
            ..selection
        };
        let from = pages(&reader, &selection, limit(messages, usize::MAX));
        assert_eq!(from.concat(), here[9..], "{messages}");
        for (newest, skipped) in [(5, 35), (31, 9), (32, 9)] {
            let selection = Selection {
                newest: Some(newest),
                ..selection
            };
            let newest = pages(&reader, &selection, limit(messages, usize::MAX));
            assert_eq!(newest.concat(), here[skipped..], "{messages}");
        }
    }
}

#[test]
fn the_newest_are_the_same_in_pages_as_at_once() {
    let (mut store, reader) = store();
    filled(&mut store);
    for conversation in [None, Some(conversation(9)), Some(conversation(7))] {
        for newest in [0, 1, 9, 40, 60, 1_000] {
            let query = crate::MessageQuery {
                conversation,
                unread_only: false,
                order: crate::MessageOrder::Newest {
                    limit: Some(newest),
                },
            };
            let selection = Selection {
                conversation,
                newest: Some(newest),
                ..ALL
            };
            let pages = pages(&reader, &selection, limit(4, usize::MAX));
            let at_once = reader.messages(&query).unwrap();
            assert_eq!(pages.concat(), texts(&at_once), "{conversation:?} {newest}");
        }
    }
}

#[test]
fn paging_back_goes_through_a_whole_conversation() {
    let (mut store, reader) = store();
    let mut expected = filled(&mut store);
    expected.retain(|text| !text.starts_with("elsewhere"));
    let (mut back, mut before) = (Vec::new(), None);
    loop {
        let selection = Selection {
            conversation: Some(conversation(9)),
            newest: Some(7),
            before,
            ..ALL
        };
        let page = reader.page(&selection, None, ROOMY).unwrap().unwrap();
        let Some(first) = page.rows.first() else {
            break;
        };
        before = Some(first.id);
        back.splice(0..0, texts(&page.rows));
    }
    assert_eq!(back, expected);
}

#[test]
fn a_selection_ends_at_no_message_that_is_not_there_or_is_of_another_conversation() {
    let (mut store, reader) = store();
    let (mut here, mut elsewhere) = (Author::other(2), Author::new(4, conversation(8), false));
    let (one, another) = (here.message("here"), elsewhere.message("elsewhere"));
    store
        .apply(&inserts(&[one.clone(), another.clone()]))
        .unwrap();
    let conversation = Some(conversation(9));
    let found = |from, before| {
        let selection = Selection {
            conversation,
            from,
            before,
            ..ALL
        };
        let page = reader.page(&selection, None, ROOMY).unwrap();
        page.map(|page| texts(&page.rows))
    };
    let (one, another) = (one.operation.id(), another.operation.id());
    assert_eq!(found(Some(one), None).unwrap(), ["here"]);
    assert_eq!(found(None, Some(one)), Some(Vec::new()));
    assert_eq!(found(Some(one), Some(one)), Some(Vec::new()));
    for other in [another, OperationId::new([0; 32])] {
        assert_eq!(found(Some(other), None), None);
        assert_eq!(found(None, Some(other)), None);
    }
}

#[test]
fn the_oldest_unread_message_is_a_page_of_one() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    store.apply(&inserts(&other.messages(5))).unwrap();
    let oldest = || {
        let unread = Selection {
            conversation: Some(conversation(9)),
            unread_only: true,
            ..ALL
        };
        let page = reader.page(&unread, None, limit(1, usize::MAX));
        let page = page.unwrap().unwrap();
        (texts(&page.rows), page.next.is_some())
    };
    for (read, text, is_one_of_several) in [
        (0, "message 0", true),
        (3, "message 3", true),
        (4, "message 4", false),
    ] {
        let covered = Coverage::through(read);
        let mark = Change::MarkRead(other.conversation, other.actor, covered);
        store.apply(&[mark]).unwrap();
        assert_eq!(oldest(), (vec![text.to_owned()], is_one_of_several));
    }
    let all = Change::MarkRead(other.conversation, other.actor, Coverage::through(5));
    store.apply(&[all]).unwrap();
    assert_eq!(oldest(), (Vec::new(), false));
}

/// What stands before a message, page by page back, and what stands from it on, page by page forward: each
/// page asked for by the message at the end of the one before it, as those do who keep but a part.
fn around(reader: &Reader, message: OperationId, page: u32) -> [Vec<OperationId>; 2] {
    let here = Selection {
        conversation: Some(conversation(9)),
        ..ALL
    };
    let ids = |selection: &Selection, limit| {
        let page = reader.page(selection, None, limit).unwrap().unwrap();
        page.rows.iter().map(|row| row.id).collect::<Vec<_>>()
    };
    let (mut back, mut first) = (Vec::new(), message);
    loop {
        let selection = Selection {
            newest: Some(page),
            before: Some(first),
            ..here
        };
        let ids = ids(&selection, ROOMY);
        let Some(oldest) = ids.first() else { break };
        first = *oldest;
        back.splice(0..0, ids);
    }
    let (mut forward, mut last) = (vec![message], message);
    loop {
        let selection = Selection {
            from: Some(last),
            ..here
        };
        // The one that is asked for by is known.
        let ids = ids(&selection, limit(page + 1, usize::MAX)).split_off(1);
        let Some(newest) = ids.last() else { break };
        last = *newest;
        forward.extend(ids);
    }
    [back, forward]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn pages_back_and_pages_forward_from_any_message_are_the_whole_conversation(
        written in prop::collection::vec((0..3_usize, 1..3_u64), 1..40),
        arrived in any::<prop::sample::Index>(),
        middle in any::<prop::sample::Index>(),
        page in 1..40_u32,
    ) {
        let (mut store, reader) = store();
        // All begin at the same logical time, so that many are equal but for their ids.
        let mut authors = [2, 3, 4].map(|number| (Author::other(number), 0));
        let mut records = Vec::new();
        for (author, further) in written {
            let (author, logical) = &mut authors[author];
            *logical += further;
            author.set_logical(*logical);
            records.push(author.message(&format!("message {}", records.len())));
        }
        let count = records.len();
        records.rotate_left(arrived.index(count));
        store.apply(&inserts(&records)).unwrap();
        records.sort_by_key(|record| {
            let header = record.operation.header();
            (header.logical, header.wall, record.operation.id())
        });
        let whole: Vec<_> = records.iter().map(|record| record.operation.id()).collect();
        let middle = middle.index(count);
        let most = u32::try_from(count).unwrap();
        for page in [page, most, most + 1] {
            let [back, forward] = around(&reader, whole[middle], page);
            prop_assert_eq!(back, &whole[..middle]);
            prop_assert_eq!(forward, &whole[middle..]);
        }
    }
}

#[test]
fn what_is_stored_between_two_pages_is_in_neither() {
    let (mut store, reader) = store();
    let mut expected = filled(&mut store);
    let first = reader
        .page(&ALL, None, limit(30, usize::MAX))
        .unwrap()
        .unwrap();
    let mut late = Author::other(6);
    late.set_logical(50);
    let late = late.message("late");
    store.apply(&[insert(&late)]).unwrap();
    let second = reader.page(&ALL, first.next, ROOMY).unwrap().unwrap();
    let both = [texts(&first.rows), texts(&second.rows)].concat();
    assert_eq!(both, expected);
    assert_eq!((second.next, second.log), (None, first.log));
    let news = reader.arrivals(None, false, first.log, ROOMY).unwrap();
    assert_eq!(texts(&news), ["late"], "it comes with what arrives");
    expected.push("late".to_owned());
    expected.sort_unstable();
    let mut again = pages(&reader, &ALL, ROOMY).concat();
    again.sort_unstable();
    assert_eq!(again, expected);
}

#[test]
fn marking_a_page_as_read_leaves_nothing_out_of_the_next() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    store.apply(&inserts(&other.messages(5))).unwrap();
    let unread = Selection {
        unread_only: true,
        ..ALL
    };
    let first = reader
        .page(&unread, None, limit(2, usize::MAX))
        .unwrap()
        .unwrap();
    store
        .apply(&[Change::MarkRead(
            other.conversation,
            other.actor,
            Coverage::through(2),
        )])
        .unwrap();
    let second = reader.page(&unread, first.next, ROOMY).unwrap().unwrap();
    assert_eq!(texts(&second.rows), ["message 2", "message 3", "message 4"]);
}

#[test]
fn a_page_ends_at_its_bytes_and_has_at_least_one_message() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    let records: Vec<_> = (0..6)
        .map(|_| other.message(&"\u{1}".repeat(1_000)))
        .collect();
    store.apply(&inserts(&records)).unwrap();
    let one = reader.message(records[0].operation.id()).unwrap().unwrap();
    let weight = one.weight();
    assert_eq!(weight, 1_000 + MESSAGE_BYTES);
    let sizes = |bytes| -> Vec<usize> {
        let pages = pages(&reader, &ALL, limit(1_000, bytes));
        pages.iter().map(Vec::len).collect()
    };
    assert_eq!(sizes(2 * weight), [2, 2, 2]);
    assert_eq!(sizes(2 * weight - 1), [1; 6]);
    assert_eq!(sizes(0), [1; 6]);
    let arrivals = |bytes| {
        let limit = limit(1_000, bytes);
        reader.arrivals(None, false, 0, limit).unwrap().len()
    };
    assert_eq!(arrivals(2 * weight), 2);
    assert_eq!(arrivals(2 * weight - 1), 1);
    assert_eq!(arrivals(0), 1);
}

#[test]
fn arrivals_come_in_their_order_up_to_the_limit() {
    let (mut store, reader) = store();
    filled(&mut store);
    let (mut since, mut seen) = (0, Vec::new());
    loop {
        let rows = reader
            .arrivals(None, false, since, limit(7, usize::MAX))
            .unwrap();
        let Some(last) = rows.last() else { break };
        since = last.position;
        seen.extend(rows.into_iter().map(|row| row.position));
    }
    assert_eq!(seen, (1..=60).collect::<Vec<_>>());
    let here = reader
        .arrivals(Some(conversation(8)), true, 0, ROOMY)
        .unwrap();
    assert_eq!(here.len(), 20);
}

#[test]
fn a_position_comes_back_from_its_text_and_other_text_is_none() {
    let (mut store, reader) = store();
    let mut other = Author::other(2);
    other.skip(SEQ_MAX - 3);
    other.set_logical(u64::MAX - 3);
    let unknown = other.operation(Kind::Unknown(77), b"x".to_vec());
    store
        .apply(&inserts(&[unknown, other.message("last")]))
        .unwrap();
    let next = reader
        .page(&ALL, None, limit(1, 0))
        .unwrap()
        .unwrap()
        .next
        .unwrap();
    let text = next.to_string();
    assert_eq!(text.parse(), Ok(next));
    for bad in [
        "",
        "1",
        "1.2.3.4",
        &format!("{text}.1"),
        &text.replace('.', ":"),
    ] {
        assert_eq!(
            bad.parse::<PagePosition>(),
            Err(ParsePositionError),
            "{bad}"
        );
    }
    let rest = reader.page(&ALL, Some(next), ROOMY).unwrap().unwrap();
    assert_eq!(texts(&rest.rows), ["last"]);
}

#[test]
fn messages_of_several_conversations_come_by_the_time_at_which_they_were_written() {
    let (mut store, reader) = store();
    // One conversation is far longer than the other, whose logical times are small therefore.
    let (mut long, mut short) = (Author::other(2), Author::new(4, conversation(8), false));
    long.set_logical(500);
    (long.clock, short.clock) = (0, 500);
    let records = [
        long.message("1st, at 500"),
        short.message("2nd, at 501"),
        long.message("2nd too, at 501"),
        short.message("3rd, at 502"),
    ];
    store.apply(&inserts(&records)).unwrap();
    let expected = [
        "1st, at 500",
        "2nd, at 501",
        "2nd too, at 501",
        "3rd, at 502",
    ];
    for size in 1..5 {
        let all = pages(&reader, &ALL, limit(size, usize::MAX));
        assert_eq!(all.concat(), expected);
        for newest in 0..6 {
            let selection = Selection {
                newest: Some(newest),
                ..ALL
            };
            let some = pages(&reader, &selection, limit(size, usize::MAX));
            let skipped = 4_usize.saturating_sub(newest.try_into().unwrap());
            assert_eq!(some.concat(), expected[skipped..], "{newest}");
        }
    }
}

#[test]
fn a_clock_that_is_ahead_keeps_nothing_at_the_end() {
    let (mut store, reader) = store();
    let (mut fast, mut other) = (Author::other(2), Author::new(4, conversation(8), false));
    fast.clock = u64::from(u32::MAX);
    let mut records = vec![fast.message("from the future")];
    other.set_logical(3_000);
    records.push(other.message("later"));
    store.apply(&inserts(&records)).unwrap();
    assert_eq!(pages(&reader, &ALL, ROOMY), [["from the future", "later"]]);
    let newest = Selection {
        newest: Some(1),
        ..ALL
    };
    assert_eq!(pages(&reader, &newest, ROOMY), [["later"]]);
}

#[test]
fn what_was_done_is_found_along_an_index_and_merged_with_the_messages() {
    let (store, _) = store();
    let connection = store.lock();
    let selection = Selection {
        conversation: Some(conversation(9)),
        deeds: true,
        ..ALL
    };
    let selected = Selected {
        connection: &connection,
        selection: &selection,
        before: None,
    };
    for order in ["", " DESC"] {
        let tail = format!("ORDER BY 2{order}, 3{order}, 4{order} LIMIT 50");
        let sql = format!("EXPLAIN QUERY PLAN {}", selected.sql(&tail, true));
        let mut statement = connection.prepare(&sql).unwrap();
        let mut rows = statement.raw_query();
        let mut plan = Vec::new();
        while let Some(row) = rows.next().unwrap() {
            plan.push(row.get::<_, String>(3).unwrap());
        }
        let goes_along = |index: &str| plan.iter().any(|line| line.contains(index));
        assert!(
            goes_along("INDEX messages_by_order (conversation=? AND"),
            "{plan:?}"
        );
        assert!(
            goes_along("INDEX deeds_by_order (conversation=? AND"),
            "{plan:?}"
        );
        let sorts = |line: &String| line == "USE TEMP B-TREE FOR ORDER BY";
        assert!(!plan.iter().any(sorts), "{plan:?}");
    }
}

#[test]
fn no_selection_is_found_by_going_through_all_messages() {
    let (store, _) = store();
    let connection = store.lock();
    let place = Place {
        keys: (1, 1),
        id: OperationId::new([1; 32]),
    };
    for conversation in [None, Some(conversation(9))] {
        for (unread_only, pinned_only, before) in [
            (false, false, None),
            (false, false, Some(place)),
            (true, false, None),
            (false, true, None),
        ] {
            let selection = Selection {
                conversation,
                unread_only,
                pinned_only,
                ..ALL
            };
            let selected = Selected {
                connection: &connection,
                selection: &selection,
                before,
            };
            for order in ["", " DESC"] {
                let tail = format!("ORDER BY 2{order}, 3{order}, 4{order} LIMIT 50");
                let sql = format!("EXPLAIN QUERY PLAN {}", selected.sql(&tail, true));
                let mut statement = connection.prepare(&sql).unwrap();
                let mut rows = statement.raw_query();
                let mut plan = Vec::new();
                while let Some(row) = rows.next().unwrap() {
                    plan.push(row.get::<_, String>(3).unwrap());
                }
                let index = match (conversation, unread_only, pinned_only) {
                    (None, false, false) => "INDEX messages_by_time (shown_at",
                    (None, false, true) => "INDEX messages_pinned_by_time (shown_at",
                    (None, true, _) => "INDEX messages_unread_by_time (shown_at",
                    (Some(_), false, false) => "INDEX messages_by_order (conversation=? AND",
                    (Some(_), true, false) => "INDEX messages_unread_by_order (conversation=? AND",
                    (Some(_), _, true) => "INDEX messages_pinned (conversation=? AND",
                };
                assert!(plan[0].starts_with("SEARCH m USING"), "{plan:?}");
                assert!(plan[0].contains(index), "{plan:?}");
                // Rows that are equal but for their ids are sorted, no others.
                let sorts = |line: &String| line == "USE TEMP B-TREE FOR ORDER BY";
                assert!(!plan.iter().any(sorts), "{plan:?}");
            }
        }
    }
}

/// That somebody left a conversation, at this place in it.
fn left(number: u8, logical: u64) -> Deed {
    Deed {
        operation: OperationId::new([number; 32]),
        logical: LogicalTime::new(logical),
        wall: WallTime::from_millis(0),
        by: person(number),
        what: DeedKind::Left,
    }
}

fn tell(conversation: ConversationId, told: Vec<Deed>) -> Change {
    let untold = Vec::new();
    Change::TellDeeds(Box::new(DeedsRecord {
        conversation,
        told,
        untold,
    }))
}

/// All that stands on pages, in order: messages by their texts, deeds by the numbers of who did them.
fn standing(reader: &Reader, selection: &Selection, limit: PageLimit) -> Vec<Vec<String>> {
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = reader.page(selection, after, limit).unwrap().unwrap();
        let mut deeds = page.deeds.iter().peekable();
        let mut all = Vec::new();
        let name = |row: &DeedRow| row.deed.by.as_bytes()[0].to_string();
        for row in &page.rows {
            while let Some(deed) = deeds.next_if(|deed| deed.before == Some(row.id)) {
                all.push(name(deed));
            }
            all.push(row.text.clone());
        }
        all.extend(deeds.map(name));
        pages.push(all);
        after = page.next;
        if after.is_none() {
            return pages;
        }
    }
}

/// Five messages, and what was done before, between and after them.
fn eventful() -> (Store, Reader, Selection) {
    let (mut store, reader) = store();
    let mut author = Author::other(2);
    let mut records = Vec::new();
    for number in 0..5_u64 {
        author.set_logical(10 * number + 10);
        records.push(author.message(&format!("message {number}")));
    }
    store.apply(&inserts(&records)).unwrap();
    let here = [(101, 5), (102, 25), (103, 26), (104, 60)];
    let here = here.map(|(number, logical)| left(number, logical));
    let told = [
        tell(conversation(9), here.to_vec()),
        tell(conversation(8), vec![left(105, 1)]),
    ];
    store.apply(&told).unwrap();
    let selection = Selection {
        conversation: Some(conversation(9)),
        deeds: true,
        ..ALL
    };
    (store, reader, selection)
}

/// All of [`eventful`], in order.
const EVENTFUL: [&str; 9] = [
    "101",
    "message 0",
    "message 1",
    "102",
    "103",
    "message 2",
    "message 3",
    "message 4",
    "104",
];

#[test]
fn what_was_done_stands_among_the_messages_of_its_conversation_on_pages_of_any_size() {
    let (_store, reader, selection) = eventful();
    for size in 1..=10 {
        let pages = standing(&reader, &selection, limit(size, usize::MAX));
        assert_eq!(pages.concat(), EVENTFUL, "{size}");
        let most = usize::try_from(size).unwrap();
        assert!(pages.iter().all(|page| page.len() <= most));
        assert_eq!(pages.len(), EVENTFUL.len().div_ceil(most));
    }
    for newest in 0..=10_usize {
        let selection = Selection {
            newest: Some(u32::try_from(newest).unwrap()),
            ..selection
        };
        let from = EVENTFUL.len().saturating_sub(newest);
        let pages = standing(&reader, &selection, limit(2, usize::MAX));
        assert_eq!(pages.concat(), EVENTFUL[from..], "{newest}");
    }
    let bytes = standing(&reader, &selection, limit(1_000, 1));
    assert_eq!(
        bytes.concat(),
        EVENTFUL,
        "a page of few bytes has something"
    );
    let without = Selection {
        deeds: false,
        ..selection
    };
    let messages = EVENTFUL.iter().filter(|one| one.starts_with('m'));
    let pages = standing(&reader, &without, ROOMY);
    assert_eq!(pages.concat(), messages.copied().collect::<Vec<_>>());
}

#[test]
fn pages_go_on_and_back_from_what_was_done_as_from_a_message() {
    let (_store, reader, selection) = eventful();
    let id = OperationId::new([103; 32]);
    let from = Selection {
        from: Some(id),
        ..selection
    };
    let before = Selection {
        before: Some(id),
        newest: Some(3),
        ..selection
    };
    assert_eq!(standing(&reader, &from, ROOMY).concat(), EVENTFUL[4..]);
    assert_eq!(standing(&reader, &before, ROOMY).concat(), EVENTFUL[1..4]);
    let elsewhere = Selection {
        conversation: Some(conversation(8)),
        ..from
    };
    assert_eq!(reader.page(&elsewhere, None, ROOMY).unwrap(), None);
    let unasked = Selection {
        deeds: false,
        ..from
    };
    assert_eq!(reader.page(&unasked, None, ROOMY).unwrap(), None);
}

#[test]
fn what_was_done_is_none_of_what_is_unread_pinned_or_of_several_conversations() {
    let (_store, reader, selection) = eventful();
    let parts = [
        Selection {
            unread_only: true,
            ..selection
        },
        Selection {
            pinned_only: true,
            ..selection
        },
        Selection {
            conversation: None,
            ..selection
        },
    ];
    for part in parts {
        let page = reader.page(&part, None, ROOMY).unwrap().unwrap();
        assert_eq!(page.deeds, [], "{part:?}");
    }
}
