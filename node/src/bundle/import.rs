//! Reading bundles: which files they are, whether these are sound, and what is in them.
//!
//! Invariants
//! - A segment is read twice through one open file: nothing is taken out of it before it was found sound.
//! - What is taken was checked once more as it was taken.
//! - That nobody wants more is heard where there is more: whoever has all is told of all.

use std::convert::Infallible;
use std::fs::{self, File};
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};

use tidings_protocol::bundle::{
    Head, Reader, Record, SEGMENT_BYTES_MAX, SEGMENTS_MAX, SegmentError, Totals,
};

use super::error::{BundleError, Unsound};
use super::place::{self, Found};
use super::{CHUNK_BYTES, Cause, Tell, name};
use crate::transfers::Cancelled;

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
        let checked = open(&path).and_then(|mut file| check(&mut file, &mut |_| Ok(())));
        summary.note::<Infallible>(path, checked)?;
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
    read_segments(segments(path)?, &mut |_| Ok(()), take)
}

/// Takes what is in these segments and in none that lie beside them, and tells of the bytes that were read, in all as many
/// as [`bytes_to_read`] says; damaged ones are passed over.
///
/// # Errors
/// [`BundleError::Taker`] with what `take` says, at which the reading ends; [`BundleError::ImportCancelled`] once whoever is
/// told wants no more, and there is more.
pub(crate) fn read_segments<E: Into<Cause>>(
    segments: Vec<PathBuf>,
    tell: Tell,
    mut take: impl FnMut(Record) -> Result<(), E>,
) -> Result<Summary, BundleError> {
    let (mut summary, mut wanted) = (Summary::default(), Ok(()));
    for path in segments {
        wanted.map_err(|Cancelled| BundleError::ImportCancelled)?;
        let mut left = bytes_of(&path);
        let read = read_segment(&path, &mut take, &mut |bytes| {
            let bytes = bytes.min(left);
            left = left.saturating_sub(bytes);
            tell(bytes)
        });
        summary.note(path, read)?;
        // One that is damaged is read no further, and done with.
        wanted = tell(left);
    }
    Ok(summary)
}

/// How many bytes are read of these segments.
pub(crate) fn bytes_to_read(segments: &[PathBuf]) -> u64 {
    let bytes = segments.iter().map(|path| bytes_of(path));
    bytes.fold(0, u64::saturating_add)
}

/// How many bytes are read of a segment: all of it twice, and nothing beyond what one may have.
fn bytes_of(path: &Path) -> u64 {
    fs::symlink_metadata(path).map_or(0, |metadata| {
        let bytes = metadata.len().min(SEGMENT_BYTES_MAX.into());
        bytes.saturating_mul(2)
    })
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

    /// Adds what came of a segment.
    fn note<E: Into<Cause>>(
        &mut self,
        path: PathBuf,
        read: Result<Totals, Stop<E>>,
    ) -> Result<(), BundleError> {
        match read {
            Ok(totals) => {
                self.segments = self.segments.saturating_add(1);
                self.totals = self.totals.and(totals);
            }
            Err(Stop::Unsound(reason)) => self.damaged.push(Damaged { path, reason }),
            Err(Stop::Taker(error)) => return Err(BundleError::Taker(error.into())),
            Err(Stop::Cancelled) => return Err(BundleError::ImportCancelled),
        }
        Ok(())
    }
}

/// Why the reading of a segment ends before its end.
enum Stop<E> {
    Unsound(Unsound),
    Taker(E),
    Cancelled,
}

impl<E> From<Cancelled> for Stop<E> {
    fn from(Cancelled: Cancelled) -> Self {
        Self::Cancelled
    }
}

fn open<E>(path: &Path) -> Result<File, Stop<E>> {
    let opened = place::open(path).map_err(Unsound::from);
    let file = opened.and_then(|file| file.ok_or(Unsound::NoFile));
    file.map_err(Stop::Unsound)
}

/// Takes what is in a segment, if it is whole and sound.
fn read_segment<E>(
    path: &Path,
    take: &mut impl FnMut(Record) -> Result<(), E>,
    tell: Tell,
) -> Result<Totals, Stop<E>> {
    let mut file = open(path)?;
    check(&mut file, tell)?;
    pass(&mut file, take, tell).map_err(|stop| match stop {
        Stop::Unsound(reason) => Stop::Unsound(Unsound::Changed(reason.into())),
        Stop::Taker(_) | Stop::Cancelled => stop,
    })
}

/// Whether a segment is whole and sound.
fn check<E>(file: &mut File, tell: Tell) -> Result<Totals, Stop<E>> {
    pass(file, &mut |_| Ok(()), tell)
}

/// Goes through a segment from its beginning to its end, and tells of what is behind it; to no further record once whoever
/// is told wants no more.
fn pass<E>(
    file: &mut File,
    take: &mut impl FnMut(Record) -> Result<(), E>,
    tell: Tell,
) -> Result<Totals, Stop<E>> {
    let unsound = |reason: Unsound| Stop::Unsound(reason);
    file.rewind().map_err(|error| unsound(error.into()))?;
    let (mut reader, mut buffer) = (Reader::new(), vec![0; CHUNK_BYTES]);
    let mut wanted = tell(0);
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => break,
            Ok(length) => length,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(unsound(error.into())),
        };
        let mut chunk = buffer.get(..length).unwrap_or_default();
        while !chunk.is_empty() {
            let before = chunk.len();
            let read = reader.read(&mut chunk);
            if let Some(record) = read.map_err(|error| unsound(error.into()))? {
                wanted?;
                take(record).map_err(Stop::Taker)?;
            }
            let behind = before.saturating_sub(chunk.len());
            wanted = tell(u64::try_from(behind).unwrap_or(u64::MAX));
        }
    }
    reader.finish().map_err(|error| unsound(error.into()))
}
