//! Rooms by mail: control that letters bring, of rooms that are ours and of rooms that we are let into.
//!
//! Invariants
//! - A room that letters show is ours once what came of it admits us, in whatever order they came.
//! - What is kept of rooms that are not ours is bounded, for each device and in all. It is durable before a letter is
//!   shown to have been opened.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cards, Forming};
use crate::engine::Engine;
use crate::engine::fill::{Fills, Queue};
use crate::id::{ConversationId, DeviceId};
use crate::record::{Change, MailedControlRecord, Profile};
use crate::sync::{Control, ControlEntry, SessionMessage};
use crate::time::Now;
use crate::wire::limits::ROOMS_MAX;

/// Rooms that are not ours and that letters of one device show.
pub(in crate::engine) const MAILED_ROOMS_MAX: usize = 4;
/// Rooms that are not ours and that letters of all devices show.
pub(in crate::engine) const MAILED_ROOMS_ALL_MAX: usize = 32;
/// Bytes of what letters say that are kept of one such room.
pub(in crate::engine) const MAILED_ROOM_BYTES_MAX: usize = 1024 * 1024;

/// What letters of one device brought of a room that is not ours.
#[derive(Debug, Default)]
struct Shown {
    /// The number of the first letter.
    number: u64,
    entries: Vec<ControlEntry>,
    cards: Cards,
    bytes: usize,
}

/// Whose letters, and of which room.
type Place = (DeviceId, ConversationId);

/// All of them.
#[derive(Debug, Default)]
pub(in crate::engine) struct MailedRooms {
    shown: BTreeMap<Place, Shown>,
    next: u64,
}

/// What came of one more letter.
#[derive(Debug, Default, PartialEq, Eq)]
struct Added {
    /// Its number; absent if it is not kept.
    number: Option<u64>,
    /// What is forgotten for it.
    forgotten: Vec<Place>,
}

impl MailedRooms {
    /// Goes on from what a store holds.
    pub(in crate::engine) fn restore(profile: &Profile) -> Self {
        let mut rooms = Self::default();
        for record in &profile.mailed_control {
            if let Ok(SessionMessage::Control(control)) = SessionMessage::from_bytes(&record.said) {
                rooms.next = record.number;
                rooms.add(record.device, control, record.said.len());
            }
        }
        rooms
    }

    /// Adds what a letter brought, of so many bytes. What one device shows makes room for what it shows later, and of all devices' that of
    /// one which shows most.
    fn add(&mut self, from: DeviceId, control: Control, bytes: usize) -> Added {
        let mut added = Added::default();
        let place = (from, control.conversation);
        let Ok(cards) = Cards::read(control.cards) else {
            return added;
        };
        let held = self.shown.get(&place).map_or(0, |shown| shown.bytes);
        if held.saturating_add(bytes) > MAILED_ROOM_BYTES_MAX {
            added.forgotten.extend(self.forget(&place));
            return added;
        }
        if !self.shown.contains_key(&place) {
            added.forgotten.extend(self.make_room(from));
        }
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let shown = self.shown.entry(place).or_insert_with(|| Shown {
            number,
            ..Shown::default()
        });
        shown.bytes = shown.bytes.saturating_add(bytes);
        let authors: BTreeSet<DeviceId> = control
            .operations
            .iter()
            .map(|entry| entry.device)
            .collect();
        shown.cards.extend(cards, &authors);
        shown.entries.extend(control.operations);
        added.number = Some(number);
        added
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

    /// Forgets what makes room for one more room that a device shows.
    fn make_room(&mut self, from: DeviceId) -> Option<Place> {
        let mut of_device: BTreeMap<DeviceId, usize> = BTreeMap::new();
        for (device, _) in self.shown.keys() {
            let rooms = of_device.entry(*device).or_default();
            *rooms = rooms.saturating_add(1);
        }
        let theirs = of_device.get(&from).copied().unwrap_or_default();
        let loser = if theirs >= MAILED_ROOMS_MAX {
            from
        } else if self.shown.len() >= MAILED_ROOMS_ALL_MAX {
            let most = of_device.iter().max_by_key(|(_, rooms)| **rooms);
            *most?.0
        } else {
            return None;
        };
        let theirs = self.shown.iter();
        let theirs = theirs.filter(|((device, _), _)| *device == loser);
        let first = theirs.min_by_key(|(_, shown)| shown.number);
        let first = first.map(|(place, _)| *place)?;
        self.forget(&first)
    }

    fn forget(&mut self, place: &Place) -> Option<Place> {
        self.shown.remove(place).map(|_| *place)
    }

    /// Forgets a room, whoever showed it.
    fn forget_room(&mut self, conversation: &ConversationId) -> Vec<Place> {
        let places = self.shown.keys().filter(|(_, room)| room == conversation);
        let places: Vec<Place> = places.copied().collect();
        let places = places.iter();
        places.filter_map(|place| self.forget(place)).collect()
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
        let said = SessionMessage::Control(control.clone()).to_bytes();
        let added = self.mailed_rooms.add(from, control, said.len());
        self.forget_mailed(added.forgotten, now);
        let Some(number) = added.number else {
            return;
        };
        if let Some(forming) = self.form_mailed(from, conversation, now) {
            let forgotten = self.mailed_rooms.forget_room(&conversation);
            self.forget_mailed(forgotten, now);
            self.admitted(None, forming, now);
            return;
        }
        // The letter is shown to have been opened: nobody brings it again.
        let record = MailedControlRecord {
            number,
            device: from,
            conversation,
            said: said.to_vec(),
        };
        let change = Change::PutMailedControl(Box::new(record));
        self.context(now).persist(change);
    }

    /// The room that letters of a device show, if it admits our person.
    fn form_mailed(
        &self,
        from: DeviceId,
        conversation: ConversationId,
        now: Now,
    ) -> Option<Forming> {
        let shown = self.mailed_rooms.shown.get(&(from, conversation))?;
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
        forming.cards.extend(shown.cards.clone(), &authors);
        let own = self.own.person();
        forming.room.is_member(&own).then_some(forming)
    }

    fn forget_mailed(&mut self, forgotten: Vec<Place>, now: Now) {
        for (device, conversation) in forgotten {
            self.context(now)
                .persist(Change::DropMailedControl(conversation, device));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn control(room: usize) -> Control {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&room.to_le_bytes());
        Control {
            conversation: ConversationId::new(id),
            cards: Vec::new(),
            operations: Vec::new(),
        }
    }

    fn device(number: usize) -> DeviceId {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&number.to_le_bytes());
        DeviceId::new(id)
    }

    #[test]
    fn one_device_shows_so_many_rooms_and_one_more_takes_the_place_of_its_first() {
        let mut rooms = MailedRooms::default();
        let place = |room| (device(1), control(room).conversation);
        for room in (0..MAILED_ROOMS_MAX).rev() {
            assert_eq!(rooms.add(device(1), control(room), 200).forgotten, []);
        }
        let more_of_one = rooms.add(device(1), control(0), 200);
        assert_eq!(more_of_one.forgotten, []);
        assert_eq!(rooms.add(device(2), control(9), 200).forgotten, []);
        let first = place(MAILED_ROOMS_MAX - 1);
        assert_eq!(rooms.add(device(1), control(9), 200).forgotten, [first]);
        let theirs = rooms.shown.keys().filter(|(one, _)| *one == device(1));
        assert_eq!(theirs.count(), MAILED_ROOMS_MAX);
        rooms.forget_room(&control(9).conversation);
        assert_eq!(rooms.add(device(1), control(10), 200).forgotten, []);
    }

    #[test]
    fn all_devices_show_so_many_rooms_and_one_more_takes_the_place_of_the_first_of_who_shows_most()
    {
        let mut rooms = MailedRooms::default();
        rooms.add(device(0), control(100), 200);
        rooms.add(device(0), control(0), 200);
        for number in 1..MAILED_ROOMS_ALL_MAX - 1 {
            let added = rooms.add(device(number), control(number), 200);
            assert_eq!(added.forgotten, []);
        }
        assert_eq!(rooms.shown.len(), MAILED_ROOMS_ALL_MAX);
        let next = MAILED_ROOMS_ALL_MAX;
        let first = (device(0), control(100).conversation);
        let added = rooms.add(device(next), control(next), 200);
        assert_eq!(added.forgotten, [first]);
        assert_eq!(rooms.shown.len(), MAILED_ROOMS_ALL_MAX);
    }

    #[test]
    fn of_one_room_so_many_bytes_are_kept_and_with_one_more_nothing() {
        let half = MAILED_ROOM_BYTES_MAX / 2;
        let mut rooms = MailedRooms::default();
        assert_eq!(rooms.add(device(1), control(1), half).number, Some(0));
        assert_eq!(rooms.add(device(1), control(1), half).number, Some(1));
        let place = (device(1), control(1).conversation);
        let full = rooms.add(device(1), control(1), 100);
        assert_eq!((full.number, full.forgotten), (None, vec![place]));
        assert!(rooms.shown.is_empty());
    }
}
