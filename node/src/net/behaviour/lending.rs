//! How much a relay lends: libp2p's relay with our limits, and those who ask it, within this process.

use std::collections::HashSet;
use std::ops::Range;

use libp2p::futures::StreamExt as _;
use libp2p::multiaddr::Protocol as Part;
use libp2p::swarm::SwarmEvent;
use libp2p::{Multiaddr, PeerId, Swarm};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::tests::key;
use super::*;
use crate::net::{Transport, transport};

/// Far beyond what any answer takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// All who ever ask.
const ALL: Range<u32> = 1..1_000;
/// More events than come at once.
const EVENTS: usize = 64;

/// A relay that runs, and those who ask it; all end with it.
struct Lender {
    /// Who is no stranger to it.
    _kept: watch::Sender<HashSet<PeerId>>,
    circuit: Multiaddr,
    events: mpsc::Receiver<relay::Event>,
    tasks: JoinSet<()>,
}

fn peer(number: u32) -> PeerId {
    key(number).public().to_peer_id()
}

fn config() -> libp2p::swarm::Config {
    libp2p::swarm::Config::with_tokio_executor().with_idle_connection_timeout(PATIENCE)
}

impl Lender {
    /// A relay to which all of these are no strangers.
    async fn start(kept: Range<u32>) -> Self {
        let (kept, is_kept) = watch::channel(kept.map(peer).collect());
        let (transport, circuits) = transport::build(&key(0), Transport::Memory).unwrap();
        let mut behaviour = relay::Behaviour::new(peer(0), relay_config(is_kept));
        behaviour.set_status(Some(relay::Status::Enable));
        let mut swarm = Swarm::new(transport, behaviour, peer(0), config());
        swarm.listen_on("/memory/0".parse().unwrap()).unwrap();
        let address = loop {
            if let SwarmEvent::NewListenAddr { address, .. } = swarm.select_next_some().await {
                break address;
            }
        };
        swarm.add_external_address(address.clone());
        let (sender, events) = mpsc::channel(EVENTS);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            // Without it the transport would end.
            let _circuits = circuits;
            loop {
                if let SwarmEvent::Behaviour(event) = swarm.select_next_some().await {
                    sender.send(event).await.unwrap();
                }
            }
        });
        let circuit = address.with(Part::P2p(peer(0))).with(Part::P2pCircuit);
        Self {
            _kept: kept,
            circuit,
            events,
            tasks,
        }
    }

    /// Whether one more connection of a peer gets a place.
    async fn lends_a_place(&mut self, number: u32) -> bool {
        let circuit = self.circuit.clone();
        let listen = |swarm: &mut Swarm<relay::client::Behaviour>| {
            swarm.listen_on(circuit).unwrap();
        };
        self.ask(number, listen).await
    }

    /// Whether one more connection of a peer gets a circuit to another.
    async fn lends_a_circuit(&mut self, number: u32, to: u32) -> bool {
        let circuit = self.circuit.clone().with(Part::P2p(peer(to)));
        self.ask(number, |swarm| swarm.dial(circuit).unwrap()).await
    }

    async fn ask(
        &mut self,
        number: u32,
        how: impl FnOnce(&mut Swarm<relay::client::Behaviour>),
    ) -> bool {
        let (transport, circuits) = transport::build(&key(number), Transport::Memory).unwrap();
        let mut swarm = Swarm::new(transport, circuits, peer(number), config());
        how(&mut swarm);
        self.tasks.spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        loop {
            let event = timeout(PATIENCE, self.events.recv()).await.unwrap();
            let event = event.unwrap();
            if let relay::Event::ReservationReqAccepted { .. }
            | relay::Event::CircuitReqAccepted { .. } = event
            {
                return true;
            }
            if let relay::Event::ReservationReqDenied { .. }
            | relay::Event::CircuitReqDenied { .. } = event
            {
                return false;
            }
        }
    }
}

#[tokio::test]
async fn as_many_places_as_there_are_are_lent_and_not_one_more() {
    let mut lender = Lender::start(ALL).await;
    let most = u32::try_from(RELAY_RESERVATIONS_MAX).unwrap();
    for number in 1..=most {
        assert!(lender.lends_a_place(number).await, "{number}");
    }
    assert!(!lender.lends_a_place(most + 1).await);
}

#[tokio::test]
async fn one_peer_has_so_many_places_and_not_one_more() {
    let mut lender = Lender::start(ALL).await;
    for place in 1..=RELAY_RESERVATIONS_PER_PEER_MAX {
        assert!(lender.lends_a_place(1).await, "{place}");
    }
    assert!(!lender.lends_a_place(1).await);
    assert!(lender.lends_a_place(2).await, "others have theirs");
}

#[tokio::test]
async fn as_many_circuits_as_there_are_are_lent_and_not_one_more() {
    let mut lender = Lender::start(ALL).await;
    assert!(lender.lends_a_place(1).await);
    let most = u32::try_from(RELAY_CIRCUITS_MAX).unwrap();
    for number in 2..=most + 1 {
        assert!(lender.lends_a_circuit(number, 1).await, "{number}");
    }
    assert!(!lender.lends_a_circuit(most + 2, 1).await);
}

#[tokio::test]
async fn one_peer_begins_so_many_circuits_and_not_one_more() {
    let mut lender = Lender::start(ALL).await;
    assert!(lender.lends_a_place(1).await);
    for circuit in 1..=RELAY_CIRCUITS_PER_PEER_MAX {
        assert!(lender.lends_a_circuit(2, 1).await, "{circuit}");
    }
    assert!(!lender.lends_a_circuit(2, 1).await);
    assert!(lender.lends_a_circuit(3, 1).await, "others have theirs");
}

#[tokio::test]
async fn strangers_have_so_many_places_and_not_one_more_and_contacts_have_theirs() {
    let contact = 500;
    let mut lender = Lender::start(contact..contact + 1).await;
    for number in 1..=RELAY_STRANGERS_RESERVATIONS_MAX {
        assert!(lender.lends_a_place(number).await, "{number}");
    }
    assert!(
        !lender
            .lends_a_place(RELAY_STRANGERS_RESERVATIONS_MAX + 1)
            .await
    );
    assert!(lender.lends_a_place(contact).await);
}

#[tokio::test]
async fn strangers_begin_so_many_circuits_and_not_one_more_and_contacts_begin_theirs() {
    let contact = 500;
    let mut lender = Lender::start(contact..contact + 1).await;
    assert!(lender.lends_a_place(1).await);
    for number in 2..=RELAY_STRANGERS_CIRCUITS_MAX + 1 {
        assert!(lender.lends_a_circuit(number, 1).await, "{number}");
    }
    assert!(
        !lender
            .lends_a_circuit(RELAY_STRANGERS_CIRCUITS_MAX + 2, 1)
            .await
    );
    assert!(lender.lends_a_circuit(contact, 1).await);
}

#[test]
fn in_the_time_that_something_is_lent_strangers_leave_some_of_it() {
    let taken = |most: u32, each: Duration, time: Duration| {
        let back = time.as_nanos() / each.as_nanos();
        usize::try_from(u128::from(most) + back).unwrap()
    };
    let places = taken(
        RELAY_STRANGERS_RESERVATIONS_MAX,
        RELAY_STRANGERS_RESERVATION_EACH,
        RELAY_RESERVATION_TIME,
    );
    assert!(places <= RELAY_RESERVATIONS_MAX / 2, "{places}");
    let circuits = taken(
        RELAY_STRANGERS_CIRCUITS_MAX,
        RELAY_STRANGERS_CIRCUIT_EACH,
        RELAY_CIRCUIT_TIME,
    );
    assert!(circuits <= RELAY_CIRCUITS_MAX * 3 / 4, "{circuits}");
}
