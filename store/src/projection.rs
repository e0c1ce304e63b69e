//! What screens show of operations, made from headers, bodies and actors alone.
//!
//! Invariants
//! - Writing an operation and rebuilding everything give the same rows.
//! - An operation without a body shows nothing; one that cannot be read here shows as such.

use rusqlite::{Transaction, params};
use tidings_protocol::operation::{Header, Kind, MessageBody};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::WallTime;
use tidings_protocol::wire::{self, limits};

use crate::column::{logical, read_cbor, read_wall, unreadable, wall};
use crate::error::StoreError;
use crate::reader::ArrivalKind;

/// What one message is made from.
pub(crate) struct Source<'a> {
    pub(crate) number: i64,
    pub(crate) header: &'a Header,
    pub(crate) body: &'a [u8],
    pub(crate) received_at: WallTime,
    pub(crate) read: bool,
}

/// Adds a message.
pub(crate) fn insert(transaction: &Transaction<'_>, source: &Source<'_>) -> Result<(), StoreError> {
    let header = source.header;
    let text = match header.kind {
        Kind::Message => MessageBody::from_bytes(source.body)
            .ok()
            .map(|body| body.text),
        Kind::Create
        | Kind::Add
        | Kind::Remove
        | Kind::Leave
        | Kind::Role
        | Kind::Title
        | Kind::Settings
        | Kind::DeviceRevoked
        | Kind::Unknown(_) => None,
    };
    let expires_at = header.disappears_after.map(|seconds| {
        wall(source.received_at).saturating_add(i64::from(seconds).saturating_mul(1000))
    });
    transaction
        .prepare_cached(
            "INSERT INTO messages (operation, conversation, logical, wall, form, text, reply_to,
                 expires_at, read)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute(params![
            source.number,
            header.conversation.as_bytes(),
            logical(header.logical),
            wall(header.wall),
            text.is_none(),
            text.as_deref().unwrap_or_default(),
            header.target.as_ref().map(|target| target.as_bytes()),
            expires_at,
            source.read,
        ])?;
    Ok(())
}

/// Appends a new message to the arrival log.
pub(crate) fn log_new(transaction: &Transaction<'_>, number: i64) -> Result<(), StoreError> {
    transaction
        .prepare_cached("INSERT INTO arrivals (message, change) VALUES (?1, ?2)")?
        .execute(params![number, ArrivalKind::New.code()])?;
    Ok(())
}

/// Makes all messages anew.
pub(crate) fn rebuild(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    transaction.execute("DELETE FROM messages", [])?;
    let mut statement = transaction.prepare(
        "SELECT o.number, o.header, b.bytes, o.received_at, o.mine, a.read
         FROM operations AS o
         JOIN bodies AS b ON b.operation = o.number
         JOIN actors AS a ON a.conversation = o.conversation AND a.actor = o.actor
         ORDER BY o.number",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let header: Vec<u8> = row.get(1)?;
        let header: Header = wire::decode(&header, limits::HEADER_BYTES_MAX)
            .map_err(|error| unreadable(1, error))?;
        let body: Vec<u8> = row.get(2)?;
        let covered: Coverage = read_cbor(row, 5)?;
        let source = Source {
            number: row.get(0)?,
            header: &header,
            body: &body,
            received_at: read_wall(row, 3)?,
            read: row.get(4)? || covered.contains(header.seq),
        };
        insert(transaction, &source)?;
    }
    transaction.execute(
        "DELETE FROM arrivals WHERE message NOT IN (SELECT operation FROM messages)",
        [],
    )?;
    transaction.execute(
        "INSERT INTO arrivals (message, change)
         SELECT operation, ?1 FROM messages
         WHERE operation NOT IN (SELECT message FROM arrivals) ORDER BY operation",
        params![ArrivalKind::New.code()],
    )?;
    Ok(())
}
