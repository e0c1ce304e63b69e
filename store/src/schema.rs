//! The schema: numbered migrations, of which a database has had the first so many.
//!
//! Invariants
//! - A released migration is never changed; the next one is added after it.
//! - All missing migrations and the new number are one transaction.
//! - A database with a higher number than known is left untouched.

use rusqlite::{Connection, TransactionBehavior};

use crate::error::StoreError;

const MIGRATIONS: [&str; 2] = [
    include_str!("../migrations/0001_founding.sql"),
    include_str!("../migrations/0003_search.sql"),
];

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
    transaction.execute_batch(&format!("PRAGMA user_version = {SCHEMA_VERSION}"))?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests;
