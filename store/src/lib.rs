//! The durable state of a profile: one SQLCipher database, and the key that opens it.
//!
//! ```text
//!   engine --batch of changes--> Store::apply --one transaction--> profile.db
//!   engine <---- Profile ------- Store::profile (after every start)
//!   screen <---- rows ---------- Reader (its own read-only connection)
//! ```
//!
//! Everything here blocks; the caller brings the thread. [`Store`] is the one writer. A
//! [`Reader`] sees what was last committed and never waits for the writer.
//!
//! Invariants
//! - A batch is applied whole or not at all, and is on the disk when [`Store::apply`] returns.
//! - After a failed write the store refuses everything until it is opened again.
//! - Operations' headers are truth and only ever added. What screens show is a projection of
//!   headers, bodies and actors, and can be rebuilt from them.
//! - No byte of the database or its log is readable without the key.
//! - Schema migrations are only ever added; a newer schema is refused, every past one opens.

mod apply;
mod column;
mod connection;
mod delivery;
mod error;
mod key;
mod private;
mod profile;
mod projection;
mod reader;
mod readers;
mod rewriting;
mod room;
mod schema;
mod search;
mod settings;
mod store;

pub use error::StoreError;
pub use key::{Cost, DatabaseKey, KEY_FILE, KeyError, KeyFile};
pub use reader::{
    AcceptedRow, ArrivalKind, CarriedTotals, ConversationRow, DeedRow, DeliveryCounts, DeliveryRow,
    FOUND_BYTES_MAX, FoundRows, GapRow, MessageOrder, MessageQuery, MessageRow, Outstanding,
    PREFIX_MATCHES_MAX, Page, PageLimit, PagePosition, ParsePositionError, Reader, SearchQuery,
    Selection, Size, WaitingMessages, WaitingRow,
};
pub use readers::Readers;
pub use schema::SCHEMA_VERSION;
pub use search::SearchWord;
pub use store::{DATABASE_FILE, REQUESTS_KEPT_MAX, Store};

#[cfg(test)]
mod fixture;
