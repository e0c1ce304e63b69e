//! The replicas: every conversation that this device holds.

use std::collections::BTreeMap;

use super::directory::Directory;
use super::replica::Replica;
use crate::id::{ConversationId, DeviceId, PersonId};
use crate::identity::OwnIdentity;
use crate::record::Profile;

/// All conversations.
#[derive(Debug, Default)]
pub(super) struct Replicas {
    replicas: BTreeMap<ConversationId, Replica>,
}

impl Replicas {
    /// Builds the replica of every conversation from what was stored.
    pub(super) fn restore(own: &OwnIdentity, directory: &Directory, profile: &Profile) -> Self {
        let mut restored = Self::default();
        for contact in directory.people() {
            restored.open_direct(own, contact.person);
            for device in directory.devices_of(contact.person) {
                restored.admit(own, contact.person, device.card.device);
            }
        }
        let replicas = &mut restored.replicas;
        for actor in &profile.actors {
            if let Some(replica) = replicas.get_mut(&actor.conversation) {
                replica.restore_author(actor.clone());
            }
        }
        for pending in &profile.pending {
            if let Some(replica) = replicas.get_mut(&pending.conversation) {
                replica.restore_pending(&pending.operation);
            }
        }
        for lifetime in &profile.lifetimes {
            if let Some(replica) = replicas.get_mut(&lifetime.conversation) {
                replica.restore_lifetime(*lifetime);
            }
        }
        for preferences in &profile.preferences {
            if let Some(replica) = replicas.get_mut(&preferences.conversation) {
                replica.restore_preferences(*preferences);
            }
        }
        for record in &profile.receipts {
            if let Some(replica) = replicas.get_mut(&record.conversation)
                && let Some(receipt) = record.signed.stored()
            {
                replica.restore_receipt(receipt, record.device == own.device());
            }
        }
        restored
    }

    /// Makes room for a contact's device in the conversation with its person.
    pub(super) fn admit(&mut self, own: &OwnIdentity, person: PersonId, device: DeviceId) {
        self.open_direct(own, person).admit(person, device);
    }

    pub(super) fn by_id(&self, conversation: &ConversationId) -> Option<&Replica> {
        self.replicas.get(conversation)
    }

    pub(super) fn by_id_mut(&mut self, conversation: &ConversationId) -> Option<&mut Replica> {
        self.replicas.get_mut(conversation)
    }

    /// A conversation, if that person is in it: nobody else has a say in it.
    pub(super) fn shared_mut(
        &mut self,
        conversation: &ConversationId,
        person: PersonId,
    ) -> Option<&mut Replica> {
        self.replicas
            .get_mut(conversation)
            .filter(|replica| replica.includes(person))
    }

    /// The conversations that a person is in.
    pub(super) fn all_shared_mut(
        &mut self,
        person: PersonId,
    ) -> impl Iterator<Item = &mut Replica> {
        let replicas = self.replicas.values_mut();
        replicas.filter(move |replica| replica.includes(person))
    }

    /// The conversations in which a receipt is owed.
    pub(super) fn owing_mut(&mut self) -> impl Iterator<Item = &mut Replica> {
        let replicas = self.replicas.values_mut();
        replicas.filter(|replica| replica.owes_receipt())
    }

    fn open_direct(&mut self, own: &OwnIdentity, person: PersonId) -> &mut Replica {
        let conversation = ConversationId::direct(own.person(), person);
        self.replicas
            .entry(conversation)
            .or_insert_with(|| Replica::new(person, own.person(), own.device()))
    }
}
