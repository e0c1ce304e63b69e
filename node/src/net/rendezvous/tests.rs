//! The table alone, and a small one of several nodes within this process.

use libp2p::core::transport::PortUse;
use libp2p::core::{ConnectedPoint, Endpoint};
use libp2p::futures::StreamExt as _;
use libp2p::identity::Keypair;
use libp2p::kad::KadPeer;
use libp2p::kad::store::MemoryStore;
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::behaviour::{ConnectionEstablished, DialFailure};
use libp2p::swarm::{CloseConnection, DialError, SwarmEvent};
use libp2p::{Swarm, identify};
use tidings_protocol::id::{RendezvousKey, TransportId};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::allowance::{ENTERED_PER_HOST_MAX, REQUESTS_PER_HOST_MAX};
use super::behaviour::{NODES_DIALLED_MAX, Refusal};
use super::connections::{
    NODE_CONNECTION_TIME, NODES_CONNECTED_MAX, NODES_CONNECTED_PER_NETWORK_MAX,
};
use super::nodes::{FAILURES_MAX, GOOD_MAX, GOOD_PER_NETWORK_MAX, NODES_PER_NETWORK_MAX};
use super::screen::ADDRESSES_PER_NODE_MAX;
use super::strangers::{TARGET_BYTES_MAX, is_target};
use super::*;
use crate::net::{Networks, Transport, transport};

/// Far beyond what any step takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// More events than come before they are taken.
const EVENTS: usize = 4_096;
const KEY: RendezvousKey = RendezvousKey::new([7; 32]);

fn pair(number: usize) -> Keypair {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Keypair::ed25519_from_bytes(bytes).unwrap()
}

fn peer(number: usize) -> PeerId {
    pair(number).public().to_peer_id()
}

fn id(number: usize) -> TransportId {
    address::transport_id(&peer(number)).unwrap()
}

fn provide(number: usize) -> Ask {
    let peer = id(number);
    Ask::Provide { peer, key: KEY }
}

fn seek(number: usize) -> Ask {
    let peer = id(number);
    Ask::Seek { peer, key: KEY }
}

/// Where the `number`th host of the `network`th /24 is.
fn at(network: usize, number: usize) -> Multiaddr {
    let (high, low) = (network / 200, network % 200);
    format!("/ip4/45.{high}.{low}.{number}/udp/4001/quic-v1")
        .parse()
        .unwrap()
}

fn alone() -> Rendezvous {
    knowing(&[], &[])
}

/// With those whom a person named, and those that were met before.
fn knowing(named: &[String], known: &[String]) -> Rendezvous {
    Rendezvous::new(
        peer(0),
        Screen::default(),
        (named, known),
        Meters::default(),
    )
}

/// How a person names the node `number` at this address.
fn named(number: usize, address: &Multiaddr) -> String {
    address.clone().with_p2p(peer(number)).unwrap().to_string()
}

const NOBODY: [usize; 0] = [];

/// The connections that the table closes, since this was asked last.
fn closes(table: &mut Rendezvous) -> Vec<usize> {
    let actions = std::mem::take(&mut table.actions).into_iter();
    let closed = actions.filter_map(|action| {
        if let ToSwarm::CloseConnection {
            connection: CloseConnection::One(closed),
            ..
        } = action
        {
            Some(closed)
        } else {
            None
        }
    });
    let number = |closed| (0..1_000).find(|n| ConnectionId::new_unchecked(*n) == closed);
    closed.map(|closed| number(closed).unwrap()).collect()
}

/// A connection with a node, which the table wanted or not.
fn connect(table: &mut Rendezvous, number: usize, address: &Multiaddr, is_ours: bool) {
    let connection_id = ConnectionId::new_unchecked(number);
    if is_ours {
        table.dials.insert(connection_id);
    }
    let endpoint = ConnectedPoint::Dialer {
        address: address.clone(),
        role_override: Endpoint::Dialer,
        port_use: PortUse::Reuse,
    };
    table.on_swarm_event(FromSwarm::ConnectionEstablished(ConnectionEstablished {
        peer_id: peer(number),
        connection_id,
        endpoint: &endpoint,
        failed_addresses: &[],
        other_established: 0,
    }));
}

#[test]
fn of_a_network_as_many_nodes_are_in_the_table_as_may_be_and_not_one_more() {
    let mut table = alone();
    for number in 1..=NODES_PER_NETWORK_MAX {
        assert!(table.add(peer(number), &at(1, number)), "{number}");
    }
    let more = NODES_PER_NETWORK_MAX + 1;
    assert!(!table.add(peer(more), &at(1, more)));
    assert!(table.add(peer(more), &at(2, more)), "others have theirs");
    assert!(table.add(peer(1), &at(1, 99)), "it is in it already");
    assert_eq!(table.nodes(), NODES_PER_NETWORK_MAX + 1);
}

#[test]
fn of_a_node_the_table_has_as_many_addresses_as_may_be_the_latest_and_not_one_more() {
    let mut table = alone();
    for number in 1..=ADDRESSES_PER_NODE_MAX + 1 {
        assert!(table.add(peer(1), &at(1, number)));
    }
    let known = table.known(&peer(1));
    assert_eq!(known.len(), ADDRESSES_PER_NODE_MAX);
    let first = at(1, 1).with_p2p(peer(1)).unwrap();
    assert!(!known.contains(&first));
    for private in ["/ip4/10.0.0.1/tcp/1", "/ip4/127.0.0.1/tcp/1", "/memory/1"] {
        assert!(!table.add(peer(2), &private.parse().unwrap()), "{private}");
    }
}

#[test]
fn as_many_dials_are_in_flight_as_may_be_and_not_one_more() {
    let mut table = alone();
    let known = [at(1, 1)];
    for number in 1..=NODES_DIALLED_MAX {
        let connection = ConnectionId::new_unchecked(number);
        table.dials.insert(connection);
        assert!(table.may_dial(connection, peer(1), &known).is_ok());
    }
    let more = ConnectionId::new_unchecked(NODES_DIALLED_MAX + 1);
    table.dials.insert(more);
    let refused = table.may_dial(more, peer(1), &known);
    assert_eq!(refused, Err(Refusal::Dials));
    let failed = ConnectionId::new_unchecked(1);
    table.on_swarm_event(FromSwarm::DialFailure(DialFailure {
        peer_id: Some(peer(1)),
        error: &DialError::Aborted,
        connection_id: failed,
    }));
    assert!(table.may_dial(more, peer(1), &known).is_ok());
}

#[test]
fn as_many_connections_are_of_the_table_as_may_be_and_one_more_takes_the_place_of_the_oldest() {
    let mut table = alone();
    for number in 1..=NODES_CONNECTED_MAX {
        connect(&mut table, number, &at(number, 1), true);
        assert!(table.wanted(ConnectionId::new_unchecked(number)));
    }
    connect(&mut table, 500, &at(500, 1), false);
    assert!(!table.wanted(ConnectionId::new_unchecked(500)));
    assert_eq!(closes(&mut table), NOBODY, "others do not count");
    for number in 1..=3 {
        let more = NODES_CONNECTED_MAX + number;
        connect(&mut table, more, &at(more, 1), true);
        assert_eq!(closes(&mut table), [number]);
    }
}

#[test]
fn of_a_network_as_many_connections_are_of_the_table_as_may_be_and_one_more_takes_the_oldests_place()
 {
    let mut table = alone();
    connect(&mut table, 100, &at(2, 1), true);
    for number in 1..=NODES_CONNECTED_PER_NETWORK_MAX {
        connect(&mut table, number, &at(1, number), true);
    }
    assert_eq!(closes(&mut table), NOBODY);
    for number in 1..=3 {
        let more = NODES_CONNECTED_PER_NETWORK_MAX + number;
        connect(&mut table, more, &at(1, more), true);
        assert_eq!(closes(&mut table), [number]);
    }
    // Of IPv6 all that one holder is given is one.
    let v6 = |subnet: usize| {
        format!("/ip6/2620:fe:1:{subnet}00::1/tcp/1")
            .parse()
            .unwrap()
    };
    for number in 1..=NODES_CONNECTED_PER_NETWORK_MAX + 1 {
        connect(&mut table, 200 + number, &v6(number), true);
    }
    assert_eq!(closes(&mut table), [201]);
}

#[test]
fn a_connection_of_the_table_ends_after_its_time_and_that_of_others_and_named_nodes_does_not() {
    let own = named(2, &at(2, 1));
    let mut table = knowing(&[own], &[]);
    let before = Instant::now();
    for number in 1..=4 {
        connect(&mut table, number, &at(number, 1), number != 4);
    }
    table.keep_connected(peer(3), true);
    let close_at = table.close_at().unwrap();
    assert!(close_at >= before + NODE_CONNECTION_TIME);
    table.close_old(close_at - Duration::from_millis(1));
    assert_eq!(closes(&mut table), NOBODY);
    table.close_old(close_at);
    assert_eq!(closes(&mut table), [1]);
    assert_eq!(table.close_at(), None, "it is closed once");
    table.keep_connected(peer(3), false);
    let close_at = table.close_at().unwrap();
    table.close_old(close_at);
    assert_eq!(closes(&mut table), [3]);
}

#[test]
fn neither_a_contact_nor_a_named_node_has_their_connection_taken_nor_takes_that_of_others() {
    let own = named(2, &at(2, 1));
    let mut table = knowing(&[own], &[]);
    table.keep_connected(peer(1), true);
    connect(&mut table, 1, &at(1, 1), true);
    connect(&mut table, 2, &at(2, 1), true);
    for number in 3..3 + NODES_CONNECTED_MAX {
        connect(&mut table, number, &at(number, 1), true);
    }
    assert_eq!(closes(&mut table), NOBODY);
    connect(&mut table, 99, &at(99, 1), true);
    assert_eq!(closes(&mut table), [3]);
}

#[test]
fn a_named_node_is_dialled_however_many_are_being_dialled() {
    let own = named(1, &at(1, 1));
    let mut table = knowing(&[own], &[]);
    for number in 1..=NODES_DIALLED_MAX {
        table.dials.insert(ConnectionId::new_unchecked(number));
    }
    let more = ConnectionId::new_unchecked(NODES_DIALLED_MAX + 1);
    assert_eq!(table.may_dial(more, peer(1), &[]), Ok(vec![at(1, 1)]));
    let refused = table.may_dial(more, peer(2), &[at(2, 1)]);
    assert_eq!(refused, Err(Refusal::Dials));
}

#[test]
fn where_a_person_names_a_node_it_is_not_dialled_if_that_is_of_no_network_that_we_use() {
    let inside: Multiaddr = "/ip4/10.0.0.1/tcp/4001".parse().unwrap();
    let own = named(1, &inside);
    let connection = ConnectionId::new_unchecked(1);
    for (networks, expected) in [
        (Networks::All, Ok(vec![inside.clone()])),
        (Networks::Internet, Err(Refusal::Addresses)),
    ] {
        let screen = Screen::new(false, networks);
        let table = Rendezvous::new(
            peer(0),
            screen,
            (std::slice::from_ref(&own), &[]),
            Meters::default(),
        );
        assert_eq!(table.may_dial(connection, peer(1), &[]), expected);
    }
}

#[test]
fn nobody_has_us_dial_what_is_in_a_network_that_we_are_in_but_a_person() {
    let own = named(2, &at(1, 2));
    let mut table = knowing(&[own], &[]);
    let home = address::ip(&at(1, 1)).unwrap();
    table.move_to(vec![Block::new(home, 24)]);
    let connection = ConnectionId::new_unchecked(1);
    let dial = |number, to| table.may_dial(connection, peer(number), &[to]);
    assert_eq!(dial(1, at(1, 1)), Err(Refusal::Addresses));
    assert_eq!(dial(1, at(2, 1)), Ok(vec![at(2, 1)]));
    assert_eq!(dial(2, at(1, 1)), Ok(vec![at(1, 2)]));
    assert!(!table.add(peer(3), &at(1, 3)), "nor is it in the table");
}

#[test]
fn whoever_comes_and_goes_comes_into_the_table_so_often_and_not_once_more() {
    let mut table = alone();
    for _ in 0..ENTERED_PER_HOST_MAX {
        table.meet(peer(1), &at(1, 1));
        assert_eq!(table.nodes(), 1);
        table.drop_node(&peer(1));
        assert_eq!(table.nodes(), 0);
    }
    table.meet(peer(1), &at(1, 1));
    assert_eq!(table.nodes(), 0);
    table.meet(peer(2), &at(2, 2));
    assert_eq!(table.nodes(), 1, "others come");
}

#[test]
fn into_a_table_that_is_not_small_nodes_come_as_often_as_they_like_as_nothing_is_asked_for_them() {
    let mut table = alone();
    for number in 1..=kad::K_VALUE.get() + 2 {
        table.meet(peer(number), &at(number, 1));
    }
    for _ in 0..=ENTERED_PER_HOST_MAX {
        table.meet(peer(99), &at(99, 1));
        assert!(!table.known(&peer(99)).is_empty());
        table.drop_node(&peer(99));
        assert!(table.known(&peer(99)).is_empty());
    }
}

#[test]
fn of_a_network_as_many_nodes_that_were_met_are_kept_as_may_be_the_latest_and_not_one_more() {
    let mut table = alone();
    table.meet(peer(99), &at(2, 1));
    for number in 1..=GOOD_PER_NETWORK_MAX + 1 {
        table.meet(peer(number), &at(1, number));
    }
    let good: Vec<String> = table.good().collect();
    let latest = [GOOD_PER_NETWORK_MAX + 1, GOOD_PER_NETWORK_MAX];
    let mut expected: Vec<_> = latest.map(|number| named(number, &at(1, number))).into();
    expected.push(named(99, &at(2, 1)));
    assert_eq!(good, expected);
    // Nor does the next start take more of a file.
    let more = named(1, &at(1, 1));
    let next = knowing(&[], &[good, vec![more]].concat());
    assert_eq!(next.good().collect::<Vec<_>>(), expected);
}

#[test]
fn a_dial_goes_where_strangers_name_only_if_that_is_of_use_everywhere_and_where_a_person_does() {
    let inside = "/ip4/192.168.1.1/tcp/80";
    let named = format!("/ip4/10.0.0.1/tcp/4001/p2p/{}", peer(1));
    let table = knowing(&[named], &[]);
    let connection = ConnectionId::new_unchecked(1);
    let dial =
        |number, addresses: &[Multiaddr]| table.may_dial(connection, peer(number), addresses);
    let inside: Multiaddr = inside.parse().unwrap();
    let refused = dial(2, std::slice::from_ref(&inside));
    assert_eq!(refused, Err(Refusal::Addresses));
    assert_eq!(dial(2, &[inside.clone(), at(1, 1)]), Ok(vec![at(1, 1)]));
    let own: Multiaddr = "/ip4/10.0.0.1/tcp/4001".parse().unwrap();
    assert_eq!(dial(1, &[inside, at(1, 1)]), Ok(vec![own, at(1, 1)]));
    let many: Vec<_> = (1..=ADDRESSES_PER_NODE_MAX + 1).map(|n| at(1, n)).collect();
    assert_eq!(dial(3, &many).unwrap().len(), ADDRESSES_PER_NODE_MAX);
}

#[test]
fn what_the_table_knows_is_for_its_own_dials_alone() {
    let mut table = alone();
    table.add(peer(1), &at(1, 1));
    let dial = |table: &mut Rendezvous| {
        let connection = ConnectionId::new_unchecked(1);
        let (to, role) = (Some(peer(1)), Endpoint::Dialer);
        table
            .handle_pending_outbound_connection(connection, to, &[], role)
            .unwrap()
    };
    assert_eq!(dial(&mut table), Vec::<Multiaddr>::new());
    assert_eq!(table.take_dialled(), Vec::<IpAddr>::new());
    table.dials.insert(ConnectionId::new_unchecked(1));
    assert_eq!(dial(&mut table), [at(1, 1)]);
    assert_eq!(
        table.take_dialled().len(),
        1,
        "so that who answers proves nothing"
    );
}

#[test]
fn who_cannot_be_dialled_leaves_the_table_while_others_can_unless_a_person_named_it() {
    let named = at(2, 2).with_p2p(peer(2)).unwrap().to_string();
    let mut table = knowing(&[named], &[]);
    table.add(peer(1), &at(1, 1));
    for _ in 0..=FAILURES_MAX {
        table.failed(peer(1));
    }
    assert_eq!(table.nodes(), 2, "it may be us");
    connect(&mut table, 3, &at(3, 3), true);
    table.meet(peer(3), &at(3, 3));
    for failures in 1..FAILURES_MAX {
        table.failed(peer(1));
        assert_eq!(table.nodes(), 3, "{failures}");
    }
    table.failed(peer(1));
    assert_eq!(table.nodes(), 2);
    for _ in 0..=FAILURES_MAX {
        table.failed(peer(2));
    }
    assert_eq!(table.nodes(), 2, "a person named it");
}

#[test]
fn as_many_nodes_that_were_met_are_kept_as_may_be_the_latest_and_not_one_more() {
    let mut table = alone();
    for number in 1..=GOOD_MAX + 1 {
        connect(&mut table, number, &at(number, 1), true);
        table.meet(peer(number), &at(number, 1));
    }
    let good: Vec<String> = table.good().collect();
    assert_eq!(good.len(), GOOD_MAX);
    let last = peer(GOOD_MAX + 1).to_string();
    assert!(good[0].ends_with(&last), "{good:?}");
    assert!(!good.iter().any(|one| one.ends_with(&peer(1).to_string())));
    // The next start knows them, and no more.
    let more = at(99, 1).with_p2p(peer(99)).unwrap().to_string();
    let known = [good, vec![more]].concat();
    let mut next = knowing(&[], &known);
    assert_eq!(next.nodes(), GOOD_MAX);
}

#[test]
fn a_person_names_as_many_nodes_as_may_be_and_not_one_more() {
    let named = (1..=NAMED_MAX + 1).map(|n| at(n, 1).with_p2p(peer(n)).unwrap().to_string());
    let mut table = knowing(&named.collect::<Vec<_>>(), &[]);
    assert_eq!(table.nodes(), NAMED_MAX);
}

#[test]
fn what_is_asked_about_is_as_long_as_may_be_and_no_longer() {
    assert!(is_target(&[0; TARGET_BYTES_MAX]));
    assert!(!is_target(&[0; TARGET_BYTES_MAX + 1]));
}

#[test]
fn strangers_are_answered_while_we_serve_and_so_often_and_not_once_more() {
    let mut table = alone();
    let meters = Meters::running();
    table.meters = meters.clone();
    let connection = ConnectionId::new_unchecked(1);
    connect(&mut table, 1, &at(1, 1), false);
    assert!(!table.admits(connection), "we do not serve");
    table.serve(true);
    for _ in 0..REQUESTS_PER_HOST_MAX {
        assert!(table.admits(connection));
    }
    assert!(!table.admits(connection));
    connect(&mut table, 2, &at(2, 1), false);
    assert!(table.admits(ConnectionId::new_unchecked(2)));
    assert!(!table.admits(ConnectionId::new_unchecked(3)), "nobody");
    table.serve(false);
    assert!(!table.admits(ConnectionId::new_unchecked(2)));
    let counts = meters.counts().unwrap();
    let answered = u64::try_from(REQUESTS_PER_HOST_MAX).unwrap() + 1;
    assert_eq!(counts.requests_answered.total(), answered);
    assert_eq!(counts.requests_refused.total(), 4);
}

#[test]
fn nobody_says_where_somebody_else_is_and_private_places_are_not_taken() {
    let mut table = alone();
    table.serve(true);
    connect(&mut table, 1, &at(1, 1), false);
    let connection = ConnectionId::new_unchecked(1);
    let key = kad::RecordKey::new(KEY.as_bytes());
    let mut says = |number, places: Vec<Multiaddr>| {
        let said = KadPeer {
            node_id: peer(number),
            multiaddrs: places,
            connection_ty: kad::ConnectionType::Connected,
        };
        table.keep((peer(1), connection), &key, &said);
        table.kad.store_mut().count()
    };
    let inside: Multiaddr = "/ip4/10.0.0.1/tcp/1".parse().unwrap();
    assert_eq!(says(2, vec![at(1, 1)]), 0);
    assert_eq!(says(1, vec![inside.clone()]), 0);
    assert_eq!(says(1, vec![inside, at(1, 1)]), 1);
    let mut said = table.kad.store_mut().said(&key, Instant::now());
    assert_eq!(said.next(), Some((peer(1), &[at(1, 1)][..])));
}

#[test]
fn others_are_told_where_we_are_of_use_and_nothing_of_our_own_network() {
    let mut table = alone();
    let circuit: Multiaddr = format!("{}/p2p/{}/p2p-circuit", at(1, 1), peer(9))
        .parse()
        .unwrap();
    let inside: Multiaddr = "/ip4/192.168.1.2/tcp/1".parse().unwrap();
    assert!(!table.is_at([&inside]));
    assert!(!table.is_somewhere());
    assert!(table.is_at([&inside, &at(1, 2), &circuit]));
    assert_eq!(table.places, [at(1, 2), circuit.clone()]);
    assert!(!table.is_at([&at(1, 2), &circuit]), "that is no news");
    assert!(table.is_at([]));
    assert!(!table.is_somewhere());
}

#[derive(libp2p::swarm::NetworkBehaviour)]
struct Parts {
    rendezvous: Rendezvous,
    identify: identify::Behaviour,
}

type Do = Box<dyn FnOnce(&mut Swarm<Parts>) + Send>;

/// Somebody with a table, who runs until the test ends.
struct Somebody {
    address: Multiaddr,
    asks: mpsc::Sender<Do>,
    events: mpsc::Receiver<Event>,
    _task: JoinSet<()>,
}

fn introduces(key: &Keypair) -> identify::Behaviour {
    let config = identify::Config::new_with_signed_peer_record("/tidings/1".to_owned(), key)
        .with_hide_listen_addrs(true)
        .with_cache_size(0);
    identify::Behaviour::new(config)
}

/// A swarm that listens, and where.
async fn listening<B: NetworkBehaviour>(number: usize, behaviour: B) -> (Swarm<B>, Multiaddr) {
    let key = pair(number);
    let (transport, circuits) = transport::build(&key, Transport::Memory).unwrap();
    // Without it the transport would end.
    std::mem::forget(circuits);
    let config =
        libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(PATIENCE);
    let mut swarm = Swarm::new(transport, behaviour, peer(number), config);
    swarm.listen_on("/memory/0".parse().unwrap()).unwrap();
    loop {
        if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
            return (swarm, address);
        }
    }
}

impl Somebody {
    /// Who knows these, and whom others reach or not.
    async fn start(number: usize, knows: &[&Self], serves: bool) -> Self {
        let named: Vec<String> = knows.iter().map(|one| one.address.to_string()).collect();
        let screen = Screen::new(true, Networks::All);
        let mut rendezvous =
            Rendezvous::new(peer(number), screen, (&named, &[]), Meters::default());
        rendezvous.serve(serves);
        let identify = introduces(&pair(number));
        let parts = Parts {
            rendezvous,
            identify,
        };
        let (mut swarm, own) = listening(number, parts).await;
        if serves {
            swarm.add_external_address(own.clone());
        }
        let (asks, mut todo) = mpsc::channel::<Do>(EVENTS);
        let (told, events) = mpsc::channel(EVENTS);
        let mut task = JoinSet::new();
        task.spawn(async move {
            loop {
                tokio::select! {
                    ask = todo.recv() => match ask {
                        Some(ask) => ask(&mut swarm),
                        None => break,
                    },
                    event = swarm.select_next_some() => {
                        if let SwarmEvent::Behaviour(PartsEvent::Rendezvous(event)) = event {
                            told.send(event).await.unwrap();
                        } else if let SwarmEvent::Behaviour(PartsEvent::Identify(
                            identify::Event::Received { connection_id, peer_id, info },
                        )) = event {
                            let who = (peer_id, connection_id);
                            let table = &mut swarm.behaviour_mut().rendezvous;
                            table.introduced(who, &info.protocols, &info.listen_addrs);
                        }
                    }
                }
            }
        });
        let address = own.with_p2p(peer(number)).unwrap();
        Self {
            address,
            asks,
            events,
            _task: task,
        }
    }

    async fn has<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&mut Rendezvous) -> T + Send + 'static,
    ) -> T {
        let (reply, answer) = oneshot::channel();
        let ask: Do = Box::new(move |swarm| {
            let _ = reply.send(ask(&mut swarm.behaviour_mut().rendezvous));
        });
        self.asks.send(ask).await.unwrap();
        answer.await.unwrap()
    }

    async fn next(&mut self) -> Event {
        timeout(PATIENCE, self.events.recv())
            .await
            .unwrap()
            .unwrap()
    }

    /// Waits until so many are in its table.
    async fn knows(&mut self, count: usize) {
        while self.has(Rendezvous::nodes).await < count {
            while self.next().await != Event::Table {}
        }
    }

    /// Asks; what was found until that was over, and whether it came to something.
    async fn ask(&mut self, what: Ask) -> (Vec<(PeerId, Vec<Multiaddr>)>, bool) {
        self.has(move |table| table.ask(what)).await;
        let mut all = Vec::new();
        loop {
            match self.next().await {
                Event::Found { peer, addresses } => all.push((peer, addresses)),
                Event::Over { ask, is_well } if ask == what => return (all, is_well),
                Event::Over { .. } | Event::Table => {}
            }
        }
    }
}

/// Has somebody say under the key that they are at this port of memory, and all who keep the table know it.
async fn provides(town: &[Somebody], somebody: &mut Somebody, number: usize, port: u64) {
    let place = Multiaddr::empty().with(Part::Memory(port));
    somebody.has(move |table| table.is_at([&place])).await;
    assert!(somebody.ask(provide(number)).await.1);
    let is_kept = move |table: &mut Rendezvous| {
        let key = kad::RecordKey::new(KEY.as_bytes());
        let said = table.kad.store_mut().said(&key, Instant::now());
        let mut said = said.filter(|(one, _)| *one == peer(number));
        said.any(|(_, at)| *at == *memory(port))
    };
    // Nobody says that they took it.
    let all = async {
        for one in town {
            while !one.has(is_kept).await {
                tokio::task::yield_now().await;
            }
        }
    };
    timeout(PATIENCE, all).await.unwrap();
}

/// Eight who keep a table, all of whom know the first; he knows them all.
async fn town() -> Vec<Somebody> {
    let mut town = vec![Somebody::start(1, &[], true).await];
    for number in 2..=8 {
        let one = Somebody::start(number, &[&town[0]], true).await;
        town.push(one);
    }
    town[0].knows(7).await;
    town
}

const ANN: usize = 20;
const BEN: usize = 21;
const LIAR: usize = 22;

fn memory(port: u64) -> Vec<Multiaddr> {
    vec![Multiaddr::empty().with(Part::Memory(port))]
}

#[tokio::test]
async fn somebody_who_is_lost_is_found_where_she_says_that_she_is() {
    let town = town().await;
    let mut ann = Somebody::start(ANN, &[&town[2]], false).await;
    let mut ben = Somebody::start(BEN, &[&town[5]], false).await;
    let (found, is_well) = ben.ask(seek(ANN)).await;
    assert_eq!(
        (found, is_well),
        (Vec::new(), false),
        "she said nothing yet"
    );
    provides(&town, &mut ann, ANN, 77).await;
    let (found, is_well) = ben.ask(seek(ANN)).await;
    assert!(is_well && !found.is_empty());
    for one in found {
        assert_eq!(one, (peer(ANN), memory(77)));
    }
    // She is elsewhere.
    provides(&town, &mut ann, ANN, 78).await;
    let (found, _) = ben.ask(seek(ANN)).await;
    assert!(found.contains(&(peer(ANN), memory(78))), "{found:?}");
    assert!(!found.contains(&(peer(ANN), memory(77))), "{found:?}");
}

#[tokio::test]
async fn a_liar_under_the_same_key_is_nobody() {
    let town = town().await;
    let mut ann = Somebody::start(ANN, &[&town[0]], false).await;
    let mut ben = Somebody::start(BEN, &[&town[0]], false).await;
    let mut liar = Somebody::start(LIAR, &[&town[0]], false).await;
    provides(&town, &mut liar, LIAR, 66).await;
    let (found, is_well) = ben.ask(seek(ANN)).await;
    assert_eq!((found, is_well), (Vec::new(), false));
    provides(&town, &mut ann, ANN, 77).await;
    let (found, is_well) = ben.ask(seek(ANN)).await;
    assert!(is_well && found.iter().all(|one| *one == (peer(ANN), memory(77))));
}

#[tokio::test]
async fn who_keeps_a_part_of_the_table_finds_what_was_said_there_too() {
    let mut town = town().await;
    let mut ann = Somebody::start(ANN, &[&town[0]], false).await;
    provides(&town, &mut ann, ANN, 77).await;
    for one in &mut town {
        let (found, is_well) = one.ask(seek(ANN)).await;
        assert!(is_well && found.contains(&(peer(ANN), memory(77))));
    }
}

#[tokio::test]
async fn whoever_serves_nobody_is_in_no_table_and_is_asked_in_vain() {
    let ann = Somebody::start(ANN, &[], false).await;
    let mut ben = Somebody::start(BEN, &[], true).await;
    let to: Multiaddr = ann.address.clone();
    let dial: Do = Box::new(move |swarm| swarm.dial(to).unwrap());
    ben.asks.send(dial).await.unwrap();
    let mut liar = Somebody::start(LIAR, &[&ann], false).await;
    let (_, is_well) = liar.ask(provide(LIAR)).await;
    assert!(!is_well, "she keeps nothing");
    assert_eq!(ben.has(Rendezvous::nodes).await, 0);
    assert_eq!(ann.has(|table| table.kad.store_mut().count()).await, 0);
    let (_, is_well) = ben.ask(Ask::Refresh).await;
    assert!(!is_well, "nobody is there");
}

#[derive(libp2p::swarm::NetworkBehaviour)]
struct Stranger {
    kad: kad::Behaviour<MemoryStore>,
    identify: identify::Behaviour,
}

#[tokio::test]
async fn a_value_is_neither_taken_nor_given() {
    let ann = Somebody::start(ANN, &[], true).await;
    let own = peer(LIAR);
    let config = kad::Config::new(PROTOCOL);
    let mut kad = kad::Behaviour::with_config(own, MemoryStore::new(own), config);
    kad.add_address(&peer(ANN), ann.address.clone());
    let identify = introduces(&pair(LIAR));
    let (mut swarm, _) = listening(LIAR, Stranger { kad, identify }).await;
    let value = kad::Record::new(kad::RecordKey::new(KEY.as_bytes()), vec![1]);
    let kad = &mut swarm.behaviour_mut().kad;
    let put = kad.put_record(value.clone(), kad::Quorum::One).unwrap();
    kad.remove_record(&value.key);
    let got = kad.get_record(value.key);
    let (mut was_put, mut was_got) = (None, None);
    while was_put.is_none() || was_got.is_none() {
        let event = timeout(PATIENCE, swarm.select_next_some()).await.unwrap();
        let SwarmEvent::Behaviour(StrangerEvent::Kad(kad::Event::OutboundQueryProgressed {
            id,
            result,
            ..
        })) = event
        else {
            continue;
        };
        if let kad::QueryResult::PutRecord(result) = &result
            && id == put
        {
            was_put = Some(result.is_ok());
        } else if let kad::QueryResult::GetRecord(result) = &result
            && id == got
        {
            was_got = Some(result.is_ok());
        }
    }
    assert_eq!((was_put, was_got), (Some(false), Some(false)));
    assert_eq!(ann.has(|table| table.kad.store_mut().count()).await, 0);
}
