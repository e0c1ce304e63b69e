//! An offer: what one session still has to send of one conversation.
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

use std::collections::BTreeMap;

use super::batch::batches;
use crate::engine::context::Context;
use crate::engine::replica::Replica;
use crate::engine::{Effect, LoadId};
use crate::id::{ActorId, DeviceId, OperationId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::{SessionMessage, Vector};

/// Bytes that one load asks for.
const LOAD_BYTES: usize = 512 * 1024;

/// Whether the other side holds our own chain as we wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum OwnChain {
    /// Their vector has not come.
    Unknown,
    /// They hold it up to this operation, which ours has yet to be compared with.
    Claimed(OperationId),
    /// It is ours.
    Agreed,
    /// They hold operations in our name that we do not have.
    Forked,
}

/// What comes of operations that were loaded.
#[derive(Debug)]
pub(in crate::engine) enum Loaded {
    /// They are to be sent.
    Send(Vec<SessionMessage>),
    /// They show that the other side holds another chain in our name.
    Forked,
    /// The store did not give what the replica says it has.
    Failed,
}

/// What a session still has to send of one conversation.
#[derive(Debug)]
pub(super) struct Offer {
    /// Next sequence number to send of each actor; `None` until their vector came.
    cursors: Option<BTreeMap<ActorId, u64>>,
    pub(super) chain: OwnChain,
    loading: Option<(LoadId, ActorId)>,
    told: bool,
    heard: bool,
}

impl Default for Offer {
    fn default() -> Self {
        Self {
            cursors: None,
            chain: OwnChain::Unknown,
            loading: None,
            told: false,
            heard: false,
        }
    }
}

impl Offer {
    /// Whether both sides have sent all that the other lacked.
    pub(super) const fn is_caught_up(&self) -> bool {
        self.told && self.heard
    }

    /// Notes that the other side has sent all that its vector knew us to lack.
    pub(super) const fn heard_caught_up(&mut self) {
        self.heard = true;
    }

    /// Whether their vector came before: a session has one each way.
    pub(super) const fn is_serving(&self) -> bool {
        self.cursors.is_some()
    }

    /// Whether operations are being read from the store.
    pub(super) const fn is_loading(&self) -> bool {
        self.loading.is_some()
    }

    /// Whether the other side is known to hold our own chain as we wrote it, so that its receipts
    /// speak of our operations.
    pub(super) fn is_chain_agreed(&self) -> bool {
        self.chain == OwnChain::Agreed
    }

    /// Starts to serve what their vector lacks.
    pub(super) fn serve(&mut self, device: DeviceId, vector: &Vector, replica: &Replica) {
        let own = replica.own_actor();
        let claimed = vector
            .positions
            .iter()
            .find(|position| position.actor == own);
        let (end, head) = replica.end_of(&own).unwrap_or_default();
        self.chain = match claimed {
            None => OwnChain::Agreed,
            Some(claimed) if claimed.seq < end => OwnChain::Claimed(claimed.head),
            Some(claimed) if claimed.seq == end && head == Some(claimed.head) => OwnChain::Agreed,
            Some(_) => OwnChain::Forked,
        };
        let held: BTreeMap<ActorId, u64> = vector
            .positions
            .iter()
            .map(|position| (position.actor, position.seq))
            .collect();
        let next = |actor: &ActorId| {
            let held = held.get(actor).copied().unwrap_or_default();
            held.saturating_add(1)
        };
        // A device writes its own chain itself. One that lacks operations of its own is an older
        // copy of itself, and to be sent them proves that to it.
        let theirs = replica.actor_of(device);
        let cursors = replica
            .ends()
            .filter(|(actor, end)| Some(*actor) != theirs || next(actor) <= *end)
            .filter(|(actor, _)| *actor != own || self.chain != OwnChain::Forked)
            .map(|(actor, _)| (actor, next(&actor)))
            .collect();
        self.cursors = Some(cursors);
        self.told = false;
    }

    /// Whether a new operation can go out at once; if so, it counts as sent.
    pub(super) fn push(&mut self, operation: &Operation) -> bool {
        let header = operation.header();
        let next = self
            .cursors
            .as_mut()
            .and_then(|cursors| cursors.get_mut(&header.actor));
        let Some(next) = next else {
            return false;
        };
        let at_once = *next == header.seq && self.loading.is_none();
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
        if self.loading.is_some() {
            return None;
        }
        let behind = replica.ends().find_map(|(actor, end)| {
            cursors
                .get(&actor)
                .filter(|next| **next <= end)
                .map(|next| (actor, *next))
        });
        if let Some((actor, from)) = behind {
            let load = context.next_load();
            self.loading = Some((load, actor));
            let conversation = replica.conversation();
            context.effect(Effect::Load {
                load,
                conversation,
                actor,
                from,
                bytes: LOAD_BYTES,
            });
            return None;
        }
        let news = !std::mem::replace(&mut self.told, true);
        news.then(|| SessionMessage::CaughtUp(replica.conversation()))
    }

    /// Takes what was loaded; `None` if this offer did not ask for it.
    pub(super) fn loaded(
        &mut self,
        load: LoadId,
        operations: &mut Vec<SignedOperation>,
        own: ActorId,
    ) -> Option<Loaded> {
        let (_, actor) = self.loading.take_if(|(expected, _)| *expected == load)?;
        let cursors = self.cursors.as_mut()?;
        let Some(first) = operations.first() else {
            return Some(Loaded::Failed);
        };
        if actor == own
            && let OwnChain::Claimed(head) = self.chain
        {
            let follows = first
                .claimed()
                .is_ok_and(|header| header.prev == Some(head));
            if !follows {
                cursors.remove(&own);
                self.chain = OwnChain::Forked;
                return Some(Loaded::Forked);
            }
            self.chain = OwnChain::Agreed;
        }
        let count = u64::try_from(operations.len()).unwrap_or(u64::MAX);
        if let Some(next) = cursors.get_mut(&actor) {
            *next = next.saturating_add(count);
        }
        Some(Loaded::Send(batches(std::mem::take(operations))))
    }
}
