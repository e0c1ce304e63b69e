//! The profile's directory: that one process at a time uses it, and where its socket is.
//!
//! Invariants
//! - Whoever writes to the profile holds its [`HomeLock`]; the kernel takes it back when the
//!   process ends, however it ends.
//! - The socket is made and removed under the lock only.
//! - Nobody but the owner can reach the socket at any moment, whatever the umask.

#[cfg(unix)]
mod socket;

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tidings_store::DATABASE_FILE;

#[cfg(unix)]
pub(crate) use socket::{BoundSocket, SocketFile};

/// Where the node listened last by its own choice, a multiaddr a line.
const LISTEN_FILE: &str = "listen";
/// Who kept the table of who is where when they were met last, a multiaddr a line.
const NODES_FILE: &str = "nodes";
/// These files are written by us; whatever else they are, so much of each is read.
const LINES_BYTES_MAX: u64 = 4 * 1024;

/// Empty; whoever holds the lock on it uses the profile.
const LOCK_FILE: &str = "lock";

/// A profile's directory, which may not be there yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    path: PathBuf,
    /// Where the socket's directory may be made if the profile's own path is too long for one.
    #[cfg(unix)]
    roomier: Vec<PathBuf>,
}

impl Home {
    /// The profile in `path`.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self {
            path: path.into(),
            #[cfg(unix)]
            roomier: roomier(),
        }
    }

    /// The directory.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether there is a profile in it.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.path.join(DATABASE_FILE).is_file()
    }

    /// Makes the directory, open to its owner alone, if it is not there.
    ///
    /// # Errors
    /// What the system says.
    pub fn create(&self) -> io::Result<()> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&self.path)
    }

    /// Where the node listened last by its own choice; nothing if that cannot be read.
    pub(crate) fn listened(&self) -> Vec<String> {
        self.lines(LISTEN_FILE)
    }

    /// Keeps where the node listens, if that is not what is kept. What cannot be kept is chosen anew next time.
    pub(crate) fn keep_listened(&self, addresses: &[String]) {
        self.keep_lines(LISTEN_FILE, addresses);
    }

    /// Who kept the table of who is where when they were met last; nobody if that cannot be read.
    pub(crate) fn nodes(&self) -> Vec<String> {
        self.lines(NODES_FILE)
    }

    /// Keeps who was met of those who keep that table, if that is not what is kept.
    pub(crate) fn keep_nodes(&self, addresses: &[String]) {
        self.keep_lines(NODES_FILE, addresses);
    }

    fn lines(&self, name: &str) -> Vec<String> {
        let mut text = String::new();
        let read = File::open(self.path.join(name))
            .and_then(|file| file.take(LINES_BYTES_MAX).read_to_string(&mut text));
        if read.is_err() {
            return Vec::new();
        }
        text.lines().map(str::to_owned).collect()
    }

    fn keep_lines(&self, name: &str, lines: &[String]) {
        if lines.is_empty() || self.lines(name) == lines {
            return;
        }
        let file = self.path.join(name);
        let whole = self.path.join(format!("{name}.new"));
        let kept = fs::write(&whole, lines.join("\n")).and_then(|()| fs::rename(&whole, &file));
        if let Err(error) = kept {
            tracing::debug!(%error, name, "cannot keep what is known of the network");
        }
    }

    /// Takes the profile for this process; `None` if another has it.
    ///
    /// # Errors
    /// What the system says; `NotFound` if the directory is not there.
    pub fn lock(&self) -> io::Result<Option<HomeLock>> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(self.path.join(LOCK_FILE))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(HomeLock {
                home: self.clone(),
                _file: Arc::new(file),
            })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

/// The runtime directory, if there is one, and the one for temporary files.
#[cfg(unix)]
fn roomier() -> Vec<PathBuf> {
    let runtime = std::env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from);
    let runtime = runtime.filter(|directory| directory.is_absolute());
    runtime.into_iter().chain([std::env::temp_dir()]).collect()
}

/// Proof that this process has the profile. Held until the last clone is dropped.
#[derive(Debug, Clone)]
pub struct HomeLock {
    home: Home,
    _file: Arc<File>,
}

impl HomeLock {
    /// Whose lock it is.
    #[must_use]
    pub const fn home(&self) -> &Home {
        &self.home
    }
}

#[cfg(test)]
mod tests;
