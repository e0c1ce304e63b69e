//! Writing a segment: records in, bytes out.
//!
//! Invariants
//! - What is written is what a [`super::Reader`] takes: a record for which there is no room is not begun.
//! - The same records give the same bytes.

use super::digest::Digest;
use super::record::INDEX;
use super::{ENTRY_BYTES, Head, Record, has_room, short, whole};

/// That a segment has no room for a record, which the next one has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the segment is full")]
pub struct Full;

/// One segment that is being written.
#[derive(Debug)]
pub struct Writer {
    length: usize,
    digest: Digest,
    index: Vec<u8>,
}

impl Writer {
    /// Begins a segment; what to write is put at the end of `out`, here and below.
    #[must_use]
    pub fn begin(head: Head, out: &mut Vec<u8>) -> Self {
        let mut writer = Self {
            length: 0,
            digest: Digest::new(),
            index: Vec::new(),
        };
        let from = out.len();
        out.extend(head.to_bytes());
        writer.count(from, out);
        writer
    }

    /// Adds a record. A segment in which there is none yet has room for any.
    ///
    /// # Errors
    /// [`Full`], with nothing written, when it belongs into the next segment.
    pub fn record(&mut self, record: &Record, out: &mut Vec<u8>) -> Result<(), Full> {
        if !has_room(self.length, self.records(), record.body_bytes()) {
            return Err(Full);
        }
        self.index.push(record.kind());
        self.index.extend(short(self.length).to_be_bytes());
        let from = out.len();
        out.push(record.kind());
        out.extend(short(record.body_bytes()).to_be_bytes());
        record.write_body(out);
        let checksum = blake3::hash(out.get(from..).unwrap_or_default());
        out.extend(checksum.as_bytes());
        self.count(from, out);
        Ok(())
    }

    /// How long the segment would be with one more record and its end.
    #[must_use]
    pub fn length_with(&self, record: &Record) -> usize {
        whole(self.length, self.records(), record.body_bytes())
    }

    /// Ends the segment.
    pub fn finish(mut self, out: &mut Vec<u8>) {
        let offset = short(self.length);
        let from = out.len();
        out.push(INDEX);
        out.extend(short(self.index.len()).to_be_bytes());
        out.extend(&self.index);
        out.extend(offset.to_be_bytes());
        self.count(from, out);
        out.extend(self.digest.hash());
    }

    /// How many bytes were written.
    #[must_use]
    pub const fn length(&self) -> usize {
        self.length
    }

    /// How many records there are.
    #[must_use]
    pub const fn records(&self) -> usize {
        self.index.len() / ENTRY_BYTES
    }

    /// Takes into account what was written to `out` from there on.
    fn count(&mut self, from: usize, out: &[u8]) {
        let written = out.get(from..).unwrap_or_default();
        self.digest.update(written);
        self.length = self.length.saturating_add(written.len());
    }
}

#[cfg(test)]
mod tests {
    use super::super::{
        CHECKSUM_BYTES, INDEX_BYTES_MAX, RECORDS_MAX, SEGMENT_BYTES_MAX, START_BYTES, TRAILER_BYTES,
    };
    use super::*;

    const PURGE: Record = Record::Purge([7; 32]);

    #[test]
    fn a_segment_takes_as_many_records_as_there_may_be_and_not_one_more() {
        let mut out = Vec::new();
        let mut writer = Writer::begin(Head::new(1).unwrap(), &mut out);
        writer.index = vec![0; (RECORDS_MAX - 1) * ENTRY_BYTES];
        assert_eq!(writer.record(&PURGE, &mut out), Ok(()));
        assert_eq!(
            (writer.records(), writer.index.len()),
            (RECORDS_MAX, INDEX_BYTES_MAX)
        );
        let before = out.clone();
        assert_eq!(writer.record(&PURGE, &mut out), Err(Full));
        assert_eq!(out, before);
    }

    #[test]
    fn a_segment_is_as_long_as_it_may_be_and_not_one_byte_longer() {
        let max = usize::try_from(SEGMENT_BYTES_MAX).unwrap();
        let record = START_BYTES + 32 + CHECKSUM_BYTES;
        let closing = START_BYTES + ENTRY_BYTES + TRAILER_BYTES;
        for (length, result) in [
            (max - closing - record, Ok(())),
            (max - closing - record + 1, Err(Full)),
        ] {
            let mut out = Vec::new();
            let mut writer = Writer::begin(Head::new(1).unwrap(), &mut out);
            writer.length = length;
            out.clear();
            assert_eq!(writer.record(&PURGE, &mut out), result);
            if result.is_ok() {
                writer.finish(&mut out);
                assert_eq!(length + out.len(), max);
            }
        }
    }
}
