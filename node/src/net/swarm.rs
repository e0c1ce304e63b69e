//! The task: the one owner of the libp2p swarm, between commands from [`Net`](super::Net)'s handles
//! and events to the driver.
//!
//! ```text
//!   Net handles --Command--> [ task: swarm, dial policy, connects ] --NetEvent--> driver
//! ```
//!
//! Invariants
//! - The task waits for nothing but its inputs; while the driver is slow it serves commands, and
//!   leaves the swarm alone once [`OUTBOX_MAX`] events wait.
//! - What handles read (`connections`, `listening`) is published before the event that tells of it.
//! - It ends when told to, when no handle is left, or when nobody receives its events.

mod dialling;
mod events;
mod homes;
mod listening;
mod reaching;
mod table;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use libp2p::core::transport::{ListenerId, TransportError};
use libp2p::futures::StreamExt as _;
use libp2p::identity::Keypair;
use libp2p::swarm::ConnectionId;
use libp2p::{Multiaddr, PeerId, Swarm};
use tidings_protocol::engine::Meeting;
use tidings_protocol::id::TransportId;
use tidings_protocol::record::Discovery;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep_until, timeout};

use self::listening::Absent;
pub(super) use self::listening::Listen;
use super::behaviour::Behaviour;
use super::connect::{ConnectReply, Connects};
use super::crowd::Block;
use super::dial::{Change, DialPolicy};
use super::discovery::{Heard, Sightings};
use super::mapping::{Mapped, Mapping, Router};
use super::reach::Reach;
use super::relays::Relays;
use super::rendezvous::{Rendezvous, Schedule, Screen};
use super::streams::OpenReply;
use super::told::visited_addresses;
use super::wake::Wake;
use super::{
    Connection, NetConfig, NetError, NetEvent, Path, Peer, Protocol, Reachability, Table, address,
    transport,
};
use crate::meters::Meters;

/// Events beyond those in the channel.
pub(super) const OUTBOX_MAX: usize = 256;
/// Inbound streams of one peer that the driver has not accepted.
pub(super) const UNACCEPTED_PER_PEER_MAX: usize = 8;
/// A connection without streams that nobody keeps is closed after this time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(120);
/// Time for peers to hear that we go.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(1);
/// Inbound streams of one connection that are being negotiated.
pub(super) const NEGOTIATING_IN_MAX: usize = 16;

/// From the handles.
#[derive(Debug)]
pub(super) enum Command {
    Connect {
        peer: Peer,
        addresses: Vec<Multiaddr>,
        reply: ConnectReply,
    },
    Visit {
        addresses: Vec<Multiaddr>,
    },
    Open {
        peer: PeerId,
        protocol: Protocol,
        reply: OpenReply,
    },
    Keep {
        peer: TransportId,
        addresses: Vec<Multiaddr>,
    },
    Forget {
        peer: TransportId,
    },
    RetryNow {
        peer: Option<TransportId>,
    },
    Meet(Vec<Meeting>),
    Shutdown,
}

/// The task's ends of the channels.
#[derive(Debug)]
pub(super) struct Channels {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) events: mpsc::Sender<NetEvent>,
    pub(super) listening: watch::Sender<Vec<String>>,
    pub(super) reachability: watch::Sender<Reachability>,
    pub(super) table: watch::Sender<Option<Table>>,
    pub(super) heard: watch::Sender<Heard>,
    /// Closes when the task has ended: keep it the last field of the last field.
    pub(super) connections: watch::Sender<Vec<Connection>>,
}

/// What we know of a connected peer.
#[derive(Debug)]
struct Connected {
    connections: Vec<(ConnectionId, Held)>,
    unaccepted: Arc<Semaphore>,
    /// Whether it lets others reach each other through it, as it says.
    is_relay: bool,
}

impl Connected {
    /// Whether all connections go through relays.
    fn is_relayed(&self) -> bool {
        let mut paths = self.connections.iter().map(|(_, held)| held.told.path);
        paths.all(|path| path == Path::Relayed)
    }
}

/// One connection.
#[derive(Debug)]
struct Held {
    told: Connection,
    /// Where we dialled, if we did, from where we listen and not through a relay.
    dialled: Option<Multiaddr>,
    /// Where the other end is; of one through a relay, where that is, if we know.
    host: Option<IpAddr>,
    /// From where what goes there left as it was made.
    way: Option<IpAddr>,
    since: Duration,
}

/// See the module.
pub(super) struct Task {
    swarm: Swarm<Behaviour>,
    /// Each with the address that it was made for.
    listeners: HashMap<ListenerId, Multiaddr>,
    absent: Absent,
    /// Whether ports are ours to choose.
    chooses: bool,
    /// Whether others of this machine are dialled as others elsewhere are.
    is_of_this_machine: bool,
    policy: DialPolicy,
    /// Dials that the policy asked for.
    dials: HashMap<ConnectionId, TransportId>,
    connects: Connects,
    sightings: Sightings,
    /// The networks in which we are.
    homes: BTreeSet<Block>,
    wake: Wake,
    reach: Reach,
    /// Asks the router in between to let others in, if it is to be asked.
    mapping: Option<Mapping>,
    router: Router,
    /// Where others get in, as the swarm knows.
    public: Vec<Multiaddr>,
    /// Whom somebody keeps, for those who ask nothing else.
    favoured: watch::Sender<HashSet<PeerId>>,
    /// Whether to be a relay once others get in.
    relay: bool,
    relays: Relays,
    /// The listeners at relays. They are never removed: libp2p does not bear it while an answer is under way.
    circuits: HashMap<ListenerId, TransportId>,
    /// What to ask of the table of who is where, and when.
    schedule: Schedule,
    /// When somebody was found there last.
    found: Option<Instant>,
    /// What was told last of where we can be reached: all addresses, and those for other networks.
    told: (Vec<String>, Vec<String>),
    /// What the log was told last: at how many addresses we listen, and how others reach us.
    logged: Option<(usize, reaching::Summary)>,
    peers: HashMap<TransportId, Connected>,
    outbox: VecDeque<NetEvent>,
    started: Instant,
    meters: Meters,
    channels: Channels,
}

impl Task {
    /// Builds the swarm; it listens nowhere yet.
    pub(super) fn new(
        key: &Keypair,
        own: TransportId,
        config: &NetConfig,
        channels: Channels,
    ) -> Result<Self, NetError> {
        let (transport, circuits) =
            transport::build(key, config.transport).map_err(|error| NetError::Setup {
                reason: error.to_string(),
            })?;
        let is_of_this_machine = config.is_of_this_machine();
        let rendezvous = config.table.as_ref().map(|table| {
            let own = key.public().to_peer_id();
            let screen = Screen::new(is_of_this_machine, config.networks);
            let nodes = (table.named.as_slice(), table.known.as_slice());
            Rendezvous::new(own, screen, nodes, config.meters.clone())
        });
        let (favoured, kept) = watch::channel(HashSet::new());
        let near = (config.discovery, config.networks);
        let is_shown = config.discovery == Discovery::On;
        let behaviour = Behaviour::new(key, near, rendezvous, circuits, kept, &config.meters);
        let swarm_config = libp2p::swarm::Config::with_tokio_executor()
            .with_idle_connection_timeout(IDLE_TIMEOUT)
            .with_max_negotiating_inbound_streams(NEGOTIATING_IN_MAX)
            .with_smart_dial();
        let [a, b, c, d, e, f, g, h, ..] = *own.as_bytes();
        let seed = u64::from_le_bytes([a, b, c, d, e, f, g, h]);
        Ok(Self {
            swarm: Swarm::new(
                transport,
                behaviour,
                key.public().to_peer_id(),
                swarm_config,
            ),
            listeners: HashMap::new(),
            absent: Absent::default(),
            chooses: false,
            is_of_this_machine,
            policy: DialPolicy::new(own, config.mesh, seed),
            dials: HashMap::new(),
            connects: Connects::default(),
            sightings: Sightings::default(),
            homes: BTreeSet::new(),
            wake: Wake::default(),
            reach: Reach::new(address::all(&config.reached)),
            mapping: config
                .port_mapping
                .then(|| Mapping::start(seed, is_shown, config.meters.clone())),
            router: Router::default(),
            public: Vec::new(),
            favoured,
            relay: config.relay,
            relays: Relays::default(),
            circuits: HashMap::new(),
            schedule: Schedule::new(seed),
            found: None,
            told: Default::default(),
            logged: None,
            peers: HashMap::new(),
            outbox: VecDeque::new(),
            started: Instant::now(),
            meters: config.meters.clone(),
            channels,
        })
    }

    /// Runs until the end.
    pub(super) async fn run(mut self) {
        let events = self.channels.events.clone();
        loop {
            self.see_to_connections();
            self.forget_unseen();
            self.start_dials();
            self.look_for_absent();
            self.ask_relays();
            self.ask_table();
            self.note_dialled();
            let next_at = [
                Some(self.wake.next_at()),
                self.absent.next_at(),
                self.relays.next_at(),
                self.policy.next_at(),
                self.connects.next_at(),
                self.sightings.next_at(),
                self.table_next_at(),
            ];
            let next_at = next_at.into_iter().flatten().min();
            let next_at = next_at.map(|at| self.started + at);
            tokio::select! {
                command = self.channels.commands.recv() => match command {
                    Some(Command::Shutdown) | None => break,
                    Some(command) => self.on_command(command),
                },
                permit = events.reserve(), if !self.outbox.is_empty() => {
                    match (permit, self.outbox.pop_front()) {
                        (Ok(permit), Some(event)) => permit.send(event),
                        (Ok(_), None) => {}
                        (Err(_), _) => break,
                    }
                }
                () = events.closed() => break,
                event = self.swarm.select_next_some(), if self.outbox.len() < OUTBOX_MAX => {
                    self.on_swarm_event(event);
                }
                mapped = mapped_by(&mut self.mapping) => self.mapped(mapped),
                () = sleep_until_some(next_at) => {}
            }
        }
        self.stop().await;
    }

    /// Says goodbye to all peers; whatever still waits for an answer sees its channel close.
    async fn stop(mut self) {
        self.channels.commands.close();
        let mapping = self.mapping.take().map(Mapping::end);
        for listener in self.listeners.keys() {
            self.swarm.remove_listener(*listener);
        }
        let peers: Vec<_> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            // It may have gone by itself.
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let _ = timeout(SHUTDOWN_TIMEOUT, async {
            while self.swarm.network_info().num_peers() > 0 {
                self.swarm.select_next_some().await;
            }
        })
        .await;
        if let Some(mapping) = mapping {
            mapping.finish().await;
        }
    }

    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Connect {
                peer,
                addresses,
                reply,
            } => self.connect(peer, addresses, reply),
            Command::Visit { addresses } => {
                let addresses = visited_addresses(addresses, &self.swarm.behaviour().scope);
                self.visit(addresses);
            }
            Command::Open {
                peer,
                protocol,
                reply,
            } => {
                self.swarm
                    .behaviour_mut()
                    .streams
                    .open(peer, protocol, reply);
            }
            Command::Keep { peer, addresses } => {
                let connected = self.peers.contains_key(&peer);
                self.policy.handle(
                    Change::Keep {
                        peer,
                        addresses,
                        connected,
                    },
                    self.now(),
                );
                if self.policy.keeps(peer) {
                    self.favour(peer, true);
                    self.place(peer);
                    self.consider_relay(peer);
                }
            }
            Command::Forget { peer } => {
                self.policy.handle(Change::Forget { peer }, self.now());
                self.favour(peer, false);
                self.forget_relay(peer);
            }
            Command::RetryNow { peer } => {
                self.policy.handle(Change::RetryNow { peer }, self.now());
                self.schedule.hasten(peer, self.now());
            }
            Command::Meet(meetings) => self.meet(meetings),
            Command::Shutdown => {}
        }
    }

    fn connect(&mut self, wanted: Peer, mut addresses: Vec<Multiaddr>, reply: ConnectReply) {
        if let Some(peer) = self.peers.keys().find(|peer| wanted.is(**peer)) {
            // Whoever asked may have stopped waiting.
            let _ = reply.send(Ok(*peer));
            return;
        }
        for peer in self.sightings.peers().filter(|peer| wanted.is(*peer)) {
            addresses.extend(self.sightings.addresses(peer).cloned());
        }
        let discovering = self.swarm.behaviour().discovery.is_on();
        self.connects
            .begin(wanted, addresses, discovering, reply, self.now());
    }

    /// Makes connections to a kept peer last, and lets them in whatever the limits.
    fn favour(&mut self, peer: TransportId, favour: bool) {
        let Some(peer) = address::peer_id(peer) else {
            return;
        };
        self.favoured.send_modify(|favoured| {
            if favour {
                favoured.insert(peer);
            } else {
                favoured.remove(&peer);
            }
        });
        let behaviour = self.swarm.behaviour_mut();
        behaviour.streams.keep(peer, favour);
        behaviour.crowd.keep(peer, favour);
        behaviour.punch.keep(peer, favour);
        if let Some(rendezvous) = behaviour.rendezvous.as_mut() {
            rendezvous.keep_connected(peer, favour);
        }
        if favour {
            behaviour.limits.bypass_peer_id(&peer);
        } else {
            behaviour.limits.remove_peer_id(&peer);
        }
    }

    /// Lets connections from where `peer`, if it is kept, is said to be past the limits of strangers.
    fn place(&mut self, peer: TransportId) {
        if let Some(id) = address::peer_id(peer).filter(|_| self.policy.keeps(peer)) {
            let mut addresses = self.policy.addresses(peer).to_vec();
            addresses.extend(self.sightings.addresses(peer).cloned());
            self.swarm.behaviour_mut().crowd.told(id, &addresses);
        }
    }
}

fn io_error(error: TransportError<io::Error>) -> io::Error {
    match error {
        TransportError::MultiaddrNotSupported(_) => io::ErrorKind::Unsupported.into(),
        TransportError::Other(error) => error,
    }
}

async fn mapped_by(mapping: &mut Option<Mapping>) -> Mapped {
    match mapping {
        Some(mapping) => mapping.changed().await,
        None => std::future::pending().await,
    }
}

async fn sleep_until_some(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
