//! Bodies on the wire, and what makes an operation one of its author and room.

use proptest::prelude::*;

use crate::id::{ActorId, AdmissionId, ConversationId, DeviceId, OperationId, PersonId};
use crate::identity::OwnIdentity;
use crate::operation::{Header, Kind, OPERATION_VERSION, Operation};
use crate::rng::Rng;
use crate::room::*;
use crate::sync::Position;
use crate::time::{LogicalTime, WallTime};
use crate::wire::limits::{
    CONTROL_BODY_BYTES_MAX, DEVICES_MAX, OPERATION_BYTES_MAX, SEQ_MAX, VECTOR_ACTORS_MAX,
};

const NONCE: [u8; 32] = [9; 32];

fn bytes(n: usize) -> [u8; 32] {
    let mut id = [0xff; 32];
    id[..8].copy_from_slice(&u64::try_from(n).unwrap().to_be_bytes());
    id
}

fn device_cuts(count: usize) -> Vec<DeviceCut> {
    let cut = |n| DeviceCut {
        device: DeviceId::new(bytes(n)),
        seq: SEQ_MAX,
        head: OperationId::new(bytes(n)),
    };
    (0..count).map(cut).collect()
}

fn admission_cuts(count: usize) -> Vec<AdmissionCut> {
    let cut = |n| AdmissionCut {
        admission: AdmissionId::new(bytes(n)),
        seq: SEQ_MAX,
        head: OperationId::new(bytes(n)),
    };
    (0..count).map(cut).collect()
}

fn positions(count: usize) -> Vec<Position> {
    let position = |n| Position {
        actor: ActorId::new(bytes(n)),
        seq: SEQ_MAX,
        head: OperationId::new(bytes(n)),
    };
    (0..count).map(position).collect()
}

fn remove(cuts: Vec<DeviceCut>) -> ControlBody {
    ControlBody::Remove(RemoveBody {
        admission: AdmissionId::new([1; 32]),
        person: PersonId::new([2; 32]),
        cuts,
    })
}

fn leave(cuts: Vec<DeviceCut>) -> ControlBody {
    ControlBody::Leave(LeaveBody { cuts })
}

fn add(since: Option<Vec<Position>>) -> ControlBody {
    ControlBody::Add(AddBody {
        person: PersonId::new([2; 32]),
        role: Role::Member,
        since,
    })
}

fn revoked(cuts: Vec<AdmissionCut>) -> ControlBody {
    ControlBody::DeviceRevoked(DeviceRevokedBody {
        device: DeviceId::new([3; 32]),
        cuts,
    })
}

fn title(title: &str) -> ControlBody {
    ControlBody::Title(TitleBody {
        title: title.into(),
    })
}

fn create(creator: PersonId) -> ControlBody {
    ControlBody::Create(CreateBody {
        creator,
        nonce: NONCE.into(),
        title: "Harbour".into(),
    })
}

fn reread(body: &ControlBody) -> Result<ControlBody, ControlError> {
    ControlBody::read(body.kind(), &body.to_bytes())
}

fn any_body() -> impl Strategy<Value = ControlBody> {
    let role = prop_oneof![Just(Role::Member), Just(Role::Admin)];
    let id = any::<[u8; 32]>();
    prop_oneof![
        id.prop_map(|id| create(PersonId::new(id))),
        (role.clone(), prop::option::of(0..4_usize)).prop_map(|(role, since)| {
            ControlBody::Add(AddBody {
                person: PersonId::new([4; 32]),
                role,
                since: since.map(positions),
            })
        }),
        (0..4_usize).prop_map(|cuts| remove(device_cuts(cuts))),
        (0..4_usize).prop_map(|cuts| leave(device_cuts(cuts))),
        (id, role).prop_map(|(id, role)| ControlBody::Role(RoleBody {
            admission: AdmissionId::new(id),
            role
        })),
        "[a-zà-ÿ]{1,64}".prop_map(|text| title(&text)),
        any::<Option<u32>>()
            .prop_map(|disappears_after| ControlBody::Settings(SettingsBody { disappears_after })),
        (0..4_usize).prop_map(|cuts| revoked(admission_cuts(cuts))),
    ]
}

proptest! {
    #[test]
    fn every_body_round_trips(body in any_body()) {
        prop_assert_eq!(reread(&body), Ok(body));
    }

    #[test]
    fn garbage_reads_or_errs(kind in 250_u16..270, bytes: Vec<u8>) {
        let _ = ControlBody::read(kind.into(), &bytes);
    }

    #[test]
    fn a_damaged_body_reads_or_errs(body in any_body(), at: prop::sample::Index, byte: u8) {
        let mut bytes = body.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = ControlBody::read(body.kind(), &bytes);
    }
}

#[test]
fn the_largest_lists_fit_an_operation_and_one_more_entry_is_refused() {
    let largest = [
        remove(device_cuts(DEVICES_MAX)),
        leave(device_cuts(DEVICES_MAX)),
        add(Some(positions(VECTOR_ACTORS_MAX))),
        revoked(admission_cuts(VECTOR_ACTORS_MAX)),
    ];
    for body in largest {
        assert!(body.to_bytes().len() + 4096 < OPERATION_BYTES_MAX);
        assert_eq!(reread(&body), Ok(body));
    }
    let too_large = [
        (remove(device_cuts(DEVICES_MAX + 1)), DEVICES_MAX),
        (leave(device_cuts(DEVICES_MAX + 1)), DEVICES_MAX),
        (
            add(Some(positions(VECTOR_ACTORS_MAX + 1))),
            VECTOR_ACTORS_MAX,
        ),
        (
            revoked(admission_cuts(VECTOR_ACTORS_MAX + 1)),
            VECTOR_ACTORS_MAX,
        ),
    ];
    for (body, entries_max) in too_large {
        let refused = ControlError::TooMany {
            entries: entries_max + 1,
            entries_max,
        };
        assert_eq!(reread(&body), Err(refused));
    }
}

#[test]
fn a_title_of_the_maximum_is_read_and_one_more_character_is_not() {
    assert_eq!(reread(&title(&"ü".repeat(64))), Ok(title(&"ü".repeat(64))));
    assert_eq!(reread(&title(&"ü".repeat(65))), Err(ControlError::Title));
    assert_eq!(reread(&title("")), Err(ControlError::Title));
}

#[test]
fn a_body_without_a_long_list_is_of_as_many_bytes_as_it_may_be_and_no_more() {
    let most = vec![0xff; CONTROL_BODY_BYTES_MAX];
    let over = [most.as_slice(), &[0xff]].concat();
    for kind in [Kind::Create, Kind::Remove, Kind::Leave, Kind::Role]
        .into_iter()
        .chain([Kind::Title, Kind::Settings, Kind::Unknown(999)])
    {
        let unknown = ControlBody::Unknown(kind.number());
        assert_eq!(ControlBody::read(kind, &most), Ok(unknown));
        let refused = ControlError::Body { bytes: over.len() };
        assert_eq!(ControlBody::read(kind, &over), Err(refused));
    }
    for kind in [Kind::Add, Kind::DeviceRevoked] {
        assert!(ControlBody::read(kind, &over).is_ok());
    }
}

#[test]
fn lists_are_ascending_and_count_from_one() {
    let mut unordered = device_cuts(2);
    unordered.reverse();
    let mut zero = device_cuts(2);
    zero[1].seq = 0;
    let repeated = [device_cuts(1), device_cuts(1)].concat();
    for cuts in [unordered, zero, repeated] {
        assert_eq!(reread(&remove(cuts)), Err(ControlError::List));
    }
}

#[test]
fn lists_name_the_highest_number_there_is_and_none_beyond() {
    let mut cuts = device_cuts(1);
    assert_eq!(reread(&leave(cuts.clone())), Ok(leave(cuts.clone())));
    cuts[0].seq = SEQ_MAX + 1;
    let mut of_device = admission_cuts(1);
    of_device[0].seq = SEQ_MAX + 1;
    let mut since = positions(1);
    since[0].seq = SEQ_MAX + 1;
    for beyond in [leave(cuts), revoked(of_device), add(Some(since))] {
        assert_eq!(reread(&beyond), Err(ControlError::List));
    }
}

#[test]
fn a_body_keeps_what_a_newer_version_wrote_and_is_read_without_it() {
    let mut newer = ControlBody::Settings(SettingsBody {
        disappears_after: Some(60),
    })
    .to_bytes();
    newer[0] += 1;
    newer.extend([7, 0xf5]);
    let read = ControlBody::read(Kind::Settings, &newer).unwrap();
    assert!(matches!(
        read,
        ControlBody::Settings(SettingsBody {
            disappears_after: Some(60)
        })
    ));
    assert_eq!(
        ControlBody::read(Kind::Unknown(999), b"anything"),
        Ok(ControlBody::Unknown(999))
    );
    assert_eq!(
        ControlBody::read(Kind::Message, &[]),
        Err(ControlError::Content)
    );
    assert_eq!(
        ControlBody::read(Kind::Title, b"\xa0"),
        Ok(ControlBody::Unknown(261))
    );
}

fn identity(seed: u8) -> (OwnIdentity, Author) {
    let mut rng = Rng::from_seed(&[seed; 32]);
    let now = WallTime::from_millis(1_700_000_000_000);
    let own = OwnIdentity::create("Ann", "laptop", now, &mut rng)
        .unwrap()
        .0;
    let device = own.device();
    let person = own.certificate().person;
    let room = ConversationId::room(person, device, &NONCE);
    let author = Author {
        person,
        device,
        admission: room.into(),
    };
    (own, author)
}

fn signed(own: &OwnIdentity, author: Author, body: &ControlBody) -> Operation {
    let conversation = ConversationId::new(*author.admission.as_bytes());
    let header = Header {
        version: OPERATION_VERSION,
        kind: body.kind(),
        conversation,
        actor: ActorId::of(author.device, conversation, author.admission),
        seq: 1,
        prev: None,
        logical: LogicalTime::new(1),
        wall: WallTime::from_millis(5),
        disappears_after: None,
        target: None,
        body: [0; 32].into(),
        body_bytes: 0,
        parents: Some(Vec::new()),
    };
    let mut rng = Rng::from_seed(&[7; 32]);
    Operation::author(header, body.to_bytes(), own, &mut rng).unwrap()
}

#[test]
fn a_create_is_read_as_that_of_its_room_and_author() {
    let (own, author) = identity(1);
    let operation = signed(&own, author, &create(author.person));
    let read = ControlOperation::read(&operation, author).unwrap();
    assert_eq!((read.id(), read.author()), (operation.id(), author));
    assert_eq!(read.body(), &create(author.person));
}

#[test]
fn nobody_creates_a_room_for_somebody_else() {
    let (own, author) = identity(1);
    let other = PersonId::new([5; 32]);
    let operation = signed(&own, author, &create(other));
    let refused = ControlOperation::read(&operation, author);
    assert_eq!(refused, Err(ControlError::Create));
    let mut foreign = create(author.person);
    if let ControlBody::Create(body) = &mut foreign {
        body.nonce = [8; 32].into();
    }
    let refused = ControlOperation::read(&signed(&own, author, &foreign), author);
    assert_eq!(refused, Err(ControlError::Create));
}

#[test]
fn an_operation_is_of_the_device_and_admission_that_its_actor_hashes_from() {
    let (own, author) = identity(1);
    let operation = signed(&own, author, &title("Harbour"));
    assert!(ControlOperation::read(&operation, author).is_ok());
    for wrong in [
        Author {
            device: DeviceId::new([1; 32]),
            ..author
        },
        Author {
            admission: AdmissionId::new([1; 32]),
            ..author
        },
    ] {
        let refused = ControlOperation::read(&operation, wrong);
        assert_eq!(refused, Err(ControlError::Author));
    }
}

#[test]
fn ids_of_rooms_and_actors_are_frozen() {
    let [person, device] = [[1; 32], [2; 32]];
    let room = ConversationId::room(PersonId::new(person), DeviceId::new(device), &NONCE);
    let actor = ActorId::of(DeviceId::new(device), room, AdmissionId::new([4; 32]));
    assert_eq!(
        room.to_string(),
        "g7jjtaos323ewvh7rds4ubfuvyca3rt6fey24dvajhqw7iow2ttq"
    );
    assert_eq!(
        actor.to_string(),
        "blen4izitpxwlxe4pgookpdoeuadi6kczjairtaxqzvg6xnkrxjq"
    );
}
