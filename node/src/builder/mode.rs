//! What of the network a node uses, and how much it carries.

use tidings_protocol::carry::Quotas;
use tidings_protocol::record::NetworkMode;

use crate::net::Networks;

/// What of the network a node uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Mode {
    /// The local network and the internet.
    #[default]
    Auto,
    /// Local networks alone: nothing goes to the internet, and nobody who comes from there is let in.
    Lan,
    /// The internet alone: nobody is looked for nearby, nothing is announced there, and who comes from a private
    /// address is not let in.
    Internet,
    /// Nothing: it stores and reads.
    Offline,
    /// Other nodes of this process only, by libp2p's memory transport; for tests.
    Memory,
}

impl Mode {
    /// The word for it, in `status` and the log.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Lan => "lan",
            Self::Internet => "internet",
            Self::Offline => "offline",
            Self::Memory => "memory",
        }
    }

    /// Whether it has to do with the internet.
    pub(super) const fn is_far(self) -> bool {
        match self {
            Self::Auto | Self::Internet => true,
            Self::Lan | Self::Offline | Self::Memory => false,
        }
    }

    /// Of those networks that others may be met in.
    pub(super) const fn networks(self) -> Networks {
        match self {
            Self::Lan => Networks::Local,
            Self::Internet => Networks::Internet,
            Self::Auto | Self::Offline | Self::Memory => Networks::All,
        }
    }
}

impl From<NetworkMode> for Mode {
    fn from(mode: NetworkMode) -> Self {
        match mode {
            NetworkMode::Auto => Self::Auto,
            NetworkMode::Lan => Self::Lan,
            NetworkMode::Internet => Self::Internet,
            NetworkMode::Offline => Self::Offline,
        }
    }
}

/// How much a node carries for others who are not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Carries {
    /// Nothing, and what it sends goes in sessions alone.
    Nothing,
    /// What friends and a few strangers bring.
    #[default]
    Friendly,
    /// Much more, as a mailbox that others rely on.
    Mailbox,
}

impl Carries {
    pub(super) const fn quotas(self) -> Option<Quotas> {
        match self {
            Self::Nothing => None,
            Self::Friendly => Some(Quotas::FRIENDLY),
            Self::Mailbox => Some(Quotas::MAILBOX),
        }
    }
}
