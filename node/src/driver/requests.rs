//! Requests under way and done, so that a retry has its effect once.
//!
//! Invariants
//! - A request id reaches the engine once: while it is under way, later askers wait with the
//!   first; afterwards they get what the store kept.

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::engine::CommandError;
use tidings_protocol::id::RequestId;
use tidings_protocol::record::Outcome;

use super::{CommandReply, OrderError};
use crate::storage::Storage;

/// All requests the node knows of.
#[derive(Debug)]
pub(super) struct Requests {
    storage: Storage,
    under_way: BTreeMap<RequestId, Vec<CommandReply>>,
    done: BTreeSet<RequestId>,
}

impl Requests {
    pub(super) fn new(storage: Storage, done: Vec<RequestId>) -> Self {
        Self {
            storage,
            under_way: BTreeMap::new(),
            done: done.into_iter().collect(),
        }
    }

    /// Notes who asks; returns whether the engine has to be asked.
    pub(super) fn begin(&mut self, request: RequestId, reply: CommandReply) -> bool {
        if self.done.contains(&request) {
            self.repeat(request, reply);
            return false;
        }
        let askers = self.under_way.entry(request).or_default();
        askers.push(reply);
        askers.len() == 1
    }

    /// Tells everyone who asked.
    pub(super) fn finish(&mut self, request: RequestId, result: Result<Outcome, CommandError>) {
        if result.is_ok() {
            self.done.insert(request);
        }
        for reply in self.under_way.remove(&request).unwrap_or_default() {
            let _ = reply.send(result.clone().map_err(OrderError::from));
        }
    }

    /// Tells everyone that there will be no outcome.
    pub(super) fn fail(&mut self, error: &OrderError) {
        for reply in std::mem::take(&mut self.under_way).into_values().flatten() {
            let _ = reply.send(Err(error.clone()));
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
                Err(error) => Err(OrderError::Storage(error.to_string().into())),
            });
        });
    }
}
