//! Writing a bundle: all its segments under other names, then each under its own.
//!
//! Invariants
//! - No segment gets its name before all of them are whole and on the disk.
//! - A bundle that is written anew replaces the one before, whose further segments are then removed.
//! - Where there is no room for all, what comes first is written, unless more is there already.

mod segment;
mod target;

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tidings_protocol::bundle::{Full, Head, Record, SEGMENT_BYTES_MAX};

use super::error::BundleError;
use super::place;
use super::{Cause, Tell};
use segment::{Segment, Tally, Whole};
use target::Target;

/// How long an export waits for another one to the same file.
const WAIT_SECONDS: u64 = 60;

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
    /// Envelopes for which there was no room.
    pub left_out: u64,
    /// Whether nothing was there, and no directory was named.
    pub is_new_file: bool,
}

/// How bytes get into a file.
type Put<'a> = &'a mut dyn FnMut(&mut File, &[u8]) -> io::Result<()>;

/// Writes a bundle. `target` is the file that it is to be, of which a bundle there is replaced; or a directory, into
/// which one more is written. Further segments get names of their own beside the first. Where there is no room for
/// all records, the last ones are left out.
///
/// # Errors
/// [`BundleError`], with what was there before left as it was: that there is no room, if there is none for any
/// envelope, or more of them are there. Only when a file cannot be renamed at the very end there may be new segments
/// beside old ones, each of them whole.
pub fn write<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
) -> Result<Written, BundleError> {
    write_telling(target, records, &mut |_| Ok(()))
}

/// Writes a bundle as [`write()`] does, and tells of the envelopes that were written.
///
/// # Errors
/// As [`write()`], and [`BundleError::ExportCancelled`] once whoever is told wants no more.
pub(crate) fn write_telling<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
    tell: Tell,
) -> Result<Written, BundleError> {
    let begun = Target::of(target, Duration::from_secs(WAIT_SECONDS), tell)?;
    write_to(begun, records, tell)
}

/// The same, and into no directory: `target` is the file that it is to be.
///
/// # Errors
/// As [`write_telling`], and [`BundleError::Taken`] if a directory is there.
pub(crate) fn write_file<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
    tell: Tell,
) -> Result<Written, BundleError> {
    let begun = Target::named(target, Duration::from_secs(WAIT_SECONDS), tell)?;
    write_to(begun, records, tell)
}

fn write_to<E: Into<Cause>>(
    begun: (Target, place::Unfinished),
    records: impl Iterator<Item = Result<Record, E>>,
    tell: Tell,
) -> Result<Written, BundleError> {
    let segment_bytes = usize::try_from(SEGMENT_BYTES_MAX).unwrap_or(usize::MAX);
    let put: Put = &mut |file, bytes| file.write_all(bytes);
    write_in_segments(begun, records, segment_bytes, put, tell)
}

/// Writes a bundle whose segments end once they have so many bytes, by way of `put`, and waits for nobody.
#[cfg(test)]
pub(super) fn write_so<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
    segment_bytes: usize,
    put: Put,
) -> Result<Written, BundleError> {
    write_so_telling(target, records, segment_bytes, put, &mut |_| Ok(()))
}

/// The same, and tells of the envelopes that were written.
#[cfg(test)]
pub(super) fn write_so_telling<E: Into<Cause>>(
    target: &Path,
    records: impl Iterator<Item = Result<Record, E>>,
    segment_bytes: usize,
    put: Put,
    tell: Tell,
) -> Result<Written, BundleError> {
    let begun = Target::of(target, Duration::ZERO, tell)?;
    write_in_segments(begun, records, segment_bytes, put, tell)
}

fn write_in_segments<E: Into<Cause>>(
    (target, unfinished): (Target, place::Unfinished),
    records: impl Iterator<Item = Result<Record, E>>,
    segment_bytes: usize,
    put: Put,
    tell: Tell,
) -> Result<Written, BundleError> {
    let mut export = Export::begin(target, unfinished, put, tell)?;
    let (mut envelopes, mut is_cut) = (0_u64, false);
    for record in records {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                // A source may end because nobody wants more of it.
                export.tell(0)?;
                return Err(BundleError::Source(error.into()));
            }
        };
        let one = u64::from(matches!(record, Record::Envelope(_)));
        envelopes = envelopes.saturating_add(one);
        if !is_cut && let Err(error) = export.record(&record, segment_bytes) {
            export.cut(error)?;
            is_cut = true;
        }
        export.tell(if is_cut { 0 } else { one })?;
    }
    if !is_cut && let Err(error) = export.end() {
        export.cut(error)?;
        is_cut = true;
    }
    if is_cut {
        export.is_worth_it(envelopes)?;
    }
    // It may have taken long until all of it was on the disk.
    export.tell(0)?;
    export.finish(envelopes)
}

/// A bundle that is being written.
struct Export<'a> {
    target: Target,
    put: Put<'a>,
    tell: Tell<'a>,
    /// What is written now; nothing between two segments.
    segment: Option<Segment>,
    /// The segments before.
    whole: Vec<Whole>,
}

impl<'a> Export<'a> {
    fn begin(
        target: Target,
        unfinished: place::Unfinished,
        put: Put<'a>,
        tell: Tell<'a>,
    ) -> Result<Self, BundleError> {
        let head = Head::new(1).ok_or(BundleError::TooLarge)?;
        target.clear_after(head.number());
        Ok(Self {
            target,
            put,
            tell,
            segment: Some(Segment::begin(head, unfinished)),
            whole: Vec::new(),
        })
    }

    fn tell(&mut self, envelopes: u64) -> Result<(), BundleError> {
        self.target.tell(envelopes, self.tell)
    }

    fn record(&mut self, record: &Record, segment_bytes: usize) -> Result<(), BundleError> {
        let is_long = |segment: &Segment| segment.length() >= segment_bytes;
        if self.segment.as_ref().is_some_and(is_long) {
            self.end()?;
        }
        let mut segment = self.open()?;
        if let Err(Full) = segment.record(record) {
            self.segment = Some(segment);
            self.end()?;
            segment = self.open()?;
            // A segment in which there is nothing yet has room for any record.
            let written = segment.record(record);
            written.map_err(|_: Full| BundleError::TooLarge)?;
        }
        let head = segment.head();
        let put = segment.put_chunk(self.put);
        self.segment = Some(segment);
        put.map_err(|error| self.failed(head, error))
    }

    /// The segment that is written now, or the next one.
    fn open(&mut self) -> Result<Segment, BundleError> {
        if let Some(segment) = self.segment.take() {
            return Ok(segment);
        }
        let before = self.whole.last().map_or(0, |whole| whole.head.number());
        let head = Head::new(before.saturating_add(1)).ok_or(BundleError::TooLarge)?;
        Ok(Segment::begin(head, self.target.begin(head, self.tell)?))
    }

    /// Has all of the segment be on the disk.
    fn end(&mut self) -> Result<(), BundleError> {
        let Some(mut segment) = self.segment.take() else {
            return Ok(());
        };
        let (head, ended) = (segment.head(), segment.end(self.put));
        match ended {
            Ok(()) => {
                self.whole.push(segment.whole());
                Ok(())
            }
            Err(error) => {
                self.segment = Some(segment);
                Err(self.failed(head, error))
            }
        }
    }

    fn failed(&self, head: Head, error: io::Error) -> BundleError {
        let path = self.target.path(head.number());
        BundleError::writing(&path, self.target.directory(), error)
    }

    /// Ends with what there is room for, if it is room that is missing.
    fn cut(&mut self, error: BundleError) -> Result<(), BundleError> {
        if !matches!(error, BundleError::Full { .. }) {
            return Err(error);
        }
        if let Some(segment) = self.segment.take() {
            self.whole.extend(segment.shorten(&self.target, self.put)?);
        }
        Ok(())
    }

    /// Whether what there was room for is something, and no less than what is there.
    fn is_worth_it(&self, envelopes: u64) -> Result<(), BundleError> {
        let written = self.tally().envelopes;
        let is_less = written < envelopes && written < self.target.envelopes_there();
        if written == 0 || is_less {
            let path = self.target.directory().to_owned();
            return Err(BundleError::Full { path });
        }
        Ok(())
    }

    fn tally(&self) -> Tally {
        let mut tally = Tally::default();
        self.whole.iter().for_each(|whole| tally.add(whole.tally));
        tally
    }

    /// Gives the segments their names; so many envelopes there were for them.
    fn finish(self, envelopes: u64) -> Result<Written, BundleError> {
        let (target, tally) = (&self.target, self.tally());
        let mut targets = Vec::new();
        for whole in &self.whole {
            targets.push(target.segment(whole.head)?);
        }
        let last = self.whole.last().map_or(1, |whole| whole.head.number());
        let replaces = targets.first().is_some_and(|(_, replaces)| *replaces);
        let segments: Vec<PathBuf> = targets.into_iter().map(|(path, _)| path).collect();
        for (whole, path) in self.whole.into_iter().zip(&segments) {
            let named = whole.unfinished.finish(path);
            named.map_err(|error| BundleError::writing(path, target.directory(), error))?;
        }
        if replaces {
            target.remove_after(last);
        }
        let synced = place::sync_directory(target.directory());
        synced.map_err(|error| BundleError::io(target.directory(), error))?;
        Ok(Written {
            path: target.path(1),
            segments,
            bytes: tally.bytes,
            envelopes: tally.envelopes,
            purges: tally.purges,
            left_out: envelopes.saturating_sub(tally.envelopes),
            is_new_file: target.is_named() && !replaces,
        })
    }
}
