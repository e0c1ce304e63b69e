//! The world: some devices, the network between them, and one clock, all from one seed.
//!
//! ```text
//!            happenings, by time
//!   network ---------------------> device.input -> device.turn
//!      ^                                              |
//!      +------------------ effects -------------------+
//! ```
//!
//! Engine, gate and store of each device are the real ones. Time jumps from one happening to the
//! next, so that hours cost nothing.
//!
//! Invariants
//! - The same seed and the same calls give the same world.
//! - Nothing waits for real time, and nothing runs beside it.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a broken assumption must stop the test"
)]

/// An enum that has a list of all its variants.
macro_rules! listed {
    ($(#[$about:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident,)* }) => {
        $(#[$about])*
        pub enum $name {
            $($(#[$doc])* $variant,)*
        }

        impl $name {
            /// Every one.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

mod audit;
mod bounds;
mod bug;
mod carriers;
mod carrying;
mod control;
mod device;
mod disk;
mod holdings;
mod ledger;
mod meddling;
mod meetings;
mod mischief;
mod network;
mod notice;
mod person;
mod room;
mod said;
mod sibling;
mod stranger;
mod tally;
mod traitor;
mod weather;

use std::collections::{BTreeMap, BTreeSet};

use tidings_protocol::engine::{Effect, Input, LinkPurpose, LoadId};
use tidings_protocol::id::{EnvelopeId, PersonId, Tag, TransportId};
use tidings_protocol::operation::SignedOperation;

pub use crate::chance::{Chance, for_each_seed};
pub use audit::{Shown, heads};
pub use bug::{Bug, Scene};
pub use carriers::Carried;
use device::EPOCH_MILLIS;
pub use device::{CrashPoint, Device};
pub use disk::{CommitFault, Disk};
pub use mischief::Mischief;
pub use network::{Weather, WireId};
pub use notice::every_bug_is_noticed;
pub use person::Asked;
pub use room::View;
pub use said::Said;
pub use stranger::{Held, Stranger};
pub use tally::{Fault, Tally};
pub use traitor::Traitor;

use meetings::Meetings;
use mischief::Villain;
use network::{ConnectionId, End, Network, Party};

/// Bytes written to a link before its engine hears of it, as in the driver.
const DRAINED_BYTES: usize = 256 * 1024;
/// Timers that lie further ahead than this don't keep a world from its rest.
const REST_MILLIS: u64 = 400_000;
/// How long a device that crashed stays down, in milliseconds.
const RESTART_MILLIS: u64 = 3_000;
/// Happenings after which a world that finds no rest is taken for broken.
const HAPPENINGS_MAX: u64 = 100_000;

/// Happenings after which all queues are looked at.
const QUEUES_CHECKED_EVERY: u64 = 512;

/// Something that is going to happen.
#[derive(Debug)]
enum Happening {
    Dial(usize, usize),
    Connected(ConnectionId, usize),
    Lost(ConnectionId, usize),
    Opened(WireId, usize),
    Frame(WireId, usize, Vec<u8>),
    Drained(WireId, usize, usize),
    Closed(WireId, usize),
    /// The rest is for one run of one device.
    Unreachable(usize, u64, Tag),
    Unopened(usize, u64, TransportId),
    CarryUnopened(usize, u64, TransportId),
    Loaded(usize, u64, LoadId, Vec<SignedOperation>),
    EnvelopesLoaded(usize, u64, LoadId, Vec<(EnvelopeId, Vec<u8>)>),
    Committed(usize, u64),
    Timer(usize, u64, u64),
}

/// Some devices and what is between them.
#[derive(Debug)]
pub struct World {
    /// The devices, by number.
    pub devices: Vec<Device>,
    /// How the network behaves from now on.
    pub weather: Weather,
    /// Where everything random comes from.
    pub chance: Chance,
    now: u64,
    happenings: BTreeMap<(u64, u64), Happening>,
    /// When something other than a timer last happened.
    busy_at: u64,
    count: u64,
    /// When each device is woken.
    timers: BTreeMap<usize, (u64, u64)>,
    network: Network,
    asked: Vec<Asked>,
    tally: Tally,
    bug: Option<Bug>,
    /// Devices of which the audit asks nothing.
    traitors: BTreeSet<usize>,
    meetings: Meetings,
    /// Pairs of devices that find each other whether or not they know each other.
    near: BTreeSet<(usize, usize)>,
    /// What hostile carriers do, by device.
    mischief: BTreeMap<usize, Villain>,
    /// Who heard something false of whom, of what is carried.
    meddled: BTreeSet<(usize, TransportId)>,
    /// The streams of peers that nobody knows.
    besiegers: Vec<WireId>,
    /// Envelopes that were looked through for names.
    scanned: BTreeSet<EnvelopeId>,
}

impl World {
    /// A world without anyone in it.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            devices: Vec::new(),
            weather: Weather::CALM,
            chance: Chance::new(seed),
            now: 0,
            happenings: BTreeMap::new(),
            busy_at: 0,
            count: 0,
            timers: BTreeMap::new(),
            network: Network::default(),
            asked: Vec::new(),
            tally: Tally::default(),
            bug: None,
            traitors: BTreeSet::new(),
            meetings: Meetings::default(),
            near: BTreeSet::new(),
            mischief: BTreeMap::new(),
            meddled: BTreeSet::new(),
            besiegers: Vec::new(),
            scanned: BTreeSet::new(),
        }
    }

    /// Adds a person with one device, and starts it.
    pub fn add(&mut self, name: &str, disk: Disk) -> usize {
        let chance = Chance::new(self.chance.within(0..=u64::MAX));
        let index = self.devices.len();
        self.devices.push(Device::create(name, disk, chance));
        self.start(index);
        index
    }

    /// Adds another device of a device's person, and starts it.
    pub fn add_sibling(&mut self, of: usize, disk: Disk) -> usize {
        let chance = Chance::new(self.chance.within(0..=u64::MAX));
        let index = self.devices.len();
        let person = self.devices[of].person;
        let siblings = self.devices_of(person).len();
        let number = u64::try_from(siblings).expect("they are few") + 1;
        let sibling = self.devices[of].sibling(number, disk, chance);
        self.devices.push(sibling);
        self.start(index);
        index
    }

    /// The devices of a person.
    #[must_use]
    pub fn devices_of(&self, person: PersonId) -> Vec<usize> {
        let devices = 0..self.devices.len();
        let theirs = devices.filter(|device| self.devices[*device].person == person);
        theirs.collect()
    }

    /// Milliseconds since the world began.
    #[must_use]
    pub const fn now(&self) -> u64 {
        self.now
    }

    /// Lets the next thing happen; false if nothing is going to before `until`.
    pub fn step(&mut self, until: u64) -> bool {
        let Some(entry) = self.happenings.first_entry() else {
            return false;
        };
        if entry.key().0 > until {
            return false;
        }
        let ((at, number), happening) = entry.remove_entry();
        self.pass(at);
        self.tally
            .note((at, number, std::mem::discriminant(&happening)));
        if !matches!(happening, Happening::Timer(..)) {
            self.busy_at = at;
        }
        self.happen(happening);
        if self.count.is_multiple_of(QUEUES_CHECKED_EVERY) {
            self.check_queues();
        }
        true
    }

    /// Lets everything happen that does within so many milliseconds.
    pub fn run_for(&mut self, millis: u64) {
        let until = self.now.saturating_add(millis);
        while self.step(until) {}
        self.pass(until);
    }

    /// Lets everything happen until only distant timers are left. Who crashes meanwhile is started
    /// again after a while.
    pub fn rest(&mut self) {
        if self.devices.iter().any(|device| device.quotas.is_some()) {
            return self.rest_of_carriers();
        }
        let enough = self.count.saturating_add(HAPPENINGS_MAX);
        while self.step(self.now.saturating_add(REST_MILLIS)) {
            assert!(self.count < enough, "the world finds no rest");
            if self.is_at_rest() {
                return;
            }
            if self.devices.iter().any(|device| !device.is_up()) {
                self.run_for(RESTART_MILLIS);
                self.start_all();
            }
        }
    }

    /// Whether nothing but timers happened for long, nor will soon: many devices that look at something each hour
    /// do so at one time or another.
    fn is_at_rest(&self) -> bool {
        let soon = ..(self.now.saturating_add(REST_MILLIS), 0);
        let mut soon = self.happenings.range(soon).map(|(_, happening)| happening);
        self.now > self.busy_at.saturating_add(REST_MILLIS)
            && soon.all(|happening| matches!(happening, Happening::Timer(..)))
    }

    /// Starts a device on what its disk holds.
    pub fn start(&mut self, index: usize) {
        self.devices[index].start(self.now);
        self.turn(index);
        let keepers = 0..self.devices.len();
        for keeper in keepers.filter(|keeper| *keeper != index) {
            self.dial_soon(keeper, index);
        }
        self.ask_again(index);
    }

    /// Plants a bug in everything around the engines, from now on.
    pub fn plant(&mut self, bug: Bug) {
        self.bug = Some(bug);
        for device in &mut self.devices {
            device.plant(bug);
        }
    }

    /// Asks nothing of a device in the audit from now on.
    pub fn distrust(&mut self, device: usize) {
        self.traitors.insert(device);
    }

    /// Whether this bug was planted, and it strikes now: every so many happenings.
    fn strikes(&self, bug: Bug, every: u64) -> bool {
        self.bug == Some(bug) && self.count.is_multiple_of(every)
    }

    /// What went wrong so far, and what happened.
    #[must_use]
    pub const fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Sets how far a device's clock is off, in milliseconds.
    pub fn set_clock(&mut self, index: usize, error: i64) {
        self.devices[index].clock_error = error;
        self.tally.count(Fault::ClockJump);
    }

    /// Sets a device's clock back to the beginning of 1970.
    pub fn reset_clock(&mut self, index: usize) {
        let since = EPOCH_MILLIS.saturating_add(self.now);
        self.devices[index].clock_error = -i64::try_from(since).unwrap_or(i64::MAX);
        self.tally.count(Fault::ClockReset);
    }

    /// Takes everything but its disk from a device.
    pub fn crash(&mut self, index: usize) {
        self.tally.count(Fault::Crash);
        let came_through = self.chance.one_in(2);
        self.devices[index].crash(came_through);
        for connection in self.network.of_device(index) {
            self.cut_connection(connection);
        }
    }

    /// Ends a device that crashed in its turn, of a failed commit or of what was planned for it.
    fn crash_of_commit(&mut self, index: usize) {
        match self.devices[index].disk.take_failure() {
            Some(CommitFault::Lost) => self.tally.count(Fault::CommitLost),
            Some(CommitFault::Kept) => self.tally.count(Fault::CommitKept),
            None => {}
        }
        self.crash(index);
    }

    /// Starts every device that is down.
    pub fn start_all(&mut self) {
        for index in 0..self.devices.len() {
            if !self.devices[index].is_up() {
                self.start(index);
            }
        }
    }

    /// Hands a fact to a device as its driver would.
    pub fn input(&mut self, index: usize, input: Input) {
        self.devices[index].input(input, self.now);
        self.turn(index);
    }

    /// Lets time go on until then, if it has not.
    fn pass(&mut self, until: u64) {
        let millis = until.saturating_sub(self.now);
        self.tally.lived(self.devices.len(), millis);
        self.now = self.now.max(until);
    }

    fn at(&mut self, at: u64, happening: Happening) {
        self.count += 1;
        self.happenings.insert((at, self.count), happening);
    }

    fn party(&self, index: usize) -> Party {
        Party::Device {
            index,
            incarnation: self.devices[index].incarnation,
        }
    }

    /// Whether this run of this device is still the one that runs.
    fn runs(&self, index: usize, incarnation: u64) -> bool {
        let device = &self.devices[index];
        device.is_up() && device.incarnation == incarnation
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Dial(from, to) => self.dial(from, to),
            Happening::Connected(connection, side) => self.connected(connection, side),
            Happening::Lost(connection, side) => self.lost(connection, side),
            Happening::Opened(wire, side) => self.opened(wire, side),
            Happening::Frame(wire, side, bytes) => self.arrived(wire, side, bytes),
            Happening::Drained(wire, side, bytes) => self.drained(wire, side, bytes),
            Happening::Closed(wire, side) => self.closed(wire, side),
            Happening::Unreachable(index, incarnation, tag) => {
                if self.runs(index, incarnation) {
                    self.input(index, Input::Unreachable { tag });
                }
            }
            Happening::Unopened(index, incarnation, peer) => {
                if self.runs(index, incarnation) {
                    self.input(index, Input::Unopened { peer });
                }
            }
            Happening::CarryUnopened(index, incarnation, peer) => {
                if self.runs(index, incarnation) {
                    self.input(index, Input::CarryUnopened { peer });
                }
            }
            Happening::EnvelopesLoaded(index, incarnation, load, envelopes) => {
                if self.runs(index, incarnation) {
                    self.input(index, Input::EnvelopesLoaded { load, envelopes });
                }
            }
            Happening::Loaded(index, incarnation, load, operations) => {
                if self.runs(index, incarnation) {
                    let skipped = usize::from(self.strikes(Bug::SkipsOperations, 1));
                    let operations = operations.into_iter().skip(skipped).collect();
                    self.input(index, Input::Loaded { load, operations });
                }
            }
            Happening::Committed(index, incarnation) => {
                if self.runs(index, incarnation) {
                    if self.devices[index].committed(self.now) {
                        self.turn(index);
                    } else {
                        self.crash_of_commit(index);
                    }
                }
            }
            Happening::Timer(index, incarnation, at) => {
                let asleep = self.strikes(Bug::SleepsThroughTimers, 1);
                if self.runs(index, incarnation) && self.devices[index].timer_is_due(at) && !asleep
                {
                    self.input(index, Input::Tick);
                }
            }
        }
    }

    /// Lets a device take its turn, and does what comes out of it.
    fn turn(&mut self, index: usize) {
        if !self.devices[index].is_up() {
            return;
        }
        let commit = self.weather.commit.clone();
        let turned = self.devices[index].turn(self.now, commit.is_some());
        for effect in turned.effects {
            self.perform(index, effect);
        }
        if turned.crashed {
            self.crash_of_commit(index);
        } else if turned.committing {
            let took = commit.map_or(0, |commit| self.chance.within(commit));
            self.tally.count(Fault::CommitSlow);
            let done = Happening::Committed(index, self.devices[index].incarnation);
            self.at(self.now.saturating_add(took), done);
        }
    }

    fn perform(&mut self, index: usize, effect: Effect) {
        let incarnation = self.devices[index].incarnation;
        match effect {
            Effect::Send { link, frame } => {
                if let Some((wire, side)) = self.network.find(index, incarnation, link) {
                    for frame in self.twisted(index, wire, frame) {
                        self.send(wire, side, frame);
                    }
                }
            }
            Effect::Close { .. } if self.strikes(Bug::IgnoresCloses, 1) => {}
            Effect::Close { link } => {
                if let Some((wire, side)) = self.network.find(index, incarnation, link) {
                    self.close(wire, side);
                }
            }
            Effect::OpenSession { peer } => self.open_link(index, peer, LinkPurpose::Session),
            Effect::OpenCarry { peer } => self.open_link(index, peer, LinkPurpose::Carry),
            Effect::LoadEnvelopes {
                load,
                envelopes,
                bytes,
            } => self.load_envelopes(index, load, &envelopes, bytes),
            Effect::ReachInviter { tag, hint, .. } => self.reach(index, tag, hint),
            Effect::Keep { peer, .. } => {
                self.devices[index].keeps.insert(peer);
                // It is dialled where it was, whoever is there by now.
                let had = |device: &Device| device.transports.values().any(|one| *one == peer);
                if let Some(to) = self.devices.iter().position(had) {
                    self.dial_soon(index, to);
                }
            }
            Effect::Forget { peer } => {
                self.devices[index].keeps.remove(&peer);
            }
            Effect::Load {
                load,
                conversation,
                actor,
                from,
                through,
                bytes,
            } => {
                let reader = self.devices[index].reader();
                let operations = reader
                    .operations(conversation, actor, from, through, bytes)
                    .expect("operations are read");
                let took = self.latency();
                let loaded = Happening::Loaded(index, incarnation, load, operations);
                self.at(self.now + took, loaded);
            }
            Effect::Timer(at) => {
                if let Some(at) = self.devices[index].wake_at(at) {
                    if let Some(before) = self.timers.get(&index) {
                        // Whoever is to be woken has one alarm.
                        self.happenings.remove(before);
                    }
                    self.at(at, Happening::Timer(index, incarnation, at));
                    self.timers.insert(index, (at, self.count));
                }
            }
            // The audit builds the documents itself, from the store.
            Effect::Compute(_) => {}
            Effect::Event(event) => self.devices[index].events.push(event),
            Effect::Reply { request, result } => {
                self.devices[index].replied(request, result, self.now);
            }
        }
    }

    fn open_link(&mut self, index: usize, peer: TransportId, purpose: LinkPurpose) {
        let Some(other) = self.device_at(peer) else {
            return;
        };
        let (from, to) = (self.party(index), self.party(other));
        let refused = self.weather.refuse_one_in;
        let refused = refused.is_some_and(|times| self.chance.one_in(times));
        if refused {
            self.tally.count(Fault::SessionRefused);
            self.meetings.disturb(index, other, self.now);
        }
        let is_carry = purpose == LinkPurpose::Carry;
        if let Some(connection) = self.network.live(from, to).filter(|_| !refused) {
            let answering = if is_carry {
                LinkPurpose::IncomingCarry
            } else {
                LinkPurpose::IncomingSession
            };
            let opener = End::new(from, purpose);
            let other = End::new(to, answering);
            self.open_wire(Some(connection), opener, other);
        } else {
            let took = self.latency();
            let incarnation = self.devices[index].incarnation;
            let unopened = if is_carry {
                Happening::CarryUnopened(index, incarnation, peer)
            } else {
                Happening::Unopened(index, incarnation, peer)
            };
            self.at(self.now + took, unopened);
        }
    }

    fn reach(&mut self, index: usize, tag: Tag, hint: [u8; 8]) {
        let is_meant = |device: &Device| person::hint_of(device.transport) == hint;
        let to = self.devices.iter().position(is_meant);
        let reachable =
            to.filter(|to| self.devices[*to].is_up() && self.network.reaches(index, *to));
        let Some(to) = reachable else {
            let took = self.latency();
            let incarnation = self.devices[index].incarnation;
            let unreachable = Happening::Unreachable(index, incarnation, tag);
            self.at(self.now + took, unreachable);
            return;
        };
        let (from, to) = (self.party(index), self.party(to));
        let connection = match self.network.live(from, to) {
            Some(connection) => connection,
            None => self.connect(from, to),
        };
        let opener = End::new(from, LinkPurpose::Join(tag));
        let other = End::new(to, LinkPurpose::IncomingJoin);
        self.open_wire(Some(connection), opener, other);
    }

    fn device_at(&self, transport: TransportId) -> Option<usize> {
        self.devices
            .iter()
            .position(|device| device.transport == transport)
    }
}
