//! Rooms that are shown to somebody, until it turns out whether they are in it.

use super::town::Town;
use super::*;
use crate::engine::rooms::forming::FORMING_INVITATIONS_MAX;
use crate::engine::tests::at;
use crate::room::effort;
use crate::sync::{ControlVector, SessionMessage};
use crate::wire::limits::CONTROL_UNRESOLVED_MAX;

/// Ann's link to another.
fn link(town: &mut Town, to: usize) -> LinkId {
    let person = town.person(to);
    let mut sessions = town.engine(ANN).links.sessions();
    let found = sessions.find(|(_, exchange)| exchange.person() == person);
    found.unwrap().0
}

/// What a house holds of a room's control.
fn entries(town: &Town, who: usize, room: ConversationId) -> Vec<ControlEntry> {
    let entries = town.room(who, room).entries();
    let entries = entries.map(|(_, operation, author)| ControlEntry {
        device: author.device,
        admission: author.admission,
        operation: operation.clone(),
    });
    entries.collect()
}

/// Has somebody say to Ann that they hold a room; returns her link to them.
fn say_that_they_hold(town: &mut Town, who: usize, room: ConversationId) -> LinkId {
    let link = link(town, who);
    let vector = Vector {
        control: Some(ControlVector::default()),
        ..Vector::of_positions(room, Vec::new())
    };
    let hello = SessionMessage::Vector(vector);
    town.engine(ANN).session_message(link, hello, at(0));
    link
}

/// Shows Ann some of a room's control in one message.
fn show(town: &mut Town, link: LinkId, room: ConversationId, operations: &[ControlEntry]) {
    let control = Control {
        conversation: room,
        cards: Vec::new(),
        operations: operations.to_vec(),
    };
    let message = SessionMessage::Control(control);
    town.engine(ANN).session_message(link, message, at(0));
}

fn name(town: &mut Town, room: ConversationId, count: usize) {
    for number in 0..count {
        let title = format!("Garden {number}");
        town.change(BEN, room, RoomChange::Title { title });
    }
}

#[test]
fn a_room_that_is_shown_one_operation_at_a_time_is_resolved_a_few_times() {
    let mut town = Town::of(2);
    let person = town.person(ANN);
    let strange = town.make_room(BEN, "Garden", &[]);
    let left = town.make_room(BEN, "Garden", &[ANN]);
    town.change(BEN, left, RoomChange::Remove { person });
    for (room, first) in [(strange, 1), (left, 3)] {
        name(&mut town, room, 3 * CONTROL_UNRESOLVED_MAX);
        town.connect(ANN, BEN);
        let all = entries(&town, BEN, room);
        let link = say_that_they_hold(&mut town, BEN, room);
        let ((), resolutions, _) = effort::of(|| {
            show(&mut town, link, room, &all[..first]);
            for entry in &all[first..] {
                show(&mut town, link, room, std::slice::from_ref(entry));
            }
            let end = SessionMessage::CaughtUp(room);
            town.engine(ANN).session_message(link, end, at(0));
        });
        assert!((1..=6).contains(&resolutions), "{resolutions}");
        assert_eq!(town.shown(ANN, room), None);
        town.disconnect_all();
    }
}

/// A room into which Ben let Ann. An admin removed her, whom Ben had removed meanwhile; so she is in
/// it, but that shows only by the last operation.
fn room_with_a_late_turn(town: &mut Town) -> (ConversationId, Vec<ControlEntry>) {
    town.connect(BEN, CAT);
    let room = town.make_room(BEN, "Garden", &[CAT]);
    let (ann, cat) = (town.person(ANN), town.person(CAT));
    let role = RoomChange::Role {
        person: cat,
        role: Role::Admin,
    };
    town.change(BEN, room, role);
    let let_in = RoomChange::Add {
        person: ann,
        whole_history: true,
    };
    town.change(BEN, room, let_in);
    town.write(BEN, room, "welcome");
    town.disconnect_all();
    town.change(CAT, room, RoomChange::Remove { person: ann });
    town.change(BEN, room, RoomChange::Remove { person: cat });
    let mut all = entries(town, CAT, room);
    all.extend(entries(town, BEN, room).pop());
    (room, all)
}

#[test]
fn after_as_many_invitations_in_vain_as_may_be_a_room_is_looked_at_once_all_is_shown() {
    let mut town = Town::of(4);
    town.connect(BEN, CAT);
    let room = town.make_room(BEN, "Garden", &[CAT]);
    let (ann, cat) = (town.person(ANN), town.person(CAT));
    let role = RoomChange::Role {
        person: cat,
        role: Role::Admin,
    };
    town.change(BEN, room, role);
    town.disconnect_all();
    let before = entries(&town, CAT, room).len();
    // Cat does not know that Ben removed her: what she does is void.
    town.change(BEN, room, RoomChange::Remove { person: cat });
    for _ in 0..=FORMING_INVITATIONS_MAX {
        let let_in = RoomChange::Add {
            person: ann,
            whole_history: true,
        };
        town.change(CAT, room, let_in);
        town.change(CAT, room, RoomChange::Remove { person: ann });
    }
    town.connect(ANN, DAN);
    let link = say_that_they_hold(&mut town, DAN, room);
    let of_ben = entries(&town, BEN, room);
    show(&mut town, link, room, &of_ben);
    let invitations = entries(&town, CAT, room).split_off(before);
    let resolved: Vec<usize> = invitations
        .chunks(2)
        .map(|pair| effort::of(|| show(&mut town, link, room, pair)).1)
        .collect();
    let (looked_at, more) = resolved.split_at(FORMING_INVITATIONS_MAX);
    assert!(looked_at.iter().all(|count| *count > 0), "{resolved:?}");
    assert_eq!(more, [0]);
    let shown = effort::of(|| {
        let end = SessionMessage::CaughtUp(room);
        town.engine(ANN).session_message(link, end, at(0));
    });
    assert!(shown.1 > 0);
    assert_eq!(town.shown(ANN, room), None);
}

#[test]
fn who_is_in_a_room_by_what_is_shown_last_is_in_it_once_all_is_shown() {
    for shows_content in [false, true] {
        let mut town = Town::of(4);
        let (room, all) = room_with_a_late_turn(&mut town);
        let content = town.stored(BEN, room, BEN);
        town.connect(ANN, DAN);
        let link = say_that_they_hold(&mut town, DAN, room);
        let (last, rest) = all.split_last().unwrap();
        show(&mut town, link, room, rest);
        show(&mut town, link, room, std::slice::from_ref(last));
        let next = if shows_content {
            let signed = content.iter().map(|one| one.signed().clone());
            SessionMessage::Operations(signed.collect())
        } else {
            SessionMessage::CaughtUp(room)
        };
        town.engine(ANN).session_message(link, next, at(0));
        town.wait(0);
        assert!(town.is_open(ANN, DAN));
        let shown = town.shown(ANN, room).map(|shown| shown.standing);
        assert_eq!(shown, Some(Joined), "{shows_content}");
    }
}
