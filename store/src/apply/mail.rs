//! Mail: the keys of sealed envelopes.
//!
//! Invariants
//! - What is replaced or deleted must not outlive that: whatever does so says that it has erased.
//! - What is written again as it was erases nothing.
//! - These rows lie in pages of their own, which are never rearranged: nothing of them is scattered.

use rusqlite::{ToSql, params};
use tidings_protocol::id::{ConversationId, DeviceId, SenderChainId};
use tidings_protocol::record::{
    ChainReaderRecord, MailedControlRecord, OwedControlRecord, PairRecord, ReceiverChainRecord,
    SenderChainRecord,
};

use super::Applier;
use crate::column::integer;
use crate::error::StoreError;

impl Applier<'_> {
    pub(super) fn put_pair(&mut self, pair: &PairRecord) -> Result<(), StoreError> {
        self.replace(
            "UPDATE pairs SET state = ?2 WHERE device = ?1 AND state <> ?2",
            "INSERT INTO pairs (device, state) VALUES (?1, ?2) ON CONFLICT (device) DO NOTHING",
            params![pair.device.as_bytes(), pair.state.expose()],
        )
    }

    pub(super) fn put_sender_chain(&mut self, chain: &SenderChainRecord) -> Result<(), StoreError> {
        self.replace(
            "UPDATE sender_chains SET state = ?2 WHERE conversation = ?1 AND state <> ?2",
            "INSERT INTO sender_chains (conversation, state) VALUES (?1, ?2)
             ON CONFLICT (conversation) DO NOTHING",
            params![chain.conversation.as_bytes(), chain.state.expose()],
        )
    }

    pub(super) fn delete_sender_chain(
        &mut self,
        conversation: ConversationId,
    ) -> Result<(), StoreError> {
        self.erased |= self.execute(
            "DELETE FROM sender_chains WHERE conversation = ?1",
            &[conversation.as_bytes()],
        )? > 0;
        self.execute(
            "DELETE FROM chain_readers WHERE conversation = ?1",
            &[conversation.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn put_chain_reader(&mut self, reader: ChainReaderRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT INTO chain_readers (conversation, device) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            &[reader.conversation.as_bytes(), reader.device.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn delete_chain_reader(
        &mut self,
        reader: ChainReaderRecord,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM chain_readers WHERE conversation = ?1 AND device = ?2",
            &[reader.conversation.as_bytes(), reader.device.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn put_mailed_control(
        &mut self,
        record: &MailedControlRecord,
    ) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO mailed_control (number, conversation, device, said)
             VALUES (?1, ?2, ?3, ?4)",
            params![
                integer(record.number),
                record.conversation.as_bytes(),
                record.device.as_bytes(),
                record.said,
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_mailed_control(
        &mut self,
        conversation: ConversationId,
        device: DeviceId,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM mailed_control WHERE conversation = ?1 AND device = ?2",
            &[conversation.as_bytes(), device.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn put_owed_control(&mut self, owed: OwedControlRecord) -> Result<(), StoreError> {
        self.execute(
            "INSERT OR REPLACE INTO owed_control (conversation, device, is_sealed) VALUES (?1, ?2, ?3)",
            params![
                owed.conversation.as_bytes(),
                owed.device.as_bytes(),
                owed.is_sealed,
            ],
        )?;
        Ok(())
    }

    pub(super) fn drop_owed_control(
        &mut self,
        conversation: ConversationId,
        device: DeviceId,
    ) -> Result<(), StoreError> {
        self.execute(
            "DELETE FROM owed_control WHERE conversation = ?1 AND device = ?2",
            &[conversation.as_bytes(), device.as_bytes()],
        )?;
        Ok(())
    }

    pub(super) fn put_receiver_chain(
        &mut self,
        chain: &ReceiverChainRecord,
    ) -> Result<(), StoreError> {
        self.replace(
            "UPDATE receiver_chains SET conversation = ?2, state = ?3
             WHERE id = ?1 AND (conversation <> ?2 OR state <> ?3)",
            "INSERT INTO receiver_chains (id, conversation, state) VALUES (?1, ?2, ?3)
             ON CONFLICT (id) DO NOTHING",
            params![
                chain.id.as_bytes(),
                chain.conversation.as_bytes(),
                chain.state.expose()
            ],
        )
    }

    pub(super) fn delete_receiver_chain(&mut self, id: SenderChainId) -> Result<(), StoreError> {
        self.erased |= self.execute(
            "DELETE FROM receiver_chains WHERE id = ?1",
            &[id.as_bytes()],
        )? > 0;
        Ok(())
    }

    /// Writes a row in place of one that says otherwise, or where there is none.
    fn replace(
        &mut self,
        update: &str,
        insert: &str,
        values: &[&dyn ToSql],
    ) -> Result<(), StoreError> {
        let replaced = self.execute(update, values)? > 0;
        self.erased |= replaced;
        if !replaced {
            self.execute(insert, values)?;
        }
        Ok(())
    }
}
