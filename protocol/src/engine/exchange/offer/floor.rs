//! Floors: what of a chain is not for the other side of a session, because of where the room begins for
//! them.
//!
//! Invariants
//! - Whoever let them in may have named a place that is not there. That shows as soon as the chain is
//!   held so far, or goes on too late for what comes before that place.

use super::Offer;
use crate::engine::replica::Replica;
use crate::id::ActorId;
use crate::operation::SignedOperation;
use crate::room::Bound;
use crate::sync::Position;

/// What of one chain is not for them.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine::exchange) struct Floor {
    bound: Bound,
    is_false: bool,
}

impl Floor {
    pub(in crate::engine::exchange) const fn new(bound: Bound) -> Self {
        let is_false = false;
        Self { bound, is_false }
    }

    /// The same floor as one that was known before, or another.
    pub(in crate::engine::exchange) fn or_known(self, known: Option<&Self>) -> Self {
        let same = known.filter(|known| known.bound == self.bound);
        same.copied().unwrap_or(self)
    }

    /// Looks at the chain as we hold it: whether it shows that the place is not there.
    pub(in crate::engine::exchange) fn look(&mut self, actor: &ActorId, replica: &Replica) {
        let (end, head) = replica.end_of(actor).unwrap_or_default();
        let is_there = head.is_some_and(|head| self.bound.names(end, head));
        let time = replica.time_of(actor).unwrap_or_default();
        self.is_false |= end <= self.bound.seq && !is_there && time > self.bound.until;
    }

    /// Looks at an operation that follows the place; returns false if it does not go on from there.
    pub(in crate::engine::exchange) fn is_followed_by(&mut self, next: &SignedOperation) -> bool {
        let prev = next.claimed().ok().and_then(|next| next.prev);
        self.is_false |= prev != Some(self.bound.head);
        !self.is_false
    }

    /// Whether the place is not there.
    pub(in crate::engine::exchange) const fn is_false(&self) -> bool {
        self.is_false
    }

    /// The last number of which nothing is for them, as far as it is known without looking at operations.
    pub(in crate::engine::exchange) const fn seq(&self) -> u64 {
        if self.is_false { 0 } else { self.bound.seq }
    }

    /// Whether they may begin there, who say that they hold a chain up to this operation: they hold
    /// nothing of it then.
    pub(in crate::engine::exchange) fn names(&self, position: &Position) -> bool {
        self.bound.names(position.seq, position.head)
    }

    /// Leaves out what is not for them of what was read.
    pub(in crate::engine::exchange) fn leave_out(&self, operations: &mut Vec<SignedOperation>) {
        operations.retain(|operation| {
            let header = operation.claimed();
            header.is_ok_and(|header| !self.bound.covers(header.seq, header.logical))
        });
    }
}

impl Offer {
    /// The last number of a chain of which nothing is for them.
    pub(super) fn floor(&self, actor: &ActorId) -> u64 {
        self.floors.get(actor).map_or(0, Floor::seq)
    }

    /// Serves a chain, unasked, from where they stand: where it was said to begin for them is not there.
    pub(super) fn begin_anew(&mut self, actor: ActorId, replica: &Replica) {
        let (base, end) = replica.extent(&actor).unwrap_or_default();
        if let Some(cursor) = self.cursor(&actor) {
            cursor.next = cursor.held.max(base).saturating_add(1);
            cursor.through = cursor.through.max(end);
            cursor.in_order = true;
        }
        self.behind.insert(actor);
    }

    /// Looks whether a chain that has changed shows that where it was said to begin for them is not there.
    pub(super) fn look_at_floor(&mut self, actor: &ActorId, replica: &Replica) {
        let Some(floor) = self.floors.get_mut(actor).filter(|floor| !floor.is_false()) else {
            return;
        };
        floor.look(actor, replica);
        if floor.is_false() {
            self.begin_anew(*actor, replica);
        }
    }

    /// Has what comes before the baseline of a member's admission not be for them, as the room stands
    /// now.
    pub(super) fn raise_floors(&mut self, replica: &Replica) {
        let Some(room) = replica.room() else {
            return;
        };
        if self.floored.replace(room.generation()) == Some(room.generation()) {
            return;
        }
        let baseline = room.baseline(&self.person).unwrap_or_default().into_iter();
        self.floors = baseline
            .map(|(actor, bound)| {
                let known = self.floors.get(&actor);
                let mut floor = Floor::new(bound).or_known(known);
                floor.look(&actor, replica);
                (actor, floor)
            })
            .collect();
        for (actor, cursor) in self.cursors.iter_mut().flatten() {
            let floor = self.floors.get(actor).map_or(0, Floor::seq);
            if cursor.next <= floor {
                cursor.next = floor.saturating_add(1);
                self.chains.pass_over(actor);
            }
        }
    }
}
