//! What is said nearby, as far as one machine goes: loopback is announced to nobody. What goes from host to host is
//! in the tests of networks.

use crate::contract::keeps_its_promise;
use crate::person::{Person, Rpc, ann_and_ben, request_id};

/// What a text has at most, as docs/CLI.md says.
const NOTICE_TEXT_BYTES_MAX: usize = 1024;

fn texts(lines: &[serde_json::Value]) -> Vec<&str> {
    lines
        .iter()
        .map(|line| line["text"].as_str().unwrap())
        .collect()
}

#[test]
fn what_is_said_is_shown_in_order_and_never_as_verified() {
    let ann = Person::new("Ann");
    let said = ann.json(&["nearby", "send", "Water at the school"]);
    ann.json(&["checkin", "I am safe"]);
    let dashes = ann.json(&["checkin", "--as", "Nobody", "--", "list"]);
    let heard = ann.json(&["nearby"]);
    assert_eq!(texts(&heard), ["Water at the school", "I am safe", "list"]);
    assert_eq!(heard, ann.json(&["nearby", "read"]));
    assert_eq!(heard[1..], ann.json(&["nearby", "--limit", "2"]));
    assert_eq!(heard[2..], ann.json(&["nearby", "read", "--limit", "1"]));
    assert_eq!(said[0], heard[0]);
    assert_eq!(dashes[0], heard[2]);
    let kinds: Vec<_> = heard
        .iter()
        .map(|one| one["kind"].as_str().unwrap())
        .collect();
    assert_eq!(kinds, ["message", "checkin", "checkin"]);
    for (line, name) in heard.iter().zip(["Ann", "Ann", "Nobody"]) {
        keeps_its_promise(line);
        assert_eq!((&line["name"], &line["mine"]), (&name.into(), &true.into()));
        assert_eq!(line["verified"], false);
        assert_eq!(line["key"], heard[0]["key"]);
        let (sent, received) = (line["sent_at"].as_u64(), line["received_at"].as_u64());
        assert_eq!(sent, received);
    }
    // The latest of the one key.
    assert_eq!(ann.json(&["checkin", "list"]), [heard[2].clone()]);
    let plain = ann.run(&["nearby"]).exits(0);
    assert!(plain.out.contains("you, as Ann (key "), "{plain:?}");
    assert!(plain.err.contains("Unverified"), "{plain:?}");
}

#[test]
fn a_check_in_is_written_to_every_contact_who_sees_that_it_is_from_whom_it_says() {
    let (mut ann, ben) = ann_and_ben();
    let lines = ann.json(&["checkin", "I am safe"]);
    let types: Vec<_> = lines
        .iter()
        .map(|line| line["type"].as_str().unwrap())
        .collect();
    assert_eq!(types, ["notice", "message"]);
    assert_eq!(lines[1]["body"], "I am safe");
    lines.iter().for_each(keeps_its_promise);
    ann.tell("Ben", "and at home");
    assert_eq!(ben.heard("Ann"), ["I am safe", "and at home"]);
    ann.run(&["checkin", "lsit"]).exits(2);
    let plain = ann.run(&["checkin", "I am at home"]).exits(0);
    assert!(plain.out.contains("  to Ben: I am at home"), "{plain:?}");
    // Whatever keeps it from those near.
    ann.json(&["config", "set", "nearby", "off"]);
    let told = ann.run(&["--json", "checkin", "I am still safe"]).exits(0);
    let lines = told.lines();
    assert_eq!((lines.len(), &lines[0]["type"]), (1, &"message".into()));
    assert!(told.err.contains("turned off"), "{told:?}");
    // Without a node it is tried for some seconds, and said to go on.
    ann.json(&["daemon", "stop"]);
    ann.take_daemon().ended();
    let told = ann.run(&["checkin", "--offline", "later"]).exits(0);
    assert!(told.err.contains("daemon run"), "{told:?}");
}

#[test]
fn turned_off_it_is_gone_and_what_is_said_after_it_is_under_another_key() {
    let ann = Person::new("Ann");
    let before = ann.json(&["nearby", "send", "hello"]);
    let set = ann.json(&["config", "set", "nearby", "off"]);
    assert_eq!(set[0]["values"], serde_json::json!(["on", "off"]));
    for refused in [
        &["nearby"][..],
        &["nearby", "send", "hello"],
        &["checkin", "hello"],
        &["checkin", "list"],
    ] {
        let refused = ann.run(refused).exits(1);
        assert!(refused.err.contains("config set nearby on"), "{refused:?}");
    }
    ann.json(&["config", "set", "nearby", "on"]);
    assert!(ann.json(&["nearby"]).is_empty());
    let after = ann.json(&["nearby", "send", "hello"]);
    assert_ne!(before[0]["key"], after[0]["key"]);
}

#[test]
fn what_cannot_be_said_is_refused_and_says_why() {
    let ann = Person::new("Ann");
    let most = "x".repeat(NOTICE_TEXT_BYTES_MAX);
    for verb in [&["nearby", "send"][..], &["checkin"]] {
        assert_eq!(
            texts(&ann.json(&[verb, &[&most]].concat())),
            [most.as_str()]
        );
        let more = format!("{most}x");
        let refused = ann.run(&[verb, &[&more]].concat());
        assert!(refused.exits(2).err.contains("1024"));
        ann.run(&[verb, &[" "]].concat()).exits(2);
        ann.run(verb).exits(2);
        ann.run(&[verb, &["--as", "a\nb", "hello"]].concat())
            .exits(2);
    }
    // The first check-in is said above, and one is refused.
    for number in 1..8 {
        ann.json(&["checkin", &number.to_string()]);
    }
    let refused = ann.run(&["checkin", "one more"]).exits(1);
    assert!(refused.err.contains("wait some minutes"), "{refused:?}");
    ann.json(&["nearby", "send", "what is no check-in"]);
}

#[test]
fn what_is_sent_again_after_a_lost_connection_is_said_once() {
    let ann = Person::online("Ann");
    let mut rpc = Rpc::start(&ann);
    let params = serde_json::json!({"request": request_id(1), "text": "I am safe"});
    for id in 1..=2 {
        rpc.ask(id, "checkin_post", &params);
        let reply = rpc.reply().unwrap();
        assert_eq!(reply["result"]["notice"]["text"], "I am safe", "{reply}");
        assert_eq!(reply["result"]["messages"], serde_json::json!([]));
    }
    rpc.end();
    assert_eq!(ann.json(&["nearby"]).len(), 1);
}
