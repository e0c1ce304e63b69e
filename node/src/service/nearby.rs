//! Requests about what is said nearby.
//!
//! Invariants
//! - Nothing that is shown of it claims to be verified.
//! - A check-in is written to every contact, as urgent, whatever hinders it nearby.

use std::collections::BTreeMap;

use tidings_protocol::carry::{NOTICE_TEXT_BYTES_MAX, NoticeKind as Kind};
use tidings_protocol::engine::{Command, CommandError};
use tidings_protocol::id::{NearbyKey, NoticeId, RequestId};
use tidings_protocol::identity::check_chosen_name;
use tidings_protocol::operation::Content;
use tidings_protocol::record::{NoticeRecord, Outcome};
use tidings_store::Reader;

use super::{Service, part_of, refusal, reused};
use crate::api::{
    ApiError, CheckedIn, ErrorKind, ListNotices, Message, Notice, NoticeKind, PostCheckIn,
    PostNotice,
};
use crate::reason;

impl Service {
    pub(super) async fn post_notice(&self, request: PostNotice) -> Result<Notice, ApiError> {
        let PostNotice {
            request,
            text,
            name,
        } = request;
        self.post(request, Kind::Message, text, name).await
    }

    pub(super) async fn notices(&self, request: &ListNotices) -> Result<Vec<Notice>, ApiError> {
        let heard = self.heard().await?;
        let limit = request.limit.and_then(|limit| usize::try_from(limit).ok());
        let first = limit.map_or(0, |limit| heard.len().saturating_sub(limit));
        Ok(heard.iter().skip(first).map(notice).collect())
    }

    pub(super) async fn check_in(&self, request: PostCheckIn) -> Result<CheckedIn, ApiError> {
        let PostCheckIn {
            request,
            text,
            name,
        } = request;
        if text.trim().is_empty() || text.len() > NOTICE_TEXT_BYTES_MAX {
            return Err(refusal::of(&CommandError::NoticeText));
        }
        if name
            .as_deref()
            .is_some_and(|name| check_chosen_name(name).is_err())
        {
            return Err(refusal::of(&CommandError::Name));
        }
        let messages = self.tell_contacts(request, &text).await?;
        let (notice, reason) = match self.post(request, Kind::CheckIn, text, name).await {
            Ok(notice) => (Some(notice), None),
            Err(error) if error.kind == ErrorKind::Conflict && !messages.is_empty() => {
                (None, Some(error.message))
            }
            Err(error) => return Err(error),
        };
        Ok(CheckedIn {
            notice,
            reason,
            messages,
        })
    }

    pub(super) async fn check_ins(&self) -> Result<Vec<Notice>, ApiError> {
        let mut latest: BTreeMap<NearbyKey, NoticeRecord> = BTreeMap::new();
        for record in self.heard().await? {
            if record.notice.said().kind != Kind::CheckIn {
                continue;
            }
            let number = record.notice.said().number;
            let known = latest.get(&record.notice.key());
            if known.is_none_or(|known| known.notice.said().number < number) {
                latest.insert(record.notice.key(), record);
            }
        }
        let mut latest: Vec<NoticeRecord> = latest.into_values().collect();
        latest.sort_by_key(place);
        Ok(latest.iter().map(notice).collect())
    }

    async fn post(
        &self,
        request: RequestId,
        kind: Kind,
        text: String,
        name: Option<String>,
    ) -> Result<Notice, ApiError> {
        let command = Command::Post { kind, name, text };
        let id = match self.command(request, command).await? {
            Outcome::Posted { notice } => notice,
            Outcome::Invited { .. }
            | Outcome::Joining { .. }
            | Outcome::Sent { .. }
            | Outcome::Done
            | Outcome::RoomMade { .. }
            | Outcome::Brought { .. } => return Err(reused()),
        };
        self.notice(id).await
    }

    async fn notice(&self, id: NoticeId) -> Result<Notice, ApiError> {
        let heard = self.shared.storage.read(Reader::notices).await?;
        let found = heard.iter().find(|record| record.notice.id() == id);
        found
            .map(notice)
            .ok_or_else(|| ApiError::not_found(reason::notice_over()))
    }

    /// Writes a text to every contact with whom we have to do.
    async fn tell_contacts(
        &self,
        request: RequestId,
        text: &str,
    ) -> Result<Vec<Message>, ApiError> {
        let people = self.people().await?;
        let mut messages = Vec::new();
        for person in people.iter().filter(|one| one.record.is_admitted()) {
            let conversation = crate::people::Place::Direct(person).conversation();
            let part = part_of(request, conversation);
            let text = text.to_owned();
            let content = Content::Message { text };
            let written = self.write_with(part, (conversation, None), content, true);
            match written.await {
                Ok(message) => messages.push(self.message(message).await?),
                // One who was blocked meanwhile, say, keeps it from nobody else.
                Err(error) if error.kind == ErrorKind::Conflict => {}
                Err(error) => return Err(error),
            }
        }
        Ok(messages)
    }

    /// What was heard and is not over, as it came.
    async fn heard(&self) -> Result<Vec<NoticeRecord>, ApiError> {
        let read = |reader: &Reader| Ok((reader.settings()?, reader.notices()?));
        let (settings, mut heard) = self.shared.storage.read(read).await?;
        if !settings.nearby {
            return Err(refusal::of(&CommandError::NearbyOff));
        }
        let now = self.carrying().await?.time;
        heard.retain(|record| now < record.expires_at);
        heard.sort_by_key(place);
        Ok(heard)
    }
}

/// In what order notices are shown: as they came.
fn place(record: &NoticeRecord) -> impl Ord + use<> {
    let notice = &record.notice;
    (record.kept_at, notice.said().number, notice.id())
}

fn notice(record: &NoticeRecord) -> Notice {
    let said = record.notice.said();
    Notice {
        id: record.notice.id(),
        key: record.notice.key(),
        name: said.name.clone(),
        kind: match said.kind {
            Kind::Message => NoticeKind::Message,
            Kind::CheckIn => NoticeKind::CheckIn,
        },
        text: said.text.clone(),
        sent_at: said.written_at.as_millis(),
        received_at: record.received_at.as_millis(),
        mine: record.is_ours(),
        verified: false,
    }
}
