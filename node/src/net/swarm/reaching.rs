//! How the task gets reached from other networks: what others see of us, whom we ask to be our relay, and for whom we
//! are one.
//!
//! ```text
//!   identify, inbound connections --> Reach --public-------> the swarm's external addresses; we are a relay
//!                                       |     candidates --> hole punching
//!   the router in between ------------> mapped ---hints-----> contacts elsewhere may try it
//!   contacts who are relays ----------> Relays --circuits--> others are told of them
//! ```
//!
//! Invariants
//! - We are a relay only while others get in, and if we are to be one.
//! - No listener at a relay is ever removed by us, and none is listened on anew by itself.
//! - Strangers are not told our relays, but under the keys of the table of who is where.
//! - Nobody is told an address of a network that we do not use.

use std::net::IpAddr;
use std::time::Duration;

use libp2p::core::ConnectedPoint;
use libp2p::core::transport::{ListenerId, PortUse};
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, identify, relay};
use tidings_protocol::id::TransportId;

use super::Task;
use crate::meters::Lending;
use crate::net::mapping::Mapped;
use crate::net::{NetEvent, Path, Reachability, address};

/// How long a connection without a relay has to prove itself before those through one are closed.
const BETTER_AFTER: Duration = Duration::from_secs(5);
/// Addresses that are told to contacts who are elsewhere.
const FAR_MAX: usize = 6;

/// Whether whom we dialled sees where we listen: a dial takes another port only if it must.
pub(super) fn shows_us(endpoint: &ConnectedPoint) -> bool {
    match endpoint {
        ConnectedPoint::Dialer { port_use, .. } => {
            *port_use == PortUse::Reuse && !endpoint.is_relayed()
        }
        ConnectedPoint::Listener { .. } => false,
    }
}

impl Task {
    /// Takes note of what was dialled, by whatever part of the swarm.
    pub(super) fn note_dialled(&mut self) {
        let now = self.now();
        let behaviour = self.swarm.behaviour_mut();
        let mut dialled = behaviour.crowd.take_dialled();
        if let Some(rendezvous) = behaviour.rendezvous.as_mut() {
            dialled.extend(rendezvous.take_dialled());
        }
        for ip in dialled {
            self.reach.dialled(ip, now);
        }
    }

    /// Takes note of a new connection: whether who is there came by themselves.
    pub(super) fn came(&mut self, endpoint: &ConnectedPoint) {
        self.note_dialled();
        let ConnectedPoint::Listener {
            local_addr,
            send_back_addr,
        } = endpoint
        else {
            return;
        };
        // A router lets in where a connection is, or was a while ago.
        let from = address::ip(send_back_addr);
        let held = self.peers.values().flat_map(|peer| &peer.connections);
        let mut hosts = held.map(|(_, held)| held.host);
        if !endpoint.is_relayed() && !hosts.any(|host| host == from) {
            let now = self.now();
            self.reach.came(send_back_addr, local_addr, now);
            self.reach_changed();
        }
    }

    /// Takes note of the end of a connection with whoever is at `host`.
    pub(super) fn went(&mut self, host: Option<IpAddr>) {
        let now = self.now();
        if let Some(host) = host {
            self.reach.dialled(host, now);
        }
    }

    /// Takes note of what a peer says of itself and of us.
    pub(super) fn identified(&mut self, event: identify::Event) {
        let identify::Event::Received {
            connection_id,
            peer_id,
            info,
        } = event
        else {
            return;
        };
        if let Some(rendezvous) = self.swarm.behaviour_mut().rendezvous.as_mut() {
            let who = (peer_id, connection_id);
            rendezvous.introduced(who, &info.protocols, &info.listen_addrs);
        }
        let Some(peer) = address::transport_id(&peer_id) else {
            return;
        };
        // Anybody may be a node of the table, in as many networks as they have.
        let is_to_say = !self.is_of_table(peer, connection_id);
        let Some(connected) = self.peers.get_mut(&peer) else {
            return;
        };
        let mut all = connected.connections.iter();
        let held = all.find(|(id, _)| *id == connection_id);
        // Nobody is a relay over a relay: there it says that it is none, whatever it is.
        if let Some(dialled) = held.and_then(|(_, held)| held.dialled.as_ref()) {
            connected.is_relay = info.protocols.contains(&relay::HOP_PROTOCOL_NAME);
            let now = self.started.elapsed();
            if is_to_say {
                self.reach.observed(dialled, info.observed_addr, now);
            }
            self.reach_changed();
            self.consider_relay(peer);
        }
    }

    /// Takes note of what the router in between says.
    pub(super) fn mapped(&mut self, mapped: Mapped) {
        self.router = mapped.router;
        self.reach.map(mapped.addresses);
        self.reach_changed();
    }

    /// Nobody wants to do with `peer` any more: they are no relay of ours either.
    pub(super) fn forget_relay(&mut self, peer: TransportId) {
        if self.relays.forget(peer)
            && let Some(id) = address::peer_id(peer)
        {
            // It may be gone by itself.
            let _ = self.swarm.disconnect_peer_id(id);
        }
    }

    /// Takes note of whether `peer` may be our relay: kept, helping others, and dialled at a public address.
    pub(super) fn consider_relay(&mut self, peer: TransportId) {
        let is_kept = self.policy.keeps(peer);
        let connected = self.peers.get(&peer);
        let connected = connected.filter(|connected| is_kept && connected.is_relay);
        let dialled = connected.and_then(|connected| {
            let direct = connected.connections.iter().map(|(_, held)| held);
            let mut direct = direct.filter(|held| held.told.path == Path::Direct);
            direct.find_map(|held| held.dialled.clone())
        });
        match dialled {
            Some(dialled) => {
                let now = self.now();
                self.relays.offer(peer, dialled, now);
            }
            None => self.relays.withdraw(peer),
        }
    }

    /// Closes the connections to `peer` through relays once `connection`, which is not, has proved itself.
    pub(super) fn leave_relays(&mut self, peer: &PeerId, connection: ConnectionId) {
        let now = self.now();
        let Some(connected) = address::transport_id(peer).and_then(|peer| self.peers.get(&peer))
        else {
            return;
        };
        let mut all = connected.connections.iter();
        let is_better = all.any(|(id, held)| {
            *id == connection && held.told.path != Path::Relayed && now >= held.since + BETTER_AFTER
        });
        let relayed = connected.connections.iter();
        let relayed = relayed.filter(|(_, held)| is_better && held.told.path == Path::Relayed);
        for id in relayed.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.swarm.close_connection(id);
        }
    }

    /// Asks contacts to be our relays, if it is time.
    pub(super) fn ask_relays(&mut self) {
        let now = self.now();
        for reserve in self.relays.due(now) {
            match self.swarm.listen_on(reserve.circuit) {
                Ok(listener) => {
                    self.circuits.insert(listener, reserve.relay);
                }
                Err(error) => {
                    tracing::debug!(%error, "cannot ask a relay");
                    self.relays.closed(reserve.relay, now);
                }
            }
        }
    }

    /// Takes note of what a relay of ours answered.
    pub(super) fn relay_answered(&mut self, event: &relay::client::Event) {
        let relay::client::Event::ReservationReqAccepted { relay_peer_id, .. } = event else {
            return;
        };
        let now = self.now();
        let relay = address::transport_id(relay_peer_id);
        if relay.is_some_and(|relay| self.relays.reserved(relay, now)) {
            tracing::debug!(relay = %relay_peer_id, "a relay gave us a place");
            self.tell_reachable();
        } else {
            tracing::warn!("a relay had us ask again and again; leaving it");
            // It may be gone by itself.
            let _ = self.swarm.disconnect_peer_id(*relay_peer_id);
        }
    }

    /// Takes note of a listener that ended; false if it was none at a relay.
    pub(super) fn circuit_closed(&mut self, listener: ListenerId) -> bool {
        let Some(relay) = self.circuits.remove(&listener) else {
            return false;
        };
        let now = self.now();
        self.relays.closed(relay, now);
        self.tell_reachable();
        true
    }

    /// Takes note of what we did for others as their relay.
    pub(super) fn relay_did(&mut self, event: &relay::Event) {
        if let Some(lending) = lending(event) {
            self.meters.lent(lending);
        }
        if let relay::Event::ReservationTimedOut { src_peer_id } = event {
            // libp2p ends the whole swarm if an answer that it began before goes out after this.
            let _ = self.swarm.disconnect_peer_id(*src_peer_id);
        }
    }

    /// The relay client has an address of ours confirmed by the relay's word: what strangers are told are others.
    pub(super) fn external_confirmed(&mut self, address: &Multiaddr) {
        if address::is_circuit(address) {
            self.swarm.remove_external_address(address);
        }
    }

    /// Does what follows from what is known of how others reach us.
    pub(super) fn reach_changed(&mut self) {
        let now = self.now();
        let candidates = self.reach.candidates(now);
        self.swarm.behaviour_mut().punch.candidates(candidates);
        let stays_local = self.swarm.behaviour().scope.stays_local();
        let public = if stays_local {
            Vec::new()
        } else {
            self.reach.public(now)
        };
        if public != self.public {
            for gone in self.public.iter().filter(|old| !public.contains(old)) {
                self.swarm.remove_external_address(gone);
            }
            for new in public.iter().filter(|new| !self.public.contains(new)) {
                self.swarm.add_external_address(new.clone());
            }
            tracing::debug!(?public, "others get in at other addresses than before");
            self.public = public;
        }
        let status = if self.is_relay() {
            relay::Status::Enable
        } else {
            relay::Status::Disable
        };
        self.swarm.behaviour_mut().relay.set_status(Some(status));
        // Many have IPv4 alone.
        let ips = self.public.iter().filter_map(address::ip);
        let is_reached = ips.into_iter().any(|ip| ip.is_ipv4());
        self.relays.want(!stays_local && !is_reached);
        self.tell_reachable();
    }

    pub(super) fn is_relay(&self) -> bool {
        self.relay && !self.public.is_empty()
    }

    /// Says how others reach us, if that changed.
    pub(super) fn tell_reachable(&mut self) {
        let reachability = Reachability {
            public: self.public.iter().map(address::display).collect(),
            nat: self.reach.nat(self.now()),
            router: self.router,
            relays: self.relays.holding().collect(),
            is_relay: self.is_relay(),
        };
        let listening = self.channels.listening.borrow().len();
        let after = (listening, Summary::of(&reachability));
        self.channels.reachability.send_if_modified(|known| {
            let changed = *known != reachability;
            *known = reachability;
            changed
        });
        if self.logged.as_ref() != Some(&after) {
            let (listening, summary) = &after;
            tracing::info!(
                listening,
                ?summary,
                "how others reach this node has changed"
            );
            self.logged = Some(after);
        }
        self.tell_table();
        // Where others see us is told to those who punch a hole: whoever dials it else makes whom they dial doubt
        // whether they come by themselves. A port that a router maps is open before anybody dials it.
        let (circuits, hints) = (self.relays.circuits(), self.reach.hints(self.now()));
        let far = far(self.public.iter().chain(&circuits).chain(&hints));
        let mut addresses = far.clone();
        let scope = &self.swarm.behaviour().scope;
        let own = scope.admitted_texts(&self.channels.listening.borrow());
        addresses.extend(own.into_iter().filter(|own| !far.contains(own)));
        if (&self.told.0, &self.told.1) == (&addresses, &far) {
            return;
        }
        self.told = (addresses.clone(), far.clone());
        let news = NetEvent::Listening { addresses, far };
        if let Some(last @ NetEvent::Listening { .. }) = self.outbox.back_mut() {
            *last = news;
        } else {
            self.outbox.push_back(news);
        }
    }
}

/// How others reach us, as it may be logged: without an address or whose relay it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Summary {
    public: usize,
    relays: usize,
    is_relay: bool,
}

impl Summary {
    fn of(reachability: &Reachability) -> Self {
        Self {
            public: reachability.public.len(),
            relays: reachability.relays.len(),
            is_relay: reachability.is_relay,
        }
    }
}

/// What somebody got of us as their relay by this, or lost.
fn lending(event: &relay::Event) -> Option<Lending> {
    // Its other events are about to go, or change nothing.
    if let relay::Event::ReservationReqAccepted { renewed: false, .. } = event {
        Some(Lending::Place)
    } else if let relay::Event::ReservationClosed { .. }
    | relay::Event::ReservationTimedOut { .. } = event
    {
        Some(Lending::PlaceOver)
    } else if let relay::Event::CircuitReqAccepted { .. } = event {
        Some(Lending::Circuit)
    } else if let relay::Event::CircuitClosed { .. } = event {
        Some(Lending::CircuitOver)
    } else if let relay::Event::ReservationReqDenied { .. }
    | relay::Event::CircuitReqDenied { .. } = event
    {
        Some(Lending::Refused)
    } else {
        None
    }
}

/// Those of these addresses that are told for other networks, as they are shown.
fn far<'a>(addresses: impl Iterator<Item = &'a Multiaddr>) -> Vec<String> {
    address::few(addresses.map(address::display), FAR_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_that_is_renewed_is_still_one_and_one_that_runs_out_or_closes_is_none() {
        let (src_peer_id, dst_peer_id) = (PeerId::random(), PeerId::random());
        let asked = |renewed| relay::Event::ReservationReqAccepted {
            src_peer_id,
            renewed,
        };
        let over = relay::Event::CircuitClosed {
            src_peer_id,
            dst_peer_id,
            error: None,
        };
        let begun = relay::Event::CircuitReqAccepted {
            src_peer_id,
            dst_peer_id,
        };
        for (event, lent) in [
            (asked(false), Some(Lending::Place)),
            (asked(true), None),
            (
                relay::Event::ReservationTimedOut { src_peer_id },
                Some(Lending::PlaceOver),
            ),
            (
                relay::Event::ReservationClosed { src_peer_id },
                Some(Lending::PlaceOver),
            ),
            (begun, Some(Lending::Circuit)),
            (over, Some(Lending::CircuitOver)),
        ] {
            assert_eq!(lending(&event), lent, "{event:?}");
        }
    }

    #[test]
    fn as_many_addresses_as_may_be_are_told_to_those_elsewhere_and_not_one_more() {
        for count in [FAR_MAX, FAR_MAX + 1] {
            let addresses = (1..=count).map(|port| format!("/ip4/45.0.0.1/tcp/{port}"));
            let addresses: Vec<Multiaddr> = addresses.map(|text| text.parse().unwrap()).collect();
            let twice = addresses.iter().chain(&addresses);
            assert_eq!(far(twice).len(), FAR_MAX);
        }
    }
}
