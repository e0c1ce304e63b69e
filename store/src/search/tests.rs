use std::fs;

use proptest::prelude::*;
use tidings_protocol::operation::Content;
use tidings_protocol::record::{Change, OperationRecord};
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::limits;

use super::*;
use crate::fixture::{Author, Home, conversation, indexed_terms, insert, inserts, person};
use crate::{FOUND_BYTES_MAX, MessageRow, Reader, SearchQuery, Store};

fn query(words: &[(&str, bool)]) -> SearchQuery {
    SearchQuery {
        words: words
            .iter()
            .filter_map(|(text, open)| SearchWord::new(text, *open))
            .collect(),
        author: None,
        conversation: None,
        after: None,
        before: None,
        limit: 100,
    }
}

fn texts(rows: &[MessageRow]) -> Vec<&str> {
    rows.iter().map(|row| row.text.as_str()).collect()
}

/// A store whose messages say this, in this order.
fn holding(texts: &[&str]) -> (Store, Reader) {
    let mut store = Store::in_memory().unwrap();
    let mut author = Author::other(2);
    let messages: Vec<_> = texts.iter().map(|text| author.message(text)).collect();
    store.apply(&inserts(&messages)).unwrap();
    let reader = store.reader().unwrap();
    (store, reader)
}

#[track_caller]
fn finds(text: &str, word: &str, open: bool) -> bool {
    let (_store, reader) = holding(&[text]);
    let found = reader.search(&query(&[(word, open)])).unwrap();
    found.messages.len() == 1
}

#[test]
fn words_of_two_characters_are_found_anywhere_in_a_run() {
    for (text, word) in [
        ("여러분안녕하세요", "안녕"),
        ("여러분안녕하세요", "세요"),
        ("私は東京都民です", "東京"),
        ("私は東京都民です", "です"),
        ("大家你好世界", "你好"),
        ("カラオケに行こう", "オケ"),
        ("ｶﾗｵｹに行こう", "カラオケ"),
        ("ขอสวัสดีครับ", "สวัสดี"),
        ("meet@東京 at 9", "東京"),
    ] {
        assert!(finds(text, word, false), "{word} in {text}");
    }
    assert!(!finds("東 京", "東京", false));
    assert!(!finds("京東", "東京", false));
    assert!(!finds("東京。都", "京都", false));
}

#[test]
fn one_character_is_found_at_the_beginning_middle_and_end_of_a_run() {
    for word in ["東", "京", "都"] {
        assert!(finds("東京都", word, false), "{word}");
    }
    assert!(!finds("東京都", "道", false));
    assert!(finds("水", "水", false));
}

#[test]
fn longer_words_and_phrases_are_found_as_they_stand() {
    let text = "明日は東京タワーへ。The quick brown fox, 여우는 빠르다";
    for phrase in [
        "東京タワー",
        "quick brown",
        "The QUICK",
        "京タワーへ the quick",
        "fox 여우는",
        "여우는 빠르",
    ] {
        assert!(finds(text, phrase, false), "{phrase}");
    }
    for phrase in ["brown quick", "東タワー", "quick fox", "qui brown"] {
        assert!(!finds(text, phrase, false), "{phrase}");
    }
}

#[test]
fn case_accents_width_and_composition_do_not_matter() {
    for (text, word) in [
        ("Caf\u{e9} Z\u{fc}rich", "cafe"),
        ("Cafe\u{301}", "CAF\u{c9}"),
        ("cafe", "caf\u{e9}"),
        ("Ti\u{1ebf}ng Vi\u{1ec7}t", "tieng viet"),
        ("STRASSE", "straße"),
        ("ΟΔΟΣ", "οδος"),
        ("ＡＢＣ１２", "abc12"),
        ("\u{1112}\u{1161}\u{11ab}\u{1100}\u{116e}\u{11a8}", "한국"),
    ] {
        assert!(finds(text, word, false), "{word} in {text}");
    }
}

#[test]
fn a_word_goes_on_only_where_it_may() {
    assert!(finds("tomorrow", "tom", true));
    assert!(!finds("tomorrow", "tom", false));
    assert!(!finds("tomorrow", "morrow", true));
    assert!(finds("see you tomorrow", "you tom", true));
    assert!(!finds("see yours tomorrow", "you tom", true));
}

#[test]
fn emoji_are_words() {
    assert!(finds("well done🎉🎉!", "🎉", false));
    assert!(finds("ok👍🏽", "👍", false));
    assert!(finds("new: \u{1fae8}", "\u{1fae8}", false));
    assert!(!finds("ok👍", "👎", false));
}

#[test]
fn all_words_must_occur_in_whatever_order() {
    let (_store, reader) = holding(&["one two", "two three", "three two one"]);
    let found = reader.search(&query(&[("two", false), ("one", false)]));
    assert_eq!(
        texts(&found.unwrap().messages),
        ["one two", "three two one"]
    );
}

#[test]
fn who_where_and_when_narrow_a_search_with_or_without_words() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let (mut own, mut other) = (Author::own(&[2]), Author::other(2));
    let mut elsewhere = Author::new(3, conversation(8), false);
    let messages = [
        own.message("hello 1"),
        other.message("hello 2"),
        elsewhere.message("hello 3"),
        other.message("hello 4"),
        other.message("bye"),
    ];
    store.apply(&inserts(&messages)).unwrap();
    let hello = query(&[("hello", false)]);
    let search = |query: &SearchQuery| {
        let rows = reader.search(query).unwrap().messages;
        let mut texts: Vec<_> = rows.into_iter().map(|row| row.text).collect();
        texts.sort_unstable();
        texts
    };
    let author = SearchQuery {
        author: Some(person(2)),
        ..hello.clone()
    };
    assert_eq!(search(&author), ["hello 2", "hello 4"]);
    let place = SearchQuery {
        conversation: Some(conversation(8)),
        ..hello.clone()
    };
    assert_eq!(search(&place), ["hello 3"]);
    // The second message of each author was written at 1,002.
    let after = SearchQuery {
        after: Some(WallTime::from_millis(1_002)),
        ..hello.clone()
    };
    assert_eq!(search(&after), ["hello 4"]);
    let before = SearchQuery {
        before: Some(WallTime::from_millis(1_002)),
        ..hello.clone()
    };
    assert_eq!(search(&before), ["hello 1", "hello 2", "hello 3"]);
    let wordless = SearchQuery {
        words: Vec::new(),
        ..author
    };
    assert_eq!(search(&wordless), ["bye", "hello 2", "hello 4"]);
}

#[test]
fn of_too_many_those_stored_last_come_in_the_order_of_their_times() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let (mut early, mut late) = (Author::other(2), Author::other(3));
    late.set_logical(500);
    let messages = [
        early.message("hit 1"),
        late.message("hit 502"),
        early.message("hit 2"),
    ];
    store.apply(&inserts(&messages)).unwrap();
    for words in [&[("hit", false)][..], &[]] {
        let search = |limit| {
            let query = SearchQuery {
                limit,
                ..query(words)
            };
            let found = reader.search(&query).unwrap();
            assert_eq!(found.more, limit < 3);
            let texts = found.messages.into_iter().map(|row| row.text);
            texts.collect::<Vec<_>>()
        };
        assert_eq!(search(4), ["hit 1", "hit 2", "hit 502"]);
        assert_eq!(search(3), ["hit 1", "hit 2", "hit 502"]);
        assert_eq!(search(2), ["hit 2", "hit 502"]);
        assert_eq!(search(1), ["hit 2"]);
        assert_eq!(search(0), Vec::<String>::new());
    }
}

#[test]
fn what_shows_no_text_is_not_found() {
    let mut store = Store::in_memory().unwrap();
    let mut other = Author::other(2);
    let erased = other.message("erased");
    let unknown = other.operation(
        tidings_protocol::operation::Kind::Unknown(7),
        b"unknown".to_vec(),
    );
    store
        .apply(&[insert(&other.erased(&erased)), insert(&unknown)])
        .unwrap();
    assert_eq!(indexed_terms(&store), []);
    assert_eq!(
        store.reader().unwrap().check().unwrap(),
        Vec::<String>::new()
    );
}

#[test]
fn the_longest_text_is_found_by_its_first_and_last_word() {
    let filler = limits::OPERATION_BYTES_MAX - 1_000;
    let latin = format!("first {} last", "ab ".repeat(filler / 3));
    let han = format!("始{}終", "東京".repeat(filler / 6));
    let one = format!("start{}", "x".repeat(filler));
    for (text, words) in [
        (latin, ["first", "last"]),
        (han, ["始東", "終"]),
        (one.clone(), ["start", &one]),
    ] {
        for word in words {
            assert!(finds(&text, word, true));
        }
    }
}

#[test]
fn hundreds_of_words_are_one_query() {
    let (_store, reader) = holding(&["a b c"]);
    let words: Vec<_> = ["a", "b", "c"].repeat(300).into_iter().collect();
    let words: Vec<_> = words.into_iter().map(|word| (word, true)).collect();
    assert_eq!(reader.search(&query(&words)).unwrap().messages.len(), 1);
    assert!(!finds("a b c", &"a ".repeat(900), false));
}

#[test]
fn an_index_written_bit_by_bit_and_one_made_anew_are_the_same() {
    let (mut store, reader) = holding(&["one 東京都", "", "two two", "!", "안녕 three"]);
    let written = indexed_terms(&store);
    assert!(written.len() > 8);
    store.rebuild_projections().unwrap();
    assert_eq!(indexed_terms(&store), written);
    let transact = |store: &Store, rules: &str| {
        let mut connection = store.lock();
        connection
            .execute("UPDATE indexing SET rules = ?1", [rules])
            .unwrap();
        bring_up_to_date(&mut connection).unwrap();
    };
    clear_and_forget(&store);
    assert_eq!(indexed_terms(&store), []);
    assert_eq!(reader.check().unwrap().len(), 1);
    transact(&store, &terms::rules());
    assert_eq!(
        indexed_terms(&store),
        [],
        "by the same rules nothing is done"
    );
    transact(&store, "older ones");
    assert_eq!(indexed_terms(&store), written);
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}

#[test]
fn an_index_that_was_looked_at_before_and_written_to_since_is_sound() {
    let (mut store, reader) = holding(&["one two"]);
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
    let mut author = Author::other(3);
    // Enough to have the index merge what the reader knows of it into something else.
    for number in 0..200 {
        let message = author.message(&format!("word{number} and others"));
        store.apply(&inserts(&[message])).unwrap();
    }
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}

fn clear_and_forget(store: &Store) {
    let mut connection = store.lock();
    let transaction = connection.transaction().unwrap();
    clear(&transaction).unwrap();
    transaction.commit().unwrap();
}

/// What a change of a message's text does to the index.
fn change(store: &Store, change: impl FnOnce(&Transaction<'_>)) {
    let mut connection = store.lock();
    let transaction = connection.transaction().unwrap();
    change(&transaction);
    transaction.commit().unwrap();
}

#[test]
fn a_replaced_text_is_found_by_its_new_words_alone() {
    let (store, reader) = holding(&["old common 東京", "other common"]);
    change(&store, |transaction| {
        replace(transaction, 1, "old common 東京", "new common 京都").unwrap();
    });
    let count = |word| {
        reader
            .search(&query(&[(word, false)]))
            .unwrap()
            .messages
            .len()
    };
    assert_eq!(["old", "東京", "東"].map(count), [0, 0, 0]);
    assert_eq!(["new", "京都", "common"].map(count), [1, 1, 2]);
    change(&store, |transaction| {
        remove(transaction, 1, "new common 京都").unwrap();
    });
    assert_eq!(["new", "京都", "common"].map(count), [0, 0, 1]);
}

/// What an author says of a message.
fn on(author: &mut Author, target: &OperationRecord, content: &Content) -> OperationRecord {
    author.reply_to = Some(target.operation.id());
    let record = author.write(content);
    author.reply_to = None;
    record
}

#[test]
fn an_edit_is_found_by_its_new_words_and_what_is_gone_is_not_found() {
    let edited = "edited later".to_owned();
    for early in [false, true] {
        let mut store = Store::in_memory().unwrap();
        let reader = store.reader().unwrap();
        let count = |word| {
            let found = reader.search(&query(&[(word, false)])).unwrap();
            found.messages.len()
        };
        let mut other = Author::other(2);
        let first = other.message("first words");
        let deleted = other.message("second words");
        let hidden = other.message("third words");
        let edit = on(
            &mut other,
            &first,
            &Content::Edit {
                text: edited.clone(),
            },
        );
        other.disappears_after = Some(60);
        let passing = other.message("fourth words");
        let mut all = vec![first, deleted.clone(), hidden.clone(), edit, passing];
        if early {
            all.reverse();
        }
        store.apply(&inserts(&all)).unwrap();
        assert_eq!(["first", "edited", "words"].map(count), [0, 1, 3]);
        let delete = on(&mut other, &deleted, &Content::Delete);
        let changes = [
            insert(&delete),
            Change::DropForMe(hidden.operation.id()),
            Change::EraseExpired(WallTime::from_millis(u64::MAX)),
        ];
        store.apply(&changes).unwrap();
        assert_eq!(
            ["edited", "words", "second", "third", "fourth"].map(count),
            [1, 0, 0, 0, 0]
        );
        let all = reader.search(&query(&[])).unwrap();
        assert_eq!(texts(&all.messages), ["edited later"]);
        let left: Vec<_> = indexed_terms(&store)
            .into_iter()
            .map(|(term, ..)| term)
            .collect();
        assert_eq!(left, ["edited", "later"]);
        assert_eq!(reader.check().unwrap(), Vec::<String>::new());
    }
}

/// The words of the text that is removed, as the index holds them.
const SECRETS: [&str; 4] = ["xyzzy", "秘密", "密", "пароль"];
const SECRET: &str = "xyzzy 秘密 Пароль";

fn holds(bytes: &[u8], needle: &str) -> bool {
    bytes
        .windows(needle.len())
        .any(|part| part == needle.as_bytes())
}

/// Puts in a text between so many others, looks, takes it out and looks again.
fn put_in_and_take_out(
    connection: &mut Connection,
    others: i64,
    look: impl Fn(&Connection) -> Vec<u8>,
) {
    for number in 0..others {
        let transaction = connection.transaction().unwrap();
        add(&transaction, 2 * number, &format!("message {number}")).unwrap();
        if number == others / 2 {
            add(&transaction, 2 * number + 1, SECRET).unwrap();
        }
        transaction.commit().unwrap();
    }
    let before = look(connection);
    assert!(SECRETS.iter().all(|secret| holds(&before, secret)));
    let transaction = connection.transaction().unwrap();
    remove(&transaction, 2 * (others / 2) + 1, SECRET).unwrap();
    transaction.commit().unwrap();
    let after = look(connection);
    for secret in SECRETS {
        assert!(!holds(&after, secret), "{secret} among {others}");
    }
    assert!(holds(&after, "message"), "others' words stay");
}

#[test]
fn no_page_holds_the_words_of_a_removed_text() {
    // Without encryption and else with the same settings, so that the file can be looked at.
    for others in [1, 3, 400] {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("plain.db");
        let mut connection = crate::connection::open_plain(&path).unwrap();
        crate::schema::migrate(&mut connection).unwrap();
        put_in_and_take_out(&mut connection, others, |connection| {
            connection
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
                .unwrap();
            let mut bytes = fs::read(&path).unwrap();
            bytes.extend(fs::read(directory.path().join("plain.db-wal")).unwrap());
            bytes
        });
    }
}

#[test]
fn no_row_of_the_decrypted_database_holds_the_words_of_a_removed_text() {
    let home = Home::new();
    let store = home.create();
    let decrypted = |connection: &Connection| {
        let directory = tempfile::tempdir().unwrap();
        let plain = directory.path().join("plain.db");
        fs::write(&plain, b"").unwrap();
        connection
            .execute("ATTACH DATABASE ?1 AS plain KEY ''", [plain.to_str()])
            .unwrap();
        connection
            .query_row("SELECT sqlcipher_export('plain')", [], |_| Ok(()))
            .unwrap();
        connection.execute_batch("DETACH DATABASE plain").unwrap();
        fs::read(plain).unwrap()
    };
    put_in_and_take_out(&mut store.lock(), 40, decrypted);
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-c\"'*():^+\\-{} ANDORTE東京\u{301}]{0,40}",
        "(NEAR|AND|OR|NOT|terms|[*:\"\\(\\)^+,-]| ){0,12}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_text_can_be_searched_for_and_finds_the_message_that_says_it(
        text in any_text(), open: bool,
    ) {
        let (_store, reader) = holding(&[&text, "something else"]);
        if let Some(word) = SearchWord::new(&text, open) {
            let query = SearchQuery { words: vec![word], ..query(&[]) };
            let found = reader.search(&query).unwrap();
            prop_assert!(found.messages.iter().any(|row| row.text == text), "{:?}", text);
        }
    }

    #[test]
    fn whatever_is_put_in_and_taken_out_leaves_the_index_as_it_was(
        texts in prop::collection::vec(any_text(), 1..6), kept in any_text(),
    ) {
        let (store, reader) = holding(&[&kept]);
        let before = indexed_terms(&store);
        let numbered: Vec<_> = (10..).zip(&texts).collect();
        change(&store, |transaction| {
            for (number, text) in &numbered {
                add(transaction, *number, text).unwrap();
            }
        });
        for (number, text) in numbered {
            change(&store, |transaction| remove(transaction, number, text).unwrap());
        }
        prop_assert_eq!(indexed_terms(&store), before);
        prop_assert_eq!(reader.check().unwrap(), Vec::<String>::new());
    }
}

#[test]
fn what_is_found_ends_at_its_bytes_and_says_that_there_is_more() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let mut author = Author::other(2);
    let text = |number| format!("word {number} {}", "\u{1}".repeat(31 * 1024));
    let count = FOUND_BYTES_MAX / text(0).len() + 3;
    let messages: Vec<_> = (0..count).map(|n| author.message(&text(n))).collect();
    store.apply(&inserts(&messages)).unwrap();
    let all = SearchQuery {
        limit: 1_000,
        ..query(&[("word", false)])
    };
    let found = reader.search(&all).unwrap();
    let weight = |rows: &[MessageRow]| rows.iter().map(MessageRow::weight).sum::<usize>();
    assert!(found.more && found.messages.len() < count);
    assert!(weight(&found.messages) <= FOUND_BYTES_MAX);
    let one = found.messages[0].weight();
    assert!(weight(&found.messages) + one > FOUND_BYTES_MAX);
    assert_eq!(found.messages.last().unwrap().text, text(count - 1));
    let few = SearchQuery {
        limit: u32::try_from(found.messages.len()).unwrap() - 1,
        ..all
    };
    assert!(reader.search(&few).unwrap().more);
}

#[test]
fn what_weighs_the_most_bytes_is_found_whole_and_one_more_byte_leaves_one_out() {
    const COUNT: usize = 140;
    let text = |bytes: usize| format!("word {}", "\u{1}".repeat(bytes - 5));
    let found = |texts: &[String]| {
        let mut store = Store::in_memory().unwrap();
        let reader = store.reader().unwrap();
        let mut author = Author::other(2);
        let messages: Vec<_> = texts.iter().map(|text| author.message(text)).collect();
        store.apply(&inserts(&messages)).unwrap();
        let all = SearchQuery {
            limit: 1_000,
            ..query(&[("word", false)])
        };
        reader.search(&all).unwrap()
    };
    let around = found(&[text(100)]).messages[0].weight() - 100;
    let each = FOUND_BYTES_MAX / COUNT - around;
    let mut texts = vec![text(each); COUNT];
    let rest = FOUND_BYTES_MAX - (COUNT - 1) * (each + around);
    texts[0] = text(rest - around);
    let most = found(&texts);
    let weight: usize = most.messages.iter().map(MessageRow::weight).sum();
    assert_eq!(weight, FOUND_BYTES_MAX);
    assert_eq!((most.messages.len(), most.more), (COUNT, false));
    texts[0].push('!');
    let fewer = found(&texts);
    assert_eq!((fewer.messages.len(), fewer.more), (COUNT - 1, true));
}
