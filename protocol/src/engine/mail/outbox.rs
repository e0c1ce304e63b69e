//! The outbox: to whom something of ours is to be sealed, and when.
//!
//! ```text
//!   written, and nobody there ----+
//!   a session ended --------------+--> owed --> what is undelivered and in no envelope under way
//!   a lifetime is over -----------+              --> read from the store --> sealed, as much as fits each
//!   it could not be opened -------+
//! ```
//!
//! What was done to a room is owed in the same way (`owed.rs`), but to each device, and until it has shown that it
//! holds it.
//!
//! Invariants
//! - What is in an envelope under way to somebody is not sealed to them again until its lifetime is over, or they say
//!   that they cannot open it.
//! - The more is under way, the more goes into each envelope: a pair or chain has only so many places for them.
//! - To a device that was silent for long nothing is sealed: it catches up in a session.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Mail;
use super::posting::{Errand, RETRY_INTERVAL, away, readers};
use crate::engine::context::Context;
use crate::engine::replica::{Ranges, Replica};
use crate::engine::{Effect, LoadId, Parts};
use crate::envelope::Priority;
use crate::id::{ActorId, ConversationId, DeviceId, EnvelopeId, PersonId};
use crate::operation::SignedOperation;
use crate::record::DepositRecord;
use crate::sync::{SessionMessage, SignedReceipt};
use crate::time::Monotonic;

/// Bytes of operations that go into one envelope.
const BYTES: usize = 48 * 1024;
/// How often all is sealed anew to a device, at most, whatever it says.
const RESEND_INTERVAL: Duration = Duration::from_hours(1);
/// How long a session that ended has to be opened again.
const SESSION_TIME: Duration = Duration::from_secs(2);
/// How long the first receipt waits for more that it could tell.
const FIRST_RECEIPT_TIME: Duration = Duration::from_millis(50);
/// With so many envelopes under way, the next waits for more that could go with it.
pub(in crate::engine) const UNDER_WAY_FEW: usize = 32;
/// With so many, it waits for longer.
pub(in crate::engine) const UNDER_WAY_MANY: usize = 48;

/// To whom something is owed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Target {
    /// To one device, of what is between its person and ours.
    Device(DeviceId),
    /// To all of a room who are away.
    Room(ConversationId),
    /// To one device, of what was done to a room here.
    Control(ConversationId, DeviceId),
    /// To one device, of where we are.
    Whereabouts(DeviceId),
}

/// What is being read to be sealed: stretches of what we wrote, first and last, the next one last.
#[derive(Debug, Clone)]
pub(super) struct Sealing {
    target: Target,
    conversation: ConversationId,
    stretches: Vec<(ActorId, u64, u64)>,
}

/// Who is owed what, and when.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    due: BTreeMap<Target, Monotonic>,
    reading: BTreeMap<LoadId, Sealing>,
    receipts: BTreeMap<(ConversationId, PersonId), Monotonic>,
    /// When the latest receipt was sealed.
    told: BTreeMap<(ConversationId, PersonId), Monotonic>,
    /// When all may be sealed anew to a device again.
    resend_after: BTreeMap<DeviceId, Monotonic>,
}

impl Outbox {
    /// Whether something is being read to be sealed.
    pub(super) fn is_reading(&self) -> bool {
        !self.reading.is_empty()
    }
}

impl Mail {
    /// Has what somebody has not acknowledged be sealed to them after a time, unless it is to be sooner.
    pub(in crate::engine) fn owe(
        &mut self,
        target: Target,
        after: Duration,
        context: &mut Context<'_>,
    ) {
        let at = context.now.monotonic + after;
        let due = self.outbox.due.entry(target).or_insert(at);
        *due = at.min(*due);
        context.wake(*due);
    }

    /// Has all that a person's devices have not acknowledged be sealed to them.
    pub(in crate::engine) fn owe_person(
        &mut self,
        person: PersonId,
        after: Duration,
        parts: &mut Parts<'_>,
    ) {
        let devices = parts.directory.placed(person);
        let devices: Vec<DeviceId> = devices.map(|device| device.card.device).collect();
        let rooms = parts.replicas.rooms_with(person);
        let rooms: Vec<Target> = rooms
            .map(|room| Target::Room(room.conversation()))
            .collect();
        let control = devices.iter().flat_map(|device| {
            let rooms = self.control_owed_to(*device).into_iter();
            rooms.map(|room| Target::Control(room, *device))
        });
        let control: Vec<Target> = control.collect();
        let targets = devices.into_iter().map(Target::Device).chain(rooms);
        for target in targets.chain(control).collect::<Vec<_>>() {
            self.owe(target, after, &mut parts.context);
        }
    }

    /// Notes that a session with a person's device is over: what was on its way in it may be lost.
    pub(in crate::engine) fn parted(&mut self, person: PersonId, parts: &mut Parts<'_>) {
        if parts.carry.is_on() {
            self.owe_person(person, SESSION_TIME, parts);
        }
    }

    /// Has the receipts that are owed to people who are in no session go by mail: the next ones to each of them after
    /// this time at the latest.
    pub(in crate::engine) fn owe_receipts(&mut self, after: Duration, parts: &mut Parts<'_>) {
        if !parts.carry.is_on() {
            return;
        }
        let now = parts.context.now.monotonic;
        let at = now + after;
        for replica in parts.replicas.owing_mut() {
            let owed = replica.owed().into_iter();
            for person in owed.filter(|person| replica.includes(*person)) {
                let is_live = parts
                    .links
                    .sessions()
                    .any(|(_, open)| open.person() == person);
                let place = (replica.conversation(), person);
                if !is_live {
                    // The first goes soon; what follows shortly after it goes together.
                    let told = self.outbox.told.get(&place);
                    let next = told.map_or(now, |told| *told + after);
                    let at = at.min(next.max(now + FIRST_RECEIPT_TIME));
                    let due = self.outbox.receipts.entry(place).or_insert(at);
                    *due = at.min(*due);
                    parts.context.wake(*due);
                }
            }
        }
    }

    /// Seals what is due.
    pub(in crate::engine) fn run_outbox(&mut self, parts: &mut Parts<'_>) {
        let now = parts.context.now.monotonic;
        let receipts = self.outbox.receipts.iter();
        let receipts = receipts
            .filter(|(_, at)| **at <= now)
            .map(|(place, _)| *place);
        for place in receipts.collect::<Vec<_>>() {
            self.outbox.receipts.remove(&place);
            self.outbox.told.insert(place, now);
            self.mail_receipt(place, parts);
        }
        let due = self.outbox.due.iter();
        let due = due.filter(|(_, at)| **at <= now).map(|(target, _)| *target);
        for target in due.collect::<Vec<_>>() {
            self.outbox.due.remove(&target);
            if let Target::Control(conversation, device) = target {
                self.send_owed_control(conversation, device, parts);
                continue;
            }
            if let Target::Whereabouts(device) = target {
                self.tell_whereabouts(device, parts);
                continue;
            }
            let is_busy = self.outbox.reading.values().any(|one| one.target == target);
            if is_busy {
                self.owe(target, RETRY_INTERVAL, &mut parts.context);
            } else if let Some(rest) = collect(target, parts) {
                self.read_on(rest, parts);
            }
        }
        let waiting = self
            .outbox
            .due
            .values()
            .chain(self.outbox.receipts.values());
        if let Some(next) = waiting.min() {
            parts.context.wake(*next);
        }
    }

    /// Seals to a device anew what it has not acknowledged, and has our chains handed to it again before
    /// anything more is written there.
    pub(super) fn resend(&mut self, device: DeviceId, parts: &mut Parts<'_>) {
        let context = &mut parts.context;
        let now = context.now.monotonic;
        if self
            .outbox
            .resend_after
            .get(&device)
            .is_some_and(|at| now < *at)
        {
            return;
        }
        self.outbox
            .resend_after
            .insert(device, now + RESEND_INTERVAL);
        // It goes on counting among those who had them.
        for writing in self.writing.values_mut() {
            if let Some(reader) = writing.readers.get_mut(&device) {
                reader.lack();
            }
        }
        let sealed = parts.carry.deposits().to_device(device);
        let sealed: Vec<EnvelopeId> = sealed.map(|deposit| deposit.envelope).collect();
        for id in sealed {
            parts.carry.withdraw(&id, &mut parts.context);
        }
        self.control_lost(device, parts);
        if let Some(rest) = collect(Target::Device(device), parts) {
            self.read_on(rest, parts);
        }
    }

    /// Seals what was read for it, and goes on; returns false if it was read for something else.
    pub(in crate::engine) fn loaded(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        parts: &mut Parts<'_>,
    ) -> bool {
        let Some(mut rest) = self.outbox.reading.remove(&load) else {
            return false;
        };
        let last = operations.last();
        let last = last.and_then(|operation| operation.claimed().ok());
        if let Some((last, (actor, _, through))) = last.zip(rest.stretches.pop()) {
            if !self.seal(rest.target, rest.conversation, operations, parts) {
                self.owe(rest.target, RETRY_INTERVAL, &mut parts.context);
                return true;
            }
            if last.seq < through {
                let next = last.seq.saturating_add(1);
                rest.stretches.push((actor, next, through));
            }
        }
        self.read_on(rest, parts);
        true
    }

    /// Seals operations to whom they are owed; returns whether there was a way to.
    fn seal(
        &mut self,
        target: Target,
        conversation: ConversationId,
        operations: &[SignedOperation],
        parts: &mut Parts<'_>,
    ) -> bool {
        match target {
            Target::Device(device) => self.send_operations(device, operations.to_vec(), parts),
            Target::Room(_) => {
                let Some(replica) = parts.replicas.by_id(&conversation) else {
                    return true;
                };
                let readers = readers(replica, parts.directory);
                let away = away(&readers, parts);
                if !away.is_empty() {
                    self.post_to_room(conversation, &readers, &away, operations.to_vec(), parts);
                }
                true
            }
            // Nothing is read for it.
            Target::Control(..) | Target::Whereabouts(_) => true,
        }
    }

    fn read_on(&mut self, rest: Sealing, parts: &mut Parts<'_>) {
        let Some((actor, from, through)) = rest.stretches.last().copied() else {
            return;
        };
        let load = parts.context.next_load();
        parts.context.effect(Effect::Load {
            load,
            conversation: rest.conversation,
            actor,
            from,
            through,
            bytes: BYTES,
        });
        self.outbox.reading.insert(load, rest);
    }

    /// The receipt that goes with a letter to a device, if one is owed to its person, who has no other.
    pub(super) fn receipt_with(device: DeviceId, parts: &mut Parts<'_>) -> Option<SignedReceipt> {
        let person = parts.directory.device(&device)?.card.person;
        let conversation = parts.replicas.with(person)?.conversation();
        let is_only = parts.directory.placed(person).count() == 1;
        let replica = parts.replicas.by_id_mut(&conversation)?;
        let is_owed = is_only && replica.owed().contains(&person);
        is_owed.then(|| replica.receipt(person, true, &mut parts.context))
    }

    /// Seals a receipt to each device of a person.
    fn mail_receipt(
        &mut self,
        (conversation, person): (ConversationId, PersonId),
        parts: &mut Parts<'_>,
    ) {
        let replica = parts.replicas.by_id_mut(&conversation);
        let replica = replica.filter(|replica| replica.includes(person));
        let Some(replica) = replica.filter(|replica| replica.owed().contains(&person)) else {
            return;
        };
        let receipt = replica.receipt(person, true, &mut parts.context);
        let devices = parts.directory.placed(person);
        let devices = devices.map(|device| device.card.device).collect();
        for device in away(&devices, parts) {
            let receipt = receipt.clone();
            let errand = Errand {
                introduction: introduction(conversation, device, parts),
                ..Errand::new(device, Priority::FIRST)
            };
            let say = |letter: &mut crate::envelope::Letter| {
                letter.messages.push(SessionMessage::Receipt(receipt));
            };
            self.send(errand, say, parts);
        }
    }
}

/// How long what is written now waits for more, with so many envelopes under way.
pub(in crate::engine) const fn pace(under_way: usize) -> Duration {
    if under_way < UNDER_WAY_FEW {
        Duration::ZERO
    } else if under_way < UNDER_WAY_MANY {
        Duration::from_mins(1)
    } else {
        Duration::from_mins(10)
    }
}

/// How many envelopes with operations are under way to somebody.
pub(super) fn under_way(target: Target, parts: &Parts<'_>) -> usize {
    let deposits = parts.carry.deposits();
    match target {
        Target::Device(device) | Target::Whereabouts(device) => deposits.letters_to(device),
        Target::Room(conversation) => {
            let replica = parts.replicas.by_id(&conversation);
            let own = replica.map(Replica::own_actors).unwrap_or_default();
            let own = own.into_iter();
            own.map(|actor| deposits.of_actor(actor).count()).sum()
        }
        Target::Control(conversation, device) => {
            let theirs = deposits.to_device(device);
            theirs.filter(|one| one.room == Some(conversation)).count()
        }
    }
}

/// By what a device is found in a room, whom we may not have met.
pub(super) fn introduction(
    conversation: ConversationId,
    device: DeviceId,
    parts: &Parts<'_>,
) -> Option<crate::id::SecretId> {
    let room = parts.replicas.by_id(&conversation)?.room()?;
    let introduction = room.introduction(parts.context.own.device(), device)?;
    Some(introduction.id)
}

/// What is owed to somebody and in no envelope under way to them.
fn collect(target: Target, parts: &Parts<'_>) -> Option<Sealing> {
    let sealed = |actor, is_to_them: &dyn Fn(&DepositRecord) -> bool| {
        let mut sealed = Ranges::default();
        let deposits = parts.carry.deposits().of_actor(actor);
        for enclosed in deposits
            .filter(|one| is_to_them(one))
            .filter_map(|one| one.enclosed)
        {
            sealed.add(&[(enclosed.first, enclosed.last)]);
        }
        sealed
    };
    let mut owed: BTreeMap<ActorId, Ranges> = BTreeMap::new();
    let mut owe = |actor, mut ranges: Ranges, sealed: Ranges| {
        ranges.subtract(sealed.spans());
        let spans: Vec<_> = ranges.spans().collect();
        owed.entry(actor).or_default().add(&spans);
    };
    let conversation = match target {
        Target::Device(device) => {
            let person = parts.directory.device(&device)?.card.person;
            let replica = parts.replicas.with(person)?;
            if !away(&[device].into(), parts).is_empty() {
                for (actor, ranges) in replica.owed_to(&person, &device) {
                    owe(
                        actor,
                        ranges,
                        sealed(actor, &|one| one.device == Some(device)),
                    );
                }
            }
            replica.conversation()
        }
        Target::Room(conversation) => {
            let replica = parts.replicas.by_id(&conversation)?;
            for device in away(&readers(replica, parts.directory), parts) {
                let person = parts.directory.device(&device)?.card.person;
                let is_for = |one: &DepositRecord| {
                    one.device.is_none() && one.people.binary_search(&person).is_ok()
                };
                for (actor, ranges) in replica.owed_to(&person, &device) {
                    owe(actor, ranges, sealed(actor, &is_for));
                }
            }
            conversation
        }
        Target::Control(..) | Target::Whereabouts(_) => return None,
    };
    let stretches = owed.into_iter().flat_map(|(actor, ranges)| {
        let stretches: Vec<_> = ranges.spans().collect();
        stretches
            .into_iter()
            .map(move |(first, last)| (actor, first, last))
    });
    let mut stretches: Vec<_> = stretches.collect();
    stretches.reverse();
    (!stretches.is_empty()).then_some(Sealing {
        target,
        conversation,
        stretches,
    })
}
