//! A member whose device forks its chain: a copy of its profile writes too.

use super::*;
use crate::operation::{Operation, SignedFork};

/// A room of four in which Dan wrote twice, and a copy of Dan's device. Nobody is connected.
fn forked() -> (Town, ConversationId, usize) {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    town.write(DAN, room, "first");
    town.write(DAN, room, "second");
    town.disconnect_all();
    let copy = town.copy(DAN);
    (town, room, copy)
}

/// Ben has what Dan wrote after that, and Cat what the copy did.
fn parted(by_dan: usize, by_copy: usize) -> (Town, ConversationId, usize) {
    let (mut town, room, copy) = forked();
    for n in 0..by_dan {
        town.write(DAN, room, &format!("by Dan {n}"));
    }
    for n in 0..by_copy {
        town.write(copy, room, &format!("by the copy {n}"));
    }
    town.connect(DAN, BEN);
    town.connect(copy, CAT);
    town.disconnect_all();
    (town, room, copy)
}

/// Where all three others end Dan's chain once they meet.
fn agreed_by_meeting(mut town: Town, room: ConversationId) -> (u64, Option<u64>) {
    for (one, other) in [(ANN, BEN), (BEN, CAT), (CAT, ANN)] {
        town.connect(one, other);
    }
    agreed(&town, room)
}

/// Where all three others, who have met, end Dan's chain.
fn agreed(town: &Town, room: ConversationId) -> (u64, Option<u64>) {
    let places = [ANN, BEN, CAT].map(|who| town.place(who, room, DAN));
    assert_eq!((places[0], places[1]), (places[1], places[2]));
    let vectors = [ANN, BEN, CAT].map(|who| {
        let mut vector = town.vector(who, room);
        vector.control = None;
        vector
    });
    assert_eq!((&vectors[0], &vectors[1]), (&vectors[1], &vectors[2]));
    (places[0].0, places[0].2)
}

#[test]
fn whoever_meets_with_two_branches_of_a_chain_ends_it_where_they_part() {
    for (by_dan, by_copy) in [(1, 1), (3, 1), (1, 3), (2, 2)] {
        let (mut town, room, _) = parted(by_dan, by_copy);
        assert_eq!(town.texts(BEN, room).len(), 2 + by_dan);
        assert_eq!(town.texts(CAT, room).len(), 2 + by_copy);
        town.connect(BEN, CAT);
        town.connect(BEN, ANN);
        assert_eq!(agreed(&town, room), (2, Some(2)), "{by_dan} and {by_copy}");
        for who in [ANN, BEN, CAT] {
            assert_eq!(town.texts(who, room), ["first", "second"]);
        }
    }
}

#[test]
fn a_device_that_wrote_more_than_its_copy_shows_whoever_met_the_copy_that_they_part() {
    for (by_dan, by_copy) in [(1, 2), (2, 1), (1, 40), (3, 3), (40, 60)] {
        let (mut town, room, copy) = forked();
        for n in 0..by_dan {
            town.write(DAN, room, &format!("by Dan {n}"));
        }
        town.connect(DAN, BEN);
        town.disconnect_all();
        for n in 0..by_copy {
            town.write(copy, room, &format!("by the copy {n}"));
        }
        town.connect(copy, BEN);
        assert_eq!(town.place(BEN, room, DAN).2, Some(2), "{by_dan}, {by_copy}");
        let refused = town.try_write(copy, room, "is it me?");
        assert_eq!(refused, Err(CommandError::OwnFork));
    }
}

#[test]
fn a_fork_is_traced_down_however_long_both_branches_are() {
    for (by_dan, by_copy) in [(40, 40), (100, 17), (16, 90)] {
        let (mut town, room, _) = parted(by_dan, by_copy);
        town.connect(CAT, BEN);
        town.connect(CAT, ANN);
        assert_eq!(agreed(&town, room), (2, Some(2)), "{by_dan} and {by_copy}");
    }
}

#[test]
fn whoever_was_not_there_learns_of_the_fork_and_takes_nothing_beyond_it() {
    let (mut town, room, _) = parted(5, 5);
    town.connect(BEN, CAT);
    town.disconnect_all();
    town.restart_all();
    town.connect(ANN, BEN);
    assert_eq!(agreed(&town, room), (2, Some(2)));
    town.disconnect_all();
    town.connect(DAN, ANN);
    town.write(ANN, room, "what is this?");
    assert_eq!(town.texts(ANN, room), ["first", "second", "what is this?"]);
}

#[test]
fn the_forked_device_learns_it_writes_no_more_and_still_reads() {
    let (mut town, room, copy) = parted(1, 1);
    town.connect(BEN, CAT);
    for (device, member) in [(DAN, BEN), (copy, CAT)] {
        town.disconnect_all();
        town.connect(device, member);
        let refused = town.try_write(device, room, "is it me?");
        assert_eq!(refused, Err(CommandError::OwnFork));
        town.restart(device);
        let refused = town.try_write(device, room, "after a restart?");
        assert_eq!(refused, Err(CommandError::OwnFork));
        town.connect(device, member);
        town.write(member, room, "hello");
        assert!(town.texts(device, room).contains(&"hello".to_owned()));
    }
}

#[test]
fn what_waited_beyond_a_gap_and_does_not_follow_ends_the_chain() {
    let (mut town, room, copy) = forked();
    town.write(DAN, room, "third");
    for text in ["another third", "another fourth"] {
        town.write(copy, room, text);
    }
    let (dans, copies) = (town.stored(DAN, room, DAN), town.stored(copy, room, copy));
    town.hand(BEN, room, &[&copies[3]]);
    assert!(town.texts(BEN, room).contains(&"another fourth".to_owned()));
    town.hand(BEN, room, &[&dans[2]]);
    // The third stands, as long as nobody shows another.
    assert_eq!(town.place(BEN, room, DAN).2, Some(3));
    assert_eq!(town.texts(BEN, room), ["first", "second", "third"]);
    town.hand(ANN, room, &[&copies[2], &copies[3]]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    assert_eq!(agreed(&town, room), (2, Some(2)));
}

#[test]
fn two_operations_beyond_a_gap_that_go_not_together_end_the_chain() {
    let (mut town, room, copy) = forked();
    for n in 3..=5 {
        town.write(DAN, room, &n.to_string());
        town.write(copy, room, &format!("another {n}"));
    }
    let (dans, copies) = (town.stored(DAN, room, DAN), town.stored(copy, room, copy));
    // In one place, and next to each other.
    for (who, others, through) in [(ANN, 3, 3), (BEN, 4, 4), (CAT, 2, 3)] {
        town.hand(who, room, &[&dans[3]]);
        town.hand(who, room, &[&copies[others]]);
        assert_eq!(town.place(who, room, DAN).2, Some(through), "{others}");
    }
    assert_eq!(agreed_by_meeting(town, room), (3, Some(3)));
}

/// Ann has the fourth of what Dan wrote, and Ben of what the copy did; nobody has a third.
fn forked_beyond_a_gap(is_connected: bool) -> (Town, ConversationId) {
    let (mut town, room, copy) = forked();
    for n in 3..=4 {
        town.write(DAN, room, &n.to_string());
        town.write(copy, room, &format!("another {n}"));
    }
    let (dans, copies) = (town.stored(DAN, room, DAN), town.stored(copy, room, copy));
    let meet = |town: &mut Town| {
        town.connect(ANN, CAT);
        town.connect(BEN, CAT);
    };
    if is_connected {
        meet(&mut town);
    }
    town.hand(ANN, room, &[&dans[3]]);
    town.hand(BEN, room, &[&copies[3]]);
    if !is_connected {
        meet(&mut town);
    }
    (town, room)
}

#[test]
fn what_is_signed_differently_beyond_a_gap_is_found_out_by_those_who_meet() {
    for is_connected in [false, true] {
        let (town, room) = forked_beyond_a_gap(is_connected);
        assert_eq!(agreed(&town, room), (2, Some(3)), "{is_connected}");
        for who in [ANN, BEN, CAT] {
            assert_eq!(town.texts(who, room), ["first", "second"], "{who}");
        }
    }
}

/// Ann has these of what Dan wrote, and meets Ben, who meets Cat. Returns how many frames each sends then
/// when she writes.
fn frames_of_a_message(given: &[usize]) -> (Town, ConversationId, [usize; 3]) {
    let (mut town, room, _) = forked();
    for n in 3..=9 {
        town.write(DAN, room, &n.to_string());
    }
    let dans = town.stored(DAN, room, DAN);
    let given: Vec<&Operation> = given.iter().map(|place| &dans[*place]).collect();
    town.hand(ANN, room, &given);
    town.connect(ANN, BEN);
    town.connect(BEN, CAT);
    let frames = |town: &Town| [ANN, BEN, CAT].map(|who| town.frames(who));
    let before = frames(&town);
    town.write(ANN, room, "hello");
    let mut sent = frames(&town);
    sent.iter_mut()
        .zip(before)
        .for_each(|(sent, before)| *sent -= before);
    (town, room, sent)
}

#[test]
fn what_waits_beyond_a_gap_reaches_all_and_is_told_once() {
    let (_, _, usual) = frames_of_a_message(&[]);
    let (mut town, room, sent) = frames_of_a_message(&[4, 5, 6, 8]);
    assert_eq!(sent, usual);
    let texts = ["first", "second", "hello", "5", "6", "7", "9"];
    for who in [ANN, BEN, CAT] {
        assert_eq!(town.texts(who, room), texts, "{who}");
    }
    assert_eq!(town.vector(ANN, room).waiting.len(), 2);
    town.connect(DAN, CAT);
    for who in [ANN, BEN, CAT] {
        assert_eq!(town.texts(who, room).len(), 10, "{who}");
        assert!(town.vector(who, room).waiting.is_empty());
    }
}

#[test]
fn a_dispute_that_was_broken_off_is_taken_up_by_the_next_session() {
    let (mut town, room, copy) = forked();
    town.write(DAN, room, "third");
    for text in ["another third", "another fourth"] {
        town.write(copy, room, text);
    }
    let (dans, copies) = (town.stored(DAN, room, DAN), town.stored(copy, room, copy));
    town.hand(BEN, room, &[&copies[3]]);
    town.hand_and_crash(BEN, room, &dans[2]);
    assert_eq!(town.place(BEN, room, DAN).2, None);
    town.connect(BEN, ANN);
    assert_eq!(town.place(BEN, room, DAN).2, Some(3));
}

#[test]
fn three_branches_end_at_the_lowest_parting_whoever_meets_first() {
    for order in [
        [(BEN, CAT), (CAT, ANN), (ANN, BEN)],
        [(ANN, BEN), (BEN, CAT), (CAT, ANN)],
    ] {
        let (mut town, room, copy) = forked();
        town.write(DAN, room, "third");
        let later = town.copy(DAN);
        town.write(DAN, room, "fourth of Dan");
        town.write(later, room, "fourth of the later copy");
        town.write(copy, room, "third of the copy");
        for (device, member) in [(DAN, ANN), (later, BEN), (copy, CAT)] {
            town.connect(device, member);
            town.disconnect_all();
        }
        for (one, other) in order {
            town.connect(one, other);
        }
        assert_eq!(agreed(&town, room), (2, Some(2)));
    }
}

#[test]
fn whoever_shows_control_and_content_of_one_number_as_a_fork_is_not_believed() {
    let (mut town, room) = super::room();
    town.write(ANN, room, "first");
    let control = town.controls(BEN, room);
    let content = town.stored(BEN, room, ANN);
    let mut both = [&control[0], content[0].signed()];
    both.sort_by_key(|operation| operation.id());
    let [first, second] = both.map(Clone::clone);
    let whole = SignedFork { first, second };
    let mut bare = whole.clone();
    bare.first.body = None;
    bare.second.body = None;
    for claim in [whole, bare] {
        assert!(town.show_fork(CAT, room, claim));
        assert_eq!(town.place(CAT, room, ANN).2, None);
    }
    assert_eq!(town.cut(CAT, room, ANN), None);
    town.write(ANN, room, "second");
    assert_eq!(town.texts(CAT, room), ["first", "second"]);
}

#[test]
fn whose_chain_forked_is_neither_told_nor_shown_as_one_who_types() {
    let (mut town, room, _) = parted(1, 1);
    town.connect(BEN, CAT);
    assert_eq!(town.place(BEN, room, DAN).2, Some(2));
    town.connect(DAN, BEN);
    town.say(DAN, BEN, &crate::sync::SessionMessage::Typing(room));
    assert_eq!(town.typing(BEN, room), [0; 0]);
    let conversation = room;
    town.command(BEN, crate::engine::Command::Typing { conversation })
        .unwrap();
    assert_eq!(town.typing(CAT, room), [BEN]);
    assert_eq!(town.typing(DAN, room), [0; 0]);
}

#[test]
fn an_older_copy_that_is_shown_what_its_device_did_to_a_room_stays_silent_after_a_restart() {
    let mut town = Town::of(2);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN]);
    town.write(ANN, room, "one");
    town.disconnect_all();
    let copy = town.copy(ANN);
    let title = |title: &str| RoomChange::Title {
        title: title.to_owned(),
    };
    town.change(ANN, room, title("House"));
    town.connect(ANN, BEN);
    town.disconnect_all();
    town.connect(copy, BEN);
    for is_restarted in [false, true] {
        let refused = Err(CommandError::OwnFork);
        assert_eq!(town.try_write(copy, room, "me?"), refused, "{is_restarted}");
        assert_eq!(town.try_change(copy, room, title("Shed")), refused);
        town.restart_all();
    }
    town.connect(copy, BEN);
    town.connect(ANN, BEN);
    town.write(ANN, room, "two");
    assert_eq!(town.texts(BEN, room), ["one", "two"]);
    assert_eq!(town.place(BEN, room, ANN).2, None);
}

#[test]
fn of_a_long_chain_no_more_is_read_for_a_dispute_than_is_looked_at() {
    let (mut town, room, copy) = forked();
    for n in 0..100 {
        town.write(DAN, room, &format!("by Dan {n}"));
    }
    town.connect(DAN, BEN);
    town.disconnect_all();
    for n in 0..101 {
        town.write(copy, room, &format!("by the copy {n}"));
    }
    town.connect(copy, BEN);
    town.disconnect_all();
    assert_eq!(town.place(BEN, room, DAN).2, Some(2));
    let again = town.stored(BEN, room, DAN).swap_remove(0);
    town.read(BEN);
    town.hand(BEN, room, &[&again]);
    let read = town.read(BEN);
    assert!((1..=18).contains(&read), "{read}");
}
