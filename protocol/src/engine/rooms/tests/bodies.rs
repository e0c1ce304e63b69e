//! A member who passes on what others write and keeps the texts to themselves.

use super::*;
use crate::operation::{Operation, SignedOperation};
use crate::sync::SessionMessage;
use crate::wire::limits::NOISE_PLAINTEXT_BYTES_MAX;

/// Ann's room with Ben and Cat, who cuts off the bodies of what she passes on. Nobody is connected.
fn cut() -> (Town, ConversationId) {
    let (mut town, room) = room();
    town.disconnect_all();
    town.cut_bodies(CAT);
    (town, room)
}

/// An operation without its body.
fn cut_off(operation: &Operation) -> Operation {
    let signed = SignedOperation {
        body: None,
        ..operation.signed().clone()
    };
    Operation::stored(signed).unwrap()
}

/// Has Cat learn what Ann wrote, and Ben learn it from her.
fn pass_on(town: &mut Town) {
    for (one, other) in [(ANN, CAT), (CAT, BEN)] {
        town.connect(one, other);
        town.disconnect_all();
    }
}

#[test]
fn a_text_that_a_relay_cut_off_comes_from_its_author() {
    for restarts in [false, true] {
        let (mut town, room) = cut();
        town.write(ANN, room, "meet at five");
        pass_on(&mut town);
        assert_eq!(
            town.vector(BEN, room).positions,
            town.vector(ANN, room).positions
        );
        assert_eq!(town.texts(BEN, room), [""; 0]);
        if restarts {
            town.restart_all();
        }
        assert!(!town.is_delivered(ANN, BEN, 1));
        town.connect(BEN, ANN);
        assert_eq!(town.texts(BEN, room), ["meet at five"]);
        assert!(town.is_delivered(ANN, BEN, 1));
    }
}

#[test]
fn a_text_that_was_cut_off_during_the_session_comes_from_its_author_all_the_same() {
    let (mut town, room) = cut();
    town.connect(CAT, BEN);
    town.connect(ANN, CAT);
    town.write(ANN, room, "meet at five");
    assert_eq!(town.texts(BEN, room), [""; 0]);
    town.connect(ANN, BEN);
    town.write(ANN, room, "or at six");
    assert_eq!(town.texts(BEN, room), ["meet at five", "or at six"]);
    assert!(town.is_delivered(ANN, BEN, 1) && town.is_delivered(ANN, BEN, 2));
}

#[test]
fn a_text_whose_author_is_gone_comes_from_whoever_has_it() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    town.disconnect_all();
    town.cut_bodies(CAT);
    town.write(ANN, room, "the key is under the stone");
    town.connect(ANN, DAN);
    town.disconnect_all();
    pass_on(&mut town);
    town.connect(BEN, DAN);
    assert_eq!(town.texts(BEN, room), ["the key is under the stone"]);
    assert!(!town.is_delivered(ANN, BEN, 1), "nobody has told her");
    town.connect(ANN, BEN);
    assert!(town.is_delivered(ANN, BEN, 1));
}

#[test]
fn a_text_that_its_author_gave_to_some_alone_comes_to_all() {
    let (mut town, room) = room();
    town.disconnect_all();
    town.write(ANN, room, "for Cat alone");
    let written = town.stored(ANN, room, ANN);
    town.hand(BEN, room, &[&cut_off(&written[0])]);
    town.hand(CAT, room, &[&written[0]]);
    town.connect(BEN, CAT);
    assert_eq!(town.texts(BEN, room), ["for Cat alone"]);
}

#[test]
fn a_text_from_before_a_fork_comes_all_the_same() {
    let (mut town, room) = room();
    town.disconnect_all();
    town.write(CAT, room, "first");
    let copy = town.copy(CAT);
    town.write(CAT, room, "second");
    town.write(copy, room, "another second");
    let (cats, copies) = (town.stored(CAT, room, CAT), town.stored(copy, room, copy));
    town.hand(BEN, room, &[&cut_off(&cats[0]), &cats[1]]);
    town.hand(BEN, room, &[&copies[1]]);
    assert_eq!(town.place(BEN, room, CAT).2, Some(1));
    assert_eq!(town.texts(BEN, room), [""; 0]);
    town.hand(ANN, room, &[&cats[0]]);
    town.connect(BEN, ANN);
    assert_eq!(town.texts(BEN, room), ["first"]);
}

#[test]
fn a_text_that_two_asked_for_before_it_came_is_handed_on_to_both() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    town.disconnect_all();
    town.write(ANN, room, "meet at five");
    let written = town.stored(ANN, room, ANN);
    for who in [BEN, CAT, DAN] {
        town.hand(who, room, &[&cut_off(&written[0])]);
    }
    // Both ask before Ben has looked for either.
    town.link(BEN, CAT);
    town.link(BEN, DAN);
    town.run();
    town.connect(BEN, ANN);
    town.disconnect_all();
    town.connect(BEN, CAT);
    town.connect(BEN, DAN);
    for who in [BEN, CAT, DAN] {
        assert_eq!(town.texts(who, room), ["meet at five"]);
    }
}

#[test]
fn what_more_comes_without_its_text_costs_the_same_however_much_did_before() {
    let costs = [2, 60].map(|before| {
        let (mut town, room) = room();
        town.disconnect_all();
        for n in 0..before {
            town.write(ANN, room, &format!("message {n}"));
        }
        let written = town.stored(ANN, room, ANN);
        for two in written.chunks(2) {
            for who in [BEN, CAT] {
                town.hand(who, room, &[&cut_off(&two[0]), &two[1]]);
            }
        }
        town.connect(BEN, CAT);
        town.write(ANN, room, "one more");
        let more = town.stored(ANN, room, ANN).pop().unwrap();
        let said = town.bytes(BEN, CAT);
        town.hand(BEN, room, &[&cut_off(&more)]);
        town.bytes(BEN, CAT) - said
    });
    assert!(0 < costs[0] && costs[1] < costs[0] + 50, "{costs:?}");
}

#[test]
fn a_second_operation_under_the_number_of_a_text_that_was_kept_back_proves_a_fork() {
    let (mut town, room) = room();
    town.disconnect_all();
    let copy = town.copy(CAT);
    town.write(CAT, room, "meet at five");
    town.write(CAT, room, "see you there");
    town.write(copy, room, "meet at six");
    let (cats, copies) = (town.stored(CAT, room, CAT), town.stored(copy, room, copy));
    town.hand(BEN, room, &[&cut_off(&cats[0]), &cats[1]]);
    assert_eq!(town.place(BEN, room, CAT).2, None);
    town.hand(BEN, room, &[&copies[0]]);
    assert_eq!(town.place(BEN, room, CAT).2, Some(0));
}

#[test]
fn what_comes_without_its_text_during_a_session_is_asked_for_in_it() {
    let (mut town, room) = room();
    town.disconnect_all();
    town.write(ANN, room, "first");
    town.write(ANN, room, "second");
    let later = town.stored(ANN, room, ANN).remove(1);
    town.connect(BEN, CAT);
    // Before Cat can tell that she has it.
    town.slip(CAT, room, &[&later]);
    town.hand(BEN, room, &[&cut_off(&later)]);
    assert_eq!(town.texts(BEN, room), ["second"]);
}

#[test]
fn whatever_is_said_of_a_message_comes_whole_like_its_text() {
    let (mut town, room) = cut();
    town.write(ANN, room, "meet at five");
    let emoji = "+".to_owned();
    let edit = Content::Edit {
        text: "meet at six".to_owned(),
    };
    let reaction = Content::Reaction { emoji, set: true };
    for content in [edit, reaction, Content::Pin { set: true }, Content::Delete] {
        town.add(ANN, room, content);
    }
    pass_on(&mut town);
    let bodies = |town: &Town, who| {
        let held = town.stored(who, room, ANN);
        held.iter()
            .filter(|operation| operation.body().is_some())
            .count()
    };
    assert_eq!(bodies(&town, BEN), 0);
    town.connect(ANN, BEN);
    assert_eq!(bodies(&town, BEN), 5);
    assert!((1..=5).all(|seq| town.is_delivered(ANN, BEN, seq)));
}

#[test]
fn of_many_texts_that_were_cut_off_here_and_there_all_come_from_their_author() {
    let (mut town, room) = cut();
    let count = 3 * crate::wire::limits::ERASED_RANGES_MAX;
    for n in 0..count {
        town.write(ANN, room, &n.to_string());
    }
    // Every second one reaches Ben whole.
    let written = town.stored(ANN, room, ANN);
    let handed: Vec<Operation> = written
        .iter()
        .map(|operation| match operation.header().seq % 2 {
            0 => operation.clone(),
            _ => cut_off(operation),
        })
        .collect();
    town.hand(BEN, room, &handed.iter().collect::<Vec<_>>());
    assert_eq!(town.texts(BEN, room).len(), count / 2);
    town.connect(ANN, BEN);
    assert_eq!(town.texts(BEN, room), town.texts(ANN, room));
    let last = u64::try_from(count).unwrap();
    assert!((1..=last).all(|seq| town.is_delivered(ANN, BEN, seq)));
}

#[test]
fn what_its_author_gave_up_is_looked_up_once_and_stays_without_its_text() {
    let (mut town, room) = cut();
    town.write(ANN, room, "never mind");
    town.cancel(ANN, room, 1);
    for loads in [2, 0, 0] {
        town.loads(ANN);
        town.connect(ANN, BEN);
        // One to serve it, one to see whether it has a body.
        assert_eq!(town.loads(ANN), loads);
        assert_eq!(town.texts(BEN, room), [""; 0]);
        town.disconnect_all();
    }
    assert!(!town.is_delivered(ANN, BEN, 1));
}

#[test]
fn a_relay_that_has_no_body_either_says_nothing_more_of_it() {
    let (mut town, room) = cut();
    town.write(ANN, room, "meet at five");
    pass_on(&mut town);
    let carried = |town: &mut Town| {
        let before = town.carried;
        town.connect(BEN, CAT);
        town.disconnect_all();
        town.carried - before
    };
    let first = carried(&mut town);
    assert_eq!(carried(&mut town), first);
    assert_eq!(town.texts(BEN, room), [""; 0]);
}

#[test]
fn whoever_says_again_and_again_that_they_lack_a_text_is_sent_it_once_a_session() {
    let (mut town, room) = room();
    let text = "x".repeat(10_000);
    town.write(ANN, room, &text);
    for _ in 0..2 {
        let mut carried = [0; 3];
        for carried in &mut carried {
            let before = town.carried;
            town.claim_bodiless(BEN, ANN, room, 7);
            *carried = town.carried - before;
        }
        assert!(carried[0] > text.len(), "{carried:?}");
        assert_eq!(carried[1..], [0, 0]);
        town.disconnect_all();
        town.connect(BEN, ANN);
    }
}

#[test]
fn what_is_not_for_somebody_is_not_sent_to_them_however_they_ask_for_it() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.write(ANN, room, "for those who are in");
    let add = RoomChange::Add {
        person: town.person(DAN),
        whole_history: false,
    };
    town.change(ANN, room, add);
    let remove = RoomChange::Remove {
        person: town.person(CAT),
    };
    town.change(ANN, room, remove);
    town.write(ANN, room, "for those who are in now");
    assert_eq!(town.texts(DAN, room), ["for those who are in now"]);
    for (who, to, sent) in [
        (CAT, ANN, false),
        (CAT, BEN, false),
        (DAN, ANN, true),
        (DAN, BEN, true),
    ] {
        let before = town.carried;
        town.claim_bodiless(who, to, room, 2);
        assert_eq!(town.carried > before, sent, "{who} of {to}");
    }
    assert_eq!(town.texts(DAN, room), ["for those who are in now"]);
    assert_eq!(town.texts(CAT, room), ["for those who are in"]);
}

#[test]
fn what_does_not_fit_a_message_of_ours_is_no_misbehaviour_of_who_was_to_hear_it() {
    let (mut town, room) = room();
    let one = "x".repeat(1024);
    let addresses = vec![one; NOISE_PLAINTEXT_BYTES_MAX.div_ceil(1024)];
    town.say(ANN, BEN, &SessionMessage::Addresses(addresses));
    town.write(ANN, room, "still here");
    assert_eq!(town.texts(BEN, room), ["still here"]);
}
