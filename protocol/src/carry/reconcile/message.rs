//! What the two sides of a reconciliation say: queries about spans, and a verdict on each.
//!
//! Invariants
//! - What is read here can be: sums of as many parts as a span has, few places, which ascend and lie in their span.
//! - No message that is written here is longer than [`RECONCILE_BYTES_MAX`].

use minicbor::bytes::ByteArray;
use minicbor::decode::{Decoder, Error};
use minicbor::encode::{self, Encoder, Write};
use minicbor::{Decode, Encode};

use super::held::{Place, Span};
use super::{
    ASKED_MAX, DEPTH_MAX, IDS_MAX, PARTS_BITS_MAX, PLACES_MAX, RECONCILE_BYTES_MAX, ReconcileError,
    SALT_BYTES,
};
use crate::id::EnvelopeId;
use crate::wire;

/// What of a message is there for what is asked or for verdicts: all but salt, map and the length of the list.
pub(super) const ROOM_BYTES: usize = RECONCILE_BYTES_MAX - 64;
/// What each part of a query and each verdict takes beside its numbers and ids, at most.
const AROUND_BYTES: usize = 24;

/// Numbers of 64 bits, in one byte string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Numbers(pub(super) Vec<u64>);

impl<C> Encode<C> for Numbers {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let bytes: Vec<u8> = self
            .0
            .iter()
            .flat_map(|number| number.to_be_bytes())
            .collect();
        encoder.bytes(&bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Numbers {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let (numbers, rest) = decoder.bytes()?.as_chunks();
        if !rest.is_empty() {
            return Err(Error::message("part of a number"));
        }
        Ok(Self(
            numbers.iter().copied().map(u64::from_be_bytes).collect(),
        ))
    }
}

/// Ids, in one byte string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Ids(pub(super) Vec<EnvelopeId>);

impl<C> Encode<C> for Ids {
    fn encode<W: Write>(
        &self,
        encoder: &mut Encoder<W>,
        _: &mut C,
    ) -> Result<(), encode::Error<W::Error>> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|id| *id.as_bytes()).collect();
        encoder.bytes(&bytes)?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Ids {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        let (ids, rest) = decoder.bytes()?.as_chunks();
        if !rest.is_empty() {
            return Err(Error::message("part of an id"));
        }
        Ok(Self(ids.iter().copied().map(EnvelopeId::new).collect()))
    }
}

/// What is asked of a span.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Asked {
    /// In which of its equal parts the other side has another sum than these.
    #[n(0)]
    Sums(#[n(0)] Span, #[n(1)] Numbers),
    /// What the other side holds beside what is at these places, and at which of them it holds nothing.
    #[n(1)]
    Places(#[n(0)] Span, #[n(1)] Numbers),
}

impl Asked {
    pub(super) const fn span(&self) -> Span {
        match self {
            Self::Sums(span, _) | Self::Places(span, _) => *span,
        }
    }

    pub(super) const fn bytes_max(&self) -> usize {
        match self {
            Self::Sums(_, numbers) | Self::Places(_, numbers) => room_for(numbers, 0),
        }
    }

    fn can_be(&self) -> bool {
        match self {
            Self::Sums(span, Numbers(sums)) => {
                parts_bits(sums).is_some_and(|bits| span.depth().saturating_add(bits) <= DEPTH_MAX)
            }
            Self::Places(span, Numbers(places)) => {
                places.len() <= PLACES_MAX
                    && places.is_sorted_by(|a, b| a < b)
                    && places.iter().all(|place| span.contains(*place))
            }
        }
    }
}

/// Into how many parts, as a power of two, a span was divided whose parts have these sums.
pub(super) const fn parts_bits(sums: &[u64]) -> Option<u32> {
    let count = sums.len();
    if count < 2 || !count.is_power_of_two() || count.ilog2() > PARTS_BITS_MAX {
        return None;
    }
    Some(count.ilog2())
}

const fn room_for(numbers: &Numbers, ids: usize) -> usize {
    let of_numbers = numbers.0.len().saturating_mul(size_of::<Place>());
    let of_ids = ids.saturating_mul(EnvelopeId::BYTES);
    AROUND_BYTES
        .saturating_add(of_numbers)
        .saturating_add(of_ids)
}

/// A message of the side that asks.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Query {
    /// In the first alone.
    #[n(0)]
    pub(super) salt: Option<ByteArray<SALT_BYTES>>,
    #[n(1)]
    pub(super) asked: Vec<Asked>,
}

impl Query {
    pub(super) fn read(message: &[u8]) -> Result<Self, ReconcileError> {
        let query: Self = wire::decode(message, RECONCILE_BYTES_MAX)?;
        wire::check_count(query.asked.len(), ASKED_MAX)?;
        if query.asked.is_empty() || !query.asked.iter().all(Asked::can_be) {
            return Err(ReconcileError::Query);
        }
        Ok(query)
    }
}

/// What the side that answers says of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(super) enum Verdict {
    /// Of sums: the parts that differ; the lowest bit is the first.
    #[n(0)]
    Differ(#[n(0)] u64),
    /// Of places: what is held beside them, ascending by place; and those where nothing is held.
    #[n(1)]
    Listed(#[n(0)] Ids, #[n(1)] Numbers),
    /// Of places: too much to say at once; the parts are to be asked for.
    #[n(2)]
    Many,
}

impl Verdict {
    pub(super) const fn bytes_max(&self) -> usize {
        match self {
            Self::Differ(_) | Self::Many => AROUND_BYTES,
            Self::Listed(Ids(ids), lacking) => room_for(lacking, ids.len()),
        }
    }

    const fn can_be(&self) -> bool {
        match self {
            Self::Differ(_) | Self::Many => true,
            Self::Listed(Ids(ids), Numbers(lacking)) => {
                ids.len() <= IDS_MAX && lacking.len() <= PLACES_MAX
            }
        }
    }
}

/// A message of the side that answers: verdicts on what was asked first, in that order, as many as fit.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Verdicts {
    #[n(0)]
    pub(super) all: Vec<Verdict>,
}

impl Verdicts {
    pub(super) fn read(message: &[u8]) -> Result<Self, ReconcileError> {
        let verdicts: Self = wire::decode(message, RECONCILE_BYTES_MAX)?;
        wire::check_count(verdicts.all.len(), ASKED_MAX)?;
        if verdicts.all.is_empty() || !verdicts.all.iter().all(Verdict::can_be) {
            return Err(ReconcileError::Verdict);
        }
        Ok(verdicts)
    }
}
