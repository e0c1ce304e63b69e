//! Reading bundles: which files they are, whether these are sound, and what is in them.
//!
//! Invariants
//! - A segment is read twice through one open file: nothing is taken out of it before it was found sound.
//! - What is taken was checked once more as it was taken.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use tidings_protocol::bundle::{Head, Reader, Record, SEGMENTS_MAX, SegmentError, Totals};

use super::error::{BundleError, Unsound};
use super::place::{self, Found};
use super::{CHUNK_BYTES, Cause, name};

/// Bundles and segments that are read of one directory.
pub(super) const FILES_MAX: usize = 4096;
/// Entries of a directory that are looked at.
pub(super) const ENTRIES_MAX: usize = 16_384;

/// A segment of which nothing was taken.
#[derive(Debug)]
pub struct Damaged {
    /// Which.
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: Unsound,
}

/// What bundles hold.
#[derive(Debug, Default)]
pub struct Summary {
    /// Segments that are whole and sound.
    pub segments: usize,
    /// What is in these.
    pub totals: Totals,
    /// The others.
    pub damaged: Vec<Damaged>,
}

/// The files of the bundle that begins with this one; or of all bundles in this directory.
///
/// # Errors
/// [`BundleError`] when there are none, or very many.
pub fn segments(path: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let named = path.to_owned();
    match place::look(path).map_err(|error| BundleError::io(path, error))? {
        Found::Directory => in_directory(path),
        Found::File => Ok(beginning_with(path)),
        Found::Nothing => Err(BundleError::NoBundle { path: named }),
        Found::Link => Err(BundleError::Link { path: named }),
        Found::Other => Err(BundleError::Special { path: named }),
    }
}

/// A bundle's first segment, and those that lie beside it.
fn beginning_with(first: &Path) -> Vec<PathBuf> {
    let mut segments = vec![first.to_owned()];
    let Some(name) = first.file_name().and_then(|name| name.to_str()) else {
        return segments;
    };
    for number in 2..=SEGMENTS_MAX {
        let path = first.with_file_name(name::segment(name, number));
        if matches!(place::look(&path), Ok(Found::File)) && !begins_another(&path) {
            segments.push(path);
        }
    }
    segments
}

/// Whether a file that is called as a later segment is the first one of a bundle of that name.
fn begins_another(path: &Path) -> bool {
    let head = place::head(path).ok().and_then(Result::ok);
    head.is_some() && head == Head::new(1)
}

/// The files of all bundles in a directory.
///
/// # Errors
/// [`BundleError`] when there are none, or very many.
pub(crate) fn in_directory(directory: &Path) -> Result<Vec<PathBuf>, BundleError> {
    let failed = |error| BundleError::io(directory, error);
    let too_many = || BundleError::TooMany {
        path: directory.to_owned(),
    };
    let mut segments = Vec::new();
    for (looked_at, entry) in fs::read_dir(directory).map_err(failed)?.enumerate() {
        if looked_at >= ENTRIES_MAX {
            return Err(too_many());
        }
        let entry = entry.map_err(failed)?;
        let (name, path) = (entry.file_name(), entry.path());
        let is_file = matches!(place::look(&path), Ok(Found::File));
        if !is_file || name::is_hidden(&name) {
            continue;
        }
        if name::is_bundle(&name) || is_bundle(&path) {
            if segments.len() >= FILES_MAX {
                return Err(too_many());
            }
            segments.push(path);
        }
    }
    if segments.is_empty() {
        let path = directory.to_owned();
        return Err(BundleError::NoBundle { path });
    }
    segments.sort_unstable();
    Ok(segments)
}

/// Whether a file is a bundle by how it begins.
fn is_bundle(path: &Path) -> bool {
    match place::head(path) {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => error != SegmentError::Foreign,
        Err(_) => false,
    }
}

/// Says what is in a bundle, or in all of a directory, and which segments are damaged.
///
/// # Errors
/// As [`segments`].
pub fn inspect(path: &Path) -> Result<Summary, BundleError> {
    let mut summary = Summary::default();
    for path in segments(path)? {
        let checked = open(&path).and_then(|mut file| check(&mut file));
        summary.add(path, checked);
    }
    Ok(summary)
}

/// Takes what is in a bundle, or in all of a directory, segment by segment; damaged ones are passed over.
///
/// # Errors
/// As [`segments`], and [`BundleError::Taker`] with what `take` says, at which the reading ends.
pub fn read<E: Into<Cause>>(
    path: &Path,
    take: impl FnMut(Record) -> Result<(), E>,
) -> Result<Summary, BundleError> {
    read_segments(segments(path)?, take)
}

/// Takes what is in these segments and in none that lie beside them; damaged ones are passed over.
///
/// # Errors
/// [`BundleError::Taker`] with what `take` says, at which the reading ends.
pub fn read_segments<E: Into<Cause>>(
    segments: Vec<PathBuf>,
    mut take: impl FnMut(Record) -> Result<(), E>,
) -> Result<Summary, BundleError> {
    let mut summary = Summary::default();
    for path in segments {
        let sound = open(&path).and_then(|mut file| {
            check(&mut file)?;
            Ok(file)
        });
        let read = match sound.map(|mut file| pass(&mut file, &mut take)) {
            Ok(Ok(totals)) => Ok(totals),
            Ok(Err(Stop::Unsound(reason))) => Err(Unsound::Changed(reason.into())),
            Ok(Err(Stop::Taker(error))) => return Err(BundleError::Taker(error.into())),
            Err(reason) => Err(reason),
        };
        summary.add(path, read);
    }
    Ok(summary)
}

impl Summary {
    /// All of it, unless a segment could not be read, of which nobody can tell whether it is damaged.
    ///
    /// # Errors
    /// [`BundleError::Unread`].
    pub(crate) fn all_read(mut self) -> Result<Self, BundleError> {
        let is_unread = |damaged: &Damaged| damaged.reason.is_unread();
        let Some(at) = self.damaged.iter().position(is_unread) else {
            return Ok(self);
        };
        let Damaged { path, reason } = self.damaged.swap_remove(at);
        Err(BundleError::Unread { path, reason })
    }

    fn add(&mut self, path: PathBuf, read: Result<Totals, Unsound>) {
        match read {
            Ok(totals) => {
                self.segments = self.segments.saturating_add(1);
                self.totals = self.totals.and(totals);
            }
            Err(reason) => self.damaged.push(Damaged { path, reason }),
        }
    }
}

/// Why the reading of a segment ends before its end.
enum Stop<E> {
    Unsound(Unsound),
    Taker(E),
}

fn open(path: &Path) -> Result<File, Unsound> {
    place::open(path)?.ok_or(Unsound::NoFile)
}

/// Whether a segment is whole and sound.
fn check(file: &mut File) -> Result<Totals, Unsound> {
    pass(file, &mut |_| Ok::<(), Infallible>(())).map_err(|stop| match stop {
        Stop::Unsound(reason) => reason,
        Stop::Taker(never) => match never {},
    })
}

/// Goes through a segment from its beginning to its end.
fn pass<E>(
    file: &mut File,
    take: &mut impl FnMut(Record) -> Result<(), E>,
) -> Result<Totals, Stop<E>> {
    let unsound = |reason: Unsound| Stop::Unsound(reason);
    file.rewind().map_err(|error| unsound(error.into()))?;
    let (mut reader, mut buffer) = (Reader::new(), vec![0; CHUNK_BYTES]);
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unsound(error.into())),
        };
        let mut chunk = buffer.get(..length).unwrap_or_default();
        loop {
            match reader.read(&mut chunk) {
                Ok(Some(record)) => take(record).map_err(Stop::Taker)?,
                Ok(None) => break,
                Err(error) => return Err(unsound(error.into())),
            }
        }
    }
    reader.finish().map_err(|error| unsound(error.into()))
}
