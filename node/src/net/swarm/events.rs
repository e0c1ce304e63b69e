//! What the swarm reports, turned into state, answers and events.

use std::sync::Arc;

use libp2p::core::ConnectedPoint;
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::{ConnectionId, SwarmEvent};
use libp2p::{Multiaddr, PeerId, dcutr, ping};
use tokio::sync::Semaphore;

use super::{Connected, Held, Task, UNACCEPTED_PER_PEER_MAX, homes, reaching};
use crate::net::behaviour::{BehaviourEvent, is_dead};
use crate::net::dial::Change;
use crate::net::discovery::Sighting;
use crate::net::link::Link;
use crate::net::streams::{Guard, Incoming};
use crate::net::{Connection, NetEvent, address};

impl Task {
    /// Takes note of one event of the swarm.
    pub(super) fn on_swarm_event(&mut self, event: SwarmEvent<BehaviourEvent>) {
        // libp2p's events are many and may become more; the rest concerns nobody.
        if let SwarmEvent::Behaviour(event) = event {
            self.on_behaviour_event(event);
        } else if let SwarmEvent::ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint,
            ..
        } = event
        {
            self.established(&peer_id, connection_id, &endpoint);
        } else if let SwarmEvent::ConnectionClosed {
            peer_id,
            connection_id,
            ..
        } = event
        {
            self.closed(&peer_id, connection_id);
        } else if let SwarmEvent::OutgoingConnectionError {
            connection_id,
            error,
            ..
        } = event
        {
            self.dial_failed(connection_id, &error);
        } else if let SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. } =
            event
        {
            self.listening_changed();
        } else if let SwarmEvent::ListenerClosed {
            listener_id,
            reason,
            ..
        } = event
        {
            if let Err(error) = reason {
                // Of a relay's it may name who that is.
                tracing::debug!(%error, "stopped listening on an address");
                tracing::warn!(kind = ?error.kind(), "stopped listening on an address");
            }
            self.listener_closed(listener_id);
        } else if let SwarmEvent::ExternalAddrConfirmed { address } = event {
            self.external_confirmed(&address);
        } else if let SwarmEvent::IncomingConnectionError { error, .. } = event {
            self.meters.inbound_failed();
            tracing::debug!(%error, "an inbound connection failed");
        }
    }

    fn on_behaviour_event(&mut self, event: BehaviourEvent) {
        match event {
            BehaviourEvent::Streams(incoming) => self.incoming(incoming),
            BehaviourEvent::Discovery(Sighting(seen)) => {
                for (peer, address) in seen {
                    self.discovered(&peer, address);
                }
                self.tell_heard();
            }
            BehaviourEvent::Ping(ping::Event {
                connection,
                result,
                peer,
            }) => {
                if is_dead(&result) {
                    self.swarm.close_connection(connection);
                } else {
                    self.leave_relays(&peer, connection);
                }
            }
            BehaviourEvent::Identify(event) => self.identified(event),
            BehaviourEvent::Relay(event) => self.relay_did(&event),
            BehaviourEvent::Rendezvous(event) => self.table_told(event),
            BehaviourEvent::Circuits(event) => self.relay_answered(&event),
            BehaviourEvent::Punch(dcutr::Event {
                remote_peer_id,
                result,
            }) => match result {
                Ok(_) => tracing::debug!(peer = %remote_peer_id, "met without a relay"),
                Err(error) => tracing::debug!(peer = %remote_peer_id, %error, "not met"),
            },
            BehaviourEvent::Scope(never)
            | BehaviourEvent::Limits(never)
            | BehaviourEvent::Crowd(never) => match never {},
        }
    }

    /// Where somebody came through a relay, with the relay's name: it is at an address where we dialled it.
    fn through(&self, circuit: &Multiaddr) -> Multiaddr {
        let parts = circuit.iter();
        let at: Multiaddr = parts.take_while(|part| *part != Part::P2pCircuit).collect();
        let relay = self.peers.iter().find(|(_, known)| {
            let mut held = known.connections.iter().map(|(_, held)| held);
            held.any(|held| held.dialled.as_ref() == Some(&at))
        });
        let relay = relay.and_then(|(relay, _)| address::peer_id(*relay));
        relay.map_or_else(
            || circuit.clone(),
            |relay| at.with(Part::P2p(relay)).with(Part::P2pCircuit),
        )
    }

    fn established(&mut self, peer: &PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        self.swarm.behaviour_mut().streams.unguard(id);
        self.dials.remove(&id);
        let Some(peer) = address::transport_id(peer) else {
            return;
        };
        self.came(endpoint);
        // Through a relay, those who come have no address but it.
        let remote = match endpoint {
            ConnectedPoint::Listener { local_addr, .. } if endpoint.is_relayed() => {
                &self.through(local_addr)
            }
            ConnectedPoint::Listener { .. } | ConnectedPoint::Dialer { .. } => {
                endpoint.get_remote_address()
            }
        };
        let dialler = endpoint.is_dialer();
        let connection = Connection {
            peer,
            address: address::display(remote),
            path: address::path(remote),
        };
        self.meters.connected(connection.path, dialler);
        let since = self.now();
        let connected = self.peers.entry(peer).or_insert_with(|| Connected {
            connections: Vec::new(),
            unaccepted: Arc::new(Semaphore::new(UNACCEPTED_PER_PEER_MAX)),
            is_relay: false,
        });
        let dialled = address::target(remote.clone()).map(|target| target.address);
        let dialled = dialled.filter(|_| dialler);
        let host = address::ip(remote);
        let held = Held {
            told: connection.clone(),
            dialled: dialled.clone().filter(|_| reaching::shows_us(endpoint)),
            host,
            way: host.and_then(homes::way_to),
            since,
        };
        connected.connections.push((id, held));
        let is_relayed = connected.is_relayed();
        self.publish_connections();
        let change = Change::Connected {
            peer,
            dialled,
            is_relayed,
        };
        self.policy.handle(change, since);
        for loser in self.connects.established(peer, id) {
            self.swarm
                .behaviour_mut()
                .streams
                .guard(loser, Guard::Nobody);
        }
        let Connection { address, .. } = connection;
        // Nodes of the table that we dial have nothing to do with us otherwise, as if they had come by themselves.
        let dialer = dialler && !self.is_of_table(peer, id);
        self.outbox.push_back(NetEvent::Connected {
            peer,
            address,
            dialer,
        });
    }

    fn closed(&mut self, peer: &PeerId, id: ConnectionId) {
        let Some(peer) = address::transport_id(peer) else {
            return;
        };
        let Some(connected) = self.peers.get_mut(&peer) else {
            return;
        };
        let gone = connected
            .connections
            .extract_if(.., |(other, _)| *other == id);
        let host = gone.last().and_then(|(_, held)| held.host);
        let last = connected.connections.is_empty();
        let is_relayed = connected.is_relayed();
        if last {
            self.peers.remove(&peer);
        }
        self.publish_connections();
        self.consider_relay(peer);
        self.went(host);
        if !last && is_relayed {
            let change = Change::Connected {
                peer,
                dialled: None,
                is_relayed,
            };
            self.policy.handle(change, self.now());
        }
        if last {
            self.policy
                .handle(Change::Disconnected { peer }, self.now());
            self.outbox.push_back(NetEvent::Disconnected { peer });
        }
    }

    fn incoming(
        &mut self,
        Incoming {
            peer,
            protocol,
            stream,
        }: Incoming,
    ) {
        let Some(peer) = address::transport_id(&peer) else {
            return;
        };
        let Some(connected) = self.peers.get(&peer) else {
            return;
        };
        match Arc::clone(&connected.unaccepted).try_acquire_owned() {
            Ok(unaccepted) => {
                let link = Link::incoming(stream, unaccepted);
                self.outbox.push_back(NetEvent::Incoming {
                    peer,
                    protocol,
                    link,
                });
            }
            Err(_) => tracing::debug!(?peer, "refused a stream: too many wait to be accepted"),
        }
    }

    fn discovered(&mut self, peer: &PeerId, address: Multiaddr) {
        let now = self.now();
        let policy = &self.policy;
        let keeps = |peer| policy.keeps(peer);
        let Some(peer) = self.sightings.learn(peer, address, now, keeps) else {
            return;
        };
        self.policy.handle(Change::Discovered { peer }, now);
        let addresses: Vec<_> = self.sightings.addresses(peer).cloned().collect();
        self.connects.discovered(peer, &addresses);
        self.place(peer);
    }

    /// Forgets what was not announced again in time.
    pub(super) fn forget_unseen(&mut self) {
        let now = self.now();
        let unseen = self.sightings.forget_unseen(now);
        if !unseen.is_empty() {
            self.tell_heard();
        }
        for peer in unseen {
            self.place(peer);
            if self.sightings.addresses(peer).next().is_none() {
                self.policy.handle(Change::Unseen { peer }, now);
            }
        }
    }

    /// Says what was heard of others on the local network.
    fn tell_heard(&self) {
        let heard = self.sightings.heard(self.started);
        self.channels.heard.send_replace(heard);
    }

    fn publish_connections(&mut self) {
        let all = self
            .peers
            .values()
            .flat_map(|connected| &connected.connections);
        let mut all: Vec<_> = all.map(|(_, held)| held.told.clone()).collect();
        all.sort_by_key(|connection| connection.peer);
        self.channels.connections.send_replace(all);
    }
}
