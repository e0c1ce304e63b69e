//! What somebody whom one blocked does in rooms.

use tidings_node::api::{
    BlockContact, Change, Conversation, CreateRoom, Event, GetConversation, Message, NextEvents,
    React, SearchMessages, Sync,
};
use tidings_node::{Mode, Node, request_id};

use crate::person::{PATIENCE, arrived, messages, pair, passing, send, texts};

fn block(blocked: bool) -> BlockContact {
    BlockContact {
        request: request_id(),
        who: "Ben".into(),
        blocked,
    }
}

async fn team(node: &Node) -> Conversation {
    let team = GetConversation { who: "Team".into() };
    node.call(team).await.unwrap()
}

/// Waits until so many messages are here without being shown.
async fn hidden(node: &Node, count: u64) {
    while team(node).await.hidden != count {
        let sync = Sync {
            who: Some("Team".into()),
            timeout: PATIENCE / 600,
        };
        node.call(sync).await.unwrap();
    }
}

/// All that is told from the start.
async fn told(node: &Node) -> Vec<Message> {
    let events = NextEvents {
        listener: "bot".to_owned(),
        limit: 100,
        wait: 0,
    };
    let page = node.call(events).await.unwrap();
    let messages = page.events.into_iter().filter_map(|event| match event {
        Event::Message(message) => Some(*message),
        Event::Invited(_) | Event::RoomChanged(_) | Event::Unknown | _ => None,
    });
    messages.collect()
}

#[tokio::test]
async fn what_somebody_blocked_does_in_a_room_is_kept_and_shown_once_they_are_unblocked() {
    let [ann, ben, carla] = [
        passing("Ann", Mode::Memory).await,
        passing("Ben", Mode::Memory).await,
        passing("Carla", Mode::Memory).await,
    ];
    pair(&ann, &ben).await;
    pair(&ann, &carla).await;
    let create = CreateRoom {
        request: request_id(),
        title: "Team".to_owned(),
        with: vec!["Ben".into(), "Carla".into()],
    };
    ann.call(create).await.unwrap();
    let hello = send(&ann, "Team", "hello").await;
    arrived(&carla, "hello").await;
    arrived(&ben, "hello").await;
    send(&ben, "Team", "@Ann early").await;
    arrived(&ann, "@Ann early").await;
    arrived(&carla, "@Ann early").await;
    assert_eq!((team(&ann).await.unread, team(&ann).await.mentions), (1, 1));
    ann.call(block(true)).await.unwrap();
    hidden(&ann, 1).await;
    // What Ben does now comes over Carla.
    let react = React {
        request: request_id(),
        message: hello.id.to_string(),
        emoji: "👍".to_owned(),
        remove: false,
    };
    ben.call(react).await.unwrap();
    send(&ben, "Team", "@Ann late").await;
    arrived(&carla, "@Ann late").await;
    hidden(&ann, 2).await;
    assert_eq!(texts(&ann).await, ["hello"]);
    assert!(messages(&ann).await[0].reactions.is_empty());
    assert_eq!((team(&ann).await.unread, team(&ann).await.mentions), (0, 0));
    let search = SearchMessages {
        query: "late".to_owned(),
        ..SearchMessages::default()
    };
    assert!(ann.call(search.clone()).await.unwrap().messages.is_empty());
    let said = told(&ann).await.into_iter();
    let said: Vec<_> = said.map(|message| (message.body, message.change)).collect();
    assert!(said.contains(&(String::new(), Change::Hidden)), "{said:?}");
    assert!(
        said.iter().all(|(body, _)| !body.contains("@Ann")),
        "{said:?}"
    );
    ann.call(block(false)).await.unwrap();
    arrived(&ann, "@Ann late").await;
    assert_eq!(texts(&ann).await, ["hello", "@Ann early", "@Ann late"]);
    assert_eq!(messages(&ann).await[0].reactions["👍"], ["Ben"]);
    assert_eq!((team(&ann).await.unread, team(&ann).await.mentions), (2, 2));
    assert_eq!(ann.call(search).await.unwrap().messages.len(), 1);
}
