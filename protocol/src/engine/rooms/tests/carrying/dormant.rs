//! Devices that were silent for long: nothing is sealed to them, and they catch up in a session.

use super::*;

#[test]
fn to_who_was_silent_for_thirty_days_nothing_is_sealed_and_a_session_brings_all() {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, CAT);
    town.disconnect_all();
    town.mail();
    town.wait(millis(30 * DAY));
    town.write(ANN, conversation, "the last by mail");
    assert_eq!(town.mail().len(), 1, "so long, and no longer");
    town.wait(1);
    town.write(ANN, conversation, "by hand");
    assert!(town.mail().is_empty());
    town.wait(millis(8 * DAY));
    assert!(town.mail().is_empty(), "nor is it sealed again");
    for seq in 1..=2 {
        assert_eq!(
            town.state(ANN, conversation, CAT, seq),
            DeliveryState::Queued
        );
    }
    assert_eq!(town.kept(ANN).deposits, []);
    town.connect(CAT, ANN);
    let texts = ["the last by mail", "by hand"];
    assert_eq!(town.texts(CAT, conversation), texts);
    assert_eq!(
        town.state(ANN, conversation, CAT, 2),
        DeliveryState::Delivered
    );
    town.disconnect_all();
    town.write(ANN, conversation, "by mail again");
    assert_eq!(town.mail().len(), 1);
}

#[test]
fn a_letter_of_a_silent_device_ends_its_silence() {
    let (mut town, conversation) = friend_between();
    town.connect(ANN, CAT);
    town.disconnect_all();
    town.wait_alone(ANN, millis(31 * DAY));
    town.write(ANN, conversation, "not sealed");
    town.mail();
    town.write(CAT, conversation, "I am here");
    town.pass_by(CAT, BEN);
    town.pass_by(BEN, ANN);
    assert_eq!(town.texts(ANN, conversation).len(), 2);
    town.write(ANN, conversation, "sealed");
    let letters = town.kept(ANN).deposits.iter();
    assert!(letters.clone().any(|letter| letter.enclosed.is_some()));
}

#[test]
fn a_silent_member_holds_up_nobody_in_a_room() {
    let mut town = carriers(Town::of(4));
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[CAT, DAN]);
    town.disconnect_all();
    // Of Dan something is heard now and then, of Cat nothing.
    for _ in 0..7 {
        town.wait(millis(5 * DAY));
        town.connect(ANN, DAN);
        town.disconnect_all();
    }
    town.mail();
    town.write(ANN, room, "hello");
    let sealed = town.mail();
    assert_eq!(sealed.len(), 2, "a handover to Dan, and the message");
    town.pass_by(ANN, BEN);
    town.pass_by(BEN, DAN);
    assert_eq!(town.texts(DAN, room), ["hello"]);
    town.pass_by(BEN, CAT);
    assert_eq!(town.texts(CAT, room), [""; 0]);
    let person = town.person(CAT);
    let of_room = town.kept(ANN).deposits.iter();
    let mut of_room = of_room.filter(|deposit| deposit.device.is_none());
    assert!(of_room.all(|deposit| !deposit.people.contains(&person)));
    town.connect(ANN, CAT);
    assert_eq!(town.texts(CAT, room), ["hello"]);
}
