//! The shelf: which envelopes are kept, and what of them is passed on or dropped when.
//!
//! It holds all but the bytes, which are in the store under the same ids. What changes here is for the caller to
//! make durable in the same batch.
//!
//! Invariants
//! - What others brought never takes more than its tier's share, nor in that than its depositor's.
//! - Our own mail is never dropped for want of room, nor what is more urgent for what is less.
//! - What was purged here is not taken again while its tombstone stands.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::tier::{Depositor, Quotas, Tier};
use super::{COPIES_MAX, HOPS_MAX, TOMBSTONES_MAX};
use crate::domain::Domain;
use crate::envelope::{Envelope, Header, Priority};
use crate::id::{EnvelopeId, Tag};
use crate::record::{CarriedRecord, TombstoneRecord};
use crate::time::CarryTime;

/// Later than anything.
const FAR: CarryTime = CarryTime::from_millis(u64::MAX);
/// Whoever passes an envelope on keeps one in so many of its copies, rounded up.
const KEPT_OF_COPIES: u8 = 3;
/// A last copy wanders when so many of so many parts of the lifetime are over: three days of a week.
const LATE_PARTS: (u32, u32) = (3, 7);

/// What comes with an envelope, as whoever brings it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Brought {
    /// How long it has been carried.
    pub age: Duration,
    /// Through how many carriers it came, the one who brings it included.
    pub hops: u8,
    /// To how many strangers it may be passed on.
    pub copies: u8,
    /// For whom it would be kept.
    pub tier: Tier,
    /// Who brings it.
    pub depositor: Depositor,
}

/// Why an envelope is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is kept already.
    #[error("kept already")]
    Held,
    /// It was purged.
    #[error("purged")]
    Purged,
    /// Its lifetime is over.
    #[error("its lifetime is over")]
    Over,
    /// It came through too many carriers.
    #[error("it came through {HOPS_MAX} carriers")]
    Far,
    /// There is no room for what is as little urgent.
    #[error("there is no room")]
    Full,
    /// Whoever brings it has brought as much as one may.
    #[error("its depositor has no room left")]
    Greedy,
}

/// What kept one more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// What is kept now.
    pub record: CarriedRecord,
    /// What was dropped to make room.
    pub dropped: Vec<EnvelopeId>,
}

/// What a purge came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Purged {
    /// What is kept no longer.
    pub dropped: Vec<EnvelopeId>,
    /// What is remembered of it.
    pub tombstone: Option<TombstoneRecord>,
    /// The tombstones that made room for that, by purge hash.
    pub forgotten: Vec<[u8; 32]>,
}

/// What is over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expired {
    /// Envelopes.
    pub dropped: Vec<EnvelopeId>,
    /// Tombstones, by purge hash.
    pub forgotten: Vec<[u8; 32]>,
}

/// Room that is taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Bytes.
    pub bytes: u64,
    /// Envelopes.
    pub envelopes: usize,
}

impl Used {
    fn add(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(size(bytes));
        self.envelopes = self.envelopes.saturating_add(1);
    }

    fn remove(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(size(bytes));
        self.envelopes = self.envelopes.saturating_sub(1);
    }
}

/// In what order what is kept of a tier is dropped: the last first.
type Worth = (Tier, Priority, std::cmp::Reverse<CarryTime>, EnvelopeId);

/// All envelopes that are kept.
#[derive(Debug)]
pub struct Shelf {
    quotas: Quotas,
    held: BTreeMap<EnvelopeId, CarriedRecord>,
    tags: BTreeSet<(Tag, EnvelopeId)>,
    purges: BTreeSet<([u8; 32], EnvelopeId)>,
    lives: BTreeSet<(CarryTime, EnvelopeId)>,
    worth: BTreeSet<Worth>,
    tombstones: BTreeMap<[u8; 32], TombstoneRecord>,
    graves: BTreeSet<(CarryTime, [u8; 32])>,
    of_tier: BTreeMap<Tier, Used>,
    of_depositor: BTreeMap<(Tier, Depositor), Used>,
}

impl Shelf {
    /// An empty one.
    #[must_use]
    pub const fn new(quotas: Quotas) -> Self {
        Self {
            quotas,
            held: BTreeMap::new(),
            tags: BTreeSet::new(),
            purges: BTreeSet::new(),
            lives: BTreeSet::new(),
            worth: BTreeSet::new(),
            tombstones: BTreeMap::new(),
            graves: BTreeSet::new(),
            of_tier: BTreeMap::new(),
            of_depositor: BTreeMap::new(),
        }
    }

    /// Goes on from what a store holds.
    #[must_use]
    pub fn restore(
        quotas: Quotas,
        carried: impl IntoIterator<Item = CarriedRecord>,
        tombstones: impl IntoIterator<Item = TombstoneRecord>,
    ) -> Self {
        let mut shelf = Self::new(quotas);
        carried.into_iter().for_each(|record| shelf.insert(record));
        for tombstone in tombstones {
            shelf.bury(tombstone);
        }
        shelf
    }

    /// Has other quotas hold from now on. What is kept beyond them stays until its lifetime is over.
    pub const fn put_quotas(&mut self, quotas: Quotas) {
        self.quotas = quotas;
    }

    /// Whether an envelope with this header would be kept, without its bytes.
    ///
    /// # Errors
    /// [`Refused`] with the reason against it.
    pub fn check(
        &self,
        id: &EnvelopeId,
        header: &Header,
        bytes: usize,
        brought: &Brought,
    ) -> Result<(), Refused> {
        if self.held.contains_key(id) {
            return Err(Refused::Held);
        }
        if self.tombstones.contains_key(&header.purge) {
            return Err(Refused::Purged);
        }
        if brought.age >= header.lifetime() {
            return Err(Refused::Over);
        }
        if brought.tier == Tier::Own {
            return Ok(());
        }
        if brought.hops > HOPS_MAX {
            return Err(Refused::Far);
        }
        if !self.has_share(brought.tier, brought.depositor, bytes) {
            return Err(Refused::Greedy);
        }
        self.surplus(header.priority, bytes, brought.tier)
            .map(drop)
            .ok_or(Refused::Full)
    }

    /// Keeps an envelope, in place of less urgent ones of its tier where there is no room.
    ///
    /// # Errors
    /// [`Refused`]; nothing is changed then.
    pub fn keep(
        &mut self,
        envelope: &Envelope,
        brought: &Brought,
        now: CarryTime,
    ) -> Result<Kept, Refused> {
        let (id, header, bytes) = (envelope.id(), *envelope.header(), envelope.as_bytes().len());
        self.check(&id, &header, bytes, brought)?;
        let surplus = self.surplus(header.priority, bytes, brought.tier);
        let dropped = surplus.ok_or(Refused::Full)?;
        for id in &dropped {
            self.drop_one(id);
        }
        let left = header.lifetime().saturating_sub(brought.age);
        let record = CarriedRecord {
            id,
            header,
            bytes,
            expires_at: now + left,
            hops: brought.hops,
            copies: brought.copies.min(COPIES_MAX),
            tier: brought.tier,
            depositor: brought.depositor,
        };
        self.insert(record);
        Ok(Kept { record, dropped })
    }

    /// Keeps an envelope as if it had been brought for a nearer tier; returns what is known of it then. Nothing is
    /// changed where there is no room for it there.
    pub fn adopt(
        &mut self,
        id: &EnvelopeId,
        tier: Tier,
        depositor: Depositor,
    ) -> Option<CarriedRecord> {
        let record = *self.held.get(id).filter(|record| tier < record.tier)?;
        let has_room = self.has_share(tier, depositor, record.bytes)
            && self
                .surplus(record.header.priority, record.bytes, tier)?
                .is_empty();
        if !has_room {
            return None;
        }
        let record = CarriedRecord {
            tier,
            depositor,
            ..record
        };
        self.insert(record);
        Some(record)
    }

    /// Keeps an envelope no longer; returns what was known of it.
    pub fn drop_one(&mut self, id: &EnvelopeId) -> Option<CarriedRecord> {
        let record = self.held.remove(id)?;
        self.tags.remove(&(record.header.tag, *id));
        self.purges.remove(&(record.header.purge, *id));
        self.lives.remove(&(record.expires_at, *id));
        self.worth.remove(&worth(&record));
        if let Some(used) = self.of_tier.get_mut(&record.tier) {
            used.remove(record.bytes);
        }
        let place = (record.tier, record.depositor);
        if let Some(used) = self.of_depositor.get_mut(&place) {
            used.remove(record.bytes);
            if used.envelopes == 0 {
                self.of_depositor.remove(&place);
            }
        }
        Some(record)
    }

    /// Drops what a preimage purges, and remembers it. What is not here is not remembered: else anybody could have
    /// us remember without end.
    pub fn purge(&mut self, preimage: [u8; 32], now: CarryTime) -> Purged {
        let purge = Domain::Purge.hash(&[&preimage]);
        if self.with_purge(purge).next().is_none() {
            return Purged::default();
        }
        self.finish(preimage, 0, now)
    }

    /// Drops what a preimage purges, and remembers it, here or not, for as long as an envelope of that lifetime, or
    /// of any that is dropped, could still be on its way.
    pub fn finish(&mut self, preimage: [u8; 32], lifetime_hours: u16, now: CarryTime) -> Purged {
        let purge = Domain::Purge.hash(&[&preimage]);
        let dropped: Vec<EnvelopeId> = self.with_purge(purge).collect();
        let dropped_hours = dropped
            .iter()
            .filter_map(|id| self.drop_one(id))
            .map(|record| record.header.lifetime_hours);
        let hours = dropped_hours.fold(lifetime_hours, u16::max);
        let before = self.tombstones.get(&purge).map(|before| before.until);
        let until = now + Duration::from_hours(hours.into());
        let until = until.max(before.unwrap_or_default());
        let tombstone = TombstoneRecord { preimage, until };
        let forgotten = self.bury(tombstone);
        Purged {
            dropped,
            tombstone: Some(tombstone),
            forgotten,
        }
    }

    /// Remembers what was purged before it was kept here; returns the purge hashes of what is forgotten for it.
    pub fn bury(&mut self, tombstone: TombstoneRecord) -> Vec<[u8; 32]> {
        let purge = tombstone.purge();
        if let Some(before) = self.tombstones.insert(purge, tombstone) {
            self.graves.remove(&(before.until, purge));
        }
        self.graves.insert((tombstone.until, purge));
        let surplus = self.tombstones.len().saturating_sub(TOMBSTONES_MAX);
        let forgotten: Vec<_> = self.graves.iter().take(surplus).copied().collect();
        for grave in &forgotten {
            self.graves.remove(grave);
            self.tombstones.remove(&grave.1);
        }
        forgotten.into_iter().map(|(_, purge)| purge).collect()
    }

    /// Drops what is over.
    pub fn expire(&mut self, now: CarryTime) -> Expired {
        let over = self.lives.iter().take_while(|(at, _)| *at <= now);
        let dropped: Vec<EnvelopeId> = over.map(|(_, id)| *id).collect();
        for id in &dropped {
            self.drop_one(id);
        }
        let over = self.graves.iter().take_while(|(at, _)| *at <= now);
        let over: Vec<_> = over.copied().collect();
        for grave in &over {
            self.graves.remove(grave);
            self.tombstones.remove(&grave.1);
        }
        let forgotten = over.into_iter().map(|(_, purge)| purge).collect();
        Expired { dropped, forgotten }
    }

    /// When something is over next.
    #[must_use]
    pub fn next_at(&self) -> Option<CarryTime> {
        let lives = self.lives.first().map(|(at, _)| *at);
        let graves = self.graves.first().map(|(at, _)| *at);
        lives.into_iter().chain(graves).min()
    }

    /// Takes out of an envelope's copies what a neighbour gets that it is passed on to: how many, and how many are
    /// left. Nothing if it may not be passed on there.
    pub fn spend(&mut self, id: &EnvelopeId, is_contact: bool, now: CarryTime) -> Option<(u8, u8)> {
        let record = self.held.get_mut(id)?;
        if !may_pass_on(record, is_contact, now) {
            return None;
        }
        let kept = match record.copies {
            1 if is_late(record, now) => 0,
            copies => copies.div_ceil(KEPT_OF_COPIES),
        };
        let given = record.copies.saturating_sub(kept);
        record.copies = kept;
        Some((given, kept))
    }

    /// What is known of an envelope that is kept.
    #[must_use]
    pub fn get(&self, id: &EnvelopeId) -> Option<&CarriedRecord> {
        self.held.get(id)
    }

    /// What was purged with this hash in its header.
    #[must_use]
    pub fn tombstone(&self, purge: &[u8; 32]) -> Option<&TombstoneRecord> {
        self.tombstones.get(purge)
    }

    /// All that is kept, ascending by id.
    pub fn iter(&self) -> impl Iterator<Item = &CarriedRecord> {
        self.held.values()
    }

    /// The envelopes with a tag.
    pub fn with_tag(&self, tag: Tag) -> impl Iterator<Item = EnvelopeId> + '_ {
        let from = (tag, EnvelopeId::new([0; 32]));
        let through = (tag, EnvelopeId::new([u8::MAX; 32]));
        self.tags.range(from..=through).map(|(_, id)| *id)
    }

    /// The envelopes with a purge hash.
    fn with_purge(&self, purge: [u8; 32]) -> impl Iterator<Item = EnvelopeId> + '_ {
        let from = (purge, EnvelopeId::new([0; 32]));
        let through = (purge, EnvelopeId::new([u8::MAX; 32]));
        self.purges.range(from..=through).map(|(_, id)| *id)
    }

    /// How much of a tier is kept.
    #[must_use]
    pub fn used(&self, tier: Tier) -> Used {
        self.of_tier.get(&tier).copied().unwrap_or_default()
    }

    /// How much each of those who brought something did of each tier, this device aside.
    pub fn brought(&self) -> impl Iterator<Item = Used> + '_ {
        let depositors = self.of_depositor.iter();
        let others = depositors.filter(|((tier, _), _)| *tier != Tier::Own);
        others.map(|(_, used)| *used)
    }

    /// What changes with what is kept and what is remembered as purged.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        let ids = self.held.keys().flat_map(|id| *id.as_bytes());
        let ids: Vec<u8> = ids.collect();
        let purged: Vec<u8> = self.tombstones.keys().flatten().copied().collect();
        Domain::CarriedDigest.hash(&[&ids, &purged])
    }

    /// How many tombstones stand.
    #[must_use]
    pub fn tombstones(&self) -> usize {
        self.tombstones.len()
    }

    fn insert(&mut self, record: CarriedRecord) {
        let id = record.id;
        self.drop_one(&id);
        self.tags.insert((record.header.tag, id));
        self.purges.insert((record.header.purge, id));
        self.lives.insert((record.expires_at, id));
        self.worth.insert(worth(&record));
        self.of_tier
            .entry(record.tier)
            .or_default()
            .add(record.bytes);
        let of_depositor = self.of_depositor.entry((record.tier, record.depositor));
        of_depositor.or_default().add(record.bytes);
        self.held.insert(id, record);
    }

    /// Whether a depositor may bring so many bytes more of a tier.
    fn has_share(&self, tier: Tier, depositor: Depositor, bytes: usize) -> bool {
        let used = self.of_depositor.get(&(tier, depositor));
        let used = used.copied().unwrap_or_default();
        used.bytes.saturating_add(size(bytes)) <= self.quotas.depositor_bytes
            && used.envelopes < self.quotas.depositor_envelopes
    }

    /// What of a tier makes room for so many bytes of that priority: less urgent ones, and of equally urgent ones
    /// none. `None` if that is not enough.
    fn surplus(&self, priority: Priority, bytes: usize, tier: Tier) -> Option<Vec<EnvelopeId>> {
        let used = self.used(tier);
        let bytes_max = self.quotas.bytes_of(tier);
        let mut over_bytes = used
            .bytes
            .saturating_add(size(bytes))
            .saturating_sub(bytes_max);
        let envelopes_max = self.quotas.envelopes_of(tier);
        let mut over = used
            .envelopes
            .saturating_add(1)
            .saturating_sub(envelopes_max);
        let mut surplus = Vec::new();
        if over_bytes == 0 && over == 0 {
            return Some(surplus);
        }
        // What contacts bring is promised to be kept.
        if tier == Tier::Contact {
            return None;
        }
        let from = (
            tier,
            Priority::FIRST,
            std::cmp::Reverse(FAR),
            EnvelopeId::new([0; 32]),
        );
        let last = EnvelopeId::new([u8::MAX; 32]);
        let through = (
            tier,
            Priority::new(u8::MAX),
            std::cmp::Reverse(CarryTime::default()),
            last,
        );
        for (_, of_priority, _, id) in self.worth.range(from..=through).rev() {
            if *of_priority <= priority {
                return None;
            }
            let record = self.held.get(id)?;
            surplus.push(*id);
            over_bytes = over_bytes.saturating_sub(size(record.bytes));
            over = over.saturating_sub(1);
            if over_bytes == 0 && over == 0 {
                return Some(surplus);
            }
        }
        None
    }
}

/// How long an envelope has been carried.
#[must_use]
pub fn age(record: &CarriedRecord, now: CarryTime) -> Duration {
    let left = record.expires_at.since(now);
    record.header.lifetime().saturating_sub(left)
}

/// Whether an envelope may be passed on to a neighbour, to be kept there. A last copy stays where it is until it
/// is late: passed on at once, it would be on its way long after the envelope has arrived.
#[must_use]
pub fn may_pass_on(record: &CarriedRecord, is_contact: bool, now: CarryTime) -> bool {
    let has_copies = match record.copies {
        0 => false,
        1 => is_late(record, now),
        _ => true,
    };
    record.hops < HOPS_MAX && (is_contact || has_copies)
}

/// Whether so much of the lifetime is over that the envelope should have arrived.
fn is_late(record: &CarriedRecord, now: CarryTime) -> bool {
    let (parts, all) = LATE_PARTS;
    age(record, now).saturating_mul(all) >= record.header.lifetime().saturating_mul(parts)
}

fn worth(record: &CarriedRecord) -> Worth {
    let priority = record.header.priority;
    let life = std::cmp::Reverse(record.expires_at);
    (record.tier, priority, life, record.id)
}

fn size(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
