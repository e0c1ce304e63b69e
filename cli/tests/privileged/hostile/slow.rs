//! Connections that are never quite made: silent ones, those that say one byte after the other, and those that go on
//! for ever about what to speak.

use std::future::{Ready, ready};
use std::io;
use std::iter::Map;
use std::ops::RangeFrom;
use std::sync::Arc;
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::Transport as _;
use libp2p::core::transport::{DialOpts, PortUse};
use libp2p::core::upgrade::{
    InboundConnectionUpgrade, OutboundConnectionUpgrade, UpgradeInfo, Version,
};
use libp2p::futures::{AsyncRead, AsyncWrite};
use libp2p::identity::Keypair;
use libp2p::{noise, tcp, yamux};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::sleep;

use super::attack::{Front, PAUSE};
use super::peer::begin;

/// Between two bytes.
const BYTE_PAUSE: Duration = Duration::from_millis(100);
/// A frame of the handshake that would be this long.
const FRAME_BYTES: u8 = 200;

/// Succeeds whenever the node hangs up.
pub(super) async fn work(number: usize, front: Arc<Front>) {
    while front.tries() {
        let hung_up = match number % 4 {
            0 => is_hung_up_on(&front, &[], &[]).await,
            1 => is_hung_up_on(&front, &[], &begin("/noise")).await,
            2 => {
                let frame = vec![7; usize::from(FRAME_BYTES)];
                let frame = [&[0, FRAME_BYTES][..], &frame].concat();
                is_hung_up_on(&front, &begin("/noise"), &frame).await
            }
            _ => is_left_undecided(&front).await,
        };
        if hung_up {
            front.succeeded();
        }
        sleep(PAUSE).await;
    }
}

/// Says something, then something more, one byte after the other, then nothing; whether the node hangs up.
async fn is_hung_up_on(front: &Front, said: &[u8], slowly: &[u8]) -> bool {
    let Ok(mut stream) = TcpStream::connect(front.socket()).await else {
        return false;
    };
    let (mut reader, mut writer) = stream.split();
    let saying = async {
        writer.write_all(said).await?;
        for byte in slowly {
            writer.write_all(&[*byte]).await?;
            sleep(BYTE_PAUSE).await;
        }
        std::future::pending::<io::Result<()>>().await
    };
    let mut answer = Vec::new();
    tokio::select! {
        failed = saying => failed.is_err(),
        _ = reader.read_to_end(&mut answer) => true,
    }
}

/// Whether the node has enough of hearing of one multiplexer after the other that it does not know.
async fn is_left_undecided(front: &Front) -> bool {
    let key = Keypair::generate_ed25519();
    let mut transport = tcp::tokio::Transport::new(tcp::Config::default())
        .upgrade(Version::V1)
        .authenticate(noise::Config::new(&key).unwrap())
        .multiplex(Undecided);
    let options = DialOpts {
        role: Endpoint::Dialer,
        port_use: PortUse::New,
    };
    let dial = transport.dial(front.tcp().clone(), options);
    match dial {
        Ok(dial) => dial.await.is_err(),
        Err(_) => false,
    }
}

/// A multiplexer that nobody knows, by one name after the other.
#[derive(Clone)]
struct Undecided;

impl UpgradeInfo for Undecided {
    type Info = String;
    type InfoIter = Map<RangeFrom<u64>, fn(u64) -> String>;

    fn protocol_info(&self) -> Self::InfoIter {
        let name: fn(u64) -> String = |number| format!("/multiplexer/{number}");
        (0..).map(name)
    }
}

impl<C> InboundConnectionUpgrade<C> for Undecided
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = yamux::Muxer<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<yamux::Muxer<C>>>;

    fn upgrade_inbound(self, _: C, _: String) -> Self::Future {
        ready(Err(io::ErrorKind::Unsupported.into()))
    }
}

impl<C> OutboundConnectionUpgrade<C> for Undecided
where
    C: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    type Output = yamux::Muxer<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<yamux::Muxer<C>>>;

    fn upgrade_outbound(self, _: C, _: String) -> Self::Future {
        ready(Err(io::ErrorKind::Unsupported.into()))
    }
}
