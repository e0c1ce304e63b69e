//! The schema: numbered migrations, of which a database has had the first so many.
//!
//! Invariants
//! - A released migration is never changed; the next one is added after it.
//! - All missing migrations and the new number are one transaction.
//! - A database with a higher number than known is left untouched.

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tidings_protocol::operation::Header;
use tidings_protocol::wire::{self, limits};

use crate::column::unreadable;
use crate::error::StoreError;
use crate::projection;

const MIGRATIONS: [&str; 20] = [
    include_str!("../migrations/0001_founding.sql"),
    include_str!("../migrations/0002_everyday.sql"),
    include_str!("../migrations/0003_search.sql"),
    include_str!("../migrations/0004_alarms.sql"),
    include_str!("../migrations/0005_preferences.sql"),
    include_str!("../migrations/0006_rooms.sql"),
    include_str!("../migrations/0007_drafts.sql"),
    include_str!("../migrations/0008_forks.sql"),
    include_str!("../migrations/0009_deletions.sql"),
    include_str!("../migrations/0010_settings.sql"),
    include_str!("../migrations/0011_time.sql"),
    include_str!("../migrations/0012_mail.sql"),
    include_str!("../migrations/0013_rewriting.sql"),
    include_str!("../migrations/0014_carry.sql"),
    include_str!("../migrations/0015_notices.sql"),
    include_str!("../migrations/0016_owed_control.sql"),
    include_str!("../migrations/0017_urgent.sql"),
    include_str!("../migrations/0018_network.sql"),
    include_str!("../migrations/0019_unread_in_order.sql"),
    include_str!("../migrations/0020_deeds.sql"),
];
/// The schema since which kinds and targets have columns of their own.
const EVERYDAY: u32 = 2;

/// Number of the schema that this program writes.
#[expect(clippy::as_conversions, reason = "a count of source files fits")]
pub const SCHEMA_VERSION: u32 = MIGRATIONS.len() as u32;

/// Number of the schema that a database has; 0 for an empty one.
pub(crate) fn version(connection: &Connection) -> Result<u32, StoreError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    u32::try_from(found).map_err(|_| StoreError::Damaged(format!("schema number {found}")))
}

/// Brings a database to [`SCHEMA_VERSION`].
pub(crate) fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let found = version(connection)?;
    if found > SCHEMA_VERSION {
        return Err(StoreError::NewerSchema {
            found,
            known: SCHEMA_VERSION,
        });
    }
    if found == SCHEMA_VERSION {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (number, migration) in (1_u32..).zip(MIGRATIONS) {
        if number > found {
            transaction.execute_batch(migration)?;
        }
    }
    if found < EVERYDAY {
        fill_kinds(&transaction)?;
    }
    // Past schemas made their rows from less; what they are made from is all there.
    projection::rebuild(&transaction)?;
    transaction.execute_batch(&format!("PRAGMA user_version = {SCHEMA_VERSION}"))?;
    transaction.commit()?;
    Ok(())
}

/// Reads kinds and targets from the headers.
fn fill_kinds(transaction: &Transaction<'_>) -> Result<(), StoreError> {
    let mut read = transaction.prepare("SELECT number, header FROM operations")?;
    let mut write =
        transaction.prepare("UPDATE operations SET kind = ?2, target = ?3 WHERE number = ?1")?;
    let mut rows = read.query([])?;
    while let Some(row) = rows.next()? {
        let (number, header): (i64, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let header: Header = wire::decode(&header, limits::HEADER_BYTES_MAX)
            .map_err(|error| unreadable(1, error))?;
        let target = header.target.as_ref().map(|target| target.as_bytes());
        write.execute(params![number, header.kind.number(), target])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
