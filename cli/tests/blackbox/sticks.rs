//! Files that carry what people write where no network does, their nodes not running.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::person::{Person, ann_and_ben};
use crate::rooms::team;

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

/// The same, whom nobody reaches whatever they run: on one machine others carry for them, too.
pub(crate) fn ann_and_ben_apart() -> (Person, Person) {
    let (ann, ben) = ann_and_ben_offline();
    for person in [&ann, &ben] {
        person.json(&["config", "set", "network.mode", "offline"]);
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
    for content in ["Dear B", "Dear Ben, the bridge is open."] {
        let text = ben.file("letter.txt", content);
        let text = text.to_str().unwrap();
        for verb in ["import", "inspect"] {
            let refused = ben.run(&["bundle", verb, text]).exits(1);
            let said = format!("tidings: {text} is not a bundle of Tidings.\n");
            assert_eq!((refused.out.as_str(), refused.err), ("", said));
            let refused = ben.run(&["--json", "bundle", verb, text]).exits(1);
            assert_eq!(refused.line()["damaged"][0]["foreign"], json!(true));
            ben.run(&["bundle", verb, "/nowhere/at/all"]).exits(4);
        }
        let refused = ben.run(&["bundle", "export", text]).exits(1).err;
        assert!(
            refused.contains("is not a bundle: name another file"),
            "{refused}"
        );
        assert_eq!(std::fs::read_to_string(text).unwrap(), content);
    }
    // And what is one comes thereafter.
    ann.json(&["send", "Ben", "second", "--offline"]);
    assert!(take(&ann, &ben)["for_me"].as_u64().unwrap() >= 1);
    assert_eq!(ben.heard("Ann"), ["frist", "second"]);
}

#[test]
fn what_the_system_says_of_a_path_is_said_in_words_and_with_no_number() {
    let ann = Person::new("Ann");
    let file = ann.file("letter.txt", "Dear Ben");
    let path = file.join("stick");
    let refused = ann.run(&["bundle", "export", path.to_str().unwrap()]);
    let said = format!("{} cannot be used (it is no directory)", path.display());
    let refused = refused.exits(1).err;
    assert!(refused.contains(&said), "{refused}");
}

#[test]
fn whoever_mistypes_a_directory_is_told_that_a_new_file_was_made() {
    let (ann, _ben) = ann_and_ben_apart();
    let media = tempfile::tempdir().unwrap();
    let stick = media.path().join("stick");
    std::fs::create_dir(&stick).unwrap();
    let mistyped = media.path().join("stcik");
    let (stick, mistyped) = (stick.to_str().unwrap(), mistyped.to_str().unwrap());
    let exported = |path| ann.run(&["bundle", "export", path]).exits(0).out;
    let says_new =
        |path| exported(path).contains("a new file: no directory of that name was there");
    assert!(!says_new(stick));
    assert!(says_new(mistyped));
    assert!(!says_new(mistyped), "it is replaced");
    let again = format!("{mistyped}.again");
    for (path, is_new) in [(stick, false), (mistyped, false), (&again, true)] {
        let line = ann.json(&["bundle", "export", path])[0].clone();
        assert_eq!(line["new_file"], json!(is_new), "{line}");
    }
}

/// Takes what one has for somebody or some room to a stick; the file.
#[track_caller]
fn take_for(from: &Person, who: &str, stick: &Path) -> PathBuf {
    let file = stick.join(format!("for {who}"));
    from.json(&["bundle", "export", file.to_str().unwrap(), "--for", who]);
    file
}

#[track_caller]
fn give(to: &Person, file: &Path) {
    to.json(&["bundle", "import", file.to_str().unwrap()]);
}

#[test]
fn what_is_taken_for_a_room_is_of_that_room_and_what_is_taken_for_somebody_is_all_that_they_open() {
    let (mut ann, mut ben, mut carla) = team();
    for person in [&mut ann, &mut ben, &mut carla] {
        person.run(&["daemon", "stop"]).exits(0);
        person.take_daemon().ended();
    }
    let stick = tempfile::tempdir().unwrap();
    ann.json(&["send", "Team", "in the room", "--offline"]);
    ann.json(&["send", "Ben", "for Ben", "--offline"]);
    let for_room = take_for(&ann, "Team", stick.path());
    give(&ben, &for_room);
    give(&carla, &for_room);
    assert_eq!(ben.heard("Team"), ["hello", "hi all", "in the room"]);
    assert_eq!(carla.heard("Team"), ["hello", "hi Ann", "in the room"]);
    assert_eq!(ben.heard("Ann"), Vec::<String>::new());
    ann.json(&["send", "Team", "once more", "--offline"]);
    give(&ben, &take_for(&ann, "Ben", stick.path()));
    assert_eq!(ben.heard("Ann"), ["for Ben"]);
    assert_eq!(ben.heard("Team").pop().unwrap(), "once more");
}

#[test]
fn what_is_taken_for_somebody_who_joined_by_stick_answers_that_join() {
    let (ann, ben) = (Person::new("Ann"), Person::new("Ben"));
    let joined = ben.run(&["--json", "join", &ann.invite(), "--timeout", "1s"]);
    let joined = joined.exits(5);
    assert_eq!(joined.line()["state"], "pending");
    assert!(joined.err.contains("bundle export PATH"), "{joined:?}");
    take(&ben, &ann);
    ann.json(&["send", "Ben", "welcome", "--offline"]);
    let stick = tempfile::tempdir().unwrap();
    give(&ben, &take_for(&ann, "Ben", stick.path()));
    assert_eq!(ben.json(&["contacts"])[0]["state"], "active");
    give(&ben, &take_for(&ann, "Ben", stick.path()));
    assert_eq!(ben.heard("Ann"), ["welcome"]);
}

#[test]
fn a_stick_that_both_nodes_watch_carries_by_itself() {
    let (mut ann, mut ben) = ann_and_ben_offline();
    let stick = tempfile::tempdir().unwrap();
    let flags = ["--mode", "offline", "--watch"];
    let watched = [&flags[..], &[stick.path().to_str().unwrap()]].concat();
    ann.start_with(&watched, None);
    ben.start_with(&watched, None);
    ann.tell("Ben", "there");
    ben.tell("Ann", "and back");
    assert_eq!(ben.heard("Ann"), ["frist", "there"]);
    assert_eq!(ann.heard("Ben"), ["and back"]);
}

#[test]
fn that_a_message_was_read_comes_back_by_stick_though_no_node_runs_anywhere() {
    let (ann, ben) = ann_and_ben_offline();
    ann.json(&["send", "Ben", "second", "--offline"]);
    take(&ann, &ben);
    take(&ben, &ann);
    let state = |person: &Person| person.json(&["read"]).pop().unwrap()["state"].clone();
    assert_eq!(state(&ann), "delivered");
    ben.json(&["read", "Ann", "--mark"]);
    let stick = tempfile::tempdir().unwrap();
    give(&ann, &take_for(&ben, "Ann", stick.path()));
    assert_eq!(state(&ann), "read");
}

#[test]
fn in_a_room_that_all_came_and_was_read_comes_back_by_stick() {
    let (mut ann, mut ben, mut carla) = team();
    for person in [&mut ann, &mut ben, &mut carla] {
        person.run(&["daemon", "stop"]).exits(0);
        person.take_daemon().ended();
    }
    ann.json(&["send", "Team", "second", "--offline"]);
    for other in [&ben, &carla] {
        take(&ann, other);
        other.json(&["read", "Team", "--mark"]);
        take(other, &ann);
    }
    let said = ann.json(&["read", "Team"]).pop().unwrap();
    assert_eq!(said["state"], "read", "{said}");
}

#[test]
fn what_is_imported_twice_is_nothing_new() {
    let (ann, ben) = ann_and_ben_offline();
    ann.json(&["send", "Ben", "second", "--offline"]);
    let stick = tempfile::tempdir().unwrap();
    let file = stick.path().join("taken");
    let file = file.to_str().unwrap();
    ann.run(&["bundle", "export", file]).exits(0);
    ben.run(&["bundle", "import", file]).exits(0);
    let again = ben.run(&["bundle", "import", file]).exits(0).out;
    assert_eq!(again, format!("Nothing new in {file}.\n"));
    assert_eq!(ben.json(&["bundle", "import", file])[0]["new"], json!(0));
    // What has arrived is a note to whoever still carries it.
    let told = ben.run(&["bundle", "export", file]).exits(0).out;
    assert!(told.contains("of what has arrived ("), "{told}");
}

#[test]
fn where_nothing_waits_for_somebody_it_is_said() {
    let (ann, ben) = ann_and_ben_offline();
    take(&ann, &ben);
    take(&ben, &ann);
    let stick = tempfile::tempdir().unwrap();
    let file = stick.path().join("for Ben");
    let file = file.to_str().unwrap();
    let written = ann
        .run(&["bundle", "export", file, "--for", "ben"])
        .exits(0);
    let said = format!("Nothing waits for ben; {file} says ");
    assert!(written.out.starts_with(&said), "{written:?}");
    assert_eq!(
        ann.json(&["bundle", "inspect", file])[0]["envelopes"],
        json!(0)
    );
}

#[test]
fn two_exports_at_once_both_end_well_with_a_node_and_without() {
    let (mut ann, _ben) = ann_and_ben_offline();
    ann.json(&["send", "Ben", "second", "--offline"]);
    let stick = tempfile::tempdir().unwrap();
    let (directory, file) = (stick.path().join("each"), stick.path().join("one"));
    std::fs::create_dir(&directory).unwrap();
    for has_node in [false, true] {
        if has_node {
            ann.start_with(&["--mode", "offline"], None);
        }
        let ann = &ann;
        std::thread::scope(|scope| {
            for target in [&directory, &file].into_iter().cycle().take(6) {
                let target = target.to_str().unwrap();
                scope.spawn(move || ann.run(&["bundle", "export", target]).exits(0));
            }
        });
    }
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 6);
    let one = ann.json(&["bundle", "inspect", file.to_str().unwrap()]);
    assert!(one[0]["envelopes"].as_u64().unwrap() >= 1, "{one:?}");
}

/// Waits until a node's log says something.
#[track_caller]
fn logs(person: &Person, said: &str) {
    let log = person.log.as_ref().unwrap();
    let mut text = String::new();
    for _ in 0..600 {
        text = std::fs::read_to_string(log).unwrap_or_default();
        if text.contains(said) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("not said: {said}: {text}");
}

#[test]
fn a_directory_to_watch_that_is_not_there_is_told_of_and_a_file_is_none() {
    let mut ann = Person::new("Ann");
    let file = ann.file("letter.txt", "Dear Ben,");
    let refused = ann.run(&["daemon", "run", "--watch", file.to_str().unwrap()]);
    assert!(refused.exits(2).err.contains("Name a directory"));
    let place = tempfile::tempdir().unwrap();
    let stick = place.path().join("stick");
    ann.log = Some(ann.file("log", ""));
    let stick = stick.to_str().unwrap();
    ann.start_with(&["--mode", "offline", "--mailbox", "--watch", stick], None);
    logs(
        &ann,
        &format!("Watching {stick}, which is not there at the moment."),
    );
    let status = &ann.json(&["status"])[0];
    assert_eq!(
        (&status["mailbox"], &status["watching"]),
        (&json!(true), &json!(stick))
    );
    let plain = ann.run(&["status"]).exits(0).out;
    assert!(
        plain.contains("Mailbox") && plain.contains(stick),
        "{plain}"
    );
    let said = ann.detail("watching");
    assert!(said.contains(stick) && said.contains("not there"), "{said}");
}

#[test]
fn a_watched_file_that_is_damaged_is_told_of_with_why() {
    let (ann, mut ben) = ann_and_ben_offline();
    ann.json(&["send", "Ben", "second", "--offline"]);
    let stick = tempfile::tempdir().unwrap();
    let file = stick.path().join("cut.tidings");
    ann.json(&["bundle", "export", file.to_str().unwrap()]);
    let bytes = std::fs::read(&file).unwrap();
    std::fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let why = ben
        .run(&["bundle", "import", file.to_str().unwrap()])
        .exits(1)
        .err;
    let why = why.strip_prefix("tidings: ").unwrap().trim_end();
    ben.log = Some(ben.file("log", ""));
    let flags = [
        "--mode",
        "offline",
        "--watch",
        stick.path().to_str().unwrap(),
    ];
    ben.start_with(&flags, None);
    logs(&ben, why);
    let log = std::fs::read_to_string(ben.log.as_ref().unwrap()).unwrap();
    assert!(!log.contains("Took 0"), "{log}");
}
