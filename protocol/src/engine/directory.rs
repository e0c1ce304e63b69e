//! The directory: the people we know, their devices, and the secrets shared with those.
//!
//! Invariants
//! - Every device in it was verified: its card's signatures hold, and its person is a contact or was
//!   admitted to a room of ours.
//! - A device is found by its id, its X25519 static key or its transport id. Who claims another's
//!   static key, which no card proves, is found beside that other and takes nobody's place.
//! - Of each device the transport key was proved, by that key's signature of the card.
//! - A device belongs to one person, as its id says, and its card never gives way to an older one.
//! - Of newer cards of a device few are taken from others or passed on, however many it signs.
//! - Of a person's devices [`limits::DEVICES_MAX`] have a place: those that come first by their id, of
//!   those that their highest epoch keeps. So all who have shown each other their cards know the same.
//! - Who is presumed somewhere is found there by who seeks a session with them, and by nobody else: see [`presuming`].
//! - Nothing is found by key or transport of a contact who is blocked or about whom there is an
//!   alarm, nor a device that its person's highest epoch does not keep.

mod admission;
mod device;
mod index;
mod presuming;
mod renewals;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use admission::Shared;
pub(super) use device::Device;
use index::Index;

use presuming::Presumed;

use super::Event;
use super::context::Context;
use crate::id::{DeviceId, PersonId, Tag, TransportId};
use crate::identity::{Card, EpochStatement, VerifiedCard};
use crate::record::{Alarm, Change, ContactRecord, DeviceRecord, Profile};
use crate::wire::limits;

/// The people we know.
#[derive(Debug, Default)]
pub(super) struct Directory {
    contacts: BTreeMap<PersonId, ContactRecord>,
    devices: BTreeMap<DeviceId, Device>,
    index: Index,
    /// The highest epoch of each person that any of their devices showed.
    epochs: BTreeMap<PersonId, EpochStatement>,
    /// With whom our person shares rooms.
    shared: Shared,
    presumed: Presumed,
}

impl Directory {
    /// Reads the directory back; a device whose card no longer verifies is left out.
    pub(super) fn restore(profile: &Profile) -> Self {
        let mut directory = Self::default();
        for contact in &profile.contacts {
            directory.contacts.insert(contact.person, contact.clone());
        }
        for record in &profile.devices {
            let card = Card::from_bytes(&record.card).and_then(|card| card.verify());
            if let Ok(card) = card {
                directory.insert(Device::new(card, record.clone()));
            }
        }
        directory
    }

    pub(super) fn contact(&self, person: &PersonId) -> Option<&ContactRecord> {
        self.contacts.get(person)
    }

    /// The name that a person gives themselves, if any device of theirs is known.
    pub(super) fn name_of(&self, person: &PersonId) -> Option<&str> {
        let newest = self
            .devices_of(*person)
            .max_by_key(|device| device.card.version())?;
        Some(&newest.card.name)
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &ContactRecord> {
        self.contacts.values()
    }

    pub(super) fn device(&self, device: &DeviceId) -> Option<&Device> {
        self.devices.get(device)
    }

    /// The devices of `person`, ascending.
    pub(super) fn devices_of(&self, person: PersonId) -> impl Iterator<Item = &Device> {
        let devices = self.index.by_person(person);
        devices.filter_map(|device| self.devices.get(device))
    }

    /// The devices that claim this static key and that we have to do with.
    pub(super) fn by_agreement(&self, key: &[u8; 32]) -> impl Iterator<Item = &Device> {
        let claiming = self.index.by_agreement(key);
        claiming.filter_map(|device| self.allowed(device))
    }

    /// The device with this transport key, if we have to do with it.
    pub(super) fn by_transport(&self, peer: &TransportId) -> Option<&Device> {
        let mut having = self.index.by_transport(peer);
        having.find_map(|device| self.allowed(device))
    }

    /// The device with this transport key, if we seek sessions with it: not if we only listen to what it
    /// may not know yet.
    pub(super) fn sought(&self, peer: &TransportId) -> Option<&Device> {
        let device = self.by_transport(peer)?;
        self.is_close(&device.card.person).then_some(device)
    }

    /// Takes the card of somebody in a room of ours that another member presents; returns whether
    /// that is news.
    pub(super) fn acquaint(
        &mut self,
        card: &Card,
        verified: VerifiedCard,
        addresses: &[String],
        context: &mut Context<'_>,
    ) -> bool {
        let device = verified.device;
        if device == context.own.device() || !self.believes(&verified, context) {
            return false;
        }
        let known = self.devices.get(&device);
        let is_taken = match known {
            Some(known) => known.may_be_renewed(&verified, context.now.monotonic),
            None => self.is_placed(&verified),
        };
        if !is_taken {
            return false;
        }
        let is_new = known.is_none();
        self.put_device(card, verified, context);
        if is_new {
            self.reached(&device, addresses, context);
        }
        true
    }

    /// Keeps the card of a device that wrote into the log of a room of ours, if none of it is known:
    /// whatever else its person says, and however many devices they have, nobody takes what it wrote
    /// without. Whether we have to do with the device is another question.
    pub(super) fn keep_author(
        &mut self,
        card: &Card,
        verified: VerifiedCard,
        context: &mut Context<'_>,
    ) {
        let is_own = verified.device == context.own.device();
        if !is_own && !self.devices.contains_key(&verified.device) {
            self.put_device(card, verified, context);
        }
    }

    /// Adds a person met through an invite, with the device that was met; returns the card by which that is
    /// known from then on. What pairs may come late: a card that is older than the one at hand takes nothing
    /// back.
    pub(super) fn meet(
        &mut self,
        card: &Card,
        verified: VerifiedCard,
        met_by: Tag,
        context: &mut Context<'_>,
    ) -> VerifiedCard {
        let known = self.devices.get(&verified.device).map(|known| &known.card);
        let newer = known.filter(|known| known.version() > verified.version());
        let newer = newer.cloned();
        let person = verified.person;
        let contact = self
            .contacts
            .entry(person)
            .or_insert_with(|| ContactRecord {
                person,
                name: verified.name.clone(),
                petname: None,
                verified: false,
                alarm: None,
                blocked: false,
                added_at: context.now.wall,
                met_by,
            });
        contact.met_by = met_by;
        if newer.is_none() {
            contact.name.clone_from(&verified.name);
        }
        context.persist(Change::PutContact(contact.clone()));
        if let Some(newer) = newer {
            self.keep(&newer.device, context);
            return newer;
        }
        self.put_device(card, verified.clone(), context);
        verified
    }

    /// Whether a card of a person is to be believed beside what the person said before; if it
    /// contradicts that, an alarm is raised.
    pub(super) fn believes(&mut self, card: &VerifiedCard, context: &mut Context<'_>) -> bool {
        if let Some(Device { card: known, .. }) = self.devices.get(&card.device) {
            let (old, new) = (&known.certificate, &card.certificate);
            let is_same = old.agreement == new.agreement;
            let is_older = (new.epoch, new.number) < (old.epoch, old.number);
            if !is_same || is_older {
                return false;
            }
        }
        let Some(epoch) = self.epochs.get(&card.person) else {
            return true;
        };
        if epoch.contradicts(&card.epoch) {
            self.raise(card.person, Alarm::Contradiction, context);
            return false;
        }
        card.epoch.epoch > epoch.epoch || epoch.keeps(&card.device, card.epoch.epoch)
    }

    /// Takes a newer card that `device` showed of itself: bundle, transport id or addresses. Returns whose
    /// it is if it is news. A contact goes by the name they were met by: whoever could change it would be
    /// meant by the names of others.
    ///
    /// Over a link, the transport id must be that of the link's other end, which is authenticated.
    pub(super) fn refresh(
        &mut self,
        device: &DeviceId,
        peer: TransportId,
        card: &Card,
        context: &mut Context<'_>,
    ) -> Option<PersonId> {
        let verified = card.verify().ok()?;
        if verified.transport != peer {
            return None;
        }
        if !self.believes(&verified, context) {
            return None;
        }
        let known = self.devices.get(device)?;
        let older = verified.version() < known.card.version();
        if verified.device != *device || older || known.record.card == card.to_bytes() {
            return None;
        }
        let person = verified.person;
        self.put_device(card, verified, context);
        Some(person)
    }

    /// Notes where a device can be reached, the latest first.
    pub(super) fn reached(
        &mut self,
        device: &DeviceId,
        addresses: &[String],
        context: &mut Context<'_>,
    ) {
        let Some(known) = self.devices.get_mut(device) else {
            return;
        };
        let mut merged: Vec<String> = addresses
            .iter()
            .filter(|address| address.len() <= limits::ADDRESS_BYTES_MAX)
            .cloned()
            .collect();
        for address in &known.record.addresses {
            if !merged.contains(address) {
                merged.push(address.clone());
            }
        }
        merged.truncate(limits::ADDRESSES_MAX);
        if merged != known.record.addresses {
            known.record.addresses = merged;
            context.persist(Change::PutDevice(known.record.clone()));
            self.keep(device, context);
        }
    }

    /// Changes a contact; `None` if there is no such contact.
    pub(super) fn amend(
        &mut self,
        person: &PersonId,
        context: &mut Context<'_>,
        change: impl FnOnce(&mut ContactRecord),
    ) -> Option<()> {
        let contact = self.contacts.get_mut(person)?;
        change(contact);
        context.persist(Change::PutContact(contact.clone()));
        Some(())
    }

    /// Raises an alarm about a person, and ends what connects us with them.
    fn raise(&mut self, person: PersonId, alarm: Alarm, context: &mut Context<'_>) {
        let Some(contact) = self.contacts.get_mut(&person) else {
            return;
        };
        if contact.alarm == Some(alarm) {
            return;
        }
        contact.verified = false;
        contact.alarm = Some(alarm);
        context.persist(Change::PutContact(contact.clone()));
        for device in self.devices_of(person) {
            context.effects(self.forget(device.card.transport));
        }
        context.event(Event::Alarmed { person, alarm });
    }

    fn put_device(&mut self, card: &Card, verified: VerifiedCard, context: &mut Context<'_>) {
        let known = self.devices.get(&verified.device);
        let mut addresses = verified.addresses.clone();
        for address in known.into_iter().flat_map(|known| &known.record.addresses) {
            if !addresses.contains(address) {
                addresses.push(address.clone());
            }
        }
        addresses.truncate(limits::ADDRESSES_MAX);
        let before = known.map(|known| known.card.transport);
        if let Some(before) = before.filter(|before| *before != verified.transport) {
            self.index.remove(&verified.device, before);
            context.effects(self.forget(before));
        }
        let record = DeviceRecord {
            device: verified.device,
            person: verified.person,
            card: card.to_bytes(),
            addresses,
        };
        context.persist(Change::PutDevice(record.clone()));
        let (id, person) = (verified.device, verified.person);
        let covered: BTreeSet<DeviceId> = self.kept(person).collect();
        let mut device = Device::new(verified, record);
        if let Some(known) = self.devices.get(&id) {
            device.renew(known, context.now.monotonic);
        }
        self.insert(device);
        let verified = self.contacts.get(&person);
        let verified = verified.is_some_and(|contact| contact.verified);
        if verified && self.kept(person).any(|device| !covered.contains(&device)) {
            // The safety words did not cover it.
            self.raise(person, Alarm::NewDevice, context);
        }
        let revoked = self
            .devices_of(person)
            .filter(|device| !self.is_kept(device));
        for device in revoked {
            context.effects(self.forget(device.card.transport));
        }
        self.keep(&id, context);
    }

    fn insert(&mut self, device: Device) {
        self.index.insert(&device.card);
        let (person, shown) = (device.card.person, &device.card.epoch);
        let known = self.epochs.get(&person);
        if known.is_none_or(|known| known.epoch < shown.epoch) {
            self.epochs.insert(person, shown.clone());
        }
        self.devices.insert(device.card.device, device);
    }
}

#[cfg(test)]
pub(super) mod tests;
