//! What is stored of one conversation as a whole.

use rusqlite::{OptionalExtension, params};
use tidings_protocol::id::ConversationId;
use tidings_protocol::record::PreferencesRecord;
use tidings_protocol::time::WallTime;

use super::{PageLimit, Reader};
use crate::column::{read_count, read_optional_count};
use crate::error::StoreError;

/// One conversation, whoever is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConversationRow {
    /// How many messages are not marked as read.
    pub unread: u64,
    /// When the last message was written, but no later than it came here; `None` without any.
    pub latest: Option<WallTime>,
    /// How many messages of others are kept without being shown, because their authors were removed
    /// before they wrote them, or are blocked.
    pub hidden: u64,
    /// How many seconds messages stay, by the latest word of whoever wrote there; a room has a word of its own.
    pub lifetime: Option<u32>,
    /// What our person wants of it.
    pub preferences: PreferencesRecord,
    /// What our person has begun to write.
    pub draft: Option<String>,
}

const CONVERSATION: &str = "SELECT
    (SELECT count(*) FROM messages WHERE conversation = ?1 AND read = 0),
    (SELECT shown_at FROM messages WHERE conversation = ?1 AND form < 3
     ORDER BY logical DESC, wall DESC LIMIT 1),
    (SELECT count(*) FROM messages WHERE conversation = ?1 AND form = 3),
    (SELECT seconds FROM lifetimes WHERE conversation = ?1),
    (SELECT text FROM drafts WHERE conversation = ?1)";

const PREFERENCES: &str =
    "SELECT muted, archived, read_receipts FROM preferences WHERE conversation = ?1";

impl Reader {
    /// A conversation; one of which nothing is stored is empty. It costs what this one holds, whatever
    /// others do.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn conversation(&self, id: ConversationId) -> Result<ConversationRow, StoreError> {
        self.read(|connection| {
            let mut said = connection.prepare_cached(PREFERENCES)?;
            let said = said.query_row([id.as_bytes()], |row| {
                Ok(PreferencesRecord {
                    conversation: id,
                    muted: row.get(0)?,
                    archived: row.get(1)?,
                    read_receipts: row.get(2)?,
                })
            });
            let preferences = said.optional()?.unwrap_or(PreferencesRecord::new(id));
            let mut statement = connection.prepare_cached(CONVERSATION)?;
            Ok(statement.query_row([id.as_bytes()], |row| {
                Ok(ConversationRow {
                    unread: read_count(row, 0)?,
                    latest: read_optional_count(row, 1)?.map(WallTime::from_millis),
                    hidden: read_count(row, 2)?,
                    lifetime: row.get(3)?,
                    preferences,
                    draft: row.get(4)?,
                })
            })?)
        })
    }

    /// How many of a conversation's unread messages, the newest that `limit` holds by their texts
    /// alone, say what `counts` looks for.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn count_unread(
        &self,
        conversation: ConversationId,
        limit: PageLimit,
        mut counts: impl FnMut(&str) -> bool,
    ) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT text FROM messages WHERE read = 0 AND conversation = ?1
                 ORDER BY operation DESC LIMIT ?2",
            )?;
            let mut rows = statement.query(params![conversation.as_bytes(), limit.messages])?;
            let (mut count, mut bytes) = (0_u64, 0_usize);
            while let Some(row) = rows.next()? {
                let text = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
                bytes = bytes.saturating_add(text.len());
                if bytes > limit.bytes {
                    break;
                }
                count += u64::from(counts(text));
            }
            Ok(count)
        })
    }
}
