//! Lifetimes: how long the messages of a conversation stay, by the latest word on it.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use tidings_protocol::id::{ConversationId, OperationId};
use tidings_protocol::operation::Kind;
use tidings_protocol::record::LifetimeRecord;
use tidings_protocol::time::{LogicalTime, WallTime};

use super::{Role, STORED, Source, Stored, deed};
use crate::column::{logical, read_count, read_wall, wall};
use crate::error::StoreError;

/// Notes how long messages stay, unless something later was said.
pub(super) fn put(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
    seconds: Option<u32>,
) -> Result<(), StoreError> {
    let header = source.header;
    let known = transaction
        .prepare_cached(
            "SELECT l.conversation, l.logical, l.wall, o.id, l.seconds FROM lifetimes AS l
             JOIN operations AS o ON o.number = l.operation WHERE l.conversation = ?1",
        )?
        .query_row([header.conversation.as_bytes()], lifetime)
        .optional()?;
    let said = (header.logical, header.wall, source.id);
    if known.is_some_and(|known| known.order() >= said) {
        return Ok(());
    }
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO lifetimes (conversation, operation, logical, wall, seconds)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![
            header.conversation.as_bytes(),
            source.number,
            logical(header.logical),
            wall(header.wall),
            seconds,
        ])?;
    Ok(())
}

/// Finds anew how long the messages of a conversation stay, by what counts.
pub(super) fn recount(
    transaction: &Transaction<'_>,
    conversation: ConversationId,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM lifetimes WHERE conversation = ?1")?
        .execute([conversation.as_bytes()])?;
    deed::clear_lifetimes(transaction, conversation)?;
    let mut statement = transaction.prepare_cached(&format!(
        "{STORED} WHERE o.conversation = ?1 AND o.kind = ?2 AND o.hidden = 0"
    ))?;
    let kind = Kind::Lifetime.number();
    let mut rows = statement.query(params![conversation.as_bytes(), kind])?;
    while let Some(row) = rows.next()? {
        let stored = Stored::read(row)?;
        let Some(source) = stored.source().filter(|source| source.counts) else {
            continue;
        };
        if let Role::Lifetime(seconds) = Role::of(source.header, source.body) {
            put(transaction, &source, seconds)?;
            deed::put_lifetime(transaction, &source, seconds)?;
        }
    }
    Ok(())
}

/// The latest word of every conversation in which anybody said something.
pub(crate) fn lifetimes(connection: &Connection) -> Result<Vec<LifetimeRecord>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT l.conversation, l.logical, l.wall, o.id, l.seconds FROM lifetimes AS l
         JOIN operations AS o ON o.number = l.operation ORDER BY l.conversation",
    )?;
    let rows = statement.query_map([], lifetime)?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

/// When messages disappear, each time once.
pub(crate) fn expiries(connection: &Connection) -> Result<Vec<WallTime>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT DISTINCT expires_at FROM messages WHERE expires_at IS NOT NULL ORDER BY expires_at",
    )?;
    let rows = statement.query_map([], |row| read_wall(row, 0))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn lifetime(row: &Row<'_>) -> rusqlite::Result<LifetimeRecord> {
    Ok(LifetimeRecord {
        conversation: ConversationId::new(row.get(0)?),
        logical: LogicalTime::new(read_count(row, 1)?),
        wall: read_wall(row, 2)?,
        operation: OperationId::new(row.get(3)?),
        seconds: row.get(4)?,
    })
}
