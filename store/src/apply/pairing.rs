//! Pairing: invites of ours, and joins that wait for an answer.
//!
//! Invariants
//! - What is used up or deleted must not outlive that: whatever does so says that it has erased.

use rusqlite::params;
use tidings_protocol::id::Tag;
use tidings_protocol::record::{InviteRecord, PendingJoinRecord};

use super::Applier;
use crate::column::{cbor, wall};
use crate::error::StoreError;

impl Applier<'_> {
    pub(super) fn put_invite(&mut self, invite: &InviteRecord) -> Result<(), StoreError> {
        // An invite that is used up keeps its row and loses its secret.
        let replaced = self
            .transaction
            .prepare_cached(
                "SELECT 1 FROM invites WHERE tag = ?1 AND secret <> ?2 AND length(secret) > 0",
            )?
            .exists(params![invite.tag.as_bytes(), invite.secret.expose()])?;
        self.scattered |= replaced;
        let answered: Vec<_> = invite
            .answered
            .iter()
            .map(|(id, answer)| (*id, minicbor::bytes::ByteVec::from(answer.clone())))
            .collect();
        self.execute(
            "INSERT INTO invites (tag, secret, created_at, expires_at, reusable, answered)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (tag) DO UPDATE SET secret = excluded.secret,
                 created_at = excluded.created_at, expires_at = excluded.expires_at,
                 reusable = excluded.reusable, answered = excluded.answered",
            params![
                invite.tag.as_bytes(),
                invite.secret.expose(),
                wall(invite.created_at),
                wall(invite.expires_at),
                invite.reusable,
                cbor(&answered),
            ],
        )?;
        Ok(())
    }

    pub(super) fn delete_invite(&mut self, tag: Tag) -> Result<(), StoreError> {
        let rows = self.execute("DELETE FROM invites WHERE tag = ?1", &[tag.as_bytes()])?;
        self.scattered |= rows > 0;
        Ok(())
    }

    pub(super) fn put_pending_join(&self, join: &PendingJoinRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO pending_joins (tag, secret, envelope, code, created_at)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (tag) DO UPDATE SET secret = excluded.secret,
                 envelope = excluded.envelope, code = excluded.code,
                 created_at = excluded.created_at",
            params![
                join.tag.as_bytes(),
                join.secret.expose(),
                join.envelope,
                join.code.expose(),
                wall(join.created_at),
            ],
        )?;
        Ok(())
    }

    pub(super) fn delete_pending_join(&mut self, tag: Tag) -> Result<(), StoreError> {
        let rows = self.execute(
            "DELETE FROM pending_joins WHERE tag = ?1",
            &[tag.as_bytes()],
        )?;
        self.scattered |= rows > 0;
        Ok(())
    }
}
