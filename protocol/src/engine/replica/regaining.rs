//! Regaining: what we hold of chains that went back, read from the store.
//!
//! ```text
//!   less is not for us than was --> the chain goes back --> what is stored above is read --> all are
//!                                                                                            greeted anew
//! ```
//!
//! Invariants
//! - What is stored stays ours to pass on, and is asked of nobody again: others are greeted once it was
//!   read.
//! - What a crash breaks off is done at the next start: there what is stored waits beyond a gap, or
//!   follows.

use std::collections::BTreeSet;

use super::Replica;
use crate::engine::context::Context;
use crate::engine::{Effect, Job, LoadId};
use crate::id::ActorId;
use crate::operation::SignedOperation;
use crate::record::Change;

/// Bytes that are read at a time.
const REGAINED_BYTES: usize = 512 * 1024;

/// What is being read.
#[derive(Debug, Default)]
pub(super) struct Regaining {
    /// The chains, each with a number from which on it is to be read.
    queue: BTreeSet<(ActorId, u64)>,
    open: Option<(LoadId, ActorId)>,
    /// Whether all of it was read and others are yet to be told.
    is_done: bool,
}

impl Regaining {
    /// Has a chain read that began after `base` and goes back to `to`.
    pub(super) fn add(&mut self, actor: ActorId, to: u64, base: u64) {
        for before in [to, base] {
            self.queue.insert((actor, before.saturating_add(1)));
        }
    }
}

impl Replica {
    /// Whether something that we hold is still to be read.
    pub(in crate::engine) fn is_regaining(&self) -> bool {
        self.regaining.open.is_some() || !self.regaining.queue.is_empty()
    }

    /// Whether chains went back, so that all have to be greeted anew; they count as greeted then.
    pub(in crate::engine) const fn take_regained_all(&mut self) -> bool {
        std::mem::replace(&mut self.regaining.is_done, false)
    }

    /// Has read what is next.
    pub(super) fn regain(&mut self, context: &mut Context<'_>) {
        if self.regaining.open.is_some() {
            return;
        }
        let Some((actor, from)) = self.regaining.queue.pop_first() else {
            return;
        };
        let load = context.next_load();
        context.effect(Effect::Load {
            load,
            conversation: self.conversation,
            actor,
            from,
            through: u64::MAX,
            bytes: REGAINED_BYTES,
        });
        self.regaining.open = Some((load, actor));
    }

    /// Takes operations that were read for that; returns false if they were not.
    pub(in crate::engine) fn take_regained(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> bool {
        let open = self.regaining.open.take_if(|(open, _)| *open == load);
        let Some((_, actor)) = open else {
            return false;
        };
        let last = self.take_back(actor, operations);
        if let Some(last) = last {
            self.regaining.queue.insert((actor, last.saturating_add(1)));
            self.took_back(actor, context);
        }
        self.regain(context);
        if !self.is_regaining() {
            self.regaining.is_done = true;
            context.effect(Effect::Compute(Job::Rebuild(self.conversation)));
        }
        true
    }

    /// Takes stored operations of a chain that went back; returns the number of the last.
    fn take_back(&mut self, actor: ActorId, operations: &[SignedOperation]) -> Option<u64> {
        let chain = self.chains.get_mut(&actor)?;
        let mut last = None;
        for operation in operations {
            let header = operation.claimed().ok()?;
            chain.regain(operation, &header);
            last = Some(header.seq);
        }
        chain.link();
        last
    }

    /// Has stored where a chain stands now.
    fn took_back(&mut self, actor: ActorId, context: &mut Context<'_>) {
        let Some(chain) = self.chains.get(&actor) else {
            return;
        };
        context.persist(Change::PutActor(chain.record().clone()));
        if chain.waiting().next().is_some() {
            self.gapped.insert(actor);
        } else {
            self.gapped.remove(&actor);
        }
        self.changes.note(actor);
        self.look_into_gaps_of(&[actor], context);
        self.stirred = true;
    }

    /// Has what was stored beyond gaps follow where it does.
    pub(in crate::engine) fn link_restored(&mut self) {
        for chain in self.chains.values_mut() {
            if chain.record().device != self.own_device {
                chain.link();
            }
        }
    }
}
