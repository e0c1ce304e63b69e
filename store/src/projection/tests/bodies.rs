//! Bodies that come after their operations.

use tidings_protocol::sync::Coverage;

use super::*;
use crate::ArrivalKind;
use crate::fixture::{body, body_at, count, table};
use crate::{SearchQuery, SearchWord};

fn found(store: &Store, word: &str) -> Vec<String> {
    let query = SearchQuery {
        words: SearchWord::new(word, false).into_iter().collect(),
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit: 100,
    };
    let found = store.reader().unwrap().search(&query).unwrap();
    found.messages.into_iter().map(|row| row.text).collect()
}

fn bodies(store: &Store) -> usize {
    table(store, "SELECT operation FROM bodies").len()
}

/// Ben's place with so many operations held, of which these are read.
fn read(ben: &Author, seq: u64, read: Coverage) -> Change {
    Change::PutActor(tidings_protocol::record::ActorRecord {
        read,
        ..ben.place(seq)
    })
}

/// A later time than that of any fixture.
const LATER: WallTime = WallTime::from_millis(1_000_000);

/// What of an operation arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Whole,
    Bodiless,
    Body,
}

proptest! {
    #[test]
    fn whatever_came_without_its_body_first_the_rows_are_the_same(
        all in conversation(),
        cut in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 0..20),
    ) {
        let ben = Author::other(2);
        let mut arriving: Vec<(&OperationRecord, Part)> =
            all.iter().map(|record| (record, Part::Whole)).collect();
        for (which, place) in cut {
            let arrival = which.index(arriving.len());
            let (record, part) = arriving[arrival];
            if record.mine || part != Part::Whole {
                continue;
            }
            arriving[arrival] = (record, Part::Bodiless);
            let late = arrival + 1 + place.index(arriving.len() - arrival);
            arriving.insert(late, (record, Part::Body));
        }
        let changes = arriving.into_iter().map(|(record, part)| match part {
            Part::Whole => insert(record),
            Part::Bodiless => insert(&ben.erased(record)),
            Part::Body => body(record),
        });
        let (mut one, mut other) = (store_with(&all), Store::in_memory().unwrap());
        for change in changes {
            other.apply(&[change]).unwrap();
        }
        prop_assert_eq!(shown(&one), shown(&other));
        prop_assert_eq!(bodies(&one), bodies(&other));
        let lifetimes = |store: &Store| store.profile().unwrap().lifetimes;
        prop_assert_eq!(lifetimes(&one), lifetimes(&other));
        check(&mut one);
        check(&mut other);
    }
}

#[test]
fn a_text_that_comes_later_is_shown_unread_and_found_and_served() {
    let mut ben = Author::other(2);
    let (first, second) = (ben.message("meet at five"), ben.message("bring a torch"));
    let mut store = store_with(&[ben.erased(&first), second]);
    // While there was nothing to read of it, it was taken for read with the other.
    let all = Coverage::through(2);
    store.apply(&[read(&ben, 2, all.clone())]).unwrap();
    let mut unread = all;
    unread.remove(1);
    store.apply(&[read(&ben, 2, unread), body(&first)]).unwrap();
    let reader = store.reader().unwrap();
    assert_eq!(reader.conversation(ben.conversation).unwrap().unread, 1);
    let row = row(&store, first.operation.id());
    assert_eq!(row.text, "meet at five");
    assert_eq!((row.change, row.position), (ArrivalKind::New, 2));
    assert_eq!(found(&store, "five"), ["meet at five"]);
    let served = reader.operations(ben.conversation, ben.actor, 1, u64::MAX, 1_000);
    assert_eq!(served.unwrap()[0], *first.operation.signed());
    check(&mut store);
}

#[test]
fn a_body_that_comes_twice_changes_nothing_the_second_time() {
    let mut ben = Author::other(2);
    let message = ben.message("meet at five");
    let mut store = store_with(&[ben.erased(&message)]);
    let all = |store: &Store| {
        ["operations", "bodies", "messages", "arrivals"]
            .map(|name| table(store, &format!("SELECT * FROM {name}")))
    };
    store.apply(&[body(&message)]).unwrap();
    let before = all(&store);
    store.apply(&[body_at(&message, LATER)]).unwrap();
    assert_eq!(all(&store), before);
}

#[test]
fn what_was_deleted_hidden_given_up_or_over_here_takes_no_body() {
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let deleted = ben.message("canary that is deleted");
    let end = on(&mut ben, &deleted, &Content::Delete);
    let hidden = ben.message("canary that is hidden");
    ben.disappears_after = Some(60);
    let (over, passed) = (
        ben.message("canary that is over"),
        ben.message("canary that passed"),
    );
    let given_up = ann.message("canary that was given up");
    let mut store = store_with(&[
        ben.erased(&deleted),
        end,
        ben.erased(&hidden),
        ben.erased(&over),
        passed.clone(),
        ann.erased(&given_up),
    ]);
    let passes = store.profile().unwrap().expiries[0];
    store
        .apply(&[
            Change::DropForMe(hidden.operation.id()),
            Change::Withhold(given_up.operation.id()),
            Change::EraseExpired(passes),
        ])
        .unwrap();
    let before = (shown(&store), bodies(&store));
    // The deletion's own.
    assert_eq!(before.1, 1);
    for record in [&deleted, &hidden, &over, &passed, &given_up] {
        store.apply(&[body_at(record, LATER)]).unwrap();
        assert_eq!((shown(&store), bodies(&store)), before);
    }
    check(&mut store);
}

#[test]
fn a_text_that_comes_later_stays_as_long_as_it_is_to_from_then_on() {
    let mut ben = Author::other(2);
    ben.disappears_after = Some(60);
    let message = ben.message("passing");
    let mut store = store_with(&[ben.erased(&message)]);
    assert_eq!(store.profile().unwrap().expiries, []);
    let came = message.received_at.as_millis();
    let last = WallTime::from_millis(came + 59_999);
    store.apply(&[body_at(&message, last)]).unwrap();
    let ends = WallTime::from_millis(last.as_millis() + 60_000);
    assert_eq!(store.profile().unwrap().expiries, [ends]);
    check(&mut store);
    let mut store = store_with(&[ben.erased(&message)]);
    let over = WallTime::from_millis(came + 60_000);
    store.apply(&[body_at(&message, over)]).unwrap();
    assert_eq!(bodies(&store), 0);
}

#[test]
fn a_text_comes_back_that_only_a_word_which_does_not_count_deleted() {
    let mut ben = Author::other(2);
    let message = ben.message("it counts");
    let end = on(&mut ben, &message, &Content::Delete);
    let mut store = store_with(&[ben.erased(&message)]);
    store
        .apply(&[count(&ben, 2, Some(1)), insert(&end)])
        .unwrap();
    assert!(row(&store, message.operation.id()).deleted);
    store.apply(&[body(&message)]).unwrap();
    assert_eq!(row(&store, message.operation.id()).text, "it counts");
    check(&mut store);
}

#[test]
fn a_text_that_comes_later_and_does_not_count_is_kept_and_shown_once_it_does() {
    let mut ben = Author::other(2);
    let message = ben.message("too late");
    let mut store = store_with(&[ben.erased(&message)]);
    store
        .apply(&[count(&ben, 1, Some(0)), body(&message)])
        .unwrap();
    assert_eq!((rows(&store), found(&store, "late").len()), (vec![], 0));
    store.apply(&[count(&ben, 1, None)]).unwrap();
    assert_eq!(found(&store, "late"), ["too late"]);
    check(&mut store);
}

#[test]
fn a_body_of_another_operation_under_the_same_number_is_not_taken() {
    let (mut ben, mut twin) = (Author::other(2), Author::other(2));
    let (message, other) = (ben.message("five"), twin.message("six"));
    let mut store = store_with(&[ben.erased(&message)]);
    store.apply(&[body(&other)]).unwrap();
    assert_eq!(bodies(&store), 0);
}

#[test]
fn what_another_device_of_ours_wrote_takes_its_body_later_and_stays_deleted_if_it_was() {
    let mut sibling = Author::own(&[]).with_device(5);
    let (message, gone) = (sibling.message("from the other"), sibling.message("gone"));
    let end = on(&mut sibling, &gone, &Content::Delete);
    let mut store = store_with(&[sibling.erased(&message), sibling.erased(&gone), end]);
    store.apply(&[body(&message), body(&gone)]).unwrap();
    assert_eq!(row(&store, message.operation.id()).text, "from the other");
    assert!(row(&store, gone.operation.id()).deleted);
    assert_eq!(bodies(&store), 2, "the message and the deletion");
    check(&mut store);
}
