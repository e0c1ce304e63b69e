use super::*;

const ZERO: Duration = Duration::ZERO;

fn address(port: usize) -> Multiaddr {
    format!("/ip4/10.0.0.1/tcp/{port}").parse().unwrap()
}

fn peer(number: u8) -> TransportId {
    TransportId::new([number; 32])
}

fn hint(number: u8) -> Peer {
    Peer::Hint(address::hint(peer(number)))
}

type Outcome = oneshot::Receiver<Result<TransportId, NetError>>;

fn begin(connects: &mut Connects, peer: Peer, ports: usize, discovering: bool) -> Outcome {
    let (reply, outcome) = oneshot::channel();
    connects.begin(
        peer,
        (1..=ports).map(address).collect(),
        discovering,
        reply,
        ZERO,
    );
    outcome
}

#[test]
fn a_known_peer_is_dialled_at_all_addresses_at_once() {
    let mut connects = Connects::default();
    let _outcome = begin(&mut connects, Peer::Known(peer(1)), 3, false);
    let due = connects.due(ZERO);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].addresses, vec![address(1), address(2), address(3)]);
}

#[test]
fn a_known_peer_is_dialled_through_relays_a_little_later_or_as_soon_as_nothing_else_is_left() {
    let circuit: Multiaddr = format!(
        "/ip4/45.0.0.1/tcp/1/p2p/{}/p2p-circuit",
        libp2p::PeerId::random()
    )
    .parse()
    .unwrap();
    let begin = |direct: Vec<Multiaddr>| {
        let mut connects = Connects::default();
        let (reply, outcome) = oneshot::channel();
        let addresses = [vec![circuit.clone()], direct].concat();
        connects.begin(Peer::Known(peer(1)), addresses, false, reply, ZERO);
        let first = connects.due(ZERO).remove(0).addresses;
        (connects, first, outcome)
    };
    let (mut connects, first, _outcome) = begin(vec![address(1)]);
    assert_eq!(first, [address(1)]);
    connects.started(0, ConnectionId::new_unchecked(1));
    assert_eq!(connects.due(ZERO), []);
    assert_eq!(connects.next_at(), Some(HEAD_START));
    assert_eq!(
        connects.due(HEAD_START).remove(0).addresses,
        std::slice::from_ref(&circuit)
    );
    let (mut connects, _, _outcome) = begin(vec![address(1)]);
    connects.started(0, ConnectionId::new_unchecked(1));
    connects.failed(ConnectionId::new_unchecked(1), "gone", ZERO);
    assert_eq!(connects.due(ZERO).len(), 1);
    let (_, first, _outcome) = begin(vec![]);
    assert_eq!(first, [circuit]);
}

#[test]
fn a_hinted_peer_is_dialled_one_address_after_the_other() {
    let mut connects = Connects::default();
    let mut outcome = begin(&mut connects, hint(1), 3, false);
    let mut dialled = Vec::new();
    let mut now = ZERO;
    for number in 0..3 {
        let due = connects.due(now);
        assert_eq!(due.len(), 1);
        assert!(connects.due(now).is_empty());
        connects.started(0, ConnectionId::new_unchecked(number));
        dialled.extend(due.into_iter().flat_map(|start| start.addresses));
        now = connects.next_at().unwrap();
    }
    assert_eq!(dialled, vec![address(1), address(2), address(3)]);
    let losers = connects.established(peer(1), ConnectionId::new_unchecked(1));
    assert_eq!(losers.len(), 2);
    assert_eq!(outcome.try_recv().unwrap().unwrap(), peer(1));
    assert_eq!(connects.next_at(), None);
}

#[test]
fn a_failure_starts_the_next_address_at_once_and_the_last_one_ends_the_wait() {
    let mut connects = Connects::default();
    let mut outcome = begin(&mut connects, hint(1), 2, false);
    for number in 0..2 {
        assert_eq!(connects.due(ZERO).len(), 1);
        connects.started(0, ConnectionId::new_unchecked(number));
        connects.failed(ConnectionId::new_unchecked(number), "refused", ZERO);
    }
    assert!(connects.due(ZERO).is_empty());
    let error = outcome.try_recv().unwrap().unwrap_err();
    assert!(error.to_string().contains("refused"), "{error}");
}

#[test]
fn another_peer_does_not_end_the_wait() {
    let mut connects = Connects::default();
    let mut outcome = begin(&mut connects, hint(1), 1, false);
    connects.due(ZERO);
    connects.started(0, ConnectionId::new_unchecked(1));
    assert!(
        connects
            .established(peer(2), ConnectionId::new_unchecked(2))
            .is_empty()
    );
    assert!(outcome.try_recv().is_err());
}

#[test]
fn discovery_is_waited_for_and_used() {
    let mut connects = Connects::default();
    let mut outcome = begin(&mut connects, hint(1), 0, true);
    assert!(connects.due(ZERO).is_empty());
    assert_eq!(connects.next_at(), Some(DISCOVERY_PATIENCE));
    connects.discovered(peer(2), &[address(1)]);
    assert!(connects.due(ZERO).is_empty());
    connects.discovered(peer(1), &[address(1)]);
    assert_eq!(connects.due(ZERO).len(), 1);
    connects.not_started(0, "no".to_owned());
    assert!(outcome.try_recv().is_err());
    connects.due(DISCOVERY_PATIENCE);
    assert!(matches!(
        outcome.try_recv().unwrap(),
        Err(NetError::Unreachable { .. })
    ));
}

#[test]
fn every_wait_ends_at_the_deadline() {
    let mut connects = Connects::default();
    let mut outcome = begin(&mut connects, Peer::Known(peer(1)), 1, false);
    connects.due(ZERO);
    connects.started(0, ConnectionId::new_unchecked(1));
    assert_eq!(connects.next_at(), Some(CONNECT_TIMEOUT));
    connects.due(CONNECT_TIMEOUT);
    assert!(matches!(
        outcome.try_recv().unwrap(),
        Err(NetError::Unreachable { .. })
    ));
}

#[test]
fn waits_and_addresses_are_limited() {
    let mut connects = Connects::default();
    let mut outcomes: Vec<_> = (0..=CONNECTS_MAX)
        .map(|_| begin(&mut connects, Peer::Known(peer(1)), 100, false))
        .collect();
    assert_eq!(connects.attempts.len(), CONNECTS_MAX);
    let last = outcomes.last_mut().unwrap().try_recv().unwrap();
    assert!(matches!(last, Err(NetError::Busy)));
    assert_eq!(
        connects.due(ZERO)[0].addresses.len(),
        ADDRESSES_PER_CONNECT_MAX
    );
}

#[test]
fn whoever_stops_waiting_is_forgotten() {
    let mut connects = Connects::default();
    drop(begin(&mut connects, Peer::Known(peer(1)), 1, false));
    assert!(connects.due(ZERO).is_empty());
    assert_eq!(connects.next_at(), None);
}

#[test]
fn waits_and_addresses_at_the_limit_are_all_taken() {
    let mut connects = Connects::default();
    let mut outcomes: Vec<_> = (0..CONNECTS_MAX)
        .map(|_| {
            let known = Peer::Known(peer(1));
            begin(&mut connects, known, ADDRESSES_PER_CONNECT_MAX, false)
        })
        .collect();
    let due = connects.due(ZERO);
    assert_eq!(due.len(), CONNECTS_MAX);
    for start in &due {
        assert_eq!(start.addresses.len(), ADDRESSES_PER_CONNECT_MAX);
    }
    let mut late = begin(&mut connects, Peer::Known(peer(1)), 1, false);
    assert!(matches!(late.try_recv().unwrap(), Err(NetError::Busy)));
    connects.established(peer(1), ConnectionId::new_unchecked(1));
    for outcome in &mut outcomes {
        assert_eq!(outcome.try_recv().unwrap().unwrap(), peer(1));
    }
}
