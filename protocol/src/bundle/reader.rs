//! Reading a segment: bytes in, records out.
//!
//! ```text
//!   Head --> Start --+--> Body --> Start ...     a record comes out when all of it is there
//!                    +--> Index --> Trailer --> End
//! ```
//!
//! Invariants
//! - However the bytes are cut, the same records come out, and the same error.
//! - After an error nothing more comes out of it, but that error.
//! - No more is kept than one record and the index, whose sizes are checked before they are gathered.

use super::digest::Digest;
use super::record::{BodyError, INDEX};
use super::{
    BODY_BYTES_MAX, CHECKSUM_BYTES, ENTRY_BYTES, Head, Record, START_BYTES, SegmentError,
    TRAILER_BYTES, has_room, short,
};

/// Bytes of the index that are compared at once.
const INDEX_PIECE_BYTES: usize = 8192;

/// What is in a segment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    /// All its bytes.
    pub bytes: u64,
    /// Envelopes.
    pub envelopes: u64,
    /// Purges.
    pub purges: u64,
    /// Records of kinds, and envelopes of versions, that are not known here.
    pub unknown: u64,
}

/// Where in a segment the next byte belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Head,
    Start,
    /// Of a record of that kind, its start included.
    Body {
        kind: u8,
        length: usize,
    },
    /// So many bytes of it were as they should be.
    Index {
        compared: usize,
    },
    Trailer,
    End,
}

/// One segment that is being read.
#[derive(Debug)]
pub struct Reader {
    stage: Stage,
    /// What has come of what is gathered now.
    piece: Vec<u8>,
    /// How many bytes were before that.
    position: usize,
    digest: Digest,
    /// The index as it should be.
    index: Vec<u8>,
    totals: Totals,
    failed: Option<SegmentError>,
}

impl Default for Reader {
    fn default() -> Self {
        Self::new()
    }
}

impl Reader {
    /// One that has read nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self {
            stage: Stage::Head,
            piece: Vec::new(),
            position: 0,
            digest: Digest::new(),
            index: Vec::new(),
            totals: Totals::default(),
            failed: None,
        }
    }

    /// Takes bytes off the beginning of `input`, which goes on where the last one ended, until there is a record.
    /// Without one, all of `input` is taken, and the next bytes of the segment are to come.
    ///
    /// # Errors
    /// [`SegmentError`] when this is no segment; the same from then on.
    pub fn read(&mut self, input: &mut &[u8]) -> Result<Option<Record>, SegmentError> {
        if let Some(error) = &self.failed {
            return Err(error.clone());
        }
        let read = self.advance(input);
        self.failed = read.as_ref().err().cloned();
        read
    }

    /// Ends the reading: there are no more bytes.
    ///
    /// # Errors
    /// [`SegmentError`] when the segment is not whole and sound.
    pub fn finish(self) -> Result<Totals, SegmentError> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        if self.stage == Stage::Head && !Head::may_begin(&self.piece) {
            return Err(SegmentError::Foreign);
        }
        if self.stage != Stage::End {
            let bytes = self.position.saturating_add(self.piece.len());
            return Err(SegmentError::Truncated(short(bytes)));
        }
        Ok(self.totals)
    }

    fn advance(&mut self, input: &mut &[u8]) -> Result<Option<Record>, SegmentError> {
        while self.stage != Stage::End {
            let missing = self.wanted().saturating_sub(self.piece.len());
            let (taken, rest) = input.split_at(missing.min(input.len()));
            self.piece.extend_from_slice(taken);
            *input = rest;
            if taken.len() < missing {
                return Ok(None);
            }
            if let Some(record) = self.complete()? {
                return Ok(Some(record));
            }
        }
        if input.is_empty() {
            Ok(None)
        } else {
            Err(SegmentError::Trailing)
        }
    }

    /// How long what is gathered now is.
    fn wanted(&self) -> usize {
        match self.stage {
            Stage::Head => Head::BYTES,
            Stage::Start => START_BYTES,
            Stage::Body { length, .. } => length.saturating_add(START_BYTES + CHECKSUM_BYTES),
            Stage::Index { compared } => {
                let left = self.index.len().saturating_sub(compared);
                left.min(INDEX_PIECE_BYTES)
            }
            Stage::Trailer => TRAILER_BYTES,
            Stage::End => 0,
        }
    }

    fn complete(&mut self) -> Result<Option<Record>, SegmentError> {
        match self.stage {
            Stage::Head => {
                Head::from_bytes(&self.piece)?;
                self.next(Stage::Start);
            }
            Stage::Start => self.start()?,
            Stage::Body { kind, .. } => return self.body(kind),
            Stage::Index { compared } => {
                let end = compared.saturating_add(self.piece.len());
                if self.index.get(compared..end) != Some(&self.piece) {
                    return Err(SegmentError::Index);
                }
                let whole = end == self.index.len();
                self.next(if whole {
                    Stage::Trailer
                } else {
                    Stage::Index { compared: end }
                });
            }
            Stage::Trailer => self.trailer()?,
            Stage::End => {}
        }
        Ok(None)
    }

    /// Goes on after what was gathered.
    fn next(&mut self, stage: Stage) {
        self.digest.update(&self.piece);
        self.position = self.position.saturating_add(self.piece.len());
        self.piece.clear();
        self.stage = stage;
    }

    fn start(&mut self) -> Result<(), SegmentError> {
        let Some(&[kind, a, b, c, d]) = self.piece.first_chunk::<START_BYTES>() else {
            return Ok(());
        };
        let (bytes, offset) = (u32::from_be_bytes([a, b, c, d]), short(self.position));
        let length = usize::try_from(bytes).unwrap_or(usize::MAX);
        if kind == INDEX {
            if length != self.index.len() {
                return Err(SegmentError::Index);
            }
            self.next(Stage::Index { compared: 0 });
            return Ok(());
        }
        if length > BODY_BYTES_MAX {
            return Err(SegmentError::TooLong { offset, bytes });
        }
        if !has_room(self.position, self.index.len() / ENTRY_BYTES, length) {
            return Err(SegmentError::TooLarge { offset });
        }
        // What is gathered goes on with the body: the checksum is over both.
        self.stage = Stage::Body { kind, length };
        Ok(())
    }

    fn body(&mut self, kind: u8) -> Result<Option<Record>, SegmentError> {
        let offset = short(self.position);
        let (content, checksum) = self.piece.split_last_chunk().unwrap_or((&[], &[0; 32]));
        if blake3::hash(content) != blake3::Hash::from_bytes(*checksum) {
            return Err(SegmentError::Damaged { offset });
        }
        let body = content.get(START_BYTES..).unwrap_or_default();
        let record = Record::read(kind, body).map_err(|error| match error {
            BodyError::Malformed => SegmentError::Malformed { offset },
            BodyError::Envelope(error) => SegmentError::Envelope { offset, error },
        })?;
        self.totals.count(record.as_ref());
        self.index.push(kind);
        self.index.extend(offset.to_be_bytes());
        self.next(Stage::Start);
        Ok(record)
    }

    fn trailer(&mut self) -> Result<(), SegmentError> {
        let index = self.index.len().saturating_add(START_BYTES);
        let offset = short(self.position.saturating_sub(index)).to_be_bytes();
        let (start, hash) = self.piece.split_last_chunk().unwrap_or((&[], &[0; 32]));
        if start != offset {
            return Err(SegmentError::Index);
        }
        self.digest.update(start);
        if *hash != self.digest.hash() {
            return Err(SegmentError::Hash);
        }
        let bytes = self.position.saturating_add(self.piece.len());
        self.totals.bytes = u64::from(short(bytes));
        self.piece.clear();
        self.position = bytes;
        self.stage = Stage::End;
        Ok(())
    }
}

impl Totals {
    /// Adds a record.
    const fn count(&mut self, record: Option<&Record>) {
        match record {
            Some(Record::Envelope(_)) => self.envelopes = self.envelopes.saturating_add(1),
            Some(Record::Purge(_)) => self.purges = self.purges.saturating_add(1),
            None => self.unknown = self.unknown.saturating_add(1),
        }
    }

    /// These and others.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            envelopes: self.envelopes.saturating_add(other.envelopes),
            purges: self.purges.saturating_add(other.purges),
            unknown: self.unknown.saturating_add(other.unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{RECORDS_MAX, SEGMENT_BYTES_MAX};
    use super::*;

    /// One that is so far in a segment of so many records.
    fn reader(position: usize, records: usize) -> Reader {
        let mut reader = Reader::new();
        reader.stage = Stage::Start;
        reader.position = position;
        reader.index = vec![0; records * ENTRY_BYTES];
        reader
    }

    fn start(length: usize) -> [u8; START_BYTES] {
        let [a, b, c, d] = short(length).to_be_bytes();
        [9, a, b, c, d]
    }

    #[test]
    fn a_record_after_the_last_there_may_be_is_refused_before_its_body_comes() {
        let begin = |records| reader(8, records).read(&mut &start(32)[..]);
        assert_eq!(begin(RECORDS_MAX - 1), Ok(None));
        assert_eq!(
            begin(RECORDS_MAX),
            Err(SegmentError::TooLarge { offset: 8 })
        );
    }

    #[test]
    fn a_record_that_ends_a_segment_of_the_maximum_is_read_and_one_byte_more_is_not() {
        let closing = START_BYTES + ENTRY_BYTES + TRAILER_BYTES;
        let max = usize::try_from(SEGMENT_BYTES_MAX).unwrap();
        let position = max - closing - (START_BYTES + 32 + CHECKSUM_BYTES);
        let begin = |position| reader(position, 0).read(&mut &start(32)[..]);
        assert_eq!(begin(position), Ok(None));
        let offset = short(position + 1);
        assert_eq!(begin(position + 1), Err(SegmentError::TooLarge { offset }));
    }

    #[test]
    fn a_record_of_the_maximum_is_gathered_and_one_byte_more_is_not() {
        let begin = |length| reader(8, 0).read(&mut &start(length)[..]);
        assert_eq!(begin(BODY_BYTES_MAX), Ok(None));
        let error = SegmentError::TooLong {
            offset: 8,
            bytes: short(BODY_BYTES_MAX + 1),
        };
        assert_eq!(begin(BODY_BYTES_MAX + 1), Err(error));
    }
}
