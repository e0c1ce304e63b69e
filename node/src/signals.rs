//! What the driver tells those who wait: that something was stored, and what happened.
//!
//! Invariants
//! - A waiter that looks at the store after [`Signals::generation`] changed sees what changed it.
//! - A slow waiter misses events, never the change of generation, nor of a kind of things: see [`kinds`](crate::kinds).

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tidings_protocol::engine::{Event, JoinEnd};
use tidings_protocol::id::{Tag, TransportId};
use tidings_protocol::time::WallTime;
use tokio::sync::{broadcast, watch};

use crate::failures::{Failures, Trouble};
use crate::kinds::{Kind, Kinds, Latest};
use crate::room_listeners::RoomListeners;
use crate::versions::Versions;

/// Events that a slow waiter may fall behind; there is room for all of them from the start.
const EVENTS_MAX: usize = 128;
/// Joins of which it is remembered how they ended without an answer.
const JOIN_ENDS_MAX: usize = 256;

/// The driver's end, to be waited for.
#[derive(Debug)]
pub(crate) struct End(watch::Receiver<bool>);

impl End {
    /// Resolves once the driver has ended, at once if it has before: whoever begins to wait late
    /// waits for nothing that could still come.
    pub(crate) async fn reached(&mut self) {
        let _ = self.0.wait_for(|ended| *ended).await;
    }
}

/// The driver's side and the waiters' side in one.
#[derive(Debug, Clone)]
pub(crate) struct Signals {
    generation: Arc<watch::Sender<u64>>,
    events: broadcast::Sender<Event>,
    people: Arc<AtomicU64>,
    presence: Arc<watch::Sender<u64>>,
    changes: Arc<watch::Sender<Latest>>,
    /// Oldest first, one a tag.
    join_ends: Arc<Mutex<VecDeque<(Tag, JoinEnd)>>>,
    versions: Versions,
    failures: Failures,
    rooms: RoomListeners,
    ended: Arc<watch::Sender<bool>>,
    handed_over: Arc<AtomicBool>,
}

impl Signals {
    /// With the first version of who is there and who types, and of what changed: one that no node of
    /// this profile had before.
    pub(crate) fn new(first: u64) -> Self {
        Self {
            generation: Arc::new(watch::Sender::new(0)),
            events: broadcast::Sender::new(EVENTS_MAX),
            people: Arc::new(AtomicU64::new(0)),
            presence: Arc::new(watch::Sender::new(first)),
            changes: Arc::new(watch::Sender::new(Latest::new(first))),
            join_ends: Arc::default(),
            versions: Versions::default(),
            failures: Failures::default(),
            rooms: RoomListeners::default(),
            ended: Arc::new(watch::Sender::new(false)),
            handed_over: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Grows with every commit, and when a room is to be told of.
    pub(crate) fn generation(&self) -> watch::Receiver<u64> {
        self.generation.subscribe()
    }

    /// Everything that happens from now on.
    pub(crate) fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Grows whenever contacts, their devices or rooms have changed.
    pub(crate) fn people(&self) -> u64 {
        self.people.load(Ordering::Acquire)
    }

    /// The version of who is there and who types.
    pub(crate) fn presence(&self) -> watch::Receiver<u64> {
        self.presence.subscribe()
    }

    /// When something of each kind changed last.
    pub(crate) fn changes(&self) -> watch::Receiver<Latest> {
        self.changes.subscribe()
    }

    /// Notes that the node ends in favour of another.
    pub(crate) fn hand_over(&self) {
        self.handed_over.store(true, Ordering::Release);
    }

    /// Whether the node ends in favour of another.
    pub(crate) fn was_handed_over(&self) -> bool {
        self.handed_over.load(Ordering::Acquire)
    }

    /// The driver's end, for those who may have to wait for it.
    pub(crate) fn end(&self) -> End {
        End(self.ended.subscribe())
    }

    /// Says that a commit is durable, whether contacts, devices or rooms were in it, and what kinds of
    /// things.
    pub(crate) fn stored(&self, people: bool, kinds: &Kinds) {
        if people {
            self.people.fetch_add(1, Ordering::AcqRel);
        }
        self.wake();
        self.changed(kinds);
    }

    /// Says that something of these kinds changed, after whoever looks sees it.
    pub(crate) fn changed(&self, kinds: &Kinds) {
        if !kinds.is_empty() {
            self.changes
                .send_modify(|latest| latest.note(kinds.iter().copied()));
        }
    }

    /// Says that something went wrong with a peer.
    pub(crate) fn failed(&self, peer: TransportId, at: WallTime, trouble: Trouble) {
        self.failures.note(peer, at, trouble);
        self.changed(&Kinds::from([Kind::Network]));
    }

    /// Has those who wait look again.
    fn wake(&self) {
        self.generation
            .send_modify(|generation| *generation = generation.wrapping_add(1));
    }

    /// How a join ended without an answer, if it did since the node was opened.
    pub(crate) fn join_end(&self, tag: Tag) -> Option<JoinEnd> {
        let ends = self.join_ends.lock().ok()?;
        let found = ends.iter().find(|(of, _)| *of == tag);
        found.map(|(_, end)| *end)
    }

    /// The contacts whose version this one cannot talk to.
    pub(crate) const fn versions(&self) -> &Versions {
        &self.versions
    }

    /// What went wrong last with whom.
    pub(crate) const fn failures(&self) -> &Failures {
        &self.failures
    }

    /// Who has yet to be told that a room changed.
    pub(crate) const fn rooms(&self) -> &RoomListeners {
        &self.rooms
    }

    /// Says what happened.
    pub(crate) fn tell(&self, event: Event) {
        self.versions.note(&event);
        if self.rooms.note(&event) {
            self.wake();
        }
        if matches!(
            &event,
            Event::SessionOpened { .. } | Event::SessionClosed { .. } | Event::Typing { .. }
        ) {
            self.presence
                .send_modify(|version| *version = version.wrapping_add(1));
        }
        if matches!(
            &event,
            Event::SessionOpened { .. }
                | Event::SessionClosed { .. }
                | Event::CaughtUp { .. }
                | Event::OtherVersion { .. }
        ) {
            self.changed(&Kinds::from([Kind::Network]));
        }
        if let Event::JoinEnded { tag, end } = &event {
            self.note_join_end(*tag, Some(*end));
        }
        if let Event::ContactAdded { tag, .. } = &event {
            self.note_join_end(*tag, None);
        }
        // Nobody listening is fine.
        let _ = self.events.send(event);
    }

    /// Notes how a join ended; `None` if it was answered.
    fn note_join_end(&self, tag: Tag, end: Option<JoinEnd>) {
        let Ok(mut ends) = self.join_ends.lock() else {
            return;
        };
        ends.retain(|(of, _)| *of != tag);
        if let Some(end) = end {
            if ends.len() >= JOIN_ENDS_MAX {
                ends.pop_front();
            }
            ends.push_back((tag, end));
        }
    }

    /// Says that the driver has ended.
    pub(crate) fn ended(&self) {
        self.ended.send_replace(true);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast::error::TryRecvError;

    use super::*;
    use tidings_protocol::id::PersonId;

    fn tag(number: usize) -> Tag {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_be_bytes());
        Tag::new(bytes)
    }

    fn ended(number: usize) -> Event {
        Event::JoinEnded {
            tag: tag(number),
            end: JoinEnd::Unanswered,
        }
    }

    #[test]
    fn the_end_of_one_join_too_many_takes_the_place_of_the_oldest_whatever_its_tag() {
        let signals = Signals::new(0);
        // The oldest has the highest tag.
        let tags: Vec<_> = (1..=JOIN_ENDS_MAX).rev().collect();
        tags.iter().for_each(|tag| signals.tell(ended(*tag)));
        let known = |number: usize| signals.join_end(tag(number)).is_some();
        assert!(tags.iter().all(|tag| known(*tag)), "at the limit");
        signals.tell(ended(0));
        assert!(!known(JOIN_ENDS_MAX));
        assert!((0..JOIN_ENDS_MAX).all(known));
        signals.tell(ended(JOIN_ENDS_MAX - 1));
        assert!((0..JOIN_ENDS_MAX).all(known), "a known tag takes no place");
    }

    #[test]
    fn a_join_that_is_answered_in_the_end_has_no_other() {
        let signals = Signals::new(0);
        signals.tell(ended(1));
        signals.tell(ended(2));
        let person = PersonId::new([1; 32]);
        signals.tell(Event::ContactAdded {
            person,
            tag: tag(1),
        });
        assert_eq!(signals.join_end(tag(1)), None);
        assert_eq!(signals.join_end(tag(2)), Some(JoinEnd::Unanswered));
    }

    #[test]
    fn a_waiter_may_fall_behind_by_the_most_events_and_one_more_costs_the_oldest() {
        for late in [0, 1] {
            let signals = Signals::new(0);
            let mut events = signals.events();
            (0..EVENTS_MAX + late).for_each(|number| signals.tell(ended(number)));
            if late == 1 {
                assert!(matches!(events.try_recv(), Err(TryRecvError::Lagged(1))));
            }
            for number in late..EVENTS_MAX + late {
                assert_eq!(events.try_recv().unwrap(), ended(number));
            }
            assert!(matches!(events.try_recv(), Err(TryRecvError::Empty)));
        }
    }
}
