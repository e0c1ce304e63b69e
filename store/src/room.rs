//! Rooms: their control operations and what those come to, as the engine writes them.
//!
//! Invariants
//! - A control operation is there once, in the order in which it was first held, and never leaves.
//! - A room's members are those of the record that was written last.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use tidings_protocol::id::{AdmissionId, ConversationId, DeviceId, PersonId};
use tidings_protocol::record::{ControlRecord, MemberRecord, RoomRecord, RoomStanding};
use tidings_protocol::room::{Author, Role};

use crate::column::{cbor, read_cbor};
use crate::error::StoreError;

/// Adds a control operation, unless it is there.
pub(crate) fn put_control(
    transaction: &Transaction<'_>,
    control: &ControlRecord,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO controls (id, conversation, person, device, admission, operation)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            control.operation.id().as_bytes(),
            control.conversation.as_bytes(),
            control.author.person.as_bytes(),
            control.author.device.as_bytes(),
            control.author.admission.as_bytes(),
            cbor(&control.operation),
        ])?;
    Ok(())
}

/// Writes what a room is, its members included.
pub(crate) fn put(transaction: &Transaction<'_>, room: &RoomRecord) -> Result<(), StoreError> {
    let conversation = room.conversation.as_bytes();
    transaction
        .prepare_cached(
            "INSERT INTO rooms (conversation, standing, title, disappears_after, invited_by,
                 needs_newer_version)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (conversation) DO UPDATE SET standing = excluded.standing,
                 title = excluded.title, disappears_after = excluded.disappears_after,
                 invited_by = excluded.invited_by,
                 needs_newer_version = excluded.needs_newer_version",
        )?
        .execute(params![
            conversation,
            standing_code(room.standing),
            room.title,
            room.disappears_after,
            room.invited_by.as_ref().map(PersonId::as_bytes),
            room.needs_newer_version,
        ])?;
    transaction
        .prepare_cached("DELETE FROM room_members WHERE conversation = ?1")?
        .execute([conversation])?;
    let mut member = transaction.prepare_cached(
        "INSERT INTO room_members (conversation, person, role, name) VALUES (?1, ?2, ?3, ?4)",
    )?;
    for one in &room.members {
        member.execute(params![
            conversation,
            one.person.as_bytes(),
            role_code(one.role),
            one.name
        ])?;
    }
    Ok(())
}

/// All control operations, in the order in which they were first held.
pub(crate) fn controls(connection: &Connection) -> Result<Vec<ControlRecord>, StoreError> {
    let mut statement = connection.prepare(
        "SELECT conversation, person, device, admission, operation FROM controls ORDER BY number",
    )?;
    let records = statement.query_map([], |row| {
        Ok(ControlRecord {
            conversation: ConversationId::new(row.get(0)?),
            author: Author {
                person: PersonId::new(row.get(1)?),
                device: DeviceId::new(row.get(2)?),
                admission: AdmissionId::new(row.get(3)?),
            },
            operation: read_cbor(row, 4)?,
        })
    })?;
    Ok(records.collect::<rusqlite::Result<_>>()?)
}

/// All rooms, by id.
pub(crate) fn rooms(connection: &Connection) -> Result<Vec<RoomRecord>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT conversation, standing, title, disappears_after, invited_by, needs_newer_version
         FROM rooms ORDER BY conversation",
    )?;
    let rooms = statement
        .query_map([], read_room)?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    rooms
        .into_iter()
        .map(|room| with_members(connection, room))
        .collect()
}

/// One room.
pub(crate) fn room(
    connection: &Connection,
    conversation: ConversationId,
) -> Result<Option<RoomRecord>, StoreError> {
    let room = connection
        .prepare_cached(
            "SELECT conversation, standing, title, disappears_after, invited_by,
                 needs_newer_version
             FROM rooms WHERE conversation = ?1",
        )?
        .query_row([conversation.as_bytes()], read_room)
        .optional()?;
    room.map(|room| with_members(connection, room)).transpose()
}

fn read_room(row: &Row<'_>) -> rusqlite::Result<RoomRecord> {
    Ok(RoomRecord {
        conversation: ConversationId::new(row.get(0)?),
        standing: read_standing(row, 1)?,
        title: row.get(2)?,
        disappears_after: row.get(3)?,
        invited_by: row.get::<_, Option<[u8; 32]>>(4)?.map(PersonId::new),
        members: Vec::new(),
        needs_newer_version: row.get(5)?,
    })
}

fn with_members(connection: &Connection, room: RoomRecord) -> Result<RoomRecord, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT person, role, name FROM room_members WHERE conversation = ?1 ORDER BY person",
    )?;
    let members = statement
        .query_map([room.conversation.as_bytes()], |row| {
            Ok(MemberRecord {
                person: PersonId::new(row.get(0)?),
                role: read_role(row, 1)?,
                name: row.get(2)?,
            })
        })?
        .collect::<rusqlite::Result<_>>()?;
    Ok(RoomRecord { members, ..room })
}

const fn standing_code(standing: RoomStanding) -> i64 {
    match standing {
        RoomStanding::Invited => 0,
        RoomStanding::Joined => 1,
        RoomStanding::Left => 2,
        RoomStanding::Removed => 3,
    }
}

fn read_standing(row: &Row<'_>, index: usize) -> rusqlite::Result<RoomStanding> {
    match row.get(index)? {
        0 => Ok(RoomStanding::Invited),
        1 => Ok(RoomStanding::Joined),
        2 => Ok(RoomStanding::Left),
        3 => Ok(RoomStanding::Removed),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}

const fn role_code(role: Role) -> i64 {
    match role {
        Role::Member => 0,
        Role::Admin => 1,
    }
}

fn read_role(row: &Row<'_>, index: usize) -> rusqlite::Result<Role> {
    match row.get(index)? {
        0 => Ok(Role::Member),
        1 => Ok(Role::Admin),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}
