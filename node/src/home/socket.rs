//! The place of a profile's socket: `socket` in the profile, or what a link of that name says.
//!
//! A socket's path is limited to about a hundred bytes. Where the profile's own is longer, the
//! socket lies in a directory of its own below the runtime directory and `socket` in the profile
//! is a link to it, so that clients find it whatever their environment says.
//!
//! Invariants
//! - A socket appears under its name only once it is bound and closed to others: it is made in a
//!   directory that is its owner's alone.
//! - A client follows the link only into a directory that is the link's owner's alone.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{
    DirBuilderExt as _, FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink,
};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use tidings_protocol::domain::Domain;

use super::{Home, HomeLock};

/// The longest path a socket can have: what `sun_path` holds before its closing zero.
pub(crate) const SOCKET_PATH_BYTES_MAX: usize = if cfg!(target_os = "linux") { 107 } else { 103 };

/// Name of the socket, and of the link to it.
const SOCKET_FILE: &str = "socket";
/// Where a socket or link is made before it gets its name. No longer than that name, together
/// with [`STAGED_FILE`].
const STAGING_DIRECTORY: &str = ".s";
/// The socket or link before it gets its name.
const STAGED_FILE: &str = "s";
/// How many bytes of the hash of the profile's path name the socket's directory.
const NAME_BYTES: usize = 8;

/// A socket that listens, and its place.
#[derive(Debug)]
pub(crate) struct BoundSocket {
    /// The socket.
    pub(crate) listener: UnixListener,
    /// Its place.
    pub(crate) file: SocketFile,
}

/// A bound socket's place, cleared when this is dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    /// The name in the profile: the path itself, or the link to it.
    name: PathBuf,
    /// Nobody else makes a socket here meanwhile.
    _lock: HomeLock,
}

impl Home {
    /// Where the profile's running node listens.
    ///
    /// # Errors
    /// `NotFound` if the directory is not there; `PermissionDenied` if the socket is not in a
    /// directory that its maker alone can open.
    pub fn socket_path(&self) -> io::Result<PathBuf> {
        let name = fs::canonicalize(&self.path)?.join(SOCKET_FILE);
        match fs::symlink_metadata(&name) {
            Ok(link) if link.is_symlink() => {
                let path = fs::read_link(&name)?;
                let directory = path.parent().unwrap_or(&path);
                check_private(directory, &fs::symlink_metadata(directory)?, link.uid())?;
                Ok(path)
            }
            Ok(_) | Err(_) => Ok(name),
        }
    }

    #[cfg(test)]
    pub(crate) fn with_roomier(path: &Path, roomier: &[&Path]) -> Self {
        Self {
            path: path.to_owned(),
            roomier: roomier.iter().map(Into::into).collect(),
        }
    }
}

impl HomeLock {
    /// Binds the profile's socket, in place of one that an ended process left.
    pub(crate) fn bind_socket(&self) -> io::Result<BoundSocket> {
        let home = fs::canonicalize(self.home.path())?;
        let name = home.join(SOCKET_FILE);
        check_replaceable(&name)?;
        let staging = home.join(STAGING_DIRECTORY);
        let owner = create_staging(&staging)?;
        let staged = staging.join(STAGED_FILE);
        let (listener, path) = if fits(&name) {
            (bind_private(&staged)?, name.clone())
        } else {
            let path = self.home.roomier_place(&home, owner)?.join(SOCKET_FILE);
            remove_file(&path)?;
            let listener = bind_private(&path)?;
            symlink(&path, &staged)?;
            (listener, path)
        };
        fs::rename(&staged, &name)?;
        fs::remove_dir(&staging)?;
        Ok(BoundSocket {
            listener,
            file: SocketFile {
                path,
                name,
                _lock: self.clone(),
            },
        })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // What stays behind is replaced by the next process.
        let _ = fs::remove_file(&self.name);
        if self.path != self.name {
            let _ = fs::remove_file(&self.path);
            let _ = self.path.parent().map(fs::remove_dir);
        }
    }
}

impl SocketFile {
    /// Where clients connect.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Home {
    /// A private directory with a short enough path, made if it is not there.
    fn roomier_place(&self, home: &Path, owner: u32) -> io::Result<PathBuf> {
        let hash = Domain::SocketName.hash(&[home.as_os_str().as_bytes()]);
        let name = hash
            .first_chunk::<NAME_BYTES>()
            .map(|start| HEXLOWER.encode(start));
        let name = format!("tidings-{}", name.unwrap_or_default());
        let mut failure = None;
        for base in &self.roomier {
            let directory = base.join(&name);
            if !fits(&directory.join(SOCKET_FILE)) {
                continue;
            }
            match ensure_private(&directory, owner) {
                Ok(()) => return Ok(directory),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(|| {
            io::Error::new(
                io::ErrorKind::InvalidFilename,
                "the profile's path is too long for a socket, and so are the runtime and \
                 temporary directories'. Set XDG_RUNTIME_DIR to a directory with a shorter path.",
            )
        }))
    }
}

fn fits(path: &Path) -> bool {
    path.as_os_str().len() <= SOCKET_PATH_BYTES_MAX
}

/// Only what a node left may be replaced.
fn check_replaceable(name: &Path) -> io::Result<()> {
    match fs::symlink_metadata(name) {
        Ok(found) if found.file_type().is_socket() || found.is_symlink() => Ok(()),
        Ok(_) => Err(io::Error::new(
            io::ErrorKind::AlreadyExists,
            format!(
                "{} is in the way and no socket. Move it elsewhere.",
                name.display()
            ),
        )),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

/// Makes the staging directory afresh; returns whom it belongs to, who is us.
fn create_staging(staging: &Path) -> io::Result<u32> {
    remove_file(&staging.join(STAGED_FILE))?;
    match fs::remove_dir(staging) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    DirBuilder::new().mode(0o700).create(staging)?;
    Ok(fs::symlink_metadata(staging)?.uid())
}

/// Binds a socket in a directory that is already closed to others.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    let listener = UnixListener::bind(path)?;
    fs::set_permissions(path, Permissions::from_mode(0o600))?;
    Ok(listener)
}

fn ensure_private(directory: &Path, owner: u32) -> io::Result<()> {
    match DirBuilder::new().mode(0o700).create(directory) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
        Ok(()) | Err(_) => {}
    }
    check_private(directory, &fs::symlink_metadata(directory)?, owner)
}

fn check_private(directory: &Path, found: &Metadata, owner: u32) -> io::Result<()> {
    if found.is_dir() && found.uid() == owner && found.mode() & 0o777 == 0o700 {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        format!(
            "{} should be a directory that you alone can open, and is not. Remove it, or set \
             XDG_RUNTIME_DIR to a directory of yours.",
            directory.display()
        ),
    ))
}

fn remove_file(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
