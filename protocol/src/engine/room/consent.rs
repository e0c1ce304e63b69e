//! Whether our person takes part in a room that admits them.
//!
//! Invariants
//! - Consent is given to the admissions that stand when it is asked for, and holds as long as one of
//!   them does: whoever was out of a room, even if they never knew, is asked anew.

use std::collections::BTreeSet;

use crate::id::AdmissionId;
use crate::record::RoomStanding;

/// What our person says to being admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::engine) enum Consent {
    /// Nothing yet: an invitation waits.
    #[default]
    Awaited,
    /// They take part.
    Accepted,
    /// Who let them in is not heeded: they are as far outside as before.
    Refused,
}

/// The consent that holds, and to which admissions.
#[derive(Debug, Default)]
pub(super) struct GivenConsent {
    consent: Consent,
    admissions: BTreeSet<AdmissionId>,
}

impl GivenConsent {
    pub(super) const fn consent(&self) -> Consent {
        self.consent
    }

    /// Whether these, of our person, are other admissions than those to which it was given.
    pub(super) fn is_due(&self, admissions: &BTreeSet<AdmissionId>) -> bool {
        !admissions.is_empty() && self.admissions.is_disjoint(admissions)
    }

    /// Has a consent, or if there is no other the one that holds, be given to these admissions.
    pub(super) fn give(&mut self, consent: Option<Consent>, admissions: BTreeSet<AdmissionId>) {
        self.consent = consent.unwrap_or(self.consent);
        self.admissions = admissions;
    }

    /// Puts back the consent that was given to these admissions, by where our person stood.
    pub(super) fn restore(&mut self, standing: RoomStanding, admissions: BTreeSet<AdmissionId>) {
        let consent = match standing {
            RoomStanding::Joined => Consent::Accepted,
            RoomStanding::Invited => Consent::Awaited,
            RoomStanding::Left | RoomStanding::Removed => Consent::Refused,
        };
        self.give(Some(consent), admissions);
    }
}
