//! The control log: every control operation of one room that is held, in causal order.
//!
//! Invariants
//! - What an operation names as coming before it is held before it. Until then it waits, bounded.
//! - What is refused is refused for itself and its own past, whatever else is held; limits aside.
//! - A place in the log is this replica's own: no decision depends on it but through causality.

use std::collections::{BTreeMap, BTreeSet};

use super::ControlError;
use super::body::{ControlBody, Role};
use super::membership::Membership;
use super::operation::ControlOperation;
use super::resolution::Resolution;
use super::set::PlaceSet;
use crate::id::{ActorId, AdmissionId, ConversationId, OperationId, PersonId};
use crate::sync::Position;
use crate::wire::limits::{
    CONTROL_HEADS_MAX, CONTROL_OPERATIONS_MAX, CONTROL_OPERATIONS_PER_ACTOR_MAX,
    CONTROL_OPERATIONS_WAITING_MAX,
};

/// What became of an operation that was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inserted {
    /// It is held, and with it those that waited for it: in causal order.
    Held(Vec<OperationId>),
    /// It waits for something that has not arrived.
    Waits,
    /// It was there before.
    Known,
}

/// An operation in its place.
#[derive(Debug, Clone)]
pub(super) struct Held {
    pub(super) operation: ControlOperation,
    /// All that it builds on, itself not among it.
    pub(super) past: PlaceSet,
    /// Its author's admission; `None` if a kind admitted it that this version does not know.
    pub(super) admission: Option<usize>,
}

/// What a Create or an Add opened.
#[derive(Debug, Clone)]
pub(super) struct Admission {
    pub(super) id: AdmissionId,
    pub(super) person: PersonId,
    pub(super) role: Role,
    /// Place of the operation.
    pub(super) place: usize,
    /// The admission of who wrote it; `None` for the creator's, and for one without a known author.
    pub(super) by: Option<usize>,
    /// What orders it among those of the same author.
    pub(super) key: (u64, OperationId),
}

/// All control operations of a room that are held.
#[derive(Debug, Clone)]
pub struct ControlLog {
    conversation: ConversationId,
    pub(super) held: Vec<Held>,
    pub(super) admissions: Vec<Admission>,
    /// Who acts as admin by seniority in an operation's own past, as far as it was asked.
    heirs: BTreeMap<usize, Option<usize>>,
    places: BTreeMap<OperationId, usize>,
    admitted: BTreeMap<AdmissionId, usize>,
    chains: BTreeMap<ActorId, BTreeMap<u64, Vec<OperationId>>>,
    waiting: BTreeMap<OperationId, ControlOperation>,
    /// Which wait for one that is missing.
    awaited: BTreeMap<OperationId, Vec<OperationId>>,
}

impl ControlLog {
    /// An empty log.
    #[must_use]
    pub const fn new(conversation: ConversationId) -> Self {
        Self {
            conversation,
            held: Vec::new(),
            admissions: Vec::new(),
            heirs: BTreeMap::new(),
            places: BTreeMap::new(),
            admitted: BTreeMap::new(),
            chains: BTreeMap::new(),
            waiting: BTreeMap::new(),
            awaited: BTreeMap::new(),
        }
    }

    /// The room.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// How many operations are held, those that wait not counted.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.held.len()
    }

    /// Whether nothing is held.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.held.is_empty()
    }

    /// Whether an operation is held.
    #[must_use]
    pub fn contains(&self, id: OperationId) -> bool {
        self.places.contains_key(&id)
    }

    /// A held operation.
    #[must_use]
    pub fn operation(&self, id: OperationId) -> Option<&ControlOperation> {
        let held = self.place_of(id).and_then(|place| self.held.get(place));
        held.map(|held| &held.operation)
    }

    /// The content that an admission begins after: ascending by actor. `None`: it has all.
    #[must_use]
    pub fn baseline(&self, admission: AdmissionId) -> Option<&[Position]> {
        match &self
            .operation(OperationId::new(*admission.as_bytes()))?
            .body
        {
            ControlBody::Add(body) => body.since.as_deref(),
            ControlBody::Create(_)
            | ControlBody::Remove(_)
            | ControlBody::Leave(_)
            | ControlBody::Role(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => None,
        }
    }

    /// Whether all that an operation names as coming before it is held.
    #[must_use]
    pub fn holds_causes(&self, operation: &ControlOperation) -> bool {
        self.first_missing(operation).is_none()
    }

    /// The held operations, each after all it builds on.
    pub fn operations(&self) -> impl Iterator<Item = &ControlOperation> {
        self.held.iter().map(|held| &held.operation)
    }

    /// Everything held that these operations, as far as they are held, are or build on.
    #[must_use]
    pub fn past_of(&self, ids: &[OperationId]) -> BTreeSet<OperationId> {
        let mut past = PlaceSet::default();
        for place in ids.iter().filter_map(|id| self.place_of(*id)) {
            if let Some(held) = self.held.get(place) {
                past.extend(&held.past);
                past.insert(place);
            }
        }
        let places = self.places.iter();
        let places = places.filter(|(_, place)| past.contains(**place));
        places.map(|(id, _)| *id).collect()
    }

    /// The heads, and operations further and further back: by them another finds what its log and
    /// this one have in common.
    #[must_use]
    pub fn locator(&self) -> Vec<OperationId> {
        let mut locator = self.heads();
        let mut back = 2;
        while let Some(place) = self.held.len().checked_sub(back) {
            locator.extend(self.held.get(place).map(|held| held.operation.id));
            back = back.saturating_mul(2);
        }
        locator
    }

    /// The last operation of an actor's control chain, with its sequence number.
    #[must_use]
    pub fn last_of(&self, actor: ActorId) -> Option<(u64, OperationId)> {
        let (seq, ids) = self.chains.get(&actor)?.last_key_value()?;
        Some((*seq, *ids.first()?))
    }

    /// The operations that others wait for.
    pub fn missing(&self) -> impl Iterator<Item = OperationId> + '_ {
        self.awaited.keys().copied()
    }

    /// Takes an operation, whatever the order in which they come.
    ///
    /// # Errors
    /// [`ControlError`] if it cannot belong to this log, or there is no room for it. One that
    /// waited and turns out not to belong is dropped in silence.
    pub fn insert(&mut self, operation: ControlOperation) -> Result<Inserted, ControlError> {
        if operation.conversation != self.conversation {
            return Err(ControlError::Room);
        }
        if self.places.contains_key(&operation.id) || self.waiting.contains_key(&operation.id) {
            return Ok(Inserted::Known);
        }
        if let Some(missing) = self.first_missing(&operation) {
            return self.wait(operation, missing);
        }
        let mut held = vec![operation.id];
        self.hold(operation)?;
        let mut next = 0;
        while let Some(arrived) = held.get(next).copied() {
            next += 1;
            for id in self.awaited.remove(&arrived).unwrap_or_default() {
                let Some(waiting) = self.waiting.remove(&id) else {
                    continue;
                };
                if let Some(missing) = self.first_missing(&waiting) {
                    self.awaited.entry(missing).or_default().push(id);
                    self.waiting.insert(id, waiting);
                } else if self.hold(waiting).is_ok() {
                    held.push(id);
                }
            }
        }
        Ok(Inserted::Held(held))
    }

    /// Who is in the room, and what it is, by all that is held.
    pub fn resolve(&mut self) -> Membership {
        // Each entry asks for the heir of one operation's past, which lies within that of the
        // entry before: a stack of our own, however deep a peer makes it.
        let mut asked: Vec<usize> = Vec::new();
        loop {
            let scope = asked.last().and_then(|place| self.held.get(*place));
            let resolution = Resolution::of(self, scope.map(|held| &held.past), &self.heirs);
            match (resolution, asked.last().copied()) {
                (Err(unanswered), _) => asked.push(unanswered.place),
                (Ok(resolution), None) => return Membership::new(self, &resolution),
                (Ok(resolution), Some(place)) => {
                    let heir = resolution.heir();
                    self.heirs.insert(place, heir);
                    asked.pop();
                }
            }
        }
    }

    /// The heads, which no other operation names: the lowest ids, as many as one may name.
    #[must_use]
    pub fn heads(&self) -> Vec<OperationId> {
        let mut named = PlaceSet::default();
        for held in &self.held {
            for cause in held.operation.causes() {
                if let Some(place) = self.places.get(&cause) {
                    named.insert(*place);
                }
            }
        }
        let heads = self
            .places
            .iter()
            .filter(|(_, place)| !named.contains(**place));
        heads.map(|(id, _)| *id).take(CONTROL_HEADS_MAX).collect()
    }

    /// Each actor's sequence numbers under which it signed more than one operation, with those.
    pub fn equivocations(&self) -> impl Iterator<Item = (ActorId, u64, &[OperationId])> + '_ {
        self.chains.iter().flat_map(|(actor, chain)| {
            let twice = chain.iter().filter(|(_, ids)| ids.len() > 1);
            twice.map(|(seq, ids)| (*actor, *seq, ids.as_slice()))
        })
    }

    pub(super) fn place_of(&self, id: OperationId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub(super) fn admission_of(&self, id: AdmissionId) -> Option<usize> {
        self.admitted.get(&id).copied()
    }

    fn first_missing(&self, operation: &ControlOperation) -> Option<OperationId> {
        operation
            .causes()
            .find(|cause| !self.places.contains_key(cause))
    }

    fn wait(
        &mut self,
        operation: ControlOperation,
        missing: OperationId,
    ) -> Result<Inserted, ControlError> {
        if self.waiting.len() >= CONTROL_OPERATIONS_WAITING_MAX {
            return Err(ControlError::WaitingFull(operation.id));
        }
        self.awaited.entry(missing).or_default().push(operation.id);
        self.waiting.insert(operation.id, operation);
        Ok(Inserted::Waits)
    }

    fn hold(&mut self, operation: ControlOperation) -> Result<(), ControlError> {
        let place = self.held.len();
        if place >= CONTROL_OPERATIONS_MAX {
            return Err(ControlError::RoomFull);
        }
        self.check_chain(&operation)?;
        let mut past = PlaceSet::default();
        for cause in operation.causes().filter_map(|id| self.place_of(id)) {
            if let Some(held) = self.held.get(cause) {
                past.extend(&held.past);
                past.insert(cause);
            }
        }
        let admission = self.author_admission(&operation, &past)?;
        let admission = self.admit(&operation, place, admission);
        self.places.insert(operation.id, place);
        let chain = self.chains.entry(operation.actor).or_default();
        let twins = chain.entry(operation.seq).or_default();
        twins.push(operation.id);
        twins.sort_unstable();
        self.held.push(Held {
            operation,
            past,
            admission,
        });
        Ok(())
    }

    fn check_chain(&self, operation: &ControlOperation) -> Result<(), ControlError> {
        let full = usize::try_from(operation.seq)
            .map_or(true, |seq| seq > CONTROL_OPERATIONS_PER_ACTOR_MAX);
        let chain = self.chains.get(&operation.actor);
        let written = chain.map_or(0, |chain| chain.values().map(Vec::len).sum());
        if full || written >= CONTROL_OPERATIONS_PER_ACTOR_MAX {
            return Err(ControlError::ActorFull);
        }
        let Some(prev) = operation.prev else {
            return Ok(());
        };
        let held = self.place_of(prev).and_then(|place| self.held.get(place));
        let follows = held.is_some_and(|held| {
            held.operation.actor == operation.actor
                && held.operation.seq.checked_add(1) == Some(operation.seq)
        });
        if follows {
            Ok(())
        } else {
            Err(ControlError::Chain)
        }
    }

    /// The admission its author writes under, which must lie in its past and be of that person.
    fn author_admission(
        &self,
        operation: &ControlOperation,
        past: &PlaceSet,
    ) -> Result<Option<usize>, ControlError> {
        if matches!(operation.body, ControlBody::Create(_)) {
            return Ok(self.admission_of(operation.author.admission));
        }
        let author = operation.author;
        if let Some(index) = self.admission_of(author.admission) {
            let admission = self.admissions.get(index);
            let admitted = admission.is_some_and(|admission| {
                admission.person == author.person && self.is_created_in(admission, past)
            });
            return if admitted {
                Ok(Some(index))
            } else {
                Err(ControlError::Admission)
            };
        }
        let by = self.place_of(OperationId::new(*author.admission.as_bytes()));
        let unknown = by.filter(|place| past.contains(*place)).and_then(|place| {
            let held = self.held.get(place)?;
            matches!(held.operation.body, ControlBody::Unknown(_)).then_some(())
        });
        unknown.map(|()| None).ok_or(ControlError::Admission)
    }

    /// Whether `past` has what opened an admission. Of a room that its creator signed twice,
    /// either Create will do.
    fn is_created_in(&self, admission: &Admission, past: &PlaceSet) -> bool {
        past.contains(admission.place)
            || (admission.id == AdmissionId::from(self.conversation)
                && self.held.iter().enumerate().any(|(place, held)| {
                    matches!(held.operation.body, ControlBody::Create(_)) && past.contains(place)
                }))
    }

    /// Notes what the operation opens, if it does; returns the admission of its author.
    fn admit(
        &mut self,
        operation: &ControlOperation,
        place: usize,
        author: Option<usize>,
    ) -> Option<usize> {
        let (id, person, role) = match &operation.body {
            ControlBody::Create(body) => (
                AdmissionId::from(self.conversation),
                body.creator,
                Role::Admin,
            ),
            ControlBody::Add(body) => (AdmissionId::from(operation.id), body.person, body.role),
            ControlBody::Remove(_)
            | ControlBody::Leave(_)
            | ControlBody::Role(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => return author,
        };
        if self.admitted.contains_key(&id) {
            return author;
        }
        let index = self.admissions.len();
        self.admitted.insert(id, index);
        self.admissions.push(Admission {
            id,
            person,
            role,
            place,
            by: author,
            key: (operation.seq, operation.id),
        });
        if matches!(operation.body, ControlBody::Create(_)) {
            Some(index)
        } else {
            author
        }
    }
}
