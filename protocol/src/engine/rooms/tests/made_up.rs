//! Places of chains that somebody names and nobody ever wrote.

use super::hostile::Forger;
use super::*;
use crate::id::{ActorId, OperationId};
use crate::sync::Position;
use crate::time::LogicalTime;

const NOWHERE: OperationId = OperationId::new([0xee; 32]);

/// Ann's room with Ben, an admin, and Cat, all of whom know each other and Dan; and Ann has written.
fn a_room_for_dan() -> (Town, ConversationId) {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let (person, role) = (town.person(BEN), Role::Admin);
    town.change(ANN, room, RoomChange::Role { person, role });
    town.write(ANN, room, "one");
    (town, room)
}

fn chain_of_ann(town: &Town, room: ConversationId) -> ActorId {
    ActorId::of(town.own(ANN).device(), room, AdmissionId::from(room))
}

/// Has Ben let Dan in, for whom the room is to begin after so much of what Ann wrote.
fn let_in_dan(town: &mut Town, room: ConversationId, seq: u64) {
    let actor = chain_of_ann(town, room);
    let mut ben = Forger::new(town, town.own(BEN), ANN, room);
    ben.parents = town.room(ANN, room).heads();
    let add = ben.write(&ControlBody::Add(AddBody {
        person: town.person(DAN),
        role: Role::Member,
        since: Some(vec![Position {
            actor,
            seq,
            head: NOWHERE,
        }]),
    }));
    town.hand_control(ANN, room, &[], &[add]);
}

#[test]
fn whoever_is_let_in_with_a_floor_far_above_an_end_gets_what_is_written_then() {
    let (mut town, room) = a_room_for_dan();
    let_in_dan(&mut town, room, 1_000_000);
    for text in ["two", "three"] {
        town.write(ANN, room, text);
    }
    town.restart_all();
    town.write(ANN, room, "four");
    town.connect(ANN, DAN);
    town.write(ANN, room, "five");
    assert_eq!(town.texts(DAN, room), ["two", "three", "four", "five"]);
    for seq in 2..=5 {
        assert!(town.is_delivered(ANN, DAN, seq), "{seq}");
    }
    assert!(!town.is_delivered(ANN, DAN, 1));
}

#[test]
fn nothing_waits_for_whom_it_is_not_for() {
    let (mut town, room) = a_room_for_dan();
    let_in_dan(&mut town, room, 1_000_000);
    let (actor, dan) = (chain_of_ann(&town, room), town.person(DAN));
    let until = town.room(ANN, room).highest();
    let later = LogicalTime::new(until.as_u64() + 1);
    let is_for_dan = |seq, logical| {
        let replica = town.replica(ANN, room);
        replica.recipients(&actor, seq, logical).contains(&dan)
    };
    assert!(!is_for_dan(2, until) && !is_for_dan(1_000_000, until));
    assert!(is_for_dan(2, later) && is_for_dan(1_000_001, until));
}

#[test]
fn a_floor_that_a_chain_has_come_past_is_no_less_made_up() {
    let (mut town, room) = a_room_for_dan();
    town.disconnect_all();
    let_in_dan(&mut town, room, 4);
    for text in ["two", "three", "four", "five", "six"] {
        town.write(ANN, room, text);
    }
    town.connect(ANN, DAN);
    let texts = ["two", "three", "four", "five", "six"];
    assert_eq!(town.texts(DAN, room), texts);
    assert!((2..=6).all(|seq| town.is_delivered(ANN, DAN, seq)));
}

#[test]
fn what_comes_after_a_floor_that_is_made_up_comes_over_others_too() {
    for seq in [3, 1_000_000] {
        let (mut town, room) = a_room_for_dan();
        town.disconnect_all();
        let_in_dan(&mut town, room, seq);
        for text in ["two", "three", "four", "five"] {
            town.write(ANN, room, text);
        }
        town.connect(ANN, CAT);
        town.disconnect_all();
        town.connect(CAT, DAN);
        town.disconnect_all();
        town.write(ANN, room, "six");
        town.connect(ANN, CAT);
        town.connect(CAT, DAN);
        let texts = ["two", "three", "four", "five", "six"];
        assert_eq!(town.texts(DAN, room), texts, "{seq}");
        town.connect(ANN, DAN);
        assert!((2..=6).all(|seq| town.is_delivered(ANN, DAN, seq)));
    }
}
