//! Settings: what our person has chosen for the whole profile.

use super::ContactRecord;

/// What our person has chosen for all conversations on this device, and for its nodes; nobody else is told.
///
/// The default is what holds where nothing was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettingsRecord {
    /// Whose invitations to rooms are accepted by themselves.
    pub rooms_accept: Acceptance,
    /// Whether what is said nearby is shown, kept and passed on.
    pub nearby: bool,
    /// What nodes do with networks.
    pub network: NetworkRecord,
}

impl Default for SettingsRecord {
    fn default() -> Self {
        Self {
            rooms_accept: Acceptance::default(),
            nearby: true,
            network: NetworkRecord::default(),
        }
    }
}

impl SettingsRecord {
    /// Whether an invitation to a room is accepted by itself; `inviter` is absent of whom is no contact.
    #[must_use]
    pub fn accepts(&self, inviter: Option<&ContactRecord>) -> bool {
        match self.rooms_accept {
            Acceptance::Contacts => inviter.is_some_and(ContactRecord::is_admitted),
            Acceptance::Nobody => false,
        }
    }
}

/// Whose invitations to rooms are accepted by themselves; others wait until our person accepts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Acceptance {
    /// Those of contacts, unless they are held off or blocked.
    #[default]
    Contacts,
    /// Nobody's.
    Nobody,
}

/// What nodes of this profile do with networks, unless they are told otherwise as they start. The engine keeps it for
/// whoever drives it, and does nothing by it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetworkRecord {
    /// Which networks they use.
    pub mode: NetworkMode,
    /// Whether they look for others on the local network, and show themselves there.
    pub discovery: Discovery,
    /// Whether they help others reach and find each other.
    pub relay: bool,
    /// Whether they look for lost contacts in the table of who is where, and say there where they are.
    pub dht: bool,
    /// Whether they ask the router to let others in.
    pub port_mapping: bool,
    /// Whether they keep as much for others as a mailbox.
    pub mailbox: bool,
    /// Where they listen: multiaddrs; empty for every interface.
    pub listen: Vec<String>,
    /// Who keeps a part of the table of who is where: multiaddrs that end in a peer id.
    pub bootstrap: Vec<String>,
}

impl Default for NetworkRecord {
    fn default() -> Self {
        Self {
            mode: NetworkMode::default(),
            discovery: Discovery::default(),
            relay: true,
            dht: true,
            port_mapping: true,
            mailbox: false,
            listen: Vec::new(),
            bootstrap: Vec::new(),
        }
    }
}

impl NetworkRecord {
    /// Takes a choice over.
    pub fn choose(&mut self, choice: NetworkChoice) {
        match choice {
            NetworkChoice::Mode(mode) => self.mode = mode,
            NetworkChoice::Discovery(discovery) => self.discovery = discovery,
            NetworkChoice::Relay(is_on) => self.relay = is_on,
            NetworkChoice::Dht(is_on) => self.dht = is_on,
            NetworkChoice::PortMapping(is_on) => self.port_mapping = is_on,
            NetworkChoice::Mailbox(is_on) => self.mailbox = is_on,
            NetworkChoice::Listen(addresses) => self.listen = addresses,
            NetworkChoice::Bootstrap(nodes) => self.bootstrap = nodes,
        }
    }
}

/// One part of a [`NetworkRecord`], as our person chooses it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NetworkChoice {
    /// Which networks are used.
    Mode(NetworkMode),
    /// Whether others are looked for on the local network, and a node shows itself there.
    Discovery(Discovery),
    /// Whether others are helped to reach and find each other.
    Relay(bool),
    /// Whether the table of who is where is used.
    Dht(bool),
    /// Whether the router is asked to let others in.
    PortMapping(bool),
    /// Whether as much is kept for others as by a mailbox.
    Mailbox(bool),
    /// Where nodes listen; empty for every interface.
    Listen(Vec<String>),
    /// Who keeps a part of the table of who is where.
    Bootstrap(Vec<String>),
}

/// Which networks are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum NetworkMode {
    /// The local network and the internet.
    #[default]
    Auto,
    /// Local networks alone.
    Lan,
    /// The internet alone.
    Internet,
    /// None.
    Offline,
}

/// Whether a node looks for others on the local network, and shows itself there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Discovery {
    /// Both.
    #[default]
    On,
    /// It looks, and does not show itself.
    Hidden,
    /// Neither.
    Off,
}
