//! Who is connected, what waits and why, as programs learn it.

use tidings_node::api::{BlockContact, Check, ErrorKind, GetStatus, ListPeers, Peer, RunDoctor};
use tidings_node::{Mode, Node, request_id};

use crate::person::{ann_and_ben, deliver, pair, pair_in_memory, passing, send};

async fn peers(node: &Node) -> Vec<Peer> {
    node.call(ListPeers {}).await.unwrap()
}

async fn doctor(node: &Node, who: Option<&str>) -> Vec<Check> {
    let who = who.map(Into::into);
    node.call(RunDoctor { who }).await.unwrap()
}

fn names(checks: &[Check]) -> Vec<&str> {
    checks.iter().map(|check| check.name.as_str()).collect()
}

#[track_caller]
fn check<'a>(checks: &'a [Check], name: &str) -> &'a Check {
    let mut checks = checks.iter();
    checks.find(|check| check.name == name).unwrap()
}

#[tokio::test]
async fn somebody_who_is_there_is_a_peer_with_a_session_and_nothing_waits() {
    let (ann, ben) = pair_in_memory().await;
    deliver(&ann, "Ben", "hello").await;
    let peers = peers(&ann).await;
    assert_eq!(peers.len(), 1);
    let peer = &peers[0];
    assert_eq!(peer.name.as_deref(), Some("Ben"));
    assert!(peer.contact && peer.session && peer.path.is_some() && peer.heard_at.is_some());
    assert!(!peer.dormant && peer.address.is_some() && peer.device.is_some());
    assert_eq!((peer.queued, peer.under_way), (0, 0));
    let checks = doctor(&ann, None).await;
    assert_eq!(
        names(&checks),
        [
            "clock",
            "disk",
            "database",
            "interfaces",
            "node",
            "listening",
            "reach",
            "discovery",
            "dht",
            "neighbours",
            "carrying",
            "documents",
            "versions",
            "joins",
            "queue"
        ]
    );
    for name in [
        "clock",
        "disk",
        "database",
        "neighbours",
        "carrying",
        "documents",
        "versions",
        "joins",
        "queue",
    ] {
        assert!(check(&checks, name).ok, "{checks:?}");
    }
    ben.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_waits_for_somebody_who_is_gone_is_told_with_what_would_help() {
    let (ann, mut ben) = ann_and_ben().await;
    deliver(ann.node(), "Ben", "hello").await;
    ben.stop().await;
    // Once the connection is gone it is sealed, too.
    let away = loop {
        let peers = peers(ann.node()).await;
        if peers[0].path.is_none() {
            break peers;
        }
        tokio::task::yield_now().await;
    };
    assert!(!away[0].session && away[0].contact && away[0].heard_at.is_some());
    // Who is gone is dialled, and does not answer any more.
    let tried = loop {
        let tried = peers(ann.node()).await.remove(0);
        if tried.last_error.is_some() {
            break tried;
        }
        tokio::task::yield_now().await;
    };
    assert!(tried.failed_at >= tried.heard_at && tried.relay.is_none());
    let about = doctor(ann.node(), Some("Ben")).await;
    let connection = check(&about, "connection");
    assert!(
        connection.detail.contains("The last try, "),
        "{connection:?}"
    );
    send(ann.node(), "Ben", "are you there?").await;
    let checks = doctor(ann.node(), None).await;
    let queue = check(&checks, "queue");
    assert!(!queue.ok && queue.since.is_some(), "{queue:?}");
    assert!(
        queue.detail.contains("1 message waits for Ben"),
        "{queue:?}"
    );
    assert!(queue.hint.contains("Meet once"), "{queue:?}");
    assert_eq!(queue.person, away[0].person);
    let about = doctor(ann.node(), Some("Ben")).await;
    assert_eq!(
        names(&about),
        [
            "node",
            "contact",
            "connection",
            "queue",
            "under_way",
            "documents"
        ]
    );
    assert!(!check(&about, "connection").ok);
    assert!(
        check(&about, "under_way")
            .detail
            .contains("1 envelope is under way"),
        "{about:?}"
    );
    let peers = peers(ann.node()).await;
    assert_eq!(
        (peers[0].queued, peers[0].under_way, peers[0].promised),
        (1, 1, 0)
    );
    let status = ann.node().call(GetStatus {}).await.unwrap();
    assert_eq!(
        (status.under_way, status.promised, status.neighbours),
        (1, 0, 0)
    );
}

#[tokio::test]
async fn what_a_common_friend_keeps_is_told_with_their_name() {
    let (ann, mut ben) = ann_and_ben().await;
    let carla = passing("Carla", Mode::Auto).await;
    pair(ann.node(), &carla).await;
    deliver(ann.node(), "Carla", "hello").await;
    ben.stop().await;
    let sent = send(ann.node(), "Ben", "over Carla").await;
    crate::person::reached(
        ann.node(),
        sent.id,
        tidings_node::api::MessageState::Carried,
    )
    .await;
    let peers = peers(ann.node()).await;
    let of = |name: &str| {
        let mut peers = peers.iter();
        peers
            .find(|peer| peer.name.as_deref() == Some(name))
            .unwrap()
    };
    assert!(of("Carla").carries && of("Carla").session);
    assert_eq!((of("Ben").queued, of("Ben").promised), (1, 1));
    assert_eq!(of("Ben").promised_by, ["Carla"]);
    let checks = doctor(ann.node(), None).await;
    let queue = check(&checks, "queue");
    assert!(
        queue.ok && queue.detail.contains("Kept by Carla"),
        "{queue:?}"
    );
    let status = ann.node().call(GetStatus {}).await.unwrap();
    assert_eq!(
        (status.under_way, status.promised, status.neighbours),
        (1, 1, 1)
    );
}

#[tokio::test]
async fn whom_we_blocked_is_the_matter_and_a_name_of_nobody_is_found_nowhere() {
    let (ann, _ben) = pair_in_memory().await;
    deliver(&ann, "Ben", "hello").await;
    let block = BlockContact {
        request: request_id(),
        who: "Ben".into(),
        blocked: true,
    };
    ann.call(block).await.unwrap();
    let about = doctor(&ann, Some("Ben")).await;
    let contact = check(&about, "contact");
    assert!(
        !contact.ok && contact.hint.contains("contacts unblock"),
        "{contact:?}"
    );
    let request = RunDoctor {
        who: Some("Nobody".into()),
    };
    assert_eq!(
        ann.call(request).await.unwrap_err().kind,
        ErrorKind::NotFound
    );
}

#[tokio::test]
async fn two_who_have_the_same_messages_are_told_the_same_of_their_documents() {
    let (ann, ben) = pair_in_memory().await;
    let before = doctor(&ann, Some("Ben")).await;
    let before = check(&before, "documents");
    assert!(
        before.ok && before.detail.contains("Nothing is written"),
        "{before:?}"
    );
    deliver(&ann, "Ben", "hello").await;
    let comes_to = async |node: &Node, who| {
        let checks = doctor(node, Some(who)).await;
        let documents = check(&checks, "documents").clone();
        assert!(documents.ok, "{documents:?}");
        let said = "1 document of 1 conversation was built again from what is stored, with 1 head:";
        assert!(documents.detail.starts_with(said), "{documents:?}");
        let (_, comes_to) = documents.detail.split_once("What it comes to is ").unwrap();
        comes_to.to_owned()
    };
    let of_ann = comes_to(&ann, "Ben").await;
    assert_eq!(of_ann, comes_to(&ben, "Ann").await);
    deliver(&ann, "Ben", "and more").await;
    assert_ne!(of_ann, comes_to(&ann, "Ben").await);
    ben.shutdown().await.unwrap();
}
