//! Padding: what is signed, its length, and zeros up to where the whole envelope has a size of envelopes.
//!
//! ```text
//! plaintext   signature | payload length | payload | zeros up to the size class
//! ```

use zeroize::Zeroizing;

use crate::envelope::{EnvelopeError, Fields, Header, PAYLOAD_BYTES_MAX, SIZE_CLASSES_BYTES};
use crate::identity::keys::SIGNATURE_BYTES;
use crate::wire;

const LENGTH_BYTES: usize = 4;
/// From here on CBOR lengths up to the largest envelope take equally many bytes.
const SAMPLE_BYTES: usize = 256;

/// The plaintext that makes the whole envelope as large as its class. `overhead` is by how much
/// encryption makes it longer; `ciphertext` gives the envelope's ciphertext around a message.
///
/// # Errors
/// [`EnvelopeError::TooLarge`].
pub(crate) fn pad(
    header: &Header,
    overhead: usize,
    ciphertext: impl FnOnce(Vec<u8>) -> Vec<u8>,
    signature: &[u8; SIGNATURE_BYTES],
    payload: &[u8],
) -> Result<Zeroizing<Vec<u8>>, EnvelopeError> {
    let too_large = || EnvelopeError::TooLarge {
        bytes: payload.len(),
        bytes_max: PAYLOAD_BYTES_MAX,
    };
    if payload.len() > PAYLOAD_BYTES_MAX {
        return Err(too_large());
    }
    let sample = ciphertext(vec![0; SAMPLE_BYTES]);
    let sample = wire::encode(&Fields::new(header, sample)).len();
    let around = sample.saturating_sub(SAMPLE_BYTES).saturating_add(overhead);
    let least = around
        .saturating_add(SIGNATURE_BYTES + LENGTH_BYTES)
        .saturating_add(payload.len());
    let class = SIZE_CLASSES_BYTES.into_iter().find(|class| *class >= least);
    let padded = class.ok_or_else(too_large)?.saturating_sub(around);
    let length = u32::try_from(payload.len()).map_err(|_| too_large())?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(padded));
    plaintext.extend_from_slice(signature);
    plaintext.extend_from_slice(&length.to_le_bytes());
    plaintext.extend_from_slice(payload);
    plaintext.resize(padded, 0);
    Ok(plaintext)
}

/// Signature and payload of what [`pad`] made; nothing where the rest is not zeros.
pub(crate) fn unpad(plaintext: &[u8]) -> Option<([u8; SIGNATURE_BYTES], Zeroizing<Vec<u8>>)> {
    let (signature, rest) = plaintext.split_first_chunk::<SIGNATURE_BYTES>()?;
    let (length, rest) = rest.split_first_chunk::<LENGTH_BYTES>()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (payload, padding) = rest.split_at_checked(length)?;
    padding
        .iter()
        .all(|byte| *byte == 0)
        .then(|| (*signature, Zeroizing::new(payload.to_vec())))
}
