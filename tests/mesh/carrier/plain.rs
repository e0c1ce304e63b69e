//! A plain store: mail of its own, and, where all is passed on, as much of others' as there is room for.
//!
//! Invariants
//! - Where there is no room the oldest mail of others goes.

use tidings_protocol::carry::{Quotas, Tier};
use tidings_protocol::envelope::SIZE_CLASSES_BYTES;

use crate::bits::Bits;
use crate::traffic::{Mail, Traffic};

/// The store of one node.
#[derive(Debug)]
pub(crate) struct Plain {
    passes_on: bool,
    room: usize,
    held: Bits,
    of_others: Bits,
    arrived: Bits,
}

impl Plain {
    pub(super) fn new(passes_on: bool, quotas: Quotas) -> Self {
        let [size, ..] = SIZE_CLASSES_BYTES;
        let size = u64::try_from(size).unwrap_or(u64::MAX);
        let by_bytes = quotas.bytes_of(Tier::Stranger) / size;
        let by_bytes = usize::try_from(by_bytes).unwrap_or(usize::MAX);
        Self {
            passes_on,
            room: quotas.envelopes_of(Tier::Stranger).min(by_bytes),
            held: Bits::default(),
            of_others: Bits::default(),
            arrived: Bits::default(),
        }
    }

    pub(super) const fn held(&self) -> &Bits {
        &self.held
    }

    pub(super) const fn arrived(&self) -> &Bits {
        &self.arrived
    }

    pub(super) const fn passes_on(&self) -> bool {
        self.passes_on
    }

    pub(super) const fn would_keep(&self) -> bool {
        self.room > 0
    }

    pub(super) fn post(&mut self, mail: &Mail) {
        self.held.insert(mail.number);
    }

    pub(super) fn keep(&mut self, mail: &Mail) -> bool {
        if self.room == 0 || !self.held.insert(mail.number) {
            return false;
        }
        self.of_others.insert(mail.number);
        if self.of_others.count() > self.room
            && let Some(oldest) = self.of_others.first()
        {
            self.drop_one(oldest);
        }
        true
    }

    pub(super) fn open(&mut self, mail: &Mail) {
        self.arrived.insert(mail.number);
    }

    pub(super) fn expire(&mut self, now: u64, traffic: &Traffic) {
        // What is sent first is over first.
        while let Some(oldest) = self.held.first()
            && traffic.get(oldest).is_some_and(|mail| mail.over_at <= now)
        {
            self.drop_one(oldest);
        }
    }

    fn drop_one(&mut self, number: usize) {
        self.held.remove(number);
        self.of_others.remove(number);
    }
}
