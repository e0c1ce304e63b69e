//! Who types here right now, ourselves among them: known for moments and kept nowhere.
//!
//! Invariants
//! - At most one device of each person who takes part is in it, and none for longer than
//!   [`TYPING_TIME`] after it last said so.
//! - Where read receipts are off, nothing is said of us and nobody is shown.

use std::collections::BTreeMap;
use std::time::Duration;

use super::Replica;
use crate::engine::Event;
use crate::engine::context::Context;
use crate::engine::directory::Directory;
use crate::id::{DeviceId, PersonId};
use crate::time::{Monotonic, Now};

/// How long it takes at least from one signal of ours to the next.
pub(in crate::engine) const TELL_INTERVAL: Duration = Duration::from_secs(3);
/// How long somebody types after they said so.
pub(in crate::engine) const TYPING_TIME: Duration = Duration::from_secs(6);
/// How long it takes at least from one signal of somebody that is heeded to the next.
pub(in crate::engine) const HEED_INTERVAL: Duration = Duration::from_secs(1);

/// Who types.
#[derive(Debug, Default)]
pub(super) struct Typing {
    /// When we last said so of our own person.
    told: Option<Monotonic>,
    others: BTreeMap<PersonId, Typist>,
}

/// Somebody who types.
#[derive(Debug, Clone, Copy)]
struct Typist {
    device: DeviceId,
    /// When they last said so.
    heard: Monotonic,
}

impl Replica {
    /// Whether it may be said now that our person types.
    pub(in crate::engine) fn may_tell_typing(&self, now: Now) -> bool {
        let told = self.typing.told;
        let is_due = told.is_none_or(|told| told + TELL_INTERVAL <= now.monotonic);
        self.preferences.read_receipts && is_due
    }

    /// Notes that it was said that our person types.
    pub(in crate::engine) const fn told_typing(&mut self, now: Now) {
        self.typing.told = Some(now.monotonic);
    }

    /// Whether what a person writes on a device now counts, and so whether they are told, or
    /// believed, who types.
    pub(in crate::engine) fn heeds(&self, person: PersonId, device: DeviceId) -> bool {
        let mut chains = self.chains.values().map(super::Chain::record);
        self.includes(person)
            && person != self.own_person
            && chains.any(|record| record.device == device && record.counts().is_none())
    }

    /// Takes somebody's word that they type.
    pub(in crate::engine) fn hear_typing(
        &mut self,
        person: PersonId,
        device: DeviceId,
        context: &mut Context<'_>,
    ) {
        if !self.preferences.read_receipts || !self.heeds(person, device) {
            return;
        }
        let heard = context.now.monotonic;
        let known = self.typing.others.get(&person);
        if known.is_some_and(|known| heard < known.heard + HEED_INTERVAL) {
            return;
        }
        context.wake(heard + TYPING_TIME);
        let typist = Typist { device, heard };
        if self.typing.others.insert(person, typist).is_none() {
            self.say_typing(person, device, true, context);
        }
    }

    /// Notes that somebody has written what they typed.
    pub(super) fn stop_typing(&mut self, person: PersonId, context: &mut Context<'_>) {
        if let Some(typist) = self.typing.others.remove(&person) {
            self.say_typing(person, typist.device, false, context);
        }
    }

    /// Has those type no longer whose time is over, with whom we have nothing to do any more, or who
    /// are not to be shown.
    pub(in crate::engine) fn review_typing(
        &mut self,
        directory: &Directory,
        context: &mut Context<'_>,
    ) {
        let mut over = Vec::new();
        for (person, typist) in &self.typing.others {
            let until = typist.heard + TYPING_TIME;
            if until > context.now.monotonic
                && self.preferences.read_receipts
                && directory.is_admitted(&typist.device)
                && self.heeds(*person, typist.device)
            {
                context.wake(until);
            } else {
                over.push(*person);
            }
        }
        for person in over {
            self.stop_typing(person, context);
        }
    }

    /// Those who type, and on which device.
    pub(in crate::engine) fn typists(&self) -> impl Iterator<Item = (PersonId, DeviceId)> + '_ {
        let others = self.typing.others.iter();
        others.map(|(person, typist)| (*person, typist.device))
    }

    fn say_typing(
        &self,
        person: PersonId,
        device: DeviceId,
        typing: bool,
        context: &mut Context<'_>,
    ) {
        context.event(Event::Typing {
            conversation: self.conversation,
            person,
            device,
            typing,
        });
    }
}
