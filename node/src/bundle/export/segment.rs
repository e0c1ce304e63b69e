//! A segment that is being written, and what becomes of it when there is no room for all of it.
//!
//! Invariants
//! - What is whole is on the disk, with its end.
//! - One that was shortened says what it says as if nothing more had been meant for it.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};

use tidings_protocol::bundle::{Full, Head, Reader, Record, Writer};

use super::super::CHUNK_BYTES;
use super::super::error::{self, BundleError};
use super::super::place::Unfinished;
use super::Put;
use super::target::Target;

/// How much is in what was written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) bytes: u64,
    pub(super) envelopes: u64,
    pub(super) purges: u64,
}

impl Tally {
    const fn count(&mut self, record: &Record) {
        match record {
            Record::Envelope(_) => self.envelopes = self.envelopes.saturating_add(1),
            Record::Purge(_) => self.purges = self.purges.saturating_add(1),
        }
    }

    pub(super) const fn add(&mut self, other: Self) {
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.envelopes = self.envelopes.saturating_add(other.envelopes);
        self.purges = self.purges.saturating_add(other.purges);
    }
}

/// See the module.
#[derive(Debug)]
pub(super) struct Segment {
    head: Head,
    writer: Writer,
    /// What of it was not given to the file yet.
    out: Vec<u8>,
    unfinished: Unfinished,
    tally: Tally,
}

/// A segment that has all that it is to have.
#[derive(Debug)]
pub(super) struct Whole {
    pub(super) head: Head,
    pub(super) unfinished: Unfinished,
    pub(super) tally: Tally,
}

impl Segment {
    pub(super) fn begin(head: Head, unfinished: Unfinished) -> Self {
        let mut out = Vec::new();
        Self {
            head,
            writer: Writer::begin(head, &mut out),
            out,
            unfinished,
            tally: Tally::default(),
        }
    }

    pub(super) const fn head(&self) -> Head {
        self.head
    }

    /// How many bytes it has until now.
    pub(super) const fn length(&self) -> usize {
        self.writer.length()
    }

    /// Adds a record, if there is room for it in a segment.
    pub(super) fn record(&mut self, record: &Record) -> Result<(), Full> {
        self.writer.record(record, &mut self.out)?;
        self.tally.count(record);
        Ok(())
    }

    /// Gives the file what is ready, once it is much.
    pub(super) fn put_chunk(&mut self, put: Put) -> io::Result<()> {
        if self.out.len() < CHUNK_BYTES {
            return Ok(());
        }
        self.put_out(put)
    }

    fn put_out(&mut self, put: Put) -> io::Result<()> {
        put(self.unfinished.file(), &self.out)?;
        let bytes = u64::try_from(self.out.len()).unwrap_or(u64::MAX);
        self.tally.bytes = self.tally.bytes.saturating_add(bytes);
        self.out.clear();
        Ok(())
    }

    /// Ends it, and has all of it be on the disk.
    pub(super) fn end(&mut self, put: Put) -> io::Result<()> {
        let begun = Writer::begin(self.head, &mut Vec::new());
        let writer = std::mem::replace(&mut self.writer, begun);
        writer.finish(&mut self.out);
        self.put_out(put)?;
        self.unfinished.sync()
    }

    /// What was ended.
    pub(super) fn whole(self) -> Whole {
        Whole {
            head: self.head,
            unfinished: self.unfinished,
            tally: self.tally,
        }
    }

    /// Makes it as short as it must be for the room that its file was found to have, with as many of its records as
    /// go into that; nothing if that is none.
    pub(super) fn shorten(
        mut self,
        target: &Target,
        put: Put,
    ) -> Result<Option<Whole>, BundleError> {
        let path = target.path(self.head.number());
        let failed = |error| BundleError::writing(&path, target.directory(), error);
        let mut room = self.unfinished.file().metadata().map_err(failed)?.len();
        loop {
            self.rewind(room).map_err(failed)?;
            if self.writer.records() == 0 {
                return Ok(None);
            }
            match self.end(put) {
                Ok(()) => return Ok(Some(self.whole())),
                // Others write on that disk, too, or it has less room than it took.
                Err(error) if error::is_full(&error) => room /= 2,
                Err(error) => return Err(failed(error)),
            }
        }
    }

    /// Goes back to before the record with which, and with its end, it would be longer than `room`.
    fn rewind(&mut self, room: u64) -> io::Result<()> {
        self.out.clear();
        self.writer = Writer::begin(self.head, &mut Vec::new());
        self.tally = Tally::default();
        let file = self.unfinished.file();
        file.rewind()?;
        let room = usize::try_from(room).unwrap_or(usize::MAX);
        while_sound(file, |record| {
            let fits = self.writer.length_with(record) <= room;
            let added = fits && self.writer.record(record, &mut Vec::new()).is_ok();
            if added {
                self.tally.count(record);
            }
            added
        })?;
        let length = u64::try_from(self.writer.length()).unwrap_or(u64::MAX);
        file.set_len(length)?;
        file.seek(SeekFrom::Start(length))?;
        self.tally.bytes = length;
        Ok(())
    }
}

/// Reads the records of a file until it ends, whether it is whole or not, or `take` has enough.
fn while_sound(file: &mut File, mut take: impl FnMut(&Record) -> bool) -> io::Result<()> {
    let (mut reader, mut buffer) = (Reader::new(), vec![0; CHUNK_BYTES]);
    loop {
        let length = match file.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let mut chunk = buffer.get(..length).unwrap_or_default();
        while let Ok(Some(record)) = reader.read(&mut chunk) {
            if !take(&record) {
                return Ok(());
            }
        }
    }
}
