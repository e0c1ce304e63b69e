//! Where a room begins for somebody who was let in, and then otherwise.

use super::hostile::Forger;
use super::*;
use crate::id::{ActorId, OperationId};
use crate::room::RemoveBody;
use crate::sync::Position;

const NOWHERE: OperationId = OperationId::new([0xee; 32]);

fn let_in(town: &mut Town, room: ConversationId, who: usize, whole_history: bool) {
    let person = town.person(who);
    let add = RoomChange::Add {
        person,
        whole_history,
    };
    town.change(ANN, room, add);
}

fn put_out(town: &mut Town, room: ConversationId, who: usize) {
    let person = town.person(who);
    town.change(ANN, room, RoomChange::Remove { person });
}

/// Ann's room with Ben, an admin, and Cat, in which Ann and Cat have written.
fn a_room_that_has_begun() -> (Town, ConversationId) {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let (person, role) = (town.person(BEN), Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    town.write(ANN, room, "one");
    town.write(CAT, room, "two");
    (town, room)
}

#[test]
fn whoever_is_let_in_again_with_all_of_it_gets_all_of_it() {
    for is_connected in [true, false] {
        let (mut town, room) = a_room_that_has_begun();
        let_in(&mut town, room, DAN, false);
        town.write(ANN, room, "three");
        town.write(CAT, room, "four");
        assert_eq!(town.texts(DAN, room), ["three", "four"]);
        if !is_connected {
            town.disconnect_all();
        }
        put_out(&mut town, room, DAN);
        town.write(ANN, room, "five");
        let_in(&mut town, room, DAN, true);
        town.write(ANN, room, "six");
        if !is_connected {
            town.restart_all();
            town.connect(ANN, DAN);
        }
        let texts = ["one", "two", "three", "four", "five", "six"];
        assert_eq!(town.texts(DAN, room), texts, "{is_connected}");
        assert_eq!(town.place(DAN, room, ANN), town.place(ANN, room, ANN));
        assert_eq!(town.place(DAN, room, CAT), town.place(ANN, room, CAT));
        assert!((1..=4).all(|seq| town.is_delivered(ANN, DAN, seq)));
        // What comes next follows, and holds at a start.
        town.restart_all();
        town.write(ANN, room, "seven");
        town.connect(ANN, DAN);
        assert_eq!(town.texts(DAN, room).len(), 7, "{is_connected}");
    }
}

#[test]
fn what_was_held_before_is_read_back_and_not_asked_for_again() {
    let (mut town, room) = a_room_that_has_begun();
    let_in(&mut town, room, DAN, false);
    for _ in 0..50 {
        town.write(ANN, room, &"x".repeat(1000));
    }
    town.disconnect_all();
    put_out(&mut town, room, DAN);
    let_in(&mut town, room, DAN, true);
    town.connect(ANN, CAT);
    let before = town.bytes(CAT, DAN);
    town.connect(CAT, DAN);
    let sent = town.bytes(CAT, DAN) - before;
    assert_eq!(town.texts(DAN, room).len(), 52);
    assert_eq!(town.place(DAN, room, ANN), town.place(ANN, room, ANN));
    assert!(sent < 20_000, "{sent}");
}

#[test]
fn a_crash_before_it_is_read_back_loses_nothing() {
    let (mut town, room) = a_room_that_has_begun();
    let_in(&mut town, room, DAN, false);
    town.write(ANN, room, "three");
    town.disconnect_all();
    put_out(&mut town, room, DAN);
    let_in(&mut town, room, DAN, true);
    town.link(ANN, DAN);
    town.run_until(|town| town.place(DAN, room, ANN).0 == 0);
    assert_eq!(town.place(DAN, room, ANN).0, 0);
    town.crash(DAN);
    town.connect(ANN, DAN);
    assert_eq!(town.texts(DAN, room), ["one", "two", "three"]);
    assert_eq!(town.place(DAN, room, ANN), town.place(ANN, room, ANN));
}

#[test]
fn whoever_is_let_in_anew_with_all_of_it_is_not_deaf_after_a_lie_that_was_mended() {
    for is_connected in [true, false] {
        let (mut town, room) = a_room_that_has_begun();
        let actor = ActorId::of(town.own(ANN).device(), room, AdmissionId::from(room));
        let mut ben = Forger::new(&town, town.own(BEN), ANN, room);
        ben.parents = town.room(ANN, room).heads();
        let add = ben.write(&ControlBody::Add(AddBody {
            person: town.person(DAN),
            role: Role::Member,
            since: Some(vec![Position {
                actor,
                seq: 1 << 62,
                head: NOWHERE,
            }]),
        }));
        town.hand_control(ANN, room, &[], &[add]);
        town.write(ANN, room, "three");
        if !is_connected {
            town.disconnect_all();
        }
        put_out(&mut town, room, BEN);
        if town.room(ANN, room).is_member(&town.person(DAN)) {
            put_out(&mut town, room, DAN);
        }
        let_in(&mut town, room, DAN, true);
        if !is_connected {
            town.restart_all();
            town.connect(ANN, DAN);
        }
        town.write(ANN, room, "four");
        let texts = ["one", "two", "three", "four"];
        assert_eq!(town.texts(DAN, room), texts, "{is_connected}");
        assert!((1..=3).all(|seq| town.is_delivered(ANN, DAN, seq)));
    }
}

#[test]
fn an_admission_that_turns_out_void_leaves_nobody_deaf_or_mute() {
    let (mut town, room) = a_room_that_has_begun();
    let actors = [ANN, CAT].map(|who| town.stored(who, room, who)[0].header().actor);
    let admission = town.room(CAT, room).membership().members()[&town.person(CAT)].admissions[0];
    let heads = town.room(ANN, room).heads();
    town.disconnect_all();
    put_out(&mut town, room, BEN);
    // Ben shows Cat alone that she was removed, and let in again.
    let mut ben = Forger::new(&town, town.own(BEN), CAT, room);
    ben.parents = heads;
    let person = town.person(CAT);
    let remove = ben.write(&ControlBody::Remove(RemoveBody {
        admission,
        person,
        cuts: Vec::new(),
    }));
    ben.parents = vec![remove.operation.id()];
    let position = |actor, seq| Position {
        actor,
        seq,
        head: NOWHERE,
    };
    let mut since = vec![
        position(actors[0], 1 << 62),
        position(actors[1], (1 << 63) - 17),
    ];
    since.sort_by_key(|position| position.actor);
    let add = ben.write(&ControlBody::Add(AddBody {
        person,
        role: Role::Member,
        since: Some(since),
    }));
    town.hand_control(CAT, room, &[], &[remove, add]);
    let accepted = town.try_change(CAT, room, RoomChange::Accept);
    assert!(town.room(CAT, room).is_accepted(), "{accepted:?}");
    town.connect(ANN, CAT);
    town.write(ANN, room, "three");
    town.write(CAT, room, "four");
    town.restart_all();
    town.connect(ANN, CAT);
    town.write(CAT, room, "five");
    let texts = ["one", "two", "three", "four", "five"];
    for who in [ANN, CAT] {
        assert_eq!(town.texts(who, room), texts, "{who}");
    }
    assert_eq!(town.stored(ANN, room, CAT).len(), 3);
}

#[test]
fn however_often_somebody_is_let_in_again_nobody_takes_it_for_misbehaviour() {
    let (mut town, room) = a_room_that_has_begun();
    for _ in 0..70 {
        put_out(&mut town, room, CAT);
        let_in(&mut town, room, CAT, true);
    }
    assert!(town.is_open(CAT, BEN) && town.is_open(CAT, ANN));
    town.write(BEN, room, "three");
    let texts = town.texts(CAT, room);
    assert_eq!(texts.last().map(String::as_str), Some("three"));
}
