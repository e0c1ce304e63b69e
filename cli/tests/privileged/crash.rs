//! Nodes that are killed while others talk to them over a network.

use std::ops::Range;

use serde_json::json;

use crate::host::Host;
use crate::neighbours::Neighbours;
use crate::person::{Rpc, request_id};

/// Messages of the burst in which a node is killed.
const BURST_MESSAGES: u64 = 150;

/// Says these numbers, as fast as they are stored.
#[track_caller]
pub(crate) fn burst(host: &Host, who: &str, numbers: Range<u64>) {
    let mut rpc = Rpc::start(host);
    for number in numbers {
        let text = number.to_string();
        let params = json!({"request": request_id(number), "who": who, "text": text});
        assert!(rpc.ask(number, "send", &params));
        let reply = rpc.reply().unwrap();
        assert!(reply["result"]["id"].is_string(), "{reply}");
    }
    rpc.end();
}

#[test]
fn a_recipient_killed_in_a_burst_has_everything_once_after_a_restart() {
    let Some(mut neighbours) = Neighbours::met() else {
        return;
    };
    burst(&neighbours.ann, "Ben", 0..BURST_MESSAGES / 3);
    neighbours.ben.kill();
    burst(
        &neighbours.ann,
        "Ben",
        BURST_MESSAGES / 3..2 * BURST_MESSAGES / 3,
    );
    // Discovery finds it at another port.
    neighbours.ben.start();
    burst(
        &neighbours.ann,
        "Ben",
        2 * BURST_MESSAGES / 3..BURST_MESSAGES,
    );
    neighbours.ann.tell("Ben", "the end");
    let mut expected: Vec<String> = (0..BURST_MESSAGES)
        .map(|number| number.to_string())
        .collect();
    expected.push("the end".to_owned());
    assert_eq!(neighbours.ben.heard("Ann"), expected);
}
