//! A small disk, which can be filled up.

use std::fs::File;
use std::io::{ErrorKind, Write};
use std::path::PathBuf;

use tempfile::TempDir;

use crate::right::administer;

/// What is written at once to fill the disk: the least that takes space.
const BLOCK_BYTES: usize = 4096;

/// A disk in memory; gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Disk {
    directory: TempDir,
}

impl Disk {
    /// A disk of a few MiB, almost empty.
    ///
    /// # Errors
    /// What keeps us from making it.
    pub(crate) fn new() -> Result<Self, String> {
        let directory = tempfile::tempdir().unwrap();
        let place = directory.path().to_str().unwrap();
        administer(&[
            "mount",
            "-t",
            "tmpfs",
            "-o",
            "size=4m,mode=0700",
            "tmpfs",
            place,
        ])?;
        Ok(Self { directory })
    }

    /// A place on it that nobody uses yet.
    pub(crate) fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// Leaves not one block free.
    pub(crate) fn fill(&self) {
        let mut ballast = File::create(self.ballast()).unwrap();
        loop {
            match ballast.write_all(&[0; BLOCK_BYTES]) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::StorageFull => return,
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Frees what [`Self::fill`] took.
    pub(crate) fn free(&self) {
        std::fs::remove_file(self.ballast()).unwrap();
    }

    fn ballast(&self) -> PathBuf {
        self.directory.path().join("ballast")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        if let Some(place) = self.directory.path().to_str() {
            // Now, or as soon as the last program on it has ended.
            let _ = administer(&["umount", "--lazy", place]);
        }
    }
}
