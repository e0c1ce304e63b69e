//! The rows of messages: what each says now.
//!
//! Invariants
//! - A row with a text has a body; a deleted one has none, and nor have its edits.
//! - What disappeared or was hidden has no row.
//! - The search index holds the texts of the rows, and no other.

use rusqlite::{OptionalExtension, Transaction, params};
use tidings_protocol::delivery::{DeliveryState, FailureReason};
use tidings_protocol::id::{OperationId, PersonId};
use tidings_protocol::operation::{Header, Kind};
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::{self, limits};

use super::{Source, annotation, log};
use crate::column::{logical, unreadable, wall};
use crate::delivery::code;
use crate::error::StoreError;
use crate::reader::ArrivalKind;
use crate::search;

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    Unsupported,
    Deleted,
}

impl Form {
    const fn code(self) -> i64 {
        match self {
            Self::Text => 0,
            Self::Unsupported => 1,
            Self::Deleted => 2,
        }
    }
}

/// Adds a message; without a text, as one that needs a newer version.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    source: &Source<'_>,
    text: Option<&str>,
) -> Result<(), StoreError> {
    let form = if text.is_some() {
        Form::Text
    } else {
        Form::Unsupported
    };
    let expires_at = source.header.disappears_after.map(|seconds| {
        wall(source.received_at).saturating_add(i64::from(seconds).saturating_mul(1000))
    });
    let row = Row {
        number: source.number,
        header: source.header,
        form,
        text: text.unwrap_or_default(),
        expires_at,
        read: source.read,
    };
    row.insert(transaction)?;
    match text {
        Some(text) => search::add(transaction, source.number, text),
        None => Ok(()),
    }
}

struct Row<'a> {
    number: i64,
    header: &'a Header,
    form: Form,
    text: &'a str,
    expires_at: Option<i64>,
    read: bool,
}

impl Row<'_> {
    fn insert(&self, transaction: &Transaction<'_>) -> Result<(), StoreError> {
        transaction
            .prepare_cached(
                "INSERT INTO messages (operation, conversation, logical, wall, form, text, edited,
                     pinned, reply_to, expires_at, read)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, 0, ?7, ?8, ?9)",
            )?
            .execute(params![
                self.number,
                self.header.conversation.as_bytes(),
                logical(self.header.logical),
                wall(self.header.wall),
                self.form.code(),
                self.text,
                self.header.target.as_ref().map(|target| target.as_bytes()),
                self.expires_at,
                self.read,
            ])?;
        Ok(())
    }
}

/// Brings a message in line with what is said about it, and logs that it changed. Says whether a
/// body was erased by it.
pub(super) fn refresh(
    transaction: &Transaction<'_>,
    id: OperationId,
    change: ArrivalKind,
) -> Result<bool, StoreError> {
    let Some((number, person, header)) = stored(transaction, id)? else {
        return Ok(false);
    };
    let verdict = annotation::verdict(transaction, id, person)?;
    if verdict.deleted {
        return delete(transaction, number, id, &header);
    }
    let known: Option<(bool, bool, String)> = transaction
        .prepare_cached(
            "SELECT edited, pinned, text FROM messages WHERE operation = ?1 AND form = 0",
        )?
        .query_row([number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((edited, pinned, text)) = known else {
        return Ok(false);
    };
    let now = (
        edited || verdict.text.is_some(),
        verdict.pinned,
        verdict.text.unwrap_or_else(|| text.clone()),
    );
    if now.2 != text {
        search::replace(transaction, number, &text, &now.2)?;
    }
    let changed = now != (edited, pinned, text);
    if changed {
        transaction
            .prepare_cached(
                "UPDATE messages SET edited = ?2, pinned = ?3, text = ?4 WHERE operation = ?1",
            )?
            .execute(params![number, now.0, now.1, now.2])?;
    }
    if changed || change == ArrivalKind::Reaction {
        log(transaction, number, change)?;
    }
    Ok(false)
}

/// Makes a message say that it was deleted, and erases what it said. Whoever is still owed it gets
/// it no more.
fn delete(
    transaction: &Transaction<'_>,
    number: i64,
    id: OperationId,
    header: &Header,
) -> Result<bool, StoreError> {
    unindex(transaction, number)?;
    let body = transaction
        .prepare_cached("DELETE FROM bodies WHERE operation = ?1")?
        .execute([number])?;
    let edits = annotation::erase_edits(transaction, id.as_bytes())?;
    give_up(
        transaction,
        number,
        DeliveryState::Failed(FailureReason::Cancelled),
    )?;
    let known: Option<i64> = transaction
        .prepare_cached("SELECT form FROM messages WHERE operation = ?1")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    match known {
        Some(form) if form == Form::Deleted.code() => {}
        Some(_) => {
            transaction
                .prepare_cached(
                    "UPDATE messages SET form = ?2, text = '', edited = 0, pinned = 0, read = 1
                     WHERE operation = ?1",
                )?
                .execute(params![number, Form::Deleted.code()])?;
            log(transaction, number, ArrivalKind::Deleted)?;
        }
        None => {
            let row = Row {
                number,
                header,
                form: Form::Deleted,
                text: "",
                expires_at: None,
                read: true,
            };
            row.insert(transaction)?;
            log(transaction, number, ArrivalKind::Deleted)?;
        }
    }
    Ok(body > 0 || edits)
}

/// Shows a message no longer; its body goes unless someone is owed it. Says whether it went.
pub(super) fn hide(transaction: &Transaction<'_>, id: OperationId) -> Result<bool, StoreError> {
    let Some((number, ..)) = stored(transaction, id)? else {
        return Ok(false);
    };
    transaction
        .prepare_cached("UPDATE operations SET hidden = 1 WHERE number = ?1")?
        .execute([number])?;
    remove(transaction, number)?;
    erase_hidden(transaction)
}

/// Erases the hidden messages that nobody is owed. Says whether there was any.
pub(super) fn erase_hidden(transaction: &Transaction<'_>) -> Result<bool, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT o.number, o.id FROM operations AS o JOIN bodies AS b ON b.operation = o.number
         WHERE o.hidden = 1 AND NOT EXISTS (
             SELECT 1 FROM deliveries AS d WHERE d.operation = o.number AND d.state IN (16, 17))",
    )?;
    let hidden = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, [u8; 32])>>>()?;
    for (number, id) in &hidden {
        erase(transaction, *number, id)?;
    }
    Ok(!hidden.is_empty())
}

/// Erases the messages that were to stay no longer than until `until`. Says whether there was any.
pub(super) fn erase_expired(
    transaction: &Transaction<'_>,
    until: WallTime,
) -> Result<bool, StoreError> {
    let mut statement = transaction.prepare_cached(
        "SELECT m.operation, o.id FROM messages AS m JOIN operations AS o ON o.number = m.operation
         WHERE m.expires_at <= ?1",
    )?;
    let expired = statement
        .query_map([wall(until)], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<Vec<(i64, [u8; 32])>>>()?;
    for (number, id) in &expired {
        give_up(
            transaction,
            *number,
            DeliveryState::Failed(FailureReason::Expired),
        )?;
        remove(transaction, *number)?;
        erase(transaction, *number, id)?;
    }
    Ok(!expired.is_empty())
}

/// Erases what a message said, and all that was said about it.
fn erase(transaction: &Transaction<'_>, number: i64, id: &[u8]) -> Result<(), StoreError> {
    transaction
        .prepare_cached("DELETE FROM bodies WHERE operation = ?1")?
        .execute([number])?;
    annotation::erase_all(transaction, id)
}

/// Takes what a message shows as text out of the search index.
fn unindex(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    let text: Option<String> = transaction
        .prepare_cached("SELECT text FROM messages WHERE operation = ?1 AND form = 0")?
        .query_row([number], |row| row.get(0))
        .optional()?;
    text.map_or(Ok(()), |text| search::remove(transaction, number, &text))
}

/// Takes a message from the screens.
fn remove(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    unindex(transaction, number)?;
    for sql in [
        "DELETE FROM messages WHERE operation = ?1",
        "DELETE FROM arrivals WHERE message = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([number])?;
    }
    Ok(())
}

/// Notes of a message that those who are owed it get it no more.
fn give_up(
    transaction: &Transaction<'_>,
    number: i64,
    state: DeliveryState,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "UPDATE deliveries SET state = ?2 WHERE operation = ?1 AND state IN (16, 17)",
        )?
        .execute(params![number, code(state)])?;
    Ok(())
}

/// The number, author and header of a message that is here and not hidden.
fn stored(
    transaction: &Transaction<'_>,
    id: OperationId,
) -> Result<Option<(i64, PersonId, Header)>, StoreError> {
    let found = transaction
        .prepare_cached(
            "SELECT number, person, header FROM operations
             WHERE id = ?1 AND kind = ?2 AND hidden = 0",
        )?
        .query_row(params![id.as_bytes(), Kind::Message.number()], |row| {
            let header: Vec<u8> = row.get(2)?;
            let header = wire::decode(&header, limits::HEADER_BYTES_MAX)
                .map_err(|error| unreadable(2, error))?;
            Ok((row.get(0)?, PersonId::new(row.get(1)?), header))
        })
        .optional()?;
    Ok(found)
}
