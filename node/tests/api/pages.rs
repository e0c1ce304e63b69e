use tidings_node::api::{
    AcknowledgeEvents, DeleteMessage, ErrorKind, Event, MarkRead, Message, NextEvents,
    PAGE_BYTES_MAX, ReadMessages,
};
use tidings_node::rpc::REPLY_BYTES_MAX;
use tidings_node::{Mode, Node, OperationId, request_id};

use crate::person::{PATIENCE, deliver, pair_in_memory, passing, send};

/// Bytes of a text that takes six times as much in JSON.
const HOSTILE_BYTES: usize = 31 * 1024;

/// So many of them that they do not fit on one page.
const HOSTILE_MESSAGES: usize = PAGE_BYTES_MAX / HOSTILE_BYTES + 10;

/// Ann, to whom Ben wrote as much as he could.
async fn flooded() -> (Node, Node) {
    let (ann, ben) = pair_in_memory().await;
    let hostile = "\u{1}".repeat(HOSTILE_BYTES);
    for _ in 1..HOSTILE_MESSAGES {
        send(&ben, "Ann", &hostile).await;
    }
    deliver(&ben, "Ann", "the last").await;
    (ann, ben)
}

/// Every page of what is asked for.
async fn pages(node: &Node, mut request: ReadMessages) -> Vec<Vec<Message>> {
    let mut pages = Vec::new();
    loop {
        let page = node.call(request.clone()).await.unwrap();
        let json = serde_json::to_vec(&page).unwrap();
        assert!(json.len() < REPLY_BYTES_MAX, "{}", json.len());
        pages.push(page.messages);
        match page.next {
            Some(next) => request.after = Some(next),
            None => return pages,
        }
    }
}

fn ids(messages: &[Message]) -> Vec<OperationId> {
    messages.iter().map(|message| message.id).collect()
}

#[tokio::test]
async fn what_a_contact_floods_us_with_is_read_in_pages_that_can_be_sent() {
    let (ann, _ben) = flooded().await;
    let all = pages(&ann, ReadMessages::default()).await;
    assert!(all.len() > 1);
    let all = all.concat();
    assert_eq!(all.len(), HOSTILE_MESSAGES);
    assert!(all.is_sorted_by_key(|message| message.sent_at));
    assert_eq!(all.last().unwrap().body, "the last");
    let newest = ReadMessages {
        limit: Some(5),
        ..ReadMessages::default()
    };
    let newest = pages(&ann, newest).await.concat();
    assert_eq!(newest, all[all.len() - 5..]);
    let ben = |before| ReadMessages {
        who: Some("Ben".into()),
        limit: Some(100),
        before,
        ..ReadMessages::default()
    };
    let (mut back, mut before) = (Vec::new(), None);
    loop {
        let part = ids(&pages(&ann, ben(before)).await.concat());
        let Some(first) = part.first() else { break };
        before = Some(*first);
        back.splice(0..0, part);
    }
    assert_eq!(back, ids(&all));
}

#[tokio::test]
async fn a_flood_stops_neither_those_who_follow_nor_those_who_take_events() {
    let (ann, _ben) = flooded().await;
    let (mut since, mut arrived) = ("0".to_owned(), Vec::new());
    while arrived.len() < HOSTILE_MESSAGES {
        let request = ReadMessages {
            since: Some(since),
            wait: PATIENCE,
            ..ReadMessages::default()
        };
        let page = ann.call(request).await.unwrap();
        assert!(page.messages.len() < HOSTILE_MESSAGES && !page.messages.is_empty());
        arrived.extend(ids(&page.messages));
        since = page.cursor;
    }
    let mut events = Vec::new();
    while events.len() < HOSTILE_MESSAGES {
        let request = NextEvents {
            listener: "bot".to_owned(),
            limit: u32::MAX,
            wait: PATIENCE,
        };
        let page = ann.call(request).await.unwrap();
        assert!(serde_json::to_vec(&page).unwrap().len() < REPLY_BYTES_MAX);
        events.extend(page.events.into_iter().filter_map(|event| match event {
            Event::Message(message) => Some(message.id),
            Event::Invited(_) | Event::RoomChanged(_) | Event::Unknown | _ => None,
        }));
        let acknowledge = AcknowledgeEvents {
            listener: "bot".to_owned(),
            position: page.position,
        };
        ann.call(acknowledge).await.unwrap();
    }
    assert_eq!(arrived, events);
}

#[tokio::test]
async fn small_pages_go_on_from_any_message_and_begin_with_the_oldest_that_is_unread() {
    let (ann, ben) = pair_in_memory().await;
    for number in 0..8 {
        send(&ben, "Ann", &format!("message {number}")).await;
    }
    deliver(&ben, "Ann", "message 8").await;
    let read = async |request: ReadMessages| {
        let who = Some("Ben".into());
        let read = ReadMessages { who, ..request };
        ann.call(read).await.unwrap()
    };
    let all = ids(&read(ReadMessages::default()).await.messages);
    let (from, page) = (Some(all[4]), Some(3));
    let request = ReadMessages {
        from,
        page,
        ..ReadMessages::default()
    };
    let first = read(request.clone()).await;
    assert_eq!(ids(&first.messages), all[4..7]);
    let after = first.next;
    let rest = read(ReadMessages { after, ..request }).await;
    assert_eq!((ids(&rest.messages), rest.next), (all[7..].to_vec(), None));
    let back = ReadMessages {
        before: from,
        limit: page,
        ..ReadMessages::default()
    };
    assert_eq!(ids(&read(back).await.messages), all[1..4]);
    let between = ReadMessages {
        from,
        before: Some(all[6]),
        ..ReadMessages::default()
    };
    assert_eq!(ids(&read(between).await.messages), all[4..6]);
    let mark = MarkRead {
        request: request_id(),
        messages: all[..5].to_vec(),
    };
    ann.call(mark).await.unwrap();
    let oldest = ReadMessages {
        unread: true,
        page: Some(1),
        ..ReadMessages::default()
    };
    assert_eq!(ids(&read(oldest).await.messages), all[5..6]);
}

#[tokio::test]
async fn a_page_from_a_message_that_is_gone_says_so() {
    let (ann, ben) = pair_in_memory().await;
    let message = deliver(&ben, "Ann", "hello").await.id;
    let request = ReadMessages {
        who: Some("Ben".into()),
        from: Some(message),
        ..ReadMessages::default()
    };
    let page = ann.call(request.clone()).await.unwrap();
    assert_eq!(ids(&page.messages), [message]);
    let delete = DeleteMessage {
        request: request_id(),
        message: message.to_string(),
        for_me: true,
    };
    ann.call(delete).await.unwrap();
    let error = ann.call(request).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[tokio::test]
async fn a_page_that_makes_no_sense_is_refused() {
    let ann = passing("Ann", Mode::Offline).await;
    let read = ReadMessages::default();
    let before = Some(OperationId::new([1; 32]));
    let (from, page) = (before, Some(1));
    let after = Some("yesterday".to_owned());
    let since = Some("0".to_owned());
    for request in [
        ReadMessages {
            before,
            ..read.clone()
        },
        ReadMessages {
            from,
            ..read.clone()
        },
        ReadMessages {
            after,
            ..read.clone()
        },
        ReadMessages {
            before,
            since: since.clone(),
            ..read.clone()
        },
        ReadMessages {
            from,
            since: since.clone(),
            ..read.clone()
        },
        ReadMessages {
            page,
            since,
            ..read
        },
    ] {
        let error = ann.call(request).await.unwrap_err();
        assert_eq!(error.kind, ErrorKind::Invalid);
    }
}
