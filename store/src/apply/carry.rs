//! Carrying: what is kept for others, and what became of what this device sealed.
//!
//! Invariants
//! - Only the preimages of purge hashes must not outlive their deletion; what is carried is sealed, and what was
//!   purged is told to anybody.
//! - Those preimages lie in pages of their own, which are never rearranged: nothing of them is scattered.

use rusqlite::params;
use tidings_protocol::carry::{Depositor, Tier};
use tidings_protocol::id::{ConversationId, DeviceId, EnvelopeId};
use tidings_protocol::record::{
    CarriedRecord, CustodyRecord, DepositRecord, Enclosed, TombstoneRecord,
};
use tidings_protocol::time::CarryTime;

use super::Applier;
use crate::column::{carry_time, cbor, integer, size, tier};
use crate::error::StoreError;

impl Applier<'_> {
    pub(super) fn put_carried(
        &self,
        record: &CarriedRecord,
        envelope: &[u8],
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO carried (id, tag, lifetime_hours, priority, purge, bytes,
                 expires_at, hops, copies, tier, depositor)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                record.id.as_bytes(),
                record.header.tag.as_bytes(),
                record.header.lifetime_hours,
                record.header.priority.byte(),
                record.header.purge,
                size(record.bytes),
                carry_time(record.expires_at),
                record.hops,
                record.copies,
                tier(record.tier),
                record.depositor.as_bytes(),
            ],
        )?;
        // The same id is of the same bytes.
        self.execute(
            "INSERT INTO carried_bytes (id, bytes) VALUES (?1, ?2) ON CONFLICT (id) DO NOTHING",
            params![record.id.as_bytes(), envelope],
        )?;
        Ok(())
    }

    pub(super) fn spend_copies(&self, envelope: EnvelopeId, copies: u8) -> Result<(), StoreError> {
        self.execute(
            "UPDATE carried SET copies = ?2 WHERE id = ?1",
            params![envelope.as_bytes(), copies],
        )?;
        Ok(())
    }

    pub(super) fn adopt_carried(
        &self,
        envelope: EnvelopeId,
        of: Tier,
        depositor: Depositor,
    ) -> Result<(), StoreError> {
        self.execute(
            "UPDATE carried SET tier = ?2, depositor = ?3 WHERE id = ?1",
            params![envelope.as_bytes(), tier(of), depositor.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn drop_carried(&self, envelope: EnvelopeId) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM carried_bytes WHERE id = ?1",
            &[envelope.as_bytes()],
        )?;
        self.execute("DELETE FROM carried WHERE id = ?1", &[envelope.as_bytes()])?;
        Ok(())
    }

    pub(super) fn put_tombstone(&self, tombstone: &TombstoneRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO tombstones (purge, preimage, until) VALUES (?1, ?2, ?3)",
            params![
                tombstone.purge(),
                tombstone.preimage,
                carry_time(tombstone.until),
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_tombstone(&self, purge: &[u8; 32]) -> Result<(), StoreError> {
        self.execute("DELETE FROM tombstones WHERE purge = ?1", &[purge])?;
        Ok(())
    }

    pub(super) fn put_carry_time(&self, time: CarryTime) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO carry_time (one, millis) VALUES (1, ?1)",
            &[&carry_time(time)],
        )?;
        Ok(())
    }

    pub(super) fn put_deposit(&mut self, deposit: &DepositRecord) -> Result<(), StoreError> {
        let replaced = self
            .transaction
            .prepare_cached("SELECT 1 FROM deposits WHERE envelope = ?1 AND purge <> ?2")?
            .exists(params![deposit.envelope.as_bytes(), deposit.purge.expose()])?;
        self.erased |= replaced;
        let enclosed = deposit.enclosed.as_ref();
        let first = enclosed.map(|Enclosed { first, .. }| integer(*first));
        let last = enclosed.map(|Enclosed { last, .. }| integer(*last));
        self.execute(
            "INSERT INTO deposits (envelope, device, people, actor, first, last, purge, room)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (envelope) DO UPDATE SET device = excluded.device,
                 people = excluded.people, actor = excluded.actor, first = excluded.first,
                 last = excluded.last, purge = excluded.purge, room = excluded.room",
            params![
                deposit.envelope.as_bytes(),
                deposit.device.as_ref().map(DeviceId::as_bytes),
                cbor(&deposit.people),
                enclosed.map(|Enclosed { actor, .. }| actor.as_bytes()),
                first,
                last,
                deposit.purge.expose(),
                deposit.room.as_ref().map(ConversationId::as_bytes),
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_deposit(&mut self, envelope: EnvelopeId) -> Result<(), StoreError> {
        self.erased |= self.execute(
            "DELETE FROM deposits WHERE envelope = ?1",
            &[envelope.as_bytes()],
        )? > 0;
        self.execute(
            "DELETE FROM custodies WHERE envelope = ?1",
            &[envelope.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn put_custody(&self, custody: &CustodyRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO custodies (envelope, holder, until) VALUES (?1, ?2, ?3)",
            params![
                custody.envelope.as_bytes(),
                custody.holder.as_bytes(),
                carry_time(custody.until),
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_custody(
        &self,
        envelope: EnvelopeId,
        holder: DeviceId,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM custodies WHERE envelope = ?1 AND holder = ?2",
            &[envelope.as_bytes(), holder.as_bytes()],
        )?;
        Ok(())
    }
}
