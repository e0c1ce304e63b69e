//! A fork: two operations that one device signed and that cannot both be in its chain.
//!
//! Invariants
//! - A [`Fork`] exists only with two verified signatures: nobody but the device itself, or who has
//!   its key, makes one.
//! - It carries no bodies: what was said is nobody's business who did not hear it.
//! - Content and control of an actor are two chains, each numbered from 1, so a fork is one of content:
//!   two of control under one number are resolved, both of them.

use minicbor::{Decode, Encode};

use super::{Operation, OperationError, SignedOperation};
use crate::id::{ActorId, ConversationId};
use crate::identity::SigningPublic;

/// A fork as it travels and is stored.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SignedFork {
    /// The one with the lower sequence number; of equal ones, with the lower id.
    #[n(0)]
    pub first: SignedOperation,
    /// The other.
    #[n(1)]
    pub second: SignedOperation,
}

/// Proof that a device forked its chain in one conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fork {
    conversation: ConversationId,
    actor: ActorId,
    through: u64,
    signed: SignedFork,
}

impl SignedFork {
    /// Checks that both are the device's, and that they contradict each other.
    ///
    /// # Errors
    /// [`OperationError`] if either does not verify; [`OperationError::NoFork`] if they go together,
    /// or are shown in another form than the one that is stored and told.
    pub fn verify(self, device: &SigningPublic) -> Result<Fork, OperationError> {
        let first = self.first.clone().verify(device)?;
        let second = self.second.clone().verify(device)?;
        let fork = Fork::between(&first, &second);
        fork.filter(|fork| fork.signed == self)
            .ok_or(OperationError::NoFork)
    }

    /// Reads back a fork that was verified before it was stored; `None` if it is damaged.
    #[must_use]
    pub fn stored(self) -> Option<Fork> {
        let first = Operation::stored(self.first)?;
        let second = Operation::stored(self.second)?;
        Fork::between(&first, &second)
    }
}

impl Fork {
    /// The fork that two operations prove, in whatever order they come: they have one sequence
    /// number, or the later one cannot follow the earlier. `None` if they prove none, as no control
    /// operation does.
    #[must_use]
    pub fn between(one: &Operation, other: &Operation) -> Option<Self> {
        let place = |operation: &Operation| (operation.header().seq, operation.id());
        let (first, second) = if place(one) <= place(other) {
            (one, other)
        } else {
            (other, one)
        };
        let (earlier, later) = (first.header(), second.header());
        let is_content = !earlier.kind.is_control() && !later.kind.is_control();
        let is_one_actors =
            (earlier.actor, earlier.conversation) == (later.actor, later.conversation);
        if !is_content || !is_one_actors {
            return None;
        }
        let through = if earlier.seq == later.seq {
            (first.id() != second.id()).then(|| earlier.seq.saturating_sub(1))?
        } else if earlier.seq.checked_add(1) == Some(later.seq) {
            let follows =
                later.prev == Some(first.id()) && later.logical.may_follow(earlier.logical);
            (!follows).then_some(earlier.seq)?
        } else {
            return None;
        };
        Some(Self {
            conversation: earlier.conversation,
            actor: earlier.actor,
            through,
            signed: SignedFork {
                first: bodiless(first),
                second: bodiless(second),
            },
        })
    }

    /// Where.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Whose chain.
    #[must_use]
    pub const fn actor(&self) -> ActorId {
        self.actor
    }

    /// The last sequence number that the two leave standing: beyond it, nothing of the chain is
    /// agreed upon.
    #[must_use]
    pub const fn through(&self) -> u64 {
        self.through
    }

    /// The form that travels and is stored.
    #[must_use]
    pub const fn signed(&self) -> &SignedFork {
        &self.signed
    }
}

fn bodiless(operation: &Operation) -> SignedOperation {
    SignedOperation {
        body: None,
        ..operation.signed().clone()
    }
}

#[cfg(test)]
mod tests;
