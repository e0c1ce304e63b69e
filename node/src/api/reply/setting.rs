//! What holds for the whole profile.

use serde::{Deserialize, Serialize};

/// Something that our person may choose for the whole profile on this device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// By what name.
    pub key: String,
    /// How it is set.
    pub value: String,
    /// How it may be set, the default first.
    pub values: Vec<String>,
    /// What it is about, for a person.
    pub meaning: String,
}
