//! Scope: which addresses a node has to do with, by the networks that its person has it use.
//!
//! The one place that says so: whom we dial, who is let in, and what of us others are told all ask here.
//!
//! Invariants
//! - Who comes from an address outside is refused before any key is shown.
//! - The swarm dials no address outside, whoever asks it to.
//! - Of the local network are addresses that only such networks have, and those of networks that we are in ourselves.
//! - What goes through a relay counts as where the relay is; in the local network alone no relay is used.

use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

use super::address;
use super::crowd::{Block, origin};

/// Which networks a node uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Networks {
    /// Whatever there is.
    #[default]
    All,
    /// The local ones: nothing goes to the internet, or comes from there.
    Local,
    /// The internet: whoever is near is dealt with like anybody else there, and not at an address that others lack.
    Internet,
}

/// Why there is no connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Outside {
    #[error(
        "no address of it is of a local network, and this node uses no other in the mode `lan`"
    )]
    NotLocal,
    #[error(
        "no address of it is of the internet, and this node uses nothing else in the mode `internet`"
    )]
    NotInternet,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Scope {
    networks: Networks,
    /// The local networks that we are in.
    subnets: Vec<Block>,
}

impl Scope {
    pub(super) fn new(networks: Networks) -> Self {
        Self {
            networks,
            subnets: Vec::new(),
        }
    }

    /// Whether nothing is to do with the internet.
    pub(super) fn stays_local(&self) -> bool {
        self.networks == Networks::Local
    }

    /// We are in these local networks and no others.
    pub(super) fn move_to(&mut self, subnets: Vec<Block>) {
        self.subnets = subnets;
    }

    /// Whether all could use `address`, and it is in a home network.
    pub(super) fn is_global_in_home_network(&self, address: &Multiaddr) -> bool {
        let ip = address::ip(address).filter(|ip| address::is_global(*ip));
        ip.is_some_and(|ip| self.is_in_ours(ip))
    }

    /// Whether there may be a connection with somebody at `address`; what stays within this process has none.
    pub(super) fn admits(&self, address: &Multiaddr) -> bool {
        self.check(address).is_ok()
    }

    /// Those of `addresses` that may be dialled.
    ///
    /// # Errors
    /// Why none of them may, if there are any.
    pub(super) fn admitted(&self, addresses: Vec<Multiaddr>) -> Result<Vec<Multiaddr>, Outside> {
        let mut outside = None;
        let mut inside = addresses;
        inside.retain(|address| match self.check(address) {
            Ok(()) => true,
            Err(why) => {
                outside = Some(why);
                false
            }
        });
        match outside {
            Some(why) if inside.is_empty() => Err(why),
            Some(_) | None => Ok(inside),
        }
    }

    /// Those of `addresses` that others may be told.
    pub(super) fn admitted_texts(&self, addresses: &[String]) -> Vec<String> {
        let admits = |text: &&String| text.parse().is_ok_and(|address| self.admits(&address));
        addresses.iter().filter(admits).cloned().collect()
    }

    fn check(&self, address: &Multiaddr) -> Result<(), Outside> {
        let Some(ip) = address::ip(address) else {
            return Ok(());
        };
        match self.networks {
            Networks::All => Ok(()),
            Networks::Local => {
                let is_near = address::is_local(ip) || self.is_in_ours(ip);
                let is_inside = is_near && !address::is_circuit(address);
                is_inside.then_some(()).ok_or(Outside::NotLocal)
            }
            Networks::Internet => {
                let is_inside = address::is_global(ip);
                is_inside.then_some(()).ok_or(Outside::NotInternet)
            }
        }
    }

    fn is_in_ours(&self, ip: IpAddr) -> bool {
        let ip = ip.to_canonical();
        self.subnets.iter().any(|subnet| subnet.contains(ip))
    }
}

impl NetworkBehaviour for Scope {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        _: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.check(origin(local, remote))
            .map_err(ConnectionDenied::new)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: Option<PeerId>,
        addresses: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        // Ours are chosen before; these are of whatever part of libp2p dials by itself.
        for address in addresses {
            self.check(address).map_err(ConnectionDenied::new)?;
        }
        Ok(Vec::new())
    }

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
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

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

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
mod tests;
