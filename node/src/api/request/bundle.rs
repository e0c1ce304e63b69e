//! The parameters of the methods about bundles.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use tidings_protocol::id::RequestId;

use super::Who;

/// Writes what this device carries into a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportBundle {
    /// Where on the node's machine, from the root on: the file that the bundle is to be, or a directory, into which
    /// one more is written.
    pub path: PathBuf,
    /// Only envelopes of our own for this contact, or of this room and for its members, with those of pairings and all
    /// purges; absent: all that is carried.
    #[serde(default)]
    pub who: Option<Who>,
    /// By which name [`super::super::Transfer`] is to have it; absent: by none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
}

/// Takes what is in a bundle, or in all bundles of a directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ImportBundle {
    /// Where on the node's machine, from the root on.
    pub path: PathBuf,
    /// By which name [`super::super::Transfer`] is to have it; absent: by none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestId>,
}

/// Asks what is in a bundle, or in all bundles of a directory, without taking anything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InspectBundle {
    /// Where on the node's machine, from the root on.
    pub path: PathBuf,
}
