//! Applying changes: one function a change, inside the caller's transaction.
//!
//! Invariants
//! - Applying a change twice leaves what applying it once leaves.
//! - Statements are prepared once per connection and kept.

mod carry;
mod delivery;
mod mail;
mod notice;
mod operation;
mod pairing;

#[cfg(test)]
pub(crate) use operation::UNREAD;

use rusqlite::{OptionalExtension, ToSql, Transaction, params};
use tidings_protocol::id::{DeviceId, OperationId, RequestId};
use tidings_protocol::operation::Fork;
use tidings_protocol::record::{
    ActorRecord, Change, ContactRecord, DeviceRecord, DraftRecord, Outcome, OwnReceiptRecord,
    PreferencesRecord, ReceiptRecord, SecretBytes,
};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::WallTime;

use crate::column::{alarm, cbor, integer, logical, read_cbor, wall};
use crate::error::StoreError;
use crate::projection::{self, EXTENT, Extent};
use crate::room;
use crate::settings;
use crate::store::REQUESTS_KEPT_MAX;

/// Applies the changes of one batch.
pub(crate) struct Applier<'a> {
    transaction: &'a Transaction<'a>,
    erased: bool,
    /// Whether that was something of which copies may lie in rearranged pages.
    scattered: bool,
}

impl<'a> Applier<'a> {
    /// Starts a batch.
    pub(crate) const fn new(transaction: &'a Transaction<'a>) -> Self {
        Self {
            transaction,
            erased: false,
            scattered: false,
        }
    }

    /// Whether something was deleted or overwritten that must not outlive its deletion.
    pub(crate) const fn has_erased(&self) -> bool {
        self.erased || self.scattered
    }

    /// Whether of what was erased copies may lie in pages that SQLite rearranged.
    pub(crate) const fn has_scattered(&self) -> bool {
        self.scattered
    }

    /// Applies one change.
    pub(crate) fn apply(&mut self, change: &Change) -> Result<(), StoreError> {
        match change {
            Change::PutIdentity(secret) => self.put_identity(secret),
            Change::PutInvite(invite) => self.put_invite(invite),
            Change::DeleteInvite(tag) => self.delete_invite(*tag),
            Change::PutPendingJoin(join) => self.put_pending_join(join),
            Change::DeletePendingJoin(tag) => self.delete_pending_join(*tag),
            Change::PutContact(contact) => self.put_contact(contact),
            Change::PutDevice(device) => self.put_device(device),
            Change::DeleteContactSecrets(device) => self.delete_contact_secrets(device),
            Change::PutPair(pair) => self.put_pair(pair),
            Change::PutSenderChain(chain) => self.put_sender_chain(chain),
            Change::DeleteSenderChain(conversation) => self.delete_sender_chain(*conversation),
            Change::PutChainReader(reader) => self.put_chain_reader(*reader),
            Change::DeleteChainReader(reader) => self.delete_chain_reader(*reader),
            Change::PutMailedControl(record) => self.put_mailed_control(record),
            Change::DropMailedControl(room, device) => self.drop_mailed_control(*room, *device),
            Change::PutOwedControl(owed) => self.put_owed_control(*owed),
            Change::DropOwedControl(room, device) => self.drop_owed_control(*room, *device),
            Change::PutReceiverChain(chain) => self.put_receiver_chain(chain),
            Change::DeleteReceiverChain(id) => self.delete_receiver_chain(*id),
            Change::PutActor(actor) => self.put_actor(actor),
            Change::PutFork(fork) => self.put_fork(fork),
            Change::InsertOperation(record) => self.insert_operation(record),
            Change::PutBody { operation, at } => self.put_body(operation, *at),
            Change::ChangeDelivery(change) => self.change_delivery(change),
            Change::MarkUrgent(operation) => self.mark_urgent(*operation),
            Change::Withhold(operation) => self.withhold(*operation),
            Change::DropForMe(message) => self.drop_for_me(*message),
            Change::EraseExpired(until) => self.erase_expired(*until),
            Change::MarkRead(conversation, actor, read) => {
                self.mark_read(*conversation, *actor, read)
            }
            Change::PutReceipt(receipt) => self.put_receipt(receipt),
            Change::PutOwnReceipt(receipt) => self.put_own_receipt(receipt),
            Change::PutPreferences(preferences) => self.put_preferences(preferences),
            Change::PutSettings(settings) => settings::put(self.transaction, settings),
            Change::PutDraft(draft) => self.put_draft(draft),
            Change::PutControl(control) => room::put_control(self.transaction, control),
            Change::PutRoom(room) => room::put(self.transaction, room),
            Change::TellDeeds(record) => projection::tell_deeds(self.transaction, record),
            Change::Release(at, person, released) => self.release(*at, *person, *released),
            Change::Exclude(actor, through, person) => self.exclude(*actor, *through, *person),
            Change::PutCarried { record, envelope } => self.put_carried(record, envelope),
            Change::AdoptCarried(envelope, tier, depositor) => {
                self.adopt_carried(*envelope, *tier, *depositor)
            }
            Change::SpendCopies { envelope, copies } => self.spend_copies(*envelope, *copies),
            Change::DropCarried(envelope) => self.drop_carried(*envelope),
            Change::PutTombstone(tombstone) => self.put_tombstone(tombstone),
            Change::DropTombstone(purge) => self.drop_tombstone(purge),
            Change::PutCarryTime(time) => self.put_carry_time(*time),
            Change::PutDeposit(deposit) => self.put_deposit(deposit),
            Change::DropDeposit(envelope) => self.drop_deposit(*envelope),
            Change::PutCustody(custody) => self.put_custody(custody),
            Change::DropCustody { envelope, holder } => self.drop_custody(*envelope, *holder),
            Change::PutNotice(record) => self.put_notice(record),
            Change::DropNotice(id) => self.drop_notice(*id),
            Change::PutPassed(passed) => self.put_passed(passed),
            Change::DropPassed { key, kind } => self.drop_passed(*key, *kind),
            Change::PutNearbyKey(key) => self.put_nearby_key(key),
            Change::ForgetNearby => self.forget_nearby(),
            Change::PutRequest {
                request,
                outcome,
                at,
            } => self.put_request(*request, outcome, *at),
        }
    }

    /// Runs one statement; returns the number of rows it changed.
    fn execute(&self, sql: &str, values: &[&dyn ToSql]) -> Result<usize, StoreError> {
        Ok(self.transaction.prepare_cached(sql)?.execute(values)?)
    }

    fn put_identity(&mut self, secret: &SecretBytes) -> Result<(), StoreError> {
        self.scattered |= self.execute("DELETE FROM identity", &[])? > 0;
        self.execute(
            "INSERT INTO identity (number, secret) VALUES (1, ?1)",
            &[&secret.expose()],
        )?;
        Ok(())
    }

    fn put_contact(&mut self, contact: &ContactRecord) -> Result<(), StoreError> {
        let was_blocked: Option<bool> = self
            .transaction
            .prepare_cached("SELECT blocked FROM contacts WHERE person = ?1")?
            .query_row([contact.person.as_bytes()], |row| row.get(0))
            .optional()?;
        self.execute(
            "INSERT INTO contacts (person, name, petname, verified, blocked, added_at, met_by,
                 alarm)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (person) DO UPDATE SET name = excluded.name, petname = excluded.petname,
                 verified = excluded.verified, blocked = excluded.blocked,
                 added_at = excluded.added_at, met_by = excluded.met_by,
                 alarm = excluded.alarm",
            params![
                contact.person.as_bytes(),
                contact.name,
                contact.petname,
                contact.verified,
                contact.blocked,
                wall(contact.added_at),
                contact.met_by.as_bytes(),
                alarm(contact.alarm),
            ],
        )?;
        if was_blocked.unwrap_or(false) != contact.blocked {
            self.scattered |= projection::recount_person(self.transaction, contact.person)?;
        }
        Ok(())
    }

    fn put_device(&self, device: &DeviceRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO devices (device, person, card, addresses) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (device) DO UPDATE SET person = excluded.person, card = excluded.card,
                 addresses = excluded.addresses",
            params![
                device.device.as_bytes(),
                device.person.as_bytes(),
                device.card,
                cbor(&device.addresses),
            ],
        )?;
        Ok(())
    }

    fn delete_contact_secrets(&mut self, device: &DeviceId) -> Result<(), StoreError> {
        let deleted = self.execute(
            "DELETE FROM contact_secrets WHERE device = ?1",
            params![device.as_bytes()],
        )?;
        self.scattered |= deleted > 0;
        Ok(())
    }

    fn put_fork(&self, fork: &Fork) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO forks (conversation, actor, proof) VALUES (?1, ?2, ?3)
             ON CONFLICT (conversation, actor) DO UPDATE SET proof = excluded.proof",
            params![
                fork.conversation().as_bytes(),
                fork.actor().as_bytes(),
                cbor(fork.signed()),
            ],
        )?;
        Ok(())
    }

    fn put_actor(&mut self, actor: &ActorRecord) -> Result<(), StoreError> {
        let known: Option<(Coverage, Extent)> = self
            .transaction
            .prepare_cached(&format!(
                "SELECT a.read, {EXTENT} FROM actors AS a
                 WHERE a.conversation = ?1 AND a.actor = ?2"
            ))?
            .query_row(
                [actor.conversation.as_bytes(), actor.actor.as_bytes()],
                |row| Ok((read_cbor(row, 0)?, Extent::read(row, 1)?)),
            )
            .optional()?;
        let is_blocked = known
            .as_ref()
            .is_some_and(|(_, before)| before.is_blocked());
        let extent = Extent::of(actor, is_blocked);
        let recount = match &known {
            Some((_, before)) if *before != extent => Some(projection::Recount::begin(
                self.transaction,
                actor,
                *before,
            )?),
            Some(_) | None => None,
        };
        self.execute(
            "INSERT INTO actors
                 (conversation, actor, device, person, seq, head, logical, erased, read, base,
                 counts, cut, fork)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (conversation, actor) DO UPDATE SET device = excluded.device,
                 person = excluded.person, seq = excluded.seq, head = excluded.head,
                 logical = excluded.logical, erased = excluded.erased, read = excluded.read,
                 base = excluded.base, counts = excluded.counts, cut = excluded.cut,
                 fork = excluded.fork",
            params![
                actor.conversation.as_bytes(),
                actor.actor.as_bytes(),
                actor.device.as_bytes(),
                actor.person.as_bytes(),
                integer(actor.seq),
                actor.head.as_ref().map(|head| head.as_bytes()),
                logical(actor.logical),
                cbor(&actor.erased),
                cbor(&actor.read),
                integer(actor.base),
                extent.counts(),
                actor.cut.map(integer),
                actor.fork.map(integer),
            ],
        )?;
        if let Some((read, _)) = known {
            self.mark_messages_read(actor.conversation, actor.actor, &read, &actor.read)?;
        }
        if let Some(recount) = recount {
            self.scattered |= recount.finish(self.transaction)?;
        }
        Ok(())
    }

    fn put_receipt(&self, receipt: &ReceiptRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO receipts (conversation, device, number, signed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (conversation, device) DO UPDATE SET number = excluded.number,
                 signed = excluded.signed WHERE excluded.number > number",
            params![
                receipt.conversation.as_bytes(),
                receipt.device.as_bytes(),
                integer(receipt.number),
                cbor(&receipt.signed),
            ],
        )?;
        Ok(())
    }

    fn mark_urgent(&self, operation: OperationId) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO urgent (operation) SELECT number FROM operations WHERE id = ?1
             ON CONFLICT DO NOTHING",
            &[operation.as_bytes()],
        )?;
        Ok(())
    }

    fn put_own_receipt(&self, receipt: &OwnReceiptRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO own_receipts (conversation, person, number, signed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (conversation, person) DO UPDATE SET number = excluded.number,
                 signed = excluded.signed WHERE excluded.number > number",
            params![
                receipt.conversation.as_bytes(),
                receipt.person.as_bytes(),
                integer(receipt.number),
                cbor(&receipt.signed),
            ],
        )?;
        Ok(())
    }

    fn put_preferences(&self, preferences: &PreferencesRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO preferences (conversation, muted, archived, read_receipts)
             VALUES (?1, ?2, ?3, ?4)",
            params![
                preferences.conversation.as_bytes(),
                preferences.muted,
                preferences.archived,
                preferences.read_receipts,
            ],
        )?;
        Ok(())
    }

    fn put_draft(&mut self, draft: &DraftRecord) -> Result<(), StoreError> {
        // What was there before must not stay on the disk.
        self.scattered = true;
        if draft.text.is_empty() {
            self.execute(
                "DELETE FROM drafts WHERE conversation = ?1",
                params![draft.conversation.as_bytes()],
            )?;
        } else {
            self.execute(
                "INSERT OR REPLACE INTO drafts (conversation, text) VALUES (?1, ?2)",
                params![draft.conversation.as_bytes(), draft.text],
            )?;
        }
        Ok(())
    }

    fn put_request(
        &mut self,
        request: RequestId,
        outcome: &Outcome,
        at: WallTime,
    ) -> Result<(), StoreError> {
        let known = self.execute(
            "UPDATE requests SET outcome = ?2, at = ?3 WHERE request = ?1",
            params![request.as_bytes(), cbor(outcome), wall(at)],
        )?;
        if known > 0 {
            return Ok(());
        }
        self.execute(
            "INSERT INTO requests (request, outcome, at) VALUES (?1, ?2, ?3)",
            params![request.as_bytes(), cbor(outcome), wall(at)],
        )?;
        // Numbers have no gaps: nothing else deletes, and the latest is never deleted.
        let latest = self.transaction.last_insert_rowid();
        let pruned = self.execute(
            "DELETE FROM requests WHERE number <= ?1",
            params![latest.saturating_sub(integer(REQUESTS_KEPT_MAX))],
        )?;
        self.scattered |= pruned > 0;
        Ok(())
    }
}
