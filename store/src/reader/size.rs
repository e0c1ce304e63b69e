//! How large the database is, beside what it keeps.

use super::Reader;
use crate::column::read_count;
use crate::error::StoreError;

/// Bytes of one page, as SQLCipher has it.
pub(crate) const PAGE_BYTES: u64 = 4096;

/// How large a database is, and what it keeps for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Bytes of the database.
    pub bytes: u64,
    /// Bytes of those pages of it that hold nothing any more.
    pub free_bytes: u64,
    /// Operations that are held, of content and of control.
    pub operations: u64,
    /// Bytes of those: headers, signatures, and the bodies that are left.
    pub operation_bytes: u64,
}

impl Reader {
    /// How large the database is. What waits in the write-ahead log counts as if it were in it.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn size(&self) -> Result<Size, StoreError> {
        self.read(|connection| {
            let count = |question| -> Result<u64, StoreError> {
                let mut statement = connection.prepare_cached(question)?;
                Ok(statement.query_row([], |row| read_count(row, 0))?)
            };
            let content = count("SELECT count(*) FROM operations")?;
            let control = count("SELECT count(*) FROM controls")?;
            let bytes = [
                "SELECT ifnull(sum(length(header) + length(signature)), 0) FROM operations",
                "SELECT ifnull(sum(length(salt) + length(bytes)), 0) FROM bodies",
                "SELECT ifnull(sum(length(operation)), 0) FROM controls",
            ];
            let bytes = bytes.into_iter().map(count);
            let bytes = bytes.collect::<Result<Vec<u64>, _>>()?;
            Ok(Size {
                bytes: count("PRAGMA page_count")?.saturating_mul(PAGE_BYTES),
                free_bytes: count("PRAGMA freelist_count")?.saturating_mul(PAGE_BYTES),
                operations: content.saturating_add(control),
                operation_bytes: bytes.into_iter().fold(0, u64::saturating_add),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use crate::fixture::{Author, Home, insert};

    #[test]
    fn the_size_is_that_of_the_file_and_counts_every_operation_whole() {
        let home = Home::new();
        let mut store = home.create();
        let reader = store.reader().unwrap();
        let empty = reader.size().unwrap();
        assert_eq!((empty.operations, empty.operation_bytes), (0, 0));
        let mut ann = Author::other(1);
        let record = ann.message(&"long ".repeat(4000));
        let bytes = u64::try_from(record.operation.signed().bytes()).unwrap();
        store.apply(&[insert(&record)]).unwrap();
        let size = reader.size().unwrap();
        assert_eq!((size.operations, size.operation_bytes), (1, bytes));
        assert!(size.bytes >= empty.bytes + bytes, "{size:?}");
        assert!(store.truncate_wal().unwrap());
        assert_eq!(size.bytes, fs::metadata(home.database()).unwrap().len());
    }
}
