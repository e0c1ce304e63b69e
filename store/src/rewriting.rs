//! Rewriting: the file written anew, so that nothing is left in it of what was erased.
//!
//! SQLite overwrites what is deleted. But where it moves rows from one page to another it leaves copies of
//! them behind, in the part of a page that is not in use, and knows nothing of those when the rows are
//! deleted. Whatever is written there next overwrites them; until then they stay, and only a file that is
//! written anew is rid of them for certain.
//!
//! Invariants
//! - That it is due is stored with what was erased, so no crash and no end of a program forgets it.

use std::time::Duration;

use rusqlite::{Connection, params};
use tidings_protocol::time::WallTime;

use crate::column::wall;
use crate::error::StoreError;
use crate::reader::PAGE_BYTES;

/// How large a file may be to be written anew each hour in which something is erased.
const SMALL_BYTES_MAX: u64 = 32 * 1024 * 1024;
/// How often a small one is, at most.
const SMALL_INTERVAL: Duration = Duration::from_hours(1);
/// How often a large one is.
const LARGE_INTERVAL: Duration = Duration::from_hours(24);

/// Whether, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rewriting {
    due: bool,
    done_at: WallTime,
}

impl Rewriting {
    pub(crate) fn read(connection: &Connection) -> Result<Self, StoreError> {
        let row = connection.query_row("SELECT due, done_at FROM rewriting", [], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?))
        })?;
        Ok(Self {
            due: row.0,
            done_at: WallTime::from_millis(u64::try_from(row.1).unwrap_or_default()),
        })
    }

    /// Notes in a transaction that it is due.
    pub(crate) fn ask(connection: &Connection) -> Result<(), StoreError> {
        connection
            .prepare_cached("UPDATE rewriting SET due = 1")?
            .execute([])?;
        Ok(())
    }

    pub(crate) const fn note(&mut self, is_due: bool) {
        self.due |= is_due;
    }

    pub(crate) const fn is_due(self) -> bool {
        self.due
    }

    /// Whether its time has come, for a file of so many bytes. A clock that went back puts nothing off.
    pub(crate) fn is_due_at(self, now: WallTime, bytes: u64) -> bool {
        let interval = if bytes <= SMALL_BYTES_MAX {
            SMALL_INTERVAL
        } else {
            LARGE_INTERVAL
        };
        self.due && (now >= self.done_at.after(interval) || now < self.done_at)
    }

    pub(crate) fn carry_out(
        self,
        connection: &Connection,
        now: WallTime,
    ) -> Result<Self, StoreError> {
        connection.execute_batch("VACUUM")?;
        connection.execute(
            "UPDATE rewriting SET due = 0, done_at = ?1",
            params![wall(now)],
        )?;
        Ok(Self {
            due: false,
            done_at: now,
        })
    }
}

/// How large the file is, the log aside.
pub(crate) fn bytes(connection: &Connection) -> Result<u64, StoreError> {
    let pages: i64 = connection.pragma_query_value(None, "page_count", |row| row.get(0))?;
    let pages = u64::try_from(pages).unwrap_or_default();
    Ok(pages.saturating_mul(PAGE_BYTES))
}

#[cfg(test)]
mod tests;
