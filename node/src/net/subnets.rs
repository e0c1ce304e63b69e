//! The crowd at the door: inbound connections counted by the network they come from, so that one
//! machine cannot use up what is there for everybody.
//!
//! A subnet is an IPv4 /24 or an IPv6 /56: about what one subscriber or small network is given.
//!
//! Invariants
//! - Of one subnet at most [`PENDING_PER_SUBNET_MAX`] inbound connections are being made, and at
//!   most [`ESTABLISHED_PER_SUBNET_MAX`] are there, those of kept peers aside.
//! - Nobody is kept before we know who it is: while it is being made, every connection counts.
//! - Loopback addresses and those that are no IP addresses are not counted: whoever uses them is a
//!   program of this machine, and the limits on all connections hold for it.

use std::collections::{HashMap, HashSet};
use std::convert::Infallible;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::task::{Context, Poll};

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, ListenFailure};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

use super::address;

/// Inbound connections of one subnet that are being made.
const PENDING_PER_SUBNET_MAX: usize = 8;
/// Inbound connections of one subnet, those of kept peers aside.
const ESTABLISHED_PER_SUBNET_MAX: usize = 8;

/// Where a connection comes from, without its last bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subnet {
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl Subnet {
    /// The subnet of an address that counts.
    fn of(address: &Multiaddr) -> Option<Self> {
        match address::ip(address)?.to_canonical() {
            ip if ip.is_loopback() => None,
            IpAddr::V4(ip) => Some(Self::V4(Ipv4Addr::from_bits(ip.to_bits() >> 8 << 8))),
            IpAddr::V6(ip) => Some(Self::V6(Ipv6Addr::from_bits(ip.to_bits() >> 72 << 72))),
        }
    }
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::V4(ip) => write!(f, "{ip}/24"),
            Self::V6(ip) => write!(f, "{ip}/56"),
        }
    }
}

/// Why a connection was not let in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Crowded {
    #[error("{limit} connections from {subnet} are being made already")]
    Pending { subnet: Subnet, limit: usize },
    #[error("there are {limit} connections from {subnet} already")]
    Established { subnet: Subnet, limit: usize },
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Subnets {
    kept: HashSet<PeerId>,
    pending: HashMap<ConnectionId, Subnet>,
    established: HashMap<ConnectionId, (PeerId, Subnet)>,
}

impl Subnets {
    /// Lets `peer` in however many come from its subnet, or no longer.
    pub(super) fn keep(&mut self, peer: PeerId, keep: bool) {
        if keep {
            self.kept.insert(peer);
        } else {
            self.kept.remove(&peer);
        }
    }

    /// A connection from `address` is being made.
    fn begin(&mut self, connection: ConnectionId, address: &Multiaddr) -> Result<(), Crowded> {
        let Some(subnet) = Subnet::of(address) else {
            return Ok(());
        };
        let limit = PENDING_PER_SUBNET_MAX;
        if self.pending.values().filter(|of| **of == subnet).count() >= limit {
            return Err(Crowded::Pending { subnet, limit });
        }
        self.pending.insert(connection, subnet);
        Ok(())
    }

    /// `peer` is at the other end of a connection from `address`.
    fn identified(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
    ) -> Result<(), Crowded> {
        self.pending.remove(&connection);
        let Some(subnet) = Subnet::of(address) else {
            return Ok(());
        };
        let strangers = self
            .established
            .values()
            .filter(|(other, of)| *of == subnet && !self.kept.contains(other));
        let limit = ESTABLISHED_PER_SUBNET_MAX;
        if !self.kept.contains(&peer) && strangers.count() >= limit {
            return Err(Crowded::Established { subnet, limit });
        }
        Ok(())
    }

    /// The connection is there.
    fn established(&mut self, connection: ConnectionId, peer: PeerId, address: &Multiaddr) {
        if let Some(subnet) = Subnet::of(address) {
            self.established.insert(connection, (peer, subnet));
        }
    }

    /// The connection is gone, or did not come about.
    fn ended(&mut self, connection: ConnectionId) {
        self.pending.remove(&connection);
        self.established.remove(&connection);
    }
}

impl NetworkBehaviour for Subnets {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.begin(connection, remote)
            .map_err(ConnectionDenied::new)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.identified(connection, peer, remote)
            .map_err(ConnectionDenied::new)?;
        Ok(dummy::ConnectionHandler)
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        Ok(dummy::ConnectionHandler)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint: ConnectedPoint::Listener { send_back_addr, .. },
            ..
        }) = event
        {
            self.established(connection_id, peer_id, send_back_addr);
        } else if let FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. })
        | FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) = event
        {
            self.ended(connection_id);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        never: THandlerOutEvent<Self>,
    ) {
        match never {}
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ip: &str) -> Multiaddr {
        let ip: IpAddr = ip.parse().unwrap();
        Multiaddr::from(ip).with(libp2p::multiaddr::Protocol::Tcp(4001))
    }

    fn id(number: usize) -> ConnectionId {
        ConnectionId::new_unchecked(number)
    }

    /// One connection, from the first packet to its being there.
    fn connect(
        subnets: &mut Subnets,
        number: usize,
        peer: PeerId,
        from: &str,
    ) -> Result<(), Crowded> {
        subnets.begin(id(number), &at(from))?;
        subnets.identified(id(number), peer, &at(from))?;
        subnets.established(id(number), peer, &at(from));
        Ok(())
    }

    #[test]
    fn a_subnet_makes_its_most_connections_at_once_and_not_one_more() {
        for (own, other) in [
            ("9.9.9.", "9.9.8.1"),
            ("2001:db8:0:1::", "2001:db8:0:100::1"),
        ] {
            let mut subnets = Subnets::default();
            for number in 0..PENDING_PER_SUBNET_MAX {
                let from = at(&format!("{own}{number}"));
                subnets.begin(id(number), &from).unwrap();
            }
            let from = at(&format!("{own}99"));
            let refused = subnets.begin(id(98), &from);
            assert!(matches!(refused, Err(Crowded::Pending { .. })));
            subnets.begin(id(99), &at(other)).unwrap();
            subnets.ended(id(0));
            subnets.begin(id(100), &from).unwrap();
        }
    }

    #[test]
    fn a_subnet_has_its_most_strangers_and_not_one_more() {
        let mut subnets = Subnets::default();
        let from = "9.9.9.9";
        for number in 0..ESTABLISHED_PER_SUBNET_MAX {
            connect(&mut subnets, number, PeerId::random(), from).unwrap();
        }
        let refused = connect(&mut subnets, 98, PeerId::random(), "9.9.9.200");
        assert!(matches!(refused, Err(Crowded::Established { .. })));
        connect(&mut subnets, 99, PeerId::random(), "9.9.10.9").unwrap();
        subnets.ended(id(0));
        connect(&mut subnets, 100, PeerId::random(), from).unwrap();
    }

    #[test]
    fn a_kept_peer_is_let_in_and_takes_nobodys_place() {
        let mut subnets = Subnets::default();
        let (ben, from) = (PeerId::random(), "9.9.9.9");
        connect(&mut subnets, 50, ben, from).unwrap();
        for number in 1..ESTABLISHED_PER_SUBNET_MAX {
            connect(&mut subnets, number, PeerId::random(), from).unwrap();
        }
        assert!(connect(&mut subnets, 51, PeerId::random(), from).is_err());
        subnets.keep(ben, true);
        connect(&mut subnets, 52, PeerId::random(), from).unwrap();
        assert!(connect(&mut subnets, 53, PeerId::random(), from).is_err());
        connect(&mut subnets, 54, ben, from).unwrap();
        subnets.keep(ben, false);
        assert!(connect(&mut subnets, 55, ben, from).is_err());
    }

    #[test]
    fn programs_of_this_machine_are_not_counted() {
        for from in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let mut subnets = Subnets::default();
            for number in 0..100 {
                connect(&mut subnets, number, PeerId::random(), from).unwrap();
            }
        }
        let memory: Multiaddr = "/memory/1".parse().unwrap();
        assert_eq!(Subnet::of(&memory), None);
    }

    #[test]
    fn a_mapped_address_counts_with_its_ipv4_subnet() {
        let mapped = Subnet::of(&at("::ffff:9.9.9.9")).unwrap();
        assert_eq!(mapped.to_string(), "9.9.9.0/24");
        let v6 = Subnet::of(&at("2001:db8:1:2ff::9")).unwrap();
        assert_eq!(v6.to_string(), "2001:db8:1:200::/56");
    }
}
