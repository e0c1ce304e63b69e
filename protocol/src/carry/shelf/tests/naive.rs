//! The shelf once more, as plainly as can be: two lists that are gone through each time.

use super::*;

#[derive(Debug, Clone)]
pub(super) struct Naive {
    pub(super) quotas: Quotas,
    pub(super) held: Vec<CarriedRecord>,
    pub(super) tombstones: Vec<TombstoneRecord>,
}

impl Naive {
    pub(super) fn used(&self, is_meant: impl Fn(&CarriedRecord) -> bool) -> (u64, usize) {
        let meant = self.held.iter().filter(|record| is_meant(record));
        meant.fold((0, 0), |(bytes, envelopes), record| {
            (bytes + size(record.bytes), envelopes + 1)
        })
    }

    fn check(&self, envelope: &Envelope, brought: &Brought) -> Result<Vec<EnvelopeId>, Refused> {
        let (header, bytes) = (envelope.header(), size(envelope.as_bytes().len()));
        let hours = u64::from(header.lifetime_hours);
        if self.held.iter().any(|record| record.id == envelope.id()) {
            return Err(Refused::Held);
        }
        if self
            .tombstones
            .iter()
            .any(|tombstone| tombstone.purge() == header.purge)
        {
            return Err(Refused::Purged);
        }
        if brought.age >= Duration::from_secs(hours * 3_600) {
            return Err(Refused::Over);
        }
        if brought.tier == Tier::Own {
            return Ok(Vec::new());
        }
        if brought.hops > HOPS_MAX {
            return Err(Refused::Far);
        }
        let by_them = |record: &CarriedRecord| {
            (record.tier, record.depositor) == (brought.tier, brought.depositor)
        };
        let (of_depositor, count) = self.used(by_them);
        if of_depositor + bytes > self.quotas.depositor_bytes
            || count + 1 > self.quotas.depositor_envelopes
        {
            return Err(Refused::Greedy);
        }
        self.make_room(header.priority, bytes, brought.tier)
            .ok_or(Refused::Full)
    }

    /// What goes: the least urgent, of those what is over soonest, until there is room.
    fn make_room(&self, priority: Priority, bytes: u64, tier: Tier) -> Option<Vec<EnvelopeId>> {
        let mut rest = self.clone();
        let mut dropped = Vec::new();
        loop {
            let (used, count) = rest.used(|record| record.tier == tier);
            if used + bytes <= self.quotas.bytes_of(tier) && count < self.quotas.envelopes_of(tier)
            {
                return Some(dropped);
            }
            let least = rest.held.iter().filter(|record| record.tier == tier);
            let least = least.max_by_key(|record| {
                let life = std::cmp::Reverse(record.expires_at);
                (record.header.priority, life, record.id)
            })?;
            if tier == Tier::Contact || least.header.priority <= priority {
                return None;
            }
            let id = least.id;
            dropped.push(id);
            rest.held.retain(|record| record.id != id);
        }
    }

    pub(super) fn keep(
        &mut self,
        envelope: &Envelope,
        brought: &Brought,
        now: CarryTime,
    ) -> Result<Kept, Refused> {
        let dropped = self.check(envelope, brought)?;
        let hours = Duration::from_secs(u64::from(envelope.header().lifetime_hours) * 3_600);
        let record = CarriedRecord {
            id: envelope.id(),
            header: *envelope.header(),
            bytes: envelope.as_bytes().len(),
            expires_at: now + (hours - brought.age),
            hops: brought.hops,
            copies: brought.copies.min(COPIES_MAX),
            tier: brought.tier,
            depositor: brought.depositor,
        };
        self.held.retain(|record| !dropped.contains(&record.id));
        self.held.push(record);
        self.held.sort_by_key(|record| record.id);
        Ok(Kept { record, dropped })
    }

    pub(super) fn purge(&mut self, preimage: [u8; 32], now: CarryTime) -> Purged {
        let purge = Domain::Purge.hash(&[&preimage]);
        if self.held.iter().all(|record| record.header.purge != purge) {
            return Purged::default();
        }
        self.finish(preimage, 0, now)
    }

    pub(super) fn finish(&mut self, preimage: [u8; 32], hours: u16, now: CarryTime) -> Purged {
        let purge = Domain::Purge.hash(&[&preimage]);
        let is_meant = |record: &CarriedRecord| record.header.purge == purge;
        let meant: Vec<CarriedRecord> = self.held.extract_if(.., |one| is_meant(one)).collect();
        let lives = meant.iter().map(|record| record.header.lifetime_hours);
        let hours = lives.chain([hours]).max().unwrap();
        let until = now + Duration::from_secs(u64::from(hours) * 3_600);
        let before = self.tombstones.iter();
        let before = before.filter(|before| before.preimage == preimage);
        let until = before.map(|before| before.until).chain([until]).max();
        let until = until.unwrap();
        let tombstone = TombstoneRecord { preimage, until };
        self.bury(tombstone);
        Purged {
            dropped: meant.into_iter().map(|record| record.id).collect(),
            tombstone: Some(tombstone),
            forgotten: Vec::new(),
        }
    }

    pub(super) fn bury(&mut self, tombstone: TombstoneRecord) {
        self.tombstones
            .retain(|before| before.preimage != tombstone.preimage);
        self.tombstones.push(tombstone);
    }

    pub(super) fn expire(&mut self, now: CarryTime) {
        self.held.retain(|record| record.expires_at > now);
        self.tombstones.retain(|tombstone| tombstone.until > now);
    }
}
