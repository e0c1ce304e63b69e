//! The intake: which of the control operations that others offer are held, and in what order.
//!
//! ```text
//!   offered --> does it belong? --> is there room? --> held
//!                  | its past is       |
//!                  | not here          v
//!                  +-----------> passed over --> held all the same, with what it builds on,
//!                                                once somebody with authority builds on it
//! ```
//!
//! Invariants
//! - What somebody with authority builds on is held whatever the budgets say: an honest operation is
//!   refused nowhere because of what others sent.
//! - What was passed over is forgotten after a while: it is offered again, and taken then if it was
//!   found to be lacking meanwhile.
//! - How much is looked at of what was passed over grows with what is offered alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::ControlError;
use super::body::Role;
use super::budget::{Budget, Share, Used};
use super::log::{ControlLog, HeldControl};
use super::membership::{Membership, Refusal, Standing};
use super::operation::{Author, ControlOperation};
use crate::id::{AdmissionId, ConversationId, OperationId};
use crate::wire::limits::{
    CONTROL_AWAITED_MAX, CONTROL_OWED_PER_ADMISSION_MAX, CONTROL_PASSED_OVER_BYTES_MAX,
    CONTROL_UNRESOLVED_MAX, CONTROL_WALK_STEPS_EACH, CONTROL_WALK_STEPS_MAX,
};

/// How many admissions are senior to an author's, if that is known.
type Rank = Option<usize>;

/// A room's log with what it comes to, and operations that may yet belong to it. With each operation
/// goes a payload that its owner wants back when it is held.
#[derive(Debug)]
pub struct Intake<P> {
    log: ControlLog,
    membership: Membership,
    /// How many were held since it was resolved.
    unresolved: usize,
    budget: Budget,
    passed_over: PassedOver<P>,
    /// How many that had been passed over were taken for what was written under each admission without
    /// authority.
    owed: BTreeMap<AdmissionId, usize>,
    /// How many steps were made through what was passed over for each admission, less what was
    /// offered since.
    walked: BTreeMap<Option<AdmissionId>, usize>,
    /// What was lacking when somebody with authority built on it, with their rank.
    awaited: BTreeMap<OperationId, Rank>,
}

impl<P> Intake<P> {
    /// An empty log.
    #[must_use]
    pub fn new(conversation: ConversationId) -> Self {
        Self::over(ControlLog::new(conversation))
    }

    pub(super) fn over(log: ControlLog) -> Self {
        let membership = log.resolve();
        Self {
            budget: Budget::of(&log, &membership),
            membership,
            unresolved: 0,
            log,
            passed_over: PassedOver::default(),
            owed: BTreeMap::new(),
            walked: BTreeMap::new(),
            awaited: BTreeMap::new(),
        }
    }

    /// What is held.
    #[must_use]
    pub const fn log(&self) -> &ControlLog {
        &self.log
    }

    /// What it came to when it was last resolved.
    #[must_use]
    pub const fn membership(&self) -> &Membership {
        &self.membership
    }

    /// Resolves who is in the room by all that is held.
    pub fn resolve(&mut self) {
        self.unresolved = 0;
        self.membership = self.log.resolve();
        self.budget = Budget::of(&self.log, &self.membership);
    }

    /// Puts back an operation that was held before; returns whether it is.
    pub fn restore(&mut self, operation: ControlOperation) -> bool {
        self.log.insert(operation).is_ok()
    }

    /// Holds an operation of our own upon all that is held and resolved, and resolves it.
    ///
    /// # Errors
    /// [`Refusal`] if it does not belong to the log, there is no room for it, or it would have no effect:
    /// then nothing of it is held.
    pub fn write(&mut self, operation: ControlOperation) -> Result<(), Refusal> {
        let id = operation.id;
        let checked = self.log.check(operation)?;
        let share = Share::of(&checked, &self.log, &self.membership);
        self.budget
            .check(share, &checked, &self.log, &self.membership)?;
        let before = self.log.len();
        self.hold(checked, share);
        self.resolve();
        if !self.membership.is_valid(id) {
            self.log.shorten(before);
            self.resolve();
            return Err(Refusal::Void);
        }
        Ok(())
    }

    /// Takes an operation that somebody offers. Returns what is held now that was not, in order: none
    /// if it is passed over. [`Self::resolve`] has to follow the last; of many it is done now and then,
    /// as there is room for one by where its author stands.
    ///
    /// # Errors
    /// [`ControlError`] if it does not belong to the log.
    pub fn offer(
        &mut self,
        operation: ControlOperation,
        payload: P,
    ) -> Result<Vec<(OperationId, P)>, ControlError> {
        let id = operation.id;
        let mut taken = Vec::new();
        if self.log.contains(id) {
            return Ok(taken);
        }
        if self.unresolved >= CONTROL_UNRESOLVED_MAX {
            self.resolve();
        }
        let awaited = self.awaited.remove(&id);
        if !self.log.holds_causes(&operation) {
            let Some(past) = self.past_of(&operation, awaited) else {
                self.passed_over.keep(operation, payload);
                return Ok(taken);
            };
            return self.take_along(past, operation, payload);
        }
        let checked = self.log.check(operation)?;
        let share = Share::of(&checked, &self.log, &self.membership);
        let room = self
            .budget
            .check(share, &checked, &self.log, &self.membership);
        let one = Used::one(checked.operation.bytes);
        let is_wanted = awaited.is_some_and(|rank| self.budget.has_room_below(rank, one));
        if room.is_err() && !is_wanted {
            self.passed_over.keep(checked.operation, payload);
            return Ok(taken);
        }
        self.hold(checked, share);
        taken.push((id, payload));
        Ok(taken)
    }

    /// Takes an operation for which there is room, and before it all that it builds on and is not
    /// held: all of them, or, if one does not belong to the log, none.
    fn take_along(
        &mut self,
        past: Vec<(ControlOperation, P)>,
        operation: ControlOperation,
        payload: P,
    ) -> Result<Vec<(OperationId, P)>, ControlError> {
        let before = (self.log.len(), self.unresolved, self.budget.clone());
        let mut taken = Vec::new();
        for (operation, payload) in past.into_iter().chain([(operation, payload)]) {
            let id = operation.id;
            match self.log.check(operation) {
                Ok(checked) => {
                    let share = Share::of(&checked, &self.log, &self.membership);
                    self.hold(checked, share);
                    taken.push((id, payload));
                }
                Err(error) => {
                    self.log.shorten(before.0);
                    (self.unresolved, self.budget) = (before.1, before.2);
                    return Err(error);
                }
            }
        }
        Ok(taken)
    }

    /// Forgets of what was passed over what is not to be kept: it is offered again.
    pub fn forget(&mut self, is_to_go: impl Fn(&ControlOperation) -> bool) {
        self.passed_over.forget(is_to_go);
    }

    /// Bytes of what was passed over and is kept, and how many are taken when they come again.
    #[must_use]
    pub fn waiting(&self) -> (usize, usize) {
        let kept = self.passed_over.kept.values();
        let bytes = kept.map(|(operation, _)| operation.bytes).sum();
        (bytes, self.awaited.len())
    }

    /// How many that were passed over are kept.
    #[cfg(test)]
    pub(crate) fn passed_over(&self) -> usize {
        self.passed_over.kept.len()
    }

    fn hold(&mut self, checked: HeldControl, share: Share) {
        self.budget.spend(share, &checked, &self.membership);
        self.log.hold(checked);
        self.unresolved = self.unresolved.saturating_add(1);
    }

    /// All that an operation builds on and is not held, in order, if it is there and to be taken for
    /// that: any number for an author with authority, or for whom one waits, and some for what a
    /// member may write without.
    fn past_of(
        &mut self,
        operation: &ControlOperation,
        awaited: Option<Rank>,
    ) -> Option<Vec<(ControlOperation, P)>> {
        let rank = awaited.or_else(|| self.leader(operation));
        if rank.is_none() && !self.may_be_owed(operation) {
            return None;
        }
        let Some((order, lacking)) = self.walk(operation) else {
            self.awaited
                .extend(awaited.map(|rank| (operation.id, rank)));
            return None;
        };
        let all = self
            .passed_over
            .used_by(&order)
            .plus(Used::one(operation.bytes));
        if let Some(rank) = rank {
            if !self.budget.has_room_below(rank, all) {
                return None;
            }
            if !lacking.is_empty() {
                // What is here may be gone when the rest is.
                let again = awaited.map(|_| operation.id);
                let all = lacking.into_iter().chain(order).chain(again);
                self.awaited.extend(all.map(|id| (id, rank)));
                if self.awaited.len() > CONTROL_AWAITED_MAX {
                    self.awaited.clear();
                }
                return None;
            }
        } else if !lacking.is_empty() || !self.owes(operation, order.len(), all) {
            return None;
        }
        for id in &order {
            self.awaited.remove(id);
        }
        Some(self.passed_over.take(&order))
    }

    /// The rank of an operation's author, if they have authority by all that is known, and room.
    fn leader(&self, operation: &ControlOperation) -> Option<Rank> {
        let Author {
            person, admission, ..
        } = operation.author;
        let rank = match self.membership.admission(admission) {
            Some(state) => {
                let is_in = matches!(state.standing, Standing::Stands | Standing::Left);
                let leads = state.role == Role::Admin
                    || self.membership.heir() == Some(admission)
                    || self.log.was_heir(admission);
                (is_in && leads && state.person == person).then_some(state.rank)?
            }
            // It may have come since it was last resolved.
            None => {
                let opened = self.log.admission_of(admission);
                let opened = opened.and_then(|place| self.log.admissions.get(place))?;
                (opened.role == Role::Admin && opened.person == person).then_some(None)?
            }
        };
        self.budget.has_room(rank, operation.bytes).then_some(rank)
    }

    /// Whether anything may be taken for what a member writes without authority.
    fn may_be_owed(&self, operation: &ControlOperation) -> bool {
        let Author {
            person, admission, ..
        } = operation.author;
        let state = self.membership.admission(admission);
        let is_in = state.is_some_and(|state| {
            state.person == person && matches!(state.standing, Standing::Stands | Standing::Left)
        });
        is_in
            && !operation.needs_authority()
            && !self.budget.is_full(admission, &self.log, &self.membership)
    }

    /// Whether so many are to be taken for that; counts them if so.
    fn owes(&mut self, operation: &ControlOperation, count: usize, all: Used) -> bool {
        if !self.budget.has_room_below(None, all) {
            return false;
        }
        let owed = self.owed.entry(operation.author.admission).or_default();
        let more = owed.saturating_add(count);
        if more > CONTROL_OWED_PER_ADMISSION_MAX {
            return false;
        }
        *owed = more;
        true
    }

    /// What an operation builds on that is not held, as [`PassedOver::past_of`] has it; `None` if too
    /// much was looked at for its author's admission, by what they offered since. Those without one
    /// have that in common.
    fn walk(
        &mut self,
        operation: &ControlOperation,
    ) -> Option<(Vec<OperationId>, Vec<OperationId>)> {
        let Author {
            person, admission, ..
        } = operation.author;
        let state = self.membership.admission(admission);
        let own = state.filter(|state| state.person == person);
        let walked = self.walked.entry(own.map(|_| admission)).or_default();
        *walked = walked.saturating_sub(CONTROL_WALK_STEPS_EACH);
        if *walked >= CONTROL_WALK_STEPS_MAX {
            return None;
        }
        let (order, lacking, steps) = self.passed_over.past_of(operation, &self.log);
        *walked = walked.saturating_add(steps);
        Some((order, lacking))
    }
}

/// Operations that were passed over, the earliest first to go.
#[derive(Debug)]
struct PassedOver<P> {
    kept: BTreeMap<OperationId, (ControlOperation, P)>,
    order: VecDeque<OperationId>,
    bytes: usize,
}

impl<P> Default for PassedOver<P> {
    fn default() -> Self {
        Self {
            kept: BTreeMap::new(),
            order: VecDeque::new(),
            bytes: 0,
        }
    }
}

impl<P> PassedOver<P> {
    fn keep(&mut self, operation: ControlOperation, payload: P) {
        let id = operation.id;
        if self.kept.contains_key(&id) {
            return;
        }
        self.bytes = self.bytes.saturating_add(operation.bytes);
        self.order.push_back(id);
        self.kept.insert(id, (operation, payload));
        while self.bytes > CONTROL_PASSED_OVER_BYTES_MAX
            && let Some(earliest) = self.order.pop_front()
        {
            self.remove(earliest);
        }
    }

    fn remove(&mut self, id: OperationId) -> Option<(ControlOperation, P)> {
        let (operation, payload) = self.kept.remove(&id)?;
        self.bytes = self.bytes.saturating_sub(operation.bytes);
        Some((operation, payload))
    }

    fn forget(&mut self, is_to_go: impl Fn(&ControlOperation) -> bool) {
        let to_go = self.kept.values().filter(|(kept, _)| is_to_go(kept));
        let to_go: Vec<OperationId> = to_go.map(|(kept, _)| kept.id).collect();
        self.take(&to_go);
    }

    fn take(&mut self, ids: &[OperationId]) -> Vec<(ControlOperation, P)> {
        let taken = ids.iter().filter_map(|id| self.remove(*id)).collect();
        let kept = &self.kept;
        self.order.retain(|id| kept.contains_key(id));
        taken
    }

    /// How much these are, as far as they are here.
    fn used_by(&self, ids: &[OperationId]) -> Used {
        let kept = ids.iter().filter_map(|id| self.kept.get(id));
        kept.fold(Used::default(), |all, (operation, _)| {
            all.plus(Used::one(operation.bytes))
        })
    }

    /// What an operation builds on that the log does not hold, each after all it builds on; what of
    /// that is not here; and in how many steps that was found.
    fn past_of(
        &self,
        operation: &ControlOperation,
        log: &ControlLog,
    ) -> (Vec<OperationId>, Vec<OperationId>, usize) {
        let (mut order, mut lacking, mut steps) = (Vec::new(), Vec::new(), 0_usize);
        let mut seen = BTreeSet::new();
        let mut stack: Vec<(OperationId, bool)> =
            operation.causes().map(|cause| (cause, false)).collect();
        while let Some((id, is_done)) = stack.pop() {
            #[cfg(test)]
            super::effort::steps(1);
            steps = steps.saturating_add(1);
            if is_done {
                order.push(id);
            } else if !log.contains(id) && seen.insert(id) {
                let Some((cause, _)) = self.kept.get(&id) else {
                    lacking.push(id);
                    continue;
                };
                stack.push((id, true));
                stack.extend(cause.causes().map(|cause| (cause, false)));
            }
        }
        (order, lacking, steps)
    }
}
