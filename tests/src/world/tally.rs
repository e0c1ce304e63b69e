//! The tally: what went wrong in a world, by kind, and a hash of everything that happened in it.
//!
//! Invariants
//! - The same world has the same tally, in the same build.
//! - A fault is counted when it strikes, not when it is planned.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};

listed! {
/// A kind of fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A device lost everything but its disk.
    Crash,
    /// A commit was not kept.
    CommitLost,
    /// A commit was kept and reported as failed.
    CommitKept,
    /// A commit took its time, while other things went on.
    CommitSlow,
    /// Two devices could not reach each other any more.
    Partition,
    /// A connection broke.
    ConnectionCut,
    /// A wire inside a connection broke, and with it what was on its way.
    WireCut,
    /// Two devices were connected twice.
    SecondConnection,
    /// A session could not be opened.
    SessionRefused,
    /// A frame was late by a second or more.
    FrameLate,
    /// A bit of a frame was flipped on its way.
    FrameFlipped,
    /// A frame was dropped, and the stream went on.
    FrameDropped,
    /// A frame arrived twice.
    FrameRepeated,
    /// A frame arrived after the one that was sent next.
    FrameSwapped,
    /// A clock jumped.
    ClockJump,
    /// A clock went back to 1970, as machines do without a battery or a network.
    ClockReset,
}
}

/// What went wrong in one world, or in several.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    faults: BTreeMap<Fault, u64>,
    /// Milliseconds of all devices together.
    device_millis: u64,
    trace: DefaultHasher,
}

impl Tally {
    /// Counts a fault.
    pub fn count(&mut self, fault: Fault) {
        *self.faults.entry(fault).or_default() += 1;
        fault.hash_into(&mut self.trace);
    }

    /// Notes something that happened.
    pub(super) fn note(&mut self, happening: impl Hash) {
        happening.hash(&mut self.trace);
    }

    /// Notes that so many devices lived so long.
    pub(super) fn lived(&mut self, devices: usize, millis: u64) {
        let devices = u64::try_from(devices).unwrap_or(u64::MAX);
        self.device_millis = self
            .device_millis
            .saturating_add(devices.saturating_mul(millis));
    }

    /// Adds what went wrong in another world.
    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.faults {
            *self.faults.entry(*fault).or_default() += count;
        }
        self.device_millis = self.device_millis.saturating_add(other.device_millis);
        other.trace().hash(&mut self.trace);
    }

    /// How often a kind of fault struck.
    #[must_use]
    pub fn of(&self, fault: Fault) -> u64 {
        self.faults.get(&fault).copied().unwrap_or_default()
    }

    /// How many faults struck.
    #[must_use]
    pub fn faults(&self) -> u64 {
        self.faults.values().sum()
    }

    /// Hours that the devices lived, of all together.
    #[must_use]
    pub const fn device_hours(&self) -> u64 {
        self.device_millis / 3_600_000
    }

    /// A hash of all that happened, in its order.
    #[must_use]
    pub fn trace(&self) -> u64 {
        self.trace.finish()
    }
}

impl Fault {
    fn hash_into(self, hasher: &mut impl Hasher) {
        std::mem::discriminant(&self).hash(hasher);
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (faults, hours) = (self.faults(), self.device_hours());
        write!(f, "{faults} faults in {hours} device hours:")?;
        for (fault, count) in &self.faults {
            write!(f, " {fault:?} {count}")?;
        }
        write!(f, "; trace {:016x}", self.trace())
    }
}
