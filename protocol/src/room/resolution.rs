//! Which control operations have an effect: decided admission by admission, from senior to junior.
//!
//! Every question then looks only at what is decided, or at an operation's own past. The rules, and
//! what an exhaustive check made of them, are in decision 0015.
//!
//! Invariants
//! - An admission's operations are decided after those of all its seniors, and in causal order; of
//!   concurrent ones of one admission none asks about another, but for devices revoked, which go
//!   first.
//! - Whether somebody is an heir is asked of an operation's past alone, which is smaller.

use std::collections::BTreeMap;

use super::body::{ControlBody, RemoveBody, Role, RoleBody};
use super::log::{ControlLog, Held};
use super::seniority::Seniority;
use super::set::PlaceSet;
use crate::id::{AdmissionId, DeviceId, OperationId, PersonId};

/// Heirs of the pasts of operations, by place.
pub(super) type Heirs = BTreeMap<usize, Option<usize>>;

/// The heir of this operation's past has to be known first.
#[derive(Debug)]
pub(super) struct Unanswered {
    pub(super) place: usize,
}

/// What was decided of one admission: places of valid operations upon it.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// Its Add is valid and not void.
    pub(super) admitted: bool,
    pub(super) removals: Vec<usize>,
    pub(super) leaves: Vec<usize>,
    pub(super) roles: Vec<usize>,
    /// More was written under it without authority than may be. None of that counts then, so that
    /// it does not matter which of it is held; and it is as good as left.
    pub(super) is_flooded: bool,
}

impl Standing {
    /// Whether it was admitted and nothing that counts has ended it.
    fn is_open(&self) -> bool {
        self.admitted && self.removals.is_empty() && self.leaves.is_empty()
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
    heirs: &'a Heirs,
    pub(super) seniority: Seniority,
    pub(super) valid: PlaceSet,
    pub(super) standings: Vec<Standing>,
    pub(super) revocations: BTreeMap<DeviceId, Vec<Revocation>>,
    /// Valid ends of a person's admissions.
    ends: BTreeMap<PersonId, Vec<usize>>,
}

impl<'a> Resolution<'a> {
    /// Decides all operations in `scope`, which holds the past of each in it; `None` is all.
    pub(super) fn of(
        log: &'a ControlLog,
        scope: Option<&'a PlaceSet>,
        heirs: &'a Heirs,
    ) -> Result<Self, Unanswered> {
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
            heirs,
            seniority: Seniority::of(&log.admissions),
            valid: PlaceSet::default(),
            standings: vec![Standing::default(); log.admissions.len()],
            revocations: BTreeMap::new(),
            ends: BTreeMap::new(),
        };
        for admission in resolution.seniority.order().to_vec() {
            let places = written.get(admission).map_or(&[][..], Vec::as_slice);
            resolution.decide(admission, places)?;
        }
        Ok(resolution)
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
        let roles = standing.map_or(&[][..], |standing| &standing.roles);
        let winner = self.winner(roles, past);
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
    /// by the most senior author; then the lower (sequence number, id).
    pub(super) fn winner(&self, places: &[usize], past: Option<&PlaceSet>) -> Option<usize> {
        let mut candidates: Vec<usize> = places
            .iter()
            .copied()
            .filter(|place| past.is_none_or(|past| past.contains(*place)))
            .collect();
        candidates.sort_by_key(|place| self.key(*place));
        candidates.iter().copied().find(|place| {
            !candidates
                .iter()
                .any(|other| self.is_before(*place, *other))
        })
    }

    /// Whether a revocation says something of a device's actor under an admission.
    pub(super) fn reaches(&self, revocation: Revocation, admission: usize) -> bool {
        revocation.admission == admission
            || (revocation.reaches_juniors
                && self.seniority.is_senior(revocation.admission, admission))
    }

    fn decide(&mut self, admission: usize, places: &[usize]) -> Result<(), Unanswered> {
        let admitted = self.is_admitted(admission);
        let is_flooded = self.is_flooded(admission, places);
        let counts = |place: &usize| !is_flooded || self.is_backed(*place);
        let places: Vec<usize> = places.iter().copied().filter(counts).collect();
        if let Some(standing) = self.standings.get_mut(admission) {
            standing.admitted = admitted;
            standing.is_flooded = is_flooded;
        }
        if !admitted {
            return Ok(());
        }
        for place in places.iter().copied() {
            if let Some(device) = self.revoked_device(place)
                && !self.is_removed(admission, place)
                && !self.is_revoked(admission, place, false)
            {
                self.valid.insert(place);
                let list = self.revocations.entry(device).or_default();
                list.push(Revocation {
                    place,
                    admission,
                    reaches_juniors: false,
                });
            }
        }
        for place in places.iter().copied() {
            if let Some(device) = self.revoked_device(place) {
                let reaches_juniors = self.valid.contains(place)
                    && self.is_active(admission, place)
                    && self.has_authority(admission, place)?;
                let list = self.revocations.entry(device).or_default();
                for revocation in list.iter_mut().filter(|one| one.place == place) {
                    revocation.reaches_juniors = reaches_juniors;
                }
            } else if self.is_valid(admission, place)? {
                self.take_effect(admission, place);
            }
        }
        Ok(())
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
        let ends = self.ends.get(&opened.person).map_or(&[][..], Vec::as_slice);
        self.valid.contains(opened.place)
            && !ends
                .iter()
                .any(|end| self.are_concurrent(*end, opened.place))
    }

    fn is_valid(&self, admission: usize, place: usize) -> Result<bool, Unanswered> {
        let Some(body) = self.body(place) else {
            return Ok(false);
        };
        if matches!(body, ControlBody::Create(_)) {
            return Ok(true);
        }
        if !self.is_active(admission, place) {
            return Ok(false);
        }
        match body {
            ControlBody::Leave(_) => Ok(true),
            ControlBody::Remove(RemoveBody {
                admission: id,
                person,
                ..
            }) => Ok(self.is_junior(admission, place, *id, Some(*person))
                && self.has_authority(admission, place)?),
            ControlBody::Role(RoleBody {
                admission: id,
                role,
            }) => {
                if self.log.admission_of(*id) == Some(admission) {
                    return Ok(*role == Role::Admin
                        && !self.is_demoted_beside(admission, place)
                        && self.is_heir(admission, place)?);
                }
                Ok(self.is_junior(admission, place, *id, None)
                    && self.has_authority(admission, place)?)
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
        let left = matches!(body, ControlBody::Leave(_));
        if let Some(person) = person {
            self.ends.entry(person).or_default().push(place);
        }
        if let Some(standing) = upon.and_then(|upon| self.standings.get_mut(upon)) {
            match (person, left) {
                (None, _) => standing.roles.push(place),
                (Some(_), true) => standing.leaves.push(place),
                (Some(_), false) => standing.removals.push(place),
            }
        }
    }

    /// Whether more was written under an admission without authority than counts, before anything
    /// ended it: what comes later has no effect anyway.
    fn is_flooded(&self, admission: usize, places: &[usize]) -> bool {
        let unbacked = places
            .iter()
            .copied()
            .filter(|place| !self.is_backed(*place));
        let counted = unbacked.filter(|place| !self.is_removed(admission, *place));
        counted.count() > self.log.limits.unbacked
    }

    fn is_backed(&self, place: usize) -> bool {
        self.log.held.get(place).is_some_and(Held::is_backed)
    }

    /// Whether its author was a member when they wrote it, and on a device that was theirs.
    fn is_active(&self, admission: usize, place: usize) -> bool {
        let standing = self.standings.get(admission);
        let left = standing.is_some_and(|standing| {
            let mut leaves = standing.leaves.iter();
            leaves.any(|leave| self.is_before(*leave, place))
        });
        !left && !self.is_removed(admission, place) && !self.is_revoked(admission, place, true)
    }

    /// Whether a valid removal of its author comes before it or beside it.
    fn is_removed(&self, admission: usize, place: usize) -> bool {
        let standing = self.standings.get(admission);
        standing.is_some_and(|standing| {
            let mut removals = standing.removals.iter();
            removals.any(|removal| !self.is_before(place, *removal))
        })
    }

    /// Whether its device was revoked, by a senior before or beside it, or by its own person
    /// before it; and `beside` it, unless that is to be left out.
    fn is_revoked(&self, admission: usize, place: usize, beside: bool) -> bool {
        let Some(held) = self.log.held.get(place) else {
            return false;
        };
        let device = held.operation.author.device;
        let revocations = self.revocations.get(&device);
        revocations.is_some_and(|revocations| {
            revocations.iter().any(|revocation| {
                let counts = beside || revocation.admission != admission;
                self.reaches(*revocation, admission)
                    && (self.is_before(revocation.place, place)
                        || (counts && self.are_concurrent(revocation.place, place)))
            })
        })
    }

    /// Whether its author may write control operations, by what lies in its past, and no senior
    /// took that away beside it.
    fn has_authority(&self, admission: usize, place: usize) -> Result<bool, Unanswered> {
        if self.is_demoted_beside(admission, place) {
            return Ok(false);
        }
        let past = self.log.held.get(place).map(|held| &held.past);
        Ok(self.role(admission, past) == Role::Admin || self.is_heir(admission, place)?)
    }

    fn is_demoted_beside(&self, admission: usize, place: usize) -> bool {
        let standing = self.standings.get(admission);
        let roles = standing.map_or(&[][..], |standing| &standing.roles);
        roles.iter().any(|other| {
            let demotes = matches!(
                self.body(*other),
                Some(ControlBody::Role(RoleBody {
                    role: Role::Member,
                    ..
                }))
            );
            demotes && self.are_concurrent(*other, place)
        })
    }

    /// Whether its author was, in its past, the most senior member of a room without admins. The
    /// creator is an admin until they leave, so this is rarely asked.
    fn is_heir(&self, admission: usize, place: usize) -> Result<bool, Unanswered> {
        let mut leaves = self.log.creator_leaves.iter();
        if !leaves.any(|leave| self.is_before(*leave, place)) {
            return Ok(false);
        }
        match self.heirs.get(&place) {
            Some(heir) => Ok(*heir == Some(admission)),
            None => Err(Unanswered { place }),
        }
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
                self.is_before(opened.place, place)
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
        let held: &Held = self.log.held.get(place)?;
        let rank = held
            .admission
            .and_then(|admission| self.seniority.rank(admission));
        Some((rank, held.operation.seq, held.operation.id))
    }

    /// Whether `one` is in the past of `other`.
    pub(super) fn is_before(&self, one: usize, other: usize) -> bool {
        self.log
            .held
            .get(other)
            .is_some_and(|held| held.past.contains(one))
    }

    fn are_concurrent(&self, one: usize, other: usize) -> bool {
        one != other && !self.is_before(one, other) && !self.is_before(other, one)
    }
}
