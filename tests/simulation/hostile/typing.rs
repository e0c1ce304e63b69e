//! Typing signals: what a contact who floods us with them gets for it.

use tidings_protocol::engine::Event;
use tidings_protocol::id::ConversationId;
use tidings_protocol::sync::SessionMessage;

use super::{check_ended, check_undisturbed, profile, with_mallory};
use crate::crash::{ANN, BEN};

#[test]
fn a_flood_of_typing_signals_is_told_once_and_nothing_of_it_is_kept() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let before = profile(&mut world);
    let told = world.devices[ANN].events.len();
    let conversation = mallory.conversation(&world, ANN);
    let signal = SessionMessage::Typing(conversation);
    held.say_together(&mut world, &vec![signal.clone(); 10_000]);
    // They type for six seconds more, whatever they said meanwhile.
    world.run_for(10_000);
    let person = mallory.own.person();
    let device = mallory.own.device();
    let typing = |typing| Event::Typing {
        conversation,
        person,
        device,
        typing,
    };
    let news = &world.devices[ANN].events[told..];
    assert_eq!(news, [typing(true), typing(false)]);
    assert_eq!(profile(&mut world), before);
    assert!(!world.is_closed(held.wire));
    let elsewhere = SessionMessage::Typing(ConversationId::new([7; 32]));
    held.say(&mut world, &elsewhere);
    assert!(!world.is_closed(held.wire));
    check_undisturbed(&mut world);
}

#[test]
fn a_typing_signal_for_the_conversation_of_two_others_ends_the_session() {
    let (mut world, mut mallory) = with_mallory();
    let mut held = mallory.session(&mut world, ANN);
    let ben = world.devices[BEN].person;
    let conversation = world.devices[ANN].conversation(ben);
    held.say(&mut world, &SessionMessage::Typing(conversation));
    check_ended(&mut world, &held, "not shared");
}
