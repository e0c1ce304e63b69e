//! Files that carry what people write where no network does, their nodes not running.

use serde_json::{Value, json};

use crate::person::{Person, ann_and_ben};

/// Two who knew each other online, of whom neither is any more.
fn ann_and_ben_offline() -> (Person, Person) {
    let (mut ann, mut ben) = ann_and_ben();
    ann.tell("Ben", "frist");
    for person in [&mut ann, &mut ben] {
        person.run(&["daemon", "stop"]).exits(0);
        person.take_daemon().ended();
    }
    (ann, ben)
}

/// Takes all that one has for others to another; what that one's program says of it.
#[track_caller]
fn take(from: &Person, to: &Person) -> Value {
    let stick = tempfile::tempdir().unwrap();
    let file = stick.path().join("taken");
    let file = file.to_str().unwrap();
    from.json(&["bundle", "export", file]);
    to.json(&["bundle", "import", file])[0].clone()
}

/// The only message, as somebody sees it.
#[track_caller]
fn only(person: &Person) -> Value {
    let messages = person.json(&["read"]);
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages[0].clone()
}

#[test]
fn changes_of_a_message_come_by_stick() {
    let (ann, ben) = ann_and_ben_offline();
    let id = only(&ann)["id"].as_str().unwrap().to_owned();
    ann.json(&["edit", &id, "first", "--offline"]);
    take(&ann, &ben);
    let there = only(&ben);
    assert_eq!(
        (&there["body"], &there["edited"]),
        (&json!("first"), &json!(true))
    );
    ben.json(&["react", &id, "👍", "--offline"]);
    take(&ben, &ann);
    assert_eq!(only(&ann)["reactions"], json!({"👍": ["Ben"]}));
    ann.json(&["delete", &id, "--offline"]);
    take(&ann, &ben);
    let there = only(&ben);
    assert_eq!(
        (&there["body"], &there["deleted"]),
        (&json!(""), &json!(true))
    );
}

#[test]
fn a_file_that_is_no_bundle_is_refused_and_changes_nothing() {
    let (ann, ben) = ann_and_ben_offline();
    let text = ben.file("letter.txt", "Dear Ben,");
    for verb in ["import", "inspect"] {
        ben.run(&["bundle", verb, text.to_str().unwrap()]).exits(1);
        ben.run(&["bundle", verb, "/nowhere/at/all"]).exits(4);
    }
    // And what is one comes thereafter.
    ann.json(&["send", "Ben", "second", "--offline"]);
    assert!(take(&ann, &ben)["for_me"].as_u64().unwrap() >= 1);
    assert_eq!(ben.heard("Ann"), ["frist", "second"]);
}
