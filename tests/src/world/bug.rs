//! Planted bugs: what a careless driver or store would do, to show that the audit notices.
//!
//! Invariants
//! - A world without one has none: every bug is asked for by name.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tidings_protocol::carry::{Depositor, Tier};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::id::{ActorId, DeviceId, PersonId, RequestId, Tag};
use tidings_protocol::operation::{Kind, Operation};
use tidings_protocol::record::{
    ActorRecord, Batch, Change, ControlRecord, DeliveryChange, OperationRecord, Outcome, RoomRecord,
};
use tidings_protocol::room::{ControlBody, ControlOperation};
use tidings_protocol::time::WallTime;

/// How far ahead another's clock may be, for who believes in clocks.
const AHEAD_MAX: Duration = Duration::from_secs(24 * 3_600);

/// Bytes of what is stored with each commit and nobody asked for.
const HOARDED_BYTES: usize = 3500;

listed! {
/// A bug to plant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Effects happen before what they depend on is durable.
    ActsBeforeCommit,
    /// Some commits are reported as done and are not.
    LosesCommits,
    /// Some commits are kept by halves.
    TearsCommits,
    /// Some operations are left out of their commit.
    DropsOperations,
    /// What was written counts as delivered at once.
    ClaimsDelivery,
    /// Some deliveries are not noted.
    ForgetsDeliveries,
    /// What was read is not marked.
    ForgetsReading,
    /// A request that is repeated is carried out again.
    ForgetsRequests,
    /// After some crashes the engine is given an older profile than the one stored.
    RollsBack,
    /// The first of the operations that were asked for is left out.
    SkipsOperations,
    /// Time passes and nobody tells the engine.
    SleepsThroughTimers,
    /// The end of a link is not told.
    MissesEnds,
    /// Some frames are handed over twice.
    RepeatsFrames,
    /// What somebody wrote beyond their end in a room counts all the same.
    IgnoresCuts,
    /// The engine is opened as if nobody had been removed from a room.
    IgnoresRemovals,
    /// Some operations of a room's control are left out of their commit.
    DropsControl,
    /// What a device does to a room is told as durable, and is only with the commit that follows.
    TellsControlEarly,
    /// Whoever was removed from a room is waited for all the same.
    WaitsForRemoved,
    /// Whoever was removed from a room stays in it on the screen.
    ShowsRemoved,
    /// What one person has counts as delivered to everybody.
    CountsOneForAll,
    /// What another's clock puts into the future is not kept.
    TrustsClocks,
    /// Where a room begins for one person it begins for everybody.
    SharesBaselines,
    /// With each commit something is stored that nobody asked for, and stays.
    Hoards,
    /// What was passed to a link as its end is not heeded: it stays open.
    IgnoresCloses,
    /// A carrier takes more than it has room for.
    GrantsTooMuch,
    /// A carrier passes on nothing of what it keeps.
    KeepsToItself,
    /// What was purged is not remembered.
    ForgetsGraves,
    /// A carrier promises to keep what it does not store.
    PromisesWithoutStoring,
    /// The end of a promise is not noted.
    ForgetsLapses,
    /// What purges the envelopes of others is shown by who must not know it.
    ShowsPurgesOfOthers,
    /// Beside what is carried it is kept who brought it.
    NamesDepositors,
}
}

/// Where a bug is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// A chat of two.
    Chat,
    /// A room.
    Room,
    /// People who are never there together, and carriers.
    Carriers,
}

impl Bug {
    /// The files below `tests/` whose assertions are meant to notice it; none, where it does not show.
    #[must_use]
    pub const fn audits(self, scene: Scene) -> &'static [&'static str] {
        if matches!(scene, Scene::Carriers) {
            return self.audits_of_carriers();
        }
        let (chat, room): (&[&str], &[&str]) = match self {
            Self::ActsBeforeCommit
            | Self::LosesCommits
            | Self::TearsCommits
            | Self::DropsOperations
            | Self::ClaimsDelivery
            | Self::ForgetsDeliveries
            | Self::ForgetsReading
            | Self::RollsBack
            | Self::SkipsOperations
            | Self::MissesEnds
            | Self::RepeatsFrames => (&["src/world/audit.rs"], &[]),
            Self::SleepsThroughTimers => (&["simulation/chaos.rs"], &[]),
            Self::Hoards => (&["src/world/bounds.rs"], &["src/world/bounds.rs"]),
            // Whoever looks first: what a false frame took with it is missing at the end.
            Self::IgnoresCloses => (
                &["src/world/meddling.rs", "src/world/audit.rs"],
                &["src/world/meddling.rs"],
            ),
            Self::ForgetsRequests => (&["src/world/audit.rs"], &["src/world/said.rs"]),
            Self::IgnoresCuts | Self::DropsControl | Self::ShowsRemoved | Self::SharesBaselines => {
                (&[], &["src/world/control.rs"])
            }
            Self::IgnoresRemovals
            | Self::TellsControlEarly
            | Self::WaitsForRemoved
            | Self::CountsOneForAll
            | Self::TrustsClocks => (&[], &["src/world/room.rs"]),
            Self::GrantsTooMuch
            | Self::KeepsToItself
            | Self::ForgetsGraves
            | Self::PromisesWithoutStoring
            | Self::ForgetsLapses
            | Self::ShowsPurgesOfOthers
            | Self::NamesDepositors => (&[], &[]),
        };
        if matches!(scene, Scene::Chat) {
            chat
        } else {
            room
        }
    }

    /// The same, where somebody carries envelopes.
    const fn audits_of_carriers(self) -> &'static [&'static str] {
        match self {
            Self::GrantsTooMuch
            | Self::KeepsToItself
            | Self::ForgetsGraves
            | Self::PromisesWithoutStoring
            | Self::ForgetsLapses
            | Self::ShowsPurgesOfOthers
            | Self::NamesDepositors
            | Self::ForgetsRequests => &["src/world/carriers.rs"],
            Self::Hoards => &["src/world/bounds.rs"],
            Self::ActsBeforeCommit
            | Self::LosesCommits
            | Self::TearsCommits
            | Self::DropsOperations
            | Self::ClaimsDelivery
            | Self::ForgetsDeliveries
            | Self::ForgetsReading
            | Self::RollsBack
            | Self::SkipsOperations
            | Self::SleepsThroughTimers
            | Self::MissesEnds
            | Self::RepeatsFrames
            | Self::IgnoresCuts
            | Self::IgnoresRemovals
            | Self::DropsControl
            | Self::TellsControlEarly
            | Self::WaitsForRemoved
            | Self::ShowsRemoved
            | Self::CountsOneForAll
            | Self::TrustsClocks
            | Self::SharesBaselines
            | Self::IgnoresCloses => &[],
        }
    }

    /// What an engine is opened with of a room's control.
    pub(super) fn opened_with(self, controls: &mut Vec<ControlRecord>) {
        if self == Self::IgnoresRemovals {
            controls.retain(|control| {
                let header = control.operation.claimed();
                header.is_ok_and(|header| header.kind != Kind::Remove)
            });
        }
    }

    /// Whether a change is left out of the commit with this number.
    fn drops(self, number: u64, change: &Change) -> bool {
        match (self, change) {
            (Self::DropsOperations, Change::InsertOperation(_)) => number.is_multiple_of(7),
            (Self::ForgetsDeliveries, Change::ChangeDelivery(_)) => number.is_multiple_of(5),
            (Self::DropsControl, Change::PutControl(_)) => number.is_multiple_of(5),
            (Self::ForgetsReading, Change::MarkRead(..)) => true,
            (Self::WaitsForRemoved, Change::Release(_, _, released)) => *released,
            (Self::ForgetsGraves, Change::PutTombstone(_)) => true,
            (Self::ForgetsLapses, Change::DropCustody { .. }) => true,
            (Self::ForgetsLapses, Change::ChangeDelivery(change)) => {
                change.state == DeliveryState::Queued
            }
            (Self::PromisesWithoutStoring, Change::PutCarried { record, .. }) => {
                record.tier == Tier::Contact && number.is_multiple_of(3)
            }
            (Self::TrustsClocks, Change::InsertOperation(record)) => {
                record.operation.header().wall > record.received_at.after(AHEAD_MAX)
            }
            _ => false,
        }
    }
}

/// A bug in one store, and what that goes by.
#[derive(Debug)]
pub(super) struct Planted {
    pub(super) bug: Bug,
    /// Everybody for whom anything was written.
    people: BTreeSet<PersonId>,
    /// Where a room begins for anybody, in whose chain.
    bases: BTreeMap<ActorId, u64>,
    /// The members whom a room had at its fullest.
    fullest: Option<RoomRecord>,
    /// Whose store it is.
    device: DeviceId,
    /// What was told as durable and is not.
    late: Batch,
}

impl Planted {
    pub(super) const fn new(bug: Bug, device: DeviceId) -> Self {
        Self {
            bug,
            device,
            late: Vec::new(),
            people: BTreeSet::new(),
            bases: BTreeMap::new(),
            fullest: None,
        }
    }

    /// What is kept of the commit with this number.
    pub(super) fn kept(&mut self, number: u64, batch: &[Change]) -> Batch {
        let bug = self.bug;
        let mut changes = batch.iter();
        if bug == Bug::TellsControlEarly && changes.any(|change| self.is_own_control(change)) {
            return std::mem::replace(&mut self.late, batch.to_vec());
        }
        let mut kept = std::mem::take(&mut self.late);
        let changes = batch.iter().flat_map(|change| self.kept_of(change));
        kept.extend(changes.filter(|change| !bug.drops(number, change)));
        if bug == Bug::Hoards {
            kept.push(hoarded(self.device, number));
        }
        if bug == Bug::LosesCommits && number.is_multiple_of(19) {
            kept.clear();
        }
        if bug == Bug::TearsCommits && number.is_multiple_of(11) {
            kept.truncate(batch.len() / 2);
        }
        kept
    }

    /// What was not durable is gone.
    pub(super) fn crash(&mut self) {
        self.late.clear();
    }

    fn is_own_control(&self, change: &Change) -> bool {
        matches!(change, Change::PutControl(control) if control.author.device == self.device)
    }

    /// What becomes of a change.
    fn kept_of(&mut self, change: &Change) -> Batch {
        let claimed = match (self.bug, change) {
            (Bug::ClaimsDelivery, Change::InsertOperation(record)) => {
                claimed(record).into_iter().collect()
            }
            (Bug::CountsOneForAll, Change::InsertOperation(record)) => {
                self.people.extend(&record.recipients);
                Vec::new()
            }
            (Bug::CountsOneForAll, Change::ChangeDelivery(delivery)) => self.of_all(*delivery),
            (Bug::SharesBaselines, Change::PutControl(control)) => {
                self.heed_base(control);
                Vec::new()
            }
            (Bug::IgnoresCuts | Bug::SharesBaselines, Change::PutActor(place)) => {
                return vec![Change::PutActor(self.misplaced(place))];
            }
            (Bug::ShowsRemoved, Change::PutRoom(room)) => return vec![self.fullest(room)],
            (Bug::NamesDepositors, Change::PutCarried { record, envelope }) => {
                let mut record = record.clone();
                record.depositor = Depositor::new(first_bytes(&self.device));
                let envelope = envelope.clone();
                return vec![Change::PutCarried { record, envelope }];
            }
            _ => Vec::new(),
        };
        [vec![change.clone()], claimed].concat()
    }

    /// A delivery, noted of everybody.
    fn of_all(&self, delivery: DeliveryChange) -> Batch {
        let others = self.people.iter();
        let others = others.map(|person| DeliveryChange {
            person: *person,
            ..delivery
        });
        others.map(Change::ChangeDelivery).collect()
    }

    /// Notes where a room begins for somebody.
    fn heed_base(&mut self, control: &ControlRecord) {
        let operation = Operation::stored(control.operation.clone());
        let read =
            operation.and_then(|operation| ControlOperation::read(&operation, control.author).ok());
        if let Some(ControlBody::Add(add)) = read.as_ref().map(ControlOperation::body) {
            for position in add.since.iter().flatten() {
                let base = self.bases.entry(position.actor).or_default();
                *base = position.seq.max(*base);
            }
        }
    }

    fn misplaced(&self, place: &ActorRecord) -> ActorRecord {
        let mut place = place.clone();
        if self.bug == Bug::IgnoresCuts {
            place.cut = None;
        }
        if let Some(base) = self.bases.get(&place.actor) {
            place.base = place.base.max(*base).min(place.seq);
        }
        place
    }

    fn fullest(&mut self, room: &RoomRecord) -> Change {
        let mut shown = room.clone();
        for member in self.fullest.iter().flat_map(|fullest| &fullest.members) {
            if shown.members.iter().all(|one| one.person != member.person) {
                shown.members.push(member.clone());
            }
        }
        shown.members.sort_by_key(|member| member.person);
        self.fullest = Some(shown.clone());
        Change::PutRoom(Box::new(shown))
    }
}

fn first_bytes(device: &DeviceId) -> [u8; 8] {
    let mut first = [0; 8];
    first.copy_from_slice(&device.as_bytes()[..8]);
    first
}

/// A request that nobody made, with much to remember.
fn hoarded(device: DeviceId, number: u64) -> Change {
    let mut request = [0; 16];
    request[..8].copy_from_slice(&device.as_bytes()[..8]);
    request[8..].copy_from_slice(&number.to_le_bytes());
    Change::PutRequest {
        request: RequestId::new(request),
        outcome: Outcome::Invited {
            code: "hoarded".repeat(HOARDED_BYTES / 7),
            expires_at: WallTime::from_millis(0),
            tag: Tag::new([0; Tag::BYTES]),
        },
        at: WallTime::from_millis(0),
    }
}

/// The delivery of an operation that has just been written.
fn claimed(record: &OperationRecord) -> Option<Change> {
    let header = record.operation.header();
    Some(Change::ChangeDelivery(DeliveryChange {
        actor: header.actor,
        first: header.seq,
        last: header.seq,
        person: *record.recipients.first()?,
        state: DeliveryState::Delivered,
    }))
}
