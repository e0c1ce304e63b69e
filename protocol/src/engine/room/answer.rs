//! Whether our person takes part in a room that admits them.
//!
//! Invariants
//! - An answer is given to the admissions that stand when it is asked for, and holds as long as one of
//!   them does: whoever was out of a room, even if they never knew, is asked anew.

use std::collections::BTreeSet;

use crate::id::AdmissionId;
use crate::record::RoomStanding;

/// What our person says to being admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::engine) enum Answer {
    /// Nothing yet: an invitation waits.
    #[default]
    Awaited,
    /// They take part.
    Accepted,
    /// Who let them in is not heeded: they are as far outside as before.
    Refused,
}

/// The answer that holds, and what it was given to.
#[derive(Debug, Default)]
pub(super) struct Answered {
    answer: Answer,
    admissions: BTreeSet<AdmissionId>,
}

impl Answered {
    pub(super) const fn answer(&self) -> Answer {
        self.answer
    }

    /// Whether these, of our person, are other admissions than those to which the answer was given.
    pub(super) fn is_due(&self, admissions: &BTreeSet<AdmissionId>) -> bool {
        !admissions.is_empty() && self.admissions.is_disjoint(admissions)
    }

    /// Has an answer, or if there is no other the one that holds, be given to these admissions.
    pub(super) fn give(&mut self, answer: Option<Answer>, admissions: BTreeSet<AdmissionId>) {
        self.answer = answer.unwrap_or(self.answer);
        self.admissions = admissions;
    }

    /// Puts back the answer that was given to these admissions, by where our person stood.
    pub(super) fn restore(&mut self, standing: RoomStanding, admissions: BTreeSet<AdmissionId>) {
        let answer = match standing {
            RoomStanding::Joined => Answer::Accepted,
            RoomStanding::Invited => Answer::Awaited,
            RoomStanding::Left | RoomStanding::Removed => Answer::Refused,
        };
        self.give(Some(answer), admissions);
    }
}
