//! What is being moved now.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tidings_protocol::id::RequestId;

/// What a transfer is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransferKind {
    /// A bundle is written.
    Export,
    /// A bundle, or all of a directory, is taken.
    Import,
}

/// What of a transfer is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum TransferUnit {
    /// Envelopes.
    Envelopes,
    /// Bytes.
    Bytes,
}

/// Something that is being moved into files or out of them, and how far that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// Which; another node's, or one that begins later, has another.
    pub id: u64,
    /// By which name whoever began it asked for it, if they gave one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub request: Option<RequestId>,
    /// What it is.
    pub what: TransferKind,
    /// The file or directory, as it was asked for.
    #[serde(serialize_with = "super::path::as_text")]
    pub path: PathBuf,
    /// How much is done, never less than before: of an export the envelopes that were written, of an import the bytes that were
    /// read. Each file is read twice: first all of it is checked, and then taken.
    pub done: u64,
    /// How much there is to do, as far as is known; absent while nothing is. It may be off where that changes meanwhile.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub total: Option<u64>,
    /// Of what.
    pub unit: TransferUnit,
}
