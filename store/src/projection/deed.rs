//! Deeds: what was done to conversations as such, as it stands between their messages.
//!
//! Invariants
//! - Of a room there are those that the protocol tells of its control operations, and no others.
//! - They are no messages: none is unread, found by a search, or in the arrival log.

use std::collections::BTreeMap;

use rusqlite::{Transaction, params};
use tidings_protocol::id::ConversationId;
use tidings_protocol::operation::Operation;
use tidings_protocol::record::DeedsRecord;
use tidings_protocol::room::{ControlLog, ControlOperation, Deed, DeedKind};

use super::Source;
use crate::column::{cbor, logical, wall};
use crate::error::StoreError;
use crate::room;

/// Takes what is told of a room from now on, and what is no longer.
pub(crate) fn tell(transaction: &Transaction<'_>, record: &DeedsRecord) -> Result<(), StoreError> {
    let mut untell = transaction.prepare_cached("DELETE FROM deeds WHERE operation = ?1")?;
    for operation in &record.untold {
        untell.execute([operation.as_bytes()])?;
    }
    let mut told = record.told.iter();
    told.try_for_each(|deed| put(transaction, record.conversation, deed))
}

/// Notes who said how long the messages of a direct conversation stay; of a room its control says that.
pub(super) fn put_lifetime(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
    seconds: Option<u32>,
) -> Result<(), StoreError> {
    let header = source.header;
    let is_room: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM rooms WHERE conversation = ?1)")?
        .query_row([header.conversation.as_bytes()], |row| row.get(0))?;
    if is_room {
        return Ok(());
    }
    let deed = Deed {
        operation: source.id,
        logical: header.logical,
        wall: header.wall,
        by: source.person,
        what: DeedKind::LetStay { seconds },
    };
    put(transaction, header.conversation, &deed)
}

/// Forgets who said how long the messages of a direct conversation stay.
pub(super) fn clear_lifetimes(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "DELETE FROM deeds WHERE conversation = ?1
                 AND NOT EXISTS (SELECT 1 FROM rooms WHERE conversation = ?1)",
        )?
        .execute([conversation.as_bytes()])?;
    Ok(())
}

/// Makes anew what is told of all rooms, from their control operations.
pub(super) fn rebuild(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut logs: BTreeMap<ConversationId, ControlLog> = BTreeMap::new();
    for record in room::controls(transaction)? {
        let Some(operation) = Operation::stored(record.operation) else {
            continue;
        };
        let Ok(control) = ControlOperation::read(&operation, record.author) else {
            continue;
        };
        let log = logs.entry(record.conversation);
        let log = log.or_insert_with(|| ControlLog::new(record.conversation));
        // What was held before is held again, in the same order.
        let _ = log.insert(control);
    }
    for (conversation, log) in logs {
        let deeds = log.deeds(&log.resolve());
        let mut deeds = deeds.iter();
        deeds.try_for_each(|deed| put(transaction, conversation, deed))?;
    }
    Ok(())
}

fn put(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
    deed: &Deed,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO deeds (operation, conversation, logical, wall, person, what)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute(params![
            deed.operation.as_bytes(),
            conversation.as_bytes(),
            logical(deed.logical),
            wall(deed.wall),
            deed.by.as_bytes(),
            cbor(&deed.what),
        ])?;
    Ok(())
}

#[cfg(test)]
mod tests;
