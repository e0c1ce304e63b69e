//! What can go wrong with bundles, and what a person can do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use tidings_protocol::bundle::{SEGMENTS_MAX, SegmentError};

use super::Cause;
use super::import::FILES_MAX;
use super::name::NAME_BYTES_MAX;
use crate::api::Said;
use crate::{reason, words};

/// Why a bundle cannot be written or read: what happened, then what to do.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BundleError {
    /// There is none.
    #[error("there is no bundle in {}: check the path, and that the stick is mounted", path.display())]
    NoBundle {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// A symbolic link, which is not followed.
    #[error("{} is a symbolic link: name the file or directory that it leads to", path.display())]
    Link {
        /// Which.
        path: PathBuf,
    },
    /// Something else is where the bundle would be.
    #[error("{} is there already, and is not this bundle; it was left as it is: name another file", path.display())]
    Taken {
        /// What is there.
        path: PathBuf,
    },
    /// A file that is no bundle is where the bundle would be.
    #[error("{} is there already, and is not a bundle: name another file", path.display())]
    Foreign {
        /// Which.
        path: PathBuf,
    },
    /// Neither a file nor a directory.
    #[error("{} is neither a file nor a directory: name one that is", path.display())]
    Special {
        /// What is there.
        path: PathBuf,
    },
    /// A name that is none on a stick.
    #[error(
        "{} is no name for a file on every stick: use at most {NAME_BYTES_MAX} bytes, none of \" * / : < > ? \\ |, and no dot or space at the end",
        path.display()
    )]
    Name {
        /// The path with that name.
        path: PathBuf,
    },
    /// The disk is full: not even the first of the bundle goes there, or less than is there already.
    #[error("there is no room for the bundle and nothing was changed in {}: free some space, name another place, or export less, such as for one person", path.display())]
    Full {
        /// Which directory is on that disk.
        path: PathBuf,
    },
    /// Somebody else is writing there.
    #[error("another export is writing {}: wait for it to end, or name another file", path.display())]
    Busy {
        /// What is being written.
        path: PathBuf,
    },
    /// More files than are looked at.
    #[error("there are more than {FILES_MAX} bundles, or very many other files, in {}: name one bundle, or move some away", path.display())]
    TooMany {
        /// In which directory.
        path: PathBuf,
    },
    /// More than a bundle holds.
    #[error(
        "there is more to export than fits {SEGMENTS_MAX} files: export less, such as for one person"
    )]
    TooLarge,
    /// Nothing may be written there.
    #[error("{} cannot be written ({}): check the stick and permissions, or name another place", path.display(), words::of_system(error))]
    Unwritable {
        /// Which directory.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A file or directory failed.
    #[error("{} cannot be used ({}): check the stick and permissions", path.display(), words::of_system(error))]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A segment cannot be read, which says nothing of what is in it.
    #[error("{} is yet to be taken ({reason}): check the stick and permissions", path.display())]
    Unread {
        /// Which.
        path: PathBuf,
        /// Why not.
        reason: Unsound,
    },
    /// What is to be exported cannot be had.
    #[error("what is to be exported cannot be read ({0}), and nothing was written: try again")]
    Source(#[source] Cause),
    /// What was imported cannot be kept.
    #[error("what was imported cannot be kept ({0}): import it again, which does no harm")]
    Taker(#[source] Cause),
    /// Nobody wants it to be written any more.
    #[error("the export was cancelled, and what was at {} before is as it was", path.display())]
    ExportCancelled {
        /// Which.
        path: PathBuf,
    },
    /// Nobody wants the rest of it to be read.
    #[error(
        "the import was cancelled, and what was taken until then is kept: import it again for the rest"
    )]
    ImportCancelled,
}

impl BundleError {
    /// That something failed at `path`, which is in `directory`.
    pub(super) fn writing(path: &Path, directory: &Path, error: io::Error) -> Self {
        if is_full(&error) {
            let path = directory.to_owned();
            return Self::Full { path };
        }
        if is_refused(&error) {
            let path = directory.to_owned();
            return Self::Unwritable { path, error };
        }
        Self::io(path, error)
    }

    /// What happened, and what to do.
    pub(crate) fn said(&self) -> Said {
        let at = |path: &Path| path.display().to_string();
        match self {
            Self::NoBundle { path } => reason::no_bundle(&at(path), self),
            Self::Link { path } => reason::bundle_link(&at(path), self),
            Self::Taken { path } => reason::bundle_taken(&at(path), self),
            Self::Foreign { path } => reason::bundle_foreign(&at(path), self),
            Self::Special { path } => reason::bundle_special(&at(path), self),
            Self::Name { path } => reason::bundle_name(&at(path), NAME_BYTES_MAX, self),
            Self::Full { path } => reason::bundle_full(&at(path), self),
            Self::Busy { path } => reason::bundle_busy(&at(path), self),
            Self::TooMany { path } => reason::bundle_too_many(&at(path), FILES_MAX, self),
            Self::TooLarge => reason::bundle_too_large(SEGMENTS_MAX.into(), self),
            Self::Unwritable { path, error } => {
                reason::bundle_unwritable(&at(path), &words::of_system(error), self)
            }
            Self::Io { path, error } => {
                reason::bundle_unusable(&at(path), &words::of_system(error), self)
            }
            Self::Unread { path, reason } => {
                reason::bundle_unread(&at(path), &reason.unread(), self)
            }
            Self::Source(cause) => reason::bundle_source(&cause.to_string(), self),
            Self::Taker(cause) => reason::bundle_taker(&cause.to_string(), self),
            Self::ExportCancelled { path } => reason::export_cancelled(&at(path), self),
            Self::ImportCancelled => reason::import_cancelled(self),
        }
    }

    pub(crate) fn io(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, error }
    }
}

/// Whether it is room that is missing.
pub(super) fn is_full(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

fn is_refused(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::ReadOnlyFilesystem | ErrorKind::PermissionDenied
    )
}

/// Why nothing is taken out of a segment.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unsound {
    /// It is not whole and sound.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// It cannot be read.
    #[error("it cannot be read ({})", words::of_system(.0))]
    Io(#[from] io::Error),
    /// It was sound, and then was not, or was taken away: what had been taken out of it stays so.
    #[error(
        "it changed or was taken away while it was read: {0}; what came of it until then is kept"
    )]
    Changed(#[source] Box<Self>),
    /// It is no file of its own.
    #[error("it is a symbolic link or no file")]
    NoFile,
}

impl Unsound {
    /// Why it cannot be read, behind words that say so.
    fn unread(&self) -> String {
        if let Self::Io(error) = self {
            words::of_system(error)
        } else {
            self.to_string()
        }
    }

    /// Whether it is unknown what is in it, as another try may come to something else.
    pub(super) fn is_unread(&self) -> bool {
        match self {
            Self::Io(_) => true,
            Self::Changed(reason) => reason.is_unread(),
            Self::Segment(_) | Self::NoFile => false,
        }
    }

    /// Whether it is something else altogether, and was never a segment of a bundle.
    #[must_use]
    pub fn is_foreign(&self) -> bool {
        match self {
            Self::Segment(error) => *error == SegmentError::Foreign,
            Self::Io(_) | Self::Changed(_) | Self::NoFile => false,
        }
    }
}
