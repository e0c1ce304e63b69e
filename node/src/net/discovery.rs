//! Discovery: mDNS on the LAN, on or off, and the table of who was seen where.
//!
//! libp2p's mDNS spawns a task for each interface and forgets it when it is dropped, and its table
//! has no limit. So it runs on a small runtime of its own, whose end is the end of those tasks, and
//! is started afresh after a pause when somebody floods it.
//!
//! Invariants
//! - The table holds at most [`PEERS_DISCOVERED_MAX`] peers and [`ADDRESSES_PER_PEER_MAX`]
//!   addresses of each; what is known stays, what is too much is not learnt.
//! - No task of mDNS outlives the behaviour.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::transport::{ListenerId, PortUse};
use libp2p::mdns::{self, tokio::Behaviour as Mdns};
use libp2p::swarm::behaviour::{ExpiredListenAddr, NewListenAddr};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandler, THandlerInEvent,
    THandlerOutEvent, ToSwarm, dummy,
};
use libp2p::{Multiaddr, PeerId};
use tidings_protocol::id::TransportId;
use tokio::runtime::Runtime;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::address;
use super::dial::ADDRESSES_PER_PEER_MAX;

/// Peers in the table.
pub(super) const PEERS_DISCOVERED_MAX: usize = 1_024;
/// Records in libp2p's own table, beyond which mDNS pauses.
const RECORDS_MAX: usize = 4_096;
/// Pause after a flood.
const FLOOD_PAUSE: Duration = Duration::from_secs(60);
const QUERY_INTERVAL: Duration = Duration::from_secs(30);
const TIME_TO_LIVE: Duration = Duration::from_secs(90);

/// Who was seen where on the LAN.
#[derive(Debug, Default)]
pub(super) struct Discovered(BTreeMap<TransportId, Vec<Multiaddr>>);

impl Discovered {
    /// Learns that `peer` announced `address`; whom it is, if that is news we can use.
    pub(super) fn learn(&mut self, peer: &PeerId, address: Multiaddr) -> Option<TransportId> {
        let id = address::transport_id(peer)?;
        let address = address::target(address)?.address;
        if !self.0.contains_key(&id) && self.0.len() >= PEERS_DISCOVERED_MAX {
            return None;
        }
        let addresses = self.0.entry(id).or_default();
        if addresses.contains(&address) || addresses.len() >= ADDRESSES_PER_PEER_MAX {
            return None;
        }
        addresses.push(address);
        Some(id)
    }

    /// Forgets what was not announced again in time.
    pub(super) fn expire(&mut self, peer: &PeerId, address: Multiaddr) {
        let (Some(id), Some(target)) = (address::transport_id(peer), address::target(address))
        else {
            return;
        };
        if let Some(addresses) = self.0.get_mut(&id) {
            addresses.retain(|other| *other != target.address);
            if addresses.is_empty() {
                self.0.remove(&id);
            }
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Where `peer` was seen.
    pub(super) fn addresses(&self, peer: TransportId) -> &[Multiaddr] {
        self.0.get(&peer).map_or(&[], Vec::as_slice)
    }

    /// Everybody, with addresses.
    pub(super) fn iter(&self) -> impl Iterator<Item = (TransportId, &[Multiaddr])> {
        self.0
            .iter()
            .map(|(peer, addresses)| (*peer, addresses.as_slice()))
    }
}

/// What the behaviour reports.
#[derive(Debug)]
pub(super) enum Sighting {
    Discovered(Vec<(PeerId, Multiaddr)>),
    Expired(Vec<(PeerId, Multiaddr)>),
    /// A flood: all that was discovered is void.
    Reset,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Discovery {
    own: PeerId,
    listening: Vec<(ListenerId, Multiaddr)>,
    state: State,
}

#[derive(Debug)]
enum State {
    Off,
    Running(Box<Running>),
    Paused(Pin<Box<Sleep>>),
}

impl Discovery {
    /// Starts mDNS for `own`, or nothing.
    pub(super) fn new(own: PeerId, on: bool) -> io::Result<Self> {
        let state = if on {
            State::Running(Box::new(Running::start(own)?))
        } else {
            State::Off
        };
        Ok(Self {
            own,
            listening: Vec::new(),
            state,
        })
    }

    /// Whether peers may turn up.
    pub(super) fn is_on(&self) -> bool {
        !matches!(self.state, State::Off)
    }

    fn restart(&self) -> io::Result<State> {
        let mut running = Running::start(self.own)?;
        for (listener_id, addr) in &self.listening {
            let listener_id = *listener_id;
            running
                .mdns
                .on_swarm_event(FromSwarm::NewListenAddr(NewListenAddr {
                    listener_id,
                    addr,
                }));
        }
        Ok(State::Running(Box::new(running)))
    }

    fn pause(&mut self, until: Instant) {
        self.state = State::Paused(Box::pin(sleep_until(until)));
    }

    /// What mDNS has to say; its requests to the swarm are left out.
    fn poll_mdns(&mut self, context: &mut Context<'_>) -> Poll<Sighting> {
        loop {
            match &mut self.state {
                State::Off => return Poll::Pending,
                State::Paused(over) => {
                    std::task::ready!(over.as_mut().poll(context));
                    match self.restart() {
                        Ok(state) => self.state = state,
                        Err(error) => {
                            tracing::warn!(%error, "cannot start mDNS again");
                            self.pause(Instant::now() + FLOOD_PAUSE);
                        }
                    }
                }
                State::Running(running) => {
                    if running.mdns.discovered_nodes().len() > RECORDS_MAX {
                        tracing::warn!("mDNS is being flooded; pausing it");
                        self.state = State::Paused(Box::pin(sleep(FLOOD_PAUSE)));
                        return Poll::Ready(Sighting::Reset);
                    }
                    if let ToSwarm::GenerateEvent(event) = std::task::ready!(running.poll(context))
                    {
                        return Poll::Ready(match event {
                            mdns::Event::Discovered(seen) => Sighting::Discovered(seen),
                            mdns::Event::Expired(gone) => Sighting::Expired(gone),
                        });
                    }
                }
            }
        }
    }
}

/// libp2p's mDNS and the runtime that its tasks end with.
struct Running {
    mdns: Mdns,
    tasks: Tasks,
}

impl Running {
    fn start(own: PeerId) -> io::Result<Self> {
        let tasks = Tasks::start()?;
        let config = mdns::Config {
            ttl: TIME_TO_LIVE,
            query_interval: QUERY_INTERVAL,
            enable_ipv6: false,
        };
        let mdns = tasks.within(|| Mdns::new(config, own))?;
        Ok(Self { mdns, tasks })
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<mdns::Event, THandlerInEvent<Mdns>>> {
        self.tasks.within(|| self.mdns.poll(context))
    }
}

impl fmt::Debug for Running {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Running(..)")
    }
}

/// A runtime whose tasks end when it is dropped, wherever that is.
#[derive(Debug)]
struct Tasks(Option<Runtime>);

impl Tasks {
    fn start() -> io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("tidings-mdns")
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let _entered = self.0.as_ref().map(Runtime::enter);
        work()
    }
}

impl Drop for Tasks {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

impl NetworkBehaviour for Discovery {
    type ConnectionHandler = dummy::ConnectionHandler;
    type ToSwarm = Sighting;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
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
        if let FromSwarm::NewListenAddr(NewListenAddr { listener_id, addr }) = &event {
            self.listening.push((*listener_id, (*addr).clone()));
        } else if let FromSwarm::ExpiredListenAddr(ExpiredListenAddr { listener_id, addr }) = &event
        {
            self.listening
                .retain(|(id, address)| id != listener_id || address != *addr);
        }
        if let State::Running(running) = &mut self.state {
            running.mdns.on_swarm_event(event);
        }
    }

    fn on_connection_handler_event(
        &mut self,
        _: PeerId,
        _: ConnectionId,
        event: THandlerOutEvent<Self>,
    ) {
        match event {}
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        self.poll_mdns(context).map(ToSwarm::GenerateEvent)
    }
}

#[cfg(test)]
mod tests {
    use libp2p::identity::Keypair;

    use super::*;

    fn peer(number: usize) -> PeerId {
        let mut secret = [0; 32];
        secret[..8].copy_from_slice(&number.to_le_bytes());
        Keypair::ed25519_from_bytes(secret)
            .unwrap()
            .public()
            .to_peer_id()
    }

    fn address(port: usize) -> Multiaddr {
        format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap()
    }

    #[test]
    fn the_table_takes_so_many_peers_and_no_more() {
        let mut table = Discovered::default();
        for number in 0..PEERS_DISCOVERED_MAX {
            assert!(table.learn(&peer(number), address(1)).is_some());
        }
        assert_eq!(table.learn(&peer(PEERS_DISCOVERED_MAX), address(1)), None);
        table.expire(&peer(0), address(1));
        assert!(
            table
                .learn(&peer(PEERS_DISCOVERED_MAX), address(1))
                .is_some()
        );
        assert_eq!(table.iter().count(), PEERS_DISCOVERED_MAX);
    }

    #[test]
    fn the_table_takes_so_many_addresses_of_a_peer_and_no_more() {
        let mut table = Discovered::default();
        for port in 1..=ADDRESSES_PER_PEER_MAX {
            assert!(table.learn(&peer(1), address(port)).is_some());
        }
        assert_eq!(
            table.learn(&peer(1), address(ADDRESSES_PER_PEER_MAX + 1)),
            None
        );
        let id = address::transport_id(&peer(1)).unwrap();
        assert_eq!(table.addresses(id).len(), ADDRESSES_PER_PEER_MAX);
    }

    #[test]
    fn only_what_can_be_dialled_is_learnt_and_once() {
        let mut table = Discovered::default();
        assert_eq!(
            table.learn(&peer(1), "/ip4/0.0.0.0/tcp/1".parse().unwrap()),
            None
        );
        assert_eq!(table.learn(&PeerId::random(), address(1)), None);
        let announced = address(1).with_p2p(peer(1)).unwrap();
        assert!(table.learn(&peer(1), announced).is_some());
        assert_eq!(table.learn(&peer(1), address(1)), None);
    }
}
