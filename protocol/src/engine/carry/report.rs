//! What is said of carrying, and of whom our mail can be sealed to, to whoever looks after a node.
//!
//! Invariants
//! - Nothing secret is in a report; whatever is in it may be shown to our person.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::deposits::Deposits;
use super::meeting::{STRANGERS_MAX, is_contact};
use super::{Carry, Reading};
use crate::carry::{Quotas, TOMBSTONES_MAX, Tier, Used};
use crate::engine::directory::Directory;
use crate::engine::fill::{Fills, Queue};
use crate::engine::mail::{DORMANT_AFTER, pace};
use crate::engine::replicas::Replicas;
use crate::engine::{Engine, LinkId};
use crate::id::{ActorId, ConversationId, DeviceId, EnvelopeId, PersonId, TransportId};
use crate::pair::Pair;
use crate::time::{CarryTime, Now, WallTime};

/// What a device carries, what of its own others carry, and to whom it can seal more.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CarryReport {
    /// How long it has run, all runs together: by this, what it carries ages.
    pub time: CarryTime,
    /// How much room there is for what others bring; absent: it carries nothing and seals nothing.
    pub quotas: Option<Quotas>,
    /// What it keeps for others.
    pub others: Used,
    /// What it keeps, by for whom.
    pub tiers: BTreeMap<Tier, Used>,
    /// What it keeps of its own.
    pub own: Used,
    /// What changes with what it keeps, and with what it remembers as purged.
    pub digest: [u8; 32],
    /// The neighbours with whom it compares, one for each link.
    pub neighbours: Vec<TransportId>,
    /// Envelopes of ours with what our person did, in all.
    pub under_way: UnderWay,
    /// Those for each person.
    pub of_people: BTreeMap<PersonId, UnderWay>,
    /// Those of each conversation.
    pub of_conversations: BTreeMap<ConversationId, UnderWay>,
    /// The devices of contacts and of those who share a room with us.
    pub addressees: Vec<Addressee>,
}

/// Envelopes of ours that nobody is known to have opened.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UnderWay {
    /// How many.
    pub envelopes: usize,
    /// How many of them a contact's device promised to keep.
    pub promised: usize,
    /// Which devices did, and until when the last of what each keeps.
    pub holders: BTreeMap<DeviceId, CarryTime>,
}

/// That a device promised to keep what our person did, for somebody it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Promise {
    /// For whom.
    pub person: PersonId,
    /// Which device promised it.
    pub holder: DeviceId,
    /// Whose that is; absent: of nobody known any more.
    pub keeper: Option<PersonId>,
    /// For how much longer, in the last of the envelopes with it that the device keeps.
    pub left: Duration,
}

/// A device that what our person writes may be sealed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addressee {
    /// Which.
    pub device: DeviceId,
    /// Whose.
    pub person: PersonId,
    /// By what it is known on the network.
    pub peer: TransportId,
    /// When something was last heard of it, by our clock; absent: never, or before that was noted.
    pub heard_at: Option<WallTime>,
    /// Whether it was silent for so long that nothing is sealed to it until it is met in a session.
    pub is_dormant: bool,
    /// How many more envelopes can be sealed to it before one of those under way is known to have come; absent:
    /// none at all, as the two share no secret yet.
    pub places: Option<u64>,
    /// How long what is written to its person now waits for more that goes with it, since so much is under way.
    pub pace: Duration,
}

impl Engine {
    /// What this device carries, and to whom it can seal more.
    #[must_use]
    pub fn carrying(&self, now: Now) -> CarryReport {
        let mut report = self.carry.report(now);
        report.count(self.carry.deposits(), &actors(&self.replicas));
        report.addressees = self.addressees(now.wall);
        report
    }

    /// Who promised to keep what an actor of ours did under a number, ascending by whom it is for.
    #[must_use]
    pub fn promises(&self, actor: ActorId, seq: u64, now: Now) -> Vec<Promise> {
        let (deposits, time) = (self.carry.deposits(), self.carry.at(now.monotonic));
        let mut last = BTreeMap::<(PersonId, DeviceId), CarryTime>::new();
        for deposit in deposits.of_actor(actor) {
            let enclosed = deposit.enclosed.map(|one| one.first..=one.last);
            if !enclosed.is_some_and(|numbers| numbers.contains(&seq)) {
                continue;
            }
            for (holder, until) in deposits.holders(&deposit.envelope) {
                for person in &deposit.people {
                    let last = last.entry((*person, holder)).or_default();
                    *last = until.max(*last);
                }
            }
        }
        let promises = last.into_iter();
        let promises = promises.map(|((person, holder), until)| Promise {
            person,
            holder,
            keeper: self
                .directory
                .device(&holder)
                .map(|device| device.card.person),
            left: until.since(time),
        });
        promises.filter(|one| !one.left.is_zero()).collect()
    }

    fn addressees(&self, now: WallTime) -> Vec<Addressee> {
        let contacts = self.directory.people().map(|contact| contact.person);
        let people: BTreeSet<PersonId> = contacts.chain(self.directory.everyone()).collect();
        let devices = people
            .into_iter()
            .flat_map(|person| self.directory.placed(person));
        let addressee = devices.map(|device| {
            let (device, person, peer) = (
                device.card.device,
                device.card.person,
                device.card.transport,
            );
            let pair = self.pairs.get(&device);
            Addressee {
                device,
                person,
                peer,
                heard_at: pair.and_then(Pair::heard_at),
                is_dormant: self.pairs.is_dormant(&device, DORMANT_AFTER, now),
                places: pair.and_then(Pair::places),
                pace: pace(self.carry.deposits().letters_to(device)),
            }
        });
        addressee.collect()
    }
}

impl Carry {
    /// Says how full it is.
    pub(in crate::engine) fn fill(&self, directory: &Directory, fills: &mut Fills) {
        let size = |bytes| usize::try_from(bytes).unwrap_or(usize::MAX);
        if let Some(quotas) = self.quotas {
            for tier in Tier::ALL.into_iter().filter(|tier| *tier != Tier::Own) {
                let used = self.shelf.used(tier);
                let most = quotas.envelopes_of(tier);
                fills.note(Queue::Carried, used.envelopes, most);
                let most = size(quotas.bytes_of(tier));
                fills.note(Queue::CarriedBytes, size(used.bytes), most);
            }
            for used in self.shelf.brought() {
                let most = quotas.depositor_envelopes;
                fills.note(Queue::Brought, used.envelopes, most);
                let most = size(quotas.depositor_bytes);
                fills.note(Queue::BroughtBytes, size(used.bytes), most);
            }
        }
        fills.note(Queue::Tombstones, self.shelf.tombstones(), TOMBSTONES_MAX);
        self.deposits.fill(fills);
        self.peers.fill(fills);
        self.nearby.fill(fills);
        let neighbours = self.neighbours.values();
        let strange = neighbours.filter(|one| !is_contact(&one.peer, directory));
        fills.note(Queue::StrangeNeighbours, strange.count(), STRANGERS_MAX);
        for neighbour in self.neighbours.values() {
            neighbour.fill(fills);
        }
        let mut reads: BTreeMap<LinkId, usize> = BTreeMap::new();
        for reading in self.reading.values() {
            match reading {
                Reading::Neighbour(link) => *reads.entry(*link).or_default() += 1,
                Reading::Us => {}
            }
        }
        for reads in reads.into_values() {
            fills.note(Queue::Reads, reads, 1);
        }
    }

    fn report(&self, now: Now) -> CarryReport {
        let tiers = Tier::ALL.map(|tier| (tier, self.shelf.used(tier)));
        let mut others = Used::default();
        for (_, used) in tiers.iter().filter(|(tier, _)| *tier != Tier::Own) {
            others.bytes = others.bytes.saturating_add(used.bytes);
            others.envelopes = others.envelopes.saturating_add(used.envelopes);
        }
        let neighbours = self.neighbours.values();
        CarryReport {
            time: self.at(now.monotonic),
            quotas: self.quotas,
            others,
            tiers: tiers.into(),
            own: self.shelf.used(Tier::Own),
            digest: self.shelf.digest(),
            neighbours: neighbours.map(|neighbour| neighbour.peer).collect(),
            ..CarryReport::default()
        }
    }
}

impl CarryReport {
    /// Counts what is under way, these being our actors.
    fn count(&mut self, deposits: &Deposits, actors: &BTreeMap<ActorId, ConversationId>) {
        for deposit in deposits.iter() {
            let Some(enclosed) = deposit.enclosed else {
                continue;
            };
            let id = deposit.envelope;
            self.under_way.add(&id, deposits);
            for person in &deposit.people {
                self.of_people
                    .entry(*person)
                    .or_default()
                    .add(&id, deposits);
            }
            if let Some(conversation) = actors.get(&enclosed.actor) {
                let of_conversation = self.of_conversations.entry(*conversation);
                of_conversation.or_default().add(&id, deposits);
            }
        }
    }
}

impl UnderWay {
    fn add(&mut self, id: &EnvelopeId, deposits: &Deposits) {
        self.envelopes += 1;
        self.promised += usize::from(deposits.is_promised(id));
        for (holder, until) in deposits.holders(id) {
            let last = self.holders.entry(holder).or_default();
            *last = until.max(*last);
        }
    }
}

/// In which conversation each of our actors writes.
fn actors(replicas: &Replicas) -> BTreeMap<ActorId, ConversationId> {
    let own = replicas.all().flat_map(|replica| {
        let own = replica.own_actors().into_iter();
        own.map(|actor| (actor, replica.conversation()))
    });
    own.collect()
}
