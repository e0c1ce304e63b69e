//! Reading back what was heard nearby, and the key by which this device says something there.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::carry::{Depositor, Notice, NoticeKind};
use tidings_protocol::id::NearbyKey;
use tidings_protocol::record::{NearbyKeyRecord, NoticeRecord, PassedRecord};

use super::all;
use crate::column::{read_carry_time, read_count, read_secret, read_wall, unreadable};
use crate::error::StoreError;

/// The notices that are kept.
pub(crate) fn notices(connection: &Connection) -> Result<Vec<NoticeRecord>, StoreError> {
    all(
        connection,
        "SELECT bytes, kept_at, expires_at, hops, depositor, received_at FROM notices ORDER BY id",
        notice,
    )
}

fn notice(row: &Row<'_>) -> rusqlite::Result<NoticeRecord> {
    let bytes: Vec<u8> = row.get(0)?;
    let notice = Notice::stored(&bytes).map_err(|error| unreadable(0, error))?;
    Ok(NoticeRecord {
        notice,
        kept_at: read_carry_time(row, 1)?,
        expires_at: read_carry_time(row, 2)?,
        hops: row.get(3)?,
        depositor: Depositor::new(row.get(4)?),
        received_at: read_wall(row, 5)?,
    })
}

/// Up to where notices are over.
pub(crate) fn passed(connection: &Connection) -> Result<Vec<PassedRecord>, StoreError> {
    all(
        connection,
        "SELECT key, kind, number, at FROM passed_notices ORDER BY key, kind",
        passed_record,
    )
}

fn passed_record(row: &Row<'_>) -> rusqlite::Result<PassedRecord> {
    let kind: u8 = row.get(1)?;
    let unknown = || rusqlite::Error::IntegralValueOutOfRange(1, i64::from(kind));
    Ok(PassedRecord {
        key: NearbyKey::new(row.get(0)?),
        kind: NoticeKind::of(kind).ok_or_else(unknown)?,
        number: read_count(row, 2)?,
        at: read_carry_time(row, 3)?,
    })
}

/// By which key this device says something nearby, if it did.
pub(crate) fn nearby_key(connection: &Connection) -> Result<Option<NearbyKeyRecord>, StoreError> {
    let key = connection
        .query_row("SELECT number, secret FROM nearby_key", [], |row| {
            Ok(NearbyKeyRecord {
                number: read_count(row, 0)?,
                secret: read_secret(row, 1)?,
            })
        })
        .optional()?;
    Ok(key)
}
