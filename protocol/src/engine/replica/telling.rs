//! What we tell others of how far their operations came, and what they tell us of ours.

use super::Replica;
use super::acknowledged::Progress;
use crate::engine::Event;
use crate::engine::context::Context;
use crate::id::{ActorId, DeviceId, PersonId};
use crate::record::{Change, DeliveryChange, ReceiptRecord};
use crate::sync::{Acknowledgement, Receipt, SignedReceipt};
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
        let Some((signed, receipt)) = self.acknowledged.take(device) else {
            return;
        };
        self.note_bodiless(&receipt, true);
        let progress = self.apply_receipt(&receipt);
        if progress.is_empty() {
            return;
        }
        context.persist(Change::PutReceipt(ReceiptRecord {
            conversation: self.conversation,
            device: receipt.device,
            number: receipt.number,
            signed,
        }));
        for (actor, (first, last, state)) in progress {
            context.persist(Change::ChangeDelivery(DeliveryChange {
                actor,
                first,
                last,
                person,
                state,
            }));
        }
        context.event(Event::DeliveryChanged {
            conversation: self.conversation,
        });
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
    /// What of ours a device has not acknowledged: actor, first and last of each stretch.
    pub(in crate::engine) fn lacked_by(&self, device: &DeviceId) -> Vec<(ActorId, u64, u64)> {
        let written = self.own_actors().into_iter();
        let written = written.filter_map(|actor| Some((actor, self.end_of(&actor)?.0)));
        let lacked = written.flat_map(|(actor, through)| {
            let stretches = self.acknowledged.lacked(device, actor, through);
            stretches
                .into_iter()
                .map(move |(first, last)| (actor, first, last))
        });
        lacked.collect()
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
    /// bodies of if that is owed to them, signed and stored under the next number.
    pub(in crate::engine) fn receipt(
        &mut self,
        person: PersonId,
        context: &mut Context<'_>,
    ) -> SignedReceipt {
        self.owed.remove(&person);
        self.receipt_number = self.receipt_number.saturating_add(1);
        let tells_read = self.preferences.read_receipts;
        let theirs = self
            .chains
            .values()
            .filter(|chain| chain.record().person == person);
        let theirs = theirs.filter_map(|chain| chain.acknowledgement(tells_read));
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
        context.persist(Change::PutReceipt(ReceiptRecord {
            conversation: self.conversation,
            device: receipt.device,
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
