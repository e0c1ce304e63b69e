//! Who is mentioned in what others write, and what they see of it.

use serde_json::{Value, json};

use crate::contract::keeps_its_promise;
use crate::person::{Person, pair};

/// Ann, Ben and 김민수 in a room of Ann's; the others do not know each other.
fn team() -> (Person, Person, Person) {
    let (ann, ben, minsu) = (
        Person::online("Ann"),
        Person::online("Ben"),
        Person::online("김민수"),
    );
    pair(&ann, &ben);
    pair(&ann, &minsu);
    ann.json(&["room", "create", "Team", "--with", "Ben", "김민수"]);
    ann.tell("Team", "hello all");
    (ann, ben, minsu)
}

/// The texts in what was printed that mention whoever printed it.
fn mentioning(lines: &[Value]) -> Vec<&str> {
    let lines = lines.iter().filter(|line| line["mentions_me"] == true);
    lines.map(|line| line["body"].as_str().unwrap()).collect()
}

#[test]
fn a_member_whose_name_is_called_is_told_and_nobody_else() {
    let (ann, ben, minsu) = team();
    let sent = ann.tell("Team", "@김민수님, @ben: ben@ann.example is my address");
    assert_eq!(sent["mentions_me"], false, "nobody mentions themselves");
    ann.tell("Team", "@Bennett is not here, nor @김민");
    let texts = ["@김민수님, @ben: ben@ann.example is my address"];
    for person in [&ben, &minsu] {
        let read = person.json(&["read", "Team"]);
        read.iter().for_each(keeps_its_promise);
        assert_eq!(mentioning(&read), texts);
        let found = person.json(&["search", "example"]);
        assert_eq!(mentioning(&found), texts);
        let arrived = person.json(&["read", "Team", "--since", "0"]);
        assert_eq!(mentioning(&arrived), texts);
        let shown = person.run(&["read", "Team"]).exits(0).out;
        assert_eq!(shown.matches("(mentions you)").count(), 1, "{shown}");
    }
    assert!(mentioning(&ann.json(&["read", "Team"])).is_empty());
    let edited = sent["id"].as_str().unwrap();
    ann.json(&["edit", edited, "never mind"]);
    ann.tell("Team", "done");
    assert!(mentioning(&ben.json(&["read", "Team"])).is_empty());
}

#[test]
fn unread_mentions_are_counted_in_muted_conversations_too() {
    let (ann, ben, _minsu) = team();
    ben.json(&["room", "mute", "Team"]);
    ann.tell("Team", "@Ben look");
    ann.tell("Ben", "and @Ben again");
    let counts = |person: &Person| {
        let lines = person.json(&["room", "list"]).into_iter();
        lines.for_each(|line| keeps_its_promise(&line));
        let lines = person.json(&["room", "list"]).into_iter();
        let counts = lines.map(|line| {
            let title = line["title"].as_str().unwrap().to_owned();
            (title, line["unread"].clone(), line["mentions"].clone())
        });
        counts.collect::<Vec<_>>()
    };
    let count = |title: &str, unread: u64, mentions: u64| {
        (title.to_owned(), json!(unread), json!(mentions))
    };
    assert_eq!(counts(&ben), [count("Ann", 1, 1), count("Team", 2, 1)]);
    let listed = ben.run(&["unread"]).exits(0).out;
    assert!(
        listed.contains("2 unread (1 of them mentions you), muted"),
        "{listed}"
    );
    ben.json(&["read", "Team", "--mark"]);
    assert_eq!(counts(&ben), [count("Ann", 1, 1), count("Team", 0, 0)]);
    assert!(
        counts(&ann)
            .iter()
            .all(|(_, _, mentions)| *mentions == json!(0))
    );
}
