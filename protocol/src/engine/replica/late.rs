//! Bodies of operations of whose place in a chain only the number is remembered: ours is read and
//! compared before one is taken.
//!
//! Invariants
//! - A body is taken for the operation that is held, and no other: two of one number prove a fork.
//! - At most [`LATE_BYTES_MAX`] wait to be compared; what comes beyond that comes with a later session.

use std::collections::BTreeMap;

use super::Replica;
use super::dispute::Contradicting;
use crate::engine::context::Context;
use crate::engine::fill::{Fills, Queue};
use crate::engine::{Effect, LoadId};
use crate::id::{ActorId, OperationId};
use crate::operation::{Operation, SignedOperation};

/// Bytes of operations that wait to be compared in one conversation.
const LATE_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that are read at a time.
const COMPARED_BYTES: usize = 64 * 1024;

/// What waits to be compared with what is held.
#[derive(Debug, Default)]
pub(super) struct Late {
    waiting: BTreeMap<(ActorId, u64, OperationId), Operation>,
    bytes: usize,
    /// What is being read: whose operations, and from which one on.
    open: Option<(LoadId, ActorId, u64)>,
}

impl Late {
    /// Adds what came with its body.
    pub(super) fn add(&mut self, operation: Operation) {
        let header = operation.header();
        let place = (header.actor, header.seq, operation.id());
        let bytes = self.bytes.saturating_add(operation.signed().bytes());
        if bytes <= LATE_BYTES_MAX && !self.waiting.contains_key(&place) {
            self.bytes = bytes;
            self.waiting.insert(place, operation);
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let bytes = self.waiting.values().map(|one| one.signed().bytes());
        fills.note(Queue::Late, bytes.sum(), LATE_BYTES_MAX);
    }

    /// Takes out what waits of an actor up to a number.
    fn take(&mut self, actor: ActorId, through: u64) -> Vec<Operation> {
        let is_taken = |place: &(ActorId, u64, OperationId)| place.0 == actor && place.1 <= through;
        let taken = self.waiting.extract_if(.., |place, _| is_taken(place));
        let taken: Vec<Operation> = taken.map(|(_, operation)| operation).collect();
        let bytes: usize = taken.iter().map(|one| one.signed().bytes()).sum();
        self.bytes = self.bytes.saturating_sub(bytes);
        taken
    }
}

impl Replica {
    /// Has read what is held where bodies came, a part at a time.
    pub(super) fn look_up_late(&mut self, context: &mut Context<'_>) {
        let first = self.late.waiting.keys().next().copied();
        let Some((actor, from, _)) = first.filter(|_| self.late.open.is_none()) else {
            return;
        };
        let load = context.next_load();
        self.late.open = Some((load, actor, from));
        context.effect(Effect::Load {
            load,
            conversation: self.conversation,
            actor,
            from,
            through: u64::MAX,
            bytes: COMPARED_BYTES,
        });
    }

    /// Takes the bodies of those of our operations that were read for it; returns false if none were.
    pub(in crate::engine) fn take_late(
        &mut self,
        load: LoadId,
        ours: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> bool {
        let Some((_, actor, from)) = self.late.open.take_if(|open| open.0 == load) else {
            return false;
        };
        let held = ours.iter().filter_map(|operation| {
            let header = operation.claimed().ok()?;
            Some((header.seq, operation.id()))
        });
        let held: BTreeMap<u64, OperationId> = held.collect();
        let through = held.last_key_value().map_or(from, |(seq, _)| *seq);
        let mut bodies = Vec::new();
        let mut contradicting = Contradicting::default();
        for operation in self.late.take(actor, through.max(from)) {
            let seq = operation.header().seq;
            let Some(chain) = self.chains.get_mut(&actor) else {
                continue;
            };
            match held.get(&seq) {
                Some(id) if *id != operation.id() => contradicting.add(operation),
                Some(_) if chain.record().erased.contains(seq) => {
                    chain.take_body(&operation);
                    self.owed.insert(chain.record().person);
                    self.bodies.find(actor, seq);
                    bodies.push(operation);
                }
                Some(_) | None => {}
            }
        }
        self.put_bodies(bodies, context);
        self.contest(contradicting, context);
        self.look_up_late(context);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::tests::identity;
    use crate::id::ConversationId;
    use crate::operation::{Header, Kind, OPERATION_VERSION};
    use crate::rng::Rng;
    use crate::time::{LogicalTime, WallTime};

    /// An operation with a body of so many bytes.
    fn operation(seq: u64, bytes: usize) -> Operation {
        let header = Header {
            version: OPERATION_VERSION,
            kind: Kind::Message,
            conversation: ConversationId::new([1; 32]),
            actor: ActorId::new([2; 32]),
            seq,
            prev: Some(OperationId::new([3; 32])).filter(|_| seq > 1),
            logical: LogicalTime::new(seq),
            wall: WallTime::from_millis(1),
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        };
        let mut rng = Rng::from_seed(&[4; 32]);
        Operation::author(header, vec![0; bytes], &identity("Ben", 2), &mut rng).unwrap()
    }

    #[test]
    fn as_much_waits_as_may_and_one_operation_more_does_not() {
        let mut late = Late::default();
        let mut seq = 0;
        while late.bytes + operation(seq + 1, 30_000).signed().bytes() <= LATE_BYTES_MAX {
            seq += 1;
            late.add(operation(seq, 30_000));
        }
        assert_eq!(late.waiting.len(), usize::try_from(seq).unwrap());
        let before = late.bytes;
        late.add(operation(seq + 1, 30_000));
        assert_eq!(
            (late.bytes, late.waiting.len()),
            (before, usize::try_from(seq).unwrap())
        );
        // What is taken out makes room again.
        assert_eq!(late.take(ActorId::new([2; 32]), 1).len(), 1);
        late.add(operation(seq + 1, 30_000));
        assert_eq!(late.waiting.len(), usize::try_from(seq).unwrap());
    }
}
