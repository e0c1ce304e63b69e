//! Seeking: how far a chain whose admission ended lies within a bound, looked up in the store.
//!
//! Invariants
//! - One chain is looked into at a time, one operation of it after the other: as many as its length has
//!   binary digits.
//! - What a crash breaks off is begun anew.

use super::Replica;
use crate::engine::context::Context;
use crate::engine::{Effect, Job, LoadId};
use crate::id::ActorId;
use crate::operation::SignedOperation;
use crate::record::Change;
use crate::room::Bound;

/// What is being looked up.
#[derive(Debug)]
pub(super) struct Seeking {
    load: LoadId,
    actor: ActorId,
    bound: Bound,
    /// The highest number that is known to lie within.
    low: u64,
    /// The highest that may.
    high: u64,
    /// The number that is being read.
    at: u64,
}

impl Replica {
    /// Has looked up what is not known of how much counts.
    pub(in crate::engine) fn seek_ends(&mut self, context: &mut Context<'_>) {
        if self.seeking.is_some() {
            return;
        }
        let mut sought = self.chains.iter().filter_map(|(actor, chain)| {
            let (bound, passed) = chain.sought_end()?;
            Some((*actor, bound, passed, chain.record()))
        });
        let Some((actor, bound, passed, record)) = sought.next() else {
            return;
        };
        let (low, end) = (record.base, record.seq);
        let high = passed.saturating_sub(1).min(bound.seq).min(end);
        // The place itself first: it is there, unless somebody made it up.
        let at = if bound.seq <= end { bound.seq } else { high };
        self.seek(actor, bound, (low, high), at, context);
    }

    /// Has the operation `at` read, unless nothing is left to be found out.
    fn seek(
        &mut self,
        actor: ActorId,
        bound: Bound,
        (low, high): (u64, u64),
        at: u64,
        context: &mut Context<'_>,
    ) {
        if at <= low {
            self.found_end(actor, &bound, Some(low), context);
            return;
        }
        let load = context.next_load();
        context.effect(Effect::Load {
            load,
            conversation: self.conversation,
            actor,
            from: at,
            through: at,
            bytes: 1,
        });
        self.seeking = Some(Seeking {
            load,
            actor,
            bound,
            low,
            high,
            at,
        });
    }

    /// Takes an operation that was read for that; returns false if it was not.
    pub(in crate::engine) fn take_sought(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> bool {
        let Some(open) = self.seeking.take_if(|open| open.load == load) else {
            return false;
        };
        let Seeking {
            actor,
            bound,
            low,
            high,
            at,
            ..
        } = open;
        let read = operations.first().map(|one| (one.id(), one.claimed()));
        let Some((id, Ok(header))) = read else {
            self.found_end(actor, &bound, None, context);
            return true;
        };
        if bound.names(at, id) {
            self.found_end(actor, &bound, Some(at), context);
            return true;
        }
        let (low, high) = if header.logical <= bound.until {
            (at, high.max(at))
        } else {
            (low, high.min(at.saturating_sub(1)))
        };
        if low >= high {
            self.found_end(actor, &bound, Some(low), context);
        } else {
            let half = high.saturating_sub(low).div_ceil(2);
            self.seek(actor, bound, (low, high), low.saturating_add(half), context);
        }
        true
    }

    /// Takes over how far a bound reaches, and goes on with the next.
    fn found_end(
        &mut self,
        actor: ActorId,
        bound: &Bound,
        through: Option<u64>,
        context: &mut Context<'_>,
    ) {
        if let Some(chain) = self.chains.get_mut(&actor)
            && chain.found_end(bound, through)
        {
            let record = chain.record().clone();
            self.changes.note(actor);
            context.persist(Change::PutActor(record));
            context.effect(Effect::Compute(Job::Rebuild(self.conversation)));
            self.stirred = true;
        }
        self.seek_ends(context);
    }
}
