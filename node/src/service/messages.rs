//! Requests about messages.

use std::collections::BTreeMap;
use std::time::Duration;

use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::engine::Command;
use tidings_protocol::id::{ActorId, ConversationId, OperationId};
use tidings_protocol::operation::Content;
use tidings_store::{MessageRow, PageLimit, PagePosition, Reader, Selection};
use tokio::time::Instant;

use super::{Service, deadline, ending};
use crate::api::{
    ApiError, AwaitState, Awaited, Cancel, DEEDS_TOLD_MAX, Deed, Done, ErrorKind, ListDeeds,
    ListGone, MarkRead, Message, MessagePage, MessageState, PAGE_BYTES_MAX, PAGE_MESSAGES_MAX,
    ReadMessages, SendMessage,
};
use crate::reason;

/// Messages that one request marks as read.
pub(super) const MARK_MAX: usize = 10_000;
/// Messages that one request looks for.
pub(super) const GONE_MAX: usize = 1_000;
/// Characters of an id that are enough to name it.
const ID_CHARACTERS_MIN: usize = 6;

impl Service {
    pub(super) async fn send(&self, request: SendMessage) -> Result<Message, ApiError> {
        if request.text.is_empty() {
            return Err(ApiError::invalid(reason::no_text()));
        }
        let conversation = self.people().await?.place(&request.who)?.conversation();
        let reply_to = match &request.reply_to {
            Some(id) => Some(self.answerable(id, conversation).await?),
            None => None,
        };
        let content = Content::Message { text: request.text };
        let message = self
            .write_with(
                request.request,
                (conversation, reply_to),
                content,
                request.priority,
            )
            .await?;
        self.message(message).await
    }

    /// The message that an id, or its start, means, if what is written there can answer it.
    async fn answerable(
        &self,
        id: &str,
        conversation: ConversationId,
    ) -> Result<OperationId, ApiError> {
        let row = self.row(self.message_id(id).await?).await?;
        if row.conversation == conversation {
            return Ok(row.id);
        }
        Err(ApiError::invalid(reason::reply_elsewhere(id)))
    }

    pub(super) async fn cancel(&self, request: Cancel) -> Result<Message, ApiError> {
        let message = self.message_id(&request.message).await?;
        let row = self.row(message).await?;
        if !row.mine {
            return Err(ApiError::invalid(reason::not_yours_to_cancel()));
        }
        // What is given up already changes no more, so that whoever asks again can tell.
        if row.state == Some(DeliveryState::Failed(FailureReason::Cancelled)) {
            return self.message(message).await;
        }
        let command = Command::Cancel {
            conversation: row.conversation,
            actor: row.actor,
            seq: row.seq,
            message: row.id,
        };
        self.command(request.request, command).await?;
        self.message(message).await
    }

    pub(super) async fn await_state(&self, request: AwaitState) -> Result<Awaited, ApiError> {
        let until = deadline(request.timeout);
        let mut generation = self.shared.signals.generation();
        let mut end = self.shared.signals.end();
        loop {
            generation.borrow_and_update();
            let message = self.message(request.message).await?;
            let reached = message.state >= request.state;
            // One that is for nobody comes no further.
            let is_for_nobody = message.delivery.people == 0;
            let settled = reached || is_for_nobody || message.state == MessageState::Failed;
            if settled || Instant::now() >= until {
                return Ok(Awaited { message, reached });
            }
            tokio::select! {
                _ = generation.changed() => {}
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    pub(super) async fn read(&self, request: ReadMessages) -> Result<MessagePage, ApiError> {
        let conversation = match &request.who {
            Some(who) => Some(self.people().await?.place(who)?.conversation()),
            None => None,
        };
        let is_part = request.since.is_some() || request.unread || request.pinned;
        if request.deeds && (is_part || conversation.is_none()) {
            return Err(ApiError::invalid(reason::deeds_of_one()));
        }
        let Some(since) = &request.since else {
            return self.page(request, conversation).await;
        };
        let is_bounded = request.from.is_some() || request.before.is_some();
        let is_paged = request.page.is_some() || request.after.is_some();
        if is_bounded || is_paged || request.pinned {
            return Err(ApiError::invalid(reason::since_in_display_order()));
        }
        let since = since
            .parse()
            .map_err(|_| ApiError::invalid(reason::bad_cursor()))?;
        let rows = self
            .arrivals(
                conversation,
                request.unread,
                since,
                request.limit,
                request.wait,
            )
            .await?;
        let cursor = rows.last().map_or(since, |row| row.position).to_string();
        Ok(MessagePage {
            messages: self.present(rows).await?,
            deeds: Vec::new(),
            cursor,
            next: None,
            gaps: self.gaps(conversation).await?,
        })
    }

    /// A page in display order.
    async fn page(
        &self,
        request: ReadMessages,
        conversation: Option<ConversationId>,
    ) -> Result<MessagePage, ApiError> {
        if (request.from.is_some() || request.before.is_some()) && conversation.is_none() {
            return Err(ApiError::invalid(reason::from_without_place()));
        }
        let after = request.after.as_deref().map(str::parse).transpose();
        let after: Option<PagePosition> =
            after.map_err(|_| ApiError::invalid(reason::bad_page()))?;
        let selection = Selection {
            conversation,
            unread_only: request.unread,
            pinned_only: request.pinned,
            newest: request.limit,
            from: request.from,
            before: request.before,
            deeds: request.deeds,
        };
        let limit = page_limit(request.page);
        let read = move |reader: &Reader| reader.page(&selection, after, limit);
        let page = self
            .shared
            .storage
            .read(read)
            .await?
            .ok_or_else(|| ApiError::not_found(reason::page_start_gone()))?;
        Ok(MessagePage {
            messages: self.present(page.rows).await?,
            deeds: self.present_deeds(page.deeds).await?,
            cursor: page.log.to_string(),
            next: page.next.map(|next| next.to_string()),
            gaps: self.gaps(conversation).await?,
        })
    }

    pub(super) async fn deeds(&self, request: ListDeeds) -> Result<Vec<Deed>, ApiError> {
        let place = self.people().await?.place(&request.who)?.conversation();
        let newest = u32::try_from(DEEDS_TOLD_MAX).unwrap_or(u32::MAX);
        let read = move |reader: &Reader| reader.deeds(place, newest);
        let rows = self.shared.storage.read(read).await?;
        self.present_deeds(rows).await
    }

    pub(super) async fn gone(&self, request: ListGone) -> Result<Vec<OperationId>, ApiError> {
        if request.messages.len() > GONE_MAX {
            return Err(ApiError::invalid(reason::too_many_sought(GONE_MAX)));
        }
        let read = move |reader: &Reader| {
            let mut gone = Vec::new();
            for id in request.messages {
                if reader.message(id)?.is_none() && !reader.tells(id)? {
                    gone.push(id);
                }
            }
            Ok(gone)
        };
        Ok(self.shared.storage.read(read).await?)
    }

    pub(super) async fn mark_read(&self, request: MarkRead) -> Result<Done, ApiError> {
        if request.messages.len() > MARK_MAX {
            return Err(ApiError::invalid(reason::too_many_read(MARK_MAX)));
        }
        let messages = request.messages;
        let read = move |reader: &Reader| {
            let rows = messages.iter().map(|id| reader.message(*id));
            rows.collect::<Result<Vec<_>, _>>()
        };
        let rows: Vec<MessageRow> = self
            .shared
            .storage
            .read(read)
            .await?
            .into_iter()
            .flatten()
            .collect();
        let mut by_conversation = BTreeMap::<ConversationId, Vec<&MessageRow>>::new();
        // Those read already too: a retry must name the same parts as the first try.
        for row in rows.iter().filter(|row| !row.mine) {
            by_conversation
                .entry(row.conversation)
                .or_default()
                .push(row);
        }
        for (conversation, rows) in by_conversation {
            let read = self.with_silent(conversation, by_actor(&rows)).await?;
            let command = Command::MarkRead { conversation, read };
            self.command(super::part_of(request.request, conversation), command)
                .await?;
        }
        Ok(Done {})
    }

    /// With what is to be marked as read also what lies before it and shows nothing: as gaps it
    /// would soon use up what a receipt can say.
    async fn with_silent(
        &self,
        conversation: ConversationId,
        read: Ranges,
    ) -> Result<Ranges, ApiError> {
        let add = move |reader: &Reader| {
            let each = read.into_iter().map(|(actor, mut ranges)| {
                let last = ranges.iter().map(|(_, last)| *last).max();
                ranges.extend(reader.silent(conversation, actor, last.unwrap_or_default())?);
                Ok((actor, ranges))
            });
            each.collect()
        };
        Ok(self.shared.storage.read(add).await?)
    }

    /// The message that an id, or its start, means.
    pub(super) async fn message_id(&self, id: &str) -> Result<OperationId, ApiError> {
        let id = id.trim().to_lowercase();
        if id.len() < ID_CHARACTERS_MIN {
            return Err(ApiError::invalid(reason::short_message_id()));
        }
        let prefix = id.clone();
        let found = self
            .shared
            .storage
            .read(move |reader| reader.operations_by_prefix(&prefix))
            .await?;
        match found.as_slice() {
            [message] => Ok(*message),
            [] => Err(ApiError::not_found(reason::no_message_of_id(&id))),
            several => Err(ApiError {
                candidates: several.iter().map(ToString::to_string).collect(),
                ..ApiError::new(ErrorKind::Ambiguous, reason::several_messages(&id))
            }),
        }
    }

    pub(super) async fn row(&self, message: OperationId) -> Result<MessageRow, ApiError> {
        let row = self.row_if_shown(message).await?;
        row.ok_or_else(|| ApiError::not_found(reason::no_message_of_id(&message.to_string())))
    }

    pub(super) async fn row_if_shown(
        &self,
        message: OperationId,
    ) -> Result<Option<MessageRow>, ApiError> {
        Ok(self
            .shared
            .storage
            .read(move |reader| reader.message(message))
            .await?)
    }

    pub(super) async fn message(&self, message: OperationId) -> Result<Message, ApiError> {
        let row = self.row(message).await?;
        let mut messages = self.present(vec![row]).await?;
        messages
            .pop()
            .ok_or_else(|| ApiError::not_found(reason::no_message()))
    }

    /// What arrived or changed after a position, in that order; waits for the first.
    pub(super) async fn arrivals(
        &self,
        conversation: Option<ConversationId>,
        unread_only: bool,
        since: u64,
        limit: Option<u32>,
        wait: u64,
    ) -> Result<Vec<MessageRow>, ApiError> {
        let limit = page_limit(limit);
        let until = Instant::now() + Duration::from_millis(wait).min(super::WAIT_MAX);
        let mut generation = self.shared.signals.generation();
        let mut end = self.shared.signals.end();
        loop {
            generation.borrow_and_update();
            let rows = self
                .shared
                .storage
                .read(move |reader| reader.arrivals(conversation, unread_only, since, limit))
                .await?;
            if !rows.is_empty() || Instant::now() >= until {
                return Ok(rows);
            }
            tokio::select! {
                _ = generation.changed() => {}
                () = end.reached() => return Err(ending()),
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }
}

/// Sequence numbers of each actor's operations, as ranges.
type Ranges = Vec<(ActorId, Vec<(u64, u64)>)>;

/// Which of each actor's operations the rows are.
fn by_actor(rows: &[&MessageRow]) -> Ranges {
    let mut read = BTreeMap::<_, Vec<_>>::new();
    for row in rows {
        read.entry(row.actor).or_default().push((row.seq, row.seq));
    }
    read.into_iter().collect()
}

/// What one page may hold, at most `messages`.
fn page_limit(messages: Option<u32>) -> PageLimit {
    PageLimit {
        messages: messages
            .unwrap_or(PAGE_MESSAGES_MAX)
            .clamp(1, PAGE_MESSAGES_MAX),
        bytes: PAGE_BYTES_MAX,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_the_most_messages_and_not_one_more() {
        let most = PAGE_MESSAGES_MAX;
        for (asked, granted) in [(1, 1), (most, most), (most + 1, most), (0, 1)] {
            assert_eq!(page_limit(Some(asked)).messages, granted);
        }
        assert_eq!(page_limit(None).messages, most);
    }
}
