//! Whether the other side of a session holds our own chains as we wrote them.

use std::collections::BTreeMap;

use super::offer::Floor;
use crate::engine::replica::Replica;
use crate::id::{ActorId, OperationId};
use crate::operation::SignedOperation;
use crate::sync::Position;

/// Whether the other side holds a chain of ours as we wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnChain {
    /// They hold it up to this operation, which ours has yet to be compared with.
    Claimed(OperationId),
    /// It is ours.
    Agreed,
    /// They hold operations in our name that we do not have.
    Forked,
}

/// Our own chains, as far as they hold them.
#[derive(Debug, Default)]
pub(super) struct OwnChains(BTreeMap<ActorId, OwnChain>);

impl OwnChains {
    /// Compares what they hold in our name with what we wrote, what comes before `floors` not being for
    /// them.
    pub(super) fn compare(
        held: &BTreeMap<ActorId, Position>,
        floors: &BTreeMap<ActorId, Floor>,
        replica: &Replica,
    ) -> Self {
        let compare = |actor: &ActorId| {
            let (end, head) = replica.end_of(actor).unwrap_or_default();
            let floor = floors.get(actor).map_or(0, Floor::seq);
            match held.get(actor) {
                None => OwnChain::Agreed,
                // What they are served does not go on where they stand.
                Some(held) if held.seq < floor && held.seq < end => OwnChain::Agreed,
                Some(held) if held.seq < end => OwnChain::Claimed(held.head),
                Some(held) if held.seq == end && head == Some(held.head) => OwnChain::Agreed,
                Some(_) => OwnChain::Forked,
            }
        };
        let own = replica.own_actors().into_iter();
        Self(own.map(|actor| (actor, compare(&actor))).collect())
    }

    /// Whether they hold all as we wrote it.
    pub(super) fn are_agreed(&self) -> bool {
        self.0.values().all(|chain| *chain == OwnChain::Agreed)
    }

    /// Whether they hold operations in our name that we do not have, of any chain.
    #[cfg(test)]
    pub(super) fn are_forked(&self) -> bool {
        self.0.values().any(|chain| *chain == OwnChain::Forked)
    }

    /// Whether they hold operations in our name that we do not have, of one chain.
    pub(super) fn is_forked(&self, actor: &ActorId) -> bool {
        self.0.get(actor) == Some(&OwnChain::Forked)
    }

    /// Whether they are served from wherever they say they are: what they hold of a chain of ours is
    /// compared first, by what follows it.
    pub(super) fn is_compared(&self, actor: &ActorId) -> bool {
        !matches!(self.0.get(actor), Some(OwnChain::Claimed(_)))
    }

    /// Notes that what they are served of a chain does not go on where they stand.
    pub(super) fn pass_over(&mut self, actor: &ActorId) {
        if let Some(chain @ OwnChain::Claimed(_)) = self.0.get_mut(actor) {
            *chain = OwnChain::Agreed;
        }
    }

    /// Compares what comes next of a chain with where they stand; returns false if it does not follow.
    pub(super) fn go_on(&mut self, actor: &ActorId, next: &SignedOperation) -> bool {
        let Some(chain) = self.0.get_mut(actor) else {
            return true;
        };
        let OwnChain::Claimed(head) = *chain else {
            return true;
        };
        let follows = next.claimed().is_ok_and(|next| next.prev == Some(head));
        *chain = if follows {
            OwnChain::Agreed
        } else {
            OwnChain::Forked
        };
        follows
    }
}
