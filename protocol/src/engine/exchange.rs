//! An exchange: what one session still has to send, conversation by conversation.
//!
//! Invariants
//! - At most [`IN_FLIGHT_BYTES_MAX`] and one load wait to be written to the link.

mod batch;
mod offer;

use std::collections::BTreeMap;

pub(super) use offer::Loaded;
use offer::Offer;

use super::LoadId;
use super::context::Context;
use super::replica::Replica;
use super::replicas::Replicas;
use crate::id::{ConversationId, DeviceId, PersonId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::{SessionMessage, Vector};

/// Bytes handed to a link and not yet written; above it nothing new is loaded.
pub(super) const IN_FLIGHT_BYTES_MAX: usize = 1024 * 1024;

/// What a session still has to send.
#[derive(Debug)]
pub(super) struct Exchange {
    device: DeviceId,
    person: PersonId,
    in_flight: usize,
    offers: BTreeMap<ConversationId, Offer>,
}

impl Exchange {
    pub(super) const fn new(device: DeviceId, person: PersonId) -> Self {
        Self {
            device,
            person,
            in_flight: 0,
            offers: BTreeMap::new(),
        }
    }

    pub(super) const fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) const fn person(&self) -> PersonId {
        self.person
    }

    /// Notes that our vector of a conversation has been sent.
    pub(super) fn begin(&mut self, conversation: ConversationId) {
        self.offers.entry(conversation).or_default();
    }

    /// The conversations that are exchanged.
    pub(super) fn conversations(&self) -> impl Iterator<Item = ConversationId> + '_ {
        self.offers.keys().copied()
    }

    /// Whether both sides have sent all that the other lacked.
    pub(super) fn is_caught_up(&self) -> bool {
        !self.offers.is_empty() && self.offers.values().all(Offer::is_caught_up)
    }

    /// Notes bytes handed to the link.
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_add(bytes);
    }

    /// Notes bytes written by the link.
    pub(super) const fn drained(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(bytes);
    }

    /// Notes that the other side has sent all that our vector of a conversation lacked.
    pub(super) fn heard_caught_up(&mut self, conversation: &ConversationId) {
        if let Some(offer) = self.offers.get_mut(conversation) {
            offer.heard_caught_up();
        }
    }

    /// Whether more may be handed to the link.
    pub(super) const fn has_credit(&self) -> bool {
        self.in_flight < IN_FLIGHT_BYTES_MAX
    }

    /// Whether their vector of a conversation came before: a session has one each way.
    pub(super) fn is_serving(&self, conversation: &ConversationId) -> bool {
        self.offers.get(conversation).is_some_and(Offer::is_serving)
    }

    /// The conversations in which the other side is known to hold our own chain as we wrote it, so
    /// that its receipts speak of our operations.
    pub(super) fn agreed(&self) -> impl Iterator<Item = ConversationId> + '_ {
        let agreed = self
            .offers
            .iter()
            .filter(|(_, offer)| offer.is_chain_agreed());
        agreed.map(|(conversation, _)| *conversation)
    }

    /// Starts to serve what their vector lacks.
    pub(super) fn serve(&mut self, vector: &Vector, replica: &Replica) {
        let offer = self.offers.entry(vector.conversation).or_default();
        offer.serve(self.device, vector, replica);
    }

    /// Whether a new operation can go out at once; if so, it counts as sent.
    pub(super) fn push(&mut self, operation: &Operation) -> bool {
        let has_credit = self.has_credit();
        let offer = self.offers.get_mut(&operation.header().conversation);
        has_credit && offer.is_some_and(|offer| offer.push(operation))
    }

    /// Asks for what is to be sent next, and says which conversations are all sent.
    pub(super) fn pump(
        &mut self,
        replicas: &Replicas,
        context: &mut Context<'_>,
    ) -> Vec<SessionMessage> {
        let mut said = Vec::new();
        if !self.has_credit() || self.offers.values().any(Offer::is_loading) {
            return said;
        }
        for (conversation, offer) in &mut self.offers {
            if let Some(replica) = replicas.by_id(conversation) {
                said.extend(offer.pump(replica, context));
            }
            if offer.is_loading() {
                break;
            }
        }
        said
    }

    /// Takes what was loaded; `None` if another exchange asked for it.
    pub(super) fn loaded(
        &mut self,
        load: LoadId,
        operations: &mut Vec<SignedOperation>,
        replicas: &Replicas,
    ) -> Option<Loaded> {
        self.offers.iter_mut().find_map(|(conversation, offer)| {
            let own = replicas.by_id(conversation)?.own_actor();
            offer.loaded(load, operations, own)
        })
    }
}

#[cfg(test)]
mod tests;
