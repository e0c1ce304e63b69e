//! Who is there and who types, as programs learn it.

use tidings_node::api::{
    AwaitPresence, BlockContact, ErrorKind, ListContacts, Presence, SignalTyping,
};
use tidings_node::{Node, request_id};

use crate::person::{PATIENCE, ann_and_ben, arrived, pair, pair_in_memory, passing, send};

/// Waits until what somebody sees of who is there and who types is so.
async fn until(node: &Node, so: impl Fn(&Presence) -> bool) -> Presence {
    let mut since = None;
    loop {
        let request = AwaitPresence {
            who: None,
            since,
            wait: PATIENCE,
        };
        let presence = node.call(request).await.unwrap();
        if so(&presence) {
            return presence;
        }
        assert_ne!(since, Some(presence.version), "it never came: {presence:?}");
        since = Some(presence.version);
    }
}

async fn online(node: &Node) {
    until(node, |presence| !presence.online.is_empty()).await;
}

fn typing(who: &str) -> SignalTyping {
    SignalTyping { who: who.into() }
}

#[tokio::test]
async fn who_types_is_seen_to_until_what_they_wrote_has_come() {
    let (ann, ben) = pair_in_memory().await;
    online(&ann).await;
    ann.call(typing("Ben")).await.unwrap();
    let seen = until(&ben, |presence| !presence.typing.is_empty()).await;
    assert_eq!(seen.typing[0].from.name, "Ann");
    let sent = send(&ann, "Ben", "hello").await;
    assert_eq!(seen.typing[0].conversation, sent.conversation);
    arrived(&ben, "hello").await;
    until(&ben, |presence| presence.typing.is_empty()).await;
}

#[tokio::test]
async fn a_contact_is_online_while_a_session_with_them_is_open() {
    let (ann, ben) = pair_in_memory().await;
    online(&ann).await;
    let contacts = ann.call(ListContacts {}).await.unwrap();
    assert!(contacts[0].online);
    ben.shutdown().await.unwrap();
    until(&ann, |presence| presence.online.is_empty()).await;
    let contacts = ann.call(ListContacts {}).await.unwrap();
    assert!(!contacts[0].online);
}

#[tokio::test]
async fn whoever_is_blocked_is_not_online_and_is_told_nothing() {
    let (ann, ben) = pair_in_memory().await;
    online(&ann).await;
    let block = BlockContact {
        request: request_id(),
        who: "Ben".into(),
        blocked: true,
    };
    assert!(!ann.call(block).await.unwrap().online);
    let refused = ann.call(typing("Ben")).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Conflict);
    until(&ben, |presence| presence.online.is_empty()).await;
}

#[tokio::test]
async fn who_asks_about_one_learns_of_no_other() {
    let (ann, ben) = pair_in_memory().await;
    let cat = passing("Cat", tidings_node::Mode::Memory).await;
    pair(&ann, &cat).await;
    until(&ann, |presence| presence.online.len() == 2).await;
    online(&cat).await;
    cat.call(typing("Ann")).await.unwrap();
    until(&ann, |presence| !presence.typing.is_empty()).await;
    let of = |who: &str| AwaitPresence {
        who: Some(who.into()),
        ..AwaitPresence::default()
    };
    let names = |presence: &Presence| -> Vec<String> {
        let online = presence.online.iter().map(|one| one.name.clone());
        let typing = presence.typing.iter().map(|one| one.from.name.clone());
        online.chain(typing).collect()
    };
    assert_eq!(names(&ann.call(of("Ben")).await.unwrap()), ["Ben"]);
    assert_eq!(names(&ann.call(of("Cat")).await.unwrap()), ["Cat", "Cat"]);
    let refused = ann.call(of("Dan")).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::NotFound);
    drop(ben);
}

#[tokio::test]
async fn a_node_that_was_started_again_has_no_version_that_was_known_before() {
    let (ann, mut ben) = ann_and_ben().await;
    let known = until(ben.node(), |presence| !presence.online.is_empty()).await;
    ben.restart().await;
    let request = AwaitPresence {
        since: Some(known.version),
        wait: PATIENCE,
        ..AwaitPresence::default()
    };
    let now = ben.node().call(request).await.unwrap();
    assert!(now.version > known.version);
    drop(ann);
}
