//! Receipts and vectors: what a contact may claim to hold, and for whom.

use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::engine::Command;
use tidings_protocol::id::{ActorId, ConversationId, OperationId};
use tidings_protocol::operation::Content;
use tidings_protocol::sync::{
    Acknowledgement, Coverage, Erased, Position, Receipt, SessionMessage, Vector,
};
use tidings_protocol::wire;
use tidings_tests::world::{Stranger, World};

use super::operations::ELSEWHERE;
use super::{check_ended, check_undisturbed, profile, with_mallory};
use crate::crash::{ANN, BEN};

/// Ann writes to Mallory.
fn write(world: &mut World, mallory: &Stranger, text: &str) {
    let command = Command::Write {
        urgent: false,
        conversation: mallory.conversation(world, ANN),
        target: None,
        content: Content::Message {
            text: text.to_owned(),
        },
    };
    world.ask(ANN, command).unwrap();
}

fn receipt(world: &World, mallory: &Stranger, number: u64, held: Coverage) -> Receipt {
    Receipt {
        conversation: mallory.conversation(world, ANN),
        device: mallory.own.device(),
        number,
        actors: vec![Acknowledgement {
            ends: None,
            actor: world.devices[ANN].actor(mallory.own.person()),
            held,
            erased: Erased::default(),
            read: Coverage::default(),
        }],
    }
}

/// The states of Ann's messages to Mallory.
fn states(world: &mut World, mallory: &Stranger) -> Vec<DeliveryState> {
    let conversation = mallory.conversation(world, ANN);
    let ann = world.devices[ANN].id;
    let messages = world.shown_of(ANN, conversation, ann);
    let reader = world.devices[ANN].reader();
    let state = |id| reader.message(id).unwrap().unwrap().state.unwrap();
    messages.into_iter().map(|shown| state(shown.id)).collect()
}

#[test]
fn a_receipt_for_everything_there_will_ever_be_covers_what_there_is() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    write(&mut world, &mallory, "one");
    let mut all = receipt(&world, &mallory, u64::MAX, Coverage::through(u64::MAX));
    all.actors[0].read = Coverage::through(u64::MAX);
    held.say(&mut world, &SessionMessage::Receipt(all.sign(&mallory.own)));
    assert_eq!(states(&mut world, &mallory), [DeliveryState::Read]);
    write(&mut world, &mallory, "two");
    let expected = [DeliveryState::Read, DeliveryState::Queued];
    assert_eq!(states(&mut world, &mallory), expected);
    assert!(!world.is_closed(held.wire));
    assert_eq!(world.states(ANN, BEN), [DeliveryState::Delivered]);
    check_undisturbed(&mut world);
}

#[test]
fn an_older_receipt_takes_nothing_back() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    write(&mut world, &mallory, "one");
    for (number, through) in [(5, 1), (4, 0), (5, 0), (6, 0)] {
        let one = receipt(&world, &mallory, number, Coverage::through(through));
        held.say(&mut world, &SessionMessage::Receipt(one.sign(&mallory.own)));
        assert_eq!(states(&mut world, &mallory), [DeliveryState::Delivered]);
    }
    check_undisturbed(&mut world);
}

#[test]
fn a_receipt_of_an_unknown_conversation_is_passed_over() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    write(&mut world, &mallory, "one");
    let mut bent = receipt(&world, &mallory, 1, Coverage::through(1));
    bent.conversation = ConversationId::new([7; 32]);
    held.say(
        &mut world,
        &SessionMessage::Receipt(bent.sign(&mallory.own)),
    );
    assert_eq!(states(&mut world, &mallory), [DeliveryState::Queued]);
    assert!(!world.is_closed(held.wire));
    check_undisturbed(&mut world);
}

/// A receipt that must end the session for this reason and change no delivery.
fn refused(why: &str, bend: impl FnOnce(&World, &mut Receipt)) {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    write(&mut world, &mallory, "one");
    let before = profile(&mut world).receipts;
    let mut bent = receipt(&world, &mallory, 1, Coverage::through(1));
    bend(&world, &mut bent);
    held.say(
        &mut world,
        &SessionMessage::Receipt(bent.sign(&mallory.own)),
    );
    assert_eq!(states(&mut world, &mallory), [DeliveryState::Queued]);
    assert_eq!(profile(&mut world).receipts, before);
    check_ended(&mut world, &held, why);
}

#[test]
fn a_receipt_of_another_device_or_conversation_is_refused() {
    refused("receipt of another device", |world, receipt| {
        receipt.device = world.devices[BEN].id;
    });
    refused(ELSEWHERE, |world, receipt| {
        let ben = world.devices[BEN].person;
        receipt.conversation = world.devices[ANN].conversation(ben);
    });
}

#[test]
fn a_receipt_that_no_program_makes_is_refused() {
    refused("impossible ranges", |_, receipt| {
        let mut other = receipt.actors[0].clone();
        other.actor = ActorId::new([0; 32]);
        receipt.actors.push(other);
    });
    // A range that ends before it begins, and one that ends where numbers do.
    for bytes in [
        &[0xa2, 0, 0, 1, 0x81, 0x82, 5, 1][..],
        &[0xa2, 0, 5, 1, 0x81, 0x82, 3, 9],
    ] {
        refused("impossible ranges", |_, receipt| {
            receipt.actors[0].held = wire::decode(bytes, 64).unwrap();
        });
    }
}

#[test]
fn a_receipt_that_someone_else_signed_is_refused() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    write(&mut world, &mallory, "one");
    let other = Stranger::new(&mut world, "Other");
    let forged = receipt(&world, &mallory, 1, Coverage::through(1));
    held.say(
        &mut world,
        &SessionMessage::Receipt(forged.sign(&other.own)),
    );
    assert_eq!(states(&mut world, &mallory), [DeliveryState::Queued]);
    check_ended(&mut world, &held, "signature");
}

#[test]
fn a_vector_of_elsewhere_is_refused() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.silent_session(&mut world, ANN);
    let vector = Vector::of_positions(world.conversation(ANN, BEN), Vec::new());
    held.say(&mut world, &SessionMessage::Vector(vector));
    check_ended(&mut world, &held, ELSEWHERE);
}

#[test]
fn a_second_vector_is_refused() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let again = mallory.vector(&world, ANN);
    held.say(&mut world, &again);
    check_ended(&mut world, &held, "more vectors in one session");
}

#[test]
fn a_vector_beyond_what_was_ever_written_costs_its_sender_alone() {
    let (mut world, mut mallory) = with_mallory();
    write(&mut world, &mallory, "one");
    let mut held = mallory.silent_session(&mut world, ANN);
    let claimed = Position {
        actor: world.devices[ANN].actor(mallory.own.person()),
        seq: u64::MAX,
        head: OperationId::new([7; 32]),
    };
    let vector = Vector::of_positions(mallory.conversation(&world, ANN), vec![claimed]);
    held.say(&mut world, &SessionMessage::Vector(vector));
    let all = receipt(&world, &mallory, 1, Coverage::through(u64::MAX));
    held.say(&mut world, &SessionMessage::Receipt(all.sign(&mallory.own)));
    // It proves nothing, so Ann is not told to give up her profile.
    write(&mut world, &mallory, "two");
    let expected = [DeliveryState::Queued, DeliveryState::Queued];
    assert_eq!(states(&mut world, &mallory), expected);
    check_undisturbed(&mut world);
}
