//! The task's dials: those that the policy asks for, and those that somebody waits for.
//!
//! Invariants
//! - Every dial is answered to whoever asked for it, refused ones at once.
//! - Only addresses of the networks that we use are dialled.
//! - Our own addresses are not dialled (the swarm leaves them out), and no new port is taken for a
//!   dial: what the peer sees is where we listen.

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, PeerId};
use tidings_protocol::id::TransportId;

use super::{OUTBOX_MAX, Task};
use crate::net::connect::Start;
use crate::net::dial::{Change, Dial, Way};
use crate::net::fault::{DialFault, Failure};
use crate::net::streams::Guard;
use crate::net::{NetEvent, Peer, address};

const INVALID_KEY: &str = "its transport id is no valid key";

impl Task {
    /// Starts all dials that are due.
    pub(super) fn start_dials(&mut self) {
        let now = self.now();
        for dial in self.policy.due(now) {
            self.dial_kept(dial);
        }
        for start in self.connects.due(now) {
            self.dial_once(start);
        }
    }

    fn dial_kept(
        &mut self,
        Dial {
            peer,
            mut addresses,
            way,
            with_announced,
        }: Dial,
    ) {
        let condition = match way {
            Way::Direct | Way::Detour | Way::Beside => PeerCondition::Disconnected,
            Way::Better => PeerCondition::Always,
        };
        if with_announced {
            addresses.extend(self.sightings.addresses(peer).cloned());
        }
        match self.dial_known(peer, addresses, condition) {
            Ok(connection) => {
                self.dials.insert(connection, peer);
            }
            Err(failure) => self.kept_dial_failed(peer, failure),
        }
    }

    fn dial_once(
        &mut self,
        Start {
            attempt,
            peer,
            addresses,
        }: Start,
    ) {
        let outcome = match peer {
            Peer::Known(peer) => self.dial_known(peer, addresses, PeerCondition::Disconnected),
            Peer::Hint(hint) => self.dial_hinted(hint, addresses),
        };
        match outcome {
            Ok(connection) => self.connects.started(attempt, connection),
            Err(failure) => self.connects.not_started(attempt, failure.reason),
        }
    }

    /// Dials even while another dial is in flight: these addresses may be the better ones.
    fn dial_known(
        &mut self,
        peer: TransportId,
        addresses: Vec<Multiaddr>,
        condition: PeerCondition,
    ) -> Result<ConnectionId, Failure> {
        let peer =
            address::peer_id(peer).ok_or_else(|| Failure::new(DialFault::Other, INVALID_KEY))?;
        let addresses = self.admitted(addresses)?;
        self.dial(
            DialOpts::peer_id(peer)
                .condition(condition)
                .addresses(addresses)
                .build(),
        )
    }

    fn dial_hinted(
        &mut self,
        hint: [u8; 8],
        addresses: Vec<Multiaddr>,
    ) -> Result<ConnectionId, Failure> {
        let address = self.admitted(addresses)?.into_iter().next();
        let address =
            address.ok_or_else(|| Failure::new(DialFault::NoAddress, "no address is left"))?;
        if self.swarm.listeners().any(|own| *own == address) {
            let reason = "this is our own address";
            return Err(Failure::new(DialFault::Other, reason));
        }
        let connection = self.dial(DialOpts::unknown_peer_id().address(address).build())?;
        self.swarm
            .behaviour_mut()
            .streams
            .guard(connection, Guard::Hint(hint));
        Ok(connection)
    }

    /// Connects to whoever is there, unless we are.
    pub(super) fn visit(&mut self, addresses: Vec<Multiaddr>) {
        for address in addresses {
            let held = self.peers.values().flat_map(|peer| &peer.connections);
            let mut dialled = held.filter_map(|(_, held)| held.dialled.as_ref());
            if dialled.any(|other| *other == address)
                || self.swarm.listeners().any(|own| *own == address)
            {
                continue;
            }
            let options = DialOpts::unknown_peer_id().address(address).build();
            if let Err(failure) = self.dial(options) {
                tracing::debug!(reason = failure.reason, "cannot go to who may carry a join");
            }
        }
    }

    /// Those of `addresses` that are of the networks that we use.
    fn admitted(&self, addresses: Vec<Multiaddr>) -> Result<Vec<Multiaddr>, Failure> {
        let admitted = self.swarm.behaviour().scope.admitted(addresses);
        admitted.map_err(|outside| Failure::new(DialFault::Other, outside.to_string()))
    }

    fn dial(&mut self, options: DialOpts) -> Result<ConnectionId, Failure> {
        let connection = options.connection_id();
        self.meters.dialled();
        self.swarm.dial(options).map_err(|error| {
            self.meters.dial_failed();
            Failure::from(&error)
        })?;
        Ok(connection)
    }

    /// Tells whoever asked for `connection` that nothing came of it.
    pub(super) fn dial_failed(&mut self, connection: ConnectionId, error: &DialError) {
        self.meters.dial_failed();
        self.swarm.behaviour_mut().streams.unguard(connection);
        let failure = Failure::from(error);
        if let Some(peer) = self.dials.remove(&connection) {
            if let DialError::WrongPeerId { obtained, address } = error {
                self.another_answered(peer, obtained, address);
            }
            self.kept_dial_failed(peer, failure);
        } else {
            let now = self.now();
            self.connects.failed(connection, &failure.reason, now);
        }
    }

    /// Notes where another answered than a peer that we keep, so that it is not in the way of where that peer is.
    fn another_answered(&mut self, instead_of: TransportId, obtained: &PeerId, at: &Multiaddr) {
        let Some(target) = address::target(at.clone()) else {
            return;
        };
        let address = target.address;
        // Where strangers say that it is, it is no wonder that it is not.
        let was_there = self.policy.addresses(instead_of).contains(&address);
        let change = Change::Misled {
            peer: instead_of,
            address: address.clone(),
        };
        self.policy.handle(change, self.now());
        let another = address::transport_id(obtained).filter(|peer| !self.policy.keeps(*peer));
        if let Some(peer) = another.filter(|_| was_there && !address::is_circuit(&address)) {
            self.go_back(peer, instead_of, address);
        }
    }

    /// Goes back to whoever answered where a kept peer was: it may be the same device under another key. Who we are they
    /// know already.
    fn go_back(&mut self, peer: TransportId, instead_of: TransportId, address: Multiaddr) {
        if self.outbox.len() >= OUTBOX_MAX {
            return;
        }
        self.outbox
            .push_back(NetEvent::Another { peer, instead_of });
        if !self.peers.contains_key(&peer)
            && let Err(failure) = self.dial_known(peer, vec![address], PeerCondition::Disconnected)
        {
            tracing::debug!(
                reason = failure.reason,
                "cannot go back to whoever answered there"
            );
        }
    }

    fn kept_dial_failed(&mut self, peer: TransportId, Failure { fault, reason }: Failure) {
        self.policy.handle(Change::DialFailed { peer }, self.now());
        // The one event that needs no swarm to happen, and the one that can be spared.
        let is_over = !self.policy.is_dialling(peer) && !self.peers.contains_key(&peer);
        if is_over && self.outbox.len() < OUTBOX_MAX {
            self.outbox.push_back(NetEvent::DialFailed {
                peer,
                fault,
                reason,
            });
        }
    }
}
