//! The connections that the table wanted: few, of many networks, and none for long.
//!
//! Invariants
//! - At most [`NODES_CONNECTED_MAX`] are there, and [`NODES_CONNECTED_PER_NETWORK_MAX`] with one network. One more takes the
//!   place of the oldest, so that nobody keeps others out by staying.
//! - None lasts longer than [`NODE_CONNECTION_TIME`], whatever the other end does with it.
//! - Those with whom somebody wants to stay connected, or whom a person named, count with none of this.

use std::net::IpAddr;
use std::time::Duration;

use libp2p::core::ConnectedPoint;
use libp2p::swarm::{CloseConnection, ConnectionId, ToSwarm};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::{Rendezvous, nodes};
use crate::net::address;
use crate::net::crowd::Block;

/// Connections that the table wanted: the rest of those that a node may make is for others.
pub(super) const NODES_CONNECTED_MAX: usize = 32;
/// Of them, those with one network.
pub(super) const NODES_CONNECTED_PER_NETWORK_MAX: usize = 4;
/// How long one lasts: longer than a query, which asks a node once or twice.
pub(super) const NODE_CONNECTION_TIME: Duration = Duration::from_secs(60);

/// A connection.
#[derive(Debug)]
pub(super) struct Remote {
    peer: PeerId,
    /// Where the other end is, if that is known: not of one through a relay.
    pub(super) ip: Option<IpAddr>,
    pub(super) is_relayed: bool,
    /// Where we dialled.
    pub(super) dialled: Option<Multiaddr>,
    /// Whether the table wanted it.
    is_ours: bool,
    /// The network that it is with, if that is one of the internet's.
    network: Option<Block>,
    since: Instant,
    /// Whether we have closed it, which takes a moment.
    is_closed: bool,
}

impl Rendezvous {
    /// Leaves connections with `peer` to whoever keeps them, or no longer.
    pub(in crate::net) fn keep_connected(&mut self, peer: PeerId, keep: bool) {
        if keep {
            self.kept.insert(peer);
        } else {
            self.kept.remove(&peer);
        }
    }

    /// Whether a connection is there because the table wanted it.
    pub(in crate::net) fn wanted(&self, connection: ConnectionId) -> bool {
        let remote = self.remotes.get(&connection);
        remote.is_some_and(|remote| remote.is_ours)
    }

    /// Closes what was there for long enough.
    pub(in crate::net) fn close_old(&mut self, now: Instant) {
        let old = self.counted();
        let old = old.filter(|(_, remote)| remote.since + NODE_CONNECTION_TIME <= now);
        for connection in old.map(|(id, _)| id).collect::<Vec<_>>() {
            self.close(connection);
        }
    }

    /// When there is something to close, if nothing else happens before.
    pub(in crate::net) fn close_at(&self) -> Option<Instant> {
        let since = self.counted().map(|(_, remote)| remote.since).min();
        since.map(|since| since + NODE_CONNECTION_TIME)
    }

    /// A connection is there.
    pub(super) fn established(
        &mut self,
        (peer, connection): (PeerId, ConnectionId),
        endpoint: &ConnectedPoint,
        now: Instant,
    ) {
        let is_relayed = endpoint.is_relayed();
        let address = endpoint.get_remote_address();
        let ip = address::ip(address).filter(|_| !is_relayed);
        let dialled = (endpoint.is_dialer() && !is_relayed).then(|| address.clone());
        let is_ours = self.dials.remove(&connection);
        let remote = Remote {
            peer,
            ip: ip.map(|ip| ip.to_canonical()),
            is_relayed,
            dialled,
            is_ours,
            network: nodes::network(address),
            since: now,
            is_closed: false,
        };
        self.remotes.insert(connection, remote);
        if is_ours {
            self.make_room(connection);
        }
    }

    /// Closes the oldest of its network, or of all, if `newest` is one too many.
    fn make_room(&mut self, newest: ConnectionId) {
        let network = self.remotes.get(&newest).and_then(|remote| remote.network);
        if network.is_some() {
            let near = |remote: &Remote| remote.network == network;
            self.leave_at_most(NODES_CONNECTED_PER_NETWORK_MAX, newest, near);
        }
        self.leave_at_most(NODES_CONNECTED_MAX, newest, |_| true);
    }

    fn leave_at_most(
        &mut self,
        most: usize,
        newest: ConnectionId,
        is_one: impl Fn(&Remote) -> bool,
    ) {
        let these = self.counted().filter(|(_, remote)| is_one(remote));
        let mut these: Vec<_> = these.map(|(id, remote)| (remote.since, id)).collect();
        let excess = these.len().saturating_sub(most);
        these.retain(|(_, id)| *id != newest);
        these.sort_unstable();
        for (_, connection) in these.into_iter().take(excess) {
            self.close(connection);
        }
    }

    /// The connections that are there for the table alone.
    fn counted(&self) -> impl Iterator<Item = (ConnectionId, &Remote)> {
        let is_free = |peer: &PeerId| self.kept.contains(peer) || self.named.contains_key(peer);
        let all = self.remotes.iter().map(|(id, remote)| (*id, remote));
        all.filter(move |(_, remote)| remote.is_ours && !remote.is_closed && !is_free(&remote.peer))
    }

    fn close(&mut self, connection: ConnectionId) {
        if let Some(remote) = self.remotes.get_mut(&connection) {
            remote.is_closed = true;
            self.actions.push_back(ToSwarm::CloseConnection {
                peer_id: remote.peer,
                connection: CloseConnection::One(connection),
            });
        }
    }
}
