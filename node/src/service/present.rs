//! Stored rows as the API shows them.

use std::collections::BTreeMap;

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{ConversationId, PersonId};
use tidings_store::{ArrivalKind, MessageRow};

use super::Service;
use crate::api::{ApiError, Author, Change, DeliveryCounts, Message, MessageState};
use crate::mention::Mentionable;
use crate::people::People;

impl Service {
    /// Messages as the API shows them.
    pub(super) async fn present(&self, rows: Vec<MessageRow>) -> Result<Vec<Message>, ApiError> {
        let people = self.people().await?;
        let mut names = BTreeMap::<ConversationId, Mentionable>::new();
        Ok(rows
            .into_iter()
            .map(|row| {
                let own = &self.shared.identity;
                let names = names
                    .entry(row.conversation)
                    .or_insert_with(|| Mentionable::of(row.conversation, &people, own));
                self.message_of(row, &people, names)
            })
            .collect())
    }

    fn message_of(&self, row: MessageRow, people: &People, names: &Mentionable) -> Message {
        let name = self.name_of(row.author, people);
        let (state, reason) = state(row.state);
        let mut reactions = BTreeMap::<_, Vec<_>>::new();
        for (emoji, person) in row.reactions {
            reactions
                .entry(emoji)
                .or_default()
                .push(self.name_of(person, people));
        }
        Message {
            id: row.id,
            conversation: row.conversation,
            from: Author {
                person: row.author,
                name,
            },
            device: row.device,
            mine: row.mine,
            mentions_me: !row.mine && names.mentions_own(&row.text),
            sent_at: row.sent_at.as_millis(),
            received_at: row.received_at.as_millis(),
            expires_at: row
                .expires_at
                .map(tidings_protocol::time::WallTime::as_millis),
            body: row.text,
            reply_to: row.reply_to,
            edited: row.edited,
            deleted: row.deleted,
            pinned: row.pinned,
            disputed: row.disputed,
            reactions,
            attachments: Vec::new(),
            state,
            reason,
            delivery: DeliveryCounts {
                people: row.deliveries.people,
                carried: row.deliveries.carried,
                delivered: row.deliveries.delivered,
                read: row.deliveries.read,
            },
            read: row.read,
            unsupported: row.unsupported,
            cursor: row.position.to_string(),
            change: change(row.change),
        }
    }

    pub(super) fn name_of(&self, person: PersonId, people: &People) -> String {
        let own = &self.shared.identity;
        if person == own.person {
            return own.name.clone();
        }
        people.name(&person).unwrap_or_default().to_owned()
    }
}

fn state(state: Option<DeliveryState>) -> (MessageState, Option<String>) {
    match state {
        None => (MessageState::Received, None),
        Some(DeliveryState::Failed(reason)) => {
            (MessageState::Failed, Some(reason.as_str().to_owned()))
        }
        Some(DeliveryState::Queued) => (MessageState::Queued, None),
        Some(DeliveryState::Carried) => (MessageState::Carried, None),
        Some(DeliveryState::Delivered) => (MessageState::Delivered, None),
        Some(DeliveryState::Read) => (MessageState::Read, None),
    }
}

const fn change(kind: ArrivalKind) -> Change {
    match kind {
        ArrivalKind::New => Change::New,
        ArrivalKind::Edited => Change::Edited,
        ArrivalKind::Deleted => Change::Deleted,
        ArrivalKind::Reaction => Change::Reaction,
        ArrivalKind::State => Change::State,
        ArrivalKind::Hidden => Change::Hidden,
    }
}
