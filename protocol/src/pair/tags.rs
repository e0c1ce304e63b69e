//! Tags: by which the two ends find each other's envelopes, and nobody else can tell two apart from
//! any others.
//!
//! Invariants
//! - Counters begin at 1 and no clock is in them.
//! - A sender is never further ahead of what it knows to have come than the recipient looks.

use minicbor::{Decode, Encode};
use zeroize::{Zeroize as _, Zeroizing};

use crate::domain::Domain;
use crate::id::{DeviceId, SenderChainId, Tag};
use crate::identity::keys::KEY_BYTES;

/// Bytes from one tag to the next.
const TAG_LENGTH: u64 = 16;
/// How far past the highest counter seen, and how far below it, an envelope is found.
pub const TAG_WINDOW: u64 = 64;

/// The tags of one device's envelopes to another under one secret.
pub struct TagKey(Zeroizing<[u8; KEY_BYTES]>);

impl TagKey {
    /// Of envelopes that go `from` one device `to` another.
    #[must_use]
    pub fn new(secret: &[u8; KEY_BYTES], from: DeviceId, to: DeviceId) -> Self {
        Self(Domain::TagKey.derive(&[secret, from.as_bytes(), to.as_bytes()]))
    }

    /// Of a chain that `owner` writes. Whoever reads it knows its key, and the keys of introductions: so
    /// no chain that they hand over themselves has a tag of anybody else's.
    pub(crate) fn of_chain(
        key: &Zeroizing<[u8; KEY_BYTES]>,
        owner: DeviceId,
        chain: SenderChainId,
    ) -> Self {
        Self(Domain::TagKey.derive(&[key.as_ref(), owner.as_bytes(), chain.as_bytes()]))
    }

    /// The tag with this number.
    #[must_use]
    pub fn tag(&self, counter: u64) -> Tag {
        self.tags().tag(counter)
    }

    /// All tags, each at little cost.
    pub(crate) fn tags(&self) -> Tags {
        Tags(Domain::Tag.output(&[self.0.as_ref()]))
    }
}

/// The tags of one key: what BLAKE3 puts out for it, in pieces of a tag's length. Erased when dropped.
pub(crate) struct Tags(blake3::OutputReader);

impl Tags {
    /// The tag with this number.
    pub(crate) fn tag(&mut self, counter: u64) -> Tag {
        let mut tag = [0; Tag::BYTES];
        // No counter comes near the end of the output: a sender counts from 1.
        self.0.set_position(counter.wrapping_mul(TAG_LENGTH));
        self.0.fill(&mut tag);
        Tag::new(tag)
    }
}

impl Drop for Tags {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl std::fmt::Debug for TagKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TagKey(..)")
    }
}

/// Counters that a sender has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Sent {
    #[n(0)]
    last: u64,
    /// The highest that is known to have come.
    #[n(1)]
    acknowledged: u64,
}

impl Sent {
    /// The next counter, if the recipient looks so far.
    pub(super) fn next(&mut self) -> Option<u64> {
        let next = self.last.checked_add(1)?;
        if next > self.acknowledged.saturating_add(TAG_WINDOW) {
            return None;
        }
        self.last = next;
        Some(next)
    }

    /// Hears the highest counter that the recipient has seen; one that was never used counts for nothing.
    pub(super) fn acknowledge(&mut self, highest: u64) {
        if highest <= self.last {
            self.acknowledged = self.acknowledged.max(highest);
        }
    }

    /// How many more can be used before one is known to have come.
    pub(super) const fn left(self) -> u64 {
        TAG_WINDOW.saturating_sub(self.under_way())
    }

    /// Those used that are not known to have come.
    pub(super) const fn under_way(self) -> u64 {
        self.last.saturating_sub(self.acknowledged)
    }

    /// The last counter used; 0: none.
    pub(super) const fn last(self) -> u64 {
        self.last
    }
}

/// Counters that a recipient has seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub(crate) struct Seen {
    #[n(0)]
    highest: u64,
    /// Bit n: whether `highest - n` was seen.
    #[n(1)]
    below: u64,
}

impl Seen {
    /// The highest seen, or that the other is known to have used; 0: none.
    pub(crate) fn highest(&self) -> u64 {
        self.highest
    }

    /// Notes one of those awaited.
    pub(crate) fn note(&mut self, counter: u64) {
        if let Some(beyond) = counter.checked_sub(self.highest).filter(|ahead| *ahead > 0) {
            let beyond = u32::try_from(beyond).unwrap_or(u32::MAX);
            self.below = self.below.checked_shl(beyond).unwrap_or(0) | 1;
            self.highest = counter;
        } else {
            let back = u32::try_from(self.highest.saturating_sub(counter)).unwrap_or(u32::MAX);
            self.below |= 1_u64.checked_shl(back).unwrap_or(0);
        }
    }

    /// Looks as far as the other is known to have gone. What lies not too far below may still come.
    pub(crate) fn advance(&mut self, last: u64) -> bool {
        let Some(ahead) = last.checked_sub(self.highest).filter(|ahead| *ahead > 0) else {
            return false;
        };
        let ahead = u32::try_from(ahead).unwrap_or(u32::MAX);
        self.below = self.below.checked_shl(ahead).unwrap_or(0);
        self.highest = last;
        true
    }

    /// Those that may still come, ascending.
    pub(crate) fn awaited(self) -> impl Iterator<Item = u64> {
        let lowest = self
            .highest
            .saturating_sub(TAG_WINDOW.saturating_sub(1))
            .max(1);
        let last = self.highest.saturating_add(TAG_WINDOW);
        (lowest..=last).filter(move |counter| !self.has(*counter))
    }

    fn has(&self, counter: u64) -> bool {
        let back = self.highest.checked_sub(counter);
        let back = back.and_then(|back| u32::try_from(back).ok());
        back.and_then(|back| self.below.checked_shr(back))
            .is_some_and(|bits| bits & 1 == 1)
    }
}
