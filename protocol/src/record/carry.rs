//! Carrying: the envelopes that this device keeps for others, and what became of those it sealed itself.

use std::fmt;

use minicbor::{Decode, Encode};

use super::SecretBytes;
use crate::carry::{Depositor, Tier};
use crate::domain::Domain;
use crate::envelope::Header;
use crate::id::{ActorId, ConversationId, DeviceId, EnvelopeId, PersonId};
use crate::time::CarryTime;

/// What is known of an envelope that is kept, beside its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CarriedRecord {
    /// The hash of its bytes.
    pub id: EnvelopeId,
    /// What carriers go by.
    pub header: Header,
    /// Its size.
    pub bytes: usize,
    /// When its lifetime is over: what was left of that when it came, on this device's own count of time.
    pub expires_at: CarryTime,
    /// Through how many carriers it came.
    pub hops: u8,
    /// To how many strangers it may still be passed on, all that they pass it on to included.
    pub copies: u8,
    /// For whom it is kept, and out of which share of the room there is.
    pub tier: Tier,
    /// Who brought it.
    pub depositor: Depositor,
}

/// What was purged, and must not come back.
///
/// Prints until when: nobody is to have anything purged by what is logged.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TombstoneRecord {
    /// The preimage that purged it; others are shown it.
    pub preimage: [u8; 32],
    /// Until when nothing of it is taken.
    pub until: CarryTime,
}

impl fmt::Debug for TombstoneRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut record = f.debug_struct("TombstoneRecord");
        record.field("until", &self.until).finish_non_exhaustive()
    }
}

impl TombstoneRecord {
    /// The hash in the headers of what it purges.
    #[must_use]
    pub fn purge(&self) -> [u8; 32] {
        Domain::Purge.hash(&[&self.preimage])
    }
}

/// What of our operations is in an envelope: a stretch of one of our chains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[cbor(map)]
pub struct Enclosed {
    /// As which of our actors it was written.
    #[n(0)]
    pub actor: ActorId,
    /// The first sequence number.
    #[n(1)]
    pub first: u64,
    /// The last.
    #[n(2)]
    pub last: u64,
}

/// An envelope that this device sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DepositRecord {
    /// Which.
    pub envelope: EnvelopeId,
    /// The preimage of its purge hash, 32 bytes: whoever has it may have carriers drop it.
    pub purge: SecretBytes,
    /// To which device; absent: to all who read our chain in a room.
    pub device: Option<DeviceId>,
    /// Whom what is enclosed is for, ascending.
    pub people: Vec<PersonId>,
    /// What of our operations is in it; nothing in one that says only what keeps mail going, or tells of a room.
    pub enclosed: Option<Enclosed>,
    /// What was done to which room is told in it.
    pub room: Option<ConversationId>,
}

/// That another device promised to keep an envelope of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustodyRecord {
    /// Which envelope.
    pub envelope: EnvelopeId,
    /// Who promised it.
    pub holder: DeviceId,
    /// Until when.
    pub until: CarryTime,
}
