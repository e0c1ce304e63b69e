use tidings_protocol::operation::Kind;
use tidings_protocol::record::Change;
use tidings_protocol::sync::Coverage;
use tidings_protocol::wire::limits::SEQ_MAX;

use super::*;
use crate::Store;
use crate::fixture::{Author, conversation, insert, inserts};

const ALL: Selection = Selection {
    conversation: None,
    unread_only: false,
    newest: None,
    before: None,
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
        let pages = pages(&reader, &selection, limit(messages, usize::MAX));
        assert_eq!(pages.concat(), here, "{messages}");
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
    let unknown = Selection {
        before: Some(OperationId::new([0; 32])),
        ..ALL
    };
    assert_eq!(reader.page(&unknown, None, ROOMY).unwrap(), None);
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
        .apply(&[Change::MarkRead {
            conversation: other.conversation,
            actor: other.actor,
            read: Coverage::through(2),
        }])
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
        "1.2.3.4.5",
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
