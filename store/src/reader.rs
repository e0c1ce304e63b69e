//! The reader: what screens, clients and sync ask of the durable state.
//!
//! Invariants
//! - Each answer is of one committed state, never of half a batch.
//! - A message whose body is erased is in no answer about messages, unless as deleted.
//! - What peers can make large is bounded by an argument or a named limit.

mod carry;
mod check;
mod gaps;
mod messages;
mod operations;
mod pages;
mod rooms;
mod search;
mod size;
mod tally;
mod waiting;

use std::sync::PoisonError;

use rusqlite::{Connection, OptionalExtension, Row, params};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{ConversationId, RequestId, Tag};
use tidings_protocol::operation::{Body, SignedOperation};
use tidings_protocol::record::{
    ContactRecord, DeviceRecord, DraftRecord, LifetimeRecord, Outcome, PreferencesRecord,
    SettingsRecord,
};
use tidings_protocol::time::WallTime;

pub use carry::CarriedTotals;
pub use gaps::GapRow;
pub(crate) use messages::message_state;
pub use messages::{ArrivalKind, DeliveryCounts, MessageOrder, MessageQuery, MessageRow};
pub use operations::{AcceptedRow, PREFIX_MATCHES_MAX};
pub use pages::{Page, PageLimit, PagePosition, ParsePositionError, Selection};
pub use search::{FOUND_BYTES_MAX, FoundRows, SearchQuery};
pub(crate) use size::PAGE_BYTES;
pub use size::Size;
pub use tally::Outstanding;
pub use waiting::{WaitingMessages, WaitingRow};

use crate::column::{read_cbor, read_count, read_wall};
use crate::delivery;
use crate::error::StoreError;
use crate::profile;
use crate::projection;
use crate::settings;
use crate::store::SharedConnection;

/// A view on what is committed. It blocks, and can be moved to and shared with other threads.
#[derive(Debug, Clone)]
pub struct Reader(SharedConnection);

impl Reader {
    pub(crate) const fn new(connection: SharedConnection) -> Self {
        Self(connection)
    }

    /// The latest position of the arrival log; 0 when nothing ever arrived.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn last_position(&self) -> Result<u64, StoreError> {
        self.read(last_position)
    }

    /// Where a named event cursor stands; 0 for one that never moved.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn cursor(&self, name: &str) -> Result<u64, StoreError> {
        self.read(|connection| {
            let position = connection
                .prepare_cached("SELECT position FROM cursors WHERE name = ?1")?
                .query_row([name], |row| read_count(row, 0))
                .optional()?;
            Ok(position.unwrap_or(0))
        })
    }

    /// The conversations with unread messages, and how many each has.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn unread(&self) -> Result<Vec<(ConversationId, u64)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT conversation, count(*) FROM messages WHERE read = 0
                 GROUP BY conversation ORDER BY conversation",
            )?;
            let rows = statement.query_map([], |row| {
                Ok((ConversationId::new(row.get(0)?), read_count(row, 1)?))
            })?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
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

    /// How long messages stay, by conversation, where anybody said so.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn lifetimes(&self) -> Result<Vec<LifetimeRecord>, StoreError> {
        self.read(projection::lifetimes)
    }

    /// What our person wants of conversations, where they said so.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn preferences(&self) -> Result<Vec<PreferencesRecord>, StoreError> {
        self.read(profile::preferences)
    }

    /// What our person has chosen for the whole profile.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn settings(&self) -> Result<SettingsRecord, StoreError> {
        self.read(settings::read)
    }

    /// What our person has begun to write, by conversation.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn drafts(&self) -> Result<Vec<DraftRecord>, StoreError> {
        self.read(profile::drafts)
    }

    /// All contacts.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn contacts(&self) -> Result<Vec<ContactRecord>, StoreError> {
        self.read(profile::contacts)
    }

    /// All contacts' devices.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn devices(&self) -> Result<Vec<DeviceRecord>, StoreError> {
        self.read(profile::devices)
    }

    /// The tags of the joins that wait for an answer, and when each was begun; the oldest first.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn pending_joins(&self) -> Result<Vec<(Tag, WallTime)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection
                .prepare_cached("SELECT tag, created_at FROM pending_joins ORDER BY created_at")?;
            let joins =
                statement.query_map([], |row| Ok((Tag::new(row.get(0)?), read_wall(row, 1)?)))?;
            Ok(joins.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Every request whose outcome is kept.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn requests(&self) -> Result<Vec<RequestId>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT request FROM requests ORDER BY number")?;
            let requests = statement.query_map([], |row| Ok(RequestId::new(row.get(0)?)))?;
            Ok(requests.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// What a request came to, if it was made and is not long past.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn request(&self, request: RequestId) -> Result<Option<Outcome>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .prepare_cached("SELECT outcome FROM requests WHERE request = ?1")?
                .query_row([request.as_bytes()], |row| read_cbor(row, 0))
                .optional()?)
        })
    }

    /// Runs `work` on one committed state.
    fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = connection.unchecked_transaction()?;
        let value = work(&snapshot)?;
        snapshot.finish()?;
        Ok(value)
    }
}

/// The latest position of the arrival log.
pub(crate) fn last_position(connection: &Connection) -> Result<u64, StoreError> {
    let position = connection
        .prepare_cached("SELECT seq FROM sqlite_sequence WHERE name = 'arrivals'")?
        .query_row([], |row| read_count(row, 0))
        .optional()?;
    Ok(position.unwrap_or(0))
}

/// Reads a delivery state.
pub(crate) fn read_state(row: &Row<'_>, index: usize) -> rusqlite::Result<DeliveryState> {
    let number: i64 = row.get(index)?;
    delivery::state(number).ok_or(rusqlite::Error::IntegralValueOutOfRange(index, number))
}

/// Reads an operation from the columns header, signature, salt and body bytes.
pub(crate) fn read_signed(row: &Row<'_>) -> rusqlite::Result<SignedOperation> {
    let signature: [u8; 64] = row.get(1)?;
    let body = match row.get::<_, Option<[u8; 32]>>(2)? {
        Some(salt) => Some(Body {
            salt: salt.into(),
            bytes: row.get(3)?,
        }),
        None => None,
    };
    Ok(SignedOperation {
        header: row.get(0)?,
        signature: signature.into(),
        body,
    })
}

#[cfg(test)]
mod tests;
