//! A network through which little goes at once, a megabit a second each way.

use serde_json::json;

use crate::host::Host;
use crate::neighbours::Neighbours;
use crate::person::{Rpc, request_id};

/// How much goes through, each way.
const KILOBITS: u32 = 1000;
/// Messages of a burst: they take some seconds to get through.
const MESSAGES: u64 = 200;
/// Letters in each.
const LETTERS: usize = 4000;

/// So long a text that begins with its number.
fn long(number: u64) -> String {
    format!("{number:-<LETTERS$}")
}

/// When a text of somebody came, in milliseconds.
#[track_caller]
fn came(host: &Host, who: &str, text: &str) -> u64 {
    let messages = host.json(&["read", who]);
    let message = messages.iter().find(|message| message["body"] == text);
    message.unwrap()["received_at"].as_u64().unwrap()
}

#[test]
fn over_a_megabit_a_second_two_meet_and_what_one_says_waits_for_no_burst_of_the_other() {
    let Some(mut neighbours) = Neighbours::new() else {
        return;
    };
    let (net, lan) = (&neighbours.net, neighbours.lan);
    for host in [&neighbours.ann, &neighbours.ben] {
        net.narrow(host, lan, KILOBITS);
    }
    neighbours.start();
    let Neighbours { ann, ben, lan, net } = &neighbours;
    ben.meet(ann);
    neighbours.chat("before");
    let mut rpc = Rpc::start(ann);
    let mut meanwhile = String::new();
    for number in 0..MESSAGES {
        if number == MESSAGES / 2 {
            meanwhile = ben.send("Ann", "meanwhile");
        }
        let params = json!({"request": request_id(number), "who": "Ben", "text": long(number)});
        assert!(rpc.ask(number, "send", &params));
        let reply = rpc.reply().unwrap();
        assert!(reply["result"]["id"].is_string(), "{reply}");
    }
    rpc.end();
    ann.hears("Ben", &["before", "meanwhile"]);
    // Its acknowledgement goes behind what was written before.
    ben.sees("Ann", &meanwhile, "delivered");
    ann.tell_far("Ben", "after");
    let burst: Vec<String> = (0..MESSAGES).map(long).collect();
    let burst = burst.iter().map(String::as_str);
    let said: Vec<&str> = ["before"]
        .into_iter()
        .chain(burst)
        .chain(["after"])
        .collect();
    ben.hears("Ann", &said);
    let meanwhile_came = came(ann, "Ben", "meanwhile");
    let is_over = meanwhile_came > came(ben, "Ann", &long(MESSAGES - 1));
    assert!(!is_over, "it came after the burst");
    // What goes the other way is little.
    assert!(net.waited(ben, *lan) > 0, "the way was not narrow");
}
