//! Operations: what a contact may write, and what ends the session.

use tidings_protocol::conversation::LAYOUT;
use tidings_protocol::id::{ActorId, ConversationId, OperationId};
use tidings_protocol::operation::{Content, Header, Kind, Operation, SignedOperation};
use tidings_protocol::sync::SessionMessage;
use tidings_protocol::time::LogicalTime;
use tidings_protocol::wire::limits::{OPERATION_BYTES_MAX, PENDING_OPERATIONS_MAX, SEQ_MAX};
use tidings_tests::world::{Stranger, World, heads};

use super::{check_ended, check_undisturbed, profile, shown, with_mallory};
use crate::crash::{ANN, BEN};

fn body(text: &str) -> Vec<u8> {
    Content::Message {
        text: text.to_owned(),
    }
    .to_bytes()
}

/// Mallory's first operation, which is sound.
fn first(mallory: &mut Stranger, world: &World) -> Operation {
    let header = mallory.header(world, ANN, None);
    mallory.sign(header, body("first"))
}

/// Mallory's second operation with its header bent.
fn second(
    mallory: &mut Stranger,
    world: &World,
    first: &Operation,
    bend: impl FnOnce(&mut Header),
) -> SignedOperation {
    let mut header = mallory.header(world, ANN, Some(first));
    bend(&mut header);
    mallory.sign(header, body("second")).signed().clone()
}

/// Said of what is about a conversation that the one who says it has no part in.
pub(super) const ELSEWHERE: &str = "conversation that is not shared";

/// Mallory sends a sound operation, then a bent one, which must end the session for this reason
/// and leave nothing behind.
fn refused(why: &str, bent: impl FnOnce(&mut Stranger, &World, &Operation) -> SignedOperation) {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let first = first(&mut mallory, &world);
    held.tell(&mut world, vec![first.signed().clone()]);
    let before = profile(&mut world);
    let bent = bent(&mut mallory, &world, &first);
    held.tell(&mut world, vec![bent]);
    let after = profile(&mut world);
    assert_eq!(after.actors, before.actors, "{why}");
    assert_eq!(after.pending, before.pending, "{why}");
    let texts: Vec<String> = shown(&mut world, &mallory)
        .into_iter()
        .map(|shown| shown.text)
        .collect();
    assert_eq!(texts, ["first"], "{why}");
    check_ended(&mut world, &held, why);
}

#[test]
fn an_operation_that_its_author_did_not_sign_is_refused() {
    refused("signature", |mallory, world, first| {
        let mut operation = second(mallory, world, first, |_| {});
        operation.signature[5] ^= 1;
        operation
    });
    refused("signature", |mallory, world, first| {
        let mut other = Stranger::new(&mut World::new(9), "Other");
        let header = mallory.header(world, ANN, Some(first));
        other.sign(header, body("second")).signed().clone()
    });
}

#[test]
fn a_batch_that_mixes_conversations_is_refused_from_there_on() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let first = first(&mut mallory, &world);
    let ben = world.devices[BEN].person;
    let conversation = world.devices[ANN].conversation(ben);
    let second = second(&mut mallory, &world, &first, |header| {
        header.conversation = conversation;
    });
    held.tell(&mut world, vec![first.signed().clone(), second]);
    assert_eq!(shown(&mut world, &mallory).len(), 1);
    check_ended(&mut world, &held, "another conversation");
}

#[test]
fn an_operation_of_elsewhere_or_of_someone_else_is_refused() {
    refused(ELSEWHERE, |mallory, world, first| {
        second(mallory, world, first, |header| {
            header.conversation = ConversationId::new([7; 32]);
        })
    });
    refused(ELSEWHERE, |mallory, world, first| {
        let ben = world.devices[BEN].person;
        let conversation = world.devices[ANN].conversation(ben);
        second(mallory, world, first, |header| {
            header.conversation = conversation;
        })
    });
    refused("not in the conversation", |mallory, world, first| {
        let conversation = mallory.conversation(world, ANN);
        let actor = ActorId::direct(world.devices[BEN].id, conversation);
        second(mallory, world, first, |header| header.actor = actor)
    });
    refused("signature", |mallory, world, first| {
        let actor = world.devices[ANN].actor(mallory.own.person());
        second(mallory, world, first, |header| {
            header.actor = actor;
            header.seq = 1;
            header.prev = None;
        })
    });
}

#[test]
fn an_operation_in_an_impossible_place_is_refused() {
    let wrong = OperationId::new([7; 32]);
    let place = "impossible place";
    refused(place, |mallory, world, first| {
        second(mallory, world, first, |header| header.seq = 0)
    });
    refused(place, |mallory, world, first| {
        second(mallory, world, first, |header| header.prev = None)
    });
    refused(place, |mallory, world, first| {
        second(mallory, world, first, |header| header.seq = 1)
    });
    refused(place, |mallory, world, first| {
        second(mallory, world, first, |header| header.seq = SEQ_MAX + 1)
    });
    let follow = "does not follow";
    refused(follow, |mallory, world, first| {
        second(mallory, world, first, |header| header.prev = Some(wrong))
    });
    for logical in [0, 1, 2 + LogicalTime::STEP_MAX, u64::MAX] {
        refused(follow, |mallory, world, first| {
            second(mallory, world, first, |header| {
                header.logical = LogicalTime::new(logical);
            })
        });
    }
}

#[test]
fn an_operation_that_is_not_what_its_header_says_is_refused() {
    refused("commit", |mallory, world, first| {
        let mut operation = second(mallory, world, first, |_| {});
        operation.body.as_mut().unwrap().bytes[0] ^= 1;
        operation
    });
    refused("commit", |mallory, world, first| {
        let mut operation = second(mallory, world, first, |_| {});
        operation.body.as_mut().unwrap().salt[0] ^= 1;
        operation
    });
    refused("version 2", |mallory, world, first| {
        second(mallory, world, first, |header| header.version = 2)
    });
    refused("operation: ", |mallory, world, first| {
        let mut operation = second(mallory, world, first, |_| {});
        operation.header.truncate(20);
        operation
    });
    refused("operation: ", |mallory, world, first| {
        let mut operation = second(mallory, world, first, |_| {});
        operation.header.resize(2_000, 0);
        operation
    });
}

#[test]
fn an_operation_of_the_largest_size_is_taken_and_one_byte_more_is_refused() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let small = first(&mut mallory, &world);
    let header = mallory.header(&world, ANN, None);
    let text = |bytes: usize| body(&"x".repeat(bytes));
    let overhead = |text: usize, whole: usize| whole - text;
    let sample = mallory.sign(header.clone(), text(30_000)).signed().bytes();
    let largest = OPERATION_BYTES_MAX - overhead(30_000, sample);
    let operation = mallory.sign(header, text(largest));
    assert_eq!(operation.signed().bytes(), OPERATION_BYTES_MAX);
    held.tell(&mut world, vec![operation.signed().clone()]);
    assert_eq!(shown(&mut world, &mallory)[0].text.len(), largest);
    drop(small);
    refused("over the limit", |mallory, world, first| {
        let header = mallory.header(world, ANN, Some(first));
        let sample = mallory.sign(header.clone(), text(30_000)).signed().bytes();
        let largest = text(OPERATION_BYTES_MAX - overhead(30_000, sample));
        let mut operation = mallory.sign(header, largest).signed().clone();
        operation.body.as_mut().unwrap().bytes.push(0);
        assert_eq!(operation.bytes(), OPERATION_BYTES_MAX + 1);
        operation
    });
}

#[test]
fn a_kind_of_the_future_is_kept_acknowledged_and_shown_as_unsupported() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let mut header = mallory.header(&world, ANN, None);
    header.kind = Kind::Unknown(77);
    let future = mallory.sign(header, b"whatever".to_vec());
    held.hear(&mut world);
    held.tell(&mut world, vec![future.signed().clone()]);
    let shown = shown(&mut world, &mallory);
    assert!(shown[0].unsupported && shown[0].text.is_empty());
    let heard = held.hear(&mut world);
    let [SessionMessage::Receipt(receipt)] = heard.as_slice() else {
        panic!("{heard:?}");
    };
    assert!(receipt.stored().unwrap().actors[0].delivered(1));
    let conversation = mallory.conversation(&world, ANN);
    let built = heads(&world.devices[ANN].reader(), conversation);
    assert_eq!(
        built.len(),
        1,
        "layout {LAYOUT} leaves it out of a document"
    );
    check_undisturbed(&mut world);
}

#[test]
fn bodies_that_are_no_message_disturb_nobody() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let mut previous = None;
    for bytes in [vec![], vec![0xff; 9], vec![0xa1, 0, 0x41, 0xff], body("")] {
        let header = mallory.header(&world, ANN, previous.as_ref());
        let operation = mallory.sign(header, bytes);
        held.tell(&mut world, vec![operation.signed().clone()]);
        previous = Some(operation);
    }
    assert!(!world.is_closed(held.wire));
    world.crash(ANN);
    world.start(ANN);
    world.rest();
    check_undisturbed(&mut world);
}

#[test]
fn as_many_operations_wait_beyond_a_gap_as_may_and_one_more_is_refused() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let mut chain = vec![first(&mut mallory, &world)];
    for n in 2..=PENDING_OPERATIONS_MAX + 3 {
        let header = mallory.header(&world, ANN, chain.last());
        chain.push(mallory.sign(header, body(&format!("{n}"))));
    }
    let signed: Vec<SignedOperation> = chain.iter().map(|one| one.signed().clone()).collect();
    // The second is missing.
    held.tell(&mut world, signed[..1].to_vec());
    for some in signed[2..PENDING_OPERATIONS_MAX + 2].chunks(100) {
        held.tell(&mut world, some.to_vec());
    }
    assert!(!world.is_closed(held.wire));
    assert_eq!(profile(&mut world).pending.len(), PENDING_OPERATIONS_MAX);
    held.tell(&mut world, signed[PENDING_OPERATIONS_MAX + 2..].to_vec());
    check_ended(&mut world, &held, "beyond a gap");
    assert_eq!(profile(&mut world).pending.len(), PENDING_OPERATIONS_MAX);
    // What waits survives a crash, and joins the chain when the gap closes.
    world.crash(ANN);
    world.start(ANN);
    world.rest();
    let mut held = mallory.session(&mut world, ANN);
    held.tell(&mut world, signed[1..2].to_vec());
    assert!(profile(&mut world).pending.is_empty());
    assert_eq!(
        shown(&mut world, &mallory).len(),
        PENDING_OPERATIONS_MAX + 2
    );
    for some in signed.chunks(100) {
        held.tell(&mut world, some.to_vec());
    }
    assert_eq!(
        shown(&mut world, &mallory).len(),
        PENDING_OPERATIONS_MAX + 3
    );
    check_undisturbed(&mut world);
}

#[test]
fn the_highest_numbers_there_are_break_nothing() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let first = first(&mut mallory, &world);
    held.tell(&mut world, vec![first.signed().clone()]);
    for seq in [SEQ_MAX, SEQ_MAX - 1, 1 << 62, 3] {
        let far = second(&mut mallory, &world, &first, |header| {
            header.seq = seq;
            header.logical = LogicalTime::new(u64::MAX);
            header.wall = tidings_protocol::time::WallTime::from_millis(u64::MAX);
            header.disappears_after = Some(u32::MAX);
        });
        held.tell(&mut world, vec![far]);
    }
    assert!(!world.is_closed(held.wire));
    assert_eq!(shown(&mut world, &mallory).len(), 5);
    world.crash(ANN);
    world.start(ANN);
    world.rest();
    check_undisturbed(&mut world);
}

#[test]
fn two_operations_in_one_place_leave_the_first() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let one = first(&mut mallory, &world);
    let header = mallory.header(&world, ANN, None);
    let other = mallory.sign(header, body("other"));
    held.tell(
        &mut world,
        vec![one.signed().clone(), other.signed().clone()],
    );
    let shown = shown(&mut world, &mallory);
    assert_eq!((shown.len(), shown[0].id), (1, one.id()));
    check_undisturbed(&mut world);
}
