//! Budgets: for which of the operations that may be held there is room.
//!
//! Invariants
//! - What is refused here has no effect, or none beyond its own author's admission, unless an author
//!   with authority signs more than a room holds.
//! - Whatever juniors send, there is room left for their seniors, and for the few operations that each
//!   admission may have without authority.

use std::collections::BTreeMap;

use super::ControlError;
use super::body::{ControlBody, Role};
use super::check::{Backing, UNBACKED_BYTES_MAX};
use super::log::{ControlLog, HeldControl};
use super::membership::{AdmissionState, Membership, Standing};
use crate::id::AdmissionId;
use crate::wire::limits::{
    CONTROL_BYTES_MAX, CONTROL_OPERATIONS_MAX, CONTROL_STALE_BYTES_MAX, CONTROL_UNBACKED_MAX,
};

/// As much as may be held by authors who may have authority.
const BACKED: Used = Used {
    operations: CONTROL_OPERATIONS_MAX,
    bytes: CONTROL_BYTES_MAX,
};

/// The same without.
const UNBACKED: Used = Used {
    operations: CONTROL_UNBACKED_MAX,
    bytes: CONTROL_UNBACKED_MAX * UNBACKED_BYTES_MAX,
};

/// How much is held.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Used {
    operations: usize,
    bytes: usize,
}

impl Used {
    pub(super) const fn one(bytes: usize) -> Self {
        Self {
            operations: 1,
            bytes,
        }
    }

    /// So much and so much more.
    pub(super) const fn plus(self, more: Self) -> Self {
        Self {
            operations: self.operations.saturating_add(more.operations),
            bytes: self.bytes.saturating_add(more.bytes),
        }
    }

    const fn minus(self, less: Self) -> Self {
        Self {
            operations: self.operations.saturating_sub(less.operations),
            bytes: self.bytes.saturating_sub(less.bytes),
        }
    }

    /// How much of all this may be held once somebody has written who has so many admins above them: all
    /// with none, three quarters with one, five eighths with two, and never less than half.
    fn share(self, level: usize) -> Self {
        let share = |most: usize| {
            let half = most / 2;
            let reserve = u32::try_from(level)
                .ok()
                .and_then(|by| half.checked_shr(by));
            half.saturating_add(reserve.unwrap_or(0))
        };
        Self {
            operations: share(self.operations),
            bytes: share(self.bytes),
        }
    }

    /// Whether it is no more than may be held.
    const fn fits(self, most: Self) -> bool {
        self.operations <= most.operations && self.bytes <= most.bytes
    }
}

/// How much is held of what has room by seniority.
#[derive(Debug, Clone, Default)]
struct Ranked {
    all: Used,
    /// By how many admins are senior to the authors.
    by_level: BTreeMap<usize, Used>,
}

impl Ranked {
    fn add(&mut self, level: usize, one: Used) {
        let of_level = self.by_level.entry(level).or_default();
        *of_level = of_level.plus(one);
        self.all = self.all.plus(one);
    }

    /// Whether there is room for one more: in the share of those who have so many admins above them; or,
    /// whatever juniors hold, in what of that is theirs before juniors.
    fn has_room(&self, level: usize, one: Used, whole: Used) -> bool {
        let share = whole.share(level);
        let reserve = share.minus(whole.share(level.saturating_add(1)));
        let seniors = self.by_level.range(..=level);
        let by_seniors = seniors.fold(Used::default(), |all, (_, used)| all.plus(*used));
        self.all.plus(one).fits(share) || by_seniors.plus(one).fits(reserve)
    }
}

/// What an operation counts towards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Share {
    /// Those whose authors may have authority.
    Backed,
    /// The few that an admission may have without.
    Unbacked,
    /// Those that have no effect by all that is known, because of where their author stands.
    Stale,
}

impl Share {
    /// What one that is about to be held counts towards.
    pub(super) fn of(checked: &HeldControl, log: &ControlLog, membership: &Membership) -> Self {
        if matches!(checked.operation.body, ControlBody::Create(_)) {
            return Self::Backed;
        }
        if checked.backing == Backing::Unknown
            && (checked.admission.is_none() || checked.operation.needs_authority())
        {
            return Self::Stale;
        }
        let author = checked.operation.author.admission;
        match membership.admission(author) {
            Some(state) if Self::is_stale(checked, state, log) => Self::Stale,
            Some(_) | None => Self::by_backing(checked),
        }
    }

    /// What one that is held counts towards.
    fn of_held(held: &HeldControl, log: &ControlLog, membership: &Membership) -> Self {
        if membership.is_valid(held.operation.id) {
            Self::by_backing(held)
        } else {
            Self::of(held, log, membership)
        }
    }

    fn by_backing(held: &HeldControl) -> Self {
        match held.backing {
            Backing::Role | Backing::Heir => Self::Backed,
            Backing::Nothing | Backing::Unknown => Self::Unbacked,
        }
    }

    /// Whether an operation that is not held can have no effect beside all that is.
    fn is_stale(checked: &HeldControl, state: AdmissionState, log: &ControlLog) -> bool {
        let may_be_heir = log.creator_leaves.intersects(&checked.past);
        match state.standing {
            Standing::Removed | Standing::Void => true,
            // Demoted: beside the demotion or after it.
            Standing::Stands | Standing::Left => {
                checked.backing == Backing::Role
                    && checked.operation.needs_authority()
                    && state.role == Role::Member
                    && !may_be_heir
            }
        }
    }
}

/// What is used of a room's budgets.
#[derive(Debug, Clone, Default)]
pub(super) struct Budget {
    all: Used,
    backed: Ranked,
    stale: Used,
    unbacked: Ranked,
    unbacked_of: BTreeMap<AdmissionId, usize>,
    /// Ranks of the admins, ascending.
    admins: Vec<usize>,
}

impl Budget {
    /// What all that is held uses.
    pub(super) fn of(log: &ControlLog, membership: &Membership) -> Self {
        let mut budget = Self::default();
        let states = membership.admissions().values();
        let admins = states.filter(|state| {
            state.role == Role::Admin && matches!(state.standing, Standing::Stands | Standing::Left)
        });
        budget.admins = admins.filter_map(|state| state.rank).collect();
        budget.admins.sort_unstable();
        for held in &log.held {
            budget.spend(Share::of_held(held, log, membership), held, membership);
        }
        budget
    }

    /// Counts one that is held now.
    pub(super) fn spend(&mut self, share: Share, held: &HeldControl, membership: &Membership) {
        let operation = &held.operation;
        let admission = operation.author.admission;
        let one = Used::one(operation.bytes);
        let level = self.level(membership.admission(admission).and_then(|state| state.rank));
        self.all = self.all.plus(one);
        match share {
            Share::Backed => self.backed.add(level, one),
            Share::Stale => self.stale = self.stale.plus(one),
            Share::Unbacked => {
                self.unbacked.add(level, one);
                let of_admission = self.unbacked_of.entry(admission).or_default();
                *of_admission = of_admission.saturating_add(1);
            }
        }
    }

    /// Whether there is room for one more, whose author has a rank if that is known.
    pub(super) fn check(
        &self,
        share: Share,
        held: &HeldControl,
        log: &ControlLog,
        membership: &Membership,
    ) -> Result<(), ControlError> {
        let operation = &held.operation;
        let admission = operation.author.admission;
        let rank = membership.admission(admission).and_then(|state| state.rank);
        let one = Used::one(operation.bytes);
        let has_room = match share {
            Share::Backed => self.has_room(rank, operation.bytes),
            Share::Stale => {
                let most = Used {
                    operations: log.limits.stale,
                    bytes: CONTROL_STALE_BYTES_MAX,
                };
                self.stale.plus(one).fits(most)
            }
            // One more than count shows that there are too many.
            Share::Unbacked => {
                self.unbacked_of(admission) <= log.limits.unbacked
                    && self.unbacked.has_room(self.level(rank), one, UNBACKED)
            }
        };
        has_room.then_some(()).ok_or(ControlError::RoomFull)
    }

    /// Whether an author of a rank has room for a backed operation.
    pub(super) fn has_room(&self, rank: Option<usize>, bytes: usize) -> bool {
        let level = self.level(rank);
        self.backed.has_room(level, Used::one(bytes), BACKED)
    }

    /// Whether there is room for so much that an author of a rank builds on: all that is held is then no
    /// more than twice their share of the room.
    pub(super) fn has_room_below(&self, rank: Option<usize>, more: Used) -> bool {
        let most = BACKED.share(self.level(rank));
        self.all.plus(more).fits(most.plus(most))
    }

    /// Whether what an admission may write without authority is used up, and it has none.
    pub(super) fn is_full(
        &self,
        admission: AdmissionId,
        log: &ControlLog,
        membership: &Membership,
    ) -> bool {
        !membership.is_backed(admission) && self.unbacked_of(admission) > log.limits.unbacked
    }

    fn unbacked_of(&self, admission: AdmissionId) -> usize {
        self.unbacked_of.get(&admission).copied().unwrap_or(0)
    }

    /// How many admins are senior to a rank; all, if it is not known.
    fn level(&self, rank: Option<usize>) -> usize {
        rank.map_or(self.admins.len(), |rank| {
            self.admins.partition_point(|admin| *admin < rank)
        })
    }
}
