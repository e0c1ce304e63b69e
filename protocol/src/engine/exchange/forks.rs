//! Which forks the other side of a session knows.

use std::collections::BTreeMap;

use crate::engine::replica::Replica;
use crate::id::ActorId;
use crate::operation::Fork;
use crate::sync::{SessionMessage, Vector};
use crate::wire::limits::FORKS_TOLD_MAX;

/// The forks that they know, or were told, each with the last sequence number before it.
#[derive(Debug, Default)]
pub(super) struct ToldForks(BTreeMap<ActorId, u64>);

impl ToldForks {
    /// The forks that both sides know, with what both hold before them. Of one that only they know we tell
    /// once we do, for them to compare that.
    pub(super) fn of_both(theirs: &Vector, replica: &Replica) -> Self {
        let ours = replica.forks().map(|fork| (fork.actor(), fork.through()));
        let of_both = ours.filter(|fork| {
            let mut theirs = theirs.forks.iter();
            theirs.any(|theirs| (theirs.actor, theirs.through) == *fork)
        });
        Self(of_both.collect())
    }

    /// Shows the proofs that they lack, some at a time.
    pub(super) fn tell(&mut self, replica: &Replica) -> Vec<SessionMessage> {
        let lacking = replica.forks().filter(|fork| {
            let known = self.0.get(&fork.actor());
            known.is_none_or(|known| *known > fork.through())
        });
        let lacking: Vec<&Fork> = lacking.take(FORKS_TOLD_MAX).collect();
        for fork in &lacking {
            self.0.insert(fork.actor(), fork.through());
        }
        let claims = lacking.into_iter().map(|fork| replica.fork_claim(fork));
        claims
            .map(|claim| SessionMessage::Fork(Box::new(claim)))
            .collect()
    }
}
