//! What no file of a profile holds as it is: anything of any change, the key, the schema.

use std::collections::HashSet;
use std::mem::discriminant;

use tidings_protocol::carry::{Depositor, NoticeKind, Tier};
use tidings_protocol::delivery::DeliveryState;
use tidings_protocol::envelope::{Header, Priority};
use tidings_protocol::id::{
    ActorId, ConversationId, DeviceId, EnvelopeId, OperationId, PersonId, RequestId, SenderChainId,
    Tag,
};
use tidings_protocol::operation::{Fork, Kind, SignedOperation};
use tidings_protocol::record::{
    ActorRecord, CarriedRecord, ChainReaderRecord, ContactRecord, ControlRecord, CustodyRecord,
    DeedsRecord, DepositRecord, DeviceRecord, DraftRecord, Enclosed, InviteRecord,
    MailedControlRecord, MemberRecord, NetworkRecord, Outcome, OwedControlRecord, OwnReceiptRecord,
    PairRecord, PendingJoinRecord, PreferencesRecord, ReceiptRecord, ReceiverChainRecord,
    RoomRecord, RoomStanding, SecretBytes, SenderChainRecord, SettingsRecord, TombstoneRecord,
};
use tidings_protocol::rng::Rng;
use tidings_protocol::room::{Deed, DeedKind, Role};
use tidings_protocol::sync::Coverage;
use tidings_protocol::time::{CarryTime, LogicalTime, WallTime};

use super::*;
use crate::column::cbor;
use crate::fixture::{self, body, insert};
use crate::{KeyFile, MessageOrder, MessageQuery};

/// Says by what each kind of change is known again in a file. A kind that is not here does not compile,
/// and one that is here and that no test applies is missed.
macro_rules! canaries {
    ($($kind:pat => $canaries:expr,)*) => {
        /// How many kinds there are.
        const KINDS: usize = [$(stringify!($kind)),*].len();

        fn canaries(change: &Change) -> Vec<Vec<u8>> {
            match change {
                $($kind => $canaries,)*
            }
        }
    };
}

canaries! {
    Change::PutIdentity(secret) => of(&[secret.expose()]),
    Change::PutInvite(invite) => {
        let answers = invite.answered.iter();
        let mut all = of(&[invite.tag.as_bytes(), invite.secret.expose()]);
        all.extend(answers.flat_map(|(id, answer)| of(&[id.as_bytes(), answer])));
        all
    },
    Change::DeleteInvite(_) => of(&[]),
    Change::PutPendingJoin(join) => of(&[
        join.tag.as_bytes(),
        join.secret.expose(),
        &join.envelope,
        join.code.expose(),
    ]),
    Change::DeletePendingJoin(_) => of(&[]),
    Change::PutContact(contact) => of(&[
        contact.person.as_bytes(),
        contact.name.as_bytes(),
        contact.petname.as_ref().unwrap().as_bytes(),
        contact.met_by.as_bytes(),
    ]),
    Change::PutDevice(device) => of(&[
        device.device.as_bytes(),
        device.person.as_bytes(),
        &device.card,
        device.addresses[0].as_bytes(),
    ]),
    Change::DeleteContactSecrets(_) => of(&[]),
    Change::PutPair(pair) => of(&[pair.device.as_bytes(), pair.state.expose()]),
    Change::PutSenderChain(chain) => of(&[chain.conversation.as_bytes(), chain.state.expose()]),
    Change::DeleteSenderChain(_) => of(&[]),
    Change::PutChainReader(reader) => of(&[reader.conversation.as_bytes(), reader.device.as_bytes()]),
    Change::DeleteChainReader(_) => of(&[]),
    Change::PutMailedControl(mailed) => of(&[
        mailed.conversation.as_bytes(),
        mailed.device.as_bytes(),
        &mailed.said,
    ]),
    Change::DropMailedControl(..) => of(&[]),
    Change::PutOwedControl(owed) => of(&[owed.conversation.as_bytes(), owed.device.as_bytes()]),
    Change::DropOwedControl(..) => of(&[]),
    Change::PutReceiverChain(chain) => of(&[
        chain.id.as_bytes(),
        chain.conversation.as_bytes(),
        chain.state.expose(),
    ]),
    Change::DeleteReceiverChain(_) => of(&[]),
    Change::PutActor(place) => of(&[
        place.conversation.as_bytes(),
        place.actor.as_bytes(),
        place.device.as_bytes(),
        place.person.as_bytes(),
        place.head.as_ref().unwrap().as_bytes(),
    ]),
    Change::PutFork(fork) => {
        let mut all = of(&[fork.actor().as_bytes()]);
        all.extend(written(&fork.signed().first));
        all.extend(written(&fork.signed().second));
        all
    },
    Change::InsertOperation(record) => {
        let mut all = written(record.operation.signed());
        all.extend(of(&[record.operation.id().as_bytes(), record.person.as_bytes()]));
        all.extend(record.recipients.iter().map(|person| person.as_bytes().to_vec()));
        all
    },
    Change::PutBody { operation, .. } => written(operation.signed()),
    Change::ChangeDelivery(change) => of(&[change.actor.as_bytes(), change.person.as_bytes()]),
    Change::MarkUrgent(_) => of(&[]),
    Change::Withhold(_) => of(&[]),
    Change::DropForMe(_) => of(&[]),
    Change::EraseExpired(_) => of(&[]),
    Change::MarkRead(conversation, actor, _) => of(&[conversation.as_bytes(), actor.as_bytes()]),
    Change::PutOwnReceipt(receipt) => of(&[receipt.person.as_bytes(), &cbor(&receipt.signed)]),
    Change::PutReceipt(receipt) => of(&[receipt.device.as_bytes(), &cbor(&receipt.signed)]),
    Change::PutPreferences(preferences) => of(&[preferences.conversation.as_bytes()]),
    Change::PutSettings(settings) => of(&[settings.network.listen[0].as_bytes()]),
    Change::PutDraft(draft) => of(&[draft.conversation.as_bytes(), draft.text.as_bytes()]),
    Change::PutControl(control) => {
        let mut all = written(&control.operation);
        all.extend(of(&[control.author.person.as_bytes(), control.author.device.as_bytes()]));
        all
    },
    Change::PutRoom(room) => {
        let members = room.members.iter();
        let mut all = of(&[room.conversation.as_bytes(), room.title.as_bytes()]);
        all.extend(members.flat_map(|one| of(&[one.person.as_bytes(), one.name.as_bytes()])));
        all
    },
    Change::TellDeeds(record) => {
        let Deed { operation, by, what, .. } = &record.told[0];
        of(&[operation.as_bytes(), by.as_bytes(), &cbor(what)])
    },
    Change::Release(conversation, person, _) => of(&[conversation.as_bytes(), person.as_bytes()]),
    Change::Exclude(actor, _, person) => of(&[actor.as_bytes(), person.as_bytes()]),
    Change::PutCarried { record, envelope } => of(&[
        record.id.as_bytes(),
        record.header.tag.as_bytes(),
        &record.header.purge,
        envelope,
    ]),
    Change::SpendCopies { .. } => of(&[]),
    Change::AdoptCarried(..) => of(&[]),
    Change::DropCarried(_) => of(&[]),
    Change::PutTombstone(tombstone) => of(&[&tombstone.purge(), &tombstone.preimage]),
    Change::DropTombstone(_) => of(&[]),
    Change::PutCarryTime(_) => of(&[]),
    Change::PutDeposit(deposit) => {
        let device = deposit.device.as_ref().unwrap();
        let actor = deposit.enclosed.as_ref().unwrap().actor;
        let people = deposit.people.iter();
        let mut all = of(&[deposit.envelope.as_bytes(), deposit.purge.expose()]);
        all.extend(of(&[device.as_bytes(), actor.as_bytes()]));
        all.extend(people.map(|person| person.as_bytes().to_vec()));
        all.extend(of(&[deposit.room.as_ref().unwrap().as_bytes()]));
        all
    },
    Change::DropDeposit(_) => of(&[]),
    Change::PutCustody(custody) => of(&[custody.envelope.as_bytes(), custody.holder.as_bytes()]),
    Change::DropCustody { .. } => of(&[]),
    Change::PutNotice(record) => of(&[record.notice.id().as_bytes(), record.notice.as_bytes()]),
    Change::DropNotice(_) => of(&[]),
    Change::PutPassed(passed) => of(&[passed.key.as_bytes()]),
    Change::DropPassed { .. } => of(&[]),
    Change::PutNearbyKey(key) => of(&[key.secret.expose()]),
    Change::ForgetNearby => of(&[]),
    Change::PutRequest { request, outcome, .. } => of(&[request.as_bytes(), &cbor(outcome)]),
}

fn of(canaries: &[&[u8]]) -> Vec<Vec<u8>> {
    canaries.iter().map(|canary| canary.to_vec()).collect()
}

/// Header, signature, and the body if there is one.
fn written(operation: &SignedOperation) -> Vec<Vec<u8>> {
    let mut all = of(&[&operation.header, operation.signature.as_ref()]);
    if let Some(body) = &operation.body {
        all.extend(of(&[body.salt.as_ref(), &body.bytes]));
    }
    all
}

/// Bytes that stand for one thing alone.
fn id(of: &str) -> [u8; 32] {
    *blake3::hash(of.as_bytes()).as_bytes()
}

fn tag(of: &str) -> Tag {
    Tag::new(*id(of).first_chunk().unwrap())
}

fn secret(of: &str) -> SecretBytes {
    SecretBytes::new(format!("canary secret of {of}").into_bytes())
}

fn at() -> WallTime {
    WallTime::from_millis(5)
}

fn place(number: &str) -> ConversationId {
    ConversationId::new(id(number))
}

/// Secrets, and what becomes of them.
fn keys() -> Vec<Change> {
    let device = DeviceId::new(id("device"));
    let reader = ChainReaderRecord {
        conversation: place("chain"),
        device,
    };
    let nobody = ChainReaderRecord {
        device: DeviceId::new(id("no reader")),
        ..reader
    };
    vec![
        Change::PutIdentity(secret("identity")),
        Change::PutInvite(InviteRecord {
            tag: tag("invite"),
            secret: secret("invite"),
            created_at: at(),
            expires_at: at(),
            reusable: true,
            answered: vec![(EnvelopeId::new(id("join")), b"canary answer".to_vec())],
        }),
        Change::DeleteInvite(tag("no invite")),
        Change::PutPendingJoin(PendingJoinRecord {
            tag: tag("pending"),
            secret: secret("join"),
            envelope: b"canary join".to_vec(),
            code: secret("code"),
            created_at: at(),
        }),
        Change::DeletePendingJoin(tag("no join")),
        Change::DeleteContactSecrets(device),
        Change::PutPair(PairRecord {
            device,
            state: secret("pair"),
        }),
        Change::PutSenderChain(SenderChainRecord {
            conversation: place("chain"),
            state: secret("sender"),
        }),
        Change::DeleteSenderChain(place("no chain")),
        Change::PutChainReader(reader),
        Change::DeleteChainReader(nobody),
        Change::PutMailedControl(Box::new(MailedControlRecord {
            number: 1,
            conversation: place("mailed"),
            device,
            said: b"canary control".to_vec(),
        })),
        Change::DropMailedControl(place("not mailed"), device),
        Change::PutOwedControl(OwedControlRecord {
            conversation: place("told"),
            device,
            is_sealed: false,
        }),
        Change::DropOwedControl(place("untold"), device),
        Change::PutReceiverChain(ReceiverChainRecord {
            id: SenderChainId::new(*tag("receiver").as_bytes()),
            conversation: place("chain"),
            state: secret("receiver"),
        }),
        Change::DeleteReceiverChain(SenderChainId::new(*tag("no chain").as_bytes())),
    ]
}

/// Whom one knows, and what was set.
fn people() -> Vec<Change> {
    let (person, device) = (PersonId::new(id("person")), DeviceId::new(id("device")));
    let mut receipt = vec![0xa2, 0, 0x58, 32];
    receipt.extend(id("receipt"));
    receipt.extend([1, 0x58, 64]);
    receipt.extend([id("signature"), id("receipt's")].concat());
    vec![
        Change::PutContact(ContactRecord {
            person,
            name: "canary name".to_owned(),
            petname: Some("canary petname".to_owned()),
            verified: true,
            alarm: None,
            blocked: false,
            added_at: at(),
            met_by: tag("met"),
        }),
        Change::PutDevice(DeviceRecord {
            device,
            person,
            card: b"canary card".to_vec(),
            addresses: vec!["canary address".to_owned()],
        }),
        Change::PutReceipt(ReceiptRecord {
            conversation: place("receipts"),
            device,
            number: 1,
            signed: minicbor::decode(&receipt).unwrap(),
        }),
        Change::PutOwnReceipt(OwnReceiptRecord {
            conversation: place("own receipts"),
            person,
            number: 1,
            signed: minicbor::decode(&receipt).unwrap(),
        }),
        Change::PutPreferences(PreferencesRecord {
            muted: true,
            ..PreferencesRecord::new(place("muted"))
        }),
        Change::PutSettings(SettingsRecord {
            network: NetworkRecord {
                listen: vec!["canary-place".to_owned()],
                ..NetworkRecord::default()
            },
            ..SettingsRecord::default()
        }),
        Change::PutDraft(DraftRecord {
            conversation: place("draft"),
            text: "canary draft".to_owned(),
        }),
        Change::PutRequest {
            request: RequestId::new(*tag("request").as_bytes()),
            outcome: Outcome::Invited {
                code: "canary code".to_owned(),
                expires_at: at(),
                tag: tag("invite"),
            },
            at: at(),
        },
    ]
}

/// What was written, and what becomes of it.
fn operations() -> Vec<Change> {
    let (mut own, mut other) = (Author::own(&[2]), Author::other(2));
    let mut admin = Author::new(3, place("room"), false);
    let mut forked = [4, 4].map(|number| Author::new(number, place("forked"), false));
    let [one, another] = [0, 1].map(|n| forked[n].message(&format!("canary fork {n}")).operation);
    let late = other.message("canary late");
    let control = admin.operation(Kind::Title, b"canary control".to_vec());
    let member = MemberRecord {
        person: admin.person,
        role: Role::Admin,
        name: "canary member".to_owned(),
    };
    vec![
        insert(&own.message("canary text")),
        insert(&other.erased(&late)),
        body(&late),
        Change::PutActor(ActorRecord {
            head: Some(late.operation.id()),
            ..other.place(1)
        }),
        Change::PutFork(Box::new(Fork::between(&one, &another).unwrap())),
        own.delivery(1, 1, 2, DeliveryState::Carried),
        Change::MarkUrgent(OperationId::new(id("nothing"))),
        Change::Withhold(OperationId::new(id("nothing"))),
        Change::DropForMe(OperationId::new(id("nothing"))),
        Change::EraseExpired(at()),
        Change::MarkRead(other.conversation, other.actor, Coverage::through(1)),
        Change::PutControl(Box::new(ControlRecord {
            conversation: admin.conversation,
            author: tidings_protocol::room::Author {
                person: admin.person,
                device: control.device,
                admission: tidings_protocol::id::AdmissionId::new(id("admission")),
            },
            operation: control.operation.signed().clone(),
        })),
        Change::PutRoom(Box::new(RoomRecord {
            conversation: admin.conversation,
            standing: RoomStanding::Joined,
            title: "canary title".to_owned(),
            disappears_after: None,
            invited_by: None,
            members: vec![member],
            needs_newer_version: false,
        })),
        Change::TellDeeds(Box::new(DeedsRecord {
            conversation: admin.conversation,
            told: vec![Deed {
                operation: OperationId::new(id("deed")),
                logical: LogicalTime::new(1),
                wall: at(),
                by: admin.person,
                what: DeedKind::Titled {
                    title: "canary deed".to_owned(),
                },
            }],
            untold: Vec::new(),
        })),
        Change::Release(own.conversation, own.recipients[0], true),
        Change::Exclude(own.actor, 1, own.recipients[0]),
    ]
}

/// What is carried, and what of it was sealed here.
fn carrying() -> Vec<Change> {
    let deposit = EnvelopeId::new(id("deposit"));
    let envelope = b"canary envelope".to_vec();
    let record = CarriedRecord {
        id: EnvelopeId::new(id("carried")),
        header: Header {
            tag: tag("carried"),
            lifetime_hours: 1,
            priority: Priority::URGENT,
            purge: id("purge"),
        },
        bytes: envelope.len(),
        expires_at: CarryTime::from_millis(5),
        hops: 1,
        copies: 1,
        tier: Tier::Friend,
        depositor: Depositor::default(),
    };
    let holder = DeviceId::new(id("holder"));
    vec![
        Change::PutCarried {
            record: Box::new(record),
            envelope,
        },
        Change::SpendCopies {
            envelope: record.id,
            copies: 0,
        },
        Change::AdoptCarried(record.id, Tier::Contact, Depositor::default()),
        Change::DropCarried(EnvelopeId::new(id("nothing"))),
        Change::PutTombstone(TombstoneRecord {
            preimage: id("preimage"),
            until: CarryTime::from_millis(5),
        }),
        Change::DropTombstone(id("nothing")),
        Change::PutCarryTime(CarryTime::from_millis(5)),
        Change::PutDeposit(Box::new(DepositRecord {
            envelope: deposit,
            purge: SecretBytes::new(id("secret preimage").to_vec()),
            device: Some(DeviceId::new(id("recipient"))),
            people: vec![PersonId::new(id("one")), PersonId::new(id("another"))],
            enclosed: Some(Enclosed {
                actor: ActorId::new(id("actor")),
                first: 1,
                last: 2,
            }),
            room: Some(place("deposit")),
        })),
        Change::DropDeposit(EnvelopeId::new(id("nothing"))),
        Change::PutCustody(CustodyRecord {
            envelope: deposit,
            holder,
            until: CarryTime::from_millis(5),
        }),
        Change::DropCustody {
            envelope: EnvelopeId::new(id("nothing")),
            holder,
        },
    ]
}

/// What is said nearby.
fn nearby() -> Vec<Change> {
    vec![
        Change::ForgetNearby,
        Change::PutNotice(Box::new(fixture::notice(1))),
        Change::DropNotice(fixture::notice(2).notice.id()),
        Change::PutPassed(fixture::passed(1)),
        Change::DropPassed {
            key: fixture::passed(1).key,
            kind: NoticeKind::CheckIn,
        },
        Change::PutNearbyKey(fixture::nearby_key(1)),
    ]
}

/// One change of each kind at least.
fn one_of_each() -> Vec<Change> {
    let all = [keys(), people(), operations(), carrying(), nearby()].concat();
    let kinds: HashSet<_> = all.iter().map(discriminant).collect();
    assert_eq!(kinds.len(), KINDS);
    all
}

/// Which file of a directory holds something, if any does.
fn holder(directory: &Path, what: &[u8]) -> Option<std::path::PathBuf> {
    let holds = |bytes: &[u8]| bytes.windows(what.len()).any(|part| part == what);
    let entries = fs::read_dir(directory).unwrap();
    let mut files = entries.map(|entry| entry.unwrap().path());
    files.find(|path| holds(&fs::read(path).unwrap()))
}

#[test]
fn a_file_that_is_not_encrypted_holds_all_that_is_looked_for() {
    let home = tempfile::tempdir().unwrap();
    let mut store = Store::plain(&home.path().join("plain.db")).unwrap();
    let changes = one_of_each();
    store.apply(&changes).unwrap();
    for change in &changes {
        for canary in canaries(change) {
            let text = String::from_utf8_lossy(&canary);
            assert!(canary.len() > 10, "{text:?} may be anywhere");
            let found = holder(home.path(), &canary);
            assert!(found.is_some(), "{text:?} of {change:?} is in no file");
        }
    }
    assert!(holder(home.path(), b"canary").is_some());
    assert!(holder(home.path(), b"CREATE TABLE").is_some());
}

#[test]
fn no_file_of_the_profile_holds_a_text_a_secret_or_the_key() {
    let home = Home::new();
    let directory = home.directory();
    let passphrase = SecretBytes::new(b"canary passphrase".to_vec());
    let mut rng = Rng::from_seed(&[3; 32]);
    let key = KeyFile::create_at_cost(&directory, Some(&passphrase), crate::Cost::LEAST, &mut rng);
    let key = key.unwrap();
    let mut store = Store::create(&directory, &key).unwrap();
    let changes = one_of_each();
    store.apply(&changes).unwrap();
    store.acknowledge("canary cursor", 1).unwrap();
    let key_parts = key.expose().chunks(8).map(<[u8]>::to_vec);
    let mut all: HashSet<_> = changes.iter().flat_map(canaries).chain(key_parts).collect();
    all.extend(of(&[b"canary", b"CREATE TABLE"]));
    // In the log, in the database, and in the database when it was written anew.
    for round in 0..3 {
        let files = fs::read_dir(&directory).unwrap().count();
        assert!(files >= 3, "key, database and log were looked at");
        for canary in &all {
            let text = String::from_utf8_lossy(canary);
            let found = holder(&directory, canary);
            assert_eq!(found, None, "{text:?} in round {round}");
        }
        if round == 1 {
            store.rewrite(at()).unwrap();
        }
        store.truncate_wal().unwrap();
    }
    let messages = store.reader().unwrap().messages(&MessageQuery {
        conversation: None,
        unread_only: false,
        order: MessageOrder::Newest { limit: None },
    });
    let messages = messages.unwrap();
    assert!(messages.iter().any(|message| message.text == "canary text"));
}
