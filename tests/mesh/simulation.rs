//! The simulation: mail goes over the contacts of a trace, as fast as a contact is and as a policy will.
//!
//! ```text
//!   contact begins --> each hears of what arrived --> queues of what the other lacks --> one transfer at a time,
//!   both directions by turns --> kept, and queued for whoever else is in reach
//! ```
//!
//! Invariants
//! - At one time transfers end first, then contacts begin and end, then mail is sent.
//! - Every transfer that begins is counted, whether or not it comes to its end; a device asks for nothing twice
//!   at once.
//! - What arrived is told at once and for nothing: a purge is 32 bytes beside thousands.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use tidings_protocol::carry::Quotas;

use crate::bits::Bits;
use crate::carrier::{Carrier, Parcel, Policy};
use crate::trace::{Change, Pair, SECOND, Trace};
use crate::traffic::{Mail, Traffic};

/// What a recipient fetches beside its own mail, so that nobody can tell which that is.
pub(crate) const DECOYS: usize = 32;

/// Under which conditions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    /// How fast a contact is, both directions together; absent: no transfer takes time.
    pub(crate) bytes_per_second: Option<u64>,
    /// How much room everybody has.
    pub(crate) quotas: Quotas,
    /// Whether decoys are transmitted, and counted with the rest.
    pub(crate) with_decoys: bool,
}

/// What came of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Result {
    /// Envelopes that were sent from one node to another.
    pub(crate) transmissions: u64,
    /// Decoys that were fetched, or would have been.
    pub(crate) decoys: u64,
    /// How often one told another of mail that it had arrived.
    pub(crate) purges: u64,
    /// Of each mail, after how many milliseconds it arrived.
    pub(crate) delays: Vec<Option<u64>>,
    /// The most that anybody kept at once.
    pub(crate) held_max: usize,
}

/// A transfer that has begun.
#[derive(Debug, Clone, Copy)]
struct Flight {
    mail: usize,
    from: usize,
    to: usize,
    began: u64,
    /// Absent: it is for whom it goes to.
    parcel: Option<Parcel>,
}

/// A contact.
#[derive(Debug)]
struct Link {
    pair: Pair,
    /// What is to go up, from the lower to the higher, and down.
    up: VecDeque<usize>,
    down: VecDeque<usize>,
    is_ups_turn: bool,
    flight: Option<Flight>,
}

/// A run.
#[derive(Debug)]
pub(crate) struct Simulation<'a> {
    traffic: &'a Traffic,
    setup: Setup,
    carriers: Vec<Carrier>,
    incoming: Vec<Bits>,
    neighbours: Vec<BTreeMap<usize, u64>>,
    links: BTreeMap<u64, Link>,
    links_so_far: u64,
    ends: BinaryHeap<Reverse<(u64, u64)>>,
    result: Result,
}

/// Runs a trace to its end.
pub(crate) fn run(trace: &Trace, traffic: &Traffic, policy: Policy, setup: Setup) -> Result {
    let mut simulation = Simulation::new(trace.nodes, traffic, policy, setup);
    let mut changes = trace.changes.iter().peekable();
    let mut mails = traffic.iter().peekable();
    loop {
        let end = simulation.ends.peek().map(|Reverse((at, _))| *at);
        let change = changes.peek().map(|change| change.at);
        let sent = mails.peek().map(|mail| mail.sent_at);
        let Some(now) = [end, change, sent].into_iter().flatten().min() else {
            return simulation.result;
        };
        if end == Some(now) {
            simulation.land(now);
        } else if let Some(change) = changes.next_if(|change| change.at == now) {
            simulation.change(change);
        } else if let Some(mail) = mails.next_if(|mail| mail.sent_at == now) {
            simulation.post(mail);
        }
    }
}

impl<'a> Simulation<'a> {
    fn new(nodes: usize, traffic: &'a Traffic, policy: Policy, setup: Setup) -> Self {
        let carrier = || Carrier::new(policy, setup.quotas);
        Self {
            traffic,
            setup,
            carriers: std::iter::repeat_with(carrier).take(nodes).collect(),
            incoming: vec![Bits::new(); nodes],
            neighbours: vec![BTreeMap::new(); nodes],
            links: BTreeMap::new(),
            links_so_far: 0,
            ends: BinaryHeap::new(),
            result: Result {
                delays: vec![None; traffic.len()],
                ..Result::default()
            },
        }
    }

    fn post(&mut self, mail: &Mail) {
        if let Some(carrier) = self.carriers.get_mut(mail.from) {
            carrier.post(mail);
        }
        self.queue_everywhere(mail, mail.from, mail.sent_at);
    }

    fn change(&mut self, change: &Change) {
        let (low, high) = change.pair;
        if !change.is_up {
            self.part(low, high);
            return;
        }
        self.links_so_far += 1;
        let number = self.links_so_far;
        for (one, other) in [(low, high), (high, low)] {
            if let Some(carrier) = self.carriers.get_mut(one) {
                carrier.expire(change.at, self.traffic);
            }
            if let Some(neighbours) = self.neighbours.get_mut(one) {
                neighbours.insert(other, number);
            }
        }
        self.tell_all(low, high, change.at);
        self.tell_all(high, low, change.at);
        let link = Link {
            pair: change.pair,
            up: self.lacking(low, high, change.at),
            down: self.lacking(high, low, change.at),
            is_ups_turn: true,
            flight: None,
        };
        self.links.insert(number, link);
        self.advance(number, change.at);
    }

    fn part(&mut self, low: usize, high: usize) {
        let mut number = None;
        for (one, other) in [(low, high), (high, low)] {
            let neighbours = self.neighbours.get_mut(one);
            number = neighbours.and_then(|neighbours| neighbours.remove(&other));
        }
        let link = number.and_then(|number| self.links.remove(&number));
        // What was on its way is lost, and with it its copies.
        if let Some(flight) = link.and_then(|link| link.flight)
            && let Some(incoming) = self.incoming.get_mut(flight.to)
        {
            incoming.remove(flight.mail);
        }
    }

    /// What one keeps and the other lacks: the other's own mail first, then the oldest.
    fn lacking(&self, from: usize, to: usize, now: u64) -> VecDeque<usize> {
        let (Some(giver), Some(taker)) = (self.carriers.get(from), self.carriers.get(to)) else {
            return VecDeque::new();
        };
        let lacking = giver.held().without(taker.held(), taker.buried());
        let (mut own, mut others) = (VecDeque::new(), VecDeque::new());
        for mail in lacking.filter_map(|number| self.traffic.get(number)) {
            if mail.to == to {
                own.push_back(mail.number);
            } else if giver.may_pass_on(mail, now) {
                others.push_back(mail.number);
            }
        }
        own.append(&mut others);
        own
    }

    /// One tells the other what it knows to have arrived and the other still keeps.
    fn tell_all(&mut self, from: usize, to: usize, now: u64) {
        let (Some(teller), Some(hearer)) = (self.carriers.get(from), self.carriers.get(to)) else {
            return;
        };
        if !teller.tells() {
            return;
        }
        let told: Vec<usize> = teller.buried().both(hearer.held()).collect();
        for mail in told
            .into_iter()
            .filter_map(|number| self.traffic.get(number))
        {
            self.tell(mail, to, now);
        }
    }

    /// A node hears that mail has arrived, and tells on whoever is in reach and keeps it.
    fn tell(&mut self, mail: &Mail, to: usize, now: u64) {
        let mut hearers = vec![to];
        while let Some(hearer) = hearers.pop() {
            let carrier = self.carriers.get_mut(hearer);
            if carrier.is_some_and(|carrier| carrier.purge(mail, now)) {
                self.result.purges += 1;
                hearers.extend(self.in_reach(hearer));
            }
        }
    }

    fn in_reach(&self, node: usize) -> Vec<usize> {
        let neighbours = self.neighbours.get(node).into_iter().flatten();
        neighbours.map(|(neighbour, _)| *neighbour).collect()
    }

    /// Offers what a node keeps from now on to whoever is in reach of it.
    fn queue_everywhere(&mut self, mail: &Mail, from: usize, now: u64) {
        let held = self
            .carriers
            .get(from)
            .map_or(0, |carrier| carrier.held().count());
        self.result.held_max = self.result.held_max.max(held);
        let neighbours = self.neighbours.get(from).cloned().unwrap_or_default();
        for (to, number) in neighbours {
            if let Some(link) = self.links.get_mut(&number) {
                let queue = if from < to {
                    &mut link.up
                } else {
                    &mut link.down
                };
                if mail.to == to {
                    queue.push_front(mail.number);
                } else {
                    queue.push_back(mail.number);
                }
            }
            self.advance(number, now);
        }
    }

    /// Begins the next transfer of a contact, if it is idle and there is one.
    fn advance(&mut self, number: u64, now: u64) {
        loop {
            let Some(link) = self.links.get_mut(&number) else {
                return;
            };
            if link.flight.is_some() {
                return;
            }
            let (low, high) = link.pair;
            let (up, down) = (link.up.front().copied(), link.down.front().copied());
            let is_up = up.is_some() && (link.is_ups_turn || down.is_none());
            let (from, to) = if is_up { (low, high) } else { (high, low) };
            let queue = if is_up { &mut link.up } else { &mut link.down };
            let Some(mail) = queue.pop_front() else {
                return;
            };
            let Some((flight, decoys)) = self.depart(mail, from, to, now) else {
                continue;
            };
            let lands = now + self.duration(mail, decoys);
            self.ends.push(Reverse((lands, number)));
            if let Some(link) = self.links.get_mut(&number) {
                link.flight = Some(flight);
                link.is_ups_turn = !is_up;
            }
        }
    }

    /// Takes mail out of a store to pass it on, if that still makes sense.
    fn depart(&mut self, mail: usize, from: usize, to: usize, now: u64) -> Option<(Flight, usize)> {
        let mail = self.traffic.get(mail)?;
        let taker = self.carriers.get(to)?;
        let incoming = self.incoming.get_mut(to)?;
        let is_known = taker.held().contains(mail.number) || taker.buried().contains(mail.number);
        let giver = self.carriers.get(from)?;
        let is_gone = mail.over_at <= now || !giver.held().contains(mail.number);
        if is_known || is_gone || incoming.contains(mail.number) {
            return None;
        }
        let (mut parcel, mut decoys) = (None, 0);
        if mail.to == to {
            if giver.tells() {
                decoys = giver.held().count().saturating_sub(1).min(DECOYS);
            }
        } else {
            let mut offer = giver.offer(mail, now)?;
            if !taker.would_keep(mail, offer, from) {
                return None;
            }
            offer.copies = self.carriers.get_mut(from)?.spend(mail, now)?;
            parcel = Some(offer);
        }
        incoming.insert(mail.number);
        let counted = u64::try_from(decoys).unwrap_or(u64::MAX);
        self.result.transmissions += 1;
        self.result.decoys += counted;
        if self.setup.with_decoys {
            self.result.transmissions += counted;
        } else {
            decoys = 0;
        }
        let flight = Flight {
            mail: mail.number,
            from,
            to,
            began: now,
            parcel,
        };
        Some((flight, decoys))
    }

    /// How long a transfer takes, its decoys included, which are as large.
    fn duration(&self, mail: usize, decoys: usize) -> u64 {
        let Some(bytes_per_second) = self.setup.bytes_per_second else {
            return 0;
        };
        let mail = self.traffic.get(mail);
        let bytes = mail.map_or(0, |mail| mail.envelope.as_bytes().len());
        let bytes = u64::try_from(bytes.saturating_mul(decoys + 1)).unwrap_or(u64::MAX);
        bytes
            .saturating_mul(SECOND)
            .div_ceil(bytes_per_second.max(1))
    }

    /// Ends the transfer that ends first, unless its contact has ended before.
    fn land(&mut self, now: u64) {
        let Some(Reverse((_, number))) = self.ends.pop() else {
            return;
        };
        let link = self.links.get_mut(&number);
        if let Some(flight) = link.and_then(|link| link.flight.take()) {
            self.arrive(flight, now);
            self.advance(number, now);
        }
    }

    fn arrive(&mut self, flight: Flight, now: u64) {
        let (Some(mail), Some(carrier), Some(incoming)) = (
            self.traffic.get(flight.mail),
            self.carriers.get_mut(flight.to),
            self.incoming.get_mut(flight.to),
        ) else {
            return;
        };
        incoming.remove(mail.number);
        if let Some(mut parcel) = flight.parcel {
            parcel.age += now - flight.began;
            if carrier.keep(mail, parcel, flight.from, now, self.traffic) {
                self.queue_everywhere(mail, flight.to, now);
            }
            return;
        }
        carrier.open(mail);
        let tells = carrier.tells();
        if let Some(delay) = self.result.delays.get_mut(mail.number)
            && mail.over_at > now
        {
            *delay = Some(now - mail.sent_at);
        }
        if tells {
            for hearer in self.in_reach(flight.to) {
                self.tell(mail, hearer, now);
            }
        }
    }
}

#[cfg(test)]
mod tests;
