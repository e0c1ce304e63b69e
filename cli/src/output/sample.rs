//! Made-up messages, conversations and people for tests.

use std::collections::BTreeMap;

use tidings_node::api::{
    Author, Bundle, Change, Changed, Contact, ContactState, Conversation, ConversationKind, Deed,
    DeedKind, DeliveryCounts, Message, MessageState, Quote, Standing, Status, Transfer,
    TransferKind, TransferUnit, Whom,
};
use tidings_node::{ConversationId, DeviceId, OperationId, PersonId};

/// A message of somebody else.
pub(crate) fn received(name: &str, body: &str) -> Message {
    Message {
        mine: false,
        from: from(name),
        state: MessageState::Received,
        delivery: DeliveryCounts::default(),
        ..sent(body, MessageState::Queued)
    }
}

/// A message of somebody else in which all is this text that others write: who wrote it, what it says and answers, and how
/// it was reacted to.
pub(crate) fn saying_only(text: &str) -> Message {
    let message = received(text, text);
    Message {
        reactions: [(text.to_owned(), vec![text.to_owned()])].into(),
        reply_to: Some(id('q')),
        quote: Some(Quote {
            from: message.from.clone(),
            mine: false,
            body: text.to_owned(),
            deleted: false,
        }),
        ..message
    }
}

/// A message of our own to somebody.
pub(crate) fn sent(body: &str, state: MessageState) -> Message {
    Message {
        id: id::<OperationId>('a'),
        conversation: id::<ConversationId>('a'),
        from: from("Ann"),
        device: id::<DeviceId>('a'),
        mine: true,
        mentions_me: false,
        sent_at: 0,
        received_at: 0,
        expires_at: None,
        body: body.to_owned(),
        reply_to: None,
        quote: None,
        edited: false,
        deleted: false,
        pinned: false,
        urgent: false,
        disputed: false,
        reactions: BTreeMap::new(),
        reacted: Vec::new(),
        attachments: Vec::new(),
        state,
        reason: None,
        delivery: DeliveryCounts {
            people: 1,
            ..DeliveryCounts::default()
        },
        read: false,
        unsupported: false,
        cursor: "1".to_owned(),
        change: Change::New,
    }
}

/// That somebody else left.
pub(crate) fn left(name: &str) -> Deed {
    Deed {
        id: id::<OperationId>('d'),
        conversation: id::<ConversationId>('a'),
        by: from(name),
        mine: false,
        at: 0,
        before: None,
        what: DeedKind::Left,
    }
}

/// Somebody to whom something is done.
pub(crate) fn whom(first: char, name: &str) -> Whom {
    Whom {
        person: id(first),
        name: name.to_owned(),
        mine: false,
    }
}

/// A room that we are in, with nobody.
pub(crate) fn room(first: char, title: &str) -> Conversation {
    Conversation {
        id: id::<ConversationId>(first),
        kind: ConversationKind::Room,
        title: title.to_owned(),
        members: Vec::new(),
        unread: 0,
        mentions: 0,
        disappears_after: None,
        latest_at: None,
        muted: false,
        archived: false,
        read_receipts: true,
        standing: Standing::Joined,
        invited_by: None,
        hidden: 0,
        needs_newer_version: false,
        draft: None,
    }
}

/// A contact whose words were not compared.
pub(crate) fn contact(first: char, name: &str) -> Contact {
    Contact {
        person: Some(id(first)),
        name: name.to_owned(),
        verified: false,
        state: ContactState::Active,
        alarm: None,
        online: false,
        asked_at: None,
        join: None,
    }
}

/// Of a node that runs and reaches nobody.
pub(crate) fn status() -> Status {
    let status = serde_json::json!({
        "running": true,
        "person": id::<PersonId>('a'),
        "mode": "auto",
        "listen": [],
        "peers": {"lan": 0, "direct": 0, "relayed": 0},
        "queued": 0,
        "carrying": {"envelopes": 0, "bytes": 0},
    });
    serde_json::from_value(status).unwrap()
}

/// That nothing changed up to a version.
pub(crate) const fn unchanged(version: u64) -> Changed {
    Changed {
        version,
        people: false,
        conversations: false,
        read: false,
        gone: false,
        deeds: false,
        network: false,
        settings: false,
        transfers: false,
    }
}

/// Nothing that is in a bundle.
pub(crate) fn bundle(path: &str) -> Bundle {
    Bundle {
        path: path.into(),
        envelopes: 0,
        bytes: 0,
        purges: 0,
        damaged: Vec::new(),
        left_out: None,
        new_file: None,
        new: None,
        for_me: None,
    }
}

/// Something that has just begun to be moved.
pub(crate) fn transfer(id: u64, what: TransferKind, path: &str) -> Transfer {
    Transfer {
        id,
        request: None,
        what,
        path: path.into(),
        done: 0,
        total: None,
        unit: if what == TransferKind::Export {
            TransferUnit::Envelopes
        } else {
            TransferUnit::Bytes
        },
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
