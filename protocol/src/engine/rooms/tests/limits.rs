//! Every limit of rooms, at its most and at one more.

use std::collections::BTreeSet;

use super::super::*;
use super::town::Town;
use super::{ANN, BEN};
use crate::engine::exchange::{Exchange, FORMING_MAX, VECTORS_MAX};
use crate::engine::tests::{Side, at, identity, profile};
use crate::engine::{Command, Effect, Input, Output};
use crate::id::{ActorId, OperationId, RequestId};
use crate::room::Author;
use crate::sync::Position;
use crate::time::LogicalTime;
use crate::wire::limits::{
    CONTROL_BYTES_MAX, CONTROL_LOCATOR_MAX, CONTROL_SEQ_MAX, ROOM_ACTORS_MAX, VECTOR_ACTORS_MAX,
};

fn person(number: usize) -> PersonId {
    let mut id = [7; 32];
    id[..8].copy_from_slice(&u64::try_from(number).unwrap().to_le_bytes());
    PersonId::new(id)
}

/// Ann's engine, with so many contacts of whom no device is known.
fn engine(contacts: usize) -> Engine {
    let (ann, ben) = (identity("Ann", 1), identity("Ben", 2));
    let mut stored = profile(&ann, &[&ben]);
    let ben = stored.contacts.pop().unwrap();
    stored.contacts = (0..contacts)
        .map(|number| ContactRecord {
            person: person(number),
            ..ben.clone()
        })
        .collect();
    Engine::open(stored, &[9; 32], at(0)).unwrap()
}

fn command(engine: &mut Engine, command: Command) -> Result<Outcome, CommandError> {
    let request = RequestId::new([1; 16]);
    engine.handle(Input::Command { request, command }, at(0));
    let mut reply = None;
    while let Some((_, output)) = engine.poll() {
        if let Output::Effect(Effect::Reply { result, .. }) = output {
            reply = Some(result);
        }
    }
    reply.unwrap()
}

fn make(engine: &mut Engine, members: usize) -> Result<Outcome, CommandError> {
    let make = Command::MakeRoom {
        title: "Garden".to_owned(),
        members: (0..members).map(person).collect(),
    };
    command(engine, make)
}

#[test]
fn a_room_has_as_many_members_as_it_may_and_one_more_is_refused() {
    let mut engine = engine(ROOM_MEMBERS_MAX);
    assert_eq!(
        make(&mut engine, ROOM_MEMBERS_MAX),
        Err(CommandError::RoomFull)
    );
    let made = make(&mut engine, ROOM_MEMBERS_MAX - 1);
    let Ok(Outcome::RoomMade { conversation }) = made else {
        panic!("{made:?}");
    };
    let change = RoomChange::Add {
        person: person(ROOM_MEMBERS_MAX - 1),
        whole_history: true,
    };
    let one_more = Command::ChangeRoom {
        conversation,
        change,
    };
    assert_eq!(command(&mut engine, one_more), Err(CommandError::RoomFull));
}

#[test]
fn a_profile_has_as_many_rooms_as_it_may_and_one_more_is_refused() {
    let mut engine = engine(0);
    for _ in 0..ROOMS_MAX {
        assert!(make(&mut engine, 0).is_ok());
    }
    assert_eq!(make(&mut engine, 0), Err(CommandError::TooManyRooms));
}

#[test]
fn a_contact_brings_us_into_so_many_rooms_some_more_wait_and_the_rest_is_passed_over() {
    let mut town = Town::of(2);
    town.connect(ANN, BEN);
    let standings: Vec<Option<RoomStanding>> = (0..=ROOMS_PER_INVITER_MAX + INVITATIONS_MAX)
        .map(|_| {
            let room = town.make_room(ANN, "Garden", &[BEN]);
            town.shown(BEN, room).map(|shown| shown.standing)
        })
        .collect();
    let (joined, rest) = standings.split_at(ROOMS_PER_INVITER_MAX);
    let (waiting, over) = rest.split_at(INVITATIONS_MAX);
    assert!(joined.iter().all(|one| *one == Some(RoomStanding::Joined)));
    assert!(
        waiting
            .iter()
            .all(|one| *one == Some(RoomStanding::Invited))
    );
    assert_eq!(over, [None]);
}

/// Ann's room and herself as its author.
fn room(side: &mut Side) -> (Room, Author) {
    let (room, _) = Room::make("Garden".to_owned(), &mut side.context()).unwrap();
    let author = Author {
        person: side.own.person(),
        device: side.own.device(),
        admission: room.conversation().into(),
    };
    (room, author)
}

fn add(person: PersonId, positions: usize) -> ControlBody {
    let position = |number: usize| Position {
        actor: ActorId::new(*self::person(number).as_bytes()),
        seq: u64::MAX,
        head: OperationId::new([1; 32]),
    };
    let mut since: Vec<Position> = (0..positions).map(position).collect();
    since.sort_by_key(|position| position.actor);
    ControlBody::Add(AddBody {
        person,
        role: Role::Admin,
        since: (positions > 0).then_some(since),
    })
}

#[test]
fn control_takes_as_many_bytes_as_it_may_and_what_goes_beyond_is_refused() {
    let mut side = Side::new(identity("Ann", 1), &[]);
    let (mut room, author) = room(&mut side);
    let mut written = 0;
    let refused = loop {
        let body = add(person(written), VECTOR_ACTORS_MAX);
        match room.write(author, &body, LogicalTime::ZERO, &mut side.context()) {
            Ok(_) => written += 1,
            Err(refusal) => break refusal,
        }
    };
    assert_eq!(refused, Refusal::Limit(crate::room::ControlError::RoomFull));
    let bytes = |room: &Room| -> usize {
        let records = room.records();
        records.iter().map(|record| record.operation.bytes()).sum()
    };
    let all = bytes(&room);
    assert!(all <= CONTROL_BYTES_MAX);
    let last = room.records().pop().unwrap().operation.bytes();
    assert!(all + last > CONTROL_BYTES_MAX, "{all} and {last}");
    assert!(u64::try_from(written).unwrap() < CONTROL_SEQ_MAX);
}

#[test]
fn a_room_has_as_many_actors_as_it_may_and_one_more_is_not_followed() {
    let mut side = Side::new(identity("Ann", 1), &[]);
    let (mut room, author) = room(&mut side);
    let body = add(author.person, 0);
    for _ in 1..ROOM_ACTORS_MAX {
        let mut context = side.context();
        room.write(author, &body, LogicalTime::ZERO, &mut context)
            .unwrap();
    }
    let latest = room.admissions().pop().unwrap().0;
    let other = Author {
        admission: latest,
        ..author
    };
    let mut replica = Replica::of_room(room, &side.own);
    replica.follow(&side.directory);
    assert_eq!(replica.own_actors().len(), ROOM_ACTORS_MAX);
    let room = replica.room_mut().unwrap();
    let mut context = side.context();
    room.write(other, &body, LogicalTime::ZERO, &mut context)
        .unwrap();
    assert_eq!(room.admissions().len(), ROOM_ACTORS_MAX + 1);
    replica.follow(&side.directory);
    assert_eq!(replica.own_actors().len(), ROOM_ACTORS_MAX);
}

#[test]
fn no_locator_is_longer_than_may_be_told() {
    let mut side = Side::new(identity("Ann", 1), &[]);
    let (mut room, author) = room(&mut side);
    for number in 0..300 {
        let body = add(person(number), 0);
        let mut context = side.context();
        room.write(author, &body, LogicalTime::ZERO, &mut context)
            .unwrap();
    }
    let locator = room.vector(&side.directory, &side.own).locator;
    let distinct: BTreeSet<OperationId> = locator.iter().copied().collect();
    assert_eq!(distinct.len(), locator.len());
    assert!(locator.len() > 8 && locator.len() <= CONTROL_LOCATOR_MAX);
    assert_eq!(room.past_of(&locator).len(), 301);
}

#[test]
fn a_session_presents_as_many_rooms_at_a_time_as_it_may_and_one_more_is_passed_over() {
    let ben = identity("Ben", 2);
    let mut exchange = Exchange::new(ben.device(), ben.person());
    let room = |number: usize| ConversationId::new(*person(number).as_bytes());
    for number in 0..FORMING_MAX {
        assert!(exchange.forming(room(number)).is_some());
    }
    assert!(exchange.forming(room(FORMING_MAX)).is_none());
    assert!(exchange.forming(room(0)).is_some(), "it is there already");
    exchange.heard_caught_up(&room(0));
    assert!(exchange.forming(room(FORMING_MAX)).is_some());
}

#[test]
fn a_session_sends_as_many_vectors_of_a_room_as_it_may_and_no_more() {
    let mut side = Side::new(identity("Ann", 1), &[]);
    let ben = identity("Ben", 2);
    let (room, _) = room(&mut side);
    let replica = Replica::of_room(room, &side.own);
    let vector = replica.vector(&side.directory, &side.own);
    let mut exchange = Exchange::new(ben.device(), ben.person());
    for _ in 0..VECTORS_MAX {
        assert!(!exchange.is_spent(&replica));
        exchange.serve(&vector, &replica);
    }
    assert!(exchange.is_spent(&replica));
}

#[test]
fn as_many_cards_are_kept_with_a_forming_room_as_may_be_and_no_more() {
    let card = identity("Ben", 2).card(Vec::new());
    let entry = (card.clone(), card.verify().unwrap(), Vec::new());
    let of = |number: usize| {
        let device = DeviceId::new(*person(number).as_bytes());
        Cards(BTreeMap::from([(device, entry.clone())]))
    };
    let mut cards = Cards::default();
    for number in 0..=FORMING_CARDS_MAX {
        cards.extend(of(number));
    }
    assert_eq!(cards.0.len(), FORMING_CARDS_MAX);
}
