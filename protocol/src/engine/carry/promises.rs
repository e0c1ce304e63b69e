//! Promises: custody that we take over of what contacts bring, and that contacts take over of what is ours.
//!
//! Invariants
//! - What was promised is kept as long as was said, unless it is purged.
//! - A promise of a contact's device makes `carried` of `queued`, and its end makes it `queued` again, if nobody else
//!   promised the same. It never makes us drop anything.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Carry;
use crate::carry::Tier;
use crate::delivery::DeliveryState;
use crate::engine::Event;
use crate::engine::context::Context;
use crate::engine::replica::{Ranges, Replica};
use crate::engine::replicas::Replicas;
use crate::id::{DeviceId, EnvelopeId, TransportId};
use crate::record::{CarriedRecord, Change, CustodyRecord, DeliveryChange, DepositRecord};
use crate::sync::{CUSTODIES_TOLD_MAX, Custody};
use crate::time::whole_hours;

impl Carry {
    /// What we promise about an envelope that we keep; nothing but for contacts.
    pub(in crate::engine) fn custody(
        &self,
        record: &CarriedRecord,
        context: &Context<'_>,
    ) -> Option<Custody> {
        let left = record.expires_at.since(self.time(context));
        let hours = whole_hours(left);
        (record.tier == Tier::Contact && hours > 0).then_some(Custody {
            envelope: record.id,
            hours,
        })
    }

    /// What we promise to whoever is behind a peer, of what it brought before.
    pub(in crate::engine) fn custodies(
        &self,
        peer: &TransportId,
        context: &Context<'_>,
    ) -> Vec<Custody> {
        let depositor = Self::depositor(peer, context);
        let theirs = self
            .shelf
            .iter()
            .filter(|record| record.depositor == depositor);
        let promised = theirs.filter_map(|record| self.custody(record, context));
        promised.take(CUSTODIES_TOLD_MAX).collect()
    }

    /// Takes what a contact's device promises.
    pub(in crate::engine) fn entrust(
        &mut self,
        holder: DeviceId,
        custodies: &[Custody],
        replicas: &Replicas,
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        for custody in custodies {
            let Some(kept) = self.shelf.get(&custody.envelope) else {
                continue;
            };
            let until = now + Duration::from_hours(custody.hours.into());
            let until = until.min(kept.expires_at);
            let record = CustodyRecord {
                envelope: custody.envelope,
                holder,
                until,
            };
            if until <= now || !self.deposits.promise(record) {
                continue;
            }
            context.persist(Change::PutCustody(record));
            context.wake(context.now.monotonic + until.since(now));
            if let Some(deposit) = self.deposits.get(&custody.envelope) {
                count_as_carried(deposit, replicas, context);
            }
        }
    }

    /// Notes the promises that are over.
    pub(in crate::engine) fn lapse(&mut self, replicas: &Replicas, context: &mut Context<'_>) {
        let now = self.time(context);
        let over = self.deposits.lapse(now);
        for (envelope, holder) in &over {
            let (envelope, holder) = (*envelope, *holder);
            context.persist(Change::DropCustody { envelope, holder });
        }
        let lapsed: BTreeSet<EnvelopeId> = over.into_iter().map(|(id, _)| id).collect();
        for id in lapsed {
            if let Some(deposit) = self.deposits.get(&id)
                && !self.deposits.is_promised(&id)
            {
                self.queue_again(deposit, replicas, context);
            }
        }
        if let Some(next) = self.deposits.next_lapse() {
            context.wake(context.now.monotonic + next.since(now));
        }
    }

    /// Has what was in an envelope that nobody keeps any more count as queued, but for what somebody promised in
    /// another one.
    pub(in crate::engine) fn queue_again(
        &self,
        deposit: &DepositRecord,
        replicas: &Replicas,
        context: &mut Context<'_>,
    ) {
        let Some(enclosed) = deposit.enclosed else {
            return;
        };
        for person in &deposit.people {
            let mut left = Ranges::default();
            left.add(&[(enclosed.first, enclosed.last)]);
            let mut promised = Ranges::default();
            let others = self.deposits.promised(enclosed.actor, *person);
            for other in others.filter_map(|other| other.enclosed) {
                promised.add(&[(other.first, other.last)]);
            }
            left.subtract(promised.spans());
            for (first, last) in left.spans() {
                context.persist(Change::ChangeDelivery(DeliveryChange {
                    actor: enclosed.actor,
                    first,
                    last,
                    person: *person,
                    state: DeliveryState::Queued,
                }));
            }
        }
        tell(deposit, replicas, context);
    }
}

/// Has what is in an envelope that somebody keeps count as carried.
fn count_as_carried(deposit: &DepositRecord, replicas: &Replicas, context: &mut Context<'_>) {
    let Some(enclosed) = deposit.enclosed else {
        return;
    };
    for person in &deposit.people {
        context.persist(Change::ChangeDelivery(DeliveryChange {
            actor: enclosed.actor,
            first: enclosed.first,
            last: enclosed.last,
            person: *person,
            state: DeliveryState::Carried,
        }));
    }
    tell(deposit, replicas, context);
}

fn tell(deposit: &DepositRecord, replicas: &Replicas, context: &mut Context<'_>) {
    let actor = deposit.enclosed.map(|enclosed| enclosed.actor);
    let conversation = actor.and_then(|actor| replicas.all().find(|one| one.is_ours(&actor)));
    if let Some(conversation) = conversation.map(Replica::conversation) {
        context.event(Event::DeliveryChanged { conversation });
    }
}
