//! Bundles: what carries envelopes between hosts that share no network, such as files on a stick.
//!
//! ```text
//! a bundle   one segment or more, each a file
//! a segment  head    | "TDGB", version (u16), number of the segment, from 1 (u16)
//!            records | each: kind (u8), length (u32), body, BLAKE3 of all that
//!            index   | 0 (u8), length (u32); of each record kind (u8) and offset (u32)
//!            trailer | offset of the index (u32), BLAKE3 of all before it
//! ```
//!
//! Numbers are big endian. What a checksum is for is damage: whoever changes a segment on purpose writes another
//! one, of which no more is true than of any. An envelope proves itself, and so does a purge.
//!
//! Invariants
//! - A segment stands alone: in which order they come, how often, and which of them are missing makes no
//!   difference to what the rest says.
//! - Nothing of a segment is to count before all of it has gone through a [`Reader`] to [`Reader::finish`]. So it
//!   is read twice: once to see whether it is sound, and once to take what is in it.
//! - Nothing is ever added to a segment: what comes later is another one.
//! - A reader and a writer keep one record and an index of [`INDEX_BYTES_MAX`] in memory, whatever is in the file.

mod digest;
mod error;
mod reader;
mod record;
mod writer;

pub use error::SegmentError;
pub use reader::{Reader, Totals};
pub use record::{Bundled, Record};
pub use writer::{Full, Writer};

use crate::wire::limits::ENVELOPE_BYTES_MAX;

/// The only version of segments.
pub const BUNDLE_VERSION: u16 = 1;
/// Bytes of a segment: a quarter of what a FAT file system holds in one file.
pub const SEGMENT_BYTES_MAX: u32 = 1024 * 1024 * 1024;
/// Segments of one bundle.
pub const SEGMENTS_MAX: u16 = 256;
/// Records of a segment: as many as there is room for if each is an envelope of the smallest size.
pub const RECORDS_MAX: usize = 512 * 1024;
/// Bytes of a record's body: of the largest envelope, with what travels beside it.
pub const BODY_BYTES_MAX: usize = record::BESIDE_BYTES + ENVELOPE_BYTES_MAX;
/// Bytes of what is kept of the records of a segment while it is written or read.
pub const INDEX_BYTES_MAX: usize = ENTRY_BYTES * RECORDS_MAX;

/// Bytes of a record before its body: kind and length.
const START_BYTES: usize = 5;
/// Bytes of a checksum.
const CHECKSUM_BYTES: usize = 32;
/// Bytes that the index has of each record.
const ENTRY_BYTES: usize = 5;
/// Bytes after the index: its offset and the hash of the segment.
const TRAILER_BYTES: usize = 4 + CHECKSUM_BYTES;

/// What a segment begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Head {
    number: u16,
}

impl Head {
    /// How long it is.
    pub const BYTES: usize = 8;
    const MAGIC: [u8; 4] = *b"TDGB";

    /// The head of a bundle's segment with that number, counted from 1; of no other than 1 to [`SEGMENTS_MAX`].
    #[must_use]
    pub const fn new(number: u16) -> Option<Self> {
        if number == 0 || number > SEGMENTS_MAX {
            return None;
        }
        Some(Self { number })
    }

    /// Reads the first [`Self::BYTES`] of a segment.
    ///
    /// # Errors
    /// [`SegmentError::Foreign`] when they are of something else, [`SegmentError::Version`] and
    /// [`SegmentError::Number`] with what is not known here.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SegmentError> {
        let bytes: [u8; Self::BYTES] = bytes.try_into().map_err(|_| SegmentError::Foreign)?;
        let [a, b, c, d, version @ .., high, low] = bytes;
        if [a, b, c, d] != Self::MAGIC {
            return Err(SegmentError::Foreign);
        }
        let version = u16::from_be_bytes(version);
        if version != BUNDLE_VERSION {
            return Err(SegmentError::Version(version));
        }
        let number = u16::from_be_bytes([high, low]);
        Self::new(number).ok_or(SegmentError::Number(number))
    }

    /// Whether a head may begin so, with more bytes or fewer than those that tell it from all else.
    fn may_begin(bytes: &[u8]) -> bool {
        let mut both = bytes.iter().zip(Self::MAGIC);
        both.all(|(byte, wanted)| *byte == wanted)
    }

    /// The head as it is written.
    #[must_use]
    pub fn to_bytes(self) -> [u8; Self::BYTES] {
        let ([a, b, c, d], [e, f]) = (Self::MAGIC, BUNDLE_VERSION.to_be_bytes());
        let [g, h] = self.number.to_be_bytes();
        [a, b, c, d, e, f, g, h]
    }

    /// Which segment of its bundle it is the head of, counted from 1.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.number
    }
}

/// Whether a segment has room for one more record: `length` bytes of it are written, and `records` records.
fn has_room(length: usize, records: usize, body: usize) -> bool {
    let whole = whole(length, records, body);
    records < RECORDS_MAX && u32::try_from(whole).is_ok_and(|whole| whole <= SEGMENT_BYTES_MAX)
}

/// How long it then is, ended.
fn whole(length: usize, records: usize, body: usize) -> usize {
    let closing = records
        .saturating_add(1)
        .saturating_mul(ENTRY_BYTES)
        .saturating_add(START_BYTES + TRAILER_BYTES);
    length
        .saturating_add(START_BYTES + CHECKSUM_BYTES)
        .saturating_add(body)
        .saturating_add(closing)
}

/// An offset or length of a segment, none of which is over [`SEGMENT_BYTES_MAX`].
fn short(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests;
