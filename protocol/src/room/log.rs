//! The control log: every control operation of one room that is held, in causal order.
//!
//! Invariants
//! - What an operation names as coming before it is held before it.
//! - What is refused is refused for itself and its own past, whatever else is held. So nothing that
//!   could never have an effect is held, and all who are shown the same hold the same.
//! - A place in the log is this replica's own: no decision depends on it but through causality.

use std::collections::{BTreeMap, BTreeSet};

use super::ControlError;
use super::body::{AddBody, ControlBody, Role, RoleBody};
use super::bound::Bound;
use super::check::Backing;
use super::membership::Membership;
use super::operation::ControlOperation;
use super::resolution::Resolution;
use super::set::PlaceSet;
use crate::id::{ActorId, AdmissionId, ConversationId, OperationId, PersonId};
use crate::sync::Position;
use crate::time::LogicalTime;
use crate::wire::limits::{
    CONTROL_HEADS_MAX, CONTROL_STALE_MAX, CONTROL_UNBACKED_PER_ADMISSION_MAX, ROOM_MEMBERS_MAX,
};

/// An operation in its place, or about to be.
#[derive(Debug, Clone)]
pub(super) struct HeldControl {
    pub(super) operation: ControlOperation,
    /// All that it builds on, itself not among it.
    pub(super) past: PlaceSet,
    /// Its author's admission; `None` if a kind admitted it that this version does not know.
    pub(super) admission: Option<usize>,
    pub(super) backing: Backing,
    /// Who acts as admin by seniority in its past, if the creator left there.
    pub(super) heir: Option<usize>,
}

impl HeldControl {
    /// Whether its author may have had authority.
    pub(super) fn is_backed(&self) -> bool {
        self.backing != Backing::Nothing
    }

    /// Whether it counts towards the few that an admission may have without authority: also after what
    /// may have given its author some that this version does not know of.
    pub(super) fn is_unbacked(&self) -> bool {
        match self.backing {
            Backing::Nothing => true,
            Backing::Unknown => !self.operation.needs_authority(),
            Backing::Role | Backing::Heir => false,
        }
    }

    /// Whether it was written under this admission without authority, or by seniority.
    pub(super) fn is_own_word(&self, admission: Option<usize>) -> bool {
        matches!(self.backing, Backing::Nothing | Backing::Heir) && self.admission == admission
    }
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
    pub(super) held: Vec<HeldControl>,
    pub(super) admissions: Vec<Admission>,
    places: BTreeMap<OperationId, usize>,
    admitted: BTreeMap<AdmissionId, usize>,
    chains: BTreeMap<ActorId, BTreeMap<u64, Vec<OperationId>>>,
    /// Where each admission is said to be an admin's, by whomever.
    pub(super) promotions: BTreeMap<AdmissionId, PlaceSet>,
    /// Where a creator leaves.
    pub(super) creator_leaves: PlaceSet,
    /// Where somebody who may have authority writes what this version does not know.
    pub(super) unknown: PlaceSet,
    /// Where the room is created: a creator may sign that twice.
    pub(super) creates: PlaceSet,
    /// Where somebody acted by seniority, by their admissions.
    heirs: BTreeMap<AdmissionId, PlaceSet>,
    /// How many operations without authority each admission has.
    unbacked: BTreeMap<usize, usize>,
    /// Whether to hold what could never have an effect too, to see that it never has.
    #[cfg(test)]
    pub(super) holds_all: bool,
    pub(super) limits: Limits,
}

/// How much is held of what has little or no effect, and how many are members.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Operations that count under one admission without authority.
    pub(super) unbacked: usize,
    /// Operations whose authors' words have no effect.
    pub(super) stale: usize,
    /// Members.
    pub(super) members: usize,
}

impl ControlLog {
    /// An empty log.
    #[must_use]
    pub const fn new(conversation: ConversationId) -> Self {
        Self {
            conversation,
            held: Vec::new(),
            admissions: Vec::new(),
            places: BTreeMap::new(),
            admitted: BTreeMap::new(),
            chains: BTreeMap::new(),
            promotions: BTreeMap::new(),
            creator_leaves: PlaceSet::new(),
            unknown: PlaceSet::new(),
            creates: PlaceSet::new(),
            heirs: BTreeMap::new(),
            unbacked: BTreeMap::new(),
            #[cfg(test)]
            holds_all: false,
            limits: Limits {
                unbacked: CONTROL_UNBACKED_PER_ADMISSION_MAX,
                stale: CONTROL_STALE_MAX,
                members: ROOM_MEMBERS_MAX,
            },
        }
    }

    /// The room.
    #[must_use]
    pub const fn conversation(&self) -> ConversationId {
        self.conversation
    }

    /// How many operations are held.
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

    /// The content that an admission begins after, each with whose chain it is: ascending by actor.
    /// `None`: it has all.
    #[must_use]
    pub fn baseline(&self, admission: AdmissionId) -> Option<Vec<(ActorId, Bound)>> {
        let add = self.operation(OperationId::new(*admission.as_bytes()))?;
        let ControlBody::Add(body) = &add.body else {
            return None;
        };
        let bound = |position: &Position| Bound {
            seq: position.seq,
            head: position.head,
            until: add.logical,
        };
        let since = body.since.as_deref()?.iter();
        Some(since.map(|one| (one.actor, bound(one))).collect())
    }

    /// Whether all that an operation names as coming before it is held.
    #[must_use]
    pub fn holds_causes(&self, operation: &ControlOperation) -> bool {
        operation.causes().all(|cause| self.contains(cause))
    }

    /// The held operations, each after all it builds on.
    pub fn operations(&self) -> impl Iterator<Item = &ControlOperation> {
        self.held.iter().map(|held| &held.operation)
    }

    /// What the room's id was made from, besides its creator; known once its Create is held.
    #[must_use]
    pub fn nonce(&self) -> Option<&[u8; 32]> {
        self.operations()
            .find_map(|operation| match &operation.body {
                ControlBody::Create(body) => Some(&*body.nonce),
                ControlBody::Add(_)
                | ControlBody::Remove(_)
                | ControlBody::Leave(_)
                | ControlBody::Role(_)
                | ControlBody::Title(_)
                | ControlBody::Settings(_)
                | ControlBody::DeviceRevoked(_)
                | ControlBody::Unknown(_) => None,
            })
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
    /// this one have in common. If it is to learn of these alone, the heads among them.
    #[must_use]
    pub fn locator(&self, among: Option<&BTreeSet<OperationId>>) -> Vec<OperationId> {
        let is_among = |id: &OperationId| among.is_none_or(|among| among.contains(id));
        let mut locator = self.heads_among(is_among);
        let mut back = 2;
        while let Some(place) = self.held.len().checked_sub(back) {
            let id = self.held.get(place).map(|held| held.operation.id);
            locator.extend(id.filter(is_among));
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

    /// The highest logical time of those of these operations that are held.
    #[must_use]
    pub fn latest_of(&self, ids: impl Iterator<Item = OperationId>) -> LogicalTime {
        let held = ids.filter_map(|id| self.operation(id));
        held.map(|operation| operation.logical)
            .max()
            .unwrap_or_default()
    }

    /// The highest logical time of all.
    #[must_use]
    pub fn latest(&self) -> LogicalTime {
        let logical = self.operations().map(|operation| operation.logical);
        logical.max().unwrap_or_default()
    }

    /// Takes an operation; returns false if it was there before.
    ///
    /// # Errors
    /// [`ControlError`] if it cannot belong to this log.
    pub fn insert(&mut self, operation: ControlOperation) -> Result<bool, ControlError> {
        if self.contains(operation.id) {
            return Ok(false);
        }
        let checked = self.check(operation)?;
        self.hold(checked);
        Ok(true)
    }

    /// Who is in the room, and what it is, by all that is held.
    #[must_use]
    pub fn resolve(&self) -> Membership {
        Membership::new(self, &Resolution::of(self, None))
    }

    /// The most senior member in an operation's past, if the creator left there and no member is an
    /// admin. Until then the creator is one.
    pub(super) fn heir(&self, operation: &ControlOperation, past: &PlaceSet) -> Option<usize> {
        if !self.creator_leaves.intersects(past) {
            return None;
        }
        let heir = self.heir_upon(operation, past);
        heir.unwrap_or_else(|| Resolution::of(self, Some(past)).heir())
    }

    /// The same of an operation that builds on one alone and its past, if that says it already: what
    /// is written upon all there is changes nothing of what was there, and few kinds make or unmake
    /// an heir. Their author stays what they were.
    fn heir_upon(&self, operation: &ControlOperation, past: &PlaceSet) -> Option<Option<usize>> {
        let places = operation.causes().filter_map(|id| self.place_of(id));
        let last = places.max()?;
        let held = self.held.get(last)?;
        let mut upon = held.past.clone();
        upon.insert(last);
        if upon != *past || !matches!(held.backing, Backing::Role | Backing::Heir) {
            return None;
        }
        let stays = match &held.operation.body {
            ControlBody::Leave(_) => false,
            ControlBody::Add(AddBody { role, .. }) | ControlBody::Role(RoleBody { role, .. }) => {
                *role == Role::Member || held.heir.is_none()
            }
            ControlBody::Create(_)
            | ControlBody::Remove(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => true,
        };
        stays.then_some(held.heir)
    }

    /// The heads, which no other operation names: the lowest ids, as many as one may name.
    #[must_use]
    pub fn heads(&self) -> Vec<OperationId> {
        self.heads_among(|_| true)
    }

    fn heads_among(&self, is_among: impl Fn(&OperationId) -> bool) -> Vec<OperationId> {
        let mut named = PlaceSet::default();
        for held in &self.held {
            if !is_among(&held.operation.id) {
                continue;
            }
            for cause in held.operation.causes() {
                if let Some(place) = self.places.get(&cause) {
                    named.insert(*place);
                }
            }
        }
        let heads = self
            .places
            .iter()
            .filter(|(id, place)| is_among(id) && !named.contains(**place));
        heads.map(|(id, _)| *id).take(CONTROL_HEADS_MAX).collect()
    }

    /// Each actor's sequence numbers under which it signed more than one operation, with those.
    pub fn equivocations(&self) -> impl Iterator<Item = (ActorId, u64, &[OperationId])> + '_ {
        self.chains.iter().flat_map(|(actor, chain)| {
            let twice = chain.iter().filter(|(_, ids)| ids.len() > 1);
            twice.map(|(seq, ids)| (*actor, *seq, ids.as_slice()))
        })
    }

    /// How many operations without authority are held under an admission.
    pub(super) fn unbacked_of(&self, admission: usize) -> usize {
        self.unbacked.get(&admission).copied().unwrap_or(0)
    }

    /// Whether something held was written under an admission by seniority.
    pub(super) fn was_heir(&self, admission: AdmissionId) -> bool {
        let heirs = self.heirs.get(&admission);
        heirs.is_some_and(|places| !places.is_empty())
    }

    /// Whether `one` is in the past of `other`.
    pub(super) fn is_before(&self, one: usize, other: usize) -> bool {
        self.held
            .get(other)
            .is_some_and(|held| held.past.contains(one))
    }

    pub(super) fn place_of(&self, id: OperationId) -> Option<usize> {
        self.places.get(&id).copied()
    }

    pub(super) fn admission_of(&self, id: AdmissionId) -> Option<usize> {
        self.admitted.get(&id).copied()
    }

    /// Holds an operation that was checked against all that is held.
    pub(super) fn hold(&mut self, mut checked: HeldControl) {
        let place = self.held.len();
        let operation = &checked.operation;
        if checked.backing == Backing::Role {
            checked.heir = self.heir(operation, &checked.past);
        }
        checked.admission = self.admit(operation, place, checked.admission);
        match &operation.body {
            ControlBody::Role(body) if body.role == Role::Admin => {
                self.promotions
                    .entry(body.admission)
                    .or_default()
                    .insert(place);
            }
            ControlBody::Leave(_) if checked.admission == Some(0) => {
                self.creator_leaves.insert(place);
            }
            ControlBody::Unknown(_) if matches!(checked.backing, Backing::Role | Backing::Heir) => {
                self.unknown.insert(place);
            }
            ControlBody::Create(_) => self.creates.insert(place),
            ControlBody::Add(_)
            | ControlBody::Remove(_)
            | ControlBody::Leave(_)
            | ControlBody::Role(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => {}
        }
        if checked.backing == Backing::Heir {
            let heirs = self.heirs.entry(operation.author.admission);
            heirs.or_default().insert(place);
        }
        if checked.is_unbacked()
            && let Some(admission) = checked.admission
        {
            let count = self.unbacked.entry(admission).or_default();
            *count = count.saturating_add(1);
        }
        self.places.insert(operation.id, place);
        let chain = self.chains.entry(operation.actor).or_default();
        let twins = chain.entry(operation.seq).or_default();
        twins.push(operation.id);
        twins.sort_unstable();
        self.held.push(checked);
    }

    /// Gives up all but the `len` that were held first.
    pub(super) fn shorten(&mut self, len: usize) {
        while self.held.len() > len
            && let Some(last) = self.held.pop()
        {
            self.forget(&last);
        }
    }

    /// Takes back what [`Self::hold`] noted of the operation that was held last.
    fn forget(&mut self, last: &HeldControl) {
        let (operation, place) = (&last.operation, self.held.len());
        if let Some(opened) = self.admissions.pop_if(|admission| admission.place == place) {
            self.admitted.remove(&opened.id);
        }
        if let ControlBody::Role(body) = &operation.body
            && let Some(promotions) = self.promotions.get_mut(&body.admission)
        {
            promotions.take(place);
        }
        self.creator_leaves.take(place);
        self.unknown.take(place);
        self.creates.take(place);
        if let Some(heirs) = self.heirs.get_mut(&operation.author.admission) {
            heirs.take(place);
        }
        if last.is_unbacked()
            && let Some(count) = last
                .admission
                .and_then(|admission| self.unbacked.get_mut(&admission))
        {
            *count = count.saturating_sub(1);
        }
        self.places.remove(&operation.id);
        if let Some(chain) = self.chains.get_mut(&operation.actor) {
            if let Some(twins) = chain.get_mut(&operation.seq) {
                twins.retain(|twin| *twin != operation.id);
            }
            chain.retain(|_, twins| !twins.is_empty());
            if chain.is_empty() {
                self.chains.remove(&operation.actor);
            }
        }
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
