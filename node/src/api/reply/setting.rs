//! What holds for the whole profile.

use serde::{Deserialize, Serialize};

/// Something that our person may choose for the whole profile on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// By what name.
    pub key: String,
    /// How it is set.
    pub value: String,
    /// How it is where nobody set it.
    #[serde(default)]
    pub default: String,
    /// How it may be set, the default first.
    pub values: Vec<String>,
    /// What else it may be, for a person; absent if it may be nothing else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub besides: Option<String>,
    /// What it is about, for a person.
    pub meaning: String,
    /// Whether a node that runs goes by it only from its next start on.
    #[serde(default)]
    pub at_start: bool,
}
