//! Peers who ask a relay for all places and circuits that there are, and do nothing with them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use libp2p::PeerId;
use libp2p::core::muxing::SubstreamBox;
use libp2p::futures::AsyncWriteExt as _;
use tokio::time::{sleep, timeout};

use super::attack::{Front, PAUSE};
use super::peer::{Answer, HEADER, Peer, begin, line, read_line};

const HOP: &str = "/libp2p/circuit/relay/0.2.0/hop";
const STOP: &str = "/libp2p/circuit/relay/0.2.0/stop";
/// A request for a place, with its length.
const RESERVE: &[u8] = &[2, 0x08, 0];
/// What a relay is told by who lets somebody through.
const ACCEPTED: &[u8] = &[4, 0x08, 1, 0x20, 100];
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often each asks for a circuit.
const CIRCUITS: usize = 8;
/// How often each looks whether the relay still has it, before it goes by itself.
const STAY_LOOKS: usize = 120;
/// Pause between two of these looks.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// Succeeds whenever a place or a circuit is lent.
pub(super) async fn work(number: usize, front: Arc<Front>) {
    let mut all = Vec::new();
    for turn in number.. {
        if !front.tries() {
            return;
        }
        let answer = Answer::To {
            protocol: STOP,
            bytes: |_| ACCEPTED.to_vec(),
            again: false,
        };
        if let Some(peer) = Peer::connect(front.target(turn), answer).await {
            all.push(tokio::spawn(stay(peer, Arc::clone(&front))));
        }
        all.retain(|task| !task.is_finished());
        sleep(PAUSE).await;
    }
}

/// Asks for a place, then for circuits, which lead back to it.
async fn stay(peer: Peer, front: Arc<Front>) {
    let mut held = Vec::new();
    let asked = std::iter::once(RESERVE.to_vec());
    let circuit = connect(&peer.key.to_peer_id());
    let asked = asked.chain(std::iter::repeat_n(circuit, CIRCUITS));
    for asked in asked {
        if let Ok(Ok(stream)) = timeout(PATIENCE, ask(&peer, &asked)).await {
            front.succeeded();
            held.push(stream);
        }
    }
    for _ in 0..STAY_LOOKS {
        if !peer.is_there() {
            return;
        }
        sleep(LOOK_AGAIN).await;
    }
}

/// A request for a circuit to somebody.
fn connect(to: &PeerId) -> Vec<u8> {
    let id = to.to_bytes();
    let length = u8::try_from(id.len()).unwrap();
    let peer = [&[0x0a, length][..], &id].concat();
    let message = [&[0x08, 1, 0x12, length + 2][..], &peer].concat();
    [&[length + 6][..], &message].concat()
}

/// Asks for something; the stream on which it is granted.
async fn ask(peer: &Peer, asked: &[u8]) -> io::Result<SubstreamBox> {
    let none = || io::Error::from(io::ErrorKind::NotConnected);
    let mut stream = peer.open(&begin(HOP)).await.ok_or_else(none)?;
    let header = read_line(&mut stream).await?;
    let protocol = read_line(&mut stream).await?;
    if header != HEADER[1..] || protocol != line(HOP)[1..] {
        return Err(io::ErrorKind::Unsupported.into());
    }
    stream.write_all(asked).await?;
    stream.flush().await?;
    let answer = read_line(&mut stream).await?;
    // The last of it is the status, 100 where all is well.
    if answer.ends_with(&[0x28, 100]) {
        Ok(stream)
    } else {
        Err(io::ErrorKind::PermissionDenied.into())
    }
}
