//! What the driver tells those who wait: that something was stored, and what happened.
//!
//! Invariants
//! - A waiter that looks at the store after [`Signals::generation`] changed sees what changed it.
//! - A slow waiter misses events, never the change of generation.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tidings_protocol::engine::Event;
use tidings_protocol::id::Tag;
use tidings_protocol::pairing::Refusal;
use tokio::sync::{broadcast, watch};

use crate::versions::Versions;

/// Events that a slow waiter may fall behind.
const EVENTS_MAX: usize = 1024;
/// Refusals that are remembered.
const REFUSALS_MAX: usize = 256;

/// The driver's side and the waiters' side in one.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    generation: Arc<watch::Sender<u64>>,
    events: broadcast::Sender<Event>,
    people: Arc<AtomicU64>,
    refusals: Arc<Mutex<BTreeMap<Tag, Refusal>>>,
    versions: Versions,
    ended: Arc<watch::Sender<bool>>,
}

impl Signals {
    pub(crate) fn new() -> Self {
        Self {
            generation: Arc::new(watch::Sender::new(0)),
            events: broadcast::Sender::new(EVENTS_MAX),
            people: Arc::new(AtomicU64::new(0)),
            refusals: Arc::default(),
            versions: Versions::default(),
            ended: Arc::new(watch::Sender::new(false)),
        }
    }

    /// Grows with every commit.
    pub(crate) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Everything that happens from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Grows whenever contacts or their devices have changed.
    pub(crate) fn people(&self) -> u64 {
        self.people.load(Ordering::Acquire)
    }

    /// Becomes true when the driver has ended.
    pub(crate) fn end(&self) -> watch::Receiver<bool> {
        self.ended.subscribe()
    }

    /// Says that a commit is durable, and whether contacts or devices were in it.
    pub(crate) fn stored(&self, people: bool) {
        if people {
            self.people.fetch_add(1, Ordering::AcqRel);
        }
        self.generation
            .send_modify(|generation| *generation = generation.wrapping_add(1));
    }

    /// Why an invite's maker refused, if one did since the node was opened.
    pub(crate) fn refusal(&self, tag: Tag) -> Option<Refusal> {
        self.refusals.lock().ok()?.get(&tag).copied()
    }

    /// The contacts whose version this one cannot talk to.
    pub(crate) const fn versions(&self) -> &Versions {
        &self.versions
    }

    /// Says what happened.
    pub(crate) fn tell(&self, event: Event) {
        self.versions.note(&event);
        if let Event::JoinRefused { tag, refusal } = &event
            && let Ok(mut refusals) = self.refusals.lock()
        {
            if refusals.len() >= REFUSALS_MAX {
                refusals.pop_first();
            }
            refusals.insert(*tag, *refusal);
        }
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    /// Says that the driver has ended.
    pub(crate) fn ended(&self) {
        self.ended.send_replace(true);
    }
}
