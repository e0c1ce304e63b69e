//! What arrives by carriers: who it is for, and what becomes of it.
//!
//! ```text
//!   a neighbour, a bundle, or what was kept --> purged before: its carrier hears so
//!                                           --> a letter, a join, an answer: taken, and purged
//!                                           --> of a room's chain: taken, and kept for others
//!                                           --> not ours: kept and passed on, as far as there is room
//! ```
//!
//! Invariants
//! - What was taken is durable before anybody hears that it is needed no longer.

use std::collections::BTreeSet;
use std::time::Duration;

use super::carry::Arrived;
use super::mail::{Read, Target};
use super::replica::Replica;
use super::{Effect, Engine, Event, LinkId, LoadId, Parts};
use crate::carry::{Brought, CarriedEnvelope, Depositor, Quotas, Refused, Tier};
use crate::envelope::Envelope;
use crate::id::{EnvelopeId, Tag, TransportId};
use crate::record::Outcome;
use crate::sync::{Custody, SessionMessage};
use crate::time::Now;

/// At most how often a receipt by mail goes to one person: what more comes meanwhile goes with the next.
const RECEIPT_INTERVAL: Duration = Duration::from_secs(1);

/// What became of an envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    /// It was for us.
    Ours,
    /// It is kept now.
    Kept,
    /// It was here before, or is over.
    Known,
    /// It is none, or there is no room for it.
    Refused,
}

impl Engine {
    /// Takes over how much room there is for what others bring.
    pub(super) fn put_quotas(&mut self, quotas: Option<Quotas>, now: Now) {
        let was_on = self.carry.is_on();
        let (mail, mut parts) = self.mail(now);
        parts.carry.put_quotas(quotas, &mut parts.context);
        if parts.carry.is_on() && !was_on {
            mail.begin(&mut parts);
            // What came to be awaited meanwhile may be kept already.
            let mut tags = parts.pairing.awaited();
            tags.extend(parts.pairs.awaited());
            tags.extend(mail.awaited());
            parts.carry.look_up(&tags, &mut parts.context);
            parts
                .pairing
                .deposit(parts.carry, parts.directory, &mut parts.context);
        }
    }

    /// Opens a link to a neighbour.
    pub(super) fn carry_link(&mut self, link: LinkId, peer: TransportId, asks: bool, now: Now) {
        let parts = self.parts(now);
        let (carry, mut context) = (parts.carry, parts.context);
        carry.admit(link, peer, asks, parts.directory, &mut context);
    }

    /// Takes a frame of a neighbour.
    pub(super) fn carry_frame(&mut self, link: LinkId, bytes: &[u8], now: Now) {
        let (mail, parts) = self.mail(now);
        let Parts {
            directory,
            pairing,
            pairs,
            carry,
            mut context,
            ..
        } = parts;
        let awaits =
            |tag: &Tag| pairs.place(tag).is_some() || mail.awaits(tag) || pairing.awaits(tag);
        match carry.receive(link, bytes, &awaits, directory, &mut context) {
            Ok(None) => {}
            Ok(Some(arrived)) => {
                self.arrive(&arrived, now);
            }
            Err(how) => {
                if let Some(peer) = carry.expel(link, &mut context) {
                    context.event(Event::Misbehaved { peer, how });
                }
            }
        }
    }

    /// Takes an envelope of a bundle.
    fn brought(&mut self, carried: &CarriedEnvelope, depositor: Depositor, now: Now) -> Fate {
        let Ok(envelope) = Envelope::from_bytes(&carried.envelope) else {
            return Fate::Refused;
        };
        let arrived = Arrived {
            link: None,
            envelope,
            brought: Brought {
                age: Duration::from_millis(carried.age_millis),
                hops: carried.hops,
                copies: carried.copies,
                tier: Tier::Stranger,
                depositor,
            },
            is_given: carried.is_given,
        };
        self.arrive(&arrived, now)
    }

    /// Takes what is in a bundle.
    pub(super) fn bring(
        &mut self,
        envelopes: &[CarriedEnvelope],
        purges: &[[u8; 32]],
        now: Now,
    ) -> Outcome {
        let mut parts = self.parts(now);
        for preimage in purges {
            parts.carry.purge(*preimage, None, &mut parts.context);
        }
        // Nobody's share is used up by what another brought.
        let depositor = Depositor::new(parts.context.rng.bytes());
        let (mut new, mut for_us) = (0, 0);
        for envelope in envelopes {
            let fate = self.brought(envelope, depositor, now);
            new += u64::from(matches!(fate, Fate::Ours | Fate::Kept));
            for_us += u64::from(fate == Fate::Ours);
        }
        Outcome::Brought { new, for_us }
    }

    /// Finds out whom an envelope is for, and keeps it if it is for others.
    fn arrive(&mut self, arrived: &Arrived, now: Now) -> Fate {
        let mut parts = self.parts(now);
        let context = &mut parts.context;
        if parts.carry.refuses(arrived, parts.directory, context)
            || parts.carry.shelf().get(&arrived.envelope.id()).is_some()
        {
            return Fate::Known;
        }
        let read = self.read(&arrived.envelope, now);
        if let Read::Ours(_) = read {
            return Fate::Ours;
        }
        let mut parts = self.parts(now);
        if !arrived.is_given || !parts.carry.is_on() {
            return if read == Read::Shared {
                Fate::Ours
            } else {
                Fate::Refused
            };
        }
        let (directory, context) = (&*parts.directory, &mut parts.context);
        let Arrived {
            link,
            envelope,
            brought,
            ..
        } = arrived;
        let kept = parts
            .carry
            .keep(envelope, brought, *link, directory, context);
        if let (Ok(record), Some(link)) = (&kept, link)
            && let Some(custody) = parts.carry.custody(record, context)
            && let Some(device) = parts.carry.contact_at(*link, directory)
        {
            promise(vec![custody], device, &mut parts);
        }
        match (read, kept) {
            (Read::Shared, _) => Fate::Ours,
            (_, Ok(_)) => Fate::Kept,
            (_, Err(Refused::Held | Refused::Purged | Refused::Over)) => Fate::Known,
            (_, Err(Refused::Far | Refused::Full | Refused::Greedy)) => Fate::Refused,
        }
    }

    /// Takes an envelope if it is for us; then nobody else has to carry it.
    fn read(&mut self, envelope: &Envelope, now: Now) -> Read {
        let read = if self.pairing.awaits(&envelope.tag()) {
            self.take_pairing(envelope, now)
        } else {
            let (mail, mut parts) = self.mail(now);
            let taking = mail.take(envelope, &mut parts);
            if let Some(person) = taking.refreshed {
                parts.links.shut_out(parts.directory, &mut parts.context);
                self.card_changed(person, now);
                self.recognise(person, now);
            }
            for (device, control) in taking.control {
                self.mailed_control(device, *control, now);
            }
            taking.read
        };
        if let Read::Ours(preimage) = read {
            let hours = envelope.header().lifetime_hours;
            let mut parts = self.parts(now);
            parts.carry.finish(hours, preimage, &mut parts.context);
        }
        read
    }

    /// Takes envelopes that were read from the store.
    pub(super) fn envelopes_loaded(
        &mut self,
        load: LoadId,
        envelopes: Vec<(EnvelopeId, Vec<u8>)>,
        now: Now,
    ) {
        let mut parts = self.parts(now);
        let (directory, context) = (&*parts.directory, &mut parts.context);
        let ours = parts.carry.loaded(load, envelopes, directory, context);
        for envelope in ours {
            let read = self.read(&envelope, now);
            let settling = self.settling.last_mut();
            if let Some((_, Outcome::Brought { for_us, .. })) = settling
                && read != Read::NotOurs
            {
                *for_us = for_us.saturating_add(1);
            }
        }
    }

    /// Does what follows from what came since the last commit: looks for what is awaited only now, and takes back
    /// what has arrived.
    pub(super) fn settle_carrying(&mut self, now: Now) {
        let (mail, mut parts) = self.mail(now);
        let mut tags = parts.pairs.take_fresh();
        tags.extend(mail.take_fresh());
        for (device, record) in parts.carry.take_adopted() {
            let custody = parts.carry.custody(&record, &parts.context);
            promise(custody.into_iter().collect(), device, &mut parts);
        }
        for opened in parts.carry.take_opened() {
            mail.control_opened(&opened, &mut parts);
        }
        if parts.carry.is_on() {
            tags.extend(parts.pairing.take_fresh());
            parts.carry.look_up(&tags, &mut parts.context);
            mail.owe_receipts(RECEIPT_INTERVAL, &mut parts);
            take_back(&mut parts);
            mail.run_outbox(&mut parts);
        }
        self.answer_settled(now);
    }

    /// Answers whoever brought something once all that was found in it is read, and all are told of it that are to be.
    fn answer_settled(&mut self, now: Now) {
        let (mail, parts) = self.mail(now);
        if parts.carry.is_reading() || mail.is_reading() {
            return;
        }
        let settled = std::mem::take(&mut self.settling);
        if settled.is_empty() {
            return;
        }
        let (mail, mut parts) = self.mail(now);
        mail.owe_receipts(Duration::ZERO, &mut parts);
        mail.run_outbox(&mut parts);
        for (request, outcome) in settled {
            let result = Ok(outcome);
            parts.context.effect(Effect::Reply { request, result });
        }
    }

    /// Drops what is over; has what nobody keeps any more be sealed again.
    pub(super) fn tick_carrying(&mut self, now: Now) {
        let (mail, mut parts) = self.mail(now);
        for deposit in parts.carry.expire(&mut parts.context) {
            let context = &mut parts.context;
            parts.carry.queue_again(&deposit, parts.replicas, context);
            mail.control_expired(&deposit, &mut parts);
            let people = deposit.people.iter().filter(|_| deposit.enclosed.is_some());
            for person in people {
                mail.owe_person(*person, Duration::ZERO, &mut parts);
            }
            // To a room it may have been for nobody who could read it.
            let actor = deposit.enclosed.map(|enclosed| enclosed.actor);
            let room = actor.and_then(|actor| {
                let mut replicas = parts.replicas.all();
                replicas.find(|one| one.is_ours(&actor) && one.room().is_some())
            });
            if let Some(room) = room.map(Replica::conversation) {
                mail.owe(Target::Room(room), Duration::ZERO, &mut parts.context);
            }
        }
        let context = &mut parts.context;
        parts.carry.lapse(parts.replicas, context);
        parts.carry.tick(parts.directory, context);
    }

    /// Promises to keep what a contact's device brought before this session with it.
    pub(super) fn promise_again(&mut self, link: LinkId, now: Now) {
        let mut parts = self.parts(now);
        let session = parts.links.session(link);
        let device = session.map(|session| session.exchange.device());
        if let Some(device) = device
            && let Some(known) = parts.directory.device(&device)
        {
            let peer = known.card.transport;
            let custodies = parts.carry.custodies(&peer, &parts.context);
            promise(custodies, device, &mut parts);
        }
    }
}

/// Promises something to a device, in the latest session with it: an earlier one may be over, and not known to be. If
/// there is none, it hears so in the next.
fn promise(custodies: Vec<Custody>, device: crate::id::DeviceId, parts: &mut Parts<'_>) {
    let sessions = parts.links.sessions();
    let theirs = sessions.filter(|(_, open)| open.device() == device);
    let link = theirs.map(|(link, _)| link).last();
    if let Some(link) = link.filter(|_| !custodies.is_empty()) {
        let message = SessionMessage::Custody(custodies);
        parts.links.send(link, &message, &mut parts.context);
    }
}

/// Takes back what was sealed for those who have it now.
fn take_back(parts: &mut Parts<'_>) {
    let progressed = parts.replicas.all_mut();
    let progressed: BTreeSet<_> = progressed
        .filter_map(|replica| replica.take_progressed().then(|| replica.conversation()))
        .collect();
    for conversation in progressed {
        let Some(replica) = parts.replicas.by_id(&conversation) else {
            continue;
        };
        let own = replica.own_actors().into_iter();
        let sealed = own.flat_map(|actor| parts.carry.deposits().of_actor(actor));
        let over = sealed.filter(|deposit| {
            deposit.enclosed.is_some_and(|enclosed| {
                let stretch = (enclosed.actor, enclosed.first, enclosed.last);
                let device = deposit.device;
                let is_held = device.is_some_and(|device| replica.is_held_by(&device, stretch));
                is_held || !replica.is_awaited(&enclosed.actor, enclosed.first, enclosed.last)
            })
        });
        let over: Vec<EnvelopeId> = over.map(|deposit| deposit.envelope).collect();
        for id in over {
            parts.carry.withdraw(&id, &mut parts.context);
        }
    }
}
