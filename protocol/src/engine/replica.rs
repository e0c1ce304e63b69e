//! A replica: what this device holds of one conversation, and how far the others are.
//!
//! ```text
//!   room.rs --who, and how much of whose counts--> people.rs (worth.rs: if there is room)
//!                                                     |
//!   a peer's operations --intake.rs--> chains <-------+
//!   our own --writing.rs-----------------^   |
//!   receipts <--telling.rs-------------------+
//!   bodies.rs: what came without its body, and gets it
//! ```
//!
//! Invariants
//! - Each author's chain is followed without a gap; an operation beyond a gap is stored and shown
//!   at once, and joins the chain when the gap closes.
//! - Nothing is acknowledged but what is durable: receipts leave in the same commit or a later one.
//! - A delivery changes only on a verified receipt, and only for operations that exist.

mod acknowledged;
mod bodies;
mod chain;
mod changes;
mod dispute;
mod ends;
mod intake;
mod late;
mod listing;
mod people;
mod ranges;
mod regaining;
mod seeking;
mod telling;
mod typing;
mod undelivered;
mod waiting;
mod worth;
mod writing;

use std::collections::{BTreeMap, BTreeSet};

use acknowledged::Acknowledged;
use bodies::Bodies;
pub(super) use bodies::Whole;
pub(super) use chain::{Chain, Fault, HeldChain, Place};
use changes::Changes;
use dispute::Disputes;
use late::Late;
use listing::Listing;
use people::People;
pub(super) use ranges::Ranges;
use regaining::Regaining;
use seeking::Seeking;
use typing::Typing;
#[cfg(test)]
pub(super) use typing::{HEED_INTERVAL, TELL_INTERVAL, TYPING_TIME};
use undelivered::Undelivered;

use super::Preference;
use super::context::Context;
use super::directory::Directory;
use super::fill::{Fills, Queue};
use super::room::Room;
use crate::delivery::{DeliveryState, FailureReason};
use crate::domain::Domain;
use crate::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use crate::identity::OwnIdentity;
use crate::operation::SignedOperation;
use crate::record::{
    ActorRecord, Change, DeliveryChange, LifetimeRecord, OutboxRecord, PreferencesRecord,
};
use crate::room::Bound;
use crate::sync::{Position, Receipt, Vector};
use crate::time::LogicalTime;
use crate::wire::limits::{ROOM_ACTORS_MAX, VECTOR_ACTORS_MAX};

/// One conversation on this device.
#[derive(Debug)]
pub(super) struct Replica {
    conversation: ConversationId,
    people: People,
    own_person: PersonId,
    own_device: DeviceId,
    /// As whom we write; absent where we do not take part.
    own: Option<ActorId>,
    chains: BTreeMap<ActorId, Chain>,
    /// The actors of a room that are authors, each with how many come before it.
    worth: BTreeMap<ActorId, usize>,
    changes: Changes,
    acknowledged: Acknowledged,
    undelivered: Undelivered,
    /// Whether something of ours arrived somewhere since it was last asked.
    progressed: bool,
    bodies: Bodies,
    late: Late,
    listing: Listing,
    disputes: Disputes,
    seeking: Option<Seeking>,
    regaining: Regaining,
    /// The chains of which something waits beyond a gap, and no others for long.
    gapped: BTreeSet<ActorId>,
    /// How long what is written now stays; the latest word on it, if there is any.
    lifetime: Option<LifetimeRecord>,
    preferences: PreferencesRecord,
    /// Whether our own chain was continued by a copy of this profile.
    forked: bool,
    /// Within which bounds what we wrote is not for a member, because of where the room begins for them.
    excluded: BTreeMap<PersonId, BTreeMap<ActorId, Bound>>,
    /// The number of our latest receipt.
    receipt_number: u64,
    /// Of whom something was accepted or read since the latest receipt to them, or that one may be
    /// lost.
    owed: BTreeSet<PersonId>,
    /// Whether there is something that others may have to be told.
    stirred: bool,
    typing: Typing,
}

impl Replica {
    /// The replica of the conversation between us and `peer`, before anything is said.
    pub(super) fn new(peer: PersonId, own_person: PersonId, own_device: DeviceId) -> Self {
        let conversation = ConversationId::direct(own_person, peer);
        let own = ActorId::direct(own_device, conversation);
        let people = People::Direct(peer);
        let mut replica = Self::of(conversation, people, own_person, own_device);
        replica.own = Some(own);
        replica.admit(own_person, own_device);
        replica
    }

    /// The replica of a room; [`Self::follow`] has to come next.
    pub(super) fn of_room(room: Room, own: &OwnIdentity) -> Self {
        let conversation = room.conversation();
        let people = People::Room(Box::new(room));
        Self::of(conversation, people, own.person(), own.device())
    }

    fn of(
        conversation: ConversationId,
        people: People,
        own_person: PersonId,
        own_device: DeviceId,
    ) -> Self {
        Self {
            conversation,
            people,
            own_person,
            own_device,
            own: None,
            chains: BTreeMap::new(),
            worth: BTreeMap::new(),
            changes: Changes::default(),
            acknowledged: Acknowledged::default(),
            undelivered: Undelivered::default(),
            progressed: false,
            bodies: Bodies::default(),
            late: Late::default(),
            listing: Listing::default(),
            disputes: Disputes::default(),
            seeking: None,
            regaining: Regaining::default(),
            gapped: BTreeSet::new(),
            lifetime: None,
            preferences: PreferencesRecord::new(conversation),
            forked: false,
            excluded: BTreeMap::new(),
            receipt_number: 0,
            owed: BTreeSet::new(),
            stirred: false,
            typing: Typing::default(),
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        for chain in self.chains.values() {
            chain.fill(fills);
        }
        self.late.fill(fills);
        if let Some(room) = self.room() {
            fills.note(Queue::Authors, self.chains.len(), ROOM_ACTORS_MAX);
            room.fill(fills);
        }
    }

    /// Makes room for the operations of a device of one of the two people.
    pub(super) fn admit(&mut self, person: PersonId, device: DeviceId) {
        let actor = ActorId::direct(device, self.conversation);
        self.changes.note(actor);
        self.chains.entry(actor).or_insert_with(|| {
            Chain::new(ActorRecord::new(
                self.conversation,
                actor,
                person,
                device,
                LogicalTime::ZERO,
            ))
        });
    }

    /// Puts back a chain as it was stored.
    pub(super) fn restore_chain(&mut self, record: ActorRecord) {
        self.forked |= record.device == self.own_device && record.fork.is_some();
        self.changes.note(record.actor);
        let chain = match self.chains.get(&record.actor) {
            Some(chain) => chain.restored(record),
            None => Chain::new(record),
        };
        self.chains.insert(chain.record().actor, chain);
    }

    /// Puts back an operation stored beyond a gap.
    pub(super) fn restore_pending(&mut self, operation: &SignedOperation) {
        if let Ok(header) = operation.claimed()
            && let Some(chain) = self.chains.get_mut(&header.actor)
        {
            chain.restore_pending(operation, &header);
            self.gapped.insert(header.actor);
            // Of our own chain, only what proves that it was continued elsewhere is kept so.
            self.forked |= chain.record().device == self.own_device;
        }
    }

    /// Puts back how long messages stay.
    pub(super) fn restore_lifetime(&mut self, record: LifetimeRecord) {
        self.lifetime = Some(record);
    }

    /// Puts back what our person wants of it.
    pub(super) const fn restore_preferences(&mut self, record: PreferencesRecord) {
        self.preferences = record;
    }

    /// Puts back what of ours somebody has yet to acknowledge.
    pub(super) fn restore_undelivered(&mut self, record: &OutboxRecord) {
        self.undelivered.restore(record);
    }

    /// Notes that a receipt is owed to those to whom our latest one does not say all that is held of them.
    pub(super) fn owe_untold(&mut self, own: &BTreeMap<PersonId, Receipt>) {
        if !self.takes_part() {
            return;
        }
        let tells_read = self.preferences.read_receipts;
        for person in self.others() {
            let theirs = self.chains.values();
            let theirs = theirs.filter(|chain| chain.record().person == person);
            let mut held = theirs.filter_map(|chain| chain.acknowledgement(tells_read, false));
            let told = own.get(&person);
            let told = told.map_or(&[][..], |receipt| &receipt.actors);
            let is_untold = held.any(|held| {
                let mut told = told.iter();
                !told.any(|told| {
                    (told.actor, &told.held, &told.read) == (held.actor, &held.held, &held.read)
                })
            });
            if is_untold {
                self.owed.insert(person);
            }
        }
    }

    /// Puts back the number of a receipt of ours. What was accepted after it was signed is told as a session begins, or
    /// by mail.
    pub(super) fn restore_number(&mut self, number: u64) {
        self.receipt_number = number.max(self.receipt_number);
    }

    /// Puts back a receipt as it was stored.
    pub(super) fn restore_receipt(&mut self, receipt: &Receipt) {
        self.apply_receipt(receipt);
    }

    pub(super) const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// Whether our own chain was continued by a copy of this profile.
    pub(super) const fn is_forked(&self) -> bool {
        self.forked
    }

    /// Every author with the last sequence number that is not for us, and the last one that is held
    /// without a gap.
    pub(super) fn ends(&self) -> impl Iterator<Item = (ActorId, u64, u64)> + '_ {
        self.chains.iter().map(|(actor, chain)| {
            let record = chain.record();
            (*actor, record.base, record.seq)
        })
    }

    /// How often a chain changed.
    pub(super) const fn changes(&self) -> u64 {
        self.changes.count()
    }

    /// The chains that changed after so many changes.
    pub(super) fn changed_since(&self, count: u64) -> impl Iterator<Item = ActorId> + '_ {
        self.changes.since(count)
    }

    /// Whether we write or wrote a chain.
    pub(super) fn is_ours(&self, actor: &ActorId) -> bool {
        let chain = self.chains.get(actor);
        chain.is_some_and(|chain| chain.record().device == self.own_device)
    }

    /// What is held without gaps, of the authors that may come to count.
    fn positions(&self) -> Vec<Position> {
        let told = self.chains.values().map(Chain::record);
        let told = told.filter(|record| self.has_place(record));
        let positions = told.filter_map(|record| {
            Some(Position {
                actor: record.actor,
                seq: record.seq,
                head: record.head?,
            })
        });
        positions.collect()
    }

    /// Where the room begins for whoever is let in now and is not to have what was written before;
    /// `None` if there are more chains than can be named.
    pub(super) fn beginning(&self) -> Option<Vec<Position>> {
        Some(self.positions()).filter(|positions| positions.len() <= VECTOR_ACTORS_MAX)
    }

    /// What is held without gaps, of the authors that count first.
    pub(super) fn vector(&self, directory: &Directory, own: &OwnIdentity) -> Vector {
        let mut positions = self.positions();
        if positions.len() > VECTOR_ACTORS_MAX {
            let worth = |actor: &ActorId| self.worth.get(actor).copied().unwrap_or(usize::MAX);
            positions.sort_by_key(|position| (worth(&position.actor), position.actor));
            positions.truncate(VECTOR_ACTORS_MAX);
            positions.sort_by_key(|position| position.actor);
        }
        let room = self.room();
        Vector {
            conversation: self.conversation,
            positions,
            control: room.map(|room| room.vector(directory, own)),
            forks: self.fork_positions(),
            waiting: self.waiting(),
        }
    }

    /// Whether what somebody wrote may come to count here: of others nothing is told.
    fn has_place(&self, record: &ActorRecord) -> bool {
        self.room().is_none()
            || self.worth.contains_key(&record.actor)
            || record.device == self.own_device
    }

    /// What our vector hashes to, in place of where our log stands the whole of it.
    pub(super) fn digest(&self, directory: &Directory, own: &OwnIdentity) -> [u8; 32] {
        let mut vector = self.vector(directory, own);
        let log = self.room().map(Room::digest);
        if let Some(control) = &mut vector.control {
            control.locator.clear();
        }
        let content = vector.digest();
        Domain::VectorDigest.hash(&[&content, log.as_ref().map_or(&[], |log| log.as_slice())])
    }

    /// What is held of a chain that others may hold more of; `None` if it is ours, or of nobody here.
    pub(super) fn held(&self, actor: &ActorId) -> Option<HeldChain> {
        let chain = self.chains.get(actor)?;
        (chain.record().device != self.own_device).then(|| chain.held())
    }

    /// The last sequence number of an author that is not for us, and the last one held without a gap.
    pub(super) fn extent(&self, actor: &ActorId) -> Option<(u64, u64)> {
        let record = self.chains.get(actor)?.record();
        Some((record.base, record.seq))
    }

    /// The last sequence number of an author held without a gap, and the operation there.
    pub(super) fn end_of(&self, actor: &ActorId) -> Option<(u64, Option<OperationId>)> {
        let record = self.chains.get(actor)?.record();
        Some((record.seq, record.head))
    }

    /// The logical time there.
    pub(in crate::engine) fn time_of(&self, actor: &ActorId) -> Option<LogicalTime> {
        Some(self.chains.get(actor)?.record().logical)
    }

    /// Gives up delivering an own message: its body is not handed out any more.
    pub(super) fn cancel(
        &mut self,
        actor: ActorId,
        seq: u64,
        message: OperationId,
        context: &mut Context<'_>,
    ) -> Result<(), super::CommandError> {
        if self.acknowledged.delivered(seq, actor) {
            return Err(super::CommandError::AlreadyDelivered);
        }
        self.undelivered.give_up(actor, seq);
        self.progressed = true;
        context.persist(Change::Withhold(message));
        let failed = DeliveryState::Failed(FailureReason::Cancelled);
        for person in self.others() {
            context.persist(Change::ChangeDelivery(DeliveryChange {
                actor,
                first: seq,
                last: seq,
                person,
                state: failed,
            }));
        }
        context.event(super::Event::DeliveryChanged {
            conversation: self.conversation,
        });
        Ok(())
    }

    /// Marks others' messages as read.
    pub(super) fn mark_read(
        &mut self,
        actor: ActorId,
        seqs: &[(u64, u64)],
        context: &mut Context<'_>,
    ) {
        if let Some(chain) = self.chains.get_mut(&actor)
            && chain.record().device != self.own_device
            && chain.mark_read(seqs)
        {
            let record = chain.record();
            self.owed.insert(record.person);
            context.persist(Change::MarkRead(
                self.conversation,
                actor,
                record.read.clone(),
            ));
        }
    }

    /// Takes over what our person wants of this conversation.
    pub(super) fn prefer(&mut self, preferences: &[Preference], context: &mut Context<'_>) {
        let told = self.preferences.read_receipts;
        for preference in preferences {
            match *preference {
                Preference::Muted(muted) => self.preferences.muted = muted,
                Preference::Archived(archived) => self.preferences.archived = archived,
                Preference::ReadReceipts(told) => self.preferences.read_receipts = told,
            }
        }
        context.persist(Change::PutPreferences(self.preferences));
        // What was read meanwhile is told once they are wanted again.
        if self.preferences.read_receipts && !told {
            let people = self.chains.values().map(|chain| chain.record().person);
            self.owed.extend(people);
        }
    }

    /// Whether there is something that others may have to be told; it counts as told then.
    pub(super) const fn take_stirred(&mut self) -> bool {
        std::mem::replace(&mut self.stirred, false)
    }
}

#[cfg(test)]
mod tests;
