//! What our person writes.

use super::Replica;
use crate::engine::context::Context;
use crate::engine::{CommandError, Effect, Job};
use crate::id::OperationId;
use crate::operation::{Content, Header, OPERATION_VERSION, Operation};
use crate::record::Change;
use crate::time::LogicalTime;

impl Replica {
    /// Writes, signs and stores an operation of ours.
    pub(in crate::engine) fn write(
        &mut self,
        content: &Content,
        target: Option<OperationId>,
        context: &mut Context<'_>,
    ) -> Result<Operation, CommandError> {
        if self.forked {
            return Err(CommandError::OwnFork);
        }
        let own = self.own.ok_or(CommandError::NotAMember)?;
        let highest = self.highest();
        let disappears_after = self.disappears_after();
        let chain = self
            .chains
            .get_mut(&own)
            .ok_or(CommandError::NoConversation)?;
        let place = chain.record();
        let logical = LogicalTime::next(highest, place.logical);
        let header = Header {
            version: OPERATION_VERSION,
            kind: content.kind(),
            conversation: self.conversation,
            actor: own,
            seq: place.seq.saturating_add(1),
            prev: place.head,
            logical: logical.ok_or(CommandError::ClockExhausted)?,
            wall: context.now.wall,
            disappears_after: match content {
                Content::Message { .. } | Content::Edit { .. } => disappears_after,
                Content::Delete
                | Content::Reaction { .. }
                | Content::Pin { .. }
                | Content::Lifetime { .. } => None,
            },
            target,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        };
        let operation = Operation::author(header, content.to_bytes(), context.own, context.rng)
            .map_err(|_| CommandError::TooLong)?;
        chain.append(&operation);
        let record = chain.record().clone();
        let recipients = self.recipients(&own, record.seq, record.logical);
        self.changes.note(own);
        let waiting = recipients.iter().copied();
        self.undelivered
            .wait_for(own, record.seq, operation.id(), waiting);
        self.store(&operation, &record, recipients, context);
        self.heed(&operation);
        context.persist(Change::PutActor(record));
        context.effect(Effect::Compute(Job::Record(vec![operation.clone()])));
        Ok(operation)
    }

    /// Seconds after which what is written now disappears.
    fn disappears_after(&self) -> Option<u32> {
        match self.room() {
            Some(room) => room.membership().disappears_after(),
            None => self.lifetime.and_then(|lifetime| lifetime.seconds),
        }
    }
}
