//! Checks: whether an operation belongs to a log, by itself and all it builds on.
//!
//! Invariants
//! - No answer depends on what else is held, so it is the same wherever the operation's past is held.
//! - What could never have an effect, whatever else there is, does not belong.

use super::ControlError;
use super::body::{ControlBody, Role};
use super::log::{Admission, ControlLog, HeldControl};
use super::operation::ControlOperation;
use super::set::PlaceSet;
use crate::id::{AdmissionId, OperationId};
use crate::wire::limits::{CONTROL_BODY_BYTES_MAX, CONTROL_SEQ_MAX, HEADER_BYTES_MAX};

/// The longest operation without authority: header, signature, salt and a body without a long list.
pub(super) const UNBACKED_BYTES_MAX: usize = HEADER_BYTES_MAX + 64 + 32 + CONTROL_BODY_BYTES_MAX;

/// What can have given an operation's author authority, by the operation's own past alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Backing {
    /// Nothing: whatever else there is, the author had none.
    Nothing,
    /// They were let in as an admin, or something made them one. Whether that counts is another
    /// question, and the answer to it may change.
    Role,
    /// They were the heir.
    Heir,
    /// This version cannot tell: a kind that it does not know admitted them, or may have made them one.
    Unknown,
}

impl ControlLog {
    /// Checks an operation by itself and all it builds on, which has to be held.
    pub(super) fn check(&self, operation: ControlOperation) -> Result<HeldControl, ControlError> {
        if operation.conversation != self.conversation() {
            return Err(ControlError::Room);
        }
        if !self.holds_causes(&operation) {
            return Err(ControlError::Causes);
        }
        self.check_chain(&operation)?;
        let latest = self.latest_of(operation.causes());
        if !operation.logical.may_follow(latest) {
            return Err(ControlError::Logical);
        }
        let mut past = PlaceSet::default();
        for cause in operation.causes().filter_map(|id| self.place_of(id)) {
            if let Some(held) = self.held.get(cause) {
                past.extend(&held.past);
                past.insert(cause);
            }
        }
        let admission = self.author_admission(&operation, &past)?;
        let (backing, heir) = match operation.body {
            ControlBody::Create(_) => (Backing::Role, None),
            ControlBody::Add(_)
            | ControlBody::Remove(_)
            | ControlBody::Leave(_)
            | ControlBody::Role(_)
            | ControlBody::Title(_)
            | ControlBody::Settings(_)
            | ControlBody::DeviceRevoked(_)
            | ControlBody::Unknown(_) => self.backing(&operation, admission, &past),
        };
        let checked = HeldControl {
            operation,
            past,
            admission,
            backing,
            heir,
        };
        if !checked.is_backed() {
            self.check_unbacked(&checked)?;
        }
        Ok(checked)
    }

    fn check_chain(&self, operation: &ControlOperation) -> Result<(), ControlError> {
        if operation.seq > CONTROL_SEQ_MAX {
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

    /// What can have given an author authority who writes upon `past`; and who acts by seniority there,
    /// unless that does not matter yet.
    fn backing(
        &self,
        operation: &ControlOperation,
        admission: Option<usize>,
        past: &PlaceSet,
    ) -> (Backing, Option<usize>) {
        let Some(index) = admission else {
            return (Backing::Unknown, None);
        };
        let opened = self.admissions.get(index);
        let is_promoted = opened.is_some_and(|opened| {
            let promotions = self.promotions.get(&opened.id);
            opened.role == Role::Admin
                || promotions.is_some_and(|promotions| promotions.intersects(past))
        });
        if is_promoted {
            return (Backing::Role, None);
        }
        let heir = self.heir(operation, past);
        let backing = if heir == admission {
            Backing::Heir
        } else if self.unknown.intersects(past) {
            Backing::Unknown
        } else {
            Backing::Nothing
        };
        (backing, heir)
    }

    /// Checks what only holds of operations without authority: they say little, and build on nothing but
    /// their author's admission, others of it, and what was written under it by seniority. So there is
    /// room for them wherever that is held.
    fn check_unbacked(&self, checked: &HeldControl) -> Result<(), ControlError> {
        #[cfg(test)]
        if self.holds_all {
            return Ok(());
        }
        let operation = &checked.operation;
        if operation.needs_authority() {
            return Err(ControlError::Authority);
        }
        if operation.bytes > UNBACKED_BYTES_MAX {
            return Err(ControlError::Body {
                bytes: operation.bytes,
            });
        }
        let opened = checked.admission.and_then(|own| self.admissions.get(own));
        let mut causes = operation.causes().filter_map(|id| self.place_of(id));
        let is_own = |place: usize| {
            let held = self.held.get(place);
            opened.is_some_and(|opened| opened.place == place)
                || held.is_some_and(|held| held.is_own_word(checked.admission))
        };
        if causes.all(is_own) {
            Ok(())
        } else {
            Err(ControlError::Parents)
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
            || (admission.id == AdmissionId::from(self.conversation())
                && self.creates.intersects(past))
    }
}
