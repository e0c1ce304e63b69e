//! The replicas: every conversation that this device holds.

use std::collections::BTreeMap;

use super::LoadId;
use super::context::Context;
use super::directory::{Directory, Shared};
use super::replica::{Replica, Whole};
use super::room::Room;
use crate::id::{ConversationId, DeviceId, PersonId};
use crate::identity::OwnIdentity;
use crate::operation::SignedOperation;
use crate::record::Profile;
use crate::sync::Receipt;

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
        restored.restore_rooms(own, directory, profile);
        let replicas = &mut restored.replicas;
        for actor in &profile.actors {
            if let Some(replica) = replicas.get_mut(&actor.conversation) {
                replica.restore_chain(actor.clone());
            }
        }
        for fork in &profile.forks {
            if let Some(replica) = replicas.get_mut(&fork.conversation()) {
                replica.restore_fork(fork.clone());
            }
        }
        for pending in &profile.pending {
            if let Some(replica) = replicas.get_mut(&pending.conversation) {
                replica.restore_pending(&pending.operation);
            }
        }
        for replica in replicas.values_mut() {
            replica.link_restored();
            replica.forget_strangers();
        }
        let mut writers = BTreeMap::new();
        for (conversation, replica) in &*replicas {
            let actors = replica.own_actors().into_iter();
            writers.extend(actors.map(|actor| (actor, *conversation)));
        }
        for record in &profile.outbox {
            let conversation = writers.get(&record.actor);
            if let Some(replica) = conversation.and_then(|id| replicas.get_mut(id)) {
                replica.restore_undelivered(record);
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
        Self::restore_receipts(own, replicas, profile);
        restored
    }

    fn restore_receipts(
        own: &OwnIdentity,
        replicas: &mut BTreeMap<ConversationId, Replica>,
        profile: &Profile,
    ) {
        let mut told: BTreeMap<ConversationId, BTreeMap<PersonId, Receipt>> = BTreeMap::new();
        for record in &profile.own_receipts {
            if let Some(receipt) = record.signed.stored() {
                let told = told.entry(record.conversation).or_default();
                told.insert(record.person, receipt);
            }
        }
        for (conversation, replica) in &mut *replicas {
            let mut told = told.remove(conversation).unwrap_or_default();
            let numbers = told.values().map(|receipt| receipt.number);
            replica.restore_number(numbers.max().unwrap_or_default());
            let others = profile.receipts.iter();
            for record in others.filter(|record| record.conversation == *conversation) {
                let Some(receipt) = record.signed.stored() else {
                    continue;
                };
                if record.device != own.device() {
                    replica.restore_receipt(&receipt);
                    continue;
                }
                replica.restore_number(receipt.number);
                if let Some(person) = replica.peer() {
                    told.entry(person).or_insert(receipt);
                }
            }
            replica.owe_untold(&told);
        }
    }

    fn restore_rooms(&mut self, own: &OwnIdentity, directory: &Directory, profile: &Profile) {
        let mut rooms: BTreeMap<ConversationId, Room> = BTreeMap::new();
        for record in &profile.controls {
            let conversation = record.conversation;
            let room = rooms.entry(conversation);
            room.or_insert_with(|| Room::new(conversation))
                .restore(record);
        }
        rooms.values_mut().for_each(Room::resolve);
        for record in &profile.rooms {
            if let Some(room) = rooms.get_mut(&record.conversation) {
                room.restore_shown(&own.person(), record);
            }
        }
        for (conversation, room) in rooms {
            let mut replica = Replica::of_room(room, own);
            let _ = replica.follow(directory);
            replica.restore_excluded();
            self.replicas.insert(conversation, replica);
        }
    }

    /// Makes room for a contact's device in the conversation with its person.
    pub(super) fn admit(&mut self, own: &OwnIdentity, person: PersonId, device: DeviceId) {
        self.open_direct(own, person).admit(person, device);
    }

    /// Adds a room.
    pub(super) fn insert(&mut self, replica: Replica) -> &mut Replica {
        let conversation = replica.conversation();
        let entry = self.replicas.entry(conversation);
        entry.insert_entry(replica).into_mut()
    }

    pub(super) fn by_id(&self, conversation: &ConversationId) -> Option<&Replica> {
        self.replicas.get(conversation)
    }

    pub(super) fn by_id_mut(&mut self, conversation: &ConversationId) -> Option<&mut Replica> {
        self.replicas.get_mut(conversation)
    }

    /// Takes operations that were read for a dispute; returns false if none asked for them.
    pub(super) fn take_compared(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> bool {
        let mut replicas = self.replicas.values_mut();
        replicas.any(|replica| {
            replica.take_compared(load, operations, context)
                || replica.take_late(load, operations, context)
        })
    }

    /// Takes an operation that was read to see how much of a chain counts; returns false if none asked
    /// for it.
    pub(super) fn take_sought(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> bool {
        let mut replicas = self.replicas.values_mut();
        replicas.any(|replica| replica.take_sought(load, operations, context))
    }

    /// Takes operations that were read because a chain went back; returns of which conversation, if any
    /// asked for them.
    pub(super) fn take_regained(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
        context: &mut Context<'_>,
    ) -> Option<ConversationId> {
        let mut replicas = self.replicas.values_mut();
        replicas.find_map(|replica| {
            let is_taken = replica.take_regained(load, operations, context);
            is_taken.then(|| replica.conversation())
        })
    }

    /// Takes operations of ours that were read for somebody who lacks their bodies; `None` if they
    /// were read for something else.
    pub(super) fn take_looked_up(
        &mut self,
        load: LoadId,
        operations: &[SignedOperation],
    ) -> Option<Whole> {
        let mut replicas = self.replicas.values_mut();
        replicas.find_map(|replica| replica.take_looked_up(load, operations))
    }

    /// All conversations.
    pub(super) fn all_mut(&mut self) -> impl Iterator<Item = &mut Replica> {
        self.replicas.values_mut()
    }

    /// Has nobody type any longer than they said, may, and are shown.
    pub(super) fn review_typing(&mut self, directory: &Directory, context: &mut Context<'_>) {
        for replica in self.replicas.values_mut() {
            replica.review_typing(directory, context);
        }
    }

    /// All conversations, to be looked at.
    pub(super) fn all(&self) -> impl Iterator<Item = &Replica> {
        self.replicas.values()
    }

    /// The conversation with a person alone.
    pub(super) fn with(&self, person: PersonId) -> Option<&Replica> {
        let mut replicas = self.replicas.values();
        replicas.find(|replica| replica.peer() == Some(person))
    }

    /// The rooms that we take part in with a person.
    pub(super) fn rooms_with(&self, person: PersonId) -> impl Iterator<Item = &Room> {
        let shared = move |replica: &&Replica| replica.takes_part() && replica.includes(person);
        self.replicas
            .values()
            .filter(shared)
            .filter_map(|replica| replica.room())
    }

    /// The rooms, those that are over and those that wait for an answer too.
    pub(super) fn rooms(&self) -> impl Iterator<Item = &Room> {
        self.replicas.values().filter_map(Replica::room)
    }

    /// The people with whom we take part in any room, and did.
    pub(super) fn shared(&self) -> Shared {
        let mut shared = Shared::default();
        let rooms = self.replicas.values().filter(|one| one.room().is_some());
        for replica in rooms {
            if replica.takes_part() {
                shared.with.extend(replica.others());
            } else if replica.took_part() {
                shared.formerly.extend(replica.others());
            }
        }
        shared
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
