//! Tests of the whole module: nodes of this process, over loopback.

use std::task::Poll;
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt as _};
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::futures::{AsyncReadExt as _, AsyncWriteExt as _};
use libp2p::{Multiaddr, Transport as _};
use tidings_protocol::record::Discovery;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::connect::CONNECT_TIMEOUT;
use super::streams::CONNECTIONS_PER_PEER_MAX;
use super::swarm::{NEGOTIATING_IN_MAX, OUTBOX_MAX, UNACCEPTED_PER_PEER_MAX};
use super::*;
use crate::meters::Meters;

type Events = mpsc::Receiver<NetEvent>;

const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
const TCP: &str = "/ip4/127.0.0.1/tcp/0";
/// Far beyond what any step takes: a test that hangs fails.
const PATIENCE: Duration = Duration::from_secs(60);

fn config(key: u8, listen: &str) -> NetConfig {
    let memory = listen.starts_with("/memory");
    NetConfig {
        key: Zeroizing::new([key; 32]),
        listen: vec![listen.to_owned()],
        last: Vec::new(),
        reached: Vec::new(),
        networks: Networks::All,
        discovery: Discovery::Off,
        mesh: false,
        relay: true,
        table: None,
        port_mapping: false,
        transport: if memory {
            Transport::Memory
        } else {
            Transport::Internet
        },
        meters: Meters::default(),
    }
}

async fn start(key: u8, listen: &str) -> (Net, Events) {
    Net::start(config(key, listen)).await.unwrap()
}

async fn next(events: &mut Events) -> NetEvent {
    timeout(PATIENCE, events.recv())
        .await
        .expect("an event in time")
        .expect("a running node")
}

/// The first event that `pick` wants, skipping others.
async fn wait_for<T>(events: &mut Events, pick: impl Fn(NetEvent) -> Option<T>) -> T {
    loop {
        if let Some(picked) = pick(next(events).await) {
            return picked;
        }
    }
}

async fn incoming(events: &mut Events) -> (TransportId, Protocol, Link) {
    wait_for(events, |event| {
        if let NetEvent::Incoming {
            peer,
            protocol,
            link,
        } = event
        {
            Some((peer, protocol, link))
        } else {
            None
        }
    })
    .await
}

async fn connected(events: &mut Events) -> TransportId {
    wait_for(events, |event| {
        if let NetEvent::Connected { peer, .. } = event {
            Some(peer)
        } else {
            None
        }
    })
    .await
}

async fn disconnected(events: &mut Events) -> TransportId {
    wait_for(events, |event| {
        if let NetEvent::Disconnected { peer } = event {
            Some(peer)
        } else {
            None
        }
    })
    .await
}

async fn send_burst(mut writer: LinkWriter, frames: u32) {
    for number in 0..frames {
        let mut frame = [0; 100];
        frame[..4].copy_from_slice(&number.to_be_bytes());
        writer.write(&frame).await.unwrap();
    }
    writer.close().await.unwrap();
}

async fn receive_burst(mut reader: LinkReader, frames: u32) {
    for number in 0..frames {
        let frame = reader.read().await.unwrap().expect("all frames");
        assert_eq!(frame.len(), 100);
        assert_eq!(frame[..4], number.to_be_bytes());
    }
    assert_eq!(reader.read().await.unwrap(), None);
}

async fn connect_and_exchange_bursts(listen: &str) {
    const FRAMES: u32 = 10_000;
    let (ann, mut ann_events) = start(1, listen).await;
    let (ben, mut ben_events) = start(2, listen).await;
    let peer = ann
        .connect(Peer::Known(ben.local()), ben.listening())
        .await
        .unwrap();
    assert_eq!(peer, ben.local());
    assert_eq!(ann.connections().len(), 1);
    assert_eq!(connected(&mut ann_events).await, ben.local());
    assert_eq!(connected(&mut ben_events).await, ann.local());

    let there = ann.open(ben.local(), Protocol::Session).await.unwrap();
    let (from, protocol, here) = incoming(&mut ben_events).await;
    assert_eq!((from, protocol), (ann.local(), Protocol::Session));
    let back = ben.open(ann.local(), Protocol::Join).await.unwrap();
    let (from, protocol, accepted) = incoming(&mut ann_events).await;
    assert_eq!((from, protocol), (ben.local(), Protocol::Join));

    let exchange = async {
        let (there_reader, there_writer) = there.split();
        let (here_reader, here_writer) = here.split();
        tokio::join!(
            send_burst(there_writer, FRAMES),
            receive_burst(here_reader, FRAMES),
            send_burst(here_writer, FRAMES),
            receive_burst(there_reader, FRAMES),
        );
        let ((_, writer), (reader, _kept)) = (back.split(), accepted.split());
        tokio::join!(send_burst(writer, 10), receive_burst(reader, 10));
    };
    timeout(PATIENCE, exchange).await.unwrap();
    ann.shutdown().await;
    assert_eq!(disconnected(&mut ben_events).await, ann.local());
    ben.shutdown().await;
}

#[tokio::test]
async fn two_nodes_exchange_bursts_in_order_over_quic() {
    connect_and_exchange_bursts(QUIC).await;
}

#[tokio::test]
async fn two_nodes_exchange_bursts_in_order_over_tcp() {
    connect_and_exchange_bursts(TCP).await;
}

#[tokio::test]
async fn two_nodes_exchange_bursts_in_order_in_memory() {
    connect_and_exchange_bursts("/memory/0").await;
}

#[tokio::test]
async fn a_small_frame_is_answered_at_once_when_flushed() {
    let (ann, _ann_events) = start(1, QUIC).await;
    let (ben, mut ben_events) = start(2, QUIC).await;
    ann.connect(Peer::Known(ben.local()), ben.listening())
        .await
        .unwrap();
    let (mut reader, mut writer) = ann
        .open(ben.local(), Protocol::Session)
        .await
        .unwrap()
        .split();
    let echo = tokio::spawn(async move {
        let (_, _, link) = incoming(&mut ben_events).await;
        let (mut reader, mut writer) = link.split();
        while let Some(frame) = reader.read().await.unwrap() {
            writer.write(&frame).await.unwrap();
            writer.flush().await.unwrap();
        }
        ben.shutdown().await;
    });
    for number in 0..100 {
        writer.write(&[number; 64]).await.unwrap();
        writer.flush().await.unwrap();
        let answer = timeout(PATIENCE, reader.read()).await.unwrap().unwrap();
        assert_eq!(answer, Some(vec![number; 64]));
    }
    writer.close().await.unwrap();
    echo.await.unwrap();
    ann.shutdown().await;
}

#[tokio::test]
async fn a_hint_leads_to_the_peer_it_fits() {
    let (ann, _ann_events) = start(1, QUIC).await;
    let (ben, _ben_events) = start(2, QUIC).await;
    let (carol, _carol_events) = start(3, TCP).await;
    let hint = Peer::Hint(Net::hint(carol.local()));
    let addresses = [ben.listening(), carol.listening()].concat();
    assert_eq!(ann.connect(hint, addresses).await.unwrap(), carol.local());
    let peers: Vec<_> = ann
        .connections()
        .into_iter()
        .map(|known| known.peer)
        .collect();
    assert_eq!(peers, vec![carol.local()]);
    assert_eq!(ann.connect(hint, vec![]).await.unwrap(), carol.local());
    for net in [ann, ben, carol] {
        net.shutdown().await;
    }
}

#[tokio::test]
async fn a_hint_that_fits_nobody_leads_nowhere() {
    let (ann, mut ann_events) = start(1, QUIC).await;
    let (ben, _ben_events) = start(2, QUIC).await;
    let error = ann
        .connect(Peer::Hint([9; 8]), ben.listening())
        .await
        .unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    assert!(error.to_string().contains("another device"), "{error}");
    assert!(ann.connections().is_empty());
    ann.shutdown().await;
    while let Some(event) = ann_events.recv().await {
        assert!(!matches!(event, NetEvent::Connected { .. }), "{event:?}");
    }
    ben.shutdown().await;
}

#[tokio::test]
async fn a_known_peer_is_not_taken_for_another() {
    let (ann, _ann_events) = start(1, TCP).await;
    let (ben, _ben_events) = start(2, TCP).await;
    let (carol, _carol_events) = start(3, TCP).await;
    let error = ann
        .connect(Peer::Known(carol.local()), ben.listening())
        .await
        .unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    for net in [ann, ben, carol] {
        net.shutdown().await;
    }
}

#[tokio::test]
async fn whoever_answers_where_a_kept_peer_was_is_told_and_connected() {
    let (ann, mut ann_events) = start(1, QUIC).await;
    let (ben, _ben_events) = start(2, QUIC).await;
    let (carol, _carol_events) = start(3, QUIC).await;
    ann.keep(carol.local(), ben.listening()).await;
    let told = wait_for(&mut ann_events, |event| {
        if let NetEvent::Another { peer, instead_of } = event {
            Some((peer, instead_of))
        } else {
            None
        }
    });
    assert_eq!(told.await, (ben.local(), carol.local()));
    assert_eq!(connected(&mut ann_events).await, ben.local());
    for net in [ann, ben, carol] {
        net.shutdown().await;
    }
}

#[tokio::test]
async fn a_port_in_use_is_told_with_what_to_do() {
    for (listen, taken) in [(QUIC, "udp"), (TCP, "tcp")] {
        let (ann, _ann_events) = start(1, listen).await;
        let address = ann.listening().first().unwrap().clone();
        let error = Net::start(config(2, &address)).await.unwrap_err();
        assert!(error.is_port_in_use(), "{taken}: {error:?}");
        assert!(error.to_string().contains("choose another port"), "{error}");
        ann.shutdown().await;
    }
}

#[test]
fn a_port_in_use_is_tried_again_as_often_as_may_be_and_no_oftener() {
    let failed = |kind: std::io::ErrorKind| NetError::Listen {
        address: TCP.to_owned(),
        source: kind.into(),
    };
    let in_use = failed(std::io::ErrorKind::AddrInUse);
    assert!(is_tried_again(&in_use, LISTEN_RETRIES_MAX - 1));
    assert!(!is_tried_again(&in_use, LISTEN_RETRIES_MAX));
    let denied = failed(std::io::ErrorKind::PermissionDenied);
    assert!(!is_tried_again(&denied, 0));
}

#[tokio::test]
async fn addresses_that_cannot_be_listened_on_are_told() {
    let bad = Net::start(config(1, "4001")).await.unwrap_err();
    assert!(matches!(bad, NetError::BadAddress { .. }), "{bad}");
    let unsupported = Net::start(config(1, "/ip4/127.0.0.1/udp/0"))
        .await
        .unwrap_err();
    assert!(
        matches!(unsupported, NetError::Listen { .. }),
        "{unsupported}"
    );
    let foreign = Net::start(config(1, "/ip4/192.0.2.1/tcp/0"))
        .await
        .unwrap_err();
    assert!(matches!(foreign, NetError::Listen { .. }), "{foreign}");
}

/// Starts a node that listens on those of these that are there.
async fn start_where_it_can(key: u8, addresses: &[&str]) -> (Net, Events) {
    let config = config(key, addresses[0]);
    let addresses = addresses.iter().map(|address| address.parse().unwrap());
    let listen = Listen::Present(addresses.collect());
    Net::start_at(&config, listen).await.unwrap()
}

#[tokio::test]
async fn addresses_of_our_own_choice_that_are_not_there_are_passed_over() {
    let (ann, _events) = start_where_it_can(1, &["/ip6/2001:db8::1/udp/0/quic-v1", TCP]).await;
    let listening = ann.listening();
    assert_eq!(listening.len(), 1, "{listening:?}");
    assert!(
        listening[0].starts_with("/ip4/127.0.0.1/tcp/"),
        "{listening:?}"
    );
    ann.shutdown().await;
}

#[tokio::test]
async fn a_node_starts_where_there_is_no_address_at_all() {
    let (ann, _events) = start_where_it_can(1, &["/ip4/192.0.2.1/tcp/0"]).await;
    assert_eq!(ann.listening(), Vec::<String>::new());
    ann.shutdown().await;
}

#[tokio::test]
async fn an_unreachable_peer_is_told_in_time() {
    let (ann, _ann_events) = start(1, QUIC).await;
    let (ben, _ben_events) = start(2, TCP).await;
    let (peer, gone) = (ben.local(), ben.listening());
    ben.shutdown().await;
    let connect = ann.connect(Peer::Known(peer), gone);
    let error = timeout(CONNECT_TIMEOUT, connect)
        .await
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    let silent = vec!["/ip4/127.0.0.1/udp/9/quic-v1".to_owned()];
    let connect = ann.connect(Peer::Known(peer), silent);
    let error = timeout(CONNECT_TIMEOUT, connect)
        .await
        .unwrap()
        .unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    let error = ann.connect(Peer::Known(peer), vec![]).await.unwrap_err();
    assert!(error.to_string().contains("no address"), "{error}");
    let error = ann.open(peer, Protocol::Session).await.unwrap_err();
    assert!(matches!(error, NetError::NotConnected), "{error}");
    ann.shutdown().await;
}

async fn kept_peer_comes_back(listen: &str) {
    let (ann, mut ann_events) = start(1, listen).await;
    let (ben, _ben_events) = start(2, listen).await;
    let (peer, address) = (ben.local(), ben.listening());
    ann.keep(peer, address.clone()).await;
    assert_eq!(connected(&mut ann_events).await, peer);
    ben.shutdown().await;
    assert_eq!(disconnected(&mut ann_events).await, peer);
    let (ben, mut ben_events) = start(2, address.first().unwrap()).await;
    assert_eq!(connected(&mut ann_events).await, peer);
    assert_eq!(connected(&mut ben_events).await, ann.local());
    ann.open(peer, Protocol::Session).await.unwrap();

    ann.forget(peer).await;
    ben.shutdown().await;
    assert_eq!(disconnected(&mut ann_events).await, peer);
    ann.shutdown().await;
    while let Some(event) = ann_events.recv().await {
        assert!(!matches!(event, NetEvent::DialFailed { .. }), "{event:?}");
    }
}

#[tokio::test]
async fn a_kept_peer_is_connected_again_when_it_comes_back_over_quic() {
    kept_peer_comes_back(QUIC).await;
}

#[tokio::test]
async fn a_kept_peer_is_connected_again_when_it_comes_back_over_tcp() {
    kept_peer_comes_back(TCP).await;
}

#[tokio::test]
async fn impatience_dials_a_peer_whose_address_was_learnt_elsewhere() {
    let (ann, mut ann_events) = start(1, "/memory/0").await;
    let (ben, _ben_events) = start(2, "/memory/0").await;
    ann.keep(ben.local(), vec!["/memory/123456789".to_owned()])
        .await;
    let failed = wait_for(&mut ann_events, |event| {
        if let NetEvent::DialFailed { peer, .. } = event {
            Some(peer)
        } else {
            None
        }
    });
    assert_eq!(failed.await, ben.local());
    ann.keep(ben.local(), ben.listening()).await;
    ann.retry_now(None).await;
    assert_eq!(connected(&mut ann_events).await, ben.local());
    ann.shutdown().await;
    ben.shutdown().await;
}

#[tokio::test]
async fn streams_that_nobody_accepts_are_limited() {
    let (ann, _ann_events) = start(1, "/memory/0").await;
    let (ben, mut ben_events) = start(2, "/memory/0").await;
    ann.connect(Peer::Known(ben.local()), ben.listening())
        .await
        .unwrap();
    let mut links = Vec::new();
    let mut waiting = Vec::new();
    for _ in 0..UNACCEPTED_PER_PEER_MAX {
        links.push(ann.open(ben.local(), Protocol::Session).await.unwrap());
        waiting.push(incoming(&mut ben_events).await.2);
    }
    // One too many: negotiated, then dropped by the other side.
    let refused = ann.open(ben.local(), Protocol::Session).await.unwrap();
    let (mut reader, _writer) = refused.split();
    let end = timeout(PATIENCE, reader.read()).await.unwrap();
    assert!(!matches!(end, Ok(Some(_))), "{end:?}");
    drop(waiting.pop());
    links.push(ann.open(ben.local(), Protocol::Session).await.unwrap());
    incoming(&mut ben_events).await;
    ann.shutdown().await;
    ben.shutdown().await;
}

/// Does something with streams of a connection, of which nothing arrives unless it is polled.
async fn driven<T>(connection: &mut StreamMuxerBox, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    let both = futures::future::poll_fn(|context| {
        let result = work.as_mut().poll(context);
        while let Poll::Ready(Ok(_)) = connection.poll_inbound_unpin(context) {}
        let _ = connection.poll_unpin(context);
        result
    });
    timeout(PATIENCE, both).await.unwrap()
}

#[tokio::test]
async fn as_many_streams_of_a_connection_are_negotiated_at_a_time_as_may_be_and_one_more_waits() {
    const HELLO: &[u8] = b"\x13/multistream/1.0.0\n";
    let (ben, _ben_events) = start(2, "/memory/0").await;
    let key = Keypair::ed25519_from_bytes([1; 32]).unwrap();
    let (mut transport, _circuits) = transport::build(&key, Transport::Memory).unwrap();
    let options = DialOpts {
        role: Endpoint::Dialer,
        port_use: PortUse::New,
    };
    let address: Multiaddr = ben.listening().first().unwrap().parse().unwrap();
    let (_, mut connection) = transport.dial(address, options).unwrap().await.unwrap();
    let mut streams = Vec::new();
    for _ in 0..=NEGOTIATING_IN_MAX {
        let mut stream = futures::future::poll_fn(|context| {
            let _ = connection.poll_unpin(context);
            connection.poll_outbound_unpin(context)
        })
        .await
        .unwrap();
        driven(&mut connection, async {
            stream.write_all(HELLO).await.unwrap();
            stream.flush().await.unwrap();
        })
        .await;
        streams.push(stream);
    }
    let mut over = streams.pop().unwrap();
    let mut heard = [0; HELLO.len()];
    for stream in &mut streams {
        driven(&mut connection, stream.read_exact(&mut heard))
            .await
            .unwrap();
        assert_eq!(heard, HELLO);
    }
    // What is answered was read after what came before it on the connection.
    let mut first = streams.swap_remove(0);
    let mut refusal = [0; 4];
    driven(&mut connection, async {
        first.write_all(b"\x03/x\n").await.unwrap();
        first.flush().await.unwrap();
        first.read_exact(&mut refusal).await.unwrap();
    })
    .await;
    assert_eq!(&refusal, b"\x03na\n");
    let mut heard = [0; HELLO.len()];
    let mut answer = over.read_exact(&mut heard);
    assert!(futures::poll!(&mut answer).is_pending());
    drop(first);
    driven(&mut connection, answer).await.unwrap();
    assert_eq!(heard, HELLO);
    ben.shutdown().await;
}

#[tokio::test]
async fn commands_are_served_while_nobody_takes_events() {
    let (ann, _ann_events) = start(1, "/memory/0").await;
    let (ben, mut ben_events) = start(2, "/memory/0").await;
    let (carol, _carol_events) = start(3, "/memory/0").await;
    // Each retry of a peer without an address is an event that tells so.
    ben.keep(carol.local(), vec![]).await;
    for _ in 0..3 * EVENTS_MAX {
        ben.retry_now(None).await;
    }
    let error = ben
        .connect(Peer::Known(carol.local()), vec![])
        .await
        .unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    let (outcome, peer) = tokio::join!(
        ann.connect(Peer::Known(ben.local()), ben.listening()),
        connected(&mut ben_events)
    );
    assert_eq!(outcome.unwrap(), ben.local());
    assert_eq!(peer, ann.local());
    for net in [ann, ben, carol] {
        timeout(PATIENCE, net.shutdown()).await.unwrap();
    }
}

#[tokio::test]
async fn events_at_the_limits_wait_and_of_more_only_failed_dials_are_dropped() {
    let (ann, _ann_events) = start(1, "/memory/0").await;
    let (ben, mut ben_events) = start(2, "/memory/0").await;
    let (carol, _carol_events) = start(3, "/memory/0").await;
    ben.keep(carol.local(), vec![]).await;
    for _ in 0..8 * (EVENTS_MAX + OUTBOX_MAX) {
        ben.retry_now(None).await;
    }
    let served = ben.connect(Peer::Known(carol.local()), vec![]).await;
    assert!(matches!(served, Err(NetError::Unreachable { .. })));
    assert_eq!(ben_events.len(), EVENTS_MAX);
    let connected = async {
        let mut before = 0;
        while !matches!(next(&mut ben_events).await, NetEvent::Connected { .. }) {
            before += 1;
        }
        before
    };
    let (outcome, before) = tokio::join!(
        ann.connect(Peer::Known(ben.local()), ben.listening()),
        connected
    );
    assert_eq!(outcome.unwrap(), ben.local());
    assert_eq!(before, EVENTS_MAX + OUTBOX_MAX);
    for net in [ann, ben, carol] {
        net.shutdown().await;
    }
}

#[tokio::test]
async fn commands_at_the_limit_are_handed_over_and_one_more_waits() {
    // Until this test waits, the task does not run.
    let (ann, mut events) = start(1, "/memory/0").await;
    let told = ann.local();
    for _ in 0..COMMANDS_MAX {
        let tell = std::pin::pin!(ann.retry_now(Some(told)));
        assert!(futures::poll!(tell).is_ready());
    }
    let mut over = Box::pin(ann.retry_now(Some(told)));
    assert!(futures::poll!(&mut over).is_pending());
    timeout(PATIENCE, over).await.unwrap();
    let error = ann.connect(Peer::Known(told), vec![]).await.unwrap_err();
    assert!(matches!(error, NetError::Unreachable { .. }), "{error}");
    ann.shutdown().await;
    while events.recv().await.is_some() {}
}

#[tokio::test]
async fn a_third_connection_of_a_peer_takes_the_place_of_the_oldest() {
    let (ben, mut ben_events) = start(2, "/memory/0").await;
    let mut anns = Vec::new();
    // Like a node that was killed and started again twice.
    for _ in 0..=CONNECTIONS_PER_PEER_MAX {
        let (ann, events) = start(1, "/memory/0").await;
        ann.connect(Peer::Known(ben.local()), ben.listening())
            .await
            .unwrap();
        connected(&mut ben_events).await;
        anns.push((ann, events));
    }
    assert_eq!(disconnected(&mut anns[0].1).await, ben.local());
    let newest = anns.last_mut().unwrap();
    ben.open(newest.0.local(), Protocol::Session).await.unwrap();
    incoming(&mut newest.1).await;
    for (ann, _) in anns.iter().skip(1) {
        assert_eq!(ann.connections().len(), 1);
    }
    for (ann, _) in anns {
        ann.shutdown().await;
    }
    ben.shutdown().await;
}

#[tokio::test]
async fn a_link_ends_with_the_connection_it_is_on_even_where_that_is_closed_on_this_side() {
    let (ben, mut ben_events) = start(2, "/memory/0").await;
    let mut anns = Vec::new();
    let mut reading = None;
    for _ in 0..3 {
        let (ann, events) = start(1, "/memory/0").await;
        ann.connect(Peer::Known(ben.local()), ben.listening())
            .await
            .unwrap();
        connected(&mut ben_events).await;
        if reading.is_none() {
            let link = ben.open(ann.local(), Protocol::Session).await.unwrap();
            let (mut reader, writer) = link.split();
            // It waits already when the connection is closed, and is to be woken.
            reading = Some(tokio::spawn(async move { (reader.read().await, writer) }));
            tokio::task::yield_now().await;
        }
        anns.push((ann, events));
    }
    // The oldest of three has made way.
    let ended = timeout(PATIENCE, reading.unwrap()).await;
    assert!(ended.expect("an end in time").unwrap().0.is_err());
    for (ann, _) in anns {
        ann.shutdown().await;
    }
    ben.shutdown().await;
}

/// The port of the only address that `net` listens on, which is TCP.
fn port(net: &Net) -> u16 {
    let address = &net.listening()[0];
    address.rsplit('/').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn garbage_on_the_port_disturbs_nobody() {
    use tokio::io::AsyncWriteExt as _;

    let (ann, _ann_events) = start(1, TCP).await;
    let (ben, mut ben_events) = start(2, TCP).await;
    let port = port(&ben);
    let mut sockets = Vec::new();
    for number in 0..100u8 {
        let mut socket = tokio::net::TcpStream::connect(("127.0.0.1", port))
            .await
            .unwrap();
        // The node may already have hung up.
        let _ = socket.write_all(&[number; 1000]).await;
        sockets.push(socket);
    }
    drop(sockets);
    let peer = ann
        .connect(Peer::Known(ben.local()), ben.listening())
        .await
        .unwrap();
    assert_eq!(peer, ben.local());
    assert_eq!(connected(&mut ben_events).await, ann.local());
    assert_eq!(ben.connections().len(), 1);
    ann.shutdown().await;
    ben.shutdown().await;
}

#[tokio::test]
async fn silent_connections_keep_nobody_out() {
    let (ann, _ann_events) = start(1, TCP).await;
    let (ben, _ben_events) = start(2, TCP).await;
    let port = port(&ben);
    let mut silent = Vec::new();
    for _ in 0..100 {
        let socket = tokio::net::TcpStream::connect(("127.0.0.1", port));
        silent.push(socket.await.unwrap());
    }
    let peer = ann
        .connect(Peer::Known(ben.local()), ben.listening())
        .await
        .unwrap();
    assert_eq!(peer, ben.local());
    drop(silent);
    ann.shutdown().await;
    ben.shutdown().await;
}

#[tokio::test]
async fn a_node_that_has_ended_says_so() {
    let (ann, events) = start(1, "/memory/0").await;
    drop(events);
    ann.shutdown().await;
    let error = ann
        .connect(Peer::Known(ann.local()), vec![])
        .await
        .unwrap_err();
    assert!(matches!(error, NetError::Stopped), "{error}");
    ann.keep(ann.local(), vec![]).await;
}

#[tokio::test]
async fn without_configuration_it_listens_on_every_interface() {
    let config = NetConfig {
        listen: vec![],
        ..config(1, QUIC)
    };
    let (ann, _events) = Net::start(config).await.unwrap();
    let listening = ann.listening();
    assert!(
        listening
            .iter()
            .any(|address| address.starts_with("/ip4/127.0.0.1/udp/"))
    );
    assert!(
        listening
            .iter()
            .any(|address| address.starts_with("/ip4/127.0.0.1/tcp/"))
    );
    assert!(
        !listening
            .iter()
            .any(|address| address.contains("/0.0.0.0/")),
        "{listening:?}"
    );
    ann.shutdown().await;
}

#[tokio::test]
async fn a_node_takes_the_ports_that_it_chose_last_and_others_while_somebody_has_them() {
    let config = |last| NetConfig {
        listen: vec![],
        last,
        ..config(1, QUIC)
    };
    let (ann, _events) = Net::start(config(Vec::new())).await.unwrap();
    let (first, last) = (ann.listening(), ann.chosen(&[]));
    // Another node on this machine: it starts all the same, elsewhere.
    let (ben, _ben_events) = Net::start(NetConfig {
        key: Zeroizing::new([2; 32]),
        ..config(last.clone())
    })
    .await
    .unwrap();
    assert_eq!(ben.listening().len(), first.len());
    assert!(ben.listening().iter().all(|own| !first.contains(own)));
    ben.shutdown().await;
    ann.shutdown().await;
    let (again, _events) = Net::start(config(last)).await.unwrap();
    assert_eq!(again.listening(), first);
    again.shutdown().await;
}

#[test]
fn a_configuration_does_not_show_its_key() {
    let shown = format!("{:?}", config(77, QUIC));
    assert!(!shown.contains("77"), "{shown}");
}

#[test]
fn of_this_machine_is_who_is_told_to_listen_there_alone_and_not_who_finds_no_network() {
    let told = |listen: &[&str]| {
        let listen = listen.iter().map(|text| (*text).to_owned()).collect();
        let config = NetConfig {
            listen,
            ..config(1, QUIC)
        };
        config.is_of_this_machine()
    };
    assert!(told(&[QUIC, "/ip6/::1/tcp/4001"]));
    assert!(!told(&[
        "/ip4/127.0.0.1/tcp/4001",
        "/ip4/10.0.0.1/tcp/4001"
    ]));
    assert!(!told(&[]));
    let within = config(1, "/memory/1");
    assert!(within.is_of_this_machine(), "there is nothing else");
}
