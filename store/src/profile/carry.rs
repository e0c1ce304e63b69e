//! Reading back what is carried, and what became of what this device sealed.

use rusqlite::{Connection, OptionalExtension, Row};
use tidings_protocol::carry::Depositor;
use tidings_protocol::envelope::{Header, Priority};
use tidings_protocol::id::{ActorId, ConversationId, DeviceId, EnvelopeId, Tag};
use tidings_protocol::record::{
    CarriedRecord, CustodyRecord, DepositRecord, Enclosed, TombstoneRecord,
};
use tidings_protocol::time::CarryTime;

use super::all;
use crate::column::{read_carry_time, read_cbor, read_count, read_secret, read_size, read_tier};
use crate::error::StoreError;

/// The columns that [`carried_record`] reads.
macro_rules! carried_columns {
    () => {
        "c.id, c.tag, c.lifetime_hours, c.priority, c.purge, c.bytes, c.expires_at, c.hops, c.copies,
            c.tier, c.depositor"
    };
}
pub(crate) use carried_columns;

/// What is known of the envelopes that are kept, without reading their bytes.
pub(crate) fn carried(connection: &Connection) -> Result<Vec<CarriedRecord>, StoreError> {
    all(
        connection,
        concat!(
            "SELECT ",
            carried_columns!(),
            " FROM carried AS c ORDER BY c.id"
        ),
        carried_record,
    )
}

pub(crate) fn carried_record(row: &Row<'_>) -> rusqlite::Result<CarriedRecord> {
    Ok(CarriedRecord {
        id: EnvelopeId::new(row.get(0)?),
        header: Header {
            tag: Tag::new(row.get(1)?),
            lifetime_hours: row.get(2)?,
            priority: Priority::new(row.get(3)?),
            purge: row.get(4)?,
        },
        bytes: read_size(row, 5)?,
        expires_at: read_carry_time(row, 6)?,
        hops: row.get(7)?,
        copies: row.get(8)?,
        tier: read_tier(row, 9)?,
        depositor: Depositor::new(row.get(10)?),
    })
}

/// What was purged.
pub(crate) fn tombstones(connection: &Connection) -> Result<Vec<TombstoneRecord>, StoreError> {
    all(
        connection,
        "SELECT preimage, until FROM tombstones ORDER BY purge",
        tombstone,
    )
}

pub(crate) fn tombstone(row: &Row<'_>) -> rusqlite::Result<TombstoneRecord> {
    Ok(TombstoneRecord {
        preimage: row.get(0)?,
        until: read_carry_time(row, 1)?,
    })
}

/// How long this device has run, as far as it was noted.
pub(crate) fn carry_time(connection: &Connection) -> Result<CarryTime, StoreError> {
    let time = connection
        .query_row("SELECT millis FROM carry_time", [], |row| {
            read_carry_time(row, 0)
        })
        .optional()?;
    Ok(time.unwrap_or_default())
}

/// The envelopes that this device sealed.
pub(crate) fn deposits(connection: &Connection) -> Result<Vec<DepositRecord>, StoreError> {
    all(
        connection,
        "SELECT envelope, purge, device, people, actor, first, last, room
         FROM deposits ORDER BY envelope",
        deposit,
    )
}

fn deposit(row: &Row<'_>) -> rusqlite::Result<DepositRecord> {
    let enclosed = match row.get::<_, Option<[u8; 32]>>(4)? {
        Some(actor) => Some(Enclosed {
            actor: ActorId::new(actor),
            first: read_count(row, 5)?,
            last: read_count(row, 6)?,
        }),
        None => None,
    };
    Ok(DepositRecord {
        envelope: EnvelopeId::new(row.get(0)?),
        purge: read_secret(row, 1)?,
        device: row.get::<_, Option<[u8; 32]>>(2)?.map(DeviceId::new),
        people: read_cbor(row, 3)?,
        enclosed,
        room: row.get::<_, Option<[u8; 32]>>(7)?.map(ConversationId::new),
    })
}

/// Who promised to keep those.
pub(crate) fn custodies(connection: &Connection) -> Result<Vec<CustodyRecord>, StoreError> {
    all(
        connection,
        "SELECT envelope, holder, until FROM custodies ORDER BY envelope, holder",
        |row| {
            Ok(CustodyRecord {
                envelope: EnvelopeId::new(row.get(0)?),
                holder: DeviceId::new(row.get(1)?),
                until: read_carry_time(row, 2)?,
            })
        },
    )
}
