//! The reader: what screens, clients and sync ask of the durable state.
//!
//! Invariants
//! - Each answer is of one committed state, never of half a batch.
//! - A message whose body is erased is in no answer about messages, unless as deleted.
//! - What peers can make large is bounded by an argument or a named limit.

mod carry;
mod check;
mod conversation;
mod deeds;
mod deliveries;
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

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{RequestId, Tag};
use tidings_protocol::operation::{Body, SignedOperation};
use tidings_protocol::record::{ContactRecord, DeviceRecord, Outcome, SettingsRecord};
use tidings_protocol::time::WallTime;

pub use carry::CarriedTotals;
pub use conversation::ConversationRow;
pub use deeds::DeedRow;
pub use deliveries::DeliveryRow;
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

    /// What our person has chosen for the whole profile.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn settings(&self) -> Result<SettingsRecord, StoreError> {
        self.read(settings::read)
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
