//! What is said of devices that are connected, and of contacts who are not.

use serde::{Deserialize, Serialize};
use tidings_protocol::id::{DeviceId, PersonId};

/// How a connection gets to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum PeerPath {
    /// Over the local network.
    Lan,
    /// Over the internet.
    Direct,
    /// Over a relay.
    Relayed,
}

/// A device of somebody through which others reach each other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Relay {
    /// Whose it is; absent if we know nobody whose it is.
    pub person: Option<PersonId>,
    /// By what name they are shown.
    pub name: Option<String>,
}

/// What stands between a node and other networks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Between {
    /// Not known yet.
    #[default]
    Unknown,
    /// Nothing.
    Nothing,
    /// A router behind which two such devices can meet.
    Cone,
    /// A router that shows everybody another port.
    Symmetric,
}

/// How others reach a node from other networks, as far as it knows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reach {
    /// Addresses where somebody got in by themselves: multiaddrs.
    pub public: Vec<String>,
    /// What stands in between.
    pub between: Between,
    /// Through whom it is reached.
    pub relays: Vec<Relay>,
    /// Whether others reach each other through it.
    pub is_relay: bool,
}

/// A device: one that is connected, or a contact's that is not. What is said of a person is of all their devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Whose it is; absent of strangers.
    pub person: Option<PersonId>,
    /// By what name they are shown.
    pub name: Option<String>,
    /// Which; absent of strangers, and of contacts none of whose devices is known.
    pub device: Option<DeviceId>,
    /// Whether its person is a contact.
    pub contact: bool,
    /// How it is connected; absent: it is not.
    pub path: Option<PeerPath>,
    /// Where it is: a multiaddr.
    pub address: Option<String>,
    /// Through whom it is connected, if it is through a relay.
    #[serde(default)]
    pub relay: Option<Relay>,
    /// Whether a session with it is open.
    pub session: bool,
    /// Whether everything was exchanged in it.
    pub caught_up: bool,
    /// Whether what is carried is compared with it.
    pub carries: bool,
    /// Own messages that its person has not acknowledged.
    pub queued: u64,
    /// When something was last heard of it, by our clock; absent: never, or before that was noted.
    pub heard_at: Option<u64>,
    /// What went wrong last as it was dialled or a session begun, since the node runs; it may be connected again.
    #[serde(default)]
    pub last_error: Option<String>,
    /// When that was.
    #[serde(default)]
    pub failed_at: Option<u64>,
    /// Whether it was silent for [`DORMANT_AFTER`](crate::DORMANT_AFTER): nothing goes to it but in a session.
    pub dormant: bool,
    /// Envelopes under way to its person.
    pub under_way: u64,
    /// How many of them a contact's device promised to keep.
    pub promised: u64,
    /// The names of those contacts.
    pub promised_by: Vec<String>,
}
