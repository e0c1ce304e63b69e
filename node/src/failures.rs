//! Failures: what went wrong last with each peer to whom a connection is kept, since the node runs.
//!
//! Invariants
//! - Of peers that nobody keeps nothing is noted, whatever they do; it is forgotten with them.
//! - Peers are at most [`PEERS_MAX`], and of each the last failure alone is here.
//! - It is told to the person whose node it is, and logged nowhere: it names addresses.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use tidings_protocol::id::TransportId;
use tidings_protocol::time::WallTime;

use crate::net::{DialFault, NetError};

/// Peers of whom something can be noted; those kept later go without.
const PEERS_MAX: usize = 4096;

/// Why a session did not come about, or ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionFault {
    /// The device did not answer.
    Silent,
    /// The device does not speak the protocol.
    NotSpoken,
    /// The connection broke first.
    Broken,
    /// The device hung up before there was one.
    HungUp,
    /// The device said what the protocol does not allow.
    Misbehaved,
}

impl From<&NetError> for SessionFault {
    fn from(error: &NetError) -> Self {
        match error {
            NetError::TimedOut => Self::Silent,
            NetError::Unsupported { .. } => Self::NotSpoken,
            NetError::Listen { .. }
            | NetError::BadAddress { .. }
            | NetError::BadNode { .. }
            | NetError::Setup { .. }
            | NetError::Unreachable { .. }
            | NetError::NotConnected
            | NetError::Broken { .. }
            | NetError::Busy
            | NetError::BadKey
            | NetError::Stopped => Self::Broken,
        }
    }
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// A dial led to nothing.
    Dial {
        fault: DialFault,
        /// In words; they name addresses.
        reason: String,
    },
    /// A connection was there, and no session.
    Session(SessionFault),
}

impl Trouble {
    /// What went wrong, in words that stand behind a colon.
    pub(crate) fn words(&self) -> &str {
        match self {
            Self::Dial { reason, .. } => reason,
            Self::Session(SessionFault::Silent) => "it did not answer in time",
            Self::Session(SessionFault::NotSpoken) => "it takes no sessions",
            Self::Session(SessionFault::Broken) => "the connection broke before a session began",
            Self::Session(SessionFault::HungUp) => "it hung up before a session began",
            Self::Session(SessionFault::Misbehaved) => {
                "it said what no Tidings says, so the session was ended"
            }
        }
    }
}

/// Something that went wrong, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) at: WallTime,
    pub(crate) trouble: Trouble,
}

/// What went wrong last with whom. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Failures {
    kept: Arc<Mutex<BTreeMap<TransportId, Option<Failure>>>>,
}

impl Failures {
    /// A connection to `peer` is kept from now on.
    pub(crate) fn keep(&self, peer: TransportId) {
        if let Ok(mut kept) = self.kept.lock()
            && (kept.len() < PEERS_MAX || kept.contains_key(&peer))
        {
            kept.entry(peer).or_default();
        }
    }

    /// It is kept no longer.
    pub(crate) fn forget(&self, peer: TransportId) {
        if let Ok(mut kept) = self.kept.lock() {
            kept.remove(&peer);
        }
    }

    /// Something went wrong.
    pub(crate) fn note(&self, peer: TransportId, at: WallTime, trouble: Trouble) {
        if let Ok(mut kept) = self.kept.lock()
            && let Some(last) = kept.get_mut(&peer)
        {
            *last = Some(Failure { at, trouble });
        }
    }

    /// What went wrong last with each of whom something did.
    pub(crate) fn all(&self) -> BTreeMap<TransportId, Failure> {
        let Ok(kept) = self.kept.lock() else {
            return BTreeMap::new();
        };
        let failed = kept.iter();
        let failed = failed.filter_map(|(peer, last)| Some((*peer, last.clone()?)));
        failed.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: usize) -> TransportId {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        TransportId::new(bytes)
    }

    fn hung_up() -> Trouble {
        Trouble::Session(SessionFault::HungUp)
    }

    #[test]
    fn the_last_failure_of_who_is_kept_is_known_until_they_are_forgotten() {
        let failures = Failures::default();
        let at = WallTime::from_millis;
        failures.note(peer(1), at(1), hung_up());
        assert_eq!(failures.all(), BTreeMap::new(), "nobody keeps it");
        failures.keep(peer(1));
        assert_eq!(failures.all(), BTreeMap::new(), "nothing went wrong");
        failures.note(peer(1), at(2), hung_up());
        let trouble = Trouble::Dial {
            fault: DialFault::Refused,
            reason: "nobody listens".to_owned(),
        };
        failures.note(peer(1), at(3), trouble.clone());
        failures.keep(peer(1));
        let last = Failure { at: at(3), trouble };
        assert_eq!(failures.all(), BTreeMap::from([(peer(1), last)]));
        failures.forget(peer(1));
        assert_eq!(failures.all(), BTreeMap::new());
    }

    #[test]
    fn as_many_peers_as_may_be_are_noted_and_one_more_is_not() {
        let failures = Failures::default();
        for number in 0..=PEERS_MAX {
            failures.keep(peer(number));
            failures.note(peer(number), WallTime::from_millis(1), hung_up());
        }
        let all = failures.all();
        assert_eq!(all.len(), PEERS_MAX);
        assert!(!all.contains_key(&peer(PEERS_MAX)));
        failures.forget(peer(0));
        failures.keep(peer(PEERS_MAX));
        failures.note(peer(PEERS_MAX), WallTime::from_millis(1), hung_up());
        assert!(failures.all().contains_key(&peer(PEERS_MAX)));
    }
}
