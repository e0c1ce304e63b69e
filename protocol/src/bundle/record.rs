//! What a bundle holds: envelopes with what travels beside them, and purges.
//!
//! Invariants
//! - Age only grows: what is less than a second counts as one.
//! - What a record says beside an envelope is its writer's word, and limits of carrying are the carrier's to hold.

use std::time::Duration;

use crate::envelope::{Envelope, EnvelopeError};

/// The kind of what is no record: the index.
pub(super) const INDEX: u8 = 0;
const ENVELOPE: u8 = 1;
const PURGE: u8 = 2;
/// Bytes beside an envelope: age, hops, copies.
pub(super) const BESIDE_BYTES: usize = 6;

/// An envelope with what travels beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundled {
    envelope: Envelope,
    age_seconds: u32,
    hops: u8,
    copies: u8,
}

impl Bundled {
    /// An envelope that has been carried for so long, through so many carriers, and may be passed on to so many
    /// strangers.
    #[must_use]
    pub fn new(envelope: Envelope, age: Duration, hops: u8, copies: u8) -> Self {
        let part = u64::from(age.subsec_nanos() > 0);
        let seconds = age.as_secs().saturating_add(part);
        Self {
            envelope,
            age_seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
            hops,
            copies,
        }
    }

    /// The envelope.
    #[must_use]
    pub const fn envelope(&self) -> &Envelope {
        &self.envelope
    }

    /// How long it has been carried, in whole seconds.
    #[must_use]
    pub fn age(&self) -> Duration {
        Duration::from_secs(self.age_seconds.into())
    }

    /// Through how many carriers it came.
    #[must_use]
    pub const fn hops(&self) -> u8 {
        self.hops
    }

    /// To how many strangers it may be passed on.
    #[must_use]
    pub const fn copies(&self) -> u8 {
        self.copies
    }
}

/// One record of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Record {
    /// An envelope.
    Envelope(Bundled),
    /// The preimage of a purge hash: carriers drop what has that hash.
    Purge([u8; 32]),
}

/// Why a body is no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum BodyError {
    Malformed,
    Envelope(EnvelopeError),
}

impl Record {
    pub(super) const fn kind(&self) -> u8 {
        match self {
            Self::Envelope(_) => ENVELOPE,
            Self::Purge(_) => PURGE,
        }
    }

    /// How many bytes [`Self::write_body`] writes.
    pub(super) fn body_bytes(&self) -> usize {
        match self {
            Self::Envelope(bundled) => {
                let bytes = bundled.envelope.as_bytes().len();
                bytes.saturating_add(BESIDE_BYTES)
            }
            Self::Purge(preimage) => preimage.len(),
        }
    }

    pub(super) fn write_body(&self, out: &mut Vec<u8>) {
        match self {
            Self::Envelope(bundled) => {
                out.extend(bundled.age_seconds.to_be_bytes());
                out.extend([bundled.hops, bundled.copies]);
                out.extend(bundled.envelope.as_bytes());
            }
            Self::Purge(preimage) => out.extend(preimage),
        }
    }

    /// Reads a body. Nothing if it is of a kind, or holds an envelope of a version, that is not known here: later
    /// programs may add these, and what else is in the bundle is none the worse.
    pub(super) fn read(kind: u8, body: &[u8]) -> Result<Option<Self>, BodyError> {
        match kind {
            ENVELOPE => bundled(body).map(|bundled| bundled.map(Self::Envelope)),
            PURGE => {
                let preimage = body.try_into().map_err(|_| BodyError::Malformed)?;
                Ok(Some(Self::Purge(preimage)))
            }
            _ => Ok(None),
        }
    }
}

fn bundled(body: &[u8]) -> Result<Option<Bundled>, BodyError> {
    let (beside, envelope) = body
        .split_first_chunk::<BESIDE_BYTES>()
        .ok_or(BodyError::Malformed)?;
    let [age @ .., hops, copies] = *beside;
    let envelope = match Envelope::from_bytes(envelope) {
        Ok(envelope) => envelope,
        Err(EnvelopeError::Version(_)) => return Ok(None),
        Err(error) => return Err(BodyError::Envelope(error)),
    };
    Ok(Some(Bundled {
        envelope,
        age_seconds: u32::from_be_bytes(age),
        hops,
        copies,
    }))
}
