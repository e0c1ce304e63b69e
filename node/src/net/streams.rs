//! Streams: the behaviour that opens and accepts our two kinds of stream, and decides which
//! connections last.
//!
//! It stands in for `libp2p-stream`, which drops an inbound stream when a second one comes before
//! the first is taken, keeps a sender for every connection that ever was, and opens streams on any
//! of several connections, dead ones included.
//!
//! Invariants
//! - A stream is opened on the newest connection: an older one may be dead without knowing. One through a relay is
//!   used while there is no other.
//! - Beyond [`CONNECTIONS_PER_PEER_MAX`] the oldest connection of that peer is closed, one through a relay before others,
//!   and the newest never: the others may be dead without knowing.
//! - A connection to a kept peer never idles out; any other does when it has no stream.
//! - Only peers with an Ed25519 key get a connection; a guarded dial only the peer it asked for.

mod handler;
mod tether;

use std::collections::{HashMap, HashSet, VecDeque};
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, DialFailure};
use libp2p::swarm::{
    CloseConnection, ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler,
    THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use self::handler::{Handler, Order, Report};
pub(super) use self::handler::{OpenReply, StreamError};
use self::tether::Tethered;
use super::{Protocol, address};

/// Connections of one peer.
pub(super) const CONNECTIONS_PER_PEER_MAX: usize = 2;
/// Orders that wait for the connections' tasks.
const ORDERS_MAX: usize = 1_024;

/// An inbound stream.
#[derive(Debug)]
pub(super) struct Incoming {
    pub(super) peer: PeerId,
    pub(super) protocol: Protocol,
    pub(super) stream: Tethered,
}

/// Whom a dial to an unknown peer may end at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Guard {
    /// A peer with this hint.
    Hint([u8; 8]),
    /// Nobody: another dial was faster.
    Nobody,
}

/// Why a connection was not let in.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error("another device answers at this address")]
    AnotherDevice,
    #[error("another connection was faster")]
    NotNeeded,
    #[error("the peer has no Ed25519 key")]
    ForeignKey,
}

/// A connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Held {
    id: ConnectionId,
    is_relayed: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Streams {
    kept: HashSet<PeerId>,
    /// The best last: those through relays first, and of either kind the oldest.
    connections: HashMap<PeerId, Vec<Held>>,
    guards: HashMap<ConnectionId, Guard>,
    actions: VecDeque<ToSwarm<Incoming, Order>>,
}

impl Streams {
    /// Opens a stream; the answer goes to `reply`, which is dropped if the connection goes first.
    pub(super) fn open(&mut self, peer: PeerId, protocol: Protocol, reply: OpenReply) {
        let best = self.connections.get(&peer).and_then(|all| all.last());
        let Some(connection) = best.map(|best| best.id) else {
            // The asker may be gone; nobody else wants the answer.
            let _ = reply.send(Err(StreamError::NotConnected));
            return;
        };
        if self.actions.len() >= ORDERS_MAX {
            let _ = reply.send(Err(StreamError::Busy));
            return;
        }
        self.order(peer, connection, Order::Open { protocol, reply });
    }

    /// Lets connections to `peer` last without streams, or no longer.
    pub(super) fn keep(&mut self, peer: PeerId, keep: bool) {
        let changed = if keep {
            self.kept.insert(peer)
        } else {
            self.kept.remove(&peer)
        };
        if changed {
            for connection in self.connections.get(&peer).cloned().unwrap_or_default() {
                self.order(peer, connection.id, Order::Keep(keep));
            }
        }
    }

    /// Lets the dial `connection` end only as `guard` says.
    pub(super) fn guard(&mut self, connection: ConnectionId, guard: Guard) {
        self.guards.insert(connection, guard);
    }

    /// The dial `connection` is over.
    pub(super) fn unguard(&mut self, connection: ConnectionId) {
        self.guards.remove(&connection);
    }

    fn order(&mut self, peer_id: PeerId, connection: ConnectionId, event: Order) {
        let handler = NotifyHandler::One(connection);
        self.actions.push_back(ToSwarm::NotifyHandler {
            peer_id,
            handler,
            event,
        });
    }

    fn handler(&self, peer: &PeerId) -> Handler {
        Handler::new(self.kept.contains(peer))
    }

    fn established(&mut self, peer: PeerId, connection: Held) {
        let connections = self.connections.entry(peer).or_default();
        connections.push(connection);
        connections.sort_by_key(|held| !held.is_relayed);
        let older = connections.iter().position(|held| held.id != connection.id);
        if connections.len() > CONNECTIONS_PER_PEER_MAX
            && let Some(older) = older
        {
            let connection = CloseConnection::One(connections.remove(older).id);
            self.actions.push_back(ToSwarm::CloseConnection {
                peer_id: peer,
                connection,
            });
        }
    }

    fn closed(&mut self, peer: PeerId, connection: ConnectionId) {
        if let Some(connections) = self.connections.get_mut(&peer) {
            connections.retain(|other| other.id != connection);
            if connections.is_empty() {
                self.connections.remove(&peer);
            }
        }
    }
}

impl NetworkBehaviour for Streams {
    type ConnectionHandler = Handler;
    type ToSwarm = Incoming;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        address::transport_id(&peer).ok_or_else(|| ConnectionDenied::new(Refusal::ForeignKey))?;
        Ok(self.handler(&peer))
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        let Some(id) = address::transport_id(&peer) else {
            return Err(ConnectionDenied::new(Refusal::ForeignKey));
        };
        match self.guards.remove(&connection) {
            Some(Guard::Nobody) => Err(ConnectionDenied::new(Refusal::NotNeeded)),
            Some(Guard::Hint(hint)) if hint != address::hint(id) => {
                Err(ConnectionDenied::new(Refusal::AnotherDevice))
            }
            Some(Guard::Hint(_)) | None => Ok(self.handler(&peer)),
        }
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint,
            ..
        }) = event
        {
            let is_relayed = endpoint.is_relayed();
            let id = connection_id;
            self.established(peer_id, Held { id, is_relayed });
        } else if let FromSwarm::ConnectionClosed(ConnectionClosed {
            peer_id,
            connection_id,
            ..
        }) = event
        {
            self.closed(peer_id, connection_id);
        } else if let FromSwarm::DialFailure(DialFailure { connection_id, .. }) = event {
            self.guards.remove(&connection_id);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        _: ConnectionId,
        Report { protocol, stream }: THandlerOutEvent<Self>,
    ) {
        self.actions.push_back(ToSwarm::GenerateEvent(Incoming {
            peer,
            protocol,
            stream,
        }));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        // Without a waker: the swarm's task polls again after every call and every event.
        self.actions.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;

    use super::*;

    fn held(number: usize, is_relayed: bool) -> Held {
        Held {
            id: ConnectionId::new_unchecked(number),
            is_relayed,
        }
    }

    /// The connection that is closed after these were made, and that on which the next stream is opened.
    fn after(made: &[Held]) -> (Option<usize>, ConnectionId) {
        let mut streams = Streams::default();
        let peer = PeerId::random();
        let mut closed = None;
        for connection in made {
            streams.established(peer, *connection);
        }
        while let Some(action) = streams.actions.pop_front() {
            if let ToSwarm::CloseConnection {
                connection: CloseConnection::One(id),
                ..
            } = action
            {
                closed = made.iter().position(|held| held.id == id);
            }
        }
        let (reply, _outcome) = oneshot::channel();
        streams.open(peer, Protocol::Session, reply);
        let Some(ToSwarm::NotifyHandler {
            handler: NotifyHandler::One(used),
            ..
        }) = streams.actions.pop_front()
        else {
            panic!("no stream is opened");
        };
        (closed, used)
    }

    #[test]
    fn the_newest_connection_is_used_and_one_through_a_relay_only_while_there_is_no_other() {
        let (direct, newer) = (held(1, false), held(2, false));
        let (relayed, later) = (held(3, true), held(4, true));
        assert_eq!(after(&[direct, newer]), (None, newer.id));
        assert_eq!(after(&[relayed, later]), (None, later.id));
        assert_eq!(after(&[direct, relayed]), (None, direct.id));
        assert_eq!(after(&[relayed, direct]), (None, direct.id));
    }

    #[test]
    fn of_too_many_connections_the_oldest_is_closed_one_through_a_relay_first_and_the_newest_never()
    {
        let (one, two, three) = (held(1, false), held(2, false), held(3, false));
        let relayed = held(4, true);
        assert_eq!(after(&[one, two, three]), (Some(0), three.id));
        assert_eq!(after(&[one, relayed, three]), (Some(1), three.id));
        assert_eq!(after(&[one, two, relayed]), (Some(0), two.id));
    }

    #[test]
    fn orders_at_the_limit_wait_and_the_opening_of_one_more_is_refused() {
        let mut streams = Streams::default();
        let peer = PeerId::random();
        streams.established(peer, held(1, false));
        let mut open = || {
            let (reply, outcome) = oneshot::channel();
            streams.open(peer, Protocol::Session, reply);
            outcome
        };
        let mut waiting: Vec<_> = (0..ORDERS_MAX).map(|_| open()).collect();
        let refused = open().try_recv().unwrap();
        assert!(matches!(refused, Err(StreamError::Busy)), "{refused:?}");
        for outcome in &mut waiting {
            let outcome = outcome.try_recv();
            assert_eq!(outcome.err(), Some(oneshot::error::TryRecvError::Empty));
        }
        assert_eq!(streams.actions.len(), ORDERS_MAX);
    }
}
