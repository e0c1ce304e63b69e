//! Which control operations have an effect: decided admission by admission, from senior to junior.
//!
//! Every question then looks only at what is decided, or at an operation's own past. The rules, and
//! what an exhaustive check made of them, are in decision 0015.
//!
//! Invariants
//! - An admission's operations are decided after those of all its seniors, and in causal order; of
//!   concurrent ones of one admission none asks about another, but for devices revoked, which go
//!   first.
//! - Whether somebody is an heir is asked of an operation's past alone, once, before it is held.
//! - However many operations say something of one admission, person or device, another asks about
//!   them with a few looks at sets of places.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::body::{ControlBody, RemoveBody, Role, RoleBody};
use super::log::{ControlLog, HeldControl};
use super::seniority::Seniority;
use super::set::PlaceSet;
use super::words::Words;
use crate::id::{AdmissionId, DeviceId, OperationId, PersonId};

/// What was decided of one admission: places of valid operations upon it.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// Its Add is valid and not void.
    pub(super) admitted: bool,
    pub(super) removals: Words,
    pub(super) leaves: Words,
    roles: PlaceSet,
    /// All that its roles build on, and those of them that build on another.
    built_upon: PlaceSet,
    building: PlaceSet,
    /// Those of its roles that make it no admin's.
    demotions: Words,
    /// Whether one of its roles made it an admin's.
    pub(super) was_promoted: bool,
    /// More was written under it without authority than may be. None of that counts then, so that
    /// it does not matter which of it is held; and it is as good as left.
    pub(super) is_flooded: bool,
}

impl Standing {
    /// Whether it was admitted and nothing that counts has ended it.
    fn is_open(&self) -> bool {
        self.admitted && self.removals.is_empty() && self.leaves.is_empty()
    }

    /// Adds a role.
    fn say(&mut self, place: usize, log: &ControlLog) {
        if self.built_upon.contains(place) {
            let upon = self
                .roles
                .iter()
                .filter(|other| log.is_before(place, *other));
            let upon: Vec<usize> = upon.collect();
            upon.into_iter()
                .for_each(|other| self.building.insert(other));
        }
        if let Some(held) = log.held.get(place) {
            if self.roles.intersects(&held.past) {
                self.building.insert(place);
            }
            self.built_upon.extend(&held.past);
        }
        self.roles.insert(place);
    }
}

/// A valid revocation of a device.
#[derive(Debug, Clone, Copy)]
pub(super) struct Revocation {
    pub(super) place: usize,
    pub(super) admission: usize,
    /// Whether its author had the authority to reach beyond their own admission.
    pub(super) reaches_juniors: bool,
}

/// The decisions over a log, or over one operation's past in it.
#[derive(Debug)]
pub(super) struct Resolution<'a> {
    log: &'a ControlLog,
    pub(super) seniority: Seniority,
    pub(super) valid: PlaceSet,
    pub(super) standings: Vec<Standing>,
    pub(super) revocations: BTreeMap<DeviceId, Vec<Revocation>>,
    /// Valid ends of a person's admissions.
    ends: BTreeMap<PersonId, Words>,
    /// Valid revocations of devices: those by the admission that is being decided, and those that
    /// reach it.
    own_revocations: BTreeMap<DeviceId, Words>,
    reaching: BTreeMap<DeviceId, Words>,
    /// Which of several roles counts, as far as it was asked lately.
    winners: RefCell<BTreeMap<PlaceSet, Option<usize>>>,
}

impl<'a> Resolution<'a> {
    /// Decides all operations in `scope`, which holds the past of each in it; `None` is all.
    pub(super) fn of(log: &'a ControlLog, scope: Option<&PlaceSet>) -> Self {
        #[cfg(test)]
        super::effort::resolution();
        let mut written: Vec<Vec<usize>> = vec![Vec::new(); log.admissions.len()];
        for (place, held) in log.held.iter().enumerate() {
            let Some(admission) = held.admission else {
                continue;
            };
            if scope.is_none_or(|scope| scope.contains(place))
                && let Some(list) = written.get_mut(admission)
            {
                list.push(place);
            }
        }
        let mut resolution = Self {
            log,
            seniority: Seniority::of(&log.admissions),
            valid: PlaceSet::default(),
            standings: vec![Standing::default(); log.admissions.len()],
            revocations: BTreeMap::new(),
            ends: BTreeMap::new(),
            own_revocations: BTreeMap::new(),
            reaching: BTreeMap::new(),
            winners: RefCell::default(),
        };
        for admission in resolution.seniority.order().to_vec() {
            let places = written.get(admission).map_or(&[][..], Vec::as_slice);
            resolution.decide(admission, places);
        }
        resolution
    }

    /// The most senior member, if no member is an admin. Who flooded their admission is asked about
    /// as if they had not: what shows that they did is in no past that anybody has to build on.
    pub(super) fn heir(&self) -> Option<usize> {
        let members = || {
            let order = self.seniority.order().iter().copied();
            order.filter(|admission| {
                let standing = self.standings.get(*admission);
                standing.is_some_and(Standing::is_open)
            })
        };
        if members().any(|admission| self.role(admission, None) == Role::Admin) {
            return None;
        }
        members().next()
    }

    /// What an admission may do, by what lies in `past`, or by all that is valid.
    pub(super) fn role(&self, admission: usize, past: Option<&PlaceSet>) -> Role {
        let standing = self.standings.get(admission);
        let standing = standing.filter(|standing| !standing.roles.is_empty());
        let winner = standing.and_then(
            |Standing {
                 roles, building, ..
             }| {
                let mut roles = roles.clone();
                if let Some(past) = past {
                    roles.keep(past);
                }
                let mut winners = self.winners.borrow_mut();
                let winner = winners.entry(roles);
                *winner.or_insert_with_key(|roles| self.winner(roles.clone(), building))
            },
        );
        let granted = winner.and_then(|place| match self.body(place)? {
            ControlBody::Role(body) => Some(body.role),
            ControlBody::Create(_)
            | ControlBody::Add(_)
            | ControlBody::Remove(_)
            | ControlBody::Leave(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => None,
        });
        let first = self.log.admissions.get(admission);
        granted.unwrap_or_else(|| first.map_or(Role::Member, |admission| admission.role))
    }

    /// Of several that say the same thing differently: none that another builds on; then the one
    /// by the most senior author; then the lower (sequence number, id). All that build on another
    /// are among those `building`.
    pub(super) fn winner(&self, mut places: PlaceSet, building: &PlaceSet) -> Option<usize> {
        let mut winner: Option<usize> = None;
        // On the highest that is left no other builds.
        while let Some(last) = places.highest() {
            if winner.is_none_or(|winner| self.key(last) < self.key(winner)) {
                winner = Some(last);
            }
            places.take(last);
            if building.contains(last)
                && let Some(past) = self.past(last)
            {
                places.remove(past);
            }
        }
        winner
    }

    /// Whether a revocation says something of a device's actor under an admission.
    pub(super) fn reaches(&self, revocation: Revocation, admission: usize) -> bool {
        revocation.admission == admission
            || (revocation.reaches_juniors
                && self.seniority.is_senior(revocation.admission, admission))
    }

    fn decide(&mut self, admission: usize, places: &[usize]) {
        self.own_revocations.clear();
        self.winners.get_mut().clear();
        let admitted = self.is_admitted(admission);
        let is_flooded = self.is_flooded(admission, places);
        let counts = |place: &usize| !is_flooded || !self.is_unbacked(*place);
        let places: Vec<usize> = places.iter().copied().filter(counts).collect();
        if let Some(standing) = self.standings.get_mut(admission) {
            standing.admitted = admitted;
            standing.is_flooded = is_flooded;
        }
        if !admitted {
            return;
        }
        for place in places.iter().copied() {
            if let Some(device) = self.revoked_device(place)
                && !self.is_removed(admission, place)
                && !self.is_revoked(place, false)
            {
                self.valid.insert(place);
                let own = self.own_revocations.entry(device).or_default();
                own.add(place, self.log);
            }
        }
        for place in places {
            if let Some(device) = self.revoked_device(place) {
                if self.valid.contains(place) {
                    self.revoke(device, admission, place);
                }
            } else if self.is_valid(admission, place) {
                self.take_effect(admission, place);
            }
        }
    }

    /// Notes what a valid revocation says of a device.
    fn revoke(&mut self, device: DeviceId, admission: usize, place: usize) {
        let reaches_juniors =
            self.is_active(admission, place) && self.has_authority(admission, place);
        let revocation = Revocation {
            place,
            admission,
            reaches_juniors,
        };
        self.revocations.entry(device).or_default().push(revocation);
        if reaches_juniors {
            let reaching = self.reaching.entry(device).or_default();
            reaching.add(place, self.log);
        }
    }

    /// Whether the operation that opened an admission is valid and not void.
    fn is_admitted(&self, admission: usize) -> bool {
        let Some(opened) = self.log.admissions.get(admission) else {
            return false;
        };
        if admission == 0 {
            return true;
        }
        // So far only ends by seniors of this admission are decided, and no others count.
        let ends = self.ends.get(&opened.person);
        self.valid.contains(opened.place)
            && !ends.is_some_and(|ends| ends.any_beside(opened.place, self.log))
    }

    fn is_valid(&self, admission: usize, place: usize) -> bool {
        let Some(body) = self.body(place) else {
            return false;
        };
        if matches!(body, ControlBody::Create(_)) {
            return true;
        }
        if !self.is_active(admission, place) {
            return false;
        }
        match body {
            ControlBody::Leave(_) => true,
            ControlBody::Remove(RemoveBody {
                admission: id,
                person,
                ..
            }) => {
                self.is_junior(admission, place, *id, Some(*person))
                    && self.has_authority(admission, place)
            }
            ControlBody::Role(RoleBody {
                admission: id,
                role,
            }) => {
                if self.log.admission_of(*id) == Some(admission) {
                    return *role == Role::Admin
                        && !self.is_demoted_beside(admission, place)
                        && self.is_heir(admission, place);
                }
                self.is_junior(admission, place, *id, None) && self.has_authority(admission, place)
            }
            ControlBody::Create(_)
            | ControlBody::Add(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => self.has_authority(admission, place),
        }
    }

    fn take_effect(&mut self, admission: usize, place: usize) {
        self.valid.insert(place);
        let Some(body) = self.body(place) else { return };
        let (upon, person) = match body {
            ControlBody::Remove(body) => (self.log.admission_of(body.admission), Some(body.person)),
            ControlBody::Leave(_) => {
                let own = self.log.admissions.get(admission);
                (Some(admission), own.map(|own| own.person))
            }
            ControlBody::Role(body) => (self.log.admission_of(body.admission), None),
            ControlBody::Create(_)
            | ControlBody::Add(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => return,
        };
        if let Some(person) = person {
            self.ends.entry(person).or_default().add(place, self.log);
        }
        let Some(standing) = upon.and_then(|upon| self.standings.get_mut(upon)) else {
            return;
        };
        match body {
            ControlBody::Role(body) => {
                standing.say(place, self.log);
                if body.role == Role::Member {
                    standing.demotions.add(place, self.log);
                } else {
                    standing.was_promoted = true;
                }
            }
            ControlBody::Leave(_) => standing.leaves.add(place, self.log),
            ControlBody::Remove(_) => standing.removals.add(place, self.log),
            ControlBody::Create(_)
            | ControlBody::Add(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => {}
        }
    }

    /// Whether more was written under an admission without authority than counts, before anything
    /// ended it: what comes later has no effect anyway.
    fn is_flooded(&self, admission: usize, places: &[usize]) -> bool {
        let unbacked = places
            .iter()
            .copied()
            .filter(|place| self.is_unbacked(*place));
        let counted = unbacked.filter(|place| !self.is_removed(admission, *place));
        counted.count() > self.log.limits.unbacked
    }

    fn is_unbacked(&self, place: usize) -> bool {
        self.log
            .held
            .get(place)
            .is_some_and(HeldControl::is_unbacked)
    }

    /// Whether its author was a member when they wrote it, and on a device that was theirs.
    fn is_active(&self, admission: usize, place: usize) -> bool {
        let (standing, past) = (self.standings.get(admission), self.past(place));
        let left = standing
            .zip(past)
            .is_some_and(|(standing, past)| standing.leaves.any_in(past));
        !left && !self.is_removed(admission, place) && !self.is_revoked(place, true)
    }

    /// Whether a valid removal of its author comes before it or beside it.
    fn is_removed(&self, admission: usize, place: usize) -> bool {
        let standing = self.standings.get(admission);
        standing.is_some_and(|standing| standing.removals.any_before_or_beside(place))
    }

    /// Whether its device was revoked, by a senior before or beside it, or by its own person
    /// before it; and `beside` it, unless that is to be left out.
    fn is_revoked(&self, place: usize, beside: bool) -> bool {
        let Some(held) = self.log.held.get(place) else {
            return false;
        };
        let device = held.operation.author.device;
        let own = self.own_revocations.get(&device);
        let by_own = own.is_some_and(|own| {
            own.any_in(&held.past) || (beside && own.any_before_or_beside(place))
        });
        let reaching = self.reaching.get(&device);
        by_own || reaching.is_some_and(|reaching| reaching.any_before_or_beside(place))
    }

    /// Whether its author may write control operations, by what lies in its past, and no senior
    /// took that away beside it.
    fn has_authority(&self, admission: usize, place: usize) -> bool {
        !self.is_demoted_beside(admission, place)
            && (self.role(admission, self.past(place)) == Role::Admin
                || self.is_heir(admission, place))
    }

    fn is_demoted_beside(&self, admission: usize, place: usize) -> bool {
        let standing = self.standings.get(admission);
        standing.is_some_and(|standing| standing.demotions.any_beside(place, self.log))
    }

    /// Whether its author was, in its past, the most senior member of a room without admins.
    fn is_heir(&self, admission: usize, place: usize) -> bool {
        let held = self.log.held.get(place);
        held.is_some_and(|held| held.heir == Some(admission))
    }

    /// Whether `id` is an admission junior to `admission`, of `person` if that is given, and known
    /// to the operation in `place`.
    fn is_junior(
        &self,
        admission: usize,
        place: usize,
        id: AdmissionId,
        person: Option<PersonId>,
    ) -> bool {
        let Some(target) = self.log.admission_of(id) else {
            return false;
        };
        let opened = self.log.admissions.get(target);
        self.seniority.is_senior(admission, target)
            && opened.is_some_and(|opened| {
                self.log.is_before(opened.place, place)
                    && person.is_none_or(|person| person == opened.person)
            })
    }

    fn revoked_device(&self, place: usize) -> Option<DeviceId> {
        match self.body(place)? {
            ControlBody::DeviceRevoked(body) => Some(body.device),
            ControlBody::Create(_)
            | ControlBody::Add(_)
            | ControlBody::Remove(_)
            | ControlBody::Leave(_)
            | ControlBody::Role(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::Unknown(_) => None,
        }
    }

    fn body(&self, place: usize) -> Option<&'a ControlBody> {
        self.log.held.get(place).map(|held| &held.operation.body)
    }

    fn key(&self, place: usize) -> Option<(Option<usize>, u64, OperationId)> {
        let held: &HeldControl = self.log.held.get(place)?;
        let rank = held
            .admission
            .and_then(|admission| self.seniority.rank(admission));
        Some((rank, held.operation.seq, held.operation.id))
    }

    fn past(&self, place: usize) -> Option<&'a PlaceSet> {
        self.log.held.get(place).map(|held| &held.past)
    }
}
