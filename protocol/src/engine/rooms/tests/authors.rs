//! Whose content is kept, where there are more who might write than may be.

use super::hostile::Forger;
use super::town::Town;
use super::*;
use crate::engine::tests::{Side, identity};
use crate::id::{ActorId, OperationId};
use crate::operation::{Header, OPERATION_VERSION, Operation};
use crate::record::ActorRecord;
use crate::rng::Rng;
use crate::room::Author;
use crate::time::{LogicalTime, WallTime};
use crate::wire::limits::{DEVICES_MAX, ROOM_ACTORS_MAX, VECTOR_ACTORS_MAX};

const EVE: usize = 4;

/// What a device of Cat's says first, as whom she was let in, at a time of its own.
fn said(town: &Town, room: ConversationId, device: &OwnIdentity, text: &str) -> Operation {
    let member = &town.room(ANN, room).membership().members()[&device.person()];
    let content = super::message(text);
    let header = Header {
        version: OPERATION_VERSION,
        kind: content.kind(),
        conversation: room,
        actor: ActorId::of(device.device(), room, member.admissions[0]),
        seq: 1,
        prev: None,
        logical: LogicalTime::new(town.room(ANN, room).highest().as_u64() + 1),
        wall: WallTime::from_millis(5),
        disappears_after: None,
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: None,
    };
    let mut rng = Rng::from_seed(&[5; 32]);
    Operation::author(header, content.to_bytes(), device, &mut rng).unwrap()
}

#[test]
fn whoever_shows_each_member_other_devices_is_shown_by_all_alike() {
    let mut town = Town::of(3);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    town.disconnect_all();
    let devices: Vec<OwnIdentity> = (0..2 * DEVICES_MAX + 2)
        .map(|number| town.another_device(CAT, 100 + u8::try_from(number).unwrap()))
        .collect();
    for (number, device) in devices.iter().enumerate() {
        let who = if number % 2 == 0 { ANN } else { BEN };
        let said = said(&town, room, device, &number.to_string());
        town.hand_control(who, room, &[device], &[]);
        town.hand(who, room, &[&said]);
    }
    let shown = |town: &Town| [ANN, BEN].map(|who| town.texts(who, room));
    let [anns, bens] = shown(&town);
    assert!(anns.len() >= DEVICES_MAX - 1 && bens.len() >= DEVICES_MAX - 1);
    for round in 0..3 {
        town.connect(ANN, BEN);
        town.wait(5_000);
        let [anns, bens] = shown(&town);
        assert_eq!(anns, bens, "{round}");
        assert!((DEVICES_MAX - 1..=DEVICES_MAX).contains(&anns.len()));
        assert_eq!(town.vector(ANN, room), town.vector(BEN, room));
        town.restart_all();
    }
    let mut first: Vec<DeviceId> = devices.iter().map(OwnIdentity::device).collect();
    first.push(town.own(CAT).device());
    first.sort();
    let expected = devices
        .iter()
        .enumerate()
        .filter(|(_, device)| first[..DEVICES_MAX].contains(&device.device()));
    let expected: BTreeSet<String> = expected.map(|(number, _)| number.to_string()).collect();
    let [anns, _] = shown(&town);
    assert_eq!(anns.into_iter().collect::<BTreeSet<_>>(), expected);
}

/// Ann's room with Ben, and Cat, who is an admin and not connected; she lets herself in again so often
/// that her devices and these admissions make up as many authors as a room may have. Returns that, signed
/// where she has not heard of what the others do.
fn crowded(town: &mut Town) -> (ConversationId, Vec<OwnIdentity>, Vec<ControlEntry>) {
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT]);
    let person = town.person(CAT);
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person, role });
    town.disconnect_all();
    let mut by_cat = Forger::new(town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    let add = ControlBody::Add(AddBody {
        person,
        role: Role::Member,
        since: None,
    });
    let adds = (0..ROOM_ACTORS_MAX / DEVICES_MAX).map(|_| by_cat.write(&add));
    let adds: Vec<ControlEntry> = adds.collect();
    let devices = (1..DEVICES_MAX).map(|number| {
        let seed = 100 + u8::try_from(number).unwrap();
        town.another_device(CAT, seed)
    });
    (room, devices.collect(), adds)
}

/// Hands all of that to Ann and Ben, some cards a message.
fn hand_all(town: &mut Town, room: ConversationId, devices: &[OwnIdentity], adds: &[ControlEntry]) {
    for who in [ANN, BEN] {
        for devices in devices.chunks(4) {
            let devices: Vec<&OwnIdentity> = devices.iter().collect();
            town.hand_control(who, room, &devices, adds);
        }
        let last = adds.last().unwrap();
        assert!(town.room(who, room).holds(last.operation.id()));
    }
}

fn let_in(town: &mut Town, room: ConversationId, who: usize) {
    let person = town.person(who);
    let change = RoomChange::Add {
        person,
        whole_history: true,
    };
    town.change(ANN, room, change);
}

#[test]
fn whoever_lets_in_however_many_in_vain_keeps_nobody_from_being_heard() {
    for is_removed in [true, false] {
        let mut town = Town::of(5);
        let (room, devices, adds) = crowded(&mut town);
        if is_removed {
            let person = town.person(CAT);
            town.change(ANN, room, RoomChange::Remove { person });
            town.connect(ANN, BEN);
        }
        hand_all(&mut town, room, &devices, &adds);
        let_in(&mut town, room, DAN);
        town.connect(ANN, BEN);
        town.connect(ANN, DAN);
        town.connect(BEN, DAN);
        town.write(DAN, room, "hello");
        town.write(BEN, room, "welcome");
        for who in [ANN, BEN, DAN] {
            assert_eq!(town.texts(who, room), ["hello", "welcome"], "{who}");
        }
        town.restart_all();
        let_in(&mut town, room, EVE);
        town.connect(ANN, BEN);
        town.connect(ANN, DAN);
        town.connect(ANN, EVE);
        town.connect(DAN, EVE);
        town.write(DAN, room, "here again");
        town.write(EVE, room, "so am I");
        // Who hears of it over others does so a little later.
        town.wait(5_000);
        let all = ["hello", "welcome", "here again", "so am I"];
        for who in [ANN, BEN, DAN, EVE] {
            assert_eq!(town.texts(who, room), all, "{who}, {is_removed}");
        }
        let authors = |town: &Town, who| {
            let ends = town.replica(who, room).ends();
            ends.map(|(actor, ..)| actor).collect::<BTreeSet<_>>()
        };
        let before = authors(&town, BEN);
        assert!(authors(&town, ANN) == before, "{is_removed}");
        town.restart_all();
        assert!(authors(&town, BEN) == before, "{is_removed}");
    }
}

/// Ann's room, into which she lets herself again until there are so many admissions, and then Ben; with
/// something written under each. Returns also these, the earliest first, and Ben's last.
fn written_by_all(
    side: &mut Side,
    admissions: usize,
    ben: &OwnIdentity,
) -> (Replica, Vec<ActorId>) {
    let (mut room, _) = Room::make("Garden".to_owned(), &mut side.context()).unwrap();
    let conversation = room.conversation();
    let mut author = Author {
        person: side.own.person(),
        device: side.own.device(),
        admission: conversation.into(),
    };
    let mut actors = vec![ActorId::of(author.device, conversation, author.admission)];
    for number in 1..=admissions {
        let (person, device) = if number == admissions {
            (ben.person(), ben.device())
        } else {
            (author.person, author.device)
        };
        let body = ControlBody::Add(AddBody {
            person,
            role: Role::Admin,
            since: None,
        });
        let written = room.write(author, &body, LogicalTime::ZERO, &mut side.context());
        let admission = AdmissionId::from(written.unwrap().operation.id());
        actors.push(ActorId::of(device, conversation, admission));
        if number + 1 == admissions {
            // One chain has not room for all.
            author.admission = admission;
        }
    }
    let mut replica = Replica::of_room(room, &side.own);
    replica.follow(&side.directory);
    for actor in &actors {
        let device = if Some(actor) == actors.last() {
            ben
        } else {
            &side.own
        };
        let (person, id) = (device.person(), device.device());
        let place = ActorRecord::new(conversation, *actor, person, id, LogicalTime::ZERO);
        replica.restore_chain(ActorRecord {
            seq: 1,
            head: Some(OperationId::new(*actor.as_bytes())),
            ..place
        });
    }
    (replica, actors)
}

#[test]
fn a_vector_names_as_many_authors_as_may_be_those_that_count_first() {
    let ben = identity("Ben", 2);
    let mut side = Side::new(identity("Ann", 1), &[&ben]);
    let (replica, actors) = written_by_all(&mut side, VECTOR_ACTORS_MAX + 40, &ben);
    let (ben, of_ann) = actors.split_last().unwrap();
    let expected: BTreeSet<ActorId> = of_ann[..VECTOR_ACTORS_MAX - 1]
        .iter()
        .chain([ben])
        .copied()
        .collect();
    let named = replica.vector(&side.directory, &side.own).positions;
    let named: Vec<ActorId> = named.iter().map(|position| position.actor).collect();
    assert!(named.iter().eq(&expected), "ascending, and no others");
}

#[test]
fn nobody_is_let_in_without_what_was_written_before_where_more_wrote_than_can_be_named() {
    let ben = identity("Ben", 2);
    let mut side = Side::new(identity("Ann", 1), &[&ben]);
    let (replica, actors) = written_by_all(&mut side, VECTOR_ACTORS_MAX - 1, &ben);
    let beginning = replica.beginning().map(|beginning| beginning.len());
    assert_eq!(beginning, Some(actors.len()));
    let (replica, _) = written_by_all(&mut side, VECTOR_ACTORS_MAX, &ben);
    assert_eq!(replica.beginning(), None);
}

#[test]
fn what_had_room_before_somebody_who_counts_first_came_counts_no_more() {
    let ben = identity("Ben", 2);
    let mut side = Side::new(identity("Ann", 1), &[&ben]);
    let (mut replica, actors) = written_by_all(&mut side, ROOM_ACTORS_MAX, &ben);
    assert_eq!(actors.len(), ROOM_ACTORS_MAX + 1);
    let changed = replica.follow(&side.directory);
    let changed: Vec<_> = changed.iter().map(|one| (one.actor, one.cut)).collect();
    // The latest of Ann's.
    assert_eq!(changed, [(actors[ROOM_ACTORS_MAX - 1], Some(0))]);
    assert_eq!(replica.follow(&side.directory), []);
}
