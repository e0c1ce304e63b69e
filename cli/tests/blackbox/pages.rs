//! More than one reply can carry.

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use crate::person::{Person, Rpc, ann_and_ben, request_id, run};

/// Messages that would make a reply of more than 64 MiB.
const FLOOD_MESSAGES: u64 = 360;

/// Has somebody write as much as a contact can: texts of 31 KiB that take six times as much in JSON.
fn flood(from: &Person, to: &str) {
    let text = "\u{1}".repeat(31 * 1024);
    let mut rpc = Rpc::start(from);
    for number in 0..FLOOD_MESSAGES {
        let text = format!("{number}{text}");
        let params = json!({"request": request_id(number), "who": to, "text": text});
        assert!(rpc.ask(number, "send", &params));
        let reply = rpc.reply().unwrap();
        assert!(reply["result"]["id"].is_string(), "{reply}");
    }
    rpc.end();
    from.tell(to, "the end");
}

/// The number that a text of the flood begins with; the number after the last for the end.
fn number(message: &Value) -> u64 {
    let body = message["body"].as_str().unwrap();
    match body.split_once('\u{1}') {
        Some((number, _)) => number.parse().unwrap(),
        None => FLOOD_MESSAGES,
    }
}

#[test]
fn what_a_contact_floods_us_with_is_read_whole_and_in_order() {
    let (ann, ben) = ann_and_ben();
    flood(&ben, "Ann");
    let expected: Vec<u64> = (0..=FLOOD_MESSAGES).collect();
    let numbers =
        |arguments: &[&str]| -> Vec<u64> { ann.json(arguments).iter().map(number).collect() };
    let follow = || -> Vec<u64> {
        let mut child = ann
            .command(&["--json", "read", "--follow"])
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let numbers = lines
            .map(|line| number(&serde_json::from_str(&line.unwrap()).unwrap()))
            .take(expected.len())
            .collect();
        child.kill().unwrap();
        child.wait().unwrap();
        numbers
    };
    assert_eq!(numbers(&["read"]), expected);
    assert_eq!(follow(), expected);
    let newest = &expected[expected.len() - 200..];
    assert_eq!(numbers(&["read", "--limit", "200"]), newest);
    let next = numbers(&["read", "--since", "0", "--limit", "200"]);
    assert_eq!(next, expected[..200]);
    let plain = run(ann.command(&["read"]), None).exits(0).out;
    assert!(plain.trim_end().ends_with("the end"));
    assert_eq!(numbers(&["read", "--unread", "--mark"]), expected);
    assert!(numbers(&["read", "--unread"]).is_empty());
}
