//! The crowd at the door: inbound connections counted by where they come from, so that neither one
//! machine nor forged packets use up what is there for everybody.
//!
//! ```text
//!                       counted by host   by subnet   in a budget of
//!   this machine                                      its own
//!   where kept peers are       x                      their own
//!   anywhere else              x             x        all others
//! ```
//!
//! A host is an IPv4 address or an IPv6 /64, which one machine can fill; link-local and the
//! addresses of kept peers count whole, because there a /64 is the whole of a local network. A
//! subnet is an IPv4 /24 or an IPv6 /56: about what one subscriber or small network is given.
//!
//! Invariants
//! - While it is being made, every connection counts: nobody is known yet. UDP and TCP are counted
//!   apart everywhere, since whoever forges the source of a UDP packet must not stop TCP.
//! - What is there counts by host and subnet, whatever carries it; connections of kept peers and
//!   of this machine do not. What comes through a relay counts as coming from there.
//! - Over a limit the newest connection is refused.
//! - Where a kept peer is, is what others said or forged: it leads past the limits of strangers,
//!   and not past those of its own host.

mod share;

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::task::{Context, Poll};

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, ListenFailure};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};

pub(super) use self::share::Block;
use self::share::{Carrier, Group, Share, Tally};
use super::address;

/// Inbound connections of one host, those of kept peers aside.
const STRANGERS_PER_HOST_MAX: usize = 4;
/// Inbound connections of one subnet, those of kept peers aside.
const STRANGERS_PER_SUBNET_MAX: usize = 32;
/// Addresses from which a kept peer was seen connected; the most recent stay.
const SEEN_PER_PEER_MAX: usize = 4;

/// Why a connection was not let in.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
enum Crowded {
    #[error("{} connections of {share} are being made already", share.limit())]
    Pending { share: Share },
    #[error("there are {limit} connections from {block} already")]
    Established { block: Block, limit: usize },
}

/// Where a kept peer is.
#[derive(Debug, Default)]
struct Whereabouts {
    told: Vec<IpAddr>,
    /// Most recent first.
    seen: Vec<IpAddr>,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Crowd {
    kept: BTreeMap<PeerId, Whereabouts>,
    /// All addresses of `kept`.
    known: Tally<IpAddr>,
    pending: BTreeMap<ConnectionId, Vec<Share>>,
    /// All shares of `pending`.
    taken: Tally<Share>,
    established: BTreeMap<ConnectionId, (PeerId, IpAddr)>,
    /// Addresses that we dial, since they were last asked for.
    dialled: Vec<IpAddr>,
}

impl Crowd {
    /// Lets `peer` in however many strangers there are, or no longer.
    pub(super) fn keep(&mut self, peer: PeerId, keep: bool) {
        if keep {
            self.kept.entry(peer).or_default();
            let here = self.established.values();
            let here: Vec<_> = here
                .filter_map(|(other, ip)| (*other == peer).then_some(*ip))
                .collect();
            for ip in here {
                self.seen(peer, ip);
            }
        } else {
            let gone = self.kept.remove(&peer).unwrap_or_default();
            for ip in gone.told.iter().chain(&gone.seen) {
                self.known.remove(ip);
            }
        }
    }

    /// The addresses that were dialled since this was last asked, for whatever reason.
    pub(super) fn take_dialled(&mut self) -> Vec<IpAddr> {
        std::mem::take(&mut self.dialled)
    }

    /// Takes note of all `addresses` at which `peer`, if it is kept, is said to be.
    pub(super) fn told(&mut self, peer: PeerId, addresses: &[Multiaddr]) {
        let Some(place) = self.kept.get_mut(&peer) else {
            return;
        };
        let news: Vec<_> = addresses.iter().filter_map(counted).collect();
        for ip in &news {
            self.known.add(*ip);
        }
        for ip in std::mem::replace(&mut place.told, news) {
            self.known.remove(&ip);
        }
    }

    /// Takes note that `peer`, if it is kept, has proved to be at `ip`.
    fn seen(&mut self, peer: PeerId, ip: IpAddr) {
        let Some(place) = self.kept.get_mut(&peer) else {
            return;
        };
        if let Some(position) = place.seen.iter().position(|other| *other == ip) {
            place.seen.remove(position);
        } else {
            self.known.add(ip);
        }
        place.seen.insert(0, ip);
        for gone in place.seen.drain(SEEN_PER_PEER_MAX.min(place.seen.len())..) {
            self.known.remove(&gone);
        }
    }

    /// What a connection from `address` takes a part of.
    fn shares(&self, address: &Multiaddr) -> Vec<Share> {
        let carrier = Carrier::of(address);
        let Some(ip) = counted(address) else {
            return vec![Share::Budget(carrier, Group::Machine)];
        };
        let mut host = Block::host(ip);
        let known = if self.known.count(&ip) > 0 {
            host = Block::whole(ip);
            true
        } else {
            self.known.any(host.first, host.last)
        };
        if known {
            vec![
                Share::Host(carrier, host),
                Share::Budget(carrier, Group::Kept),
            ]
        } else {
            vec![
                Share::Host(carrier, host),
                Share::Subnet(carrier, Block::subnet(ip)),
                Share::Budget(carrier, Group::Others),
            ]
        }
    }

    /// A connection from `address` is being made.
    fn begin(&mut self, connection: ConnectionId, address: &Multiaddr) -> Result<(), Crowded> {
        let shares = self.shares(address);
        let mut full = shares.iter();
        if let Some(share) = full.find(|share| self.taken.count(share) >= share.limit()) {
            return Err(Crowded::Pending { share: *share });
        }
        for share in &shares {
            self.taken.add(*share);
        }
        self.pending.insert(connection, shares);
        Ok(())
    }

    /// The connection is no longer being made.
    fn made(&mut self, connection: ConnectionId) {
        for share in self.pending.remove(&connection).unwrap_or_default() {
            self.taken.remove(&share);
        }
    }

    /// `peer` is at the other end of a connection from `address`.
    fn identified(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
    ) -> Result<(), Crowded> {
        self.made(connection);
        let Some(ip) = counted(address) else {
            return Ok(());
        };
        if self.kept.contains_key(&peer) {
            return Ok(());
        }
        for (block, limit) in [
            (Block::host(ip), STRANGERS_PER_HOST_MAX),
            (Block::subnet(ip), STRANGERS_PER_SUBNET_MAX),
        ] {
            let strangers = self
                .established
                .values()
                .filter(|(other, from)| block.contains(*from) && !self.kept.contains_key(other));
            if strangers.count() >= limit {
                return Err(Crowded::Established { block, limit });
            }
        }
        Ok(())
    }

    /// The connection is there, inbound or not.
    fn established(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        inbound: bool,
    ) {
        let Some(ip) = counted(address) else {
            return;
        };
        if inbound {
            self.established.insert(connection, (peer, ip));
        }
        if !address::is_circuit(address) {
            self.seen(peer, ip);
        }
    }

    /// The connection is gone, or did not come about.
    fn ended(&mut self, connection: ConnectionId) {
        self.made(connection);
        self.established.remove(&connection);
    }
}

/// Where a connection comes from: of one through a relay, the relay, at which we listen.
pub(super) fn origin<'a>(local: &'a Multiaddr, remote: &'a Multiaddr) -> &'a Multiaddr {
    if address::is_circuit(local) {
        local
    } else {
        remote
    }
}

/// The address by which a connection counts; none if it is of this machine.
fn counted(address: &Multiaddr) -> Option<IpAddr> {
    let ip = address::ip(address)?.to_canonical();
    (!ip.is_loopback()).then_some(ip)
}

impl NetworkBehaviour for Crowd {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Infallible;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        self.begin(connection, origin(local, remote))
            .map_err(ConnectionDenied::new)
    }

    fn handle_pending_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: Option<PeerId>,
        addresses: &[Multiaddr],
        _: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        self.dialled
            .extend(addresses.iter().filter_map(address::ip));
        Ok(Vec::new())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.identified(connection, peer, origin(local, remote))
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
            endpoint,
            ..
        }) = event
        {
            match endpoint {
                ConnectedPoint::Listener {
                    local_addr,
                    send_back_addr,
                } => {
                    let origin = origin(local_addr, send_back_addr);
                    self.established(connection_id, peer_id, origin, true);
                }
                ConnectedPoint::Dialer { address, .. } => {
                    self.established(connection_id, peer_id, address, false);
                }
            }
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
mod tests;
