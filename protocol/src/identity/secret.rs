//! Secrets in CBOR: erased on drop at either end.

use minicbor::Encode;
use minicbor::decode::{self, Decoder};
use minicbor::encode::{self, Encoder, Write};
use zeroize::Zeroizing;

/// Encodes a value that holds secrets. `capacity` must be no less than what it takes, lest growth
/// leaves copies behind.
#[expect(
    clippy::expect_used,
    reason = "a Vec takes every write, and no Encode here errs"
)]
pub(crate) fn encode_all<T: Encode<()>>(value: &T, capacity: usize) -> Zeroizing<Vec<u8>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(capacity));
    minicbor::encode(value, &mut *bytes).expect("encoding into a Vec succeeds");
    debug_assert!(
        bytes.len() <= capacity,
        "{} bytes outgrew their buffer",
        bytes.len()
    );
    bytes
}

/// Encodes one secret as a byte string.
pub(crate) fn encode<C, W: Write, const N: usize>(
    secret: &Zeroizing<[u8; N]>,
    encoder: &mut Encoder<W>,
    _: &mut C,
) -> Result<(), encode::Error<W::Error>> {
    encoder.bytes(secret.as_ref())?.ok()
}

/// Decodes one secret from a byte string.
pub(crate) fn decode<C, const N: usize>(
    decoder: &mut Decoder<'_>,
    _: &mut C,
) -> Result<Zeroizing<[u8; N]>, decode::Error> {
    let bytes = decoder.bytes()?;
    if bytes.len() != N {
        return Err(decode::Error::message("secret of the wrong length"));
    }
    let mut secret = Zeroizing::new([0; N]);
    secret.copy_from_slice(bytes);
    Ok(secret)
}
