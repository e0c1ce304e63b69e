//! What one side holds, as it was when a reconciliation began, each id at a place that the reconciliation's salt gives it.
//!
//! Invariants
//! - Nobody who does not know the salt can tell where an id will be, or which ids would have a given sum.
//! - The sum of a span costs two searches, however much lies in it.

use std::ops::Range;

use minicbor::decode::{Decoder, Error};
use minicbor::{Decode, Encode};

use super::{DEPTH_MAX, SALT_BYTES};
use crate::domain::Domain;
use crate::id::EnvelopeId;

/// Where an id is in a reconciliation: the beginning of its hash under a key that the salt gives.
pub(super) type Place = u64;

/// Places with one beginning. All of them are span 1, and span n is halved into 2n and 2n + 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode)]
#[cbor(transparent)]
pub(super) struct Span(#[n(0)] u64);

impl Span {
    /// All places.
    pub(super) const ALL: Self = Self(1);

    /// The span of that number, if there is one.
    pub(super) const fn new(number: u64) -> Option<Self> {
        if number == 0 || number.ilog2() > DEPTH_MAX {
            return None;
        }
        Some(Self(number))
    }

    /// How many bits its places have in common.
    pub(super) const fn depth(self) -> u32 {
        self.0.ilog2()
    }

    /// Its 2^`bits` equal parts, ascending; nothing if it cannot be divided so far.
    pub(super) fn parts(self, bits: u32) -> Option<impl DoubleEndedIterator<Item = Self>> {
        let is_span = bits <= DEPTH_MAX && self.depth().saturating_add(bits) <= DEPTH_MAX;
        let parts = is_span.then(|| (self.0 << bits, 1_u64 << bits));
        parts.map(|(first, count)| (first..first.saturating_add(count)).map(Self))
    }

    /// Whether a place is one of it.
    pub(super) fn contains(self, place: Place) -> bool {
        (self.first()..=self.last()).contains(&place)
    }

    fn first(self) -> Place {
        // Shifted out: the bit that stands before those in common.
        self.0
            .checked_shl(u64::BITS.saturating_sub(self.depth()))
            .unwrap_or(0)
    }

    fn last(self) -> Place {
        self.first() | (u64::MAX >> self.depth())
    }
}

impl<'b, C> Decode<'b, C> for Span {
    fn decode(decoder: &mut Decoder<'b>, _: &mut C) -> Result<Self, Error> {
        Self::new(decoder.u64()?).ok_or_else(|| Error::message("no span"))
    }
}

/// The ids of one side, by their places.
#[derive(Debug)]
pub(super) struct HeldPlaces {
    key: [u8; 32],
    ids: Vec<(Place, EnvelopeId)>,
    /// Of all ids before each.
    sums: Vec<u64>,
}

impl HeldPlaces {
    pub(super) fn new(salt: &[u8; SALT_BYTES], ids: impl IntoIterator<Item = EnvelopeId>) -> Self {
        let key = Domain::Reconciliation.hash(&[salt]);
        let ids = ids.into_iter().map(|id| (place(&key, &id), id));
        let mut ids: Vec<_> = ids.collect();
        ids.sort_unstable();
        ids.dedup();
        let mut sum = 0_u64;
        let mut sums = Vec::with_capacity(ids.len().saturating_add(1));
        sums.push(sum);
        for (place, _) in &ids {
            sum = sum.wrapping_add(*place);
            sums.push(sum);
        }
        Self { key, ids, sums }
    }

    /// Where an id is, held or not.
    pub(super) fn place(&self, id: &EnvelopeId) -> Place {
        place(&self.key, id)
    }

    /// What is in a span, ascending by place.
    pub(super) fn within(&self, span: Span) -> &[(Place, EnvelopeId)] {
        self.ids.get(self.range(span)).unwrap_or_default()
    }

    /// The sum of the places in a span, by which two sides compare it.
    pub(super) fn sum(&self, span: Span) -> u64 {
        let range = self.range(span);
        let before = |index: usize| self.sums.get(index).copied().unwrap_or_default();
        before(range.end).wrapping_sub(before(range.start))
    }

    fn range(&self, span: Span) -> Range<usize> {
        let start = self.ids.partition_point(|(place, _)| *place < span.first());
        let end = self.ids.partition_point(|(place, _)| *place <= span.last());
        start..end
    }
}

fn place(key: &[u8; 32], id: &EnvelopeId) -> Place {
    let hash = blake3::keyed_hash(key, id.as_bytes());
    u64::from_be_bytes(crate::domain::prefix(*hash.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_span_are_all_of_it_and_lie_side_by_side() {
        for (number, bits) in [(1, 1), (1, 6), (0b1_0110, 4), (1 << 56, 4), (1 << 59, 1)] {
            let span = Span::new(number).unwrap();
            let parts: Vec<Span> = span.parts(bits).unwrap().collect();
            assert_eq!(parts.len(), 1 << bits);
            assert_eq!(parts[0].first(), span.first());
            assert_eq!(parts.last().unwrap().last(), span.last());
            for pair in parts.windows(2) {
                assert_eq!(pair[0].last() + 1, pair[1].first());
            }
        }
        assert_eq!((Span::ALL.first(), Span::ALL.last()), (0, u64::MAX));
    }

    #[test]
    fn a_span_of_the_greatest_depth_is_one_and_a_deeper_one_is_none() {
        let deepest = Span::new(1 << DEPTH_MAX).unwrap();
        assert_eq!(deepest.depth(), DEPTH_MAX);
        assert!(deepest.parts(1).is_none());
        assert_eq!(Span::new(1 << (DEPTH_MAX + 1)), None);
        assert_eq!(Span::new(u64::MAX), None);
        assert_eq!(Span::new(0), None);
        assert!(Span::ALL.parts(DEPTH_MAX + 1).is_none());
        assert!(Span::ALL.parts(u32::MAX).is_none());
    }

    #[test]
    fn sums_of_parts_add_up_to_that_of_the_whole_and_what_is_told_twice_counts_once() {
        let ids = (0..100_u8).map(|n| EnvelopeId::new([n; 32]));
        let held = HeldPlaces::new(&[1; SALT_BYTES], ids.clone().chain(ids));
        assert_eq!(held.within(Span::ALL).len(), 100);
        let parts = Span::ALL.parts(4).unwrap();
        let sum = parts.fold(0_u64, |sum, part| sum.wrapping_add(held.sum(part)));
        assert_eq!(sum, held.sum(Span::ALL));
        let other = HeldPlaces::new(&[2; SALT_BYTES], [EnvelopeId::new([0; 32])]);
        assert_ne!(
            other.place(&EnvelopeId::new([0; 32])),
            held.place(&EnvelopeId::new([0; 32]))
        );
    }
}
