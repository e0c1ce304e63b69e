//! A room's control as this device holds it: what its members wrote about who is in it, verified,
//! and what that comes to.
//!
//! Invariants
//! - What is held was signed by a device of the person it names, and is in causal order.
//! - Of each operation the bytes are kept as they came, so that it can be served to others.

mod consent;
mod serving;
mod telling;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use consent::Consent;
use consent::GivenConsent;

use super::context::Context;
use super::directory::Directory;
use super::fill::{Fills, Queue};
use crate::domain::Domain;
use crate::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId, PersonId};
use crate::identity::{Card, OwnIdentity, SigningPublic, VerifiedCard};
use crate::operation::{Header, OPERATION_VERSION, Operation, OperationError, SignedOperation};
use crate::pairing::ContactSecret;
use crate::record::{ControlRecord, MemberRecord, RoomRecord, RoomStanding};
use crate::room::{
    Author, Bound, ControlBody, ControlError, ControlOperation, CreateBody, Deed, Intake,
    Membership, Refusal, Role, Standing,
};
use crate::sync::ControlEntry;
use crate::time::LogicalTime;
use crate::wire::limits::{
    CONTROL_AWAITED_MAX, CONTROL_BYTES_MAX, CONTROL_OPERATIONS_MAX, CONTROL_PASSED_OVER_BYTES_MAX,
};

/// Why a control operation that a peer sent is refused, whoever wrote it: what it is shows that no
/// honest peer holds it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum ControlFault {
    #[error(transparent)]
    Operation(#[from] OperationError),
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// The card of a device, as somebody presented it.
pub(super) type Presented = (Card, VerifiedCard, Vec<String>);

/// The control of one room.
#[derive(Debug)]
pub(super) struct Room {
    intake: Intake<Operation>,
    held: BTreeMap<OperationId, SignedOperation>,
    /// Bytes of those.
    bytes: usize,
    /// Whether our person takes part.
    given: GivenConsent,
    last_shown: Option<RoomRecord>,
    /// What people are told of what was done to it.
    told: BTreeMap<OperationId, Deed>,
    /// How many operations that follows from.
    told_of: usize,
    /// Counts what may change what somebody is to be told.
    generation: u64,
}

impl Room {
    /// A room of which nothing is held.
    pub(super) fn new(conversation: ConversationId) -> Self {
        Self {
            intake: Intake::new(conversation),
            held: BTreeMap::new(),
            bytes: 0,
            given: GivenConsent::default(),
            last_shown: None,
            told: BTreeMap::new(),
            told_of: 0,
            generation: 0,
        }
    }

    pub(super) const fn conversation(&self) -> ConversationId {
        self.intake.log().conversation()
    }

    pub(super) const fn membership(&self) -> &Membership {
        self.intake.membership()
    }

    /// Whether our person said that they take part.
    pub(super) fn is_accepted(&self) -> bool {
        self.given.consent() == Consent::Accepted
    }

    /// Whether what admits our person is other than what they gave their consent to.
    pub(super) fn is_consent_due(&self, own: &PersonId) -> bool {
        self.given.is_due(&self.admissions_of(own))
    }

    /// Has a consent, or if there is no other the one that holds, go for what admits our person now.
    pub(super) fn give_consent(&mut self, own: &PersonId, consent: Option<Consent>) {
        let admissions = self.admissions_of(own);
        self.given.give(consent, admissions);
    }

    /// Whether a person has ever said that they leave, whether or not that counts any more.
    pub(super) fn has_left(&self, person: &PersonId) -> bool {
        self.intake.log().operations().any(|operation| {
            matches!(operation.body(), ControlBody::Leave(_))
                && operation.author().person == *person
        })
    }

    /// Changes with everything that somebody may have to be told.
    pub(super) const fn generation(&self) -> u64 {
        self.generation
    }

    /// Notes that a card of somebody in it changed.
    pub(super) const fn stir(&mut self) {
        self.generation = self.generation.wrapping_add(1);
    }

    /// Puts back an operation as it was stored; [`Self::resolve`] has to follow the last.
    pub(super) fn restore(&mut self, record: &ControlRecord) {
        let operation = Operation::stored(record.operation.clone());
        let read = operation.and_then(|operation| {
            let control = ControlOperation::read(&operation, record.author).ok()?;
            Some((control, operation))
        });
        if let Some((control, operation)) = read {
            // What was held before is held again, in the same order.
            if self.intake.restore(control) {
                self.keep(&operation);
            }
        }
    }

    /// Resolves who is in the room by all that is held.
    pub(super) fn resolve(&mut self) {
        self.intake.resolve();
        self.stir();
    }

    pub(super) fn heads(&self) -> Vec<OperationId> {
        self.intake.log().heads()
    }

    /// What introduces two devices whose people are in the room: it follows from what its first operation
    /// says, which members alone are shown.
    pub(super) fn introduction(&self, one: DeviceId, other: DeviceId) -> Option<ContactSecret> {
        let nonce = self.intake.log().nonce()?;
        let room = self.conversation();
        Some(ContactSecret::introduction(room, nonce, one, other))
    }

    pub(super) fn holds(&self, id: OperationId) -> bool {
        self.held.contains_key(&id)
    }

    /// Takes an operation of the device with this key and person; returns what is held now. One that does not fit what it builds on is passed over: who serves it need not be
    /// who wrote it. [`Self::resolve`] has to follow the last.
    pub(super) fn receive(
        &mut self,
        entry: ControlEntry,
        person: PersonId,
        key: &SigningPublic,
    ) -> Result<Vec<ControlRecord>, ControlFault> {
        if self.holds(entry.operation.id()) {
            return Ok(Vec::new());
        }
        let author = Author {
            person,
            device: entry.device,
            admission: entry.admission,
        };
        let operation = entry.operation.verify(key)?;
        let control = ControlOperation::read(&operation, author)?;
        let taken = self.intake.offer(control, operation);
        let taken = taken.unwrap_or_default().into_iter();
        let taken = taken.filter_map(|(_, operation)| {
            self.keep(&operation);
            self.record(&operation)
        });
        Ok(taken.collect())
    }

    /// Keeps of what was passed over nothing by a device of which no card is known: who holds it would
    /// need that, and cards are not kept with what may never be held.
    pub(super) fn forget_strangers(&mut self, is_known: impl Fn(&DeviceId) -> bool) {
        self.intake
            .forget(|operation| !is_known(&operation.author().device));
    }

    #[cfg(test)]
    pub(super) fn passed_over(&self) -> usize {
        self.intake.passed_over()
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
            self.membership().may(author, body)?;
        }
        let (conversation, log) = (self.conversation(), self.intake.log());
        let actor = ActorId::of(author.device, conversation, author.admission);
        let last = log.last_of(actor);
        let parents = log.parents(self.membership(), author, body);
        let causes = parents.iter().copied().chain(last.map(|(_, id)| id));
        let before = log.latest_of(causes);
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
        self.intake.write(control)?;
        self.keep(&operation);
        self.stir();
        self.record(&operation)
            .ok_or_else(|| ControlError::RoomFull.into())
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
        let record = room.write(author, &body, LogicalTime::ZERO, context)?;
        room.give_consent(&author.person, Some(Consent::Accepted));
        Ok((room, record))
    }

    /// How many operations are held, and their bytes.
    pub(super) fn size(&self) -> (usize, usize) {
        (self.held.len(), self.bytes)
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let bytes = self.held.values().map(SignedOperation::bytes);
        // What somebody with authority builds on is held up to twice what else would be.
        fills.note(Queue::Control, self.held.len(), 2 * CONTROL_OPERATIONS_MAX);
        fills.note(Queue::ControlBytes, bytes.sum(), 2 * CONTROL_BYTES_MAX);
        let (passed_over, awaited) = self.intake.waiting();
        fills.note(
            Queue::PassedOver,
            passed_over,
            CONTROL_PASSED_OVER_BYTES_MAX,
        );
        fills.note(Queue::Awaited, awaited, CONTROL_AWAITED_MAX);
    }

    /// Whether an operation that is held admits a person, should it count.
    pub(super) fn admits(&self, operation: OperationId, person: PersonId) -> bool {
        let operation = self.intake.log().operation(operation);
        match operation.map(ControlOperation::body) {
            Some(ControlBody::Create(body)) => body.creator == person,
            Some(ControlBody::Add(body)) => body.person == person,
            Some(
                ControlBody::Remove(_)
                | ControlBody::Leave(_)
                | ControlBody::Role(_)
                | ControlBody::Title(_)
                | ControlBody::Settings(_)
                | ControlBody::DeviceRevoked(_)
                | ControlBody::Unknown(_),
            )
            | None => false,
        }
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

    /// Everyone who was ever admitted, whether that had an effect or not.
    pub(super) fn people(&self) -> BTreeSet<PersonId> {
        let admissions = self.membership().admissions().values();
        admissions.map(|admission| admission.person).collect()
    }

    /// Whether a person is a member.
    pub(super) fn is_member(&self, person: &PersonId) -> bool {
        self.membership().members().contains_key(person)
    }

    /// Whether a member was let in by another, as far as that admission still stands.
    pub(super) fn was_let_in_by(&self, person: &PersonId, host: &PersonId) -> bool {
        let member = self.membership().members().get(person);
        let mut admissions = member.into_iter().flat_map(|member| &member.admissions);
        admissions.any(|admission| {
            self.author_of_add(*admission)
                .is_some_and(|author| author.person == *host)
        })
    }

    /// Every admission with the logical time at which it was made.
    pub(super) fn admissions(&self) -> Vec<(AdmissionId, PersonId, LogicalTime)> {
        let created = AdmissionId::from(self.conversation());
        let log = self.intake.log();
        let admissions = self.membership().admissions().iter();
        admissions
            .map(|(id, state)| {
                let add = log.operation(OperationId::new(*id.as_bytes()));
                let first = || log.operations().next().filter(|_| *id == created);
                let opened = add.or_else(first).map(ControlOperation::logical);
                (*id, state.person, opened.unwrap_or_default())
            })
            .collect()
    }

    /// What orders an admission among all, by how senior those are who made it, and then by its own
    /// seniority.
    pub(super) fn seniority(&self, admission: AdmissionId) -> impl Ord {
        let rank = |admission| {
            let state = self.membership().admission(admission);
            state.and_then(|state| state.rank).unwrap_or(usize::MAX)
        };
        let host = self.author_of_add(admission);
        (host.map(|host| rank(host.admission)), rank(admission))
    }

    /// The highest logical time of a held operation.
    pub(super) fn highest(&self) -> LogicalTime {
        self.intake.log().latest()
    }

    /// The most senior admission of a person under which a device may write, with the device.
    pub(super) fn author(&self, person: PersonId, device: DeviceId) -> Option<Author> {
        let member = self.membership().members().get(&person)?;
        let mut admissions = member.admissions.iter().copied();
        let admission = admissions.find(|id| !self.membership().is_revoked(*id, device))?;
        Some(Author {
            person,
            device,
            admission,
        })
    }

    /// Content within these bounds is not for a person, who has been admitted; absent: all is for them.
    pub(super) fn baseline(&self, person: &PersonId) -> Option<BTreeMap<ActorId, Bound>> {
        let member = self.membership().members().get(person)?;
        let mut lowest: Option<BTreeMap<ActorId, Bound>> = None;
        for admission in &member.admissions {
            let since = self.intake.log().baseline(*admission)?;
            let since: BTreeMap<ActorId, Bound> = since.into_iter().collect();
            lowest = Some(match lowest {
                None => since,
                Some(mut lowest) => {
                    lowest.retain(|actor, bound| {
                        since.get(actor).is_some_and(|other| {
                            let until = bound.until.min(other.until);
                            *bound = (*bound).min(*other);
                            bound.until = until;
                            true
                        })
                    });
                    lowest
                }
            });
        }
        lowest
    }

    /// What is shown of it, if that is not what was shown before.
    pub(super) fn changed_record(
        &mut self,
        own: &OwnIdentity,
        directory: &Directory,
    ) -> Option<RoomRecord> {
        let shown = self.shown(own, directory)?;
        if self.last_shown.as_ref() == Some(&shown) {
            return None;
        }
        self.last_shown = Some(shown.clone());
        Some(shown)
    }

    /// Puts back what was shown of what is held and resolved, and with it whether our person takes part.
    pub(super) fn restore_shown(&mut self, own: &PersonId, shown: &RoomRecord) {
        let admissions = self.admissions_of(own);
        self.given.restore(shown.standing, admissions);
        self.last_shown = Some(shown.clone());
        self.restore_told();
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
        self.intake.log().past_of(locator)
    }

    /// The held operations in causal order, ready to be served.
    pub(super) fn entries(&self) -> impl Iterator<Item = (OperationId, &SignedOperation, Author)> {
        let operations = self.intake.log().operations();
        operations.filter_map(|operation| {
            let held = self.held.get(&operation.id())?;
            Some((operation.id(), held, operation.author()))
        })
    }

    /// Where our person stands; `None` while nothing held admits them.
    pub(super) fn standing(&self, own: &PersonId) -> Option<RoomStanding> {
        let mut admissions = self.membership().admissions().values();
        admissions.find(|state| state.person == *own)?;
        let outside = || self.how_they_went(own);
        Some(match self.given.consent() {
            _ if !self.is_member(own) => outside(),
            Consent::Accepted => RoomStanding::Joined,
            Consent::Awaited => RoomStanding::Invited,
            Consent::Refused => outside(),
        })
    }

    /// How a person went who was let in: of several times, the last that a leave or a removal ended.
    fn how_they_went(&self, person: &PersonId) -> RoomStanding {
        let theirs = self.admissions().into_iter();
        let theirs = theirs.filter(|(_, whose, _)| whose == person);
        let over = theirs.filter_map(|(id, _, opened)| {
            let standing = self.membership().admission(id)?.standing;
            let is_over = matches!(standing, Standing::Left | Standing::Removed);
            is_over.then_some((opened, id, standing))
        });
        match over.max_by_key(|(opened, id, _)| (*opened, *id)) {
            Some((.., Standing::Left)) => RoomStanding::Left,
            Some(_) | None => RoomStanding::Removed,
        }
    }

    /// A person's admissions that stand.
    fn admissions_of(&self, person: &PersonId) -> BTreeSet<AdmissionId> {
        let member = self.membership().members().get(person);
        let admissions = member.into_iter().flat_map(|member| &member.admissions);
        admissions.copied().collect()
    }

    /// Who admitted our person: the author of the most senior admission that stands, or else of any.
    pub(super) fn invited_by(&self, own: &PersonId) -> Option<PersonId> {
        let standing = self.membership().members().get(own);
        let standing = standing.and_then(|member| member.admissions.first().copied());
        let any = || {
            let mut admissions = self.membership().admissions().iter();
            let ours = admissions.find(|(_, state)| state.person == *own);
            ours.map(|(id, _)| *id)
        };
        let admission = standing.or_else(any)?;
        Some(self.author_of_add(admission)?.person)
    }

    /// What is shown of it; `None` while nothing held admits our person.
    pub(super) fn shown(&self, own: &OwnIdentity, directory: &Directory) -> Option<RoomRecord> {
        let person = own.person();
        let members = self.membership().members().iter();
        let heir = self.membership().heir();
        Some(RoomRecord {
            conversation: self.conversation(),
            standing: self.standing(&person)?,
            title: self.title(directory).unwrap_or_default().to_owned(),
            disappears_after: self.membership().disappears_after(),
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
            needs_newer_version: self.membership().needs_newer_version(),
        })
    }

    /// What it is called: as the control says, unless that is by somebody whom our person blocked, whose words nobody has to
    /// see. Then it is what it would be without those; `None` if nobody else called it anything.
    fn title(&self, directory: &Directory) -> Option<&str> {
        let is_blocked = |person: &PersonId| {
            let contact = directory.contact(person);
            contact.is_some_and(|contact| contact.blocked)
        };
        let membership = self.membership();
        match membership.titled_by() {
            Some(by) if is_blocked(&by) => self.intake.log().title_without(membership, is_blocked),
            Some(_) | None => membership.title(),
        }
    }

    /// Who admitted somebody; `None` for the creator.
    fn author_of_add(&self, admission: AdmissionId) -> Option<Author> {
        let add = OperationId::new(*admission.as_bytes());
        let add = self.intake.log().operation(add)?;
        Some(add.author())
    }

    fn keep(&mut self, operation: &Operation) {
        let signed = operation.signed();
        if self.held.insert(operation.id(), signed.clone()).is_none() {
            self.bytes = self.bytes.saturating_add(signed.bytes());
        }
    }

    fn record(&self, operation: &Operation) -> Option<ControlRecord> {
        Some(ControlRecord {
            conversation: self.conversation(),
            author: self.intake.log().operation(operation.id())?.author(),
            operation: operation.signed().clone(),
        })
    }
}
