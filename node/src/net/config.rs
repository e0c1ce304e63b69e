//! What a network is told as it starts.

use std::fmt;

use tidings_protocol::record::Discovery;
use zeroize::Zeroizing;

use super::address;
use super::scope::Networks;
use crate::meters::Meters;

/// What a node needs to know before it starts.
#[derive(Clone)]
pub(crate) struct NetConfig {
    /// Ed25519 secret of the transport key.
    pub(crate) key: Zeroizing<[u8; 32]>,
    /// Multiaddrs to listen on; none: every interface that there is, now or later, QUIC and TCP,
    /// any port.
    pub(crate) listen: Vec<String>,
    /// Where it listened last by its own choice: the same ports are taken again, if they are free.
    pub(crate) last: Vec<String>,
    /// Where others got in from other networks when it ran last: [`Reachability::public`](super::Reachability::public).
    pub(crate) reached: Vec<String>,
    /// Which networks to use.
    pub(crate) networks: Networks,
    /// Whether to find peers on the LAN, and be found. Loopback addresses are never announced.
    pub(crate) discovery: Discovery,
    /// Whether to connect to whoever is found on the LAN, a few of them, to carry for each other.
    pub(crate) mesh: bool,
    /// Whether to let others reach each other through us, once we know that they reach us.
    pub(crate) relay: bool,
    /// With whom to keep a table of who is where; absent: with nobody.
    pub(crate) table: Option<TableConfig>,
    /// Whether to ask the router in between to let others in.
    pub(crate) port_mapping: bool,
    /// What lies below.
    pub(crate) transport: Transport,
    /// What is counted, if anything.
    pub(crate) meters: Meters,
}

/// Who is known of those who keep a table of who is where: multiaddrs that end in a peer id.
#[derive(Debug, Clone, Default)]
pub(crate) struct TableConfig {
    /// Those whom a person named; they stay whatever they do.
    pub(crate) named: Vec<String>,
    /// Those who were met last time.
    pub(crate) known: Vec<String>,
}

impl NetConfig {
    /// Whether others of this machine are dialled as others elsewhere are: where a person has this node listen here
    /// alone. That no network is up is none of it. Within a process there is nothing else.
    pub(super) fn is_of_this_machine(&self) -> bool {
        match self.transport {
            Transport::Internet => address::all_of_this_machine(&self.listen),
            Transport::Memory => true,
        }
    }
}

impl fmt::Debug for NetConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NetConfig")
            .field("listen", &self.listen)
            .field("networks", &self.networks)
            .field("discovery", &self.discovery)
            .field("mesh", &self.mesh)
            .field("relay", &self.relay)
            .field("table", &self.table)
            .field("port_mapping", &self.port_mapping)
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// What lies below the connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transport {
    /// QUIC and TCP.
    Internet,
    /// Channels within this process, for tests; addresses are `/memory/<port>`. Invites have no
    /// room for them: who listens by default does so where the hint in the invite says.
    Memory,
}
