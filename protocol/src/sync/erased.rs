//! Which operations of one actor are held without a body.
//!
//! Invariants
//! - Ascending, without repetition, at most [`ERASED_LISTED_MAX`]; the lowest go first, because
//!   receipts that listed them were sent long before.

use minicbor::{Decode, Encode};

use crate::wire::limits::ERASED_LISTED_MAX;

/// Sequence numbers of bodiless operations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
#[cbor(transparent)]
pub struct Erased(#[n(0)] Vec<u64>);

impl Erased {
    /// Lists `seq`.
    pub fn insert(&mut self, seq: u64) {
        if let Err(place) = self.0.binary_search(&seq) {
            self.0.insert(place, seq);
        }
        if self.0.len() > ERASED_LISTED_MAX {
            self.0.remove(0);
        }
    }

    /// Whether `seq` is listed.
    #[must_use]
    pub fn contains(&self, seq: u64) -> bool {
        self.0.binary_search(&seq).is_ok()
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u64> + '_ {
        self.0.iter().copied()
    }

    /// Whether this could have been made by [`Self::insert`]: what peers send is checked by it.
    #[must_use]
    pub fn is_normal(&self) -> bool {
        self.0.len() <= ERASED_LISTED_MAX && self.0.is_sorted_by(|one, next| one < next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_holds_and_one_more_drops_the_lowest() {
        let mut erased = Erased::default();
        let limit = u64::try_from(ERASED_LISTED_MAX).unwrap();
        (1..=limit).for_each(|seq| erased.insert(seq));
        assert!(erased.is_normal() && erased.contains(1));
        erased.insert(limit + 1);
        assert!(erased.is_normal() && !erased.contains(1) && erased.contains(2));
    }

    #[test]
    fn what_a_peer_may_not_send_is_not_normal() {
        assert!(!Erased(vec![2, 1]).is_normal());
        assert!(!Erased(vec![1, 1]).is_normal());
        assert!(!Erased((0..=u64::try_from(ERASED_LISTED_MAX).unwrap()).collect()).is_normal());
    }
}
