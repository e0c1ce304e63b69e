//! Chains: to whom they are handed, when again, and who makes them begin anew.

use super::{DAY, LONGEST_PACE, SenderChain, Town, apart, millis, room_apart, say_unreadable};
use crate::engine::RoomChange;
use crate::engine::rooms::tests::hostile::Forger;
use crate::engine::rooms::tests::{ANN, BEN, CAT, DAN};
use crate::envelope::Priority;
use crate::id::ConversationId;
use crate::identity::OwnIdentity;
use crate::pair::TAG_WINDOW;
use crate::room::{ControlBody, DeviceRevokedBody};
use crate::sender_chain::{CHAIN_MESSAGES_MAX, Postage, TRIES_MAX};
use crate::sync::SessionMessage;

/// Messages after which a chain is handed over again.
const AGAIN: u32 = 32;

/// Has Ann put Cat out; the letters that say so are lost.
fn remove_cat(town: &mut Town, room: ConversationId) {
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.mail();
}

#[test]
fn whoever_says_that_they_read_nothing_and_is_removed_then_reads_no_more() {
    for meet_before in [false, true] {
        let (mut town, room) = room_apart();
        town.write(ANN, room, "all of us");
        town.carry_around();
        say_unreadable(&mut town, CAT, ANN);
        town.carry_around();
        if meet_before {
            // Who is in a session is handed nothing.
            town.connect(ANN, CAT);
            town.write(ANN, room, "Cat is there");
            town.carry_around();
            town.disconnect_all();
        }
        remove_cat(&mut town, room);
        town.write(ANN, room, "without Cat");
        let expected = if meet_before { 3 } else { 2 };
        assert_eq!(town.deposits.len(), 2, "a fresh chain, handed to Ben alone");
        town.carry_around();
        assert_eq!(town.texts(BEN, room).len(), expected);
        assert_eq!(town.texts(CAT, room).len(), expected - 1);
    }
}

#[test]
fn a_chain_is_handed_again_to_who_has_not_said_that_they_have_it() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "0");
    // What goes to Ben is lost, and all later letters to him until he has the chain.
    let mut mail = town.mail();
    let message = mail.pop().unwrap();
    for envelope in mail.iter().chain([&message]) {
        town.bring(CAT, envelope);
    }
    for n in 1..AGAIN {
        town.write(ANN, room, &n.to_string());
        assert_eq!(town.deposits.len(), 1, "{n}");
        town.carry_around();
    }
    assert_eq!(town.texts(BEN, room), [""; 0]);
    town.write(ANN, room, "again");
    // So much is under way that it waits, and meanwhile neither says what came.
    town.wait_alone(ANN, millis(LONGEST_PACE));
    assert_eq!(town.deposits.len(), 3, "both were silent");
    town.carry_around();
    assert_eq!(town.texts(BEN, room), ["again"]);
    assert_eq!(town.texts(CAT, room).last().unwrap(), "again");
    // Ben writes, and says so what he has: Cat alone is handed it once more.
    town.write(BEN, town.direct(ANN, BEN), "hello");
    town.carry_around();
    town.wait(millis(DAY));
    // Lost, and with it that Cat has the chain.
    town.mail();
    town.write(ANN, room, "tomorrow");
    town.wait_alone(ANN, millis(LONGEST_PACE));
    assert_eq!(town.deposits.len(), 2);
    town.carry_around();
    assert_eq!(town.texts(BEN, room), ["again", "tomorrow"]);
}

#[test]
fn a_fresh_chain_begins_after_so_many_messages() {
    let (mut town, room) = room_apart();
    let most = usize::try_from(CHAIN_MESSAGES_MAX).unwrap();
    for n in 0..most {
        town.write(ANN, room, &n.to_string());
        town.carry_around();
        // Both say that they have it.
        if n == 0 {
            for who in [BEN, CAT] {
                town.write(who, town.direct(ANN, who), "hello");
            }
            town.carry_around();
        }
        if n % 30 == 0 {
            town.acknowledge();
        }
    }
    let before = chain(&mut town);
    assert_eq!(before.index(), CHAIN_MESSAGES_MAX, "max");
    town.write(ANN, room, "more");
    assert_eq!(town.deposits.len(), 3, "max + 1");
    assert_ne!(chain(&mut town).id(), before.id());
    town.carry_around();
    for who in [BEN, CAT] {
        assert_eq!(town.texts(who, room).len(), most + 1);
    }
}

/// Ann's chain as it is stored.
fn chain(town: &mut Town) -> SenderChain {
    let record = town.snapshot(ANN).sender_chains.remove(0);
    SenderChain::from_bytes(record.state.expose()).unwrap()
}

#[test]
fn whoever_is_let_in_later_reads_from_then_on() {
    let mut town = apart(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    town.mail();
    for n in 0..3 {
        town.write(ANN, room, &n.to_string());
    }
    let before = town.mail();
    let add = RoomChange::Add {
        person: town.person(DAN),
        whole_history: false,
    };
    town.change(ANN, room, add);
    town.connect(ANN, DAN);
    town.disconnect_all();
    town.mail();
    town.write(ANN, room, "welcome");
    let after = town.mail();
    assert_eq!(after.len(), 2, "one handover, and the message");
    for envelope in after.iter().chain(&before) {
        town.bring(DAN, envelope);
    }
    assert_eq!(town.texts(DAN, room), ["welcome"]);
}

#[test]
fn whoever_cannot_open_a_message_gets_it_from_any_member_in_a_session() {
    let (mut town, room) = room_apart();
    town.write(ANN, room, "hello");
    for envelope in town.mail() {
        town.bring(CAT, &envelope);
    }
    assert_eq!(town.texts(BEN, room), [""; 0]);
    town.connect(BEN, CAT);
    assert_eq!(town.texts(BEN, room), ["hello"]);
}

#[test]
fn what_a_member_forges_at_anothers_place_is_tried_so_often() {
    for (forged, is_read) in [(TRIES_MAX - 1, true), (TRIES_MAX, false)] {
        let (mut town, room) = room_apart();
        town.write(ANN, room, "one");
        town.carry_around();
        // Cat has the keys by which Ben reads Ann's next message, and signs what she likes.
        let anns = chain(&mut town).to_bytes();
        let (cat, mut rng) = (town.own(CAT), crate::rng::Rng::from_seed(&[3; 32]));
        let content = SessionMessage::Operations(Vec::new()).to_bytes();
        for _ in 0..forged {
            let postage = Postage {
                lifetime_hours: 1,
                priority: Priority::FIRST,
                purge: [0; 32],
            };
            let mut copy = SenderChain::from_bytes(&anns).unwrap();
            let own = cat.posing_as(&town.own(ANN));
            let envelope = copy.seal(&own, postage, &content, &mut rng).unwrap();
            town.bring(BEN, &envelope.to_bytes());
        }
        town.write(ANN, room, "two");
        town.carry_around();
        let read = town.texts(BEN, room).len() == 2;
        assert_eq!(read, is_read, "{forged}");
        town.connect(BEN, CAT);
        assert_eq!(town.texts(BEN, room), ["one", "two"]);
        assert_eq!(chain(&mut town).index(), 2);
    }
}

#[test]
fn a_message_of_who_is_not_known_here_yet_is_read_once_they_are() {
    // Ben hears that Cat is out, or not even that, and not that she is let in again.
    for hears in [true, false] {
        let mut town = apart(3);
        town.connect_all();
        let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
        town.disconnect_all();
        town.mail();
        town.write(CAT, room, "one");
        town.carry_around();
        remove_cat(&mut town, room);
        if hears {
            town.connect(ANN, BEN);
            town.disconnect_all();
        }
        let add = RoomChange::Add {
            person: town.person(CAT),
            whole_history: true,
        };
        town.change(ANN, room, add);
        town.connect(ANN, CAT);
        town.disconnect_all();
        town.mail();
        town.write(CAT, room, "two");
        let mail = town.mail();
        mail.iter().for_each(|envelope| town.bring(BEN, envelope));
        let two = |town: &Town, who| {
            let texts = town.texts(who, room).into_iter();
            texts.filter(|text| text == "two").count()
        };
        assert_eq!(two(&town, BEN), 0);
        assert_eq!(two(&town, ANN), 0, "Ann has not got it herself");
        town.connect(ANN, BEN);
        assert_eq!(two(&town, BEN), 1, "{hears}");
        mail.iter().for_each(|envelope| town.bring(BEN, envelope));
        assert_eq!(two(&town, BEN), 1, "{hears}");
    }
}

/// A second device of Cat's that all of a room know.
fn with_tablet() -> (Town, ConversationId, OwnIdentity) {
    let (mut town, room) = room_apart();
    let tablet = town.another_device(CAT, 60);
    for who in [ANN, BEN] {
        town.hand_control(who, room, &[&tablet], &[]);
    }
    town.mail();
    (town, room, tablet)
}

#[test]
fn a_device_that_the_room_was_told_is_somebodys_no_more_has_no_chain_of_later() {
    let (mut town, room, tablet) = with_tablet();
    town.write(ANN, room, "one");
    assert_eq!(town.mail().len(), 4, "three handovers, and the message");
    town.write(ANN, room, "two");
    assert_eq!(town.mail().len(), 1);
    let word = ControlBody::DeviceRevoked(DeviceRevokedBody {
        device: tablet.device(),
        cuts: Vec::new(),
    });
    let word = Forger::new(&town, town.own(CAT), ANN, room).write(&word);
    town.hand_control(ANN, room, &[], &[word]);
    town.write(ANN, room, "three");
    assert_eq!(town.mail().len(), 3, "a fresh chain, handed to two");
}

#[test]
fn a_device_whose_keys_are_known_to_nobody_holds_up_no_other() {
    let (mut town, room, _) = with_tablet();
    // Of the tablet a card is known, but nothing by which it would find a letter.
    town.restart_all();
    (0..3).for_each(|who| town.carry(who));
    town.write(ANN, room, "hello");
    town.carry_around();
    for who in [BEN, CAT] {
        assert_eq!(town.texts(who, room), ["hello"]);
    }
}

#[test]
fn whoever_makes_chains_begin_anew_leaves_room_for_letters() {
    let (mut town, room) = room_apart();
    let conversation = town.direct(ANN, BEN);
    for n in 0..TAG_WINDOW {
        // Each time another chain, which Ben is handed.
        for blocked in [false, true] {
            town.block(ANN, CAT, blocked);
            town.write(ANN, room, &n.to_string());
        }
    }
    town.mail();
    town.write(ANN, conversation, "to Ben");
    let letter = town.mail();
    assert_eq!(letter.len(), 1);
    town.bring(BEN, &letter[0]);
    assert_eq!(town.texts(BEN, conversation), ["to Ben"]);
}
