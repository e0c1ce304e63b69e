//! An exchange: what one session still has to send of one conversation.
//!
//! ```text
//!   their vector --> cursors: actor -> next seq to send
//!        |                        |
//!        +--> load from the store +--> operations, while credit lasts --> caught up
//!   a new operation that is next goes out at once, without a load
//! ```
//!
//! Invariants
//! - Each actor's operations leave in order, without gaps, each once per session.
//! - At most [`IN_FLIGHT_BYTES_MAX`] and one load wait to be written to the link.

use std::collections::BTreeMap;

use super::context::Context;
use super::replica::Replica;
use super::{Effect, LoadId};
use crate::id::{ActorId, DeviceId, OperationId, PersonId};
use crate::operation::{Operation, SignedOperation};
use crate::sync::{SessionMessage, Vector};
use crate::wire::limits::{BATCH_OPERATIONS_MAX, NOISE_PLAINTEXT_BYTES_MAX};

/// Bytes handed to a link and not yet written; above it nothing new is loaded.
pub(super) const IN_FLIGHT_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that one load asks for.
const LOAD_BYTES: usize = 512 * 1024;
/// What CBOR adds to one operation in a batch, at most.
const OPERATION_OVERHEAD_BYTES: usize = 32;
/// Room for a batch's own CBOR.
const BATCH_OVERHEAD_BYTES: usize = 64;

/// Whether the other side holds our own chain as we wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum OwnChain {
    /// Their vector has not come.
    Unknown,
    /// They hold it up to this operation, which ours has yet to be compared with.
    Claimed(OperationId),
    /// It is ours.
    Agreed,
    /// They hold operations in our name that we do not have.
    Forked,
}

/// What comes of operations that were loaded.
#[derive(Debug)]
pub(super) enum Loaded {
    /// They are to be sent.
    Send(Vec<SessionMessage>),
    /// They show that the other side holds another chain in our name.
    Forked,
    /// The store did not give what the replica says it has.
    Failed,
}

/// What a session still has to send.
#[derive(Debug)]
pub(super) struct Exchange {
    device: DeviceId,
    person: PersonId,
    /// Next sequence number to send of each actor; `None` until their vector came.
    cursors: Option<BTreeMap<ActorId, u64>>,
    chain: OwnChain,
    loading: Option<(LoadId, ActorId)>,
    in_flight: usize,
    told: bool,
    heard: bool,
}

impl Exchange {
    pub(super) const fn new(device: DeviceId, person: PersonId) -> Self {
        Self {
            device,
            person,
            cursors: None,
            chain: OwnChain::Unknown,
            loading: None,
            in_flight: 0,
            told: false,
            heard: false,
        }
    }

    pub(super) const fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) const fn person(&self) -> PersonId {
        self.person
    }

    /// Whether both sides have sent all that the other lacked.
    pub(super) const fn is_caught_up(&self) -> bool {
        self.told && self.heard
    }

    /// Notes bytes handed to the link.
    pub(super) const fn sent(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_add(bytes);
    }

    /// Notes bytes written by the link.
    pub(super) const fn drained(&mut self, bytes: usize) {
        self.in_flight = self.in_flight.saturating_sub(bytes);
    }

    /// Notes that the other side has sent all that its vector knew us to lack.
    pub(super) const fn heard_caught_up(&mut self) {
        self.heard = true;
    }

    /// Whether more may be handed to the link.
    pub(super) const fn has_credit(&self) -> bool {
        self.in_flight < IN_FLIGHT_BYTES_MAX
    }

    /// Whether their vector came before: a session has one each way.
    pub(super) const fn is_serving(&self) -> bool {
        self.cursors.is_some()
    }

    /// Whether the other side is known to hold our own chain as we wrote it, so that its receipts
    /// speak of our operations.
    pub(super) fn is_chain_agreed(&self) -> bool {
        self.chain == OwnChain::Agreed
    }

    /// Starts to serve what their vector lacks.
    pub(super) fn serve(&mut self, vector: &Vector, replica: &Replica) {
        let own = replica.own_actor();
        let claimed = vector
            .positions
            .iter()
            .find(|position| position.actor == own);
        let (end, head) = replica.end_of(&own).unwrap_or_default();
        self.chain = match claimed {
            None => OwnChain::Agreed,
            Some(claimed) if claimed.seq < end => OwnChain::Claimed(claimed.head),
            Some(claimed) if claimed.seq == end && head == Some(claimed.head) => OwnChain::Agreed,
            Some(_) => OwnChain::Forked,
        };
        let held: BTreeMap<ActorId, u64> = vector
            .positions
            .iter()
            .map(|position| (position.actor, position.seq))
            .collect();
        let next = |actor: &ActorId| {
            let held = held.get(actor).copied().unwrap_or_default();
            held.saturating_add(1)
        };
        // A device writes its own chain itself. One that lacks operations of its own is an older
        // copy of itself, and to be sent them proves that to it.
        let theirs = ActorId::direct(self.device, replica.conversation());
        let cursors = replica
            .ends()
            .filter(|(actor, end)| *actor != theirs || next(actor) <= *end)
            .filter(|(actor, _)| *actor != own || self.chain != OwnChain::Forked)
            .map(|(actor, _)| (actor, next(&actor)))
            .collect();
        self.cursors = Some(cursors);
        self.told = false;
    }

    /// Whether a new operation can go out at once; if so, it counts as sent.
    pub(super) fn push(&mut self, operation: &Operation) -> bool {
        let header = operation.header();
        let next = self
            .cursors
            .as_mut()
            .and_then(|cursors| cursors.get_mut(&header.actor));
        let Some(next) = next else {
            return false;
        };
        let at_once =
            *next == header.seq && self.loading.is_none() && self.in_flight < IN_FLIGHT_BYTES_MAX;
        if at_once {
            *next = next.saturating_add(1);
        }
        at_once
    }

    /// Asks for what is to be sent next, or says that it is all sent.
    pub(super) fn pump(
        &mut self,
        replica: &Replica,
        context: &mut Context<'_>,
    ) -> Option<SessionMessage> {
        let cursors = self.cursors.as_ref()?;
        if self.loading.is_some() || self.in_flight >= IN_FLIGHT_BYTES_MAX {
            return None;
        }
        let behind = replica.ends().find_map(|(actor, end)| {
            cursors
                .get(&actor)
                .filter(|next| **next <= end)
                .map(|next| (actor, *next))
        });
        if let Some((actor, from)) = behind {
            let load = context.next_load();
            self.loading = Some((load, actor));
            let conversation = replica.conversation();
            context.effect(Effect::Load {
                load,
                conversation,
                actor,
                from,
                bytes: LOAD_BYTES,
            });
            return None;
        }
        let news = !std::mem::replace(&mut self.told, true);
        news.then(|| SessionMessage::CaughtUp(replica.conversation()))
    }

    /// Takes what was loaded; `None` if another exchange asked for it.
    pub(super) fn loaded(
        &mut self,
        load: LoadId,
        operations: &mut Vec<SignedOperation>,
        own: ActorId,
    ) -> Option<Loaded> {
        let (_, actor) = self.loading.take_if(|(expected, _)| *expected == load)?;
        let cursors = self.cursors.as_mut()?;
        let Some(first) = operations.first() else {
            return Some(Loaded::Failed);
        };
        if actor == own
            && let OwnChain::Claimed(head) = self.chain
        {
            let follows = first
                .claimed()
                .is_ok_and(|header| header.prev == Some(head));
            if !follows {
                cursors.remove(&own);
                self.chain = OwnChain::Forked;
                return Some(Loaded::Forked);
            }
            self.chain = OwnChain::Agreed;
        }
        let count = u64::try_from(operations.len()).unwrap_or(u64::MAX);
        if let Some(next) = cursors.get_mut(&actor) {
            *next = next.saturating_add(count);
        }
        Some(Loaded::Send(batches(std::mem::take(operations))))
    }
}

/// Packs operations into as few session messages as fit.
fn batches(operations: Vec<SignedOperation>) -> Vec<SessionMessage> {
    let mut messages = Vec::new();
    let mut batch = Vec::new();
    let mut bytes = BATCH_OVERHEAD_BYTES;
    for operation in operations {
        let size = operation.bytes().saturating_add(OPERATION_OVERHEAD_BYTES);
        let full = bytes.saturating_add(size) > NOISE_PLAINTEXT_BYTES_MAX
            || batch.len() >= BATCH_OPERATIONS_MAX;
        if full && !batch.is_empty() {
            messages.push(SessionMessage::Operations(std::mem::take(&mut batch)));
            bytes = BATCH_OVERHEAD_BYTES;
        }
        bytes = bytes.saturating_add(size);
        batch.push(operation);
    }
    if !batch.is_empty() {
        messages.push(SessionMessage::Operations(batch));
    }
    messages
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;

    use super::*;
    use crate::engine::Output;
    use crate::engine::tests::{Side, identity};
    use crate::id::ConversationId;
    use crate::identity::OwnIdentity;
    use crate::operation::{Body, Content};
    use crate::wire::limits::OPERATION_BYTES_MAX;

    static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ann", 1));
    static BEN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ben", 2));

    /// Ann's side of a session with Ben, and her store.
    struct Serving {
        side: Side,
        replica: Replica,
        exchange: Exchange,
        stored: Vec<SignedOperation>,
        load: Option<(LoadId, u64)>,
        sent: Vec<SignedOperation>,
        caught_up: bool,
    }

    impl Serving {
        fn new(written: usize, held: usize) -> Self {
            let own = OwnIdentity::from_bytes(&ANN.to_bytes()).unwrap();
            let mut serving = Self {
                replica: Replica::new(BEN.person(), own.person(), own.device()),
                side: Side::new(own, &[&BEN]),
                exchange: Exchange::new(BEN.device(), BEN.person()),
                stored: Vec::new(),
                load: None,
                sent: Vec::new(),
                caught_up: false,
            };
            for _ in 0..held {
                serving.write();
            }
            let vector = serving.replica.vector();
            for _ in held..written {
                serving.write();
            }
            serving.exchange.serve(&vector, &serving.replica);
            serving
        }

        fn write(&mut self) {
            let mut context = self.side.context();
            let hello = Content::Message {
                text: "hello".into(),
            };
            let operation = self.replica.write(&hello, None, &mut context);
            let operation = operation.unwrap();
            self.stored.push(operation.signed().clone());
            if self.exchange.push(&operation) {
                self.sent.push(operation.signed().clone());
            }
        }

        fn pump(&mut self) {
            let mut context = self.side.context();
            let said = self.exchange.pump(&self.replica, &mut context);
            self.caught_up |= matches!(said, Some(SessionMessage::CaughtUp(_)));
            for output in self.side.outputs() {
                if let Output::Effect(Effect::Load { load, from, .. }) = output {
                    assert_eq!(self.load, None, "one load at a time");
                    self.load = Some((load, from));
                }
            }
        }

        /// Hands over what was asked for, as much as the store gives at once.
        fn loaded(&mut self, at_once: usize) {
            let Some((load, from)) = self.load.take() else {
                return;
            };
            let from = usize::try_from(from).unwrap() - 1;
            let given = self.stored.iter().skip(from).take(at_once);
            let own = self.replica.own_actor();
            let loaded = self
                .exchange
                .loaded(load, &mut given.cloned().collect(), own);
            let Some(Loaded::Send(messages)) = loaded else {
                panic!("{loaded:?}");
            };
            for message in messages {
                if let SessionMessage::Operations(operations) = message {
                    self.sent.extend(operations);
                }
            }
        }
    }

    fn operation(header: usize, body: Option<usize>) -> SignedOperation {
        SignedOperation {
            header: vec![7; header],
            signature: [7; 64].into(),
            body: body.map(|bytes| Body {
                salt: [7; 32].into(),
                bytes: vec![7; bytes],
            }),
        }
    }

    proptest! {
        #[test]
        fn every_batch_fits_a_message_and_nothing_is_lost(
            sizes in prop::collection::vec((0..1024_usize, prop::option::of(prop_oneof![
                0..300_usize,
                0..OPERATION_BYTES_MAX - 1024 - 96,
            ])), 0..300),
        ) {
            let all: Vec<_> = sizes.iter().map(|(header, body)| operation(*header, *body)).collect();
            let mut unpacked = Vec::new();
            for message in batches(all.clone()) {
                let bytes = message.to_bytes();
                prop_assert!(bytes.len() <= NOISE_PLAINTEXT_BYTES_MAX, "{}", bytes.len());
                let SessionMessage::Operations(batch) = SessionMessage::from_bytes(&bytes).unwrap() else {
                    return Err(TestCaseError::fail("operations"));
                };
                prop_assert!(!batch.is_empty());
                unpacked.extend(batch);
            }
            prop_assert_eq!(unpacked, all);
        }

        /// Whatever is written, loaded and drained in between: each operation leaves once, in order.
        #[test]
        fn each_operation_leaves_once_and_in_order(
            held in 0..6_usize,
            lacking in 0..12_usize,
            actions in prop::collection::vec((0..4_u8, 1..5_usize), 0..60),
        ) {
            let mut serving = Serving::new(held + lacking, held);
            for (action, amount) in actions {
                match action {
                    0 => serving.write(),
                    1 => serving.pump(),
                    2 => serving.loaded(amount),
                    _ if amount == 1 => serving.exchange.sent(IN_FLIGHT_BYTES_MAX),
                    _ => serving.exchange.drained(IN_FLIGHT_BYTES_MAX),
                }
            }
            serving.exchange.drained(usize::MAX);
            while serving.load.is_some() || serving.sent.len() + held < serving.stored.len() {
                serving.loaded(3);
                serving.pump();
            }
            serving.pump();
            prop_assert!(serving.caught_up);
            prop_assert_eq!(&serving.sent, &serving.stored[held..]);
        }
    }

    #[test]
    fn the_largest_operations_travel_one_in_a_message_or_two() {
        let largest = operation(1024, Some(OPERATION_BYTES_MAX - 1024 - 96));
        assert_eq!(largest.bytes(), OPERATION_BYTES_MAX);
        for message in batches(vec![largest; 5]) {
            assert!(message.to_bytes().len() <= NOISE_PLAINTEXT_BYTES_MAX);
        }
    }

    #[test]
    fn nothing_new_is_loaded_or_pushed_while_the_credit_is_used_up() {
        let mut serving = Serving::new(3, 0);
        serving.exchange.sent(IN_FLIGHT_BYTES_MAX);
        serving.pump();
        assert_eq!(serving.load, None);
        serving.exchange.drained(1);
        serving.pump();
        assert!(serving.load.is_some());

        let mut serving = Serving::new(0, 0);
        serving.exchange.sent(IN_FLIGHT_BYTES_MAX - 1);
        serving.write();
        assert_eq!(serving.sent.len(), 1);
        serving.exchange.sent(1);
        serving.write();
        assert_eq!(serving.sent.len(), 1);
    }

    #[test]
    fn nothing_is_sent_before_their_vector_came() {
        let mut serving = Serving::new(2, 0);
        serving.exchange = Exchange::new(BEN.device(), BEN.person());
        serving.write();
        serving.pump();
        assert!(serving.sent.is_empty() && serving.load.is_none() && !serving.caught_up);
    }

    #[test]
    fn what_another_exchange_asked_for_is_left_alone() {
        let mut serving = Serving::new(2, 0);
        serving.pump();
        let (load, _) = serving.load.unwrap();
        let other = LoadId::new(load.as_u64() + 1);
        let mut operations = serving.stored.clone();
        let own = serving.replica.own_actor();
        let loaded = serving.exchange.loaded(other, &mut operations, own);
        assert!(loaded.is_none());
        assert_eq!(operations.len(), 2);
    }

    #[test]
    fn a_store_that_lost_operations_fails_the_exchange() {
        let mut serving = Serving::new(2, 0);
        serving.pump();
        let (load, _) = serving.load.unwrap();
        let own = serving.replica.own_actor();
        let loaded = serving.exchange.loaded(load, &mut Vec::new(), own);
        assert!(matches!(loaded, Some(Loaded::Failed)));
    }

    #[test]
    fn a_chain_that_does_not_continue_what_they_hold_is_a_fork() {
        let mut serving = Serving::new(4, 2);
        serving.pump();
        let (load, _) = serving.load.unwrap();
        // What a copy of this profile would have written in the third place.
        let mut foreign = vec![serving.stored[3].clone()];
        let own = serving.replica.own_actor();
        let loaded = serving.exchange.loaded(load, &mut foreign, own);
        assert!(matches!(loaded, Some(Loaded::Forked)));
        assert!(serving.exchange.chain == OwnChain::Forked && !serving.exchange.is_chain_agreed());
    }

    #[test]
    fn receipts_count_once_the_other_side_is_known_to_hold_our_chain() {
        let mut behind = Serving::new(4, 2);
        assert!(!behind.exchange.is_chain_agreed());
        behind.pump();
        behind.loaded(2);
        assert!(behind.exchange.is_chain_agreed());
        assert!(Serving::new(2, 2).exchange.is_chain_agreed());
        assert!(Serving::new(2, 0).exchange.is_chain_agreed());
    }

    #[test]
    fn whoever_holds_more_in_our_name_than_we_wrote_shows_a_fork() {
        let ahead = Serving::new(3, 3).replica.vector();
        let mut older = Serving::new(1, 0);
        older.exchange.serve(&ahead, &older.replica);
        assert!(older.exchange.chain == OwnChain::Forked);
    }

    #[test]
    fn both_sides_have_to_be_done_for_it_to_be_caught_up() {
        let mut serving = Serving::new(0, 0);
        serving.pump();
        assert!(serving.caught_up && !serving.exchange.is_caught_up());
        serving.exchange.heard_caught_up();
        assert!(serving.exchange.is_caught_up());
        let vector = Vector {
            conversation: ConversationId::new([0; 32]),
            positions: Vec::new(),
        };
        serving.exchange.serve(&vector, &serving.replica);
        assert!(!serving.exchange.is_caught_up(), "a new vector asks anew");
    }
}
