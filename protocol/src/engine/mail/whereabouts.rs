//! Where we are, and under which transport key: contacts in no session with us hear it by mail.
//!
//! A letter says so beside what else it says; a change is told in a letter of its own, after a while, to contacts. The key is
//! in our card, which is in every letter to who is not known to have it.
//!
//! Invariants
//! - Nobody is told the same twice in a row, nor anything more often than every [`TOLD_INTERVAL`] in letters that say
//!   nothing else.
//! - Only people whom we have to do with are told, and nothing of addresses that are of use in our own network alone.

use std::time::Duration;

use super::posting::{Errand, away};
use super::{Mail, Target};
use crate::engine::Parts;
use crate::envelope::Priority;
use crate::id::{DeviceId, PersonId};
use crate::time::Now;

/// How long a change is left to settle before it is told.
const SETTLED_AFTER: Duration = Duration::from_secs(5);
/// Between two letters to one device that say nothing else.
const TOLD_INTERVAL: Duration = Duration::from_mins(10);

impl Mail {
    /// Has contacts be told where we are now, after a while.
    pub(in crate::engine) fn moved(&mut self, parts: &mut Parts<'_>) {
        let everyone = parts.directory.everyone();
        self.owe_whereabouts(everyone, parts);
    }

    /// Has those of these people who are contacts be told where we are, after a while.
    pub(super) fn owe_whereabouts(
        &mut self,
        people: impl IntoIterator<Item = PersonId>,
        parts: &mut Parts<'_>,
    ) {
        let is_rotated = parts.context.own.rotated_at().is_some();
        let is_nothing = parts.context.far.is_empty() && !is_rotated;
        if is_nothing || !parts.carry.is_on() {
            return;
        }
        for person in people {
            let is_contact = parts.directory.contact(&person).is_some();
            let devices = parts.directory.placed(person).filter(|_| is_contact);
            let devices: Vec<DeviceId> = devices.map(|device| device.card.device).collect();
            for device in devices {
                let target = Target::Whereabouts(device);
                self.owe(target, SETTLED_AFTER, &mut parts.context);
            }
        }
    }

    /// Tells a device where we are, and what our transport key is, if it is to be told either.
    pub(super) fn tell_whereabouts(&mut self, device: DeviceId, parts: &mut Parts<'_>) {
        let now = parts.context.now.monotonic;
        let is_away = !away(&[device].into(), parts).is_empty();
        let whereabouts = self.whereabouts_for(device, parts);
        let lacks_key = parts.pairs.lacks_transport(&device, &parts.context);
        if !is_away || whereabouts.is_none() && !lacks_key {
            return;
        }
        let again_at = self.told_whereabouts.get(&device);
        let again_at = again_at.map(|(_, at)| *at + TOLD_INTERVAL);
        if let Some(at) = again_at.filter(|at| now < *at) {
            let wait = at.as_millis().saturating_sub(now.as_millis());
            let wait = Duration::from_millis(wait);
            self.owe(Target::Whereabouts(device), wait, &mut parts.context);
            return;
        }
        let is_sealed = self.send(Errand::new(device, Priority::FIRST), |_| {}, parts);
        if is_sealed && whereabouts.is_none() {
            let told = self.told_whereabouts.entry(device).or_default();
            told.1 = now;
        }
    }

    /// What a letter to a device is to say of where we are, if its people have to do with us and were told something else
    /// last, or nothing.
    pub(super) fn whereabouts_for(
        &self,
        device: DeviceId,
        parts: &Parts<'_>,
    ) -> Option<Vec<String>> {
        let known = parts.directory.device(&device)?;
        let far = parts.context.far;
        let told = self.told_whereabouts.get(&device);
        let is_to_hear = parts.directory.is_close(&known.card.person)
            && !far.is_empty()
            && told.is_none_or(|(told, _)| told != far);
        is_to_hear.then(|| far.to_vec())
    }

    /// Notes what a letter said of where we are, if it did.
    pub(super) fn note_whereabouts(
        &mut self,
        device: DeviceId,
        said: Option<Vec<String>>,
        now: Now,
    ) {
        if let Some(far) = said {
            self.told_whereabouts.insert(device, (far, now.monotonic));
        }
    }
}
