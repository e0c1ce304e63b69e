//! The transports below the swarm, and the addresses it listens on.
//!
//! Invariants
//! - QUIC is tried before TCP; both, the memory transport, and circuits through relays authenticate the peer's key.
//! - A port that another program uses is told apart from other failures, TCP included (libp2p
//!   would share it with a program of the same user).

pub(super) mod seed;
mod zoned;

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket};
use std::time::Duration;

use libp2p::core::muxing::{StreamMuxer, StreamMuxerBox};
use libp2p::core::transport::{Boxed, MemoryTransport, OrTransport};
use libp2p::core::upgrade::Version;
use libp2p::futures::future::Either;
use libp2p::identity::Keypair;
use libp2p::multiaddr::Protocol as Part;
use libp2p::{Multiaddr, PeerId, Transport as _, noise, quic, relay, tcp, yamux};

use self::zoned::Zoned;
use super::Transport;

/// Time to reach a relay, have it connect, and authenticate who is behind it: some six round trips.
const CIRCUIT_TIMEOUT: Duration = Duration::from_secs(10);
/// Time to make and authenticate a connection.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// A QUIC connection that hears nothing for so long after it said something is dead.
const QUIC_IDLE_MILLISECONDS: u32 = 40_000;
const QUIC_KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Unacknowledged bytes of one QUIC stream.
const QUIC_STREAM_WINDOW_BYTES: u32 = 2 * 1024 * 1024;
/// Of all streams of a connection: one stream that nobody reads leaves room for others.
const QUIC_CONNECTION_WINDOW_BYTES: u32 = 4 * 1024 * 1024;
/// Streams of one connection that the peer may have open.
const STREAMS_PER_CONNECTION_MAX: u32 = 128;

/// The transport under `key`, and the behaviour that its circuits need in the same swarm.
pub(super) fn build(
    key: &Keypair,
    transport: Transport,
) -> Result<(Boxed<(PeerId, StreamMuxerBox)>, relay::client::Behaviour), noise::Error> {
    let (circuits, relays) = relay::client::new(key.public().to_peer_id());
    let secured = noise::Config::new(key)?;
    let mut multiplexed = yamux::Config::default();
    multiplexed
        .set_max_num_streams(usize::try_from(STREAMS_PER_CONNECTION_MAX).unwrap_or(usize::MAX));
    let circuits = circuits
        .upgrade(Version::V1)
        .authenticate(secured.clone())
        .multiplex(multiplexed.clone())
        .timeout(CIRCUIT_TIMEOUT);
    let direct = match transport {
        Transport::Memory => MemoryTransport::default()
            .upgrade(Version::V1)
            .authenticate(secured)
            .multiplex(multiplexed)
            .timeout(HANDSHAKE_TIMEOUT)
            .boxed(),
        Transport::Internet => {
            let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true));
            // libp2p's would leave out of which link an address is.
            let tcp = Zoned
                .or_transport(tcp)
                .map(|either, _| either.into_inner())
                .upgrade(Version::V1)
                .authenticate(secured)
                .multiplex(multiplexed)
                .timeout(HANDSHAKE_TIMEOUT);
            let quic = quic::tokio::Transport::new(quic_config(key));
            either(quic, tcp)
        }
    };
    Ok((either(circuits, direct), relays))
}

/// The first of two transports that takes an address.
fn either<A, B, M, N>(first: A, second: B) -> Boxed<(PeerId, StreamMuxerBox)>
where
    A: libp2p::Transport<Output = (PeerId, M)> + Send + Unpin + 'static,
    B: libp2p::Transport<Output = (PeerId, N)> + Send + Unpin + 'static,
    A::Error: Send + Sync,
    B::Error: Send + Sync,
    A::ListenerUpgrade: Send,
    B::ListenerUpgrade: Send,
    A::Dial: Send,
    B::Dial: Send,
    M: StreamMuxer + Send + 'static,
    N: StreamMuxer + Send + 'static,
    M::Substream: Send + 'static,
    N::Substream: Send + 'static,
    M::Error: Send + Sync,
    N::Error: Send + Sync,
{
    OrTransport::new(first, second)
        .map(|either, _| match either {
            Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
            Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        })
        .boxed()
}

/// How long a QUIC connection lives at most after its peer fell silent: the first thing said then
/// begins its idle time anew.
#[cfg(test)]
pub(super) fn quic_silence_max() -> Duration {
    QUIC_KEEP_ALIVE + Duration::from_millis(QUIC_IDLE_MILLISECONDS.into())
}

fn quic_config(key: &Keypair) -> quic::Config {
    let mut config = quic::Config::new(key);
    config.handshake_timeout = HANDSHAKE_TIMEOUT;
    config.max_idle_timeout = QUIC_IDLE_MILLISECONDS;
    config.keep_alive_interval = QUIC_KEEP_ALIVE;
    config.max_concurrent_stream_limit = STREAMS_PER_CONNECTION_MAX;
    config.max_stream_data = QUIC_STREAM_WINDOW_BYTES;
    config.max_connection_data = QUIC_CONNECTION_WINDOW_BYTES;
    config
}

/// Where a node whose transport id has this hint listens within the process.
pub(super) fn memory_address(hint: [u8; 8]) -> Multiaddr {
    // Port 0 would stand for any.
    Part::Memory(u64::from_le_bytes(hint).max(1)).into()
}

/// Where a node listens when the configuration does not say: on every interface, any port.
pub(super) fn every_interface() -> Vec<Multiaddr> {
    let both = |ip: IpAddr| {
        let base = Multiaddr::from(ip);
        [
            base.clone().with(Part::Udp(0)).with(Part::QuicV1),
            base.with(Part::Tcp(0)),
        ]
    };
    let ips: [IpAddr; 2] = [Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()];
    ips.into_iter().flat_map(both).collect()
}

/// Tries out whether `address` is free to listen on.
pub(super) fn probe(address: &Multiaddr) -> io::Result<()> {
    let mut parts = address.iter();
    let ip = match parts.next() {
        Some(Part::Ip4(ip)) => IpAddr::V4(ip),
        // The unspecified address would also claim IPv4 here, which libp2p does not do.
        Some(Part::Ip6(Ipv6Addr::UNSPECIFIED)) => IpAddr::V6(Ipv6Addr::LOCALHOST),
        Some(Part::Ip6(ip)) => IpAddr::V6(ip),
        Some(_) | None => return Ok(()),
    };
    match parts.next() {
        Some(Part::Udp(port)) => UdpSocket::bind(SocketAddr::new(ip, port)).map(drop),
        Some(Part::Tcp(port)) => TcpListener::bind(SocketAddr::new(ip, port)).map(drop),
        Some(_) | None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use libp2p::core::Endpoint;
    use libp2p::core::muxing::{StreamMuxerExt as _, SubstreamBox};
    use libp2p::core::transport::{DialOpts, ListenerId, PortUse, TransportEvent};
    use libp2p::futures::{AsyncWriteExt as _, StreamExt as _, future};

    use super::*;

    /// Both ends of one connection, the dialer's first.
    async fn connection(transport: Transport, listen: &str) -> [StreamMuxerBox; 2] {
        let [dialer, listener] =
            [1, 2].map(|key| Keypair::ed25519_from_bytes([key; 32].as_mut()).unwrap());
        // Without the behaviours that circuits need, a transport would end.
        let ((mut dialer, _relays), (mut listener, _other_relays)) = (
            build(&dialer, transport).unwrap(),
            build(&listener, transport).unwrap(),
        );
        let listen = listen.parse().unwrap();
        listener.listen_on(ListenerId::next(), listen).unwrap();
        let address = loop {
            if let TransportEvent::NewAddress { listen_addr, .. } = listener.next().await.unwrap() {
                break listen_addr;
            }
        };
        let options = DialOpts {
            role: Endpoint::Dialer,
            port_use: PortUse::New,
        };
        let dial = dialer.dial(address, options).unwrap();
        let accept = async {
            loop {
                if let Some(TransportEvent::Incoming { upgrade, .. }) = listener.next().await {
                    break upgrade.await.unwrap().1;
                }
            }
        };
        let (dialled, accepted) = future::join(dial, accept).await;
        [dialled.unwrap().1, accepted]
    }

    /// Opens a stream, says something on it, and has the other end take it; `None` if it is not opened
    /// however often it is asked for.
    async fn open(ends: &mut [StreamMuxerBox; 2]) -> Option<[SubstreamBox; 2]> {
        let [dialer, listener] = ends;
        let mut tries = 0;
        let mut opened = None;
        let opening = future::poll_fn(|context| {
            let _ = listener.poll_unpin(context);
            let _ = dialer.poll_unpin(context);
            match dialer.poll_outbound_unpin(context) {
                Poll::Ready(stream) => {
                    opened = stream.ok();
                    Poll::Ready(())
                }
                Poll::Pending if tries == 1_000 => Poll::Ready(()),
                Poll::Pending => {
                    tries += 1;
                    context.waker().wake_by_ref();
                    Poll::Pending
                }
            }
        });
        opening.await;
        let mut ours = opened?;
        ours.write_all(b"hello").await.unwrap();
        let theirs = future::poll_fn(|context| {
            let _ = dialer.poll_unpin(context);
            let _ = listener.poll_unpin(context);
            listener.poll_inbound_unpin(context)
        });
        Some([ours, theirs.await.unwrap()])
    }

    #[tokio::test]
    async fn a_connection_has_as_many_streams_as_may_be_and_not_one_more() {
        for (transport, listen) in [
            (Transport::Memory, "/memory/9001"),
            (Transport::Internet, "/ip4/127.0.0.1/tcp/0"),
            (Transport::Internet, "/ip4/127.0.0.1/udp/0/quic-v1"),
        ] {
            let mut ends = connection(transport, listen).await;
            let mut streams = Vec::new();
            for number in 0..STREAMS_PER_CONNECTION_MAX {
                let stream = open(&mut ends).await;
                streams.push(stream.unwrap_or_else(|| panic!("{listen}: {number}")));
            }
            assert!(open(&mut ends).await.is_none(), "{listen}");
        }
    }
}
