//! A connection of the attacker's: a key of its own each time, streams on which anything can be said, and an answer of
//! its choice to those that the other side opens.
//!
//! Invariants
//! - It ends when it is dropped, or when the other side ends it.

use std::io;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Endpoint;
use libp2p::core::Transport as _;
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerExt as _, SubstreamBox};
use libp2p::core::transport::{Boxed, DialOpts, OrTransport, PortUse};
use libp2p::core::upgrade::Version;
use libp2p::futures::future::{Either, poll_fn};
use libp2p::futures::{AsyncReadExt as _, AsyncWriteExt as _};
use libp2p::identity::{Keypair, PublicKey};
use libp2p::{Multiaddr, PeerId, noise, quic, tcp, yamux};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::timeout;

/// The first line of every negotiation.
pub(super) const HEADER: &[u8] = b"\x13/multistream/1.0.0\n";
/// Longest wait for a connection, or a stream.
const PATIENCE: Duration = Duration::from_secs(10);
/// Who waits for a stream at once.
const ASKS: usize = 8;

/// What is said on the streams that the other side opens.
#[derive(Clone, Debug)]
pub(super) enum Answer {
    /// Nothing.
    Silence,
    /// This in answer to a protocol, over and over if so; nothing to others.
    To {
        protocol: &'static str,
        bytes: fn(&PublicKey) -> Vec<u8>,
        again: bool,
    },
}

/// See the module.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) key: PublicKey,
    asks: mpsc::Sender<oneshot::Sender<SubstreamBox>>,
    task: JoinHandle<()>,
}

impl Peer {
    /// Connects as somebody new; `None` if that comes to nothing.
    pub(super) async fn connect(target: &Multiaddr, answer: Answer) -> Option<Self> {
        let key = Keypair::generate_ed25519();
        let options = DialOpts {
            role: Endpoint::Dialer,
            port_use: PortUse::New,
        };
        let dial = transport(&key).dial(target.clone(), options).ok()?;
        let (_, muxer) = timeout(PATIENCE, dial).await.ok()?.ok()?;
        let (asks, asked) = mpsc::channel(ASKS);
        let public = key.public();
        Some(Self {
            key: public.clone(),
            asks,
            task: tokio::spawn(drive(muxer, asked, Arc::new((answer, public)))),
        })
    }

    /// Opens a stream and says something on it; `None` if the connection does not take it.
    pub(super) async fn open(&self, said: &[u8]) -> Option<SubstreamBox> {
        let (reply, stream) = oneshot::channel();
        self.asks.send(reply).await.ok()?;
        let mut stream = timeout(PATIENCE, stream).await.ok()?.ok()?;
        let saying = async {
            stream.write_all(said).await?;
            stream.flush().await
        };
        timeout(PATIENCE, saying).await.ok()?.ok()?;
        Some(stream)
    }

    /// Whether the other side has not ended it.
    pub(super) fn is_there(&self) -> bool {
        !self.task.is_finished()
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A line of a negotiation.
pub(super) fn line(protocol: &str) -> Vec<u8> {
    let length = u8::try_from(protocol.len() + 1).unwrap();
    [&[length][..], protocol.as_bytes(), b"\n"].concat()
}

/// What a stream of a protocol begins with.
pub(super) fn begin(protocol: &str) -> Vec<u8> {
    [HEADER, &line(protocol)].concat()
}

/// Reads a line of a negotiation, or anything else that has its length before it.
pub(super) async fn read_line(stream: &mut SubstreamBox) -> io::Result<Vec<u8>> {
    let (mut length, mut shift) = (0, 0);
    loop {
        let mut byte = [0];
        stream.read_exact(&mut byte).await?;
        length |= usize::from(byte[0] & 0x7f) << shift;
        shift += 7;
        if byte[0] <= 0x7f || shift > 14 {
            break;
        }
    }
    let mut line = vec![0; length];
    stream.read_exact(&mut line).await?;
    Ok(line)
}

fn transport(key: &Keypair) -> Boxed<(PeerId, StreamMuxerBox)> {
    let tcp = tcp::tokio::Transport::new(tcp::Config::default())
        .upgrade(Version::V1)
        .authenticate(noise::Config::new(key).unwrap())
        .multiplex(yamux::Config::default());
    let quic = quic::tokio::Transport::new(quic::Config::new(key));
    OrTransport::new(quic, tcp)
        .map(|either, _| match either {
            Either::Left((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
            Either::Right((peer, muxer)) => (peer, StreamMuxerBox::new(muxer)),
        })
        .boxed()
}

/// Keeps a connection going until nobody has it any more, or it ends.
async fn drive(
    mut muxer: StreamMuxerBox,
    mut asks: mpsc::Receiver<oneshot::Sender<SubstreamBox>>,
    answer: Arc<(Answer, PublicKey)>,
) {
    let mut asking = None;
    let mut answers = JoinSet::new();
    poll_fn(|context| {
        loop {
            while answers.try_join_next().is_some() {}
            let stream = std::task::ready!(next(&mut muxer, &mut asks, &mut asking, context));
            let Some(mut stream) = stream else {
                return Poll::Ready(());
            };
            let answer = Arc::clone(&answer);
            answers.spawn(async move {
                // However it ends.
                let _ = tell(&mut stream, &answer.0, &answer.1).await;
            });
        }
    })
    .await;
}

/// The next stream that the other side opens, while those asked for are opened; `None` at the end.
fn next(
    muxer: &mut StreamMuxerBox,
    asks: &mut mpsc::Receiver<oneshot::Sender<SubstreamBox>>,
    asking: &mut Option<oneshot::Sender<SubstreamBox>>,
    context: &mut Context<'_>,
) -> Poll<Option<SubstreamBox>> {
    loop {
        if asking.is_none() {
            match asks.poll_recv(context) {
                Poll::Ready(Some(ask)) => *asking = Some(ask),
                Poll::Ready(None) => return Poll::Ready(None),
                Poll::Pending => {}
            }
        }
        if asking.is_some() {
            match muxer.poll_outbound_unpin(context) {
                Poll::Ready(Ok(stream)) => {
                    let _ = asking.take().unwrap().send(stream);
                    continue;
                }
                Poll::Ready(Err(_)) => return Poll::Ready(None),
                Poll::Pending => {}
            }
        }
        if let Poll::Ready(stream) = muxer.poll_inbound_unpin(context) {
            return Poll::Ready(stream.ok());
        }
        match muxer.poll_unpin(context) {
            Poll::Ready(Ok(_)) => {}
            Poll::Ready(Err(_)) => return Poll::Ready(None),
            Poll::Pending => return Poll::Pending,
        }
    }
}

async fn tell(stream: &mut SubstreamBox, answer: &Answer, key: &PublicKey) -> io::Result<()> {
    let Answer::To {
        protocol,
        bytes,
        again,
    } = answer
    else {
        return std::future::pending().await;
    };
    stream.write_all(HEADER).await?;
    stream.flush().await?;
    read_line(stream).await?;
    let asked = read_line(stream).await?;
    if asked != line(protocol)[1..] {
        return std::future::pending().await;
    }
    stream.write_all(&line(protocol)).await?;
    let bytes = bytes(key);
    stream.write_all(&bytes).await?;
    stream.flush().await?;
    if *again {
        loop {
            stream.write_all(&bytes).await?;
        }
    }
    std::future::pending().await
}
