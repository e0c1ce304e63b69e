//! What is sealed once more, because its recipient had erased the key by the time it came.

use std::time::Duration;

use super::Mail;
use crate::engine::{Effect, LoadId, Parts};
use crate::id::{ActorId, ConversationId, DeviceId};
use crate::operation::SignedOperation;

/// Bytes of operations that go into one letter.
const BYTES: usize = 48 * 1024;
/// How often all is sealed anew to a device, at most, whatever it says.
const RESEND_INTERVAL: Duration = Duration::from_hours(1);

/// What is being read to be sealed once more: stretches of what we wrote, first and last, the next one last.
#[derive(Debug, Clone)]
pub(super) struct Resending {
    device: DeviceId,
    conversation: ConversationId,
    stretches: Vec<(ActorId, u64, u64)>,
}

impl Mail {
    /// Seals to a device anew what it has not acknowledged, and has our chains handed to it again before
    /// anything more is written there.
    pub(super) fn resend(&mut self, device: DeviceId, parts: &mut Parts<'_>) {
        let context = &mut parts.context;
        let now = context.now.monotonic;
        if self.resend_after.get(&device).is_some_and(|at| now < *at) {
            return;
        }
        self.resend_after.insert(device, now + RESEND_INTERVAL);
        // It goes on counting among those who had them.
        for writing in self.writing.values_mut() {
            if let Some(reader) = writing.readers.get_mut(&device) {
                reader.lack();
            }
        }
        let Some(known) = parts.directory.device(&device) else {
            return;
        };
        let Some(replica) = parts.replicas.with(known.card.person) else {
            return;
        };
        let mut stretches = replica.lacked_by(&device);
        stretches.reverse();
        let rest = Resending {
            device,
            conversation: replica.conversation(),
            stretches,
        };
        self.read_on(rest, parts);
    }

    fn read_on(&mut self, rest: Resending, parts: &mut Parts<'_>) {
        let Some((actor, from, through)) = rest.stretches.last().copied() else {
            return;
        };
        let load = parts.context.next_load();
        parts.context.effect(Effect::Load {
            load,
            conversation: rest.conversation,
            actor,
            from,
            through,
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
        let Some(mut rest) = self.resending.remove(&load) else {
            return false;
        };
        let last = operations.last();
        let last = last.and_then(|operation| operation.claimed().ok());
        if let Some((last, (actor, _, through))) = last.zip(rest.stretches.pop())
            && self.send_operations(rest.device, operations.to_vec(), parts)
        {
            if last.seq < through {
                let next = last.seq.saturating_add(1);
                rest.stretches.push((actor, next, through));
            }
            self.read_on(rest, parts);
        }
        true
    }
}
