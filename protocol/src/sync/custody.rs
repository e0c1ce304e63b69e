//! Custody: a promise, made inside a session, to keep an envelope that the other side sealed or brought.

use minicbor::{Decode, Encode};

use crate::id::EnvelopeId;

/// Promises that one message makes.
pub const CUSTODIES_TOLD_MAX: usize = 512;

/// That whoever says this keeps an envelope, durably.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Custody {
    /// Which.
    #[n(0)]
    pub envelope: EnvelopeId,
    /// For how many hours from now on.
    #[n(1)]
    pub hours: u16,
}
