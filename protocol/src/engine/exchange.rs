//! An exchange: what one session still has to send, conversation by conversation.
//!
//! Invariants
//! - Conversations of which there is more to send than one load take turns.
//! - At most [`IN_FLIGHT_BYTES_MAX`] and one load wait to be written to the link, and a few messages
//!   of one room's control.
//! - Of at most [`FORMING_MAX`] rooms that we do not know, what a session says of them is kept.

mod batch;
mod control;
mod cursor;
mod forks;
mod greeting;
mod news;
mod offer;
mod own;
mod wanted;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

pub(super) use batch::batches;
pub(super) use control::ControlOffer;
pub(super) use news::delay;
pub(super) use offer::Loaded;
use offer::{LOAD_BYTES, Offer};

use super::LoadId;
use super::context::Context;
use super::directory::Directory;
use super::fill::{Fills, Queue};
use super::replica::Replica;
use super::replicas::Replicas;
use super::room::Room;
use super::rooms::{FORMING_MAX, Forming};
use crate::id::{ActorId, ConversationId, DeviceId, OperationId, PersonId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::{SessionMessage, Stretch, Vector};
use crate::time::Monotonic;
use crate::wire::limits::{FRAME_BYTES_MAX, ROOMS_MAX};

/// Bytes handed to a link and not yet written; above it nothing new is loaded.
pub(super) const IN_FLIGHT_BYTES_MAX: usize = 1024 * 1024;
/// Vectors and digests of one conversation that are looked at in one session while its room stays as it is:
/// each may start its serving anew.
pub(super) const SAID_MAX: usize = 128;
/// Entries up to which a vector is sent without its digest first.
pub(super) const DIGEST_ENTRIES_MAX: usize = 8;

/// Whether something of a conversation is still to come.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Awaited {
    /// From the other side.
    pub(super) from_them: bool,
    /// From anybody.
    pub(super) from_anybody: bool,
}

/// What a session still has to send.
#[derive(Debug)]
pub(super) struct Exchange {
    device: DeviceId,
    person: PersonId,
    in_flight: usize,
    offers: BTreeMap<ConversationId, Offer>,
    forming: BTreeMap<ConversationId, Forming>,
    /// The rooms that we asked them to show, whether they became ours or not.
    asked: BTreeSet<ConversationId>,
    /// Of which conversation something was read last.
    served: Option<ConversationId>,
}

impl Exchange {
    pub(super) const fn new(device: DeviceId, person: PersonId) -> Self {
        Self {
            device,
            person,
            in_flight: 0,
            offers: BTreeMap::new(),
            forming: BTreeMap::new(),
            asked: BTreeSet::new(),
            served: None,
        }
    }

    pub(super) const fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) const fn person(&self) -> PersonId {
        self.person
    }

    /// Begins to exchange a conversation, or begins anew; returns what says what we hold of it. Long
    /// vectors come after their digest, and so does one to who sent theirs before: the digest asks them
    /// to say it again.
    pub(super) fn begin(
        &mut self,
        replica: &Replica,
        directory: &Directory,
        context: &Context<'_>,
    ) -> SessionMessage {
        let offer = self.offer(replica.conversation());
        offer.greeting.renew();
        let vector = replica.vector(directory, context.own);
        if vector.entries() > DIGEST_ENTRIES_MAX || offer.greeting.vectors() > 0 {
            let digest = replica.digest(directory, context.own);
            return SessionMessage::Digest(replica.conversation(), digest.into());
        }
        offer.greeting.send_vector();
        offer.tell(&vector);
        SessionMessage::Vector(vector)
    }

    /// Our vector for who sent a digest of something else. Whoever had sent a vector before begins anew,
    /// and may have had no use for ours then.
    pub(super) fn say_anew(
        &mut self,
        replica: &Replica,
        directory: &Directory,
        context: &Context<'_>,
    ) -> Option<SessionMessage> {
        let offer = self.offer(replica.conversation());
        if offer.greeting.vectors() > 0 && !offer.greeting.is_awaited() {
            offer.greeting.forget_vector();
        }
        self.say(replica, directory, context)
    }

    /// Our vector, if they do not have it: for who holds something else.
    pub(super) fn say(
        &mut self,
        replica: &Replica,
        directory: &Directory,
        context: &Context<'_>,
    ) -> Option<SessionMessage> {
        let person = self.person;
        let offer = self.offer(replica.conversation());
        if !offer.greeting.send_vector() {
            return None;
        }
        let mut vector = replica.vector(directory, context.own);
        if !replica.includes(person) {
            vector.positions.clear();
            vector.forks.clear();
            vector.waiting.clear();
            let room = replica.room();
            vector.control = room.map(|room| room.vector_for(&person));
        }
        offer.tell(&vector);
        Some(SessionMessage::Vector(vector))
    }

    fn offer(&mut self, conversation: ConversationId) -> &mut Offer {
        let offer = self.offers.entry(conversation);
        offer.or_insert_with(|| Offer::new(self.device, self.person))
    }

    /// Whether they were greeted as somebody who takes part in a conversation.
    pub(super) fn is_greeted(&self, conversation: &ConversationId) -> bool {
        let offer = self.offers.get(conversation);
        offer.is_some_and(|offer| offer.greeting.is_greeted())
    }

    /// Notes that they take part in a conversation no longer.
    pub(super) fn estrange(&mut self, conversation: &ConversationId) {
        if let Some(offer) = self.offers.get_mut(conversation) {
            offer.greeting.estrange();
        }
    }

    /// The conversations that are exchanged.
    pub(super) fn conversations(&self) -> impl Iterator<Item = ConversationId> + '_ {
        self.offers.keys().copied()
    }

    /// Whether both sides have sent all that the other lacked.
    pub(super) fn is_caught_up(&self) -> bool {
        !self.offers.is_empty()
            && self
                .offers
                .values()
                .all(|offer| offer.greeting.is_caught_up())
    }

    /// Notes bytes handed to the link.
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_add(bytes);
    }

    /// Notes bytes written by the link.
    pub(super) const fn drained(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(bytes);
    }

    /// Notes that the other side has sent all that our vector of a conversation lacked; returns
    /// whether what we hold is to be said only now.
    pub(super) fn heard_caught_up(&mut self, conversation: &ConversationId) -> bool {
        self.forming.remove(conversation);
        let offer = self.offers.get_mut(conversation);
        offer.is_some_and(|offer| offer.greeting.heard_caught_up())
    }

    /// Notes that a room which they present is ours now: what we hold of it is said once they have
    /// sent all of it.
    pub(super) fn await_rest(&mut self, conversation: ConversationId) {
        self.offer(conversation).greeting.await_rest();
    }

    /// Whether all of a room that we did not know is still to come from them.
    pub(super) fn is_awaited(&self, conversation: &ConversationId) -> bool {
        self.forming.contains_key(conversation)
            || self
                .offers
                .get(conversation)
                .is_some_and(|offer| offer.greeting.is_awaited())
    }

    /// Whether more may be handed to the link.
    pub(super) const fn has_credit(&self) -> bool {
        self.in_flight < IN_FLIGHT_BYTES_MAX
    }

    /// Whether they may send no further vector of a conversation: in a direct one a session has one
    /// each way.
    pub(super) fn is_spent(&self, replica: &Replica) -> bool {
        replica.room().is_none() && self.is_served(&replica.conversation())
    }

    /// Notes that a vector or digest of theirs came; returns whether it is looked at. However often others
    /// have them say anew what they hold, that is no fault of theirs.
    pub(super) fn heeds(&mut self, replica: &Replica) -> bool {
        let generation = replica.room().map_or(0, Room::generation);
        let offer = self.offer(replica.conversation());
        offer.greeting.heard(generation) <= SAID_MAX
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

    /// Whether they have said before what they hold of a conversation.
    pub(super) fn is_served(&self, conversation: &ConversationId) -> bool {
        let offer = self.offers.get(conversation);
        offer.is_some_and(|offer| offer.greeting.vectors() > 0)
    }

    /// Starts to serve what their vector lacks.
    pub(super) fn serve(&mut self, vector: &Vector, replica: &Replica) {
        self.offer(vector.conversation).serve(vector, replica);
    }

    /// Takes what they hold beyond gaps; returns what to ask them for.
    pub(super) fn compare_waiting(&mut self, told: &Vector, replica: &Replica) -> Vec<Stretch> {
        let offer = self.offers.get_mut(&told.conversation);
        offer.map_or(Vec::new(), |offer| {
            offer.compare_waiting(&told.waiting, replica)
        })
    }

    /// Serves what they ask for.
    pub(super) fn ask(&mut self, conversation: &ConversationId, asked: &[Stretch]) {
        if let Some(offer) = self.offers.get_mut(conversation) {
            offer.ask(asked);
        }
    }

    /// Notes that they hold an operation.
    pub(super) fn took(&mut self, conversation: &ConversationId, actor: &ActorId, seq: u64) {
        if let Some(offer) = self.offers.get_mut(conversation) {
            offer.took(actor, seq);
        }
    }

    /// Notes what they tell of chains that they hold.
    pub(super) fn told(&mut self, news: &Vector) {
        if let Some(offer) = self.offers.get_mut(&news.conversation) {
            for position in &news.positions {
                offer.claimed(position);
            }
        }
    }

    /// Whether they say to hold more of a chain than up to `seq`.
    pub(super) fn holds_more(
        &self,
        conversation: &ConversationId,
        actor: &ActorId,
        seq: u64,
    ) -> bool {
        let offer = self.offers.get(conversation);
        offer.is_some_and(|offer| offer.holds_more(actor, seq))
    }

    /// Notes that they hold control operations of ours, which they sent.
    pub(super) fn took_control(
        &mut self,
        conversation: &ConversationId,
        operations: impl Iterator<Item = OperationId>,
    ) {
        if let Some(offer) = self.offers.get_mut(conversation) {
            for operation in operations {
                offer.took_control(operation);
            }
        }
    }

    /// Whether they have been told all that is for them of a room, and it is written to the link.
    pub(super) fn has_told(&self, room: &Room) -> bool {
        let offer = self.offers.get(&room.conversation());
        self.in_flight == 0 && offer.is_some_and(|offer| offer.has_told(room))
    }

    /// Notes that they hold the cards that they sent, each of a device in that version;
    /// of devices that we do not know it does not matter.
    pub(super) fn took_cards(
        &mut self,
        conversation: &ConversationId,
        cards: &[(DeviceId, u64)],
        directory: &Directory,
    ) {
        if let Some(offer) = self.offers.get_mut(conversation) {
            for (device, number) in cards {
                if directory.device(device).is_some() {
                    offer.took_card(*device, *number);
                }
            }
        }
    }

    /// The room of this id that they present; a new one if there is still room for it.
    pub(super) fn forming(
        &mut self,
        conversation: ConversationId,
        now: Monotonic,
    ) -> Option<&mut Forming> {
        if self.forming.len() >= FORMING_MAX && !self.forming.contains_key(&conversation) {
            return None;
        }
        self.asked.insert(conversation);
        while self.asked.len() > ROOMS_MAX {
            self.asked.pop_first();
        }
        let forming = self.forming.entry(conversation);
        Some(forming.or_insert_with(|| Forming::new(conversation, now)))
    }

    /// The rooms that they present.
    pub(super) fn presented(&self) -> impl Iterator<Item = &Forming> {
        self.forming.values()
    }

    /// A room that they present.
    pub(super) fn presented_as(&mut self, conversation: &ConversationId) -> Option<&mut Forming> {
        self.forming.get_mut(conversation)
    }

    /// Whether we asked them to show a room: they take us for a member, and may go on as if we had become
    /// one.
    pub(super) fn has_asked(&self, conversation: &ConversationId) -> bool {
        self.asked.contains(conversation)
    }

    /// Takes out a room that they presented.
    pub(super) fn formed(&mut self, conversation: &ConversationId) -> Option<Forming> {
        self.forming.remove(conversation)
    }

    /// Whether a new operation can go out at once; if so, it counts as sent.
    pub(super) fn push(&mut self, operation: &Operation, replica: &Replica) -> bool {
        let has_credit = self.has_credit();
        let offer = self.offers.get_mut(&operation.header().conversation);
        has_credit && offer.is_some_and(|offer| offer.push(operation, replica))
    }

    /// When the next of what is to be told will have waited long enough.
    pub(super) fn next_news(&self) -> Option<Monotonic> {
        self.offers.values().filter_map(Offer::next_news).min()
    }

    /// Asks for what is to be sent next, and says what can be said without: that all is sent unless
    /// we are still fetching something of a conversation from them. News wait for so long.
    pub(super) fn pump(
        &mut self,
        awaited: impl Fn(&ConversationId) -> Awaited,
        delay: Duration,
        replicas: &Replicas,
        directory: &Directory,
        context: &mut Context<'_>,
    ) -> Vec<SessionMessage> {
        let mut said: Vec<SessionMessage> = Vec::new();
        if !self.has_credit() || self.offers.values().any(Offer::is_loading) {
            return said;
        }
        let mut in_flight = self.in_flight;
        for conversation in self.turns() {
            let before = said.len();
            let Some(offer) = self.offers.get_mut(&conversation) else {
                continue;
            };
            if let Some(replica) = replicas.by_id(&conversation) {
                let awaited = awaited(&conversation);
                said.extend(offer.pump(awaited, delay, replica, directory, context));
            }
            let more = said.iter().skip(before).map(|said| said.to_bytes().len());
            in_flight = in_flight.saturating_add(more.sum());
            if offer.is_loading() || in_flight >= IN_FLIGHT_BYTES_MAX {
                self.served = Some(conversation);
                break;
            }
        }
        said
    }

    /// The conversations, those first that come after the one that was served last.
    fn turns(&self) -> Vec<ConversationId> {
        let mut turns: Vec<ConversationId> = self.conversations().collect();
        let served = turns.partition_point(|conversation| Some(*conversation) <= self.served);
        turns.rotate_left(served);
        turns
    }

    /// Says how full it is.
    pub(super) fn fill(&self, fills: &mut Fills) {
        let at_once = control::MESSAGES_AT_ONCE * FRAME_BYTES_MAX;
        let most = IN_FLIGHT_BYTES_MAX + LOAD_BYTES + at_once;
        fills.note(Queue::InFlight, self.in_flight, most);
        fills.note(Queue::Forming, self.forming.len(), FORMING_MAX);
        fills.note(Queue::Asked, self.asked.len(), ROOMS_MAX);
        for offer in self.offers.values() {
            offer.fill(fills);
        }
    }

    /// Takes what was loaded; `None` if another exchange asked for it.
    pub(super) fn loaded(
        &mut self,
        load: LoadId,
        operations: &mut Vec<SignedOperation>,
        replicas: &Replicas,
    ) -> Option<Loaded> {
        self.offers.iter_mut().find_map(|(conversation, offer)| {
            let replica = replicas.by_id(conversation)?;
            offer.loaded(load, operations, replica)
        })
    }
}

#[cfg(test)]
mod tests;
