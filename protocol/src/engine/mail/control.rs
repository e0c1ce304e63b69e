//! Control of rooms by mail: what our person did to a room goes to everybody it concerns who is in no session.
//!
//! Invariants
//! - Whoever was in the room is sent what is new; who is let in, all of its log that they may be served, with the
//!   cards of who wrote it and of who is in it.
//! - Whoever is put out is sent what says so, and nothing of later.

use std::collections::BTreeSet;

use super::Mail;
use super::outbox::introduction;
use super::posting::{Errand, away};
use crate::engine::Parts;
use crate::engine::exchange::ControlOffer;
use crate::engine::replica::Replica;
use crate::envelope::{Letter, Priority};
use crate::id::{ConversationId, DeviceId, OperationId, PersonId};
use crate::sync::SessionMessage;

/// Bytes of control and cards that go into one letter.
const BYTES: usize = 48 * 1024;

impl Mail {
    /// Notes what our person did to a room.
    pub(in crate::engine) fn note_control(&mut self, operation: OperationId) {
        self.control.insert(operation);
    }

    /// Seals what was noted to all whom it concerns, `before` having been the other members.
    pub(in crate::engine) fn post_control(
        &mut self,
        conversation: ConversationId,
        before: &BTreeSet<PersonId>,
        parts: &mut Parts<'_>,
    ) {
        let written = std::mem::take(&mut self.control);
        let replica = parts.replicas.by_id(&conversation);
        let Some(replica) = replica.filter(|_| parts.carry.is_on() && !written.is_empty()) else {
            return;
        };
        let now: BTreeSet<PersonId> = replica.others().into_iter().collect();
        for person in before.union(&now) {
            let devices = parts.directory.placed(*person);
            let devices: BTreeSet<DeviceId> = devices.map(|device| device.card.device).collect();
            let was_in = before.contains(person).then_some(before);
            for device in away(&devices, parts) {
                self.send_control(conversation, (*person, device), &written, was_in, parts);
            }
        }
    }

    /// Seals to one device what of a room's control it lacks.
    fn send_control(
        &mut self,
        conversation: ConversationId,
        (person, device): (PersonId, DeviceId),
        written: &BTreeSet<OperationId>,
        before: Option<&BTreeSet<PersonId>>,
        parts: &mut Parts<'_>,
    ) {
        let room = parts.replicas.by_id(&conversation).and_then(Replica::room);
        let Some(room) = room else {
            return;
        };
        let mut offer = match before {
            Some(before) => ControlOffer::lacking(written, before, room, parts.directory),
            None => ControlOffer::new(None, room),
        };
        let mut messages = Vec::new();
        while !offer.is_told(room) {
            let more = offer.pump(person, room, BYTES, parts.directory, parts.context.own);
            messages.extend(more);
        }
        // By what the room alone knows, nobody finds a letter who is not in it yet.
        let introduction = before.and_then(|_| introduction(conversation, device, parts));
        for message in messages {
            let errand = Errand {
                introduction,
                ..Errand::new(device, Priority::URGENT)
            };
            let say = |letter: &mut Letter| letter.messages.push(message);
            if !self.send(errand, say, parts) {
                return;
            }
        }
    }
}

impl ControlOffer {
    /// To somebody who was in a room and lacks what was just written, and the cards of whom that let in.
    fn lacking(
        written: &BTreeSet<OperationId>,
        before: &BTreeSet<PersonId>,
        room: &crate::engine::room::Room,
        directory: &crate::engine::directory::Directory,
    ) -> Self {
        let mut offer = Self::new(None, room);
        for (id, ..) in room.entries().filter(|(id, ..)| !written.contains(id)) {
            offer.took(id);
        }
        let people = room
            .people()
            .into_iter()
            .filter(|person| before.contains(person));
        for device in people.flat_map(|person| directory.placed(person)) {
            offer.took_card(device.card.device, device.passed_on());
        }
        offer
    }
}

/// What a letter brought of rooms, and from which device: for the engine to take.
pub(in crate::engine) type Mailed = Vec<(DeviceId, Box<crate::sync::Control>)>;

/// Takes what a letter says of rooms out of its messages.
pub(super) fn mailed(device: DeviceId, messages: &mut Vec<SessionMessage>) -> Mailed {
    let (mut control, mut others) = (Mailed::new(), Vec::new());
    for message in messages.drain(..) {
        if let SessionMessage::Control(said) = message {
            control.push((device, Box::new(said)));
        } else {
            others.push(message);
        }
    }
    *messages = others;
    control
}
