//! Where the task listens, and where it would if this machine had the address.
//!
//! Invariants
//! - Of addresses that a person gave, each is listened on, or the node does not start.
//! - A port that we chose once and that another program uses now gives way to another; one that a person gave does not.
//! - Of our own choice, whatever this machine does not have is looked for again every
//!   [`LOOK_INTERVAL`]; so is whatever a listener that ended by itself listened on.

use std::collections::HashSet;
use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::core::transport::ListenerId;
use libp2p::futures::StreamExt as _;
use libp2p::swarm::SwarmEvent;
use tokio::task::yield_now;
use tokio::time::timeout;

use super::{Task, io_error};
use crate::net::{NetError, address, interfaces, ports, transport};

/// Time for listeners to name their addresses.
const LISTEN_TIMEOUT: Duration = Duration::from_secs(2);
/// How often is looked for addresses that were not there.
const LOOK_INTERVAL: Duration = Duration::from_secs(15);

/// Where to listen.
#[derive(Debug, Clone)]
pub(in crate::net) enum Listen {
    /// On each of these.
    All(Vec<Multiaddr>),
    /// On those of these that this machine has, now or later.
    Present(Vec<Multiaddr>),
}

/// Addresses that nobody listens on yet.
#[derive(Debug, Default)]
pub(super) struct Absent {
    addresses: Vec<Multiaddr>,
    look_at: Option<Duration>,
}

impl Absent {
    /// When is looked for them again.
    pub(super) const fn next_at(&self) -> Option<Duration> {
        self.look_at
    }

    /// What is to be looked for now.
    fn due(&mut self, now: Duration) -> Vec<Multiaddr> {
        if self.look_at.is_none_or(|at| at > now) {
            return Vec::new();
        }
        self.look_at = None;
        std::mem::take(&mut self.addresses)
    }

    fn add(&mut self, address: Multiaddr, look_at: Duration) {
        self.addresses.push(address);
        self.look_at = Some(self.look_at.map_or(look_at, |at| at.min(look_at)));
    }
}

impl Task {
    /// Binds the addresses, and waits until the listeners have named all of those in use: the first invite says them.
    pub(in crate::net) async fn listen(&mut self, listen: Listen) -> Result<(), NetError> {
        match listen {
            Listen::All(addresses) => {
                for address in addresses {
                    self.bind(address)?;
                }
            }
            Listen::Present(addresses) => {
                self.chooses = true;
                let now = self.now();
                for address in addresses {
                    self.absent.add(address, now);
                }
                self.look_for_absent();
            }
        }
        let mut silent: HashSet<ListenerId> = self.listeners.keys().copied().collect();
        // Without a network there may be nothing to name; that is no failure.
        let _ = timeout(LISTEN_TIMEOUT, async {
            loop {
                let event = tokio::select! {
                    biased;
                    event = self.swarm.select_next_some() => event,
                    // A listener names its addresses one by one, and knows the rest of them when it names the first.
                    () = yield_now(), if silent.is_empty() => break,
                };
                if let SwarmEvent::NewListenAddr { listener_id, .. }
                | SwarmEvent::ListenerClosed { listener_id, .. } = &event
                {
                    silent.remove(listener_id);
                }
                self.on_swarm_event(event);
            }
        })
        .await;
        self.settle();
        Ok(())
    }

    fn bind(&mut self, address: Multiaddr) -> Result<(), NetError> {
        let failed = |source| NetError::Listen {
            address: address.to_string(),
            source,
        };
        transport::probe(&address).map_err(failed)?;
        let listener = self
            .swarm
            .listen_on(address.clone())
            .map_err(|error| failed(io_error(error)))?;
        self.listeners.insert(listener, address);
        Ok(())
    }

    /// Binds the address, or, where we choose it, the same with another port.
    fn bind_or_choose(&mut self, address: &Multiaddr) -> Result<(), NetError> {
        match self.bind(address.clone()) {
            Err(error) if self.chooses && error.is_port_in_use() => {
                self.bind(ports::with_port(address, 0))
            }
            bound => bound,
        }
    }

    /// Listens on what was absent and is there now, if it is time to look.
    pub(super) fn look_for_absent(&mut self) {
        let now = self.now();
        for address in self.absent.due(now) {
            if let Err(error) = self.bind_or_choose(&address) {
                tracing::debug!(%error, "an address is not there; looking for it again");
                self.absent.add(address, now + LOOK_INTERVAL);
            }
        }
    }

    /// Takes note of a listener that ended by itself.
    pub(super) fn listener_closed(&mut self, listener: ListenerId) {
        if self.circuit_closed(listener) {
            return;
        }
        if let Some(address) = self.listeners.remove(&listener) {
            self.absent.add(address, self.now() + LOOK_INTERVAL);
        }
        self.listening_changed();
    }

    /// Says where it listens now, if that changed.
    pub(super) fn listening_changed(&mut self) {
        let own = self.swarm.listeners();
        let own: Vec<Multiaddr> = own
            .filter(|own| !address::is_circuit(own))
            .cloned()
            .collect();
        let mut addresses: Vec<_> = own.iter().map(address::display).collect();
        addresses.sort_unstable();
        addresses.dedup();
        if let Some(mapping) = &self.mapping {
            mapping.listen(own.clone());
        }
        self.reach.listen(own.clone());
        let changed = self.channels.listening.send_if_modified(|known| {
            let changed = *known != addresses;
            known.clone_from(&addresses);
            changed
        });
        if changed {
            self.is_at(&own);
            let behaviour = self.swarm.behaviour_mut();
            let subnets = interfaces::subnets();
            if let Some(rendezvous) = behaviour.rendezvous.as_mut() {
                rendezvous.move_to(subnets.clone());
            }
            behaviour.scope.move_to(subnets);
            self.reach_changed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_looked_for_when_it_is_time_and_not_before() {
        let address =
            |port: u64| Multiaddr::empty().with(libp2p::multiaddr::Protocol::Memory(port));
        let nothing: [Multiaddr; 0] = [];
        let mut absent = Absent::default();
        assert_eq!(absent.next_at(), None);
        assert_eq!(absent.due(LOOK_INTERVAL), nothing);
        absent.add(address(1), LOOK_INTERVAL);
        absent.add(address(2), 2 * LOOK_INTERVAL);
        assert_eq!(absent.next_at(), Some(LOOK_INTERVAL));
        let early = LOOK_INTERVAL.saturating_sub(Duration::from_millis(1));
        assert_eq!(absent.due(early), nothing);
        // One look is for all of them.
        assert_eq!(absent.due(LOOK_INTERVAL), [address(1), address(2)]);
        assert_eq!(absent.next_at(), None);
        assert_eq!(absent.due(2 * LOOK_INTERVAL), nothing);
    }
}
