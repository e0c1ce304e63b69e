//! Files as bundles need them: opened without following links, and written under another name first.
//!
//! Invariants
//! - What is opened is the file that was looked at, and no link to it. No pipe that takes its place is waited for.
//! - An unfinished file is removed when it is given up, by whoever comes next if this process cannot.
//! - Nobody removes or renames an unfinished file but whoever has it locked.

use std::fs::{self, File, Metadata, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[cfg(unix)]
use rustix::fs::{Mode, OFlags};
#[cfg(unix)]
use rustix::io::{Errno, retry_on_intr};
use tidings_protocol::bundle::{Head, SegmentError};

use super::error::BundleError;

/// How often is looked whether another export has ended.
const LOOK_INTERVAL: Duration = Duration::from_millis(50);

/// Bytes at the end of a segment that are a hash of all before.
const END_BYTES: u64 = 32;

/// How often a file is looked at anew that is replaced between being looked at and being opened.
const OPEN_TRIES: u32 = 1_000;

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

/// Opens a file to read it; nothing if it is none, or a link. One that another takes the place of just then, as an
/// export does, is looked at again.
pub(super) fn open(path: &Path) -> io::Result<Option<File>> {
    for _ in 0..OPEN_TRIES {
        let seen = fs::symlink_metadata(path)?;
        if kind(&seen) != Found::File {
            return Ok(None);
        }
        if let Some(file) = open_now(path)?
            && is_same(&seen, &file.metadata()?)
        {
            return Ok(Some(file));
        }
    }
    Err(io::Error::other("it is replaced again and again"))
}

/// Opens what is at a path by now, and waits for nobody: not for whoever writes into a pipe. Nothing if it is a link or a
/// socket.
#[cfg(unix)]
pub(super) fn open_now(path: &Path) -> io::Result<Option<File>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    match retry_on_intr(|| rustix::fs::open(path, flags, Mode::empty())) {
        Ok(file) => Ok(Some(file.into())),
        // Which of them says that it is a link differs among systems.
        Err(Errno::LOOP | Errno::MLINK | Errno::NXIO | Errno::OPNOTSUPP) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn open_now(path: &Path) -> io::Result<Option<File>> {
    File::open(path).map(Some)
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

/// What a file ends with, by which one segment is told from another; nothing if it is no file, or a link.
pub(crate) fn end(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(mut file) = open(path)? else {
        return Ok(None);
    };
    let before = file.metadata()?.len().saturating_sub(END_BYTES);
    file.seek(SeekFrom::Start(before))?;
    let mut end = Vec::new();
    file.take(END_BYTES).read_to_end(&mut end)?;
    Ok(Some(end))
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
    /// Creates the file; one that was left there by who is gone is removed first, and whoever is writing it is waited
    /// for, as long as `ask` has nothing against it.
    pub(super) fn create(
        path: PathBuf,
        patience: Duration,
        mut ask: impl FnMut() -> Result<(), BundleError>,
    ) -> Result<Self, BundleError> {
        let mut waited = Duration::ZERO;
        loop {
            if let Some(file) = create_locked(&path)? {
                return Ok(Self {
                    path,
                    file,
                    is_named: false,
                });
            }
            ask()?;
            if waited >= patience {
                return Err(BundleError::Busy { path });
            }
            std::thread::sleep(LOOK_INTERVAL);
            waited = waited.saturating_add(LOOK_INTERVAL);
        }
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
        if !is_at(&self.path, &self.file)? {
            return Err(io::Error::other("another export took its place"));
        }
        fs::rename(&self.path, to)?;
        self.is_named = true;
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.is_named && is_at(&self.path, &self.file).unwrap_or(false) {
            // Whoever exports there next removes it otherwise.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Creates a file and locks it, unless somebody else is writing it.
fn create_locked(path: &Path) -> Result<Option<File>, BundleError> {
    let is_there = |error: &io::Error| error.kind() == ErrorKind::AlreadyExists;
    let mut file = create_new(path);
    if file.as_ref().is_err_and(is_there) {
        if !remove_given_up(path)? {
            return Ok(None);
        }
        file = create_new(path);
    }
    let file = match file {
        Err(error) if is_there(&error) => return Ok(None),
        file => file.map_err(|error| in_directory_of(path, error))?,
    };
    // Whoever came between took it for one that was given up.
    let is_ours = lock(&file) && is_at(path, &file).unwrap_or(false);
    Ok(is_ours.then_some(file))
}

fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true).open(path)
}

/// Locks a file, unless somebody else has it locked. Not every file system has locks; then two exports at once to one
/// name are not noticed so soon.
fn lock(file: &File) -> bool {
    !matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// Whether it is still this file that is at a path.
fn is_at(path: &Path, file: &File) -> io::Result<bool> {
    Ok(is_same(&fs::symlink_metadata(path)?, &file.metadata()?))
}

/// Removes an unfinished file that nobody is writing any more; false if somebody is.
pub(super) fn remove_given_up(path: &Path) -> Result<bool, BundleError> {
    let failed = |error| BundleError::io(path, error);
    let file = match open(path) {
        Ok(Some(file)) => file,
        Ok(None) => return is_file_or_gone(path),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(failed(error)),
    };
    // Under that name there may be another one by now, whose writer has it locked.
    if !lock(&file) || !is_at(path, &file).unwrap_or(false) {
        return Ok(false);
    }
    fs::remove_file(path).map_err(failed)?;
    Ok(true)
}

/// False: what is there can only have come while it was looked at.
fn is_file_or_gone(path: &Path) -> Result<bool, BundleError> {
    match look(path).map_err(|error| BundleError::io(path, error))? {
        Found::Nothing | Found::File => Ok(false),
        Found::Directory | Found::Link | Found::Other => {
            let path = path.to_owned();
            Err(BundleError::Taken { path })
        }
    }
}

fn in_directory_of(path: &Path, error: io::Error) -> BundleError {
    let directory = path.parent().unwrap_or(path);
    BundleError::writing(directory, directory, error)
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
