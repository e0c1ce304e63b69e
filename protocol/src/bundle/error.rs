//! What is wrong with bytes that should be a segment of a bundle.

use super::{BODY_BYTES_MAX, RECORDS_MAX, SEGMENT_BYTES_MAX, SEGMENTS_MAX};
use crate::envelope::EnvelopeError;

/// Why bytes are no segment of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// Bytes that begin as no bundle does.
    #[error("not a bundle of Tidings")]
    Foreign,
    /// A version that is not known here.
    #[error("a bundle of version {0}: update this program to read it")]
    Version(u16),
    /// A number that no segment has.
    #[error("a segment numbered {0}, which is not one of 1 to {SEGMENTS_MAX}")]
    Number(u16),
    /// Bytes that end before the segment does.
    #[error("it is cut short after {0} bytes")]
    Truncated(u32),
    /// Bytes after the end.
    #[error("there is something after its end")]
    Trailing,
    /// More than a segment may have.
    #[error(
        "it has more than {SEGMENT_BYTES_MAX} bytes or {RECORDS_MAX} records, at offset {offset}"
    )]
    TooLarge {
        /// Where what is too much begins.
        offset: u32,
    },
    /// A record that is longer than records are.
    #[error(
        "a record of {bytes} bytes where at most {BODY_BYTES_MAX} are allowed, at offset {offset}"
    )]
    TooLong {
        /// Where the record begins.
        offset: u32,
        /// How long it says it is.
        bytes: u32,
    },
    /// A record that was damaged.
    #[error("it is damaged at offset {offset}")]
    Damaged {
        /// Where the record begins.
        offset: u32,
    },
    /// A record in which there is no envelope.
    #[error("{error}, at offset {offset}")]
    Envelope {
        /// Where the record begins.
        offset: u32,
        /// What is wrong with it.
        error: EnvelopeError,
    },
    /// A record that holds what none of its kind does.
    #[error("a record that does not say what it should, at offset {offset}")]
    Malformed {
        /// Where the record begins.
        offset: u32,
    },
    /// An index that is not that of the records.
    #[error("its index is damaged")]
    Index,
    /// A hash that is not that of the segment.
    #[error("it is damaged")]
    Hash,
}
