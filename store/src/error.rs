//! What can go wrong with the durable state, and what a person can do about it.

use std::io;
use std::path::PathBuf;

use rusqlite::ErrorCode;

/// Why the store did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No database in the directory.
    #[error("there is no profile in {}: create one first, or name another directory", .0.display())]
    NoProfile(PathBuf),
    /// A database is there already.
    #[error("there is a profile in {} already: open it, or name another directory", .0.display())]
    ProfileExists(PathBuf),
    /// The first page does not decrypt. A wrong key and a damaged first page look the same.
    #[error(
        "the database cannot be decrypted: either its key file belongs to another profile or its \
         first page is damaged; put the matching key file back, or restore from a backup"
    )]
    WrongKey,
    /// Something stored is not what was written.
    #[error(
        "the database is damaged ({0}): copy the profile directory aside, then restore from a \
         backup or set this device up anew"
    )]
    Damaged(String),
    /// A newer program wrote this database.
    #[error(
        "the database has schema {found}, this program knows schemas up to {known}: use the newer \
         program that wrote it"
    )]
    NewerSchema {
        /// Schema of the database.
        found: u32,
        /// Latest schema that this program knows.
        known: u32,
    },
    /// No space for what was to be written.
    #[error("the disk is full, and nothing of this change was kept: free some space, then restart")]
    DiskFull,
    /// Another process holds the database.
    #[error("the database is in use by another process: stop that one, then try again")]
    Busy,
    /// The file system refused.
    #[error("the profile's files cannot be read or written ({0}): check the disk and permissions")]
    Io(#[source] io::Error),
    /// A write failed earlier.
    #[error("an earlier write failed, so nothing more is written: restart to go on")]
    Poisoned,
    /// A failure of the database engine that none of the others covers.
    #[error("the database engine failed ({0}): restart; if it happens again, report it")]
    Sqlite(#[source] rusqlite::Error),
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::StorageFull {
            Self::DiskFull
        } else {
            Self::Io(error)
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let unreadable = matches!(
            error,
            rusqlite::Error::FromSqlConversionFailure(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::Utf8Error(..)
                | rusqlite::Error::InvalidColumnType(..)
        );
        if unreadable {
            return Self::Damaged(error.to_string());
        }
        let Some(code) = error.sqlite_error_code() else {
            return Self::Sqlite(error);
        };
        if code == ErrorCode::NotADatabase {
            Self::WrongKey
        } else if code == ErrorCode::DatabaseCorrupt {
            Self::Damaged(error.to_string())
        } else if code == ErrorCode::DiskFull {
            Self::DiskFull
        } else if matches!(code, ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) {
            Self::Busy
        } else if matches!(
            code,
            ErrorCode::SystemIoFailure
                | ErrorCode::CannotOpen
                | ErrorCode::ReadOnly
                | ErrorCode::PermissionDenied
        ) {
            Self::Io(io::Error::other(error))
        } else {
            Self::Sqlite(error)
        }
    }
}
