//! What we wrote that somebody has yet to acknowledge: what mail is sealed for, and what a receipt that comes by
//! mail is compared with.
//!
//! Invariants
//! - It is what the store's deliveries say; what was given up, or is for somebody no longer, is not in it.

use std::collections::{BTreeMap, BTreeSet};

use super::ranges::Ranges;
use crate::id::{ActorId, OperationId, PersonId};
use crate::record::OutboxRecord;

/// An operation that somebody has yet to acknowledge.
#[derive(Debug)]
struct Waiting {
    operation: OperationId,
    people: BTreeSet<PersonId>,
}

/// All of them of one conversation.
#[derive(Debug, Default)]
pub(super) struct Undelivered {
    actors: BTreeMap<ActorId, BTreeMap<u64, Waiting>>,
    /// What waited for people who were put out since the start: that may turn out void.
    released: BTreeMap<PersonId, BTreeMap<(ActorId, u64), OperationId>>,
}

impl Undelivered {
    /// Puts back one that a store holds.
    pub(super) fn restore(&mut self, record: &OutboxRecord) {
        self.wait_for(record.actor, record.seq, record.operation, [record.person]);
    }

    /// Notes for whom something is that was just written.
    pub(super) fn wait_for(
        &mut self,
        actor: ActorId,
        seq: u64,
        operation: OperationId,
        people: impl IntoIterator<Item = PersonId>,
    ) {
        let mut people = people.into_iter().peekable();
        if people.peek().is_none() {
            return;
        }
        let waiting = self.actors.entry(actor).or_default().entry(seq);
        let waiting = waiting.or_insert_with(|| Waiting {
            operation,
            people: BTreeSet::new(),
        });
        waiting.people.extend(people);
    }

    /// Notes that a stretch waits for a person no longer.
    pub(super) fn arrived(&mut self, actor: ActorId, first: u64, last: u64, person: &PersonId) {
        let Some(waiting) = self.actors.get_mut(&actor) else {
            return;
        };
        let mut over = Vec::new();
        for (seq, waiting) in waiting.range_mut(first..=last.max(first)) {
            waiting.people.remove(person);
            if waiting.people.is_empty() {
                over.push(*seq);
            }
        }
        for seq in over {
            waiting.remove(&seq);
        }
    }

    /// Notes that one was given up.
    pub(super) fn give_up(&mut self, actor: ActorId, seq: u64) {
        if let Some(waiting) = self.actors.get_mut(&actor) {
            waiting.remove(&seq);
        }
        for released in self.released.values_mut() {
            released.remove(&(actor, seq));
        }
    }

    /// Notes that nothing waits for a person any longer.
    pub(super) fn release(&mut self, person: &PersonId) {
        let mut released = BTreeMap::new();
        for (actor, waiting) in &mut self.actors {
            waiting.retain(|seq, waiting| {
                if waiting.people.remove(person) {
                    released.insert((*actor, *seq), waiting.operation);
                }
                !waiting.people.is_empty()
            });
        }
        let before = self.released.entry(*person).or_default();
        before.append(&mut released);
    }

    /// Notes that a person is there again: what waited for them does again.
    pub(super) fn retake(&mut self, person: &PersonId) {
        let released = self.released.remove(person).unwrap_or_default();
        for ((actor, seq), operation) in released {
            self.wait_for(actor, seq, operation, [*person]);
        }
    }

    /// What of which actor waits for a person.
    pub(super) fn of(&self, person: &PersonId) -> Vec<(ActorId, Ranges)> {
        let actors = self.actors.iter().map(|(actor, waiting)| {
            let theirs = waiting
                .iter()
                .filter(|(_, waiting)| waiting.people.contains(person));
            let theirs: Vec<(u64, u64)> = theirs.map(|(seq, _)| (*seq, *seq)).collect();
            let mut ranges = Ranges::default();
            ranges.add(&theirs);
            (*actor, ranges)
        });
        actors.filter(|(_, ranges)| !ranges.is_empty()).collect()
    }

    /// Whether anything of a stretch waits for anybody.
    pub(super) fn is_awaited(&self, actor: &ActorId, first: u64, last: u64) -> bool {
        let waiting = self.actors.get(actor);
        waiting.is_some_and(|waiting| waiting.range(first..=last.max(first)).next().is_some())
    }

    /// The operation at a place, if it waits for somebody.
    pub(super) fn operation(&self, actor: &ActorId, seq: u64) -> Option<OperationId> {
        let waiting = self.actors.get(actor)?.get(&seq)?;
        Some(waiting.operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(undelivered: &Undelivered, person: u8) -> Vec<(u64, u64)> {
        let of = undelivered.of(&PersonId::new([person; 32]));
        of.into_iter()
            .flat_map(|(_, ranges)| ranges.spans().collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn what_was_written_waits_for_each_until_it_arrived_there_or_was_given_up() {
        let actor = ActorId::new([1; 32]);
        let person = |n| PersonId::new([n; 32]);
        let operation = |n| OperationId::new([n; 32]);
        let mut undelivered = Undelivered::default();
        for seq in 1..=5 {
            let id = operation(u8::try_from(seq).unwrap());
            undelivered.wait_for(actor, seq, id, [person(1), person(2)]);
        }
        undelivered.wait_for(actor, 6, operation(6), []);
        undelivered.arrived(actor, 2, 3, &person(1));
        undelivered.give_up(actor, 5);
        assert_eq!(spans(&undelivered, 1), [(1, 1), (4, 4)]);
        assert_eq!(spans(&undelivered, 2), [(1, 4)]);
        assert_eq!(undelivered.operation(&actor, 3), Some(operation(3)));
        undelivered.release(&person(2));
        assert_eq!(spans(&undelivered, 2), []);
        assert_eq!(undelivered.operation(&actor, 3), None);
        assert!(undelivered.is_awaited(&actor, 2, 4));
        assert!(!undelivered.is_awaited(&actor, 5, 9));
        undelivered.give_up(actor, 2);
        undelivered.retake(&person(2));
        assert_eq!(spans(&undelivered, 2), [(1, 1), (3, 4)]);
        assert_eq!(undelivered.operation(&actor, 3), Some(operation(3)));
        undelivered.arrived(actor, 1, 9, &person(2));
        undelivered.retake(&person(2));
        assert_eq!(spans(&undelivered, 2), []);
    }
}
