//! The boundary where peers' bytes become values: limits, and the one way to decode.
//!
//! Invariants
//! - Nothing is decoded that is longer than its named limit, and nothing with bytes left over.
//! - Decoding cannot panic and allocates no more than a small multiple of what came: the headers in short
//!   of a batch are restored, each to at most [`limits::HEADER_BYTES_MAX`].

pub mod limits;

use minicbor::{Decode, Encode};

/// Bytes that are not what they should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// Longer than the limit for its kind.
    #[error("{bytes} bytes where at most {limit} are allowed")]
    TooLong {
        /// Length seen.
        bytes: usize,
        /// Length allowed.
        limit: usize,
    },
    /// Not the expected CBOR.
    #[error("malformed: {0}")]
    Malformed(String),
    /// Well-formed, with bytes after its end.
    #[error("{0} bytes after the end")]
    Trailing(usize),
}

/// Decodes exactly one `T` from all of `bytes`, which may be no longer than `limit`.
///
/// # Errors
/// [`DecodeError`] if too long, malformed, or followed by anything.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8], limit: usize) -> Result<T, DecodeError> {
    if bytes.len() > limit {
        return Err(DecodeError::TooLong {
            bytes: bytes.len(),
            limit,
        });
    }
    let mut decoder = minicbor::Decoder::new(bytes);
    let value = decoder
        .decode()
        .map_err(|error| DecodeError::Malformed(error.to_string()))?;
    let trailing = bytes.len().saturating_sub(decoder.position());
    if trailing > 0 {
        return Err(DecodeError::Trailing(trailing));
    }
    Ok(value)
}

/// Decodes what can be written in one way alone, so that nobody on its way can add or change anything that
/// is bound by nothing.
///
/// # Errors
/// As [`decode`], and where it is written otherwise, or has fields that are not known.
pub fn decode_canonical<'b, T: Decode<'b, ()> + Encode<()>>(
    bytes: &'b [u8],
    limit: usize,
) -> Result<T, DecodeError> {
    let value = decode(bytes, limit)?;
    if encode(&value) == bytes {
        Ok(value)
    } else {
        Err(DecodeError::Malformed("not written as it is".to_owned()))
    }
}

/// Refuses more parts than there may be.
///
/// # Errors
/// [`DecodeError::TooLong`].
pub(crate) const fn check_count(count: usize, limit: usize) -> Result<(), DecodeError> {
    if count > limit {
        return Err(DecodeError::TooLong {
            bytes: count,
            limit,
        });
    }
    Ok(())
}

/// Encodes a value of ours.
#[must_use]
pub fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    #[expect(
        clippy::expect_used,
        reason = "a Vec takes every write, and no Encode here errs"
    )]
    minicbor::to_vec(value).expect("encoding into a Vec succeeds")
}

/// A map of at most 22 fields with one more that nobody knows, so that it takes `length` bytes.
#[cfg(test)]
pub(crate) fn padded(map: &[u8], length: usize) -> Vec<u8> {
    let padding = length - map.len() - 4;
    let [high, low] = u16::try_from(padding).unwrap().to_be_bytes();
    let padded = [
        &[map[0] + 1],
        &map[1..],
        &[22, 0x59, high, low],
        &vec![0; padding],
    ]
    .concat();
    assert_eq!(padded.len(), length);
    padded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_itself_decodes_and_one_more_byte_does_not() {
        let bytes = encode(&minicbor::bytes::ByteVec::from(vec![7; 20]));
        assert!(decode::<minicbor::bytes::ByteVec>(&bytes, bytes.len()).is_ok());
        assert_eq!(
            decode::<minicbor::bytes::ByteVec>(&bytes, bytes.len() - 1),
            Err(DecodeError::TooLong {
                bytes: bytes.len(),
                limit: bytes.len() - 1
            })
        );
    }

    #[test]
    fn bytes_after_the_end_are_refused() {
        assert_eq!(decode::<u8>(&[1, 2], 10), Err(DecodeError::Trailing(1)));
    }
}
