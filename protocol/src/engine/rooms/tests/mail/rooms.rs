//! Rooms by mail alone: made, joined, changed and left by people who are never there together.

use super::{DAY, Town, apart, millis};
use crate::engine::RoomChange;
use crate::engine::rooms::tests::{ANN, BEN, CAT, DAN};
use crate::id::ConversationId;

/// A room of three that was made while all were apart.
fn made_apart() -> (Town, ConversationId) {
    let mut town = apart(3);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.carry_around();
    (town, room)
}

#[test]
fn a_room_comes_about_by_mail_and_all_in_it_write_to_all() {
    let (mut town, room) = made_apart();
    for (who, text) in [(ANN, "welcome"), (BEN, "hello"), (CAT, "good evening")] {
        town.write(who, room, text);
        town.carry_around();
    }
    for who in [ANN, BEN, CAT] {
        let mut texts = town.texts(who, room);
        texts.sort_unstable();
        assert_eq!(texts, ["good evening", "hello", "welcome"], "{who}");
    }
}

#[test]
fn members_who_never_met_are_introduced_by_mail() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.share_secrets();
    (0..3).for_each(|who| town.carry(who));
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.carry_around();
    town.write(BEN, room, "who is there?");
    town.carry_around();
    town.write(CAT, room, "I am");
    town.carry_around();
    for who in [ANN, BEN, CAT] {
        assert_eq!(town.texts(who, room), ["who is there?", "I am"], "{who}");
    }
}

#[test]
fn whoever_is_put_out_by_mail_learns_so_and_reads_no_more() {
    let (mut town, room) = made_apart();
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    town.carry_around();
    town.write(BEN, room, "without Cat");
    town.carry_around();
    assert_eq!(town.texts(ANN, room), ["without Cat"]);
    assert_eq!(town.texts(CAT, room), [""; 0]);
    assert!(!town.replica(CAT, room).takes_part());
}

#[test]
fn whoever_leaves_by_mail_is_written_to_no_more() {
    let (mut town, room) = made_apart();
    town.change(CAT, room, RoomChange::Leave);
    town.carry_around();
    for who in [ANN, BEN] {
        let person = town.person(CAT);
        assert!(!town.room(who, room).is_member(&person), "{who}");
    }
    town.write(ANN, room, "Cat is gone");
    town.carry_around();
    assert_eq!(town.texts(BEN, room), ["Cat is gone"]);
    assert_eq!(town.texts(CAT, room), [""; 0]);
}

#[test]
fn a_title_and_a_role_come_by_mail() {
    let (mut town, room) = made_apart();
    let title = "Orchard".to_owned();
    town.change(ANN, room, RoomChange::Title { title });
    let (person, role) = (town.person(BEN), crate::room::Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    town.carry_around();
    let person = town.person(CAT);
    town.change(BEN, room, RoomChange::Remove { person });
    town.carry_around();
    assert!(!town.room(ANN, room).is_member(&person));
    for who in [ANN, BEN] {
        assert_eq!(town.shown(who, room).unwrap().title, "Orchard", "{who}");
    }
}

#[test]
fn a_large_room_comes_by_letters_in_whatever_order_and_whenever_a_program_ends() {
    let mut town = apart(3);
    let room = town.make_room(ANN, "Garden", &[BEN]);
    for n in 0..300 {
        let title = format!("Garden {n} {}", "x".repeat(40));
        town.change(ANN, room, RoomChange::Title { title });
    }
    town.mail();
    let add = RoomChange::Add {
        person: town.person(CAT),
        whole_history: true,
    };
    town.change(ANN, room, add);
    let mail = town.mail();
    assert!(mail.len() > 1, "{} letters", mail.len());
    for envelope in mail.iter().rev() {
        town.bring(CAT, envelope);
        // What came is there also after the program ended.
        town.crash(CAT);
        town.carry(CAT);
    }
    assert_eq!(town.shown(CAT, room).unwrap().members.len(), 3);
    assert_eq!(town.kept(CAT).mailed_control, []);
}

#[test]
fn what_was_written_before_a_removal_that_turns_out_void_is_mailed_to_whom_it_put_out() {
    let mut town = apart(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    let (person, role) = (town.person(BEN), crate::room::Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    town.disconnect_all();
    town.write(DAN, room, "is anybody there?");
    town.mail();
    let person = town.person(CAT);
    town.change(BEN, room, RoomChange::Remove { person });
    town.mail()
        .iter()
        .for_each(|letter| town.bring(DAN, letter));
    let device = town.own(CAT).device();
    assert!(town.replica(DAN, room).owed_to(&person, &device).is_empty());
    // Ann, who let both in, put Ben out at the same time.
    let ben = town.person(BEN);
    town.change(ANN, room, RoomChange::Remove { person: ben });
    let letters = town.mail();
    letters.iter().for_each(|letter| town.bring(DAN, letter));
    assert_eq!(town.replica(DAN, room).owed_to(&person, &device).len(), 1);
    for _ in 0..2 {
        town.wait(millis(4 * DAY));
        town.mail()
            .iter()
            .for_each(|letter| town.bring(CAT, letter));
    }
    assert_eq!(town.texts(CAT, room), ["is anybody there?"]);
}
