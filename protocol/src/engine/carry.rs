//! Carrying: the envelopes that this device keeps, its own and others', and the neighbours it passes them on to.
//!
//! ```text
//!   mail.rs seals -----------> deposits.rs: whom it is for, who promised to keep it
//!                                  |
//!   a neighbour or bundle --> shelf (crate::carry) --> neighbours, one link each
//!                 |
//!                 +--> engine.rs: is it for us?
//! ```
//!
//! Invariants
//! - What is passed on, promised or said to be purged is durable before.
//! - Nothing is kept for others, and nothing sealed, before the caller says how much room there is.

mod adopting;
mod allowance;
mod deposits;
mod meeting;
mod nearby;
mod neighbour;
mod peers;
mod promises;
mod reading;
mod report;

use std::collections::BTreeMap;
use std::time::Duration;

#[cfg(test)]
pub(super) use deposits::CUSTODIES_MAX;
pub(super) use deposits::{Deposits, Sealed};
#[cfg(test)]
pub(super) use meeting::{DECOYS, STRANGERS_MAX};
use nearby::Nearby;
#[cfg(test)]
pub(super) use nearby::{
    OF_KEY_AT_ONCE_MAX, OF_KEY_HOURLY_MAX, OF_NEIGHBOUR_AT_ONCE_MAX, OF_NEIGHBOUR_HOURLY_MAX,
    OWN_MESSAGES_MAX, WELCOME_SECONDS, WELCOMES_AT_ONCE_MAX,
};
pub(super) use neighbour::Arrived;
use neighbour::Neighbour;
use peers::Peers;
use reading::Reading;
pub use report::{Addressee, CarryReport, Promise, UnderWay};

use super::context::Context;
use super::directory::Directory;
use super::{Effect, LinkId, LoadId};
use crate::carry::{Brought, Depositor, Kept, Purged, Quotas, Refused, Shelf, Tier};
use crate::domain::{Domain, prefix};
use crate::envelope::Envelope;
use crate::id::{DeviceId, EnvelopeId, TransportId};
use crate::record::{CarriedRecord, Change, DepositRecord, Profile, TombstoneRecord};
use crate::time::{CarryTime, Monotonic};

/// How often it is noted how long this device has run, at least.
const NOTE_INTERVAL: Duration = Duration::from_mins(10);

/// Through at most so many carriers, drawn at random, an envelope of our own claims to have come.
const OWN_HOPS_MAX: u8 = 2;
/// With at most so many hops an envelope comes from who sealed it: each carrier adds itself.
const FIRST_HOPS_MAX: u8 = OWN_HOPS_MAX + 1;
/// For fewer milliseconds than this, it claims to have been carried.
const OWN_AGE_MILLIS: u32 = 60 * 60 * 1000;

/// All that is carried, and to whom it goes on.
#[derive(Debug)]
pub(super) struct Carry {
    /// Absent while nobody said how much room there is.
    quotas: Option<Quotas>,
    shelf: Shelf,
    deposits: Deposits,
    /// What was sealed here and is over since this was last asked.
    over: Vec<DepositRecord>,
    /// What was sealed here and opened by whom it was for since this was last asked, of what nobody acknowledges.
    opened: Vec<DepositRecord>,
    /// What contacts showed that is kept for them since this was last asked.
    adopted: Vec<(DeviceId, CarriedRecord)>,
    neighbours: BTreeMap<LinkId, Neighbour>,
    peers: Peers,
    nearby: Nearby,
    reading: BTreeMap<LoadId, Reading>,
    /// How long this device had run when the engine was opened.
    before: CarryTime,
    /// When that was noted last.
    noted_at: Monotonic,
}

impl Carry {
    /// Goes on from what a store holds.
    pub(super) fn restore(profile: &Profile) -> Self {
        let carried = profile.carried.iter().copied();
        let tombstones = profile.tombstones.iter().copied();
        Self {
            quotas: None,
            shelf: Shelf::restore(Quotas::FRIENDLY, carried, tombstones),
            deposits: Deposits::restore(profile),
            over: Vec::new(),
            opened: Vec::new(),
            adopted: Vec::new(),
            neighbours: BTreeMap::new(),
            peers: Peers::default(),
            nearby: Nearby::restore(profile),
            reading: BTreeMap::new(),
            before: profile.carry_time,
            noted_at: Monotonic::default(),
        }
    }

    /// Says how much room there is for what others bring; with none, nothing is carried and nothing sealed.
    pub(super) fn put_quotas(&mut self, quotas: Option<Quotas>, context: &mut Context<'_>) {
        let was_on = self.is_on();
        self.quotas = quotas;
        if let Some(quotas) = quotas {
            self.shelf.put_quotas(quotas);
            // Something may be over already.
            context.wake(context.now.monotonic);
            if !was_on {
                self.peers.open_all(context);
            }
        } else {
            let links = std::mem::take(&mut self.neighbours).into_keys();
            context.effects(links.map(|link| Effect::Close { link }));
        }
    }

    /// Whether anything is carried.
    pub(super) const fn is_on(&self) -> bool {
        self.quotas.is_some()
    }

    /// What is kept.
    pub(super) const fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// What was sealed here.
    pub(super) const fn deposits(&self) -> &Deposits {
        &self.deposits
    }

    /// How long this device has run, all runs together.
    pub(super) fn time(&self, context: &Context<'_>) -> CarryTime {
        self.at(context.now.monotonic)
    }

    fn at(&self, now: Monotonic) -> CarryTime {
        self.before + Duration::from_millis(now.as_millis())
    }

    /// Keeps what was sealed here until it is acknowledged, and gives it to every neighbour.
    pub(super) fn deposit(
        &mut self,
        sealed: Sealed,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let Sealed { envelope, record } = sealed;
        if self.give(&envelope, directory, context) {
            context.persist(Change::PutDeposit(Box::new(record.clone())));
            self.deposits.put(record);
        }
    }

    /// Keeps an envelope of our own until its lifetime is over or it is purged, and gives it to every neighbour;
    /// returns whether it is new.
    pub(super) fn give(
        &mut self,
        envelope: &Envelope,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> bool {
        // Whoever gets it first is not to see that nobody had it before.
        let [hops, age @ ..] = context.rng.bytes::<5>();
        let brought = Brought {
            age: Duration::from_millis(u64::from(u32::from_le_bytes(age) % OWN_AGE_MILLIS)),
            hops: hops % (OWN_HOPS_MAX + 1),
            copies: crate::carry::COPIES_MAX,
            tier: Tier::Own,
            depositor: Depositor::OWN,
        };
        let kept = self.keep(envelope, &brought, None, directory, context);
        kept.is_ok()
    }

    /// Keeps an envelope and passes it on.
    pub(super) fn keep(
        &mut self,
        envelope: &Envelope,
        brought: &Brought,
        from: Option<LinkId>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<CarriedRecord, Refused> {
        let now = self.time(context);
        let Kept { record, dropped } = self.shelf.keep(envelope, brought, now)?;
        for id in dropped {
            context.persist(Change::DropCarried(id));
        }
        context.persist(Change::PutCarried {
            record: Box::new(record),
            envelope: envelope.to_bytes(),
        });
        self.note_time(context);
        context.wake(context.now.monotonic + record.expires_at.since(now));
        self.pass_on(&record, envelope, from, directory, context);
        Ok(record)
    }

    /// Drops what a preimage purges, and tells the neighbours.
    pub(super) fn purge(
        &mut self,
        preimage: [u8; 32],
        from: Option<LinkId>,
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        let Purged {
            dropped,
            tombstone,
            forgotten,
        } = self.shelf.purge(preimage, now);
        for id in dropped {
            context.persist(Change::DropCarried(id));
            // Whoever it was for has it, and acknowledges nothing of one in which nothing is enclosed.
            let deposit = self.deposits.get(&id);
            if deposit.is_some_and(|deposit| deposit.enclosed.is_none()) {
                self.opened.extend(self.deposits.remove(&id));
                context.persist(Change::DropDeposit(id));
            }
        }
        self.remember(tombstone, forgotten, context);
        if tombstone.is_some() {
            self.tell_purge(preimage, from, context);
        }
    }

    /// Sees to it that an envelope that was opened here, or that everybody acknowledged, is carried no longer and
    /// never again.
    pub(super) fn finish(
        &mut self,
        lifetime_hours: u16,
        preimage: [u8; 32],
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        let Purged {
            dropped,
            tombstone,
            forgotten,
        } = self.shelf.finish(preimage, lifetime_hours, now);
        for id in dropped {
            context.persist(Change::DropCarried(id));
        }
        self.remember(tombstone, forgotten, context);
        self.tell_purge(preimage, None, context);
    }

    /// Takes back what was sealed here and is of no use any more.
    pub(super) fn withdraw(&mut self, id: &EnvelopeId, context: &mut Context<'_>) {
        let Some(deposit) = self.deposits.remove(id) else {
            return;
        };
        context.persist(Change::DropDeposit(*id));
        let hours = self.shelf.get(id).map(|kept| kept.header.lifetime_hours);
        if let (Some(hours), Ok(preimage)) = (hours, deposit.purge.expose().try_into()) {
            self.finish(hours, preimage, context);
        }
    }

    /// What of our mail was opened, of what nobody acknowledges, since this was last asked.
    pub(super) fn take_opened(&mut self) -> Vec<DepositRecord> {
        std::mem::take(&mut self.opened)
    }

    /// Drops what is over; returns what was sealed here of that.
    pub(super) fn expire(&mut self, context: &mut Context<'_>) -> Vec<DepositRecord> {
        let now = self.time(context);
        let expired = self.shelf.expire(now);
        self.forget(expired.forgotten, context);
        let mut over = std::mem::take(&mut self.over);
        for id in expired.dropped {
            context.persist(Change::DropCarried(id));
            if let Some(deposit) = self.deposits.remove(&id) {
                context.persist(Change::DropDeposit(id));
                over.push(deposit);
            }
        }
        let is_due = context.now.monotonic >= self.noted_at + NOTE_INTERVAL;
        if is_due && self.shelf.next_at().is_some() {
            self.note_time(context);
        }
        self.wake(context);
        over
    }

    /// Has this device be woken when something is over, and while anything ages, to note how long it has run.
    pub(super) fn wake(&self, context: &mut Context<'_>) {
        let now = self.time(context);
        let note = self.at(self.noted_at + NOTE_INTERVAL);
        let over = self.shelf.next_at().map(|next| next.min(note));
        let next = over.into_iter().chain(self.deposits.next_lapse()).min();
        if let Some(next) = next {
            context.wake(context.now.monotonic + next.since(now));
        }
    }

    /// Who brings an envelope, as far as that is kept: nobody can tell without our transport key whom it means.
    fn depositor(peer: &TransportId, context: &Context<'_>) -> Depositor {
        let secret = context.own.transport_secret();
        let name = Domain::Depositor.derive(&[secret.as_ref(), peer.as_bytes()]);
        Depositor::new(prefix(*name))
    }

    fn remember(
        &mut self,
        tombstone: Option<TombstoneRecord>,
        forgotten: Vec<[u8; 32]>,
        context: &mut Context<'_>,
    ) {
        // One that makes room for itself stands nowhere.
        let tombstone = tombstone.filter(|one| !forgotten.contains(&one.purge()));
        for purge in forgotten {
            context.persist(Change::DropTombstone(purge));
        }
        if let Some(tombstone) = tombstone {
            context.persist(Change::PutTombstone(tombstone));
            self.note_time(context);
        }
    }

    /// Forgets what was purged; what was sealed here of it, and never acknowledged, is over.
    fn forget(&mut self, purges: Vec<[u8; 32]>, context: &mut Context<'_>) {
        for purge in purges {
            context.persist(Change::DropTombstone(purge));
            let deposit = self.deposits.with_purge(&purge);
            if let Some(id) = deposit.map(|deposit| deposit.envelope)
                && let Some(deposit) = self.deposits.remove(&id)
            {
                context.persist(Change::DropDeposit(id));
                self.over.push(deposit);
            }
        }
    }

    fn note_time(&mut self, context: &mut Context<'_>) {
        self.noted_at = context.now.monotonic;
        context.persist(Change::PutCarryTime(self.time(context)));
        context.wake(self.noted_at + NOTE_INTERVAL);
    }
}
