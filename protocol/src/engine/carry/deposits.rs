//! Deposits: the envelopes that were sealed here, what is in them, and who promised to keep them.
//!
//! Invariants
//! - A deposit stays until what is enclosed is acknowledged by whom it is for, or its lifetime is over: also when
//!   whom it is for had the envelope purged, since their word that it came may be lost.
//! - What a device promises counts for envelopes of ours alone, and no longer than their lifetime.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::Domain;
use crate::engine::fill::{Fills, Queue};
use crate::envelope::Envelope;
use crate::id::{ActorId, DeviceId, EnvelopeId, PersonId};
use crate::record::{CustodyRecord, DepositRecord, Profile};
use crate::time::CarryTime;

/// Devices whose promises to keep one envelope are kept.
pub(in crate::engine) const CUSTODIES_MAX: usize = 16;

/// An envelope just sealed, and what it is for.
#[derive(Debug)]
pub(in crate::engine) struct Sealed {
    pub(in crate::engine) envelope: Envelope,
    pub(in crate::engine) record: DepositRecord,
}

#[derive(Debug)]
struct Deposit {
    record: DepositRecord,
    custodies: BTreeMap<DeviceId, CarryTime>,
}

/// All of them.
#[derive(Debug, Default)]
pub(in crate::engine) struct Deposits {
    deposits: BTreeMap<EnvelopeId, Deposit>,
    by_actor: BTreeSet<(ActorId, EnvelopeId)>,
    by_device: BTreeSet<(DeviceId, EnvelopeId)>,
    /// By the hash of what purges them.
    by_purge: BTreeMap<[u8; 32], EnvelopeId>,
}

impl Deposits {
    /// Goes on from what a store holds.
    pub(super) fn restore(profile: &Profile) -> Self {
        let mut deposits = Self::default();
        for record in &profile.deposits {
            deposits.put(record.clone());
        }
        for custody in &profile.custodies {
            deposits.promise(*custody);
        }
        deposits
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        for deposit in self.deposits.values() {
            fills.note(Queue::Promises, deposit.custodies.len(), CUSTODIES_MAX);
        }
    }

    pub(super) fn put(&mut self, record: DepositRecord) {
        let id = record.envelope;
        if let Some(enclosed) = record.enclosed {
            self.by_actor.insert((enclosed.actor, id));
        }
        if let Some(device) = record.device {
            self.by_device.insert((device, id));
        }
        self.by_purge.insert(purge(&record), id);
        let custodies = BTreeMap::new();
        self.deposits.insert(id, Deposit { record, custodies });
    }

    pub(super) fn remove(&mut self, id: &EnvelopeId) -> Option<DepositRecord> {
        let Deposit { record, .. } = self.deposits.remove(id)?;
        if let Some(enclosed) = record.enclosed {
            self.by_actor.remove(&(enclosed.actor, *id));
        }
        if let Some(device) = record.device {
            self.by_device.remove(&(device, *id));
        }
        self.by_purge.remove(&purge(&record));
        Some(record)
    }

    /// Notes a promise; returns whether it is about an envelope of ours, and there is room to note it.
    pub(super) fn promise(&mut self, custody: CustodyRecord) -> bool {
        let Some(deposit) = self.deposits.get_mut(&custody.envelope) else {
            return false;
        };
        let custodies = &mut deposit.custodies;
        let has_room = custodies.len() < CUSTODIES_MAX || custodies.contains_key(&custody.holder);
        if has_room {
            custodies.insert(custody.holder, custody.until);
        }
        has_room
    }

    /// Takes out the promises that are over.
    pub(super) fn lapse(&mut self, now: CarryTime) -> Vec<(EnvelopeId, DeviceId)> {
        let mut over = Vec::new();
        for (id, deposit) in &mut self.deposits {
            deposit.custodies.retain(|holder, until| {
                let stands = *until > now;
                if !stands {
                    over.push((*id, *holder));
                }
                stands
            });
        }
        over
    }

    /// When the next promise is over.
    pub(super) fn next_lapse(&self) -> Option<CarryTime> {
        let custodies = self.deposits.values();
        custodies
            .flat_map(|deposit| deposit.custodies.values())
            .min()
            .copied()
    }

    pub(in crate::engine) fn get(&self, id: &EnvelopeId) -> Option<&DepositRecord> {
        self.deposits.get(id).map(|deposit| &deposit.record)
    }

    /// The one that was purged with this hash in its header.
    pub(super) fn with_purge(&self, purge: &[u8; 32]) -> Option<&DepositRecord> {
        self.get(self.by_purge.get(purge)?)
    }

    /// Those in which something of an actor is enclosed.
    pub(in crate::engine) fn of_actor(
        &self,
        actor: ActorId,
    ) -> impl Iterator<Item = &DepositRecord> {
        let all = (actor, EnvelopeId::new([0; 32]))..=(actor, EnvelopeId::new([u8::MAX; 32]));
        let ids = self.by_actor.range(all);
        ids.filter_map(|(_, id)| self.get(id))
    }

    /// Those to one device.
    pub(in crate::engine) fn to_device(
        &self,
        device: DeviceId,
    ) -> impl Iterator<Item = &DepositRecord> {
        let all = (device, EnvelopeId::new([0; 32]))..=(device, EnvelopeId::new([u8::MAX; 32]));
        let ids = self.by_device.range(all);
        ids.filter_map(|(_, id)| self.get(id))
    }

    /// How many of those to one device have operations in them.
    pub(in crate::engine) fn letters_to(&self, device: DeviceId) -> usize {
        let theirs = self.to_device(device);
        theirs.filter(|deposit| deposit.enclosed.is_some()).count()
    }

    /// Those of an actor that somebody promised to keep, for a person.
    pub(super) fn promised(
        &self,
        actor: ActorId,
        person: PersonId,
    ) -> impl Iterator<Item = &DepositRecord> {
        let of_actor = self.of_actor(actor);
        of_actor.filter(move |record| {
            record.people.binary_search(&person).is_ok() && self.is_promised(&record.envelope)
        })
    }

    /// Whether somebody promised to keep it.
    pub(in crate::engine) fn is_promised(&self, id: &EnvelopeId) -> bool {
        let deposit = self.deposits.get(id);
        deposit.is_some_and(|deposit| !deposit.custodies.is_empty())
    }

    /// Who promised to keep it, and until when.
    pub(super) fn holders(
        &self,
        id: &EnvelopeId,
    ) -> impl Iterator<Item = (DeviceId, CarryTime)> + '_ {
        let deposit = self.deposits.get(id).into_iter();
        let custodies = deposit.flat_map(|deposit| &deposit.custodies);
        custodies.map(|(holder, until)| (*holder, *until))
    }

    /// All of them, ascending by id.
    pub(in crate::engine) fn iter(&self) -> impl Iterator<Item = &DepositRecord> {
        self.deposits.values().map(|deposit| &deposit.record)
    }
}

fn purge(record: &DepositRecord) -> [u8; 32] {
    Domain::Purge.hash(&[record.purge.expose()])
}
