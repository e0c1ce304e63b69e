//! Reading back all that the engine needs after a start.

pub(crate) mod carry;
pub(crate) mod notice;

use minicbor::bytes::ByteVec;
use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::id::{
    ActorId, ConversationId, DeviceId, EnvelopeId, OperationId, PersonId, SecretId, SenderChainId,
    Tag,
};
use tidings_protocol::operation::{Fork, SignedFork};
use tidings_protocol::record::{
    ActorRecord, ChainReaderRecord, ContactRecord, ContactSecretRecord, DeviceRecord, InviteRecord,
    MailedControlRecord, OutboxRecord, OwedControlRecord, OwnReceiptRecord, PairRecord,
    PendingJoinRecord, PendingRecord, PreferencesRecord, Profile, ReceiptRecord,
    ReceiverChainRecord, SenderChainRecord,
};
use tidings_protocol::time::LogicalTime;

use crate::column::{
    read_alarm, read_cbor, read_count, read_operation, read_optional_count, read_secret, read_wall,
};
use crate::error::StoreError;
use crate::projection;
use crate::reader::{read_signed, read_state};
use crate::room;
use crate::settings;

/// Reads everything.
pub(crate) fn read(connection: &Connection) -> Result<Profile, StoreError> {
    let identity = connection
        .query_row("SELECT secret FROM identity", [], |row| read_secret(row, 0))
        .optional()?;
    Ok(Profile {
        identity,
        invites: all(connection, INVITES, invite)?,
        pending_joins: all(connection, PENDING_JOINS, pending_join)?,
        contacts: all(connection, CONTACTS, contact)?,
        devices: all(connection, DEVICES, device)?,
        contact_secrets: all(connection, CONTACT_SECRETS, contact_secret)?,
        pairs: all(connection, PAIRS, pair)?,
        sender_chains: all(connection, SENDER_CHAINS, sender_chain)?,
        chain_readers: all(connection, CHAIN_READERS, chain_reader)?,
        mailed_control: all(connection, MAILED_CONTROL, mailed_control)?,
        owed_control: all(connection, OWED_CONTROL, owed_control)?,
        receiver_chains: all(connection, RECEIVER_CHAINS, receiver_chain)?,
        actors: all(connection, ACTORS, actor)?,
        outbox: all(connection, OUTBOX, outbox)?,
        pending: all(connection, PENDING, pending)?,
        forks: forks(connection)?,
        receipts: all(connection, RECEIPTS, receipt)?,
        own_receipts: all(connection, OWN_RECEIPTS, own_receipt)?,
        lifetimes: projection::lifetimes(connection)?,
        preferences: all(connection, PREFERENCES, preference)?,
        settings: settings::read(connection)?,
        controls: room::controls(connection)?,
        rooms: room::rooms(connection)?,
        expiries: projection::expiries(connection)?,
        carried: carry::carried(connection)?,
        tombstones: carry::tombstones(connection)?,
        carry_time: carry::carry_time(connection)?,
        deposits: carry::deposits(connection)?,
        custodies: carry::custodies(connection)?,
        notices: notice::notices(connection)?,
        passed: notice::passed(connection)?,
        nearby_key: notice::nearby_key(connection)?,
    })
}

/// All contacts.
pub(crate) fn contacts(connection: &Connection) -> Result<Vec<ContactRecord>, StoreError> {
    all(connection, CONTACTS, contact)
}

/// All contacts' devices.
pub(crate) fn devices(connection: &Connection) -> Result<Vec<DeviceRecord>, StoreError> {
    all(connection, DEVICES, device)
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    record: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare(sql)?;
    let records = statement
        .query_map([], record)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(records)
}

const INVITES: &str = "SELECT tag, secret, created_at, expires_at, reusable, answered
    FROM invites ORDER BY tag";

fn invite(row: &Row<'_>) -> rusqlite::Result<InviteRecord> {
    let answered: Vec<(EnvelopeId, ByteVec)> = read_cbor(row, 5)?;
    Ok(InviteRecord {
        tag: Tag::new(row.get(0)?),
        secret: read_secret(row, 1)?,
        created_at: read_wall(row, 2)?,
        expires_at: read_wall(row, 3)?,
        reusable: row.get(4)?,
        answered: answered
            .into_iter()
            .map(|(id, answer)| (id, answer.into()))
            .collect(),
    })
}

const PENDING_JOINS: &str = "SELECT tag, secret, envelope, code, created_at
    FROM pending_joins ORDER BY tag";

fn pending_join(row: &Row<'_>) -> rusqlite::Result<PendingJoinRecord> {
    Ok(PendingJoinRecord {
        tag: Tag::new(row.get(0)?),
        secret: read_secret(row, 1)?,
        envelope: row.get(2)?,
        code: read_secret(row, 3)?,
        created_at: read_wall(row, 4)?,
    })
}

const CONTACTS: &str = "SELECT person, name, petname, verified, blocked, added_at, met_by, alarm
    FROM contacts ORDER BY person";

fn contact(row: &Row<'_>) -> rusqlite::Result<ContactRecord> {
    Ok(ContactRecord {
        person: PersonId::new(row.get(0)?),
        name: row.get(1)?,
        petname: row.get(2)?,
        verified: row.get(3)?,
        blocked: row.get(4)?,
        added_at: read_wall(row, 5)?,
        met_by: Tag::new(row.get(6)?),
        alarm: read_alarm(row, 7)?,
    })
}

const DEVICES: &str = "SELECT device, person, card, addresses FROM devices ORDER BY device";

fn device(row: &Row<'_>) -> rusqlite::Result<DeviceRecord> {
    Ok(DeviceRecord {
        device: DeviceId::new(row.get(0)?),
        person: PersonId::new(row.get(1)?),
        card: row.get(2)?,
        addresses: read_cbor(row, 3)?,
    })
}

const CONTACT_SECRETS: &str = "SELECT device, id, key, created_at
    FROM contact_secrets ORDER BY device, created_at DESC, number DESC";

fn contact_secret(row: &Row<'_>) -> rusqlite::Result<ContactSecretRecord> {
    Ok(ContactSecretRecord {
        device: DeviceId::new(row.get(0)?),
        id: SecretId::new(row.get(1)?),
        key: read_secret(row, 2)?,
        created_at: read_wall(row, 3)?,
    })
}

const PAIRS: &str = "SELECT device, state FROM pairs ORDER BY device";

fn pair(row: &Row<'_>) -> rusqlite::Result<PairRecord> {
    Ok(PairRecord {
        device: DeviceId::new(row.get(0)?),
        state: read_secret(row, 1)?,
    })
}

const SENDER_CHAINS: &str = "SELECT conversation, state FROM sender_chains ORDER BY conversation";

fn sender_chain(row: &Row<'_>) -> rusqlite::Result<SenderChainRecord> {
    Ok(SenderChainRecord {
        conversation: ConversationId::new(row.get(0)?),
        state: read_secret(row, 1)?,
    })
}

const CHAIN_READERS: &str =
    "SELECT conversation, device FROM chain_readers ORDER BY conversation, device";

fn chain_reader(row: &Row<'_>) -> rusqlite::Result<ChainReaderRecord> {
    Ok(ChainReaderRecord {
        conversation: ConversationId::new(row.get(0)?),
        device: DeviceId::new(row.get(1)?),
    })
}

const MAILED_CONTROL: &str =
    "SELECT number, conversation, device, said FROM mailed_control ORDER BY number";

fn mailed_control(row: &Row<'_>) -> rusqlite::Result<MailedControlRecord> {
    Ok(MailedControlRecord {
        number: read_count(row, 0)?,
        conversation: ConversationId::new(row.get(1)?),
        device: DeviceId::new(row.get(2)?),
        said: row.get(3)?,
    })
}

const OWED_CONTROL: &str =
    "SELECT conversation, device, is_sealed FROM owed_control ORDER BY conversation, device";

fn owed_control(row: &Row<'_>) -> rusqlite::Result<OwedControlRecord> {
    Ok(OwedControlRecord {
        conversation: ConversationId::new(row.get(0)?),
        device: DeviceId::new(row.get(1)?),
        is_sealed: row.get(2)?,
    })
}

const RECEIVER_CHAINS: &str = "SELECT id, conversation, state FROM receiver_chains ORDER BY id";

fn receiver_chain(row: &Row<'_>) -> rusqlite::Result<ReceiverChainRecord> {
    Ok(ReceiverChainRecord {
        id: SenderChainId::new(row.get(0)?),
        conversation: ConversationId::new(row.get(1)?),
        state: read_secret(row, 2)?,
    })
}

const ACTORS: &str = "SELECT conversation, actor, device, person, seq, head, logical, erased, read,
        base, cut, fork
    FROM actors ORDER BY conversation, actor";

fn actor(row: &Row<'_>) -> rusqlite::Result<ActorRecord> {
    Ok(ActorRecord {
        conversation: ConversationId::new(row.get(0)?),
        actor: ActorId::new(row.get(1)?),
        device: DeviceId::new(row.get(2)?),
        person: PersonId::new(row.get(3)?),
        seq: read_count(row, 4)?,
        head: read_operation(row, 5)?,
        logical: LogicalTime::new(read_count(row, 6)?),
        erased: read_cbor(row, 7)?,
        read: read_cbor(row, 8)?,
        base: read_count(row, 9)?,
        cut: read_optional_count(row, 10)?,
        fork: read_optional_count(row, 11)?,
    })
}

// What failed stays in the outbox: a late acknowledgement still counts. What waits no longer is
// not in it.
const OUTBOX: &str = "SELECT o.actor, o.seq, o.id, p.person, d.state,
        EXISTS (SELECT 1 FROM urgent AS u WHERE u.operation = d.operation)
    FROM deliveries AS d
    JOIN operations AS o ON o.number = d.operation
    JOIN people AS p ON p.number = d.person
    WHERE d.state < 18 AND d.released = 0 ORDER BY d.operation, d.person";

fn outbox(row: &Row<'_>) -> rusqlite::Result<OutboxRecord> {
    Ok(OutboxRecord {
        actor: ActorId::new(row.get(0)?),
        seq: read_count(row, 1)?,
        operation: OperationId::new(row.get(2)?),
        person: PersonId::new(row.get(3)?),
        state: read_state(row, 4)?,
        urgent: row.get(5)?,
    })
}

const PENDING: &str = "SELECT o.header, o.signature, b.salt, b.bytes, o.conversation
    FROM actors AS a
    CROSS JOIN operations AS o ON o.actor = a.actor AND o.seq > a.seq
        AND (a.fork IS NULL OR o.seq <= a.fork)
    LEFT JOIN bodies AS b ON b.operation = o.number
    ORDER BY o.actor, o.seq, o.number";

/// A proof that cannot be read proves nothing; the chain stays ended, and a peer's proof takes its
/// place.
fn forks(connection: &Connection) -> Result<Vec<Fork>, StoreError> {
    let proofs = all(
        connection,
        "SELECT proof FROM forks ORDER BY conversation, actor",
        |row| read_cbor::<SignedFork>(row, 0),
    )?;
    Ok(proofs.into_iter().filter_map(SignedFork::stored).collect())
}

fn pending(row: &Row<'_>) -> rusqlite::Result<PendingRecord> {
    Ok(PendingRecord {
        conversation: ConversationId::new(row.get(4)?),
        operation: read_signed(row)?,
    })
}

const RECEIPTS: &str = "SELECT conversation, device, number, signed
    FROM receipts ORDER BY conversation, device";

fn receipt(row: &Row<'_>) -> rusqlite::Result<ReceiptRecord> {
    Ok(ReceiptRecord {
        conversation: ConversationId::new(row.get(0)?),
        device: DeviceId::new(row.get(1)?),
        number: read_count(row, 2)?,
        signed: read_cbor(row, 3)?,
    })
}

const OWN_RECEIPTS: &str = "SELECT conversation, person, number, signed
    FROM own_receipts ORDER BY conversation, person";

fn own_receipt(row: &Row<'_>) -> rusqlite::Result<OwnReceiptRecord> {
    Ok(OwnReceiptRecord {
        conversation: ConversationId::new(row.get(0)?),
        person: PersonId::new(row.get(1)?),
        number: read_count(row, 2)?,
        signed: read_cbor(row, 3)?,
    })
}

const PREFERENCES: &str = "SELECT conversation, muted, archived, read_receipts
    FROM preferences ORDER BY conversation";

fn preference(row: &Row<'_>) -> rusqlite::Result<PreferencesRecord> {
    Ok(PreferencesRecord {
        conversation: ConversationId::new(row.get(0)?),
        muted: row.get(1)?,
        archived: row.get(2)?,
        read_receipts: row.get(3)?,
    })
}
