//! Membership: who is in a room, what they may do, and what the room is; resolved from its log.
//!
//! Invariants
//! - [`Membership::may`] allows exactly what will be valid if it is written upon all that was
//!   resolved, unless somebody who is not junior to the author wrote what needs a newer version.

use std::collections::{BTreeMap, BTreeSet};

use super::ControlError;
use super::body::{ControlBody, Role};
use super::bound::Bound;
use super::log::ControlLog;
use super::operation::{Author, ControlOperation};
use super::resolution::Resolution;
use super::set::PlaceSet;
use super::title::title;
use crate::id::{AdmissionId, DeviceId, OperationId, PersonId};

/// A person in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The most that any of the admissions may do.
    pub role: Role,
    /// Those that stand, the most senior first: never none.
    pub admissions: Vec<AdmissionId>,
}

/// Where an admission stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It makes its person a member, as long as there is room for them.
    Stands,
    /// It did, until it was removed.
    Removed,
    /// It did, until its person left.
    Left,
    /// It never did: the Add has no effect.
    Void,
}

/// What is known of an admission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdmissionState {
    /// Whose.
    pub person: PersonId,
    /// What it may do, its seniority in a room without admins aside.
    pub role: Role,
    /// Where it stands.
    pub standing: Standing,
    /// How many admissions are senior to it; `None` if nobody known admitted its author.
    pub rank: Option<usize>,
}

/// How far an actor's content counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cut {
    /// The last sequence number that counts; 0: none does.
    pub seq: u64,
    /// The operation there.
    pub head: Option<OperationId>,
}

/// Why an author may not write something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// Not under an admission of this person that stands.
    #[error("you are not a member of this room")]
    NotAMember,
    /// The device was revoked.
    #[error("this device has been revoked in this room")]
    DeviceRevoked,
    /// Only admins do that.
    #[error("only an admin of this room can do that")]
    NotAnAdmin,
    /// Upon somebody who is not junior to the author.
    #[error("you can do that only to someone who was admitted after you, below you")]
    NotJunior,
    /// Upon an admission that is not there, or not that person's.
    #[error("that person was not admitted to this room")]
    UnknownAdmission,
    /// The room has something that this version does not understand.
    #[error("this room needs a newer version of the program: update it, then try again")]
    NeedsNewerVersion,
    /// What others have done stands against it: it would have no effect.
    #[error("that would have no effect in this room as it stands")]
    Void,
    /// A kind that is never written upon a room that exists.
    #[error("a room that exists takes no such operation")]
    Kind,
    /// Over a limit.
    #[error(transparent)]
    Limit(#[from] ControlError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Reach {
    admission: AdmissionId,
    rank: Option<usize>,
    reaches_juniors: bool,
}

/// Who is in a room, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Membership {
    members: BTreeMap<PersonId, Member>,
    admissions: BTreeMap<AdmissionId, AdmissionState>,
    valid: BTreeSet<OperationId>,
    heir: Option<AdmissionId>,
    /// What counts, and by whom.
    title: Option<(PersonId, String)>,
    disappears_after: Option<u32>,
    cuts: BTreeMap<(AdmissionId, DeviceId), Cut>,
    bounds: BTreeMap<(AdmissionId, DeviceId), BTreeSet<Bound>>,
    revoked: BTreeMap<DeviceId, Vec<Reach>>,
    /// Those that were an admin's at some time, by what counts, and the heir.
    backed: BTreeSet<AdmissionId>,
    /// Those under which nothing more may be written without authority.
    full: BTreeSet<AdmissionId>,
    /// The rank of the most senior who wrote something that this version does not know.
    needs_newer_version: Option<usize>,
}

impl Membership {
    pub(super) fn new(log: &ControlLog, resolution: &Resolution<'_>) -> Self {
        let mut membership = Self {
            members: BTreeMap::new(),
            admissions: BTreeMap::new(),
            valid: BTreeSet::new(),
            heir: resolution
                .heir()
                .and_then(|heir| Some(log.admissions.get(heir)?.id)),
            title: None,
            disappears_after: None,
            cuts: BTreeMap::new(),
            bounds: BTreeMap::new(),
            revoked: BTreeMap::new(),
            backed: BTreeSet::new(),
            full: BTreeSet::new(),
            needs_newer_version: None,
        };
        membership.read_admissions(log, resolution);
        membership.read_operations(log, resolution);
        membership.read_revocations(log, resolution);
        membership
    }

    /// The members: of those whose admissions stand as many as may be.
    #[must_use]
    pub const fn members(&self) -> &BTreeMap<PersonId, Member> {
        &self.members
    }

    /// What is known of an admission.
    #[must_use]
    pub fn admission(&self, id: AdmissionId) -> Option<AdmissionState> {
        self.admissions.get(&id).copied()
    }

    /// All admissions, void ones and those that have ended too.
    #[must_use]
    pub const fn admissions(&self) -> &BTreeMap<AdmissionId, AdmissionState> {
        &self.admissions
    }

    /// Whether an operation has its effect; one of an unknown kind counts if its author may write.
    #[must_use]
    pub fn is_valid(&self, id: OperationId) -> bool {
        self.valid.contains(&id)
    }

    /// The most senior admission, if there are members and none is an admin: it acts as one.
    #[must_use]
    pub const fn heir(&self) -> Option<AdmissionId> {
        self.heir
    }

    /// The room's title: untrusted text.
    #[must_use]
    pub fn title(&self) -> Option<&str> {
        self.title.as_ref().map(|(_, title)| title.as_str())
    }

    /// Who gave the room its title.
    #[must_use]
    pub fn titled_by(&self) -> Option<PersonId> {
        self.title.as_ref().map(|(by, _)| *by)
    }

    /// Seconds after which a message's body disappears.
    #[must_use]
    pub const fn disappears_after(&self) -> Option<u32> {
        self.disappears_after
    }

    /// Whether what is written under an admission upon all that was resolved may have authority.
    pub(super) fn is_backed(&self, admission: AdmissionId) -> bool {
        self.backed.contains(&admission)
    }

    /// Whether an author with authority, who was not removed since, wrote something that this version
    /// does not know. Nobody but those senior to them administrates the room until it does.
    #[must_use]
    pub const fn needs_newer_version(&self) -> bool {
        self.needs_newer_version.is_some()
    }

    /// How far a device's content under an admission counts; `None`: without end.
    #[must_use]
    pub fn cut(&self, admission: AdmissionId, device: DeviceId) -> Option<Cut> {
        let state = self.admissions.get(&admission);
        let stands = state.is_some_and(|state| state.standing == Standing::Stands);
        if stands && !self.is_revoked(admission, device) {
            return None;
        }
        let nothing = Cut { seq: 0, head: None };
        let was_admitted = state.is_some_and(|state| state.standing != Standing::Void);
        let cut = self.cuts.get(&(admission, device)).filter(|_| was_admitted);
        Some(cut.copied().unwrap_or(nothing))
    }

    /// Within which bounds a device's content under an admission counts, the furthest-reaching deciding;
    /// `None`: without end.
    #[must_use]
    pub fn bounds(&self, admission: AdmissionId, device: DeviceId) -> Option<Vec<Bound>> {
        let cut = self.cut(admission, device)?;
        let bounds = self.bounds.get(&(admission, device));
        // Of an admission that never counted nothing does, whatever was said of it.
        let bounds = bounds.filter(|_| cut.head.is_some()).into_iter().flatten();
        Some(bounds.copied().collect())
    }

    /// Whether a device was revoked under an admission.
    #[must_use]
    pub fn is_revoked(&self, admission: AdmissionId, device: DeviceId) -> bool {
        let rank = self.admissions.get(&admission).and_then(|state| state.rank);
        let reaches = self.revoked.get(&device).map_or(&[][..], Vec::as_slice);
        reaches.iter().any(|reach| {
            let senior = reach.rank.is_some() && rank.is_some() && reach.rank < rank;
            reach.admission == admission || (reach.reaches_juniors && senior)
        })
    }

    /// Whether an author may write something upon all that was resolved here.
    ///
    /// # Errors
    /// [`Refusal`] naming what stands against it.
    pub fn may(&self, author: Author, body: &ControlBody) -> Result<(), Refusal> {
        body.check()?;
        let state = self.admissions.get(&author.admission);
        let state = state.filter(|state| state.person == author.person);
        let state = *state.ok_or(Refusal::NotAMember)?;
        if self.is_revoked(author.admission, author.device) {
            return Err(Refusal::DeviceRevoked);
        }
        let revokes = matches!(body, ControlBody::DeviceRevoked(_));
        match state.standing {
            Standing::Stands => {}
            Standing::Left if revokes => {}
            Standing::Left | Standing::Removed | Standing::Void => return Err(Refusal::NotAMember),
        }
        match body {
            ControlBody::Create(_) | ControlBody::Unknown(_) => Err(Refusal::Kind),
            ControlBody::Leave(_) | ControlBody::DeviceRevoked(_) => {
                if self.full.contains(&author.admission) {
                    return Err(ControlError::AdmissionFull.into());
                }
                Ok(())
            }
            ControlBody::Add(_) | ControlBody::Title(_) | ControlBody::Settings(_) => {
                self.may_administer(author, state)
            }
            ControlBody::Remove(body) => {
                self.may_administer(author, state)?;
                self.may_act_upon(state, body.admission, Some(body.person))
            }
            ControlBody::Role(body) if body.admission == author.admission => {
                self.may_administer(author, state)?;
                let heir = self.heir == Some(author.admission) && body.role == Role::Admin;
                if heir {
                    Ok(())
                } else {
                    Err(Refusal::NotJunior)
                }
            }
            ControlBody::Role(body) => {
                self.may_administer(author, state)?;
                self.may_act_upon(state, body.admission, None)
            }
        }
    }

    fn may_administer(&self, author: Author, state: AdmissionState) -> Result<(), Refusal> {
        let unknown = self.needs_newer_version;
        if unknown.is_some_and(|unknown| state.rank.is_none_or(|rank| rank >= unknown)) {
            return Err(Refusal::NeedsNewerVersion);
        }
        if state.role == Role::Admin || self.heir == Some(author.admission) {
            Ok(())
        } else {
            Err(Refusal::NotAnAdmin)
        }
    }

    fn may_act_upon(
        &self,
        author: AdmissionState,
        target: AdmissionId,
        person: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let state = self.admissions.get(&target);
        let state = state.filter(|state| person.is_none_or(|person| person == state.person));
        let state = state.ok_or(Refusal::UnknownAdmission)?;
        if state.rank.is_some() && author.rank < state.rank {
            Ok(())
        } else {
            Err(Refusal::NotJunior)
        }
    }

    fn read_admissions(&mut self, log: &ControlLog, resolution: &Resolution<'_>) {
        for (index, admission) in log.admissions.iter().enumerate() {
            let decided = resolution.standings.get(index);
            let standing = match decided {
                Some(decided) if decided.admitted && !decided.removals.is_empty() => {
                    Standing::Removed
                }
                Some(decided)
                    if decided.admitted && (decided.is_flooded || !decided.leaves.is_empty()) =>
                {
                    Standing::Left
                }
                Some(decided) if decided.admitted => Standing::Stands,
                _ => Standing::Void,
            };
            let state = AdmissionState {
                person: admission.person,
                role: resolution.role(index, None),
                standing,
                rank: resolution.seniority.rank(index),
            };
            self.admissions.insert(admission.id, state);
            if admission.role == Role::Admin
                || decided.is_some_and(|decided| decided.was_promoted)
                || self.heir == Some(admission.id)
            {
                self.backed.insert(admission.id);
            } else if log.unbacked_of(index) >= log.limits.unbacked {
                self.full.insert(admission.id);
            }
        }
        self.read_members(log, resolution);
    }

    /// Those who were let in are members, as many of them as may be: the most senior. If no admin is
    /// among these, the most senior admin has the last place, so that there is always somebody who
    /// may act.
    fn read_members(&mut self, log: &ControlLog, resolution: &Resolution<'_>) {
        let mut people: Vec<PersonId> = Vec::new();
        for index in resolution.seniority.order() {
            let id = log.admissions.get(*index).map(|admission| admission.id);
            let state = id.and_then(|id| Some((id, self.admission(id)?)));
            let Some((id, state)) = state.filter(|(_, state)| state.standing == Standing::Stands)
            else {
                continue;
            };
            let member = self.members.entry(state.person).or_insert_with(|| {
                people.push(state.person);
                Member {
                    role: state.role,
                    admissions: Vec::new(),
                }
            });
            member.role = member.role.max(state.role);
            member.admissions.push(id);
        }
        let is_admin = |person: &PersonId| {
            let member = self.members.get(person);
            member.is_some_and(|member| member.role == Role::Admin)
        };
        let most = log.limits.members;
        if let Some(admin) = people.iter().position(is_admin)
            && admin >= most
        {
            people.swap(admin, most.saturating_sub(1));
        }
        for person in people.into_iter().skip(most) {
            self.members.remove(&person);
        }
    }

    fn read_operations(&mut self, log: &ControlLog, resolution: &Resolution<'_>) {
        let mut titles = PlaceSet::default();
        let mut settings = PlaceSet::default();
        for (place, held) in log.held.iter().enumerate() {
            if !resolution.valid.contains(place) {
                continue;
            }
            self.valid.insert(held.operation.id);
            match &held.operation.body {
                ControlBody::Create(_) | ControlBody::Title(_) => titles.insert(place),
                ControlBody::Settings(_) => settings.insert(place),
                ControlBody::Unknown(_) => {
                    self.suspend(held.operation.author.admission);
                }
                ControlBody::Remove(body) => {
                    for cut in &body.cuts {
                        let bound = bound(cut.seq, cut.head, &held.operation);
                        self.add_cut(body.admission, cut.device, bound);
                    }
                }
                ControlBody::Leave(body) => {
                    for cut in &body.cuts {
                        let admission = held.operation.author.admission;
                        let bound = bound(cut.seq, cut.head, &held.operation);
                        self.add_cut(admission, cut.device, bound);
                    }
                }
                ControlBody::Add(_) | ControlBody::Role(_) | ControlBody::DeviceRevoked(_) => {}
            }
        }
        let counting = |places: PlaceSet| {
            let winner = resolution.winner(places.clone(), &places)?;
            log.held.get(winner).map(|held| &held.operation)
        };
        self.title = counting(titles).and_then(|operation| {
            let title = title(operation)?.to_owned();
            Some((operation.author.person, title))
        });
        if let Some(ControlBody::Settings(body)) = counting(settings).map(|counts| &counts.body) {
            self.disappears_after = body.disappears_after;
        }
    }

    /// Notes that something unknown was written under an admission. Nobody waits for what somebody
    /// wrote who was removed: else those below them could never act again.
    fn suspend(&mut self, author: AdmissionId) {
        let state = self.admission(author);
        let state = state.filter(|state| state.standing != Standing::Removed);
        if let Some(rank) = state.and_then(|state| state.rank) {
            let most = self.needs_newer_version.map_or(rank, |most| most.min(rank));
            self.needs_newer_version = Some(most);
        }
    }

    fn read_revocations(&mut self, log: &ControlLog, resolution: &Resolution<'_>) {
        for (device, revocations) in &resolution.revocations {
            for revocation in revocations {
                let Some(admission) = log.admissions.get(revocation.admission) else {
                    continue;
                };
                self.revoked.entry(*device).or_default().push(Reach {
                    admission: admission.id,
                    rank: resolution.seniority.rank(revocation.admission),
                    reaches_juniors: revocation.reaches_juniors,
                });
                let held = log.held.get(revocation.place);
                let Some(operation) = held.map(|held| &held.operation) else {
                    continue;
                };
                let ControlBody::DeviceRevoked(body) = &operation.body else {
                    continue;
                };
                for cut in &body.cuts {
                    let target = log.admission_of(cut.admission);
                    if target.is_some_and(|target| resolution.reaches(*revocation, target)) {
                        let bound = bound(cut.seq, cut.head, operation);
                        self.add_cut(cut.admission, *device, bound);
                    }
                }
            }
        }
        for reaches in self.revoked.values_mut() {
            reaches.sort_by_key(|reach| (reach.rank, reach.reaches_juniors));
            reaches.dedup();
        }
    }

    /// Of several cuts the highest counts; of two operations there, the lower id.
    fn add_cut(&mut self, admission: AdmissionId, device: DeviceId, bound: Bound) {
        let (seq, head) = (bound.seq, Some(bound.head));
        let bounds = self.bounds.entry((admission, device)).or_default();
        bounds.insert(bound);
        let cut = self
            .cuts
            .entry((admission, device))
            .or_insert(Cut { seq, head });
        if seq > cut.seq || (seq == cut.seq && head < cut.head) {
            *cut = Cut { seq, head };
        }
    }
}

/// The place up to which an operation lets a chain count.
const fn bound(seq: u64, head: OperationId, by: &ControlOperation) -> Bound {
    Bound {
        seq,
        head,
        until: by.logical,
    }
}
