//! Deeds: what was done to a room as such, as people are told of it between the messages, from its control log.
//!
//! Invariants
//! - They follow from the operations that are held and from nothing else: whoever holds the same is told the same.
//! - Each says what the room became at its place, by all before it that has an effect. What has none is not told,
//!   nor what changed nothing; so one may go, and others come, when more is held.
//! - At most one stands at the place of an operation, and there are no more than [`DEEDS_TOLD_MAX`], the latest: a late
//!   operation has no more than those be told otherwise.

use std::collections::BTreeMap;

use minicbor::{Decode, Encode};

use super::body::{ControlBody, Role, SettingsBody};
use super::log::{ControlLog, HeldControl};
use super::membership::{Membership, Standing};
use super::operation::ControlOperation;
use super::set::PlaceSet;
use super::title::title;
use crate::id::{AdmissionId, OperationId, PersonId};
use crate::time::{LogicalTime, WallTime};
use crate::wire::limits::DEEDS_TOLD_MAX;

/// Something that was done to a conversation as such.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deed {
    /// The operation at whose place in the conversation it stands.
    pub operation: OperationId,
    /// The logical time of that.
    pub logical: LogicalTime,
    /// What its author's clock showed.
    pub wall: WallTime,
    /// Who did it.
    pub by: PersonId,
    /// What was done.
    pub what: DeedKind,
}

/// What is done to a conversation as such.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum DeedKind {
    /// The room was made.
    #[n(0)]
    Made {
        /// Its first title: untrusted text.
        #[n(0)]
        title: String,
    },
    /// Somebody was let in.
    #[n(1)]
    LetIn {
        /// Who.
        #[n(0)]
        person: PersonId,
        /// As what.
        #[n(1)]
        role: Role,
    },
    /// Somebody else was taken out.
    #[n(2)]
    TookOut {
        /// Who.
        #[n(0)]
        person: PersonId,
    },
    /// Whoever did it left.
    #[n(3)]
    Left,
    /// It was said what a member may do.
    #[n(4)]
    GaveRole {
        /// Who.
        #[n(0)]
        person: PersonId,
        /// What they may do.
        #[n(1)]
        role: Role,
    },
    /// The room was given another title.
    #[n(5)]
    Titled {
        /// Which: untrusted text.
        #[n(0)]
        title: String,
    },
    /// It was said how long messages stay.
    #[n(6)]
    LetStay {
        /// Seconds after which what is written from then on disappears; absent: it does not.
        #[n(0)]
        seconds: Option<u32>,
    },
}

impl ControlLog {
    /// What was done to the room last, in display order, by all that is held and what that comes to.
    #[must_use]
    pub fn deeds(&self, membership: &Membership) -> Vec<Deed> {
        let places = self.held.iter().enumerate();
        let mut places: Vec<(usize, &HeldControl)> = places
            .filter(|(_, held)| membership.is_valid(held.operation.id))
            .collect();
        // What an operation builds on has an earlier logical time.
        places.sort_by_key(|(_, held)| {
            let operation = &held.operation;
            (operation.logical, operation.wall, operation.id)
        });
        let mut told = Telling::new(self, membership);
        let deeds = places.into_iter().filter_map(|(place, held)| {
            let (by, what) = told.tell(place, held)?;
            let operation = &held.operation;
            Some(Deed {
                operation: operation.id,
                logical: operation.logical,
                wall: operation.wall,
                by,
                what,
            })
        });
        let mut deeds: Vec<Deed> = deeds.collect();
        deeds.split_off(deeds.len().saturating_sub(DEEDS_TOLD_MAX))
    }
}

/// What the room is at a place in the conversation.
struct Telling<'a> {
    log: &'a ControlLog,
    membership: &'a Membership,
    is_made: bool,
    /// Under which admissions each person is in it, and what each of these may do.
    inside: BTreeMap<PersonId, BTreeMap<AdmissionId, Role>>,
    roles: BTreeMap<AdmissionId, Latest>,
    titles: Latest,
    settings: Latest,
}

/// By what of several that say the same thing differently one counts: see `Resolution::winner`.
type Seniority = (Option<usize>, u64, OperationId);

/// Of the places that say the same thing those on which no other builds.
#[derive(Default)]
pub(super) struct Latest {
    places: PlaceSet,
    by_seniority: BTreeMap<Seniority, usize>,
}

impl<'a> Telling<'a> {
    fn new(log: &'a ControlLog, membership: &'a Membership) -> Self {
        Self {
            log,
            membership,
            is_made: false,
            inside: BTreeMap::new(),
            roles: BTreeMap::new(),
            titles: Latest::default(),
            settings: Latest::default(),
        }
    }

    /// Goes on to the next place. Says what the room became by it and who did that, if it became anything.
    fn tell(&mut self, place: usize, held: &HeldControl) -> Option<(PersonId, DeedKind)> {
        let operation = &held.operation;
        let author = operation.author;
        let done = match &operation.body {
            ControlBody::Create(body) => {
                let titled = self.title(place, held);
                if std::mem::replace(&mut self.is_made, true) {
                    return titled;
                }
                let admission = AdmissionId::from(operation.conversation);
                self.enter(body.creator, admission, Role::Admin);
                let title = body.title.clone();
                DeedKind::Made { title }
            }
            ControlBody::Add(body) => {
                let admission = AdmissionId::from(operation.id);
                if !self.counts(admission, body.person) {
                    return None;
                }
                let before = self.role(body.person);
                self.enter(body.person, admission, body.role);
                self.became(body.person, before)?
            }
            ControlBody::Remove(body) => {
                let person = body.person;
                self.went(person, body.admission, DeedKind::TookOut { person })?
            }
            ControlBody::Leave(_) => self.went(author.person, author.admission, DeedKind::Left)?,
            ControlBody::Role(body) => return self.give_role(place, held, body.admission),
            ControlBody::Title(_) => return self.title(place, held),
            ControlBody::Settings(_) => return self.settle(place, held),
            ControlBody::DeviceRevoked(_) | ControlBody::Unknown(_) => return None,
        };
        Some((author.person, done))
    }

    /// Whether an admission ever made its person a member.
    fn counts(&self, admission: AdmissionId, person: PersonId) -> bool {
        let state = self.membership.admission(admission);
        match state.map(|state| state.standing) {
            // There may be no room for them.
            Some(Standing::Stands) => self.membership.members().contains_key(&person),
            Some(Standing::Removed | Standing::Left) => true,
            Some(Standing::Void) | None => false,
        }
    }

    fn enter(&mut self, person: PersonId, admission: AdmissionId, role: Role) {
        let admissions = self.inside.entry(person).or_default();
        admissions.insert(admission, role);
    }

    /// The most that a person may do who is in the room.
    fn role(&self, person: PersonId) -> Option<Role> {
        self.inside.get(&person)?.values().max().copied()
    }

    /// What a person became who is in the room, if that is not what they were.
    fn became(&self, person: PersonId, before: Option<Role>) -> Option<DeedKind> {
        let role = self.role(person)?;
        match before {
            None => Some(DeedKind::LetIn { person, role }),
            Some(before) if before != role => Some(DeedKind::GaveRole { person, role }),
            Some(_) => None,
        }
    }

    /// Ends an admission. Says that its person is `out`, or what they became if another of theirs stands; nothing if it
    /// had not made them a member.
    fn went(
        &mut self,
        person: PersonId,
        admission: AdmissionId,
        out: DeedKind,
    ) -> Option<DeedKind> {
        let before = self.role(person)?;
        self.inside.get_mut(&person)?.remove(&admission)?;
        if self.role(person).is_none() {
            return Some(out);
        }
        self.became(person, Some(before))
    }

    fn give_role(
        &mut self,
        place: usize,
        held: &HeldControl,
        admission: AdmissionId,
    ) -> Option<(PersonId, DeedKind)> {
        let roles = self.roles.entry(admission).or_default();
        let latest = roles.put(place, held, self.log, self.membership)?;
        let ControlBody::Role(body) = &latest.body else {
            return None;
        };
        let person = self.membership.admission(admission)?.person;
        let before = self.role(person)?;
        let role = self.inside.get_mut(&person)?.get_mut(&admission)?;
        *role = body.role;
        let done = self.became(person, Some(before))?;
        Some((latest.author.person, done))
    }

    fn title(&mut self, place: usize, held: &HeldControl) -> Option<(PersonId, DeedKind)> {
        let before = self.titles.counting(self.log).and_then(title);
        let latest = self.titles.put(place, held, self.log, self.membership)?;
        let title = title(latest).filter(|title| before != Some(*title))?;
        let title = title.to_owned();
        Some((latest.author.person, DeedKind::Titled { title }))
    }

    fn settle(&mut self, place: usize, held: &HeldControl) -> Option<(PersonId, DeedKind)> {
        let before = self.settings.counting(self.log).and_then(lifetime);
        let latest = self.settings.put(place, held, self.log, self.membership)?;
        let seconds = lifetime(latest);
        (seconds != before).then_some((latest.author.person, DeedKind::LetStay { seconds }))
    }
}

impl Latest {
    /// Adds a place that comes after all that are there; returns the operation that counts then.
    pub(super) fn put<'a>(
        &mut self,
        place: usize,
        held: &HeldControl,
        log: &'a ControlLog,
        membership: &Membership,
    ) -> Option<&'a ControlOperation> {
        let seniority = |held: &HeldControl| {
            let operation = &held.operation;
            let admission = membership.admission(operation.author.admission);
            let rank = admission.and_then(|admission| admission.rank);
            (rank, operation.seq, operation.id)
        };
        let mut built_upon = self.places.clone();
        built_upon.keep(&held.past);
        for before in built_upon.iter().filter_map(|place| log.held.get(place)) {
            self.by_seniority.remove(&seniority(before));
        }
        self.places.remove(&held.past);
        self.places.insert(place);
        self.by_seniority.insert(seniority(held), place);
        self.counting(log)
    }

    /// The operation that counts.
    pub(super) fn counting<'a>(&self, log: &'a ControlLog) -> Option<&'a ControlOperation> {
        let (_, place) = self.by_seniority.first_key_value()?;
        log.held.get(*place).map(|held| &held.operation)
    }
}

/// After how many seconds an operation lets messages disappear.
const fn lifetime(operation: &ControlOperation) -> Option<u32> {
    match &operation.body {
        ControlBody::Settings(SettingsBody { disappears_after }) => *disappears_after,
        ControlBody::Create(_)
        | ControlBody::Add(_)
        | ControlBody::Remove(_)
        | ControlBody::Leave(_)
        | ControlBody::Role(_)
        | ControlBody::Title(_)
        | ControlBody::DeviceRevoked(_)
        | ControlBody::Unknown(_) => None,
    }
}
