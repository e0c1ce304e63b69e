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
//! - Dials of ours are few at once, and so are the connections that come of them, which nobody can keep for themselves.

mod allowance;
mod behaviour;
mod connections;
mod nodes;
mod records;
mod schedule;
mod screen;
mod strangers;

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::time::Duration;

use libp2p::kad::{self, QueryId};
use libp2p::swarm::behaviour::{ExternalAddrConfirmed, ExternalAddrExpired};
use libp2p::swarm::{
    ConnectionHandler, ConnectionId, FromSwarm, NetworkBehaviour, StreamProtocol, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use self::allowance::Allowance;
use self::connections::Remote;
use self::records::Records;
pub(super) use self::schedule::{Ask, Schedule};
pub(super) use self::screen::{Screen, named};
use super::address;
use super::crowd::Block;
use crate::meters::Meters;

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
/// Nodes that a person names.
pub(super) const NAMED_MAX: usize = 16;

type Kademlia = kad::Behaviour<Records>;
type Handler = <Kademlia as NetworkBehaviour>::ConnectionHandler;
/// From the handlers of connections; libp2p gives it no name.
type FromHandler = <Handler as ConnectionHandler>::ToBehaviour;
/// To them.
type ToHandler = <Handler as ConnectionHandler>::FromBehaviour;

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
    /// Whom somebody wants to stay connected to, whatever the table wants.
    kept: HashSet<PeerId>,
    /// Of nodes in the table, how often each could not be dialled.
    failures: HashMap<PeerId, u32>,
    /// The latest first.
    good: VecDeque<(PeerId, Multiaddr)>,
    /// What is answered.
    allowance: Allowance,
    /// Who came into the table while it was small.
    entries: Allowance,
    meters: Meters,
    actions: VecDeque<ToSwarm<Event, ToHandler>>,
}

impl std::fmt::Debug for Rendezvous {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rendezvous(..)")
    }
}

impl Rendezvous {
    /// A table in which are those that a person named, and those that were met before: multiaddrs that end in a name.
    pub(super) fn new(
        own: PeerId,
        screen: Screen,
        (named, known): (&[String], &[String]),
        meters: Meters,
    ) -> Self {
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
            screen,
            serves: false,
            places: Vec::new(),
            named: HashMap::new(),
            asked: HashMap::new(),
            dials: HashSet::new(),
            dialled: Vec::new(),
            remotes: HashMap::new(),
            kept: HashSet::new(),
            failures: HashMap::new(),
            good: VecDeque::new(),
            allowance: Allowance::new(allowance::REQUESTS, now),
            entries: Allowance::new(allowance::ENTERED, now),
            meters,
            actions: VecDeque::new(),
        };
        let named = named.iter().filter_map(|text| screen::named(text));
        for (peer, address) in named.take(NAMED_MAX) {
            rendezvous.kad.add_address(&peer, address.clone());
            rendezvous.named.entry(peer).or_default().push(address);
        }
        let known = known.iter().filter_map(|text| screen::named(text));
        for (peer, address) in known {
            if nodes::has_place(&rendezvous.good, &address) && rendezvous.add(peer, &address) {
                rendezvous.good.push_back((peer, address));
            }
        }
        rendezvous
    }

    /// We are in these local networks and no others.
    pub(super) fn move_to(&mut self, subnets: Vec<Block>) {
        self.screen.move_to(subnets);
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
        let (mut sought, mut is_well) = (None, false);
        let query = match ask {
            Ask::Provide { key, .. } => {
                let key = kad::RecordKey::new(key.as_bytes());
                self.kad.start_providing(key).ok()
            }
            Ask::Seek { peer, key } => {
                sought = address::peer_id(peer);
                let key = kad::RecordKey::new(key.as_bytes());
                is_well = self.find_here(&key, sought);
                Some(self.kad.get_providers(key))
            }
            Ask::Refresh => self.kad.bootstrap().ok(),
        };
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

    /// Looks in our own part of the table, whose addresses libp2p does not tell; whether something was there.
    fn find_here(&mut self, key: &kad::RecordKey, sought: Option<PeerId>) -> bool {
        let it = {
            let mut said = self.kad.store_mut().said(key, Instant::now());
            let it = said.find(|(peer, _)| Some(*peer) == sought);
            it.map(|(peer, addresses)| (peer, self.screen.sought(addresses)))
        };
        let Some((peer, addresses)) = it.filter(|(_, addresses)| !addresses.is_empty()) else {
            return false;
        };
        self.tell(Event::Found { peer, addresses });
        true
    }

    /// The addresses that were dialled since this was last asked.
    pub(super) fn take_dialled(&mut self) -> Vec<IpAddr> {
        std::mem::take(&mut self.dialled)
    }

    fn tell(&mut self, event: Event) {
        self.actions.push_back(ToSwarm::GenerateEvent(event));
    }
}

#[cfg(test)]
mod tests;
