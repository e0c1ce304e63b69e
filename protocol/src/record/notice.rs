//! Notices: what is heard nearby, and by which key this device says something there.

use super::SecretBytes;
use crate::carry::{Depositor, Notice, NoticeKind};
use crate::id::NearbyKey;
use crate::time::{CarryTime, WallTime};

/// A notice that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRecord {
    /// What was said.
    pub notice: Notice,
    /// Since when it is kept, on this device's own count of time.
    pub kept_at: CarryTime,
    /// When its lifetime is over: what was left of that when it came, on the same count.
    pub expires_at: CarryTime,
    /// Through how many carriers it came.
    pub hops: u8,
    /// Who brought it.
    pub depositor: Depositor,
    /// When it came, by this device's clock.
    pub received_at: WallTime,
}

impl NoticeRecord {
    /// Whether it was written here.
    #[must_use]
    pub fn is_ours(&self) -> bool {
        self.depositor == Depositor::OWN
    }
}

/// That a key's notices of a kind are over up to a number: such a one does not come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PassedRecord {
    /// Whose.
    pub key: NearbyKey,
    /// Of which kind.
    pub kind: NoticeKind,
    /// Up to which number.
    pub number: u64,
    /// Since when, on this device's own count of time.
    pub at: CarryTime,
}

/// The key by which this device says something nearby, and nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearbyKeyRecord {
    /// Its secret half, 32 bytes.
    pub secret: SecretBytes,
    /// The number of its latest notice.
    pub number: u64,
}
