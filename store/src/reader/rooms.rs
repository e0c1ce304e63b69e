//! Rooms as screens show them.

use rusqlite::OptionalExtension;
use tidings_protocol::id::ConversationId;
use tidings_protocol::record::RoomRecord;
use tidings_protocol::time::WallTime;

use super::Reader;
use crate::column::{read_count, read_wall};
use crate::error::StoreError;
use crate::room;

impl Reader {
    /// All rooms that our person is in, was in or is invited to, by id; whether or not anything
    /// was written in them.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn rooms(&self) -> Result<Vec<RoomRecord>, StoreError> {
        self.read(room::rooms)
    }

    /// One room; `None` if nothing is known of it, or if the conversation is no room.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn room(&self, conversation: ConversationId) -> Result<Option<RoomRecord>, StoreError> {
        self.read(|connection| room::room(connection, conversation))
    }

    /// When the last message of a conversation was written, but no later than it came here; `None`
    /// without any.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn latest(&self, conversation: ConversationId) -> Result<Option<WallTime>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT shown_at FROM messages WHERE conversation = ?1 AND form < 3
                 ORDER BY logical DESC, wall DESC LIMIT 1",
            )?;
            let latest = statement.query_row([conversation.as_bytes()], |row| read_wall(row, 0));
            Ok(latest.optional()?)
        })
    }

    /// How many messages of others a conversation keeps without showing them, because their
    /// authors were removed before they wrote them, or are blocked.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be counted.
    pub fn hidden(&self, conversation: ConversationId) -> Result<u64, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT count(*) FROM messages WHERE conversation = ?1 AND form = 3",
            )?;
            Ok(statement.query_row([conversation.as_bytes()], |row| read_count(row, 0))?)
        })
    }
}
