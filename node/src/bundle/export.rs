//! Writing a bundle: all its segments under other names, then each under its own.
//!
//! Invariants
//! - No segment gets its name before all of them are whole and on the disk.
//! - A bundle that is written anew replaces the one before, whose further segments are then removed.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use tidings_protocol::bundle::{
    Full, Head, Record, SEGMENT_BYTES_MAX, SEGMENTS_MAX, SegmentError, Writer,
};

use super::error::BundleError;
use super::place::{self, Found, Unfinished};
use super::{CHUNK_BYTES, Cause, name};

/// A bundle that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Its first segment.
    pub path: PathBuf,
    /// All of them.
    pub segments: Vec<PathBuf>,
    /// Bytes of them all.
    pub bytes: u64,
    /// Envelopes.
    pub envelopes: u64,
    /// Purges.
    pub purges: u64,
}

/// How bytes get into a file.
type Put<'a> = &'a mut dyn FnMut(&mut File, &[u8]) -> io::Result<()>;

/// Writes a bundle. `target` is the file that it is to be, of which a bundle there is replaced; or a directory, into
/// which one more is written. Further segments get names of their own beside the first.
///
/// # Errors
/// [`BundleError`], with what was there before left as it was. Only when a file cannot be renamed at the very end
/// there may be new segments beside old ones, each of them whole.
pub fn write<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
) -> Result<Written, BundleError> {
    write_to(Place::of(target)?, records)
}

/// Writes a bundle as [`write`] does, and into no directory: `target` is the file that it is to be.
///
/// # Errors
/// As [`write`], and [`BundleError::Taken`] if a directory is there.
pub fn write_file<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
) -> Result<Written, BundleError> {
    write_to(Place::named(target)?, records)
}

fn write_to<E: Into<Cause>>(
    place: Place,
    records: impl Iterator<Item = Result<Record, E>>,
) -> Result<Written, BundleError> {
    let segment_bytes = usize::try_from(SEGMENT_BYTES_MAX).unwrap_or(usize::MAX);
    let put: Put = &mut |file, bytes| file.write_all(bytes);
    write_in_segments(place, records, segment_bytes, put)
}

/// Writes a bundle whose segments end once they have so many bytes, by way of `put`.
#[cfg(test)]
pub(super) fn write_so<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
    segment_bytes: usize,
    put: Put,
) -> Result<Written, BundleError> {
    write_in_segments(Place::of(target)?, records, segment_bytes, put)
}

fn write_in_segments<E: Into<Cause>>(
    place: Place,
    records: impl Iterator<Item = Result<Record, E>>,
    segment_bytes: usize,
    put: Put,
) -> Result<Written, BundleError> {
    let mut export = Export::begin(place, put)?;
    for record in records {
        let record = record.map_err(|error| BundleError::Source(error.into()))?;
        if export.writer.length() >= segment_bytes {
            export.next_segment()?;
        }
        export.record(&record)?;
    }
    export.finish()
}

/// Where a bundle is to be.
#[derive(Debug)]
struct Place {
    directory: PathBuf,
    name: String,
    /// Whether a bundle of that name may be there, to be replaced.
    may_replace: bool,
}

impl Place {
    fn of(target: &Path) -> Result<Self, BundleError> {
        let path = target.to_owned();
        match place::look(target).map_err(|error| BundleError::io(target, error))? {
            Found::Directory => Self::unnamed(target),
            Found::Link => Err(BundleError::Link { path }),
            Found::Other => Err(BundleError::Special { path }),
            Found::Nothing | Found::File => Self::named(target),
        }
    }

    /// The place of the file of that name.
    fn named(target: &Path) -> Result<Self, BundleError> {
        let path = target.to_owned();
        let name = target.file_name().and_then(name::fit);
        let name = name.ok_or(BundleError::Name { path })?.to_owned();
        let directory = match target.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
            _ => PathBuf::from("."),
        };
        Ok(Self {
            directory,
            name,
            may_replace: true,
        })
    }

    /// A place in a directory where there is nothing.
    fn unnamed(directory: &Path) -> Result<Self, BundleError> {
        for number in 1..=name::UNNAMED_MAX {
            let name = name::unnamed(number);
            let path = directory.join(&name);
            let found = place::look(&path).map_err(|error| BundleError::io(&path, error))?;
            if found == Found::Nothing {
                return Ok(Self {
                    directory: directory.to_owned(),
                    name,
                    may_replace: false,
                });
            }
        }
        let path = directory.to_owned();
        Err(BundleError::TooMany { path })
    }

    /// Where a segment is to be, if nothing is there but what it may replace; and whether it replaces that.
    fn segment(&self, head: Head) -> Result<(PathBuf, bool), BundleError> {
        let path = self.path(head.number());
        let failed = |error| BundleError::io(&path, error);
        match place::look(&path).map_err(failed)? {
            Found::Nothing => Ok((path, false)),
            Found::Link => Err(BundleError::Link { path }),
            Found::File if self.may_replace && is_segment(&path, head).map_err(failed)? => {
                Ok((path, true))
            }
            Found::File | Found::Directory | Found::Other => Err(BundleError::Taken { path }),
        }
    }

    fn path(&self, number: u16) -> PathBuf {
        self.directory.join(name::segment(&self.name, number))
    }
}

/// Whether a file is the segment of that number of some bundle, of whatever version.
fn is_segment(path: &Path, head: Head) -> io::Result<bool> {
    Ok(match place::head(path)? {
        Ok(there) => there == head,
        Err(error) => matches!(error, SegmentError::Version(_)),
    })
}

/// A bundle that is being written.
struct Export<'a> {
    place: Place,
    put: Put<'a>,
    head: Head,
    writer: Writer,
    /// What of the segment was not given to the file yet.
    out: Vec<u8>,
    unfinished: Unfinished,
    /// The segments before, which are whole.
    whole: Vec<(Head, Unfinished)>,
    bytes: u64,
    envelopes: u64,
    purges: u64,
}

impl<'a> Export<'a> {
    fn begin(place: Place, put: Put<'a>) -> Result<Self, BundleError> {
        let head = Head::new(1).ok_or(BundleError::TooLarge)?;
        let mut out = Vec::new();
        let unfinished = unfinished(&place, head)?;
        clear_after(&place, head.number());
        Ok(Self {
            unfinished,
            place,
            put,
            head,
            writer: Writer::begin(head, &mut out),
            out,
            whole: Vec::new(),
            bytes: 0,
            envelopes: 0,
            purges: 0,
        })
    }

    fn record(&mut self, record: &Record) -> Result<(), BundleError> {
        if let Err(Full) = self.writer.record(record, &mut self.out) {
            self.next_segment()?;
            // A segment in which there is nothing yet has room for any record.
            let written = self.writer.record(record, &mut self.out);
            written.map_err(|_: Full| BundleError::TooLarge)?;
        }
        match record {
            Record::Envelope(_) => self.envelopes = self.envelopes.saturating_add(1),
            Record::Purge(_) => self.purges = self.purges.saturating_add(1),
        }
        if self.out.len() >= CHUNK_BYTES {
            self.put_out()?;
        }
        Ok(())
    }

    fn next_segment(&mut self) -> Result<(), BundleError> {
        let number = self.head.number().saturating_add(1);
        let head = Head::new(number).ok_or(BundleError::TooLarge)?;
        let next = unfinished(&self.place, head)?;
        let mut begun = Vec::new();
        let ended = std::mem::replace(&mut self.writer, Writer::begin(head, &mut begun));
        self.end(ended)?;
        self.out = begun;
        let ended = std::mem::replace(&mut self.unfinished, next);
        self.whole.push((self.head, ended));
        self.head = head;
        Ok(())
    }

    /// Has all of the segment be on the disk.
    fn end(&mut self, writer: Writer) -> Result<(), BundleError> {
        writer.finish(&mut self.out);
        self.put_out()?;
        let synced = self.unfinished.sync();
        synced.map_err(|error| self.failed(error))
    }

    fn put_out(&mut self) -> Result<(), BundleError> {
        let put = (self.put)(self.unfinished.file(), &self.out);
        put.map_err(|error| self.failed(error))?;
        let bytes = u64::try_from(self.out.len()).unwrap_or(u64::MAX);
        self.bytes = self.bytes.saturating_add(bytes);
        self.out.clear();
        Ok(())
    }

    fn failed(&self, error: io::Error) -> BundleError {
        BundleError::writing(self.unfinished.path(), &self.place.directory, error)
    }

    fn finish(mut self) -> Result<Written, BundleError> {
        let begun = Writer::begin(self.head, &mut Vec::new());
        let ended = std::mem::replace(&mut self.writer, begun);
        self.end(ended)?;
        self.whole.push((self.head, self.unfinished));
        let place = &self.place;
        let mut targets = Vec::new();
        for (head, _) in &self.whole {
            targets.push(place.segment(*head)?);
        }
        let replaces = targets.first().is_some_and(|(_, replaces)| *replaces);
        let segments: Vec<PathBuf> = targets.into_iter().map(|(path, _)| path).collect();
        for ((_, unfinished), path) in self.whole.into_iter().zip(&segments) {
            let named = unfinished.finish(path);
            named.map_err(|error| BundleError::writing(path, &place.directory, error))?;
        }
        if replaces {
            remove_after(place, self.head.number());
        }
        let synced = place::sync_directory(&place.directory);
        synced.map_err(|error| BundleError::io(&place.directory, error))?;
        Ok(Written {
            path: place.path(1),
            segments,
            bytes: self.bytes,
            envelopes: self.envelopes,
            purges: self.purges,
        })
    }
}

/// A file for a segment that gets its name later, which it must be able to get.
fn unfinished(place: &Place, head: Head) -> Result<Unfinished, BundleError> {
    place.segment(head)?;
    let name = name::segment(&place.name, head.number());
    Unfinished::create(place.directory.join(name::unfinished(&name)))
}

/// Removes what an export that was given up left of later segments, for which this one may have no use: they may
/// take all the room that there is.
fn clear_after(place: &Place, number: u16) {
    for number in number.saturating_add(1)..=SEGMENTS_MAX {
        let name = name::unfinished(&name::segment(&place.name, number));
        let path = place.directory.join(name);
        let is_there = matches!(place::look(&path), Ok(Found::File));
        if !is_there || place::remove_given_up(&path).is_err() {
            return;
        }
    }
}

/// Removes the segments of the bundle before that has become shorter. One that stays is of no harm: it says what
/// was so.
fn remove_after(place: &Place, number: u16) {
    for number in number.saturating_add(1)..=SEGMENTS_MAX {
        let path = place.path(number);
        let head = Head::new(number);
        let is_its = head.is_some_and(|head| is_segment(&path, head).unwrap_or(false));
        if !is_its || fs::remove_file(&path).is_err() {
            return;
        }
    }
}
