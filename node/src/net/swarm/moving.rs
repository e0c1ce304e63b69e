//! The task's moves from network to network.
//!
//! Nobody tells whoever moved that a connection is dead: the other end answers to where they were, or to nobody. It
//! takes a minute until a silence is one, so connections are looked at whenever this machine has other addresses than
//! before.
//!
//! Invariants
//! - A connection is closed if what goes to its other end would leave from another address now than when it was made.
//! - Whoever is kept is dialled anew from a new address, however often that failed from others.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

use libp2p::swarm::ConnectionId;

use super::Task;
use crate::net::dial::Change;

/// The address from which this machine would send to a host now; `None` if it cannot. Nothing is sent.
pub(super) fn way_to(host: IpAddr) -> Option<IpAddr> {
    let own: IpAddr = match host {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = UdpSocket::bind((own, 0)).ok()?;
    // Any port will do.
    socket.connect((host, 9)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

impl Task {
    /// Does what follows from where this machine is now, if that is somewhere else.
    pub(super) fn moved(&mut self) {
        let held = self.peers.values().flat_map(|peer| &peer.connections);
        let lost =
            held.filter(|(_, held)| held.way.is_some() && held.way != held.host.and_then(way_to));
        for connection in lost.map(|(id, _)| *id).collect::<Vec<ConnectionId>>() {
            tracing::debug!(%connection, "a connection was of another network");
            self.swarm.close_connection(connection);
        }
        let now = self.now();
        self.policy.handle(Change::RetryNow { peer: None }, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_within_this_machine_is_from_where_it_goes_to() {
        let loopback: IpAddr = Ipv4Addr::LOCALHOST.into();
        assert_eq!(way_to(loopback), Some(loopback));
    }

    #[test]
    fn there_is_no_way_to_what_is_no_host() {
        // For everybody, which a program has to ask for the right to.
        assert_eq!(way_to(Ipv4Addr::BROADCAST.into()), None);
    }
}
