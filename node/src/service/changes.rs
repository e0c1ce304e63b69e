//! Requests that change messages, or what becomes of them.

use icu_properties::CodePointSetData;
use icu_properties::props::Emoji;
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::engine::{Command, Preference, RoomChange};
use tidings_protocol::id::{ConversationId, OperationId, RequestId};
use tidings_protocol::operation::Content;
use tidings_protocol::record::Outcome;
use tidings_protocol::wire::limits::EMOJI_BYTES_MAX;
use tidings_store::MessageRow;
use unicode_segmentation::UnicodeSegmentation as _;

use super::Service;
use crate::api::{
    ApiError, Conversation, DeleteMessage, Deleted, EditMessage, ErrorKind, Message, PinMessage,
    React, SetDraft, SetLifetime, SetPreferences,
};
use crate::people::Place;
use crate::reason;

/// What makes a digit a keycap.
const KEYCAP: char = '\u{20e3}';

impl Service {
    pub(super) async fn edit(&self, request: EditMessage) -> Result<Message, ApiError> {
        if request.text.is_empty() {
            return Err(ApiError::invalid(reason::no_new_text()));
        }
        let row = self.changeable(&request.message).await?;
        if !row.mine {
            return Err(ApiError::invalid(reason::not_yours_to_edit()));
        }
        if row.state == Some(DeliveryState::Failed(FailureReason::Cancelled)) {
            return Err(ApiError::new(ErrorKind::Conflict, reason::was_cancelled()));
        }
        let text = request.text;
        self.say_of(request.request, &row, Content::Edit { text })
            .await
    }

    pub(super) async fn delete(&self, request: DeleteMessage) -> Result<Deleted, ApiError> {
        let id = self.message_id(&request.message).await?;
        let for_me = request.for_me;
        let Some(row) = self.row_if_shown(id).await? else {
            // It is gone already: a retry, or somebody was quicker.
            return Ok(Deleted {
                id,
                conversation: None,
                for_me,
            });
        };
        if for_me {
            let command = Command::DropForMe { message: id };
            self.command(request.request, command).await?;
        } else if !row.mine {
            return Err(ApiError::invalid(reason::not_yours_to_delete()));
        } else if !row.deleted {
            self.write(request.request, row.conversation, Some(id), Content::Delete)
                .await?;
        }
        Ok(Deleted {
            id,
            conversation: Some(row.conversation),
            for_me,
        })
    }

    pub(super) async fn react(&self, request: React) -> Result<Message, ApiError> {
        let emoji = request.emoji.trim().to_owned();
        let odd = |character: char| character.is_whitespace() || character.is_control();
        // What a peer put, or an older version here, may be none, and is taken back like others.
        let is_one = if request.remove {
            !emoji.is_empty() && !emoji.contains(odd)
        } else {
            is_emoji(&emoji)
        };
        if !is_one || emoji.len() > EMOJI_BYTES_MAX {
            return Err(ApiError::invalid(reason::bad_reaction()));
        }
        let row = self.changeable(&request.message).await?;
        let set = !request.remove;
        self.say_of(request.request, &row, Content::Reaction { emoji, set })
            .await
    }

    pub(super) async fn pin(&self, request: PinMessage) -> Result<Message, ApiError> {
        let row = self.changeable(&request.message).await?;
        let set = request.pinned;
        self.say_of(request.request, &row, Content::Pin { set })
            .await
    }

    pub(super) async fn set_lifetime(
        &self,
        request: SetLifetime,
    ) -> Result<Conversation, ApiError> {
        if request.seconds == Some(0) {
            return Err(ApiError::invalid(reason::short_lifetime()));
        }
        let seconds = request.seconds;
        let people = self.people().await?;
        let place = people.place(&request.who)?;
        let conversation = place.conversation();
        match place {
            Place::Direct(_) => {
                let content = Content::Lifetime { seconds };
                self.write(request.request, conversation, None, content)
                    .await?;
            }
            Place::Room(_) => {
                let change = RoomChange::Lifetime { seconds };
                let command = Command::ChangeRoom {
                    conversation,
                    change,
                };
                self.command(request.request, command).await?;
            }
        }
        self.conversation(conversation).await
    }

    pub(super) async fn set_preferences(
        &self,
        request: SetPreferences,
    ) -> Result<Conversation, ApiError> {
        let conversation = self.people().await?.place(&request.who)?.conversation();
        let wanted = [
            request.muted.map(Preference::Muted),
            request.archived.map(Preference::Archived),
            request.read_receipts.map(Preference::ReadReceipts),
        ];
        let preferences: Vec<Preference> = wanted.into_iter().flatten().collect();
        if preferences.is_empty() {
            return Err(ApiError::invalid(reason::nothing_to_change()));
        }
        let command = Command::Prefer {
            conversation,
            preferences,
        };
        self.command(request.request, command).await?;
        self.conversation(conversation).await
    }

    pub(super) async fn set_draft(&self, request: SetDraft) -> Result<Conversation, ApiError> {
        let conversation = self.people().await?.place(&request.who)?.conversation();
        let command = Command::Draft {
            conversation,
            text: request.text,
        };
        self.command(request.request, command).await?;
        self.conversation(conversation).await
    }

    /// Writes an operation of ours; returns its id once it is durable.
    pub(super) async fn write(
        &self,
        request: RequestId,
        conversation: ConversationId,
        target: Option<OperationId>,
        content: Content,
    ) -> Result<OperationId, ApiError> {
        self.write_with(request, (conversation, target), content, false)
            .await
    }

    /// The same, which carriers take before other messages if it is urgent.
    pub(super) async fn write_with(
        &self,
        request: RequestId,
        (conversation, target): (ConversationId, Option<OperationId>),
        content: Content,
        urgent: bool,
    ) -> Result<OperationId, ApiError> {
        let command = Command::Write {
            conversation,
            target,
            content,
            urgent,
        };
        match self.command(request, command).await? {
            Outcome::Sent { message } => Ok(message),
            Outcome::Invited { .. }
            | Outcome::Joining { .. }
            | Outcome::Done
            | Outcome::RoomMade { .. }
            | Outcome::Brought { .. }
            | Outcome::Posted { .. } => Err(super::reused()),
        }
    }

    /// Says something about a message; returns it as it then is.
    async fn say_of(
        &self,
        request: RequestId,
        row: &MessageRow,
        content: Content,
    ) -> Result<Message, ApiError> {
        self.write(request, row.conversation, Some(row.id), content)
            .await?;
        self.message(row.id).await
    }

    /// The message that an id, or its start, means, if anything can be said about it.
    async fn changeable(&self, id: &str) -> Result<MessageRow, ApiError> {
        let id = self.message_id(id).await?;
        let row = self.row(id).await?;
        if row.deleted || row.unsupported {
            return Err(ApiError::new(ErrorKind::Conflict, reason::was_deleted()));
        }
        Ok(row)
    }
}

/// Whether a text is one emoji and nothing else.
fn is_emoji(text: &str) -> bool {
    let mut graphemes = text.graphemes(true);
    let (Some(one), None) = (graphemes.next(), graphemes.next()) else {
        return false;
    };
    // Digits count as emoji, but are some only on a keycap.
    let can_begin = |first| {
        CodePointSetData::new::<Emoji>().contains(first)
            && (!first.is_ascii() || one.ends_with(KEYCAP))
    };
    one.chars().next().is_some_and(can_begin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_emoji_is_told_from_several_and_from_text() {
        let joined = "\u{1f469}\u{1f3fd}\u{200d}\u{1f4bb}";
        let flag = "\u{1f1f0}\u{1f1f7}";
        let keycap = "1\u{fe0f}\u{20e3}";
        for emoji in ["👍", "👍🏽", "❤\u{fe0f}", "❤", joined, flag, keycap] {
            assert!(is_emoji(emoji), "{emoji}");
        }
        let keycaps = keycap.repeat(2);
        for other in [
            "", "ok", "o", "1", "#", "é", "木", "!", "👍👍", "👍 ", "a👍", &keycaps,
        ] {
            assert!(!is_emoji(other), "{other}");
        }
    }
}
