//! Bodies: what an operation says, as far as it is here.
//!
//! Invariants
//! - What is deleted, dropped or given up here, or had its time, takes no body.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_protocol::id::OperationId;
use tidings_protocol::operation::Body;
use tidings_protocol::time::WallTime;

use super::{STORED, Stored, annotation, log_effect, message};
use crate::column::wall;
use crate::error::StoreError;

/// Adds the body of an operation.
pub(crate) fn add(
    transaction: &Transaction<'_>,
    number: i64,
    body: &Body,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO bodies (operation, salt, bytes) VALUES (?1, ?2, ?3)")?
        .execute(params![number, *body.salt, body.bytes])?;
    Ok(())
}

/// Takes the body that came `at` this time for an operation that came here without it, and
/// shows what it says, from then on for as long as it is to stay. Not if it is deleted, dropped or
/// given up here, or its time was over since the operation came. Says whether a body was erased by it.
pub(crate) fn put(
    transaction: &Transaction<'_>,
    id: OperationId,
    body: &Body,
    at: WallTime,
) -> Result<bool, StoreError> {
    let found = transaction
        .prepare_cached(&format!(
            "{STORED} WHERE o.id = ?1 AND o.withheld = 0 AND o.hidden = 0"
        ))?
        .query_row([id.as_bytes()], Stored::read)
        .optional()?;
    let Some(mut stored) = found.filter(|stored| stored.body.is_none()) else {
        return Ok(false);
    };
    let end = message::expires_at(&stored.header, stored.received_at);
    if end.is_some_and(|end| end <= wall(at)) || is_deleted(transaction, &stored)? {
        return Ok(false);
    }
    // It may show that it was deleted, by a word that does not count any more.
    message::clear(transaction, stored.number)?;
    add(transaction, stored.number, body)?;
    transaction
        .prepare_cached("UPDATE operations SET received_at = ?2 WHERE number = ?1")?
        .execute(params![stored.number, wall(at)])?;
    stored.body = Some(body.bytes.clone());
    stored.received_at = at;
    let effect = stored.show(transaction)?;
    log_effect(transaction, &effect)
}

/// Whether its author deleted a message, by a word that counts.
fn is_deleted(transaction: &Transaction<'_>, stored: &Stored) -> Result<bool, StoreError> {
    let conversation = stored.header.conversation;
    let verdict = annotation::verdict(transaction, conversation, stored.id, stored.person)?;
    Ok(verdict.deleted)
}
