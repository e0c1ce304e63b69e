//! A device, and as which of its cards others are given it.

use super::renewals::Renewals;
use crate::engine::Effect;
use crate::identity::VerifiedCard;
use crate::record::DeviceRecord;
use crate::sync::Introduction;
use crate::time::Monotonic;

/// A device of a contact.
#[derive(Debug)]
pub(in crate::engine) struct Device {
    pub(in crate::engine) card: VerifiedCard,
    pub(super) record: DeviceRecord,
    /// As which version others are given its card.
    passed_on: u64,
    renewals: Renewals,
}

impl Device {
    pub(super) fn new(card: VerifiedCard, record: DeviceRecord) -> Self {
        Self {
            passed_on: card.version(),
            card,
            record,
            renewals: Renewals::default(),
        }
    }

    /// Whether a card that another presents is newer, and to be taken already.
    pub(super) fn may_be_renewed(&self, card: &VerifiedCard, now: Monotonic) -> bool {
        card.version() > self.card.version()
            && self.renewals.may_take(self.is_of_later_epoch(card), now)
    }

    /// Takes over from an older card of the same device how soon this one is passed on.
    pub(super) fn renew(&mut self, known: &Self, now: Monotonic) {
        self.renewals = known.renewals;
        let is_newer = self.passed_on > known.passed_on;
        if is_newer && !self.renewals.take(known.is_of_later_epoch(&self.card), now) {
            self.passed_on = known.passed_on;
        }
    }

    fn is_of_later_epoch(&self, card: &VerifiedCard) -> bool {
        card.epoch.epoch > self.card.epoch.epoch
    }

    /// The version as which its card is passed on. The card itself may be newer, if it was renewed too
    /// soon.
    pub(in crate::engine) const fn passed_on(&self) -> u64 {
        self.passed_on
    }

    /// What to present it to others with.
    pub(in crate::engine) fn introduction(&self) -> Introduction {
        Introduction {
            card: self.record.card.clone().into(),
            addresses: self.record.addresses.clone(),
        }
    }

    pub(super) fn keep(&self) -> Effect {
        Effect::Keep {
            peer: self.card.transport,
            addresses: self.record.addresses.clone(),
        }
    }
}
