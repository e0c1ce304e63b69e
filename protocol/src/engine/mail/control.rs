//! Control of rooms by mail: what our person did to a room goes to everybody it concerns who is in no session.
//!
//! Invariants
//! - Whoever was in the room is sent what is new; who is let in, all of its log that they may be served, with the
//!   cards of who wrote it and of who is in it.
//! - Whoever is put out is sent what says so, and nothing of later.

use std::collections::BTreeSet;

use super::outbox::introduction;
use super::owed::TAKEN_AFTER;
use super::posting::{Errand, RETRY_INTERVAL, away};
use super::{Mail, Target};
use crate::engine::Parts;
use crate::engine::exchange::ControlOffer;
use crate::engine::replica::Replica;
use crate::engine::room::Room;
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

    /// Seals what was noted to all whom it concerns, `before` having been the other members. Who is not away may be in
    /// a session that is over, and not known to be.
    pub(in crate::engine) fn post_control(
        &mut self,
        conversation: ConversationId,
        before: &BTreeSet<PersonId>,
        parts: &mut Parts<'_>,
    ) {
        let written = std::mem::take(&mut self.control);
        let replica = parts.replicas.by_id(&conversation);
        let Some(replica) = replica.filter(|_| !written.is_empty()) else {
            return;
        };
        let now: BTreeSet<PersonId> = replica.others().into_iter().collect();
        for person in before.union(&now) {
            let devices = parts.directory.placed(*person);
            let devices: BTreeSet<DeviceId> = devices.map(|device| device.card.device).collect();
            let was_in = before.contains(person).then_some(before);
            let away: BTreeSet<DeviceId> = away(&devices, parts).into_iter().collect();
            for device in devices {
                let place = (device, conversation);
                let is_sealed = away.contains(&device)
                    && self.send_control(conversation, (*person, device), &written, was_in, parts);
                if away.contains(&device) && !is_sealed {
                    let target = Target::Control(conversation, device);
                    self.owe(target, RETRY_INTERVAL, &mut parts.context);
                }
                // What was written before may still be in no envelope.
                let was_sealed = self.owed_control.get(&place).is_none_or(|sealed| *sealed);
                self.put_owed_control(place, is_sealed && was_sealed, &mut parts.context);
                self.told_control.remove(&place);
                parts
                    .context
                    .wake(parts.context.now.monotonic + TAKEN_AFTER);
            }
        }
    }

    /// Seals to one device what of a room's control it lacks; returns whether there was a way to.
    pub(super) fn send_control(
        &mut self,
        conversation: ConversationId,
        (person, device): (PersonId, DeviceId),
        written: &BTreeSet<OperationId>,
        before: Option<&BTreeSet<PersonId>>,
        parts: &mut Parts<'_>,
    ) -> bool {
        let room = parts.replicas.by_id(&conversation).and_then(Replica::room);
        let Some(room) = room else {
            return false;
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
        messages.into_iter().all(|message| {
            let errand = Errand {
                introduction,
                room: Some(conversation),
                ..Errand::new(device, Priority::URGENT)
            };
            let say = |letter: &mut Letter| letter.messages.push(message);
            self.send(errand, say, parts)
        })
    }
}

impl ControlOffer {
    /// To somebody who was in a room and lacks what was just written, and the cards of whom that let in.
    fn lacking(
        written: &BTreeSet<OperationId>,
        before: &BTreeSet<PersonId>,
        room: &Room,
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
