//! Meeting: what neighbours say to each other of what they carry, and what we do about it.
//!
//! Invariants
//! - Nothing that a neighbour says drops an envelope but the preimage of its purge hash.
//! - What only we can read is asked for among other envelopes, so that the neighbour does not see which it is.

use std::time::Duration;

use super::adopting::SHOWN_AFTER;
use super::neighbour::{Arrived, BEGIN_INTERVAL, Neighbour, carried_envelope};
use super::{Carry, FIRST_HOPS_MAX, Reading};
use crate::carry::{
    Answering, Asking, Brought, CarriedEnvelope, CarryFrame, Offered, Refused, Tier,
};
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::engine::{Effect, LinkId};
use crate::envelope::Envelope;
use crate::id::{EnvelopeId, Tag, TransportId};
use crate::record::{CarriedRecord, Change};

/// Neighbours at one time that are no contacts.
pub(in crate::engine) const STRANGERS_MAX: usize = 32;
/// How often two who stay together compare anew.
pub(super) const COMPARE_INTERVAL: Duration = Duration::from_mins(10);
/// Envelopes that are asked for beside those that only we can read.
pub(in crate::engine) const DECOYS: usize = 32;
/// As how many bytes that a peer brings it counts that it compares anew: all that is kept is sorted for it.
const BEGIN_BYTES: usize = 64 * 1024;
/// Bytes of envelopes that are read at once for a neighbour.
const READ_BYTES: usize = 256 * 1024;

/// Whether what comes under a tag is for us.
pub(in crate::engine) type Awaits<'a> = &'a dyn Fn(&Tag) -> bool;

impl Carry {
    /// Takes a link to a neighbour; whoever opened it begins to compare.
    pub(in crate::engine) fn admit(
        &mut self,
        link: LinkId,
        peer: TransportId,
        is_asking: bool,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let strangers = self.neighbours.values();
        let strangers = strangers.filter(|other| !is_contact(&other.peer, directory));
        let is_full = strangers.count() >= STRANGERS_MAX && !is_contact(&peer, directory);
        if !self.is_on() || is_full {
            context.effect(Effect::Close { link });
            if is_full && is_asking {
                self.peers.missed(peer, context);
            }
            return;
        }
        // Both may have opened one at the same time: that of the lower stays, or the latest of one side.
        let keeps_ours = context.own.transport() < peer;
        let others = self
            .neighbours
            .iter()
            .filter(|(_, other)| other.peer == peer);
        let others: Vec<(LinkId, bool)> =
            others.map(|(id, other)| (*id, other.is_asking)).collect();
        for (other, was_asking) in others {
            if was_asking != is_asking && was_asking == keeps_ours {
                context.effect(Effect::Close { link });
                return;
            }
            self.neighbours.remove(&other);
            context.effect(Effect::Close { link: other });
        }
        let now = context.now.monotonic;
        let mut neighbour = Neighbour::new(peer, is_asking, now);
        neighbour.show_at = now + SHOWN_AFTER;
        context.wake(neighbour.show_at);
        self.neighbours.insert(link, neighbour);
        self.say_heard(link, context);
        self.compare(link, context);
    }

    /// Ends a link whose peer broke the protocol; returns the peer.
    pub(in crate::engine) fn expel(
        &mut self,
        link: LinkId,
        context: &mut Context<'_>,
    ) -> Option<TransportId> {
        let gone = self.neighbours.remove(&link)?;
        context.effect(Effect::Close { link });
        self.peers.missed(gone.peer, context);
        Some(gone.peer)
    }

    /// Whether a link is to a neighbour.
    pub(in crate::engine) fn has(&self, link: LinkId) -> bool {
        self.neighbours.contains_key(&link)
    }

    /// Forgets a link; returns whether it was to a neighbour.
    pub(in crate::engine) fn closed(&mut self, link: LinkId, context: &mut Context<'_>) -> bool {
        let Some(gone) = self.neighbours.remove(&link) else {
            return false;
        };
        let is_linked = self
            .neighbours
            .values()
            .any(|other| other.peer == gone.peer);
        if !is_linked {
            self.peers.missed(gone.peer, context);
        }
        true
    }

    /// Takes a frame of a neighbour; an envelope in it is for the caller to look at.
    ///
    /// An error says how it broke the protocol.
    pub(in crate::engine) fn receive(
        &mut self,
        link: LinkId,
        frame: &[u8],
        awaits: Awaits<'_>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<Option<Arrived>, String> {
        let frame = CarryFrame::from_bytes(frame).map_err(|error| error.to_string())?;
        match frame {
            CarryFrame::Begin(bytes) => {
                self.may_begin(link, directory, context)?;
                self.answer(link, &bytes, true, context)?;
            }
            CarryFrame::Compare(bytes) => self.answer(link, &bytes, false, context)?,
            CarryFrame::Compared(bytes) => self.learn(link, &bytes, context)?,
            CarryFrame::Tell(ids) => {
                if let Some(neighbour) = self.neighbours.get_mut(&link) {
                    // Whatever they were sent, they have not.
                    for id in ids {
                        neighbour.lacks(&id);
                        neighbour.offer(id);
                    }
                }
            }
            CarryFrame::Offer(offered) => self.choose(link, &offered, awaits, directory, context),
            CarryFrame::Want(ids) => {
                if let Some(neighbour) = self.neighbours.get_mut(&link) {
                    let wanted = ids.iter().filter_map(|id| self.shelf.get(id));
                    wanted.for_each(|record| neighbour.want(record));
                }
            }
            CarryFrame::Carry(carried) => {
                return self.arrived(link, &carried, awaits, directory, context);
            }
            CarryFrame::Purge(preimages) => {
                for preimage in preimages {
                    self.purge(preimage, Some(link), context);
                }
            }
            CarryFrame::Heard(hints) => self.welcome(link, &hints, context),
            CarryFrame::Notices(notices) => self.hear(link, &notices, directory, context)?,
        }
        self.pump(link, directory, context);
        Ok(None)
    }

    /// Notes what of frames was written.
    pub(in crate::engine) fn drained(
        &mut self,
        link: LinkId,
        bytes: usize,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        if let Some(neighbour) = self.neighbours.get_mut(&link) {
            neighbour.drained(bytes);
            self.pump(link, directory, context);
        }
    }

    /// Compares anew with whom it is time to, opens links anew.
    pub(in crate::engine) fn tick(&mut self, directory: &Directory, context: &mut Context<'_>) {
        if !self.is_on() {
            return;
        }
        self.peers.tick(context);
        self.show_own(directory, context);
        self.tick_nearby(context);
        let now = context.now.monotonic;
        let due = self.neighbours.iter();
        let due = due.filter(|(_, neighbour)| neighbour.is_asking && neighbour.compare_at <= now);
        let due: Vec<LinkId> = due.map(|(link, _)| *link).collect();
        for link in due {
            self.compare(link, context);
        }
    }

    /// Shows a neighbour that what it brings was purged here; returns whether it was.
    pub(in crate::engine) fn refuses(
        &mut self,
        arrived: &Arrived,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> bool {
        let Some(tombstone) = self.shelf.tombstone(&arrived.envelope.header().purge) else {
            return false;
        };
        let preimage = tombstone.preimage;
        if let Some(link) = arrived.link
            && let Some(neighbour) = self.neighbours.get_mut(&link)
        {
            neighbour.show_purge(preimage);
            self.pump(link, directory, context);
        }
        true
    }

    /// Passes an envelope that is kept on to the neighbours but the one that brought it.
    pub(super) fn pass_on(
        &mut self,
        record: &CarriedRecord,
        envelope: &Envelope,
        from: Option<LinkId>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        let links: Vec<LinkId> = self.neighbours.keys().copied().collect();
        for link in links.into_iter().filter(|link| Some(*link) != from) {
            let Some(neighbour) = self.neighbours.get_mut(&link) else {
                continue;
            };
            let is_contact = is_contact(&neighbour.peer, directory);
            if neighbour.holds(&record.id) {
                if is_contact && record.tier == Tier::Own {
                    neighbour.show(record.id);
                    self.pump(link, directory, context);
                }
                continue;
            }
            let kept = self.shelf.get(&record.id);
            if !kept.is_some_and(|kept| crate::carry::may_pass_on(kept, is_contact, now)) {
                neighbour.offer(record.id);
                self.pump(link, directory, context);
            } else if neighbour.has_credit() {
                self.hand_out(link, &record.id, envelope.as_bytes(), directory, context);
            } else {
                neighbour.want(record);
            }
        }
    }

    /// Tells the neighbours but the one that said so that something was purged.
    pub(super) fn tell_purge(
        &mut self,
        preimage: [u8; 32],
        from: Option<LinkId>,
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        for (link, neighbour) in &mut self.neighbours {
            if Some(*link) != from {
                neighbour.show_purge(preimage);
                neighbour.pump_small(*link, &self.shelf, false, now, context);
            }
        }
    }

    /// Sends an envelope to a neighbour, to be carried on if there are copies for it.
    pub(super) fn hand_out(
        &mut self,
        link: LinkId,
        id: &EnvelopeId,
        envelope: &[u8],
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let now = self.time(context);
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return;
        };
        let is_contact = is_contact(&neighbour.peer, directory);
        let (peer, bytes) = (neighbour.peer, envelope.len());
        if !self
            .peers
            .may_be_sent(peer, is_contact, bytes, context.now.monotonic)
        {
            return;
        }
        // Whoever asks again and again for what they have would use up what is for others.
        let spent = if neighbour.holds(id) {
            None
        } else {
            self.shelf.spend(id, is_contact, now)
        };
        if let Some((_, copies)) = spent {
            let envelope = *id;
            context.persist(Change::SpendCopies { envelope, copies });
        }
        if let Some(record) = self.shelf.get(id) {
            let given = spent.map(|(given, _)| given);
            neighbour.hold(*id);
            neighbour.send(
                link,
                &carried_envelope(record, envelope, given, now),
                context,
            );
        }
    }

    pub(super) fn pump(&mut self, link: LinkId, directory: &Directory, context: &mut Context<'_>) {
        let now = self.time(context);
        self.pump_notices(link, context);
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return;
        };
        let is_contact = is_contact(&neighbour.peer, directory);
        neighbour.pump_small(link, &self.shelf, is_contact, now, context);
        if neighbour.has_credit() && !neighbour.is_reading && neighbour.is_awaiting() {
            let next = neighbour.next_to_read(&self.shelf, READ_BYTES);
            if !next.is_empty() {
                neighbour.is_reading = true;
                self.read(Reading::Neighbour(link), next, READ_BYTES, context);
            }
        }
    }

    /// Begins to compare, if it is for us to do so.
    fn compare(&mut self, link: LinkId, context: &mut Context<'_>) {
        let Some(neighbour) = self.neighbours.get_mut(&link).filter(|one| one.is_asking) else {
            return;
        };
        neighbour.compare_at = context.now.monotonic + COMPARE_INTERVAL;
        context.wake(neighbour.compare_at);
        let ids = self.shelf.iter().map(|record| record.id);
        let (asking, first) = Asking::begin(ids, context.rng);
        neighbour.asking = Some(asking);
        neighbour.send(link, &CarryFrame::Begin(first), context);
    }

    /// Looks whether a neighbour may compare with us anew.
    fn may_begin(
        &mut self,
        link: LinkId,
        directory: &Directory,
        context: &Context<'_>,
    ) -> Result<(), String> {
        let Some(neighbour) = self.neighbours.get(&link) else {
            return Ok(());
        };
        let (peer, now) = (neighbour.peer, context.now.monotonic);
        // A link that is opened anew does not begin all anew.
        let is_contact = is_contact(&peer, directory);
        let is_soon = now < neighbour.compare_at && !neighbour.is_asking;
        if is_soon || !self.peers.allows(peer, is_contact, BEGIN_BYTES, now) {
            return Err("compares too often".to_owned());
        }
        Ok(())
    }

    /// Answers whoever compares with us.
    fn answer(
        &mut self,
        link: LinkId,
        bytes: &[u8],
        is_first: bool,
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return Ok(());
        };
        if neighbour.is_asking {
            return Err("compares on a link that it did not open".to_owned());
        }
        let answer = if is_first {
            neighbour.compare_at = context.now.monotonic + BEGIN_INTERVAL;
            let ids = self.shelf.iter().map(|record| record.id);
            let begun = Answering::begin(ids, bytes).map_err(|error| error.to_string())?;
            neighbour.answering = Some(begun.0);
            begun.1
        } else {
            let answering = neighbour.answering.as_mut();
            let answering = answering.ok_or("goes on comparing without having begun")?;
            answering.answer(bytes).map_err(|error| error.to_string())?
        };
        neighbour.send(link, &CarryFrame::Compared(answer), context);
        Ok(())
    }

    /// Takes what a neighbour answered when we compared.
    fn learn(
        &mut self,
        link: LinkId,
        bytes: &[u8],
        context: &mut Context<'_>,
    ) -> Result<(), String> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return Ok(());
        };
        let asking = neighbour
            .asking
            .as_mut()
            .ok_or("answers what was not asked")?;
        let progress = asking.take(bytes).map_err(|error| error.to_string())?;
        for id in progress.have {
            neighbour.lacks(&id);
            neighbour.offer(id);
        }
        for id in progress.need {
            neighbour.hold(id);
            neighbour.ask(id);
        }
        match progress.next {
            Some(next) => neighbour.send(link, &CarryFrame::Compare(next), context),
            None => neighbour.asking = None,
        }
        Ok(())
    }

    /// Chooses what to ask for of what a neighbour has.
    fn choose(
        &mut self,
        link: LinkId,
        offered: &[Offered],
        awaits: Awaits<'_>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return;
        };
        let is_contact = is_contact(&neighbour.peer, directory);
        let depositor = Self::depositor(&neighbour.peer, context);
        let (mut wanted, mut is_telling, mut held) = (Vec::new(), false, Vec::new());
        for offer in offered {
            neighbour.hold(offer.id);
            let brought = Brought {
                age: Duration::from_hours(offer.age_hours.into()),
                hops: offer.hops,
                copies: 0,
                tier: tier(is_contact, offer.hops),
                depositor,
            };
            match self
                .shelf
                .check(&offer.id, &offer.header, offer.bytes, &brought)
            {
                Err(Refused::Held) => held.push(offer),
                Err(Refused::Purged) => {
                    if let Some(tombstone) = self.shelf.tombstone(&offer.header.purge) {
                        neighbour.show_purge(tombstone.preimage);
                    }
                }
                Ok(()) if offer.is_given => wanted.push(offer.id),
                // Of what nobody would keep, that one is asked for tells that it is for us.
                Ok(()) | Err(Refused::Far | Refused::Full | Refused::Greedy)
                    if awaits(&offer.header.tag) =>
                {
                    wanted.push(offer.id);
                    is_telling = true;
                }
                Ok(()) | Err(Refused::Over | Refused::Far | Refused::Full | Refused::Greedy) => {}
            }
        }
        if is_telling {
            let after = EnvelopeId::new(context.rng.bytes());
            let others = neighbour.some_held(after);
            let others = others.filter(|id| self.shelf.get(id).is_none() && !wanted.contains(id));
            let decoys: Vec<EnvelopeId> = others.take(DECOYS).collect();
            wanted.extend(decoys);
            wanted.sort_unstable();
        }
        wanted.into_iter().for_each(|id| neighbour.request(id));
        for offer in held.into_iter().filter(|offer| offer.is_given) {
            self.adopt(link, &offer.id, offer.hops, directory, context);
        }
    }

    fn arrived(
        &mut self,
        link: LinkId,
        carried: &CarriedEnvelope,
        awaits: Awaits<'_>,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Result<Option<Arrived>, String> {
        let Some(neighbour) = self.neighbours.get_mut(&link) else {
            return Ok(None);
        };
        let bytes = carried.envelope.len();
        let is_contact = is_contact(&neighbour.peer, directory);
        let peer = neighbour.peer;
        let envelope =
            Envelope::from_bytes(&carried.envelope).map_err(|error| error.to_string())?;
        neighbour.hold(envelope.id());
        if carried.is_given {
            self.adopt(link, &envelope.id(), carried.hops, directory, context);
        }
        let now = context.now.monotonic;
        let is_allowed = self.peers.allows(peer, is_contact, bytes, now);
        // What is for us is looked at whatever others used up.
        if !is_allowed && !awaits(&envelope.tag()) || self.shelf.get(&envelope.id()).is_some() {
            return Ok(None);
        }
        Ok(Some(Arrived {
            link: Some(link),
            envelope,
            brought: Brought {
                age: Duration::from_millis(carried.age_millis),
                // What comes of a stranger is no friend's own wherever it goes on.
                hops: if is_contact {
                    carried.hops
                } else {
                    carried.hops.max(FIRST_HOPS_MAX)
                },
                copies: carried.copies,
                tier: tier(is_contact, carried.hops),
                depositor: Self::depositor(&peer, context),
            },
            is_given: carried.is_given,
        }))
    }

    /// The device at the end of a link, if it is a contact's.
    pub(in crate::engine) fn contact_at(
        &self,
        link: LinkId,
        directory: &Directory,
    ) -> Option<crate::id::DeviceId> {
        let neighbour = self.neighbours.get(&link)?;
        let device = directory.sought(&neighbour.peer)?;
        let person = directory.contact(&device.card.person)?;
        person.is_admitted().then_some(device.card.device)
    }
}

/// Whether a peer is a contact's device: its card was signed by the transport key that the connection proves.
pub(super) fn is_contact(peer: &TransportId, directory: &Directory) -> bool {
    let device = directory.sought(peer);
    let person = device.and_then(|device| directory.contact(&device.card.person));
    person.is_some_and(crate::record::ContactRecord::is_admitted)
}

/// For whom what a neighbour brings is kept.
pub(super) const fn tier(is_contact: bool, hops: u8) -> Tier {
    match (is_contact, hops <= FIRST_HOPS_MAX) {
        (true, true) => Tier::Contact,
        (true, false) => Tier::Friend,
        (false, _) => Tier::Stranger,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::carry::OWN_HOPS_MAX;

    #[test]
    fn what_a_contact_seals_is_kept_as_theirs_with_the_most_hops_that_it_begins_with_and_no_more() {
        // Whoever sealed it adds themselves to the hops that it begins with.
        assert_eq!(FIRST_HOPS_MAX, OWN_HOPS_MAX + 1);
        assert_eq!(tier(true, FIRST_HOPS_MAX), Tier::Contact);
        assert_eq!(tier(true, FIRST_HOPS_MAX + 1), Tier::Friend);
        for hops in [0, FIRST_HOPS_MAX, FIRST_HOPS_MAX + 1, u8::MAX] {
            assert_eq!(tier(false, hops), Tier::Stranger);
        }
    }
}
