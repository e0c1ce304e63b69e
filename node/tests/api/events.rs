use tidings_node::api::{
    AcknowledgeEvents, Change, ErrorKind, Event, EventPage, MarkRead, Message, MessageState,
    NextEvents,
};
use tidings_node::{Mode, Node, request_id};

use crate::person::{PATIENCE, ann_and_ben, deliver, passing};

async fn next(node: &Node, listener: &str, limit: u32) -> EventPage {
    let next = NextEvents {
        listener: listener.to_owned(),
        limit,
        wait: PATIENCE,
    };
    node.call(next).await.unwrap()
}

async fn acknowledge(node: &Node, listener: &str, position: u64) {
    let listener = listener.to_owned();
    let acknowledge = AcknowledgeEvents { listener, position };
    node.call(acknowledge).await.unwrap();
}

fn messages(page: EventPage) -> Vec<Message> {
    let of_message = |event| match event {
        Event::Message(message) => *message,
        other @ (Event::Invited(_) | Event::RoomChanged(_) | Event::Unknown | _) => {
            panic!("an event of another kind: {other:?}")
        }
    };
    page.events.into_iter().map(of_message).collect()
}

fn bodies(page: EventPage) -> Vec<String> {
    let messages = messages(page).into_iter();
    messages.map(|message| message.body).collect()
}

#[tokio::test]
async fn what_was_not_acknowledged_is_told_again_also_after_a_restart() {
    let (ann, mut ben) = ann_and_ben().await;
    for text in ["one", "two", "three"] {
        deliver(ann.node(), "Ben", text).await;
    }
    let first = next(ben.node(), "bot", 2).await;
    assert_eq!(bodies(first.clone()), ["one", "two"]);
    let again = next(ben.node(), "bot", 2).await;
    assert_eq!(again, first);
    ben.restart().await;
    assert_eq!(bodies(next(ben.node(), "bot", 2).await), ["one", "two"]);
    acknowledge(ben.node(), "bot", first.position).await;
    assert_eq!(bodies(next(ben.node(), "bot", 9).await), ["three"]);
    ben.restart().await;
    assert_eq!(bodies(next(ben.node(), "bot", 9).await), ["three"]);
}

#[tokio::test]
async fn what_happens_while_nobody_listens_is_kept_for_every_listener() {
    let (mut ann, ben) = ann_and_ben().await;
    deliver(ben.node(), "Ann", "one").await;
    ann.restart().await;
    deliver(ben.node(), "Ann", "two").await;
    let page = next(ann.node(), "first", 9).await;
    assert_eq!(bodies(page.clone()), ["one", "two"]);
    acknowledge(ann.node(), "first", page.position).await;
    // The place of one listener is not that of another.
    assert_eq!(bodies(next(ann.node(), "second", 9).await), ["one", "two"]);
}

#[tokio::test]
async fn a_listener_waits_for_what_comes_and_hears_of_changed_states() {
    let (ann, ben) = ann_and_ben().await;
    let listening = {
        let node = ben.node().clone();
        tokio::spawn(async move { next(&node, "bot", 9).await })
    };
    deliver(ann.node(), "Ben", "hello").await;
    assert_eq!(bodies(listening.await.unwrap()), ["hello"]);

    // What changed before it was told of is told of once, as it is now.
    let delivered = next(ann.node(), "bot", 9).await;
    acknowledge(ann.node(), "bot", delivered.position).await;
    let delivered = messages(delivered);
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].change, Change::State);
    assert_eq!(delivered[0].state, MessageState::Delivered);
    let mark = MarkRead {
        request: request_id(),
        messages: vec![delivered[0].id],
    };
    ben.node().call(mark).await.unwrap();
    let read = messages(next(ann.node(), "bot", 9).await);
    assert_eq!((read.len(), read[0].state), (1, MessageState::Read));
}

#[tokio::test]
async fn a_position_that_was_never_handed_out_is_refused() {
    let ann = passing("Ann", Mode::Offline).await;
    let ahead = AcknowledgeEvents {
        listener: "bot".to_owned(),
        position: 1_000,
    };
    assert_eq!(ann.call(ahead).await.unwrap_err().kind, ErrorKind::Invalid);
}

#[tokio::test]
async fn a_listeners_name_has_as_many_characters_as_it_may() {
    let ann = passing("Ann", Mode::Offline).await;
    for (characters, fits) in [(0, false), (1, true), (64, true), (65, false)] {
        let next = NextEvents {
            listener: "ü".repeat(characters),
            limit: 1,
            wait: 0,
        };
        assert_eq!(ann.call(next).await.is_ok(), fits, "{characters}");
    }
}
