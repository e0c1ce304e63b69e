//! An exchange: what one session still has to send of one conversation.
//!
//! ```text
//!   their vector --> cursors: actor -> next seq to send
//!        |                        |
//!        +--> load from the store +--> operations, while credit lasts --> caught up
//!   a new operation that is next goes out at once, without a load
//! ```
//!
//! Invariants
//! - Each actor's operations leave in order, without gaps, each once per session.
//! - At most [`IN_FLIGHT_BYTES_MAX`] and one load wait to be written to the link.

use std::collections::BTreeMap;

use super::context::Context;
use super::replica::Replica;
use super::{Effect, LoadId};
use crate::id::{ActorId, DeviceId, PersonId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::{SessionMessage, Vector};
use crate::wire::limits::{BATCH_OPERATIONS_MAX, NOISE_PLAINTEXT_BYTES_MAX};

/// Bytes handed to a link and not yet written; above it nothing new is loaded.
pub(super) const IN_FLIGHT_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that one load asks for.
const LOAD_BYTES: usize = 512 * 1024;
/// What CBOR adds to one operation in a batch, at most.
const OPERATION_OVERHEAD_BYTES: usize = 32;
/// Room for a batch's own CBOR.
const BATCH_OVERHEAD_BYTES: usize = 64;

/// What a session still has to send.
#[derive(Debug)]
pub(super) struct Exchange {
    device: DeviceId,
    person: PersonId,
    /// Next sequence number to send of each actor; `None` until their vector came.
    cursors: Option<BTreeMap<ActorId, u64>>,
    loading: Option<(LoadId, ActorId)>,
    in_flight: usize,
    told: bool,
    heard: bool,
}

impl Exchange {
    pub(super) const fn new(device: DeviceId, person: PersonId) -> Self {
        Self {
            device,
            person,
            cursors: None,
            loading: None,
            in_flight: 0,
            told: false,
            heard: false,
        }
    }

    pub(super) const fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) const fn person(&self) -> PersonId {
        self.person
    }

    /// Whether both sides have sent all that the other lacked.
    pub(super) const fn is_caught_up(&self) -> bool {
        self.told && self.heard
    }

    /// Notes bytes handed to the link.
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_add(bytes);
    }

    /// Notes bytes written by the link.
    pub(super) const fn drained(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(bytes);
    }

    /// Notes that the other side has sent all that its vector knew us to lack.
    pub(super) const fn heard_caught_up(&mut self) {
        self.heard = true;
    }

    /// Starts to serve what their vector lacks.
    pub(super) fn serve(&mut self, vector: &Vector, replica: &Replica, own_device: DeviceId) {
        let held: BTreeMap<ActorId, u64> =
            vector.positions.iter().map(|position| (position.actor, position.seq)).collect();
        // A device writes its own chain itself; one that lacks its own operations is a clone.
        let theirs = ActorId::direct(self.device, replica.conversation());
        debug_assert_ne!(self.device, own_device, "no session with ourselves");
        let cursors = replica
            .ends()
            .filter(|(actor, _)| *actor != theirs)
            .map(|(actor, _)| {
                let next = held.get(&actor).copied().unwrap_or_default().saturating_add(1);
                (actor, next)
            })
            .collect();
        self.cursors = Some(cursors);
        self.told = false;
    }

    /// Whether a new operation can go out at once; if so, it counts as sent.
    pub(super) fn push(&mut self, operation: &Operation) -> bool {
        let header = operation.header();
        let Some(cursors) = &mut self.cursors else { return false };
        let next = cursors.entry(header.actor).or_insert(header.seq);
        let at_once = *next == header.seq
            && self.loading.is_none()
            && self.in_flight < IN_FLIGHT_BYTES_MAX;
        if at_once {
            *next = next.saturating_add(1);
        }
        at_once
    }

    /// Asks for what is to be sent next, or says that it is all sent.
    pub(super) fn pump(
        &mut self,
        replica: &Replica,
        context: &mut Context<'_>,
    ) -> Option<SessionMessage> {
        let cursors = self.cursors.as_ref()?;
        if self.loading.is_some() || self.in_flight >= IN_FLIGHT_BYTES_MAX {
            return None;
        }
        let behind = replica.ends().find_map(|(actor, end)| {
            cursors.get(&actor).filter(|next| **next <= end).map(|next| (actor, *next))
        });
        if let Some((actor, from)) = behind {
            let load = context.next_load();
            self.loading = Some((load, actor));
            let conversation = replica.conversation();
            context.effect(Effect::Load { load, conversation, actor, from, bytes: LOAD_BYTES });
            return None;
        }
        let news = !std::mem::replace(&mut self.told, true);
        news.then(|| SessionMessage::CaughtUp(replica.conversation()))
    }

    /// Takes what was loaded; `None` if another exchange asked for it.
    pub(super) fn loaded(
        &mut self,
        load: LoadId,
        operations: &mut Vec<SignedOperation>,
    ) -> Option<Vec<SessionMessage>> {
        let (_, actor) = self.loading.take_if(|(expected, _)| *expected == load)?;
        let cursors = self.cursors.as_mut()?;
        if operations.is_empty() {
            // The store no longer has what the replica says: serve the others, do not spin.
            cursors.remove(&actor);
            return Some(Vec::new());
        }
        let count = u64::try_from(operations.len()).unwrap_or(u64::MAX);
        if let Some(next) = cursors.get_mut(&actor) {
            *next = next.saturating_add(count);
        }
        Some(batches(std::mem::take(operations)))
    }
}

/// Packs operations into as few session messages as fit.
fn batches(operations: Vec<SignedOperation>) -> Vec<SessionMessage> {
    let mut messages = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = BATCH_OVERHEAD_BYTES;
    for operation in operations {
        let size = operation.bytes().saturating_add(OPERATION_OVERHEAD_BYTES);
        let full = bytes.saturating_add(size) > NOISE_PLAINTEXT_BYTES_MAX
            || batch.len() >= BATCH_OPERATIONS_MAX;
        if full && !batch.is_empty() {
            messages.push(SessionMessage::Operations(std::mem::take(&mut batch)));
            bytes = BATCH_OVERHEAD_BYTES;
        }
        bytes = bytes.saturating_add(size);
        batch.push(operation);
    }
    if !batch.is_empty() {
        messages.push(SessionMessage::Operations(batch));
    }
    messages
}
