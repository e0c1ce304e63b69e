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
use super::check::Backing;
use super::log::{ControlLog, Held};
use super::membership::{AdmissionState, Membership, Standing};
use crate::id::AdmissionId;
use crate::wire::limits::{
    CONTROL_BYTES_MAX, CONTROL_OPERATIONS_MAX, CONTROL_STALE_BYTES_MAX, CONTROL_UNBACKED_MAX,
};

/// How much is held.
#[derive(Debug, Clone, Copy, Default)]
struct Used {
    operations: usize,
    bytes: usize,
}

impl Used {
    fn add(&mut self, bytes: usize) {
        self.operations = self.operations.saturating_add(1);
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// Whether there is room for one more, where so much may be held.
    fn allows(self, bytes: usize, most: Self) -> bool {
        self.operations < most.operations && self.bytes.saturating_add(bytes) <= most.bytes
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
    pub(super) fn of(checked: &Held, log: &ControlLog, membership: &Membership) -> Self {
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
    fn of_held(held: &Held, log: &ControlLog, membership: &Membership) -> Self {
        if membership.is_valid(held.operation.id) {
            Self::by_backing(held)
        } else {
            Self::of(held, log, membership)
        }
    }

    fn by_backing(held: &Held) -> Self {
        match held.backing {
            Backing::Role | Backing::Heir => Self::Backed,
            Backing::Nothing | Backing::Unknown => Self::Unbacked,
        }
    }

    /// Whether an operation that is not held can have no effect beside all that is.
    fn is_stale(checked: &Held, state: AdmissionState, log: &ControlLog) -> bool {
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
    backed: Used,
    stale: Used,
    unbacked: BTreeMap<AdmissionId, usize>,
    unbacked_total: usize,
    /// Ranks of the admins, ascending.
    admins: Vec<usize>,
}

impl Budget {
    /// What all that is held uses.
    pub(super) fn of(log: &ControlLog, membership: &Membership) -> Self {
        let mut budget = Self::default();
        for held in &log.held {
            budget.spend(Share::of_held(held, log, membership), held);
        }
        let states = membership.admissions().values();
        let admins = states.filter(|state| {
            state.role == Role::Admin && matches!(state.standing, Standing::Stands | Standing::Left)
        });
        budget.admins = admins.filter_map(|state| state.rank).collect();
        budget.admins.sort_unstable();
        budget
    }

    /// Counts one that is held now.
    pub(super) fn spend(&mut self, share: Share, held: &Held) {
        let operation = &held.operation;
        self.all.add(operation.bytes);
        match share {
            Share::Backed => self.backed.add(operation.bytes),
            Share::Stale => self.stale.add(operation.bytes),
            Share::Unbacked => {
                let admission = operation.author.admission;
                let of_admission = self.unbacked.entry(admission).or_default();
                *of_admission = of_admission.saturating_add(1);
                self.unbacked_total = self.unbacked_total.saturating_add(1);
            }
        }
    }

    /// Whether there is room for one more, whose author has a rank if that is known.
    pub(super) fn check(
        &self,
        share: Share,
        held: &Held,
        log: &ControlLog,
        membership: &Membership,
    ) -> Result<(), ControlError> {
        let operation = &held.operation;
        let admission = operation.author.admission;
        let has_room = match share {
            Share::Backed => {
                let rank = membership.admission(admission).and_then(|state| state.rank);
                self.has_room(rank, operation.bytes)
            }
            Share::Stale => {
                let most = Used {
                    operations: log.limits.stale,
                    bytes: CONTROL_STALE_BYTES_MAX,
                };
                self.stale.allows(operation.bytes, most)
            }
            // One more than count shows that there are too many.
            Share::Unbacked => {
                self.unbacked_of(admission) <= log.limits.unbacked
                    && self.unbacked_total < CONTROL_UNBACKED_MAX
            }
        };
        has_room.then_some(()).ok_or(ControlError::RoomFull)
    }

    /// Whether an author of a rank has room for a backed operation.
    pub(super) fn has_room(&self, rank: Option<usize>, bytes: usize) -> bool {
        self.backed.allows(bytes, self.most_for(rank))
    }

    /// Whether there is room for what an author of a rank builds on: twice their share of the room.
    pub(super) fn has_room_below(&self, rank: Option<usize>) -> bool {
        let most = self.most_for(rank);
        let twice = Used {
            operations: most.operations.saturating_mul(2),
            bytes: most.bytes.saturating_mul(2),
        };
        self.all.allows(0, twice)
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
        self.unbacked.get(&admission).copied().unwrap_or(0)
    }

    /// How much may be held once an author of this rank has written: all for who has no admin above
    /// them, three quarters with one above, five eighths with two, and never less than half.
    fn most_for(&self, rank: Option<usize>) -> Used {
        let seniors = rank.map_or(self.admins.len(), |rank| {
            self.admins.partition_point(|admin| *admin < rank)
        });
        let share = |most: usize| {
            let half = most / 2;
            let reserve = u32::try_from(seniors)
                .ok()
                .and_then(|by| half.checked_shr(by));
            half.saturating_add(reserve.unwrap_or(0))
        };
        Used {
            operations: share(CONTROL_OPERATIONS_MAX),
            bytes: share(CONTROL_BYTES_MAX),
        }
    }
}
