//! Where a bundle is to be, and what may be there before.
//!
//! Invariants
//! - Nothing but a bundle is replaced, and of a directory nothing at all.
//! - Whoever has begun a segment has its name for themselves until it is finished: whoever comes meanwhile waits for
//!   a file that was named, and takes another name in a directory.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tidings_protocol::bundle::{Head, SEGMENTS_MAX, SegmentError};

use super::super::error::BundleError;
use super::super::place::{self, Found, Unfinished};
use super::super::{Tell, import, name};
use crate::transfers::Cancelled;

/// See the module.
#[derive(Debug)]
pub(super) struct Target {
    directory: PathBuf,
    name: String,
    /// Whether the file was named, so that a bundle of that name may be there, to be replaced.
    is_named: bool,
    /// How long another export to it is waited for.
    patience: Duration,
}

impl Target {
    /// What the path says: a file, or one more in a directory. With it the file of its first segment.
    pub(super) fn of(
        path: &Path,
        patience: Duration,
        tell: Tell,
    ) -> Result<(Self, Unfinished), BundleError> {
        let named = path.to_owned();
        match place::look(path).map_err(|error| BundleError::io(path, error))? {
            Found::Directory => Self::unnamed(path, tell),
            Found::Link => Err(BundleError::Link { path: named }),
            Found::Other => Err(BundleError::Special { path: named }),
            Found::Nothing | Found::File => Self::named(path, patience, tell),
        }
    }

    /// The file of that name, and that of its first segment.
    pub(super) fn named(
        path: &Path,
        patience: Duration,
        tell: Tell,
    ) -> Result<(Self, Unfinished), BundleError> {
        let name = path.file_name().and_then(name::fit);
        let name = name.ok_or_else(|| BundleError::Name {
            path: path.to_owned(),
        })?;
        let directory = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        let target = Self {
            directory,
            name: name.to_owned(),
            is_named: true,
            patience,
        };
        let first = Head::new(1).ok_or(BundleError::TooLarge)?;
        let unfinished = target.begin(first, tell)?;
        Ok((target, unfinished))
    }

    /// A file in a directory where there is nothing, and nobody else is about to write one.
    fn unnamed(directory: &Path, tell: Tell) -> Result<(Self, Unfinished), BundleError> {
        let first = Head::new(1).ok_or(BundleError::TooLarge)?;
        for number in 1..=name::UNNAMED_MAX {
            let target = Self {
                directory: directory.to_owned(),
                name: name::unnamed(number),
                is_named: false,
                patience: Duration::ZERO,
            };
            let path = target.path(1);
            let found = place::look(&path).map_err(|error| BundleError::io(&path, error))?;
            if found != Found::Nothing {
                continue;
            }
            match target.begin(first, tell) {
                Ok(unfinished) => return Ok((target, unfinished)),
                // Another export has just taken that name.
                Err(BundleError::Busy { .. } | BundleError::Taken { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let path = directory.to_owned();
        Err(BundleError::TooMany { path })
    }

    /// A file for a segment that gets its name later, which it must be able to get. Who is told may give up waiting for
    /// it.
    pub(super) fn begin(&self, head: Head, tell: Tell) -> Result<Unfinished, BundleError> {
        self.segment(head)?;
        let name = name::segment(&self.name, head.number());
        let path = self.directory.join(name::unfinished(&name));
        let unfinished = Unfinished::create(path, self.patience, || self.tell(0, tell))?;
        // Whoever had it until now may have finished.
        self.segment(head)?;
        Ok(unfinished)
    }

    /// Tells of so many envelopes more.
    ///
    /// # Errors
    /// [`BundleError::ExportCancelled`] once whoever is told wants no more.
    pub(super) fn tell(&self, envelopes: u64, tell: Tell) -> Result<(), BundleError> {
        tell(envelopes).map_err(|Cancelled| BundleError::ExportCancelled { path: self.path(1) })
    }

    /// Where a segment is to be, if nothing is there but what it may replace; and whether it replaces that.
    pub(super) fn segment(&self, head: Head) -> Result<(PathBuf, bool), BundleError> {
        let path = self.path(head.number());
        let failed = |error| BundleError::io(&path, error);
        match place::look(&path).map_err(failed)? {
            Found::Nothing => Ok((path, false)),
            Found::Link => Err(BundleError::Link { path }),
            Found::File if self.is_named => match place::head(&path) {
                Ok(Ok(there)) if there == head => Ok((path, true)),
                Ok(Err(SegmentError::Version(_))) => Ok((path, true)),
                Ok(Err(SegmentError::Foreign)) => Err(BundleError::Foreign { path }),
                Ok(_) => Err(BundleError::Taken { path }),
                // A shorter bundle has just been written.
                Err(error) if error.kind() == ErrorKind::NotFound => Ok((path, false)),
                Err(error) => Err(failed(error)),
            },
            Found::File | Found::Directory | Found::Other => Err(BundleError::Taken { path }),
        }
    }

    /// Where a segment is to be.
    pub(super) fn path(&self, number: u16) -> PathBuf {
        self.directory.join(name::segment(&self.name, number))
    }

    /// Whether its file was named, and not only its directory.
    pub(super) const fn is_named(&self) -> bool {
        self.is_named
    }

    /// In which directory.
    pub(super) fn directory(&self) -> &Path {
        &self.directory
    }

    /// How many envelopes are in the bundle that would be replaced, as far as it is sound.
    pub(super) fn envelopes_there(&self) -> u64 {
        let there = import::inspect(&self.path(1));
        there.map_or(0, |there| there.totals.envelopes)
    }

    /// Removes what an export that was given up left of later segments, for which this one may have no use: they may
    /// take all the room that there is.
    pub(super) fn clear_after(&self, number: u16) {
        for number in number.saturating_add(1)..=SEGMENTS_MAX {
            let name = name::unfinished(&name::segment(&self.name, number));
            let path = self.directory.join(name);
            let is_there = matches!(place::look(&path), Ok(Found::File));
            if !is_there || !place::remove_given_up(&path).unwrap_or(false) {
                return;
            }
        }
    }

    /// Removes the segments of the bundle before that has become shorter. One that stays is of no harm: it says what
    /// was so.
    pub(super) fn remove_after(&self, number: u16) {
        for number in number.saturating_add(1)..=SEGMENTS_MAX {
            let path = self.path(number);
            let head = Head::new(number);
            let is_its = head.is_some_and(|head| is_segment(&path, head).unwrap_or(false));
            if !is_its || fs::remove_file(&path).is_err() {
                return;
            }
        }
    }
}

/// Whether a file is the segment of that number of some bundle, of whatever version.
fn is_segment(path: &Path, head: Head) -> io::Result<bool> {
    Ok(match place::head(path)? {
        Ok(there) => there == head,
        Err(error) => matches!(error, SegmentError::Version(_)),
    })
}
