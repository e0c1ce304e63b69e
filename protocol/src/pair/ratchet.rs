//! Ratchet keys: X25519 keys that a device reserves for one other, numbered, each replaced when something
//! came of the other or it has grown old.
//!
//! Invariants
//! - Numbers grow and are never used twice.
//! - A key that has been replaced is erased after the offline window; so whoever takes this device
//!   later opens nothing that was sealed to it.
//! - At most [`RATCHET_OUTSTANDING_MAX`] keys are kept that the other has not been seen to use.

use std::fmt;
use std::time::Duration;

use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::{is_due, is_past};
use crate::identity::keys::KEY_BYTES;
use crate::identity::{AgreementSecret, secret};
use crate::rng::Rng;
use crate::time::WallTime;

/// How long a key is offered that is not used.
pub const RATCHET_LIFETIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);
/// Keys that are kept for one other device without its having used them or a later one.
pub const RATCHET_OUTSTANDING_MAX: usize = 8;
/// Keys that are kept for one other device in all; the oldest go first.
pub const RATCHET_KEYS_MAX: usize = 64;

/// The public half of a ratchet key.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RatchetKey {
    /// Which of the keys that its owner reserved for this device; the highest is the newest, the first is 1.
    #[n(0)]
    pub number: u64,
    /// X25519 key.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub public: [u8; KEY_BYTES],
}

impl fmt::Debug for RatchetKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RatchetKey({})", self.number)
    }
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct Reserved {
    #[n(0)]
    number: u64,
    #[cbor(n(1), with = "secret")]
    secret: Zeroizing<[u8; KEY_BYTES]>,
    #[n(2)]
    made_at: WallTime,
    #[n(3)]
    replaced_at: Option<WallTime>,
}

impl Reserved {
    fn public(&self) -> RatchetKey {
        RatchetKey {
            number: self.number,
            public: AgreementSecret::from_bytes(&self.secret).public(),
        }
    }
}

/// The keys that this device reserved for another, ascending by number.
#[derive(Default, Encode, Decode)]
#[cbor(map)]
pub struct ReservedKeys {
    #[n(0)]
    keys: Vec<Reserved>,
    /// The highest number made.
    #[n(1)]
    newest: u64,
    /// The highest number that the other was seen to use.
    #[n(2)]
    used: u64,
    /// Whether anything came of the other since the newest was made.
    #[n(3)]
    heard: bool,
}

impl ReservedKeys {
    /// The key to tell the other device: the newest, or a new one if that is old, was used, or something came
    /// since it was made. So whoever takes this device gets no key that an answer tells to what comes later.
    pub(super) fn offer(&mut self, now: WallTime, rng: &mut Rng) -> RatchetKey {
        let newest = self.keys.last().filter(|key| {
            let is_fresh = !is_due(key.made_at, RATCHET_LIFETIME, now);
            let has_room = self.outstanding() < RATCHET_OUTSTANDING_MAX;
            key.number > self.used && ((is_fresh && !self.heard) || !has_room)
        });
        match newest {
            Some(key) => key.public(),
            None => self.reserve(now, rng),
        }
    }

    fn reserve(&mut self, now: WallTime, rng: &mut Rng) -> RatchetKey {
        for key in &mut self.keys {
            key.replaced_at.get_or_insert(now);
        }
        self.newest = self.newest.saturating_add(1);
        self.heard = false;
        let key = Reserved {
            number: self.newest,
            secret: rng.secret(),
            made_at: now,
            replaced_at: None,
        };
        let public = key.public();
        self.keys.push(key);
        let excess = self.keys.len().saturating_sub(RATCHET_KEYS_MAX);
        self.keys.drain(..excess);
        public
    }

    fn outstanding(&self) -> usize {
        let unused = self.keys.iter().filter(|key| key.number > self.used);
        unused.count()
    }

    /// The highest number made; 0: none.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// The secret half of a key that is kept.
    #[must_use]
    pub fn secret(&self, number: u64) -> Option<AgreementSecret> {
        let key = self.keys.iter().find(|key| key.number == number)?;
        Some(AgreementSecret::from_bytes(&key.secret))
    }

    /// Notes that the other sealed to a key; 0: to none of these.
    pub(super) fn used(&mut self, number: u64) {
        self.used = self.used.max(number);
        self.heard = true;
    }

    /// Erases keys that were replaced more than the offline window ago. Returns whether there were any.
    pub(super) fn erase_past(&mut self, now: WallTime) -> bool {
        let before = self.keys.len();
        self.keys
            .retain_mut(|key| !is_past(&mut key.replaced_at, now));
        self.keys.len() != before
    }
}

impl fmt::Debug for ReservedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReservedKeys")
            .field("kept", &self.keys.len())
            .field("newest", &self.newest)
            .field("used", &self.used)
            .finish_non_exhaustive()
    }
}
