//! What lies in a watched directory: our bundle, and the files of others.
//!
//! Invariants
//! - A file is ours by its name alone, whatever its number and in whatever case a stick has it.
//! - No more of a directory is looked at than an import of it looks at.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use tidings_protocol::bundle::SEGMENTS_MAX;

use crate::bundle::{self, BundleError};

/// By what it is seen that a file is another than before. Its time alone does not tell: FAT counts in steps of two
/// seconds, and a bundle may be replaced by one of the same size within a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Seen {
    bytes: u64,
    modified: Option<SystemTime>,
    end: Option<Vec<u8>>,
}

impl Seen {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::symlink_metadata(path).ok()?;
        Some(Self {
            bytes: metadata.len(),
            modified: metadata.modified().ok(),
            end: bundle::end(path).ok().flatten(),
        })
    }
}

/// By what it is seen that another stick is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity(Option<(u64, u64)>);

/// What lies in a directory that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct There {
    pub(super) identity: Identity,
    pub(super) others: BTreeMap<PathBuf, Seen>,
    /// The segments of ours, in order.
    pub(super) own: Vec<Seen>,
    /// Why it is not known which files others have there.
    pub(super) trouble: Option<String>,
}

impl There {
    /// Looks at a directory, in which our bundle has that name; nothing if it is not there.
    ///
    /// # Errors
    /// [`BundleError::Io`] if it is there and cannot be looked at.
    pub(super) fn look(directory: &Path, own: &str) -> Result<Option<Self>, BundleError> {
        let failed = |error| BundleError::io(directory, error);
        let metadata = match fs::metadata(directory) {
            Ok(metadata) if metadata.is_dir() => metadata,
            Ok(_) => return Ok(None),
            Err(error) if is_absence(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let (files, trouble) = match bundle::in_directory(directory) {
            Ok(files) => (files, None),
            Err(BundleError::NoBundle { .. }) => (Vec::new(), None),
            Err(BundleError::Io { error, .. }) if is_absence(&error) => return Ok(None),
            Err(error @ BundleError::TooMany { .. }) => (Vec::new(), Some(error.to_string())),
            Err(error) => return Err(error),
        };
        let is_own = |path: &PathBuf| {
            let name = path.file_name().and_then(|name| name.to_str());
            name.is_some_and(|name| bundle::is_segment(name, own))
        };
        let others = files.into_iter().filter(|path| !is_own(path));
        let others = others.filter_map(|path| {
            let seen = Seen::of(&path)?;
            Some((path, seen))
        });
        Ok(Some(Self {
            identity: identity(&metadata),
            others: others.collect(),
            own: own_segments(directory, own),
            trouble,
        }))
    }

    /// How much the files of others are, all together.
    pub(super) fn bytes_of_others(&self) -> u64 {
        let bytes = self.others.values().map(|seen| seen.bytes);
        bytes.fold(0, u64::saturating_add)
    }
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

fn own_segments(directory: &Path, own: &str) -> Vec<Seen> {
    let segments = (1..=SEGMENTS_MAX).map(|number| bundle::segment(own, number));
    segments
        .map_while(|name| Seen::of(&directory.join(name)))
        .collect()
}

#[cfg(unix)]
fn identity(metadata: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    Identity(Some((metadata.dev(), metadata.ino())))
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    Identity(None)
}
