//! Rooms as screens show them.

use tidings_protocol::id::ConversationId;
use tidings_protocol::record::RoomRecord;

use super::Reader;
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
}
