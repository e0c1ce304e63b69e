//! Whether anybody confirmed the recovery words of a profile: a mark in its directory says that nobody did.
//!
//! Invariants
//! - The mark is on the disk before there is a profile, and goes once the words were confirmed.
//! - A profile that was there already is never marked.
//! - What is removed is the profile's, and nobody has it open meanwhile.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::Path;

use tidings_node::{Home, OpenError};

/// The mark: an empty file.
const MARK_FILE: &str = "words-unseen";

/// Marks a profile that is about to be made.
///
/// # Errors
/// What the system says.
pub(crate) fn mark(home: &Path) -> io::Result<()> {
    let directory = Home::new(home);
    directory.create()?;
    // Whoever has it makes one, or has made one.
    let Some(_lock) = directory.lock()? else {
        return Ok(());
    };
    if directory.exists() {
        return Ok(());
    }
    File::create(home.join(MARK_FILE))?.sync_all()?;
    sync(home)
}

/// Takes the mark away.
///
/// # Errors
/// What the system says.
pub(crate) fn confirm(home: &Path) -> io::Result<()> {
    match fs::remove_file(home.join(MARK_FILE)) {
        Ok(()) => sync(home),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Whether there is a profile that is marked.
pub(crate) fn is_marked(home: &Path) -> bool {
    tidings_node::profile_exists(home) && home.join(MARK_FILE).exists()
}

/// Removes a profile that nobody has open, and all else in its directory if that was made with it.
///
/// # Errors
/// [`OpenError`] if somebody has it open, or for what the system says; the mark stays then.
pub(crate) fn take_away(home: &Path, is_directory_too: bool) -> Result<(), OpenError> {
    let lock = Home::new(home).lock()?;
    let home_in_use = || OpenError::InUse { home: home.into() };
    lock.ok_or_else(home_in_use)?.remove()?;
    confirm(home)?;
    if is_directory_too {
        fs::remove_dir_all(home)?;
    }
    Ok(())
}

/// Has what was done in a directory outlast a power cut.
fn sync(directory: &Path) -> io::Result<()> {
    // Elsewhere a directory cannot be opened, and its entries are written through.
    #[cfg(unix)]
    File::open(directory)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = directory;
    Ok(())
}

#[cfg(test)]
mod tests {
    use tidings_node::{Builder, Mode};

    use super::*;

    async fn made(home: &Path) {
        let builder = Builder::new(home).mode(Mode::Offline).serve(false);
        let (node, _) = builder.create("Ann").await.unwrap();
        node.shutdown().await.unwrap();
    }

    #[tokio::test]
    async fn a_profile_is_marked_from_before_it_is_made_until_its_words_are_confirmed() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path().join("home");
        mark(&home).unwrap();
        assert!(home.join(MARK_FILE).exists());
        assert!(!is_marked(&home), "there is no profile yet");
        made(&home).await;
        assert!(is_marked(&home));
        confirm(&home).unwrap();
        assert!(!is_marked(&home));
        confirm(&home).unwrap();
        mark(&home).unwrap();
        assert!(!is_marked(&home), "it was there already");
    }

    #[tokio::test]
    async fn what_is_taken_away_is_the_profile_and_not_what_lies_beside_it() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        fs::write(home.join("letter"), "mine").unwrap();
        mark(home).unwrap();
        made(home).await;
        take_away(home, false).unwrap();
        assert!(!tidings_node::profile_exists(home));
        assert!(!home.join(MARK_FILE).exists());
        assert!(home.join("letter").exists());
        made(home).await;
        take_away(home, true).unwrap();
        assert!(!home.exists());
    }

    #[tokio::test]
    async fn a_profile_that_somebody_has_open_is_not_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let home = directory.path();
        mark(home).unwrap();
        made(home).await;
        let lock = Home::new(home).lock().unwrap().unwrap();
        take_away(home, true).unwrap_err();
        assert!(is_marked(home));
        drop(lock);
        take_away(home, false).unwrap();
    }
}
