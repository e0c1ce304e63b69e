//! A device: the real engine, gate and store, with the driver's part played without threads.
//!
//! Invariants
//! - Each turn is the driver's: inputs, `Settle`, one commit at a time, then what the gate lets go.
//! - A crash leaves the disk, and what clients and contacts were told; nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tidings_protocol::carry::Quotas;
use tidings_protocol::engine::{
    Command, CommandError, Effect, Engine, Event, Fill, Gate, Input, LinkId, Live,
};
use tidings_protocol::id::{ActorId, ConversationId, DeviceId, PersonId, RequestId, TransportId};
use tidings_protocol::identity::OwnIdentity;
use tidings_protocol::record::{Batch, Change, Outcome, Profile, SecretBytes};
use tidings_protocol::time::{CarryTime, Monotonic, Now, WallTime};
use tidings_store::Reader;

use super::{Bug, Chance, Disk, sibling};

/// What the clocks of a new world show.
pub(super) const EPOCH_MILLIS: u64 = 1_800_000_000_000;

/// Where in a turn a device crashes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CrashPoint {
    /// The input was handled, nothing is committed.
    BeforeCommit,
    /// It is committed, nothing else has happened.
    AfterCommit,
    /// Half of what may happen has happened.
    HalfReleased,
    /// All of it has happened.
    AfterRelease,
}

impl CrashPoint {
    /// Every point, in the order of a turn.
    pub const ALL: [Self; 4] = [
        Self::BeforeCommit,
        Self::AfterCommit,
        Self::HalfReleased,
        Self::AfterRelease,
    ];
}

/// What a turn came to.
#[derive(Debug, Default)]
pub(super) struct Turned {
    pub(super) effects: Vec<Effect>,
    pub(super) crashed: bool,
    pub(super) committing: bool,
}

/// What is gone after a crash.
#[derive(Debug)]
struct Run {
    engine: Engine,
    gate: Gate,
    reader: Reader,
    done: BTreeSet<RequestId>,
    under_way: BTreeSet<RequestId>,
    opened_at: u64,
    /// How long the device had run before, as far as that was noted.
    before: CarryTime,
    timer: Option<u64>,
    next_link: LinkId,
    commit: Option<Batch>,
}

/// One device of one person.
#[derive(Debug)]
pub struct Device {
    /// Its person's name.
    pub name: String,
    /// Its person.
    pub person: PersonId,
    /// Itself.
    pub id: DeviceId,
    /// Its transport key.
    pub transport: TransportId,
    /// Which it had in each of its runs.
    pub(super) transports: BTreeMap<u64, TransportId>,
    /// The static key of its sessions.
    pub agreement: [u8; 32],
    /// The durable part.
    pub disk: Disk,
    /// Replies that were let out, by request.
    pub replies: BTreeMap<RequestId, Result<Outcome, CommandError>>,
    /// Events that were let out, of all runs.
    pub events: Vec<Event>,
    /// How often it was started.
    pub incarnation: u64,
    /// Turns taken, of all runs.
    pub turns: u64,
    /// How much room it has for what others bring; absent: it carries nothing.
    pub quotas: Option<Quotas>,
    /// Whether it goes back to an older profile with every start.
    pub(super) rolls_back: bool,
    /// When requests were answered first, by the world's clock.
    pub(super) answered: BTreeMap<RequestId, u64>,
    /// By how much its clock is off, in milliseconds.
    pub clock_error: i64,
    /// Whom its network is to keep connected, as far as this run said.
    pub(super) keeps: BTreeSet<TransportId>,
    crash: Option<(u64, CrashPoint)>,
    chance: Chance,
    run: Option<Run>,
    /// An older profile, for the bug that goes back to one.
    older: Option<Profile>,
}

impl Device {
    /// The first device of a new person.
    pub(super) fn create(name: &str, disk: Disk, mut chance: Chance) -> Self {
        let wall = WallTime::from_millis(EPOCH_MILLIS);
        let (own, _) = OwnIdentity::create(name, "device 1", wall, &mut chance.rng())
            .expect("the name is fine");
        Self::of(&own, disk, chance)
    }

    /// Another device of this one's person.
    pub(super) fn sibling(&mut self, number: u64, disk: Disk, mut chance: Chance) -> Self {
        let wall = WallTime::from_millis(EPOCH_MILLIS);
        let own = sibling::of(&self.identity(), number, wall, &mut chance.rng());
        Self::of(&own, disk, chance)
    }

    fn of(own: &OwnIdentity, mut disk: Disk, chance: Chance) -> Self {
        let identity = Change::PutIdentity(SecretBytes::from(own.to_bytes()));
        assert!(disk.apply(&[identity]), "a new disk works");
        Self {
            name: own.name().to_owned(),
            person: own.person(),
            id: own.device(),
            transport: own.transport(),
            transports: BTreeMap::new(),
            agreement: own.agreement().public(),
            disk,
            replies: BTreeMap::new(),
            events: Vec::new(),
            incarnation: 0,
            turns: 0,
            quotas: None,
            rolls_back: false,
            answered: BTreeMap::new(),
            clock_error: 0,
            keeps: BTreeSet::new(),
            crash: None,
            chance,
            run: None,
            older: None,
        }
    }

    pub(super) fn plant(&mut self, bug: Bug) {
        self.disk.plant(bug, self.id);
    }

    fn has(&self, bug: Bug) -> bool {
        self.disk.bug() == Some(bug)
    }

    /// Who it is, as its disk has it.
    pub(super) fn identity(&mut self) -> OwnIdentity {
        let stored = self.disk.profile().identity;
        let stored = stored.expect("a device has an identity");
        OwnIdentity::from_bytes(stored.expose()).expect("it was stored by itself")
    }

    /// The conversation with a person.
    #[must_use]
    pub fn conversation(&self, with: PersonId) -> ConversationId {
        ConversationId::direct(self.person, with)
    }

    /// Under which name this device writes to a person.
    #[must_use]
    pub fn actor(&self, with: PersonId) -> ActorId {
        ActorId::direct(self.id, self.conversation(with))
    }

    /// Whether it runs.
    #[must_use]
    pub const fn is_up(&self) -> bool {
        self.run.is_some()
    }

    /// Whether all that it has done is on its disk.
    #[must_use]
    pub fn is_settled(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.commit.is_none())
    }

    /// Lets it crash in its turn number `turn`, counted over all runs.
    pub const fn crash_at(&mut self, turn: u64, point: CrashPoint) {
        self.crash = Some((turn, point));
    }

    /// Takes back a crash or a failing commit that was arranged and has not happened.
    pub(super) const fn disarm(&mut self) {
        self.crash = None;
        self.disk.disarm();
    }

    /// Contacts' devices with a live session.
    #[must_use]
    pub fn live(&self) -> Vec<Live> {
        let run = self.run.as_ref();
        run.map_or_else(Vec::new, |run| run.engine.live().collect())
    }

    /// How full its engine is.
    pub(super) fn fills(&self) -> Vec<Fill> {
        let run = self.run.as_ref();
        run.map_or_else(Vec::new, |run| run.engine.fills())
    }

    /// Bytes that wait to become durable, or for that.
    pub(super) fn backlog(&self) -> usize {
        self.run.as_ref().map_or(0, |run| run.gate.backlog())
    }

    /// A view on its store.
    #[must_use]
    pub fn reader(&mut self) -> Reader {
        match &self.run {
            Some(run) => run.reader.clone(),
            None => self.disk.reader(),
        }
    }

    /// Opens engine and gate on what the disk holds.
    pub(super) fn start(&mut self, at: u64) {
        let mut profile = self.disk.profile();
        if self.rolls_back || self.has(Bug::RollsBack) {
            let newest = profile.clone();
            profile = self.older.replace(newest).unwrap_or(profile);
        }
        if let Some(bug) = self.disk.bug() {
            bug.opened_with(&mut profile.controls);
        }
        let reader = self.disk.reader();
        self.incarnation += 1;
        let now = self.now_of(at, at);
        let before = profile.carry_time;
        let engine = Engine::open(profile, &self.chance.bytes(), now)
            .expect("what was stored can be worked with");
        self.transport = engine.own().transport();
        self.transports.insert(self.incarnation, self.transport);
        let done = reader.requests().expect("requests are read");
        self.run = Some(Run {
            engine,
            gate: Gate::new(),
            reader,
            done: done.into_iter().collect(),
            under_way: BTreeSet::new(),
            opened_at: at,
            before,
            timer: None,
            next_link: LinkId::new(1),
            commit: None,
        });
        self.offer_room(at);
    }

    /// Says to its engine how much room it has for what others bring.
    pub(super) fn offer_room(&mut self, at: u64) {
        let Some(mut quotas) = self.quotas else {
            return;
        };
        self.disk.ledger.quotas = Some(quotas);
        if self.has(Bug::GrantsTooMuch) {
            quotas.bytes = quotas.bytes.saturating_mul(3);
            quotas.envelopes = quotas.envelopes.saturating_mul(3);
            quotas.depositor_bytes = quotas.depositor_bytes.saturating_mul(3);
            quotas.depositor_envelopes = quotas.depositor_envelopes.saturating_mul(3);
        }
        self.input(Input::Carry(Some(quotas)), at);
    }

    /// How long it has run, all runs together, as it counts that itself.
    pub(super) fn carry_time(&mut self, at: u64) -> CarryTime {
        match &self.run {
            Some(run) => run.before + Duration::from_millis(at.saturating_sub(run.opened_at)),
            None => self.disk.profile().carry_time,
        }
    }

    /// Commits a batch; false if it is reported as failed.
    fn apply(&mut self, batch: &[Change], at: u64) -> bool {
        self.disk.ledger.now = self.carry_time(at);
        self.disk.ledger.at = at;
        let is_done = self.disk.apply(batch);
        if let Some(run) = self.run.as_ref().filter(|_| self.quotas.is_some()) {
            self.disk.ledger.compare(&run.reader, batch);
        }
        is_done
    }

    /// Everything but the disk is gone. A commit under way may or may not have come through.
    pub(super) fn crash(&mut self, commit_came_through: bool) {
        if let Some(run) = self.run.take()
            && let Some(batch) = run.commit
            && commit_came_through
        {
            self.disk.apply(&batch);
        }
        self.keeps.clear();
        self.disk.crash();
    }

    /// Hands a command to the engine unless its request is done or under way; whether it did.
    pub(super) fn command(&mut self, request: RequestId, command: Command, at: u64) -> bool {
        let Some(run) = &mut self.run else {
            return false;
        };
        let forgetful = self.disk.bug() == Some(Bug::ForgetsRequests);
        if run.done.contains(&request) && !forgetful {
            let outcome = run.reader.request(request).expect("a request is read");
            let outcome = outcome.expect("what is known to be done has an outcome");
            self.replies.insert(request, Ok(outcome));
            return false;
        }
        if !run.under_way.insert(request) {
            return false;
        }
        self.input(Input::Command { request, command }, at);
        true
    }

    pub(super) fn input(&mut self, input: Input, at: u64) {
        let opened_at = self.run.as_ref().map_or(at, |run| run.opened_at);
        let now = self.now_of(at, opened_at);
        if let Some(run) = &mut self.run {
            run.engine.handle(input, now);
        }
    }

    /// The driver's turn; a commit that takes time is left to [`Self::committed`].
    pub(super) fn turn(&mut self, at: u64, commit_takes_time: bool) -> Turned {
        self.turns += 1;
        let point = self.crash.take_if(|(turn, _)| *turn <= self.turns);
        let point = point.map(|(_, point)| point);
        let committing = self.run.as_ref().is_some_and(|run| run.commit.is_some());
        if !committing {
            self.input(Input::Settle, at);
        }
        let Some(run) = &mut self.run else {
            return Turned::default();
        };
        run.drain();
        if point == Some(CrashPoint::BeforeCommit) {
            return Turned::crash(Vec::new());
        }
        let mut begun = false;
        if !committing && let Some(commit) = run.gate.next_commit() {
            if commit_takes_time {
                if self.disk.bug() == Some(Bug::ActsBeforeCommit) {
                    run.gate.committed();
                }
                run.commit = Some(commit.batch);
                begun = true;
            } else if self.apply(&commit.batch, at) {
                if let Some(run) = &mut self.run {
                    run.gate.committed();
                }
            } else {
                return self.poisoned();
            }
        }
        self.release(point, begun)
    }

    /// Ends the commit under way; false if there is none, or it failed and the device with it.
    pub(super) fn committed(&mut self, at: u64) -> bool {
        let Some(run) = &mut self.run else {
            return false;
        };
        let Some(batch) = run.commit.take() else {
            return false;
        };
        if self.apply(&batch, at) {
            if self.disk.bug() != Some(Bug::ActsBeforeCommit)
                && let Some(run) = &mut self.run
            {
                run.gate.committed();
            }
            return true;
        }
        self.poisoned();
        false
    }

    pub(super) fn next_link(&mut self) -> Option<LinkId> {
        let run = self.run.as_mut()?;
        let link = run.next_link;
        run.next_link = link.next();
        Some(link)
    }

    /// When the runtime is to wake it; absent if it will be woken before anyway.
    pub(super) fn wake_at(&mut self, at: Monotonic) -> Option<u64> {
        let run = self.run.as_mut()?;
        let at = run.opened_at.saturating_add(at.as_millis());
        if run.timer.is_some_and(|timer| timer <= at) {
            return None;
        }
        run.timer = Some(at);
        Some(at)
    }

    /// Whether the timer set for `at` is still the one to go off.
    pub(super) fn timer_is_due(&mut self, at: u64) -> bool {
        let Some(run) = &mut self.run else {
            return false;
        };
        run.timer.take_if(|timer| *timer == at).is_some()
    }

    pub(super) fn replied(
        &mut self,
        request: RequestId,
        result: Result<Outcome, CommandError>,
        at: u64,
    ) {
        self.answered.entry(request).or_insert(at);
        if let Some(run) = &mut self.run {
            run.under_way.remove(&request);
            if result.is_ok() {
                run.done.insert(request);
            }
        }
        self.replies.insert(request, result);
    }

    fn release(&mut self, point: Option<CrashPoint>, committing: bool) -> Turned {
        let Some(run) = &mut self.run else {
            return Turned::default();
        };
        let mut effects: Vec<Effect> = std::iter::from_fn(|| run.gate.release()).collect();
        match point {
            Some(CrashPoint::AfterCommit) => Turned::crash(Vec::new()),
            Some(CrashPoint::HalfReleased) => {
                effects.truncate(effects.len().div_ceil(2));
                Turned::crash(effects)
            }
            Some(CrashPoint::BeforeCommit | CrashPoint::AfterRelease) => Turned::crash(effects),
            None => Turned {
                effects,
                crashed: false,
                committing,
            },
        }
    }

    /// After a failed commit nothing of it may get out, and nothing of what comes.
    fn poisoned(&mut self) -> Turned {
        if let Some(run) = &mut self.run {
            run.gate.poison();
            run.engine.handle(
                Input::Settle,
                Now {
                    wall: WallTime::from_millis(0),
                    monotonic: Monotonic::from_millis(u64::MAX),
                },
            );
            run.drain();
            assert!(run.gate.release().is_none(), "a failed commit let go");
            assert!(run.gate.next_commit().is_none(), "a failed commit goes on");
        }
        Turned::crash(Vec::new())
    }

    fn now_of(&self, at: u64, opened_at: u64) -> Now {
        let wall = EPOCH_MILLIS.saturating_add(at);
        Now {
            wall: WallTime::from_millis(wall.saturating_add_signed(self.clock_error)),
            monotonic: Monotonic::from_millis(at.saturating_sub(opened_at)),
        }
    }
}

impl Run {
    fn drain(&mut self) {
        while let Some((step, output)) = self.engine.poll() {
            self.gate.accept(step, output);
        }
    }
}

impl Turned {
    const fn crash(effects: Vec<Effect>) -> Self {
        Self {
            effects,
            crashed: true,
            committing: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Disk, World};

    #[test]
    fn whom_a_network_is_to_keep_is_gone_with_a_crash_and_said_anew() {
        let mut world = World::new(1);
        for name in ["Ann", "Ben"] {
            world.add(name, Disk::in_memory());
        }
        world.pair(0, 1);
        let ben = world.devices[1].transport;
        assert!(world.devices[0].keeps.contains(&ben));
        world.crash(0);
        assert!(world.devices[0].keeps.is_empty());
        world.start(0);
        assert!(world.devices[0].keeps.contains(&ben));
    }
}
