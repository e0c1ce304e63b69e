//! What the network says when it did not do what was asked.

use std::io;

use super::Protocol;
use crate::api::Said;
use crate::reason;

/// Why the network did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NetError {
    /// An address to listen on cannot be used.
    #[error("{}", listen_message(address, source))]
    Listen {
        /// As configured.
        address: String,
        /// `AddrInUse` if another program uses the port.
        source: io::Error,
    },
    /// Text that is no address to listen on.
    #[error(
        "\"{address}\" is no address to listen on; write it like /ip4/0.0.0.0/udp/4001/quic-v1 \
         or /ip4/0.0.0.0/tcp/4001"
    )]
    BadAddress {
        /// As configured.
        address: String,
    },
    /// Text that names nobody who keeps the table of who is where.
    #[error(
        "\"{address}\" names no node; write where it is and its peer id, like \
         /ip4/192.0.2.1/udp/4001/quic-v1/p2p/12D3KooW..."
    )]
    BadNode {
        /// As configured.
        address: String,
    },
    /// The node cannot start, whatever the addresses.
    #[error("the network cannot start: {reason}")]
    Setup {
        /// Why.
        reason: String,
    },
    /// Nobody fitting answered.
    #[error("cannot reach the device: {reason}; check that it is running and try again")]
    Unreachable {
        /// What was tried.
        reason: String,
    },
    /// There is no connection to open a stream on.
    #[error("not connected to the device")]
    NotConnected,
    /// The connection broke while a stream was opened.
    #[error("the connection broke: {reason}")]
    Broken {
        /// How.
        reason: String,
    },
    /// The peer does not speak the protocol.
    #[error("the device does not speak {}; it may need a newer version", protocol.name())]
    Unsupported {
        /// Which.
        protocol: Protocol,
    },
    /// The peer did not answer.
    #[error("the device did not answer in time; try again")]
    TimedOut,
    /// Too much was asked at once.
    #[error("too many connections are being made at once; try again in a moment")]
    Busy,
    /// Bytes that are no Ed25519 public key.
    #[error("a transport id or secret is no valid key")]
    BadKey,
    /// The node has been shut down.
    #[error("the network has been shut down")]
    Stopped,
}

impl NetError {
    /// What happened, and what to do.
    pub(crate) fn said(&self) -> Said {
        match self {
            Self::Listen { address, source } => {
                let kind = source.kind();
                if kind == io::ErrorKind::AddrInUse {
                    reason::port_taken(address, self)
                } else if kind == io::ErrorKind::PermissionDenied {
                    reason::port_forbidden(address, self)
                } else if kind == io::ErrorKind::AddrNotAvailable {
                    reason::address_elsewhere(address, self)
                } else {
                    reason::cannot_listen(address, &source.to_string(), self)
                }
            }
            Self::BadAddress { address } => reason::bad_address(address, self),
            Self::BadNode { address } => reason::bad_node(address, self),
            Self::Setup { .. }
            | Self::Unreachable { .. }
            | Self::NotConnected
            | Self::Broken { .. }
            | Self::Unsupported { .. }
            | Self::TimedOut
            | Self::Busy
            | Self::BadKey
            | Self::Stopped => Said::words(&self.to_string()),
        }
    }

    /// Whether another program uses the port that we were to listen on.
    pub(crate) fn is_port_in_use(&self) -> bool {
        matches!(self, Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse)
    }
}

fn listen_message(address: &str, source: &io::Error) -> String {
    let kind = source.kind();
    let what_to_do = if kind == io::ErrorKind::AddrInUse {
        "the port is in use; stop the program that uses it (perhaps another tidings) or choose \
         another port with --listen"
    } else if kind == io::ErrorKind::PermissionDenied {
        "not permitted; choose a port above 1023 with --listen"
    } else if kind == io::ErrorKind::AddrNotAvailable {
        "this machine does not have that address; give one that it has with --listen"
    } else {
        return format!("cannot listen on {address}: {source}; give another address with --listen");
    };
    format!("cannot listen on {address}: {what_to_do}")
}
