//! What is owed of control: which devices may lack what was done to rooms here.
//!
//! ```text
//!   done to a room --> owed --> sealed ---> all letters opened --------------------+--> held
//!                       |  ^      |         shown in a session that it is held ----+
//!                       |  +------+         told in a session that went on --------+
//!                       |    over, or cannot be opened                             |
//!                       +--> in a session that ends: sealed, else -----------------+
//! ```
//!
//! Invariants
//! - What was done is owed to each device that it concerns until that device holds it, also across restarts.
//! - It is noted as sealed only while all that is owed is in envelopes under way.

use std::collections::BTreeSet;
use std::time::Duration;

use super::posting::{RETRY_INTERVAL, away};
use super::{Mail, Target};
use crate::engine::Parts;
use crate::engine::context::Context;
use crate::engine::replica::Replica;
use crate::engine::room::Room;
use crate::id::{ConversationId, DeviceId, EnvelopeId, OperationId, PersonId};
use crate::record::{Change, DepositRecord, OwedControlRecord};
use crate::sync::SessionMessage;

/// How long a session has to go on after all was written to it until its device is taken to hold it: longer than a
/// connection over which nothing comes back is believed to stand.
pub(super) const TAKEN_AFTER: Duration = Duration::from_mins(2);

/// To which device, of which room.
pub(super) type Owed = (DeviceId, ConversationId);

impl Mail {
    /// The rooms of which a device may lack something that is in no envelope under way to it.
    pub(super) fn control_owed_to(&self, device: DeviceId) -> Vec<ConversationId> {
        let owed = self.control_of(device);
        let unsealed = owed.filter(|(_, is_sealed)| !is_sealed);
        unsealed.map(|(conversation, _)| conversation).collect()
    }

    /// Seals to a device all that was done to a room here and that it may lack, in place of what is under way. To one
    /// in a session it is told there, and owed again once that is over.
    pub(super) fn send_owed_control(
        &mut self,
        conversation: ConversationId,
        device: DeviceId,
        parts: &mut Parts<'_>,
    ) {
        let place = (device, conversation);
        let is_owed = self.owed_control.get(&place) == Some(&false);
        let known = parts.directory.device(&device);
        let Some(person) = known.map(|known| known.card.person).filter(|_| is_owed) else {
            return;
        };
        let may_be = parts.carry.is_on() && parts.directory.is_admitted(&device);
        if !may_be || away(&[device].into(), parts).is_empty() {
            return;
        }
        let room = parts.replicas.by_id(&conversation).and_then(Replica::room);
        let Some(room) = room else {
            return;
        };
        let written = written_here(room, parts);
        let let_in = |person: &PersonId| written.iter().any(|one| room.admits(*one, *person));
        let before: BTreeSet<PersonId> = room.people().into_iter().collect();
        let before: BTreeSet<PersonId> = before.into_iter().filter(|one| !let_in(one)).collect();
        let was_in = (!let_in(&person)).then_some(&before);
        let stale = self.control_under_way(place, parts);
        if self.send_control(conversation, (person, device), &written, was_in, parts) {
            for id in stale {
                parts.carry.withdraw(&id, &mut parts.context);
            }
            self.put_owed_control(place, true, &mut parts.context);
        } else {
            let target = Target::Control(conversation, device);
            self.owe(target, RETRY_INTERVAL, &mut parts.context);
        }
    }

    /// Notes that an envelope was opened by whom it was for.
    pub(in crate::engine) fn control_opened(
        &mut self,
        opened: &DepositRecord,
        parts: &mut Parts<'_>,
    ) {
        let Some(place) = opened.device.zip(opened.room) else {
            return;
        };
        let is_sealed = self.owed_control.get(&place) == Some(&true);
        if is_sealed && self.control_under_way(place, parts).is_empty() {
            self.control_held(place, parts);
        }
    }

    /// Notes that the lifetime of an envelope is over that nobody opened.
    pub(in crate::engine) fn control_expired(
        &mut self,
        expired: &DepositRecord,
        parts: &mut Parts<'_>,
    ) {
        if let Some(place) = expired.device.zip(expired.room)
            && self.owed_control.contains_key(&place)
        {
            self.owe_anew(place, parts);
        }
    }

    /// Notes that a device cannot open what is under way to it.
    pub(super) fn control_lost(&mut self, device: DeviceId, parts: &mut Parts<'_>) {
        let rooms = self
            .control_of(device)
            .map(|(conversation, _)| conversation);
        for conversation in rooms.collect::<Vec<_>>() {
            self.owe_anew((device, conversation), parts);
        }
    }

    fn owe_anew(&mut self, place: Owed, parts: &mut Parts<'_>) {
        self.put_owed_control(place, false, &mut parts.context);
        let target = Target::Control(place.1, place.0);
        self.owe(target, Duration::ZERO, &mut parts.context);
    }

    /// The rooms of which a device may lack something, and whether all of that is in envelopes under way.
    fn control_of(&self, device: DeviceId) -> impl Iterator<Item = (ConversationId, bool)> + '_ {
        let [first, last] = [[0; 32], [u8::MAX; 32]].map(ConversationId::new);
        let owed = self.owed_control.range((device, first)..=(device, last));
        owed.map(|((_, conversation), is_sealed)| (*conversation, *is_sealed))
    }

    /// Takes what a device says in a session of what it holds of a room.
    pub(in crate::engine) fn compare_control(
        &mut self,
        device: DeviceId,
        message: &SessionMessage,
        parts: &mut Parts<'_>,
    ) {
        let Some(conversation) = message.compared() else {
            return;
        };
        let place = (device, conversation);
        let person = parts.directory.device(&device).map(|one| one.card.person);
        let replica = parts.replicas.by_id(&conversation);
        let Some((replica, person)) = replica.zip(person) else {
            return;
        };
        if !self.owed_control.contains_key(&place) {
            return;
        }
        let Some(room) = replica.room() else {
            return;
        };
        let is_held = if let SessionMessage::Vector(vector) = message {
            let control = vector.control.as_ref();
            control.is_some_and(|control| {
                let held = room.past_of(&control.locator);
                let served = room.served_to(&person);
                let mut written = written_here(room, parts).into_iter();
                written.all(|one| {
                    let is_served = served.as_ref().is_none_or(|served| served.contains(&one));
                    !is_served || held.contains(&one)
                })
            })
        } else if let SessionMessage::Digest(_, digest) = message {
            replica.digest(parts.directory, parts.context.own) == **digest
        } else {
            false
        };
        if is_held {
            self.control_held(place, parts);
        }
    }

    /// Takes those to hold what they were told whose session went on long enough.
    pub(super) fn review_told_control(&mut self, parts: &mut Parts<'_>) {
        if self.owed_control.is_empty() {
            return;
        }
        let now = parts.context.now.monotonic;
        let before = std::mem::take(&mut self.told_control);
        let mut held = Vec::new();
        for (link, open) in parts.links.sessions() {
            for conversation in self.control_owed_to(open.device()) {
                let room = parts.replicas.by_id(&conversation);
                if !room
                    .and_then(Replica::room)
                    .is_some_and(|room| open.has_told(room))
                {
                    continue;
                }
                let place = (open.device(), conversation);
                let known = before.get(&place).filter(|(told_in, _)| *told_in == link);
                let since = known.map_or(now, |(_, since)| *since);
                if since + TAKEN_AFTER <= now {
                    held.push(place);
                } else {
                    self.told_control.insert(place, (link, since));
                    parts.context.wake(since + TAKEN_AFTER);
                }
            }
        }
        for place in held {
            self.control_held(place, parts);
        }
    }

    fn control_held(&mut self, place: Owed, parts: &mut Parts<'_>) {
        if self.owed_control.remove(&place).is_none() {
            return;
        }
        self.told_control.remove(&place);
        let (device, conversation) = place;
        parts
            .context
            .persist(Change::DropOwedControl(conversation, device));
        for id in self.control_under_way(place, parts) {
            parts.carry.withdraw(&id, &mut parts.context);
        }
    }

    pub(super) fn put_owed_control(
        &mut self,
        (device, conversation): Owed,
        is_sealed: bool,
        context: &mut Context<'_>,
    ) {
        let before = self.owed_control.insert((device, conversation), is_sealed);
        if before != Some(is_sealed) {
            context.persist(Change::PutOwedControl(OwedControlRecord {
                conversation,
                device,
                is_sealed,
            }));
        }
    }

    /// The envelopes under way to a device that tell it what was done to a room.
    fn control_under_way(
        &self,
        (device, conversation): Owed,
        parts: &Parts<'_>,
    ) -> Vec<EnvelopeId> {
        let theirs = parts.carry.deposits().to_device(device);
        let theirs = theirs.filter(|deposit| deposit.room == Some(conversation));
        theirs.map(|deposit| deposit.envelope).collect()
    }
}

/// What was done to a room on this device.
fn written_here(room: &Room, parts: &Parts<'_>) -> BTreeSet<OperationId> {
    let own = parts.context.own.device();
    let written = room.entries().filter(|(_, _, author)| author.device == own);
    written.map(|(id, ..)| id).collect()
}
