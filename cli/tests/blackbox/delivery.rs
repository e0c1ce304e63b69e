//! Messages through outages, crashes and crowds.

use std::collections::BTreeMap;

use serde_json::json;

use crate::person::{Person, Rpc, ann_and_ben, pair, request_id, run, send_signal};

/// Messages of the burst in which a node is killed.
const BURST_MESSAGES: u64 = 150;

#[test]
fn a_message_to_somebody_who_is_gone_waits_and_arrives_later() {
    let (ann, mut ben) = ann_and_ben();
    ben.kill();
    let late = run(
        ann.command(&[
            "--json",
            "send",
            "Ben",
            "--wait",
            "delivered",
            "--timeout",
            "500ms",
            "hi",
        ]),
        None,
    )
    .exits(5);
    assert_eq!(late.line()["state"], "queued");
    assert_eq!(ann.json(&["status"])[0]["queued"], 1);
    ben.start();
    ann.json(&["sync", "Ben"]);
    assert_eq!(ben.heard("Ann"), ["hi"]);
}

#[test]
fn nothing_is_lost_or_doubled_when_the_sender_is_killed_in_a_burst() {
    let (mut ann, ben) = ann_and_ben();
    let request = |number: u64| {
        let text = format!("message {number}");
        json!({"request": request_id(number), "who": "Ben", "text": text})
    };
    let mut rpc = Rpc::start(&ann);
    for number in 0..BURST_MESSAGES {
        rpc.ask(number, "send", &request(number));
        if number == BURST_MESSAGES / 3 {
            // Some are stored for certain, many are under way, the rest is still to come.
            assert!(rpc.reply().is_some());
            ann.kill();
        }
    }
    drop(rpc);
    ann.start();
    let mut rpc = Rpc::start(&ann);
    for number in 0..BURST_MESSAGES {
        assert!(rpc.ask(number, "send", &request(number)));
        let reply = rpc.reply().unwrap();
        assert!(reply["result"]["id"].is_string(), "{reply}");
    }
    rpc.end();
    ann.tell("Ben", "the end");
    let mut heard = BTreeMap::<String, usize>::new();
    for text in ben.heard("Ann") {
        *heard.entry(text).or_default() += 1;
    }
    assert_eq!(heard.remove("the end"), Some(1));
    let expected = (0..BURST_MESSAGES)
        .map(|number| (format!("message {number}"), 1))
        .collect();
    assert_eq!(heard, expected);
}

#[test]
fn nothing_is_lost_or_doubled_when_the_recipient_is_killed_in_a_burst() {
    let (ann, mut ben) = ann_and_ben();
    let mut rpc = Rpc::start(&ann);
    for number in 0..BURST_MESSAGES {
        let text = number.to_string();
        let params = json!({"request": request_id(number), "who": "Ben", "text": text});
        assert!(rpc.ask(number, "send", &params));
        let reply = rpc.reply().unwrap();
        assert!(reply["result"]["id"].is_string(), "{reply}");
        if number == BURST_MESSAGES / 3 {
            ben.kill();
        }
        if number == 2 * BURST_MESSAGES / 3 {
            ben.start();
        }
    }
    rpc.end();
    ann.tell("Ben", "the end");
    let mut expected: Vec<String> = (0..BURST_MESSAGES)
        .map(|number| number.to_string())
        .collect();
    expected.push("the end".to_owned());
    assert_eq!(ben.heard("Ann"), expected);
}

#[test]
fn both_come_back_after_a_restart_and_find_one_another() {
    let (mut ann, mut ben) = ann_and_ben();
    ann.tell("Ben", "before");
    ann.kill();
    ben.kill();
    // Ann's first message waits for Ben, who comes back at another port and finds her.
    ann.start_there();
    ann.json(&["send", "Ben", "between"]);
    ben.start();
    ben.tell("Ann", "back");
    ann.tell("Ben", "after");
    assert_eq!(ben.heard("Ann"), ["before", "between", "after"]);
    assert_eq!(ann.heard("Ben"), ["back"]);
}

#[test]
fn a_cancelled_message_is_failed_and_stays_so() {
    let (ann, mut ben) = ann_and_ben();
    ben.kill();
    let queued = ann.json(&["send", "Ben", "never mind"]);
    let id = queued[0]["id"].as_str().unwrap();
    let cancelled = ann.json(&["cancel", &id[..10]]);
    assert_eq!(cancelled[0]["state"], "failed");
    assert!(cancelled[0]["reason"].as_str().unwrap().contains("cancel"));
    assert_eq!(ann.json(&["status"])[0]["queued"], 0);
    ann.run(&["cancel", "zzzzzzzz"]).exits(4);
    let again = ann.run(&["cancel", id]).exits(0);
    let short = &id[..8];
    assert_eq!(
        again.out,
        format!("cancelled already  {short}  never mind\n")
    );
    let other = ann.json(&["send", "Ben", "--offline", "nor this"]);
    let id = other[0]["id"].as_str().unwrap();
    let told = ann.run(&["cancel", id]).exits(0);
    let short = &id[..8];
    assert_eq!(told.out, format!("cancelled  {short}  nor this\n"));
}

#[test]
fn reading_marks_only_when_asked_to_and_the_author_learns_of_it() {
    let (ann, ben) = ann_and_ben();
    let sent = ann.tell("Ben", "hello");
    ben.json(&["read"]);
    assert_eq!(ben.json(&["unread"])[0]["unread"], 1);
    assert_eq!(ben.json(&["read", "--unread", "--mark"]).len(), 1);
    assert!(ben.json(&["unread"]).is_empty());
    assert!(ben.json(&["read", "--unread"]).is_empty());
    let again = ann.json(&["send", "Ben", "--wait", "delivered", "more"]);
    assert_eq!(again[0]["state"], "delivered");
    let id = sent["id"].clone();
    let first = ann
        .json(&["read", "Ben"])
        .into_iter()
        .find(|message| message["id"] == id);
    assert_eq!(first.unwrap()["state"], "read");
}

#[test]
fn a_cursor_goes_on_where_the_last_reading_ended() {
    let (ann, ben) = ann_and_ben();
    ann.tell("Ben", "one");
    let read = ben.json(&["read"]);
    let cursor = read[0]["cursor"].as_str().unwrap();
    assert!(ben.json(&["read", "--since", cursor]).is_empty());
    ann.tell("Ben", "two");
    let news = ben.json(&["read", "--since", cursor]);
    assert_eq!(news.len(), 1);
    assert_eq!(news[0]["body"], "two");
    assert_eq!(ben.json(&["read", "--limit", "1"])[0]["body"], "two");
}

#[test]
fn following_shows_what_arrives_when_it_arrives() {
    let (ann, ben) = ann_and_ben();
    let mut follow = ben
        .command(&["--json", "read", "--follow"])
        .spawn()
        .unwrap();
    let stdout = follow.stdout.take().unwrap();
    ann.tell("Ben", "one");
    ann.tell("Ben", "two");
    let bodies: Vec<String> = std::io::BufRead::lines(std::io::BufReader::new(stdout))
        .map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap())
        .filter(|message| message["change"] == "new")
        .map(|message| message["body"].as_str().unwrap().to_owned())
        .take(2)
        .collect();
    assert_eq!(bodies, ["one", "two"]);
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn whoever_follows_hands_the_profile_over_to_a_node_that_stays_and_goes_on() {
    let (mut ann, ben) = ann_and_ben();
    let daemon = ann.take_daemon();
    let socket = daemon.ready["socket"].as_str().unwrap().to_owned();
    assert_eq!(daemon.terminate("-TERM"), Some(0));
    let mut follow = ann
        .command(&["--json", "read", "--follow"])
        .spawn()
        .unwrap();
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(follow.try_wait().unwrap().is_none(), "it ended");
    }
    assert_eq!(ann.json(&["status"])[0]["running"], false);
    ann.start_there();
    assert_eq!(ann.json(&["status"])[0]["running"], true);
    ben.tell("Ann", "one");
    let stdout = follow.stdout.take().unwrap();
    let mut bodies = std::io::BufRead::lines(std::io::BufReader::new(stdout))
        .map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap())
        .map(|message| message["body"].as_str().unwrap().to_owned());
    assert!(bodies.any(|body| body == "one"));
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn following_outlives_the_node_it_is_attached_to_and_can_be_stopped_itself() {
    let (mut ann, _ben) = ann_and_ben();
    ann.json(&["send", "Ben", "one", "--offline"]);
    let mut follow = ann
        .command(&["--json", "read", "--follow"])
        .spawn()
        .unwrap();
    let stdout = follow.stdout.take().unwrap();
    let mut bodies = std::io::BufRead::lines(std::io::BufReader::new(stdout))
        .map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap())
        .map(|message| message["body"].as_str().unwrap().to_owned());
    assert!(bodies.any(|body| body == "one"));
    ann.run(&["daemon", "stop"]).exits(0);
    let daemon = ann.take_daemon();
    let socket = daemon.ready["socket"].as_str().unwrap().to_owned();
    assert_eq!(daemon.ended(), Some(0));
    // Nobody else is there to serve it.
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(follow.try_wait().unwrap().is_none(), "it ended as well");
    }
    ann.json(&["send", "Ben", "two", "--offline"]);
    assert!(bodies.any(|body| body == "two"));
    let stopped = ann.json(&["daemon", "stop"]);
    assert_eq!(stopped[0]["type"], "stopped");
    assert!(bodies.all(|body| body == "two"));
    assert!(follow.wait().unwrap().code().is_some());
}

#[test]
fn a_reply_names_the_message_it_answers() {
    let (ann, ben) = ann_and_ben();
    let question = ann.tell("Ben", "tea?");
    let id = question["id"].as_str().unwrap();
    ben.json(&[
        "send",
        "Ann",
        "--reply",
        &id[..12],
        "--wait",
        "delivered",
        "yes",
    ]);
    let answer = ann.json(&["read", "Ben", "--limit", "1"]);
    assert_eq!(answer[0]["reply_to"], id);
}

#[test]
fn text_may_come_from_stdin_and_keeps_its_lines() {
    let (ann, ben) = ann_and_ben();
    let send = ann.command(&["send", "Ben", "-", "--wait", "delivered"]);
    run(send, Some("one\n  two\n")).exits(0);
    assert_eq!(ben.heard("Ann"), ["one\n  two"]);
}

#[test]
fn commands_without_a_node_work_side_by_side() {
    let (mut ann, ben) = ann_and_ben();
    ann.kill();
    let commands: Vec<_> = (0..6)
        .map(|number| ann.command(&["send", "Ben", "--offline", &format!("note {number}")]))
        .map(|mut command| command.spawn().unwrap())
        .collect();
    for command in commands {
        let output = command.wait_with_output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    assert_eq!(ann.json(&["read", "Ben"]).len(), 6);
    ann.start();
    ann.tell("Ben", "end");
    assert_eq!(ben.heard("Ann").len(), 7);
}

#[test]
fn a_command_without_a_node_delivers_by_itself() {
    let (mut ann, ben) = ann_and_ben();
    ann.kill();
    let sent = ann.json(&["send", "Ben", "alone"]);
    assert_eq!(sent[0]["state"], "delivered");
    assert_eq!(ben.heard("Ann"), ["alone"]);
}

#[test]
fn a_command_that_uses_the_node_of_one_that_passes_tries_to_deliver_too() {
    let (mut ann, ben) = ann_and_ben();
    let daemon = ann.take_daemon();
    let socket = daemon.ready["socket"].as_str().unwrap().to_owned();
    assert_eq!(daemon.terminate("-TERM"), Some(0));
    let mut follow = ann.command(&["read", "--follow"]).spawn().unwrap();
    while std::os::unix::net::UnixStream::connect(&socket).is_err() {
        assert!(follow.try_wait().unwrap().is_none(), "it ended");
    }
    assert_eq!(ann.json(&["send", "Ben", "hi"])[0]["state"], "delivered");
    assert_eq!(ben.heard("Ann"), ["hi"]);
    follow.kill().unwrap();
    follow.wait().unwrap();
}

#[test]
fn ctrl_c_ends_the_waiting_and_says_that_the_message_is_stored() {
    let (ann, mut ben) = ann_and_ben();
    ben.kill();
    let mut send = ann.command(&["send", "Ben", "hi", "--wait", "delivered"]);
    let mut sending = send.args(["--timeout", "1h"]).spawn().unwrap();
    while ann.json(&["read"]).is_empty() {
        assert!(sending.try_wait().unwrap().is_none(), "it ended");
    }
    assert!(send_signal(sending.id(), "-INT"));
    let ended = sending.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{ended:?}");
    let said = String::from_utf8(ended.stderr).unwrap();
    assert!(said.contains("Stored; it goes on"), "{said}");
    assert_eq!(ann.json(&["read"])[0]["state"], "queued");
    let refused = ["send", "Ben", "hi", "--offline", "--wait", "delivered"];
    ann.run(&refused).exits(2);
    assert_eq!(ann.json(&["read"]).len(), 1);
}

#[test]
fn a_sync_does_not_wait_for_whom_a_friend_keeps_it_all_and_says_who_does() {
    let (ann, mut ben) = ann_and_ben();
    let carla = Person::online("Carla");
    pair(&ann, &carla);
    ann.tell("Carla", "hello");
    ben.run(&["daemon", "stop"]).exits(0);
    ben.take_daemon().ended();
    ann.run(&["send", "Ben", "--wait", "carried", "over Carla"])
        .exits(0);
    // Far longer than a test may take.
    let synced = &ann.json(&["sync", "--timeout", "1h"])[0];
    crate::contract::keeps_its_promise(synced);
    assert_eq!(
        (&synced["queued"], &synced["carried"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(synced["carried_by"], json!(["Carla"]));
    assert_eq!(
        (&synced["reached"], &synced["tried"]),
        (&json!(1), &json!(2))
    );
    let told = ann.run(&["sync", "Ben", "--timeout", "1h"]).exits(0);
    let said = "1 message is carried by Carla until it is fetched.";
    assert!(told.out.contains(said), "{told:?}");
}

#[test]
fn a_sync_counts_what_came_meanwhile() {
    let (mut ann, ben) = ann_and_ben();
    ann.kill();
    for text in ["one", "two"] {
        ben.run(&["send", "Ann", text]).exits(0);
    }
    let synced = &ann.json(&["sync", "Ben"])[0];
    assert_eq!(synced["received"], 2, "{synced}");
    assert_eq!(ann.json(&["sync", "Ben"])[0]["received"], 0);
}

#[test]
fn a_contact_who_was_never_met_cannot_be_written_to() {
    let ann = Person::new("Ann");
    ann.run(&["send", "Ben", "hi"]).exits(4);
    ann.run(&["read", "Ben"]).exits(4);
}
