//! What somebody whom our person blocked says in rooms.

use super::*;

fn search(store: &Store, word: &str) -> Vec<String> {
    let query = SearchQuery {
        words: SearchWord::new(word, false).into_iter().collect(),
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit: 9,
    };
    let found = store.reader().unwrap().search(&query).unwrap();
    found.messages.into_iter().map(|row| row.text).collect()
}

#[test]
fn what_somebody_blocked_writes_in_a_room_is_in_no_answer_and_comes_back_whole() {
    let (mut ben, mut cem) = (Author::other(2), Author::other(3));
    let mut store = store_with(&ben.messages(2));
    store
        .apply(&[is_room(9), insert(&cem.message("hello"))])
        .unwrap();
    let reader = store.reader().unwrap();
    let whole: Vec<_> = shown(&store).iter().map(followed).collect();
    let of_ben = whole.iter().find(|row| row.text == "message 1").unwrap().id;
    let before = last(&store);
    store.apply(&[contact(2, true)]).unwrap();
    let gone = (ArrivalKind::Hidden, String::new());
    assert_eq!(told(&store, before), [gone.clone(), gone]);
    // What comes from them now is kept, and told to nobody.
    let before = last(&store);
    store.apply(&[insert(&ben.message("later"))]).unwrap();
    assert_eq!(told(&store, before), []);
    assert_eq!(texts(&store), ["hello"]);
    assert_eq!(reader.message(of_ben).unwrap(), None);
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 1);
    assert_eq!(reader.conversation(conversation(9)).unwrap().hidden, 3);
    assert_eq!(search(&store, "message"), Vec::<String>::new());
    let served = reader.operations(conversation(9), ben.actor, 1, u64::MAX, usize::MAX);
    assert_eq!(served.unwrap().len(), 3, "it is kept and synced");
    check(&mut store).unwrap();
    store.apply(&[contact(2, false)]).unwrap();
    let back = ["message 0", "message 1", "later"].map(|text| (ArrivalKind::New, text.to_owned()));
    assert_eq!(told(&store, before), back);
    assert_eq!(reader.conversation(conversation(9)).unwrap().unread, 4);
    assert_eq!(search(&store, "message").len(), 2);
    let again: Vec<_> = shown(&store).iter().map(followed).collect();
    assert!(whole.iter().all(|row| again.contains(row)));
    check(&mut store).unwrap();
}

#[test]
fn what_somebody_blocked_says_of_others_messages_has_no_effect_while_they_are() {
    let (mut ben, mut cem) = (Author::other(2), Author::other(3));
    let mut laptop = Author::other(2).with_device(12);
    let hello = cem.message("hello");
    let reaction = Content::Reaction {
        emoji: "👍".to_owned(),
        set: true,
    };
    let pin = on(&mut ben, &hello, &Content::Pin { set: true });
    let react = on(&mut laptop, &hello, &reaction);
    let mut store = store_with(&[hello.clone(), pin, react]);
    store.apply(&[is_room(9)]).unwrap();
    let pinned = |store: &Store| {
        let row = shown(store).pop().unwrap();
        (row.pinned, row.reactions.len())
    };
    assert_eq!(pinned(&store), (true, 1));
    let before = last(&store);
    store.apply(&[contact(2, true)]).unwrap();
    assert_eq!(pinned(&store), (false, 0));
    let changed = (ArrivalKind::Edited, "hello".to_owned());
    assert_eq!(told(&store, before), [changed]);
    let before = last(&store);
    let heart = Content::Reaction {
        emoji: "💚".to_owned(),
        set: true,
    };
    store
        .apply(&[insert(&on(&mut ben, &hello, &heart))])
        .unwrap();
    assert_eq!(told(&store, before), []);
    assert_eq!(pinned(&store), (false, 0));
    check(&mut store).unwrap();
    store.apply(&[contact(2, false)]).unwrap();
    assert_eq!(pinned(&store), (true, 2));
    check(&mut store).unwrap();
}

#[test]
fn what_somebody_blocked_deletes_is_erased_all_the_same() {
    let mut ben = Author::other(2);
    let message = ben.message("regretted");
    let mut store = store_with(std::slice::from_ref(&message));
    store.apply(&[is_room(9), contact(2, true)]).unwrap();
    let delete = on(&mut ben, &message, &Content::Delete);
    store.apply(&[insert(&delete)]).unwrap();
    assert!(store.wal_truncate_due());
    let bodies = table(&store, "SELECT operation FROM bodies WHERE operation = 1");
    assert_eq!(bodies, Vec::<String>::new());
    assert_eq!(shown(&store), []);
    check(&mut store).unwrap();
    store.apply(&[contact(2, false)]).unwrap();
    assert!(shown(&store)[0].deleted);
    check(&mut store).unwrap();
}

#[test]
fn a_conversation_of_two_stays_as_it_was_whoever_is_blocked() {
    let mut ben = Author::other(2);
    let mut store = store_with(&ben.messages(2));
    let before = TABLES.map(|sql| table(&store, sql));
    store.apply(&[contact(2, true)]).unwrap();
    assert_eq!(TABLES.map(|sql| table(&store, sql)), before);
    assert_eq!(texts(&store), ["message 0", "message 1"]);
}

#[test]
fn what_is_missing_of_somebody_blocked_is_missed_by_nobody() {
    let mut ben = Author::other(2);
    let all = ben.messages(3);
    let mut store = store_with(&[]);
    let place = Change::PutActor(ben.place(1));
    let changes = [is_room(9), place, insert(&all[0]), insert(&all[2])];
    store.apply(&changes).unwrap();
    let missing = |store: &Store| store.reader().unwrap().gaps(None).unwrap().len();
    assert_eq!(missing(&store), 1);
    store.apply(&[contact(2, true)]).unwrap();
    assert_eq!(missing(&store), 0);
}

#[test]
fn a_removal_and_a_block_hide_what_either_hides() {
    let mut ben = Author::other(2);
    let mut store = store_with(&ben.messages(2));
    store.apply(&[is_room(9), contact(2, true)]).unwrap();
    store.apply(&[count(&ben, 2, Some(1))]).unwrap();
    assert_eq!(texts(&store), Vec::<String>::new());
    store.apply(&[contact(2, false)]).unwrap();
    assert_eq!(texts(&store), ["message 0"]);
    store.apply(&[count(&ben, 2, None)]).unwrap();
    assert_eq!(texts(&store), ["message 0", "message 1"]);
    check(&mut store).unwrap();
}
