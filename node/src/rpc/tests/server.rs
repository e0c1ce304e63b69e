//! What a server answers, and what it withstands.

use std::os::unix::fs::MetadataExt as _;
use std::pin::pin;

use futures::poll;
use serde_json::{Value, json};
use tokio::io::{DuplexStream, duplex};

use super::fake::{FakeNode, Program, Served, ambiguous, contact, identity, wait};
use crate::home::Home;
use crate::rpc::conversation::REPLIES_QUEUED_MAX;
use crate::rpc::stdio::serve;
use crate::rpc::{CONNECTIONS_MAX, LINE_BYTES_MAX, REQUESTS_CONCURRENT_MAX};

const IDENTITY: &str = r#"{"jsonrpc":"2.0","id":1,"method":"identity","params":{}}"#;

/// A request of so many bytes.
fn padded(bytes: usize) -> String {
    IDENTITY.to_owned() + &" ".repeat(bytes - IDENTITY.len())
}

#[tokio::test]
async fn requests_get_their_results_under_their_ids() {
    let served = Served::new();
    let mut program = served.speak().await;
    let identity = serde_json::to_value(identity()).unwrap();
    for id in [json!(1), json!("one"), json!(-2), Value::Null] {
        program.ask(id.clone(), "identity", json!({})).await;
        let answer = program.hear().await.unwrap();
        assert_eq!(
            answer,
            json!({ "jsonrpc": "2.0", "id": id, "result": identity })
        );
    }
    program
        .say(r#"{"jsonrpc":"2.0","id":1,"method":"contacts"}"#)
        .await;
    assert_eq!(program.hear().await.unwrap()["result"][1]["name"], "Ben");
    served.node.let_through(1);
    program.ask(2, "invite_wait", wait()).await;
    assert_eq!(
        program.hear().await.unwrap(),
        json!({ "jsonrpc": "2.0", "id": 2, "result": null })
    );
}

#[tokio::test]
async fn a_program_is_told_what_methods_there_are() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.ask(1, "contacts.list", json!({})).await;
    let answer = program.hear().await.unwrap();
    assert_eq!(answer["error"]["code"], -32_601);
    let message = answer["error"]["message"].as_str().unwrap();
    assert!(message.contains("`methods`") && message.contains("docs/RPC.md"));
    program.ask(2, "methods", json!({})).await;
    let methods = program.hear().await.unwrap()["result"].clone();
    let methods = methods.as_array().unwrap();
    assert_eq!(methods.len(), crate::api::METHODS.len());
    let cancel = methods.iter().find(|method| method["name"] == "cancel");
    let expected = json!({
        "name": "cancel",
        "about": "Gives up delivering a message.",
        "parameters": ["request", "message"],
        "result": "Message",
    });
    assert_eq!(cancel, Some(&expected));
}

#[tokio::test]
async fn the_nodes_errors_are_data_of_the_error() {
    let served = Served::new();
    let mut program = served.speak().await;
    let params = json!({ "request": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "message": "abc" });
    program.ask(1, "cancel", params).await;
    let answer = program.hear().await.unwrap();
    assert_eq!(answer["error"]["code"], -32_000);
    assert_eq!(answer["error"]["message"], ambiguous().message);
    assert_eq!(
        answer["error"]["data"],
        serde_json::to_value(ambiguous()).unwrap()
    );
}

#[tokio::test]
async fn what_is_no_request_is_refused_and_the_connection_goes_on() {
    let served = Served::new();
    let mut program = served.speak().await;
    let cases: [(&[u8], Value, i64); 12] = [
        (b"hello", Value::Null, -32_700),
        (b"{\"jsonrpc\":\"2.0\",", Value::Null, -32_700),
        (b"\xff\xfe\x00", Value::Null, -32_700),
        (&[b'['; 100_000], Value::Null, -32_700),
        (b"5", Value::Null, -32_600),
        (b"{}", Value::Null, -32_600),
        (br#"{"id":1,"method":"identity"}"#, json!(1), -32_600),
        (
            br#"{"jsonrpc":"1.0","id":1,"method":"identity"}"#,
            json!(1),
            -32_600,
        ),
        (br#"{"jsonrpc":"2.0","id":1,"method":7}"#, json!(1), -32_600),
        (
            br#"{"jsonrpc":"2.0","id":{},"method":"identity"}"#,
            Value::Null,
            -32_600,
        ),
        (b"[]", Value::Null, -32_600),
        (
            br#"[{"jsonrpc":"2.0","id":1,"method":"identity"}]"#,
            Value::Null,
            -32_600,
        ),
    ];
    for (line, id, code) in cases {
        program.say(line).await;
        let shown = String::from_utf8_lossy(line);
        assert_eq!(program.hear_error().await, (id, code), "{shown}");
    }
    program.say(IDENTITY).await;
    assert!(program.hear().await.unwrap().get("result").is_some());
}

#[tokio::test]
async fn unknown_methods_and_wrong_parameters_have_their_codes() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.ask(1, "teleport", json!({})).await;
    assert_eq!(program.hear_error().await, (json!(1), -32_601));
    let wrong = [
        ("identity", json!({ "surprise": 1 })),
        ("identity", json!([])),
        ("identity", json!("x")),
        ("cancel", json!({ "message": "abc" })),
        ("cancel", json!({ "request": "short", "message": "abc" })),
        ("hello", json!({})),
    ];
    for (method, params) in wrong {
        program.ask(2, method, params.clone()).await;
        assert_eq!(
            program.hear_error().await,
            (json!(2), -32_602),
            "{method} {params}"
        );
    }
}

#[tokio::test]
async fn a_line_at_the_limit_is_answered_and_one_over_it_ends_the_connection() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.say(padded(LINE_BYTES_MAX)).await;
    assert!(program.hear().await.unwrap().get("result").is_some());
    program.try_say(padded(LINE_BYTES_MAX + 1)).await;
    assert_eq!(program.hear_error().await, (Value::Null, -32_600));
    assert_eq!(program.hear().await, None);
    served.server.idle().await;
}

#[tokio::test]
async fn notifications_run_and_get_no_reply() {
    let served = Served::new();
    let mut program = served.speak().await;
    for method in ["invite_wait", "identity", "teleport", "status"] {
        let call = json!({ "jsonrpc": "2.0", "method": method, "params": wait() });
        program.say(call.to_string()).await;
    }
    served.node.until_waiting(1).await;
    served.node.let_through(1);
    served.node.until_waiting(0).await;
    program.say(IDENTITY).await;
    assert_eq!(program.hear().await.unwrap()["id"], 1);
    program.finish().await;
    assert_eq!(program.hear().await, None);
}

#[tokio::test]
async fn a_request_that_panics_is_answered_and_harms_nothing_else() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.ask(1, "status", json!({})).await;
    let answer = program.hear().await.unwrap();
    assert_eq!(
        (&answer["id"], &answer["error"]["data"]["kind"]),
        (&json!(1), &json!("internal"))
    );
    program.say(IDENTITY).await;
    assert!(program.hear().await.unwrap().get("result").is_some());
}

#[tokio::test]
async fn requests_at_the_limit_run_together_and_one_more_waits() {
    let served = Served::new();
    let mut program = served.speak().await;
    for id in 0..=REQUESTS_CONCURRENT_MAX {
        program.ask(id, "invite_wait", wait()).await;
    }
    served.node.until_waiting(REQUESTS_CONCURRENT_MAX).await;
    served.node.let_through(REQUESTS_CONCURRENT_MAX + 1);
    for _ in 0..=REQUESTS_CONCURRENT_MAX {
        assert!(program.hear().await.unwrap().get("result").is_some());
    }
    assert_eq!(served.node.peak(), REQUESTS_CONCURRENT_MAX);
}

#[tokio::test]
async fn a_program_that_goes_takes_its_waits_along() {
    let served = Served::new();
    let mut program = served.speak().await;
    for id in 0..REQUESTS_CONCURRENT_MAX {
        program.ask(id, "invite_wait", wait()).await;
    }
    served.node.until_waiting(REQUESTS_CONCURRENT_MAX).await;
    drop(program);
    served.node.until_waiting(0).await;
    served.server.idle().await;
}

#[tokio::test]
async fn a_forgotten_request_ends_without_a_reply() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.ask("long", "invite_wait", wait()).await;
    served.node.until_waiting(1).await;
    program.ask(2, "forget", json!({ "id": "long" })).await;
    assert_eq!(
        program.hear().await.unwrap()["result"],
        json!({ "forgotten": true })
    );
    served.node.until_waiting(0).await;
    program.ask(3, "forget", json!({ "id": "other" })).await;
    assert_eq!(
        program.hear().await.unwrap()["result"],
        json!({ "forgotten": false })
    );
}

#[tokio::test]
async fn hello_tells_the_version_and_refuses_another() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.ask(1, "hello", json!({ "version": 1 })).await;
    let result = program.hear().await.unwrap()["result"].clone();
    assert_eq!(result["version"], 1);
    assert!(result["program"].as_str().unwrap().starts_with("tidings "));
    program.ask(2, "hello", json!({ "version": 2 })).await;
    let error = program.hear().await.unwrap()["error"].clone();
    assert_eq!(error["code"], -32_000);
    assert_eq!(
        (&error["data"]["version"], &error["data"]["kind"]),
        (&json!(1), &json!("conflict"))
    );
}

#[tokio::test]
async fn programs_at_the_limit_are_served_and_one_more_is_told() {
    let served = Served::new();
    let mut programs = Vec::new();
    for _ in 0..CONNECTIONS_MAX {
        programs.push(served.speak().await);
    }
    served.until_attached(CONNECTIONS_MAX).await;
    let mut late = served.speak().await;
    let answer = late.hear().await.unwrap();
    assert_eq!(answer["error"]["data"]["kind"], "unavailable");
    assert_eq!(late.hear().await, None);
    for program in &mut programs {
        program.say(IDENTITY).await;
        assert!(program.hear().await.unwrap().get("result").is_some());
    }
    programs.pop();
    served.until_attached(CONNECTIONS_MAX - 1).await;
    let mut program = served.speak().await;
    program.say(IDENTITY).await;
    assert!(program.hear().await.unwrap().get("result").is_some());
}

#[tokio::test]
async fn a_stale_socket_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::with_roomier(&directory.path().join("home"), &[]);
    home.create().unwrap();
    let path = home.socket_path().unwrap();
    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    let stale = std::fs::symlink_metadata(&path).unwrap().ino();
    let served = Served::at(home, directory);
    assert_ne!(std::fs::symlink_metadata(&path).unwrap().ino(), stale);
    assert_eq!(
        std::fs::symlink_metadata(&path).unwrap().mode() & 0o777,
        0o600
    );
    served.attach().await;
}

#[tokio::test]
async fn a_server_that_stops_answers_what_runs_and_takes_its_socket_away() {
    let served = Served::new();
    let mut program = served.speak().await;
    program.ask(1, "invite_wait", wait()).await;
    served.node.until_waiting(1).await;
    let path = served.server.path().to_owned();
    let mut attached = served.server.attached();
    let stopping = tokio::spawn(served.server.stop());
    served.node.let_through(1);
    assert_eq!(program.hear().await.unwrap()["id"], 1);
    assert_eq!(program.hear().await, None);
    stopping.await.unwrap();
    assert_eq!(*attached.borrow_and_update(), 0);
    assert!(!path.exists());
    drop(served.lock);
    assert!(
        served.home.lock().unwrap().is_some(),
        "the server kept the lock"
    );
}

#[tokio::test]
async fn stdio_is_served_until_its_end_and_all_is_answered() {
    let node = FakeNode::new();
    let (ours, theirs) = duplex(1 << 16);
    let (reader, writer) = tokio::io::split(theirs);
    let serving = tokio::spawn(serve(reader, writer, node.clone()));
    let mut program = Program::over(ours);
    let count = REQUESTS_CONCURRENT_MAX + 1;
    for id in 0..count {
        program.ask(id, "invite_wait", wait()).await;
    }
    program.finish().await;
    node.until_waiting(REQUESTS_CONCURRENT_MAX).await;
    node.let_through(count);
    for _ in 0..count {
        assert!(program.hear().await.unwrap().get("result").is_some());
    }
    serving.await.unwrap().unwrap();
    assert_eq!(program.hear().await, None);
}

#[tokio::test]
async fn stdio_with_a_line_over_the_limit_fails_after_what_came_before() {
    let node = FakeNode::new();
    let (ours, theirs) = duplex(1 << 16);
    let (reader, writer) = tokio::io::split(theirs);
    let serving = tokio::spawn(serve(reader, writer, node.clone()));
    let mut program = Program::over(ours);
    program.ask(1, "invite_wait", wait()).await;
    program.try_say(padded(LINE_BYTES_MAX + 1)).await;
    assert_eq!(program.hear_error().await, (Value::Null, -32_600));
    node.let_through(1);
    assert_eq!(program.hear().await.unwrap()["id"], 1);
    let error = serving.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);
}

#[tokio::test]
async fn an_attached_client_can_be_served_on_stdio() {
    let served = Served::new();
    let (ours, theirs) = duplex(1 << 16);
    let (reader, writer) = tokio::io::split(theirs);
    let serving = tokio::spawn(serve(reader, writer, served.attach().await));
    let mut program = Program::over(ours);
    let params = json!({
        "request": "aaaaaaaaaaaaaaaaaaaaaaaaaa", "who": "Ben", "name": "Benny",
    });
    program.ask(1, "contact_rename", params).await;
    let benny = serde_json::to_value(contact("Benny")).unwrap();
    assert_eq!(program.hear().await.unwrap()["result"], benny);
    program.finish().await;
    serving.await.unwrap().unwrap();
}

#[tokio::test]
async fn who_takes_no_replies_has_as_many_waiting_as_may_be_and_is_read_from_no_more() {
    // No byte is read before it is asked for.
    let (ours, theirs) = duplex(1);
    let (reader, writer) = tokio::io::split(theirs);
    let serving = tokio::spawn(serve(reader, writer, FakeNode::new()));
    let mut program = Program::over(ours);
    let said = async |program: &mut Program<DuplexStream>| {
        let mut count = 0;
        loop {
            let mut saying = pin!(program.say("no request"));
            let mut tries = 0;
            while poll!(&mut saying).is_pending() {
                if tries == 1_000 {
                    return count;
                }
                tries += 1;
                tokio::task::yield_now().await;
            }
            count += 1;
        }
    };
    // One is being written, and one waits for room.
    assert_eq!(said(&mut program).await, REPLIES_QUEUED_MAX + 2);
    assert_eq!(program.hear_error().await.1, -32_700);
    assert_eq!(said(&mut program).await, 1);
    drop(program);
    assert!(serving.await.unwrap().is_err());
}
