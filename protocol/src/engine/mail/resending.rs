//! What is sealed once more, because its recipient had erased the key by the time it came.

use super::Mail;
use crate::engine::{Effect, LoadId, Parts};
use crate::id::{ActorId, ConversationId, DeviceId};
use crate::operation::SignedOperation;
use crate::record::{ChainReaderRecord, Change};

/// Bytes of operations that go into one letter.
const BYTES: usize = 48 * 1024;

/// What is being read to be sealed once more: the rest of a stretch.
#[derive(Debug, Clone, Copy)]
pub(super) struct Resending {
    device: DeviceId,
    conversation: ConversationId,
    actor: ActorId,
    through: u64,
}

impl Mail {
    /// Seals to a device anew what it has not acknowledged, and has our chains handed to it again before
    /// anything more is written there.
    pub(super) fn resend(&mut self, device: DeviceId, parts: &mut Parts<'_>) {
        let context = &mut parts.context;
        for (conversation, writing) in &mut self.writing {
            if writing.readers.remove(&device) {
                let conversation = *conversation;
                context.persist(Change::DeleteChainReader(ChainReaderRecord {
                    conversation,
                    device,
                }));
            }
        }
        let Some(known) = parts.directory.device(&device) else {
            return;
        };
        let Some(replica) = parts.replicas.with(known.card.person) else {
            return;
        };
        let conversation = replica.conversation();
        for (actor, first, through) in replica.lacked_by(&device) {
            let rest = Resending {
                device,
                conversation,
                actor,
                through,
            };
            self.read_on(rest, first, parts);
        }
    }

    fn read_on(&mut self, rest: Resending, first: u64, parts: &mut Parts<'_>) {
        let is_under_way = self
            .resending
            .values()
            .any(|other| (other.device, other.actor) == (rest.device, rest.actor));
        if is_under_way || first > rest.through {
            return;
        }
        let load = parts.context.next_load();
        parts.context.effect(Effect::Load {
            load,
            conversation: rest.conversation,
            actor: rest.actor,
            from: first,
            through: rest.through,
            bytes: BYTES,
        });
        self.resending.insert(load, rest);
    }

    /// Seals what was read for it, and goes on; returns false if it was read for something else.
    pub(in crate::engine) fn loaded(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        parts: &mut Parts<'_>,
    ) -> bool {
        let Some(rest) = self.resending.remove(&load) else {
            return false;
        };
        let last = operations
            .last()
            .and_then(|operation| operation.claimed().ok());
        if let Some(last) = last
            && self.send_operations(rest.device, operations.to_vec(), parts)
        {
            self.read_on(rest, last.seq.saturating_add(1), parts);
        }
        true
    }
}
