//! The store: the one writer of a profile's database.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use tidings_protocol::record::{Change, Profile};
use tidings_protocol::time::WallTime;

use crate::apply::Applier;
use crate::column::integer;
use crate::error::StoreError;
use crate::key::DatabaseKey;
use crate::reader::Reader;
use crate::readers::Readers;
use crate::rewriting::{self, Rewriting};
use crate::{connection, private, profile, projection, schema, search};

/// Name of the database in a profile's directory.
pub const DATABASE_FILE: &str = "profile.db";
/// Outcomes of requests that are kept, the latest ones.
pub const REQUESTS_KEPT_MAX: u64 = 10_000;

/// A connection that may be lent to readers.
pub(crate) type SharedConnection = Arc<Mutex<Connection>>;

/// A profile's durable state, open for writing.
#[derive(Debug)]
pub struct Store {
    connection: SharedConnection,
    readers: Readers,
    poisoned: bool,
    truncate_due: bool,
    rewriting: Rewriting,
}

impl Store {
    /// Creates an empty database in `directory`, which is created too, private, if it is missing.
    ///
    /// # Errors
    /// [`StoreError::ProfileExists`] if one is there; nothing is left behind after any other
    /// error but the directory.
    pub fn create(directory: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let path = directory.join(DATABASE_FILE);
        if path.try_exists()? {
            return Err(StoreError::ProfileExists(directory.to_owned()));
        }
        private::create_directory(directory)?;
        // Made whole under another name, so that a crash leaves no half database.
        let temporary = directory.join("profile.new");
        for name in ["profile.new", "profile.new-wal", "profile.new-shm"] {
            private::remove_file(&directory.join(name))?;
        }
        private::create_file(&temporary)?.sync_all()?;
        let mut writer = connection::open_writer(&temporary, key)?;
        prepare(&mut writer)?;
        truncate(&writer)?;
        writer.close().map_err(|(_, error)| error)?;
        private::rename(&temporary, &path)?;
        Self::open(directory, key)
    }

    /// Opens the database in `directory` and brings it to the current schema.
    ///
    /// # Errors
    /// [`StoreError`] by what is there: nothing, another key's, damaged, or newer.
    pub fn open(directory: &Path, key: &DatabaseKey) -> Result<Self, StoreError> {
        let path = directory.join(DATABASE_FILE);
        match fs::metadata(&path) {
            Ok(metadata) if metadata.len() == 0 => {
                return Err(StoreError::Damaged("its file is empty".to_owned()));
            }
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(StoreError::NoProfile(directory.to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
        let mut writer = connection::open_writer(&path, key)?;
        if schema::version(&writer)? == 0 {
            return Err(StoreError::Damaged("it has no schema".to_owned()));
        }
        prepare(&mut writer)?;
        // Whatever was deleted before a crash may still be in the log.
        let truncate_due = !truncate(&writer)?;
        Ok(Self {
            rewriting: Rewriting::read(&writer)?,
            connection: Arc::new(Mutex::new(writer)),
            readers: Readers::of_file(path, key.clone()),
            poisoned: false,
            truncate_due,
        })
    }

    /// An empty store that vanishes when it and its readers are dropped.
    ///
    /// # Errors
    /// [`StoreError::Sqlite`] if the database engine fails.
    pub fn in_memory() -> Result<Self, StoreError> {
        Self::shared(connection::open_in_memory()?)
    }

    /// A store that is not encrypted, so that a test can look at its pages.
    #[cfg(test)]
    pub(crate) fn plain(path: &Path) -> Result<Self, StoreError> {
        Self::shared(connection::open_plain(path)?)
    }

    /// A store that lends its only connection to its readers.
    fn shared(mut writer: Connection) -> Result<Self, StoreError> {
        prepare(&mut writer)?;
        let rewriting = Rewriting::read(&writer)?;
        let connection = Arc::new(Mutex::new(writer));
        Ok(Self {
            readers: Readers::lent(Arc::clone(&connection)),
            connection,
            poisoned: false,
            truncate_due: false,
            rewriting,
        })
    }

    /// Another view on what this store has committed. In memory, it takes turns with the store.
    ///
    /// # Errors
    /// [`StoreError`] if the database cannot be opened once more.
    pub fn reader(&self) -> Result<Reader, StoreError> {
        self.readers.open()
    }

    /// What opens readers when they are needed: each takes some 300 kB while it is open.
    #[must_use]
    pub fn readers(&self) -> Readers {
        self.readers.clone()
    }

    /// Applies changes, in order, all or none; they are on the disk when this returns.
    ///
    /// # Errors
    /// After any error nothing of the batch is kept, and the store is poisoned.
    pub fn apply(&mut self, batch: &[Change]) -> Result<(), StoreError> {
        let is_due = self.rewriting.is_due();
        let (erased, scattered) = self.write(|transaction| {
            let mut applier = Applier::new(transaction);
            batch.iter().try_for_each(|change| applier.apply(change))?;
            let scattered = applier.has_scattered();
            if scattered && !is_due {
                Rewriting::ask(transaction)?;
            }
            Ok((applier.has_erased(), scattered))
        })?;
        self.truncate_due |= erased;
        self.rewriting.note(scattered);
        Ok(())
    }

    /// All that the engine needs to go on.
    ///
    /// # Errors
    /// [`StoreError`] if the store is poisoned or what is stored cannot be read.
    pub fn profile(&self) -> Result<Profile, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        profile::read(&self.lock())
    }

    /// Moves a named event cursor forward; never back, and never past the end of the arrival log.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be written; the cursor is then where it was. The store goes on,
    /// unless the failure could not be undone.
    pub fn acknowledge(&mut self, cursor: &str, position: u64) -> Result<(), StoreError> {
        self.try_write(|transaction| {
            let last = crate::reader::last_position(transaction)?;
            transaction
                .prepare_cached(
                    "INSERT INTO cursors (name, position) VALUES (?1, ?2)
                     ON CONFLICT (name) DO UPDATE SET position = max(position, excluded.position)",
                )?
                .execute(params![cursor, integer(position.min(last))])?;
            Ok(())
        })
    }

    /// Makes what screens show anew from headers, bodies and actors. Positions of the arrival log
    /// stay as they are.
    ///
    /// # Errors
    /// [`StoreError`] if something stored cannot be read; nothing is changed then.
    pub fn rebuild_projections(&mut self) -> Result<(), StoreError> {
        self.write(projection::rebuild)
    }

    /// Whether keys or bodies were deleted that may still lie in the write-ahead log. The caller
    /// answers with [`Self::truncate_wal`] within a minute.
    #[must_use]
    pub const fn wal_truncate_due(&self) -> bool {
        self.truncate_due
    }

    /// Writes the log into the database and empties it; returns whether that succeeded now, or a
    /// reader is in the way and it stays due.
    ///
    /// # Errors
    /// [`StoreError`] if the disk fails.
    pub fn truncate_wal(&mut self) -> Result<bool, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let truncated = truncate(&self.lock())?;
        self.truncate_due &= !truncated;
        Ok(truncated)
    }

    /// Whether the file is to be written anew, as copies of what was erased may lie in it where SQLite
    /// rearranged its pages: within an hour, and within a day if it is large. The caller answers with
    /// [`Self::rewrite`].
    ///
    /// # Errors
    /// [`StoreError`] if its size cannot be read.
    pub fn rewrite_due(&self, now: WallTime) -> Result<bool, StoreError> {
        Ok(self
            .rewriting
            .is_due_at(now, rewriting::bytes(&self.lock())?))
    }

    /// Writes the file anew, with nothing in it but what is there. It takes as long as all of it takes to
    /// write, about twice as much room on the disk meanwhile, and its size in memory. The log is to be
    /// truncated then.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be; all is as it was then, and it stays due.
    pub fn rewrite(&mut self, now: WallTime) -> Result<(), StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let rewritten = self.rewriting.carry_out(&self.lock(), now)?;
        self.rewriting = rewritten;
        self.truncate_due = true;
        Ok(())
    }

    /// Runs `work` in a transaction of its own and commits it; poisons the store if either fails.
    fn write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let result = transact(&mut self.lock(), work);
        self.poisoned = result.is_err();
        result
    }

    /// As [`Self::write`], for what nobody builds on: a failure that was undone poisons nothing.
    fn try_write<T>(
        &mut self,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.poisoned {
            return Err(StoreError::Poisoned);
        }
        let mut connection = self.lock();
        let result = transact(&mut connection, work);
        // Outside of a transaction again: what was begun was rolled back.
        let undone = connection.is_autocommit();
        drop(connection);
        self.poisoned = result.is_err() && !undone;
        result
    }

    /// A panic of another holder rolled its transaction back, so the connection is sound.
    pub(crate) fn lock(&self) -> std::sync::MutexGuard<'_, Connection> {
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

fn transact<T>(
    connection: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let value = work(&transaction)?;
    transaction.commit()?;
    Ok(value)
}

/// Brings schema and index to what this program writes.
fn prepare(connection: &mut Connection) -> Result<(), StoreError> {
    schema::migrate(connection)?;
    search::bring_up_to_date(connection)
}

/// Empties the write-ahead log; false if a reader still needs it.
fn truncate(connection: &Connection) -> Result<bool, StoreError> {
    let busy: i64 =
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    Ok(busy == 0)
}

#[cfg(test)]
mod tests;
