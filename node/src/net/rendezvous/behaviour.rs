//! What the swarm and libp2p's Kademlia have to say to each other.
//!
//! Invariants
//! - What the table knows of where somebody is is for its own dials alone.
//! - Dials of the table are few at once, those of nodes that a person named aside.
//! - Of where we listen and where others reach us Kademlia hears nothing from the swarm.

use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::kad;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, DialFailure};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, DialError, FromSwarm, NetworkBehaviour, THandler,
    THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::screen::ADDRESSES_PER_NODE_MAX;
use super::{Ask, Asked, Event, FromHandler, Handler, Rendezvous};
use crate::net::address;

/// Dials of ours that are in flight.
pub(super) const NODES_DIALLED_MAX: usize = 16;

/// Why a dial was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("enough nodes are being dialled")]
    Dials,
    #[error("no address of the node is of use")]
    Addresses,
}

impl Rendezvous {
    /// Where a dial of the table goes.
    pub(super) fn may_dial(
        &self,
        connection: ConnectionId,
        peer: PeerId,
        addresses: &[Multiaddr],
    ) -> Result<Vec<Multiaddr>, Refusal> {
        let named = self.named.get(&peer).map_or(&[][..], Vec::as_slice);
        let in_flight = self.dials.iter().filter(|id| **id != connection);
        if named.is_empty() && in_flight.count() >= NODES_DIALLED_MAX {
            return Err(Refusal::Dials);
        }
        let named = named.iter().filter(|one| self.screen.dials_named(one));
        let mut to: Vec<Multiaddr> = named.cloned().collect();
        for address in addresses.iter().filter_map(|one| self.screen.dialled(one)) {
            if !to.contains(&address) {
                to.push(address);
            }
        }
        to.truncate(ADDRESSES_PER_NODE_MAX);
        if to.is_empty() {
            return Err(Refusal::Addresses);
        }
        Ok(to)
    }

    /// Takes what libp2p says of its own.
    fn happened(&mut self, event: kad::Event) {
        if let kad::Event::OutboundQueryProgressed {
            id,
            result,
            stats,
            step,
        } = event
        {
            if !step.last {
                return;
            }
            let Some(Asked { ask, is_well, .. }) = self.asked.remove(&id) else {
                return;
            };
            let is_well = match ask {
                Ask::Seek { .. } => is_well,
                Ask::Provide { .. } => {
                    matches!(result, kad::QueryResult::StartProviding(Ok(_)))
                        && stats.num_successes() > 0
                }
                Ask::Refresh => stats.num_successes() > 0,
            };
            self.tell(Event::Over { ask, is_well });
        } else if let kad::Event::RoutingUpdated { old_peer, .. } = event {
            if let Some(gone) = old_peer {
                self.failures.remove(&gone);
            }
            self.tell(Event::Table);
        }
    }
}

impl NetworkBehaviour for Rendezvous {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        // What the table knows is for its own dials alone.
        let Some(peer) = peer.filter(|_| self.dials.contains(&connection)) else {
            return Ok(Vec::new());
        };
        let known =
            self.kad
                .handle_pending_outbound_connection(connection, Some(peer), addresses, role)?;
        let to = self
            .may_dial(connection, peer, &known)
            .map_err(ConnectionDenied::new)?;
        self.dialled.extend(to.iter().filter_map(address::ip));
        Ok(to)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint,
            ..
        }) = &event
        {
            self.established((*peer_id, *connection_id), endpoint, Instant::now());
            self.kad.on_swarm_event(event);
        } else if let FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) = &event {
            self.remotes.remove(connection_id);
            self.kad.on_swarm_event(event);
            self.tell(Event::Table);
        } else if let FromSwarm::DialFailure(DialFailure {
            peer_id,
            connection_id,
            error,
        }) = &event
        {
            let is_ours = self.dials.remove(connection_id);
            let is_theirs = matches!(
                error,
                DialError::Transport(_) | DialError::WrongPeerId { .. }
            );
            let failed = peer_id.filter(|_| is_ours && is_theirs);
            self.kad.on_swarm_event(event);
            if let Some(peer) = failed {
                self.failed(peer);
            }
        }
        // Where we listen, and where others reach us, is for us to tell.
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        told: THandlerOutEvent<Self>,
    ) {
        let is_node = matches!(told, FromHandler::ProtocolConfirmed { .. });
        if let Some(told) = self.screened(peer, connection, told) {
            self.kad.on_connection_handler_event(peer, connection, told);
        }
        if is_node {
            self.confirmed(peer, connection);
        }
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Poll::Ready(action);
            }
            let Poll::Ready(action) = self.kad.poll(context) else {
                return Poll::Pending;
            };
            if let ToSwarm::GenerateEvent(event) = action {
                self.happened(event);
            } else if let ToSwarm::Dial { opts } = action {
                self.dials.insert(opts.connection_id());
                return Poll::Ready(ToSwarm::Dial { opts });
            } else if let ToSwarm::NotifyHandler {
                peer_id,
                handler,
                event,
            } = action
            {
                let event = self.passed_on(event);
                return Poll::Ready(ToSwarm::NotifyHandler {
                    peer_id,
                    handler,
                    event,
                });
            }
            // Nothing else of it concerns the swarm.
        }
    }
}
