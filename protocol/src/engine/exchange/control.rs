//! What one session still has to send of a room's control.
//!
//! Invariants
//! - An operation leaves after all it builds on, and with the card of its author unless they have it.
//! - Whoever is no member is not told where anybody is reached.
//! - A card leaves no earlier than what admits its person: the other side takes no others.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::directory::Directory;
use crate::engine::fill::{Fills, Queue};
use crate::engine::room::Room;
use crate::id::{DeviceId, OperationId, PersonId};
use crate::identity::OwnIdentity;
use crate::sync::{Control, ControlEntry, ControlVector, Introduction, SessionMessage};
use crate::wire::limits::{BATCH_OPERATIONS_MAX, CARDS_MAX, CONTROL_OPERATIONS_MAX};

/// Messages that are made at once, before the link has to show that it takes them.
pub(super) const MESSAGES_AT_ONCE: usize = 8;
/// What CBOR and the two ids add to one operation, or to a card or an address, at most.
const ENTRY_OVERHEAD_BYTES: usize = 128;

/// What the other side holds of a room's control.
#[derive(Debug)]
pub(in crate::engine) struct ControlOffer {
    known: BTreeSet<OperationId>,
    cards: BTreeMap<DeviceId, u64>,
    /// What they say they hold, until it was compared with all that we hold.
    said: Option<ControlVector>,
    /// Which state of the room they have been told all of.
    told: Option<u64>,
}

impl ControlOffer {
    /// By what they say they hold.
    pub(in crate::engine) fn new(theirs: Option<&ControlVector>, room: &Room) -> Self {
        let (locator, cards) = theirs.map_or((&[][..], &[][..]), |theirs| {
            (theirs.locator.as_slice(), theirs.cards.as_slice())
        });
        Self {
            known: room.past_of(locator),
            cards: cards
                .iter()
                .map(|card| (card.device, card.number))
                .collect(),
            said: theirs.cloned(),
            told: None,
        }
    }

    /// Notes that they hold an operation.
    pub(in crate::engine) fn took(&mut self, id: OperationId) {
        self.known.insert(id);
    }

    /// Notes that they hold a device's card in this version.
    pub(in crate::engine) fn took_card(&mut self, device: DeviceId, number: u64) {
        let known = self.cards.entry(device).or_default();
        *known = number.max(*known);
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let most = 2 * CONTROL_OPERATIONS_MAX;
        fills.note(Queue::ControlKnown, self.known.len(), most);
    }

    /// Whether they have been told all.
    pub(in crate::engine) fn is_told(&self, room: &Room) -> bool {
        self.told == Some(room.generation())
    }

    /// The next messages for a person, each of so many bytes at most, until they have been told all.
    pub(in crate::engine) fn pump(
        &mut self,
        person: PersonId,
        room: &Room,
        bytes: usize,
        directory: &Directory,
        own: &OwnIdentity,
    ) -> Vec<SessionMessage> {
        if self.is_told(room) {
            return Vec::new();
        }
        if let Some(said) = self.said.take() {
            for card in said.rest_of(room.cards(directory, own)) {
                self.took_card(card.device, card.number);
            }
        }
        let (served, is_member) = (room.served_to(&person), room.is_member(&person));
        let mut packing = Packing::new(bytes);
        for (id, operation, author) in room.entries() {
            let is_served = served.as_ref().is_none_or(|served| served.contains(&id));
            if !is_served || self.known.contains(&id) {
                continue;
            }
            if packing.messages.len() >= MESSAGES_AT_ONCE {
                return packing.finish(room);
            }
            let entry = ControlEntry {
                device: author.device,
                admission: author.admission,
                operation: operation.clone(),
            };
            let mut introduction = self.introduce(author.device, directory);
            if let Some(introduction) = introduction.as_mut().filter(|_| !is_member) {
                introduction.addresses.clear();
            }
            packing.add(room, introduction, Some(entry));
            self.known.insert(id);
        }
        if is_member {
            for (device, number, introduction) in room.introductions(&self.cards, directory) {
                if packing.messages.len() >= MESSAGES_AT_ONCE {
                    return packing.finish(room);
                }
                self.cards.insert(device, number);
                packing.add(room, Some(introduction), None);
            }
        }
        self.told = Some(room.generation());
        packing.finish(room)
    }

    /// A device's card, if they lack it.
    fn introduce(&mut self, device: DeviceId, directory: &Directory) -> Option<Introduction> {
        let known = directory.device(&device)?;
        let number = known.passed_on();
        if self.cards.get(&device).is_some_and(|held| *held >= number) {
            return None;
        }
        self.cards.insert(device, number);
        Some(known.introduction())
    }
}

/// Operations and cards on their way into messages.
#[derive(Debug)]
struct Packing {
    messages: Vec<SessionMessage>,
    cards: Vec<Introduction>,
    operations: Vec<ControlEntry>,
    bytes: usize,
    bytes_max: usize,
}

impl Packing {
    const fn new(bytes_max: usize) -> Self {
        Self {
            messages: Vec::new(),
            cards: Vec::new(),
            operations: Vec::new(),
            bytes: 0,
            bytes_max,
        }
    }

    fn add(&mut self, room: &Room, card: Option<Introduction>, entry: Option<ControlEntry>) {
        let card_bytes = card.as_ref().map_or(0, |card| {
            let addresses = card.addresses.iter();
            let addresses = addresses.map(|address| address.len() + ENTRY_OVERHEAD_BYTES);
            card.card.len() + ENTRY_OVERHEAD_BYTES + addresses.sum::<usize>()
        });
        let entry_bytes = entry
            .as_ref()
            .map_or(0, |entry| entry.operation.bytes() + ENTRY_OVERHEAD_BYTES);
        let bytes = card_bytes.saturating_add(entry_bytes);
        let is_full = self.bytes.saturating_add(bytes) > self.bytes_max
            || self.operations.len() >= BATCH_OPERATIONS_MAX
            || self.cards.len() >= CARDS_MAX;
        if is_full {
            self.flush(room);
        }
        self.bytes = self.bytes.saturating_add(bytes);
        self.cards.extend(card);
        self.operations.extend(entry);
    }

    fn flush(&mut self, room: &Room) {
        if self.cards.is_empty() && self.operations.is_empty() {
            return;
        }
        self.messages.push(SessionMessage::Control(Control {
            conversation: room.conversation(),
            cards: std::mem::take(&mut self.cards),
            operations: std::mem::take(&mut self.operations),
        }));
        self.bytes = ENTRY_OVERHEAD_BYTES;
    }

    fn finish(mut self, room: &Room) -> Vec<SessionMessage> {
        self.flush(room);
        self.messages
    }
}
