//! A room's control as this device holds it: what its members wrote about who is in it, verified,
//! and what that comes to.
//!
//! Invariants
//! - What is held was signed by a device of the person it names, and is in causal order.
//! - Of each operation the bytes are kept as they came, so that it can be served to others.
//! - Whoever was removed learns that, and what it builds on; of what came later they learn nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::context::Context;
use super::directory::Directory;
use crate::domain::Domain;
use crate::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId, PersonId};
use crate::identity::{OwnIdentity, SigningPublic};
use crate::operation::{Header, OPERATION_VERSION, Operation, OperationError, SignedOperation};
use crate::record::{ControlRecord, MemberRecord, RoomRecord, RoomStanding};
use crate::room::{
    AdmissionState, Author, ControlBody, ControlError, ControlLog, ControlOperation, CreateBody,
    Inserted, Membership, Refusal, Role, Standing,
};
use crate::sync::{CardPosition, ControlEntry, ControlVector, Introduction, Position};
use crate::time::LogicalTime;
use crate::wire::limits::{CARDS_MAX, CONTROL_BYTES_MAX};

/// Why a control operation that a peer sent is refused, whoever wrote it: what it is shows that no
/// honest peer holds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ControlFault {
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// A held operation.
#[derive(Debug)]
struct Held {
    author: Author,
    logical: LogicalTime,
    operation: SignedOperation,
}

/// The control of one room.
#[derive(Debug)]
pub(super) struct Room {
    log: ControlLog,
    membership: Membership,
    held: BTreeMap<OperationId, Held>,
    bytes: usize,
    /// Whether our person takes part: what is not accepted waits.
    accepted: bool,
    last_shown: Option<RoomRecord>,
    /// Counts what may change what somebody is to be told.
    generation: u64,
}

impl Room {
    /// A room of which nothing is held.
    pub(super) fn new(conversation: ConversationId) -> Self {
        let mut log = ControlLog::new(conversation);
        Self {
            membership: log.resolve(),
            log,
            held: BTreeMap::new(),
            bytes: 0,
            accepted: false,
            last_shown: None,
            generation: 0,
        }
    }

    pub(super) const fn conversation(&self) -> ConversationId {
        self.log.conversation()
    }

    pub(super) const fn membership(&self) -> &Membership {
        &self.membership
    }

    pub(super) const fn accepted(&self) -> bool {
        self.accepted
    }

    pub(super) const fn accept(&mut self) {
        self.accepted = true;
    }

    /// Changes with everything that somebody may have to be told.
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Notes that a card of somebody in it changed.
    pub(super) const fn stir(&mut self) {
        self.generation = self.generation.wrapping_add(1);
    }

    /// Puts back an operation as it was stored; [`Self::settle`] has to follow the last.
    pub(super) fn restore(&mut self, record: &ControlRecord) {
        let operation = Operation::stored(record.operation.clone());
        let read = operation.and_then(|operation| {
            let control = ControlOperation::read(&operation, record.author).ok()?;
            Some((control, operation))
        });
        if let Some((control, operation)) = read {
            // What was held before is held again, in the same order.
            let _ = self.insert(control, &operation);
        }
    }

    /// Resolves who is in the room by all that is held.
    pub(super) fn settle(&mut self) {
        self.membership = self.log.resolve();
        self.stir();
    }

    pub(super) fn holds(&self, id: OperationId) -> bool {
        self.held.contains_key(&id)
    }

    /// Takes an operation of the device with this key and person; returns the record to store if it
    /// is new and can be held. One that does not fit what it builds on is passed over: who serves it
    /// need not be who wrote it. [`Self::settle`] has to follow the last.
    pub(super) fn receive(
        &mut self,
        entry: ControlEntry,
        person: PersonId,
        key: &SigningPublic,
    ) -> Result<Option<ControlRecord>, ControlFault> {
        if self.holds(entry.operation.id()) {
            return Ok(None);
        }
        let author = Author {
            person,
            device: entry.device,
            admission: entry.admission,
        };
        let operation = entry.operation.verify(key)?;
        let control = ControlOperation::read(&operation, author)?;
        if !self.log.holds_causes(&control) {
            // What it builds on was refused here, or not served: it comes again with that.
            return Ok(None);
        }
        let is_held = self.may_be_timed(operation.header())
            && self.insert(control, &operation).unwrap_or(false);
        Ok(is_held.then(|| self.record(author, &operation)))
    }

    /// Writes, signs and holds an operation of ours; returns the record to store.
    pub(super) fn write(
        &mut self,
        author: Author,
        body: &ControlBody,
        highest: LogicalTime,
        context: &mut Context<'_>,
    ) -> Result<ControlRecord, Refusal> {
        if !matches!(body, ControlBody::Create(_)) {
            self.membership.may(author, body)?;
        }
        let conversation = self.conversation();
        let actor = ActorId::of(author.device, conversation, author.admission);
        let last = self.log.last_of(actor);
        let parents = self.membership.heads().to_vec();
        let before = self.before(parents.iter().chain(last.as_ref().map(|(_, id)| id)));
        let logical = LogicalTime::next(highest, before).ok_or(ControlError::RoomFull)?;
        let header = Header {
            version: OPERATION_VERSION,
            kind: body.kind(),
            conversation,
            actor,
            seq: last.map_or(1, |(seq, _)| seq.saturating_add(1)),
            prev: last.map(|(_, id)| id),
            logical,
            wall: context.now.wall,
            disappears_after: None,
            target: None,
            body: [0; 32].into(),
            body_bytes: 0,
            parents: Some(parents),
        };
        let operation = Operation::author(header, body.to_bytes(), context.own, context.rng)
            .map_err(|_| ControlError::RoomFull)?;
        let control = ControlOperation::read(&operation, author)?;
        if !self.insert(control, &operation)? {
            return Err(ControlError::RoomFull.into());
        }
        self.settle();
        Ok(self.record(author, &operation))
    }

    /// A room that our person makes, and the record of the operation that does it.
    pub(super) fn make(
        title: String,
        context: &mut Context<'_>,
    ) -> Result<(Self, ControlRecord), Refusal> {
        let body = CreateBody {
            creator: context.own.person(),
            nonce: context.rng.bytes::<32>().into(),
            title,
        };
        let device = context.own.device();
        let conversation = ConversationId::room(body.creator, device, &body.nonce);
        let author = Author {
            person: body.creator,
            device,
            admission: conversation.into(),
        };
        let body = ControlBody::Create(body);
        body.check()?;
        let mut room = Self::new(conversation);
        room.accept();
        let record = room.write(author, &body, LogicalTime::ZERO, context)?;
        Ok((room, record))
    }

    /// How many operations are held, and their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.held.len(), self.bytes)
    }

    /// What all that is held hashes to.
    pub(super) fn digest(&self) -> [u8; 32] {
        let ids: Vec<&[u8]> = self
            .held
            .keys()
            .map(|id| id.as_bytes().as_slice())
            .collect();
        Domain::VectorDigest.hash(&ids)
    }

    /// What we say we hold.
    pub(super) fn vector(&self, directory: &Directory, own: &OwnIdentity) -> ControlVector {
        let devices = self.people().into_iter();
        let devices = devices.flat_map(|person| directory.devices_of(person));
        let mut cards: Vec<CardPosition> = devices
            .map(|device| CardPosition {
                device: device.card.device,
                number: device.passed_on(),
            })
            .collect();
        cards.push(CardPosition {
            device: own.device(),
            number: own.newest_bundle(),
        });
        cards.sort_by_key(|card| card.device);
        cards.truncate(CARDS_MAX);
        ControlVector {
            locator: self.log.locator(),
            cards,
        }
    }

    /// Everyone who was ever admitted, whether that had an effect or not.
    pub(super) fn people(&self) -> BTreeSet<PersonId> {
        let admissions = self.membership.admissions().values();
        admissions.map(|admission| admission.person).collect()
    }

    /// Whether a person is a member.
    pub(super) fn is_member(&self, person: &PersonId) -> bool {
        self.membership.members().contains_key(person)
    }

    /// Whether a member was let in by another, as far as that admission still stands.
    pub(super) fn was_let_in_by(&self, person: &PersonId, host: &PersonId) -> bool {
        let member = self.membership.members().get(person);
        let mut admissions = member.into_iter().flat_map(|member| &member.admissions);
        admissions.any(|admission| {
            let add = self.held.get(&OperationId::new(*admission.as_bytes()));
            add.is_some_and(|add| add.author.person == *host)
        })
    }

    /// Every admission with the logical time at which it was made.
    pub(super) fn admissions(&self) -> Vec<(AdmissionId, PersonId, LogicalTime)> {
        let created = AdmissionId::from(self.conversation());
        let admissions = self.membership.admissions().iter();
        admissions
            .map(|(id, state)| {
                let held = self.held.get(&OperationId::new(*id.as_bytes()));
                let held = held.or_else(|| {
                    let first = self.log.operations().next().filter(|_| *id == created);
                    first.and_then(|first| self.held.get(&first.id()))
                });
                let logical = held.map_or(LogicalTime::ZERO, |held| held.logical);
                (*id, state.person, logical)
            })
            .collect()
    }

    /// The highest logical time of a held operation.
    pub(super) fn highest(&self) -> LogicalTime {
        let logical = self.held.values().map(|held| held.logical);
        logical.max().unwrap_or_default()
    }

    /// The most senior admission of a person under which a device may write, with the device.
    pub(super) fn author(&self, person: PersonId, device: DeviceId) -> Option<Author> {
        let member = self.membership.members().get(&person)?;
        let mut admissions = member.admissions.iter().copied();
        let admission = admissions.find(|id| !self.membership.is_revoked(*id, device))?;
        Some(Author {
            person,
            device,
            admission,
        })
    }

    /// Content at or below these positions is not for a person, who has been admitted; absent: all
    /// is for them.
    pub(super) fn baseline(&self, person: &PersonId) -> Option<BTreeMap<ActorId, Position>> {
        let member = self.membership.members().get(person)?;
        let mut lowest: Option<BTreeMap<ActorId, Position>> = None;
        for admission in &member.admissions {
            let since = self.log.baseline(*admission)?;
            let since: BTreeMap<ActorId, Position> = since
                .iter()
                .map(|position| (position.actor, *position))
                .collect();
            lowest = Some(match lowest {
                None => since,
                Some(mut lowest) => {
                    lowest.retain(|actor, position| {
                        since.get(actor).is_some_and(|other| {
                            if other.seq < position.seq {
                                *position = *other;
                            }
                            true
                        })
                    });
                    lowest
                }
            });
        }
        lowest
    }

    /// The operations that a person may be served, in order: all of them for a member, and for one
    /// who was a member what ended that, or showed that it never was so, with what it builds on.
    pub(super) fn served_to(&self, person: &PersonId) -> Option<BTreeSet<OperationId>> {
        if self.is_member(person) {
            return None;
        }
        let hosts = self.hosts_in_vain(person);
        let ends: Vec<OperationId> = self
            .log
            .operations()
            .filter(|operation| {
                self.membership.is_valid(operation.id())
                    && match operation.body() {
                        ControlBody::Remove(body) => {
                            body.person == *person
                                || hosts.iter().any(|host| host.admission == body.admission)
                        }
                        ControlBody::Leave(_) => operation.author().person == *person,
                        ControlBody::Role(body) => {
                            body.role == Role::Member
                                && hosts.iter().any(|host| host.admission == body.admission)
                        }
                        ControlBody::DeviceRevoked(body) => {
                            hosts.iter().any(|host| host.device == body.device)
                        }
                        ControlBody::Create(_)
                        | ControlBody::Add(_)
                        | ControlBody::Title(_)
                        | ControlBody::Settings(_)
                        | ControlBody::Unknown(_) => false,
                    }
            })
            .map(ControlOperation::id)
            .collect();
        Some(self.log.past_of(&ends))
    }

    /// Those who admitted a person without effect, and those who admitted these, as far up as that
    /// had none: what was done to them is why.
    fn hosts_in_vain(&self, person: &PersonId) -> Vec<Author> {
        let is_void = |(_, state): &(&AdmissionId, &AdmissionState)| {
            state.person == *person && state.standing == Standing::Void
        };
        let void = self.membership.admissions().iter().filter(is_void);
        let mut admissions: Vec<AdmissionId> = void.map(|(id, _)| *id).collect();
        let mut hosts: Vec<Author> = Vec::new();
        while let Some(admission) = admissions.pop() {
            let Some(add) = self.held.get(&OperationId::new(*admission.as_bytes())) else {
                continue;
            };
            if hosts.contains(&add.author) {
                continue;
            }
            hosts.push(add.author);
            let above = self.membership.admission(add.author.admission);
            if above.is_some_and(|above| above.standing == Standing::Void) {
                admissions.push(add.author.admission);
            }
        }
        hosts
    }

    /// What is shown of it, if that is not what was shown before.
    pub(super) fn news(&mut self, own: &OwnIdentity, directory: &Directory) -> Option<RoomRecord> {
        let shown = self.shown(own, directory)?;
        if self.last_shown.as_ref() == Some(&shown) {
            return None;
        }
        self.last_shown = Some(shown.clone());
        Some(shown)
    }

    /// Puts back what was shown, and with it whether our person takes part.
    pub(super) fn restore_shown(&mut self, shown: &RoomRecord) {
        self.accepted = shown.standing != RoomStanding::Invited;
        self.last_shown = Some(shown.clone());
    }

    /// Everything held, as it is stored.
    pub(super) fn records(&self) -> Vec<ControlRecord> {
        let entries = self.entries();
        entries
            .map(|(_, operation, author)| ControlRecord {
                conversation: self.conversation(),
                author,
                operation: operation.clone(),
            })
            .collect()
    }

    /// What another holds who names these operations.
    pub(super) fn past_of(&self, locator: &[OperationId]) -> BTreeSet<OperationId> {
        self.log.past_of(locator)
    }

    /// The held operations in causal order, ready to be served.
    pub(super) fn entries(&self) -> impl Iterator<Item = (OperationId, &SignedOperation, Author)> {
        self.log.operations().filter_map(|operation| {
            let held = self.held.get(&operation.id())?;
            Some((operation.id(), &held.operation, held.author))
        })
    }

    /// Where our person stands; `None` while nothing held admits them.
    pub(super) fn standing(&self, own: &PersonId) -> Option<RoomStanding> {
        let admissions = self.membership.admissions().values();
        let ours: Vec<Standing> = admissions
            .filter(|state| state.person == *own)
            .map(|state| state.standing)
            .collect();
        if ours.contains(&Standing::Stands) {
            Some(if self.accepted {
                RoomStanding::Joined
            } else {
                RoomStanding::Invited
            })
        } else if ours.contains(&Standing::Left) {
            Some(RoomStanding::Left)
        } else {
            (!ours.is_empty()).then_some(RoomStanding::Removed)
        }
    }

    /// Who admitted our person: the author of the most senior admission that stands, or else of any.
    pub(super) fn invited_by(&self, own: &PersonId) -> Option<PersonId> {
        let standing = self.membership.members().get(own);
        let standing = standing.and_then(|member| member.admissions.first().copied());
        let any = || {
            let mut admissions = self.membership.admissions().iter();
            let ours = admissions.find(|(_, state)| state.person == *own);
            ours.map(|(id, _)| *id)
        };
        let admission = standing.or_else(any)?;
        let add = self.held.get(&OperationId::new(*admission.as_bytes()))?;
        Some(add.author.person)
    }

    /// What is shown of it; `None` while nothing held admits our person.
    pub(super) fn shown(&self, own: &OwnIdentity, directory: &Directory) -> Option<RoomRecord> {
        let person = own.person();
        let members = self.membership.members().iter();
        let heir = self.membership.heir();
        Some(RoomRecord {
            conversation: self.conversation(),
            standing: self.standing(&person)?,
            title: self.membership.title().unwrap_or_default().to_owned(),
            disappears_after: self.membership.disappears_after(),
            invited_by: self.invited_by(&person),
            members: members
                .map(|(member_person, member)| MemberRecord {
                    person: *member_person,
                    role: if heir.is_some_and(|heir| member.admissions.contains(&heir)) {
                        Role::Admin
                    } else {
                        member.role
                    },
                    name: if *member_person == person {
                        own.name().to_owned()
                    } else {
                        let name = directory.name_of(member_person);
                        name.unwrap_or_default().to_owned()
                    },
                })
                .collect(),
            needs_newer_version: self.membership.needs_newer_version(),
        })
    }

    /// The cards of those in it that another lacks, who has been told of `known`.
    pub(super) fn introductions(
        &self,
        known: &BTreeMap<DeviceId, u64>,
        directory: &Directory,
    ) -> Vec<(DeviceId, u64, Introduction)> {
        let people = self.people().into_iter();
        let devices = people.flat_map(|person| directory.devices_of(person));
        devices
            .filter_map(|device| {
                let (id, number) = (device.card.device, device.passed_on());
                let lacks = known.get(&id).is_none_or(|known| *known < number);
                let introduction = device.introduction().filter(|_| lacks)?;
                Some((id, number, introduction))
            })
            .collect()
    }

    fn insert(
        &mut self,
        control: ControlOperation,
        operation: &Operation,
    ) -> Result<bool, ControlError> {
        let (id, author) = (control.id(), control.author());
        let bytes = self.bytes.saturating_add(operation.signed().bytes());
        if bytes > CONTROL_BYTES_MAX {
            return Err(ControlError::RoomFull);
        }
        let inserted = self.log.insert(control)?;
        if !matches!(inserted, Inserted::Held(_)) {
            return Ok(false);
        }
        self.bytes = bytes;
        self.held.insert(
            id,
            Held {
                author,
                logical: operation.header().logical,
                operation: operation.signed().clone(),
            },
        );
        Ok(true)
    }

    fn record(&self, author: Author, operation: &Operation) -> ControlRecord {
        ControlRecord {
            conversation: self.conversation(),
            author,
            operation: operation.signed().clone(),
        }
    }

    /// Whether an operation is timed after all it builds on, and not far after.
    fn may_be_timed(&self, header: &Header) -> bool {
        let causes = header.parents.iter().flatten().chain(&header.prev);
        header.logical.may_follow(self.before(causes))
    }

    fn before<'a>(&self, causes: impl Iterator<Item = &'a OperationId>) -> LogicalTime {
        let causes = causes.filter_map(|id| self.held.get(id));
        causes.map(|held| held.logical).max().unwrap_or_default()
    }
}
