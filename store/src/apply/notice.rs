//! Notices: what is heard nearby, and the key by which this device says something there.
//!
//! Invariants
//! - Notices are no secret, and go as rows do; but when our person turns it off, nothing of it stays on the disk.
//! - The key lies in a page of its own, which is never rearranged.

use rusqlite::params;
use tidings_protocol::carry::NoticeKind;
use tidings_protocol::id::{NearbyKey, NoticeId};
use tidings_protocol::record::{NearbyKeyRecord, NoticeRecord, PassedRecord};

use super::Applier;
use crate::column::{carry_time, integer, wall};
use crate::error::StoreError;

impl Applier<'_> {
    pub(super) fn put_notice(&self, record: &NoticeRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO notices (id, bytes, kept_at, expires_at, hops, depositor, received_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                record.notice.id().as_bytes(),
                record.notice.as_bytes(),
                carry_time(record.kept_at),
                carry_time(record.expires_at),
                record.hops,
                record.depositor.as_bytes(),
                wall(record.received_at),
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_notice(&self, id: NoticeId) -> Result<(), StoreError> {
        self.execute("DELETE FROM notices WHERE id = ?1", &[id.as_bytes()])?;
        Ok(())
    }

    pub(super) fn put_passed(&self, passed: &PassedRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO passed_notices (key, kind, number, at) VALUES (?1, ?2, ?3, ?4)",
            params![
                passed.key.as_bytes(),
                passed.kind.number(),
                integer(passed.number),
                carry_time(passed.at),
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_passed(&self, key: NearbyKey, kind: NoticeKind) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM passed_notices WHERE key = ?1 AND kind = ?2",
            params![key.as_bytes(), kind.number()],
        )?;
        Ok(())
    }

    pub(super) fn put_nearby_key(&mut self, key: &NearbyKeyRecord) -> Result<(), StoreError> {
        self.erased |= self.execute(
            "UPDATE nearby_key SET secret = ?1 WHERE secret <> ?1",
            &[&key.secret.expose()],
        )? > 0;
        self.execute(
            "INSERT INTO nearby_key (one, number, secret) VALUES (1, ?1, ?2)
             ON CONFLICT (one) DO UPDATE SET number = excluded.number",
            params![integer(key.number), key.secret.expose()],
        )?;
        Ok(())
    }

    pub(super) fn forget_nearby(&mut self) -> Result<(), StoreError> {
        self.erased |= self.execute("DELETE FROM nearby_key", &[])? > 0;
        self.execute("DELETE FROM passed_notices", &[])?;
        self.scattered |= self.execute("DELETE FROM notices", &[])? > 0;
        Ok(())
    }
}
