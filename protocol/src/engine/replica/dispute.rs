//! Disputes: finding out from where on somebody's chain is not one, and ending it there.
//!
//! ```text
//!   operations that contradict ours --+--> ours are read from the store --> the lowest fork that
//!   a peer's proof -------------------+                                     all of them prove
//!                                                                                |
//!   they hold another head there: ask for more <-- everybody is told <-- the chain ends there
//! ```
//!
//! Invariants
//! - A chain is ended by proof alone, never goes on again, and the lowest fork that is known decides.
//!   So all who have exchanged their proofs end it at one place.
//! - Two who end it at one place and hold different operations there find a lower fork.
//! - A dispute that a crash or a missing operation breaks off is begun anew by the next session.

use std::collections::BTreeMap;

use super::{Fault, Replica};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::{Effect, Event, Job, LoadId};
use crate::id::{ActorId, OperationId};
use crate::operation::{Fork, Operation, SignedOperation};
use crate::record::Change;
use crate::sync::{ForkClaim, ForkPosition, Stretch};
use crate::time::LogicalTime;
use crate::wire::limits::{FORKS_TOLD_MAX, OPERATION_BYTES_MAX};

/// Operations that are compared at a time while a fork is traced down its chain.
pub(super) const COMPARED_OPERATIONS_MAX: usize = 16;
/// How far beyond the first of our own these are read: one before and one after those that are compared.
const READ_BEYOND: u64 = 17;
/// Bytes that are read for that; of the operations there, as many as are compared always fit.
const COMPARED_BYTES: usize = COMPARED_OPERATIONS_MAX * OPERATION_BYTES_MAX;

/// Operations that came and cannot be in one chain with what is held, each its device's own.
#[derive(Debug, Default)]
pub(super) struct Contradicting(BTreeMap<ActorId, Vec<Operation>>);

impl Contradicting {
    /// Adds one, as long as there is room; the lowest come first and tell most.
    pub(super) fn add(&mut self, operation: Operation) {
        let of_actor = self.0.entry(operation.header().actor).or_default();
        if of_actor.len() < COMPARED_OPERATIONS_MAX {
            of_actor.push(operation);
        }
    }

    /// How many are kept.
    #[cfg(test)]
    pub(super) fn count(&self) -> usize {
        self.0.values().map(Vec::len).sum()
    }
}

/// What is compared with our own operations once these are read.
#[derive(Debug)]
struct Dispute {
    load: LoadId,
    theirs: Vec<Operation>,
    proof: Option<Fork>,
}

/// Forks that are known, and those that are being looked into.
#[derive(Debug, Default)]
pub(super) struct Disputes {
    forks: BTreeMap<ActorId, Fork>,
    open: BTreeMap<ActorId, Dispute>,
}

impl Replica {
    /// Puts back a fork as it was stored.
    pub(in crate::engine) fn restore_fork(&mut self, fork: Fork) {
        self.disputes.forks.insert(fork.actor(), fork);
    }

    /// The forks that are known, the lowest of each actor.
    pub(in crate::engine) fn forks(&self) -> impl Iterator<Item = &Fork> {
        self.disputes.forks.values()
    }

    /// What a vector says of them.
    pub(super) fn fork_positions(&self) -> Vec<ForkPosition> {
        let positions = self.forks().map(|fork| ForkPosition {
            actor: fork.actor(),
            through: fork.through(),
        });
        positions.take(FORKS_TOLD_MAX).collect()
    }

    /// What we say of a fork to others.
    pub(in crate::engine) fn fork_claim(&self, fork: &Fork) -> ForkClaim {
        let held = self.end_of(&fork.actor());
        ForkClaim {
            conversation: self.conversation,
            fork: fork.signed().clone(),
            head: held
                .filter(|(seq, _)| *seq == fork.through())
                .and_then(|(_, head)| head),
        }
    }

    /// Takes a peer's proof of a fork. Returns what to ask its bearer for, if they hold something else
    /// before it.
    pub(in crate::engine) fn hear_fork(
        &mut self,
        claim: ForkClaim,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<Option<Stretch>, Fault> {
        let header = claim.fork.first.claimed()?;
        if header.conversation != self.conversation {
            return Err(Fault::ForeignConversation);
        }
        let device = self.chains.get(&header.actor);
        let device = device.map(|chain| chain.record().device);
        let Some(key) = device.and_then(|device| self.key_of(&device, directory, context)) else {
            return Ok(None);
        };
        let (actor, fork) = (header.actor, claim.fork.verify(&key)?);
        let through = fork.through();
        let known = self.disputes.forks.get(&actor).map(Fork::through);
        if known.is_none_or(|known| through < known) {
            self.dispute(actor, Vec::new(), Some(fork), context);
            return Ok(None);
        }
        let held = self.end_of(&actor);
        let ours = held.filter(|(seq, _)| (known, *seq) == (Some(through), through));
        let heads = ours.and_then(|(_, head)| head).zip(claim.head);
        let differ = heads.filter(|(ours, theirs)| ours != theirs);
        let compared = u64::try_from(COMPARED_OPERATIONS_MAX).unwrap_or(u64::MAX);
        Ok(differ.map(|_| Stretch {
            actor,
            after: through.saturating_sub(compared),
            through,
        }))
    }

    /// Looks into what contradicts what we hold.
    pub(super) fn contest(&mut self, contradicting: Contradicting, context: &mut Context<'_>) {
        for (actor, theirs) in contradicting.0 {
            self.dispute(actor, theirs, None, context);
        }
    }

    /// Looks into chains where what waited beyond a gap did not follow as the gap closed.
    pub(in crate::engine) fn look_into_gaps(&mut self, context: &mut Context<'_>) {
        if self.room().is_none() {
            return;
        }
        self.seek_ends(context);
        let unlinked = self.chains.iter().filter(|(_, chain)| chain.has_unlinked());
        let unlinked: Vec<ActorId> = unlinked.map(|(actor, _)| *actor).collect();
        for actor in unlinked {
            self.dispute(actor, Vec::new(), None, context);
        }
    }

    /// Looks into those of these chains.
    pub(super) fn look_into_gaps_of(&mut self, actors: &[ActorId], context: &mut Context<'_>) {
        if self.room().is_none() {
            return;
        }
        for actor in actors {
            let chain = self.chains.get(actor);
            if chain.is_some_and(super::Chain::has_unlinked) {
                self.dispute(*actor, Vec::new(), None, context);
            }
        }
    }

    /// Has our own operations read that are to be compared, unless there is no need to.
    fn dispute(
        &mut self,
        actor: ActorId,
        theirs: Vec<Operation>,
        proof: Option<Fork>,
        context: &mut Context<'_>,
    ) {
        let Some(chain) = self.chains.get(&actor) else {
            return;
        };
        let record = chain.record();
        // One is looked into at a time: what comes meanwhile comes again.
        if self.disputes.open.contains_key(&actor) {
            return;
        }
        if let Some(fork) = proof.as_ref().filter(|fork| record.seq <= fork.through()) {
            self.end(fork.clone(), None, context);
            return;
        }
        let lowest = theirs.iter().map(|operation| operation.header().seq).min();
        let from = match (&proof, lowest) {
            (Some(fork), _) => fork.through(),
            (None, Some(lowest)) if lowest.saturating_sub(1) > record.seq => {
                chain.waits_beside(lowest).unwrap_or(record.seq)
            }
            (None, Some(lowest)) => lowest.saturating_sub(1).min(record.seq),
            (None, None) => record.seq,
        };
        let from = from.max(record.base.saturating_add(1));
        let load = context.next_load();
        context.effect(Effect::Load {
            load,
            conversation: self.conversation,
            actor,
            from,
            through: from.saturating_add(READ_BEYOND),
            bytes: COMPARED_BYTES,
        });
        let dispute = Dispute {
            load,
            theirs,
            proof,
        };
        self.disputes.open.insert(actor, dispute);
    }

    /// Takes our own operations that were read for a dispute; returns false if they were not.
    pub(in crate::engine) fn take_compared(
        &mut self,
        load: LoadId,
        ours: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> bool {
        let mut open = self.disputes.open.iter();
        let Some(actor) = open.find_map(|(actor, open)| (open.load == load).then_some(*actor))
        else {
            return false;
        };
        let Some(dispute) = self.disputes.open.remove(&actor) else {
            return false;
        };
        let ours = ours.iter().cloned().filter_map(Operation::stored);
        let ours: Vec<Operation> = ours.take(COMPARED_OPERATIONS_MAX + 2).collect();
        let all: Vec<&Operation> = ours.iter().chain(&dispute.theirs).collect();
        let pairs = all.iter().enumerate();
        let pairs = pairs.flat_map(|(place, one)| {
            let others = all.iter().skip(place.saturating_add(1));
            others.filter_map(|other| Fork::between(one, other))
        });
        let lowest = pairs.chain(dispute.proof).min_by_key(Fork::through);
        if let Some(fork) = lowest {
            let last = ours.iter().find_map(|operation| {
                let header = operation.header();
                if header.seq == fork.through() {
                    Some((operation.id(), header.logical))
                } else {
                    None
                }
            });
            self.end(fork, last, context);
        }
        true
    }

    /// Ends a chain before its fork, where `last` is held.
    fn end(
        &mut self,
        fork: Fork,
        last: Option<(OperationId, LogicalTime)>,
        context: &mut Context<'_>,
    ) {
        let known = self.disputes.forks.get(&fork.actor()).map(Fork::through);
        if known.is_some_and(|known| known <= fork.through()) {
            return;
        }
        let Some(chain) = self.chains.get_mut(&fork.actor()) else {
            return;
        };
        if !chain.end_at(fork.through(), last) {
            return;
        }
        self.changes.note(fork.actor());
        let record = chain.record().clone();
        if record.device == self.own_device && !std::mem::replace(&mut self.forked, true) {
            context.event(Event::OwnFork {
                conversation: self.conversation,
            });
        }
        context.persist(Change::PutActor(record));
        context.persist(Change::PutFork(Box::new(fork.clone())));
        context.effect(Effect::Compute(Job::Rebuild(self.conversation)));
        context.event(Event::Forked {
            conversation: self.conversation,
            actor: fork.actor(),
        });
        self.disputes.forks.insert(fork.actor(), fork);
        self.stirred = true;
    }
}
