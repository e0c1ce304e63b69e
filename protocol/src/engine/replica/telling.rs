//! What we tell others of how far their operations came, and what they tell us of ours.

use super::Replica;
use super::acknowledged::Progress;
use super::ranges::Ranges;
use crate::engine::Event;
use crate::engine::context::Context;
use crate::id::{ActorId, DeviceId, OperationId, PersonId};
use crate::record::{Change, DeliveryChange, OwnReceiptRecord, ReceiptRecord};
use crate::sync::{Acknowledgement, Coverage, Receipt, SignedReceipt};
use crate::wire;
use crate::wire::limits::{NOISE_PLAINTEXT_BYTES_MAX, VECTOR_ACTORS_MAX};

/// Bytes of all that a receipt says of actors, so that with its signature it fits a message.
pub(super) const RECEIPT_BYTES_MAX: usize = NOISE_PLAINTEXT_BYTES_MAX - 1024;

impl Replica {
    /// Keeps a device's receipt until [`Self::act_on_receipt`]; only the newest counts.
    pub(in crate::engine) fn hear(&mut self, signed: SignedReceipt, receipt: Receipt) {
        self.note_bodiless(&receipt, false);
        self.acknowledged.hear(signed, receipt);
    }

    /// Acts on the newest receipt of a person's `device`, if one waits.
    pub(in crate::engine) fn act_on_receipt(
        &mut self,
        person: PersonId,
        device: &DeviceId,
        context: &mut Context<'_>,
    ) {
        if self.forked {
            return;
        }
        if let Some((signed, receipt)) = self.acknowledged.take(device) {
            self.note_bodiless(&receipt, true);
            self.acknowledge(person, &receipt, Some(signed), context);
        }
    }

    /// Acts on a receipt that came by mail, as far as it names the operations that we wrote. A device that holds a
    /// chain that a copy of this profile wrote names others.
    pub(in crate::engine) fn act_on_mailed_receipt(
        &mut self,
        person: PersonId,
        signed: SignedReceipt,
        mut receipt: Receipt,
        context: &mut Context<'_>,
    ) {
        if self.forked {
            return;
        }
        let mut is_whole = true;
        for part in &mut receipt.actors {
            let ends = part.ends.take().unwrap_or_default();
            let proven = part.held.spans().zip(ends);
            let proven = proven.filter(|((_, last), end)| self.wrote(&part.actor, *last, *end));
            let mut held = Coverage::default();
            held.extend(proven.map(|(span, _)| span));
            is_whole &= held == part.held;
            let mut read = Coverage::default();
            let both = part.read.spans().flat_map(|(first, last)| {
                let held = held.spans();
                held.map(move |span| (span.0.max(first), span.1.min(last)))
            });
            read.extend(both.filter(|(first, last)| first <= last));
            (part.held, part.read) = (held, read);
        }
        if is_whole {
            let device = receipt.device;
            self.hear(signed, receipt);
            self.act_on_receipt(person, &device, context);
        } else {
            self.acknowledge(person, &receipt, None, context);
        }
    }

    fn acknowledge(
        &mut self,
        person: PersonId,
        receipt: &Receipt,
        signed: Option<SignedReceipt>,
        context: &mut Context<'_>,
    ) {
        let progress = self.apply_receipt(receipt);
        if progress.is_empty() {
            return;
        }
        if let Some(signed) = signed {
            context.persist(Change::PutReceipt(ReceiptRecord {
                conversation: self.conversation,
                device: receipt.device,
                number: receipt.number,
                signed,
            }));
        }
        for (actor, (first, last, state)) in progress {
            self.undelivered.arrived(actor, first, last, &person);
            context.persist(Change::ChangeDelivery(DeliveryChange {
                actor,
                first,
                last,
                person,
                state,
            }));
        }
        self.progressed = true;
        context.event(Event::DeliveryChanged {
            conversation: self.conversation,
        });
    }

    /// Whether this is what we wrote there, as far as that is known without looking: what somebody has yet to
    /// acknowledge, and the last.
    fn wrote(&self, actor: &ActorId, seq: u64, operation: OperationId) -> bool {
        let is_end = self.is_ours(actor) && self.end_of(actor) == Some((seq, Some(operation)));
        is_end || self.undelivered.operation(actor, seq) == Some(operation)
    }

    /// What of ours came further by a receipt.
    pub(super) fn apply_receipt(&mut self, receipt: &Receipt) -> Vec<(ActorId, Progress)> {
        let written = self.own_actors().into_iter().map(|actor| {
            let written = self.end_of(&actor).map_or(0, |(seq, _)| seq);
            (actor, written)
        });
        let written = written.collect();
        self.acknowledged.apply(receipt, &written)
    }

    /// What of ours waits for the person of a device and is not known to be held there: actor and ranges.
    pub(in crate::engine) fn owed_to(
        &self,
        person: &PersonId,
        device: &DeviceId,
    ) -> Vec<(ActorId, Ranges)> {
        let mut owed = self.undelivered.of(person);
        for (actor, ranges) in &mut owed {
            if let Some(held) = self.acknowledged.held(device, actor) {
                ranges.subtract(held.spans());
            }
        }
        owed.retain(|(_, ranges)| !ranges.is_empty());
        owed
    }

    /// Whether a device holds a whole stretch of ours, with or without bodies.
    pub(in crate::engine) fn is_held_by(
        &self,
        device: &DeviceId,
        (actor, first, last): (ActorId, u64, u64),
    ) -> bool {
        let held = self.acknowledged.held(device, &actor);
        held.is_some_and(|held| {
            let mut left = Ranges::default();
            left.add(&[(first, last)]);
            left.subtract(held.spans());
            left.is_empty()
        })
    }

    /// Whether anything of a stretch of ours waits for anybody.
    pub(in crate::engine) fn is_awaited(&self, actor: &ActorId, first: u64, last: u64) -> bool {
        self.undelivered.is_awaited(actor, first, last)
    }

    /// Whether something of ours arrived somewhere, or was given up, since this was last asked.
    pub(in crate::engine) const fn take_progressed(&mut self) -> bool {
        std::mem::replace(&mut self.progressed, false)
    }

    /// Notes that the latest receipt to somebody may not have arrived.
    pub(in crate::engine) fn owe_receipt(&mut self, person: PersonId) {
        self.owed.insert(person);
    }

    /// Whether a receipt is owed to anybody.
    pub(in crate::engine) fn owes_receipt(&self) -> bool {
        !self.owed.is_empty()
    }

    /// Those to whom a receipt is owed.
    pub(in crate::engine) fn owed(&self) -> Vec<PersonId> {
        self.owed.iter().copied().collect()
    }

    /// A receipt over all that is held of one person, who alone needs it, and over what we lack the
    /// bodies of if that is owed to them, signed and stored under the next number. It proves which operations
    /// are meant if it is to go by mail.
    pub(in crate::engine) fn receipt(
        &mut self,
        person: PersonId,
        proves: bool,
        context: &mut Context<'_>,
    ) -> SignedReceipt {
        self.owed.remove(&person);
        self.receipt_number = self.receipt_number.saturating_add(1);
        let tells_read = self.preferences.read_receipts;
        let theirs = self
            .chains
            .values()
            .filter(|chain| chain.record().person == person);
        let theirs = theirs.filter_map(|chain| chain.acknowledgement(tells_read, proves));
        let theirs: Vec<Acknowledgement> = theirs.collect();
        let listed = self.list(person);
        let left = RECEIPT_BYTES_MAX.saturating_sub(listed.iter().map(bytes_of).sum());
        let mut actors = fitting(theirs, self.receipt_number, left);
        actors.truncate(VECTOR_ACTORS_MAX.saturating_sub(listed.len()));
        actors.extend(listed);
        actors.sort_by_key(|part| part.actor);
        let receipt = Receipt {
            conversation: self.conversation,
            device: context.own.device(),
            number: self.receipt_number,
            actors,
        };
        let signed = receipt.sign(context.own);
        context.persist(Change::PutOwnReceipt(OwnReceiptRecord {
            conversation: self.conversation,
            person,
            number: receipt.number,
            signed: signed.clone(),
        }));
        signed
    }
}

/// As many of these as fit into so many bytes, beginning elsewhere with each number.
fn fitting(mut parts: Vec<Acknowledgement>, number: u64, bytes: usize) -> Vec<Acknowledgement> {
    let count = u64::try_from(parts.len()).unwrap_or(u64::MAX).max(1);
    parts.rotate_left(usize::try_from(number % count).unwrap_or(0));
    let mut left = Some(bytes);
    let fits = |part: &Acknowledgement| {
        left = left.and_then(|left| left.checked_sub(bytes_of(part)));
        left.is_some()
    };
    parts.into_iter().take_while(fits).collect()
}

/// Bytes of what a receipt says of one actor.
pub(super) fn bytes_of(part: &Acknowledgement) -> usize {
    wire::encode(part).len()
}
