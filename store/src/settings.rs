//! Settings: what our person has chosen for the whole profile, in one row.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use tidings_protocol::record::{NetworkRecord, SettingsRecord};

use crate::column::{
    acceptance, addresses, discovery, network_mode, read_acceptance, read_addresses,
    read_discovery, read_network_mode,
};
use crate::error::StoreError;

/// Writes them in place of what was there.
pub(crate) fn put(
    transaction: &Transaction<'_>,
    settings: &SettingsRecord,
) -> Result<(), StoreError> {
    let network = &settings.network;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO settings (number, rooms_accept, nearby, mode, discovery, relay,
                 dht, port_mapping, mailbox, listen, bootstrap)
             VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            acceptance(settings.rooms_accept),
            settings.nearby,
            network_mode(network.mode),
            discovery(network.discovery),
            network.relay,
            network.dht,
            network.port_mapping,
            network.mailbox,
            addresses(&network.listen),
            addresses(&network.bootstrap),
        ])?;
    Ok(())
}

/// Reads them; the default where nothing was chosen.
pub(crate) fn read(connection: &Connection) -> Result<SettingsRecord, StoreError> {
    let settings = connection
        .prepare_cached(
            "SELECT rooms_accept, nearby, mode, discovery, relay, dht, port_mapping, mailbox,
                 listen, bootstrap FROM settings",
        )?
        .query_row([], settings)
        .optional()?;
    Ok(settings.unwrap_or_default())
}

fn settings(row: &Row<'_>) -> rusqlite::Result<SettingsRecord> {
    Ok(SettingsRecord {
        rooms_accept: read_acceptance(row, 0)?,
        nearby: row.get(1)?,
        network: NetworkRecord {
            mode: read_network_mode(row, 2)?,
            discovery: read_discovery(row, 3)?,
            relay: row.get(4)?,
            dht: row.get(5)?,
            port_mapping: row.get(6)?,
            mailbox: row.get(7)?,
            listen: read_addresses(row, 8)?,
            bootstrap: read_addresses(row, 9)?,
        },
    })
}
