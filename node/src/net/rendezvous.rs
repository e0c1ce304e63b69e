//! Rendezvous: a table of who is where, which those keep together whom others reach; contacts who lost each other find
//! each other in it under keys that they alone know.
//!
//! ```text
//!   Ask::Provide --> the nodes closest to a key: "I am at ..."       (ADD_PROVIDER)
//!   Ask::Seek -----> the nodes closest to a key: "who is there?"     (GET_PROVIDERS) --> Event::Found
//!   who is met and says that it is a node, at an address where it was seen --> the table
//! ```
//!
//! libp2p's Kademlia does it, under a protocol name of ours. It believes whatever strangers name, dials it, keeps it and
//! passes it on. So all of that goes through here first.
//!
//! Invariants
//! - Strangers are answered only while we are to serve, so often and no more; values are neither taken nor given.
//! - What strangers name is dialled, passed on and kept only if it is of use everywhere: see [`Screen`].
//! - In the table are nodes at addresses where we met them, few of one network, and those that a person named.
//! - Found is only who was looked for, by its key; everything else under a key is nobody.
//! - What others are told of us is what [`Rendezvous::is_at`] was given, and only under our own keys.
//! - Dials of ours are few at once, and so are the connections that come of them.

mod allowance;
mod records;
mod schedule;
mod screen;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::kad::{self, KadPeer, QueryId};
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::behaviour::{
    ConnectionClosed, ConnectionEstablished, DialFailure, ExternalAddrConfirmed,
    ExternalAddrExpired,
};
use libp2p::swarm::{
    ConnectionDenied, ConnectionHandler, ConnectionId, DialError, FromSwarm, NetworkBehaviour,
    NotifyHandler, StreamProtocol, THandler, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use self::allowance::Allowance;
use self::records::Records;
pub(super) use self::schedule::{Ask, Schedule};
pub(super) use self::screen::named;
use self::screen::{ADDRESSES_PER_NODE_MAX, Screen};
use super::address;
use super::crowd::Block;

/// What nodes of the table speak.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/tidings/kad/1");
/// Nodes to which one record goes.
const COPIES: NonZeroUsize = NonZeroUsize::new(10).unwrap();
/// Ways that a query goes apart from each other, so that one liar misleads it on one of them alone.
const WAYS: NonZeroUsize = NonZeroUsize::new(3).unwrap();
/// A query that takes longer is given up.
const QUERY_TIME: Duration = Duration::from_secs(40);
/// Time of one answer.
const ANSWER_TIME: Duration = Duration::from_secs(8);
/// Largest message: twenty nodes and eight who were found, each at four addresses, take half of it.
const MESSAGE_BYTES: usize = 16 * 1024;
/// What a node is asked about is a key, or the name of a node.
const TARGET_BYTES_MAX: usize = 64;
/// Nodes of one network in the table.
const NODES_PER_NETWORK_MAX: usize = 8;
/// Dials of ours that are in flight.
const DIALS_MAX: usize = 16;
/// Connections that came of them: the rest of those that a node may make is for others.
const CONNECTIONS_MAX: usize = 32;
/// A node that cannot be dialled so often, while others can, leaves the table.
const FAILURES_MAX: u32 = 3;
/// Nodes that were met last, which are kept for the next start.
pub(super) const GOOD_MAX: usize = 16;
/// Nodes that a person names.
pub(super) const NAMED_MAX: usize = 16;

type Kademlia = kad::Behaviour<Records>;
type Handler = <Kademlia as NetworkBehaviour>::ConnectionHandler;
/// From the handlers of connections; libp2p gives it no name.
type Told = <Handler as ConnectionHandler>::ToBehaviour;
/// To them.
type Tell = <Handler as ConnectionHandler>::FromBehaviour;

/// Why a dial was not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Refusal {
    #[error("enough nodes are being dialled")]
    Dials,
    #[error("enough nodes are connected")]
    Connections,
    #[error("no address of the node is of use")]
    Addresses,
}

/// What came of it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Event {
    /// Where somebody who was looked for says that it is; anybody may have said so.
    Found {
        peer: PeerId,
        addresses: Vec<Multiaddr>,
    },
    /// What was asked is over, and whether it came to something.
    Over { ask: Ask, is_well: bool },
    /// Others are in the table than before, or connected.
    Table,
}

/// What was asked and is not over.
#[derive(Debug)]
struct Asked {
    ask: Ask,
    /// Who is looked for.
    sought: Option<PeerId>,
    /// Whether it was found.
    is_well: bool,
}

/// A connection.
#[derive(Debug)]
struct Remote {
    /// Where the other end is, if that is known: not of one through a relay.
    ip: Option<IpAddr>,
    is_relayed: bool,
    /// Where we dialled.
    dialled: Option<Multiaddr>,
    /// Whether the table wanted it.
    is_ours: bool,
}

/// See the module.
pub(super) struct Rendezvous {
    kad: Kademlia,
    screen: Screen,
    serves: bool,
    places: Vec<Multiaddr>,
    named: HashMap<PeerId, Vec<Multiaddr>>,
    asked: HashMap<QueryId, Asked>,
    /// Dials that the table asked for.
    dials: HashSet<ConnectionId>,
    /// Where they went, since that was last asked for.
    dialled: Vec<IpAddr>,
    remotes: HashMap<ConnectionId, Remote>,
    /// Of nodes in the table, how often each could not be dialled.
    failures: HashMap<PeerId, u32>,
    /// The latest first.
    good: VecDeque<(PeerId, Multiaddr)>,
    allowance: Allowance,
    actions: VecDeque<ToSwarm<Event, Tell>>,
}

impl std::fmt::Debug for Rendezvous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rendezvous(..)")
    }
}

impl Rendezvous {
    /// A table in which are those that a person named, and those that were met before: multiaddrs that end in a name.
    pub(super) fn new(own: PeerId, named: &[String], known: &[String]) -> Self {
        let now = Instant::now();
        let mut config = kad::Config::new(PROTOCOL);
        config
            .set_replication_factor(COPIES)
            .set_parallelism(WAYS)
            .disjoint_query_paths(true)
            .set_query_timeout(QUERY_TIME)
            .set_substreams_timeout(ANSWER_TIME)
            .set_max_packet_size(MESSAGE_BYTES)
            .set_kbucket_inserts(kad::BucketInserts::Manual)
            .set_caching(kad::Caching::Disabled)
            .set_replication_interval(None)
            .set_publication_interval(None)
            .set_provider_publication_interval(None)
            .set_periodic_bootstrap_interval(None);
        let mut kad = kad::Behaviour::with_config(own, Records::new(now), config);
        // By itself it would serve as soon as we are anywhere, through relays, too.
        kad.set_mode(Some(kad::Mode::Client));
        let mut rendezvous = Self {
            kad,
            screen: Screen::default(),
            serves: false,
            places: Vec::new(),
            named: HashMap::new(),
            asked: HashMap::new(),
            dials: HashSet::new(),
            dialled: Vec::new(),
            remotes: HashMap::new(),
            failures: HashMap::new(),
            good: VecDeque::new(),
            allowance: Allowance::new(now),
            actions: VecDeque::new(),
        };
        let named = named.iter().filter_map(|text| named(text));
        for (peer, address) in named.take(NAMED_MAX) {
            rendezvous.kad.add_address(&peer, address.clone());
            rendezvous.named.entry(peer).or_default().push(address);
        }
        let known = known.iter().filter_map(|text| named(text));
        for (peer, address) in known.take(GOOD_MAX) {
            if rendezvous.add(peer, &address) {
                rendezvous.good.push_back((peer, address));
            }
        }
        rendezvous
    }

    /// Whether all that we listen on is of this machine.
    pub(super) const fn set_local(&mut self, is_local: bool) {
        self.screen.is_local = is_local;
    }

    /// Keeps a part of the table for others from now on, or no longer.
    pub(super) fn serve(&mut self, serves: bool) {
        if serves != self.serves {
            self.serves = serves;
            let mode = if serves {
                kad::Mode::Server
            } else {
                kad::Mode::Client
            };
            self.kad.set_mode(Some(mode));
        }
    }

    /// Whether it does.
    pub(super) const fn serves(&self) -> bool {
        self.serves
    }

    /// Has others be told, who look for us, that we are there; whether that is something else than before.
    pub(super) fn is_at<'a>(&mut self, places: impl IntoIterator<Item = &'a Multiaddr>) -> bool {
        let places = self.screen.places(places);
        if places == self.places {
            return false;
        }
        for addr in &std::mem::take(&mut self.places) {
            let gone = ExternalAddrExpired { addr };
            self.kad
                .on_swarm_event(FromSwarm::ExternalAddrExpired(gone));
        }
        // The last is told first.
        for addr in places.iter().rev() {
            let here = ExternalAddrConfirmed { addr };
            self.kad
                .on_swarm_event(FromSwarm::ExternalAddrConfirmed(here));
        }
        self.places = places;
        true
    }

    /// Whether there is anything to tell.
    pub(super) const fn is_somewhere(&self) -> bool {
        !self.places.is_empty()
    }

    /// Asks; what comes of it is told by [`Event::Over`], and at once if nothing can.
    pub(super) fn ask(&mut self, ask: Ask) {
        let mut sought = None;
        let query = match ask {
            Ask::Provide { key, .. } => {
                let key = kad::RecordKey::new(key.as_bytes());
                self.kad.start_providing(key).ok()
            }
            Ask::Seek { peer, key } => {
                sought = address::peer_id(peer);
                let key = kad::RecordKey::new(key.as_bytes());
                self.find_here(&key, sought);
                Some(self.kad.get_providers(key))
            }
            Ask::Refresh => self.kad.bootstrap().ok(),
        };
        let is_well = false;
        if let Some(query) = query {
            let asked = Asked {
                ask,
                sought,
                is_well,
            };
            self.asked.insert(query, asked);
        } else {
            self.tell(Event::Over { ask, is_well });
        }
    }

    /// Looks in our own part of the table, whose addresses libp2p does not tell.
    fn find_here(&mut self, key: &kad::RecordKey, sought: Option<PeerId>) {
        let mut said = self.kad.store_mut().said(key, Instant::now());
        let it = said.find(|(peer, _)| Some(*peer) == sought);
        if let Some((peer, addresses)) = it.map(|(peer, at)| (peer, at.to_vec())) {
            drop(said);
            self.tell(Event::Found { peer, addresses });
        }
    }

    /// How many nodes are in the table.
    pub(super) fn nodes(&mut self) -> usize {
        self.kad.kbuckets().map(|bucket| bucket.num_entries()).sum()
    }

    /// Where nodes are that were met last, each with its name.
    pub(super) fn good(&self) -> impl Iterator<Item = String> {
        let good = self.good.iter();
        good.map(|(peer, address)| address.clone().with(Part::P2p(*peer)).to_string())
    }

    /// The addresses that were dialled since this was last asked.
    pub(super) fn take_dialled(&mut self) -> Vec<IpAddr> {
        std::mem::take(&mut self.dialled)
    }

    /// Whether a connection is there because the table wanted it.
    pub(super) fn wanted(&self, connection: ConnectionId) -> bool {
        let remote = self.remotes.get(&connection);
        remote.is_some_and(|remote| remote.is_ours)
    }

    /// `peer` says over a connection whether it is a node, and where it is.
    pub(super) fn introduced(
        &mut self,
        (peer, connection): (PeerId, ConnectionId),
        protocols: &[StreamProtocol],
        addresses: &[Multiaddr],
    ) {
        if !protocols.contains(&PROTOCOL) {
            self.drop_node(&peer);
            return;
        }
        let Some(remote) = self.remotes.get(&connection) else {
            return;
        };
        if remote.is_relayed || remote.dialled.is_some() {
            return self.confirmed(peer, connection);
        }
        // Of those who came by themselves their word counts where they are seen.
        let ip = remote.ip;
        let seen = addresses.iter();
        let seen = seen.filter(|address| address::ip(address).map(|ip| ip.to_canonical()) == ip);
        for address in self.screen.places(seen) {
            self.meet(peer, &address);
        }
    }

    /// `peer` is a node, and connected.
    fn confirmed(&mut self, peer: PeerId, connection: ConnectionId) {
        let remote = self.remotes.get(&connection);
        if let Some(address) = remote.and_then(|remote| remote.dialled.clone()) {
            self.meet(peer, &address);
        }
    }

    /// Puts a node that is there into the table.
    fn meet(&mut self, peer: PeerId, address: &Multiaddr) {
        let Some(address) = self.screen.node(address) else {
            return;
        };
        if self.add(peer, &address) {
            self.failures.remove(&peer);
            self.good.retain(|(other, _)| *other != peer);
            self.good.push_front((peer, address));
            self.good.truncate(GOOD_MAX);
            self.tell(Event::Table);
        }
    }

    /// Puts a node into the table, if there is a place for it; whether it is in it now, at this address.
    fn add(&mut self, peer: PeerId, address: &Multiaddr) -> bool {
        let Some(address) = self.screen.node(address) else {
            return false;
        };
        let Ok(full) = address.clone().with_p2p(peer) else {
            return false;
        };
        let known = self.known(&peer);
        if known.contains(&full) {
            return true;
        }
        if known.is_empty() && self.is_crowded(&address) {
            return false;
        }
        if known.len() >= ADDRESSES_PER_NODE_MAX
            && let Some(oldest) = known.first()
        {
            self.kad.remove_address(&peer, oldest);
        }
        let update = self.kad.add_address(&peer, address);
        !matches!(update, kad::RoutingUpdate::Failed)
    }

    /// Where a node is, as the table has it.
    fn known(&mut self, peer: &PeerId) -> Vec<Multiaddr> {
        let Some(bucket) = self.kad.kbucket(*peer) else {
            return Vec::new();
        };
        let mut nodes = bucket.iter();
        let node = nodes.find(|node| node.node.key.preimage() == peer);
        node.map(|node| node.node.value.iter().cloned().collect())
            .unwrap_or_default()
    }

    /// Whether there are enough nodes of one network.
    fn is_crowded(&mut self, address: &Multiaddr) -> bool {
        let Some(ip) = address::ip(address).filter(|ip| address::is_global(*ip)) else {
            return false;
        };
        let network = Block::subnet(ip.to_canonical());
        let mut count = 0;
        for bucket in self.kad.kbuckets() {
            let near = bucket.iter().filter(|node| {
                let mut ips = node.node.value.iter().filter_map(address::ip);
                ips.any(|ip| network.contains(ip.to_canonical()))
            });
            count += near.count();
        }
        count >= NODES_PER_NETWORK_MAX
    }

    /// Takes a node out of the table, unless a person named it.
    fn drop_node(&mut self, peer: &PeerId) {
        self.failures.remove(peer);
        if self.named.contains_key(peer) {
            return;
        }
        self.good.retain(|(other, _)| other != peer);
        if self.kad.remove_peer(peer).is_some() {
            self.tell(Event::Table);
        }
    }

    /// A node could not be dialled, for reasons of its own.
    fn failed(&mut self, peer: PeerId) {
        // Without anybody else, it is more likely us.
        let others = self.kad.kbuckets().any(|bucket| {
            let mut nodes = bucket.iter();
            nodes.any(|node| matches!(node.status, kad::NodeStatus::Connected))
        });
        if !others || self.known(&peer).is_empty() {
            return;
        }
        let failures = self.failures.entry(peer).or_default();
        *failures += 1;
        if *failures >= FAILURES_MAX {
            self.drop_node(&peer);
        }
    }

    /// Where a dial of the table goes.
    fn may_dial(
        &self,
        connection: ConnectionId,
        peer: PeerId,
        addresses: &[Multiaddr],
    ) -> Result<Vec<Multiaddr>, Refusal> {
        if self.dials.iter().filter(|id| **id != connection).count() >= DIALS_MAX {
            return Err(Refusal::Dials);
        }
        let ours = self.remotes.values().filter(|remote| remote.is_ours);
        if ours.count() >= CONNECTIONS_MAX {
            return Err(Refusal::Connections);
        }
        let mut to: Vec<Multiaddr> = self.named.get(&peer).cloned().unwrap_or_default();
        let others = addresses.iter().filter_map(|one| self.screen.node(one));
        for address in others {
            if !to.contains(&address) {
                to.push(address);
            }
        }
        to.truncate(ADDRESSES_PER_NODE_MAX);
        if to.is_empty() {
            return Err(Refusal::Addresses);
        }
        Ok(to)
    }

    fn tell(&mut self, event: Event) {
        self.actions.push_back(ToSwarm::GenerateEvent(event));
    }

    /// Whether a request over a connection is answered.
    fn admits(&mut self, connection: ConnectionId) -> bool {
        let remote = self.remotes.get(&connection);
        // Who comes through a relay can come without: we are reached.
        let Some(remote) = remote.filter(|remote| !remote.is_relayed && self.serves) else {
            return false;
        };
        let host = remote.ip.map(Block::host);
        self.allowance.admits(host, Instant::now())
    }

    /// Takes what `peer` says of itself.
    fn keep(
        &mut self,
        (peer, connection): (PeerId, ConnectionId),
        key: &kad::RecordKey,
        said: &KadPeer,
    ) {
        if said.node_id != peer || !self.admits(connection) {
            return;
        }
        let places = self.screen.places(&said.multiaddrs);
        let remote = self.remotes.get(&connection);
        let network = remote.and_then(|remote| remote.ip).map(Block::subnet);
        let records = self.kad.store_mut();
        if let Err(refused) = records.take(key, (peer, network), places, Instant::now()) {
            tracing::debug!(%peer, %refused, "a record was not taken");
        }
    }

    /// Takes an answer to a lookup; of those found nothing goes on to libp2p, which would believe it.
    fn answered(&mut self, query: QueryId, found: &[KadPeer]) {
        let Some(asked) = self.asked.get_mut(&query) else {
            return;
        };
        let mut found = found.iter();
        let Some(it) = found.find(|one| Some(one.node_id) == asked.sought) else {
            return;
        };
        let addresses = self.screen.places(&it.multiaddrs);
        if !addresses.is_empty() {
            asked.is_well = true;
            let peer = it.node_id;
            self.tell(Event::Found { peer, addresses });
        }
    }

    /// Takes what libp2p says of its own.
    fn happened(&mut self, event: kad::Event) {
        if let kad::Event::OutboundQueryProgressed {
            id,
            result,
            stats,
            step,
        } = event
        {
            if !step.last {
                return;
            }
            let Some(Asked { ask, is_well, .. }) = self.asked.remove(&id) else {
                return;
            };
            let is_well = match ask {
                Ask::Seek { .. } => is_well,
                Ask::Provide { .. } => {
                    matches!(result, kad::QueryResult::StartProviding(Ok(_)))
                        && stats.num_successes() > 0
                }
                Ask::Refresh => stats.num_successes() > 0,
            };
            self.tell(Event::Over { ask, is_well });
        } else if let kad::Event::RoutingUpdated { old_peer, .. } = event {
            if let Some(gone) = old_peer {
                self.failures.remove(&gone);
            }
            self.tell(Event::Table);
        }
    }

    /// What of `told` libp2p is to hear.
    fn screened(&mut self, peer: PeerId, connection: ConnectionId, told: Told) -> Option<Told> {
        let reset = match told {
            Told::ProtocolConfirmed { .. } => {
                // It would put any address into the table; so it hears of none.
                let nowhere = ConnectedPoint::Listener {
                    local_addr: Multiaddr::empty(),
                    send_back_addr: Multiaddr::empty(),
                };
                return Some(Told::ProtocolConfirmed { endpoint: nowhere });
            }
            Told::ProtocolNotSupported { .. } => {
                self.drop_node(&peer);
                let nowhere = ConnectedPoint::Listener {
                    local_addr: Multiaddr::empty(),
                    send_back_addr: Multiaddr::empty(),
                };
                return Some(Told::ProtocolNotSupported { endpoint: nowhere });
            }
            Told::FindNodeReq { key, request_id } => {
                if is_target(&key) && self.admits(connection) {
                    return Some(Told::FindNodeReq { key, request_id });
                }
                request_id
            }
            Told::GetProvidersReq { key, request_id } => {
                if is_target(key.as_ref()) && self.admits(connection) {
                    return Some(Told::GetProvidersReq { key, request_id });
                }
                request_id
            }
            Told::AddProvider { key, provider } => {
                self.keep((peer, connection), &key, &provider);
                return None;
            }
            Told::GetRecord { request_id, .. } | Told::PutRecord { request_id, .. } => request_id,
            Told::FindNodeRes {
                closer_peers,
                query_id,
            } => {
                let closer_peers = self.screen.nodes(closer_peers);
                return Some(Told::FindNodeRes {
                    closer_peers,
                    query_id,
                });
            }
            Told::GetProvidersRes {
                closer_peers,
                provider_peers,
                query_id,
            } => {
                self.answered(query_id, &provider_peers);
                let closer_peers = self.screen.nodes(closer_peers);
                return Some(Told::GetProvidersRes {
                    closer_peers,
                    provider_peers: Vec::new(),
                    query_id,
                });
            }
            // Of what we never ask.
            Told::GetRecordRes { .. } | Told::PutRecordRes { .. } => return None,
            Told::QueryError { error, query_id } => {
                return Some(Told::QueryError { error, query_id });
            }
        };
        self.actions.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(connection),
            event: Tell::Reset(reset),
        });
        None
    }

    /// What `tell` is to say to others.
    fn passed_on(&self, tell: Tell) -> Tell {
        if let Tell::FindNodeRes {
            closer_peers,
            request_id,
        } = tell
        {
            let closer_peers = self.screen.nodes(closer_peers);
            Tell::FindNodeRes {
                closer_peers,
                request_id,
            }
        } else if let Tell::GetProvidersRes {
            closer_peers,
            provider_peers,
            request_id,
        } = tell
        {
            let closer_peers = self.screen.nodes(closer_peers);
            Tell::GetProvidersRes {
                closer_peers,
                provider_peers,
                request_id,
            }
        } else {
            tell
        }
    }

    fn established(&mut self, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let is_relayed = endpoint.is_relayed();
        let remote = endpoint.get_remote_address();
        let ip = address::ip(remote).filter(|_| !is_relayed);
        let dialled = (endpoint.is_dialer() && !is_relayed).then(|| remote.clone());
        let remote = Remote {
            ip: ip.map(|ip| ip.to_canonical()),
            is_relayed,
            dialled,
            is_ours: self.dials.remove(&connection),
        };
        self.remotes.insert(connection, remote);
    }
}

/// Whether somebody may ask about this.
const fn is_target(key: &[u8]) -> bool {
    key.len() <= TARGET_BYTES_MAX
}

impl NetworkBehaviour for Rendezvous {
    type ConnectionHandler = Handler;
    type ToSwarm = Event;

    fn handle_pending_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: Option<PeerId>,
        addresses: &[Multiaddr],
        role: Endpoint,
    ) -> Result<Vec<Multiaddr>, ConnectionDenied> {
        // What the table knows is for its own dials alone.
        let Some(peer) = peer.filter(|_| self.dials.contains(&connection)) else {
            return Ok(Vec::new());
        };
        let known =
            self.kad
                .handle_pending_outbound_connection(connection, Some(peer), addresses, role)?;
        let to = self
            .may_dial(connection, peer, &known)
            .map_err(ConnectionDenied::new)?;
        self.dialled.extend(to.iter().filter_map(address::ip));
        Ok(to)
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        local: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad
            .handle_established_inbound_connection(connection, peer, local, remote)
    }

    fn handle_established_outbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        address: &Multiaddr,
        role: Endpoint,
        port_use: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.kad
            .handle_established_outbound_connection(connection, peer, address, role, port_use)
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        if let FromSwarm::ConnectionEstablished(ConnectionEstablished {
            connection_id,
            endpoint,
            ..
        }) = &event
        {
            self.established(*connection_id, endpoint);
            self.kad.on_swarm_event(event);
        } else if let FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) = &event {
            self.remotes.remove(connection_id);
            self.kad.on_swarm_event(event);
            self.tell(Event::Table);
        } else if let FromSwarm::DialFailure(DialFailure {
            peer_id,
            connection_id,
            error,
        }) = &event
        {
            let is_ours = self.dials.remove(connection_id);
            let is_theirs = matches!(
                error,
                DialError::Transport(_) | DialError::WrongPeerId { .. }
            );
            let failed = peer_id.filter(|_| is_ours && is_theirs);
            self.kad.on_swarm_event(event);
            if let Some(peer) = failed {
                self.failed(peer);
            }
        }
        // Where we listen, and where others reach us, is for us to tell.
    }

    fn on_connection_handler_event(
        &mut self,
        peer: PeerId,
        connection: ConnectionId,
        told: THandlerOutEvent<Self>,
    ) {
        let is_node = matches!(told, Told::ProtocolConfirmed { .. });
        if let Some(told) = self.screened(peer, connection, told) {
            self.kad.on_connection_handler_event(peer, connection, told);
        }
        if is_node {
            self.confirmed(peer, connection);
        }
    }

    fn poll(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<ToSwarm<Self::ToSwarm, THandlerInEvent<Self>>> {
        loop {
            if let Some(action) = self.actions.pop_front() {
                return Poll::Ready(action);
            }
            let Poll::Ready(action) = self.kad.poll(context) else {
                return Poll::Pending;
            };
            if let ToSwarm::GenerateEvent(event) = action {
                self.happened(event);
            } else if let ToSwarm::Dial { opts } = action {
                self.dials.insert(opts.connection_id());
                return Poll::Ready(ToSwarm::Dial { opts });
            } else if let ToSwarm::NotifyHandler {
                peer_id,
                handler,
                event,
            } = action
            {
                let event = self.passed_on(event);
                return Poll::Ready(ToSwarm::NotifyHandler {
                    peer_id,
                    handler,
                    event,
                });
            }
            // Nothing else of it concerns the swarm.
        }
    }
}

#[cfg(test)]
mod tests;
