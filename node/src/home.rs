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

use tidings_store::{DATABASE_FILE, KEY_FILE};

#[cfg(unix)]
pub(crate) use socket::{BoundSocket, SocketFile};

/// Addresses that a node goes back to when it starts again, a multiaddr a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    /// Where it listened by its own choice.
    Listened,
    /// Where others got in from other networks.
    Reached,
    /// Who kept the table of who is where when they were met last.
    Nodes,
}

impl Kept {
    const fn file(self) -> &'static str {
        match self {
            Self::Listened => "listen",
            Self::Reached => "reached",
            Self::Nodes => "nodes",
        }
    }
}

/// These files are written by us; whatever else they are, so much of them is read.
const KEPT_BYTES_MAX: u64 = 4 * 1024;

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

    /// What was kept of these addresses; nothing if that cannot be read.
    pub(crate) fn kept(&self, kind: Kept) -> Vec<String> {
        let mut text = String::new();
        let read = File::open(self.path.join(kind.file()))
            .and_then(|file| file.take(KEPT_BYTES_MAX).read_to_string(&mut text));
        if read.is_err() {
            return Vec::new();
        }
        text.lines().map(str::to_owned).collect()
    }

    /// Keeps these addresses, if they are any, and not those that are kept. What cannot be kept is found out anew.
    pub(crate) fn keep(&self, kind: Kept, addresses: &[String]) {
        if addresses.is_empty() || self.kept(kind) == addresses {
            return;
        }
        let file = self.path.join(kind.file());
        let whole = self.path.join(format!("{}.new", kind.file()));
        let kept = fs::write(&whole, addresses.join("\n")).and_then(|()| fs::rename(&whole, &file));
        if let Err(error) = kept {
            tracing::debug!(%error, ?kind, "cannot keep addresses of this node");
        }
    }

    /// Keeps no more where this node was: whoever saw it there is not to know it again by that.
    pub(crate) fn forget_places(&self) {
        for kind in [Kept::Listened, Kept::Reached] {
            let forgotten = fs::remove_file(self.path.join(kind.file()));
            if let Err(error) = forgotten
                && error.kind() != io::ErrorKind::NotFound
            {
                tracing::debug!(%error, ?kind, "cannot forget addresses of this node");
            }
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

    /// Removes the profile, and nothing else that is in its directory.
    ///
    /// The key goes first and the database last: what an interruption leaves opens for nobody, and can be removed again.
    ///
    /// # Errors
    /// What the system says.
    pub fn remove(self) -> io::Result<()> {
        let beside = [
            format!("{DATABASE_FILE}-wal"),
            format!("{DATABASE_FILE}-shm"),
        ];
        let kept = [Kept::Listened, Kept::Reached, Kept::Nodes];
        let files = std::iter::once(KEY_FILE)
            .chain(kept.map(Kept::file))
            .chain(beside.iter().map(String::as_str))
            .chain([DATABASE_FILE]);
        for file in files {
            match fs::remove_file(self.home.path.join(file)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
