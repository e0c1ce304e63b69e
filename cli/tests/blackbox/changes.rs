//! What becomes of messages and conversations: edits, deletions, reactions, pins, lifetimes, archives.

use serde_json::{Value, json};

use crate::person::{Person, ann_and_ben};

/// The only message, as `there` shows it once all that `from` did has arrived.
fn arrived(from: &Person, there: &Person) -> Value {
    from.run(&["sync"]).exits(0);
    let messages = there.json(&["read"]);
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].clone()
}

#[test]
fn changes_of_a_message_show_on_both_sides() {
    let (ann, ben) = ann_and_ben();
    let sent = ann.tell("Ben", "frist");
    let id = sent["id"].as_str().unwrap();
    let edited = &ann.json(&["edit", id, "first"])[0];
    assert_eq!(edited["body"], "first");
    let there = arrived(&ann, &ben);
    assert_eq!(
        (&there["body"], &there["edited"]),
        (&json!("first"), &json!(true))
    );
    ben.json(&["react", id, "👍"]);
    assert_eq!(arrived(&ben, &ann)["reactions"], json!({"👍": ["Ben"]}));
    ben.json(&["react", id, "👍", "--remove"]);
    assert_eq!(arrived(&ben, &ann)["reactions"], json!({}));
    ben.json(&["pin", id]);
    assert_eq!(arrived(&ben, &ann)["pinned"], true);
    ann.json(&["delete", id]);
    let there = arrived(&ann, &ben);
    assert_eq!(
        (&there["body"], &there["deleted"]),
        (&json!(""), &json!(true))
    );
}

#[test]
fn what_cannot_be_changed_says_why() {
    let (ann, ben) = ann_and_ben();
    let id = ann.tell("Ben", "hello")["id"].as_str().unwrap().to_owned();
    ben.run(&["edit", &id, "mine"]).exits(2);
    ben.run(&["delete", &id]).exits(2);
    ben.run(&["delete", &id, "--for-me"]).exits(0);
    assert_eq!(ben.json(&["read"]), Vec::<Value>::new());
    ben.run(&["delete", "aaaaaaaa"]).exits(4);
    for none in ["two words", "ok", "👍👍"] {
        ann.run(&["react", &id, none]).exits(2);
    }
    ann.run(&["room", "expire", "Ben", "0s"]).exits(2);
    ann.run(&["room", "expire", "Nobody", "1d"]).exits(4);
}

#[test]
fn a_draft_is_kept_shown_and_dropped() {
    let (ann, _ben) = ann_and_ben();
    ann.run(&["draft", "Ben", "Dear Ben,"]).exits(0);
    let shown = ann.run(&["draft", "ben"]).exits(0);
    assert_eq!(shown.out.trim(), "Dear Ben,");
    assert_eq!(ann.json(&["room", "info", "Ben"])[0]["draft"], "Dear Ben,");
    ann.run(&["draft", "Ben", ""]).exits(2);
    ann.run(&["draft", "Nobody", "x"]).exits(4);
    ann.run(&["draft", "Ben", "x", "--clear"]).exits(2);
    let cleared = ann.run(&["draft", "Ben", "--clear"]).exits(0);
    assert_eq!(cleared.out.trim(), "No draft is kept.");
    assert_eq!(ann.json(&["draft", "Ben"])[0]["draft"], Value::Null);
}

#[test]
fn what_only_a_room_has_is_refused_for_a_contact() {
    let (ann, _ben) = ann_and_ben();
    for verb in [
        &["room", "accept", "Ben"][..],
        &["room", "invite", "Ben", "Ben"],
        &["room", "remove", "Ben", "Ben"],
        &["room", "role", "Ben", "Ben", "admin"],
        &["room", "rename", "Ben", "Crew"],
        &["room", "leave", "Ben"],
    ] {
        let refused = ann.run(verb).exits(2);
        assert!(refused.err.contains("not a room"), "{verb:?} {refused:?}");
        let mut unknown = verb.to_vec();
        unknown[2] = "Crew";
        let missing = ann.run(&unknown).exits(4);
        assert!(
            missing.err.contains("no contact or room 'Crew'"),
            "{missing:?}"
        );
    }
    ann.run(&["room", "role", "Ben", "Ben", "owner"]).exits(2);
    ann.run(&["room", "invite", "Ben", "Ben", "--history", "some"])
        .exits(2);
}

#[test]
fn a_change_without_a_running_node_is_stored_and_arrives_later() {
    let (mut ann, ben) = ann_and_ben();
    let id = ann.tell("Ben", "frist")["id"].as_str().unwrap().to_owned();
    ann.run(&["daemon", "stop"]).exits(0);
    let edited = &ann.json(&["edit", &id, "first", "--offline"])[0];
    assert_eq!(edited["body"], "first");
    ann.take_daemon().ended();
    ann.start_there();
    assert_eq!(arrived(&ann, &ben)["body"], "first");
}

#[test]
fn an_archived_conversation_is_listed_again_while_something_in_it_is_unread() {
    let (ann, ben) = ann_and_ben();
    let listed = |arguments: &[&str]| ann.json(arguments).len();
    assert_eq!(listed(&["room", "list"]), 1);
    assert_eq!(ann.json(&["room", "archive", "Ben"])[0]["archived"], true);
    assert_eq!(listed(&["room", "list"]), 0);
    assert_eq!(listed(&["room", "list", "--archived"]), 1);
    ben.tell("Ann", "news");
    assert_eq!(listed(&["room", "list"]), 1);
    ann.json(&["read", "--mark"]);
    assert_eq!(listed(&["room", "list"]), 0);
    assert_eq!(
        ann.json(&["room", "unarchive", "Ben"])[0]["archived"],
        false
    );
    assert_eq!(listed(&["room", "list"]), 1);
    let unknown = ann.run(&["room", "info", "Carol"]).exits(4);
    assert!(unknown.err.contains("there is no contact or room 'Carol'"));
}
