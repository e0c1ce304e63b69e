//! Who is connected, what waits and why, and what would help.

use serde_json::Value;

use crate::contract::keeps_its_promise;
use crate::person::{Person, ann_and_ben, pair, run};

/// What the doctor finds, whatever it is.
fn checks(person: &Person, who: &[&str]) -> Vec<Value> {
    let command = person.command(&[&["--json", "doctor"], who].concat());
    let lines = run(command, None).lines();
    lines.iter().for_each(keeps_its_promise);
    lines
}

#[track_caller]
fn check<'a>(checks: &'a [Value], name: &str) -> &'a Value {
    let mut checks = checks.iter();
    checks.find(|check| check["name"] == name).unwrap()
}

fn says(check: &Value, field: &str, what: &str) -> bool {
    check[field].as_str().unwrap().contains(what)
}

/// Ends somebody's node, which says goodbye.
#[track_caller]
fn leave(person: &mut Person) {
    assert_eq!(person.take_daemon().terminate("-TERM"), Some(0));
}

/// Waits until what somebody says of their peers is so.
fn until(person: &Person, so: impl Fn(&[Value]) -> bool) -> Vec<Value> {
    loop {
        let peers = person.json(&["peers"]);
        if so(&peers) {
            peers.iter().for_each(keeps_its_promise);
            return peers;
        }
    }
}

#[test]
fn where_nothing_is_wrong_the_doctor_ends_well() {
    let (ann, _ben) = ann_and_ben();
    ann.tell("Ben", "hello");
    let lines = ann.json(&["doctor"]);
    assert!(lines.iter().all(|check| check["ok"] == true), "{lines:?}");
    let plain = ann.run(&["doctor"]).exits(0);
    assert!(
        plain.out.contains("ok  queue: Nothing waits"),
        "{}",
        plain.out
    );
    let mut told = plain.out.lines();
    assert!(told.all(|line| line.starts_with("ok  ")), "{}", plain.out);
    assert!(says(check(&lines, "listening"), "hint", "--listen"));
    for (name, said) in [
        ("interfaces", "This device has "),
        ("documents", "1 document of 1 conversation was built again"),
    ] {
        assert!(says(check(&lines, name), "detail", said), "{lines:?}");
    }
    let about = ann.run(&["doctor", "Ben"]).exits(0).out;
    assert!(
        about.contains("ok  connection: Ben is connected on this network."),
        "{about}"
    );
    let peers = ann.json(&["peers"]);
    assert_eq!((peers.len(), &peers[0]["name"]), (1, &Value::from("Ben")));
    assert_eq!(peers[0]["session"], true);
    assert_eq!(peers[0]["path"], "lan");
    let plain = ann.run(&["peers"]).exits(0).out;
    assert!(
        plain.contains("on this network at /ip4/127.0.0.1"),
        "{plain}"
    );
    ann.run(&["doctor", "Nobody"]).exits(4);
}

#[test]
fn what_waits_for_somebody_away_is_told_with_what_would_help() {
    let (ann, mut ben) = ann_and_ben();
    ann.tell("Ben", "hello");
    leave(&mut ben);
    until(&ann, |peers| peers[0]["path"].is_null());
    ann.json(&["send", "Ben", "are you there?"]);
    let ran = ann.run(&["doctor"]).exits(1);
    assert!(
        ran.out.contains("!!  queue: 1 message waits for Ben"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Meet once"), "{}", ran.out);
    assert!(ran.err.contains("checks found something"), "{}", ran.err);
    let all = checks(&ann, &[]);
    let queue = check(&all, "queue");
    assert_eq!(queue["ok"], false);
    assert!(says(queue, "detail", "nobody has promised"), "{queue}");
    let peers = until(&ann, |peers| !peers[0]["last_error"].is_null());
    assert!(peers[0]["failed_at"].is_u64(), "{peers:?}");
    let about = checks(&ann, &["Ben"]);
    let connection = check(&about, "connection");
    assert_eq!(connection["ok"], false);
    assert!(says(connection, "detail", "The last try, "), "{connection}");
    assert_eq!(check(&about, "under_way")["ok"], false);
    assert_eq!(
        (&peers[0]["queued"], &peers[0]["under_way"]),
        (&1.into(), &1.into())
    );
    let plain = ann.run(&["peers"]).exits(0).out;
    assert!(plain.contains("away, last heard"), "{plain}");
    assert!(plain.contains("; last tried "), "{plain}");
    assert!(
        plain.contains("1 envelope under way, kept by nobody else"),
        "{plain}"
    );
    let status = &ann.json(&["status"])[0];
    assert_eq!(
        (&status["under_way"], &status["promised"]),
        (&1.into(), &0.into())
    );
}

#[test]
fn what_a_friend_keeps_is_well_and_told_with_their_name() {
    let (ann, mut ben) = ann_and_ben();
    let carla = Person::online("Carla");
    pair(&ann, &carla);
    ann.tell("Carla", "hello");
    leave(&mut ben);
    ann.run(&["send", "Ben", "--wait", "carried", "over Carla"])
        .exits(0);
    let about = checks(&ann, &["Ben"]);
    for name in ["queue", "under_way"] {
        let kept = check(&about, name);
        assert_eq!(kept["ok"], true, "{kept}");
        assert!(says(kept, "detail", "Kept by Carla"), "{kept}");
    }
    assert!(says(check(&about, "connection"), "hint", "Meet once"));
    ann.run(&["doctor", "Ben"]).exits(0);
    let status = &ann.json(&["status"])[0];
    assert_eq!(
        (&status["promised"], &status["neighbours"]),
        (&1.into(), &1.into())
    );
    let plain = ann.run(&["status"]).exits(0).out;
    assert!(plain.contains("1 of them kept by others"), "{plain}");
}

#[test]
fn whom_one_blocked_is_told_of_and_how_to_undo_it() {
    let (ann, _ben) = ann_and_ben();
    ann.json(&["contacts", "block", "Ben"]);
    let about = checks(&ann, &["Ben"]);
    let contact = check(&about, "contact");
    assert_eq!(contact["ok"], false);
    let hint = contact["hint"].as_str().unwrap();
    // What it says to do does it.
    let command = hint.split('`').nth(1).unwrap();
    let arguments: Vec<&str> = command.split(' ').skip(1).collect();
    ann.json(&arguments);
    assert_eq!(check(&checks(&ann, &["Ben"]), "contact")["ok"], true);
}

#[test]
fn without_a_node_the_doctor_says_so_and_leaves_nothing_behind() {
    let ann = Person::new("Ann");
    let before = std::fs::read_dir(&ann.home).unwrap().count();
    let all = checks(&ann, &[]);
    assert_eq!(check(&all, "node")["ok"], false);
    assert!(says(check(&all, "node"), "hint", "daemon run"));
    for name in ["clock", "disk", "database", "carrying", "queue"] {
        assert_eq!(check(&all, name)["ok"], true, "{all:?}");
    }
    assert!(std::fs::read_dir(&ann.home).unwrap().count() <= before);
    let plain = ann.run(&["doctor"]).exits(1).out;
    let hints = plain.matches("`tidings daemon run` keeps").count();
    assert_eq!(hints, 1, "{plain}");
    assert!(plain.contains("takes another 1 MiB"), "{plain}");
}

#[test]
fn two_who_have_the_same_messages_read_the_same_digits_to_each_other() {
    let (ann, ben) = ann_and_ben();
    ann.tell("Ben", "hello");
    let digits = |person: &Person, who| {
        let all = checks(person, &[who]);
        let detail = check(&all, "documents")["detail"].as_str().unwrap();
        let (_, after) = detail.split_once("What it comes to is ").unwrap();
        let (digits, _) = after.split_once(';').unwrap();
        assert_eq!(digits.len(), "0123 4567 89ab cdef".len(), "{digits}");
        digits.to_owned()
    };
    assert_eq!(digits(&ann, "Ben"), digits(&ben, "Ann"));
}

#[test]
fn a_status_says_from_where_others_get_to_it_and_that_nobody_does_without_a_node() {
    let mut ann = Person::online("Ann");
    let status = &ann.json(&["status"])[0];
    let nobody = serde_json::json!({
        "public": [],
        "between": "unknown",
        "relays": [],
        "is_relay": false,
    });
    assert_eq!(status["reach"], nobody);
    let line = |person: &Person, about: &str| {
        let plain = person.run(&["status"]).exits(0).out;
        let line = plain.lines().find(|line| line.starts_with(about));
        let (_, said) = line.unwrap().split_once("  ").unwrap();
        said.trim_start().to_owned()
    };
    assert_eq!(line(&ann, "Mode"), "auto");
    let reached = line(&ann, "Reached");
    assert!(reached.ends_with("by nobody it knows of"), "{reached}");
    leave(&mut ann);
    assert_eq!(
        line(&ann, "Mode"),
        "offline, as no node runs; `auto` is set"
    );
    assert_eq!(line(&ann, "Reached"), "by nobody");
    ann.start_with(&["--mode", "offline"], None);
    let mode = line(&ann, "Mode");
    assert!(mode.starts_with("offline; `auto` is set"), "{mode}");
    assert_eq!(line(&ann, "Reached"), "by nobody");
}

#[test]
fn a_hostile_name_steers_no_terminal() {
    let ann = Person::online("Ann");
    let mut mallory = Person::online("\u{202e}Mal\u{200b} ok");
    pair(&ann, &mallory);
    leave(&mut mallory);
    let contact = ann.json(&["contacts"])[0]["person"].clone();
    let who = contact.as_str().unwrap();
    ann.json(&["send", who, "hello"]);
    for command in [&["peers"][..], &["doctor"], &["doctor", who]] {
        let out = ann.run(command).out;
        assert!(out.contains("\\u{202e}Mal"), "{out}");
        assert!(!out.contains(['\u{202e}', '\u{200b}']), "{out:?}");
    }
}
