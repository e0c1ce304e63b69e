//! Who leaves or is removed while parted from others, and how these learn of it.

use super::*;
use crate::engine::Command;
use crate::engine::exchange::{Awaited, Exchange};
use crate::engine::tests::at;
use crate::id::OperationId;
use crate::sync::{ControlVector, SessionMessage};

#[test]
fn whoever_left_while_parted_tells_it_to_members_who_seek_them() {
    let mut town = Town::knowing(3, &[(ANN, BEN), (ANN, CAT)]);
    town.connect(ANN, BEN);
    town.connect(ANN, CAT);
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.connect(BEN, CAT);
    town.disconnect_all();
    town.change(CAT, room, RoomChange::Leave);
    town.write(BEN, room, "are you there?");
    assert_eq!(town.shown(BEN, room).unwrap().members.len(), 3);
    // Ben, no contact of Cat's, seeks her as long as he takes her for a member.
    town.connect(BEN, CAT);
    assert_eq!(town.shown(BEN, room).unwrap().members.len(), 2);
    assert!(town.texts(CAT, room).is_empty());
    assert!(
        !town.is_open(BEN, CAT),
        "they have nothing to do with each other any more"
    );
}

#[test]
fn whoever_was_let_in_by_two_leaves_once() {
    for leaver_knows_both in [true, false] {
        let mut town = Town::of(4);
        town.connect_all();
        let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
        let (person, role) = (town.person(BEN), Role::Admin);
        town.change(ANN, room, RoomChange::Role { person, role });
        town.disconnect_all();
        let (person, whole_history) = (town.person(DAN), true);
        let add = RoomChange::Add {
            person,
            whole_history,
        };
        town.change(ANN, room, add.clone());
        town.change(BEN, room, add);
        town.connect(DAN, BEN);
        if leaver_knows_both {
            town.connect(ANN, BEN);
        }
        assert_eq!(town.shown(DAN, room).unwrap().standing, Joined);
        town.change(DAN, room, RoomChange::Leave);
        assert_eq!(town.shown(DAN, room).unwrap().standing, Left);
        town.disconnect_all();
        town.connect_all();
        for who in [ANN, BEN, CAT] {
            assert!(!town.room(who, room).is_member(&person), "{who}");
        }
    }
}

/// What somebody is told who claims to know nothing of a room: where its log stands, and its control.
fn told(town: &mut Town, by: usize, whom: usize, room: ConversationId) -> (Vector, Vec<Control>) {
    let (device, person) = (town.own(whom).device(), town.person(whom));
    let mut parts = town.engine(by).parts(at(0));
    let nothing = Vector {
        control: Some(ControlVector::default()),
        ..Vector::of_positions(room, Vec::new())
    };
    let replica = parts.replicas.by_id(&room).unwrap();
    let mut exchange = Exchange::new(device, person);
    exchange.serve(&nothing, replica);
    let Some(SessionMessage::Vector(vector)) =
        exchange.say(replica, parts.directory, &parts.context)
    else {
        panic!("a vector");
    };
    let said = exchange.pump(
        |_| Awaited::default(),
        std::time::Duration::ZERO,
        parts.replicas,
        parts.directory,
        &mut parts.context,
    );
    let control = said.into_iter().filter_map(|message| {
        let SessionMessage::Control(control) = message else {
            return None;
        };
        Some(control)
    });
    (vector, control.collect())
}

#[test]
fn who_was_removed_is_told_neither_what_came_later_nor_anybodys_address() {
    let (mut town, room) = room();
    let ann = town.own(ANN).device();
    let address = "/ip4/203.0.113.7/tcp/1".to_owned();
    let mut parts = town.engine(BEN).parts(at(0));
    let context = &mut parts.context;
    parts.directory.reached(&ann, &[address], context);
    let addresses = |told: &[Control]| {
        let cards = told.iter().flat_map(|control| &control.cards);
        cards.map(|card| card.addresses.len()).collect::<Vec<_>>()
    };
    let (_, shown) = told(&mut town, BEN, CAT, room);
    assert!(addresses(&shown).contains(&1));
    let person = town.person(CAT);
    town.change(ANN, room, RoomChange::Remove { person });
    let end = town.room(BEN, room).heads();
    for title in ["Orchard", "Field", "Meadow"] {
        let title = title.to_owned();
        town.change(ANN, room, RoomChange::Title { title });
    }
    let (vector, shown) = told(&mut town, BEN, CAT, room);
    let shown_ids = shown.iter().flat_map(|control| &control.operations);
    let shown_ids: BTreeSet<OperationId> = shown_ids.map(|entry| entry.operation.id()).collect();
    assert!(end.iter().all(|id| shown_ids.contains(id)));
    let locator = vector.control.unwrap().locator;
    assert!(!locator.is_empty());
    assert!(
        locator.iter().all(|id| shown_ids.contains(id)),
        "{locator:?}"
    );
    assert_eq!(
        addresses(&shown),
        [0],
        "who removed them is shown, and not where they are"
    );
}

#[test]
fn who_was_removed_is_told_of_no_reading() {
    let (mut town, room) = room();
    town.write(CAT, room, "first");
    town.write(CAT, room, "second");
    let said = [false, true].map(|removes| {
        if removes {
            let person = town.person(CAT);
            town.change(ANN, room, RoomChange::Remove { person });
            assert!(town.is_open(BEN, CAT));
        }
        let before = town.bytes(BEN, CAT);
        let actor = town.stored(BEN, room, CAT)[0].header().actor;
        let seq = if removes { 2 } else { 1 };
        let read = Command::MarkRead {
            conversation: room,
            read: vec![(actor, vec![(seq, seq)])],
        };
        town.command(BEN, read).unwrap();
        town.bytes(BEN, CAT) - before
    });
    assert!(said[0] > 0);
    assert_eq!(said[1], 0);
}
