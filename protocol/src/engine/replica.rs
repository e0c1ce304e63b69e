//! A replica: what this device holds of one direct conversation, and how far the other side is.
//!
//! Invariants
//! - Each author's chain is followed without a gap; an operation beyond a gap is stored and shown
//!   at once, and joins the chain when the gap closes.
//! - Nothing is acknowledged but what is durable: receipts leave in the same commit or a later one.
//! - A delivery changes only on a verified receipt, and only for operations that exist.

mod acknowledged;
mod author;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use acknowledged::Acknowledged;
pub(super) use author::{Author, Fault, Place};

use super::context::Context;
use super::directory::Directory;
use super::{CommandError, Effect, Event, Job, Preference};
use crate::delivery::{DeliveryState, FailureReason};
use crate::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use crate::operation::{Content, Header, OPERATION_VERSION, Operation, SignedOperation};
use crate::record::{
    ActorRecord, Change, DeliveryChange, LifetimeRecord, OperationRecord, PreferencesRecord,
    ReceiptRecord,
};
use crate::sync::{Coverage, Erased, Position, Receipt, SignedReceipt, Vector};
use crate::time::LogicalTime;

/// One direct conversation on this device.
#[derive(Debug)]
pub(super) struct Replica {
    conversation: ConversationId,
    peer: PersonId,
    own: ActorId,
    authors: BTreeMap<ActorId, Author>,
    acknowledged: Acknowledged,
    /// How long what is written now stays; the latest word on it, if there is any.
    lifetime: Option<LifetimeRecord>,
    preferences: PreferencesRecord,
    /// Whether our own chain was continued by a copy of this profile.
    forked: bool,
    /// The number of our latest receipt.
    receipt_number: u64,
    /// Of whom something was accepted or read since the latest receipt to them, or that one may be
    /// lost.
    owed: BTreeSet<PersonId>,
}

impl Replica {
    /// The replica of the conversation between us and `peer`, before anything is said.
    pub(super) fn new(peer: PersonId, own_person: PersonId, own_device: DeviceId) -> Self {
        let conversation = ConversationId::direct(own_person, peer);
        let own = ActorId::direct(own_device, conversation);
        let mut replica = Self {
            conversation,
            peer,
            own,
            authors: BTreeMap::new(),
            acknowledged: Acknowledged::default(),
            lifetime: None,
            preferences: PreferencesRecord::new(conversation),
            forked: false,
            receipt_number: 0,
            owed: BTreeSet::new(),
        };
        replica.admit(own_person, own_device);
        replica
    }

    /// Makes room for the operations of a device of one of the two people.
    pub(super) fn admit(&mut self, person: PersonId, device: DeviceId) {
        let actor = ActorId::direct(device, self.conversation);
        self.authors.entry(actor).or_insert_with(|| {
            Author::new(ActorRecord {
                conversation: self.conversation,
                actor,
                device,
                person,
                seq: 0,
                head: None,
                logical: LogicalTime::ZERO,
                erased: Erased::default(),
                read: Coverage::default(),
            })
        });
    }

    /// Puts back an author's place as it was stored.
    pub(super) fn restore_author(&mut self, record: ActorRecord) {
        self.authors.insert(record.actor, Author::new(record));
    }

    /// Puts back an operation stored beyond a gap.
    pub(super) fn restore_pending(&mut self, operation: &SignedOperation) {
        if let Ok(header) = operation.claimed()
            && let Some(author) = self.authors.get_mut(&header.actor)
        {
            author.restore_pending(operation, &header);
            // Of our own chain, only what proves that it was continued elsewhere is kept so.
            self.forked |= header.actor == self.own;
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

    /// Puts back a receipt as it was stored.
    pub(super) fn restore_receipt(&mut self, receipt: Receipt, is_own: bool) {
        if is_own {
            // What was accepted after it was signed is told as a session begins.
            self.receipt_number = receipt.number;
        } else {
            let written = self.end_of(&self.own).map_or(0, |(seq, _)| seq);
            self.acknowledged.apply(&receipt, self.own, written);
        }
    }

    pub(super) const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    pub(super) const fn peer(&self) -> PersonId {
        self.peer
    }

    /// Whether a person takes part besides us.
    pub(super) fn includes(&self, person: PersonId) -> bool {
        self.peer == person
    }

    /// The actor as which a device writes here.
    pub(super) fn actor_of(&self, device: DeviceId) -> Option<ActorId> {
        let authors = self.authors.values().map(Author::record);
        let mut of_device = authors.filter(|record| record.device == device);
        of_device.next().map(|record| record.actor)
    }

    pub(super) const fn own_actor(&self) -> ActorId {
        self.own
    }

    /// Every author with the last sequence number held without a gap.
    pub(super) fn ends(&self) -> impl Iterator<Item = (ActorId, u64)> + '_ {
        self.authors
            .iter()
            .map(|(actor, author)| (*actor, author.record().seq))
    }

    /// What is held without gaps.
    pub(super) fn vector(&self) -> Vector {
        let positions = self.authors.iter().filter_map(|(actor, author)| {
            let record = author.record();
            record.head.map(|head| Position {
                actor: *actor,
                seq: record.seq,
                head,
            })
        });
        Vector {
            conversation: self.conversation,
            positions: positions.collect(),
        }
    }

    /// Writes, signs and stores an operation of ours.
    pub(super) fn write(
        &mut self,
        content: &Content,
        target: Option<OperationId>,
        context: &mut Context<'_>,
    ) -> Result<Operation, CommandError> {
        if self.forked {
            return Err(CommandError::OwnFork);
        }
        let highest = self
            .authors
            .values()
            .map(|author| author.record().logical)
            .max();
        let author = self
            .authors
            .get_mut(&self.own)
            .ok_or(CommandError::NoConversation)?;
        let place = author.record();
        let logical = LogicalTime::next(highest.unwrap_or_default(), place.logical);
        let header = Header {
            version: OPERATION_VERSION,
            kind: content.kind(),
            conversation: self.conversation,
            actor: self.own,
            seq: place.seq.saturating_add(1),
            prev: place.head,
            logical: logical.ok_or(CommandError::ClockExhausted)?,
            wall: context.now.wall,
            disappears_after: match content {
                Content::Message { .. } | Content::Edit { .. } => {
                    self.lifetime.and_then(|lifetime| lifetime.seconds)
                }
                Content::Delete
                | Content::Reaction { .. }
                | Content::Pin { .. }
                | Content::Lifetime { .. } => None,
            },
            target,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: None,
        };
        let operation = Operation::author(header, content.to_bytes(), context.own, context.rng)
            .map_err(|_| CommandError::TooLong)?;
        author.append(&operation);
        let record = author.record().clone();
        self.store(&operation, &record, vec![self.peer], context);
        self.heed(&operation);
        context.persist(Change::PutActor(record));
        context.effect(Effect::Compute(Job::Record(vec![operation.clone()])));
        Ok(operation)
    }

    /// Checks and stores operations that a device of one of the two people sent.
    ///
    /// What is already held is passed over. The first that is refused ends it: honest devices
    /// never send such.
    pub(super) fn receive(
        &mut self,
        operations: Vec<SignedOperation>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let mut accepted = Vec::new();
        let mut linked = false;
        let mut changed: Vec<ActorId> = Vec::new();
        let mut result = Ok(());
        for operation in operations {
            match self.receive_one(operation, directory, context, &mut accepted) {
                Ok(Some((actor, late))) => {
                    linked |= late;
                    if !changed.contains(&actor) {
                        changed.push(actor);
                    }
                }
                Ok(None) => {}
                Err(fault) => {
                    result = Err(fault);
                    break;
                }
            }
        }
        for actor in changed {
            if let Some(author) = self.authors.get(&actor) {
                context.persist(Change::PutActor(author.record().clone()));
                self.owed.insert(author.record().person);
            }
        }
        if linked {
            context.effect(Effect::Compute(Job::Rebuild(self.conversation)));
        } else if !accepted.is_empty() {
            context.effect(Effect::Compute(Job::Record(accepted)));
        }
        result
    }

    /// Keeps the other side's receipt until [`Self::act_on_receipt`]; only the newest counts.
    pub(super) fn hear(&mut self, signed: SignedReceipt, receipt: Receipt) {
        self.acknowledged.hear(signed, receipt);
    }

    /// Acts on the newest receipt of `device`, if one waits.
    pub(super) fn act_on_receipt(&mut self, device: &DeviceId, context: &mut Context<'_>) {
        if self.forked {
            return;
        }
        let Some((signed, receipt)) = self.acknowledged.take(device) else {
            return;
        };
        let written = self.end_of(&self.own).map_or(0, |(seq, _)| seq);
        let Some(progress) = self.acknowledged.apply(&receipt, self.own, written) else {
            return;
        };
        if progress.is_empty() {
            return;
        }
        context.persist(Change::PutReceipt(ReceiptRecord {
            conversation: self.conversation,
            device: receipt.device,
            number: receipt.number,
            signed,
        }));
        for (first, last, state) in progress {
            self.change_delivery(first, last, state, context);
        }
        context.event(Event::DeliveryChanged {
            conversation: self.conversation,
        });
    }

    /// The last sequence number of an author held without a gap, and the operation there.
    pub(super) fn end_of(&self, actor: &ActorId) -> Option<(u64, Option<OperationId>)> {
        let record = self.authors.get(actor)?.record();
        Some((record.seq, record.head))
    }

    /// Gives up delivering an own message: its body is not handed out any more.
    pub(super) fn cancel(
        &mut self,
        seq: u64,
        message: OperationId,
        context: &mut Context<'_>,
    ) -> Result<(), CommandError> {
        if self.acknowledged.delivered(seq, self.own) {
            return Err(CommandError::AlreadyDelivered);
        }
        context.persist(Change::Withhold(message));
        let failed = DeliveryState::Failed(FailureReason::Cancelled);
        self.change_delivery(seq, seq, failed, context);
        context.event(Event::DeliveryChanged {
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
        if let Some(author) = self.authors.get_mut(&actor)
            && actor != self.own
            && author.mark_read(seqs)
        {
            let record = author.record();
            self.owed.insert(record.person);
            context.persist(Change::MarkRead {
                conversation: self.conversation,
                actor,
                read: record.read.clone(),
            });
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
            let people = self.authors.values().map(|author| author.record().person);
            self.owed.extend(people);
        }
    }

    /// Notes that the latest receipt to somebody may not have arrived.
    pub(super) fn owe_receipt(&mut self, person: PersonId) {
        self.owed.insert(person);
    }

    /// Whether a receipt is owed to anybody.
    pub(super) fn owes_receipt(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Those to whom a receipt is owed.
    pub(super) fn owed(&self) -> Vec<PersonId> {
        self.owed.iter().copied().collect()
    }

    /// A receipt over all that is held of one person, who alone needs it, signed and stored under
    /// the next number.
    pub(super) fn receipt(&mut self, person: PersonId, context: &mut Context<'_>) -> SignedReceipt {
        self.owed.remove(&person);
        self.receipt_number = self.receipt_number.saturating_add(1);
        let tells_read = self.preferences.read_receipts;
        let theirs = self
            .authors
            .values()
            .filter(|author| author.record().person == person);
        let receipt = Receipt {
            conversation: self.conversation,
            device: context.own.device(),
            number: self.receipt_number,
            actors: theirs
                .filter_map(|author| author.acknowledgement(tells_read))
                .collect(),
        };
        let signed = receipt.sign(context.own);
        context.persist(Change::PutReceipt(ReceiptRecord {
            conversation: self.conversation,
            device: receipt.device,
            number: receipt.number,
            signed: signed.clone(),
        }));
        signed
    }

    /// Takes one operation; returns its author, and whether operations beyond a gap joined.
    fn receive_one(
        &mut self,
        operation: SignedOperation,
        directory: &Directory,
        context: &mut Context<'_>,
        accepted: &mut Vec<Operation>,
    ) -> Result<Option<(ActorId, bool)>, Fault> {
        let header = operation.claimed()?;
        if header.conversation != self.conversation {
            return Err(Fault::ForeignConversation);
        }
        if header.kind.is_control() {
            return Err(Fault::Control);
        }
        let author = self
            .authors
            .get(&header.actor)
            .ok_or(Fault::UnknownAuthor)?;
        if header.actor == self.own {
            self.prove_fork(operation, &header, context)?;
            return Ok(None);
        }
        let Some(place) = author.place(&header, operation.bytes())? else {
            return Ok(None);
        };
        let device = author.record().device;
        let key = directory
            .device(&device)
            .ok_or(Fault::UnknownAuthor)?
            .card
            .signing;
        let operation = operation.verify(&key)?;
        let record = author.record().clone();
        self.store(&operation, &record, Vec::new(), context);
        self.heed(&operation);
        let author = self
            .authors
            .get_mut(&header.actor)
            .ok_or(Fault::UnknownAuthor)?;
        let linked = author.take(place, &operation);
        if place == Place::Next {
            accepted.push(operation);
        }
        Ok(Some((header.actor, linked)))
    }

    /// Takes over how long messages stay from now on, if an operation says so and nothing later did.
    fn heed(&mut self, operation: &Operation) {
        let header = operation.header();
        let body = operation.body().map(|body| body.bytes.as_slice());
        let content = body.map(|bytes| Content::from_bytes(header.kind, bytes));
        if let Some(Ok(Some(Content::Lifetime { seconds }))) = content {
            let said = LifetimeRecord {
                conversation: self.conversation,
                logical: header.logical,
                wall: header.wall,
                operation: operation.id(),
                seconds,
            };
            if self
                .lifetime
                .is_none_or(|lifetime| lifetime.order() < said.order())
            {
                self.lifetime = Some(said);
            }
        }
    }

    /// Takes an operation in our own name. One beyond what we wrote proves that this profile is an
    /// older copy of the one that wrote it: it is kept as the proof, and nothing more is written
    /// here or taken as acknowledged.
    fn prove_fork(
        &mut self,
        operation: SignedOperation,
        header: &Header,
        context: &mut Context<'_>,
    ) -> Result<(), Fault> {
        let author = self.authors.get_mut(&self.own);
        let author = author.ok_or(Fault::UnknownAuthor)?;
        if self.forked || header.seq <= author.record().seq {
            return Ok(());
        }
        let operation = operation.verify(&context.own.signing())?;
        author.restore_pending(operation.signed(), header);
        self.forked = true;
        let record = author.record().clone();
        self.store(&operation, &record, Vec::new(), context);
        context.event(Event::OwnFork {
            conversation: self.conversation,
        });
        Ok(())
    }

    fn store(
        &self,
        operation: &Operation,
        author: &ActorRecord,
        recipients: Vec<PersonId>,
        context: &mut Context<'_>,
    ) {
        let mine = author.person == context.own.person();
        if let Some(seconds) = operation.header().disappears_after {
            let stays = Duration::from_secs(seconds.into());
            context.expires(context.now.wall.after(stays));
        }
        context.persist(Change::InsertOperation(Box::new(OperationRecord {
            operation: operation.clone(),
            person: author.person,
            device: author.device,
            mine,
            received_at: context.now.wall,
            recipients,
        })));
        context.event(Event::Stored {
            conversation: self.conversation,
            message: operation.id(),
        });
    }

    fn change_delivery(
        &self,
        first: u64,
        last: u64,
        state: DeliveryState,
        context: &mut Context<'_>,
    ) {
        context.persist(Change::ChangeDelivery(DeliveryChange {
            actor: self.own,
            first,
            last,
            person: self.peer,
            state,
        }));
    }
}

#[cfg(test)]
mod tests;
