//! How values of the protocol become columns and come back.
//!
//! Invariants
//! - Counts and times above `i64::MAX`, which only a hostile peer writes, are stored as that
//!   maximum; where the exact value matters it is read from the header.
//! - A column that does not hold what its type promises is an error, never a default.

use minicbor::{Decode, Encode};
use rusqlite::Row;
use rusqlite::types::Type;
use tidings_protocol::carry::Tier;
use tidings_protocol::id::OperationId;
use tidings_protocol::record::{Acceptance, Alarm, Discovery, NetworkMode, SecretBytes};
use tidings_protocol::time::{CarryTime, LogicalTime, WallTime};
use tidings_protocol::wire;

/// The column form of a count.
pub(crate) fn integer(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The column form of a number of bytes or things in memory.
pub(crate) fn size(size: usize) -> i64 {
    i64::try_from(size).unwrap_or(i64::MAX)
}

/// The column form of a logical time.
pub(crate) fn logical(time: LogicalTime) -> i64 {
    integer(time.as_u64())
}

/// The column form of a wall time.
pub(crate) fn wall(time: WallTime) -> i64 {
    integer(time.as_millis())
}

/// The column form of how long this device has run.
pub(crate) fn carry_time(time: CarryTime) -> i64 {
    integer(time.as_millis())
}

/// The column form of a compound value.
pub(crate) fn cbor<T: Encode<()>>(value: &T) -> Vec<u8> {
    wire::encode(value)
}

/// Reads a count.
pub(crate) fn read_count(row: &Row<'_>, index: usize) -> rusqlite::Result<u64> {
    let value: i64 = row.get(index)?;
    u64::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

/// Reads a count that may be absent.
pub(crate) fn read_optional_count(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<u64>> {
    let value: Option<i64> = row.get(index)?;
    value.map(|_| read_count(row, index)).transpose()
}

/// Reads a number of bytes or things that fit into memory.
pub(crate) fn read_size(row: &Row<'_>, index: usize) -> rusqlite::Result<usize> {
    let value: i64 = row.get(index)?;
    usize::try_from(value).map_err(|_| rusqlite::Error::IntegralValueOutOfRange(index, value))
}

/// Reads a wall time.
pub(crate) fn read_wall(row: &Row<'_>, index: usize) -> rusqlite::Result<WallTime> {
    read_count(row, index).map(WallTime::from_millis)
}

/// Reads how long this device has run.
pub(crate) fn read_carry_time(row: &Row<'_>, index: usize) -> rusqlite::Result<CarryTime> {
    read_count(row, index).map(CarryTime::from_millis)
}

/// Reads an operation's id that may be absent.
pub(crate) fn read_operation(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<OperationId>> {
    Ok(row.get::<_, Option<[u8; 32]>>(index)?.map(OperationId::new))
}

/// The column form of why a contact is held off.
pub(crate) const fn alarm(alarm: Option<Alarm>) -> i64 {
    match alarm {
        None => 0,
        Some(Alarm::NewDevice) => 1,
        Some(Alarm::Contradiction) => 2,
    }
}

/// Reads why a contact is held off.
pub(crate) fn read_alarm(row: &Row<'_>, index: usize) -> rusqlite::Result<Option<Alarm>> {
    match row.get(index)? {
        0 => Ok(None),
        1 => Ok(Some(Alarm::NewDevice)),
        2 => Ok(Some(Alarm::Contradiction)),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}

/// The column form of whose invitations to rooms are accepted by themselves.
pub(crate) const fn acceptance(acceptance: Acceptance) -> i64 {
    match acceptance {
        Acceptance::Contacts => 0,
        Acceptance::Nobody => 1,
    }
}

/// Reads whose invitations to rooms are accepted by themselves.
pub(crate) fn read_acceptance(row: &Row<'_>, index: usize) -> rusqlite::Result<Acceptance> {
    match row.get(index)? {
        0 => Ok(Acceptance::Contacts),
        1 => Ok(Acceptance::Nobody),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}

/// The column form of which networks are used.
pub(crate) const fn network_mode(mode: NetworkMode) -> i64 {
    match mode {
        NetworkMode::Auto => 0,
        NetworkMode::Lan => 1,
        NetworkMode::Internet => 2,
        NetworkMode::Offline => 3,
    }
}

/// Reads which networks are used.
pub(crate) fn read_network_mode(row: &Row<'_>, index: usize) -> rusqlite::Result<NetworkMode> {
    match row.get(index)? {
        0 => Ok(NetworkMode::Auto),
        1 => Ok(NetworkMode::Lan),
        2 => Ok(NetworkMode::Internet),
        3 => Ok(NetworkMode::Offline),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}

/// The column form of whether others are looked for on the local network.
pub(crate) const fn discovery(discovery: Discovery) -> i64 {
    match discovery {
        Discovery::On => 0,
        Discovery::Hidden => 1,
        Discovery::Off => 2,
    }
}

/// Reads whether others are looked for on the local network.
pub(crate) fn read_discovery(row: &Row<'_>, index: usize) -> rusqlite::Result<Discovery> {
    match row.get(index)? {
        0 => Ok(Discovery::On),
        1 => Ok(Discovery::Hidden),
        2 => Ok(Discovery::Off),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}

/// The column form of multiaddrs, none of which has a space in it.
pub(crate) fn addresses(addresses: &[String]) -> String {
    addresses.join(" ")
}

/// Reads multiaddrs.
pub(crate) fn read_addresses(row: &Row<'_>, index: usize) -> rusqlite::Result<Vec<String>> {
    let text: String = row.get(index)?;
    Ok(text.split_ascii_whitespace().map(str::to_owned).collect())
}

/// The column form of a tier.
pub(crate) const fn tier(tier: Tier) -> i64 {
    match tier {
        Tier::Own => 0,
        Tier::Contact => 1,
        Tier::Friend => 2,
        Tier::Stranger => 3,
    }
}

/// Reads a tier.
pub(crate) fn read_tier(row: &Row<'_>, index: usize) -> rusqlite::Result<Tier> {
    match row.get(index)? {
        0 => Ok(Tier::Own),
        1 => Ok(Tier::Contact),
        2 => Ok(Tier::Friend),
        3 => Ok(Tier::Stranger),
        other => Err(rusqlite::Error::IntegralValueOutOfRange(index, other)),
    }
}

/// Reads secret bytes.
pub(crate) fn read_secret(row: &Row<'_>, index: usize) -> rusqlite::Result<SecretBytes> {
    row.get(index).map(SecretBytes::new)
}

/// Reads a compound value.
pub(crate) fn read_cbor<T>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T: for<'b> Decode<'b, ()>,
{
    let bytes: Vec<u8> = row.get(index)?;
    decode(&bytes).map_err(|error| unreadable(index, error))
}

/// Decodes a compound value that this program stored.
pub(crate) fn decode<T>(bytes: &[u8]) -> Result<T, wire::DecodeError>
where
    T: for<'b> Decode<'b, ()>,
{
    wire::decode(bytes, bytes.len())
}

/// A column whose bytes are not what they should be.
pub(crate) fn unreadable(
    index: usize,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(index, Type::Blob, Box::new(error))
}
