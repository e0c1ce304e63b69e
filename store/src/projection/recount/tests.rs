mod blocked;

use std::collections::BTreeMap;

use proptest::prelude::*;
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::operation::{Content, Kind};
use tidings_protocol::record::{ActorRecord, Change, OperationRecord};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::WallTime;

use crate::fixture::{
    Author, contact, conversation, count, indexed_terms, insert, inserts, is_room, person, table,
};
use crate::{
    ArrivalKind, MessageOrder, MessageQuery, MessageRow, PageLimit, SearchQuery, SearchWord,
    Selection, Store,
};

const REMOVED: DeliveryState = DeliveryState::Failed(FailureReason::Removed);

/// What the projection consists of.
const TABLES: [&str; 4] = [
    "SELECT * FROM messages ORDER BY 1",
    "SELECT * FROM annotations ORDER BY 1, 2, 3, 4, 5",
    "SELECT * FROM lifetimes ORDER BY 1",
    "SELECT * FROM arrivals ORDER BY 1",
];

fn rows(store: &Store, order: MessageOrder) -> Vec<MessageRow> {
    let query = MessageQuery {
        conversation: None,
        unread_only: false,
        order,
    };
    store.reader().unwrap().messages(&query).unwrap()
}

fn shown(store: &Store) -> Vec<MessageRow> {
    rows(store, MessageOrder::Newest { limit: None })
}

fn texts(store: &Store) -> Vec<String> {
    shown(store).into_iter().map(|row| row.text).collect()
}

fn since(store: &Store, since: u64) -> Vec<MessageRow> {
    rows(store, MessageOrder::Arrival { since, limit: None })
}

/// What the log says after a position: what happened to which text.
fn told(store: &Store, position: u64) -> Vec<(ArrivalKind, String)> {
    let rows = since(store, position);
    rows.into_iter().map(|row| (row.change, row.text)).collect()
}

fn last(store: &Store) -> u64 {
    store.reader().unwrap().last_position().unwrap()
}

fn store_with(records: &[OperationRecord]) -> Store {
    let mut store = Store::in_memory().unwrap();
    store.apply(&inserts(records)).unwrap();
    store
}

/// The projection is sound, and that which is built from what is stored.
fn check(store: &mut Store) -> Result<(), TestCaseError> {
    let found = store.reader().unwrap().check().unwrap();
    prop_assert_eq!(found, Vec::<String>::new());
    let before = (TABLES.map(|sql| table(store, sql)), indexed_terms(store));
    store.rebuild_projections().unwrap();
    let after = (TABLES.map(|sql| table(store, sql)), indexed_terms(store));
    prop_assert_eq!(after, before);
    Ok(())
}

fn on(author: &mut Author, target: &OperationRecord, content: &Content) -> OperationRecord {
    author.reply_to = Some(target.operation.id());
    let record = author.write(content);
    author.reply_to = None;
    record
}

fn edit(text: &str) -> Content {
    Content::Edit {
        text: text.to_owned(),
    }
}

#[derive(Debug, Clone)]
enum Step {
    Write {
        who: usize,
        what: u8,
        at: prop::sample::Index,
        detail: u8,
        late: bool,
    },
    Arrive(prop::sample::Index),
    Count {
        who: usize,
        counts: Option<u64>,
    },
    Fork {
        who: usize,
        through: Option<u64>,
    },
    Block {
        who: u8,
        blocked: bool,
    },
    Release {
        to: u8,
        released: bool,
    },
    Deliver {
        to: u8,
        state: DeliveryState,
    },
    Read {
        who: usize,
        through: u64,
    },
    DropForMe(prop::sample::Index),
    Expire(u64),
}

const AUTHORS: usize = 4;

/// `kinds`: how many kinds of operations; the last ones erase.
fn any_step(kinds: u8, erasing: bool) -> impl Strategy<Value = Step> {
    let state = prop_oneof![
        Just(DeliveryState::Failed(FailureReason::Cancelled)),
        Just(DeliveryState::Carried),
        Just(DeliveryState::Delivered),
        Just(DeliveryState::Read),
    ];
    let at = any::<prop::sample::Index>;
    let write = (0..AUTHORS, 0..kinds, at(), 0..3_u8, any::<bool>());
    let write = write.prop_map(|(who, what, at, detail, late)| Step::Write {
        who,
        what,
        at,
        detail,
        late,
    });
    let count = (0..AUTHORS, prop::option::of(0..6_u64));
    let fork = (0..AUTHORS, prop::option::of(0..6_u64));
    prop_oneof![
        12 => write,
        3 => at().prop_map(Step::Arrive),
        6 => count.prop_map(|(who, counts)| Step::Count { who, counts }),
        3 => fork.prop_map(|(who, through)| Step::Fork { who, through }),
        3 => (2..4_u8, any::<bool>()).prop_map(|(who, blocked)| Step::Block { who, blocked }),
        2 => (2..4_u8, any::<bool>()).prop_map(|(to, released)| Step::Release { to, released }),
        2 => (2..4_u8, state).prop_map(|(to, state)| Step::Deliver { to, state }),
        1 => (1..AUTHORS, 1..8_u64).prop_map(|(who, through)| Step::Read { who, through }),
        u32::from(erasing) => at().prop_map(Step::DropForMe),
        u32::from(erasing) => (2_000..9_000_u64).prop_map(Step::Expire),
    ]
}

/// A room of three people, one of them with two devices, as one of them holds it.
struct Room {
    store: Store,
    authors: [Author; AUTHORS],
    written: [u64; AUTHORS],
    counts: [Option<u64>; AUTHORS],
    forks: [Option<u64>; AUTHORS],
    blocked: BTreeMap<u8, bool>,
    read: [Coverage; AUTHORS],
    messages: Vec<OperationRecord>,
    late: Vec<OperationRecord>,
    stored: Vec<OperationRecord>,
    time: u64,
}

impl Room {
    fn new() -> Self {
        let mut room = Self {
            store: Store::in_memory().unwrap(),
            authors: [
                Author::own(&[2, 3]),
                Author::other(2),
                Author::other(2).with_device(12),
                Author::other(3),
            ],
            written: Default::default(),
            counts: Default::default(),
            forks: Default::default(),
            blocked: BTreeMap::new(),
            read: Default::default(),
            messages: Vec::new(),
            late: Vec::new(),
            stored: Vec::new(),
            time: 0,
        };
        let places = (0..AUTHORS).map(|who| Change::PutActor(room.place(who)));
        let places: Vec<_> = places.collect();
        room.store.apply(&[is_room(9)]).unwrap();
        room.store.apply(&places).unwrap();
        room
    }

    fn store(&mut self, record: OperationRecord) {
        self.store.apply(&[insert(&record)]).unwrap();
        self.stored.push(record);
    }

    fn write(&mut self, who: usize, what: u8, at: prop::sample::Index, detail: u8) {
        self.time += 1;
        let author = &mut self.authors[who];
        author.set_logical(self.time + u64::from(detail));
        author.disappears_after = (detail == 2).then_some(2);
        self.written[who] += 1;
        let target = self.messages.get(at.index(self.messages.len().max(1)));
        let set = detail > 0;
        let emoji = ["👍", "👎", "🎉"][usize::from(detail)].to_owned();
        let record = match (what, target) {
            (0..=2, _) | (_, None) => {
                let record = author.message(&format!("message {}", self.time));
                self.messages.push(record.clone());
                record
            }
            (3, Some(target)) => on(author, target, &edit(&format!("edit {}", self.time))),
            (4, Some(target)) => on(author, target, &Content::Pin { set }),
            (5, Some(target)) => on(author, target, &Content::Reaction { emoji, set }),
            (6, Some(_)) => author.write(&Content::Lifetime {
                seconds: set.then_some(u32::from(detail)),
            }),
            (7, Some(_)) => author.operation(Kind::Unknown(77), vec![detail]),
            (_, Some(target)) => on(author, target, &Content::Delete),
        };
        self.late.push(record);
    }

    fn place(&self, who: usize) -> ActorRecord {
        ActorRecord {
            cut: self.counts[who],
            fork: self.forks[who],
            read: self.read[who].clone(),
            ..self.authors[who].place(self.written[who])
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Write {
                who,
                what,
                at,
                detail,
                late,
            } => {
                self.write(*who, *what, *at, *detail);
                if !late {
                    let record = self.late.pop().unwrap();
                    self.store(record);
                }
            }
            Step::Arrive(at) => {
                if !self.late.is_empty() {
                    let record = self.late.remove(at.index(self.late.len()));
                    self.store(record);
                }
            }
            Step::Count { who, counts } => {
                self.counts[*who] = *counts;
                let place = Change::PutActor(self.place(*who));
                self.store.apply(&[place]).unwrap();
            }
            Step::Fork { who, through } => {
                self.forks[*who] = *through;
                let place = Change::PutActor(self.place(*who));
                self.store.apply(&[place]).unwrap();
            }
            Step::Block { who, blocked } => {
                self.blocked.insert(*who, *blocked);
                self.store.apply(&[contact(*who, *blocked)]).unwrap();
            }
            Step::Release { to, released } => {
                let change = Change::Release(conversation(9), person(*to), *released);
                self.store.apply(&[change]).unwrap();
            }
            Step::Deliver { to, state } => {
                let change = self.authors[0].delivery(1, 5, *to, *state);
                self.store.apply(&[change]).unwrap();
            }
            Step::Read { who, through } => {
                self.read[*who].insert_through(*through);
                let change = Change::MarkRead(
                    conversation(9),
                    self.authors[*who].actor,
                    self.read[*who].clone(),
                );
                self.store.apply(&[change]).unwrap();
            }
            Step::DropForMe(at) => {
                if let Some(one) = self.messages.get(at.index(self.messages.len().max(1))) {
                    let hide = Change::DropForMe(one.operation.id());
                    self.store.apply(&[hide]).unwrap();
                }
            }
            Step::Expire(until) => {
                let until = WallTime::from_millis(*until);
                self.store.apply(&[Change::EraseExpired(until)]).unwrap();
            }
        }
    }
}

/// A row as whoever follows the log knows it: what changes without a word is left out.
fn followed(row: &MessageRow) -> MessageRow {
    MessageRow {
        read: false,
        deliveries: crate::DeliveryCounts::default(),
        position: 0,
        change: ArrivalKind::New,
        ..row.clone()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn whatever_counts_and_is_released_the_rows_are_those_built_anew(
        steps in prop::collection::vec(any_step(9, true), 1..40),
    ) {
        let mut room = Room::new();
        for step in &steps {
            room.step(step);
            check(&mut room.store)?;
        }
    }

    #[test]
    fn what_is_shown_depends_on_what_counts_and_not_on_when_that_was_known(
        steps in prop::collection::vec(any_step(8, false), 1..40),
    ) {
        let mut room = Room::new();
        steps.iter().for_each(|step| room.step(step));
        let mut known_first = Store::in_memory().unwrap();
        let places = (0..AUTHORS).map(|who| Change::PutActor(room.place(who)));
        let blocked = room.blocked.iter().map(|(who, blocked)| contact(*who, *blocked));
        known_first.apply(&[is_room(9)]).unwrap();
        known_first.apply(&places.chain(blocked).collect::<Vec<_>>()).unwrap();
        room.stored.reverse();
        known_first.apply(&inserts(&room.stored)).unwrap();
        let seen = |store: &Store| -> Vec<_> {
            let rows = shown(store).into_iter();
            // Deliveries are another test's.
            rows.map(|row| MessageRow { state: None, read: row.read, ..followed(&row) }).collect()
        };
        prop_assert_eq!(seen(&room.store), seen(&known_first));
        let hidden = |store: &Store| store.reader().unwrap().conversation(conversation(9)).unwrap().hidden;
        prop_assert_eq!(hidden(&room.store), hidden(&known_first));
        let lifetimes = |store: &Store| store.profile().unwrap().lifetimes;
        prop_assert_eq!(lifetimes(&room.store), lifetimes(&known_first));
        check(&mut known_first)?;
    }

    #[test]
    fn whoever_follows_the_log_sees_what_a_page_shows(
        steps in prop::collection::vec(any_step(9, false), 1..40),
    ) {
        let mut room = Room::new();
        let (mut position, mut known) = (0, BTreeMap::new());
        for step in &steps {
            room.step(step);
            for row in since(&room.store, position) {
                position = row.position;
                if row.hidden {
                    prop_assert_eq!(row.change, ArrivalKind::Hidden);
                    prop_assert!(row.text.is_empty());
                    known.remove(&row.id);
                } else {
                    known.insert(row.id, followed(&row));
                }
            }
            let page: BTreeMap<_, _> =
                shown(&room.store).iter().map(|row| (row.id, followed(row))).collect();
            prop_assert_eq!(&known, &page);
        }
    }
}

#[test]
fn what_a_removal_hides_is_in_no_answer_and_comes_back_whole() {
    let mut ben = Author::other(2);
    let mut store = store_with(&ben.messages(4));
    let reader = store.reader().unwrap();
    let id = shown(&store)[3].id;
    let read = Coverage::through(1);
    let place = |cut| ActorRecord {
        cut,
        read: read.clone(),
        ..ben.place(4)
    };
    store.apply(&[Change::PutActor(place(None))]).unwrap();
    let whole = shown(&store);
    let before = last(&store);
    store.apply(&[Change::PutActor(place(Some(2)))]).unwrap();
    assert_eq!(texts(&store), ["message 0", "message 1"]);
    assert_eq!(reader.message(id).unwrap(), None);
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 1);
    assert_eq!(reader.conversation(conversation(9)).unwrap().hidden, 2);
    assert_eq!(reader.conversation(conversation(8)).unwrap().hidden, 0);
    let query = SearchQuery {
        words: vec![SearchWord::new("message", false).unwrap()],
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit: 9,
    };
    assert_eq!(reader.search(&query).unwrap().messages.len(), 2);
    let selection = Selection {
        conversation: Some(conversation(9)),
        unread_only: false,
        pinned_only: false,
        newest: Some(3),
        from: None,
        before: None,
        deeds: false,
    };
    let limit = PageLimit {
        messages: 9,
        bytes: usize::MAX,
    };
    let page = reader.page(&selection, None, limit).unwrap().unwrap();
    assert_eq!(page.rows.len(), 2);
    let before_hidden = Selection {
        before: Some(id),
        ..selection
    };
    assert_eq!(reader.page(&before_hidden, None, limit).unwrap(), None);
    let gone = (ArrivalKind::Hidden, String::new());
    assert_eq!(told(&store, before), [gone.clone(), gone]);
    let served = reader.operations(conversation(9), ben.actor, 1, u64::MAX, usize::MAX);
    assert_eq!(served.unwrap().len(), 4, "it is kept and synced");
    assert_eq!(
        reader.silent(conversation(9), ben.actor, 4).unwrap(),
        [],
        "nobody reads what they do not see"
    );
    check(&mut store).unwrap();
    let before = last(&store);
    store.apply(&[Change::PutActor(place(None))]).unwrap();
    let back = ["message 2", "message 3"].map(|text| (ArrivalKind::New, text.to_owned()));
    assert_eq!(told(&store, before), back);
    assert_eq!(reader.conversation(conversation(9)).unwrap().hidden, 0);
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 3);
    let positions = |rows: Vec<MessageRow>| -> Vec<_> { rows.iter().map(followed).collect() };
    assert_eq!(positions(shown(&store)), positions(whole));
    check(&mut store).unwrap();
}

#[test]
fn what_comes_after_a_removal_is_told_only_once_it_counts() {
    let mut ben = Author::other(2);
    let all = ben.messages(3);
    let mut store = store_with(&all[..1]);
    store.apply(&[count(&ben, 1, Some(1))]).unwrap();
    let before = last(&store);
    store.apply(&inserts(&all[1..])).unwrap();
    assert_eq!(told(&store, before), []);
    assert_eq!(
        store
            .reader()
            .unwrap()
            .conversation(conversation(9))
            .unwrap()
            .hidden,
        2
    );
    check(&mut store).unwrap();
    store.apply(&[count(&ben, 3, Some(2))]).unwrap();
    assert_eq!(
        told(&store, before),
        [(ArrivalKind::New, "message 1".to_owned())]
    );
    check(&mut store).unwrap();
}

#[test]
fn what_is_beyond_a_fork_stays_as_disputed_and_what_it_said_of_others_counts_no_more() {
    let mut ben = Author::other(2);
    let (first, second) = (ben.message("agreed"), ben.message("beyond"));
    let change = on(&mut ben, &first, &edit("changed beyond"));
    let mut store = store_with(&[first, second, change]);
    assert_eq!(texts(&store), ["changed beyond", "beyond"]);
    let before = last(&store);
    let forked = |fork, cut| {
        Change::PutActor(ActorRecord {
            fork,
            cut,
            ..ben.place(1)
        })
    };
    store.apply(&[forked(Some(1), None)]).unwrap();
    let rows = shown(&store);
    let seen: Vec<_> = rows.iter().map(|row| (&*row.text, row.disputed)).collect();
    assert_eq!(seen, [("agreed", false), ("beyond", true)]);
    let told = told(&store, before);
    assert!(
        told.contains(&(ArrivalKind::State, "beyond".to_owned())),
        "{told:?}"
    );
    let accepted = store
        .reader()
        .unwrap()
        .accepted(conversation(9), 0)
        .unwrap();
    assert_eq!(accepted.len(), 1, "outside of what members agree on");
    assert_eq!(store.profile().unwrap().pending, [], "nor does it wait");
    // What a removal cuts off is hidden, disputed or not.
    store.apply(&[forked(Some(1), Some(1))]).unwrap();
    assert_eq!(texts(&store), ["agreed"]);
    store.apply(&[forked(Some(1), Some(2))]).unwrap();
    assert_eq!(texts(&store), ["agreed", "beyond"]);
    check(&mut store).unwrap();
}

#[test]
fn an_own_message_that_does_not_count_stays_and_says_that_it_failed() {
    let mut own = Author::own(&[2]);
    let all = own.messages(2);
    let change = on(&mut own, &all[1], &edit("edited"));
    let mut store = store_with(&all);
    store
        .apply(&[
            insert(&change),
            own.delivery(2, 2, 2, DeliveryState::Delivered),
            count(&own, 3, Some(1)),
        ])
        .unwrap();
    let reader = store.reader().unwrap();
    let row = |store: &Store| shown(store).pop().unwrap();
    assert_eq!(row(&store).state, Some(REMOVED));
    assert_eq!(row(&store).deliveries.delivered, 1, "who got it, got it");
    assert_eq!(
        row(&store).text,
        "message 1",
        "an edit beyond has no effect"
    );
    assert_eq!(reader.conversation(conversation(9)).unwrap().hidden, 0);
    assert_eq!(reader.waiting_messages().unwrap().all(), 1);
    let here = reader.outstanding(Some(conversation(9))).unwrap();
    assert_eq!((here.queued, here.carried), (1, 0));
    let before = last(&store);
    store
        .apply(&[own.delivery(2, 2, 2, DeliveryState::Read)])
        .unwrap();
    assert_eq!(told(&store, before), [], "its state is settled");
    check(&mut store).unwrap();
    store.apply(&[count(&own, 3, Some(2))]).unwrap();
    assert_eq!(row(&store).state, Some(DeliveryState::Read));
    assert_eq!(
        told(&store, before),
        [(ArrivalKind::State, "message 1".to_owned())]
    );
    store.apply(&[count(&own, 3, None)]).unwrap();
    assert_eq!(row(&store).text, "edited");
    check(&mut store).unwrap();
}

#[test]
fn what_was_said_of_a_message_goes_with_the_removal_and_the_word_before_it_holds_again() {
    let (mut ann, mut ben) = (Author::own(&[2]), Author::other(2));
    let mut laptop = Author::other(2).with_device(12);
    let message = ben.message("first");
    let hello = ann.message("hello");
    let second = on(&mut ben, &message, &edit("second"));
    laptop.set_logical(9);
    let third = on(&mut laptop, &message, &edit("third"));
    let reaction = Content::Reaction {
        emoji: "👍".to_owned(),
        set: true,
    };
    let react = on(&mut laptop, &hello, &reaction);
    let pin = on(&mut laptop, &hello, &Content::Pin { set: true });
    let keep = laptop.write(&Content::Lifetime { seconds: Some(60) });
    let mut store = store_with(&[message, hello, second, third, react, pin, keep]);
    let lifetimes = |store: &Store| store.profile().unwrap().lifetimes.len();
    assert_eq!(texts(&store), ["third", "hello"]);
    assert_eq!(lifetimes(&store), 1);
    let before = last(&store);
    store.apply(&[count(&laptop, 4, Some(0))]).unwrap();
    assert_eq!(texts(&store), ["second", "hello"]);
    let hello = shown(&store).pop().unwrap();
    assert!(!hello.pinned && hello.reactions.is_empty());
    assert_eq!(lifetimes(&store), 0);
    let edited = ["second", "hello"].map(|text| (ArrivalKind::Edited, text.to_owned()));
    assert_eq!(told(&store, before), edited);
    check(&mut store).unwrap();
    let before = last(&store);
    store.apply(&[count(&laptop, 4, Some(2))]).unwrap();
    let reacted = (ArrivalKind::Reaction, "hello".to_owned());
    let edited = (ArrivalKind::Edited, "third".to_owned());
    assert_eq!(told(&store, before), [edited, reacted]);
    check(&mut store).unwrap();
}

#[test]
fn a_deletion_that_does_not_count_deletes_nothing_and_brings_nothing_back() {
    let mut ben = Author::other(2);
    let (kept, deleted) = (ben.message("kept"), ben.message("deleted"));
    let early = on(&mut ben, &deleted, &Content::Delete);
    let late = on(&mut ben, &kept, &Content::Delete);
    let mut store = store_with(&[kept, deleted, early]);
    store.apply(&[count(&ben, 3, Some(2))]).unwrap();
    store.apply(&[insert(&late)]).unwrap();
    let rows = shown(&store);
    assert_eq!((rows[0].text.as_str(), rows[0].deleted), ("kept", false));
    assert!(rows[1].deleted, "its text is gone for good");
    check(&mut store).unwrap();
    let before = last(&store);
    store.apply(&[count(&ben, 4, None)]).unwrap();
    assert_eq!(
        told(&store, before),
        [(ArrivalKind::Deleted, String::new())]
    );
    check(&mut store).unwrap();
}

#[test]
fn what_came_erased_is_deleted_by_any_word_that_says_so() {
    let mut ben = Author::other(2);
    let message = ben.message("never seen");
    let delete = on(&mut ben, &message, &Content::Delete);
    let mut store = store_with(&[ben.erased(&message)]);
    store.apply(&[count(&ben, 2, Some(1))]).unwrap();
    assert_eq!(shown(&store), []);
    store.apply(&[insert(&delete)]).unwrap();
    assert!(shown(&store)[0].deleted);
    check(&mut store).unwrap();
}

#[test]
fn what_is_hidden_disappears_when_its_time_is_over() {
    let mut ben = Author::other(2);
    ben.disappears_after = Some(60);
    let mut store = store_with(&[ben.message("passing")]);
    store.apply(&[count(&ben, 1, Some(0))]).unwrap();
    let expiries = store.profile().unwrap().expiries;
    assert_eq!(expiries.len(), 1);
    store.apply(&[Change::EraseExpired(expiries[0])]).unwrap();
    assert!(store.wal_truncate_due());
    let bodies = table(&store, "SELECT * FROM bodies");
    assert_eq!(bodies, Vec::<String>::new());
    store.apply(&[count(&ben, 1, None)]).unwrap();
    assert_eq!(texts(&store), Vec::<String>::new());
    check(&mut store).unwrap();
}

#[test]
fn documents_hold_what_counts() {
    let mut ben = Author::other(2);
    let mut all = ben.messages(2);
    ben.set_logical(5_000);
    all.push(ben.message("in the next segment"));
    let mut store = store_with(&all);
    let reader = store.reader().unwrap();
    let accepted = || -> Vec<_> {
        let rows = reader.accepted(conversation(9), 0).unwrap();
        rows.iter().map(|row| row.seq).collect()
    };
    store.apply(&[count(&ben, 3, Some(1))]).unwrap();
    assert_eq!(reader.segments(conversation(9)).unwrap(), [0]);
    assert_eq!(accepted(), [1]);
    store.apply(&[count(&ben, 3, Some(9))]).unwrap();
    assert_eq!(reader.segments(conversation(9)).unwrap(), [0, 1]);
    assert_eq!(accepted(), [1, 2]);
}

#[test]
fn a_word_in_another_conversation_says_nothing() {
    let mut ben = Author::other(2);
    let mut elsewhere = Author::new(2, conversation(8), false);
    let message = ben.message("first");
    let reaction = Content::Reaction {
        emoji: "👍".to_owned(),
        set: true,
    };
    let said = [
        edit("second"),
        Content::Pin { set: true },
        reaction.clone(),
        Content::Delete,
    ];
    let said: Vec<_> = said
        .iter()
        .map(|content| on(&mut elsewhere, &message, content))
        .collect();
    let mut store = store_with(std::slice::from_ref(&message));
    let before = shown(&store);
    store.apply(&inserts(&said)).unwrap();
    assert_eq!(shown(&store), before);
    assert_eq!(last(&store), before[0].position, "and nobody is told of it");
    // Later than there, it still counts here.
    let here = on(&mut ben, &message, &reaction);
    store.apply(&[insert(&here)]).unwrap();
    assert_eq!(shown(&store)[0].reactions.len(), 1);
    check(&mut store).unwrap();
}

#[test]
fn an_actor_that_counts_as_before_moves_nothing() {
    let mut ben = Author::other(2);
    let mut store = store_with(&ben.messages(3));
    store.apply(&[count(&ben, 3, Some(2))]).unwrap();
    let before = TABLES.map(|sql| table(&store, sql));
    store.apply(&[count(&ben, 3, Some(2))]).unwrap();
    assert_eq!(TABLES.map(|sql| table(&store, sql)), before);
}
