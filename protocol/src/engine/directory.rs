//! The directory: the people we know, their devices, and the secrets shared with those.
//!
//! Invariants
//! - Every device in it was verified: its card's signatures hold, and its person is a contact.
//! - A device is found by its id, its X25519 static key or its transport id; all three agree.
//! - Nothing of a blocked contact's is found by key or transport.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::Effect;
use super::context::Context;
use crate::id::{DeviceId, PersonId, SecretId, Tag, TransportId};
use crate::identity::{Card, VerifiedCard};
use crate::pairing::ContactSecret;
use crate::record::{
    Change, ContactRecord, ContactSecretRecord, DeviceRecord, Profile, SecretBytes,
};
use crate::session::HELD_SECRETS_MAX;
use crate::wire::limits;

/// A device of a contact.
#[derive(Debug)]
pub(super) struct Device {
    pub(super) card: VerifiedCard,
    record: DeviceRecord,
}

/// Secrets shared with a device, the latest first.
type Secrets = Vec<(SecretId, Zeroizing<[u8; 32]>)>;

/// The people we know.
#[derive(Debug, Default)]
pub(super) struct Directory {
    contacts: BTreeMap<PersonId, ContactRecord>,
    devices: BTreeMap<DeviceId, Device>,
    by_agreement: BTreeMap<[u8; 32], DeviceId>,
    by_transport: BTreeMap<TransportId, DeviceId>,
    secrets: BTreeMap<DeviceId, Secrets>,
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
                directory.index(Device {
                    card,
                    record: record.clone(),
                });
            }
        }
        for secret in &profile.contact_secrets {
            if let Ok(key) = <[u8; 32]>::try_from(secret.key.expose()) {
                let secrets = directory.secrets.entry(secret.device).or_default();
                secrets.push((secret.id, Zeroizing::new(key)));
            }
        }
        directory
    }

    pub(super) fn contact(&self, person: &PersonId) -> Option<&ContactRecord> {
        self.contacts.get(person)
    }

    pub(super) fn people(&self) -> impl Iterator<Item = &ContactRecord> {
        self.contacts.values()
    }

    pub(super) fn device(&self, device: &DeviceId) -> Option<&Device> {
        self.devices.get(device)
    }

    /// The devices of `person`.
    pub(super) fn devices_of(&self, person: PersonId) -> impl Iterator<Item = &Device> {
        self.devices
            .values()
            .filter(move |device| device.card.person == person)
    }

    /// The device with this static key, unless its person is blocked.
    pub(super) fn by_agreement(&self, key: &[u8; 32]) -> Option<&Device> {
        self.allowed(self.by_agreement.get(key)?)
    }

    /// The device last seen under this transport id, unless its person is blocked.
    pub(super) fn by_transport(&self, peer: &TransportId) -> Option<&Device> {
        self.allowed(self.by_transport.get(peer)?)
    }

    /// The ids of the secrets shared with a device, the latest first.
    pub(super) fn secret_ids(&self, device: &DeviceId) -> Vec<SecretId> {
        self.secrets
            .get(device)
            .into_iter()
            .flatten()
            .map(|(id, _)| *id)
            .collect()
    }

    /// Whether any secret is shared with a device.
    pub(super) fn has_secret(&self, device: &DeviceId) -> bool {
        self.secrets
            .get(device)
            .is_some_and(|secrets| !secrets.is_empty())
    }

    /// A secret shared with a device, by its id.
    pub(super) fn secret(&self, device: &DeviceId, id: SecretId) -> Option<Zeroizing<[u8; 32]>> {
        let secrets = self.secrets.get(device)?;
        secrets
            .iter()
            .find(|(held, _)| *held == id)
            .map(|(_, key)| key.clone())
    }

    /// Adds a person met through an invite, with the device that was met and the secret agreed.
    pub(super) fn meet(
        &mut self,
        card: &Card,
        verified: VerifiedCard,
        secret: ContactSecret,
        met_by: Tag,
        context: &mut Context<'_>,
    ) {
        let (person, device) = (verified.person, verified.device);
        let contact = self
            .contacts
            .entry(person)
            .or_insert_with(|| ContactRecord {
                person,
                name: String::new(),
                petname: None,
                verified: false,
                blocked: false,
                added_at: context.now.wall,
                met_by,
            });
        contact.met_by = met_by;
        contact.name.clone_from(&verified.name);
        // A device that the safety words did not cover takes the verification away.
        contact.verified &= self.devices.contains_key(&device);
        context.persist(Change::PutContact(contact.clone()));
        self.put_device(card, verified, context);
        context.persist(Change::PutContactSecret(ContactSecretRecord {
            device,
            id: secret.id,
            key: SecretBytes::new(secret.key.to_vec()),
            created_at: context.now.wall,
        }));
        let secrets = self.secrets.entry(device).or_default();
        secrets.insert(0, (secret.id, secret.key));
        secrets.truncate(HELD_SECRETS_MAX);
    }

    /// Takes a newer card that `device` showed of itself: bundle, transport id, addresses or name.
    ///
    /// Over a link, the transport id must be that of the link's other end, which is authenticated.
    pub(super) fn refresh(
        &mut self,
        device: &DeviceId,
        peer: TransportId,
        card: &Card,
        context: &mut Context<'_>,
    ) {
        let Ok(verified) = card.verify() else { return };
        if verified.transport != peer {
            return;
        }
        let Some(known) = self.devices.get(device) else {
            return;
        };
        let same_keys = verified.device == *device
            && known.card.person == verified.person
            && known.card.certificate.agreement == verified.certificate.agreement;
        let older = verified.certificate.number < known.card.certificate.number
            || verified.bundle.number < known.card.bundle.number
            || verified.epoch.epoch < known.card.epoch.epoch;
        if !same_keys || older || known.record.card == card.to_bytes() {
            return;
        }
        if let Some(contact) = self.contacts.get_mut(&verified.person)
            && contact.name != verified.name
        {
            contact.name.clone_from(&verified.name);
            context.persist(Change::PutContact(contact.clone()));
        }
        self.put_device(card, verified, context);
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

    /// What the network should do about a person's devices, by whether the person is blocked.
    pub(super) fn keep_or_forget(&self, person: PersonId) -> Vec<Effect> {
        let blocked = self
            .contacts
            .get(&person)
            .is_none_or(|contact| contact.blocked);
        self.devices_of(person)
            .map(|device| {
                if blocked {
                    Effect::Forget {
                        peer: device.card.transport,
                    }
                } else {
                    device.keep()
                }
            })
            .collect()
    }

    fn allowed(&self, device: &DeviceId) -> Option<&Device> {
        let device = self.devices.get(device)?;
        let contact = self.contacts.get(&device.card.person)?;
        (!contact.blocked).then_some(device)
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
        if let Some(old) = known.map(|known| known.card.transport)
            && old != verified.transport
            && self.by_transport.get(&old) == Some(&verified.device)
        {
            context.effect(Effect::Forget { peer: old });
            self.by_transport.remove(&old);
        }
        let record = DeviceRecord {
            device: verified.device,
            person: verified.person,
            card: card.to_bytes(),
            addresses,
        };
        context.persist(Change::PutDevice(record.clone()));
        let id = verified.device;
        self.index(Device {
            card: verified,
            record,
        });
        self.keep(&id, context);
    }

    /// Has the network keep a connection to a device, unless its person is blocked or its
    /// transport id is another's.
    fn keep(&self, device: &DeviceId, context: &mut Context<'_>) {
        let known = self.allowed(device);
        if let Some(known) = known
            && self.by_transport.get(&known.card.transport) == Some(device)
        {
            context.effect(known.keep());
        }
    }

    fn index(&mut self, device: Device) {
        let id = device.card.device;
        // The first device with a key keeps it: nobody takes over another's by claiming it.
        self.by_agreement
            .entry(device.card.certificate.agreement)
            .or_insert(id);
        self.by_transport.entry(device.card.transport).or_insert(id);
        self.devices.insert(id, device);
    }
}

impl Device {
    fn keep(&self) -> Effect {
        Effect::Keep {
            peer: self.card.transport,
            addresses: self.record.addresses.clone(),
        }
    }
}
