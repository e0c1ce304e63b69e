//! What goes first: the priority that an envelope asks carriers for.
//!
//! Invariants
//! - Whatever a peer's byte is, it is a priority: those without a name here go after those with one.

use minicbor::{Decode, Encode};

/// How urgent an envelope is to whoever carries it; the lowest goes before all, and the highest makes room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Priority(#[n(0)] u8);

impl Priority {
    /// Of what keeps the mail of two devices going: receipts, pair news, and that something is to be sealed again.
    pub const FIRST: Self = Self(0);
    /// Of messages that go before others, of what makes messages readable, and of pairings.
    pub const URGENT: Self = Self(1);
    /// Of messages.
    pub const USUAL: Self = Self(2);

    /// Wraps the byte that travels.
    #[must_use]
    pub const fn new(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte that travels.
    #[must_use]
    pub const fn byte(self) -> u8 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire;

    #[test]
    fn any_byte_is_a_priority_and_travels_as_that_number() {
        for byte in 0..=u8::MAX {
            let bytes = wire::encode(&byte);
            assert_eq!(wire::encode(&Priority::new(byte)), bytes);
            let read: Priority = wire::decode(&bytes, bytes.len()).unwrap();
            assert_eq!(read.byte(), byte);
        }
        assert!(wire::decode::<Priority>(&wire::encode(&256_u16), 3).is_err());
    }

    #[test]
    fn what_has_no_name_goes_after_all_that_has_one() {
        let named = [Priority::FIRST, Priority::URGENT, Priority::USUAL];
        assert_eq!(named.map(Priority::byte), [0, 1, 2]);
        assert!(named.is_sorted());
        assert!(Priority::USUAL < Priority::new(3));
    }
}
