//! News: chains of others of which the other side may not know how far they have come.
//!
//! Whoever writes in a room sends it to all whom they have a session with; where all have one with each
//! other, nobody needs to hear of it from a third. So news wait, the longer the more sessions there are:
//! [`TIME_PER_SESSION`] for each beyond two. A line of members passes them on without delay, and in a large
//! room one message tells of all that came in the meantime.
//!
//! Invariants
//! - What waits is told in the end, unless the other side has come to know it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::engine::context::Context;
use crate::id::ActorId;
use crate::sync::Position;
use crate::time::Monotonic;
use crate::wire::limits::VECTOR_ACTORS_MAX;

/// How much longer news wait for each session.
const TIME_PER_SESSION: Duration = Duration::from_millis(10);
/// Sessions with which they do not wait.
const SESSIONS_AT_ONCE: usize = 2;

/// How long news wait where there are so many sessions.
pub(in crate::engine) fn delay(sessions: usize) -> Duration {
    let beyond = sessions.saturating_sub(SESSIONS_AT_ONCE);
    TIME_PER_SESSION.saturating_mul(u32::try_from(beyond).unwrap_or(u32::MAX))
}

/// What is to be told of one conversation.
#[derive(Debug, Default)]
pub(super) struct News {
    /// The chains of which there may be some.
    chains: BTreeSet<ActorId>,
    /// When they are to be told.
    at: Option<Monotonic>,
}

impl News {
    /// Notes that a chain changed.
    pub(super) fn note(&mut self, actor: ActorId) {
        self.chains.insert(actor);
    }

    /// When they are to be told; `None` while nothing waits.
    pub(super) const fn at(&self) -> Option<Monotonic> {
        self.at
    }

    /// Takes out what is to be told now, as much as one message tells; `untold` says of a chain how far it
    /// has come, if the other side may not know.
    pub(super) fn take(
        &mut self,
        delay: Duration,
        context: &mut Context<'_>,
        untold: impl Fn(&ActorId) -> Option<Position>,
    ) -> Vec<Position> {
        let chains = std::mem::take(&mut self.chains).into_iter();
        let news = chains.filter_map(|actor| Some((actor, untold(&actor)?)));
        let mut news: BTreeMap<ActorId, Position> = news.collect();
        if news.is_empty() {
            self.at = None;
            return Vec::new();
        }
        let now = context.now.monotonic;
        let at = *self.at.get_or_insert(now + delay);
        if at > now {
            context.wake(at);
            self.chains = news.into_keys().collect();
            return Vec::new();
        }
        self.at = None;
        while news.len() > VECTOR_ACTORS_MAX {
            self.chains.extend(news.pop_last().map(|(actor, _)| actor));
        }
        news.into_values().collect()
    }
}
