//! What opens readers of a store, wherever the store itself is by then.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use crate::connection;
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::reader::Reader;
use crate::store::SharedConnection;

/// Opens readers of one store, for whoever needs one now and then: an open reader keeps some 300 kB.
#[derive(Debug, Clone)]
pub struct Readers(Source);

#[derive(Debug, Clone)]
enum Source {
    /// The store's own connection, with which its readers take turns.
    Lent(SharedConnection),
    /// A file, to which each reader has a connection of its own.
    File(PathBuf, DatabaseKey),
}

impl Readers {
    pub(crate) const fn lent(connection: SharedConnection) -> Self {
        Self(Source::Lent(connection))
    }

    pub(crate) const fn of_file(path: PathBuf, key: DatabaseKey) -> Self {
        Self(Source::File(path, key))
    }

    /// Another view on what the store has committed.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be opened once more.
    pub fn open(&self) -> Result<Reader, StoreError> {
        let connection = match &self.0 {
            Source::Lent(connection) => Arc::clone(connection),
            Source::File(path, key) => Arc::new(Mutex::new(connection::open_reader(path, key)?)),
        };
        Ok(Reader::new(connection))
    }
}

#[cfg(test)]
mod tests {
    use crate::fixture::{Home, contact};

    #[test]
    fn a_reader_that_is_opened_later_sees_what_was_committed_since_and_many_leave_no_more_files_open()
     {
        let home = Home::new();
        let mut store = home.create();
        let readers = store.readers();
        let seen = || readers.open().unwrap().contacts().unwrap().len();
        let files_open = || {
            let descriptors = std::fs::read_dir("/proc/self/fd").unwrap();
            let links = descriptors.map(|entry| std::fs::read_link(entry.unwrap().path()));
            links
                .filter(|link| {
                    link.as_ref()
                        .is_ok_and(|file| file.starts_with(home.directory()))
                })
                .count()
        };
        assert_eq!(seen(), 0);
        // SQLite keeps the file of one that is closed for the next, as closing it would drop the store's locks.
        let before = files_open();
        store.apply(&[contact(1, false)]).unwrap();
        assert!((0..10).all(|_| seen() == 1));
        assert_eq!(files_open(), before);
    }
}
