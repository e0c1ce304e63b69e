//! An index of devices: what each is found by, beside its id.
//!
//! Invariants
//! - Several devices may claim one key: none takes another's place.
//! - A device is found by the transport key that it has now, and by no other.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::id::{DeviceId, PersonId, TransportId};
use crate::identity::VerifiedCard;

/// Devices by person, static key and transport key.
#[derive(Debug, Default)]
pub(super) struct Index {
    persons: BTreeMap<PersonId, BTreeSet<DeviceId>>,
    agreements: BTreeMap<[u8; 32], BTreeSet<DeviceId>>,
    transports: BTreeMap<TransportId, BTreeSet<DeviceId>>,
}

impl Index {
    /// Has a device be found by what its card says. [`Self::remove`] has to come before, if it had
    /// another transport key.
    pub(super) fn insert(&mut self, card: &VerifiedCard) {
        let claiming = self.agreements.entry(card.certificate.agreement);
        claiming.or_default().insert(card.device);
        let having = self.transports.entry(card.transport);
        having.or_default().insert(card.device);
        let of_person = self.persons.entry(card.person);
        of_person.or_default().insert(card.device);
    }

    /// Has a device not be found by a transport key any more.
    pub(super) fn remove(&mut self, device: &DeviceId, transport: TransportId) {
        if let Entry::Occupied(mut having) = self.transports.entry(transport) {
            having.get_mut().remove(device);
            if having.get().is_empty() {
                having.remove();
            }
        }
    }

    /// The devices of a person, ascending.
    pub(super) fn by_person(&self, person: PersonId) -> impl Iterator<Item = &DeviceId> {
        self.persons.get(&person).into_iter().flatten()
    }

    /// The devices that claim this static key.
    pub(super) fn by_agreement(&self, key: &[u8; 32]) -> impl Iterator<Item = &DeviceId> {
        self.agreements.get(key).into_iter().flatten()
    }

    /// The devices that have this transport key.
    pub(super) fn by_transport(&self, peer: &TransportId) -> impl Iterator<Item = &DeviceId> {
        self.transports.get(peer).into_iter().flatten()
    }
}
