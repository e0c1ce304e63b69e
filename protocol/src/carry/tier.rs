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

impl Tier {
    /// All of them, the nearest first.
    pub const ALL: [Self; 4] = [Self::Own, Self::Contact, Self::Friend, Self::Stranger];
}

/// Who brought an envelope, as far as a carrier keeps it: by it what one of them brings is counted, and nobody
/// can tell from it who that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Depositor([u8; 8]);

impl Depositor {
    /// This device itself.
    pub const OWN: Self = Self([0; 8]);
    /// Whoever brought a bundle.
    pub const BUNDLE: Self = Self([u8::MAX; 8]);

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
    pub const fn bytes_of(&self, tier: Tier) -> u64 {
        match tier {
            Tier::Own => u64::MAX,
            Tier::Contact => self.bytes / 10 * 6,
            Tier::Friend => self.bytes / 10 * 3,
            Tier::Stranger => self.bytes / 10,
        }
    }

    /// How many envelopes of a tier there may be.
    #[must_use]
    pub const fn envelopes_of(&self, tier: Tier) -> usize {
        match tier {
            Tier::Own => usize::MAX,
            Tier::Contact => self.envelopes / 10 * 6,
            Tier::Friend => self.envelopes / 10 * 3,
            Tier::Stranger => self.envelopes / 10,
        }
    }
}
