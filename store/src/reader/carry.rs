//! What is carried, as it is passed on, exported and told to people.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use rusqlite::{OptionalExtension, Row, params};
use tidings_protocol::carry::{Tier, Used};
use tidings_protocol::id::{ActorId, ConversationId, DeviceId, EnvelopeId};
use tidings_protocol::record::{
    CarriedRecord, CustodyRecord, DepositRecord, NoticeRecord, TombstoneRecord,
};

use super::Reader;
use crate::column::{read_count, read_size, read_tier, size, tier};
use crate::error::StoreError;
use crate::profile::carry::{self, carried_columns, carried_record, tombstone};
use crate::profile::notice;

/// How much is carried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CarriedTotals {
    /// In all, what this device sealed included.
    pub all: Used,
    /// Of each tier.
    pub tiers: BTreeMap<Tier, Used>,
}

impl Reader {
    /// The envelopes with these ids as they travel, those that are here, in that order: as many as take
    /// no more than `bytes_max`, and the first whatever it takes. Nothing if none is here.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn envelopes(
        &self,
        ids: &[EnvelopeId],
        bytes_max: usize,
    ) -> Result<Vec<(EnvelopeId, Vec<u8>)>, StoreError> {
        self.read(|connection| {
            let mut statement =
                connection.prepare_cached("SELECT bytes FROM carried_bytes WHERE id = ?1")?;
            let (mut envelopes, mut total) = (Vec::new(), 0_usize);
            for id in ids {
                let envelope = statement.query_row([id.as_bytes()], |row| row.get(0));
                let Some(envelope): Option<Vec<u8>> = envelope.optional()? else {
                    continue;
                };
                total = total.saturating_add(envelope.len());
                if total > bytes_max && !envelopes.is_empty() {
                    break;
                }
                envelopes.push((*id, envelope));
            }
            Ok(envelopes)
        })
    }

    /// So many envelopes of these priorities at most with what is known of them, ascending by id from beyond `after`.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn carried_after(
        &self,
        priorities: &RangeInclusive<u8>,
        after: Option<EnvelopeId>,
        count: usize,
    ) -> Result<Vec<(CarriedRecord, Vec<u8>)>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(concat!(
                "SELECT ",
                carried_columns!(),
                ", b.bytes FROM carried AS c CROSS JOIN carried_bytes AS b ON b.id = c.id
                 WHERE c.id > ?1 AND c.priority BETWEEN ?3 AND ?4 ORDER BY c.id LIMIT ?2",
            ))?;
            let after = after.as_ref().map(|id| id.as_bytes().as_slice());
            let (first, last) = (priorities.start(), priorities.end());
            let wanted = params![beyond(after), size(count), first, last];
            let rows =
                statement.query_map(wanted, |row| Ok((carried_record(row)?, row.get(11)?)))?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// How much is carried, in all and of each tier.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn carrying(&self) -> Result<CarriedTotals, StoreError> {
        self.read(|connection| {
            let mut carrying = CarriedTotals {
                all: Used::default(),
                tiers: Tier::ALL.map(|tier| (tier, Used::default())).into(),
            };
            let mut statement = connection
                .prepare_cached("SELECT tier, count(*), sum(bytes) FROM carried GROUP BY tier")?;
            for row in statement.query_map([], used)? {
                let (tier, used) = row?;
                carrying.all.bytes = carrying.all.bytes.saturating_add(used.bytes);
                carrying.all.envelopes = carrying.all.envelopes.saturating_add(used.envelopes);
                carrying.tiers.insert(tier, used);
            }
            Ok(carrying)
        })
    }

    /// So many tombstones at most, ascending by purge hash from beyond `after`.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn tombstones_after(
        &self,
        after: Option<[u8; 32]>,
        count: usize,
    ) -> Result<Vec<TombstoneRecord>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT preimage, until FROM tombstones WHERE purge > ?1 ORDER BY purge LIMIT ?2",
            )?;
            let after = after.as_ref().map(<[u8; 32]>::as_slice);
            let rows = statement.query_map(params![beyond(after), size(count)], tombstone)?;
            Ok(rows.collect::<rusqlite::Result<_>>()?)
        })
    }

    /// The envelopes that this device sealed and that may still be on their way, ascending by id.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn deposits(&self) -> Result<Vec<DepositRecord>, StoreError> {
        self.read(carry::deposits)
    }

    /// The envelopes of our own that are no deposits, ascending by id: what this device sealed while it paired.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn undeposited(&self) -> Result<Vec<EnvelopeId>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT c.id FROM carried AS c WHERE c.tier = ?1
                     AND NOT EXISTS (SELECT 1 FROM deposits AS d WHERE d.envelope = c.id)
                 ORDER BY c.id",
            )?;
            let rows = statement.query_map([tier(Tier::Own)], |row| row.get(0));
            Ok(rows?
                .map(|id| id.map(EnvelopeId::new))
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// As which actors a device writes in other conversations than this one, ascending.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn actors_elsewhere(
        &self,
        conversation: ConversationId,
        device: DeviceId,
    ) -> Result<BTreeSet<ActorId>, StoreError> {
        self.read(|connection| {
            let mut statement = connection.prepare_cached(
                "SELECT actor FROM actors WHERE conversation <> ?1 AND device = ?2",
            )?;
            let place = [conversation.as_bytes(), device.as_bytes()];
            let rows = statement.query_map(place, |row| row.get(0));
            Ok(rows?
                .map(|actor| actor.map(ActorId::new))
                .collect::<rusqlite::Result<_>>()?)
        })
    }

    /// Who promised to keep those, ascending by envelope and device.
    ///
    /// # Errors
    /// [`StoreError`] if they cannot be read.
    pub fn custodies(&self) -> Result<Vec<CustodyRecord>, StoreError> {
        self.read(carry::custodies)
    }

    /// What was heard nearby, ascending by id; some of it may be over.
    ///
    /// # Errors
    /// [`StoreError`] if it cannot be read.
    pub fn notices(&self) -> Result<Vec<NoticeRecord>, StoreError> {
        self.read(notice::notices)
    }
}

/// What all ids lie beyond, if nothing is said.
fn beyond(after: Option<&[u8]>) -> &[u8] {
    after.unwrap_or_default()
}

fn used(row: &Row<'_>) -> rusqlite::Result<(Tier, Used)> {
    let used = Used {
        envelopes: read_size(row, 1)?,
        bytes: read_count(row, 2)?,
    };
    Ok((read_tier(row, 0)?, used))
}

#[cfg(test)]
mod tests;
