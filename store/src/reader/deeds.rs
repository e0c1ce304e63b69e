//! What was done to conversations as such, as it stands between their messages.

use rusqlite::{Connection, OptionalExtension, Row, params};
use tidings_protocol::id::{ConversationId, OperationId, PersonId};
use tidings_protocol::room::{Deed, DeedKind};
use tidings_protocol::time::LogicalTime;

use super::Reader;
use crate::column::{read_cbor, read_count, read_wall};
use crate::error::StoreError;

/// What a deed weighs beside a title: ids, times, names.
const DEED_BYTES: usize = 256;

/// Something that was done to a conversation as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeedRow {
    /// To which.
    pub conversation: ConversationId,
    /// What.
    pub deed: Deed,
    /// The next message behind it, if that is on its page.
    pub before: Option<OperationId>,
}

impl DeedRow {
    /// An estimate of what it takes where it is shown, in bytes, as [`MessageRow::weight`](super::MessageRow::weight).
    #[must_use]
    pub const fn weight(&self) -> usize {
        match &self.deed.what {
            DeedKind::Made { title } | DeedKind::Titled { title } => {
                DEED_BYTES.saturating_add(title.len())
            }
            DeedKind::LetIn { .. }
            | DeedKind::TookOut { .. }
            | DeedKind::Left
            | DeedKind::GaveRole { .. }
            | DeedKind::LetStay { .. } => DEED_BYTES,
        }
    }
}

impl Reader {
    /// What was done to a conversation last, in display order, of so many at most.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn deeds(
        &self,
        conversation: ConversationId,
        newest: u32,
    ) -> Result<Vec<DeedRow>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT operation, conversation, logical, wall, person, what FROM deeds
                 WHERE conversation = ?1 ORDER BY logical DESC, wall DESC, operation DESC LIMIT ?2",
            )?;
            let rows = statement.query_map(params![conversation.as_bytes(), newest], read)?;
            let mut rows = rows.collect::<rusqlite::Result<Vec<_>>>()?;
            rows.reverse();
            Ok(rows)
        })
    }

    /// Whether something that was done to a conversation is told.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn tells(&self, operation: OperationId) -> Result<bool, StoreError> {
        self.read(|connection| Ok(deed(connection, operation)?.is_some()))
    }
}

/// What is told of an operation, if it is something that was done to a conversation.
pub(super) fn deed(
    connection: &Connection,
    operation: OperationId,
) -> Result<Option<DeedRow>, StoreError> {
    Ok(connection
        .prepare_cached(
            "SELECT operation, conversation, logical, wall, person, what FROM deeds
             WHERE operation = ?1",
        )?
        .query_row([operation.as_bytes()], read)
        .optional()?)
}

fn read(row: &Row<'_>) -> rusqlite::Result<DeedRow> {
    Ok(DeedRow {
        conversation: ConversationId::new(row.get(1)?),
        deed: Deed {
            operation: OperationId::new(row.get(0)?),
            logical: LogicalTime::new(read_count(row, 2)?),
            wall: read_wall(row, 3)?,
            by: PersonId::new(row.get(4)?),
            what: read_cbor(row, 5)?,
        },
        before: None,
    })
}
