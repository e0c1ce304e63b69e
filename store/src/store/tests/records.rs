//! Every record comes back as it was written.

use tidings_protocol::id::{AdmissionId, DeviceId, EnvelopeId, RequestId, Tag};
use tidings_protocol::operation::Kind;
use tidings_protocol::record::{
    Acceptance, ActorRecord, Alarm, ContactRecord, ControlRecord, DeviceRecord, Discovery,
    DraftRecord, InviteRecord, MemberRecord, NetworkMode, NetworkRecord, Outcome, OwnReceiptRecord,
    PendingJoinRecord, PreferencesRecord, ReceiptRecord, RoomRecord, RoomStanding, SecretBytes,
    SettingsRecord,
};
use tidings_protocol::room::Role;
use tidings_protocol::sync::SignedReceipt;
use tidings_protocol::time::WallTime;

use super::*;
use crate::fixture::{conversation, insert, person};

fn secret(text: &str) -> SecretBytes {
    SecretBytes::new(text.as_bytes().to_vec())
}

fn at(millis: u64) -> WallTime {
    WallTime::from_millis(millis)
}

fn invite() -> InviteRecord {
    InviteRecord {
        tag: Tag::new([3; 16]),
        secret: secret("invite"),
        created_at: at(1),
        expires_at: at(u64::MAX / 4),
        reusable: true,
        answered: vec![
            (EnvelopeId::new([4; 32]), vec![1, 2, 3]),
            (EnvelopeId::new([5; 32]), vec![]),
        ],
    }
}

fn join() -> PendingJoinRecord {
    PendingJoinRecord {
        tag: Tag::new([6; 16]),
        secret: secret("join"),
        envelope: vec![9; 50],
        code: secret("code"),
        created_at: at(2),
    }
}

fn contact() -> ContactRecord {
    ContactRecord {
        person: person(2),
        name: "Ben \u{202e}".to_owned(),
        petname: Some("B".to_owned()),
        verified: true,
        alarm: Some(Alarm::NewDevice),
        blocked: false,
        added_at: at(3),
        met_by: Tag::new([3; 16]),
    }
}

fn preferences(muted: bool) -> PreferencesRecord {
    PreferencesRecord {
        muted,
        archived: true,
        ..PreferencesRecord::new(conversation(9))
    }
}

fn settings(mode: NetworkMode, discovery: Discovery) -> SettingsRecord {
    let address = |last| format!("/ip4/192.0.2.{last}/tcp/1");
    SettingsRecord {
        rooms_accept: Acceptance::Nobody,
        nearby: false,
        network: NetworkRecord {
            mode,
            discovery,
            relay: false,
            dht: false,
            port_mapping: false,
            mailbox: true,
            listen: vec![address(1), address(2)],
            bootstrap: vec![address(3)],
        },
    }
}

#[test]
fn every_way_to_use_networks_comes_back_and_the_default_does_where_nothing_was_set() {
    let mut store = Store::in_memory().unwrap();
    let read = |store: &Store| store.reader().unwrap().settings().unwrap();
    assert_eq!(read(&store), SettingsRecord::default());
    let modes = [
        NetworkMode::Auto,
        NetworkMode::Lan,
        NetworkMode::Internet,
        NetworkMode::Offline,
    ];
    for mode in modes {
        for discovery in [Discovery::On, Discovery::Hidden, Discovery::Off] {
            let settings = settings(mode, discovery);
            let put = Change::PutSettings(settings.clone());
            store.apply(&[put]).unwrap();
            assert_eq!(read(&store), settings);
        }
    }
    let put = Change::PutSettings(SettingsRecord::default());
    store.apply(&[put]).unwrap();
    assert_eq!(read(&store), SettingsRecord::default());
}

/// A receipt whose number is all that is told apart.
fn receipt(number: u64) -> ReceiptRecord {
    let mut bytes = vec![0xa2, 0, 0x41, u8::try_from(number).unwrap(), 1, 0x58, 64];
    bytes.extend([0; 64]);
    let signed: SignedReceipt = minicbor::decode(&bytes).unwrap();
    ReceiptRecord {
        conversation: conversation(9),
        device: DeviceId::new([2; 32]),
        number,
        signed,
    }
}

#[test]
fn a_whole_profile_comes_back_after_closing() {
    let home = Home::new();
    let mut store = home.create();
    assert_eq!(store.profile().unwrap(), Profile::default());
    let mut other = Author::other(2);
    other.skip(3);
    let beyond = other.message("beyond a gap");
    let mut place = other.place(0);
    place.erased.insert(7);
    place.read.insert_through(2);
    let device = DeviceRecord {
        device: DeviceId::new([2; 32]),
        person: person(2),
        card: vec![8; 100],
        addresses: vec!["/ip4/192.0.2.1/udp/1/quic-v1".to_owned(), String::new()],
    };
    let settings = settings(NetworkMode::Offline, Discovery::Hidden);
    let batch = vec![
        Change::PutIdentity(secret("identity")),
        Change::PutInvite(invite()),
        Change::PutPendingJoin(join()),
        Change::PutContact(contact()),
        Change::PutDevice(device.clone()),
        Change::PutActor(place.clone()),
        insert(&beyond),
        Change::PutReceipt(receipt(4)),
        Change::PutPreferences(preferences(true)),
        Change::PutPreferences(preferences(false)),
        Change::PutSettings(SettingsRecord::default()),
        Change::PutSettings(settings.clone()),
    ];
    store.apply(&batch).unwrap();
    let written = store.profile().unwrap();
    assert_eq!(written.identity, Some(secret("identity")));
    assert_eq!(written.invites, [invite()]);
    assert_eq!(written.pending_joins, [join()]);
    assert_eq!(written.contacts, [contact()]);
    assert_eq!(written.devices, [device]);
    assert_eq!(written.actors, [place]);
    assert_eq!(written.receipts, [receipt(4)]);
    assert_eq!(written.preferences, [preferences(false)]);
    assert_eq!(written.settings, settings);
    assert_eq!(store.reader().unwrap().settings().unwrap(), settings);
    assert_eq!(written.pending.len(), 1);
    assert_eq!(&written.pending[0].operation, beyond.operation.signed());
    assert_eq!(written.pending[0].conversation, conversation(9));
    drop(store);
    assert_eq!(home.open().unwrap().profile().unwrap(), written);
    let mut store = home.open().unwrap();
    store.apply(&batch).unwrap();
    assert_eq!(
        store.profile().unwrap(),
        written,
        "applying a batch again changes nothing"
    );
}

#[test]
fn records_are_replaced_by_their_key() {
    let mut store = Store::in_memory().unwrap();
    let used = InviteRecord {
        answered: Vec::new(),
        reusable: false,
        ..invite()
    };
    let spent = InviteRecord {
        tag: Tag::new([7; 16]),
        ..invite()
    };
    let blocked = ContactRecord {
        blocked: true,
        petname: None,
        ..contact()
    };
    store
        .apply(&[
            Change::PutIdentity(secret("old")),
            Change::PutIdentity(secret("new")),
            Change::PutInvite(invite()),
            Change::PutInvite(used.clone()),
            Change::PutContact(contact()),
            Change::PutContact(blocked.clone()),
            Change::PutPendingJoin(join()),
            Change::DeletePendingJoin(join().tag),
            Change::DeletePendingJoin(join().tag),
            Change::PutInvite(spent.clone()),
            Change::DeleteInvite(spent.tag),
        ])
        .unwrap();
    let profile = store.profile().unwrap();
    assert_eq!(profile.identity, Some(secret("new")));
    assert_eq!(profile.invites, [used]);
    assert_eq!(profile.contacts, [blocked]);
    assert_eq!(profile.pending_joins, []);
}

fn control(number: u8) -> ControlRecord {
    let mut author = Author::new(number, conversation(8), false);
    let record = author.operation(Kind::Add, vec![number]);
    ControlRecord {
        conversation: author.conversation,
        author: tidings_protocol::room::Author {
            person: author.person,
            device: record.device,
            admission: AdmissionId::new([number; 32]),
        },
        operation: record.operation.signed().clone(),
    }
}

fn member(number: u8, role: Role) -> MemberRecord {
    MemberRecord {
        person: person(number),
        role,
        name: format!("member {number}"),
    }
}

fn room(number: u8) -> RoomRecord {
    RoomRecord {
        conversation: conversation(number),
        standing: RoomStanding::Joined,
        title: "Flood \u{202e}".to_owned(),
        disappears_after: Some(u32::MAX),
        invited_by: Some(person(2)),
        members: vec![
            member(1, Role::Member),
            member(2, Role::Admin),
            member(3, Role::Member),
        ],
        needs_newer_version: false,
    }
}

#[test]
fn control_operations_are_held_once_and_in_the_order_in_which_they_came() {
    let home = Home::new();
    let mut store = home.create();
    let put = |number| Change::PutControl(Box::new(control(number)));
    store.apply(&[put(5), put(3), put(5)]).unwrap();
    store.apply(&[put(4), put(3)]).unwrap();
    let held = [5, 3, 4].map(control);
    assert_eq!(store.profile().unwrap().controls, held);
    drop(store);
    assert_eq!(home.open().unwrap().profile().unwrap().controls, held);
}

#[test]
fn a_room_is_what_was_written_last_and_is_there_without_any_message() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let put = |room: &RoomRecord| Change::PutRoom(Box::new(room.clone()));
    let left = RoomRecord {
        standing: RoomStanding::Left,
        title: String::new(),
        disappears_after: None,
        invited_by: None,
        members: vec![member(2, Role::Member), member(4, Role::Admin)],
        needs_newer_version: true,
        ..room(8)
    };
    store.apply(&[put(&room(8)), put(&room(7))]).unwrap();
    assert_eq!(reader.rooms().unwrap(), [room(7), room(8)]);
    store.apply(&[put(&left), put(&left)]).unwrap();
    assert_eq!(reader.rooms().unwrap(), [room(7), left.clone()]);
    assert_eq!(reader.room(conversation(8)).unwrap(), Some(left.clone()));
    assert_eq!(reader.room(conversation(9)).unwrap(), None);
    assert_eq!(store.profile().unwrap().rooms, [room(7), left]);
    for standing in [RoomStanding::Invited, RoomStanding::Removed] {
        let room = RoomRecord {
            standing,
            ..room(8)
        };
        store.apply(&[put(&room)]).unwrap();
        assert_eq!(reader.room(conversation(8)).unwrap(), Some(room));
    }
    assert_eq!(reader.check().unwrap(), Vec::<String>::new());
}

#[test]
fn where_an_actor_begins_and_how_far_it_counts_come_back() {
    let mut store = Store::in_memory().unwrap();
    let other = Author::other(2);
    for (base, cut) in [(0, Some(0)), (7, Some(9)), (7, None)] {
        let place = ActorRecord {
            base,
            cut,
            ..other.place(8)
        };
        store.apply(&[Change::PutActor(place.clone())]).unwrap();
        assert_eq!(store.profile().unwrap().actors, [place]);
    }
}

#[test]
fn of_receipts_the_highest_number_stays() {
    let mut store = Store::in_memory().unwrap();
    for number in [5, 3, 5, 7, 6] {
        store.apply(&[Change::PutReceipt(receipt(number))]).unwrap();
    }
    assert_eq!(store.profile().unwrap().receipts, [receipt(7)]);
    let own = |to, number| OwnReceiptRecord {
        conversation: conversation(9),
        person: person(to),
        number,
        signed: receipt(number).signed,
    };
    for (to, number) in [(1, 5), (2, 6), (1, 3), (2, 8), (1, 7)] {
        store
            .apply(&[Change::PutOwnReceipt(own(to, number))])
            .unwrap();
    }
    assert_eq!(
        store.profile().unwrap().own_receipts,
        [own(1, 7), own(2, 8)]
    );
}

#[test]
fn an_operation_is_pending_until_its_actor_reaches_it() {
    let mut store = Store::in_memory().unwrap();
    let mut other = Author::other(2);
    let all = other.messages(4);
    store.apply(&inserts(&all[2..])).unwrap();
    let profile = store.profile().unwrap();
    assert_eq!(profile.pending.len(), 2);
    assert_eq!(
        profile.actors,
        [other.place(0)],
        "the actor has a place at once"
    );
    store.apply(&inserts(&all[..2])).unwrap();
    store.apply(&[Change::PutActor(other.place(4))]).unwrap();
    assert_eq!(store.profile().unwrap().pending, []);
}

#[test]
fn a_request_is_remembered_until_so_many_came_after_it() {
    let mut store = Store::in_memory().unwrap();
    let reader = store.reader().unwrap();
    let request = |number: u64| {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        RequestId::new(bytes)
    };
    let put = |number| Change::PutRequest {
        request: request(number),
        outcome: Outcome::Joining {
            tag: Tag::new([1; 16]),
        },
        at: at(number),
    };
    let batch: Vec<_> = (0..REQUESTS_KEPT_MAX).map(put).collect();
    store.apply(&batch).unwrap();
    let joining = Some(Outcome::Joining {
        tag: Tag::new([1; 16]),
    });
    assert_eq!(reader.request(request(0)).unwrap(), joining);
    let done = Change::PutRequest {
        request: request(1),
        outcome: Outcome::Done,
        at: at(0),
    };
    store.apply(&[done]).unwrap();
    assert_eq!(
        reader.request(request(0)).unwrap(),
        joining,
        "writing one again prunes nothing"
    );
    store.apply(&[put(REQUESTS_KEPT_MAX)]).unwrap();
    assert_eq!(reader.request(request(0)).unwrap(), None);
    assert_eq!(reader.request(request(1)).unwrap(), Some(Outcome::Done));
    assert_eq!(reader.request(request(REQUESTS_KEPT_MAX)).unwrap(), joining);
}

#[test]
fn a_deletion_makes_truncating_the_log_due_and_truncating_empties_it() {
    let home = Home::new();
    let mut store = home.create();
    let log = home.directory().join("profile.db-wal");
    let used_up = InviteRecord {
        secret: SecretBytes::new(Vec::new()),
        ..invite()
    };
    let deletions = [
        (Change::PutInvite(invite()), Change::PutInvite(used_up)),
        (
            Change::PutPendingJoin(join()),
            Change::DeletePendingJoin(join().tag),
        ),
        (
            Change::PutInvite(invite()),
            Change::DeleteInvite(invite().tag),
        ),
        (
            Change::PutIdentity(secret("old")),
            Change::PutIdentity(secret("new")),
        ),
    ];
    for (put, delete) in deletions {
        store.apply(&[put]).unwrap();
        assert!(!store.wal_truncate_due());
        store.apply(&[delete]).unwrap();
        assert!(store.wal_truncate_due());
        assert!(fs::metadata(&log).unwrap().len() > 0);
        assert!(store.truncate_wal().unwrap());
        assert_eq!(fs::metadata(&log).unwrap().len(), 0);
        assert!(!store.wal_truncate_due());
    }
}

#[test]
fn a_draft_takes_the_place_of_the_one_before_and_is_gone_when_it_is_empty() {
    let home = Home::new();
    let mut store = home.create();
    let draft = |text: &str| {
        Change::PutDraft(DraftRecord {
            conversation: conversation(9),
            text: text.to_owned(),
        })
    };
    let kept = |store: &Store| {
        let reader = store.reader().unwrap();
        reader.conversation(conversation(9)).unwrap().draft
    };
    store.apply(&[draft("Dear"), draft("Dear Ben")]).unwrap();
    assert_eq!(kept(&store).as_deref(), Some("Dear Ben"));
    store.apply(&[draft("")]).unwrap();
    assert_eq!(kept(&store), None);
}
