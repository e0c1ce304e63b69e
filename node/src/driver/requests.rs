//! Requests under way and done, so that a retry has its effect once.
//!
//! Invariants
//! - A request id reaches the engine once: while it is under way, later askers wait with the
//!   first; afterwards they get what the store kept.
//! - As many are known to be done as the store keeps outcomes of, the latest ones.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use tidings_protocol::engine::CommandError;
use tidings_protocol::id::RequestId;
use tidings_protocol::record::Outcome;

use super::{CommandReply, OrderError};
use crate::storage::Storage;
use tidings_store::REQUESTS_KEPT_MAX;

/// Requests that are done, the latest ones.
#[derive(Debug, Default)]
struct Done {
    all: BTreeSet<RequestId>,
    /// Oldest first.
    order: VecDeque<RequestId>,
}

impl Done {
    fn insert(&mut self, request: RequestId) {
        if !self.all.insert(request) {
            return;
        }
        self.order.push_back(request);
        if u64::try_from(self.order.len()).is_ok_and(|count| count > REQUESTS_KEPT_MAX)
            && let Some(oldest) = self.order.pop_front()
        {
            self.all.remove(&oldest);
        }
    }
}

/// A request that the engine was asked.
#[derive(Debug, Default)]
struct UnderWay {
    askers: Vec<CommandReply>,
    /// Whether the store keeps its outcome.
    is_kept: bool,
}

/// All requests the node knows of.
#[derive(Debug)]
pub(super) struct Requests {
    storage: Storage,
    under_way: BTreeMap<RequestId, UnderWay>,
    done: Done,
}

impl Requests {
    pub(super) fn new(storage: Storage, done: Vec<RequestId>) -> Self {
        let mut known = Done::default();
        done.into_iter().for_each(|request| known.insert(request));
        Self {
            storage,
            under_way: BTreeMap::new(),
            done: known,
        }
    }

    /// Notes who asks, and whether the outcome is kept; returns whether the engine has to be asked.
    pub(super) fn begin(&mut self, request: RequestId, is_kept: bool, reply: CommandReply) -> bool {
        if self.done.all.contains(&request) {
            self.repeat(request, reply);
            return false;
        }
        let under_way = self.under_way.entry(request).or_default();
        under_way.is_kept = is_kept;
        under_way.askers.push(reply);
        under_way.askers.len() == 1
    }

    /// Tells everyone who asked.
    pub(super) fn finish(&mut self, request: RequestId, result: Result<Outcome, CommandError>) {
        let UnderWay { askers, is_kept } = self.under_way.remove(&request).unwrap_or_default();
        if result.is_ok() && is_kept {
            self.done.insert(request);
        }
        for reply in askers {
            let _ = reply.send(result.clone().map_err(OrderError::from));
        }
    }

    /// Tells everyone that there will be no outcome.
    pub(super) fn fail(&mut self, error: &OrderError) {
        for under_way in std::mem::take(&mut self.under_way).into_values() {
            for reply in under_way.askers {
                let _ = reply.send(Err(error.clone()));
            }
        }
    }

    /// Answers with what the store kept.
    fn repeat(&self, request: RequestId, reply: CommandReply) {
        let storage = self.storage.clone();
        tokio::spawn(async move {
            let outcome = storage.read(move |reader| reader.request(request)).await;
            let _ = reply.send(match outcome {
                Ok(Some(outcome)) => Ok(outcome),
                // Pruned between the two: by then no honest client retries it.
                Ok(None) => Ok(Outcome::Done),
                Err(error) => Err(OrderError::Storage(Arc::new(error))),
            });
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(number: u64) -> RequestId {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        RequestId::new(bytes)
    }

    #[test]
    fn as_many_requests_are_known_as_the_store_keeps_and_not_one_more() {
        let mut done = Done::default();
        (0..REQUESTS_KEPT_MAX).for_each(|number| done.insert(request(number)));
        done.insert(request(0));
        assert!(done.all.contains(&request(0)));
        done.insert(request(REQUESTS_KEPT_MAX));
        assert!(!done.all.contains(&request(0)), "the oldest goes");
        assert!(done.all.contains(&request(1)));
        assert_eq!(done.all.len(), done.order.len());
    }
}
