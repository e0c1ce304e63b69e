//! The network: one libp2p node, seen as peers, connections and framed streams.
//!
//! libp2p is used here alone; no type of it leaves this module. [`Net`] is a cheap handle to the
//! one task that owns the swarm; what happens comes out of the receiver that [`Net::start`] gives.
//!
//! Invariants
//! - A peer is who its [`TransportId`] says: every transport authenticates that key. Who *uses*
//!   the key is for the session inside to find out.
//! - All channels are bounded. A slow driver slows the network, never the handles.
//! - [`Net::shutdown`] leaves no task behind.

mod address;
mod behaviour;
mod config;
mod connect;
mod crowd;
mod dial;
mod discovery;
mod error;
mod fault;
mod interfaces;
mod jitter;
mod link;
mod mapping;
mod ports;
mod punch;
mod reach;
mod relays;
mod rendezvous;
mod scope;
mod streams;
mod swarm;
mod told;
mod transport;
mod wake;
mod ways;

use std::time::Duration;

use libp2p::Multiaddr;
use libp2p::identity::Keypair;
use tidings_protocol::engine::Meeting;
use tidings_protocol::id::TransportId;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{sleep, timeout};

pub(crate) use self::address::is_global;
pub(crate) use self::config::{NetConfig, TableConfig, Transport};
pub(crate) use self::discovery::Heard;
pub(crate) use self::error::NetError;
pub(crate) use self::fault::DialFault;
pub(crate) use self::interfaces::addresses as machine_addresses;
pub(crate) use self::link::{Link, LinkError, LinkReader, LinkWriter};
pub(crate) use self::mapping::Router;
pub(crate) use self::reach::Nat;
pub(crate) use self::scope::Networks;
use self::scope::Scope;
use self::streams::StreamError;
use self::swarm::{Channels, Command, Listen, Task};
use self::told::told_addresses;
pub(crate) use self::transport::seed::prepare;
pub(crate) use self::ways::Ways;

/// Commands on their way to the task.
const COMMANDS_MAX: usize = 64;
/// Events on their way to the driver.
const EVENTS_MAX: usize = 256;
/// Longest wait for a stream.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// A port of our own may be busy for a moment after a restart within one process.
const LISTEN_RETRIES_MAX: u32 = 10;
const LISTEN_RETRY_AFTER: Duration = Duration::from_millis(100);

/// What a stream is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Protocol {
    /// A session between contacts.
    Session,
    /// Pairing by invite.
    Join,
    /// Comparing what is carried, with anybody.
    Carry,
}

impl Protocol {
    /// All that we accept.
    const ALL: [Self; 3] = [Self::Session, Self::Join, Self::Carry];

    const fn name(self) -> &'static str {
        match self {
            Self::Session => "/tidings/session/1",
            Self::Join => "/tidings/join/1",
            Self::Carry => "/tidings/carry/1",
        }
    }

    const fn alone(self) -> &'static [Self] {
        match self {
            Self::Session => &[Self::Session],
            Self::Join => &[Self::Join],
            Self::Carry => &[Self::Carry],
        }
    }
}

/// Whom to connect to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    /// This one.
    Known(TransportId),
    /// Whoever has a transport id with this hint.
    Hint([u8; 8]),
}

/// How a connection gets to the other side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Path {
    /// Over an address that is of use in one network, or on this machine, alone.
    Lan,
    /// Over one that anybody on the internet could use.
    Direct,
    /// Through a relay.
    Relayed,
}

/// One connection. A peer may have two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Connection {
    /// The other side.
    pub(crate) peer: TransportId,
    /// Its address as a multiaddr, without the peer's id.
    pub(crate) address: String,
    /// How it gets there.
    pub(crate) path: Path,
}

impl Connection {
    /// Who is the relay in between, if one is.
    pub(crate) fn relay(&self) -> Option<TransportId> {
        address::relay(&self.address.parse().ok()?)
    }
}

/// How others reach us from other networks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reachability {
    /// Addresses where somebody got in by themselves.
    pub(crate) public: Vec<String>,
    /// What stands between us and them.
    pub(crate) nat: Nat,
    /// Whether the router in between lets others in.
    pub(crate) router: Router,
    /// Who holds a place for us.
    pub(crate) relays: Vec<TransportId>,
    /// Whether others reach each other through us.
    pub(crate) is_relay: bool,
}

/// What is known of the table of who is where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Table {
    /// How many others keep it with us, as far as we know them.
    pub(crate) nodes: usize,
    /// Whether we keep a part of it.
    pub(crate) serves: bool,
    /// Whom others name to their nodes if they name us: where we are reached, with our peer id.
    pub(crate) own: Vec<String>,
    /// Those who were met last, with their peer ids.
    pub(crate) met: Vec<String>,
    /// How many contacts' devices others are told of that look for us.
    pub(crate) said: usize,
    /// When somebody was found last whom we had lost.
    pub(crate) found: Option<tokio::time::Instant>,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum NetEvent {
    /// A connection is there. A further one to a connected peer is told too: the earlier one may
    /// be dead without knowing, and streams are opened on the newest.
    Connected {
        /// The other side.
        peer: TransportId,
        /// Its address; one to dial again if we dialled.
        address: String,
        /// Whether we dialled.
        dialer: bool,
    },
    /// The last connection to `peer` is gone.
    Disconnected {
        /// The other side.
        peer: TransportId,
    },
    /// The addresses at which we can be reached have changed; these are all.
    Listening {
        /// [`Net::listening`], where others got in from other networks or may do so, and relays.
        addresses: Vec<String>,
        /// Those of them that are of use in other networks, the surest first.
        far: Vec<String>,
    },
    /// `peer` opened a stream. Split the link to accept it, drop it to refuse.
    Incoming {
        /// The other side.
        peer: TransportId,
        /// What for.
        protocol: Protocol,
        /// The stream.
        link: Link,
    },
    /// A dial of a kept peer led to nothing; it will be tried again.
    DialFailed {
        /// The other side.
        peer: TransportId,
        /// What went wrong.
        fault: DialFault,
        /// Why, for people; it names addresses.
        reason: String,
    },
    /// The first answers where the second, a kept peer, was; a connection to it follows, if there is none.
    Another {
        /// Who answered.
        peer: TransportId,
        /// Who was to.
        instead_of: TransportId,
    },
}

/// A handle to the node.
#[derive(Debug, Clone)]
pub(crate) struct Net {
    own: TransportId,
    networks: Networks,
    /// Whether others of this machine are dialled as others elsewhere are.
    is_of_this_machine: bool,
    transport: Transport,
    commands: mpsc::Sender<Command>,
    listening: watch::Receiver<Vec<String>>,
    connections: watch::Receiver<Vec<Connection>>,
    reachability: watch::Receiver<Reachability>,
    table: watch::Receiver<Option<Table>>,
    heard: watch::Receiver<Heard>,
}

impl Net {
    /// Starts the node; returns once it listens on every address that was given, or one cannot be
    /// used. Where none was given, the node starts even if there is nothing to listen on.
    pub(crate) async fn start(
        config: NetConfig,
    ) -> Result<(Self, mpsc::Receiver<NetEvent>), NetError> {
        let listen = listen_addresses(&config)?;
        Self::start_at(&config, listen).await
    }

    async fn start_at(
        config: &NetConfig,
        listen: Listen,
    ) -> Result<(Self, mpsc::Receiver<NetEvent>), NetError> {
        let key = keypair(config)?;
        let own = own_id(&key)?;
        let mut retries = 0;
        loop {
            let (commands, command_receiver) = mpsc::channel(COMMANDS_MAX);
            let (event_sender, events) = mpsc::channel(EVENTS_MAX);
            let (listening_sender, listening) = watch::channel(Vec::new());
            let (connections_sender, connections) = watch::channel(Vec::new());
            let (reachability_sender, reachability) = watch::channel(Reachability::default());
            let table = config.table.as_ref().map(|_| Table::default());
            let (table_sender, table) = watch::channel(table);
            let (heard_sender, heard) = watch::channel(Heard::default());
            let channels = Channels {
                commands: command_receiver,
                events: event_sender,
                listening: listening_sender,
                reachability: reachability_sender,
                table: table_sender,
                heard: heard_sender,
                connections: connections_sender,
            };
            let mut task = Task::new(&key, own, config, channels)?;
            match task.listen(listen.clone()).await {
                Ok(()) => {
                    tokio::spawn(task.run());
                    return Ok((
                        Self {
                            own,
                            networks: config.networks,
                            is_of_this_machine: config.is_of_this_machine(),
                            transport: config.transport,
                            commands,
                            listening,
                            connections,
                            reachability,
                            table,
                            heard,
                        },
                        events,
                    ));
                }
                Err(error) if is_tried_again(&error, retries) => {
                    retries += 1;
                    drop(task);
                    sleep(LISTEN_RETRY_AFTER).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Our own transport id.
    #[cfg(test)]
    pub(crate) const fn local(&self) -> TransportId {
        self.own
    }

    /// By which name other libp2p nodes know it.
    pub(crate) fn peer_id(&self) -> Option<String> {
        address::peer_id(self.own).map(|peer| peer.to_string())
    }

    /// What an invite says of `peer` when it has no room for the whole id.
    #[cfg(test)]
    pub(crate) fn hint(peer: TransportId) -> [u8; 8] {
        address::hint(peer)
    }

    /// The addresses we listen on, of each interface and without our id:
    /// `/ip4/192.168.1.2/udp/4001/quic-v1`.
    pub(crate) fn listening(&self) -> Vec<String> {
        self.listening.borrow().clone()
    }

    /// Those of [`Self::listening`] that others may be told, as far as is known before anything happened.
    pub(crate) fn told(&self) -> Vec<String> {
        Scope::new(self.networks).admitted_texts(&self.listening.borrow())
    }

    /// What to start with next time as [`NetConfig::last`], after it was `last` this time.
    pub(crate) fn chosen(&self, last: &[String]) -> Vec<String> {
        ports::chosen(&self.listening.borrow(), last)
    }

    /// All connections, by peer.
    pub(crate) fn connections(&self) -> Vec<Connection> {
        self.connections.borrow().clone()
    }

    /// How others reach us, each time that it changes; closed once the node has ended.
    pub(crate) fn watch_reachability(&self) -> watch::Receiver<Reachability> {
        self.reachability.clone()
    }

    /// That connections, addresses or how others reach us have changed.
    pub(crate) fn ways(&self) -> Ways {
        Ways {
            listening: self.listening.clone(),
            connections: self.connections.clone(),
            reachability: self.reachability.clone(),
        }
    }

    /// How others reach us, as far as is known.
    pub(crate) fn reachability(&self) -> Reachability {
        self.reachability.borrow().clone()
    }

    /// What is known of the table of who is where; nothing if we have to do with none.
    pub(crate) fn table(&self) -> Option<Table> {
        self.table.borrow().clone()
    }

    /// What was heard of others on the local network.
    pub(crate) fn heard(&self) -> Heard {
        *self.heard.borrow()
    }

    /// Waits for a connection to `peer`: the one that is there, or one made by dialling
    /// `addresses` and what mDNS knows. Ends within 15 seconds.
    pub(crate) async fn connect(
        &self,
        peer: Peer,
        addresses: Vec<String>,
    ) -> Result<TransportId, NetError> {
        if let Peer::Known(known) = peer {
            address::peer_id(known).ok_or(NetError::BadKey)?;
        }
        let mut addresses = self.dial_addresses(peer, &addresses);
        if let (Transport::Memory, Peer::Hint(hint)) = (self.transport, peer) {
            addresses.push(transport::memory_address(hint));
        }
        let (reply, answer) = oneshot::channel();
        self.send(Command::Connect {
            peer,
            addresses,
            reply,
        })
        .await?;
        answer.await.map_err(|_| NetError::Stopped)?
    }

    /// Connects to whoever is at those of `addresses` that all could use, a few; an invite names them.
    pub(crate) async fn visit(&self, addresses: Vec<String>) {
        let addresses = address::all(&addresses);
        if !addresses.is_empty() {
            self.tell(Command::Visit { addresses }).await;
        }
    }

    /// Opens a stream to a connected peer.
    pub(crate) async fn open(
        &self,
        peer: TransportId,
        protocol: Protocol,
    ) -> Result<Link, NetError> {
        let peer = address::peer_id(peer).ok_or(NetError::BadKey)?;
        let (reply, answer) = oneshot::channel();
        self.send(Command::Open {
            peer,
            protocol,
            reply,
        })
        .await?;
        let answer = timeout(OPEN_TIMEOUT, answer)
            .await
            .map_err(|_| NetError::TimedOut)?;
        match answer {
            Ok(Ok(stream)) => Ok(Link::new(stream)),
            Ok(Err(StreamError::NotConnected)) | Err(_) => Err(NetError::NotConnected),
            Ok(Err(StreamError::Busy)) => Err(NetError::Busy),
            Ok(Err(StreamError::Unsupported)) => Err(NetError::Unsupported { protocol }),
            Ok(Err(StreamError::TimedOut)) => Err(NetError::TimedOut),
            Ok(Err(StreamError::Broken(error))) => Err(NetError::Broken {
                reason: error.to_string(),
            }),
        }
    }

    /// Keeps a connection to `peer` from now on: dials at once, when mDNS finds it, and again with
    /// growing waits (1 s to 5 min) after failures. Adds `addresses` to those known.
    pub(crate) async fn keep(&self, peer: TransportId, addresses: Vec<String>) {
        let addresses = self.dial_addresses(Peer::Known(peer), &addresses);
        self.tell(Command::Keep { peer, addresses }).await;
    }

    /// Keeps it no longer. A connection that is there stays while it has streams.
    pub(crate) async fn forget(&self, peer: TransportId) {
        self.tell(Command::Forget { peer }).await;
    }

    /// Dials `peer`, or all who are kept and not connected, without waiting any longer.
    pub(crate) async fn retry_now(&self, peer: Option<TransportId>) {
        self.tell(Command::RetryNow { peer }).await;
    }

    /// Says in the table where we are for each of these, and no others, and looks there for those that are lost.
    pub(crate) async fn meet(&self, meetings: Vec<Meeting>) {
        self.tell(Command::Meet(meetings)).await;
    }

    /// Closes all connections and ends the task. What is unsent on links is lost: close them
    /// first.
    pub(crate) async fn shutdown(&self) {
        self.tell(Command::Shutdown).await;
        let mut connections = self.connections.clone();
        while connections.changed().await.is_ok() {}
    }

    /// Those of `addresses`, which a peer or an invite gave, that we dial; see [`told_addresses`].
    fn dial_addresses(&self, peer: Peer, addresses: &[String]) -> Vec<Multiaddr> {
        told_addresses(peer, addresses, self.is_of_this_machine)
    }

    async fn send(&self, command: Command) -> Result<(), NetError> {
        self.commands
            .send(command)
            .await
            .map_err(|_| NetError::Stopped)
    }

    /// For commands that a node which has ended need not carry out.
    async fn tell(&self, command: Command) {
        if self.send(command).await.is_err() {
            tracing::debug!("the network has been shut down; a command was left out");
        }
    }
}

fn listen_addresses(config: &NetConfig) -> Result<Listen, NetError> {
    if config.listen.is_empty() {
        return match config.transport {
            Transport::Internet => {
                let every = transport::every_interface();
                Ok(Listen::Present(ports::again(every, &config.last)))
            }
            Transport::Memory => {
                let own = own_id(&keypair(config)?)?;
                Ok(Listen::All(vec![transport::memory_address(address::hint(
                    own,
                ))]))
            }
        };
    }
    let parse = |text: &String| {
        text.parse().map_err(|_| NetError::BadAddress {
            address: text.clone(),
        })
    };
    let addresses: Result<_, _> = config.listen.iter().map(parse).collect();
    Ok(Listen::All(addresses?))
}

fn keypair(config: &NetConfig) -> Result<Keypair, NetError> {
    Keypair::ed25519_from_bytes(config.key.clone().as_mut()).map_err(|_| NetError::BadKey)
}

fn own_id(key: &Keypair) -> Result<TransportId, NetError> {
    address::transport_id(&key.public().to_peer_id()).ok_or(NetError::BadKey)
}

/// Whether a node may listen there, if that is an address of this machine's.
pub(crate) fn can_be_listened_on(text: &str) -> bool {
    text.parse()
        .is_ok_and(|address| address::is_of_a_way_in(&address))
}

/// Whether a person may name this as one who keeps the table of who is where: it ends in a peer id.
pub(crate) fn names_a_node(text: &str) -> bool {
    rendezvous::named(text).is_some()
}

/// Whether addresses that could not be listened on, after so many retries, are tried once more.
fn is_tried_again(error: &NetError, retries: u32) -> bool {
    error.is_port_in_use() && retries < LISTEN_RETRIES_MAX
}

#[cfg(test)]
mod tests;
