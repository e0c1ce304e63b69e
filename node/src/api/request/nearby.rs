//! Parameters of the methods about what is said nearby.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::RequestId;

/// Says something to whoever is near, contacts or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostNotice {
    /// The client's name for this request.
    pub request: RequestId,
    /// What: at most 1,024 bytes.
    pub text: String,
    /// By which name; absent: our person's. Nobody can check it.
    #[serde(default)]
    pub name: Option<String>,
}

/// Asks for what was heard nearby, check-ins too.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ListNotices {
    /// How many at most, those that came last; absent: all.
    pub limit: Option<u32>,
}

/// Says how our person is: first of all to whoever is near, and to each contact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostCheckIn {
    /// The client's name for this request.
    pub request: RequestId,
    /// What: at most 1,024 bytes.
    pub text: String,
    /// By which name whoever is near hears it; absent: our person's. Nobody can check it.
    #[serde(default)]
    pub name: Option<String>,
}

/// Asks for the latest check-in of each key that was heard nearby.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListCheckIns {}
