//! Ledgers: what one device made durable of carrying, commit by commit, and what in that broke a rule.
//!
//! Invariants
//! - It goes by the batches of the engine: a bug that is planted in the store behind it shows as a difference.
//! - What was wrong at any one commit stays noted, whatever came later.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::carry::{Depositor, Quotas, Tier};
use tidings_protocol::id::EnvelopeId;
use tidings_protocol::record::{CarriedRecord, Change, DepositRecord, TombstoneRecord};
use tidings_protocol::time::CarryTime;
use tidings_store::{CarriedTotals, Reader};

/// Bytes that are left of a share when it counts as full: the largest envelope.
const TIGHT_BYTES: u64 = 64 * 1024;
/// Envelopes that are left of one.
const TIGHT_ENVELOPES: usize = 2;

/// What became of an envelope that was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It is kept.
    Held,
    /// It was purged.
    Purged,
    /// Its lifetime was over.
    Expired,
    /// What is more urgent took its room.
    Displaced,
}

/// An envelope that was ever kept.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry {
    pub(super) record: CarriedRecord,
    pub(super) fate: Fate,
    /// When, by the world's clock, it had no copies left for strangers, or one that stays until it is late.
    pub(super) spent_at: Option<u64>,
    /// When, by that clock, it came.
    since: u64,
    /// When its lifetime was over.
    expired_at: Option<u64>,
}

impl Entry {
    /// Whether it was there at a time of the world's clock, or was let go for another reason than its age.
    pub(super) fn is_of(&self, at: u64) -> bool {
        self.since <= at && self.expired_at.is_none_or(|expired| expired > at)
    }
}

/// An envelope that was sealed here.
#[derive(Debug, Clone)]
pub(super) struct Sealed {
    pub(super) record: DepositRecord,
    /// Whether its sealer is done with it.
    pub(super) is_over: bool,
}

/// What one device made durable of carrying.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) quotas: Option<Quotas>,
    /// The device's own count of time.
    pub(super) now: CarryTime,
    /// The world's clock.
    pub(super) at: u64,
    pub(super) entries: BTreeMap<EnvelopeId, Entry>,
    pub(super) graves: BTreeMap<[u8; 32], TombstoneRecord>,
    pub(super) sealed: BTreeMap<EnvelopeId, Sealed>,
    /// What broke a rule.
    pub(super) complaints: Vec<String>,
    /// Changes of anything but how long the device has run.
    pub(super) changes: u64,
    /// The most that was kept at one time: bytes, envelopes, tombstones, deposits.
    pub(super) most: [u64; 4],
    /// When which share was full: from, until.
    pub(super) tight: BTreeMap<Tier, Vec<(u64, Option<u64>)>>,
    /// What is kept now of each depositor.
    used: BTreeMap<(Tier, Depositor), (u64, usize)>,
}

impl Ledger {
    /// Notes a batch that is being made durable.
    pub(super) fn note(&mut self, batch: &[Change]) {
        let (mut dropped, mut kept) = (BTreeSet::new(), Vec::new());
        for change in batch {
            self.changes += u64::from(!matches!(change, Change::PutCarryTime(_)));
            #[expect(
                clippy::wildcard_enum_match_arm,
                reason = "the others say nothing of carrying"
            )]
            match change {
                Change::PutCarried { record, .. } => {
                    dropped.remove(&record.id);
                    self.put(**record);
                    kept.push(**record);
                }
                Change::SpendCopies { envelope, copies } => self.spend(envelope, *copies),
                Change::AdoptCarried(envelope, tier, depositor) => {
                    self.adopted(envelope, *tier, *depositor)
                }
                Change::DropCarried(id) => {
                    dropped.insert(*id);
                }
                Change::PutTombstone(tombstone) => {
                    self.graves.insert(tombstone.purge(), *tombstone);
                }
                Change::DropTombstone(purge) => self.forget(purge),
                Change::PutDeposit(record) => {
                    let sealed = Sealed {
                        record: (**record).clone(),
                        is_over: false,
                    };
                    self.sealed.insert(record.envelope, sealed);
                }
                Change::DropDeposit(id) => {
                    if let Some(sealed) = self.sealed.get_mut(id) {
                        sealed.is_over = true;
                    }
                }
                _ => {}
            }
        }
        for id in &dropped {
            self.dropped(id);
        }
        for record in kept.iter().filter(|record| !dropped.contains(&record.id)) {
            if let Some(grave) = self.graves.get(&record.header.purge)
                && grave.until > self.now
            {
                self.complain(format!("kept {:?}, which was purged", record.id));
            }
        }
        self.measure();
    }

    /// Compares what is kept, by the store's own count, with how much that may be.
    pub(super) fn compare(&mut self, reader: &Reader, batch: &[Change]) {
        let is_fuller = batch
            .iter()
            .any(|change| matches!(change, Change::PutCarried { .. }));
        if let Some(quotas) = self.quotas.filter(|_| is_fuller) {
            let carrying = reader.carrying().expect("it is counted");
            self.check_quotas(&quotas, &carrying);
        }
    }

    /// What is over of a share, now.
    fn check_quotas(&mut self, quotas: &Quotas, carrying: &CarriedTotals) {
        for (tier, used) in &carrying.tiers {
            let most = (quotas.bytes_of(*tier), quotas.envelopes_of(*tier));
            if used.bytes > most.0 || used.envelopes > most.1 {
                self.complain(format!("{tier:?}: {used:?} is over {most:?}"));
            }
        }
        let greedy = self.of_depositors().filter(|(_, (bytes, envelopes))| {
            *bytes > quotas.depositor_bytes || *envelopes > quotas.depositor_envelopes
        });
        let greedy: Vec<String> = greedy.map(|one| format!("brought: {one:?}")).collect();
        greedy.into_iter().for_each(|what| self.complain(what));
    }

    /// What is kept of each depositor but the device itself, of each tier: bytes and envelopes.
    fn of_depositors(&self) -> impl Iterator<Item = (&(Tier, Depositor), &(u64, usize))> {
        let others = self.used.iter();
        others.filter(|((tier, _), _)| *tier != Tier::Own)
    }

    /// The envelopes that are kept now.
    pub(super) fn held(&self) -> impl Iterator<Item = &Entry> {
        let entries = self.entries.values();
        entries.filter(|entry| entry.fate == Fate::Held)
    }

    /// Whether a share, or that of some depositor, was full at any time of a stretch of the world's time.
    pub(super) fn is_tight(&self, tier: Tier, from: u64, until: u64) -> bool {
        let spans = self.tight.get(&tier).into_iter().flatten();
        let mut spans = spans.filter(|(since, _)| *since <= until);
        spans.any(|(_, ended)| ended.is_none_or(|ended| ended >= from))
    }

    fn put(&mut self, record: CarriedRecord) {
        let entry = Entry {
            record,
            fate: Fate::Held,
            spent_at: (record.copies <= 1).then_some(self.at),
            since: self.at,
            expired_at: None,
        };
        if let Some(before) = self.entries.insert(record.id, entry)
            && before.fate == Fate::Held
        {
            self.count(&before.record, false);
        }
        self.count(&record, true);
    }

    fn adopted(&mut self, envelope: &EnvelopeId, tier: Tier, depositor: Depositor) {
        let Some(entry) = self.entries.get_mut(envelope) else {
            return;
        };
        let before = entry.record;
        let after = CarriedRecord {
            tier,
            depositor,
            ..before
        };
        entry.record = after;
        if before.tier <= tier {
            self.complain(format!("{before:?} went back to {tier:?}"));
        }
        self.count(&before, false);
        self.count(&after, true);
    }

    fn spend(&mut self, envelope: &EnvelopeId, copies: u8) {
        if let Some(entry) = self.entries.get_mut(envelope) {
            entry.record.copies = copies;
            if copies <= 1 && entry.spent_at.is_none() {
                entry.spent_at = Some(self.at);
            }
        }
    }

    fn forget(&mut self, purge: &[u8; 32]) {
        if let Some(grave) = self.graves.remove(purge)
            && grave.until > self.now
        {
            self.complain(format!("forgot {grave:?} at {:?}", self.now));
        }
    }

    fn dropped(&mut self, id: &EnvelopeId) {
        let Some(entry) = self.entries.get_mut(id) else {
            return;
        };
        if entry.fate != Fate::Held {
            return;
        }
        let record = entry.record;
        entry.fate = if self.graves.contains_key(&record.header.purge) {
            Fate::Purged
        } else if record.expires_at <= self.now {
            Fate::Expired
        } else {
            Fate::Displaced
        };
        entry.expired_at = (entry.fate == Fate::Expired).then_some(self.at);
        let is_displaced = entry.fate == Fate::Displaced;
        self.count(&record, false);
        if is_displaced && matches!(record.tier, Tier::Own | Tier::Contact) {
            self.complain(format!("dropped {record:?} for want of room"));
        }
    }

    fn count(&mut self, record: &CarriedRecord, is_more: bool) {
        let bytes = u64::try_from(record.bytes).expect("it is small");
        let used = self
            .used
            .entry((record.tier, record.depositor))
            .or_default();
        *used = if is_more {
            (used.0 + bytes, used.1 + 1)
        } else {
            (used.0 - bytes, used.1 - 1)
        };
    }

    /// Notes how full it is.
    fn measure(&mut self) {
        let (mut bytes, mut envelopes) = (0, 0);
        let mut of_tiers: BTreeMap<Tier, (u64, usize)> = BTreeMap::new();
        for ((tier, _), used) in &self.used {
            let of_tier = of_tiers.entry(*tier).or_default();
            *of_tier = (of_tier.0 + used.0, of_tier.1 + used.1);
            bytes += used.0;
            envelopes += used.1;
        }
        let count = |length: usize| u64::try_from(length).expect("they are few");
        let deposits = self.sealed.values().filter(|sealed| !sealed.is_over);
        let now = [
            bytes,
            count(envelopes),
            count(self.graves.len()),
            count(deposits.count()),
        ];
        for (most, now) in self.most.iter_mut().zip(now) {
            *most = now.max(*most);
        }
        let Some(quotas) = self.quotas else {
            return;
        };
        let is_near = |used: (u64, usize), bytes: u64, envelopes: usize| {
            used.0 + TIGHT_BYTES > bytes || used.1 + TIGHT_ENVELOPES > envelopes
        };
        let (bytes, envelopes) = (quotas.depositor_bytes, quotas.depositor_envelopes);
        let mut of_depositors = self.of_depositors();
        let is_greedy = of_depositors.any(|(_, used)| is_near(*used, bytes, envelopes));
        drop(of_depositors);
        for tier in [Tier::Contact, Tier::Friend, Tier::Stranger] {
            let used = of_tiers.get(&tier).copied().unwrap_or_default();
            let most = (quotas.bytes_of(tier), quotas.envelopes_of(tier));
            let is_tight = is_greedy || is_near(used, most.0, most.1);
            let spans = self.tight.entry(tier).or_default();
            match spans.last_mut().filter(|(_, ended)| ended.is_none()) {
                Some((_, ended)) if !is_tight => *ended = Some(self.at),
                None if is_tight => spans.push((self.at, None)),
                Some(_) | None => {}
            }
        }
    }

    fn complain(&mut self, what: String) {
        self.complaints.push(what);
    }
}
