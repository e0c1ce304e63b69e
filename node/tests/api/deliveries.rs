//! How far a message has come with each person it is for.

use tidings_node::api::{CreateRoom, Delivery, ErrorKind, ListDeliveries, MarkRead, MessageState};
use tidings_node::{Mode, Node, OperationId, request_id};

use crate::person::{arrived, deliver, pair, pair_in_memory, passing, reached, send};

async fn deliveries(node: &Node, message: OperationId) -> Vec<Delivery> {
    let message = message.to_string();
    node.call(ListDeliveries { message }).await.unwrap()
}

#[tokio::test]
async fn what_one_has_read_and_nobody_brings_another_is_told_of_each() {
    let (ann, ben) = pair_in_memory().await;
    let carla = passing("Carla", Mode::Memory).await;
    pair(&ann, &carla).await;
    let create = CreateRoom {
        request: request_id(),
        title: "Team".to_owned(),
        with: vec!["Ben".into(), "Carla".into()],
    };
    ann.call(create).await.unwrap();
    let first = deliver(&ann, "Team", "all are there").await;
    let seen = deliveries(&ann, first.id).await;
    let names: Vec<&str> = seen.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Ben", "Carla"]);
    assert!(seen.iter().all(|one| one.state == MessageState::Delivered));
    assert!(
        seen.iter()
            .all(|one| one.carried_by.is_empty() && one.reason.is_none())
    );
    let mark = MarkRead {
        request: request_id(),
        messages: vec![first.id],
    };
    carla.shutdown().await.unwrap();
    ben.call(mark).await.unwrap();
    let second = send(&ann, "Team", "Carla has left").await;
    arrived(&ben, "Carla has left").await;
    // What is true of one is not said of the other. Ben's receipt is on its way.
    let states = async |id| {
        let seen = deliveries(&ann, id).await;
        [seen[0].state, seen[1].state]
    };
    while states(first.id).await[0] != MessageState::Read {
        tokio::task::yield_now().await;
    }
    assert_eq!(states(first.id).await[1], MessageState::Delivered);
    assert!(states(second.id).await[1] < MessageState::Delivered);
}

#[tokio::test]
async fn who_promised_to_keep_it_is_told_with_until_when_and_not_once_it_is_given_up() {
    let (ann, ben) = pair_in_memory().await;
    let carla = passing("Carla", Mode::Memory).await;
    pair(&ann, &carla).await;
    deliver(&ann, "Carla", "hello").await;
    ben.shutdown().await.unwrap();
    let sent = send(&ann, "Ben", "over Carla").await;
    reached(&ann, sent.id, MessageState::Carried).await;
    let [delivery] = &deliveries(&ann, sent.id).await[..] else {
        panic!("it is for one");
    };
    assert_eq!(
        (&*delivery.name, delivery.state),
        ("Ben", MessageState::Carried)
    );
    let [carrier] = &delivery.carried_by[..] else {
        panic!("one keeps it: {delivery:?}");
    };
    assert_eq!(carrier.name.as_deref(), Some("Carla"));
    assert!(carrier.until > sent.sent_at);
    let cancel = tidings_node::api::Cancel {
        request: request_id(),
        message: sent.id.to_string(),
    };
    ann.call(cancel).await.unwrap();
    let given_up = &deliveries(&ann, sent.id).await[0];
    assert_eq!(given_up.state, MessageState::Failed);
    assert_eq!(given_up.reason.as_deref(), Some("cancelled"));
    assert_eq!(given_up.carried_by, []);
}

#[tokio::test]
async fn of_what_others_wrote_nobody_knows_who_has_it() {
    let (ann, ben) = pair_in_memory().await;
    let theirs = deliver(&ben, "Ann", "hello").await;
    let message = theirs.id.to_string();
    let refused = ann.call(ListDeliveries { message }).await.unwrap_err();
    assert_eq!(refused.kind, ErrorKind::Invalid);
    let message = "aaaaaaaa".to_owned();
    let unknown = ann.call(ListDeliveries { message }).await.unwrap_err();
    assert_eq!(unknown.kind, ErrorKind::NotFound);
}
