//! Connections: how the database is opened, and under which settings.
//!
//! Invariants
//! - The key is given before anything is read, raw, so that no passphrase stretching happens here.
//! - The writer's commit is on the disk when it returns (`synchronous = FULL` in WAL mode).
//! - SQLCipher's wiping of every freed allocation (`cipher_memory_security`) is off: it makes inserts
//!   five times slower, and secrets are in this process's memory while it runs anyway.
//! - Deleted content is overwritten (`secure_delete`), temporary tables stay in memory.

use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::key::DatabaseKey;

/// How long one connection waits for another's lock.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Prepared statements kept by one connection.
const STATEMENTS_CACHED_MAX: usize = 128;
/// Pages of 4 KiB in the log after which a commit also writes them into the database.
const CHECKPOINT_PAGES: u32 = 1000;

/// Opens the writing connection. The file must exist; it may be empty.
pub(crate) fn open_writer(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_WRITE, key)?;
    set(&connection, "journal_mode", "WAL")?;
    set(
        &connection,
        "wal_autocheckpoint",
        &CHECKPOINT_PAGES.to_string(),
    )?;
    settings_of_a_writer(&connection)?;
    Ok(connection)
}

/// Opens a database that is not encrypted, so that a test can look at its pages.
#[cfg(test)]
pub(crate) fn open_plain(path: &Path) -> Result<Connection, StoreError> {
    let connection = Connection::open(path)?;
    set(&connection, "journal_mode", "WAL")?;
    settings_of_a_writer(&connection)?;
    Ok(connection)
}

/// Opens a connection that can only read.
pub(crate) fn open_reader(path: &Path, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = open(path, OpenFlags::SQLITE_OPEN_READ_ONLY, key)?;
    settings_of_all(&connection)?;
    set(&connection, "query_only", "ON")?;
    Ok(connection)
}

/// Opens a database that lives as long as its connection.
pub(crate) fn open_in_memory() -> Result<Connection, StoreError> {
    let connection = Connection::open_in_memory()?;
    settings_of_a_writer(&connection)?;
    Ok(connection)
}

fn open(path: &Path, access: OpenFlags, key: &DatabaseKey) -> Result<Connection, StoreError> {
    let connection = Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    // SQLCipher would write its complaints to the terminal; they come back as errors anyway.
    set(&connection, "cipher_log_level", "NONE")?;
    set(&connection, "cipher_memory_security", "OFF")?;
    unlock(&connection, key)?;
    Ok(connection)
}

/// Gives the key and reads the first page with it.
fn unlock(connection: &Connection, key: &DatabaseKey) -> Result<(), StoreError> {
    let mut statement = Zeroizing::new(String::with_capacity(96));
    statement.push_str("PRAGMA key = \"x'");
    for byte in key.expose() {
        for nibble in [byte >> 4, byte & 15] {
            statement.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    statement.push_str("'\"");
    connection.execute_batch(&statement)?;
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
    Ok(())
}

fn settings_of_a_writer(connection: &Connection) -> Result<(), StoreError> {
    settings_of_all(connection)?;
    set(connection, "synchronous", "FULL")?;
    set(connection, "secure_delete", "ON")?;
    Ok(())
}

fn settings_of_all(connection: &Connection) -> Result<(), StoreError> {
    connection.busy_timeout(BUSY_WAIT)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED_MAX);
    // Otherwise most joins, and whatever has a bound limit, are planned anew for each value that is
    // bound: a plan that depends on values is of no use to us, as nothing is ever analysed.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    set(connection, "foreign_keys", "ON")?;
    set(connection, "temp_store", "MEMORY")?;
    set(connection, "trusted_schema", "OFF")?;
    set(connection, "cell_size_check", "ON")?;
    Ok(())
}

/// Sets a pragma, whether or not it answers with a row.
fn set(connection: &Connection, name: &str, value: &str) -> Result<(), StoreError> {
    connection.execute_batch(&format!("PRAGMA {name} = {value}"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;
    use rusqlite::types::Value;

    use super::*;
    use crate::fixture::Home;

    fn pragma(connection: &Connection, name: &str) -> String {
        let value: Value = connection
            .query_row(&format!("PRAGMA {name}"), [], |row| row.get(0))
            .unwrap();
        match value {
            Value::Integer(value) => value.to_string(),
            Value::Text(value) => value,
            other @ (Value::Null | Value::Real(_) | Value::Blob(_)) => {
                panic!("{name} is {other:?}")
            }
        }
    }

    #[test]
    fn every_setting_is_in_force_on_both_connections() {
        let home = Home::new();
        let store = home.create();
        let path = home.database();
        let both = [
            ("journal_mode", "wal"),
            ("foreign_keys", "1"),
            ("temp_store", "2"),
            ("trusted_schema", "0"),
            ("busy_timeout", "5000"),
            ("cell_size_check", "1"),
            ("cipher_log_level", "NONE"),
            ("cipher_memory_security", "0"),
            ("cipher_use_hmac", "1"),
            ("cipher_page_size", "4096"),
        ];
        let writer = open_writer(&path, &home.key).unwrap();
        let reader = open_reader(&path, &home.key).unwrap();
        for (name, value) in both {
            assert_eq!(pragma(&writer, name), value, "{name} of the writer");
            assert_eq!(pragma(&reader, name), value, "{name} of the reader");
        }
        let writing = [
            ("synchronous", "2"),
            ("secure_delete", "1"),
            ("wal_autocheckpoint", "1000"),
            ("query_only", "0"),
        ];
        for (name, value) in writing {
            assert_eq!(pragma(&writer, name), value, "{name} of the writer");
        }
        assert_eq!(pragma(&reader, "query_only"), "1");
        drop(store);
    }

    #[test]
    fn a_statement_is_planned_once_whatever_is_bound_to_it() {
        let home = Home::new();
        let _store = home.create();
        let writer = open_writer(&home.database(), &home.key).unwrap();
        let reader = open_reader(&home.database(), &home.key).unwrap();
        let sql = "SELECT m.form FROM messages AS m JOIN operations AS o ON o.number = m.operation
            WHERE m.operation = ?1 LIMIT ?2";
        for connection in [writer, reader] {
            for value in 1..4 {
                let mut statement = connection.prepare_cached(sql).unwrap();
                assert!(!statement.exists([value, value]).unwrap());
                let planned_anew = statement.get_status(StatementStatus::RePrepare);
                assert_eq!(planned_anew, 0, "for {value}");
            }
        }
    }

    #[test]
    fn a_reader_cannot_write() {
        let home = Home::new();
        let _store = home.create();
        let reader = open_reader(&home.database(), &home.key).unwrap();
        assert!(reader.execute("DELETE FROM cursors", []).is_err());
    }
}
