use tidings_protocol::id::{AdmissionId, ConversationId, DeviceId, PersonId};
use tidings_protocol::operation::{Content, Kind};
use tidings_protocol::record::{Change, ControlRecord, DeedsRecord, RoomRecord, RoomStanding};
use tidings_protocol::room::{
    AddBody, Author as Signer, ControlBody, ControlLog, ControlOperation, CreateBody, Deed,
    DeedKind, Role, SettingsBody,
};

use crate::fixture::{Author, Home, conversation, count, insert, is_room, person};
use crate::reader::{PageLimit, Selection};
use crate::{Reader, Store};

const NONCE: [u8; 32] = [5; 32];

/// Whoever makes the room.
const CREATOR: u8 = 3;

fn room() -> ConversationId {
    let device = DeviceId::new([CREATOR; 32]);
    ConversationId::room(person(CREATOR), device, &NONCE)
}

/// What the creator does in the room, an operation each, and what the protocol tells of it.
fn controls(bodies: &[ControlBody]) -> (Vec<ControlRecord>, Vec<Deed>) {
    let mut author = Author::new(CREATOR, room(), false);
    let mut log = ControlLog::new(room());
    let records = bodies.iter().map(|body| {
        let operation = author.operation(body.kind(), body.to_bytes()).operation;
        let signer = Signer {
            person: person(CREATOR),
            device: DeviceId::new([CREATOR; 32]),
            admission: AdmissionId::from(room()),
        };
        let control = ControlOperation::read(&operation, signer).unwrap();
        assert_eq!(log.insert(control), Ok(true));
        ControlRecord {
            conversation: room(),
            author: signer,
            operation: operation.signed().clone(),
        }
    });
    let records = records.collect();
    let deeds = log.deeds(&log.resolve());
    (records, deeds)
}

fn create() -> ControlBody {
    ControlBody::Create(CreateBody {
        creator: person(CREATOR),
        nonce: NONCE.into(),
        title: "Garden".to_owned(),
    })
}

fn add(number: u8) -> ControlBody {
    ControlBody::Add(AddBody {
        person: person(number),
        role: Role::Member,
        since: None,
    })
}

fn settle(seconds: u32) -> ControlBody {
    let disappears_after = Some(seconds);
    ControlBody::Settings(SettingsBody { disappears_after })
}

/// The change that makes the room one.
fn is_a_room() -> Change {
    Change::PutRoom(Box::new(RoomRecord {
        conversation: room(),
        standing: RoomStanding::Joined,
        title: "Garden".to_owned(),
        disappears_after: None,
        invited_by: None,
        members: Vec::new(),
        needs_newer_version: false,
    }))
}

fn tell(told: Vec<Deed>) -> Change {
    Change::TellDeeds(Box::new(DeedsRecord {
        conversation: room(),
        told,
        untold: Vec::new(),
    }))
}

/// What is told of a conversation, in its order.
fn told(reader: &Reader, conversation: ConversationId) -> Vec<Deed> {
    let selection = Selection {
        conversation: Some(conversation),
        unread_only: false,
        pinned_only: false,
        newest: None,
        from: None,
        before: None,
        deeds: true,
    };
    let limit = PageLimit {
        messages: 1_000,
        bytes: usize::MAX,
    };
    let page = reader.page(&selection, None, limit).unwrap().unwrap();
    assert_eq!(page.next, None);
    page.deeds.into_iter().map(|row| row.deed).collect()
}

/// A store that was told of a room what the protocol tells.
fn stored(mut store: Store, bodies: &[ControlBody]) -> (Store, Vec<Deed>) {
    let (records, deeds) = controls(bodies);
    let put = records
        .into_iter()
        .map(|record| Change::PutControl(Box::new(record)));
    let mut changes: Vec<Change> = [is_a_room()].into_iter().chain(put).collect();
    changes.push(tell(deeds.clone()));
    store.apply(&changes).unwrap();
    (store, deeds)
}

#[test]
fn what_is_told_of_a_room_is_kept_and_made_anew_from_its_control() {
    let bodies = [create(), add(4), settle(60)];
    let (mut store, deeds) = stored(Store::in_memory().unwrap(), &bodies);
    let reader = store.reader().unwrap();
    let (first, last) = (&deeds[0], &deeds[2]);
    assert!(matches!(&first.what, DeedKind::Made { title } if title == "Garden"));
    assert_eq!(last.what, DeedKind::LetStay { seconds: Some(60) });
    assert_eq!(told(&reader, room()), deeds);
    store.rebuild_projections().unwrap();
    assert_eq!(told(&reader, room()), deeds);
}

#[test]
fn what_was_done_last_is_there_without_the_messages() {
    let (store, deeds) = stored(Store::in_memory().unwrap(), &[create(), add(4), settle(60)]);
    let reader = store.reader().unwrap();
    let newest = |most| {
        let rows = reader.deeds(room(), most).unwrap().into_iter();
        rows.map(|row| row.deed).collect::<Vec<_>>()
    };
    assert_eq!(newest(4), deeds);
    assert_eq!(newest(2), deeds[1..]);
    assert_eq!(reader.deeds(conversation(9), 4).unwrap(), []);
}

#[test]
fn what_was_done_before_it_was_told_is_told_once_the_schema_has_a_place_for_it() {
    let home = Home::new();
    let (store, deeds) = stored(home.create(), &[create(), add(4)]);
    store
        .lock()
        .execute_batch("DROP TABLE deeds; PRAGMA user_version = 19")
        .unwrap();
    drop(store);
    let store = home.open().unwrap();
    assert_eq!(told(&store.reader().unwrap(), room()), deeds);
}

#[test]
fn what_is_told_otherwise_takes_the_place_of_what_was_and_what_is_untold_is_gone() {
    let (mut store, deeds) = stored(Store::in_memory().unwrap(), &[create(), add(4), add(5)]);
    let reader = store.reader().unwrap();
    let [made, let_in, another] = deeds.as_slice() else {
        panic!("{deeds:?}");
    };
    let person = PersonId::new([6; 32]);
    let otherwise = Deed {
        what: DeedKind::TookOut { person },
        ..let_in.clone()
    };
    let change = Change::TellDeeds(Box::new(DeedsRecord {
        conversation: room(),
        told: vec![otherwise.clone()],
        untold: vec![another.operation],
    }));
    store.apply(&[change]).unwrap();
    assert_eq!(told(&reader, room()), [made.clone(), otherwise]);
    assert!(reader.tells(let_in.operation).unwrap());
    assert!(!reader.tells(another.operation).unwrap());
}

#[test]
fn how_long_messages_stay_is_told_of_whoever_said_it_to_another_as_far_as_that_counts() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let (mut own, mut ben) = (Author::own(&[2]), Author::other(2));
    let stay = |seconds| Content::Lifetime { seconds };
    let said = [own.write(&stay(Some(60))), ben.write(&stay(None))];
    store.apply(&said.each_ref().map(insert)).unwrap();
    let all = told(&reader, conversation(9));
    let of = |by: &Author, seconds| (by.person, DeedKind::LetStay { seconds });
    let found = |deeds: &[Deed]| -> Vec<_> {
        deeds
            .iter()
            .map(|deed| (deed.by, deed.what.clone()))
            .collect()
    };
    let mut expected = vec![of(&own, Some(60)), of(&ben, None)];
    if all[0].by == ben.person {
        // Of the same time, the lower id comes first.
        expected.reverse();
    }
    assert_eq!(found(&all), expected);
    store.rebuild_projections().unwrap();
    assert_eq!(told(&reader, conversation(9)), all);
    store.apply(&[count(&ben, 1, Some(0))]).unwrap();
    assert_eq!(found(&told(&reader, conversation(9))), [of(&own, Some(60))]);
}

#[test]
fn in_a_room_nobody_but_its_control_says_how_long_messages_stay() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let mut ben = Author::other(2);
    let said = ben.operation(
        Kind::Lifetime,
        Content::Lifetime { seconds: None }.to_bytes(),
    );
    store.apply(&[is_room(9), insert(&said)]).unwrap();
    assert_eq!(told(&reader, conversation(9)), []);
}
