//! What an operation that is about to be written names as coming before it.
//!
//! Invariants
//! - Of others' operations it names valid ones alone, or what it is about. So nothing that an honest
//!   program writes depends on what others need not hold.
//! - What its author's right and its own effect rest on goes first; then what the most senior wrote.

use super::body::ControlBody;
use super::log::{ControlLog, HeldControl};
use super::membership::Membership;
use super::operation::Author;
use super::set::PlaceSet;
use crate::id::{ActorId, OperationId};
use crate::wire::limits::CONTROL_HEADS_MAX;

/// Heads that are chosen, and all that they and the author's previous operation build on.
struct Chosen<'a> {
    log: &'a ControlLog,
    places: Vec<usize>,
    covered: PlaceSet,
}

impl Chosen<'_> {
    /// Adds a place, unless what was chosen builds on it.
    fn add(&mut self, place: usize) {
        if self.covered.contains(place) || self.places.len() >= CONTROL_HEADS_MAX {
            return;
        }
        self.cover(place);
        self.places.push(place);
    }

    fn cover(&mut self, place: usize) {
        if let Some(held) = self.log.held.get(place) {
            self.covered.extend(&held.past);
            self.covered.insert(place);
        }
    }
}

impl ControlLog {
    /// What the next operation of an author names as its parents, by all that was resolved:
    /// ascending.
    #[must_use]
    pub fn parents(
        &self,
        membership: &Membership,
        author: Author,
        body: &ControlBody,
    ) -> Vec<OperationId> {
        let actor = ActorId::of(author.device, self.conversation(), author.admission);
        let prev = self.last_of(actor).and_then(|(_, id)| self.place_of(id));
        let mut chosen = Chosen {
            log: self,
            places: Vec::new(),
            covered: PlaceSet::default(),
        };
        if let Some(prev) = prev {
            chosen.cover(prev);
        }
        let heads = self.valid_heads(membership, author);
        for place in self.needed(membership, author, body) {
            let is_upon = |head: &&usize| {
                let held = self.held.get(**head);
                **head == place || held.is_some_and(|held| held.past.contains(place))
            };
            if !chosen.covered.contains(place) {
                chosen.add(heads.iter().find(is_upon).copied().unwrap_or(place));
            }
        }
        for head in heads {
            chosen.add(head);
        }
        let held = chosen
            .places
            .iter()
            .filter_map(|place| self.held.get(*place));
        let mut parents: Vec<OperationId> = held.map(|held| held.operation.id).collect();
        parents.sort_unstable();
        parents
    }

    /// The valid operations on which an author may build and no other such builds, those of the most
    /// senior first. Who has no authority builds on their admission and what they wrote under it.
    fn valid_heads(&self, membership: &Membership, author: Author) -> Vec<usize> {
        let own = self.admission_of(author.admission);
        let opened = own.and_then(|own| self.admissions.get(own));
        let opened = opened.map(|opened| opened.place);
        let is_backed = membership.is_backed(author.admission);
        let mut heads = Vec::new();
        let mut built_upon = PlaceSet::default();
        for (place, held) in self.held.iter().enumerate() {
            // What is backed itself backs whoever builds on it: a void promotion may lie before it.
            let is_open = is_backed || opened == Some(place) || held.admission == own;
            if is_open && membership.is_valid(held.operation.id) {
                built_upon.extend(&held.past);
                heads.push(place);
            }
        }
        heads.retain(|place| !built_upon.contains(*place));
        heads.sort_by_cached_key(|place| {
            let held = self.held.get(*place);
            held.map(|held| (!held.is_backed(), self.key(membership, held)))
        });
        heads
    }

    /// What orders operations by how senior their authors are.
    fn key(&self, membership: &Membership, held: &HeldControl) -> (usize, u64, OperationId) {
        let state = membership.admission(held.operation.author.admission);
        let rank = state.and_then(|state| state.rank).unwrap_or(usize::MAX);
        (rank, held.operation.seq, held.operation.id)
    }

    /// What has to be in the past of an operation for it to have its effect.
    fn needed(&self, membership: &Membership, author: Author, body: &ControlBody) -> Vec<usize> {
        let opened = |id| self.admissions.get(self.admission_of(id)?);
        let mut needed: Vec<usize> = Vec::new();
        needed.extend(opened(author.admission).map(|own| own.place));
        if !membership.is_backed(author.admission) {
            return needed;
        }
        let (target, person) = match body {
            ControlBody::Add(body) => (None, Some(body.person)),
            ControlBody::Remove(body) => (opened(body.admission), None),
            ControlBody::Role(body) => (opened(body.admission), None),
            ControlBody::Create(_)
            | ControlBody::Leave(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => (None, None),
        };
        needed.extend(target.map(|target| target.place));
        let is_heir = membership.heir() == Some(author.admission);
        let says = |held: &HeldControl| match &held.operation.body {
            // Who is admitted must not have been removed, or have left, beside it.
            ControlBody::Remove(body) => is_heir || person == Some(body.person),
            ControlBody::Leave(_) => is_heir || person == Some(held.operation.author.person),
            ControlBody::Role(body) => body.admission == author.admission,
            ControlBody::Create(_)
            | ControlBody::Add(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => false,
        };
        let held = self.held.iter().enumerate();
        let valid = held.filter(|(_, held)| membership.is_valid(held.operation.id));
        needed.extend(valid.filter(|(_, held)| says(held)).map(|(place, _)| place));
        needed
    }
}
