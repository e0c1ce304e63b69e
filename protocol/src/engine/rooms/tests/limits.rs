//! Every limit of rooms, at its most and at one more.

use std::collections::{BTreeMap, BTreeSet};

use super::hostile::Forger;
use super::town::Town;
use super::*;
use crate::engine::exchange::{DIGEST_ENTRIES_MAX, Exchange, SAID_MAX};
use crate::engine::rooms::cards::FORMING_CARDS_MAX;
use crate::engine::rooms::forming::{FORMING_BYTES_MAX, FORMING_BYTES_MIN, evict_surplus};
use crate::engine::tests::{Side, at, identity, profile};
use crate::engine::{Command, Effect, Engine, Input, Output};
use crate::id::{ActorId, OperationId, RequestId};
use crate::record::{ContactRecord, Outcome};
use crate::room::Author;
use crate::sync::{ControlVector, Position, SessionMessage};
use crate::time::LogicalTime;
use crate::wire::limits::{
    CARD_BYTES_MAX, CONTROL_BYTES_MAX, CONTROL_LOCATOR_MAX, CONTROL_SEQ_MAX, ROOM_ACTORS_MAX,
    ROOM_MEMBERS_MAX, ROOMS_MAX, SEQ_MAX, VECTOR_ACTORS_MAX,
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
fn a_room_that_others_made_larger_is_shown_to_all_with_as_many_members_as_it_may_have() {
    let mut town = Town::of(4);
    town.connect_all();
    let room = town.make_room(ANN, "Garden", &[BEN, CAT, DAN]);
    let cat = town.person(CAT);
    let role = Role::Admin;
    town.change(ANN, room, RoomChange::Role { person: cat, role });
    town.disconnect_all();
    let mut by_cat = Forger::new(&town, town.own(CAT), ANN, room);
    by_cat.parents = town.room(ANN, room).heads();
    let beyond = 5;
    let made_up = ROOM_MEMBERS_MAX - 4 + beyond;
    let adds: Vec<_> = (0..made_up)
        .map(|number| {
            by_cat.write(&ControlBody::Add(AddBody {
                person: person(number),
                role: Role::Member,
                since: None,
            }))
        })
        .collect();
    town.hand_control(ANN, room, &[], &adds);
    let (first, second) = adds.split_at(made_up / 2);
    town.hand_control(BEN, room, &[], first);
    town.hand_control(BEN, room, &[], second);
    let members = |town: &Town, who| {
        let shown = town.shown(who, room).unwrap().members.into_iter();
        shown.map(|member| member.person).collect::<BTreeSet<_>>()
    };
    assert_eq!(members(&town, ANN).len(), ROOM_MEMBERS_MAX);
    assert!(members(&town, ANN) == members(&town, BEN));
    // Whom Cat let in are senior to Dan, who comes to know that he has no place any more.
    town.connect(ANN, DAN);
    assert!(members(&town, ANN) == members(&town, DAN));
    assert!(!members(&town, DAN).contains(&town.person(DAN)));
    assert_eq!(
        town.shown(DAN, room).unwrap().standing,
        RoomStanding::Removed
    );
    assert!(town.try_write(DAN, room, "hello").is_err());
    for number in 0..beyond {
        let person = person(number);
        town.change(ANN, room, RoomChange::Remove { person });
    }
    assert_eq!(
        town.shown(DAN, room).unwrap().standing,
        RoomStanding::Joined
    );
    town.write(DAN, room, "back again");
    assert_eq!(town.texts(ANN, room), ["back again"]);
    town.restart_all();
    assert!(members(&town, ANN) == members(&town, DAN));
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
    let taken = ROOMS_PER_INVITER_MAX + INVITATIONS_PER_INVITER_MAX;
    let standings: Vec<Option<RoomStanding>> = (0..=taken)
        .map(|_| {
            let room = town.make_room(ANN, "Garden", &[BEN]);
            town.shown(BEN, room).map(|shown| shown.standing)
        })
        .collect();
    let (joined, rest) = standings.split_at(ROOMS_PER_INVITER_MAX);
    let (waiting, over) = rest.split_at(INVITATIONS_PER_INVITER_MAX);
    assert!(joined.iter().all(|one| *one == Some(RoomStanding::Joined)));
    assert!(
        waiting
            .iter()
            .all(|one| *one == Some(RoomStanding::Invited))
    );
    assert_eq!(over, [None]);
}

#[test]
fn as_many_invitations_wait_as_may_and_one_more_is_passed_over() {
    // All know Ann and Ben, who know each other; Ben knows nobody else.
    let inviters = INVITATIONS_MAX / INVITATIONS_PER_INVITER_MAX + 1;
    let inviters = 2..2 + inviters;
    let pairs = inviters
        .clone()
        .flat_map(|one| [(one, ANN), (ANN, one), (one, BEN)]);
    let pairs: Vec<_> = pairs.chain([(ANN, BEN), (BEN, ANN)]).collect();
    let mut town = Town::where_one_knows(inviters.end, &pairs);
    town.connect(ANN, BEN);
    let mut standings = Vec::new();
    for inviter in inviters {
        town.connect(inviter, ANN);
        for _ in 0..INVITATIONS_PER_INVITER_MAX {
            let room = town.make_room(inviter, "Garden", &[ANN, BEN]);
            standings.push(town.shown(BEN, room).map(|shown| shown.standing));
        }
    }
    let (waiting, over) = standings.split_at(INVITATIONS_MAX);
    let is_waiting = |one: &Option<RoomStanding>| *one == Some(RoomStanding::Invited);
    assert!(waiting.iter().all(is_waiting), "{waiting:?}");
    assert_eq!(over, [None; INVITATIONS_PER_INVITER_MAX]);
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
        seq: SEQ_MAX,
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
        assert!(exchange.forming(room(number), at(0).monotonic).is_some());
    }
    assert!(
        exchange
            .forming(room(FORMING_MAX), at(0).monotonic)
            .is_none()
    );
    assert!(
        exchange.forming(room(0), at(0).monotonic).is_some(),
        "it is there already"
    );
    exchange.heard_caught_up(&room(0));
    assert!(
        exchange
            .forming(room(FORMING_MAX), at(0).monotonic)
            .is_some()
    );
}

fn forming_room(number: usize) -> ConversationId {
    ConversationId::new(*person(number).as_bytes())
}

/// Ann's engine, with a session to each of three others; and the links to them.
fn connected() -> (Town, Vec<LinkId>) {
    let mut town = Town::of(4);
    town.connect_all();
    let people: Vec<PersonId> = (1..4).map(|who| town.person(who)).collect();
    let sessions = town.engine(ANN).links.sessions();
    let links: BTreeMap<PersonId, LinkId> = sessions
        .map(|(link, exchange)| (exchange.person(), link))
        .collect();
    (town, people.iter().map(|person| links[person]).collect())
}

/// Has whoever is at the other end of a link say that they hold a room.
fn say_that_they_hold(engine: &mut Engine, link: LinkId, number: usize, millis: u64) {
    let vector = Vector {
        control: Some(ControlVector::default()),
        ..Vector::of_positions(forming_room(number), Vec::new())
    };
    engine.session_message(link, SessionMessage::Vector(vector), at(millis));
}

/// The rooms that are in the making.
fn forming(engine: &Engine) -> BTreeSet<ConversationId> {
    let sessions = engine.links.sessions();
    let presented = sessions.flat_map(|(_, exchange)| exchange.presented());
    presented.map(|one| one.room.conversation()).collect()
}

#[test]
fn all_sessions_present_as_many_rooms_as_may_be_and_for_one_more_who_presents_most_makes_room() {
    let (mut town, links) = connected();
    let engine = town.engine(ANN);
    let most = FORMING_BYTES_MAX / FORMING_BYTES_MIN + 1;
    let of_ben = 1..=FORMING_MAX;
    let rest = FORMING_MAX + 1..most;
    say_that_they_hold(engine, links[2], 0, 10);
    for number in of_ben.clone() {
        say_that_they_hold(engine, links[0], number, 20);
    }
    for number in rest {
        say_that_they_hold(engine, links[1 + number % 2], number, 30);
    }
    let all: BTreeSet<_> = (0..most).map(forming_room).collect();
    assert_eq!(forming(engine), all);

    say_that_they_hold(engine, links[1], most, 40);
    let after = forming(engine);
    assert_eq!(after.len(), most);
    assert!(after.contains(&forming_room(most)));
    let dropped: Vec<_> = all.difference(&after).copied().collect();
    let first_of_ben = of_ben.clone().map(forming_room).min().unwrap();
    assert_eq!(dropped, [first_of_ben]);
}

#[test]
fn what_all_sessions_present_takes_as_many_bytes_as_it_may_and_one_card_more_makes_room() {
    let card = identity("Ben", 2).card(Vec::new());
    let entry = (card.clone(), card.verify().unwrap(), Vec::new());
    let (mut town, links) = connected();
    let engine = town.engine(ANN);
    let least = FORMING_BYTES_MIN / CARD_BYTES_MAX;
    let full = FORMING_BYTES_MAX / CARD_BYTES_MAX;
    let rest = full - 3 * FORMING_CARDS_MAX - least;
    // One more, as the largest does not count.
    let counts = [FORMING_CARDS_MAX; 4].into_iter().chain([least, rest]);
    for (number, count) in counts.enumerate() {
        let link = links[number % links.len()];
        say_that_they_hold(engine, link, number, 0);
        let exchange = &mut engine.links.session(link).unwrap().exchange;
        let room = exchange.forming(forming_room(number), at(0).monotonic);
        let cards = (0..count).map(|number| {
            let device = DeviceId::new(*person(number).as_bytes());
            (device, entry.clone())
        });
        let cards = Cards(cards.collect());
        room.unwrap().cards.extend(cards, &BTreeSet::new());
    }
    evict_surplus(&mut engine.links);
    assert_eq!(forming(engine).len(), 6);
    let control = Control {
        conversation: forming_room(5),
        cards: vec![Introduction {
            card: card.to_bytes().into(),
            addresses: Vec::new(),
        }],
        operations: Vec::new(),
    };
    let link = links[5 % links.len()];
    engine.receive_control(Some(link), control, at(1)).unwrap();
    assert_eq!(forming(engine).len(), 5);
}

#[test]
fn as_many_vectors_and_digests_of_a_room_are_looked_at_as_may_be_until_it_changes() {
    let mut side = Side::new(identity("Ann", 1), &[]);
    let ben = identity("Ben", 2);
    let (room, _) = room(&mut side);
    let mut exchange = Exchange::new(ben.device(), ben.person());
    let mut replica = Replica::of_room(room, &side.own);
    for _ in 0..2 {
        for _ in 0..SAID_MAX {
            assert!(exchange.heeds(&replica));
        }
        assert!(!exchange.heeds(&replica) && !exchange.is_spent(&replica));
        replica.room_mut().unwrap().stir();
    }
}

#[test]
fn as_many_cards_are_kept_with_a_forming_room_as_may_be_and_no_more_but_of_who_wrote_into_it() {
    let card = identity("Ben", 2).card(Vec::new());
    let entry = (card.clone(), card.verify().unwrap(), Vec::new());
    let of = |number: usize| {
        let device = DeviceId::new(*person(number).as_bytes());
        Cards(BTreeMap::from([(device, entry.clone())]))
    };
    let mut cards = Cards::default();
    for number in 0..=FORMING_CARDS_MAX {
        cards.extend(of(number), &BTreeSet::new());
    }
    assert_eq!(cards.0.len(), FORMING_CARDS_MAX);
    let author = of(FORMING_CARDS_MAX);
    let authors: BTreeSet<DeviceId> = author.0.keys().copied().collect();
    cards.extend(author, &authors);
    assert_eq!(cards.0.len(), FORMING_CARDS_MAX + 1);
}

#[test]
fn control_names_numbers_as_high_as_may_be_and_no_higher() {
    let beginning = |seq: u64| {
        let position = Position {
            actor: ActorId::new([1; 32]),
            seq,
            head: OperationId::new([1; 32]),
        };
        let body = ControlBody::Add(AddBody {
            person: self::person(1),
            role: Role::Member,
            since: Some(vec![position]),
        });
        body.check()
    };
    assert_eq!(beginning(SEQ_MAX), Ok(()));
    assert!(beginning(SEQ_MAX + 1).is_err());
    assert!(beginning(u64::MAX).is_err());
}

#[test]
fn a_vector_of_eight_entries_is_said_at_once_and_a_longer_one_after_its_digest() {
    let mut town = Town::of(7);
    let room = town.make_room(ANN, "Garden", &[]);
    let (device, person) = (town.own(BEN).device(), town.person(BEN));
    let mut seen = BTreeSet::new();
    let look = |town: &mut Town, seen: &mut BTreeSet<usize>| {
        let parts = town.engine(ANN).parts(at(0));
        let replica = parts.replicas.by_id(&room).unwrap();
        let entries = replica.vector(parts.directory, parts.context.own).entries();
        let said = Exchange::new(device, person).begin(replica, parts.directory, &parts.context);
        let is_digest = matches!(said, SessionMessage::Digest(..));
        assert_eq!(is_digest, entries > DIGEST_ENTRIES_MAX, "{entries}");
        seen.insert(entries);
    };
    for member in 1..7 {
        let change = RoomChange::Add {
            person: town.person(member),
            whole_history: true,
        };
        town.change(ANN, room, change);
        look(&mut town, &mut seen);
    }
    town.write(ANN, room, "hello");
    look(&mut town, &mut seen);
    assert!(seen.contains(&DIGEST_ENTRIES_MAX), "max of {seen:?}");
    assert!(
        seen.contains(&(DIGEST_ENTRIES_MAX + 1)),
        "max + 1 of {seen:?}"
    );
}
