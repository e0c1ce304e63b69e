//! Rooms by mail: control that letters bring, of rooms that are ours and of rooms that we are let into.
//!
//! Invariants
//! - A room that letters show is ours once what came of it admits us, in whatever order they came.
//! - What is kept of rooms that are not ours is bounded, for each device and in all.

use std::collections::{BTreeMap, BTreeSet};

use super::{Cards, Forming};
use crate::engine::Engine;
use crate::id::{ConversationId, DeviceId};
use crate::sync::{Control, ControlEntry};
use crate::time::Now;
use crate::wire::limits::ROOMS_MAX;

/// Rooms that are not ours and that letters of one device show.
pub(in crate::engine) const MAILED_ROOMS_MAX: usize = 4;
/// Rooms that are not ours and that letters of all devices show.
pub(in crate::engine) const MAILED_ROOMS_ALL_MAX: usize = 32;
/// Bytes of control operations that are kept of one such room.
pub(in crate::engine) const MAILED_ROOM_BYTES_MAX: usize = 1024 * 1024;
/// How often what came of such a room is gone through for what it builds on.
const PASSES_MAX: usize = 8;

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
        let cards = Cards::read(control.cards).ok()?;
        let bytes = control.operations.iter();
        let bytes: usize = bytes.map(|entry| entry.operation.bytes()).sum();
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
        for _ in 0..PASSES_MAX {
            let mut is_more = false;
            for entry in &shown.entries {
                let signer = shown
                    .cards
                    .signer(&entry.device, &self.directory, &self.own);
                let Some((person, key)) = signer else {
                    continue;
                };
                let taken = forming.room.receive(entry.clone(), person, &key);
                for record in taken.unwrap_or_default() {
                    authors.insert(record.author.device);
                    is_more = true;
                }
            }
            if !is_more {
                break;
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
