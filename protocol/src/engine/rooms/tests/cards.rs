//! Rooms with more cards and control than one message holds.

use std::time::Duration;

use super::hostile::{Forger, revoked};
use super::town::Town;
use super::*;
use crate::engine::Queue;
use crate::engine::exchange::{Awaited, Exchange, IN_FLIGHT_BYTES_MAX};
use crate::engine::replicas::Replicas;
use crate::engine::rooms::cards::FORMING_CARDS_MAX;
use crate::engine::tests::{Side, identity};
use crate::id::{ActorId, OperationId};
use crate::record::Profile;
use crate::room::Author;
use crate::sync::{Control, ControlVector, Position, SessionMessage};
use crate::time::LogicalTime;
use crate::wire::limits::{CARDS_MAX, DEVICES_MAX, NOISE_PLAINTEXT_BYTES_MAX, VECTOR_ACTORS_MAX};

/// Ann's room with Ben, who both hold the cards of people whom Cat made up and let in, more of them than
/// a vector names.
fn crowded() -> (Town, ConversationId) {
    let (mut town, room) = super::room();
    let person = town.person(CAT);
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person, role });
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    for number in 0..CARDS_MAX / DEVICES_MAX + 2 {
        let number = u8::try_from(number).unwrap();
        let puppet = identity("Puppet", 100 + number);
        let add = by_cat.write(&ControlBody::Add(AddBody {
            person: puppet.person(),
            role: Role::Member,
            since: None,
        }));
        let most = u8::try_from(DEVICES_MAX).unwrap();
        let devices: Vec<OwnIdentity> = (0..most).map(|seed| puppet.another_device(seed)).collect();
        let devices: Vec<&OwnIdentity> = devices.iter().collect();
        for who in [ANN, BEN] {
            town.hand_control(who, room, &devices, std::slice::from_ref(&add));
        }
    }
    (town, room)
}

#[test]
fn cards_that_both_hold_are_not_sent_again_however_many_there_are() {
    let (mut town, room) = crowded();
    for round in 0..3 {
        let before = town.carried;
        town.connect(ANN, BEN);
        let carried = town.carried - before;
        assert!(carried < NOISE_PLAINTEXT_BYTES_MAX, "{round}: {carried}");
        town.disconnect_all();
        town.write(ANN, room, "something else");
    }
    assert_eq!(town.texts(BEN, room).len(), 2);
}

#[test]
fn of_however_many_rooms_as_much_control_is_said_at_once_as_a_link_takes() {
    let ben = identity("Ben", 2);
    let mut side = Side::new(identity("Ann", 1), &[&ben]);
    let mut replicas = Replicas::restore(&side.own, &side.directory, &Profile::default());
    let mut exchange = Exchange::new(ben.device(), ben.person());
    let position = |number: usize| Position {
        actor: ActorId::new([u8::try_from(number).unwrap(); 32]),
        seq: 1,
        head: OperationId::new([7; 32]),
    };
    let body = ControlBody::Add(AddBody {
        person: ben.person(),
        role: Role::Member,
        since: Some((0..VECTOR_ACTORS_MAX).map(position).collect()),
    });
    for _ in 0..8 {
        let (mut room, _) = Room::make("Garden".to_owned(), &mut side.context()).unwrap();
        let author = Author {
            person: side.own.person(),
            device: side.own.device(),
            admission: room.conversation().into(),
        };
        for _ in 0..20 {
            room.write(author, &body, LogicalTime::ZERO, &mut side.context())
                .unwrap();
        }
        let nothing = Vector {
            control: Some(ControlVector::default()),
            ..Vector::of_positions(room.conversation(), Vec::new())
        };
        let replica = Replica::of_room(room, &side.own);
        exchange.serve(&nothing, &replica);
        replicas.insert(replica);
    }
    let mut said = 0;
    loop {
        let (directory, mut context) = side.parts();
        let (awaited, delay) = (|_: &_| Awaited::default(), Duration::ZERO);
        let messages = exchange.pump(awaited, delay, &replicas, directory, &mut context);
        let bytes: usize = messages.iter().map(|said| said.to_bytes().len()).sum();
        assert!(bytes <= IN_FLIGHT_BYTES_MAX + 8 * NOISE_PLAINTEXT_BYTES_MAX);
        said += bytes;
        if messages.is_empty() {
            break;
        }
    }
    assert!(said > 2 * IN_FLIGHT_BYTES_MAX, "{said}");
}

#[test]
fn of_what_we_do_not_hold_nobody_is_remembered_to_hold_it() {
    let (mut town, room) = super::room();
    let mut by_stranger = Forger::new(&town, town.own(CAT), ANN, room);
    let admission = AdmissionId::from(OperationId::new([9; 32]));
    by_stranger.become_of(identity("Stranger", 100), admission);
    let operations = (1..=50).map(|number| by_stranger.write(&revoked(number)));
    let control = Control {
        conversation: room,
        cards: Vec::new(),
        operations: operations.collect(),
    };
    town.say(BEN, ANN, &SessionMessage::Control(control));
    assert!(town.is_open(ANN, BEN), "whose they are may come later");
    let held = town.room(ANN, room).size().0;
    let fills = town.engine(ANN).fills().into_iter();
    let mut known = fills.filter(|fill| fill.queue == Queue::ControlKnown);
    assert_eq!(known.next().map(|fill| fill.held), Some(held));
}

#[test]
fn no_card_is_kept_for_what_is_passed_over() {
    let (mut town, room) = super::room();
    let person = town.person(CAT);
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person, role });
    town.disconnect_all();
    let puppet = identity("Puppet", 100);
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    let add = by_cat.write(&ControlBody::Add(AddBody {
        person: puppet.person(),
        role: Role::Member,
        since: None,
    }));
    let mut by_puppet = Forger::new(&town, town.own(CAT), ANN, room);
    by_puppet.become_of(puppet, AdmissionId::from(add.operation.id()));
    by_puppet.logical = by_cat.logical + 1;
    let word = by_puppet.write(&revoked(1));
    let puppet = identity("Puppet", 100);
    let (device, id) = (puppet.device(), word.operation.id());
    let offer = |town: &mut Town, entries: &[ControlEntry]| {
        assert!(!town.hand_control(ANN, room, &[&puppet], entries));
        let kept = town.engine(ANN).directory.device(&device).is_some();
        (town.room(ANN, room).passed_over(), kept)
    };
    // What it builds on is not here.
    assert_eq!(offer(&mut town, std::slice::from_ref(&word)), (0, false));
    assert_eq!(offer(&mut town, &[add, word]), (0, true));
    assert!(town.room(ANN, room).holds(id));
    // Of a device that is known, it waits.
    by_cat.parents = vec![OperationId::new([9; 32])];
    let title = TitleBody {
        title: "Orchard".to_owned(),
    };
    let waits = by_cat.write(&ControlBody::Title(title));
    assert_eq!(offer(&mut town, &[waits]), (1, true));
}

#[test]
fn whoever_is_let_in_is_shown_a_room_however_many_devices_wrote_into_its_log() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let person = town.person(CAT);
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person, role });
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    let mut by_puppet = Forger::new(&town, town.own(CAT), ANN, room);
    by_puppet.logical = by_cat.logical + 100;
    // Half of them have no place, and are known with what they wrote alone.
    let most = 2 * u8::try_from(DEVICES_MAX).unwrap();
    let (mut last, mut devices): (_, Vec<DeviceId>) = (None, Vec::new());
    for number in 100.. {
        if devices.len() > FORMING_CARDS_MAX {
            break;
        }
        let puppet = identity("Puppet", number);
        let add = by_cat.write(&ControlBody::Add(AddBody {
            person: puppet.person(),
            role: Role::Admin,
            since: None,
        }));
        let admission = AdmissionId::from(add.operation.id());
        let mut entries = vec![add];
        // Each upon the last, so that all of it lies in the past of whatever comes.
        for seed in 0..most {
            by_puppet.become_of(puppet.another_device(seed), admission);
            by_puppet.parents.extend(last);
            by_puppet.parents.sort();
            by_puppet.logical += 1;
            let title = format!("Garden {}", devices.len());
            let word = by_puppet.write(&ControlBody::Title(TitleBody { title }));
            last = Some(word.operation.id());
            entries.push(word);
        }
        let own: Vec<OwnIdentity> = (0..most).map(|seed| puppet.another_device(seed)).collect();
        devices.extend(own.iter().map(OwnIdentity::device));
        town.hand_control(ANN, room, &own.iter().collect::<Vec<_>>(), &entries);
    }
    assert!(town.room(ANN, room).holds(last.unwrap()));
    let (person, whole_history) = (town.person(DAN), true);
    let add = RoomChange::Add {
        person,
        whole_history,
    };
    town.change(ANN, room, add);
    town.connect(ANN, DAN);
    let shown = town.shown(DAN, room).map(|shown| shown.standing);
    assert_eq!(shown, Some(Joined));
    assert!(town.room(DAN, room).holds(last.unwrap()));
    let directory = &town.engine(DAN).directory;
    let mut known = devices.iter().map(|device| directory.device(device));
    assert!(known.all(|known| known.is_some()));
}
