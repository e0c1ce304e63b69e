//! The task's part in the table of who is where: what is said there of us, whom we look for, and what comes of it.
//!
//! ```text
//!   Reach, Relays --places, whether to serve--> Rendezvous <--asks-- Schedule <--lost-- DialPolicy
//!                                                   |  found                                ^
//!                                                   +---------------------------------------+
//! ```
//!
//! Invariants
//! - We serve others only while they reach us, and if we are to help them at all.
//! - Nothing is said of where we are but what is of use everywhere: where others get in, relays, and addresses of ours
//!   that the whole internet could use.
//! - What is found is dialled for whom we keep, and believed once they were met there.

use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::ConnectionId;
use tidings_protocol::engine::Meeting;
use tidings_protocol::id::TransportId;
use tokio::time::Instant;

use super::Task;
use crate::meters::Query;
use crate::net::dial::Change;
use crate::net::rendezvous::{Ask, Event};
use crate::net::{Peer, Table, address, told_addresses};

impl Task {
    /// These are all whom we may meet by the table.
    pub(super) fn meet(&mut self, meetings: Vec<Meeting>) {
        let now = self.now();
        self.schedule.meet(meetings, now);
        self.publish_table();
    }

    /// Asks the table, if it is time, and leaves those who were asked.
    pub(super) fn ask_table(&mut self) {
        let now = self.now();
        let Some(rendezvous) = self.swarm.behaviour_mut().rendezvous.as_mut() else {
            return;
        };
        rendezvous.close_old(Instant::now());
        let peers: Vec<TransportId> = self.schedule.peers().collect();
        for peer in peers {
            let is_lost = self.policy.has_lost(peer);
            self.schedule.lost(peer, is_lost, now);
        }
        for ask in self.schedule.due(now) {
            self.meters.queried(query(&ask));
            rendezvous.ask(ask);
        }
    }

    /// When there is something new to ask, or to leave, if nothing else happens before.
    pub(super) fn table_next_at(&self) -> Option<Duration> {
        let rendezvous = self.swarm.behaviour().rendezvous.as_ref()?;
        let close_at = rendezvous.close_at();
        let close_at = close_at.map(|at| at.saturating_duration_since(self.started));
        self.schedule.next_at().into_iter().chain(close_at).min()
    }

    /// Takes note of what the table told.
    pub(super) fn table_told(&mut self, event: Event) {
        let now = self.now();
        match event {
            Event::Over { ask, is_well } => {
                if !is_well {
                    self.meters.query_failed(query(&ask));
                }
                self.schedule.over(ask, is_well, now);
            }
            Event::Table => self.publish_table(),
            Event::Found { peer, addresses } => {
                let peer = address::transport_id(&peer).filter(|peer| self.policy.keeps(*peer));
                if let Some(peer) = peer {
                    self.found(peer, &addresses);
                }
            }
        }
    }

    /// Dials whom we had lost where they are said to be.
    fn found(&mut self, peer: TransportId, addresses: &[Multiaddr]) {
        let texts: Vec<String> = addresses.iter().map(ToString::to_string).collect();
        let addresses = told_addresses(Peer::Known(peer), &texts, self.is_of_this_machine);
        tracing::debug!(?peer, ?addresses, "found in the table of who is where");
        let change = Change::Found { peer, addresses };
        self.policy.handle(change, self.now());
        self.meters.found();
        self.found = Some(Instant::now());
        self.publish_table();
    }

    /// Whether a connection is there because the table wanted it, and nobody else wants to do with who is there.
    pub(super) fn is_of_table(&self, peer: TransportId, connection: ConnectionId) -> bool {
        let rendezvous = self.swarm.behaviour().rendezvous.as_ref();
        rendezvous.is_some_and(|rendezvous| rendezvous.wanted(connection))
            && !self.policy.keeps(peer)
    }

    /// Tells the table where we are, and whether we serve.
    pub(super) fn tell_table(&mut self) {
        let (serves, now) = (self.is_relay(), self.now());
        let own = self
            .swarm
            .listeners()
            .filter(|own| !address::is_circuit(own));
        let unproven = own.filter(|own| address::ip(own).is_some_and(address::is_global));
        let unproven: Vec<Multiaddr> = unproven.cloned().collect();
        let circuits = self.relays.circuits();
        let places = self.public.iter().chain(&circuits).chain(&unproven);
        let places: Vec<Multiaddr> = places.cloned().collect();
        let Some(rendezvous) = self.swarm.behaviour_mut().rendezvous.as_mut() else {
            return;
        };
        rendezvous.serve(serves);
        if rendezvous.is_at(&places) {
            let is_somewhere = rendezvous.is_somewhere();
            self.schedule.moved(is_somewhere, now);
        }
        self.publish_table();
    }

    /// Says what is known of the table, if that changed.
    fn publish_table(&mut self) {
        let (now, said) = (self.now(), self.schedule.peers().count());
        let id = *self.swarm.local_peer_id();
        let public = self.public.iter().cloned();
        let own = public.map(|address| address.with(Part::P2p(id)).to_string());
        let own: Vec<String> = own.collect();
        let found = self.found;
        let Some(rendezvous) = self.swarm.behaviour_mut().rendezvous.as_mut() else {
            return;
        };
        let (nodes, has_company) = (rendezvous.nodes(), rendezvous.has_company());
        let table = Table {
            nodes,
            serves: rendezvous.serves(),
            own,
            met: rendezvous.good().collect(),
            said: if rendezvous.is_somewhere() { said } else { 0 },
            found,
        };
        self.schedule.nodes(nodes > 0, now);
        self.schedule.company(has_company, now);
        self.channels.table.send_if_modified(|known| {
            let changed = known.as_ref() != Some(&table);
            *known = Some(table);
            changed
        });
    }
}

/// What is asked, as it is counted.
const fn query(ask: &Ask) -> Query {
    match ask {
        Ask::Provide { .. } => Query::Provide,
        Ask::Seek { .. } => Query::Seek,
        Ask::Refresh => Query::Refresh,
    }
}
