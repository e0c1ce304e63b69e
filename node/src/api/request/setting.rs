//! Parameters of the methods about what holds for the whole profile.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::RequestId;

/// Asks for all settings, or for one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct GetSettings {
    /// Which one; absent: all.
    pub key: Option<String>,
}

/// Gives a setting another value, on this device; nobody else is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChangeSetting {
    /// The client's name for this request.
    pub request: RequestId,
    /// Which one.
    pub key: String,
    /// One of its [`Setting::values`](crate::api::Setting::values), or what it may be
    /// [`besides`](crate::api::Setting::besides).
    pub value: String,
}
