//! What is said of carrying to whoever looks after a node.

use std::collections::BTreeMap;

use super::Carry;
use crate::carry::{Tier, Used};
use crate::engine::Engine;
use crate::id::{DeviceId, PersonId};
use crate::time::{CarryTime, Now};

/// What a device carries, and what of its own others carry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carrying {
    /// How long it has run, all runs together: by this, what it carries ages.
    pub time: CarryTime,
    /// What it keeps for others.
    pub others: Used,
    /// What it keeps of its own.
    pub own: Used,
    /// What changes with what it keeps, and with what it remembers as purged.
    pub digest: [u8; 32],
    /// The neighbours with whom it compares.
    pub neighbours: usize,
    /// Envelopes under way to each person, and how many of them a contact's device promised to keep.
    pub under_way: BTreeMap<PersonId, (usize, usize)>,
    /// Who promised to keep how many envelopes of ours.
    pub holders: BTreeMap<DeviceId, usize>,
}

impl Engine {
    /// What this device carries.
    #[must_use]
    pub fn carrying(&self, now: Now) -> Carrying {
        self.carry.report(now)
    }
}

impl Carry {
    fn report(&self, now: Now) -> Carrying {
        let mut others = Used::default();
        for tier in Tier::ALL.into_iter().filter(|tier| *tier != Tier::Own) {
            let used = self.shelf.used(tier);
            others.bytes = others.bytes.saturating_add(used.bytes);
            others.envelopes = others.envelopes.saturating_add(used.envelopes);
        }
        let mut under_way: BTreeMap<PersonId, (usize, usize)> = BTreeMap::new();
        let mut holders: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for deposit in self.deposits.iter().filter(|one| one.enclosed.is_some()) {
            let promised = self.deposits.is_promised(&deposit.envelope);
            for person in &deposit.people {
                let (all, kept) = under_way.entry(*person).or_default();
                *all += 1;
                *kept += usize::from(promised);
            }
            for holder in self.deposits.holders(&deposit.envelope) {
                *holders.entry(holder).or_default() += 1;
            }
        }
        Carrying {
            time: self.at(now.monotonic),
            others,
            own: self.shelf.used(Tier::Own),
            digest: self.shelf.digest(),
            neighbours: self.neighbours.len(),
            under_way,
            holders,
        }
    }
}
