//! Tiers: for whom an envelope is kept, and how much room each has.

use minicbor::{Decode, Encode};

/// For whom an envelope is kept; what is last goes first when there is no room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub enum Tier {
    /// Sealed by this device. Never dropped for want of room.
    #[n(0)]
    Own,
    /// Sealed by a contact's device, or at least brought by one that nobody brought it to.
    #[n(1)]
    Contact,
    /// Brought by a contact's device, to whom others had brought it.
    #[n(2)]
    Friend,
    /// Brought by anybody else, or in a bundle.
    #[n(3)]
    Stranger,
}

/// Into how many parts the room for what others bring is divided.
const PARTS: u8 = 10;
/// How many of them are for what contacts seal.
const CONTACT_PARTS: u8 = 6;
/// How many of them are for what contacts were brought.
const FRIEND_PARTS: u8 = 3;
/// How many of them are for what anybody else brings.
const STRANGER_PARTS: u8 = 1;

impl Tier {
    /// All of them, the nearest first.
    pub const ALL: [Self; 4] = [Self::Own, Self::Contact, Self::Friend, Self::Stranger];

    /// How many of [`PARTS`] are for this tier; absent: as much as there is.
    const fn parts(self) -> Option<u8> {
        match self {
            Self::Own => None,
            Self::Contact => Some(CONTACT_PARTS),
            Self::Friend => Some(FRIEND_PARTS),
            Self::Stranger => Some(STRANGER_PARTS),
        }
    }
}

/// Who brought an envelope, as far as a carrier keeps it: by it what one of them brings is counted, and nobody
/// can tell from it who that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Depositor([u8; 8]);

impl Depositor {
    /// This device itself.
    pub const OWN: Self = Self([0; 8]);

    /// Wraps what tells depositors apart.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// What tells depositors apart.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of all that others brought, in all.
    pub bytes: u64,
    /// Envelopes of all that others brought, in all.
    pub envelopes: usize,
    /// Bytes that one depositor brought of each tier.
    pub depositor_bytes: u64,
    /// Envelopes that one depositor brought of each tier.
    pub depositor_envelopes: usize,
}

impl Quotas {
    /// Those of a device that carries by the way.
    pub const FRIENDLY: Self = Self {
        bytes: 256 * 1024 * 1024,
        envelopes: 65_536,
        depositor_bytes: 10 * 1024 * 1024,
        depositor_envelopes: 4_096,
    };

    /// Those of a mailbox: a device that is there to carry.
    pub const MAILBOX: Self = Self {
        bytes: 2 * 1024 * 1024 * 1024,
        envelopes: 262_144,
        depositor_bytes: 128 * 1024 * 1024,
        depositor_envelopes: 32_768,
    };

    /// How many bytes of a tier there may be.
    #[must_use]
    pub fn bytes_of(&self, tier: Tier) -> u64 {
        let part = self.bytes / u64::from(PARTS);
        tier.parts()
            .map_or(u64::MAX, |parts| part * u64::from(parts))
    }

    /// How many envelopes of a tier there may be.
    #[must_use]
    pub fn envelopes_of(&self, tier: Tier) -> usize {
        let part = self.envelopes / usize::from(PARTS);
        tier.parts()
            .map_or(usize::MAX, |parts| part * usize::from(parts))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tiers_of_others_share_all_the_room_there_is_and_our_own_has_no_limit() {
        let parts = Tier::ALL.iter().filter_map(|tier| tier.parts());
        assert_eq!(parts.sum::<u8>(), PARTS);
        let quotas = Quotas {
            bytes: 1_009,
            envelopes: 109,
            ..Quotas::FRIENDLY
        };
        let bytes = Tier::ALL.map(|tier| quotas.bytes_of(tier));
        assert_eq!(bytes, [u64::MAX, 600, 300, 100]);
        let envelopes = Tier::ALL.map(|tier| quotas.envelopes_of(tier));
        assert_eq!(envelopes, [usize::MAX, 60, 30, 10]);
    }
}
