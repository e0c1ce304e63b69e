//! One side serving the other, and batches.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::batch::batches;
use super::*;
use crate::engine::Output;
use crate::engine::tests::{Side, identity};
use crate::engine::{Effect, LoadId};
use crate::id::ConversationId;
use crate::identity::OwnIdentity;
use crate::operation::{Body, Content};
use crate::record::Profile;
use crate::sync::Position;
use crate::wire::limits::{NOISE_PLAINTEXT_BYTES_MAX, OPERATION_BYTES_MAX};

static ANN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ann", 1));
static BEN: LazyLock<OwnIdentity> = LazyLock::new(|| identity("Ben", 2));

/// Ann's side of a session with Ben, and her store.
struct Serving {
    side: Side,
    replicas: Replicas,
    exchange: Exchange,
    stored: Vec<SignedOperation>,
    load: Option<(LoadId, u64, u64)>,
    sent: Vec<SignedOperation>,
    caught_up: bool,
}

impl Serving {
    fn new(written: usize, held: usize) -> Self {
        let own = OwnIdentity::from_bytes(&ANN.to_bytes()).unwrap();
        let side = Side::new(own, &[&BEN]);
        let mut serving = Self {
            replicas: Replicas::restore(&side.own, &side.directory, &Profile::default()),
            side,
            exchange: Exchange::new(BEN.device(), BEN.person()),
            stored: Vec::new(),
            load: None,
            sent: Vec::new(),
            caught_up: false,
        };
        for _ in 0..held {
            serving.write();
        }
        let vector = serving.vector();
        for _ in held..written {
            serving.write();
        }
        serving.serve(&vector);
        serving
    }

    fn conversation(&self) -> ConversationId {
        ConversationId::direct(self.side.own.person(), BEN.person())
    }

    fn replica(&self) -> &Replica {
        self.replicas.by_id(&self.conversation()).unwrap()
    }

    fn vector(&self) -> Vector {
        self.replica().vector(&self.side.directory, &self.side.own)
    }

    fn serve(&mut self, vector: &Vector) {
        let replica = self.replicas.by_id(&self.conversation()).unwrap();
        self.exchange.serve(vector, replica);
    }

    fn is_forked(&self) -> bool {
        self.exchange.offers[&self.conversation()].is_forked()
    }

    fn is_agreed(&self) -> bool {
        self.exchange.agreed().eq([self.conversation()])
    }

    fn write(&mut self) {
        let conversation = self.conversation();
        let mut context = self.side.context();
        let hello = Content::Message {
            text: "hello".into(),
        };
        let replica = self.replicas.by_id_mut(&conversation).unwrap();
        let operation = replica.write(&hello, None, &mut context);
        let operation = operation.unwrap();
        self.stored.push(operation.signed().clone());
        let replica = self.replicas.by_id(&conversation).unwrap();
        if self.exchange.push(&operation, replica) {
            self.sent.push(operation.signed().clone());
        }
    }

    fn pump(&mut self) {
        let (directory, mut context) = self.side.parts();
        let exchange = &mut self.exchange;
        let said = exchange.pump(
            |_| Awaited::default(),
            Duration::ZERO,
            &self.replicas,
            directory,
            &mut context,
        );
        self.caught_up |= matches!(said.as_slice(), [SessionMessage::CaughtUp(_)]);
        for output in self.side.outputs() {
            if let Output::Effect(Effect::Load {
                load,
                from,
                through,
                ..
            }) = output
            {
                assert_eq!(self.load, None, "one load at a time");
                self.load = Some((load, from, through));
            }
        }
    }

    /// Hands over what was asked for, as much as the store gives at once.
    fn loaded(&mut self, at_once: usize) {
        let Some((load, from, through)) = self.load.take() else {
            return;
        };
        let most = usize::try_from(through.saturating_sub(from)).unwrap_or(usize::MAX);
        let from = usize::try_from(from).unwrap() - 1;
        let given = self.stored.iter().skip(from);
        let given = given.take(at_once.min(most.saturating_add(1)));
        let loaded = self
            .exchange
            .loaded(load, &mut given.cloned().collect(), &self.replicas);
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
    let (load, ..) = serving.load.unwrap();
    let other = LoadId::new(load.as_u64() + 1);
    let mut operations = serving.stored.clone();
    let loaded = serving
        .exchange
        .loaded(other, &mut operations, &serving.replicas);
    assert!(loaded.is_none());
    assert_eq!(operations.len(), 2);
}

#[test]
fn a_store_that_lost_operations_fails_the_exchange() {
    let mut serving = Serving::new(2, 0);
    serving.pump();
    let (load, ..) = serving.load.unwrap();
    let loaded = serving
        .exchange
        .loaded(load, &mut Vec::new(), &serving.replicas);
    assert!(matches!(loaded, Some(Loaded::Failed)));
}

#[test]
fn a_chain_that_does_not_continue_what_they_hold_is_a_fork() {
    let mut serving = Serving::new(4, 2);
    serving.pump();
    let (load, ..) = serving.load.unwrap();
    // What a copy of this profile would have written in the third place.
    let mut foreign = vec![serving.stored[3].clone()];
    let loaded = serving
        .exchange
        .loaded(load, &mut foreign, &serving.replicas);
    assert!(matches!(loaded, Some(Loaded::Forked)));
    assert!(serving.is_forked() && !serving.is_agreed());
}

#[test]
fn receipts_count_once_the_other_side_is_known_to_hold_our_chain() {
    let mut behind = Serving::new(4, 2);
    assert!(!behind.is_agreed());
    behind.pump();
    behind.loaded(2);
    assert!(behind.is_agreed());
    assert!(Serving::new(2, 2).is_agreed());
    assert!(Serving::new(2, 0).is_agreed());
}

#[test]
fn a_chain_of_ours_is_compared_whatever_they_tell_of_it_first() {
    let mut behind = Serving::new(4, 2);
    let ahead = behind.vector();
    behind.exchange.told(&ahead);
    let own = crate::id::ActorId::direct(behind.side.own.device(), behind.conversation());
    behind.exchange.took(&behind.conversation(), &own, 3);
    let all = Stretch {
        actor: own,
        after: 0,
        through: 4,
    };
    behind.exchange.ask(&ahead.conversation, &[all]);
    behind.pump();
    behind.loaded(2);
    assert!(behind.is_agreed());
    assert_eq!(behind.sent, behind.stored[2..]);
}

#[test]
fn whoever_holds_more_in_our_name_than_we_wrote_shows_a_fork() {
    let ahead = Serving::new(3, 3).vector();
    let mut older = Serving::new(1, 0);
    older.serve(&ahead);
    assert!(older.is_forked());
}

#[test]
fn both_sides_have_to_be_done_for_it_to_be_caught_up() {
    let mut serving = Serving::new(0, 0);
    serving.pump();
    assert!(serving.caught_up && !serving.exchange.is_caught_up());
    serving.exchange.heard_caught_up(&serving.conversation());
    assert!(serving.exchange.is_caught_up());
    let vector = Vector::of_positions(serving.conversation(), Vec::new());
    serving.serve(&vector);
    assert!(!serving.exchange.is_caught_up(), "a new vector asks anew");
}

#[test]
fn what_they_tell_of_is_known_to_be_theirs_and_not_sent_to_them() {
    let mut serving = Serving::new(0, 0);
    let (conversation, bens) = (
        serving.conversation(),
        crate::id::ActorId::direct(BEN.device(), serving.conversation()),
    );
    let holds = |serving: &Serving, seq| serving.exchange.holds_more(&conversation, &bens, seq);
    assert!(!holds(&serving, 0));
    let position = Position {
        actor: bens,
        seq: 9,
        head: crate::id::OperationId::new([1; 32]),
    };
    let news = Vector::of_positions(conversation, vec![position]);
    serving.exchange.told(&news);
    assert!(holds(&serving, 8) && !holds(&serving, 9));
    let less = Position { seq: 3, ..position };
    serving
        .exchange
        .told(&Vector::of_positions(conversation, vec![less]));
    assert!(holds(&serving, 8), "what was told before stands");
}

#[test]
fn as_many_rooms_that_were_asked_for_are_remembered_as_there_may_be_and_one_more_is_not() {
    let side = identity("Ben", 2);
    let mut exchange = Exchange::new(side.device(), side.person());
    let room = |number: usize| {
        let mut id = [0; 32];
        id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_be_bytes());
        ConversationId::new(id)
    };
    let mut ask = |number| {
        assert!(
            exchange
                .forming(room(number), Monotonic::from_millis(0))
                .is_some()
        );
        exchange.formed(&room(number));
        exchange.has_asked(&room(0))
    };
    assert!((0..ROOMS_MAX).all(&mut ask));
    assert!(!ask(ROOMS_MAX), "the first makes room");
}
