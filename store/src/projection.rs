//! What screens show of operations, made from headers, bodies and actors alone.
//!
//! ```text
//!   message ------------------------> messages
//!   edit, delete, reaction, pin ----> annotations --(refresh)--> messages
//!   lifetime -----------------------> lifetimes
//! ```
//!
//! Invariants
//! - Writing operations in any order and rebuilding everything give the same rows.
//! - A message without a body shows nothing, unless its author deleted it: then it shows that.
//! - What cannot be read here shows as such; control operations show nothing.

mod annotation;
mod lifetime;
mod message;

pub(crate) use annotation::reactions;
pub(crate) use lifetime::{expiries, lifetimes};

use rusqlite::{Transaction, params};
use tidings_protocol::id::{OperationId, PersonId};
use tidings_protocol::operation::{Content, Header};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::{self, limits};

use crate::column::{integer, read_cbor, read_wall, unreadable};
use crate::error::StoreError;
use crate::reader::{ArrivalKind, last_position};
use crate::search;

/// What a row is made from: one operation with its body.
pub(crate) struct Source<'a> {
    pub(crate) number: i64,
    pub(crate) id: OperationId,
    pub(crate) person: PersonId,
    pub(crate) header: &'a Header,
    pub(crate) body: &'a [u8],
    pub(crate) received_at: WallTime,
    pub(crate) read: bool,
}

/// Shows an operation. Says whether a body was erased by it.
pub(crate) fn insert(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
) -> Result<bool, StoreError> {
    if source.header.kind.is_control() {
        return Ok(false);
    }
    let content = Content::from_bytes(source.header.kind, source.body);
    let target = source.header.target;
    match content.unwrap_or(None) {
        Some(Content::Lifetime { seconds }) => {
            lifetime::put(transaction, source, seconds)?;
            Ok(false)
        }
        Some(
            content @ (Content::Edit { .. }
            | Content::Delete
            | Content::Reaction { .. }
            | Content::Pin { .. }),
        ) if target.is_some() => {
            annotation::put(transaction, source, &content)?;
            target.map_or(Ok(false), |target| {
                message::refresh(transaction, target, annotation::arrival(&content))
            })
        }
        Some(Content::Message { text }) => {
            message::insert(transaction, source, Some(&text))?;
            log(transaction, source.number, ArrivalKind::New)?;
            // What acts on it may have come before it.
            if annotation::any(transaction, source.id)? {
                return message::refresh(transaction, source.id, ArrivalKind::New);
            }
            Ok(false)
        }
        // Of an unknown kind, unreadable, or acting on nothing.
        Some(_) | None => {
            message::insert(transaction, source, None)?;
            log(transaction, source.number, ArrivalKind::New)?;
            Ok(false)
        }
    }
}

/// Shows an operation that came without its body: nothing, unless its author deleted it.
pub(crate) fn insert_bodiless(
    transaction: &Transaction<'_>,
    id: OperationId,
) -> Result<bool, StoreError> {
    message::refresh(transaction, id, ArrivalKind::New)
}

/// Shows a message no longer on this device; its body goes unless someone is still owed it.
pub(crate) fn hide(transaction: &Transaction<'_>, id: OperationId) -> Result<bool, StoreError> {
    message::hide(transaction, id)
}

/// Erases everything that was to stay no longer than until `until`, and what was hidden while
/// someone was owed it. Says whether there was anything.
pub(crate) fn erase_expired(
    transaction: &Transaction<'_>,
    until: WallTime,
) -> Result<bool, StoreError> {
    let expired = message::erase_expired(transaction, until)?;
    let hidden = message::erase_hidden(transaction)?;
    Ok(expired || hidden)
}

/// Puts a message at the end of the arrival log.
fn log(transaction: &Transaction<'_>, number: i64, change: ArrivalKind) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT OR REPLACE INTO arrivals (message, change) VALUES (?1, ?2)")?
        .execute(params![number, change.code()])?;
    Ok(())
}

/// Makes all rows anew. The arrival log stays as it is for what was in it.
pub(crate) fn rebuild(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    search::clear(transaction)?;
    let last = last_position(transaction)?;
    transaction.execute_batch(
        "CREATE TEMP TABLE log (
             position INTEGER NOT NULL,
             message INTEGER NOT NULL PRIMARY KEY,
             change INTEGER NOT NULL
         ) STRICT;
         INSERT INTO log (position, message, change)
             SELECT position, message, change FROM arrivals;
         DELETE FROM arrivals;
         DELETE FROM messages;
         DELETE FROM annotations;
         DELETE FROM lifetimes;",
    )?;
    let mut statement = transaction.prepare(
        "SELECT o.number, o.header, b.bytes, o.received_at, o.mine, a.read, o.id, o.person
         FROM operations AS o
         LEFT JOIN bodies AS b ON b.operation = o.number
         JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
         WHERE o.hidden = 0
         ORDER BY o.number",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let id = OperationId::new(row.get(6)?);
        let Some(body) = row.get::<_, Option<Vec<u8>>>(2)? else {
            insert_bodiless(transaction, id)?;
            continue;
        };
        let header: Vec<u8> = row.get(1)?;
        let header: Header = wire::decode(&header, limits::HEADER_BYTES_MAX)
            .map_err(|error| unreadable(1, error))?;
        let covered: Coverage = read_cbor(row, 5)?;
        let source = Source {
            number: row.get(0)?,
            id,
            person: PersonId::new(row.get(7)?),
            header: &header,
            body: &body,
            received_at: read_wall(row, 3)?,
            read: row.get(4)? || covered.contains(header.seq),
        };
        insert(transaction, &source)?;
    }
    transaction.execute_batch(
        "DELETE FROM arrivals WHERE message IN (SELECT message FROM log);
         INSERT INTO arrivals (position, message, change)
             SELECT position, message, change FROM log
             WHERE message IN (SELECT operation FROM messages);
         DROP TABLE log;",
    )?;
    // Positions that were given out in between, and again to nothing, count for nothing.
    transaction.execute(
        "UPDATE sqlite_sequence SET seq = max(?1, (SELECT coalesce(max(position), 0) FROM arrivals))
         WHERE name = 'arrivals'",
        params![integer(last)],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests;
