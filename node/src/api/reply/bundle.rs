//! What is said of bundles.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A bundle, or all bundles of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bundle {
    /// Where.
    #[serde(serialize_with = "super::path::as_text")]
    pub path: PathBuf,
    /// Envelopes in it.
    pub envelopes: u64,
    /// Bytes of those.
    pub bytes: u64,
    /// Envelopes that others need no longer to carry, as it says.
    pub purges: u64,
    /// Files of it that are damaged, each with what is wrong: nothing was taken out of these, unless that says so.
    pub damaged: Vec<DamagedFile>,
    /// Of an export: envelopes that were left out, because there was no room for them.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub left_out: Option<u64>,
    /// Of an export: whether the path was neither a directory nor there, and was made as a file.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new_file: Option<bool>,
    /// Of an import: how many envelopes were not here before.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub new: Option<u64>,
    /// Of an import: how many were for this device.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub for_me: Option<u64>,
}

/// A file that is no whole bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DamagedFile {
    /// Which.
    #[serde(serialize_with = "super::path::as_text")]
    pub path: PathBuf,
    /// What is wrong with it.
    pub reason: String,
    /// Whether it is no bundle at all.
    #[serde(default)]
    pub foreign: bool,
}
