//! Rooms by mail: control that letters bring, of rooms that are ours and of rooms that we are let into.
//!
//! Invariants
//! - A room that letters show is ours once what came of it admits us, in whatever order they came.
//! - What is kept of rooms that are not ours is bounded, for each device and in all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cards, Forming};
use crate::engine::Engine;
use crate::engine::fill::{Fills, Queue};
use crate::id::{ConversationId, DeviceId};
use crate::sync::{Control, ControlEntry};
use crate::time::Now;
use crate::wire::limits::ROOMS_MAX;

/// Rooms that are not ours and that letters of one device show.
pub(in crate::engine) const MAILED_ROOMS_MAX: usize = 4;
/// Rooms that are not ours and that letters of all devices show.
pub(in crate::engine) const MAILED_ROOMS_ALL_MAX: usize = 32;
/// Bytes of control operations and cards that are kept of one such room.
pub(in crate::engine) const MAILED_ROOM_BYTES_MAX: usize = 1024 * 1024;

/// What letters of one device brought of a room that is not ours.
#[derive(Debug, Default)]
struct Shown {
    entries: Vec<ControlEntry>,
    cards: Cards,
    bytes: usize,
}

/// All of them.
#[derive(Debug, Default)]
pub(in crate::engine) struct MailedRooms {
    shown: BTreeMap<(DeviceId, ConversationId), Shown>,
}

impl MailedRooms {
    /// Adds what a letter brought; returns nothing if that is too much.
    fn add(&mut self, from: DeviceId, control: Control) -> Option<&Shown> {
        let key = (from, control.conversation);
        let theirs = self
            .shown
            .keys()
            .filter(|(device, _)| *device == from)
            .count();
        let has_room = self.shown.contains_key(&key)
            || (theirs < MAILED_ROOMS_MAX && self.shown.len() < MAILED_ROOMS_ALL_MAX);
        if !has_room {
            return None;
        }
        let bytes = control.operations.iter();
        let of_cards = control.cards.iter().map(|card| card.card.len());
        let bytes: usize = bytes
            .map(|entry| entry.operation.bytes())
            .chain(of_cards)
            .sum();
        let cards = Cards::read(control.cards).ok()?;
        let held = self.shown.get(&key).map_or(0, |shown| shown.bytes);
        if held.saturating_add(bytes) > MAILED_ROOM_BYTES_MAX {
            self.shown.remove(&key);
            return None;
        }
        let shown = self.shown.entry(key).or_default();
        shown.bytes = shown.bytes.saturating_add(bytes);
        let authors: BTreeSet<DeviceId> = control
            .operations
            .iter()
            .map(|entry| entry.device)
            .collect();
        shown.cards.extend(cards, &authors);
        shown.entries.extend(control.operations);
        Some(shown)
    }

    /// Says how full it is.
    pub(in crate::engine) fn fill(&self, fills: &mut Fills) {
        fills.note(Queue::MailedRooms, self.shown.len(), MAILED_ROOMS_ALL_MAX);
        let mut of_devices: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for ((device, _), shown) in &self.shown {
            fills.note(Queue::MailedRoomBytes, shown.bytes, MAILED_ROOM_BYTES_MAX);
            *of_devices.entry(*device).or_default() += 1;
        }
        for rooms in of_devices.into_values() {
            fills.note(Queue::MailedRoomsOfDevice, rooms, MAILED_ROOMS_MAX);
        }
    }

    fn forget(&mut self, conversation: &ConversationId) {
        self.shown.retain(|(_, room), _| room != conversation);
    }
}

impl Engine {
    /// Takes what a letter of a device says of a room.
    pub(in crate::engine) fn mailed_control(&mut self, from: DeviceId, control: Control, now: Now) {
        if self.replicas.by_id(&control.conversation).is_some() {
            // Whoever sealed it need not have written it: what is at fault is passed over.
            let _ = self.receive_control(None, control, now);
            return;
        }
        if self.replicas.rooms().count() >= ROOMS_MAX {
            return;
        }
        let conversation = control.conversation;
        let own = self.own.person();
        let Some(shown) = self.mailed_rooms.add(from, control) else {
            return;
        };
        let mut forming = Forming::new(conversation, now.monotonic);
        let mut authors: BTreeSet<DeviceId> = BTreeSet::new();
        // Letters come in any order, and each operation's time is past that of all it builds on.
        let mut entries: Vec<&ControlEntry> = shown.entries.iter().collect();
        entries.sort_by_key(|entry| {
            let header = entry.operation.claimed().ok();
            header.map(|header| header.logical)
        });
        for entry in entries {
            let signer = shown
                .cards
                .signer(&entry.device, &self.directory, &self.own);
            if let Some((person, key)) = signer {
                let taken = forming.room.receive(entry.clone(), person, &key);
                let taken = taken.unwrap_or_default().into_iter();
                authors.extend(taken.map(|record| record.author.device));
            }
        }
        forming.room.resolve();
        if forming.room.is_member(&own) {
            forming.cards.extend(shown.cards.clone(), &authors);
            self.mailed_rooms.forget(&conversation);
            self.admitted(None, forming, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::AdmissionId;
    use crate::operation::SignedOperation;

    fn control(room: usize, bytes: usize) -> Control {
        let operation = SignedOperation {
            header: Vec::new(),
            signature: [0; 64].into(),
            body: None,
        };
        let least = operation.bytes();
        let mut entry = ControlEntry {
            device: DeviceId::new([1; 32]),
            admission: AdmissionId::new([2; 32]),
            operation,
        };
        if let Some(more) = bytes.checked_sub(least) {
            entry.operation.header = vec![0; more];
        }
        let mut id = [0; 32];
        id[..8].copy_from_slice(&room.to_le_bytes());
        Control {
            conversation: ConversationId::new(id),
            cards: Vec::new(),
            operations: vec![entry],
        }
    }

    fn device(number: usize) -> DeviceId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        DeviceId::new(id)
    }

    #[test]
    fn one_device_shows_so_many_rooms_and_no_more() {
        let mut rooms = MailedRooms::default();
        for room in 0..MAILED_ROOMS_MAX {
            assert!(rooms.add(device(1), control(room, 200)).is_some());
        }
        assert!(
            rooms
                .add(device(1), control(MAILED_ROOMS_MAX, 200))
                .is_none()
        );
        assert!(
            rooms.add(device(1), control(0, 200)).is_some(),
            "more of one"
        );
        assert!(
            rooms
                .add(device(2), control(MAILED_ROOMS_MAX, 200))
                .is_some()
        );
        rooms.forget(&control(0, 200).conversation);
        assert!(
            rooms
                .add(device(1), control(MAILED_ROOMS_MAX, 200))
                .is_some()
        );
    }

    #[test]
    fn all_devices_show_so_many_rooms_and_no_more() {
        let mut rooms = MailedRooms::default();
        for number in 0..MAILED_ROOMS_ALL_MAX {
            assert!(rooms.add(device(number), control(number, 200)).is_some());
        }
        let next = MAILED_ROOMS_ALL_MAX;
        assert!(rooms.add(device(next), control(next, 200)).is_none());
    }

    #[test]
    fn of_one_room_so_many_bytes_are_kept_and_with_one_more_nothing() {
        let half = MAILED_ROOM_BYTES_MAX / 2;
        let mut rooms = MailedRooms::default();
        assert!(rooms.add(device(1), control(1, half)).is_some());
        assert!(rooms.add(device(1), control(1, half)).is_some());
        assert!(rooms.add(device(1), control(1, 100)).is_none());
        assert!(rooms.shown.is_empty());
    }
}
