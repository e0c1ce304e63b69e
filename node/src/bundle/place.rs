//! Files as bundles need them: opened without following links, and written under another name first.
//!
//! Invariants
//! - What is opened is the file that was looked at, and no link to it.
//! - An unfinished file is removed when it is given up, by whoever comes next if this process cannot.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use tidings_protocol::bundle::{Head, SegmentError};

use super::error::BundleError;

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    Nothing,
    File,
    Directory,
    Link,
    Other,
}

/// Looks at a path, and through no link.
pub(super) fn look(path: &Path) -> io::Result<Found> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => Ok(kind(&metadata)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Found::Nothing),
        Err(error) => Err(error),
    }
}

fn kind(metadata: &Metadata) -> Found {
    let kind = metadata.file_type();
    if kind.is_symlink() {
        Found::Link
    } else if kind.is_dir() {
        Found::Directory
    } else if kind.is_file() {
        Found::File
    } else {
        Found::Other
    }
}

/// Opens a file to read it; nothing if it is none, or a link.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    let seen = fs::symlink_metadata(path)?;
    if kind(&seen) != Found::File {
        return Ok(None);
    }
    let file = File::open(path)?;
    let is_it = is_same(&seen, &file.metadata()?);
    Ok(is_it.then_some(file))
}

#[cfg(unix)]
fn is_same(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(not(unix))]
fn is_same(_: &Metadata, _: &Metadata) -> bool {
    true
}

/// What a file begins with, if it is one of a bundle.
pub(super) fn head(path: &Path) -> io::Result<Result<Head, SegmentError>> {
    let Some(mut file) = open(path)? else {
        return Ok(Err(SegmentError::Foreign));
    };
    let mut bytes = [0; Head::BYTES];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Head::from_bytes(&bytes)),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Err(SegmentError::Foreign)),
        Err(error) => Err(error),
    }
}

/// A file that is being written, and has the name that it is to have when [`Unfinished::finish`] gives it that.
#[derive(Debug)]
pub(super) struct Unfinished {
    path: PathBuf,
    /// Locked, so that nobody takes it for one that was given up.
    file: File,
    is_named: bool,
}

impl Unfinished {
    /// Creates the file; one that was left there by who is gone is removed first.
    pub(super) fn create(path: PathBuf) -> Result<Self, BundleError> {
        let file = match create_new(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                remove_given_up(&path)?;
                create_new(&path)
            }
            created => created,
        };
        let file = file.map_err(|error| in_directory_of(&path, error))?;
        let unfinished = Self {
            path,
            file,
            is_named: false,
        };
        match unfinished.file.try_lock() {
            Err(TryLockError::WouldBlock) => {
                let path = unfinished.path.clone();
                Err(BundleError::Busy { path })
            }
            // Not every file system has locks; then two exports at once to one name are not noticed so soon.
            Ok(()) | Err(TryLockError::Error(_)) => Ok(unfinished),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Has all that was written be on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.file.sync_all()
    }

    /// Gives the file its name, in place of what has that.
    pub(super) fn finish(mut self, to: &Path) -> io::Result<()> {
        let named = fs::symlink_metadata(&self.path)?;
        if !is_same(&named, &self.file.metadata()?) {
            return Err(io::Error::other("another export took its place"));
        }
        fs::rename(&self.path, to)?;
        self.is_named = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_named {
            // Whoever exports there next removes it otherwise.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn create_new(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

/// Removes an unfinished file that nobody is writing any more.
pub(super) fn remove_given_up(path: &Path) -> Result<(), BundleError> {
    let failed = |error| BundleError::io(path, error);
    let Some(file) = open(path).map_err(failed)? else {
        let path = path.to_owned();
        return Err(BundleError::Taken { path });
    };
    if matches!(file.try_lock(), Err(TryLockError::WouldBlock)) {
        let path = path.to_owned();
        return Err(BundleError::Busy { path });
    }
    fs::remove_file(path).map_err(failed)
}

fn in_directory_of(path: &Path, error: io::Error) -> BundleError {
    let directory = path.parent().unwrap_or(path);
    if error.kind() == ErrorKind::NotFound {
        return BundleError::io(directory, error);
    }
    BundleError::writing(path, directory, error)
}

/// Has new names in a directory be on the disk.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    #[cfg(unix)]
    match File::open(directory)?.sync_all() {
        // Some file systems cannot, and have no need to.
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::InvalidInput | ErrorKind::Unsupported
            ) => {}
        result => return result,
    }
    let _ = directory;
    Ok(())
}
