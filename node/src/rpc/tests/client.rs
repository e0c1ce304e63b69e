//! What a client gets, and what it does when its node goes away.

use futures::future::join_all;
use futures::poll;
use serde_json::json;
use tidings_protocol::id::RequestId;
use tokio::io::duplex;

use super::fake::{Program, Served, ambiguous, contact, identity};
use crate::api::{AwaitInvite, Cancel, ErrorKind, GetIdentity, ListContacts, RenameContact, Who};
use crate::home::Home;
use crate::rpc::client::LINES_QUEUED_MAX;
use crate::rpc::line::REPLY_BYTES_MAX;
use crate::rpc::{
    AttachError, Attached, CONNECTIONS_MAX, LINE_BYTES_MAX, REQUESTS_CONCURRENT_MAX, RPC_VERSION,
};

fn wait() -> AwaitInvite {
    AwaitInvite {
        code: "c".to_owned(),
        timeout: None,
    }
}

fn rename(name: String) -> RenameContact {
    RenameContact {
        request: RequestId::new([5; 16]),
        who: Who::from("Ben"),
        name,
    }
}

#[tokio::test]
async fn calls_get_typed_replies_and_errors() {
    let served = Served::new();
    let attached = served.attach().await;
    assert_eq!(attached.call(GetIdentity {}).await, Ok(identity()));
    assert_eq!(
        attached.call(ListContacts {}).await,
        Ok(vec![contact("Ben"), contact("Ben")])
    );
    assert_eq!(
        attached.call(rename("Benny".to_owned())).await,
        Ok(contact("Benny"))
    );
    let cancel = Cancel {
        request: RequestId::new([6; 16]),
        message: "abc".to_owned(),
    };
    assert_eq!(attached.call(cancel).await, Err(ambiguous()));
    served.node.let_through(1);
    assert_eq!(attached.call(wait()).await, Ok(None));
}

#[tokio::test]
async fn long_calls_do_not_hold_up_short_ones() {
    let served = Served::new();
    let (one, other) = (served.attach().await, served.attach().await);
    let long = one.clone();
    let long = tokio::spawn(async move { join_all((0..10).map(|_| long.call(wait()))).await });
    served.node.until_waiting(10).await;
    assert_eq!(one.call(GetIdentity {}).await, Ok(identity()));
    assert_eq!(other.call(GetIdentity {}).await, Ok(identity()));
    served.node.let_through(10);
    assert_eq!(long.await.unwrap(), vec![Ok(None); 10]);
}

#[tokio::test]
async fn calls_at_the_limit_are_pending_together_and_one_more_waits() {
    let served = Served::new();
    let attached = served.attach().await;
    let calls = (0..=REQUESTS_CONCURRENT_MAX).map(|_| attached.call(wait()));
    let open = async {
        served.node.until_waiting(REQUESTS_CONCURRENT_MAX).await;
        served.node.let_through(REQUESTS_CONCURRENT_MAX + 1);
    };
    let (replies, ()) = tokio::join!(join_all(calls), open);
    assert_eq!(replies, vec![Ok(None); REQUESTS_CONCURRENT_MAX + 1]);
    assert_eq!(served.node.peak(), REQUESTS_CONCURRENT_MAX);
}

#[tokio::test]
async fn a_cancelled_call_is_forgotten_on_both_sides() {
    let served = Served::new();
    let attached = served.attach().await;
    for _ in 0..2 {
        let calls = join_all((0..REQUESTS_CONCURRENT_MAX).map(|_| attached.call(wait())));
        tokio::select! {
            replies = calls => panic!("{replies:?}"),
            () = served.node.until_waiting(REQUESTS_CONCURRENT_MAX) => {}
        }
        served.node.until_waiting(0).await;
    }
    assert_eq!(attached.call(GetIdentity {}).await, Ok(identity()));
}

#[tokio::test]
async fn a_call_over_the_limit_fails_alone() {
    let served = Served::new();
    let attached = served.attach().await;
    let error = attached
        .call(rename("x".repeat(LINE_BYTES_MAX)))
        .await
        .unwrap_err();
    assert_eq!(error.kind, ErrorKind::Invalid);
    let fits = "x".repeat(LINE_BYTES_MAX - 200);
    assert_eq!(
        attached.call(rename(fits.clone())).await,
        Ok(contact(&fits))
    );
}

#[tokio::test]
async fn a_reply_at_the_limit_arrives_and_one_over_it_ends_the_connection() {
    let (ours, theirs) = duplex(1 << 20);
    let mut node = Program::over(theirs);
    let serving = async {
        let hello = node.hear().await.unwrap();
        let greeting = json!({ "version": RPC_VERSION, "program": "tidings" });
        let answer = json!({ "id": hello["id"], "result": greeting });
        node.say(answer.to_string()).await;
        for bytes in [REPLY_BYTES_MAX, REPLY_BYTES_MAX + 1] {
            let call = node.hear().await.unwrap();
            let answer = json!({ "id": call["id"], "result": identity() }).to_string();
            node.try_say(answer.clone() + &" ".repeat(bytes - answer.len()))
                .await;
        }
    };
    let calling = async {
        let attached = Attached::over(ours).await.unwrap();
        assert_eq!(attached.call(GetIdentity {}).await, Ok(identity()));
        let error = attached.call(GetIdentity {}).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Unavailable);
    };
    tokio::join!(serving, calling);
}

#[tokio::test]
async fn a_lost_connection_fails_pending_and_later_calls() {
    let served = Served::new();
    let attached = served.attach().await;
    let mut pending = Box::pin(attached.call(wait()));
    assert!(poll!(&mut pending).is_pending());
    served.node.until_waiting(1).await;
    drop(served.server);
    assert_eq!(pending.await.unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(
        attached.call(GetIdentity {}).await.unwrap_err().kind,
        ErrorKind::Unavailable
    );
    served.node.until_waiting(0).await;
}

#[tokio::test]
async fn a_profile_without_a_node_is_not_running() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::new(directory.path().join("home"));
    let attach = || async { Attached::connect(&home).await.unwrap_err() };
    assert!(
        matches!(attach().await, AttachError::NotRunning),
        "no directory"
    );
    home.create().unwrap();
    assert!(
        matches!(attach().await, AttachError::NotRunning),
        "no socket"
    );
    drop(std::os::unix::net::UnixListener::bind(home.path().join("socket")).unwrap());
    assert!(
        matches!(attach().await, AttachError::NotRunning),
        "a stale socket"
    );
    std::fs::remove_file(home.path().join("socket")).unwrap();
    std::os::unix::fs::symlink(
        directory.path().join("x/socket"),
        home.path().join("socket"),
    )
    .unwrap();
    assert!(
        matches!(attach().await, AttachError::NotRunning),
        "a stale link"
    );
}

#[tokio::test]
async fn a_node_that_ends_while_it_is_greeted_is_not_running() {
    let (ours, theirs) = duplex(1 << 16);
    drop(theirs);
    assert!(matches!(
        Attached::over(ours).await,
        Err(AttachError::NotRunning)
    ));
}

#[tokio::test]
async fn a_node_of_another_version_is_named() {
    let greeting = json!({ "version": RPC_VERSION + 1, "program": "tidings 9.0.0" });
    let error = json!({ "code": -32_000, "message": "no", "data": greeting });
    for answer in [json!({ "result": greeting }), json!({ "error": error })] {
        let (ours, theirs) = duplex(1 << 16);
        let mut node = Program::over(theirs);
        let node = async {
            let mut answer = answer;
            answer["id"] = node.hear().await.unwrap()["id"].clone();
            node.say(answer.to_string()).await;
        };
        let (attached, ()) = tokio::join!(Attached::over(ours), node);
        let Err(AttachError::Version {
            ours,
            theirs,
            program,
        }) = attached
        else {
            panic!("{attached:?}")
        };
        assert_eq!((ours, theirs), (RPC_VERSION, RPC_VERSION + 1));
        assert_eq!(program, "tidings 9.0.0");
    }
}

#[tokio::test]
async fn a_socket_that_answers_something_else_is_refused() {
    let (ours, theirs) = duplex(1 << 16);
    let mut node = Program::over(theirs);
    let node = async {
        let id = node.hear().await.unwrap()["id"].clone();
        for line in ["noise", "[]", r#"{"id":null}"#, r#"{"id":999,"result":1}"#] {
            node.say(line).await;
        }
        node.say(json!({ "id": id, "result": "howdy" }).to_string())
            .await;
    };
    let (attached, ()) = tokio::join!(Attached::over(ours), node);
    assert!(matches!(attached, Err(AttachError::Refused(_))));
}

#[tokio::test]
async fn one_client_too_many_is_refused_with_the_nodes_words() {
    let served = Served::new();
    let attached = join_all((0..CONNECTIONS_MAX).map(|_| served.attach())).await;
    let refused = Attached::connect(&served.home).await.unwrap_err();
    assert!(matches!(refused, AttachError::Refused(error) if error.kind == ErrorKind::Unavailable));
    drop(attached);
    served.server.idle().await;
    served.attach().await;
}

#[tokio::test]
async fn the_server_is_idle_once_the_last_clone_is_dropped() {
    let served = Served::new();
    let attached = served.attach().await;
    let clone = attached.clone();
    drop(attached);
    assert_eq!(clone.call(GetIdentity {}).await, Ok(identity()));
    assert_eq!(*served.server.attached().borrow(), 1);
    drop(clone);
    served.server.idle().await;
    assert_eq!(*served.server.attached().borrow(), 0);
}

#[tokio::test]
async fn a_home_with_too_long_a_path_is_served_all_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let deep = directory.path().join("d".repeat(200));
    let served = Served::at(Home::with_roomier(&deep, &[directory.path()]), directory);
    let attached = Attached::connect(&Home::with_roomier(&deep, &[]))
        .await
        .unwrap();
    assert_eq!(attached.call(GetIdentity {}).await, Ok(identity()));
    assert!(!served.server.path().starts_with(&deep));
    assert!(served.server.path().starts_with(served.directory.path()));
}

#[tokio::test]
async fn as_many_lines_wait_for_the_writer_as_may_and_one_more_call_waits_for_room() {
    let (ours, theirs) = duplex(1 << 16);
    let mut node = Program::over(theirs);
    let greeting = async {
        let id = node.hear().await.unwrap()["id"].clone();
        let greeting = json!({ "version": RPC_VERSION, "program": "tidings" });
        node.say(json!({ "jsonrpc": "2.0", "id": id, "result": greeting }).to_string())
            .await;
    };
    let (attached, ()) = tokio::join!(Attached::over(ours), greeting);
    let attached = attached.unwrap();
    let call = || Box::pin(attached.call(wait()));
    // The writer does not run meanwhile: every call's line waits, and that each is forgotten.
    tokio::task::unconstrained(async {
        let mut calls: Vec<_> = (0..REQUESTS_CONCURRENT_MAX).map(|_| call()).collect();
        for call in &mut calls {
            assert!(poll!(call).is_pending());
        }
        drop(calls);
        // Given up before there is room for it, it is never said.
        assert!(poll!(&mut call()).is_pending());
    })
    .await;
    let heard = async {
        let mut methods = Vec::new();
        loop {
            let method = node.hear().await.unwrap()["method"].clone();
            if method == "identity" {
                return methods;
            }
            methods.push(method);
        }
    };
    let methods = tokio::select! {
        answer = attached.call(GetIdentity {}) => panic!("{answer:?}"),
        methods = heard => methods,
    };
    let (calls, forgotten) = methods.split_at(REQUESTS_CONCURRENT_MAX);
    assert!(calls.iter().all(|method| method == "invite_wait"));
    assert!(forgotten.iter().all(|method| method == "forget"));
    assert_eq!(methods.len(), LINES_QUEUED_MAX);
}
