//! With whom we have to do: contacts, and those with whom our person shares rooms.
//!
//! Invariants
//! - With a contact who is blocked, or about whom there is an alarm, we have nothing to do, nor with a
//!   device that its person's highest epoch does not keep.
//! - A connection is kept to no more devices of a member than have a place.

use std::collections::BTreeSet;

use super::{Device, Directory};
use crate::engine::Effect;
use crate::engine::context::Context;
use crate::id::{DeviceId, PersonId, TransportId};
use crate::identity::VerifiedCard;
use crate::wire::limits;

/// With whom rooms are shared.
#[derive(Debug, Default)]
pub(in crate::engine) struct Shared {
    /// Members of rooms that our person takes part in.
    pub(in crate::engine) with: BTreeSet<PersonId>,
    /// Members, as far as we know, of rooms that our person left or was removed from. As they may not
    /// know it, they are listened to, and told nothing but that; they are not looked for.
    pub(in crate::engine) formerly: BTreeSet<PersonId>,
}

impl Directory {
    /// The devices of `person` that have a place, ascending.
    pub(in crate::engine) fn placed(&self, person: PersonId) -> impl Iterator<Item = &Device> {
        let kept = self.devices_of(person).filter(|device| self.keeps(device));
        kept.take(limits::DEVICES_MAX)
    }

    /// Everyone with whom we have to do: contacts who are not blocked, and members of our rooms.
    pub(in crate::engine) fn everyone(&self) -> BTreeSet<PersonId> {
        let contacts = self.contacts.values().filter(|contact| !contact.blocked);
        let contacts = contacts.map(|contact| contact.person);
        let others = self.shared.with.iter().copied();
        let others = others.filter(|person| !self.contacts.contains_key(person));
        contacts.chain(others).collect()
    }

    /// Puts back whom we share rooms with.
    pub(in crate::engine) fn restore_shared(&mut self, shared: Shared) {
        self.shared = shared;
    }

    /// Takes note of whom we share rooms with; has the network keep or forget who that concerns.
    /// Returns the transport ids of those we had nothing to do with before.
    pub(in crate::engine) fn share_rooms_with(
        &mut self,
        shared: Shared,
        context: &mut Context<'_>,
    ) -> Vec<TransportId> {
        let before = std::mem::replace(&mut self.shared, shared);
        let changed: Vec<PersonId> = before
            .with
            .symmetric_difference(&self.shared.with)
            .filter(|person| !self.contacts.contains_key(person))
            .copied()
            .collect();
        let mut met = Vec::new();
        for person in changed {
            for effect in self.keep_or_forget(person) {
                if let Effect::Keep { peer, .. } = &effect {
                    met.push(*peer);
                }
                context.effect(effect);
            }
        }
        met
    }

    /// What the network should do about a person's devices, by whether we have to do with them.
    pub(in crate::engine) fn keep_or_forget(&self, person: PersonId) -> Vec<Effect> {
        self.devices_of(person)
            .filter_map(|device| {
                if self.is_kept(device) {
                    Some(device.keep())
                } else {
                    self.forget(device.card.transport)
                }
            })
            .collect()
    }

    /// Whether we have to do with a device.
    pub(in crate::engine) fn is_admitted(&self, device: &DeviceId) -> bool {
        self.allowed(device).is_some()
    }

    pub(super) fn allowed(&self, device: &DeviceId) -> Option<&Device> {
        let device = self.devices.get(device)?;
        self.admits(device).then_some(device)
    }

    pub(super) fn admits(&self, device: &Device) -> bool {
        let card = &device.card;
        self.keeps(device)
            && match self.contacts.get(&card.person) {
                Some(contact) => contact.is_admitted(),
                None => {
                    self.shares_with(&card.person) || self.shared.formerly.contains(&card.person)
                }
            }
    }

    /// Whether a connection to a device is kept: not if we only listen to what it may not know yet, nor
    /// to more devices of a member than have a place.
    pub(super) fn is_kept(&self, device: &Device) -> bool {
        let person = &device.card.person;
        self.admits(device)
            && (self.contacts.contains_key(person)
                || self.shares_with(person) && self.is_placed(&device.card))
    }

    /// Whether a device has a place beside those that are known, or shows an epoch by which that is to be
    /// said anew.
    pub(super) fn is_placed(&self, card: &VerifiedCard) -> bool {
        let epoch = self.epochs.get(&card.person);
        let is_later = epoch.is_none_or(|epoch| epoch.epoch < card.epoch.epoch);
        let mut placed = self.placed(card.person);
        is_later
            || placed
                .nth(limits::DEVICES_MAX - 1)
                .is_none_or(|last| card.device <= last.card.device)
    }

    /// Whether its person still calls a device theirs, as far as any of their devices showed.
    pub(super) fn keeps(&self, device: &Device) -> bool {
        let card = &device.card;
        let epoch = self.epochs.get(&card.person);
        epoch.is_none_or(|epoch| epoch.keeps(&card.device, card.epoch.epoch))
    }

    /// Whether we have to do with a person beyond telling them that we share a room no longer.
    pub(in crate::engine) fn is_close(&self, person: &PersonId) -> bool {
        self.contacts.contains_key(person) || self.shares_with(person)
    }

    pub(super) fn shares_with(&self, person: &PersonId) -> bool {
        self.shared.with.contains(person)
    }

    /// The devices that a person's highest epoch keeps, ascending.
    pub(in crate::engine) fn kept(&self, person: PersonId) -> impl Iterator<Item = DeviceId> {
        let kept = self.devices_of(person).filter(|device| self.keeps(device));
        kept.map(|device| device.card.device)
    }

    /// Has the network keep a connection to a device, unless we have nothing to do with it.
    pub(super) fn keep(&self, device: &DeviceId, context: &mut Context<'_>) {
        let allowed = self.allowed(device);
        let kept = allowed.filter(|device| self.is_kept(device));
        context.effects(kept.map(Device::keep));
    }

    /// Has the network forget a peer, unless a device with which we have to do has that key.
    pub(super) fn forget(&self, peer: TransportId) -> Option<Effect> {
        let is_of_nobody = self.by_transport(&peer).is_none();
        is_of_nobody.then_some(Effect::Forget { peer })
    }
}
