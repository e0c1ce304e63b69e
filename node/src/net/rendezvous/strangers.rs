//! What strangers say, before libp2p hears it, and what it tells them.
//!
//! Invariants
//! - Nobody is answered while we do not serve, nor more often than may be.
//! - Of an answer libp2p hears of nodes where they may be dialled; of whoever was found it hears nothing.
//! - Nobody is believed to be anywhere but by their own word, over a connection of theirs.

use libp2p::core::ConnectedPoint;
use libp2p::kad::{self, KadPeer, QueryId};
use libp2p::swarm::{ConnectionId, NotifyHandler, ToSwarm};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::{Event, FromHandler, Rendezvous, ToHandler};
use crate::net::crowd::Block;

/// What a node is asked about is a key, or the name of a node.
pub(super) const TARGET_BYTES_MAX: usize = 64;

impl Rendezvous {
    /// Whether a request over a connection is answered.
    pub(super) fn admits(&mut self, connection: ConnectionId) -> bool {
        let admits = self.has_allowance(connection);
        self.meters.requested(admits);
        admits
    }

    fn has_allowance(&mut self, connection: ConnectionId) -> bool {
        let remote = self.remotes.get(&connection);
        // Who comes through a relay can come without: we are reached.
        let Some(remote) = remote.filter(|remote| !remote.is_relayed && self.serves) else {
            return false;
        };
        self.allowance.admits(remote.ip, Instant::now())
    }

    /// Takes what `peer` says of itself.
    pub(super) fn keep(
        &mut self,
        (peer, connection): (PeerId, ConnectionId),
        key: &kad::RecordKey,
        said: &KadPeer,
    ) {
        if said.node_id != peer || !self.admits(connection) {
            return;
        }
        let places = self.screen.places(&said.multiaddrs);
        let remote = self.remotes.get(&connection);
        let network = remote.and_then(|remote| remote.ip).map(Block::site);
        let records = self.kad.store_mut();
        if let Err(refused) = records.take(key, (peer, network), places, Instant::now()) {
            tracing::debug!(%peer, %refused, "a record was not taken");
        }
    }

    /// Takes an answer to a lookup; of those found nothing goes on to libp2p, which would believe it.
    fn answered(&mut self, query: QueryId, found: &[KadPeer]) {
        let Some(asked) = self.asked.get_mut(&query) else {
            return;
        };
        let mut found = found.iter();
        let Some(it) = found.find(|one| Some(one.node_id) == asked.sought) else {
            return;
        };
        let addresses = self.screen.sought(&it.multiaddrs);
        if !addresses.is_empty() {
            asked.is_well = true;
            let peer = it.node_id;
            self.tell(Event::Found { peer, addresses });
        }
    }

    /// What of `told` libp2p is to hear.
    pub(super) fn screened(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        told: FromHandler,
    ) -> Option<FromHandler> {
        let reset = match told {
            FromHandler::ProtocolConfirmed { .. } => {
                let endpoint = nowhere();
                return Some(FromHandler::ProtocolConfirmed { endpoint });
            }
            FromHandler::ProtocolNotSupported { .. } => {
                self.drop_node(&peer);
                let endpoint = nowhere();
                return Some(FromHandler::ProtocolNotSupported { endpoint });
            }
            FromHandler::FindNodeReq { key, request_id } => {
                if is_target(&key) && self.admits(connection) {
                    return Some(FromHandler::FindNodeReq { key, request_id });
                }
                request_id
            }
            FromHandler::GetProvidersReq { key, request_id } => {
                if is_target(key.as_ref()) && self.admits(connection) {
                    return Some(FromHandler::GetProvidersReq { key, request_id });
                }
                request_id
            }
            FromHandler::AddProvider { key, provider } => {
                self.keep((peer, connection), &key, &provider);
                return None;
            }
            FromHandler::GetRecord { request_id, .. }
            | FromHandler::PutRecord { request_id, .. } => request_id,
            FromHandler::FindNodeRes {
                closer_peers,
                query_id,
            } => {
                let closer_peers = self.screen.nodes(closer_peers);
                return Some(FromHandler::FindNodeRes {
                    closer_peers,
                    query_id,
                });
            }
            FromHandler::GetProvidersRes {
                closer_peers,
                provider_peers,
                query_id,
            } => {
                self.answered(query_id, &provider_peers);
                let closer_peers = self.screen.nodes(closer_peers);
                return Some(FromHandler::GetProvidersRes {
                    closer_peers,
                    provider_peers: Vec::new(),
                    query_id,
                });
            }
            // Of what we never ask.
            FromHandler::GetRecordRes { .. } | FromHandler::PutRecordRes { .. } => return None,
            FromHandler::QueryError { error, query_id } => {
                return Some(FromHandler::QueryError { error, query_id });
            }
        };
        self.actions.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(connection),
            event: ToHandler::Reset(reset),
        });
        None
    }

    /// What `tell` is to say to others.
    pub(super) fn passed_on(&self, tell: ToHandler) -> ToHandler {
        if let ToHandler::FindNodeRes {
            closer_peers,
            request_id,
        } = tell
        {
            let closer_peers = self.screen.nodes(closer_peers);
            ToHandler::FindNodeRes {
                closer_peers,
                request_id,
            }
        } else if let ToHandler::GetProvidersRes {
            closer_peers,
            provider_peers,
            request_id,
        } = tell
        {
            let closer_peers = self.screen.nodes(closer_peers);
            ToHandler::GetProvidersRes {
                closer_peers,
                provider_peers,
                request_id,
            }
        } else {
            tell
        }
    }
}

/// Where libp2p is to believe that a node is: it would put any address into the table.
fn nowhere() -> ConnectedPoint {
    ConnectedPoint::Listener {
        local_addr: Multiaddr::empty(),
        send_back_addr: Multiaddr::empty(),
    }
}

/// Whether somebody may ask about this.
pub(super) const fn is_target(key: &[u8]) -> bool {
    key.len() <= TARGET_BYTES_MAX
}
