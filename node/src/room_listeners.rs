//! Which listeners have yet to be told that a room changed.
//!
//! Invariants
//! - A room is told as it is when it is told, once for all that changed since it was last told and
//!   acknowledged.
//! - What was not acknowledged is told again. After a start, or once a listener was forgotten, every
//!   room is told once: it may have changed meanwhile.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use tidings_protocol::engine::Event;
use tidings_protocol::id::ConversationId;

/// Listeners that are remembered; one more has the one forgotten that asked longest ago.
const LISTENERS_MAX: usize = 64;

/// How often each room has changed since the node was opened, and who knows. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct RoomListeners {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    changes: BTreeMap<ConversationId, u64>,
    /// Who asked last comes last.
    listeners: VecDeque<Listener>,
}

#[derive(Debug, Default)]
struct Listener {
    name: String,
    /// Up to which change of a room they were told, and said so.
    acknowledged: BTreeMap<ConversationId, u64>,
    /// Up to which change of a room they were told last.
    told: BTreeMap<ConversationId, u64>,
}

impl RoomListeners {
    /// Takes note of an event; returns whether a room changed.
    pub(crate) fn note(&self, event: &Event) -> bool {
        let (Event::Invited { conversation } | Event::RoomChanged { conversation }) = event else {
            return false;
        };
        self.with(|shared| {
            let changes = shared.changes.entry(*conversation).or_insert(0);
            *changes = changes.saturating_add(1);
        });
        true
    }

    /// The rooms of which a listener has yet to be told, at most so many.
    pub(crate) fn untold(
        &self,
        listener: &str,
        rooms: impl Iterator<Item = ConversationId>,
        limit: u32,
    ) -> Vec<ConversationId> {
        self.with(|shared| {
            let mut listener = shared.take(listener);
            let news = rooms.filter_map(|room| {
                let changes = shared.changes.get(&room).copied().unwrap_or(0);
                (listener.acknowledged.get(&room) != Some(&changes)).then_some((room, changes))
            });
            let limit = usize::try_from(limit).unwrap_or(usize::MAX);
            listener.told = news.take(limit).collect();
            let untold = listener.told.keys().copied().collect();
            shared.listeners.push_back(listener);
            untold
        })
    }

    /// Notes that a listener has dealt with what it was told last.
    pub(crate) fn acknowledge(&self, listener: &str) {
        self.with(|shared| {
            let mut listener = shared.take(listener);
            listener.acknowledged.append(&mut listener.told);
            shared.listeners.push_back(listener);
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Shared) -> T) -> T {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut shared)
    }
}

impl Shared {
    /// Takes a listener out, a new one if need be; there is room to put it back.
    fn take(&mut self, name: &str) -> Listener {
        let known = self.listeners.iter().position(|one| one.name == name);
        if let Some(listener) = known.and_then(|at| self.listeners.remove(at)) {
            return listener;
        }
        while self.listeners.len() >= LISTENERS_MAX {
            self.listeners.pop_front();
        }
        Listener {
            name: name.to_owned(),
            ..Listener::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn room(number: u8) -> ConversationId {
        ConversationId::new([number; 32])
    }

    fn changed(listeners: &RoomListeners, number: u8) {
        let conversation = room(number);
        assert!(listeners.note(&Event::RoomChanged { conversation }));
    }

    /// The numbers of the rooms of which a listener is told, of two.
    fn told(listeners: &RoomListeners, listener: &str) -> Vec<u8> {
        let told = listeners.untold(listener, [room(1), room(2)].into_iter(), 9);
        told.iter().map(|room| room.as_bytes()[0]).collect()
    }

    #[test]
    fn every_room_is_told_once_and_again_when_it_has_changed() {
        let listeners = RoomListeners::default();
        assert_eq!(told(&listeners, "bot"), [1, 2]);
        assert_eq!(told(&listeners, "bot"), [1, 2], "it was not acknowledged");
        listeners.acknowledge("bot");
        assert_eq!(told(&listeners, "bot"), Vec::<u8>::new());
        changed(&listeners, 2);
        changed(&listeners, 2);
        assert_eq!(told(&listeners, "bot"), [2]);
        assert_eq!(told(&listeners, "other"), [1, 2]);
        changed(&listeners, 2);
        listeners.acknowledge("bot");
        assert_eq!(told(&listeners, "bot"), [2], "it changed after it was told");
    }

    #[test]
    fn no_more_are_told_at_once_than_asked_for_and_the_rest_comes_next() {
        let listeners = RoomListeners::default();
        let next = || {
            let told = listeners.untold("bot", [room(1), room(2)].into_iter(), 1);
            listeners.acknowledge("bot");
            told
        };
        assert_eq!(
            [next(), next(), next()],
            [vec![room(1)], vec![room(2)], vec![]]
        );
    }

    #[test]
    fn the_most_listeners_are_remembered_and_one_more_has_one_forgotten() {
        let listeners = RoomListeners::default();
        for number in 0..LISTENERS_MAX {
            let listener = number.to_string();
            told(&listeners, &listener);
            listeners.acknowledge(&listener);
        }
        assert_eq!(told(&listeners, "0"), Vec::<u8>::new());
        told(&listeners, "one more");
        assert_eq!(told(&listeners, "0"), Vec::<u8>::new(), "it asked last");
        assert_eq!(told(&listeners, "1"), [1, 2]);
    }

    #[test]
    fn an_event_of_another_kind_is_none_of_a_room() {
        let conversation = room(1);
        assert!(!RoomListeners::default().note(&Event::DeliveryChanged { conversation }));
    }
}
