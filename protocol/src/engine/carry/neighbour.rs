//! One neighbour: a peer with whom we compare what is carried, and what it has yet to be sent.
//!
//! Invariants
//! - What is queued for a neighbour is ids, and no more of them than named; envelopes are read when they can go out.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

use super::nearby::Notices;
use crate::carry::{
    Answering, Asking, Brought, CarriedEnvelope, CarryFrame, OFFERS_MAX, Offered, PURGES_MAX,
    Shelf, WANTED_MAX, age, may_pass_on,
};
use crate::engine::context::Context;
use crate::engine::fill::{Fills, Queue};
use crate::engine::{Effect, LinkId};
use crate::envelope::Envelope;
use crate::envelope::Priority;
use crate::id::{EnvelopeId, TransportId};
use crate::record::CarriedRecord;
use crate::time::{CarryTime, Monotonic, whole_hours};

/// Bytes handed to a link and not known to be written, after which nothing more is handed to it.
pub(in crate::engine) const CREDIT_BYTES: usize = 256 * 1024;
/// Envelopes that wait to be offered to one neighbour, or to be asked of it.
pub(in crate::engine) const OFFERS_QUEUED_MAX: usize = 8_192;
/// Envelopes that one neighbour asked for and that are yet to be sent.
pub(in crate::engine) const WANTED_QUEUED_MAX: usize = 8_192;
/// Envelopes that one neighbour is known to hold.
pub(in crate::engine) const HELD_MAX: usize = 16_384;
/// How often a neighbour may have us compare anew.
pub(super) const BEGIN_INTERVAL: Duration = Duration::from_secs(30);

/// An envelope that a neighbour brought.
#[derive(Debug)]
pub(in crate::engine) struct Arrived {
    /// From whom; absent when it came otherwise.
    pub(in crate::engine) link: Option<LinkId>,
    pub(in crate::engine) envelope: Envelope,
    pub(in crate::engine) brought: Brought,
    /// Whether it is given to be carried on.
    pub(in crate::engine) is_given: bool,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Neighbour {
    pub(super) peer: TransportId,
    /// Whether we opened the link, and so do the comparing.
    pub(super) is_asking: bool,
    pub(super) asking: Option<Asking>,
    pub(super) answering: Option<Answering>,
    /// When we compare again, or let them.
    pub(super) compare_at: Monotonic,
    /// When what is ours is shown them anew.
    pub(super) show_at: Monotonic,
    pub(super) is_reading: bool,
    shown: VecDeque<EnvelopeId>,
    offers: VecDeque<EnvelopeId>,
    tells: VecDeque<EnvelopeId>,
    requests: VecDeque<EnvelopeId>,
    purges: Vec<[u8; 32]>,
    /// What of what is said nearby goes to them; absent while they did not say that it is welcome.
    pub(super) notices: Option<Notices>,
    wanted: BTreeSet<(Priority, EnvelopeId)>,
    holds: BTreeSet<EnvelopeId>,
    unwritten: usize,
}

impl Neighbour {
    pub(super) const fn new(peer: TransportId, is_asking: bool, now: Monotonic) -> Self {
        Self {
            peer,
            is_asking,
            asking: None,
            answering: None,
            compare_at: now,
            show_at: now,
            is_reading: false,
            shown: VecDeque::new(),
            offers: VecDeque::new(),
            tells: VecDeque::new(),
            requests: VecDeque::new(),
            purges: Vec::new(),
            notices: None,
            wanted: BTreeSet::new(),
            holds: BTreeSet::new(),
            unwritten: 0,
        }
    }

    /// Notes that they hold an envelope.
    pub(super) fn hold(&mut self, id: EnvelopeId) {
        if self.holds.len() >= HELD_MAX {
            // Some is told them again.
            self.holds.pop_first();
        }
        self.holds.insert(id);
    }

    /// Notes that they do not hold an envelope after all.
    pub(super) fn lacks(&mut self, id: &EnvelopeId) {
        self.holds.remove(id);
    }

    pub(super) fn holds(&self, id: &EnvelopeId) -> bool {
        self.holds.contains(id)
    }

    /// Some of what they hold, from `after` on and around: so that what is wanted is not alone.
    pub(super) fn some_held(&self, after: EnvelopeId) -> impl Iterator<Item = EnvelopeId> + '_ {
        let later = self.holds.range(after..);
        later.chain(self.holds.range(..after)).copied()
    }

    /// Has an envelope be offered to them.
    pub(super) fn offer(&mut self, id: EnvelopeId) {
        if self.offers.len() < OFFERS_QUEUED_MAX {
            self.offers.push_back(id);
        }
    }

    /// Has an envelope be offered to them whether they hold it or not; if they ask for it, they do not.
    pub(super) fn show(&mut self, id: EnvelopeId) {
        self.lacks(&id);
        if self.shown.len() < OFFERS_QUEUED_MAX {
            self.shown.push_back(id);
        }
    }

    /// Has them be asked for an offer.
    pub(super) fn ask(&mut self, id: EnvelopeId) {
        if self.tells.len() < OFFERS_QUEUED_MAX {
            self.tells.push_back(id);
        }
    }

    /// Has them be asked for an envelope.
    pub(super) fn request(&mut self, id: EnvelopeId) {
        if self.requests.len() < OFFERS_QUEUED_MAX {
            self.requests.push_back(id);
        }
    }

    /// Has them be shown what purges envelopes.
    pub(super) fn show_purge(&mut self, preimage: [u8; 32]) {
        if self.purges.len() < OFFERS_QUEUED_MAX {
            self.purges.push(preimage);
        }
    }

    /// Has an envelope be sent to them.
    pub(super) fn want(&mut self, record: &CarriedRecord) {
        if self.wanted.len() < WANTED_QUEUED_MAX {
            self.wanted.insert((record.header.priority, record.id));
        }
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let said = [&self.shown, &self.offers, &self.tells, &self.requests].map(VecDeque::len);
        for waiting in said.into_iter().chain([self.purges.len()]) {
            fills.note(Queue::ToSay, waiting, OFFERS_QUEUED_MAX);
        }
        fills.note(Queue::ToSend, self.wanted.len(), WANTED_QUEUED_MAX);
        fills.note(Queue::NeighbourHolds, self.holds.len(), HELD_MAX);
        if let Some(notices) = &self.notices {
            notices.fill(fills);
        }
    }

    pub(super) const fn has_credit(&self) -> bool {
        self.unwritten < CREDIT_BYTES
    }

    pub(super) const fn drained(&mut self, bytes: usize) {
        self.unwritten = self.unwritten.saturating_sub(bytes);
    }

    /// Hands a frame to the link.
    pub(super) fn send(&mut self, link: LinkId, frame: &CarryFrame, context: &mut Context<'_>) {
        let frame = frame.to_bytes();
        self.unwritten = self.unwritten.saturating_add(frame.len());
        context.effect(Effect::Send { link, frame });
    }

    /// Sends what is small, as far as there is credit.
    pub(super) fn pump_small(
        &mut self,
        link: LinkId,
        shelf: &Shelf,
        is_contact: bool,
        now: CarryTime,
        context: &mut Context<'_>,
    ) {
        while self.has_credit() {
            let frame = if !self.purges.is_empty() {
                let rest = self.purges.split_off(self.purges.len().min(PURGES_MAX));
                CarryFrame::Purge(std::mem::replace(&mut self.purges, rest))
            } else if !self.tells.is_empty() {
                let some = self.tells.len().min(WANTED_MAX);
                CarryFrame::Tell(self.tells.drain(..some).collect())
            } else if !self.requests.is_empty() {
                let some = self.requests.len().min(WANTED_MAX);
                CarryFrame::Want(self.requests.drain(..some).collect())
            } else if !self.shown.is_empty() || !self.offers.is_empty() {
                let ids = self.next_offers();
                let held = ids.iter().filter_map(|id| shelf.get(id));
                let offered: Vec<Offered> = held
                    .map(|record| offered(record, is_contact, now))
                    .collect();
                if offered.is_empty() {
                    continue;
                }
                CarryFrame::Offer(offered)
            } else {
                return;
            };
            self.send(link, &frame, context);
        }
    }

    /// Which envelopes to offer next: those that are shown whatever they hold, and then those that they lack.
    fn next_offers(&mut self) -> Vec<EnvelopeId> {
        if !self.shown.is_empty() {
            let some = self.shown.len().min(OFFERS_MAX);
            return self.shown.drain(..some).collect();
        }
        let some = self.offers.len().min(OFFERS_MAX);
        let offers = self.offers.drain(..some);
        offers.filter(|id| !self.holds.contains(id)).collect()
    }

    /// Which envelopes to read next for them, the most urgent first: no more than so many bytes
    /// of them, or one.
    pub(super) fn next_to_read(&mut self, shelf: &Shelf, bytes: usize) -> Vec<EnvelopeId> {
        let (mut next, mut left) = (Vec::new(), bytes);
        while let Some((priority, id)) = self.wanted.pop_first() {
            let Some(record) = shelf.get(&id) else {
                continue;
            };
            if !next.is_empty() && record.bytes > left {
                // What is beyond would not be read.
                self.wanted.insert((priority, id));
                break;
            }
            next.push(id);
            left = left.saturating_sub(record.bytes);
        }
        next
    }

    /// Whether something waits to be read for them.
    pub(super) fn is_awaiting(&self) -> bool {
        !self.wanted.is_empty()
    }
}

/// What is said of an envelope that can be had here.
fn offered(record: &CarriedRecord, is_contact: bool, now: CarryTime) -> Offered {
    Offered {
        id: record.id,
        header: record.header,
        bytes: record.bytes,
        age_hours: whole_hours(age(record, now)),
        hops: record.hops.saturating_add(1),
        is_given: may_pass_on(record, is_contact, now),
    }
}

/// An envelope as it goes to a neighbour who is to pass it on to so many; nothing: to read it only.
pub(super) fn carried_envelope(
    record: &CarriedRecord,
    envelope: &[u8],
    copies: Option<u8>,
    now: CarryTime,
) -> CarryFrame {
    let age = age(record, now).as_millis();
    CarryFrame::Carry(CarriedEnvelope {
        age_millis: u64::try_from(age).unwrap_or(u64::MAX),
        hops: record.hops.saturating_add(1),
        copies: copies.unwrap_or(0),
        is_given: copies.is_some(),
        envelope: envelope.to_vec().into(),
    })
}

#[cfg(test)]
mod tests;
