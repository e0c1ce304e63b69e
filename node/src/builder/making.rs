//! The making of a profile's files.
//!
//! Invariants
//! - A profile is there whole or not at all: it is made aside, then moved into place.
//! - A key that is not a leftover of such a move is never replaced: its database may be elsewhere.

use std::fs;
use std::io;
use std::path::Path;

use tidings_protocol::record::{Change, SecretBytes};
use tidings_protocol::rng::Rng;
use tidings_store::{DATABASE_FILE, KEY_FILE, KeyFile, Store};

use crate::error::OpenError;
use crate::home::Home;

/// Directory in which a profile is made.
pub(super) const STAGING_DIRECTORY: &str = "new";
/// The database's write-ahead log.
pub(super) const LOG_FILE: &str = "profile.db-wal";

/// Makes a profile's files aside, then moves them into place, the database last.
///
/// A crash in between leaves the key in place and the database aside, which [`clear`] recognises.
pub(super) fn make(
    directory: &Path,
    passphrase: Option<&SecretBytes>,
    identity: Change,
    rng: &mut Rng,
) -> Result<(), OpenError> {
    let staging = directory.join(STAGING_DIRECTORY);
    clear(directory, &staging)?;
    Home::new(&staging).create()?;
    let key = KeyFile::create(&staging, passphrase, rng)?;
    let mut store = Store::create(&staging, &key)?;
    store.apply(&[identity])?;
    close(store, &staging)?;
    fs::rename(staging.join(KEY_FILE), directory.join(KEY_FILE))?;
    sync_directory(directory)?;
    fs::rename(staging.join(DATABASE_FILE), directory.join(DATABASE_FILE))?;
    sync_directory(directory)?;
    if let Err(error) = fs::remove_dir_all(&staging) {
        // The profile is whole; what is left there harms nobody.
        tracing::warn!(%error, "the directory in which the profile was made could not be removed");
    }
    Ok(())
}

/// Clears away what an interrupted [`make`] left.
///
/// The key goes first: without it, all that is left counts as nothing.
fn clear(directory: &Path, staging: &Path) -> Result<(), OpenError> {
    let (key, log) = (directory.join(KEY_FILE), directory.join(LOG_FILE));
    // The key moves before the database does: then it is in place, and not aside any more.
    let half_moved = is_there(&staging.join(DATABASE_FILE))? && !is_there(&staging.join(KEY_FILE))?;
    // The name of the database may also be a link to where nothing is mounted now.
    let database = is_there(&directory.join(DATABASE_FILE))?;
    if database || is_there(&log)? || (is_there(&key)? && !half_moved) {
        return Err(OpenError::DatabaseMissing {
            home: directory.into(),
        });
    }
    if is_there(&key)? {
        fs::remove_file(&key)?;
        sync_directory(directory)?;
    }
    if is_there(staging)? {
        fs::remove_dir_all(staging)?;
    }
    Ok(())
}

/// Closes the database of a new profile so that its one file holds everything.
fn close(mut store: Store, staging: &Path) -> Result<(), OpenError> {
    let whole = store.truncate_wal()?;
    drop(store);
    let left = match fs::metadata(staging.join(LOG_FILE)) {
        Ok(log) => log.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error.into()),
    };
    if whole && left == 0 {
        return Ok(());
    }
    Err(io::Error::other("the new database could not be written into one file").into())
}

/// Whether there is something of this name, even a link to nothing.
fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Makes names in a directory outlast a power cut, where a system needs that said.
fn sync_directory(directory: &Path) -> io::Result<()> {
    if cfg!(unix) {
        fs::File::open(directory)?.sync_all()?;
    }
    Ok(())
}
