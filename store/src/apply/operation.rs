//! Operations: storing them with their projection, and what happens to them later.

use rusqlite::{OptionalExtension, Row, params};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{ActorId, ConversationId, OperationId};
use tidings_protocol::operation::{Body, Operation};
use tidings_protocol::record::OperationRecord;
use tidings_protocol::sync::{Coverage, Erased};
use tidings_protocol::time::{LogicalTime, WallTime};

use super::Applier;
use crate::column::{cbor, integer, logical, read_cbor, wall};
use crate::delivery::code;
use crate::error::StoreError;
use crate::projection::{self, EXTENT, Extent};

/// What is unread of what an actor wrote. Starts from what is unread, which is little, not from all
/// that was ever read.
pub(crate) const UNREAD: &str =
    "SELECT m.operation, o.seq FROM messages AS m CROSS JOIN operations AS o
     WHERE m.conversation = ?1 AND m.read = 0 AND o.number = m.operation AND o.actor = ?2";

/// What of an author's operations is read, and how far they count.
struct Place {
    read: Coverage,
    extent: Extent,
}

impl Applier<'_> {
    /// Stores an operation, unless it is there.
    pub(super) fn insert_operation(&mut self, record: &OperationRecord) -> Result<(), StoreError> {
        let place = self.place(record)?;
        let operation = &record.operation;
        let header = operation.header();
        let added = self.execute(
            "INSERT INTO operations (id, conversation, actor, seq, segment, person, device, mine,
                 withheld, received_at, header, signature, kind, target)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, ?12, ?13)
             ON CONFLICT (id) DO NOTHING",
            params![
                operation.id().as_bytes(),
                header.conversation.as_bytes(),
                header.actor.as_bytes(),
                integer(header.seq),
                integer(header.logical.segment()),
                record.person.as_bytes(),
                record.device.as_bytes(),
                record.mine,
                wall(record.received_at),
                operation.signed().header,
                *operation.signed().signature,
                header.kind.number(),
                header.target.as_ref().map(|target| target.as_bytes()),
            ],
        )?;
        if added == 0 {
            return Ok(());
        }
        let number = self.transaction.last_insert_rowid();
        for person in &record.recipients {
            self.execute(
                "INSERT INTO people (person) VALUES (?1) ON CONFLICT (person) DO NOTHING",
                &[person.as_bytes()],
            )?;
            self.execute(
                "INSERT INTO deliveries (operation, person, state)
                 SELECT ?1, number, ?2 FROM people WHERE person = ?3
                 ON CONFLICT (operation, person) DO NOTHING",
                params![number, code(DeliveryState::Queued), person.as_bytes()],
            )?;
        }
        self.scattered |= match operation.body() {
            Some(body) => self.insert_body(number, record, body, &place)?,
            None => projection::insert_bodiless(self.transaction, operation.id(), header)?,
        };
        Ok(())
    }

    /// Adds the body of an operation that came here without it, unless it was erased since.
    pub(super) fn put_body(
        &mut self,
        operation: &Operation,
        at: WallTime,
    ) -> Result<(), StoreError> {
        if let Some(body) = operation.body() {
            self.scattered |= projection::put_body(self.transaction, operation.id(), body, at)?;
        }
        Ok(())
    }

    /// Serves an operation without its body from now on.
    pub(super) fn withhold(&self, operation: OperationId) -> Result<(), StoreError> {
        self.execute(
            "UPDATE operations SET withheld = 1 WHERE id = ?1 AND mine = 1",
            &[operation.as_bytes()],
        )?;
        Ok(())
    }

    /// Shows a message no longer on this device.
    pub(super) fn drop_for_me(&mut self, message: OperationId) -> Result<(), StoreError> {
        self.scattered |= projection::drop_for_me(self.transaction, message)?;
        Ok(())
    }

    /// Erases what was to stay no longer than until `until`.
    pub(super) fn erase_expired(&mut self, until: WallTime) -> Result<(), StoreError> {
        self.scattered |= projection::erase_expired(self.transaction, until)?;
        Ok(())
    }

    /// Writes what of an actor's operations is read.
    pub(super) fn mark_read(
        &self,
        conversation: ConversationId,
        actor: ActorId,
        read: &Coverage,
    ) -> Result<(), StoreError> {
        let place = [conversation.as_bytes(), actor.as_bytes()];
        let mut statement = self
            .transaction
            .prepare_cached("SELECT read FROM actors WHERE conversation = ?1 AND actor = ?2")?;
        let before: Option<Coverage> = statement
            .query_row(place, |row| read_cbor(row, 0))
            .optional()?;
        self.execute(
            "UPDATE actors SET read = ?3 WHERE conversation = ?1 AND actor = ?2",
            params![place[0], place[1], cbor(read)],
        )?;
        self.mark_messages_read(conversation, actor, &before.unwrap_or_default(), read)
    }

    /// Brings the projection in line with what of an actor's operations is read, and `before` was not.
    /// What is read no longer has nothing that is shown.
    pub(super) fn mark_messages_read(
        &self,
        conversation: ConversationId,
        actor: ActorId,
        before: &Coverage,
        read: &Coverage,
    ) -> Result<(), StoreError> {
        if before.covers(read) {
            return Ok(());
        }
        let mut statement = self.transaction.prepare_cached(UNREAD)?;
        let place = [conversation.as_bytes(), actor.as_bytes()];
        let unread = statement.query_map(place, |row| Ok((row.get(0)?, row.get(1)?)))?;
        let unread: Vec<(i64, i64)> = unread.collect::<Result<_, _>>()?;
        for (message, seq) in unread {
            if u64::try_from(seq).is_ok_and(|seq| read.contains(seq)) {
                self.execute(
                    "UPDATE messages SET read = 1 WHERE operation = ?1",
                    &[&message],
                )?;
            }
        }
        Ok(())
    }

    fn insert_body(
        &self,
        number: i64,
        record: &OperationRecord,
        body: &Body,
        place: &Place,
    ) -> Result<bool, StoreError> {
        projection::add_body(self.transaction, number, body)?;
        let header = record.operation.header();
        let source = projection::Source {
            number,
            id: record.operation.id(),
            person: record.person,
            header,
            body: &body.bytes,
            received_at: record.received_at,
            mine: record.mine,
            counts: place.extent.includes(header.seq),
            erases: place.extent.erases(header.seq),
            disputed: place.extent.disputes(header.seq),
            read: record.mine || place.read.contains(header.seq),
        };
        projection::insert(self.transaction, &source)
    }

    /// What of the author's operations counts and is read; makes sure that the author has a place.
    fn place(&self, record: &OperationRecord) -> Result<Place, StoreError> {
        let header = record.operation.header();
        let place = [header.conversation.as_bytes(), header.actor.as_bytes()];
        let mut statement = self.transaction.prepare_cached(&format!(
            "SELECT a.read, {EXTENT} FROM actors AS a WHERE a.conversation = ?1 AND a.actor = ?2"
        ))?;
        let mut known = || {
            let read = |row: &Row<'_>| {
                Ok(Place {
                    read: read_cbor(row, 0)?,
                    extent: Extent::read(row, 1)?,
                })
            };
            statement.query_row(place, read)
        };
        if let Some(known) = known().optional()? {
            return Ok(known);
        }
        self.execute(
            "INSERT INTO actors
                 (conversation, actor, device, person, seq, head, logical, erased, read)
             VALUES (?1, ?2, ?3, ?4, 0, NULL, ?5, ?6, ?7)",
            params![
                place[0],
                place[1],
                record.device.as_bytes(),
                record.person.as_bytes(),
                logical(LogicalTime::ZERO),
                cbor(&Erased::default()),
                cbor(&Coverage::default()),
            ],
        )?;
        Ok(known()?)
    }
}
