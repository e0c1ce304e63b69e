//! The nodes of the table: who is in it, and where.
//!
//! Invariants
//! - A node is in the table at addresses where we dialled it, or that are where it came from; those that a person named,
//!   where that person says.
//! - Of one network, and of one node, there are few, and few are kept for the next start.
//! - Few come into a small table within a while, so that nobody who comes and goes has it looked through without end.
//! - Whoever cannot be dialled while others can leaves the table, unless a person named it.

use std::collections::VecDeque;

use libp2p::kad;
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::{ConnectionId, StreamProtocol};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::screen::ADDRESSES_PER_NODE_MAX;
use super::{Event, PROTOCOL, Rendezvous};
use crate::net::address;
use crate::net::crowd::Block;

/// Nodes of one network in the table.
pub(super) const NODES_PER_NETWORK_MAX: usize = 8;
/// A node that cannot be dialled so often, while others can, leaves the table.
pub(super) const FAILURES_MAX: u32 = 3;
/// Nodes that were met last, which are kept for the next start.
pub(super) const GOOD_MAX: usize = 16;
/// Of them, those of one network.
pub(super) const GOOD_PER_NETWORK_MAX: usize = 2;

/// The network that `address` is of, if that is one of the internet's.
pub(super) fn network(address: &Multiaddr) -> Option<Block> {
    let ip = address::ip(address).filter(|ip| address::is_global(*ip))?;
    Some(Block::site(ip.to_canonical()))
}

/// Whether a node at `address` is kept for the next start beside those that are.
pub(super) fn has_place(good: &VecDeque<(PeerId, Multiaddr)>, address: &Multiaddr) -> bool {
    let network = network(address);
    let near = good
        .iter()
        .filter(|(_, other)| self::network(other) == network);
    let is_crowded = network.is_some() && near.count() >= GOOD_PER_NETWORK_MAX;
    good.len() < GOOD_MAX && !is_crowded
}

impl Rendezvous {
    /// How many nodes are in the table.
    pub(in crate::net) fn nodes(&mut self) -> usize {
        self.kad.kbuckets().map(|bucket| bucket.num_entries()).sum()
    }

    /// Whether any of them is connected.
    pub(in crate::net) fn has_company(&mut self) -> bool {
        self.kad.kbuckets().any(|bucket| {
            let mut nodes = bucket.iter();
            nodes.any(|node| matches!(node.status, kad::NodeStatus::Connected))
        })
    }

    /// Where nodes are that were met last, each with its name.
    pub(in crate::net) fn good(&self) -> impl Iterator<Item = String> {
        let good = self.good.iter();
        good.map(|(peer, address)| address.clone().with(Part::P2p(*peer)).to_string())
    }

    /// `peer` says over a connection whether it is a node, and where it is.
    pub(in crate::net) fn introduced(
        &mut self,
        (peer, connection): (PeerId, ConnectionId),
        protocols: &[StreamProtocol],
        addresses: &[Multiaddr],
    ) {
        if !protocols.contains(&PROTOCOL) {
            self.drop_node(&peer);
            return;
        }
        let Some(remote) = self.remotes.get(&connection) else {
            return;
        };
        if remote.is_relayed || remote.dialled.is_some() {
            return self.confirmed(peer, connection);
        }
        // Of those who came by themselves their word counts where they are seen.
        let ip = remote.ip;
        let seen = addresses.iter();
        let seen = seen.filter(|address| address::ip(address).map(|ip| ip.to_canonical()) == ip);
        for address in self.screen.places(seen) {
            self.meet(peer, &address);
        }
    }

    /// `peer` is a node, and connected.
    pub(super) fn confirmed(&mut self, peer: PeerId, connection: ConnectionId) {
        let remote = self.remotes.get(&connection);
        if let Some(address) = remote.and_then(|remote| remote.dialled.clone()) {
            self.meet(peer, &address);
        }
    }

    /// Puts a node that is there into the table.
    pub(super) fn meet(&mut self, peer: PeerId, address: &Multiaddr) {
        let Some(address) = self.screen.dialled(address) else {
            return;
        };
        if self.add(peer, &address) {
            self.failures.remove(&peer);
            let before = std::mem::take(&mut self.good);
            self.good.push_back((peer, address));
            for (other, at) in before {
                if other != peer && has_place(&self.good, &at) {
                    self.good.push_back((other, at));
                }
            }
            self.tell(Event::Table);
        }
    }

    /// Puts a node into the table, if there is a place for it; whether it is in it now, at this address.
    pub(super) fn add(&mut self, peer: PeerId, address: &Multiaddr) -> bool {
        let Some(address) = self.screen.dialled(address) else {
            return false;
        };
        let Ok(full) = address.clone().with_p2p(peer) else {
            return false;
        };
        let known = self.known(&peer);
        if known.contains(&full) {
            return true;
        }
        if known.is_empty() && (self.is_crowded(&address) || !self.admits_entry(&address)) {
            return false;
        }
        if known.len() >= ADDRESSES_PER_NODE_MAX
            && let Some(oldest) = known.first()
        {
            self.kad.remove_address(&peer, oldest);
        }
        let update = self.kad.add_address(&peer, address);
        !matches!(update, kad::RoutingUpdate::Failed)
    }

    /// Where a node is, as the table has it.
    pub(super) fn known(&mut self, peer: &PeerId) -> Vec<Multiaddr> {
        let Some(bucket) = self.kad.kbucket(*peer) else {
            return Vec::new();
        };
        let mut nodes = bucket.iter();
        let node = nodes.find(|node| node.node.key.preimage() == peer);
        node.map(|node| node.node.value.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Whether there are enough nodes of one network.
    fn is_crowded(&mut self, address: &Multiaddr) -> bool {
        let Some(network) = network(address) else {
            return false;
        };
        let mut count = 0;
        for bucket in self.kad.kbuckets() {
            let near = bucket.iter().filter(|node| {
                let mut ips = node.node.value.iter().filter_map(address::ip);
                ips.any(|ip| network.contains(ip.to_canonical()))
            });
            count += near.count();
        }
        count >= NODES_PER_NETWORK_MAX
    }

    /// Whether one more may come into the table now; if so, it counts. libp2p looks through a table that is no longer
    /// small for nobody.
    fn admits_entry(&mut self, address: &Multiaddr) -> bool {
        if self.nodes() >= kad::K_VALUE.get() {
            return true;
        }
        let ip = address::ip(address).filter(|ip| address::is_global(*ip));
        self.entries.admits(ip, Instant::now())
    }

    /// Takes a node out of the table, unless a person named it.
    pub(super) fn drop_node(&mut self, peer: &PeerId) {
        self.failures.remove(peer);
        if self.named.contains_key(peer) {
            return;
        }
        self.good.retain(|(other, _)| other != peer);
        if self.kad.remove_peer(peer).is_some() {
            self.tell(Event::Table);
        }
    }

    /// A node could not be dialled, for reasons of its own.
    pub(super) fn failed(&mut self, peer: PeerId) {
        // Without anybody else, it is more likely us.
        if !self.has_company() || self.known(&peer).is_empty() {
            return;
        }
        let failures = self.failures.entry(peer).or_default();
        *failures += 1;
        if *failures >= FAILURES_MAX {
            self.drop_node(&peer);
        }
    }
}
