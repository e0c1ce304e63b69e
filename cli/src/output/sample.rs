//! Made-up messages for tests.

use std::collections::BTreeMap;

use tidings_node::api::{Author, Change, DeliveryCounts, Message, MessageState};
use tidings_node::{ConversationId, DeviceId, OperationId, PersonId};

/// A message of somebody else.
pub(crate) fn received(name: &str, body: &str) -> Message {
    Message {
        mine: false,
        from: from(name),
        state: MessageState::Received,
        ..sent(body, MessageState::Queued)
    }
}

/// A message of our own.
pub(crate) fn sent(body: &str, state: MessageState) -> Message {
    Message {
        id: id::<OperationId>('a'),
        conversation: id::<ConversationId>('a'),
        from: from("Ann"),
        device: id::<DeviceId>('a'),
        mine: true,
        sent_at: 0,
        received_at: 0,
        expires_at: None,
        body: body.to_owned(),
        reply_to: None,
        edited: false,
        deleted: false,
        pinned: false,
        reactions: BTreeMap::new(),
        attachments: Vec::new(),
        state,
        reason: None,
        delivery: DeliveryCounts::default(),
        read: false,
        unsupported: false,
        cursor: "1".to_owned(),
        change: Change::New,
    }
}

/// The id whose text begins with `first`.
pub(crate) fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(first: char) -> T {
    format!("{first}{}", "a".repeat(51)).parse().unwrap()
}

fn from(name: &str) -> Author {
    Author {
        person: id::<PersonId>('b'),
        name: name.to_owned(),
    }
}
