//! Stored rows as the API shows them.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{ConversationId, OperationId, PersonId};
use tidings_protocol::record::MemberRecord;
use tidings_protocol::room;
use tidings_store::{ArrivalKind, DeedRow, MessageRow, Reader};

use super::Service;
use crate::api::{
    ApiError, Author, Change, Deed, DeedKind, DeliveryCounts, Message, MessageState,
    QUOTE_CHARACTERS_MAX, Quote, Role, Whom,
};
use crate::mention::{self, Mentionable};
use crate::people::People;

impl Service {
    /// Messages as the API shows them.
    pub(super) async fn present(&self, rows: Vec<MessageRow>) -> Result<Vec<Message>, ApiError> {
        let people = self.people().await?;
        let answered = self.answered(&rows).await?;
        let mut names = BTreeMap::<ConversationId, Mentionable>::new();
        Ok(rows
            .into_iter()
            .map(|row| {
                let own = &self.shared.identity;
                let names = names
                    .entry(row.conversation)
                    .or_insert_with(|| Mentionable::of(row.conversation, &people, own));
                let answered = row.reply_to.and_then(|id| answered.get(&id));
                let answered =
                    answered.filter(|answered| answered.conversation == row.conversation);
                let quote = answered.map(|answered| Quote {
                    from: Author {
                        person: answered.author,
                        name: self.name_of(answered.author, &people),
                    },
                    mine: answered.mine,
                    body: answered.text.clone(),
                    deleted: answered.deleted,
                });
                Message {
                    quote,
                    ..self.message_of(row, &people, names)
                }
            })
            .collect())
    }

    /// What was done to conversations as the API shows it.
    pub(super) async fn present_deeds(&self, rows: Vec<DeedRow>) -> Result<Vec<Deed>, ApiError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let people = self.people().await?;
        let own = self.shared.identity.person;
        let deeds = rows.into_iter().map(|row| Deed {
            id: row.deed.operation,
            conversation: row.conversation,
            by: Author {
                person: row.deed.by,
                name: self.name_of(row.deed.by, &people),
            },
            mine: row.deed.by == own,
            at: row.deed.wall.as_millis(),
            before: row.before,
            what: self.what(row.deed.what, row.deed.by, &people),
        });
        Ok(deeds.collect())
    }

    fn what(&self, done: room::DeedKind, by: PersonId, people: &People) -> DeedKind {
        let is_blocked = people.by_id(&by).is_some_and(|by| by.record.blocked);
        // Nothing that somebody blocked wrote in a room is shown.
        let shown = |title: String| if is_blocked { String::new() } else { title };
        let whom = |person| Whom {
            person,
            name: self.name_of(person, people),
            mine: person == self.shared.identity.person,
        };
        match done {
            room::DeedKind::Made { title } => DeedKind::Created {
                title: shown(title),
            },
            room::DeedKind::LetIn { person, role } => DeedKind::Added {
                whom: whom(person),
                role: role_of(role),
            },
            room::DeedKind::TookOut { person } => DeedKind::Removed { whom: whom(person) },
            room::DeedKind::Left => DeedKind::Left,
            room::DeedKind::GaveRole { person, role } => DeedKind::Role {
                whom: whom(person),
                role: role_of(role),
            },
            room::DeedKind::Titled { title } => DeedKind::Renamed {
                title: shown(title),
            },
            room::DeedKind::LetStay { seconds } => DeedKind::Disappearing { seconds },
        }
    }

    /// What the rows answer, as far as it is shown here, with no more of each text than is quoted.
    async fn answered(
        &self,
        rows: &[MessageRow],
    ) -> Result<BTreeMap<OperationId, MessageRow>, ApiError> {
        let shown = rows.iter().filter(|row| !row.deleted && !row.hidden);
        let ids: BTreeSet<OperationId> = shown.filter_map(|row| row.reply_to).collect();
        if ids.is_empty() {
            return Ok(BTreeMap::new());
        }
        let read = move |reader: &Reader| {
            let mut answered = BTreeMap::new();
            for id in ids {
                if let Some(mut row) = reader.message(id)? {
                    row.text = row.text.chars().take(QUOTE_CHARACTERS_MAX).collect();
                    answered.insert(id, row);
                }
            }
            Ok(answered)
        };
        Ok(self.shared.storage.read(read).await?)
    }

    fn message_of(&self, row: MessageRow, people: &People, names: &Mentionable) -> Message {
        let name = self.name_of(row.author, people);
        let (state, reason) = state(row.state);
        let (mut reactions, mut reacted) = (BTreeMap::<_, Vec<_>>::new(), Vec::new());
        for (emoji, person) in row.reactions {
            if person == self.shared.identity.person {
                reacted.push(emoji.clone());
            }
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
            quote: None,
            edited: row.edited,
            deleted: row.deleted,
            pinned: row.pinned,
            urgent: row.urgent,
            disputed: row.disputed,
            reactions,
            reacted,
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

    /// What is typed behind `@` to mention a member of a room: the name by which the room shows them to all, else
    /// the one that they give themselves.
    pub(super) fn mentioned_as(&self, member: &MemberRecord, people: &People) -> Option<String> {
        let own = &self.shared.identity;
        let contact = people.by_id(&member.person);
        let itself = if member.person == own.person {
            Some(own.name.as_str())
        } else {
            contact.map(|contact| contact.record.name.as_str())
        };
        mention::typed([member.name.as_str()].into_iter().chain(itself))
    }
}

/// A state and the reason for it as the API shows them.
pub(super) fn state(state: Option<DeliveryState>) -> (MessageState, Option<String>) {
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

/// What a member may do, as the API shows it.
pub(super) const fn role_of(role: room::Role) -> Role {
    match role {
        room::Role::Admin => Role::Admin,
        room::Role::Member => Role::Member,
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
