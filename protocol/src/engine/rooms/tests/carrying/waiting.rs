//! What comes under a tag before we await it.

use super::*;
use crate::pair::TAG_WINDOW;

#[test]
fn what_a_member_writes_before_we_know_of_the_room_is_read_when_we_do() {
    let mut town = carriers(Town::knowing(4, &[(ANN, DAN), (ANN, CAT)]));
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[DAN, CAT]);
    town.disconnect_all();
    town.write(CAT, room, "hello");
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, DAN);
    assert!(town.shown(DAN, room).is_none());
    assert!(
        town.for_others(DAN).len() >= 2,
        "the handover, and the message"
    );
    // A restart forgets nothing of it.
    town.restart(DAN);
    town.carry(DAN);
    assert_eq!(town.texts(ANN, room), [""; 0], "Ann has not got it");
    town.connect(ANN, DAN);
    assert_eq!(town.texts(DAN, room), ["hello"]);
}

#[test]
fn what_comes_out_of_order_and_ahead_of_what_is_looked_for_is_read_all_the_same() {
    let (mut town, conversation) = strangers_between(1);
    let most = usize::try_from(TAG_WINDOW).unwrap();
    // Ann hears how far Cat looks; Cat is never brought the first.
    for n in 0..most {
        town.write(ANN, conversation, &n.to_string());
        town.wait_alone(ANN, millis(HOUR / 6));
    }
    let mail = town.mail();
    assert_eq!(mail.len(), most);
    let stranger = town.stranger(CAT, 1);
    for envelope in mail.iter().rev() {
        town.hand_over(stranger, envelope);
    }
    assert_eq!(town.texts(CAT, conversation).len(), most);
}

#[test]
fn what_came_while_nothing_was_carried_is_not_kept_and_what_was_kept_before_is_read_after() {
    let mut town = carriers(Town::knowing(4, &[(ANN, DAN), (ANN, CAT)]));
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[DAN, CAT]);
    town.disconnect_all();
    town.write(CAT, room, "hello");
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, DAN);
    let kept = town.for_others(DAN);
    town.hand_input(DAN, crate::engine::Input::Carry(None));
    let bytes = small(1).to_bytes();
    town.bring(DAN, &bytes);
    assert_eq!(town.for_others(DAN), kept);
    town.connect(ANN, DAN);
    assert_eq!(town.texts(DAN, room), [""; 0]);
    town.disconnect_all();
    town.carry(DAN);
    assert_eq!(town.texts(DAN, room), ["hello"]);
}

#[test]
fn who_carries_no_longer_has_no_neighbours_and_who_does_again_has_them_back() {
    let (mut town, conversation) = strangers_between(1);
    town.neighbour(ANN, BEN);
    town.neighbour(BEN, CAT);
    town.hand_input(BEN, crate::engine::Input::Carry(None));
    assert!(!town.are_neighbours(ANN, BEN) && !town.are_neighbours(BEN, CAT));
    town.write(ANN, conversation, "hello");
    town.wait(millis(HOUR));
    assert_eq!(town.kept(BEN).carried, []);
    assert!(!town.are_neighbours(ANN, BEN));
    town.carry(BEN);
    assert!(town.are_neighbours(BEN, CAT), "Ben dialled");
    town.wait(millis(HOUR));
    assert!(town.are_neighbours(ANN, BEN), "Ann dialled");
    assert_eq!(town.texts(CAT, conversation), ["hello"]);
}
