//! Places of chains that somebody names and nobody ever wrote.

use super::hostile::Forger;
use super::*;
use crate::id::{ActorId, OperationId};
use crate::operation::Operation;
use crate::room::{DeviceCut, LeaveBody};
use crate::sync::{ControlEntry, Position};
use crate::time::LogicalTime;
use crate::wire::limits::PENDING_OPERATIONS_MAX;

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
    let_in_dan_after(town, room, (seq, NOWHERE));
}

/// Has him do so after that, by a word that is earlier than what Ann wrote second.
fn let_in_dan_after(town: &mut Town, room: ConversationId, (seq, head): (u64, OperationId)) {
    let actor = chain_of_ann(town, room);
    let mut ben = Forger::new(town, town.own(BEN), ANN, room);
    ben.parents = town.room(ANN, room).heads();
    let add = ben.write(&ControlBody::Add(AddBody {
        person: town.person(DAN),
        role: Role::Member,
        since: Some(vec![Position { actor, seq, head }]),
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

#[test]
fn whoever_is_shown_what_comes_before_a_true_floor_is_not_deaf_to_what_comes_after_it() {
    for (beyond, is_restarted) in [(0, true), (0, false), (PENDING_OPERATIONS_MAX + 1, false)] {
        let (mut town, room) = a_room_for_dan();
        town.disconnect_all();
        for text in 1..4 + beyond {
            town.write(ANN, room, &text.to_string());
        }
        let written: Vec<Operation> = town.stored(ANN, room, ANN);
        let (last, before) = written.split_last().unwrap();
        let end = last.header().seq;
        let_in_dan_after(&mut town, room, (end, last.id()));
        town.connect(ANN, DAN);
        assert_eq!(town.place(DAN, room, ANN).0, end);
        // One of them, and as many beyond a gap after it as are kept.
        let shown: Vec<&Operation> = before[2..].iter().collect();
        town.hand(DAN, room, &shown[..1]);
        assert_eq!(town.place(DAN, room, ANN).0, 3);
        town.hand(DAN, room, &shown[shown.len().min(2)..]);
        if is_restarted {
            town.restart_all();
            town.connect(ANN, DAN);
        }
        for text in ["five", "six"] {
            town.write(ANN, room, text);
        }
        assert_eq!(town.place(DAN, room, ANN), town.place(ANN, room, ANN));
        assert!((end + 1..=end + 2).all(|seq| town.is_delivered(ANN, DAN, seq)));
        assert!(town.replica(DAN, room).waiting().is_empty());
    }
}

/// Cat's word that she leaves, at a logical time and after so much of what she wrote, which she does not
/// heed herself.
fn leave_of_cat(
    town: &Town,
    room: ConversationId,
    at: LogicalTime,
    (seq, head): (u64, OperationId),
) -> ControlEntry {
    let device = town.own(CAT).device();
    let cuts = vec![DeviceCut { device, seq, head }];
    let mut cat = Forger::new(town, town.own(CAT), ANN, room);
    cat.logical = at.as_u64() - 1;
    cat.write(&ControlBody::Leave(LeaveBody { cuts }))
}

#[test]
fn who_leaves_with_a_cut_beyond_what_they_wrote_is_not_heard_any_more() {
    for seq in [3, 1_000_000] {
        let (mut town, room) = a_room_for_dan();
        town.write(CAT, room, "before");
        town.disconnect_all();
        let now = town.replica(ANN, room).highest();
        let leave = leave_of_cat(&town, room, now, (seq, NOWHERE));
        for text in ["after", "long after", "later still", "and later"] {
            town.write(CAT, room, text);
        }
        let written = town.stored(CAT, room, CAT);
        let written: Vec<&Operation> = written.iter().collect();
        // Ann hears of it first, and Ben last.
        town.hand_control(ANN, room, &[], std::slice::from_ref(&leave));
        assert_eq!(town.texts(ANN, room), ["one", "before"]);
        town.hand(ANN, room, &written);
        town.hand(BEN, room, &written);
        assert_eq!(town.texts(BEN, room).len(), 6);
        town.hand_control(BEN, room, &[], &[leave]);
        for who in [ANN, BEN] {
            assert_eq!(town.texts(who, room), ["one", "before"], "{who} {seq}");
            assert_eq!(town.cut(who, room, CAT), Some(1), "{who} {seq}");
        }
        town.connect(ANN, BEN);
        town.restart_all();
        town.connect(ANN, BEN);
        for who in [ANN, BEN] {
            assert_eq!(town.texts(who, room), ["one", "before"], "{who} {seq}");
        }
    }
}

#[test]
fn what_somebody_wrote_before_their_cut_counts_however_late_it_is() {
    let (mut town, room) = a_room_for_dan();
    town.disconnect_all();
    for text in ["two", "three", "four", "five"] {
        town.write(CAT, room, text);
    }
    let written = town.stored(CAT, room, CAT);
    // All of it is later than the word, as it can be for who is far behind; and what it names is there.
    let early = town.room(ANN, room).highest();
    assert!(written[0].header().logical > early);
    let leave = leave_of_cat(&town, room, early, (3, written[2].id()));
    let (first, rest) = written.split_at(2);
    town.hand_control(ANN, room, &[], std::slice::from_ref(&leave));
    town.hand(ANN, room, &first.iter().collect::<Vec<_>>());
    let whole: Vec<&Operation> = written.iter().collect();
    town.hand(BEN, room, &whole);
    town.hand_control(BEN, room, &[], &[leave]);
    town.hand(ANN, room, &rest.iter().collect::<Vec<_>>());
    for who in [ANN, BEN] {
        assert_eq!(town.cut(who, room, CAT), Some(3), "{who}");
        assert_eq!(town.texts(who, room), ["one", "two", "three", "four"]);
    }
}
