//! Where we are, and under which transport key: contacts in no session with us hear it by mail.
//!
//! A letter says so beside what else it says; a change is told in a letter of its own, after a while, to contacts. The key is
//! in our card, which is in every letter to who is not known to have it.
//!
//! Invariants
//! - Nobody is told the same twice in a row, nor anything more often than every [`TOLD_INTERVAL`] in letters that say
//!   nothing else, but for one more: what comes after the first change, once it has settled.
//! - Only people whom we have to do with are told, and nothing of addresses that are of use in our own network alone.

use std::time::Duration;

use super::posting::{Errand, away};
use super::{Mail, Target};
use crate::engine::Parts;
use crate::envelope::Priority;
use crate::id::{DeviceId, PersonId};
use crate::time::{Monotonic, Now};

/// How long the first change after a calm waits: for what changes with it, and for sessions that open and make a letter
/// needless.
pub(in crate::engine) const FIRST_TOLD_AFTER: Duration = Duration::from_millis(500);
/// How long another change is left to settle before it is told.
pub(in crate::engine) const SETTLED_AFTER: Duration = Duration::from_secs(5);
/// Between two letters to one device that say nothing else, in the long run.
pub(in crate::engine) const TOLD_INTERVAL: Duration = Duration::from_mins(10);

/// What a device was told last.
#[derive(Debug, Default)]
pub(super) struct Told {
    far: Vec<String>,
    /// When all is forgotten that it was told: a [`TOLD_INTERVAL`] for each time.
    calm_at: Monotonic,
}

impl Told {
    /// Whether what comes next is the first after a calm.
    fn is_calm(&self, now: Monotonic) -> bool {
        self.calm_at <= now
    }

    /// How much longer it is to be told nothing: while it has been told two things that are not forgotten.
    fn wait(&self, now: Monotonic) -> Duration {
        let left = self.calm_at.as_millis().saturating_sub(now.as_millis());
        Duration::from_millis(left).saturating_sub(TOLD_INTERVAL)
    }

    fn note(&mut self, now: Monotonic) {
        let most = now + TOLD_INTERVAL + TOLD_INTERVAL;
        self.calm_at = most.min(self.calm_at.max(now) + TOLD_INTERVAL);
    }
}

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
                let told = self.told_whereabouts.get(&device);
                let is_first = told.is_none_or(|told| told.is_calm(parts.context.now.monotonic));
                let wait = if is_first {
                    FIRST_TOLD_AFTER
                } else {
                    SETTLED_AFTER
                };
                self.owe(Target::Whereabouts(device), wait, &mut parts.context);
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
        let told = self.told_whereabouts.get(&device);
        let wait = told.map_or(Duration::ZERO, |told| told.wait(now));
        if !wait.is_zero() {
            self.owe(Target::Whereabouts(device), wait, &mut parts.context);
            return;
        }
        let is_sealed = self.send(Errand::new(device, Priority::FIRST), |_| {}, parts);
        if is_sealed && whereabouts.is_none() {
            self.told_whereabouts.entry(device).or_default().note(now);
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
            && told.is_none_or(|told| told.far != far);
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
            let told = self.told_whereabouts.entry(device).or_default();
            told.far = far;
            told.note(now.monotonic);
        }
    }
}
